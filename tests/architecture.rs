//! The arrows between rooms, held by reading what each file of the source uses: who may see whom, and no circles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rooms that judge and draft: evidence in, words out.
const PURE: [&str; 4] = ["investigate", "similar", "writes", "draft"];

/// Which rooms a room may see, besides itself.
fn sees(room: &str) -> Vec<&'static str> {
    let pure = PURE.as_slice();
    let open = ["incidentio", "sources", "store", "net", "jetstream"].as_slice();
    match room {
        "domain" => vec![],
        "config" => vec!["domain"],
        // The index of past incidents is read from where it is kept.
        "store" => vec!["domain", "similar"],
        "net" => vec!["domain"],
        "jetstream" => vec!["domain", "config"],
        room if pure.contains(&room) => vec!["domain"],
        "sim" => vec!["domain", "config", "net"],
        "incidentio" | "sources" => vec!["domain", "config", "net"],
        "session" => [&["domain", "config"], pure, open].concat(),
        "console" => [&["domain", "config", "session"], pure].concat(),
        // What comes in by HTTP is taken as every server here takes it.
        "bridge" | "mcp" | "relay" => [&["domain", "config", "session", "net"], pure].concat(),
        // The command line is where the program begins: it opens the console, and the simulated organisation.
        "cli" => [
            &[
                "domain", "config", "session", "console", "bridge", "mcp", "relay", "sim",
            ],
            pure,
        ]
        .concat(),
        other => panic!("{other} is a new room: say here what it may see"),
    }
}

/// A file of the source as a module: its path from the crate, and the paths it uses, from the crate too.
struct Module {
    path: Vec<String>,
    uses: BTreeSet<Vec<String>>,
}

impl Module {
    fn read(file: &Path, source: &Path) -> Self {
        let inside = file.strip_prefix(source).expect("it is of the source");
        let mut path: Vec<String> = inside
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        if path.last().is_some_and(|last| last == "mod") {
            path.pop();
        }
        let text = without_tests(&without_words(
            &std::fs::read_to_string(file).expect("a file"),
        ));
        let uses = paths(&text)
            .iter()
            .filter_map(|used| from_the_crate(&path, used))
            .collect();
        Self { path, uses }
    }

    fn name(&self) -> String {
        self.path.join("::")
    }
}

/// Every file that is not a test, as a module.
fn modules() -> Vec<Module> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            match path.is_dir() {
                _ if name == "tests" || name == "tests.rs" => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    let at_the_top = [source.join("lib.rs"), source.join("main.rs")];
    files
        .iter()
        .filter(|file| !at_the_top.contains(file))
        .map(|file| Module::read(file, &source))
        .collect()
}

/// The code without comments and without what stands in quotes.
fn without_words(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        // Every second piece stands in quotes; a quote over several lines holds no path worth reading.
        code.extend(line.split('"').step_by(2));
        code.push('\n');
    }
    code
}

/// The code without its modules of tests, which may see more.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = after_item(&rest[at..]);
    }
    kept + rest
}

/// What follows an item: after its semicolon, or after its closing brace at the same indentation, as rustfmt lays it out.
fn after_item(code: &str) -> &str {
    let open = code.find('{').unwrap_or(code.len());
    match code.find(';') {
        Some(end) if end < open => &code[end + 1..],
        _ => code
            .find("\n}\n")
            .map_or("", |end| &code[end + "\n}\n".len()..]),
    }
}

/// Every path that begins at the crate or at a parent, with braces of imports spread out.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let starts = ["crate::", "super::"];
    let mut rest = code;
    while let Some(at) = starts.iter().filter_map(|start| rest.find(start)).min() {
        let whole = rest[..at]
            .chars()
            .last()
            .is_none_or(|before| !(before.is_alphanumeric() || before == '_' || before == ':'));
        let (tree, after) = tree(&rest[at..]);
        if whole {
            found.extend(tree);
        }
        rest = after;
    }
    found
}

/// Reads one path with what stands in its braces, and gives what follows it.
fn tree(code: &str) -> (Vec<Vec<String>>, &str) {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let end = code.find(|c| !is_name(c)).unwrap_or(code.len());
    let (name, mut rest) = (code[..end].to_owned(), &code[end..]);
    let further = rest.strip_prefix("::");
    let Some(further) = further.filter(|further| !further.starts_with('<')) else {
        return (vec![vec![name]], rest);
    };
    rest = further;
    let mut below = Vec::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            inside = inside.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if let Some(after) = inside.strip_prefix('}') {
                rest = after;
                break;
            }
            let (one, after) = tree(inside);
            below.extend(one);
            // What is imported under another name, and what is no path, is passed over.
            let next = after.find([',', '}']).unwrap_or(after.len());
            inside = &after[next..];
            if inside.is_empty() {
                rest = inside;
                break;
            }
        }
    } else {
        (below, rest) = tree(rest);
    }
    let all = below
        .into_iter()
        .map(|path| [vec![name.clone()], path].concat())
        .collect();
    (all, rest)
}

/// A path as seen from the crate; nothing where it stays outside of it.
fn from_the_crate(module: &[String], used: &[String]) -> Option<Vec<String>> {
    let parents = used.iter().take_while(|part| *part == "super").count();
    if used[0] == "crate" {
        return Some(used[1..].to_vec());
    }
    let depth = module.len().checked_sub(parents)?;
    Some([&module[..depth], &used[parents..]].concat())
}

#[test]
fn arrows_between_rooms_point_one_way() {
    let all = modules();
    let rooms: BTreeSet<&str> = all.iter().map(|m| m.path[0].as_str()).collect();
    let mut wrong = BTreeSet::new();
    for module in &all {
        let room = module.path[0].as_str();
        let may = sees(room);
        for used in &module.uses {
            let Some(seen) = used.first().map(String::as_str) else {
                continue;
            };
            if rooms.contains(seen) && seen != room && !may.contains(&seen) {
                wrong.insert(format!("{} sees {}", module.name(), used.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Which modules each module uses, by their places in the list. A folder's own file stands for the folder: what it takes
/// from its children is no import, while its children may use it.
fn edges(all: &[Module]) -> Vec<BTreeSet<usize>> {
    let places: BTreeMap<&[String], usize> = all
        .iter()
        .enumerate()
        .map(|(at, module)| (module.path.as_slice(), at))
        .collect();
    let nearest = |used: &[String]| {
        (1..=used.len())
            .rev()
            .find_map(|end| places.get(&used[..end]).copied())
    };
    all.iter()
        .enumerate()
        .map(|(at, module)| {
            let used = module.uses.iter().filter_map(|used| nearest(used));
            used.filter(|other| *other != at).collect()
        })
        .collect()
}

/// Everything that can be reached from a module.
fn reached(from: usize, edges: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<usize> = edges[from].iter().copied().collect();
    while let Some(at) = next.pop() {
        if seen.insert(at) {
            next.extend(&edges[at]);
        }
    }
    seen
}

#[test]
fn no_file_imports_itself_by_way_of_another() {
    let all = modules();
    let edges = edges(&all);
    let reaching: Vec<BTreeSet<usize>> = (0..all.len()).map(|at| reached(at, &edges)).collect();
    let mut circles = BTreeSet::new();
    for (at, reached) in reaching.iter().enumerate() {
        if reached.contains(&at) {
            let circle = reached
                .iter()
                .filter(|other| reaching[**other].contains(&at));
            circles.insert(circle.map(|other| all[*other].name()).collect::<Vec<_>>());
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let code = without_tests(&without_words(
        "use crate::{domain::{self, text}, store::Store as S};\n// crate::no\nlet a = \"crate::no\";\n\
         fn f() { super::g(); crate::sim::start::<crate::cli::Context>() }\n#[cfg(test)]\nmod tests {\n    use crate::no;\n}\nuse super::super::h;\n",
    ));
    let module: Vec<String> = ["console", "view", "list"].map(str::to_owned).to_vec();
    let mut read: Vec<String> = paths(&code)
        .iter()
        .filter_map(|used| from_the_crate(&module, used))
        .map(|path| path.join("::"))
        .collect();
    read.sort();
    let expected = [
        "cli::Context",
        "console::h",
        "console::view::g",
        "domain::self",
        "domain::text",
        "sim::start",
        "store::Store",
    ];
    assert_eq!(read, expected);
}
