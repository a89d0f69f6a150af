//! The kinds of objects of a cluster, and how kubectl calls them.

use super::super::command::argument;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Pod,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Service,
    Endpoints,
    EndpointSlice,
    Ingress,
    HttpRoute,
    VirtualService,
    NetworkPolicy,
    Claim,
    Volume,
    StorageClass,
    ConfigMap,
    Quota,
    LimitRange,
    Autoscaler,
    ServiceAccount,
    Event,
    Node,
    Namespace,
    Component,
    Certificate,
    Secret,
    Webhook,
}

/// How a kind is called: in the singular, as a question names it, and by other words that stand for it. What has no word
/// to ask by is never asked for: what a secret holds is nobody's business here.
const WORDS: &[(Kind, &str, &str, &[&str])] = &[
    (Kind::Pod, "pod", "pods", &["po"]),
    (Kind::Deployment, "deployment", "deployments", &["deploy"]),
    (Kind::ReplicaSet, "replicaset", "replicasets", &["rs"]),
    (Kind::StatefulSet, "statefulset", "statefulsets", &["sts"]),
    (Kind::DaemonSet, "daemonset", "daemonsets", &["ds"]),
    (Kind::Job, "job", "jobs", &[]),
    (Kind::CronJob, "cronjob", "cronjobs", &["cj"]),
    (Kind::Service, "service", "services", &["svc"]),
    (Kind::Endpoints, "endpoints", "endpoints", &["ep"]),
    (Kind::EndpointSlice, "endpointslice", "endpointslices", &[]),
    (Kind::Ingress, "ingress", "ingresses", &["ing"]),
    (Kind::HttpRoute, "httproute", "httproutes", &[]),
    (
        Kind::VirtualService,
        "virtualservice",
        "virtualservices",
        &["vs"],
    ),
    (
        Kind::NetworkPolicy,
        "networkpolicy",
        "networkpolicies",
        &["netpol"],
    ),
    (
        Kind::Claim,
        "persistentvolumeclaim",
        "persistentvolumeclaims",
        &["pvc"],
    ),
    (
        Kind::Volume,
        "persistentvolume",
        "persistentvolumes",
        &["pv"],
    ),
    (
        Kind::StorageClass,
        "storageclass",
        "storageclasses",
        &["sc"],
    ),
    (Kind::ConfigMap, "configmap", "configmaps", &["cm"]),
    (Kind::Quota, "resourcequota", "resourcequotas", &["quota"]),
    (Kind::LimitRange, "limitrange", "limitranges", &["limits"]),
    (Kind::Autoscaler, "horizontalpodautoscaler", "hpa", &[]),
    (
        Kind::ServiceAccount,
        "serviceaccount",
        "serviceaccounts",
        &["sa"],
    ),
    (Kind::Event, "event", "events", &["ev"]),
    (Kind::Node, "node", "nodes", &["no"]),
    (Kind::Namespace, "namespace", "namespaces", &["ns"]),
    (
        Kind::Component,
        "componentstatus",
        "componentstatuses",
        &["cs"],
    ),
    (Kind::Certificate, "certificate", "certificates", &[]),
    (Kind::Secret, "secret", "", &[]),
    (Kind::Webhook, "webhook", "", &[]),
];

impl Kind {
    fn words(self) -> &'static (Kind, &'static str, &'static str, &'static [&'static str]) {
        // Each kind has its line, as a test holds; the first stands in for the compiler's sake.
        WORDS.iter().find(|w| w.0 == self).unwrap_or(&WORDS[0])
    }

    /// `pod`.
    pub fn singular(self) -> &'static str {
        self.words().1
    }

    /// `pods`; nothing where it is never asked for.
    pub fn plural(self) -> Option<&'static str> {
        Some(self.words().2).filter(|w| !w.is_empty())
    }

    /// The kind that a word stands for, in any of its forms.
    pub fn read(word: &str) -> Option<Kind> {
        let word = word.to_ascii_lowercase();
        let plain = word.split('.').next().unwrap_or_default();
        let stands =
            |w: &&(Kind, &str, &str, &[&str])| w.1 == plain || w.2 == plain || w.3.contains(&plain);
        WORDS.iter().find(stands).map(|w| w.0)
    }

    /// Whether it lies in no namespace.
    pub fn is_of_cluster(self) -> bool {
        matches!(
            self,
            Kind::Node
                | Kind::Volume
                | Kind::Namespace
                | Kind::StorageClass
                | Kind::Component
                | Kind::Webhook
        )
    }

    /// Whether it makes pods for as long as it stands.
    pub fn is_workload(self) -> bool {
        matches!(
            self,
            Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::Job | Kind::CronJob
        )
    }

    /// Every kind.
    #[cfg(test)]
    pub fn all() -> impl Iterator<Item = Kind> {
        WORDS.iter().map(|w| w.0)
    }
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Where it lies; empty where it lies in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Object {
    /// One of a namespace.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.is_of_cluster() { "" } else { namespace };
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// `pod/cart-7d9f`.
    pub fn shown(&self) -> String {
        format!("{}/{}", self.kind.singular(), self.name)
    }

    /// Reads `ReplicaSet/cart-7d9f`.
    pub fn read(namespace: &str, words: &str) -> Option<Self> {
        let (kind, name) = words.trim().split_once('/')?;
        Some(Self::new(Kind::read(kind)?, namespace, name))
    }

    /// Reads `shop/deployment/cart`, as a setting has it.
    pub fn of_setting(words: &str) -> Option<Self> {
        let parts: Vec<&str> = words.split('/').collect();
        let [namespace, kind, name] = parts[..] else {
            return None;
        };
        let fine = is_name(namespace) && is_name(name);
        Kind::read(kind)
            .filter(|k| fine && (k.is_workload() || matches!(k, Kind::Service | Kind::Pod)))
            .map(|kind| Self::new(kind, namespace, name))
    }
}

/// Whether a text can be an object's name, and nothing that a program could take for an option.
pub(super) fn is_name(name: &str) -> bool {
    argument(name).is_ok() && !name.contains('@') && name.len() <= 253
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_words_and_is_read_by_them() {
        for kind in Kind::all() {
            assert_eq!(Kind::read(kind.singular()), Some(kind));
            if let Some(plural) = kind.plural() {
                assert_eq!(Kind::read(plural), Some(kind));
            }
        }
        assert_eq!(Kind::read("Deployment.apps"), Some(Kind::Deployment));
        assert_eq!(
            Object::of_setting("shop/deploy/cart").map(|o| o.shown()),
            Some("deployment/cart".into())
        );
        for wrong in [
            "cart",
            "shop/cart",
            "shop/secret/x",
            "shop/deploy/-o",
            "shop/deploy/",
        ] {
            assert_eq!(Object::of_setting(wrong), None, "{wrong}");
        }
    }
}
