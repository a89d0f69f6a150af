//! What kubectl answered so far: tables by kind, descriptions by object, histories of workloads, and what was refused.

use super::age::{self, Times};
use super::ask::{Answer, Refusal};
use super::describe::{Description, Entry, descriptions};
use super::object::{Kind, Object};
use super::question::{Question, Scope};
use super::settings::{self, Settings};
use super::table::{Row, rows};
use std::collections::{BTreeMap, BTreeSet};

/// An object as a table has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    /// Which object.
    pub object: Object,
    /// Its line.
    pub row: Row,
    /// How it is asked again.
    pub query: String,
}

/// An object's description with how it is asked again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detail {
    /// What it says.
    pub told: Description,
    /// How it is asked again.
    pub query: String,
}

impl Detail {
    /// Everything but the events.
    pub fn root(&self) -> &Entry {
        &self.told.root
    }
}

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    /// To which.
    pub object: Object,
    /// Whether it is a warning.
    pub warning: bool,
    /// One word.
    pub reason: String,
    /// In words.
    pub message: String,
    /// When, and how often.
    pub times: Times,
    /// The line as it was printed.
    pub line: String,
    /// How it is asked again.
    pub query: String,
}

/// Everything that was answered.
#[derive(Debug, Default)]
pub(super) struct Answers {
    tables: BTreeMap<Kind, Vec<Listed>>,
    /// Where an object stands in the table of its kind.
    places: BTreeMap<Object, usize>,
    /// Which kinds were told of which namespaces; no namespace stands for all.
    told: BTreeSet<(Kind, Option<String>)>,
    /// What is known of single objects.
    pub details: BTreeMap<Object, Detail>,
    /// What happened, by object.
    pub events: BTreeMap<Object, Vec<Event>>,
    /// Revisions of workloads, in full, by number; and how they are asked again.
    pub revisions: BTreeMap<Object, BTreeMap<u64, Revision>>,
    /// Settings of workloads, and how they are asked again.
    pub settings: BTreeMap<Object, (Settings, String)>,
    /// What was not told, by its reason.
    pub refused: BTreeMap<Refusal, BTreeSet<String>>,
}

/// A revision of a workload.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Revision {
    /// Why it was made, where somebody wrote that down.
    pub cause: String,
    /// The pods it makes; nothing where it was not asked for in full.
    pub template: Option<Entry>,
    /// How it is asked again.
    pub query: String,
}

impl Answers {
    /// Takes in what was asked and answered.
    pub fn take(&mut self, all: Vec<(Question, Result<Answer, Refusal>)>) {
        for (question, answer) in all {
            match answer {
                Ok(answer) => self.read(question, answer),
                // What the cluster does not know is not there: nothing is missing.
                Err(Refusal::Absent) => {}
                Err(why) => {
                    self.refused
                        .entry(why)
                        .or_default()
                        .insert(question.subject());
                }
            }
        }
    }

    fn read(&mut self, question: Question, answer: Answer) {
        match question {
            Question::Get {
                kind: Kind::Event,
                scope,
                ..
            } => self.read_events(&scope, &answer),
            Question::Get { kind, scope, .. } => self.read_table(kind, &scope, &answer),
            Question::Settings { kind, .. } => {
                for one in settings::read(&answer.text) {
                    let object = Object::new(kind, &one.namespace, &one.name);
                    self.settings.insert(object, (one, answer.query.clone()));
                }
            }
            Question::DescribeAll { kind, scope } => {
                let program = answer.query.split(" describe ").next().unwrap_or_default();
                for told in descriptions(&answer.text) {
                    let namespace = match &scope {
                        Scope::Namespace(name) => name.clone(),
                        _ => told.root.text("Namespace").to_owned(),
                    };
                    let object = Object::new(kind, &namespace, told.name());
                    let alone = Question::Describe(object.clone()).arguments();
                    let alone = alone.map(|words| format!("{program} {}", words.join(" ")));
                    let query = alone.unwrap_or_else(|| answer.query.clone());
                    self.put_detail(object, told, query);
                }
            }
            Question::Describe(object) => {
                if let Some(told) = descriptions(&answer.text).into_iter().next() {
                    self.put_detail(object, told, answer.query);
                }
            }
            Question::History(object, None) => self.read_history(object, &answer),
            Question::History(object, Some(number)) => {
                let template = template(&answer.text);
                let one = self.revisions.entry(object).or_default();
                let one = one.entry(number).or_default();
                one.template = template;
                one.query = answer.query;
            }
        }
    }

    fn read_table(&mut self, kind: Kind, scope: &Scope, answer: &Answer) {
        let of = match scope {
            Scope::Namespace(name) => Some(name.clone()),
            _ => None,
        };
        self.told.insert((kind, of.clone()));
        let listed = rows(&answer.text).into_iter().filter_map(|row| {
            let namespace = of
                .clone()
                .unwrap_or_else(|| row.cell("NAMESPACE").to_owned());
            // Where several kinds stand in one table, each name has its kind before it.
            let name = row.cell("NAME").rsplit('/').next().unwrap_or_default();
            (!name.is_empty()).then(|| Listed {
                object: Object::new(kind, &namespace, name),
                query: answer.query.clone(),
                row: row.clone(),
            })
        });
        let table = self.tables.entry(kind).or_default();
        for one in listed {
            self.places.insert(one.object.clone(), table.len());
            table.push(one);
        }
    }

    fn read_events(&mut self, scope: &Scope, answer: &Answer) {
        for row in rows(&answer.text) {
            let namespace = match scope {
                Scope::Namespace(name) => name.clone(),
                _ => row.cell("NAMESPACE").to_owned(),
            };
            let Some(object) = Object::read(&namespace, row.cell("OBJECT")) else {
                continue;
            };
            let mut times = Times::read(row.cell("LAST SEEN"));
            times.first = age::seconds(row.cell("FIRST SEEN")).or(times.first);
            times.count = row.cell("COUNT").parse().unwrap_or(times.count);
            self.put_event(Event {
                object,
                warning: row.cell("TYPE") == "Warning",
                reason: row.cell("REASON").to_owned(),
                message: row.cell("MESSAGE").to_owned(),
                times,
                line: row.line.trim().to_owned(),
                query: answer.query.clone(),
            });
        }
    }

    fn put_detail(&mut self, object: Object, told: Description, query: String) {
        for event in &told.events {
            self.put_event(Event {
                object: object.clone(),
                warning: event.warning,
                reason: event.reason.clone(),
                message: event.message.clone(),
                times: event.times,
                line: event.line.clone(),
                query: query.clone(),
            });
        }
        self.details.insert(object, Detail { told, query });
    }

    /// The same event is told by the table of events and by its object: the one that knows more of when stands.
    fn put_event(&mut self, event: Event) {
        let all = self.events.entry(event.object.clone()).or_default();
        let same = |e: &&mut Event| e.reason == event.reason && e.message == event.message;
        match all.iter_mut().find(same) {
            None => all.push(event),
            Some(known) => {
                let earliest = known.times.first.max(event.times.first);
                let latest = [known.times.last, event.times.last];
                let latest = latest.into_iter().flatten().min();
                if event.times.count > known.times.count {
                    *known = event;
                }
                known.times.first = earliest;
                known.times.last = latest;
            }
        }
    }

    fn read_history(&mut self, object: Object, answer: &Answer) {
        let known = self.revisions.entry(object).or_default();
        for row in rows(&answer.text) {
            if let Ok(number) = row.cell("REVISION").parse() {
                let revision = known.entry(number).or_default();
                revision.cause = row.cell("CHANGE-CAUSE").to_owned();
                revision.query.clone_from(&answer.query);
            }
        }
    }

    /// Every object of a kind.
    pub fn all(&self, kind: Kind) -> &[Listed] {
        self.tables.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// One object as its table has it.
    pub fn listed(&self, object: &Object) -> Option<&Listed> {
        let place = self.places.get(object)?;
        self.all(object.kind).get(*place)
    }

    /// Whether the objects of a kind in a namespace are known, so that one which is not among them does not exist. An
    /// empty table proves nothing: it may be all that somebody may see.
    pub fn knows(&self, kind: Kind, namespace: &str) -> bool {
        let told = self.told.contains(&(kind, None))
            || self.told.contains(&(kind, Some(namespace.to_owned())));
        let here = |l: &Listed| kind.is_of_cluster() || l.object.namespace == namespace;
        told && self.all(kind).iter().any(here)
    }

    /// Whether nobody answered at all.
    pub fn is_unreachable(&self) -> bool {
        self.refused
            .keys()
            .any(|why| matches!(why, Refusal::Unreachable(_)))
    }

    /// What happened to an object.
    pub fn events_of(&self, object: &Object) -> &[Event] {
        self.events.get(object).map_or(&[], Vec::as_slice)
    }
}

/// The pod template that a revision's history prints after its first line.
fn template(text: &str) -> Option<Entry> {
    let from = text.find("Pod Template:")?;
    let headed = format!("Name:  template\n{}", &text[from..]);
    let told = descriptions(&headed).into_iter().next()?;
    told.root.get("Pod Template").cloned()
}
