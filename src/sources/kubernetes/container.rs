//! Containers as `describe` prints them, of a pod or of the template that a workload makes pods from.

use super::age::since;
use super::describe::Entry;
use crate::domain::Instant;

/// How a container stands, or how it stood last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standing {
    /// `Running`, `Waiting`, `Terminated`.
    pub state: String,
    /// Why.
    pub reason: String,
    /// In the container's own words, where it left some.
    pub message: String,
    /// The code it ended with.
    pub exit: Option<i64>,
    /// Seconds since it ended.
    pub ended: Option<i64>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Whether it runs before the others.
    pub is_init: bool,
    /// The ports it says it opens.
    pub ports: Vec<u16>,
    /// How it stands.
    pub now: Standing,
    /// How it ended the last time.
    pub before: Standing,
    /// Ports that its probes ask.
    pub probed: Vec<String>,
    /// What is most, by resource.
    pub limits: Vec<(String, String)>,
    /// Names of variables with their values: looked at for addresses, never shown.
    pub variables: Vec<(String, String)>,
    /// What else it is started with: looked at for addresses, never shown.
    pub arguments: Vec<String>,
    /// Objects that its variables are taken from: kind in lower case, and name.
    pub taken_from: Vec<(String, String)>,
}

/// The containers of a pod or of a template.
pub(super) fn containers(of: &Entry, now: Instant) -> Vec<Container> {
    let read = |key: &str, is_init: bool| {
        let all = of.get(key).map_or(&[][..], |e| e.below.as_slice());
        let named = all.iter().filter(|e| !e.key.is_empty());
        let each = named.map(move |e| container(e, is_init, now));
        each.collect::<Vec<_>>()
    };
    [read("Init Containers", true), read("Containers", false)].concat()
}

fn container(of: &Entry, is_init: bool, now: Instant) -> Container {
    let ports = [of.text("Port"), of.text("Ports")].join(",");
    let number = |p: &str| p.trim().split('/').next()?.parse::<u16>().ok();
    let probes = ["Liveness", "Readiness", "Startup"];
    let probed = probes.iter().filter_map(|p| of.get(p));
    let pairs = |key: &str| {
        let below = of.get(key).map_or(&[][..], |e| e.below.as_slice());
        let each = below.iter().filter(|e| !e.key.is_empty());
        each.map(|e| (e.key.clone(), e.value.clone()))
            .collect::<Vec<_>>()
    };
    Container {
        name: of.key.clone(),
        image: of.text("Image").to_owned(),
        is_init,
        ports: ports
            .split(',')
            .filter_map(number)
            .filter(|p| *p > 0)
            .collect(),
        now: standing(of.get("State"), now),
        before: standing(of.get("Last State"), now),
        probed: probed.filter_map(|e| port_of_probe(&e.value)).collect(),
        limits: pairs("Limits"),
        variables: pairs("Environment"),
        arguments: [of.list("Command"), of.list("Args")].concat(),
        taken_from: taken_from(of),
    }
}

fn standing(of: Option<&Entry>, now: Instant) -> Standing {
    let Some(of) = of else {
        return Standing::default();
    };
    Standing {
        state: of.value.clone(),
        reason: of.text("Reason").to_owned(),
        message: of.text("Message").to_owned(),
        exit: of.text("Exit Code").parse().ok(),
        ended: since(of.text("Finished"), now),
    }
}

/// Reads `http-get http://:8080/healthz delay=0s`, `tcp-socket :3306`, `grpc <pod>:7070`.
fn port_of_probe(words: &str) -> Option<String> {
    let target = words.split_whitespace().nth(1)?;
    let address = target.split("//").last()?.split('/').next()?;
    let port = address.rsplit_once(':')?.1;
    (!port.is_empty()).then(|| port.to_owned())
}

/// Objects that variables come from: `cart-config  ConfigMap  Optional: false`, and `<set to the key 'a' of config map 'b'>`.
fn taken_from(of: &Entry) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in of
        .get("Environment Variables from")
        .map_or(&[][..], |e| e.below.as_slice())
    {
        let mut words = entry.line.split_whitespace();
        if let (Some(name), Some(kind)) = (words.next(), words.next())
            && !entry.line.contains("Optional: true")
        {
            found.push((kind.to_lowercase(), name.to_owned()));
        }
    }
    for entry in of
        .get("Environment")
        .map_or(&[][..], |e| e.below.as_slice())
    {
        if let Some(named) = entry.value.strip_prefix("<set to the key '")
            && !entry.value.contains("Optional: true")
        {
            let kind = if named.contains("config map") {
                "configmap"
            } else {
                "secret"
            };
            let name = named.split('\'').nth(2).unwrap_or_default();
            found.push((kind.to_owned(), name.to_owned()));
        }
    }
    found
}
