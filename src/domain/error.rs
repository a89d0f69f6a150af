//! What can go wrong, told apart by who can mend it: the user, the API, the network, this machine, or us. Each has the
//! sentence the user sees, what to do, and a code for scripts; nothing here knows how a request is made.

use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An error the API names for one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// The field, where the API says which.
    pub field: Option<String>,
    /// The API's code.
    pub code: String,
    /// The API's words.
    pub message: String,
}

/// Where the way to a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkFault {
    /// The name has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No trust could be established.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection ended before the answer did.
    Closed,
    /// Anything else.
    Other,
}

/// What this machine lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineFault {
    /// The disk or a quota is full.
    Full,
    /// The user may not read or write there.
    Permission,
    /// Another program holds it.
    Locked,
    /// Anything else.
    Other,
}

impl From<&io::Error> for MachineFault {
    fn from(e: &io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Permission,
            io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy => Self::Locked,
            _ => Self::Other,
        }
    }
}

/// Why something could not be done, told apart by who can mend it.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ApiError {
    /// There is no key to ask with.
    #[error("There is no API key.")]
    NoKey,
    /// The key cannot be one.
    #[error("The API key {0}.")]
    BadKey(String),
    /// Something in the request is the user's mistake.
    #[error("{0}")]
    User(String),
    /// Somebody else changed what a write was made on.
    #[error("Not sent, since it was changed meanwhile: {0}.")]
    Moved(String),
    /// Nothing came back.
    #[error("Cannot reach {host}: {reason}.")]
    Network {
        /// The host asked.
        host: String,
        /// Why, in words.
        reason: String,
        /// Why, for a program.
        kind: NetworkFault,
    },
    /// The API answered with an error.
    #[error("{}", http_sentence(*.status, .errors, .permission))]
    Http {
        /// HTTP status.
        status: u16,
        /// Whether something was to be changed.
        write: bool,
        /// The permission of the key that this needs.
        permission: &'static str,
        /// The API's id of the request.
        request_id: Option<String>,
        /// What the API says is wrong.
        errors: Vec<FieldError>,
        /// Seconds to wait, as the API asks.
        retry_after: Option<u64>,
    },
    /// Something answered that is not the API.
    #[error("{host} answered {status} with {what} instead of JSON: a proxy or a wrong base URL.")]
    NotJson {
        /// The host asked.
        host: String,
        /// HTTP status.
        status: u16,
        /// What it looked like.
        what: String,
    },
    /// This machine cannot do it: nobody's input is wrong and no server was asked.
    #[error("{says}")]
    Machine {
        /// The file or folder, where it is about one.
        path: Option<PathBuf>,
        /// What is lacking.
        reason: MachineFault,
        /// The sentence the user sees.
        says: String,
    },
    /// A bug of ours, a panic that was caught among them.
    #[error("{0}")]
    Fault(String),
}

fn http_sentence(status: u16, errors: &[FieldError], permission: &str) -> String {
    let said = errors.iter().map(|e| match &e.field {
        Some(field) => format!("{field}: {}", e.message),
        None => e.message.clone(),
    });
    let said = said
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    let what = match status {
        401 => "The API key is not valid, or it was revoked".into(),
        403 => format!("The API key may not do this: it lacks the permission {permission}"),
        404 => "Not found, or not visible to this API key".into(),
        409 => "Somebody else is changing this right now".into(),
        422 | 400 => "incident.io did not accept the request".into(),
        429 => "The rate limit of the API key is reached".into(),
        500.. => format!("incident.io has a problem of its own (status {status})"),
        _ => format!("incident.io answered with status {status}"),
    };
    if said.is_empty() || matches!(status, 401 | 404 | 429) {
        format!("{what}.")
    } else {
        format!("{what} ({said}).")
    }
}

impl ApiError {
    /// What the system says no to, with the sentence the user sees.
    pub fn machine(path: &Path, error: &io::Error, says: String) -> Self {
        Self::Machine {
            path: Some(path.to_owned()),
            reason: error.into(),
            says,
        }
    }

    /// The same error after a sentence that says how far things had come; what a server or the network says stays as it is.
    #[must_use]
    pub fn after(self, sentence: &str) -> Self {
        match self {
            Self::User(says) => Self::User(format!("{sentence} {says}")),
            Self::Fault(says) => Self::Fault(format!("{sentence} {says}")),
            Self::Machine { path, reason, says } => Self::Machine {
                path,
                reason,
                says: format!("{sentence} {says}"),
            },
            other => other,
        }
    }

    /// Whether nothing can be asked at all, so that what is written is kept here.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Network { .. } | Self::NotJson { .. } | Self::Http { status: 500.., .. }
        )
    }

    /// What to do about it.
    pub fn suggestion(&self) -> String {
        match self {
            Self::NoKey => "Set INCIDENT_IO_API_KEY, or api_key_file in the config; or try it without an account: hotseat demo.".into(),
            Self::BadKey(_) => "Copy the key again from Settings > API keys, without quotes or line breaks.".into(),
            Self::User(_) => String::new(),
            Self::Moved(_) => "Look at it, then send it again.".into(),
            Self::Network { kind, .. } => kind.suggestion().into(),
            Self::Http { .. } => self.http_suggestion(),
            Self::NotJson { .. } => "Check the base URL and the proxy settings (hotseat doctor).".into(),
            Self::Machine { path, reason, .. } => reason.suggestion(path.as_deref()),
            Self::Fault(_) => "This is a fault in hotseat: please report it with the log (hotseat doctor says where it is).".into(),
        }
    }

    fn http_suggestion(&self) -> String {
        let Self::Http {
            status,
            write,
            retry_after,
            ..
        } = self
        else {
            return String::new();
        };
        match status {
            401 => "Make a new key in Settings > API keys and set INCIDENT_IO_API_KEY.".into(),
            403 => {
                "Ask whoever manages API keys to give this key the role, or use another key.".into()
            }
            404 => "Check the reference; private incidents need a key with global access.".into(),
            429 => format!(
                "It is shared by everyone who uses this key; try again in {} s.",
                retry_after.unwrap_or(60)
            ),
            500.. if *write => {
                "It may have happened all the same: the journal looks before it is sent again."
                    .into()
            }
            500.. => "Try later; nothing was changed here.".into(),
            _ => "Correct what is named and send it again.".into(),
        }
    }

    /// The code scripts look at.
    pub fn code(&self) -> String {
        match self {
            Self::NoKey => "missing_api_key".into(),
            Self::BadKey(_) | Self::User(_) => "user_error".into(),
            Self::Moved(_) => "changed_meanwhile".into(),
            Self::Network { .. } => "network_error".into(),
            Self::Http { status, .. } => format!("http_{status}"),
            Self::NotJson { .. } => "not_json".into(),
            Self::Machine { .. } => "machine_error".into(),
            Self::Fault(_) => "internal_fault".into(),
        }
    }

    /// The exit code: 1 to 3 as the official command line has them (the user's, the API's, the network's), 4 for this
    /// machine and for a fault of ours, which no change of the command line mends.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoKey | Self::BadKey(_) | Self::User(_) | Self::Moved(_) => 1,
            Self::Http { .. } => 2,
            Self::Network { .. } | Self::NotJson { .. } => 3,
            Self::Machine { .. } | Self::Fault(_) => 4,
        }
    }

    /// Whether a request may be sent again at once.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network { kind, .. } => !matches!(kind, NetworkFault::Tls | NetworkFault::Dns),
            Self::Http { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::NotJson { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether the same command may succeed later without anything being changed: a lock is let go.
    fn is_retryable(&self) -> bool {
        let locked = matches!(
            self,
            Self::Machine {
                reason: MachineFault::Locked,
                ..
            }
        );
        locked || self.is_passing()
    }

    /// Seconds the API asked to wait.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Http { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The error as JSON for scripts.
    pub fn json(&self) -> Value {
        let mut body = json!({"error": self.code(), "message": self.to_string(), "suggestion": self.suggestion(), "retryable": self.is_retryable()});
        if let Self::Http {
            request_id,
            errors,
            status,
            permission,
            ..
        } = self
        {
            body["request_id"] = json!(request_id);
            body["errors"] = errors
                .iter()
                .map(|e| json!({"field": e.field, "code": e.code, "message": e.message}))
                .collect();
            if *status == 403 {
                body["missing_permission"] = json!(permission);
            }
        }
        if let Self::Machine {
            path: Some(path), ..
        } = self
        {
            body["path"] = json!(path.display().to_string());
        }
        body
    }
}

impl NetworkFault {
    fn suggestion(self) -> &'static str {
        match self {
            Self::Dns => "Check the base URL and this machine's name resolution (hotseat doctor).",
            Self::Tls => {
                "If a proxy re-signs TLS here, give its certificate with --ca-cert; check the clock (hotseat doctor)."
            }
            Self::Timeout => {
                "Check the route out of this machine; set HTTPS_PROXY where one is needed."
            }
            Self::Refused | Self::Closed | Self::Other => {
                "Check the base URL, HTTPS_PROXY, and whether the network lets you out (hotseat doctor)."
            }
        }
    }
}

impl MachineFault {
    fn suggestion(self, path: Option<&Path>) -> String {
        let place = path.map_or("it".to_owned(), |p| p.display().to_string());
        match self {
            Self::Full => format!("Make room on the disk that holds {place}, or in your quota."),
            Self::Permission => format!("Give this user the right to read and write {place}."),
            Self::Locked => format!("Another program holds {place}; try again when it is done."),
            Self::Other => "Check this machine with hotseat doctor.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(status: u16, write: bool, errors: Vec<FieldError>) -> ApiError {
        ApiError::Http {
            status,
            write,
            permission: "schedules.view",
            request_id: Some("r1".into()),
            errors,
            retry_after: Some(7),
        }
    }

    fn network(kind: NetworkFault) -> ApiError {
        ApiError::Network {
            host: "api.example".into(),
            reason: "x".into(),
            kind,
        }
    }

    fn disk(kind: io::ErrorKind) -> ApiError {
        let path = Path::new("/state/journal.db");
        ApiError::machine(path, &kind.into(), "The journal cannot be written.".into())
    }

    fn not_json(status: u16) -> ApiError {
        ApiError::NotJson {
            host: "h".into(),
            status,
            what: "a web page".into(),
        }
    }

    /// Holds what every failure says: its code, exit code, whether to try again, its sentence, its advice.
    fn hold(cases: Vec<(ApiError, &str, u8, bool, &str, &str)>) {
        for (error, code, exit, retry, says, advises) in cases {
            let told = error.json();
            assert_eq!(
                (told["error"].as_str(), error.exit_code()),
                (Some(code), exit)
            );
            assert_eq!(told["retryable"], retry, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            let advice = error.suggestion();
            assert!(advice.contains(advises), "{advice}");
        }
    }

    #[test]
    fn a_mistake_of_the_user_says_what_it_means_and_what_to_do() {
        let bad = ApiError::BadKey("holds a space".into());
        hold(vec![
            (
                ApiError::NoKey,
                "missing_api_key",
                1,
                false,
                "no API key",
                "hotseat demo",
            ),
            (
                bad,
                "user_error",
                1,
                false,
                "holds a space",
                "Copy the key again",
            ),
            (
                ApiError::User("No.".into()),
                "user_error",
                1,
                false,
                "No.",
                "",
            ),
            (
                ApiError::Moved("x".into()),
                "changed_meanwhile",
                1,
                false,
                "Not sent",
                "send it again",
            ),
        ]);
    }

    #[test]
    fn an_answer_of_the_api_says_what_it_means_and_what_to_do() {
        let field = FieldError {
            field: Some("severity_id".into()),
            code: "is_required".into(),
            message: "A severity is required".into(),
        };
        let named = "severity_id: A severity is required";
        hold(vec![
            (
                http(401, false, vec![]),
                "http_401",
                2,
                false,
                "not valid",
                "new key",
            ),
            (
                http(403, false, vec![]),
                "http_403",
                2,
                false,
                "schedules.view",
                "role",
            ),
            (
                http(404, false, vec![]),
                "http_404",
                2,
                false,
                "Not found",
                "global access",
            ),
            (
                http(422, true, vec![field]),
                "http_422",
                2,
                false,
                named,
                "Correct",
            ),
            (
                http(429, false, vec![]),
                "http_429",
                2,
                true,
                "rate limit",
                "in 7 s",
            ),
            (
                http(503, false, vec![]),
                "http_503",
                2,
                true,
                "503",
                "Try later",
            ),
            (
                http(503, true, vec![]),
                "http_503",
                2,
                true,
                "503",
                "may have happened",
            ),
        ]);
    }

    #[test]
    fn a_failure_of_the_network_says_what_it_means_and_what_to_do() {
        let dns = "name resolution";
        let reach = "Cannot reach api.example";
        hold(vec![
            (
                network(NetworkFault::Dns),
                "network_error",
                3,
                false,
                reach,
                dns,
            ),
            (
                network(NetworkFault::Tls),
                "network_error",
                3,
                false,
                reach,
                "--ca-cert",
            ),
            (
                network(NetworkFault::Timeout),
                "network_error",
                3,
                true,
                reach,
                "HTTPS_PROXY",
            ),
            (
                network(NetworkFault::Refused),
                "network_error",
                3,
                true,
                reach,
                "base URL",
            ),
            (not_json(502), "not_json", 3, true, "a web page", "proxy"),
            (not_json(200), "not_json", 3, false, "a web page", "proxy"),
        ]);
    }

    #[test]
    fn this_machine_and_a_fault_of_ours_are_nobodys_mistake() {
        let path = "/state/journal.db";
        let cannot = "cannot be written";
        let bug = ApiError::Fault("The judgement broke off.".into());
        hold(vec![
            (
                disk(io::ErrorKind::StorageFull),
                "machine_error",
                4,
                false,
                cannot,
                "Make room",
            ),
            (
                disk(io::ErrorKind::QuotaExceeded),
                "machine_error",
                4,
                false,
                cannot,
                path,
            ),
            (
                disk(io::ErrorKind::PermissionDenied),
                "machine_error",
                4,
                false,
                cannot,
                path,
            ),
            (
                disk(io::ErrorKind::ResourceBusy),
                "machine_error",
                4,
                true,
                cannot,
                "try again",
            ),
            (
                disk(io::ErrorKind::NotFound),
                "machine_error",
                4,
                false,
                cannot,
                "doctor",
            ),
            (bug, "internal_fault", 4, false, "broke off", "report it"),
        ]);
        assert_eq!(disk(io::ErrorKind::StorageFull).json()["path"], path);
    }

    #[test]
    fn what_had_happened_before_is_said_without_changing_whose_fault_it_is() {
        let full = disk(io::ErrorKind::StorageFull).after("Nothing was sent.");
        assert_eq!(full.exit_code(), 4);
        assert_eq!(
            full.to_string(),
            "Nothing was sent. The journal cannot be written."
        );
    }
}
