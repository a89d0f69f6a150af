//! What an answer means, as rows.

use super::*;
use crate::net::{Allowance, any_json};
use serde_json::json;

fn noon() -> Instant {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

fn list(settings: &str) -> Result<IssueList, ConfigError> {
    let raw = format!(
        "name = \"checks\"\nurl = \"http://127.0.0.1:1/open\"\n{settings}\n[fields]\nitems = \"/issues\"\nid = \"/key\"\ntitle = \"/name\"\n\
         severity = \"/level\"\nstatus = \"/state\"\nstarted = \"/since\"\ncleared = \"/until\"\nservices = \"/of\"\nsummary = \"/text\"\n\
         url = \"/page\"\nfields = \"/more\"\nmore = \"/next\"\n"
    );
    let config: JsonDetector = toml::from_str(&raw).expect("settings");
    let asking = Asking {
        timeout: std::time::Duration::from_secs(1),
        allowance: Allowance::new().into(),
    };
    IssueList::open(&config, &asking)
}

fn heard(settings: &str, answer: &Value) -> Result<Heard, SourceError> {
    let list = list(settings).expect("it opens");
    list.heard(answer, &Answered::default(), noon())
}

fn issue(key: &str) -> Value {
    json!({"key": key, "name": "Login fails", "level": 2, "since": "2026-11-20T11:00:00Z", "of": ["login", "web"],
        "text": "Three\nregions", "page": "https://checks.example/7", "more": {"region": "eu", "runs": 3}})
}

fn states(heard: &Heard) -> Vec<(&str, DetectionState)> {
    let (Heard::All(all, _) | Heard::Some(all) | Heard::Part(all, _)) = heard else {
        panic!("{heard:?}");
    };
    all.iter().map(|d| (d.id.as_str(), d.state)).collect()
}

#[test]
fn an_issue_is_read_where_the_pointers_say() {
    let heard = heard("", &json!({"issues": [issue("c-7")]})).expect("a list");
    let Heard::All(all, None) = &heard else {
        panic!("{heard:?}");
    };
    let [one] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(
        (&*one.id, &*one.title, &*one.severity, one.state),
        ("c-7", "Login fails", "2", DetectionState::Firing)
    );
    assert_eq!(one.services, ["login", "web"]);
    assert_eq!(
        (&*one.summary, &*one.url),
        ("Three\nregions", "https://checks.example/7")
    );
    assert_eq!(one.annotations["runs"], "3");
    assert_eq!(Some(one.started), "2026-11-20T11:00:00Z".parse().ok());
}

#[test]
fn what_a_whole_list_leaves_out_is_over_and_what_a_part_leaves_out_is_not() {
    let whole = |answer: Value| heard("", &answer);
    for (answer, is_whole) in [
        (json!({"issues": []}), true),
        (json!({"issues": [issue("a")]}), true),
        (json!({"issues": [issue("a")], "next": null}), true),
        (json!({"issues": [issue("a")], "next": ""}), true),
        (json!({"issues": [issue("a")], "errors": []}), true),
        (json!({"issues": [issue("a")], "next": "page2"}), false),
        (json!({"issues": [], "next": true}), false),
        (json!({"issues": [issue("a"), {"key": "b"}]}), false),
        (json!({"issues": [issue("a"), null, 7]}), false),
    ] {
        let heard = whole(answer.clone()).expect("a list");
        assert_eq!(
            matches!(heard, Heard::All(..)),
            is_whole,
            "{answer}: {heard:?}"
        );
        assert_eq!(
            matches!(heard, Heard::Part(..)),
            !is_whole,
            "{answer}: {heard:?}"
        );
    }
    let told = Answered {
        is_part: true,
        ..Answered::default()
    };
    let list = list("").expect("it opens");
    let paged = list.heard(&json!({"issues": [issue("a")]}), &told, noon());
    assert!(
        matches!(paged, Ok(Heard::Part(..))),
        "a further page: {paged:?}"
    );
    let some = heard("complete = false", &json!({"issues": []}));
    assert_eq!(some, Ok(Heard::Some(vec![])), "it names what changed");
}

#[test]
fn what_is_no_list_says_nothing_of_any_issue() {
    for answer in [
        json!(null),
        json!({}),
        json!([]),
        json!("x"),
        json!({"issues": null}),
        json!({"issues": {}}),
        json!({"issues": [], "error": "the database is away"}),
        json!({"issues": [], "errors": [{"message": "timeout"}]}),
        json!({"issues": [{"key": "a"}, 1]}),
    ] {
        let said = heard("", &answer).expect_err("no list").to_string();
        assert!(
            said.starts_with("checks ") && !said.contains('\u{1b}'),
            "{answer}: {said}"
        );
    }
}

#[test]
fn its_status_says_how_an_issue_stands_else_the_time_that_it_was_over() {
    use DetectionState::{Cleared, Firing, Suppressed};
    for (field, value, state) in [
        ("state", json!("OPEN"), Some(Firing)),
        ("state", json!("muted"), Some(Suppressed)),
        ("state", json!("Closed"), Some(Cleared)),
        ("state", json!("RAISED"), Some(Firing)),
        ("state", json!("gone"), Some(Cleared)),
        ("state", json!("perhaps"), None),
        ("state", json!(null), Some(Firing)),
        ("until", json!("2026-11-20T11:30:00Z"), Some(Cleared)),
        // A clock that is an hour ahead.
        ("until", json!("2026-11-20T12:59:00Z"), Some(Cleared)),
        ("until", json!(1_763_638_200), Some(Firing)),
        ("until", json!("0001-01-01T00:00:00Z"), Some(Firing)),
        ("until", json!(null), Some(Firing)),
    ] {
        let mut one = issue("a");
        one[field] = value;
        let settings = "statuses = { raised = \"firing\", GONE = \"cleared\" }";
        let heard = heard(settings, &json!({"issues": [one.clone(), issue("b")]}));
        let heard = heard.expect("a list");
        let found = states(&heard).into_iter().find(|(id, _)| *id == "a");
        assert_eq!(found.map(|(_, state)| state), state, "{one}");
    }
    let mut over = issue("a");
    over["state"] = json!("closed");
    for both in [json!([issue("a"), over]), json!([over, issue("a")])] {
        let heard = heard("", &json!({"issues": both})).expect("a list");
        assert_eq!(states(&heard), [("a", Firing)], "named twice, it burns");
    }
}

#[test]
fn a_start_that_cannot_be_meant_makes_an_issue_unreadable_and_hides_no_other() {
    for (since, is_read) in [
        (json!("2026-11-20T10:58:00Z"), true),
        (json!("2026-11-20T13:02:00Z"), true),
        (json!(1_763_636_400), true),
        (json!("2027-11-20T13:02:00Z"), false),
        (json!("1970-01-01T00:00:00Z"), false),
        (json!("yesterday"), false),
        (json!(i64::MAX), false),
        (json!(null), false),
    ] {
        let mut one = issue("a");
        one["since"] = since.clone();
        let heard = heard("", &json!({"issues": [one, issue("b")]})).expect("a list");
        assert_eq!(states(&heard).len(), 1 + usize::from(is_read), "{since}");
    }
}

#[test]
fn nothing_that_acts_on_a_terminal_comes_through() {
    let nasty = "\u{1b}[2J\u{1b}]52;c;AAAA\u{7}ok\u{202e}\u{200b}\r";
    let mut one = issue(nasty);
    for field in ["name", "level", "text", "page"] {
        one[field] = json!(nasty);
    }
    (one["of"], one["more"]) = (json!([nasty, nasty]), json!({nasty: nasty}));
    let heard = heard("", &json!({"issues": [one]})).expect("a list");
    let said = format!("{heard:?}");
    for bad in ["\\u{1b}", "\\u{7}", "\\u{202e}", "\\u{200b}"] {
        assert!(!said.contains(bad), "{said}");
    }
}

#[test]
fn a_pointer_that_is_none_is_refused_before_anything_is_asked() {
    let raw = "name = \"checks\"\nurl = \"http://127.0.0.1:1/\"\nfields = { id = \"key\", started = \"/since\" }\n";
    let config: JsonDetector = toml::from_str(raw).expect("settings");
    let asking = Asking {
        timeout: std::time::Duration::from_secs(1),
        allowance: Allowance::new().into(),
    };
    let said = IssueList::open(&config, &asking).err().expect("refused");
    assert!(said.to_string().contains("write /key"), "{said}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..proptest::prelude::ProptestConfig::with_cases(64) })]

    #[test]
    fn any_answer_is_read_or_refused(value in any_json()) {
        for answer in [value.clone(), json!({"issues": value.clone()}), json!({"issues": [value, issue("b")]})] {
            if let Ok(Heard::All(all, _) | Heard::Part(all, _)) = heard("", &answer) {
                assert!(all.iter().all(|d| !d.title.contains('\u{1b}') && !d.id.is_empty()));
            }
        }
    }
}
