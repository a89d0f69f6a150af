//! When to ask for what: what is looked at first and often, what changes rarely seldom, and less of everything where
//! others use up the key's budget.

use super::job::Topic;
use super::msg::Interest;
use crate::console::state::ListKind;
use crate::domain::Instant;
use chrono::Duration;
use std::collections::HashMap;

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

    /// Topics with their intervals in seconds. What they cost a minute stands in README, measured by a test of it.
    fn wanted(&self) -> Vec<(Topic, i64)> {
        let mut wanted = vec![
            (Topic::Incidents, 15),
            (Topic::List(ListKind::Pages), 15),
            (Topic::Journal, 15),
            (Topic::Org, 1_800),
            (Topic::Catalog, 1_800),
        ];
        if self.interest.oncall {
            wanted.push((Topic::Schedules, 60));
        }
        if !matches!(self.interest.list, ListKind::Incidents | ListKind::Pages) {
            // Every source of changes is asked for them.
            let seconds = if self.interest.list == ListKind::Changes {
                120
            } else {
                30
            };
            wanted.push((Topic::List(self.interest.list), seconds));
        }
        if let Some(id) = &self.interest.incident {
            wanted.extend([
                (Topic::Timeline(id.clone()), 10),
                (Topic::Detail(id.clone()), 30),
            ]);
            if self.interest.tab.is_list() {
                wanted.push((Topic::Tab(id.clone(), self.interest.tab), 30));
            }
        }
        wanted
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
            let stretch = if left < 0.5 { 2 } else { 1 };
            *next = now + Duration::seconds(seconds * stretch);
            let vital = matches!(
                topic,
                Topic::Timeline(_) | Topic::List(ListKind::Pages) | Topic::Journal
            );
            if left >= 0.2 || vital {
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
        let asks = |topics: Vec<Topic>| topics.into_iter().filter(|t| *t != Topic::Journal).count();
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
