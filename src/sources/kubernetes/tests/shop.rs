//! A small shop in a cluster, as kubectl tells of it: a front that calls a cart and a catalogue, a cart that calls its
//! store, and what every cluster has. Each test spoils a part of it.

use super::super::answers::Answers;
use super::super::ask::Answer;
use super::super::object::{Kind, Object};
use super::super::question::{Question, Scope};
use super::super::{Naming, ToldByCluster, judged};
use crate::domain::{Instant, Window};
use crate::sources::Names;
use chrono::Duration;
use std::collections::BTreeMap;

/// Headings, and rows.
type Rows = (Vec<String>, Vec<Vec<String>>);

pub(super) const PODS: &str = "get pods -n shop -o wide";
pub(super) const DEPLOYMENTS: &str = "get deployments -n shop -o wide";
pub(super) const REPLICA_SETS: &str = "get replicasets -n shop -o wide";
pub(super) const SERVICES: &str = "get services -n shop -o wide";
pub(super) const ENDPOINTS: &str = "get endpoints -n shop";
pub(super) const SYSTEM_PODS: &str = "get pods -n kube-system -o wide";

/// Every table: the question it answers, its headings, and what stands in it beside the applications.
const TABLES: [(&str, &str, &[&str]); 17] = [
    (
        PODS,
        "NAME  READY  STATUS  RESTARTS  AGE  IP  NODE",
        &["seed-x7k2p  0/1  Completed  0  3d  10.244.1.9  worker-1"],
    ),
    (
        DEPLOYMENTS,
        "NAME  READY  UP-TO-DATE  AVAILABLE  AGE  CONTAINERS  IMAGES  SELECTOR",
        &[],
    ),
    (
        REPLICA_SETS,
        "NAME  DESIRED  CURRENT  READY  AGE  CONTAINERS  IMAGES  SELECTOR",
        &[],
    ),
    (
        SERVICES,
        "NAME  TYPE  CLUSTER-IP  EXTERNAL-IP  PORT(S)  AGE  SELECTOR",
        &[],
    ),
    (ENDPOINTS, "NAME  ENDPOINTS  AGE", &[]),
    (
        "get events -n shop",
        "LAST SEEN  TYPE  REASON  OBJECT  MESSAGE",
        &[],
    ),
    (
        "get configmaps -n shop",
        "NAME  DATA  AGE",
        &["kube-root-ca.crt  1  3d", "cart-config  2  3d"],
    ),
    (
        "get resourcequotas -n shop",
        "NAME  AGE  REQUEST  LIMIT",
        &[],
    ),
    (
        "get networkpolicies -n shop",
        "NAME  POD-SELECTOR  AGE",
        &[],
    ),
    (
        "get persistentvolumeclaims -n shop",
        "NAME  STATUS  VOLUME  CAPACITY  ACCESS MODES  STORAGECLASS  AGE",
        &[],
    ),
    (
        "get ingresses -n shop",
        "NAME  CLASS  HOSTS  ADDRESS  PORTS  AGE",
        &[],
    ),
    (
        "get jobs -n shop",
        "NAME  COMPLETIONS  DURATION  AGE",
        &["seed  1/1  14s  3d"],
    ),
    (
        "get nodes",
        "NAME  STATUS  ROLES  AGE  VERSION",
        &[
            "cp  Ready  control-plane  3d  v1.31.2",
            "worker-1  Ready  <none>  3d  v1.31.2",
            "worker-2  Ready  <none>  3d  v1.31.2",
        ],
    ),
    ("get namespaces", "NAME  STATUS  AGE", &["shop  Active  3d"]),
    (
        // After a boot everything restarts a few times: that is long over.
        SYSTEM_PODS,
        "NAME  READY  STATUS  RESTARTS  AGE  IP  NODE",
        &[
            "coredns-668d6bf9bc-7xk2p  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  worker-1",
            "etcd-cp  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  cp",
            "kube-apiserver-cp  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  cp",
            "kube-controller-manager-cp  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  cp",
            "kube-scheduler-cp  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  cp",
            "kube-proxy-x7k2p  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  worker-1",
            "kube-proxy-m9wqt  1/1  Running  2 (2d23h ago)  3d  172.18.0.2  worker-2",
        ],
    ),
    (
        "get deployments -n kube-system -o wide",
        "NAME  READY  UP-TO-DATE  AVAILABLE  AGE  CONTAINERS  IMAGES  SELECTOR",
        &["coredns  1/1  1  1  3d  coredns  coredns:1.11  k8s-app=kube-dns"],
    ),
    (
        "get daemonsets -n kube-system -o wide",
        "NAME  DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  AGE",
        &["kube-proxy  2  2  2  2  2  kubernetes.io/os=linux  3d"],
    ),
];

/// Every application: its name, the port it opens, the pod that runs it, where, and the address it is given.
const APPS: [(&str, u16, &str, &str, &str); 4] = [
    (
        "front",
        8080,
        "front-6d5b9f7c4-k2xvz",
        "worker-1",
        "cart:7070",
    ),
    (
        "cart",
        7070,
        "cart-7d9f8b6c5d-x2xvk",
        "worker-2",
        "cart-store:6379",
    ),
    (
        "catalogue",
        3550,
        "catalogue-5c8d7b9f6-m4wqt",
        "worker-1",
        "",
    ),
    (
        "cart-store",
        6379,
        "cart-store-8f6d5c4b7-p9zrl",
        "worker-2",
        "",
    ),
];

/// What kubectl answers.
pub(super) struct Shop {
    tables: BTreeMap<&'static str, Rows>,
    texts: BTreeMap<String, String>,
}

/// Cells with two spaces between them; a point stands for an empty one.
fn row(cells: &str) -> Vec<String> {
    let cells = cells.split("  ");
    cells
        .map(|c| if c == "." { "" } else { c }.to_owned())
        .collect()
}

impl Shop {
    /// All is well, as it has been for three days.
    pub fn healthy() -> Self {
        let mut shop = Self {
            tables: BTreeMap::new(),
            texts: BTreeMap::new(),
        };
        for (words, headings, rows) in TABLES {
            shop.tables.insert(words, (row(headings), Vec::new()));
            for cells in rows {
                shop.row(words, cells);
            }
        }
        for (n, app) in APPS.iter().enumerate() {
            shop.app(n, app);
        }
        shop
    }

    fn app(&mut self, n: usize, (name, port, pod, node, address): &(&str, u16, &str, &str, &str)) {
        let set = pod.rsplit_once('-').map_or("", |(set, _)| set);
        let (image, selector) = (format!("shop/{name}:1.2"), format!("app={name}"));
        let (ip, behind) = (format!("10.244.1.{n}"), format!("10.244.1.{n}:{port}"));
        let hash = set.rsplit_once('-').map_or("", |(_, hash)| hash);
        self.add(PODS, &[pod, "1/1", "Running", "0", "3d", &ip, node]);
        self.add(
            DEPLOYMENTS,
            &[name, "1/1", "1", "1", "3d", "server", &image, &selector],
        );
        let own = format!("{selector},pod-template-hash={hash}");
        self.add(
            REPLICA_SETS,
            &[set, "1", "1", "1", "3d", "server", &image, &own],
        );
        self.add(
            SERVICES,
            &[
                name,
                "ClusterIP",
                "10.96.1.2",
                "<none>",
                &format!("{port}/TCP"),
                "3d",
                &selector,
            ],
        );
        self.add(ENDPOINTS, &[name, &behind, "3d"]);
        let container = format!(
            "    Image:      {image}\n    Port:       {port}/TCP\n    Host Port:  0/TCP\n    Limits:\n      cpu:     300m\n      memory:  128Mi\n    \
             Liveness:   http-get http://:{port}/healthz delay=0s timeout=1s period=10s #success=1 #failure=3\n    \
             Environment:\n      ADDR:  {address}\n      TOKEN:  hunter2hunter2\n    Mounts:  <none>\n"
        );
        self.texts.insert(
            format!("describe deployment {name} -n shop"),
            format!(
                "Name:  {name}\nNamespace:  shop\nSelector:  {selector}\nPod Template:\n  Labels:  {selector}\n  Containers:\n   server:\n{container}  Volumes:  <none>\n\
                 Conditions:\n  Type           Status  Reason\n  ----           ------  ------\n  Available      True    MinimumReplicasAvailable\nEvents:  <none>\n"
            ),
        );
        self.texts.insert(
            format!("describe service {name} -n shop"),
            format!(
                "Name:  {name}\nNamespace:  shop\nSelector:  {selector}\nType:  ClusterIP\nPort:  <unset>  {port}/TCP\nTargetPort:  {port}/TCP\nEndpoints:  {behind}\nEvents:  <none>\n"
            ),
        );
    }

    fn add(&mut self, words: &str, cells: &[&str]) -> &mut Self {
        let known = self.tables.get_mut(words).expect("a table");
        known
            .1
            .push(cells.iter().map(|c| (*c).to_owned()).collect());
        self
    }

    /// A further row of a table, as `row` reads it.
    pub fn row(&mut self, words: &str, cells: &str) -> &mut Self {
        let known = self.tables.get_mut(words).expect("a table");
        known.1.push(row(cells));
        self
    }

    /// Another value in a cell.
    pub fn set(&mut self, words: &str, name: &str, heading: &str, value: &str) -> &mut Self {
        let (headings, rows) = self.tables.get_mut(words).expect("a table");
        let column = headings
            .iter()
            .position(|h| *h == heading)
            .expect("a column");
        let row = rows
            .iter_mut()
            .find(|r| r[0] == name || r[0].starts_with(&format!("{name}-")));
        row.expect("a row")[column] = value.to_owned();
        self
    }

    pub fn remove(&mut self, words: &str, name: &str) -> &mut Self {
        let known = self.tables.get_mut(words).expect("a table");
        known
            .1
            .retain(|r| r[0] != name && !r[0].starts_with(&format!("{name}-")));
        self
    }

    /// A pod and its deployment stand so.
    pub fn pod(&mut self, app: &str, status: &str, restarts: &str) -> &mut Self {
        self.set(PODS, app, "STATUS", status)
            .set(PODS, app, "READY", "0/1")
            .set(PODS, app, "RESTARTS", restarts)
            .set(DEPLOYMENTS, app, "READY", "0/1")
            .set(ENDPOINTS, app, "ENDPOINTS", "<none>")
            .change(
                &format!("describe service {app} -n shop"),
                "Endpoints:  10",
                "Endpoints:  <none>  ",
            )
    }

    /// Its new pod has no node.
    pub fn unplaced(&mut self, app: &str) -> &mut Self {
        self.set(PODS, app, "NODE", "<none>")
            .set(PODS, app, "AGE", "4m")
    }

    /// A deployment whose pods were never made.
    pub fn no_pods(&mut self, app: &str) -> &mut Self {
        self.pod(app, "Pending", "0")
            .remove(PODS, app)
            .set(REPLICA_SETS, app, "CURRENT", "0")
    }

    pub fn warn(&mut self, ago: &str, object: &str, reason: &str, message: &str) -> &mut Self {
        self.add(
            "get events -n shop",
            &[ago, "Warning", reason, object, message],
        )
    }

    /// Other words in a description.
    pub fn change(&mut self, words: &str, from: &str, to: &str) -> &mut Self {
        let text = self.texts.get_mut(words).expect("a text");
        *text = text.replace(from, to);
        self
    }

    pub fn tell(&mut self, words: &str, text: &str) -> &mut Self {
        self.texts.insert(words.to_owned(), text.to_owned());
        self
    }

    /// What is told of it by now.
    pub fn look(&self) -> ToldByCluster {
        let mut answers = Answers::default();
        let tables = self
            .tables
            .iter()
            .map(|(words, rows)| ((*words).to_owned(), printed(rows)));
        let texts = self.texts.iter().map(|(w, t)| (w.clone(), t.clone()));
        for (words, text) in tables.chain(texts) {
            let query = format!("kubectl {words}");
            answers.take(vec![(question(&words), Ok(Answer { text, query }))]);
        }
        let now = Instant::default() + Duration::days(20_000);
        let window = Window {
            normal_from: now - Duration::days(2),
            recent_from: now - Duration::hours(2),
            to: now,
            changes_from: now - Duration::hours(6),
        };
        let names = APPS.map(|a| (a.0.to_owned(), Vec::new()));
        let names = Names::new(names.into());
        let naming = Naming {
            fixed: &BTreeMap::new(),
            names: &names,
        };
        judged("cluster", answers, &naming, window, now)
    }
}

/// A table as kubectl prints it.
fn printed((headings, rows): &Rows) -> String {
    let all: Vec<Vec<String>> = std::iter::once(headings.clone())
        .chain(rows.clone())
        .collect();
    let width = |n: usize| all.iter().map(|r| r[n].chars().count()).max().unwrap_or(0) + 3;
    let line = |r: &Vec<String>| {
        let cells = r
            .iter()
            .enumerate()
            .map(|(n, c)| format!("{c:<w$}", w = width(n)));
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    all.iter().map(line).collect()
}

/// The question that is asked in these words.
fn question(words: &str) -> Question {
    let all: Vec<&str> = words.split(' ').collect();
    let namespace = all
        .iter()
        .position(|w| *w == "-n")
        .map(|n| all[n + 1].to_owned());
    let object = |kind: &str, name: &str| {
        Object::new(
            Kind::read(kind).expect("a kind"),
            namespace.as_deref().unwrap_or_default(),
            name,
        )
    };
    match all[..] {
        ["get", kind, "settings", ..] => Question::Settings {
            kind: Kind::read(kind).expect("a kind"),
            scope: namespace.map_or(Scope::Cluster, Scope::Namespace),
            full: false,
        },
        ["get", kind, ..] => Question::Get {
            kind: Kind::read(kind).expect("a kind"),
            scope: namespace.map_or(Scope::Cluster, Scope::Namespace),
            wide: words.ends_with("wide"),
        },
        ["describe", kind, name, ..] => Question::Describe(object(kind, name)),
        ["rollout", "history", named, .., last] => {
            let (kind, name) = named.split_once('/').expect("a kind and a name");
            let number = last
                .strip_prefix("--revision=")
                .and_then(|n| n.parse().ok());
            Question::History(object(kind, name), number)
        }
        _ => panic!("{words}"),
    }
}
