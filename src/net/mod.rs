//! What every question over HTTP shares: no redirect is followed, no key travels readable, an answer has a size, and all
//! answers that are read at once share one memory. And what every server shares that is asked.

mod allowance;
mod json;
pub(crate) mod server;
pub(crate) mod webhook;

pub(crate) use allowance::{Allowance, Body, BodyFault, Kept, LARGEST};
pub(crate) use json::{Fault, Field, Reader};

use reqwest::ClientBuilder;
use std::time::Duration;
use url::Url;

/// A client that goes nowhere but where it is sent: an answer that leads to another host would take the key along.
pub(crate) fn client(base: &Url, timeout: Duration, connect: Duration) -> ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .user_agent(concat!("hotseat/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect)
        .timeout(timeout)
        .gzip(true)
        // Whether a request may be repeated is decided where it is known what it does.
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none());
    // A machine without certificates of authorities, such as a bare container, still reaches what needs none.
    let http = match base.scheme() {
        "http" => http.tls_certs_only([]),
        _ => http,
    };
    match is_loopback(base) {
        true => http.no_proxy(),
        false => http,
    }
}

/// Whether an address is this machine's own, so that what is sent there leaves it nowhere.
pub(crate) fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether everybody on the way can read what is sent there.
pub(crate) fn is_readable(base: &Url) -> bool {
    base.scheme() == "http" && !is_loopback(base)
}

/// Any JSON, with names that mean something here among its fields.
#[cfg(test)]
pub(crate) fn any_json() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    use serde_json::{Map, Value};
    const NAMES: &[&str] = &[
        "id",
        "name",
        "title",
        "status",
        "incident",
        "incidents",
        "alert",
        "severity",
        "incident_status",
        "category",
        "rank",
        "created_at",
        "updated_at",
        "timestamp",
        "users",
        "user",
        "events",
        "occurred_at",
        "targets",
        "level",
        "path",
        "if_else",
        "then_path",
        "type",
        "content",
        "creator",
        "value",
        "values",
        "array_value",
        "catalog_entry",
        "custom_field",
        "custom_field_entries",
        "incident_role_assignments",
        "role",
        "assignee",
        "attributes",
        "attribute_values",
        "schema",
        "config",
        "rotations",
        "layers",
        "start_at",
        "end_at",
        "resource",
        "data",
        "result",
        "metric",
        "label",
        "literal",
        "description",
        "ref",
        "tag_name",
        "published_at",
        "environment",
        "duration_metrics",
        "value_seconds",
        "incident_timestamp_values",
        "current_shifts",
        "progress",
    ];
    let word = prop_oneof![
        ".{0,12}",
        Just("2026-11-20T14:40:00Z".to_owned()),
        Just("01HXYZ".to_owned()),
        Just("99999999999999999999".to_owned()),
        "\\PC{0,4}\u{1b}\\[31m\u{202e}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(NAMES), inner), 0..6).prop_map(|all| {
                let fields = all.into_iter().map(|(k, v)| (k.to_owned(), v));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}
