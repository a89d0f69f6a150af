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
    /// There is no place on this machine that outlives the program.
    NoPlace,
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
        /// It is certain that nothing was taken in there: no connection was made, or the server says so. Without this a
        /// write may have happened.
        unsent: bool,
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
    /// The API's answer is not what was asked for, or more than anybody can use.
    #[error("{host}{path} answered with {what}, where {wanted} should be.")]
    Unreadable {
        /// The host asked.
        host: String,
        /// The path asked.
        path: String,
        /// What came.
        what: String,
        /// What should have come.
        wanted: String,
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
        300..=399 => {
            format!("The answer was to ask elsewhere (status {status}), which is not done")
        }
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

    /// The reason in a few words, for a place that has no room for the sentence.
    pub fn brief(&self) -> String {
        match self {
            Self::NoKey => "no API key".into(),
            Self::BadKey(_) => "the API key cannot be one".into(),
            Self::User(_) | Self::Moved(_) => "not accepted".into(),
            Self::Network { kind, .. } => kind.brief().into(),
            Self::Http { status, .. } => match status {
                401 => "refused, the key is not valid".into(),
                403 => "refused, permission missing".into(),
                404 => "not found".into(),
                429 => "rate limit reached".into(),
                500.. => format!("incident.io has a problem ({status})"),
                _ => format!("refused ({status})"),
            },
            Self::NotJson { .. } => "something else answers".into(),
            Self::Unreadable { .. } => "the answer cannot be read".into(),
            Self::Machine { .. } => "this machine cannot".into(),
            Self::Fault(_) => "a fault of hotseat".into(),
        }
    }

    /// Seconds until the rate limit allows more, where that is what is in the way.
    pub fn limited_for(&self) -> Option<u64> {
        match self {
            Self::Http {
                status: 429,
                retry_after,
                ..
            } => Some(retry_after.unwrap_or(60)),
            _ => None,
        }
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
            Self::Unreadable { .. } => "Nothing was taken from it. Check the base URL and whatever stands between here and incident.io (hotseat doctor); try again later.".into(),
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
            300..=399 => "Set the base URL to the API's own address; a proxy or a login page may stand in between (hotseat doctor).".into(),
            429 => format!(
                "It is shared by everyone who uses this key; try again in {} s; --wait, or wait_seconds in the config, lets it wait longer by itself.",
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
            Self::Unreadable { .. } => "unreadable_answer".into(),
            Self::Machine { .. } => "machine_error".into(),
            Self::Fault(_) => "internal_fault".into(),
        }
    }

    /// The exit code: 1 to 3 as the official command line has them (the user's, the API's, the network's), 4 for this
    /// machine and for a fault of ours, which no change of the command line mends.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoKey | Self::BadKey(_) | Self::User(_) | Self::Moved(_) => 1,
            Self::Http { .. } | Self::Unreadable { .. } => 2,
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
            // Something that stands in between may go away; nothing is taken for granted meanwhile.
            Self::Unreadable { .. } => true,
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
    fn brief(self) -> &'static str {
        match self {
            Self::Dns => "no address for the name",
            Self::Tls => "no trust (TLS)",
            Self::Timeout => "no answer in time",
            Self::Refused | Self::Closed | Self::Other => "not reached",
        }
    }

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
            Self::NoPlace => String::new(),
            Self::Other => "Check this machine with hotseat doctor.".into(),
        }
    }
}

#[cfg(test)]
mod tests;
