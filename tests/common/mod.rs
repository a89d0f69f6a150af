//! A console without a terminal and without a network: keys and news go through the real update and the real draw, and
//! searches are run where the worker would run them.

use hotseat::config::{self, Colour, Overrides};
use hotseat::console::job::{Job, JobSubject, Topic};
use hotseat::console::keymap::{self, Keymap};
use hotseat::console::msg::{Cmd, Msg};
use hotseat::console::news::News;
use hotseat::console::reply::{Failure, Outcome, Reply};
use hotseat::console::state::State;
use hotseat::console::theme::Theme;
use hotseat::console::{picture, update};
use hotseat::domain::time::{self, Zone};
use hotseat::domain::{ApiError, Instant};
use hotseat::session::{Change, KnownTimeline};
use std::sync::{Arc, Mutex};

mod finding;
mod organisation;

pub use finding::{finding, finding_with_path};
pub use organisation::{catalog, incident, row, rows, timeline};
use organisation::{org, schedules};

/// A console under test.
pub struct Console {
    pub state: State,
    pub now: Instant,
    /// What was asked to be done outside, since last looked.
    pub asked: Vec<Cmd>,
    pub theme: Theme,
    /// Jobs that were answered.
    jobs: u64,
}

impl Console {
    /// An empty console of some size at 14:40.
    pub fn new(width: u16, height: u16) -> Self {
        let config = config::load(&Overrides {
            file: Some("/dev/null".into()),
            utc: true,
            ..Overrides::default()
        })
        .expect("defaults");
        let keymap = Keymap::new(&config.keys).expect("keys");
        let now = time::parse("2026-11-20T14:40:00Z").expect("a time");
        let mut state = State::new(
            Arc::new(config),
            Arc::new(keymap),
            now,
            (width, height),
            Zone::UTC,
        );
        state.config = Arc::new({
            let mut config = (*state.config).clone();
            config.me = "ana@larkfield.example".into();
            config
        });
        Self {
            state,
            now,
            asked: Vec::new(),
            jobs: 0,
            theme: Theme::fixed(Colour::Never, false, false),
        }
    }

    /// A console with an organisation in it.
    pub fn filled(width: u16, height: u16) -> Self {
        let mut console = Self::new(width, height);
        console.tell(Change::Org(Box::new(org())));
        console.tell(Change::Rows {
            rows: rows(),
            whole: false,
            cached: false,
        });
        console.tell(Change::Schedules(schedules()));
        console.tell(Change::Catalog(Arc::new(catalog())));
        console.tell(Change::Timeline(Box::new(KnownTimeline {
            id: "312".into(),
            items: timeline(),
            missing: vec![],
            seen: time::parse("2026-11-20T14:37:00Z"),
        })));
        console
    }

    /// News arrives.
    pub fn tell(&mut self, news: impl Into<News>) {
        self.reply(JobSubject::Opening, Outcome::Done(vec![news.into()]));
    }

    /// A question could not be answered.
    pub fn fail(&mut self, topic: Topic, says: &str, advice: &str, offline: bool) {
        let failure = Failure {
            says: says.into(),
            advice: advice.into(),
            brief: if offline { "not reached" } else { "refused" }.into(),
            offline,
            limited: None,
        };
        self.reply(JobSubject::Topic(topic), Outcome::Failed(failure));
    }

    /// A question could not be answered, as the session says it.
    pub fn fail_with(&mut self, topic: Topic, error: ApiError) {
        let failure = Failure::from(error);
        self.reply(JobSubject::Topic(topic), Outcome::Failed(failure));
    }

    /// A question was answered, with all of the rate limit left.
    pub fn answer(&mut self, topic: Topic) {
        self.tell(News::Answered {
            topic,
            budget: Some((1_200, 1_200)),
        });
    }

    /// The worker answers, each time in a job of its own.
    pub fn reply(&mut self, subject: JobSubject, outcome: Outcome) {
        self.jobs += 1;
        let job = Job {
            id: self.jobs,
            subject,
        };
        self.feed(Msg::Worker(Reply { job, outcome }));
    }

    pub fn feed(&mut self, msg: Msg) {
        let cmds = update::update(&mut self.state, self.now, msg);
        self.carry_out(cmds);
    }

    fn carry_out(&mut self, cmds: Vec<Cmd>) {
        for cmd in cmds {
            match cmd {
                Cmd::Search(search) => self.tell(search.run(&Mutex::default())),
                other => self.asked.push(other),
            }
        }
    }

    /// Keys that a bad line delivers all at once: they are taken in before anything is answered, as the loop does.
    pub fn burst(&mut self, keys: &[&str]) -> &mut Self {
        let mut cmds = Vec::new();
        for name in keys {
            let key = keymap::parse(name).unwrap_or_else(|| panic!("{name} is not a key"));
            cmds.extend(update::update(&mut self.state, self.now, Msg::Key(key)));
        }
        self.carry_out(cmds);
        self
    }

    /// Presses keys: `j`, `ctrl-p`, `"typed text"` or `'typed "text"'`, separated by spaces; then the keys pause.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script.trim();
        while !rest.is_empty() {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some(quote) = quote {
                let (typed, after) = rest[1..].split_once(quote).expect("a closing quote");
                typed.chars().for_each(|c| {
                    self.press(if c == ' ' {
                        "space".into()
                    } else {
                        c.to_string()
                    })
                });
                rest = after.trim_start();
            } else {
                let (key, after) = rest.split_once(' ').unwrap_or((rest, ""));
                self.press(key.to_owned());
                rest = after.trim_start();
            }
        }
        self.pause()
    }

    /// The mouse did something; then it rests.
    pub fn mouse(&mut self, msg: Msg) {
        self.feed(msg);
        self.pause();
    }

    fn press(&mut self, name: String) {
        let key = keymap::parse(&name).unwrap_or_else(|| panic!("{name} is not a key"));
        self.feed(Msg::Key(key));
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        self.feed(Msg::Pasted(text.to_owned()));
    }

    /// Lets the detail catch up.
    pub fn pause(&mut self) -> &mut Self {
        self.now += chrono::Duration::milliseconds(200);
        self.feed(Msg::Ticked);
        self
    }

    /// The terminal gets another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.feed(Msg::Resized(width, height));
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        picture::text(&picture::buffer(&self.state, &self.theme))
    }

    /// The reference the cursor is on.
    pub fn selected(&self) -> String {
        self.state
            .incidents
            .current()
            .map_or(String::new(), |row| row.reference.to_string())
    }

    /// References in the list, in order.
    pub fn listed(&self) -> Vec<String> {
        (0..self.state.incidents.visible.len())
            .filter_map(|at| self.state.incidents.at(at))
            .map(|row| row.reference.to_string())
            .collect()
    }
}
