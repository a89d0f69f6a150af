//! What the scripts share: approved screens, a finding that arrives, a console on one incident, writes and their answers.

use crate::common;
use crate::common::Console;
use hotseat::console::msg::Cmd;
use hotseat::console::news::{InvestigationEvent, News};
use hotseat::domain::time::Zone;
use hotseat::domain::{ApiError, FieldError, Finding, Instant, Write, WriteState};
use hotseat::draft::{Material, Rows, TextKind};
use hotseat::session::{Change, Investigation, Outcome};
use hotseat::similar::{AnalysisRequest, Line};
use std::path::Path;

/// A screen must be as it was approved, white space included.
pub(crate) fn golden(name: &str, screen: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.txt"));
    if std::env::var("APPROVE").is_ok_and(|v| !v.is_empty()) {
        std::fs::write(&path, screen).expect("written");
    }
    let approved = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        screen == approved,
        "{name} differs; look at it, then approve it with APPROVE=1 cargo test --test console\n{screen}"
    );
}

/// What an investigation of INC-312 tells when it is done.
pub(crate) fn found(percent: u8, by_itself: bool) -> News {
    found_this(common::finding(percent), by_itself)
}

/// The same with a finding of one's own.
pub(crate) fn found_this(finding: Finding, by_itself: bool) -> News {
    let done = Investigation {
        incident: common::incident("312"),
        finding,
        started: Instant::default(),
        retelling: None,
    };
    let found = InvestigationEvent::Found {
        done: Box::new(done),
        before: None,
        by_itself,
    };
    News::InvestigationEvent("312".into(), Box::new(found))
}

/// A console on INC-312, with all of it read.
pub(crate) fn on_312(width: u16, height: u16) -> Console {
    let mut console = Console::filled(width, height);
    console.tell(Change::Incident(Box::new(common::incident("312"))));
    console.asked.clear();
    console
}

/// The writes that were asked to be sent, since last looked.
pub(crate) fn sent(console: &mut Console) -> Vec<Write> {
    console
        .asked
        .drain(..)
        .filter_map(|cmd| {
            if let Cmd::Write { writes, .. } = cmd {
                Some(writes)
            } else {
                None
            }
        })
        .flatten()
        .collect()
}

/// What the worker tells of a write.
pub(crate) fn wrote(
    write: &Write,
    state: WriteState,
    error: Option<&str>,
    fields: &[(&str, &str)],
) -> News {
    let said = error.unwrap_or_default().to_owned();
    let write = Write {
        state,
        said,
        ..write.clone()
    };
    let refused = |says: &str| match fields {
        [] => ApiError::User(says.into()),
        _ => not_accepted(fields),
    };
    News::from(Outcome {
        write,
        before: false,
        error: error.map(refused),
        recorded: true,
    })
}

fn not_accepted(fields: &[(&str, &str)]) -> ApiError {
    let wrong = fields.iter().map(|(field, says)| FieldError {
        code: String::new(),
        field: Some((*field).to_owned()),
        message: (*says).to_owned(),
    });
    ApiError::Http {
        status: 422,
        write: true,
        permission: "",
        request_id: None,
        errors: wrong.collect(),
        retry_after: None,
    }
}

/// What a look back over some incidents tells.
pub(crate) fn looked_back(typed: &str, words: &str) -> News {
    let asked = AnalysisRequest::read(typed, &common::catalog());
    let line = Line {
        text: words.into(),
        lead: None,
    };
    News::Analysis(asked, vec![line])
}

/// What is recorded of INC-312, for a text drafted from it.
pub(crate) fn recorded(kind: TextKind, template: &str) -> News {
    let material = Material {
        rows: Rows {
            incident: common::incident("312"),
            timeline: common::timeline(),
            actions: vec![],
            follow_ups: vec![],
            finding: None,
            now: Console::new(80, 24).now,
            zone: Zone::UTC,
        },
        template: template.into(),
    };
    News::Drafted("312".into(), kind, Box::new(material))
}
