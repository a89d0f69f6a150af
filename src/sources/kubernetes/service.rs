//! Services as the cluster has them: what they select, which ports they offer, who answers behind them.

use super::answers::{Answers, Listed};
use super::describe::{Entry, pairs};
use super::labels::{Labels, selects};
use super::object::{Kind, Object};
use super::pod::Pod;

/// A port that a service offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Port {
    /// Its number.
    pub number: u16,
    /// The port of its pods: a number or a name. Empty where it is not known.
    pub target: String,
    /// Who answers there; nothing where it is not known.
    pub behind: Option<Vec<String>>,
}

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    /// Which.
    pub object: Object,
    /// What it selects; nothing where that is not known, empty where it selects nothing on purpose.
    pub selector: Option<Labels>,
    /// Its ports.
    pub ports: Vec<Port>,
    /// Whether it has an address of its own; else names lead to its pods.
    pub is_headless: bool,
    /// Whether it only stands for a name elsewhere.
    pub is_external: bool,
    /// Addresses behind it; nothing where they are not known.
    pub behind: Option<Vec<String>>,
    /// Its line, and that of its endpoints.
    pub lines: Vec<String>,
    /// How it is asked again.
    pub query: String,
}

impl Service {
    /// Whether it takes this pod.
    pub fn takes(&self, pod: &Pod) -> bool {
        self.object.namespace == pod.object.namespace && self.matches(&pod.labels)
    }

    /// Whether it takes what has these labels.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.selector.as_ref().is_some_and(|s| selects(s, labels))
    }
}

/// Every service.
pub(super) fn services(answers: &Answers) -> Vec<Service> {
    let listed = answers.all(Kind::Service).iter();
    listed.map(|l| service(l, answers)).collect()
}

fn service(listed: &Listed, answers: &Answers) -> Service {
    let (row, object) = (&listed.row, &listed.object);
    let detail = answers.details.get(object).map(|d| d.root());
    let selector = match detail {
        Some(d) if d.get("Selector").is_some() => Some(d.labels("Selector")),
        _ => row.has("SELECTOR").then(|| pairs(row.cell("SELECTOR"))),
    };
    let ports = match detail {
        Some(d) => described_ports(d),
        None => listed_ports(row.cell("PORT(S)")),
    };
    let (behind, line) = endpoints(object, answers);
    let told: Vec<&Vec<String>> = ports.iter().filter_map(|p| p.behind.as_ref()).collect();
    let told = (!told.is_empty()).then(|| told.into_iter().flatten().cloned().collect());
    let query = detail.and_then(|_| answers.details.get(object));
    Service {
        object: object.clone(),
        selector,
        behind: told.or(behind),
        ports,
        is_headless: row.cell("CLUSTER-IP") == "None",
        is_external: row.cell("TYPE") == "ExternalName",
        lines: std::iter::once(row.line.clone()).chain(line).collect(),
        query: query.map_or(&listed.query, |d| &d.query).clone(),
    }
}

/// Reads `80:30080/TCP,443/TCP`.
fn listed_ports(cell: &str) -> Vec<Port> {
    let number = |p: &str| p.split(['/', ':']).next()?.parse().ok();
    let numbers = cell.split(',').filter_map(number);
    numbers
        .map(|number| Port {
            number,
            ..Port::default()
        })
        .collect()
}

/// Reads `Port`, `TargetPort` and `Endpoints`, which follow one another for each port.
fn described_ports(detail: &Entry) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    for entry in &detail.below {
        match entry.key.as_str() {
            "Port" => {
                let said = entry.value.split_whitespace().last().unwrap_or_default();
                let number = said.split('/').next().and_then(|n| n.parse().ok());
                ports.push(Port {
                    number: number.unwrap_or(0),
                    ..Port::default()
                });
            }
            "TargetPort" => {
                let target = entry.value.split('/').next().unwrap_or_default();
                if let Some(port) = ports.last_mut() {
                    port.target = target.to_owned();
                }
            }
            "Endpoints" => {
                if let Some(port) = ports.last_mut() {
                    port.behind = Some(addresses(&entry.value));
                }
            }
            _ => {}
        }
    }
    ports
}

/// Reads `10.1.0.5:8080,10.1.0.6:8080 + 1 more...`.
fn addresses(cell: &str) -> Vec<String> {
    let known = cell.split(" + ").next().unwrap_or_default();
    let each = known.split(',').map(str::trim);
    each.filter(|a| !a.is_empty() && !a.starts_with('<'))
        .map(str::to_owned)
        .collect()
}

/// Who answers behind a service, as the list of endpoints or of their slices tells it, with its line.
fn endpoints(service: &Object, answers: &Answers) -> (Option<Vec<String>>, Option<String>) {
    let same = Object {
        kind: Kind::Endpoints,
        ..service.clone()
    };
    if let Some(listed) = answers.listed(&same) {
        // A plainer question was answered by slices of the same names with an ending each.
        let all = addresses(listed.row.cell("ENDPOINTS"));
        return (Some(all), Some(listed.row.line.clone()));
    }
    let slices: Vec<&Listed> = [Kind::Endpoints, Kind::EndpointSlice]
        .iter()
        .flat_map(|k| answers.all(*k))
        .filter(|l| l.row.has("ADDRESSTYPE") && l.object.namespace == service.namespace)
        .filter(|l| {
            l.object
                .name
                .rsplit_once('-')
                .is_some_and(|(n, _)| n == service.name)
        })
        .collect();
    if slices.is_empty() {
        return (None, None);
    }
    let all = slices
        .iter()
        .flat_map(|l| addresses(l.row.cell("ENDPOINTS")));
    (
        Some(all.collect()),
        slices.first().map(|l| l.row.line.clone()),
    )
}
