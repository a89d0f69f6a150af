//! Settings of workloads that no table and no description shows: who resolves their names, and who places their pods.

use super::table::rows;
use std::collections::BTreeMap;

/// Settings of one workload; empty where they are not set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Settings {
    /// Where it lies.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `ClusterFirst`, `Default`, `None`.
    pub dns: String,
    /// Name servers of its own.
    pub servers: String,
    /// Who places its pods.
    pub scheduler: String,
    /// The lines that tell it.
    pub lines: Vec<String>,
}

/// Reads the columns, or the objects in full.
pub(super) fn read(text: &str) -> Vec<Settings> {
    let listed = rows(text);
    if listed.iter().any(|r| r.has("DNS")) {
        return listed
            .iter()
            .map(|r| Settings {
                namespace: r.cell("NAMESPACE").to_owned(),
                name: r.cell("NAME").to_owned(),
                dns: r.cell("DNS").to_owned(),
                servers: r.cell("SERVERS").trim_matches(['[', ']']).to_owned(),
                scheduler: r.cell("SCHEDULER").to_owned(),
                lines: vec![r.line.clone()],
            })
            .collect();
    }
    objects(text).iter().map(|lines| of_object(lines)).collect()
}

/// The lines of each object: of one alone, or of those in a list.
fn objects(text: &str) -> Vec<Vec<&str>> {
    let mut all: Vec<Vec<&str>> = Vec::new();
    let is_list = text.lines().any(|l| l.starts_with("items:"));
    for line in text.lines() {
        let begins = if is_list {
            line.starts_with("- ")
        } else {
            line.starts_with("apiVersion:")
        };
        if begins {
            all.push(Vec::new());
        }
        if let Some(object) = all.last_mut() {
            object.push(line);
        }
    }
    all
}

/// What an object in full says. Only these keys are looked at, wherever they stand first: each means one thing.
fn of_object(lines: &[&str]) -> Settings {
    let mut found = Settings::default();
    let mut within: BTreeMap<usize, &str> = BTreeMap::new();
    for line in lines {
        let bare = line.trim_start();
        // What an item of a list says stands behind its dash.
        let dash = if bare.starts_with("- ") { 2 } else { 0 };
        let depth = line.len() - bare.len() + dash;
        within.split_off(&depth);
        let Some((key, value)) = bare.trim_start_matches("- ").split_once(':') else {
            if within.values().next_back() == Some(&"nameservers") {
                let server = bare.trim_start_matches("- ");
                found.servers = [found.servers.as_str(), server].join(" ").trim().to_owned();
            }
            continue;
        };
        let in_metadata = within.values().eq(["metadata"].iter());
        let value = value.trim();
        let slot = match key {
            "name" if in_metadata => Some(&mut found.name),
            "namespace" if in_metadata => Some(&mut found.namespace),
            "dnsPolicy" => Some(&mut found.dns),
            "schedulerName" => Some(&mut found.scheduler),
            _ => None,
        };
        if let Some(slot) = slot {
            value.clone_into(slot);
            if key.starts_with("dns") || key.starts_with("sched") {
                found.lines.push(bare.to_owned());
            }
        }
        within.insert(depth, key);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_from_columns_and_from_objects_in_full() {
        let columns = "NAMESPACE   NAME   DNS       SERVERS       SCHEDULER\nshop        cart   None      [192.0.2.1]   default-scheduler\n";
        let full = "apiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    labels:\n      name: other\n    name: cart\n    namespace: shop\n  spec:\n    template:\n      metadata:\n        name: no\n      spec:\n        containers:\n        - image: a\n          name: server\n        dnsConfig:\n          nameservers:\n          - 192.0.2.1\n        dnsPolicy: None\n        schedulerName: default-scheduler\nkind: List\n";
        for text in [columns, full] {
            let all = read(text);
            assert_eq!(all.len(), 1, "{text}");
            let s = &all[0];
            assert_eq!(
                (
                    s.namespace.as_str(),
                    s.name.as_str(),
                    s.dns.as_str(),
                    s.servers.as_str(),
                    s.scheduler.as_str()
                ),
                ("shop", "cart", "None", "192.0.2.1", "default-scheduler")
            );
        }
    }
}
