//! What one piece of text is: a name and its parts, a code, a version, a link, an id, a line of a stack trace.

/// Figures from which a name with figures is a code: fewer are a part of a name, as in `s3` or `log4j2`.
const FIGURES: usize = 3;
/// What stands between the names of a path or of a qualified name.
pub(super) const BETWEEN: [char; 4] = ['/', ':', '$', '.'];

/// Whether a piece is given to one thing on purpose: an error, a ticket, a vulnerability (`ORA-00942`, `CVE-2021-44228`), a
/// version. A path or a qualified name is none as a whole, whatever figures it holds.
pub(super) fn is_code(piece: &str) -> bool {
    let figures = || piece.bytes().filter(u8::is_ascii_digit).count();
    let is_name = piece.starts_with(char::is_alphabetic) && !piece.contains(BETWEEN);
    is_version(piece) || (is_name && figures() >= FIGURES)
}

/// Whether a piece is three or more numbers with points between, as versions are. Dates have three as well, and addresses
/// four; those of an organisation's own network begin with 10 or more, versions with less.
fn is_version(piece: &str) -> bool {
    if !piece.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let numbers: Vec<&str> = piece.split('.').collect();
    let is_number = |n: &&str| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit());
    let is_year = |n: &str| n.len() == 4 && (n.starts_with("19") || n.starts_with("20"));
    let is_other = match numbers[..] {
        [first, _, last] => is_year(first) || is_year(last),
        [first, _, _, _] => first.len() > 1,
        _ => numbers.len() < 3,
    };
    !is_other && numbers.iter().all(is_number)
}

/// A version without the `v` that it is written with now and then; any other piece as it stands.
pub(super) fn without_v(piece: &str) -> &str {
    let rest = piece.strip_prefix(['v', 'V']);
    rest.filter(|rest| is_version(rest)).unwrap_or(piece)
}

/// A piece without what stands around it.
pub(super) fn trimmed(piece: &str) -> &str {
    piece.trim_matches(|c: char| !c.is_alphanumeric())
}

/// The site of a link, and its path; of anything else no site, and all of it.
pub(super) fn link(piece: &str) -> (Option<&str>, &str) {
    let rest = piece.split_once(':').map(|(_, rest)| rest);
    match rest.and_then(|rest| rest.strip_prefix("//")) {
        Some(rest) => {
            let (site, path) = rest.split_once('/').unwrap_or((rest, ""));
            (Some(site), trimmed(path))
        }
        None => (None, piece),
    }
}

/// The names that a path or a qualified name is made of. The points of a version part nothing.
pub(super) fn names(piece: &str) -> impl Iterator<Item = &str> {
    let parts = piece.split(&BETWEEN[..3]).flat_map(|part| {
        let is_version = is_version(part);
        part.split(move |c: char| c == '.' && !is_version)
    });
    parts.map(trimmed)
}

/// A line of a stack trace as the common languages write it, also behind what a log puts before each line.
pub(super) fn is_frame(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("... ") && line.ends_with(" more"))
        || (line.starts_with("goroutine ") && line.ends_with(':'))
        || behind_prefix(line, "File \"").is_some_and(|rest| rest.contains(", line "))
        || behind_prefix(line, "at ").is_some_and(|rest| is_call(line, rest))
}

/// Where a frame is, as it is written: `Till.pay`, or `app/till.py` where it names no class.
pub(super) fn place(frame: &str) -> Option<&str> {
    let frame = frame.trim();
    if let Some(rest) = behind_prefix(frame, "File \"") {
        return Some(last_two(rest.split('"').next()?, '/'));
    }
    let (name, file) = behind_prefix(frame, "at ")?.split_once('(')?;
    let name = name.trim();
    match name.contains('.') {
        true => Some(last_two(name, '.')),
        false => Some(last_two(file.split([':', ')']).next()?, '/')),
    }
}

fn last_two(text: &str, between: char) -> &str {
    let from = text.rmatch_indices(between).nth(1);
    from.map_or(text, |(at, _)| &text[at + between.len_utf8()..])
}

/// What follows a word at the start of a line, or behind something that is no sentence: a bracket, a bar, a wide gap.
fn behind_prefix<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.match_indices(word).find_map(|(at, _)| {
        let before = &line[..at];
        let is_apart = before.ends_with("  ") || before.ends_with('\t');
        let is_prose = before.trim_end().ends_with(char::is_alphanumeric);
        (is_apart || !is_prose).then(|| &line[at + word.len()..])
    })
}

/// `com.example.Till.pay(Till.java:12)`; at the start of a line also without a qualified name.
fn is_call(line: &str, rest: &str) -> bool {
    let Some((name, place)) = rest.split_once('(') else {
        return false;
    };
    let is_qualified = name.contains('.') && !name.contains(' ') && place.contains(')');
    line.starts_with("at ") || is_qualified
}

/// A hash, an id: digits and hexadecimal letters, both, eight or more.
pub(super) fn is_id(word: &str) -> bool {
    let (mut length, mut digits) = (0, 0);
    for c in word.chars().filter(|c| c.is_alphanumeric()) {
        if !c.is_ascii_hexdigit() {
            return false;
        }
        length += 1;
        digits += usize::from(c.is_ascii_digit());
    }
    length >= 8 && digits > 0
}

/// The parts of an identifier: at separators, where lower case meets upper, and where letters meet digits.
pub(super) fn split<'a>(word: &'a str, parts: &mut Vec<&'a str>) {
    parts.clear();
    let (mut from, mut before) = (0, None);
    let mut letters = word.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(|(_, n)| n.is_lowercase());
        let turns = before.is_some_and(|b| turns(b, c, next_is_lower));
        if turns || !c.is_alphanumeric() {
            parts.extend((from < at).then(|| &word[from..at]));
            from = at;
        }
        if !c.is_alphanumeric() {
            from = at + c.len_utf8();
        }
        before = Some(c);
    }
    parts.extend((from < word.len()).then(|| &word[from..]));
}

/// Whether a new part begins between two letters.
fn turns(before: char, c: char, next_is_lower: bool) -> bool {
    (before.is_lowercase() && c.is_uppercase())
        || (before.is_uppercase() && c.is_uppercase() && next_is_lower)
        || (before.is_ascii_digit() != c.is_ascii_digit()
            && before.is_alphanumeric()
            && c.is_alphanumeric())
}

/// A name without what changes from one to the next: storms of the same alert have one such name. Versions, and the keys
/// of errors, tickets and vulnerabilities, do not change by themselves: they are what the name is about.
pub fn pattern(name: &str) -> String {
    let words = name.split_whitespace().map(|word| {
        let changes = word.contains(|c: char| c == '#' || c.is_ascii_digit());
        match changes && !is_about(trimmed(word)) {
            true => "#".to_owned(),
            false => word.to_lowercase(),
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

/// Whether a word with figures tells what a name is about: a version, also within something longer, or a key.
fn is_about(word: &str) -> bool {
    let runs = word.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    is_key(word) || runs.map(trimmed).any(is_version)
}

/// `ORA-00942`, `CVE-2021-44228`, `PAY-4711`: capitals, then figures. Hosts and instances are rarely written so.
fn is_key(word: &str) -> bool {
    let Some((letters, number)) = word.split_once('-') else {
        return false;
    };
    letters.len() >= 2
        && letters.bytes().all(|c| c.is_ascii_uppercase())
        && number.bytes().all(|c| c.is_ascii_digit() || c == b'-')
        && number.bytes().filter(u8::is_ascii_digit).count() >= FIGURES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_given_to_one_thing_and_no_part_of_a_name() {
        for code in ["ORA-00942", "CVE-2021-44228", "E1102", "1.4.20.2", "5.8.1"] {
            assert!(is_code(code), "{code}");
        }
        let others = [
            "s3",
            "log4j2",
            "10.2.3.4",
            "05.11.2026",
            "2026.11.05",
            "1.5",
        ];
        for other in others
            .iter()
            .chain(&["Till.java:1274", "v1/orders/4711", "4711"])
        {
            assert!(!is_code(other), "{other}");
        }
    }

    #[test]
    fn a_frame_is_one_behind_what_a_log_puts_before_it_and_no_sentence() {
        for frame in [
            "at com.example.Till.pay(Till.java:12)",
            "[info]   at com.example.Till.pay(Till.java:12)",
            "|at com.example.Till.pay(Till.java:12)|",
            "03:00:01 ERROR till  at com.example.Till.pay(Native Method)",
            "at pay (/app/till.js:3:9)",
            "  File \"/app/till.py\", line 3, in pay",
            "> File \"/app/till.py\", line 3, in pay",
            "... 3 more",
        ] {
            assert!(is_frame(frame), "{frame}");
        }
        for prose in [
            "NPE at com.example.Till.pay(Till.java:12)",
            "Latency rose (at most 3 s)",
            "The file \"till.py\", line 3",
        ] {
            assert!(!is_frame(prose), "{prose}");
        }
    }

    #[test]
    fn a_frame_is_in_a_method_or_a_file() {
        for (frame, expected) in [
            ("at com.example.Till.pay(Till.java:12)", Some("Till.pay")),
            (
                "[info]  at java.base/java.lang.Thread.run(Thread.java:829)",
                Some("Thread.run"),
            ),
            ("at pay (/srv/app/till.js:3:9)", Some("app/till.js")),
            (
                "File \"/srv/app/till.py\", line 3, in pay",
                Some("app/till.py"),
            ),
            ("... 3 more", None),
        ] {
            assert_eq!(place(frame), expected, "{frame}");
        }
    }

    #[test]
    fn names_are_the_same_but_for_what_changes_by_itself() {
        for (a, b, same) in [
            (
                "HighLatency on cart-7 at 14:32",
                "HighLatency on cart-9 at 14:40",
                true,
            ),
            ("Host 10.2.3.4 down", "Host 10.2.3.9 down", true),
            (
                "Backup of 05.11.2026 failed",
                "Backup of 06.11.2026 failed",
                true,
            ),
            ("DB017 unreachable", "DB018 unreachable", true),
            (
                "Roll-out of v7.2.1 stalls",
                "Roll-out of v7.1.4 stalls",
                false,
            ),
            (
                "Roll-out of till-7.2.1-rc",
                "Roll-out of till-7.1.4-rc",
                false,
            ),
            ("Batch stops: ORA-00942", "Batch stops: ORA-01555", false),
        ] {
            assert_eq!(pattern(a) == pattern(b), same, "{a} | {b}");
        }
    }
}
