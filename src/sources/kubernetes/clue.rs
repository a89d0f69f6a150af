//! What single words of the cluster about a pod mean: reasons of events, reasons of states, kubectl's column of statuses.

use super::answers::Event;
use super::container::Container;

/// How far a pod has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has no node.
    Unplaced,
    /// It has a node, and its containers do not run yet.
    Starting,
    /// Its containers run, or ran.
    Running,
}

/// What something tells of a pod's trouble.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clue {
    /// In a word or two.
    pub kind: &'static str,
    /// How surely.
    pub weight: f64,
    /// In words, to follow the name of the workload.
    pub says: String,
    /// Whether it may come of what the program calls.
    pub is_soft: bool,
    /// Whether what it mounts may be the cause.
    pub is_mount: bool,
    /// Seconds since it began.
    pub ago: Option<i64>,
    /// The lines that tell it.
    pub lines: Vec<String>,
    /// How it is asked again.
    pub query: String,
}

impl Clue {
    /// One that comes of nothing else.
    pub fn hard(kind: &'static str, weight: f64, says: impl Into<String>) -> Self {
        Self {
            kind,
            weight,
            says: says.into(),
            is_soft: false,
            is_mount: false,
            ago: None,
            lines: Vec::new(),
            query: String::new(),
        }
    }

    /// One that may come of what the program calls.
    pub fn soft(kind: &'static str, weight: f64, says: impl Into<String>) -> Self {
        Self {
            is_soft: true,
            ..Self::hard(kind, weight, says)
        }
    }

    /// One that may come of what it mounts.
    fn mount(kind: &'static str, weight: f64, says: impl Into<String>) -> Self {
        Self {
            is_mount: true,
            ..Self::hard(kind, weight, says)
        }
    }
}

/// Words of a failed pull, with what they mean and how surely that is a fault of the image's name itself.
const PULLS: &[(&[&str], &str)] = &[
    (
        &[
            "invalid reference format",
            "couldn't parse image",
            "invalidimagename",
        ],
        "names an image in a form that cannot be",
    ),
    (
        &["no such host", "server misbehaving"],
        "names a registry that no name server knows",
    ),
    (
        &[
            "unauthorized",
            "authentication required",
            "denied",
            "insufficient_scope",
            "no basic auth",
            "403 forbidden",
            "authorization failed",
        ],
        "is refused its image: it does not exist, or the pull secret does not open it",
    ),
    (
        &[
            "not found",
            "manifest unknown",
            "no such image",
            "name unknown",
            "does not exist",
        ],
        "names an image that its registry does not have",
    ),
    (
        &["x509", "certificate"],
        "names a registry whose certificate is not trusted",
    ),
    (
        &[
            "connection refused",
            "i/o timeout",
            "timed out",
            "deadline exceeded",
            "tls handshake",
        ],
        "cannot reach its registry",
    ),
    (
        &["too many requests", "toomanyrequests", "rate limit"],
        "is turned away by its registry for too many pulls",
    ),
    (
        &["errimageneverpull", "never pull"],
        "may not pull its image, and its node does not have it",
    ),
];

/// What a text about an image says.
fn of_pull(text: &str) -> Option<Clue> {
    let low = text.to_lowercase();
    let found = PULLS
        .iter()
        .find(|(words, _)| words.iter().any(|w| low.contains(w)))?;
    Some(Clue::hard("image", 0.95, found.1))
}

/// What a text about a container that cannot be made or started says.
fn of_start(text: &str) -> Option<Clue> {
    let low = text.to_lowercase();
    let has = |all: &[&str]| all.iter().any(|w| low.contains(w));
    let named = || {
        text.split('"')
            .nth(1)
            .filter(|n| n.len() < 100)
            .unwrap_or("")
    };
    if low.contains("configmap")
        && has(&["not found", "couldn't find key", "non-existent config key"])
    {
        let what = if low.contains("key") {
            "needs a key that its config map has not"
        } else {
            "needs a config map that does not exist"
        };
        return Some(Clue::mount("config", 0.95, missing(what, text)));
    }
    if low.contains("secret") && has(&["not found", "couldn't find key", "non-existent secret key"])
    {
        let what = if low.contains("key") {
            "needs a key that its secret has not"
        } else {
            "needs a secret that does not exist"
        };
        return Some(Clue::mount("config", 0.95, missing(what, text)));
    }
    if has(&["runasnonroot", "run as root", "non-numeric user"]) {
        return Some(Clue::hard(
            "security",
            0.95,
            "may not run as root, and its image does",
        ));
    }
    if has(&[
        "executable file not found",
        "no such file or directory",
        "permission denied: unknown",
        "exec format error",
        "is a directory",
    ]) && has(&["exec", "runc", "oci runtime", "start container"])
    {
        let program = text
            .split("exec: ")
            .nth(1)
            .and_then(|t| t.split('"').nth(1));
        return Some(Clue::hard(
            "command",
            0.95,
            match program {
                Some(p) => format!("is started with {p}, which its image cannot run"),
                None => "is started with what its image cannot run".to_owned(),
            },
        ));
    }
    if has(&[
        "oci runtime create failed",
        "runc create failed",
        "failed to create containerd task",
        "context deadline exceeded",
    ]) {
        return Some(Clue::hard(
            "start",
            0.85,
            "has a container that cannot be made",
        ));
    }
    has(&["not found"])
        .then(|| Clue::mount("config", 0.9, missing("needs what does not exist", named())))
}

/// With the name of what is missing, where it is told.
fn missing(what: &str, text: &str) -> String {
    let mut quoted = text.split('"');
    let name = quoted.nth(1).filter(|n| !n.is_empty() && n.len() < 100);
    let key = text.split("couldn't find key ").nth(1);
    match (key, name) {
        (Some(key), _) => {
            let words: String = key.chars().take(120).collect();
            format!("{what}: {words}")
        }
        (None, Some(name)) => format!("{what}: {name}"),
        (None, None) => what.to_owned(),
    }
}

/// What a failed mount says.
fn of_mount(event: &Event) -> Clue {
    let low = event.message.to_lowercase();
    let has = |all: &[&str]| all.iter().any(|w| low.contains(w));
    if (low.contains("configmap")
        || low.contains("secret")
        || low.contains("config key")
        || low.contains("secret key"))
        && let Some(clue) = of_start(&event.message)
    {
        return clue;
    }
    if has(&[
        "multi-attach",
        "already exclusively attached",
        "already used by pod",
    ]) {
        return Clue::mount("volume", 0.9, "waits for a volume that another pod holds");
    }
    if has(&[
        "permission denied",
        "access denied",
        "operation not permitted",
    ]) {
        return Clue::mount("volume", 0.9, "is not allowed to mount its volume");
    }
    if has(&[
        "timed out waiting",
        "deadline exceeded",
        "connection refused",
        "no such host",
        "no route",
    ]) {
        return Clue::mount("volume", 0.85, "waits for a volume that does not come");
    }
    Clue::mount("volume", 0.9, "cannot mount its volume")
}

/// What a failed probe says.
fn of_probe(event: &Event) -> Option<Clue> {
    let (probe, rest) = event.message.split_once(" probe ")?;
    let probe = probe.split_whitespace().last()?.to_lowercase();
    let low = rest.to_lowercase();
    let has = |all: &[&str]| all.iter().any(|w| low.contains(w));
    let says = |what: &str| format!("fails its {probe} probe: {what}");
    Some(
        if has(&[
            "statuscode: 404",
            "statuscode: 405",
            "statuscode: 400",
            "statuscode: 401",
            "statuscode: 403",
            "unknown service",
            "unimplemented",
        ]) {
            Clue::hard("probe", 0.85, says("what it asks for is not there"))
        } else if has(&[
            "executable file not found",
            "no such file",
            "http response to https",
            "malformed http",
            "first record does not look like a tls",
        ]) {
            Clue::hard("probe", 0.9, says("it cannot be asked in this way"))
        } else if has(&["statuscode: 5"]) {
            Clue::soft("probe", 0.7, says("it answers with an error"))
        } else if has(&["connection refused"]) {
            Clue::soft("probe", 0.72, says("nothing listens where it asks"))
        } else if has(&["deadline exceeded", "timeout", "timed out"]) {
            Clue::soft("probe", 0.7, says("no answer in time"))
        } else {
            Clue::soft("probe", 0.7, says("no good answer"))
        },
    )
}

/// What an event means for a pod at a stage; nothing where it belongs to an earlier one.
pub(super) fn of_event(event: &Event, stage: Stage) -> Option<Clue> {
    let message = event.message.as_str();
    let low = message.to_lowercase();
    let starting = stage == Stage::Starting;
    let clue = match event.reason.as_str() {
        "Failed" | "InspectFailed" | "ErrImageNeverPull" if starting => {
            if low.contains("pull") || low.contains("image") {
                of_pull(message)
            } else {
                of_start(message)
            }
        }
        "FailedToRetrieveImagePullSecret" if starting => Some(Clue::hard(
            "image",
            0.6,
            "has a pull secret that cannot be read",
        )),
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" if starting => {
            Some(of_mount(event))
        }
        "FailedCreatePodSandBox" | "NetworkNotReady" if starting => Some(Clue::hard(
            "pod network",
            0.85,
            "gets no network on its node",
        )),
        "FailedPostStartHook" => Some(Clue::hard(
            "command",
            0.85,
            "fails what it runs right after its start",
        )),
        "Failed" if stage == Stage::Running => of_start(message).filter(|c| c.kind == "command"),
        "Unhealthy" if stage == Stage::Running => of_probe(event),
        "BackOff" if stage == Stage::Running && low.contains("restarting failed") => {
            Some(Clue::soft("crash", 0.68, "ends soon after each start"))
        }
        "Evicted" => Some(evicted(message)),
        _ => None,
    };
    clue.map(|c| Clue {
        ago: event.times.first,
        lines: vec![event.line.clone()],
        query: event.query.clone(),
        ..c
    })
}

fn evicted(message: &str) -> Clue {
    let low = message.to_lowercase();
    if let Some(rest) = low
        .split("container ")
        .nth(1)
        .filter(|r| r.contains("was using") || r.contains("exceeds"))
    {
        let name = rest.split_whitespace().next().unwrap_or_default();
        return Clue::hard(
            "evicted",
            0.8,
            format!("was put off its node: its container {name} took more than it may"),
        );
    }
    Clue::hard(
        "evicted",
        0.6,
        "was put off its node, which ran out of something",
    )
}

/// What the states of containers mean.
pub(super) fn of_container(container: &Container, is_flapping: bool) -> Option<Clue> {
    let (now, before) = (&container.now, &container.before);
    let waits = now.state == "Waiting";
    let by_reason = match now.reason.as_str() {
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" if waits => {
            Some(of_pull(&format!("{} {}", now.reason, now.message)).unwrap_or_else(image))
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" if waits => {
            Some(of_start(&now.message).unwrap_or_else(|| {
                Clue::hard("start", 0.85, "has a container that cannot be made")
            }))
        }
        _ => None,
    };
    if by_reason.is_some() {
        return by_reason;
    }
    let ended = if now.state == "Terminated" {
        now
    } else {
        before
    };
    if ended.state != "Terminated" || ended.reason == "Completed" && !is_flapping {
        return None;
    }
    let ago = ended.ended;
    let own = of_start(&ended.message).filter(|c| c.kind == "command");
    let clue = match (ended.reason.as_str(), ended.exit) {
        ("OOMKilled", _) => {
            let limit = container.limits.iter().find(|(r, _)| r == "memory");
            let most = limit.map_or(String::new(), |(_, l)| format!(" of {l}"));
            Clue::hard(
                "out of memory",
                0.92,
                format!("is killed because it needs more memory than its limit{most}"),
            )
        }
        ("StartError" | "ContainerCannotRun", _) => own.unwrap_or_else(|| {
            Clue::hard("command", 0.92, "is started with what its image cannot run")
        }),
        (_, Some(code @ (126 | 127))) => Clue::hard(
            "command",
            0.9,
            format!("ends with code {code}: its command cannot be run"),
        ),
        (_, Some(139)) => Clue::hard("crash", 0.8, "crashes with a memory fault (code 139)"),
        (_, Some(0)) => Clue::soft(
            "crash",
            0.65,
            "ends by itself, with nothing amiss, and is started anew",
        ),
        (_, Some(code)) => Clue::soft(
            "crash",
            0.72,
            format!("ends with code {code} and is started anew"),
        ),
        _ => return None,
    };
    Some(Clue { ago, ..clue })
}

fn image() -> Clue {
    Clue::hard("image", 0.92, "cannot get its image")
}

/// What kubectl's word for a pod's status means, where nothing else tells more.
pub(super) fn of_status(status: &str) -> Option<Clue> {
    let word = status.strip_prefix("Init:").unwrap_or(status);
    Some(match word {
        "InvalidImageName" => Clue::hard("image", 0.94, "names an image in a form that cannot be"),
        "ErrImagePull"
        | "ImagePullBackOff"
        | "ErrImageNeverPull"
        | "ImageInspectError"
        | "RegistryUnavailable" => image(),
        "CreateContainerConfigError" => Clue::mount(
            "config",
            0.9,
            "lacks a setting, a config map or a secret that it is started with",
        ),
        "CreateContainerError" | "RunContainerError" | "StartError" | "ContainerCannotRun" => {
            Clue::hard("command", 0.9, "has a container that cannot be started")
        }
        "PostStartHookError" => {
            Clue::hard("command", 0.85, "fails what it runs right after its start")
        }
        "OOMKilled" => Clue::hard(
            "out of memory",
            0.92,
            "is killed because it needs more memory than its limit",
        ),
        "CrashLoopBackOff" | "Error" => Clue::soft("crash", 0.7, "ends soon after each start"),
        "Evicted" => Clue::hard("evicted", 0.6, "was put off its node"),
        "OutOfcpu" | "OutOfmemory" | "OutOfpods" | "NodeAffinity" | "UnexpectedAdmissionError" => {
            Clue::hard(
                "scheduling",
                0.8,
                "is turned away by the node it was placed on",
            )
        }
        "Unknown" | "NodeLost" => Clue::soft("node", 0.7, "is on a node that is not heard of"),
        _ if word.starts_with("ExitCode:") || word.starts_with("Signal:") => {
            Clue::soft("crash", 0.7, "ends soon after each start")
        }
        _ => return None,
    })
}
