//! What may declare, as what, and what is done when it is over: the configuration, made ready to decide by.

use crate::config::Notes;
use crate::domain::time::Zone;
use crate::domain::{Detection, DetectionState, Instant};
use chrono::{Duration, NaiveTime};
use regex_lite::Regex;
use std::collections::BTreeMap;

/// What decides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Severities of detectors that may declare, in their words; none for all.
    pub severities: Vec<String>,
    /// Services that may declare; none for all.
    pub services: Vec<String>,
    /// What labels must say.
    pub labels: Vec<Matcher>,
    /// Hours of the day that it declares in; none for all.
    pub hours: Option<Hours>,
    /// Times in which nothing is declared.
    pub maintenance: Vec<Maintenance>,
    /// How long an issue burns before it is declared.
    pub wait: Duration,
    /// The organisation's severities by the detector's words.
    pub severity_of: BTreeMap<String, String>,
    /// The severity of whatever is not among them.
    pub severity: String,
    /// How long all has to be quiet before an incident is resolved.
    pub hold: Duration,
    /// The longest that a flapping one is waited for.
    pub longest_hold: Duration,
    /// Whether incidents are declared.
    pub declares: bool,
    /// Declarations an hour.
    pub most_an_hour: usize,
    /// Whether an incident that people touched is resolved too.
    pub resolves_touched: bool,
    /// Whether what is over is resolved at all.
    pub resolves: bool,
    /// Whether a cause is looked for.
    pub investigates: bool,
    /// What is told on the timeline.
    pub notes: Notes,
    /// Whether something is drafted once it is resolved.
    pub learns: bool,
}

/// A condition on a label, as Alertmanager writes it.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// As it was written.
    pub text: String,
    label: String,
    is_wanted: bool,
    value: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Exactly(String),
    Like(Regex),
}

/// Hours of a day in a zone; from later to earlier goes over midnight.
#[derive(Clone, Debug)]
pub struct Hours {
    from: String,
    to: String,
    zone: Zone,
}

/// A time in which nothing is declared.
#[derive(Clone, Debug)]
pub struct Maintenance {
    /// From.
    pub from: Instant,
    /// To.
    pub to: Instant,
    /// The services it is about; none for all.
    pub services: Vec<String>,
}

impl Matcher {
    /// Reads `label=value`, `label!=value`, `label=~expression`, `label!~expression`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" is no condition; write label=value, label!=value, label=~expression or label!~expression"
            )
        };
        let at = text.find(['=', '!']).ok_or_else(wrong)?;
        let (label, rest) = text.split_at(at);
        let signs = [("=~", true), ("!~", false), ("!=", false), ("=", true)];
        let (sign, is_wanted) = *signs
            .iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or_else(wrong)?;
        let value = rest[sign.len()..].trim().trim_matches('"');
        let value = match sign.ends_with('~') {
            true => Wanted::Like(Regex::new(&format!("^(?:{value})$")).map_err(|_| wrong())?),
            false => Wanted::Exactly(value.to_owned()),
        };
        match label.trim() {
            "" => Err(wrong()),
            label => Ok(Self {
                text: text.to_owned(),
                label: label.to_owned(),
                is_wanted,
                value,
            }),
        }
    }

    fn admits(&self, labels: &BTreeMap<String, String>) -> bool {
        let has = labels.get(&self.label).map_or("", String::as_str);
        let is = match &self.value {
            Wanted::Exactly(value) => value == has,
            Wanted::Like(expression) => expression.is_match(has),
        };
        is == self.is_wanted
    }
}

impl Hours {
    /// Reads `22:00-06:00`.
    pub fn parse(text: &str, zone: Zone) -> Result<Self, String> {
        let clock = |text: &str| {
            let read = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()?;
            Some(read.format("%H:%M").to_string())
        };
        let hours = text
            .split_once('-')
            .and_then(|(from, to)| clock(from).zip(clock(to)));
        let (from, to) =
            hours.ok_or_else(|| format!("\"{text}\" are no hours; write 22:00-06:00"))?;
        Ok(Self { from, to, zone })
    }

    fn contain(&self, at: Instant) -> bool {
        let clock = self.zone.clock(at);
        match self.from <= self.to {
            true => self.from <= clock && clock < self.to,
            false => self.from <= clock || clock < self.to,
        }
    }
}

/// Whether a word is among some; an empty list has all.
fn among<'a>(wanted: &[String], mut has: impl Iterator<Item = &'a str>) -> bool {
    wanted.is_empty() || has.any(|word| wanted.iter().any(|w| w.eq_ignore_ascii_case(word)))
}

impl Policy {
    /// The organisation's severity of an issue.
    pub fn severity(&self, detection: &Detection) -> &str {
        let said = &detection.severity;
        let mut mapped = self.severity_of.iter();
        let found = mapped.find(|(word, _)| word.eq_ignore_ascii_case(said));
        found.map_or(&self.severity, |(_, severity)| severity)
    }

    /// Why an issue is not declared now; nothing where it may be. What will not change is told apart from what waits.
    pub fn refusal(&self, detection: &Detection, now: Instant) -> Option<Refusal> {
        let (rule, why) = self.ruled(detection, now)?;
        Some(match rule {
            Rule::Severity | Rule::Service | Rule::Labels => Refusal::Never(why),
            Rule::Silenced | Rule::Maintenance | Rule::Hours | Rule::Wait => Refusal::Now(why),
        })
    }

    /// The rule by which an issue is not declared now; nothing where it may be.
    pub fn rule(&self, detection: &Detection, now: Instant) -> Option<Rule> {
        self.ruled(detection, now).map(|(rule, _)| rule)
    }

    /// The first rule that keeps an issue from being declared, and what it says.
    fn ruled(&self, detection: &Detection, now: Instant) -> Option<(Rule, String)> {
        let services = || detection.services.iter().map(String::as_str);
        if !among(&self.severities, std::iter::once(&*detection.severity)) {
            let said = match detection.severity.as_str() {
                "" => "has no severity".into(),
                said => format!("has the severity {said}"),
            };
            let only = self.severities.join(", ");
            let says = format!("it {said}; severities declare only for {only}");
            return Some((Rule::Severity, says));
        }
        if !among(&self.services, services()) {
            let only = self.services.join(", ");
            return Some((Rule::Service, format!("its service is not among {only}")));
        }
        if let Some(wanted) = self.labels.iter().find(|m| !m.admits(&detection.labels)) {
            let says = format!("its labels do not have {}", wanted.text);
            return Some((Rule::Labels, says));
        }
        self.delay(detection, now)
    }

    fn delay(&self, detection: &Detection, now: Instant) -> Option<(Rule, String)> {
        if detection.state == DetectionState::Suppressed {
            let says = "it is silenced or inhibited at its detector";
            return Some((Rule::Silenced, says.into()));
        }
        let services = || detection.services.iter().map(String::as_str);
        let over =
            |m: &&Maintenance| (m.from..m.to).contains(&now) && among(&m.services, services());
        if let Some(window) = self.maintenance.iter().find(over) {
            let until = Zone::UTC.named_minute(window.to);
            let says = format!("there is maintenance until {until}");
            return Some((Rule::Maintenance, says));
        }
        if self.hours.as_ref().is_some_and(|hours| !hours.contain(now)) {
            return Some((Rule::Hours, "it is outside the hours that declare".into()));
        }
        // A detector whose clock is ahead is not waited for.
        let is_young = now - detection.started < self.wait && !self.wait.is_zero();
        is_young.then(|| {
            let seconds = self.wait.num_seconds();
            let says = format!("it has not burnt for {seconds} seconds yet");
            (Rule::Wait, says)
        })
    }
}

/// What keeps an issue from being declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Its severity is not among those that may declare.
    Severity,
    /// Its service is not.
    Service,
    /// Its labels are not as they must be.
    Labels,
    /// It is silenced at its detector.
    Silenced,
    /// There is maintenance.
    Maintenance,
    /// The hour of the day.
    Hours,
    /// It has not burnt for long enough.
    Wait,
}

impl Rule {
    /// A word for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Service => "service",
            Self::Labels => "labels",
            Self::Silenced => "silenced",
            Self::Maintenance => "maintenance",
            Self::Hours => "hours",
            Self::Wait => "wait",
        }
    }
}

/// Why an issue is not declared.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// As long as the issue is as it is.
    Never(String),
    /// Not yet.
    Now(String),
}
