//! What a span says, by whichever of the names that conventions gave it over the years.

use crate::domain::text::{clean_line, fit};
use crate::domain::{Span, SpanKind};
use crate::sources::names::Names;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::HashMap;

/// Columns of a name that are kept.
const LONGEST: usize = 120;

/// Takes a span with the id of its trace.
pub(super) type Add<'a> = &'a mut dyn FnMut(String, Span);

/// Whom a span calls, the clearest first.
const PEERS: [&str; 12] = [
    "peer.service",
    "service.peer.name",
    "server.address",
    "net.peer.name",
    "upstream_cluster.name",
    "upstream_cluster",
    "http.host",
    "url.full",
    "http.url",
    "rpc.service",
    "db.system.name",
    "db.system",
];

/// What a span's attributes say, by name.
#[derive(Default)]
pub(super) struct Attributes<'a>(HashMap<&'a str, &'a Value>);

impl<'a> Attributes<'a> {
    pub fn of(all: impl Iterator<Item = (&'a str, &'a Value)>) -> Self {
        Self(all.collect())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(is) => Some(is.to_string()),
            _ => None,
        }
    }

    fn number(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|n| self.text(n)?.trim().parse().ok())
    }

    /// Whether the span failed, where its own mark says so or not: a caller's own mistake is no failure of the callee, and
    /// a span that forgot to say so failed where its answer did.
    pub fn failed(&self, marked: bool) -> bool {
        let http = self.number(&["http.response.status_code", "http.status_code"]);
        let rpc = self.number(&["rpc.grpc.status_code", "grpc.status_code"]);
        match (http, rpc) {
            // Envoy writes 0 where no answer came.
            (Some(0 | 408 | 429 | 500..), _) => true,
            (Some(400..500), _) => false,
            // Cancelled, and what the caller could have known.
            (_, Some(1 | 3 | 5 | 6 | 7 | 9 | 11 | 16)) => false,
            (_, Some(1..)) => true,
            _ => marked,
        }
    }

    /// Whom the span calls: the first name that is a service's, else the first that is no address of a machine.
    pub fn peer(&self, names: &Names) -> Option<String> {
        let said: Vec<String> = PEERS
            .iter()
            .filter_map(|name| Some(bare(name, &self.text(name)?)))
            .filter(|peer| !peer.is_empty() && peer.parse::<std::net::IpAddr>().is_err())
            .collect();
        let known = said.iter().find_map(|peer| names.service(peer));
        known
            .map(str::to_owned)
            .or_else(|| said.first().map(|peer| fit(&clean_line(peer), LONGEST)))
    }
}

/// The part of a value that names whom it is about.
fn bare(name: &str, value: &str) -> String {
    match name {
        "url.full" | "http.url" => {
            let url = url::Url::parse(value).ok();
            url.and_then(|u| u.host_str().map(str::to_owned))
                .unwrap_or_default()
        }
        // outbound|8080||cart.shop.svc.cluster.local
        "upstream_cluster" | "upstream_cluster.name" => {
            value.rsplit('|').next().unwrap_or(value).to_owned()
        }
        // shop.v1.CartService
        "rpc.service" => value.rsplit('.').next().unwrap_or(value).to_owned(),
        "http.host" => value.split(':').next().unwrap_or(value).to_owned(),
        _ => value.to_owned(),
    }
}

/// Which end of a call a span is, as words or OTLP's numbers say it.
pub(super) fn kind(said: &Value) -> SpanKind {
    let number = said.as_i64();
    let word = said.as_str().unwrap_or_default().to_ascii_lowercase();
    match (number, word.trim_start_matches("span_kind_")) {
        (Some(2), _) | (_, "server") => SpanKind::Server,
        (Some(3), _) | (_, "client") => SpanKind::Client,
        (Some(4), _) | (_, "producer") => SpanKind::Producer,
        (Some(5), _) | (_, "consumer") => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

/// A service by its name in the catalog, or cleaned as it stands.
pub(super) fn service(said: &str, names: &Names) -> String {
    let known = names.service(said).map(str::to_owned);
    known.unwrap_or_else(|| fit(&clean_line(said), LONGEST))
}

/// A span as it is kept: what it calls only where it calls.
pub(super) fn finished(mut span: Span, attributes: &Attributes<'_>, names: &Names) -> Span {
    span.name = fit(&clean_line(&span.name), LONGEST);
    span.duration = span.duration.max(0);
    if span.kind == SpanKind::Client {
        span.peer = attributes.peer(names);
    }
    span
}

/// A list, where some write null for an empty one.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    input: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}
