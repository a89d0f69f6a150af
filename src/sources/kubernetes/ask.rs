//! Runs kubectl for one question after the other, some at a time, each until the time is up.

use super::question::Question;
use crate::domain::secrets::redact;
use crate::domain::text::clean_line;
use crate::sources::command::run_in_full;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::time::Instant;

/// Questions that are open at once.
const AT_ONCE: usize = 8;
/// Letters of an error that are told.
const LONGEST: usize = 200;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    /// Whoever asks has no right to it.
    Forbidden,
    /// The cluster knows no such thing.
    Absent,
    /// It took too long.
    Late,
    /// Nobody answers there, or kubectl cannot be run.
    Unreachable(String),
    /// In the words of kubectl.
    Other(String),
}

/// Words that tell why there is no answer.
const UNREACHABLE: [&str; 9] = [
    "unable to connect to the server",
    "the connection to the server",
    "couldn't get current server api group list",
    "no such host",
    "i/o timeout",
    "must be logged in",
    "getting credentials",
    "no configuration has been provided",
    "does not exist in the kubeconfig",
];
const ABSENT: [&str; 4] = [
    "doesn't have a resource type",
    "(notfound)",
    "could not find the requested resource",
    "no matches for kind",
];

impl Refusal {
    fn read(words: &str) -> Self {
        let low = words.to_lowercase();
        let has = |all: &[&str]| all.iter().any(|w| low.contains(w));
        if has(&["(forbidden)", "is forbidden"]) {
            Self::Forbidden
        } else if has(&ABSENT) {
            Self::Absent
        } else if has(&UNREACHABLE) || (low.contains("context") && low.contains("does not exist")) {
            Self::Unreachable(told(words))
        } else {
            Self::Other(told(words))
        }
    }
}

/// The line of an error that says most: the last one, since warnings come before it.
fn told(words: &str) -> String {
    let last = words.lines().rfind(|l| !l.trim().is_empty());
    let line = clean_line(&redact(last.unwrap_or("it said nothing")));
    line.trim().chars().take(LONGEST).collect()
}

/// What was answered, and how it is asked again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// What kubectl printed.
    pub text: String,
    /// The command as a person would type it.
    pub query: String,
}

/// kubectl with the options that every question gets.
pub(super) struct Asker {
    program: String,
    options: Vec<String>,
}

impl Asker {
    /// From a command and a context.
    pub fn new(command: &[String], context: &str) -> Option<Self> {
        let (program, options) = command.split_first()?;
        let mut options = options.to_vec();
        if !context.is_empty() {
            options.extend(["--context".to_owned(), context.to_owned()]);
        }
        Some(Self {
            program: program.clone(),
            options,
        })
    }

    /// The program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Every question with its answer, in their order.
    pub async fn ask_all(
        &self,
        questions: Vec<Question>,
        until: Instant,
    ) -> Vec<(Question, Result<Answer, Refusal>)> {
        let asked = stream::iter(questions).map(|q| async move {
            let answer = self.ask_plainly(&q, until).await;
            (q, answer)
        });
        asked.buffered(AT_ONCE).collect().await
    }

    /// Asks, and where that is not understood or not allowed, in plainer words.
    async fn ask_plainly(&self, question: &Question, until: Instant) -> Result<Answer, Refusal> {
        let refused = match self.ask(question, until).await {
            Ok(answer) => return Ok(answer),
            Err(refused) => refused,
        };
        let stands = matches!(refused, Refusal::Late | Refusal::Unreachable(_));
        match question.plainer().filter(|_| !stands) {
            Some(plainer) => self.ask(&plainer, until).await.map_err(|_| refused),
            None => Err(refused),
        }
    }

    /// Asks once.
    pub async fn ask(&self, question: &Question, until: Instant) -> Result<Answer, Refusal> {
        let Some(words) = question.arguments() else {
            return Err(Refusal::Absent);
        };
        let left = until.saturating_duration_since(Instant::now());
        if left < Duration::from_millis(1) {
            return Err(Refusal::Late);
        }
        let arguments = [self.options.clone(), words].concat();
        let query = redact(&format!("{} {}", self.program, arguments.join(" ")));
        let printed = match run_in_full(&self.program, &arguments, left).await {
            Ok(printed) => printed,
            Err(_) if Instant::now() >= until => return Err(Refusal::Late),
            Err(e) => return Err(Refusal::Unreachable(e.to_string())),
        };
        let text = printed.output;
        if text.trim().is_empty() && !printed.status.success() {
            return Err(Refusal::read(&printed.errors));
        }
        if is_error(&text) {
            return Err(Refusal::read(&text));
        }
        Ok(Answer { text, query })
    }
}

/// Whether what was printed is an error after all.
fn is_error(text: &str) -> bool {
    let first = text.lines().find(|l| !l.trim().is_empty());
    let starts = [
        "error:",
        "Error from server",
        "Unable to connect",
        "The connection to",
    ];
    first.is_some_and(|l| starts.iter().any(|s| l.starts_with(s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_its_reason() {
        for (words, refusal) in [
            (
                "Error from server (Forbidden): nodes is forbidden: User \"ana\" cannot list resource \"nodes\"",
                Refusal::Forbidden,
            ),
            (
                "error: the server doesn't have a resource type \"httproutes\"",
                Refusal::Absent,
            ),
            (
                "E1120 14:00:00 memcache.go:265] couldn't get current server API group list: Get \"http://localhost:8080\"\n\
                 The connection to the server localhost:8080 was refused - did you specify the right host or port?",
                Refusal::Unreachable(
                    "The connection to the server localhost:8080 was refused - did you specify the right host or port?"
                        .into(),
                ),
            ),
            ("no record of this", Refusal::Other("no record of this".into())),
        ] {
            assert_eq!(Refusal::read(words), refusal, "{words}");
        }
    }
}
