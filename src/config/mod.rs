//! Settings: the embedded defaults, then the file, its profile, the environment, and the flags. The defaults file is
//! the schema and the documentation.

mod bridge;
mod clock;
mod files;
mod issues;
mod key;
mod layers;
mod learn;
mod mcp;
mod notes;
mod paths;
mod relay;
mod shown;
mod sources;
mod views;

pub use bridge::{
    AlertSource, Alertmanager, Bridge, Push, PushKind, Pushing, Query, Quiet, Receiver,
};
pub use clock::Clock;
pub use files::SecretFiles;
pub use issues::{IssueFields, JsonDetector};
pub use key::{Found, find_key, save_key, secret, without_core_dumps, without_keys};
use layers::{layer, merge};
pub use learn::Learn;
pub use mcp::{Confirm, Mcp, McpClient};
pub use notes::{NoteKind, Notes};
pub use paths::{cache_dir, cache_path, default_path, journal_path, organisation_name, state_dir};
pub use relay::Relay;
pub use shown::shown;
use shown::unquoted;
pub use sources::*;
pub use views::{Column, Order, SavedView, Scope};

use crate::domain::Priority;
use crate::domain::time::Zone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use thiserror::Error;

/// The defaults, as shipped.
pub const DEFAULTS: &str = include_str!("../../assets/config.toml");

/// Every setting.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the API is.
    pub base_url: String,
    /// A file with the key, mode 0600.
    pub api_key_file: String,
    /// A command that prints the key.
    pub api_key_command: Vec<String>,
    /// A further certificate authority.
    pub ca_cert: String,
    /// Share of the rate limit, 0 to 1.
    pub share: f64,
    /// Seconds until a request is given up.
    pub timeout_seconds: u64,
    /// Seconds a request waits for the rate limit before it is given up.
    pub wait_seconds: u64,
    /// Who the user is.
    pub me: String,
    /// Keep nothing on disk.
    pub no_cache: bool,
    /// Send without a journal where none can be kept.
    pub no_journal: bool,
    /// Offer nothing that writes.
    pub read_only: bool,
    /// Times in UTC.
    pub utc: bool,
    /// `auto`, `dark`, `light`.
    pub theme: Theme,
    /// `auto`, `never`, `16`, `256`, `truecolor`.
    pub color: Colour,
    /// Plain ASCII.
    pub ascii: bool,
    /// Lines in the place of a screen.
    pub plain: bool,
    /// Whether clicks and the wheel are taken.
    pub mouse: bool,
    /// Columns of the incidents; none for the usual ones.
    pub columns: Vec<Column>,
    /// Saved views of the incidents.
    pub views: Vec<SavedView>,
    /// Ring the bell.
    pub bell: bool,
    /// The terminal's own notices.
    pub notify: Notify,
    /// A program that is run with each notice as its last argument.
    pub notify_command: Vec<String>,
    /// Whether references lead to addresses, where the terminal takes that.
    pub links: Links,
    /// Begin where the last session ended.
    pub restore: bool,
    /// Priorities by severity name.
    pub priorities: BTreeMap<String, Priority>,
    /// Keys by action.
    pub keys: BTreeMap<String, Vec<String>>,
    /// A folder with templates of drafts.
    pub templates: String,
    /// How incidents are investigated.
    pub investigate: Investigate,
    /// Where evidence comes from.
    pub sources: Sources,
    /// A model that rephrases.
    pub model: Model,
    /// Slack.
    pub slack: Slack,
    /// What agents see and send.
    pub mcp: Mcp,
    /// Detection systems and incident.io in step.
    pub bridge: Bridge,
    /// One poller for many consoles.
    pub relay: Relay,
    /// What it goes by for the time; no file sets it.
    #[serde(skip)]
    pub clock: Clock,
    /// Further organisations.
    pub profiles: BTreeMap<String, toml::Table>,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// From the terminal's COLORFGBG, else dark.
    #[default]
    Auto,
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// How many colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
pub enum Colour {
    /// From NO_COLOR, COLORTERM and TERM.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// None.
    #[serde(rename = "never")]
    Never,
    /// The terminal's sixteen.
    #[serde(rename = "16")]
    #[value(name = "16")]
    Sixteen,
    /// 256.
    #[serde(rename = "256")]
    #[value(name = "256")]
    Palette,
    /// All of them.
    #[serde(rename = "truecolor")]
    Truecolor,
}

/// Whether words lead to addresses (OSC 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Links {
    /// Where the terminal is known to take it.
    #[default]
    Auto,
    /// On every terminal that moves its cursor.
    Always,
    /// Nowhere.
    Never,
}

/// The terminal's own notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// The one that the terminal is known to take.
    #[default]
    Auto,
    /// None.
    None,
    /// OSC 9.
    Osc9,
    /// OSC 777.
    Osc777,
    /// OSC 99.
    Osc99,
}

/// A configuration that cannot be used, with where and what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// What flags and the environment say.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// Read this configuration file.
    #[arg(id = "config", long, global = true, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Use this profile of the configuration.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where the API is.
    #[arg(long, global = true, env = "INCIDENT_IO_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Trust this certificate authority too (PEM).
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Wait at most so long for the rate limit.
    #[arg(long, global = true, value_name = "SECONDS")]
    pub wait: Option<u64>,
    /// Offer nothing that writes.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Keep nothing on disk.
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Send without a journal where none can be kept: what becomes of a lost answer is then not followed up.
    #[arg(long, global = true)]
    pub no_journal: bool,
    /// Show times in UTC.
    #[arg(long, global = true)]
    pub utc: bool,
    /// Draw with plain ASCII.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// One line at a time and no screen: for screen readers, braille, teletypes and pipes. Also where ACCESSIBLE is set, or
    /// TERM is dumb.
    #[arg(long, global = true)]
    pub plain: bool,
    /// Colours for a light ground.
    #[arg(long, global = true)]
    pub light: bool,
    /// How many colours.
    #[arg(long, global = true, value_enum)]
    pub color: Option<Colour>,
    /// Where the clock starts.
    #[arg(skip)]
    pub clock: Clock,
}

impl Config {
    /// The zone that times are told in, on a machine whose own is `local`.
    pub fn zone(&self, local: Zone) -> Zone {
        if self.utc { Zone::UTC } else { local }
    }

    /// Who writes from here, as the audit log has it: whoever the configuration names, else the user of this machine.
    pub fn author(&self) -> String {
        let user = || {
            std::env::var("USER")
                .or_else(|_| std::env::var("LOGNAME"))
                .unwrap_or_else(|_| "unknown".into())
        };
        if self.me.is_empty() {
            user()
        } else {
            self.me.clone()
        }
    }
}

/// Reads all layers.
pub fn load(over: &Overrides) -> Result<Config, ConfigError> {
    let mut table: toml::Table = DEFAULTS.parse().expect("the embedded defaults are valid");
    let path = over.file.clone().or_else(default_path);
    if let Some(path) = &path {
        match std::fs::read_to_string(path) {
            Ok(raw) => layer(&mut table, &raw, &path.display().to_string())?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && over.file.is_none() => {}
            Err(e) => {
                return Err(ConfigError(format!(
                    "Cannot read the config {}: {e}.",
                    path.display()
                )));
            }
        }
    }
    if let Some(name) = &over.profile {
        let profile = profile(&table, name)?;
        merge(&mut table, profile);
    }
    let mut config: Config = table.try_into().map_err(|e: toml::de::Error| {
        ConfigError(format!(
            "The configuration is not valid: {}.",
            unquoted(e.message())
        ))
    })?;
    over.apply(&mut config);
    if !(0.01..=1.0).contains(&config.share) {
        return Err(ConfigError(format!(
            "share is {}; it must be between 0.01 and 1.",
            config.share
        )));
    }
    if config.timeout_seconds == 0 {
        let says = "timeout_seconds is 0; give the API at least one second to answer.";
        return Err(ConfigError(says.into()));
    }
    config.investigate.check()?;
    config.bridge.apply(|name| std::env::var(name).ok())?;
    config.bridge.check()?;
    config.mcp.check()?;
    config.relay.check()?;
    Ok(config)
}

/// The settings of a profile of the file.
fn profile(table: &toml::Table, name: &str) -> Result<toml::Table, ConfigError> {
    let profiles = table["profiles"].as_table().cloned().unwrap_or_default();
    let found = profiles.get(name).and_then(toml::Value::as_table).cloned();
    found.ok_or_else(|| {
        let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
        let known = match known.join(", ") {
            none if none.is_empty() => "the config has none".into(),
            known => format!("the config has: {known}"),
        };
        ConfigError(format!("There is no profile \"{name}\"; {known}."))
    })
}

impl Overrides {
    /// A flag switches on and never off: what the file asks for stands.
    fn apply(&self, config: &mut Config) {
        if let Some(url) = &self.base_url {
            config.base_url.clone_from(url);
        }
        if let Some(path) = &self.ca_cert {
            config.ca_cert = path.display().to_string();
        }
        config.wait_seconds = self.wait.unwrap_or(config.wait_seconds);
        config.read_only |= self.read_only;
        config.no_cache |= self.no_cache;
        config.no_journal |= self.no_journal;
        config.utc |= self.utc;
        config.ascii |= self.ascii;
        config.plain |= self.plain;
        config.color = self.color.unwrap_or(config.color);
        config.clock = self.clock;
        if self.light {
            config.theme = Theme::Light;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loaded(raw: &str, over: Overrides) -> Result<Config, String> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("config.toml");
        std::fs::write(&path, raw).expect("a file");
        load(&Overrides {
            file: Some(path),
            ..over
        })
        .map_err(|e| e.to_string().replace(&dir.path().display().to_string(), ""))
    }

    #[test]
    fn layers_win_in_order() {
        let raw = "utc = true\nshare = 0.2\n[profiles.staging]\nshare = 0.3\nbase_url = \"https://staging.example\"\n";
        let plain = loaded(raw, Overrides::default()).expect("valid");
        assert_eq!(
            (plain.utc, plain.share, plain.base_url.as_str()),
            (true, 0.2, "https://api.incident.io")
        );
        let staging = loaded(
            raw,
            Overrides {
                profile: Some("staging".into()),
                ..Overrides::default()
            },
        )
        .expect("valid");
        assert_eq!(
            (staging.share, staging.base_url.as_str()),
            (0.3, "https://staging.example")
        );
        let flagged = loaded(
            raw,
            Overrides {
                base_url: Some("https://flag.example".into()),
                ..Overrides::default()
            },
        )
        .expect("valid");
        assert_eq!(flagged.base_url, "https://flag.example");
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (raw, says) in [
            (
                "utc = true\nshares = 0.5\n",
                "line 2: unknown field `shares`",
            ),
            ("\n\ntheme = \"blue\"\n", "line 3: unknown variant `blue`"),
            ("utc = \n", "line 1"),
            (
                "columns = [\"name\", \"size\"]\n",
                "line 1: unknown variant `size`",
            ),
            (
                "[[views]]\nname = \"a\"\n[[views]]\nname = \"b\"\norder = \"x\"\n",
                "line 5: unknown variant `x`",
            ),
            (
                "utc = true\n[[views]]\nname = \"mine\"\n\nfilter = \"foo:x\"\n",
                "line 5: No facet foo:; there are sev:",
            ),
            (
                "[[views]]\nfilter = \"disk\"\n",
                "line 1: missing field `name`",
            ),
            ("share = 7.0\n", "between 0.01 and 1"),
            ("timeout_seconds = 0\n", "at least one second"),
            (
                "[priorities]\nStorm = \"P9\"\n",
                "line 2: unknown variant `P9`",
            ),
            (
                "[investigate]\nchanges = \"4h\"\nauto = \"x\"\n",
                "line 3: unknown variant `x`",
            ),
        ] {
            let said = loaded(raw, Overrides::default()).expect_err(raw);
            assert!(said.contains(says), "{said}");
        }
        let said = loaded(
            "",
            Overrides {
                profile: Some("x".into()),
                ..Overrides::default()
            },
        )
        .expect_err("no profile");
        assert!(said.contains("no profile \"x\""), "{said}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn a_configuration_is_taken_or_refused_whatever_it_holds(
            at in 0usize..6000, put in "[\\[\\]\"'=#.,{}a-z0-9é\n -]{0,12}", noise in "[\\PC\n]{0,80}"
        ) {
            let mut near = DEFAULTS.to_owned();
            let at = (0..=at.min(near.len())).rev().find(|at| near.is_char_boundary(*at));
            near.insert_str(at.unwrap_or_default(), &put);
            for raw in [near, noise] {
                if let Err(said) = loaded(&raw, Overrides::default()) {
                    prop_assert!(!said.is_empty());
                }
            }
        }
    }
}
