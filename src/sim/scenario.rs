//! Living scenarios: what happens when, from a file, done with the same acts as everything else.

use super::acts::{self, Declare};
use super::climb;
use super::json::text;
use super::pages;
use super::webhooks;
use super::world::World;
use crate::domain::Instant;
use chrono::Duration;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

/// A scenario file.
#[derive(Debug, Deserialize)]
pub struct Scenario {
    /// Minutes into the story at which a run begins: what came before is already history.
    pub begin: f64,
    /// What happens, by time.
    pub step: Vec<Step>,
    /// What the measures show of it.
    #[serde(default)]
    pub effect: Vec<Effect>,
    /// Versions that run for a while.
    #[serde(default)]
    pub version: Vec<Version>,
    /// What the logs show of it.
    #[serde(default)]
    pub log: Vec<Logged>,
    /// What the feed of changes shows.
    #[serde(default)]
    pub feed: Vec<Fed>,
}

/// A measure that leaves its usual.
#[derive(Clone, Debug, Deserialize)]
pub struct Effect {
    /// Of which service.
    pub service: String,
    /// `latency`, `tail`, `errors`, `restarts`, `queue`.
    pub signal: String,
    /// Minutes into the story.
    pub from: f64,
    /// Until then; for good where absent.
    #[serde(default = "always")]
    pub until: f64,
    /// How much is added.
    pub add: f64,
}

/// A version that runs.
#[derive(Clone, Debug, Deserialize)]
pub struct Version {
    /// Of which service.
    pub service: String,
    /// Minutes into the story.
    pub from: f64,
    /// Until then.
    pub until: f64,
    /// Its name.
    pub version: String,
}

/// A line that is written again and again.
#[derive(Clone, Debug, Deserialize)]
pub struct Logged {
    /// By which service.
    pub service: String,
    /// Minutes into the story.
    pub from: f64,
    /// Until then.
    pub until: f64,
    /// Seconds between two.
    pub every: i64,
    /// What it says; {n} is a number.
    pub line: String,
}

/// A change in the feed.
#[derive(Clone, Debug, Deserialize)]
pub struct Fed {
    /// Minutes into the story.
    pub at: f64,
    /// Of which service.
    pub service: String,
    /// What kind.
    pub kind: String,
    /// What.
    pub title: String,
    /// Which version.
    #[serde(default)]
    pub version: String,
    /// By whom.
    pub author: String,
}

fn always() -> f64 {
    f64::MAX
}

/// One thing that happens.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Step {
    /// Minutes into the story.
    pub at: f64,
    #[serde(rename = "do")]
    what: String,
    #[serde(rename = "as")]
    alias: String,
    title: String,
    name: String,
    summary: String,
    description: String,
    message: String,
    service: String,
    source: String,
    severity: String,
    status: String,
    team: String,
    role: String,
    who: String,
    path: String,
    incident: String,
    page: String,
    alert: String,
    attach: Vec<String>,
    resolved: bool,
    back: f64,
}

/// The shipped scenario.
pub fn shipped() -> Scenario {
    toml::from_str(include_str!("../../assets/scenarios/checkout.toml"))
        .expect("the embedded scenario is valid")
}

/// A scenario being played.
pub struct Player {
    steps: Vec<Step>,
    done: usize,
    names: HashMap<String, String>,
    /// The story's minute 0 in the organisation's time.
    origin: Instant,
    speed: f64,
    started: Instant,
    begin: f64,
}

impl Player {
    /// Starts a scenario: what came before `begin` happens at once, at its own time.
    pub fn start(scenario: Scenario, world: &mut World, now: Instant, speed: f64) -> Self {
        let mut steps = scenario.step;
        steps.sort_by(|a, b| a.at.total_cmp(&b.at));
        let origin = now - minutes(scenario.begin);
        let mut player = Self {
            steps,
            done: 0,
            names: HashMap::new(),
            origin,
            speed,
            started: now,
            begin: scenario.begin,
        };
        player.advance(world, now);
        player
    }

    /// Does everything that is due.
    pub fn advance(&mut self, world: &mut World, now: Instant) {
        while let Some(step) = self.steps.get(self.done).cloned() {
            let at = self.when(step.at);
            if at > now {
                return;
            }
            climb::advance(world, at);
            self.play(world, &step, at);
            webhooks::settle(world, at);
            self.done += 1;
        }
    }

    /// When a minute of the story is.
    fn when(&self, minute: f64) -> Instant {
        self.clock().when(minute)
    }

    /// The clock of the story.
    pub fn clock(&self) -> StoryClock {
        StoryClock {
            origin: self.origin,
            started: self.started,
            begin: self.begin,
            speed: self.speed,
        }
    }

    fn play(&mut self, world: &mut World, step: &Step, now: Instant) {
        let made = match step.what.as_str() {
            "alert" => Self::alert(world, step, now),
            "declare" => self.declare(world, step, now),
            "page" => self.page(world, step, now),
            "resolve_alert" => {
                let alert = self.named(&step.alert);
                acts::resolve_alert(world, &alert, now);
                alert
            }
            "ack" => {
                let page = self.named(&step.page);
                pages::respond(world, &page, "acked", now);
                page
            }
            _ => match self.play_on_incident(world, step, now) {
                Some(made) => made,
                None => return,
            },
        };
        if !step.alias.is_empty() {
            self.names.insert(step.alias.clone(), made);
        }
    }

    /// The id of what an earlier step made.
    fn named(&self, name: &str) -> String {
        self.names.get(name).cloned().unwrap_or_default()
    }

    fn alert(world: &mut World, step: &Step, now: Instant) -> String {
        let key = format!("{}-{}", step.alias, world.incidents.len());
        let id = acts::alert(world, &step.source, &step.title, &key, &step.service, now);
        if step.resolved {
            acts::resolve_alert(world, &id, now);
        }
        id
    }

    fn page(&self, world: &mut World, step: &Step, now: Instant) -> String {
        let (incident, alert) = (self.named(&step.incident), self.named(&step.alert));
        let (of, by) = (word(&incident), word(&alert));
        pages::page(world, &step.title, &step.path, &[], of, by, now)
    }

    /// What happens to an incident that an earlier step declared.
    fn play_on_incident(&self, world: &mut World, step: &Step, now: Instant) -> Option<String> {
        let incident = self.named(&step.incident);
        match step.what.as_str() {
            "role" => Self::give_role(world, step, &incident, now),
            "update" => {
                let (status, severity) = (word(&step.status), word(&step.severity));
                let body = world.incident(&incident).unwrap_or_default();
                let lead = body["incident_role_assignments"][0]["assignee"].clone();
                acts::update(
                    world,
                    &incident,
                    &step.message,
                    status,
                    severity,
                    &lead,
                    now,
                );
            }
            "timeline" => {
                let happened = self.when(step.at - step.back);
                acts::note(
                    world,
                    &incident,
                    &step.title,
                    &step.description,
                    happened,
                    now,
                );
            }
            "action" => {
                let who = acts::on_call(world, &step.who, now);
                return Some(acts::action(
                    world,
                    &incident,
                    &step.description,
                    who.first(),
                    now,
                ));
            }
            "complete_action" => Self::complete_actions(world, &incident, now),
            "follow_up" => {
                let who = acts::on_call(world, &step.who, now);
                return Some(acts::follow_up(
                    world,
                    &incident,
                    &step.title,
                    who.first(),
                    now,
                ));
            }
            _ => return None,
        }
        Some(incident)
    }

    fn give_role(world: &mut World, step: &Step, incident: &str, now: Instant) {
        let on_call = acts::on_call(world, &step.who, now).into_iter().next();
        let who = on_call.unwrap_or_else(|| acts::member(world, &step.who));
        world.change_incident(incident, now, |body| acts::assign(body, &step.role, &who));
        let became = format!("{} became {}", text(&who["name"]), step.role);
        world.log(incident, "role_update", &became, now, None);
    }

    fn complete_actions(world: &mut World, incident: &str, now: Instant) {
        let open: Vec<String> = world
            .rows("actions")
            .iter()
            .filter(|a| a["incident_id"] == incident)
            .map(|a| text(&a["id"]).to_owned())
            .collect();
        open.iter()
            .for_each(|id| acts::complete(world, "actions", id, now));
    }

    fn declare(&self, world: &mut World, step: &Step, now: Instant) -> String {
        let with = Declare {
            name: step.name.clone(),
            summary: step.summary.clone(),
            severity: step.severity.clone(),
            status: step.status.clone(),
            service: step.service.clone(),
            team: step.team.clone(),
            visibility: "public".into(),
            mode: "standard".into(),
        };
        let id = acts::declare(world, &with, now);
        for id_or_page in step
            .attach
            .iter()
            .filter_map(|name| self.names.get(name))
            .cloned()
            .collect::<Vec<_>>()
        {
            if world.find("alerts", &id_or_page).is_some() {
                acts::attach(world, &id_or_page, &id, now);
            } else {
                let slim = world.slim(&id);
                if let Some(page) = world.find_mut("escalations", &id_or_page) {
                    page["related_incidents"] = json!([slim]);
                }
            }
        }
        id
    }
}

/// Which minute of the story a time is, and back.
#[derive(Clone, Copy, Debug)]
pub struct StoryClock {
    origin: Instant,
    started: Instant,
    begin: f64,
    speed: f64,
}

impl StoryClock {
    /// The minute of the story at a time.
    pub fn minute(&self, at: Instant) -> f64 {
        let since = |from: Instant| (at - from).num_milliseconds() as f64 / 60_000.0;
        if at <= self.started {
            since(self.origin)
        } else {
            self.begin + since(self.started) * self.speed
        }
    }

    /// When a minute of the story is.
    pub fn when(&self, minute: f64) -> Instant {
        if minute <= self.begin {
            self.origin + minutes(minute)
        } else {
            self.started + minutes((minute - self.begin) / self.speed)
        }
    }
}

/// A word that is given.
fn word(raw: &str) -> Option<&str> {
    Some(raw).filter(|raw| !raw.is_empty())
}

fn minutes(minutes: f64) -> Duration {
    Duration::milliseconds((minutes * 60_000.0) as i64)
}
