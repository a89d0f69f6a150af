//! What could not be answered: it is filed under what was asked, and said where the answer would have been.

use super::super::action::Action;
use super::super::content::since;
use super::super::job::{JobSubject, Topic};
use super::super::msg::Cmd;
use super::super::news::InvestigationEvent;
use super::super::place::ListKind;
use super::super::reply::Failure;
use super::super::state::{Overlay, ReportLine, State};
use super::problems::{clear, of_incident};
use super::{investigation, open_form};

/// A job could not be done.
pub fn file(state: &mut State, subject: JobSubject, why: Failure, cmds: &mut Vec<Cmd>) {
    match subject {
        JobSubject::Topic(topic) => unanswered(state, topic, why, cmds),
        // Without a way to the organisation nothing of it can be known.
        JobSubject::Opening => unanswered(state, Topic::Org, why, cmds),
        JobSubject::Investigation(id) => {
            let event = InvestigationEvent::Failed(why.words());
            investigation::event(state, id, event, cmds);
        }
        JobSubject::Draft(id, title) => {
            let event = InvestigationEvent::Sent(title, Err(why.words()));
            investigation::event(state, id, event, cmds);
        }
        JobSubject::SavedForm => state.warn(format!("What you write is not kept: {}", why.words())),
        JobSubject::Filter => {
            state.incidents.narrowing = false;
            state.warn(why.words());
        }
        JobSubject::Palette
        | JobSubject::Question(_)
        | JobSubject::Writes
        | JobSubject::Verdict
        | JobSubject::Others
        | JobSubject::Relay
        | JobSubject::Notice
        | JobSubject::Place => state.warn(why.words()),
    }
}

fn unanswered(state: &mut State, topic: Topic, why: Failure, cmds: &mut Vec<Cmd>) {
    // What this machine cannot read says nothing of the way to the platform; the journal sends, too.
    if topic == Topic::Journal || !topic.is_local() {
        state.link.offline = why.offline;
        state.link.problem = Some(why.says.clone());
    }
    if let Some(seconds) = why.limited {
        state.limited_for(seconds);
    }
    let reading = state.readings.entry(topic.clone()).or_default();
    reading.failed = Some(why.clone());
    failed(state, topic, why.says, &why.advice, cmds);
}

/// A question could not be answered.
fn failed(state: &mut State, topic: Topic, says: String, advice: &str, cmds: &mut Vec<Cmd>) {
    if of_incident(&topic).is_some_and(|id| !state.is_shown(id)) {
        // Nobody looks at that incident any more; it is asked for anew when somebody does.
        return;
    }
    clear(state, &topic);
    state
        .problems
        .push((topic.clone(), format!("{says} {advice}")));
    match &topic {
        Topic::Detail(_) | Topic::Timeline(_) => {
            state.detail.missing = vec![says];
            state.detail.arrived |= state.detail.incident.is_some();
        }
        Topic::Tab(_, tab) => state.detail.tabs.entry(*tab).or_default().arrived = true,
        Topic::Incidents | Topic::History => {
            state.incidents.arrived = true;
            state.incidents.loading = None;
        }
        Topic::Schedules => state.oncall.arrived = true,
        Topic::Catalog => state.catalog.arrived = true,
        Topic::List(kind) => {
            state.acknowledging &= *kind != ListKind::Pages;
            state.lists.entry(*kind).or_default().arrived = true;
        }
        Topic::Drafted(..) => {
            if let Some(Overlay::Drafted(drafted)) = state.asking(&topic) {
                drafted.say(&says);
            }
        }
        Topic::Moved(since, _) => {
            let lines = since::since(state, *since, Err(&says));
            state.report(&topic, lines);
        }
        Topic::Handover => state.report(&topic, vec![ReportLine::plain(says)]),
        Topic::Document(_) | Topic::Doctor | Topic::Export => {
            state.answer(&topic, vec![says]);
        }
        Topic::Analysis(_) => {
            if let Some(Overlay::Analysis(analysis)) = state.asking(&topic) {
                analysis.say(&says);
            }
        }
        Topic::Subjects(kind, ids) => {
            let why = format!("{says} {advice}");
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            open_form::unread(state, (*kind, &ids), why.trim(), cmds);
        }
        Topic::Things(kind, ids) => {
            let key = state.keymap.key(Action::Unsent);
            let why = format!("{says} What you wrote is kept: {key} lists it.");
            open_form::unread(state, (*kind, ids), &why, cmds);
        }
        // A card says it by itself.
        Topic::Shifts(_) | Topic::Alert(_) | Topic::Page(_) | Topic::Route(_) => {}
        Topic::Changes(..) => {
            state.detail.weaves = false;
            state.warn(format!("Changes: {says}"));
        }
        Topic::Org | Topic::Paths | Topic::FormOptions | Topic::Journal | Topic::Bridge => {}
    }
}
