//! Keeping to a share of the key's token bucket, so that one console never eats what a team shares.

use crate::domain::Instant;
use chrono::Duration;

/// What is known of the key's budget, as the headers of the last answer told it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Requests the bucket holds.
    pub limit: i64,
    /// Requests left in it, for everyone who uses the key.
    pub remaining: i64,
}

impl Budget {
    /// The part that is left, 0 to 1.
    pub fn left(&self) -> f64 {
        self.remaining as f64 / self.limit.max(1) as f64
    }
}

/// How fast requests may leave.
#[derive(Clone, Debug)]
pub struct RateLimit {
    share: f64,
    tokens: f64,
    last: Option<Instant>,
    closed_until: Option<Instant>,
    /// What the last answer told.
    pub budget: Option<Budget>,
}

/// The documented bucket: 1,200 requests, refilled within a minute. Used until a header says otherwise.
const DOCUMENTED: i64 = 1_200;

impl RateLimit {
    /// A pace that keeps to `share` (0 to 1) of the bucket.
    pub fn new(share: f64) -> Self {
        let share = share.clamp(0.01, 1.0);
        Self {
            share,
            tokens: share * DOCUMENTED as f64,
            last: None,
            closed_until: None,
            budget: None,
        }
    }

    /// Keeps to another share from now on.
    pub fn keep_to(&mut self, share: f64) {
        self.share = share.clamp(0.001, 1.0);
        self.tokens = self.tokens.min(self.size());
    }

    /// Takes a place for one request and says how long to wait before sending it.
    pub fn take(&mut self, now: Instant) -> Duration {
        let size = self.size();
        let passed = self.last.map_or(0.0, |last| {
            (now - last).num_milliseconds().max(0) as f64 / 1000.0
        });
        self.last = Some(now);
        self.tokens = (self.tokens + passed * size / 60.0).min(size) - 1.0;
        let owed = if self.tokens < 0.0 {
            -self.tokens * 60.0 / size
        } else {
            0.0
        };
        let closed = self
            .closed_until
            .map_or(Duration::zero(), |until| until - now);
        closed
            .max(Duration::milliseconds((owed * 1000.0) as i64))
            .max(Duration::zero())
    }

    /// Requests a minute that are this program's: one at least, however small the bucket.
    fn size(&self) -> f64 {
        (self.share * self.budget.map_or(DOCUMENTED, |b| b.limit) as f64).max(1.0)
    }

    /// The place that was taken last is not used.
    pub fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.size());
    }

    /// Learns from the headers of an answer. A bucket that holds nothing is nobody's: whoever says so is not asked again.
    pub fn learn(&mut self, limit: Option<i64>, remaining: Option<i64>) {
        if let (Some(limit @ 1..), Some(remaining)) = (limit, remaining) {
            self.budget = Some(Budget { limit, remaining });
        }
    }

    /// The API said to wait: nothing leaves until then.
    pub fn close(&mut self, now: Instant, seconds: u64) {
        let until = now + Duration::seconds(i64::try_from(seconds.min(600)).unwrap_or(600));
        self.closed_until = self.closed_until.max(Some(until));
        if let Some(budget) = &mut self.budget {
            budget.remaining = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_until_the_share_is_spent_then_it_trickles() {
        let now = Instant::default();
        let mut pace = RateLimit::new(0.5);
        let waits: Vec<i64> = (0..602)
            .map(|_| pace.take(now).num_milliseconds())
            .collect();
        assert!(waits[..600].iter().all(|w| *w == 0));
        assert_eq!(
            waits[600..],
            [100, 200],
            "half of 20 a second is one each 100 ms"
        );
        assert_eq!(pace.take(now + Duration::seconds(60)).num_milliseconds(), 0);
    }

    #[test]
    fn a_429_stops_everything_for_as_long_as_it_asks() {
        let now = Instant::default();
        let mut pace = RateLimit::new(1.0);
        pace.close(now, 5);
        assert_eq!(pace.take(now).num_seconds(), 5);
        assert_eq!(pace.take(now + Duration::seconds(6)).num_seconds(), 0);
    }
}
