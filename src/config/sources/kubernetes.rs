//! Settings of a Kubernetes cluster.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A Kubernetes cluster, asked through kubectl.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kubernetes {
    /// Its name in findings.
    pub name: String,
    /// kubectl, with options of one's own.
    #[serde(default = "kubectl")]
    pub command: Vec<String>,
    /// The context of the kubeconfig; the current one where empty.
    #[serde(default)]
    pub context: String,
    /// Which namespaces are looked at; all where empty.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Services of the catalog as namespace/kind/name, where the names do not tell.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
}

fn kubectl() -> Vec<String> {
    vec!["kubectl".into()]
}
