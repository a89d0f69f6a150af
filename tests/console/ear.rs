//! The console for ears: typed lines go in, and what is said comes out, through the real update. Whatever is said is clean,
//! stands on one line, and is said once.

use crate::common::{self, Console};
use crate::night::answer;
use crate::steps::{found, looked_back, on_312, recorded, sent, wrote};
use hotseat::console::action::ACTIONS;
use hotseat::console::job::Topic;
use hotseat::console::layout::HEARD;
use hotseat::console::msg::{Cmd, Msg};
use hotseat::console::news::News;
use hotseat::console::plain::Voice;
use hotseat::console::state::{DetailTab, Item, ListKind, Overlay, Tone};
use hotseat::domain::WriteState;
use hotseat::draft::TextKind;

mod minute;
mod places;

/// Somebody who listens.
pub(crate) struct Ear {
    pub(crate) console: Console,
    voice: Voice,
}

impl Ear {
    pub(crate) fn on(mut console: Console) -> Self {
        console.state.absolute = true;
        console.answer(Topic::Incidents);
        console.answer(Topic::Org);
        let mut ear = Self {
            console,
            voice: Voice::new(false),
        };
        ear.hear();
        ear
    }

    fn filled() -> Self {
        Self::on(Console::filled(HEARD.0, HEARD.1))
    }

    fn on_312() -> Self {
        Self::on(on_312(HEARD.0, HEARD.1))
    }

    /// What is said by itself.
    pub(crate) fn hear(&mut self) -> Vec<String> {
        let says = self.voice.hear(&self.console.state);
        says.iter().for_each(|line| assert_clean(line));
        says
    }

    /// A line is typed: what is said to it.
    pub(crate) fn say(&mut self, line: &str) -> Vec<String> {
        let reading = self.voice.read(&self.console.state, line);
        for msg in reading.msgs {
            self.console.feed(msg);
        }
        self.console.pause();
        answer(&mut self.console);
        let mut says = reading.says;
        says.extend(self.hear());
        says
    }

    /// Several lines are typed: what is said to the last of them.
    fn says(&mut self, lines: &str) -> String {
        let mut said = Vec::new();
        for line in lines.split('|') {
            said = self.say(line);
        }
        said.join("\n")
    }

    fn tell(&mut self, news: impl Into<News>) -> String {
        self.console.tell(news);
        self.hear().join("\n")
    }
}

/// One line, nothing in it that a terminal acts on, and no sign that only eyes can read.
fn assert_clean(line: &str) {
    let foul = |c: char| c.is_control() || ('\u{2500}'..='\u{259f}').contains(&c);
    assert!(!line.chars().any(foul), "{line:?}");
    assert!(!line.contains("  ") && !line.is_empty(), "{line:?}");
    for sign in ["→", "✓", "●", "›", "│"] {
        assert!(!line.contains(sign), "{line}");
    }
}

#[test]
fn a_line_of_a_list_stands_alone_the_message_first_and_the_time_last() {
    let mut ear = Ear::filled();
    let said = ear.say("j");
    assert_eq!(said.len(), 1, "{said:?}");
    let line = &said[0];
    assert!(line.starts_with("INC-310 "), "{line}");
    assert!(line.contains("Gale") && line.contains("Watching"), "{line}");
    assert!(line.contains("lead Ana Abara, you"), "{line}");
    assert!(line.contains("2 of 5"), "{line}");
    assert!(line.ends_with("13:10"), "{line}");
}

#[test]
fn numbers_letters_and_names_are_one_keyboard() {
    for (line, selected) in [
        ("3", "INC-308"),
        ("jj", "INC-308"),
        ("j j", "INC-308"),
        ("G", "INC-309"),
        ("end", "INC-309"),
        ("bottom", "INC-309"),
        (":bottom", "INC-309"),
        ("move.down", "INC-310"),
        ("ctrl-d", "INC-309"),
    ] {
        let mut ear = Ear::filled();
        let said = ear.say(line);
        assert_eq!(ear.console.selected(), selected, "{line}: {said:?}");
        assert!(said[0].starts_with(selected), "{line}: {said:?}");
    }
}

#[test]
fn every_action_of_a_pane_can_be_asked_for_by_its_name() {
    for row in ACTIONS.iter().filter(|row| row.context.is_pane()) {
        let mut ear = Ear::on_312();
        let reading = ear.voice.read(&ear.console.state, row.id);
        assert!(
            !reading.msgs.is_empty(),
            "{} is not reached by its name: {:?}",
            row.id,
            reading.says
        );
        // By its title too, unless that is the name of a key or a word of its own here.
        let said = ear.say(&format!(":{}", row.title)).join(" ");
        assert!(!said.contains("is called"), "{}: {said}", row.title);
    }
}

#[test]
fn a_number_is_the_line_it_was_when_it_was_told() {
    let mut ear = Ear::filled();
    let list = ear.says("list");
    assert!(list.contains("\n2 INC-310"), "{list}");
    let fresh = common::row("400", "Everything is down", ("Storm", 4), "Fixing", 1);
    ear.tell(hotseat::session::Change::Rows {
        rows: vec![fresh.into()],
        whole: false,
        cached: false,
    });
    ear.say("2");
    assert_eq!(
        ear.console.selected(),
        "INC-310",
        "whatever came in above it"
    );
}

#[test]
fn nothing_is_said_twice_and_an_idle_console_says_nothing() {
    let mut ear = Ear::on_312();
    for script in [
        "2", "]", ".", "esc", "on call", "catalog", "enter", "u", "esc",
    ] {
        ear.say(script);
        // Whatever was answered goes with time, and so does how young the answer was.
        for _ in 0..40 {
            ear.console.now += chrono::Duration::seconds(61);
            ear.console.answer(Topic::Incidents);
            ear.console.feed(Msg::Ticked);
            let said = ear.hear();
            let is_late = |line: &String| line.contains("not up to date");
            assert!(said.iter().all(is_late), "after {script}: {said:?}");
        }
    }
    let said = ear.console.state.notice.is_none();
    assert!(said, "{:?}", ear.console.state.notice);
}

#[test]
fn a_failure_that_repeats_is_said_once_until_somebody_types() {
    let mut ear = Ear::filled();
    let fail = |ear: &mut Ear| {
        ear.console
            .fail(Topic::Incidents, "incident.io cannot be reached.", "", true);
        ear.console.now += chrono::Duration::seconds(10);
        ear.hear().join("\n")
    };
    let first = fail(&mut ear);
    assert!(first.contains("offline"), "{first}");
    assert_eq!(fail(&mut ear), "");
}

/// A page that waits.
fn page() -> Item {
    Item {
        id: "E1".into(),
        mark: "pending".into(),
        title: "INC-312: High error rate".into(),
        note: "Ana Abara".into(),
        tone: Tone::Hot,
        ..Item::default()
    }
}

#[test]
fn a_page_is_said_once_however_many_ways_it_is_told() {
    let mut ear = Ear::filled();
    ear.tell(News::List(ListKind::Pages, vec![]));
    ear.console.asked.clear();
    ear.console.tell(News::List(ListKind::Pages, vec![page()]));
    let rings: Vec<String> = ear
        .console
        .asked
        .drain(..)
        .filter_map(|cmd| match cmd {
            Cmd::Notify(says) => Some(ear.voice.attention(&says)),
            _ => None,
        })
        .collect();
    assert_eq!(rings, ["Page: INC-312: High error rate (Ana Abara)"]);
    assert_eq!(ear.hear(), [""; 0], "what rang says that it waits");
}

#[test]
fn what_cannot_be_copied_stands_there_to_be_taken() {
    let mut ear = Ear::on_312();
    let reading = ear.voice.read(&ear.console.state, "y");
    for msg in reading.msgs {
        ear.console.feed(msg);
    }
    let copied = ear.console.asked.drain(..).find_map(|cmd| match cmd {
        Cmd::Copy(text) => Some(text),
        _ => None,
    });
    let said = ear
        .voice
        .hear_copied(&ear.console.state, &copied.expect("it is copied"));
    assert_eq!(said, ["INC-312"], "nothing says that it was copied");
}

#[test]
fn a_text_is_read_in_pages_and_to_its_end() {
    let mut ear = Ear::filled();
    let first = ear.say("?");
    assert!(first.len() <= 3, "{first:?}");
    assert!(first[0].starts_with("A number goes to a line"), "{first:?}");
    let left = first.last().expect("a line").clone();
    assert!(left.contains("more lines: an empty line goes on"), "{left}");
    let more = ear.say("");
    assert_eq!(more.len(), 9, "{more:?}");
    let all = ear.say("all").join("\n");
    assert!(all.contains("retrospective") || all.contains("view.5") || all.contains("fifth view"));
    assert_eq!(ear.say("more"), ["There is no more."]);
    let where_now = ear.says("");
    assert!(where_now.contains("INC-312"), "{where_now}");
    assert!(ear.says("? note").contains("Add a note"));
}

#[test]
fn a_form_is_filled_line_by_line_and_asks_before_it_sends() {
    let mut ear = Ear::on_312();
    let opened = ear.say("u");
    assert!(opened[0].contains("INC-312"), "{opened:?}");
    assert!(opened.len() <= 4, "{opened:?}");
    for line in ["Rolling back", "", "v2.1.0 in all regions"] {
        assert_eq!(
            ear.say(line),
            [""; 0],
            "whoever types knows what stands there"
        );
    }
    let next = ear.says(".");
    assert!(next.contains("Status"), "{next}");
    let asked = ear.says("esc");
    assert!(asked.contains("Posts an update"), "{asked}");
    assert!(asked.contains("Request: POST "), "{asked}");
    assert!(asked.contains("Rolling back\\n\\nv2.1.0"), "{asked}");
    assert!(asked.ends_with("Send? y or n:"), "{asked}");
    ear.console.asked.clear();
    ear.say("y");
    let writes = sent(&mut ear.console);
    assert_eq!(writes.len(), 1);
    let told = ear.tell(wrote(&writes[0], WriteState::Confirmed, None, &[]));
    assert!(told.contains("Done: INC-312: update"), "{told}");
}

#[test]
fn what_was_asked_is_said_once_and_is_what_is_sent_however_long_one_thinks() {
    let mut ear = Ear::on_312();
    let asked = ear.says("n|Rolled back|:esc");
    assert!(asked.ends_with("Send? y or n:"), "{asked}");
    for _ in 0..100 {
        ear.console.now += chrono::Duration::seconds(1);
        ear.console.answer(Topic::Incidents);
        ear.console.feed(Msg::Ticked);
        assert_eq!(ear.hear(), [""; 0]);
    }
    ear.console.asked.clear();
    ear.say("y");
    let writes = sent(&mut ear.console);
    let time = writes[0].body["timestamp"].as_str().expect("a time");
    assert!(asked.contains(time), "{time}: {asked}");
}

#[test]
fn help_in_a_form_is_read_to_its_end_and_goes_into_no_field() {
    for (opens, on, ends, field) in [
        ("u", "all", ".|:esc", "message"),
        ("n", "", ":esc", "title"),
    ] {
        let mut ear = Ear::on_312();
        let help = ear.says(&format!("{opens}|?"));
        assert!(help.contains("an empty line goes on"), "{help}");
        assert!(!ear.say(on).is_empty());
        ear.says(&format!("Rolling back|{ends}"));
        ear.console.asked.clear();
        ear.say("y");
        let writes = sent(&mut ear.console);
        assert_eq!(writes[0].body[field], "Rolling back", "{opens}");
    }
}

#[test]
fn what_a_field_cannot_take_is_said_and_the_same_field_is_asked_again() {
    let mut ear = Ear::on_312();
    let said = ear.says("n|Rolled back|5 fortnights ago");
    assert!(
        said.starts_with("\"5 fortnights ago\" is not a time"),
        "{said}"
    );
    let asked = ear.says("14:10|:esc");
    assert!(asked.ends_with("Send? y or n:"), "{asked}");
    ear.console.asked.clear();
    ear.say("y");
    let writes = sent(&mut ear.console);
    assert_eq!(writes[0].body["timestamp"], "2026-11-20T14:10:00Z");
}

#[test]
fn a_long_list_is_read_on() {
    let mut ear = Ear::filled();
    let row = |n: i64| {
        common::row(
            &format!("4{n:02}"),
            "Everything is down",
            ("Storm", 4),
            "Fixing",
            n,
        )
    };
    ear.tell(hotseat::session::Change::Rows {
        rows: (0..30).map(|n| row(n).into()).collect(),
        whole: false,
        cached: false,
    });
    ear.say("g");
    let first = ear.says("list");
    assert!(first.contains("\n9 INC-"), "{first}");
    assert!(
        first.contains("more lines: an empty line goes on"),
        "{first}"
    );
    let next = ear.says("more");
    assert!(next.starts_with("10 INC-"), "{next}");
    let tenth = next.split(' ').nth(1).expect("a reference").to_owned();
    assert!(ear.says("all").contains("\n30 INC-"));
    ear.say("10");
    assert_eq!(ear.console.selected(), tenth);
    assert_eq!(ear.say("all"), ["There is no more."]);
}

#[test]
fn a_pane_is_gone_to_by_its_name_from_everywhere() {
    for from in ["detail", "on call", "catalog"] {
        let mut ear = Ear::on_312();
        let said = ear.says(&format!("{from}|incidents"));
        assert!(said.contains("Incidents, "), "{from}: {said}");
    }
}

#[test]
fn how_many_lines_there_are_is_said_once_and_that_there_are_none_in_words() {
    let mut ear = Ear::on_312();
    assert_eq!(ear.says("actions"), "Actions\nLoading.");
    ear.says("incidents|detail|.");
    let said = ear.says("5");
    assert_eq!(said, "INC-312 Alerts\nLoading.");
    let tab = News::Tab("312".into(), DetailTab::Alerts, vec![page(), page()]);
    ear.tell(tab);
    let whole = ear.says("");
    assert!(whole.contains("INC-312 Alerts, 2 lines\n"), "{whole}");
}

#[test]
fn what_is_only_seen_on_a_screen_is_said() {
    let mut ear = Ear::filled();
    for (typed, says) in [
        ("T", "Times are told as how long ago."),
        ("T", "Times are told by the clock."),
        ("U", "U: this machine's zone is UTC, too."),
        ("zoom", "One pane is told at a time here."),
        ("incidents", "Incidents: you are there."),
    ] {
        let said = ear.say(typed);
        assert_eq!(said.first().map(String::as_str), Some(says), "{said:?}");
        assert_eq!(ear.console.selected(), "INC-312");
    }
}

#[test]
fn what_is_found_by_a_number_that_was_not_told_is_told_before_it_is_done() {
    let mut ear = Ear::filled();
    let found = ear.says("ctrl-p|checkout");
    assert!(found.contains("1 of 3"), "{found}");
    let second = ear.says("2");
    assert!(second.contains("2 of 3"), "it is not done yet: {second}");
    ear.say("2");
    assert!(
        ear.console
            .state
            .overlays
            .iter()
            .all(|o| !matches!(o, Overlay::Palette(_)))
    );
}

#[test]
fn whoever_comes_back_to_the_incidents_is_where_they_were() {
    let mut ear = Ear::filled();
    ear.say("2");
    assert_eq!(ear.console.selected(), "INC-310");
    ear.say("follow-ups");
    let of_closed = Item {
        id: "F1".into(),
        title: "Alert on the pool".into(),
        incident: Some("307".into()),
        ..Item::default()
    };
    let told = ear.tell(News::List(ListKind::FollowUps, vec![of_closed]));
    assert!(told.contains("Alert on the pool"), "{told}");
    ear.console.pause();
    assert_eq!(ear.console.state.detail.id, Some("307".into()));
    ear.say("incidents");
    assert_eq!(ear.console.selected(), "INC-310");
    assert_eq!(ear.console.state.detail.id, Some("310".into()));
}

#[test]
fn a_list_that_has_come_lets_the_next_line_of_a_pipe_in() {
    for kind in ListKind::ALL {
        let mut ear = Ear::filled();
        ear.say(&kind.label().to_lowercase());
        if kind != ListKind::Incidents {
            assert!(
                !Voice::is_answered(&ear.console.state),
                "{kind:?} has not come"
            );
        }
        match kind {
            ListKind::Incidents => {}
            // It lies on this machine.
            ListKind::Bridge => ear.console.tell(News::Bridge(None, Vec::new())),
            kind => {
                ear.console.tell(News::List(kind, Vec::new()));
                ear.console.answer(Topic::List(kind));
            }
        }
        assert_eq!(ear.console.state.list, kind);
        assert!(Voice::is_answered(&ear.console.state), "{kind:?} has come");
    }
}

#[test]
fn what_stood_in_the_list_only_for_the_cursor_makes_way_for_the_next() {
    let mut ear = Ear::filled();
    let stood = ear.says("ctrl-p|logins|1|incidents");
    assert!(
        stood.contains("INC-307") && stood.contains("1 of 6"),
        "{stood}"
    );
    let next = ear.says("j");
    assert!(
        next.starts_with("INC-312") && next.contains("1 of 5"),
        "{next}"
    );
}

#[test]
fn a_form_that_is_not_sent_is_kept_as_on_the_screen() {
    let mut ear = Ear::on_312();
    ear.says("u|Half a thought");
    let saves = |cmd: &Cmd| matches!(cmd, Cmd::SaveForm(..));
    assert!(ear.console.asked.iter().any(saves), "before it is ended");
    let said = ear.says(".|esc|n");
    assert!(said.contains("Not sent; what you wrote is kept"), "{said}");
    assert!(ear.says("K").contains("Half a thought"));
    let again = ear.says("enter");
    assert!(
        again.contains("now Half a thought") || again.contains("Half a thought"),
        "{again}"
    );
}

#[test]
fn choices_are_taken_by_number_or_by_words_that_mean_one() {
    for (typed, taken) in [("2", "Gale"), ("gale", "Gale"), ("bree", "Breeze")] {
        let mut ear = Ear::on_312();
        let asked = ear.says("S");
        assert!(asked.contains("1 Storm"), "{asked}");
        let said = ear.says(typed);
        assert!(
            said.contains(&format!("Severity: {taken}.")),
            "{typed}: {said}"
        );
    }
    let mut ear = Ear::on_312();
    let said = ear.says("S|nothing like it");
    assert_eq!(said, "Nothing fits \"nothing like it\".");
}

#[test]
fn a_draft_is_read_edited_and_sent() {
    let mut ear = Ear::on_312();
    ear.say("i");
    ear.tell(found(87, false));
    let draft = ear.says("d");
    assert!(draft.contains("Draft 1 of"), "{draft}");
    assert!(draft.contains("Request: "), "{draft}");
    ear.says("e|In my own words|on two lines|.");
    let read = ear.says("");
    assert!(read.contains("In my own words on two lines"), "{read}");
    ear.console.asked.clear();
    ear.say("y");
    let delivers = ear.console.asked.iter().find_map(|cmd| match cmd {
        Cmd::Deliver { draft, .. } => Some(draft.body.clone()),
        _ => None,
    });
    assert_eq!(delivers.as_deref(), Some("In my own words\non two lines"));
}

#[test]
fn words_of_others_are_only_words() {
    let mut ear = Ear::filled();
    let name = "evil\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\nsecond line";
    let row = common::row("401", name, ("Storm", 4), "Fixing", 1);
    ear.tell(hotseat::session::Change::Rows {
        rows: vec![row.into()],
        whole: false,
        cached: false,
    });
    let said = ear.says("g|k|1|list");
    assert!(said.contains("INC-401 evil"), "{said}");
}

#[test]
fn reports_drafts_and_looks_back_are_gone_through_line_by_line() {
    let mut ear = Ear::on_312();
    ear.say("P");
    let told = ear.tell(recorded(TextKind::PostMortem, "# {reference}"));
    assert!(told.contains("1 of "), "{told}");
    let mut ear = Ear::filled();
    ear.say("analyze");
    let told = ear.tell(looked_back("", "5 incidents"));
    assert!(
        told.contains("5 incidents") || ear.says("").contains("Looking back"),
        "{told}"
    );
}

#[test]
fn the_tabs_of_a_pane_are_numbered() {
    let mut ear = Ear::on_312();
    ear.say("detail");
    let tabs = ear.says(".|list");
    assert!(tabs.contains("2 Overview"), "{tabs}");
    let said = ear.says("2");
    assert_eq!(ear.console.state.detail.tab, DetailTab::Overview);
    assert!(said.contains("INC-312 Overview"), "{said}");
}
