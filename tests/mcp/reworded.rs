//! An organisation whose texts are all other ones: every word that a person, an alert, a catalog or a log may have
//! written is replaced on its way, whatever endpoint tells it.

use crate::clock;
use crate::line::Wire;
use crate::recorder::{Recorder, Reword};
use crate::simulated::Organisation;
use hotseat::sim;
use serde_json::{Value, json};
use std::sync::Arc;

/// Fields of the API, and of the monitoring beside it, that hold words.
const WORDS: &[&str] = &[
    "body",
    "call_url",
    "content",
    "description",
    "instructions",
    "label",
    "markdown",
    "message",
    "name",
    "reason",
    "shortform",
    "status_name",
    "summary",
    "text_node",
    "title",
    "author",
    "value_text",
];

/// A text that stands for another one.
pub type Wording = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Where an endpoint's path begins, the name of a list or a text that it tells, and how long that is made.
pub type Longer = (&'static str, &'static str, usize);

/// An organisation behind a proxy that changes its words.
pub struct Reworded {
    pub org: Organisation,
    pub url: String,
    /// A configuration that names the organisation's own monitoring and a file of logs.
    pub config: String,
}

impl Reworded {
    /// An organisation in these words; every list whose field is named has so many items,
    /// and every text so many characters more.
    pub fn new(wording: Wording, longer: &'static [Longer]) -> Self {
        let org = Organisation::with(sim::Options {
            incidents: 30,
            speed: 0.0,
            clock: clock::clock(),
            ..sim::Options::default()
        });
        let to = &org.running.as_ref().expect("running").url;
        let started = Recorder::start(to, Wire::Plain);
        let (url, recorder, _) = org.runtime.block_on(started);
        let logs = org.home.path().join("service.log");
        let lines: Vec<String> = (0..60)
            .map(|n| {
                format!(
                    "2026-11-20T14:{:02}:00Z ERROR timeout {}",
                    n % 40,
                    one_line(&wording("checkout failed"))
                )
            })
            .collect();
        std::fs::write(&logs, lines.join("\n")).expect("a file");
        let config = org.home.path().join("config.toml");
        std::fs::write(&config, settings(&url, &logs.display().to_string())).expect("a file");
        let reword: Reword = Box::new(move |path, body| {
            replace(body, &wording);
            let of_path = longer.iter().filter(|(start, ..)| path.starts_with(start));
            of_path.for_each(|(_, name, most)| lengthen(body, name, *most));
        });
        *recorder.reword.lock().expect("lock") = Some(reword);
        Self {
            config: config.display().to_string(),
            org,
            url,
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The organisation's own metrics and changes, through the proxy, and a file of logs.
fn settings(url: &str, logs: &str) -> String {
    format!(
        "[[sources.logs]]\nname = \"pods\"\nkind = \"file\"\npath = {logs:?}\n\
         [[sources.metrics]]\nname = \"metrics\"\nkind = \"prometheus\"\nurl = \"{url}/telemetry/metrics\"\npreset = \"recorded\"\n\
         [[sources.changes]]\nname = \"deploys\"\nkind = \"json\"\nurl = \"{url}/telemetry/changes?from=$from&to=$to\"\n\
         fields = {{ items = \"/changes\", at = \"/finished_at\", title = \"/title\", service = \"/service\", author = \"/author\" }}\n"
    )
}

/// Puts another text in the place of every text that somebody may have written.
fn replace(value: &mut Value, wording: &Wording) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| replace(one, wording)),
        Value::Object(all) => {
            for (name, one) in all.iter_mut() {
                match one {
                    Value::String(text) if WORDS.contains(&name.as_str()) => *text = wording(text),
                    other => replace(other, wording),
                }
            }
        }
        _ => {}
    }
}

/// Makes a text longer by so many characters, and repeats the items of a list until there are so many, each under an id
/// of its own.
fn lengthen(value: &mut Value, list: &str, most: usize) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| lengthen(one, list, most)),
        Value::Object(all) => {
            for (name, one) in all.iter_mut() {
                match one {
                    Value::String(text) if name == list => {
                        text.extend("\"<\\🔥".chars().cycle().take(most));
                    }
                    Value::Array(items) if name == list && !items.is_empty() => {
                        let first = items.clone();
                        for (n, item) in first
                            .iter()
                            .cycle()
                            .take(most)
                            .enumerate()
                            .skip(first.len())
                        {
                            items.push(another(item, n));
                        }
                    }
                    other => lengthen(other, list, most),
                }
            }
        }
        _ => {}
    }
}

/// An item like another one, under a number of its own.
fn another(item: &Value, n: usize) -> Value {
    let mut item = item.clone();
    if let Some(id) = item["id"].as_str() {
        item["id"] = json!(format!("{}{n:06}", &id[..id.len().min(20)]));
    }
    if let Some(field) = item.get_mut("custom_field") {
        field["id"] = json!(format!("01FIELD{n:019}"));
        field["name"] = json!(format!(
            "{n} {}",
            field["name"].as_str().unwrap_or_default()
        ));
    }
    item
}
