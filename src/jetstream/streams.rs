//! Streams as they must be: made where they are not, checked where they are. The library's own buckets ask for what
//! servers before 2.10 do not know.

use super::{Fault, Link};
use crate::domain::Instant;
use serde_json::{Value, json};
use std::time::Duration;

/// How long the server remembers what it has stored, to know it when it comes again.
const REMEMBERS: Duration = Duration::from_secs(120);
/// Settings that send what is in a stream elsewhere, or take it from elsewhere.
const ELSEWHERE: [&str; 3] = ["republish", "mirror", "sources"];

/// What a stream must be.
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) per_subject: i64,
    pub(super) max_age: Option<Duration>,
    pub(super) max_bytes: Option<i64>,
    /// Whether what is oldest makes room, or what is new is refused.
    pub(super) discards_old: bool,
}

/// A stream that is there.
pub(super) struct Found {
    /// When it was made, by the server's clock.
    pub(super) born: Instant,
    /// The last sequence that it gave.
    pub(super) last: u64,
    /// Of how many subjects something is stored.
    pub(super) subjects: u64,
    config: Value,
}

impl Settings {
    /// What must be so. A limit of bytes is the operator's to change.
    fn musts(&self) -> Value {
        let age = self.max_age.unwrap_or_default();
        let window = if age.is_zero() {
            REMEMBERS
        } else {
            REMEMBERS.min(age)
        };
        json!({
            "subjects": [self.subject],
            "retention": "limits",
            "storage": "file",
            "discard": if self.discards_old { "old" } else { "new" },
            "max_msgs": -1,
            "max_msgs_per_subject": self.per_subject,
            "max_age": nanos(age),
            "duplicate_window": nanos(window),
            "allow_direct": true,
            "allow_rollup_hdrs": true,
            "deny_delete": false,
            "deny_purge": false,
        })
    }

    fn whole(&self) -> Value {
        let mut config = self.musts();
        config["name"] = json!(self.name);
        config["max_bytes"] = json!(self.max_bytes.unwrap_or(-1));
        config["max_consumers"] = json!(-1);
        config["max_msg_size"] = json!(-1);
        config["num_replicas"] = json!(1);
        config
    }

    /// The names of the settings that are not as they must be.
    fn differing(&self, config: &Value) -> Vec<&'static str> {
        let musts = self.musts();
        let mut names: Vec<&'static str> = KNOWN
            .into_iter()
            .filter(|name| *with_default(config, name) != musts[*name])
            .collect();
        names.extend(
            ELSEWHERE
                .into_iter()
                .filter(|name| !config[*name].is_null()),
        );
        names
    }
}

/// The settings that are compared.
const KNOWN: [&str; 12] = [
    "subjects",
    "retention",
    "storage",
    "discard",
    "max_msgs",
    "max_msgs_per_subject",
    "max_age",
    "duplicate_window",
    "allow_direct",
    "allow_rollup_hdrs",
    "deny_delete",
    "deny_purge",
];

/// A setting as the server means it: what is false it does not name.
fn with_default<'a>(config: &'a Value, name: &str) -> &'a Value {
    match &config[name] {
        Value::Null => &Value::Bool(false),
        value => value,
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// The stream of a name, or `Missing`.
pub(super) async fn find(link: &Link, name: &str) -> Result<Found, Fault> {
    let info = link.api(&format!("STREAM.INFO.{name}"), &json!({})).await?;
    let born = info["created"].as_str().and_then(|text| text.parse().ok());
    let born = born.ok_or_else(|| {
        Fault::Other(format!(
            "NATS at {} does not say when the stream {name} was made.",
            link.place()
        ))
    })?;
    Ok(Found {
        born,
        last: info["state"]["last_seq"].as_u64().unwrap_or_default(),
        subjects: info["state"]["num_subjects"].as_u64().unwrap_or_default(),
        config: info["config"].clone(),
    })
}

/// Makes a stream, or mends what may be mended of the one that is there.
pub(super) async fn make(link: &Link, settings: &Settings) -> Result<Found, Fault> {
    let name = &settings.name;
    match find(link, name).await {
        Err(Fault::Missing) => {
            let created = link
                .api(&format!("STREAM.CREATE.{name}"), &settings.whole())
                .await;
            if let Err(fault @ (Fault::Full | Fault::Unreachable(_) | Fault::Refused(_))) = created
            {
                return Err(fault);
            }
            // Another may have made it in the same moment: what is there is checked in any case.
            match find(link, name).await {
                Err(Fault::Missing) => Err(created.err().unwrap_or(Fault::Missing)),
                found => check(link, settings, found?).await,
            }
        }
        found => check(link, settings, found?).await,
    }
}

async fn check(link: &Link, settings: &Settings, found: Found) -> Result<Found, Fault> {
    if settings.differing(&found.config).is_empty() {
        return Ok(found);
    }
    let name = &settings.name;
    let updated = link
        .api(
            &format!("STREAM.UPDATE.{name}"),
            &mended(&found.config, settings),
        )
        .await;
    if let Err(fault @ (Fault::Unreachable(_) | Fault::Refused(_))) = updated {
        return Err(fault);
    }
    let found = find(link, name).await?;
    let left = settings.differing(&found.config);
    if left.is_empty() {
        return Ok(found);
    }
    let said = updated
        .err()
        .map_or_else(String::new, |fault| format!(" {fault}"));
    Err(Fault::Other(format!(
        "The stream {name} at {} is not as hotseat needs it ({}), and this cannot be changed in place.{said} Remove the stream; it is filled again from the API.",
        link.place(),
        left.join(", ")
    )))
}

/// What is there, with what must be so, and without what sends it elsewhere.
fn mended(config: &Value, settings: &Settings) -> Value {
    let mut mended = config.clone();
    let musts = settings.musts();
    if let (Some(mended), Some(musts)) = (mended.as_object_mut(), musts.as_object()) {
        ELSEWHERE.iter().for_each(|name| drop(mended.remove(*name)));
        mended.extend(musts.clone());
    }
    mended
}
