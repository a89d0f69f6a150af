//! What is asked towards dawn: a look back, lists made narrow, keys that do nothing; then a storm, and silence.

use super::Night;
use super::waking::answered;
use crate::common::{Console, row};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::domain::{ApiError, IncidentSummary};
use hotseat::session::Change;
use hotseat::similar::{Lead, Line};
use std::sync::Arc;

pub(crate) fn a_look_back(night: &mut Night) {
    night.keys(
        &[],
        ": \"analyze cart 30d sev:p1\" enter",
        &[
            " hotseat analyze --since 30d --filter 'service:cart sev:p1' ",
            "Looking back.",
        ],
    );
    let mut asked = night.console.asked.drain(..).filter_map(|cmd| match cmd {
        Cmd::Fetch(Topic::Analysis(asked)) => Some(asked),
        _ => None,
    });
    let request = asked.next().expect("a question");
    drop(asked);
    let worst = Line {
        text: "  9h  INC-308 Disk".into(),
        lead: Some(Lead::Incident("INC-308".into())),
    };
    night.news(
        &["Looking back."],
        |console| console.tell(News::Analysis(request, vec![worst])),
        &["9h  INC-308 Disk", "goes to it"],
    );
    night.keys(&["hotseat analyze"], "enter", &["Disk 91% full"]);
    assert_eq!(night.shown(), "308");
    night.keys(&[], "ctrl-o", &[]);
}

pub(crate) fn facets(night: &mut Night) {
    night.keys(
        &[],
        "ctrl-c 1 / \"foo:x\"",
        &["No facet foo:; there are sev: status:"],
    );
    night.keys(
        &["foo:x"],
        "ctrl-u \"!lead:an\" tab",
        &["!lead:\"Ana Abara\""],
    );
    night.keys(&[], "enter", &[]);
    assert_eq!(night.console.listed(), ["INC-311"]);
    night.keys(&["!lead:\"Ana Abara\""], "esc", &["INC-309"]);
    night.keys(
        &[],
        "3 / \"sev:p1\"",
        &["sev: means nothing here; there are me:."],
    );
    night.keys(&["sev: means nothing here"], "esc 1", &[]);
}

pub(crate) fn keys_that_do_nothing(night: &mut Night) {
    for (keys, says) in [
        ("G j", "j: nothing below."),
        ("v", "v cover: on the on-call pane (3)."),
        ("5", "5 does nothing here; ? shows the keys that do."),
        ("3 ]", "The on-call pane has no tabs."),
    ] {
        night.keys(&[], keys, &[says]);
    }
    night.keys(&[], "1 : \"page\"", &["escalate — Page a path or people"]);
    night.keys(&["escalate — Page"], "esc", &[]);
}

pub(crate) fn an_empty_list(night: &mut Night) {
    answered(&mut night.console);
    night.keys(
        &[],
        "/ \"nowhere\" enter",
        &[
            "No open incident matches \"nowhere\"",
            "esc clears the filter",
        ],
    );
    night.keys(&["No open incident matches"], "esc", &["INC-311"]);
}

fn told(rows: Vec<IncidentSummary>) -> Change {
    Change::Rows {
        rows: rows.into_iter().map(Arc::new).collect(),
        whole: false,
        cached: false,
    }
}

/// Thirty small incidents at once.
fn many(console: &mut Console) {
    let small = (500..530).map(|id: i64| {
        let name = format!("Queue {id} is long");
        row(&id.to_string(), &name, ("Breeze", 2), "Fixing", 4_000 - id)
    });
    console.tell(told(small.collect()));
}

pub(crate) fn the_storm(night: &mut Night) {
    night.keys(&[], "1 g", &[]);
    night.news(&[], many, &[" below "]);
    night.keys(&[" below "], "G", &[" above "]);
    night.news(
        &[],
        |console| {
            let grave = row(
                "401",
                "All regions are down",
                ("Storm", 4),
                "Investigating",
                1,
            );
            console.tell(told(vec![grave]));
            console.now += chrono::Duration::seconds(30);
            console.pause();
        },
        &["P0 INC-401 is above: g"],
    );
    night.keys(&["INC-401 is above"], "g", &["All regions are down"]);
}

pub(crate) fn the_api_refuses(night: &mut Night) {
    answered(&mut night.console);
    night.news(
        &[" live "],
        |console| {
            console.now += chrono::Duration::minutes(4);
            console.pause();
            let refused = ApiError::Http {
                status: 429,
                write: false,
                permission: "",
                request_id: None,
                errors: Vec::new(),
                retry_after: Some(30),
            };
            console.fail_with(Topic::Incidents, refused);
        },
        &["4m old", "rate limit reached"],
    );
    night.news(
        &["rate limit reached", "4m old"],
        |console| {
            console.now += chrono::Duration::minutes(1);
            console.pause();
            answered(console);
        },
        &[" live "],
    );
}
