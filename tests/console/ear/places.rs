//! Every place says where one is, how many lines there are, the line one is on, and every state of it in a word.

use super::{Ear, page};
use crate::steps::{found, sent, wrote};
use hotseat::console::job::Topic;
use hotseat::console::news::News;
use hotseat::console::state::{DetailTab, Item, ListKind};
use hotseat::domain::{OpenProposal, WriteState};

/// What is done to get there, what is typed, and what is then said.
type Place = (
    &'static str,
    fn(&mut Ear),
    &'static str,
    &'static [&'static str],
);

const PLACES: &[Place] = &[
    (
        "writes",
        written,
        "J|list",
        &["in doubt", "done", "update one"],
    ),
    (
        "what an agent asks",
        proposed,
        "J|list",
        &["asks you", "by an agent"],
    ),
    (
        "its question",
        proposed,
        "J|enter",
        &["an agent asks you", "Request: POST", "Send? y or n:"],
    ),
    (
        "drafts of an investigation",
        investigated,
        "d",
        &["Draft 1 of", "Request: ", "Send? y or n:"],
    ),
    (
        "a fact",
        investigated,
        "detail|top|jjjjjjjjj|enter",
        &["INC-312"],
    ),
    (
        "the incidents",
        |_| {},
        "",
        &[
            "Incidents, 5 of 6, open, all, by severity",
            "INC-312 High error rate",
            "P0 Storm",
            "Fixing",
            "1 of 5",
        ],
    ),
    (
        "a private one without what is open",
        |_| {},
        "bottom",
        &["private", "5 of 5"],
    ),
    ("nobody leads", |_| {}, "4", &["no lead"]),
    ("a marked one", |_| {}, "space", &["marked"]),
    (
        "everything",
        |_| {},
        "A|bottom",
        &["INC-307", "Closed", "6 of 6"],
    ),
    (
        "a filter",
        |_| {},
        "/|disk",
        &["filter disk", "INC-308", "1 of 1"],
    ),
    (
        "what a filter can be about",
        |_| {},
        "/|?",
        &[
            "Facets here: ",
            "sev:, ",
            "lead:, ",
            "tells what may follow.",
        ],
    ),
    (
        "what may follow a facet",
        |_| {},
        "/|disk sev:",
        &["Behind sev: Storm, Gale, Breeze, Ripple, P0, P1, P2, P3"],
    ),
    (
        "what follows a facet as it is typed, and what is taken after that",
        |_| {},
        "/|service:|service:checkout-service",
        &["filter service:checkout-service", "INC-312"],
    ),
    (
        "more than a line of what may follow",
        |_| {},
        "/|lead:",
        &["Behind lead: \"Ana Abara\", "],
    ),
    (
        "nothing that may follow",
        |_| {},
        "/|zzz:",
        &["Nothing is known that may follow zzz: here."],
    ),
    (
        "a filter that leaves none",
        |_| {},
        "/|zzzz",
        &["Incidents, 0 of 6", "filter zzzz", "not in this list"],
    ),
    (
        "a timeline",
        |_| {},
        "detail",
        &["INC-312 Timeline", "5 lines", "1 new", "update", "14:38"],
    ),
    (
        "an overview",
        |_| {},
        "detail|]",
        &["INC-312 Overview", "1 of"],
    ),
    (
        "no investigation",
        |_| {},
        "detail|]|]",
        &["Investigation", "Not investigated yet; i does it."],
    ),
    (
        "an investigation",
        investigated,
        "detail|list",
        &["What's going on", "leads on", "for it: E"],
    ),
    ("schedules", |_| {}, "on call", &["On call", "1 of"]),
    (
        "the catalog",
        |_| {},
        "catalog",
        &["Catalog, Service", "needs", "needed by", "open"],
    ),
    (
        "a card",
        |_| {},
        "catalog|enter",
        &["Service checkout-service", "leads on", "6 of 17"],
    ),
    (
        "a list that is read",
        pages,
        "pages",
        &["Pages, 1 line", "needs somebody", "pending", "Ana Abara"],
    ),
    (
        "a list that is not",
        |_| {},
        "alerts",
        &["Alerts", "Loading."],
    ),
    (
        "what cannot be read",
        refused,
        "!",
        &["Problems", "The catalog is refused"],
    ),
    (
        "the palette",
        |_| {},
        "ctrl-p|checkout",
        &["checkout-service", "catalog", "1 of 3"],
    ),
    (
        "nothing found",
        |_| {},
        "ctrl-p|qqqqzzzz",
        &["Nothing found. Other words search again, esc goes back."],
    ),
    (
        "the journal",
        |_| {},
        "J",
        &["Journal: 0 open", "Nothing was written yet."],
    ),
    (
        "drafts",
        |_| {},
        "K",
        &["Drafts not sent", "Nothing was begun and left."],
    ),
    ("views", |_| {}, "V", &["view"]),
    (
        "tabs",
        |_| {},
        "detail|.",
        &["Tabs of this pane", "Timeline", "of 9"],
    ),
    ("a question", |_| {}, "evidence add", &["A fact to add"]),
    (
        "documents that come late",
        documents,
        "",
        &["What we learned"],
    ),
    ("what could not be reached", offline, "", &["offline"]),
];

fn written(ear: &mut Ear) {
    for (words, state, why) in [
        ("one", WriteState::Refused, Some("not allowed")),
        ("two", WriteState::Waiting, Some("not reached")),
        ("three", WriteState::InDoubt, None),
        ("four", WriteState::Confirmed, None),
    ] {
        for line in ["u", words, ".", "esc", "y"] {
            ear.say(line);
        }
        let writes = sent(&mut ear.console);
        ear.tell(wrote(&writes[0], state, why, &[]));
        ear.say("esc");
        ear.say("esc");
        let all: Vec<_> = ear.console.state.outbox.clone();
        ear.console.tell(News::Journal(all));
    }
}

fn proposed(ear: &mut Ear) {
    let made = ear.console.now;
    let proposal = OpenProposal {
        id: "P1".into(),
        by: "an agent".into(),
        what: "INC-312: update Rolling back".into(),
        says: vec!["Posts an update.".into()],
        requests: vec!["POST /v2/incident_updates\n{}".into()],
        private: false,
        asked: true,
        answer: None,
        made,
        expires: made + chrono::Duration::minutes(10),
    };
    ear.console.tell(News::Proposals(vec![proposal]));
}

fn investigated(ear: &mut Ear) {
    ear.say("i");
    ear.tell(found(87, false));
}

fn pages(ear: &mut Ear) {
    ear.tell(News::List(ListKind::Pages, vec![page()]));
}

fn refused(ear: &mut Ear) {
    let says = "The catalog is refused.";
    ear.console
        .fail(Topic::Catalog, says, "Ask for the role.", false);
    ear.hear();
}

fn offline(ear: &mut Ear) {
    let says = "incident.io cannot be reached.";
    ear.console.fail(Topic::Incidents, says, "", true);
}

fn documents(ear: &mut Ear) {
    ear.say("detail");
    ear.say("[");
    ear.say("[");
    let item = Item {
        id: "D1".into(),
        title: "What we learned".into(),
        ..Item::default()
    };
    let id = "312".into();
    ear.console
        .tell(News::Tab(id, DetailTab::Documents, vec![item]));
}

#[test]
fn every_place_tells_each_of_its_states() {
    let mut wrong = Vec::new();
    for (name, prepare, lines, words) in PLACES {
        let mut ear = Ear::on_312();
        prepare(&mut ear);
        let said = ear.says(lines);
        let missing: Vec<&&str> = words.iter().filter(|word| !said.contains(**word)).collect();
        if !missing.is_empty() {
            wrong.push(format!("{name}: {missing:?} not in\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
