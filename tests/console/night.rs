//! One night on call, told by keys from the first page to dawn: what the screen says before each of them and after it.
//!
//! It is one story on one console, for what one hour leaves behind the next one trips over. The engineer is Ana Abara, in
//! Auckland, where it is 03:40; she is on call for Checkout, and Bram Brandt for Payments.

use crate::common::{self, Console};
use crate::contrast::assert_readable;
use crate::steps::golden;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::domain::{IncidentId, Write, WriteState};

mod asking;
mod going;
mod knowing;
mod waking;
mod writing;

/// Sizes of a terminal: half a split one, the oldest, a usual one, and a screen to itself.
const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 40), (200, 60)];

/// The console of the night, and the hour it has come to.
pub(crate) struct Night {
    pub(crate) console: Console,
    chapter: &'static str,
}

impl Night {
    fn begins() -> Self {
        let mut console = Console::new(120, 40);
        console.state.local = "Pacific/Auckland".parse().expect("a zone");
        Self {
            console,
            chapter: "",
        }
    }

    fn chapter(&mut self, name: &'static str, tell: fn(&mut Self)) {
        self.chapter = name;
        tell(self);
        while !self.console.state.overlays.is_empty() {
            self.console.keys("ctrl-c");
        }
        self.console.asked.clear();
    }

    /// Keys are pressed: what the screen said before and says no more, and what it says after and did not say before.
    pub(crate) fn keys(&mut self, before: &[&str], script: &str, after: &[&str]) {
        self.change(
            before,
            script,
            |console| {
                console.keys(script);
                answer(console);
            },
            after,
        );
    }

    /// Something comes in from outside, and the screen changes so.
    pub(crate) fn news(
        &mut self,
        before: &[&str],
        news: impl FnOnce(&mut Console),
        after: &[&str],
    ) {
        self.change(before, "news", news, after);
    }

    fn change(
        &mut self,
        before: &[&str],
        what: &str,
        act: impl FnOnce(&mut Console),
        after: &[&str],
    ) {
        let old = self.console.screen();
        act(&mut self.console);
        let new = self.console.screen();
        let said = |screen: &str, words: &[&str], says: bool| {
            let odd = words.iter().find(|words| screen.contains(**words) != says);
            odd.map(|words| (*words).to_owned())
        };
        for (when, screen, odd) in [
            (
                "before, and was to be there",
                &old,
                said(&old, before, true),
            ),
            ("before, and was not to be", &old, said(&old, after, false)),
            ("after, and was not to be", &new, said(&new, before, false)),
            ("after, and was to be there", &new, said(&new, after, true)),
        ] {
            if let Some(words) = odd {
                panic!("{}: {what}: \"{words}\" {when}\n{screen}", self.chapter);
            }
        }
        self.is_readable();
    }

    /// Whatever the screen shows can be read in every theme.
    fn is_readable(&self) {
        assert_readable(&self.console.state, self.chapter);
    }

    /// The screen as it is now, at each size, as it was approved.
    pub(crate) fn pictures(&mut self, name: &str) {
        for (width, height) in SIZES {
            self.console.resize(width, height);
            golden(
                &format!("night-{name}-{width}x{height}"),
                &self.console.screen(),
            );
            self.is_readable();
        }
        self.console.resize(120, 40);
    }

    /// The reference of the incident that is shown large.
    pub(crate) fn shown(&self) -> String {
        let id = self.console.state.detail.id.as_ref();
        id.map(ToString::to_string).unwrap_or_default()
    }

    /// What was sent since last looked; it is taken in.
    pub(crate) fn confirmed(&mut self) -> Vec<Write> {
        let writes = crate::steps::sent(&mut self.console);
        for write in &writes {
            let told = crate::steps::wrote(write, WriteState::Confirmed, None, &[]);
            self.console.tell(told);
        }
        writes
    }

    /// What was asked to be done outside since last looked.
    pub(crate) fn asked(&mut self, is_so: impl Fn(&Cmd) -> bool) -> bool {
        let asked: Vec<Cmd> = self.console.asked.drain(..).collect();
        asked.iter().any(is_so)
    }
}

/// What is asked of the incident of the night is told: all of it to a form, and its timeline.
pub(crate) fn answer(console: &mut Console) {
    let id: IncidentId = "312".into();
    let (asked, rest): (Vec<Cmd>, Vec<Cmd>) = console.asked.drain(..).partition(|cmd| match cmd {
        Cmd::Fetch(Topic::Subjects(_, ids)) => ids.contains(&id),
        Cmd::Fetch(Topic::Timeline(of)) => *of == id,
        _ => false,
    });
    console.asked = rest;
    for cmd in asked {
        match cmd {
            Cmd::Fetch(Topic::Subjects(kind, _)) => {
                console.tell(News::Subjects(kind, vec![common::incident("312")]));
            }
            _ => console.tell(waking::timeline(common::timeline())),
        }
    }
    console.pause();
}

#[test]
fn a_night_on_call_from_the_first_page_to_dawn() {
    let mut night = Night::begins();
    for (name, tell) in [
        (
            "the console opens",
            waking::the_console_opens as fn(&mut Night),
        ),
        ("two pages wait", waking::two_pages_wait),
        ("a page climbs", waking::a_page_climbs),
        ("a note of yesterday", writing::a_note_of_yesterday),
        ("an incident is declared", writing::an_incident_is_declared),
        (
            "somebody closes it meanwhile",
            writing::somebody_closes_it_meanwhile,
        ),
        ("the status moves", writing::the_status_moves),
        (
            "an update cannot be taken back",
            writing::an_update_cannot_be_taken_back,
        ),
        (
            "closing leaves work open",
            writing::closing_leaves_work_open,
        ),
        ("a draft is found again", writing::a_draft_is_found_again),
        ("a cause is found", knowing::a_cause_is_found),
        ("it is over", knowing::it_is_over),
        (
            "a post-mortem is drafted",
            knowing::a_post_mortem_is_drafted,
        ),
        ("what moved meanwhile", knowing::what_moved_meanwhile),
        ("who is on call", knowing::who_is_on_call),
        ("a team and its services", going::a_team_and_its_services),
        (
            "from card to card and back",
            going::from_card_to_card_and_back,
        ),
        (
            "an alert and where it comes from",
            going::an_alert_and_where_it_comes_from,
        ),
        ("a deploy among the lines", going::a_deploy_among_the_lines),
        ("the shift is handed over", going::the_shift_is_handed_over),
        ("a look back", asking::a_look_back),
        ("facets", asking::facets),
        ("keys that do nothing", asking::keys_that_do_nothing),
        ("an empty list", asking::an_empty_list),
        ("the storm", asking::the_storm),
        ("the API refuses", asking::the_api_refuses),
    ] {
        night.chapter(name, tell);
    }
}
