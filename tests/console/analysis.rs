//! `:analyze`: what is looked at is typed, edited on the screen and told as a command, and its lines lead to incidents.

use crate::common;
use crate::common::Console;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{Overlay, Pane};
use hotseat::similar::{AnalysisRequest, Lead, Line};

fn asked(console: &mut Console) -> Vec<AnalysisRequest> {
    let asked = console.asked.drain(..).filter_map(|cmd| match cmd {
        Cmd::Fetch(Topic::Analysis(asked)) => Some(asked),
        _ => None,
    });
    asked.collect()
}

fn line(text: &str, lead: Option<Lead>) -> Line {
    Line {
        text: text.into(),
        lead,
    }
}

#[test]
fn what_is_looked_back_on_is_typed_and_says_the_command_that_answers_the_same() {
    for (script, command) in [
        (": \"analyze\" enter", "hotseat analyze --since 90d"),
        (
            ": \"analyze cart 30d sev:p1\" enter",
            "hotseat analyze --since 30d --filter 'service:cart sev:p1'",
        ),
        // What the list is narrowed to goes with it.
        (
            "/ \"lead:ana since:7d\" enter : \"analyze\" enter",
            "hotseat analyze --since 7d --filter lead:ana",
        ),
        // And it is edited where it is read.
        (
            ": \"analyze\" enter / \" team:search\" enter",
            "hotseat analyze --since 90d --filter team:search",
        ),
        (
            ": \"analyze cart\" enter / ctrl-u \"Checkout 14d\" enter",
            "hotseat analyze --since 14d --filter service:Checkout",
        ),
    ] {
        let mut console = Console::filled(120, 40);
        console.asked.clear();
        console.keys(script);
        let screen = console.screen();
        assert!(
            screen.contains(&format!(" {command} ")),
            "{script}\n{screen}"
        );
        let last = asked(&mut console).pop().expect("a question");
        assert_eq!(last.command(), command, "{script}");
    }
}

#[test]
fn lines_of_an_analysis_lead_to_the_incidents_they_count() {
    let lines = || {
        vec![
            line("5 incidents", None),
            line("  cart  3", Some(Lead::Filter("service:cart".into()))),
            line("  9h  INC-308 Disk", Some(Lead::Incident("INC-308".into()))),
        ]
    };
    let mut console = Console::filled(120, 40);
    console.keys(": \"analyze 30d sev:p1\" enter");
    let request = asked(&mut console).pop().expect("a question");
    console.tell(News::Analysis(request, lines()));
    console.keys("enter");
    assert!(
        matches!(console.state.overlays.last(), Some(Overlay::Analysis(_))),
        "a heading leads nowhere, and says so"
    );
    console.keys("j enter");
    assert_eq!(console.state.focus, Pane::Incidents);
    assert_eq!(
        console.state.incidents.filter.typed,
        "service:cart since:30d sev:p1"
    );
    console.keys("esc G enter");
    assert_eq!(console.state.detail.id, Some("308".into()));
    assert!(console.state.overlays.is_empty());
}

#[test]
fn an_answer_to_what_was_asked_before_an_edit_is_not_shown() {
    let mut console = Console::filled(120, 40);
    console.keys(": \"analyze\" enter / \" sev:p1\" enter");
    let before = AnalysisRequest::read("", &common::catalog());
    console.tell(News::Analysis(before, vec![line("old", None)]));
    let screen = console.screen();
    assert!(
        screen.contains("Looking back.") && !screen.contains(" old "),
        "{screen}"
    );
}
