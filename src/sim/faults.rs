//! Faults on demand: a file says which routes answer how badly and how often.

use serde::Deserialize;
use std::time::Duration;

/// What goes wrong instead of, or on top of, the right answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes late, as things are then.
    Slow,
    /// The answer comes late, as things were when it was asked.
    Late,
    /// The connection closes without an answer.
    Drop,
    /// A JSON error with the given status.
    Status,
    /// A proxy's HTML page.
    Html,
    /// The answer stops in the middle.
    Half,
    /// Every string becomes a number and every list an object.
    WrongTypes,
    /// Every value that may not be null is null.
    Nulls,
    /// Not JSON at all.
    Garbage,
}

/// One rule of a faults file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Paths that begin with this; all of them where it is absent.
    #[serde(default)]
    pub path: String,
    /// Only this method.
    pub method: Option<String>,
    /// What happens.
    pub kind: FaultKind,
    /// Share of requests it happens to, 0 to 1.
    #[serde(default = "always")]
    pub rate: f64,
    /// Status for `status`.
    #[serde(default = "broken")]
    pub status: u16,
    /// Delay for `slow` and `late`, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Stops after this many hits.
    pub times: Option<u32>,
}

fn always() -> f64 {
    1.0
}

fn broken() -> u16 {
    500
}

/// What happens to a webhook on its way.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFault {
    /// It comes twice.
    Duplicate,
    /// It comes after the one that follows it.
    Reorder,
    /// It comes late.
    Delay,
    /// It never comes.
    Lose,
}

/// One rule for webhooks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookRule {
    /// Types that begin with this; all of them where it is absent.
    #[serde(default)]
    pub event: String,
    /// What happens.
    pub kind: WebhookFault,
    /// Share of webhooks it happens to, 0 to 1.
    #[serde(default = "always")]
    pub rate: f64,
    /// Delay for `delay`, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Stops after this many hits.
    pub times: Option<u32>,
}

impl WebhookRule {
    /// How late it makes a webhook.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// What it means where an alert's key was resolved and fires again: the platform does not say.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Refire {
    /// Another alert.
    #[default]
    Opens,
    /// The same alert, firing again.
    Reopens,
    /// Nothing: the alert stays resolved.
    Ignored,
}

/// All rules of a file, with how often each has struck.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// The rules, first match wins.
    #[serde(default, rename = "fault")]
    pub rules: Vec<Rule>,
    /// The rules for webhooks, first match wins.
    #[serde(default, rename = "webhook")]
    pub webhooks: Vec<WebhookRule>,
    /// What a resolved key that fires again means.
    #[serde(default)]
    pub refire: Refire,
}

impl Faults {
    /// Reads a faults file (TOML, tables named `[[fault]]`).
    pub fn read(path: &std::path::Path) -> Result<Self, String> {
        let raw = std::fs::read_to_string(path)
            .map_err(|e| format!("Cannot read the faults file {}: {e}.", path.display()))?;
        toml::from_str(&raw)
            .map_err(|e| format!("The faults file {} is not valid: {e}", path.display()))
    }

    /// The rule that strikes this request, if one does.
    pub fn strike(&mut self, method: &str, path: &str, rng: &mut fastrand::Rng) -> Option<Rule> {
        for rule in &mut self.rules {
            let here = path.starts_with(&rule.path)
                && rule
                    .method
                    .as_deref()
                    .is_none_or(|m| m.eq_ignore_ascii_case(method));
            if here && strikes(rule.rate, &mut rule.times, rng) {
                return Some(rule.clone());
            }
        }
        None
    }

    /// The rule that strikes this webhook, if one does.
    pub fn strike_webhook(&mut self, event: &str, rng: &mut fastrand::Rng) -> Option<WebhookRule> {
        let mut here = self
            .webhooks
            .iter_mut()
            .filter(|r| event.starts_with(&r.event));
        let struck = here.find_map(|r| strikes(r.rate, &mut r.times, rng).then_some(r));
        struck.cloned()
    }
}

/// Whether a rule strikes where it fits; it counts.
fn strikes(rate: f64, times: &mut Option<u32>, rng: &mut fastrand::Rng) -> bool {
    if *times == Some(0) || rng.f64() >= rate {
        return false;
    }
    if let Some(left) = times {
        *left -= 1;
    }
    true
}
