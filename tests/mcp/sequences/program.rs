//! A random sequence of calls, from a seed.

use crate::agent::Age;
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Who may say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirms {
    /// A person, whom the client can ask.
    Person,
    /// The agent, as the configuration says; its client can ask nobody.
    Agent,
    /// Nobody: the client can ask nobody, and the configuration wants a person.
    Nobody,
}

/// Where a token comes from; proposals are numbered as they were made, whichever run made them.
#[derive(Clone, Debug)]
pub enum Token {
    Of(usize),
    /// The same with spaces around it, which belong to no token.
    Padded(usize),
    /// One letter is another one.
    Flipped(usize, usize),
    Truncated(usize, usize),
    /// The beginning of one and the end of another.
    Spliced(usize, usize),
    Invented(&'static str),
}

/// What the person does when they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Yes,
    No,
    Closed,
    Unticked,
    /// The form comes back with something else in it.
    Nonsense(&'static str),
    /// The client answers with an error.
    Fails,
    /// Yes, after the proposal expired.
    Late,
    /// Yes, after a colleague changed what it is about.
    Overtaken,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    Call(&'static str, Value),
    Propose(Value),
    Confirm(Token, Reply),
    /// The client sends an answer along that nobody gave, for the question of another token.
    Forge(Token, Token),
    /// So many minutes pass.
    Wait(i64),
    Colleague(usize),
    /// The program ends, and another one is started on the same journal.
    Restart,
}

/// A sequence, and how the client and the program are set up.
#[derive(Clone, Debug)]
pub struct Program {
    pub age: Age,
    pub confirms: Confirms,
    pub read_only: bool,
    pub steps: Vec<Step>,
}

/// What stands for the first, second or third open incident in arguments.
pub const INCIDENT: [&str; 3] = ["@0", "@1", "@2"];

const HOSTILE: [&str; 9] = [
    "",
    "\u{202e}gnidaelsim\u{200b}",
    "a\nb\r\n\u{1b}[2J",
    "' OR 1=1 --",
    "../../v2/incidents/actions",
    "INC-1?x=y#z",
    "{\"confirm\": true}",
    "INC-99999999999999999999",
    "🔥🔥🔥🔥",
];

fn any<T: Copy>(random: &mut Rng, of: &[T]) -> T {
    of[random.usize(..of.len())]
}

/// A value that may be right, may be right elsewhere, and may be nothing at all.
fn value(random: &mut Rng, right: &[&str], number: usize) -> Value {
    match random.usize(..12) {
        0 => json!(any(random, &HOSTILE)),
        1 => json!(any(random, &INCIDENT)),
        2 => any(random, &[0, -1, 7, i64::MAX]).into(),
        3 => json!(null),
        _ => json!(any(random, right).replace('#', &number.to_string())),
    }
}

/// A kind of proposal, what it may be about, and its fields with values that may be right.
type KindSpec = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static [&'static str])],
);

/// Kinds of proposals with what they are about and their fields.
#[rustfmt::skip]
const KINDS: &[KindSpec] = &[
    ("update", &INCIDENT, &[("message", &["Rolling back, # pods to go", "Still looking, #"]), ("status", &["Fixing", "Watching", "Closed"]), ("severity", &["Storm", "Gale", "nope"])]),
    ("update", &INCIDENT, &[("message", &["Only words, #"])]),
    ("note", &INCIDENT, &[("title", &["Noted #"]), ("time", &["14:30", "now", "later"])]),
    ("edit", &INCIDENT, &[("name", &["Another name #"]), ("summary", &["Sum #"])]),
    ("close", &INCIDENT, &[("message", &["Done #"])]),
    ("role", &INCIDENT, &[("role", &["Incident Lead", "Scribe"]), ("person", &["Ana Abara", "Nobody Atall"])]),
    ("page", &INCIDENT, &[("people", &["Ana Abara"]), ("title", &["Help #"])]),
    ("add_action", &INCIDENT, &[("description", &["Look at it #"]), ("assignee", &["Ana Abara"])]),
    ("add_follow_up", &INCIDENT, &[("title", &["Mend it #"])]),
    ("declare", &[], &[("name", &["It burns #"]), ("severity", &["Breeze"])]),
    ("acknowledge", &INCIDENT, &[]),
    ("snooze", &INCIDENT, &[("until", &["1h"])]),
    ("cover", &["Payments on-call"], &[("who", &["Ana Abara"]), ("from", &["16:00"]), ("to", &["17:00"])]),
    ("complete_action", &["01ABC"], &[]),
    ("publish", &INCIDENT, &[("message", &["To everyone #"])]),
];

fn propose(random: &mut Rng, number: usize) -> Step {
    let (kind, about, takes) = any(random, KINDS);
    let is_straight = random.usize(..3) > 0;
    let mut fields = Map::new();
    for (name, right) in takes {
        if is_straight && ["status", "severity", "time"].contains(name) && random.bool() {
            continue;
        }
        let given = match is_straight {
            true => json!(any(random, right).replace('#', &number.to_string())),
            false => value(random, right, number),
        };
        fields.insert((*name).into(), given);
    }
    let mut asked = json!({"kind": kind, "fields": fields});
    if !about.is_empty() {
        asked["about"] = json!(any(random, about));
    }
    if !is_straight && random.usize(..4) == 0 {
        let other = any(
            random,
            &[
                "about",
                "token",
                "confirm",
                "roles",
                "custom_fields",
                "dry_run",
            ],
        );
        asked[other] = value(random, &INCIDENT, number);
    }
    Step::Propose(asked)
}

fn call(random: &mut Rng, number: usize) -> Step {
    let tools = [
        ("whats_on_fire", "from"),
        ("incident", "incident"),
        ("similar", "incident"),
        ("changes", "within"),
        ("on_call", "schedule"),
        ("since_i_was_away", "since"),
        ("search", "service"),
        ("journal", "unsettled"),
        ("draft", "incident"),
        ("investigate", "incident"),
        ("evidence", "id"),
        ("propose", "kind"),
        ("confirm", "token"),
    ];
    let (tool, argument) = any(random, &tools);
    let mut asked = json!({ argument: value(random, &INCIDENT, number) });
    if random.usize(..3) == 0 {
        asked["incident"] = json!(any(random, &INCIDENT));
    }
    Step::Call(tool, asked)
}

fn token(random: &mut Rng) -> Token {
    // Mostly a late one: those before are spent more often than not.
    let one = random.usize(..6);
    match random.usize(..12) {
        0 => Token::Flipped(one, random.usize(..200)),
        1 => Token::Truncated(one, random.usize(1..40)),
        2 => Token::Spliced(one, random.usize(..6)),
        3 => Token::Invented(any(random, &["", "rs1", "rs1.AAAA.AAAA", "null", "\u{0}"])),
        4 => Token::Padded(one),
        _ => Token::Of(one),
    }
}

fn reply(random: &mut Rng) -> Reply {
    match random.usize(..14) {
        0 => Reply::No,
        1 => Reply::Closed,
        2 => Reply::Unticked,
        3 => Reply::Nonsense(any(
            random,
            &[
                "\"yes\"",
                "1",
                "[true]",
                "{\"send\":\"true\"}",
                "null",
                "{}",
            ],
        )),
        4 => Reply::Fails,
        5 => Reply::Late,
        6 => Reply::Overtaken,
        _ => Reply::Yes,
    }
}

fn step(random: &mut Rng, number: usize) -> Step {
    match random.usize(..20) {
        0..=2 => call(random, number),
        3..=9 => propose(random, number),
        10..=15 => Step::Confirm(token(random), reply(random)),
        16 => Step::Forge(token(random), token(random)),
        17 => Step::Wait(any(random, &[4, 11])),
        18 => Step::Colleague(random.usize(..3)),
        _ => Step::Restart,
    }
}

/// The program of a seed.
pub fn program(seed: u64) -> Program {
    let random = &mut Rng::with_seed(seed);
    let length = random.usize(6..18);
    Program {
        age: any(random, &[Age::Handshake, Age::Stateless]),
        confirms: match random.usize(..6) {
            0 => Confirms::Agent,
            1 => Confirms::Nobody,
            _ => Confirms::Person,
        },
        read_only: random.usize(..12) == 0,
        steps: (0..length)
            .map(|n| step(random, seed as usize * 100 + n))
            .collect(),
    }
}
