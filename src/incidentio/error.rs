//! What can go wrong between here and incident.io, each with the sentence the user sees and what to do.

use serde_json::{Value, json};
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

/// A request that did not succeed.
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
        /// `dns`, `refused`, `tls`, `timeout`, `closed`, `other`.
        kind: &'static str,
    },
    /// The API answered with an error.
    #[error("{}", http_sentence(*.status, .errors, .path))]
    Http {
        /// HTTP status.
        status: u16,
        /// What was asked.
        path: String,
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
}

fn http_sentence(status: u16, errors: &[FieldError], path: &str) -> String {
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
        403 => format!(
            "The API key may not do this: it lacks the permission {}",
            scope_of(path)
        ),
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

/// The scope an endpoint needs, as the API's description names it; a write has its method before the path.
pub fn scope_of(path: &str) -> &'static str {
    const WRITES: &[(&str, &str)] = &[
        ("POST /v2/incident_timeline_items", "timeline_items.create"),
        ("PATCH /v2/incident_timeline_items", "timeline_items.update"),
        ("POST /v2/incident_updates", "incident_updates.create"),
        ("POST /v2/incidents", "incidents.create"),
        ("POST /v2/escalations", "escalations.create"),
        ("POST /v2/schedule_overrides", "schedule_overrides.create"),
        (
            "DELETE /v2/schedule_overrides",
            "schedule_overrides.destroy",
        ),
        ("POST /v3/actions", "actions.create"),
        ("PUT /v3/actions", "actions.update"),
        ("DELETE /v3/actions", "actions.destroy"),
        ("POST /v3/follow_ups", "follow_ups.create"),
        ("PUT /v3/follow_ups", "follow_ups.update"),
        ("DELETE /v3/follow_ups", "follow_ups.destroy"),
        ("POST /v3/catalog_entries", "catalog_entries.create"),
        ("PUT /v3/catalog_entries", "catalog_entries.edit"),
        ("DELETE /v3/catalog_entries", "catalog_entries.destroy"),
        (
            "PUT /v1/postmortem_documents",
            "in_app_postmortems.update_status",
        ),
        ("POST /v2/status_page", "status_pages.publish_updates"),
    ];
    if path.contains(' ') {
        // What is done to one of them: the same path may have scopes of its own by its end.
        const ENDS: &[(&str, &str)] = &[
            (
                "/actions/import_postmortem_document",
                "in_app_postmortems.import",
            ),
            ("/actions/edit", "for this change of an incident"),
            ("/actions/respond", "escalations.respond"),
            ("/actions/cancel", "escalations.cancel"),
            ("/actions/transition", "incident_alerts.transition"),
            ("/actions/resolve", "alerts.resolve"),
            ("/v2/incident_alerts", "alerts.attach_to_incident"),
        ];
        let ends = ENDS.iter().find(|(end, _)| path.ends_with(end));
        let begins = WRITES.iter().find(|(prefix, _)| path.starts_with(prefix));
        return ends.or(begins).map_or("for this write", |(_, scope)| scope);
    }
    const SCOPES: &[(&str, &str)] = &[
        ("/v2/schedule", "schedules.view"),
        ("/v3/catalog_types", "catalog_types.view"),
        ("/v3/catalog", "catalog_entries.view"),
        ("/v3/teams", "catalog_entries.view"),
        ("/v2/escalation_paths", "escalation_paths.view"),
        ("/v2/escalations", "escalations.view"),
        ("/v2/alert_sources", "alert_sources.view"),
        ("/v3/alert_routes", "alert_routes.view"),
        ("/v2/alerts", "alerts.view"),
        ("/v2/incident_alerts", "alerts.view"),
        ("/v3/actions", "actions.view"),
        ("/v3/follow_ups", "follow_ups.view"),
        ("/v2/workflow", "workflows.view"),
        ("/v2/users", "users.view"),
        ("/v1/severities", "severities.view"),
        ("/v1/incident_statuses", "incident_statuses.view"),
        ("/v1/incident_types", "incident_types.view"),
        ("/v2/incident_roles", "incident_roles.view"),
        ("/v2/custom_fields", "custom_fields.view"),
        ("/v1/postmortem", "incidents.view"),
        ("/v2/incident", "incidents.view"),
        ("/v1/incident", "incidents.view"),
    ];
    SCOPES
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix))
        .map_or("for this endpoint", |(_, scope)| scope)
}

impl ApiError {
    /// What to do about it.
    pub fn suggestion(&self) -> String {
        match self {
            Self::NoKey => "Set INCIDENT_IO_API_KEY, or api_key_file in the config; or try it without an account: hotseat demo.".into(),
            Self::BadKey(_) => "Copy the key again from Settings > API keys, without quotes or line breaks.".into(),
            Self::User(_) => String::new(),
            Self::Moved(_) => "Look at it, then send it again.".into(),
            Self::Network { kind, .. } => match *kind {
                "dns" => "Check the base URL and this machine's name resolution (hotseat doctor).",
                "tls" => "If a proxy re-signs TLS here, give its certificate with --ca-cert; check the clock (hotseat doctor).",
                "timeout" => "Check the route out of this machine; set HTTPS_PROXY where one is needed.",
                _ => "Check the base URL, HTTPS_PROXY, and whether the network lets you out (hotseat doctor).",
            }
            .into(),
            Self::Http { status, retry_after, .. } => match status {
                401 => "Make a new key in Settings > API keys and set INCIDENT_IO_API_KEY.".into(),
                403 => "Ask whoever manages API keys to give this key the role, or use another key.".into(),
                404 => "Check the reference; private incidents need a key with global access.".into(),
                429 => format!("It is shared by everyone who uses this key; try again in {} s.", retry_after.unwrap_or(60)),
                500.. if self.is_write() => "It may have happened all the same: the journal looks before it is sent again.".into(),
                500.. => "Try later; nothing was changed here.".into(),
                _ => "Correct what is named and send it again.".into(),
            },
            Self::NotJson { .. } => "Check the base URL and the proxy settings (hotseat doctor).".into(),
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
        }
    }

    /// The exit code, as the official command line has them: 1 the user's, 2 the API's, 3 the network's.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoKey | Self::BadKey(_) | Self::User(_) | Self::Moved(_) => 1,
            Self::Http { .. } => 2,
            Self::Network { .. } | Self::NotJson { .. } => 3,
        }
    }

    /// Whether a read may be tried again at once.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network { kind, .. } => !matches!(*kind, "tls" | "dns"),
            Self::Http { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::NotJson { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether nothing can be asked at all, so that what is written is kept here.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Network { .. } | Self::NotJson { .. } | Self::Http { status: 500.., .. }
        )
    }

    /// Whether a write was asked for: its method stands before the path.
    fn is_write(&self) -> bool {
        matches!(self, Self::Http { path, .. } if path.contains(' '))
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
        let mut body = json!({"error": self.code(), "message": self.to_string(), "suggestion": self.suggestion(), "retryable": self.is_passing()});
        if let Self::Http {
            request_id,
            errors,
            status,
            path,
            ..
        } = self
        {
            body["request_id"] = json!(request_id);
            body["errors"] = errors
                .iter()
                .map(|e| json!({"field": e.field, "code": e.code, "message": e.message}))
                .collect();
            if *status == 403 {
                body["missing_permission"] = json!(scope_of(path));
            }
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_says_what_it_means_and_what_to_do() {
        let http = |status, path: &str, errors| ApiError::Http {
            status,
            path: path.into(),
            request_id: Some("r1".into()),
            errors,
            retry_after: Some(7),
        };
        let field = FieldError {
            field: Some("severity_id".into()),
            code: "is_required".into(),
            message: "A severity is required".into(),
        };
        let network = |kind| ApiError::Network {
            host: "api.example".into(),
            reason: "x".into(),
            kind,
        };
        for (error, code, exit, says, advises) in [
            (
                ApiError::NoKey,
                "missing_api_key",
                1,
                "no API key",
                "hotseat demo",
            ),
            (
                ApiError::BadKey("holds a space".into()),
                "user_error",
                1,
                "holds a space",
                "Copy the key again",
            ),
            (
                http(401, "/v2/incidents", vec![]),
                "http_401",
                2,
                "not valid",
                "new key",
            ),
            (
                http(403, "/v2/schedules", vec![]),
                "http_403",
                2,
                "schedules.view",
                "role",
            ),
            (
                http(404, "/v2/incidents/9", vec![]),
                "http_404",
                2,
                "Not found",
                "global access",
            ),
            (
                http(422, "/v2/incidents", vec![field]),
                "http_422",
                2,
                "severity_id: A severity is required",
                "Correct",
            ),
            (
                http(429, "/v2/incidents", vec![]),
                "http_429",
                2,
                "rate limit",
                "in 7 s",
            ),
            (
                http(503, "/v2/incidents", vec![]),
                "http_503",
                2,
                "503",
                "Try later",
            ),
            (
                network("dns"),
                "network_error",
                3,
                "Cannot reach api.example",
                "name resolution",
            ),
            (
                network("tls"),
                "network_error",
                3,
                "Cannot reach",
                "--ca-cert",
            ),
            (
                ApiError::NotJson {
                    host: "h".into(),
                    status: 502,
                    what: "a web page".into(),
                },
                "not_json",
                3,
                "a web page",
                "proxy",
            ),
        ] {
            assert_eq!((error.code().as_str(), error.exit_code()), (code, exit));
            assert!(error.to_string().contains(says), "{error}");
            assert!(
                error.suggestion().contains(advises),
                "{}",
                error.suggestion()
            );
        }
    }
}
