//! What kubectl may be asked, and nothing else: `get`, `describe` and `rollout history`, of kinds that are no secrets. A
//! question that writes cannot be put together.

use super::object::{Kind, Object, is_name};

/// Settings that no table and no description shows, as columns: heading and path.
const COLUMNS: &str = "custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,\
DNS:.spec.template.spec.dnsPolicy,SERVERS:.spec.template.spec.dnsConfig.nameservers,\
SCHEDULER:.spec.template.spec.schedulerName";

/// Which objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Those of every namespace.
    All,
    /// Those of one.
    Namespace(String),
    /// Those that lie in none.
    Cluster,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// A table of all objects of a kind.
    Get {
        /// Of which kind.
        kind: Kind,
        /// Which of them.
        scope: Scope,
        /// With further columns.
        wide: bool,
    },
    /// Settings of all workloads of a kind: a few columns of them, or all there is.
    Settings {
        /// Of which kind.
        kind: Kind,
        /// Which of them.
        scope: Scope,
        /// Everything, where columns are not understood.
        full: bool,
    },
    /// Everything about all objects of a kind.
    DescribeAll {
        /// Of which kind.
        kind: Kind,
        /// Which of them.
        scope: Scope,
    },
    /// Everything about one object.
    Describe(Object),
    /// The revisions of a workload, or one of them in full.
    History(Object, Option<u64>),
}

impl Question {
    /// The same in plainer words, where there are some: for a server or a right that does not reach further.
    pub fn plainer(&self) -> Option<Self> {
        match self {
            Self::Get {
                kind,
                scope,
                wide: true,
            } => Some(Self::Get {
                kind: *kind,
                scope: scope.clone(),
                wide: false,
            }),
            Self::Settings {
                kind,
                scope,
                full: false,
            } => Some(Self::Settings {
                kind: *kind,
                scope: scope.clone(),
                full: true,
            }),
            Self::Get {
                kind: Kind::Endpoints,
                scope,
                ..
            } => Some(Self::Get {
                kind: Kind::EndpointSlice,
                scope: scope.clone(),
                wide: false,
            }),
            _ => None,
        }
    }

    /// What it asks for, in a sentence.
    pub fn subject(&self) -> String {
        let kind = |k: &Kind| k.plural().unwrap_or_default();
        match self {
            Self::Get { kind: k, scope, .. } => format!("{}{}", kind(k), place(scope)),
            Self::Settings { kind: k, scope, .. } => {
                format!("settings of {}{}", kind(k), place(scope))
            }
            Self::DescribeAll { kind: k, scope } => {
                format!("details of {}{}", kind(k), place(scope))
            }
            Self::Describe(object) => format!("details of {}", object.shown()),
            Self::History(object, _) => format!("the history of {}", object.shown()),
        }
    }

    /// The arguments after the program; nothing where it is not to be asked.
    pub fn arguments(&self) -> Option<Vec<String>> {
        let mut words: Vec<&str> = Vec::new();
        let (number, whole);
        match self {
            Self::Get { kind, scope, wide } => {
                words.extend(["get", kind.plural()?]);
                words.extend(place_arguments(scope)?);
                words.extend(wide.then_some(["-o", "wide"]).into_iter().flatten());
            }
            Self::Settings { kind, scope, full } => {
                matches!(kind, Kind::Deployment | Kind::StatefulSet).then_some(())?;
                words.extend(["get", kind.plural()?]);
                words.extend(place_arguments(scope)?);
                words.extend(["-o", if *full { "yaml" } else { COLUMNS }]);
            }
            Self::DescribeAll { kind, scope } => {
                words.extend(["describe", kind.plural()?]);
                words.extend(place_arguments(scope)?);
            }
            Self::Describe(object) => {
                object.kind.plural()?;
                words.extend(["describe", object.kind.singular(), named(&object.name)?]);
                words.extend(own_place(object)?);
            }
            Self::History(object, revision) => {
                let workload = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
                workload.contains(&object.kind).then_some(())?;
                whole = format!("{}/{}", object.kind.singular(), named(&object.name)?);
                words.extend(["rollout", "history", &whole]);
                words.extend(own_place(object)?);
                number = revision.map(|n| format!("--revision={n}"));
                words.extend(number.as_deref());
            }
        }
        Some(words.into_iter().map(str::to_owned).collect())
    }
}

fn named(name: &str) -> Option<&str> {
    is_name(name).then_some(name)
}

fn place(scope: &Scope) -> String {
    match scope {
        Scope::Namespace(name) => format!(" in {name}"),
        _ => String::new(),
    }
}

fn place_arguments(scope: &Scope) -> Option<Vec<&str>> {
    Some(match scope {
        Scope::All => vec!["--all-namespaces"],
        Scope::Namespace(name) => vec!["-n", named(name)?],
        Scope::Cluster => vec![],
    })
}

fn own_place(object: &Object) -> Option<Vec<&str>> {
    if object.kind.is_of_cluster() {
        return Some(vec![]);
    }
    Some(vec!["-n", named(&object.namespace)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_question(kind: Kind, name: &str, namespace: &str) -> Vec<Question> {
        let object = Object::new(kind, namespace, name);
        let scopes = [
            Scope::All,
            Scope::Cluster,
            Scope::Namespace(namespace.to_owned()),
        ];
        let mut all = vec![
            Question::Describe(object.clone()),
            Question::History(object.clone(), None),
            Question::History(object, Some(3)),
        ];
        for scope in scopes {
            for wide in [false, true] {
                let scope = scope.clone();
                all.push(Question::Get { kind, scope, wide });
            }
            for full in [false, true] {
                let scope = scope.clone();
                all.push(Question::Settings { kind, scope, full });
            }
            all.push(Question::DescribeAll { kind, scope });
        }
        let plainer: Vec<Question> = all.iter().filter_map(Question::plainer).collect();
        all.extend(plainer);
        all
    }

    #[test]
    fn only_reading_verbs_can_be_put_together_and_secrets_are_never_asked_for() {
        let names = [
            "cart", "-o", "--all", "a b", "x;rm", "$(id)", "", "..", "delete",
        ];
        let mut asked = 0;
        for kind in Kind::all() {
            for (name, namespace) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
                for question in every_question(kind, name, namespace) {
                    let Some(words) = question.arguments() else {
                        continue;
                    };
                    asked += 1;
                    let line = words.join(" ");
                    let reads = ["get ", "describe ", "rollout history "];
                    assert!(reads.iter().any(|verb| line.starts_with(verb)), "{line}");
                    assert!(!line.contains("secret"), "{line}");
                    let options = words.iter().filter(|w| w.starts_with('-'));
                    for option in options {
                        let known = ["-n", "-o", "--all-namespaces", "--revision=3"];
                        assert!(known.contains(&option.as_str()), "{line}");
                    }
                    let shapes = ["-o wide", "-o custom-columns=", "-o yaml"];
                    let shaped = shapes.iter().any(|s| line.contains(s));
                    assert!(!line.contains("-o ") || shaped, "{line}");
                    let whole = line.contains("-o yaml");
                    let workloads = ["get deployments", "get statefulsets"];
                    assert!(
                        !whole || workloads.iter().any(|w| line.starts_with(w)),
                        "{line}"
                    );
                    assert!(!line.contains([';', '$', '(']), "{line}");
                }
            }
        }
        assert!(asked > 100);
    }
}
