//! How fields of a line are called that say how bad it is, where it stands in the code, what it says, what went wrong.

pub(super) const LEVEL: &[&str] = &["level", "severity", "lvl", "log.level", "levelname"];
pub(super) const PLACE: &[&str] = &["caller"];
pub(super) const MESSAGE: &[&str] = &["msg", "message", "@message", "MESSAGE", "body", "event"];
pub(super) const ERROR: &[&str] = &["error", "err", "exception", "error.message", "exc_info"];
pub(super) const STATUS: &[&str] = &[
    "status",
    "code",
    "status_code",
    "http.status_code",
    "response_code",
];
