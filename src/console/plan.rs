//! When to ask for what: what is looked at first and often, what changes rarely seldom, and less of everything where
//! others use up the key's budget.

use super::job::Topic;
use super::msg::Interest;
use super::place::ListKind;
use crate::domain::Instant;
use chrono::Duration;
use std::collections::HashMap;

/// The share of the budget below which only what is vital is asked for.
pub(crate) const SCARCE: f64 = 0.2;

/// Seconds after which a question is asked again while somebody looks; nothing where it is asked once.
pub(crate) fn interval(topic: &Topic) -> Option<i64> {
    match topic {
        Topic::Timeline(_) => Some(10),
        Topic::Incidents | Topic::List(ListKind::Pages) => Some(15),
        // These lie on this machine.
        Topic::Journal | Topic::Bridge | Topic::List(ListKind::Bridge) => Some(15),
        // Every source of changes is asked for them.
        Topic::List(ListKind::Changes) => Some(120),
        Topic::List(_) | Topic::Detail(_) | Topic::Tab(..) => Some(30),
        Topic::Schedules => Some(60),
        Topic::Org | Topic::Catalog => Some(1_800),
        _ => None,
    }
}

/// How many times its interval a question waits, by the share of the budget that is left.
pub(crate) fn stretch(left: f64) -> i64 {
    if left < 0.5 { 2 } else { 1 }
}

/// What is asked for by itself, and when next.
#[derive(Default)]
pub struct Plan {
    interest: Interest,
    next: HashMap<Topic, Instant>,
}

impl Plan {
    /// The user looks at something else: what is newly looked at was just asked for, so it is due after its interval.
    pub fn watch(&mut self, interest: Interest, now: Instant) {
        self.interest = interest;
        let wanted = self.wanted();
        self.next
            .retain(|topic, _| wanted.iter().any(|(known, _)| known == topic));
        for (topic, seconds) in wanted {
            self.next
                .entry(topic)
                .or_insert(now + Duration::seconds(seconds));
        }
    }

    /// Topics with their intervals in seconds. What they cost a minute stands in docs/data-and-requests.md, measured by a
    /// test of it.
    fn wanted(&self) -> Vec<(Topic, i64)> {
        let mut wanted = vec![
            Topic::Incidents,
            Topic::List(ListKind::Pages),
            Topic::Journal,
            Topic::Bridge,
            Topic::Org,
            Topic::Catalog,
        ];
        if self.interest.oncall {
            wanted.push(Topic::Schedules);
        }
        if !matches!(self.interest.list, ListKind::Incidents | ListKind::Pages) {
            wanted.push(Topic::List(self.interest.list));
        }
        if let Some(id) = &self.interest.incident {
            wanted.extend([Topic::Timeline(id.clone()), Topic::Detail(id.clone())]);
            if self.interest.tab.is_list() {
                wanted.push(Topic::Tab(id.clone(), self.interest.tab));
            }
        }
        let timed = |topic: Topic| Some((interval(&topic)?, topic));
        let wanted = wanted.into_iter().filter_map(timed);
        wanted.map(|(seconds, topic)| (topic, seconds)).collect()
    }

    /// What is due, and puts it off by its interval: twice as long below half of the budget; below a fifth only the
    /// incident in focus and the pages are asked for.
    pub fn due(&mut self, now: Instant, left: f64) -> Vec<Topic> {
        let mut due = Vec::new();
        for (topic, seconds) in self.wanted() {
            let next = self.next.entry(topic.clone()).or_insert(now);
            if *next > now {
                continue;
            }
            *next = now + Duration::seconds(seconds * stretch(left));
            let vital = matches!(topic, Topic::Timeline(_) | Topic::List(ListKind::Pages));
            if left >= SCARCE || vital || topic.is_local() {
                due.push(topic);
            }
        }
        due
    }

    /// How long nothing is due.
    pub fn pause(&self, now: Instant) -> std::time::Duration {
        let next = self
            .next
            .values()
            .min()
            .copied()
            .unwrap_or(now + Duration::seconds(15));
        (next - now)
            .to_std()
            .unwrap_or_default()
            .max(std::time::Duration::from_millis(50))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(interest: Interest, left: f64) -> usize {
        let start = Instant::default();
        let mut plan = Plan::default();
        plan.watch(interest, start);
        // The journal asks nothing of the API as long as nothing is open in it.
        let asks = |topics: Vec<Topic>| topics.into_iter().filter(|t| !t.is_local()).count();
        (1..=60)
            .map(|s| asks(plan.due(start + Duration::seconds(s), left)))
            .sum()
    }

    #[test]
    fn a_minute_costs_what_the_plan_says_and_less_where_the_budget_is_short() {
        let idle = Interest {
            oncall: true,
            ..Interest::default()
        };
        let focused = Interest {
            incident: Some("01A".into()),
            ..idle.clone()
        };
        assert_eq!(asked(idle.clone(), 1.0), 9);
        assert_eq!(asked(focused.clone(), 1.0), 17);
        assert!(asked(focused.clone(), 0.4) <= 9);
        assert!(asked(idle, 0.1) <= 3);
        assert_eq!(
            asked(focused, 0.1),
            5,
            "the incident in focus and the pages stay"
        );
    }
}
