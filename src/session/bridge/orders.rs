//! Orders of people to the bridge: kept beside what it remembers, so that they hold whether or not it runs.

use super::ledger::Event;
use super::{Remembered, Session};
use crate::domain::ApiError;
use crate::domain::episode::Memory;
use crate::domain::order::{About, Order, Orders, Wish};
use crate::domain::text::clean_line;

const ORDER: &str = "order";
const ORDERED: &str = "ordered";
/// Orders that are remembered after they were taken back, for the log.
const MOST: usize = 500;

impl Remembered {
    /// The orders that stand.
    pub async fn orders(&self) -> Result<Orders, ApiError> {
        let all: Vec<Order> = self.records(ORDER).await?;
        Ok(all.into_iter().collect())
    }

    /// What was ordered, for the log, oldest first.
    pub async fn ordered(&self) -> Result<Vec<Event>, ApiError> {
        self.records(ORDERED).await
    }

    /// Keeps an order, or takes those about a thing back, with a line for the log.
    async fn order(&self, order: &Order, says: &str) -> Result<(), ApiError> {
        let mut changes = match order.wish {
            Wish::Resume => vec![
                (ORDER, key(&order.about, Wish::Pause), None),
                (ORDER, key(&order.about, Wish::Take), None),
            ],
            wish => vec![(ORDER, key(&order.about, wish), text(order))],
        };
        let log = self.ordered().await?;
        let number = log.last().map_or(0, |event| event.number + 1);
        let event = Event {
            at: order.at,
            number,
            says: says.to_owned(),
        };
        let old = log.len().saturating_sub(MOST);
        let old = log.iter().take(old).map(|event| event.number);
        changes.extend(old.map(|number| (ORDERED, in_order(number), None)));
        changes.push((ORDERED, in_order(number), text(&event)));
        self.keep(changes).await
    }
}

fn in_order(number: u64) -> String {
    format!("{number:020}")
}

fn key(about: &About, wish: Wish) -> String {
    let wish = match wish {
        Wish::Take => "take",
        Wish::Pause | Wish::Resume => "pause",
    };
    match about {
        About::Everything => format!("{wish} everything"),
        About::Incident(id) => format!("{wish} incident {id}"),
        About::Issue(detector, id) => format!("{wish} issue {detector}\u{1f}{id}"),
    }
}

fn text<T: serde::Serialize>(of: &T) -> Option<String> {
    serde_json::to_string(of).ok()
}

impl Session {
    /// What words for an incident or an issue mean to the bridge: a reference that it keeps, or a fingerprint that it heard
    /// of, which several detectors may use.
    pub async fn bridge_subjects(&self, words: &str) -> Result<Vec<About>, ApiError> {
        let memory = self.bridge_memory().await?.memory().await?;
        let incidents = memory.incidents.values();
        let named = incidents.filter(|k| k.reference.eq_ignore_ascii_case(words));
        let named = named.map(|k| About::Incident(k.id.clone()));
        let issues = memory.episodes.keys().filter(|(_, id)| id == words);
        let issues = issues.map(|(detector, id)| About::Issue(detector.clone(), id.clone()));
        let all: Vec<About> = named.chain(issues).collect();
        match all.is_empty() {
            false => Ok(all),
            true => Err(ApiError::User(format!(
                "The bridge keeps no incident {words} and heard of no issue of that fingerprint; hotseat bridge status lists both.",
                words = clean_line(words)
            ))),
        }
    }

    /// Orders the bridge something; says what holds from now on. It works whether or not the bridge runs.
    pub async fn order_bridge(&self, about: &About, wish: Wish) -> Result<String, ApiError> {
        self.gate()?;
        let remembered = self.bridge_memory().await?;
        let memory = remembered.memory().await?;
        let order = Order {
            about: about.clone(),
            wish,
            by: clean_line(&self.config().author()),
            at: self.now(),
        };
        let name = name(&memory, about);
        if let Some(why) = stands_already(&memory.orders, &order, &name) {
            return Err(ApiError::User(why));
        }
        let says = says(&order, &name);
        let log = format!("{}: {says}", order.by);
        remembered.order(&order, &log).await?;
        Ok(says)
    }
}

/// What a thing is called.
fn name(memory: &Memory, about: &About) -> String {
    match about {
        About::Everything => "The bridge".into(),
        About::Incident(id) => {
            let kept = memory.incidents.get(id);
            kept.map_or_else(|| id.to_string(), |k| k.reference.clone())
        }
        About::Issue(detector, id) => {
            let known = memory.episodes.get(&(detector.clone(), id.clone()));
            let title = known.map(|e| e.detection.title.clone());
            title.map_or_else(|| id.clone(), |title| format!("\"{title}\""))
        }
    }
}

/// That what is ordered is so already.
fn stands_already(orders: &Orders, order: &Order, name: &str) -> Option<String> {
    let paused = orders.pause_of(&order.about);
    let taken = match &order.about {
        About::Incident(id) => orders.taken(id),
        _ => None,
    };
    let told = |before: &Order| format!("{name}: {} already.", before.told());
    match order.wish {
        Wish::Pause => paused.map(told),
        Wish::Take => taken.map(told),
        Wish::Resume if paused.or(taken).is_none() => Some(not_paused(orders, order, name)),
        Wish::Resume => None,
    }
}

fn not_paused(orders: &Orders, order: &Order, name: &str) -> String {
    let besides = match (&order.about, orders.pause(), orders.all().count()) {
        (About::Everything, _, many) if many > 0 => {
            " What is paused or taken over alone goes on by its name: hotseat bridge status lists it."
        }
        (About::Incident(_) | About::Issue(..), Some(_), _) => {
            " All of the bridge is: hotseat bridge resume lets it go on."
        }
        _ => "",
    };
    format!("{name} is not paused.{besides}")
}

/// What holds from now on.
fn says(order: &Order, name: &str) -> String {
    match (order.wish, &order.about) {
        (Wish::Pause, About::Everything) => {
            format!(
                "{name} is paused: it declares, notes and resolves nothing, and goes on listening."
            )
        }
        (Wish::Pause, About::Incident(_)) => {
            format!("{name} is paused: the bridge neither writes on it nor resolves it.")
        }
        (Wish::Pause, About::Issue(..)) => {
            format!("{name} is paused: no incident is declared for it.")
        }
        (Wish::Take, _) => {
            format!("{name} is yours: the bridge notes on it, and does not resolve it.")
        }
        (Wish::Resume, _) => format!("{name} goes on."),
    }
}
