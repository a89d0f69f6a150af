//! Who may come in over HTTP: each request that may not, and where nothing listens at all.

use crate::served::{CLAUDE, CURSOR, Raw, Served};
use crate::simulated::{Organisation, error};
use crate::writing::standing;
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

/// What a client says hello with.
fn hello() -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}
    }})
    .to_string()
}

fn list() -> String {
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}).to_string()
}

/// A request, what is wrong with it, and the status that it is refused by.
type Case = (&'static str, Raw, u16);

/// Requests that name another server, another place, or a page of elsewhere.
fn misled(served: &Served) -> Vec<Case> {
    let (good, port) = (served.request(&hello()), served.at.port());
    let beside = port ^ 1;
    let host = |host: &str| good.clone().with("Host", host);
    let origin = |origin: &str| good.clone().and("Origin", origin);
    let line = |line: &str| good.clone().line(line);
    let login = "GET /.well-known/oauth-protected-resource HTTP/1.1";
    let authority = "POST http://evil.example/mcp HTTP/1.1";
    let preflight = origin("https://evil.example").line("OPTIONS /mcp HTTP/1.1");
    vec![
        ("another host", host("evil.example"), 403),
        ("a name", host(&format!("evil.example:{port}")), 403),
        ("another port", host(&format!("127.0.0.1:{beside}")), 403),
        ("no port", host("127.0.0.1"), 403),
        ("no host", good.clone().without("Host"), 403),
        ("two hosts", good.clone().and("Host", "evil.example"), 403),
        ("another authority", line(authority), 403),
        ("a foreign page", origin("https://evil.example"), 403),
        ("a page of nowhere", origin("null"), 403),
        (
            "beside it",
            origin(&format!("http://127.0.0.1:{beside}")),
            403,
        ),
        ("by TLS", origin(&format!("https://127.0.0.1:{port}")), 403),
        ("a preflight", preflight, 403),
        ("another path", line("POST / HTTP/1.1"), 404),
        ("a way to log in", line(login), 404),
        ("PUT", line("PUT /mcp HTTP/1.1"), 405),
        ("OPTIONS", line("OPTIONS /mcp HTTP/1.1"), 405),
    ]
}

/// Requests without a token that is known here.
fn unknown(served: &Served) -> Vec<Case> {
    let good = served.request(&hello());
    let token = |token: &str| good.clone().with("Authorization", token);
    let second = format!("Bearer {CURSOR}");
    vec![
        ("no token", good.clone().without("Authorization"), 401),
        ("an empty token", token("Bearer "), 401),
        ("a longer one", token(&format!("Bearer {CLAUDE}x")), 401),
        ("a part", token(&format!("Bearer {}", &CLAUDE[1..])), 401),
        ("another scheme", token(&format!("Basic {CLAUDE}")), 401),
        (
            "two tokens",
            good.clone().and("Authorization", &second),
            401,
        ),
    ]
}

/// Requests of a client that cannot be read.
fn unreadable(served: &Served) -> Vec<Case> {
    let good = served.request(&hello());
    let form = "application/x-www-form-urlencoded";
    let kind = |kind: &str| good.clone().with("Content-Type", kind);
    let no_session = good.clone().line("GET /mcp HTTP/1.1");
    let packed = good.clone().and("Content-Encoding", "gzip");
    let huge = "{".to_owned() + &" ".repeat(1 << 20) + "}";
    vec![
        ("GET without a session", no_session, 400),
        ("a form", kind(form), 415),
        ("a text", kind("text/plain"), 415),
        ("packed", packed, 415),
        ("huge", served.request(&huge), 413),
        ("no JSON", served.request("{\"jsonrpc\": \"2.0\""), 400),
        ("no message", served.request("[1]"), 400),
        ("nothing taken", good.with("Accept", "text/html"), 406),
    ]
}

#[test]
fn a_request_that_may_not_come_in_is_refused_by_its_status_and_tells_nothing() {
    let org = Organisation::new("");
    let served = Served::new(&org, "", "");
    let before = standing(&org);
    let mut told = std::collections::BTreeSet::new();
    let cases = [misled(&served), unknown(&served), unreadable(&served)];
    for (name, request, status) in cases.concat() {
        let answer = request.send(&served);
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert!(!answer.headers.contains("access-control"), "{name}");
        let is_told = |secret| answer.body.contains(secret);
        assert!(!is_told(&CLAUDE[1..]) && !is_told(CURSOR), "{answer:?}");
        match status {
            401 => {
                assert_eq!(answer.header("www-authenticate"), Some("bearer"));
                told.insert(answer.body);
            }
            405 => assert_eq!(answer.header("allow"), Some("post, get, delete")),
            _ => {}
        }
    }
    assert_eq!(told.len(), 1, "which part was wrong is told: {told:?}");
    let (good, port) = (served.request(&hello()), served.at.port());
    for fine in [
        good.clone(),
        good.clone().with("Host", &format!("localhost:{port}")),
        good.and("Origin", &format!("http://localhost:{port}")),
    ] {
        assert_eq!(fine.send(&served).status, 200);
    }
    assert_eq!(standing(&org), before);
}

#[test]
fn a_session_is_its_clients_own_and_of_too_many_the_one_used_longest_ago_ends() {
    let org = Organisation::new("");
    let served = Served::new(&org, "", "");
    let begin = || {
        let answer = served.request(&hello()).send(&served);
        answer
            .header("mcp-session-id")
            .expect("a session")
            .to_owned()
    };
    let lists = |id: &str, token: &str| {
        let asked = served.request(&list()).and("Mcp-Session-Id", id);
        let asked = asked.with("Authorization", &format!("Bearer {token}"));
        asked.send(&served)
    };
    let first = begin();
    let own = lists(&first, CLAUDE);
    assert!(
        own.status == 200 && own.body.contains("whats_on_fire"),
        "{own:?}"
    );
    assert_eq!(lists(&first, CURSOR).status, 404, "another's session");

    let second = begin();
    // The first is used again, so the second has to go.
    assert_eq!(lists(&first, CLAUDE).status, 200);
    let others: Vec<String> = (0..15).map(|_| begin()).collect();
    assert_eq!(lists(&second, CLAUDE).status, 404);
    assert_eq!(lists(&first, CLAUDE).status, 200);
    assert_eq!(lists(others.last().expect("many"), CLAUDE).status, 200);
}

#[test]
fn one_client_with_too_much_under_way_is_told_so_and_holds_up_nobody_else() {
    let org = Organisation::new("");
    let served = Served::new(&org, "", "");
    let slow = served.request(&hello()).with("Content-Length", "4096");
    let mut held = Vec::new();
    let busy = loop {
        let mut stream = served.connect();
        stream.write_all(slow.text().as_bytes()).expect("sent");
        held.push(stream);
        let answer = served.request(&hello()).send(&served);
        if answer.status != 200 {
            break answer;
        }
        assert!(held.len() < 200, "nothing bounds it");
    };
    assert_eq!(busy.status, 429, "{busy:?}");
    assert_eq!(busy.header("retry-after"), Some("1"));
    let other = served.request(&hello());
    let other = other.with("Authorization", &format!("Bearer {CURSOR}"));
    assert_eq!(other.send(&served).status, 200);
}

#[test]
fn nothing_listens_where_others_could_come_or_where_nobody_may() {
    let org = Organisation::new("");
    let folder = org.home.path();
    let config = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let (open, short) = (folder.join("open"), folder.join("short"));
    for (path, token, mode) in [(&open, CLAUDE, 0o644), (&short, "tooshort", 0o600)] {
        std::fs::write(path, token).expect("a file");
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its mode");
    }
    let client = |path: &std::path::Path| {
        format!("[[mcp.clients]]\nname = \"claude\"\ntoken = {{ file = {path:?} }}\n")
    };
    let open = config("open.toml", client(&open));
    let short = config("short.toml", client(&short));
    let nobody = config("nobody.toml", String::new());
    let local = ["mcp", "--listen", "127.0.0.1:0"];
    for (config, args, says) in [
        (
            &nobody,
            &["mcp", "--listen", "0.0.0.0:0"][..],
            "tunnel: ssh -L",
        ),
        (&nobody, &["mcp", "--listen", "[::]:0"], "other machines"),
        (&nobody, &["mcp", "--listen"], "No address to listen on"),
        (&nobody, &local, "Nobody may come over HTTP"),
        (&open, &local, "others on this machine may read it"),
        (&short, &local, "fewer than 32 characters"),
    ] {
        let args = [&["--config", config], args].concat();
        let refused = org.run(&args);
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        let refused = error(&refused);
        let words = refused["message"].as_str().expect("words");
        assert!(words.contains(says), "{args:?}: {words}");
    }
    for config in [&open, &short] {
        let told = org.run(&["--config", config, "doctor"]);
        let checks: Value = serde_json::from_slice(&told.stdout).expect("JSON");
        let agents = checks.as_array().expect("a list").iter();
        let mut agents = agents.filter(|check| check["name"] == "agents");
        assert!(agents.any(|check| check["mark"] == "bad"), "{checks}");
    }
}

#[test]
fn a_token_that_is_made_is_long_and_another_one_each_time() {
    let org = Organisation::new("");
    let made = || String::from_utf8(org.run_with("", &["mcp", "token"]).stdout).expect("text");
    let (one, other) = (made(), made());
    let is_long = |token: &str| token.len() == 65 && token.ends_with('\n');
    assert!(
        is_long(&one) && is_long(&other) && one != other,
        "{one}{other}"
    );
}
