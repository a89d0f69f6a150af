//! Which service of the catalog an object belongs to.

use super::object::{Kind, Object};
use super::state::State;
use crate::sources::Names;
use std::collections::BTreeMap;

/// Labels that name what runs, the most telling first.
const LABELS: [&str; 6] = [
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "service",
    "name",
    "app.kubernetes.io/instance",
];

/// Names of the catalog for objects.
pub(super) struct Naming<'a> {
    /// Set by hand: objects with their service.
    pub fixed: &'a BTreeMap<Object, String>,
    /// By likeness of names.
    pub names: &'a Names,
}

impl Naming<'_> {
    /// The service of an object; its own name where the catalog has none.
    pub fn service(&self, state: &State, object: &Object) -> String {
        self.known(state, object)
            .unwrap_or_else(|| object.name.clone())
    }

    fn known(&self, state: &State, object: &Object) -> Option<String> {
        let near = self.near(state, object);
        let fixed = near.iter().find_map(|o| self.fixed.get(o)).cloned();
        if fixed.is_some() || object.kind == Kind::Node {
            return fixed;
        }
        let by_name = near.iter().find_map(|o| self.names.service(&o.name));
        let labels = state.workload(object).map(|w| &w.labels);
        let by_label = || {
            let labels = labels?;
            let value = |l: &&str| labels.iter().find(|(k, _)| k == l).map(|(_, v)| v);
            LABELS
                .iter()
                .filter_map(value)
                .find_map(|v| self.names.service(v))
        };
        by_name.or_else(by_label).map(str::to_owned)
    }

    /// An object, then the services before a workload, or the workloads behind a service.
    fn near(&self, state: &State, object: &Object) -> Vec<Object> {
        let mut near = vec![object.clone()];
        if object.kind == Kind::Service {
            let service = state.services.iter().find(|s| s.object == *object);
            let behind = state.workloads.iter().filter(|w| {
                w.object.namespace == object.namespace
                    && service.is_some_and(|s| s.matches(&w.labels))
            });
            near.extend(behind.map(|w| w.object.clone()));
        } else if let Some(workload) = state.workload(object) {
            let before = state
                .services
                .iter()
                .filter(|s| s.object.namespace == object.namespace && s.matches(&workload.labels));
            near.extend(before.map(|s| s.object.clone()));
        }
        near
    }
}
