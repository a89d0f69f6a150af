//! Alert events: each is kept before it leaves and once it is answered, so that a kill at any step sends it again only
//! under the same key and status, and never faster than the source takes them.

use super::super::feed::{Answer, FeedRound, answer, answered, due, leaves, ranks, trouble};
use super::{Daemon, Done};
use crate::domain::alert_feed::{AlertEvent, AlertFeed, AlertStatus};
use crate::domain::detection::answering;
use crate::domain::text::counted;
use crate::domain::{Instant, Sighting};
use crate::session::ApiError;
use crate::session::bridge::SourceAccess;
use crate::session::bridge::ledger;
use std::time::Duration;

/// How long a round tells events: both sides are looked at again meanwhile, however many wait.
const AT_MOST: Duration = Duration::from_secs(5);
/// Events that the log names; of more it says how many.
const NAMED: usize = 5;
const SETTING: &str = "bridge.alert_source";

impl Daemon {
    /// Tells the alert source what it is to be told, as far as it takes it now.
    pub(super) async fn feed(
        &mut self,
        sightings: &[Sighting],
        done: &mut Done,
    ) -> Result<(), ApiError> {
        let session = self.session.clone();
        let config = &session.config().bridge;
        self.feed_waits = None;
        if config.alert_source.id.is_empty() {
            return Ok(());
        }
        let (events, mut feed) = self.events_due(sightings);
        self.keep_feed(feed.clone()).await?;
        self.metrics.alerts_wait(events.len());
        if events.is_empty() {
            return Ok(());
        }
        let access = match session.alert_source(&config.alert_source, SETTING).await {
            Ok(access) => access,
            Err(e) => {
                done.says.extend(self.once(SETTING, &e.to_string()));
                return Ok(());
            }
        };
        let until = tokio::time::Instant::now() + AT_MOST;
        let mut told = Vec::new();
        for event in &events {
            let now = self.session.now();
            if let Some(opens) = feed.pace.closed(now) {
                self.feed_waits = Some(opens);
                break;
            }
            if tokio::time::Instant::now() >= until {
                self.feed_waits = Some(now);
                break;
            }
            if self.send_event(&mut feed, &access, event, done).await? {
                told.push(event);
            }
        }
        self.metrics.alerts_wait(events.len() - told.len());
        done.says.extend(words_of(&told));
        Ok(())
    }

    fn events_due(&self, sightings: &[Sighting]) -> (Vec<AlertEvent>, AlertFeed) {
        let mut feed = self.alert_feed.clone();
        let Some((org, _, policy)) = &self.words else {
            return (Vec::new(), feed);
        };
        let round = FeedRound {
            memory: &self.memory,
            policy,
            ranks: &ranks(org),
            answering: answering(sightings),
            pushes: self.session.config().bridge.push.alerts(),
            now: self.session.now(),
        };
        let events = due(&round, &mut feed);
        (events, feed)
    }

    /// Sends one event; whether it was taken.
    async fn send_event(
        &mut self,
        feed: &mut AlertFeed,
        access: &SourceAccess,
        event: &AlertEvent,
        done: &mut Done,
    ) -> Result<bool, ApiError> {
        leaves(feed, event, self.session.now());
        self.keep_feed(feed.clone()).await?;
        let came = self.session.send_alert_event(access, event).await;
        let became = answer(&came);
        answered(feed, event, &became, self.session.now());
        self.keep_feed(feed.clone()).await?;
        let title = &event.detection.title;
        if let Answer::Refused(why) = &became {
            let status = event.status.word();
            done.says.push(format!(
                "The alert source refused that \"{title}\" is {status}, which is not said again: {why}"
            ));
        }
        match trouble(&came) {
            Some(says) => done.says.extend(self.once("alert source", &says)),
            None if self.said.remove("alert source").is_some() => {
                done.says.push("The alert source can be told again.".into());
            }
            None => {}
        }
        Ok(became == Answer::Taken)
    }

    async fn keep_feed(&mut self, feed: AlertFeed) -> Result<(), ApiError> {
        let changes = ledger::alert_changes(&self.alert_feed, &feed);
        self.remembered.keep(changes).await?;
        self.alert_feed = feed;
        Ok(())
    }

    /// How long until the next look: sooner where events wait.
    pub(super) fn next_look(&self, every: Duration) -> Duration {
        let waits = |opens: Instant| (opens - self.session.now()).to_std().unwrap_or_default();
        let feed = self.feed_waits.map(waits);
        feed.map_or(every, |wait| every.min(wait.max(super::APART)))
    }
}

/// What was told, in sentences.
fn words_of(told: &[&AlertEvent]) -> Vec<String> {
    let says = |event: &&AlertEvent| {
        let (title, status) = (&event.detection.title, event.status.word());
        format!("Alert source told: {status}: {title}")
    };
    if told.len() <= NAMED {
        return told.iter().map(says).collect();
    }
    let is_firing = |event: &&&AlertEvent| event.status == AlertStatus::Firing;
    let firing = told.iter().filter(is_firing).count();
    vec![format!(
        "Alert source told of {}: {firing} firing, {} resolved.",
        counted(told.len(), "alert", "alerts"),
        told.len() - firing
    )]
}
