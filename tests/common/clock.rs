//! The time at which all tests take place, whatever day and hour it is outside.

use hotseat::config::Clock;
use hotseat::domain::Instant;

/// A Friday afternoon, when those on call have just been handed over to.
pub const NOW: &str = "2026-11-20T14:40:00Z";

/// A clock that starts there.
pub fn clock() -> Clock {
    Clock::starting_at(NOW.parse().expect("a time"))
}

/// What tells a program that is started now what time it is.
pub fn flag(now: Instant) -> String {
    format!(
        "--now={}",
        now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    )
}

/// What moves this machine's date, where it is moved: a program that is started with a bare environment lives on the
/// same day as the tests.
pub fn moved_date() -> Vec<(String, String)> {
    let moves = |name: &str| name == "LD_PRELOAD" || name.starts_with("FAKETIME");
    std::env::vars().filter(|(name, _)| moves(name)).collect()
}
