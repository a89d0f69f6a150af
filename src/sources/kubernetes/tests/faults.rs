//! Kinds of faults as kubectl tells of them: each leads to one sign at the object at fault, and what follows from it weighs
//! little.

use super::shop::*;

/// What is spoilt, and the sign that tells it: object, kind, service.
pub(super) type Case = (
    &'static str,
    fn(&mut Shop),
    (&'static str, &'static str, &'static str),
);

const POD: &str = "pod/cart-7d9f8b6c5d-x2xvk";
const SET: &str = "replicaset/cart-7d9f8b6c5d";

pub(super) fn check(cases: &[Case]) {
    for (what, spoil, expected) in cases {
        let mut shop = Shop::healthy();
        spoil(&mut shop);
        let told = shop.look();
        let shown: Vec<String> = told
            .signs
            .iter()
            .map(|s| {
                format!(
                    "{:.2} {} [{}] {} -- {}",
                    s.weight, s.object, s.kind, s.service, s.says
                )
            })
            .collect();
        let shown = shown.join("\n");
        let top = told
            .signs
            .first()
            .unwrap_or_else(|| panic!("{what}: no sign"));
        assert_eq!(
            (top.object.as_str(), top.kind.as_str(), top.service.as_str()),
            *expected,
            "{what}:\n{shown}"
        );
        assert!(
            top.weight >= 0.6 && !top.lines.is_empty() && top.query.starts_with("kubectl "),
            "{what}:\n{shown}"
        );
        let others = told.signs[1..].iter().filter(|s| s.service != top.service);
        assert!(others.clone().all(|s| s.weight <= 0.3), "{what}:\n{shown}");
        assert!(
            !format!("{:?}", told.signs).contains("hunter2"),
            "{what}: a value was told"
        );
    }
}

fn describe_pod(shop: &mut Shop, container: &str) {
    shop.tell(
        "describe pod cart-7d9f8b6c5d-x2xvk -n shop",
        &format!("Name:  cart-7d9f8b6c5d-x2xvk\nNamespace:  shop\nNode:  worker-2/172.18.0.3\nLabels:  app=cart\nControlled By:  {}\nContainers:\n  server:\n{container}Events:  <none>\n", "ReplicaSet/cart-7d9f8b6c5d"),
    );
}

#[test]
fn what_keeps_a_container_from_starting_is_told() {
    check(&[
        (
            "a tag that does not exist",
            |s| {
                s.pod("cart", "ImagePullBackOff", "0").warn("2m", POD, "Failed", "Failed to pull image \"shop/cart:9.9\": rpc error: code = NotFound desc = failed to pull and unpack image: not found");
            },
            ("deployment/cart", "image", "cart"),
        ),
        (
            "a pull secret that does not open",
            |s| {
                s.pod("cart", "ErrImagePull", "0").warn("2m", POD, "Failed", "Failed to pull image \"shop/cart:1.2\": pull access denied, repository does not exist or may require authorization");
            },
            ("deployment/cart", "image", "cart"),
        ),
        (
            "a config map that is gone",
            |s| {
                s.pod("cart", "CreateContainerConfigError", "0").warn(
                    "2m",
                    POD,
                    "Failed",
                    "Error: configmap \"cart-settings\" not found",
                );
            },
            ("deployment/cart", "config", "cart"),
        ),
        (
            "a key that is gone",
            |s| {
                s.pod("cart", "CreateContainerConfigError", "0").warn(
                    "2m",
                    POD,
                    "Failed",
                    "Error: couldn't find key MODE in ConfigMap shop/cart-config",
                );
            },
            ("deployment/cart", "config", "cart"),
        ),
        (
            "a secret that is gone, mounted",
            |s| {
                s.pod("cart", "ContainerCreating", "0").warn(
                    "2m",
                    POD,
                    "FailedMount",
                    "MountVolume.SetUp failed for volume \"tls\" : secret \"cart-tls\" not found",
                );
            },
            ("deployment/cart", "config", "cart"),
        ),
        (
            "a command that is not in the image",
            |s| {
                s.pod("cart", "RunContainerError", "3 (20s ago)").warn("20s", POD, "Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"carter\": executable file not found in $PATH: unknown");
            },
            ("deployment/cart", "command", "cart"),
        ),
        (
            "an init container that fails",
            |s| {
                s.pod("cart", "Init:CrashLoopBackOff", "4 (30s ago)").warn("30s", POD, "BackOff", "Back-off restarting failed container wait in pod cart-7d9f8b6c5d-x2xvk_shop(1)");
            },
            ("deployment/cart", "crash", "cart"),
        ),
    ]);
}

#[test]
fn what_stops_or_silences_a_container_is_told() {
    check(&[
        (
            "too little memory",
            |s| {
                s.pod("cart", "CrashLoopBackOff", "5 (40s ago)");
                describe_pod(
                    s,
                    "    State:  Waiting\n      Reason:  CrashLoopBackOff\n    Last State:  Terminated\n      Reason:  OOMKilled\n      Exit Code:  137\n    Limits:\n      memory:  16Mi\n",
                );
            },
            ("deployment/cart", "out of memory", "cart"),
        ),
        (
            "it runs between two kills",
            |s| {
                s.set(PODS, "cart", "RESTARTS", "6 (50s ago)");
                describe_pod(
                    s,
                    "    State:  Running\n    Last State:  Terminated\n      Reason:  OOMKilled\n      Exit Code:  137\n",
                );
            },
            ("deployment/cart", "out of memory", "cart"),
        ),
        (
            "a crash of its own",
            |s| {
                s.pod("cart", "CrashLoopBackOff", "5 (40s ago)");
                describe_pod(
                    s,
                    "    State:  Waiting\n      Reason:  CrashLoopBackOff\n    Last State:  Terminated\n      Reason:  Error\n      Exit Code:  1\n",
                );
            },
            ("deployment/cart", "crash", "cart"),
        ),
        (
            "a liveness probe that asks a wrong path",
            |s| {
                s.pod("cart", "Running", "4 (20s ago)").warn(
                    "20s",
                    POD,
                    "Unhealthy",
                    "Liveness probe failed: HTTP probe failed with statuscode: 404",
                );
            },
            ("deployment/cart", "probe", "cart"),
        ),
        (
            "a readiness probe that asks a wrong port",
            |s| {
                s.pod("cart", "Running", "0").warn(
                    "5s",
                    POD,
                    "Unhealthy",
                    "Readiness probe failed: dial tcp 10.244.1.1:9999: connect: connection refused",
                );
                describe_pod(
                    s,
                    "    Port:  7070/TCP\n    State:  Running\n    Readiness:  tcp-socket :9999 delay=0s\n",
                );
            },
            ("deployment/cart", "probe", "cart"),
        ),
        (
            "too little processor to answer",
            |s| {
                s.pod("cart", "Running", "4 (20s ago)").warn("5s", POD, "Unhealthy", "Liveness probe failed: Get \"http://10.244.1.1:7070/healthz\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
                describe_pod(
                    s,
                    "    Port:  7070/TCP\n    State:  Running\n    Limits:\n      cpu:  10m\n    Liveness:  http-get http://:7070/healthz delay=0s\n",
                );
            },
            ("deployment/cart", "cpu limit", "cart"),
        ),
        (
            "no pods are wanted",
            |s| {
                s.set(DEPLOYMENTS, "cart", "READY", "0/0")
                    .remove(PODS, "cart-7d9f8b6c5d")
                    .set(ENDPOINTS, "cart", "ENDPOINTS", "<none>")
                    .change(
                        "describe service cart -n shop",
                        "Endpoints:  10",
                        "Endpoints:  <none> ",
                    )
                    .pod("front", "CrashLoopBackOff", "3 (10s ago)");
            },
            ("deployment/cart", "no replicas", "cart"),
        ),
    ]);
}

#[test]
fn what_keeps_a_pod_from_a_node_is_told() {
    check(&[
        (
            "no node has enough left",
            |s| {
                s.pod("cart", "Pending", "0").unplaced("cart").warn("10s", POD, "FailedScheduling", "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient memory.");
            },
            ("deployment/cart", "scheduling", "cart"),
        ),
        (
            "no node has its labels",
            |s| {
                s.pod("cart", "Pending", "0").unplaced("cart").warn(
                    "10s",
                    POD,
                    "FailedScheduling",
                    "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
                );
            },
            ("deployment/cart", "scheduling", "cart"),
        ),
        (
            "nodes are closed",
            |s| {
                s.pod("cart", "Pending", "0").unplaced("cart").warn(
                    "10s",
                    POD,
                    "FailedScheduling",
                    "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.",
                );
                s.set(
                    "get nodes",
                    "worker-2",
                    "STATUS",
                    "Ready,SchedulingDisabled",
                );
            },
            ("node/worker-2", "cordon", "worker-2"),
        ),
        (
            "nobody places pods",
            |s| {
                s.pod("cart", "Pending", "0")
                    .unplaced("cart")
                    .set(PODS, "cart", "AGE", "4m");
                s.remove(SYSTEM_PODS, "kube-scheduler");
            },
            ("pod/kube-scheduler", "scheduler", "kube-scheduler"),
        ),
        (
            "what places pods crashes",
            |s| {
                s.pod("cart", "Pending", "0").unplaced("cart");
                s.set(SYSTEM_PODS, "kube-scheduler", "STATUS", "CrashLoopBackOff")
                    .set(SYSTEM_PODS, "kube-scheduler", "READY", "0/1")
                    .set(SYSTEM_PODS, "kube-scheduler", "RESTARTS", "5 (30s ago)");
            },
            ("pod/kube-scheduler", "scheduler", "kube-scheduler"),
        ),
        (
            "a claim of a class that is not there",
            |s| {
                s.pod("cart", "Pending", "0").unplaced("cart").warn(
                    "10s",
                    POD,
                    "FailedScheduling",
                    "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
                );
                s.row(
                    "get persistentvolumeclaims -n shop",
                    "cart-data  Pending  .  .  .  fast  6m",
                );
                s.warn(
                    "20s",
                    "persistentvolumeclaim/cart-data",
                    "ProvisioningFailed",
                    "storageclass.storage.k8s.io \"fast\" not found",
                );
                s.change("describe deployment cart -n shop", "  Volumes:  <none>\n", "  Volumes:\n   data:\n    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)\n    ClaimName:  cart-data\n");
            },
            ("persistentvolumeclaim/cart-data", "volume", "cart"),
        ),
    ]);
}

#[test]
fn what_keeps_a_pod_from_being_made_is_told() {
    check(&[
        (
            "an image is missing, and at its start an account was not there yet",
            |s| {
                s.pod("cart", "ImagePullBackOff", "0")
                    .remove(REPLICA_SETS, "cart");
                s.set(PODS, "cart", "AGE", "6m");
                s.warn("6m", SET, "FailedCreate", "Error creating: pods \"cart-7d9f8b6c5d-\" is forbidden: error looking up service account shop/default: serviceaccount \"default\" not found");
            },
            ("deployment/cart", "image", "cart"),
        ),
        (
            "a quota is used up",
            |s| {
                s.no_pods("cart").warn("30s", SET, "FailedCreate", "Error creating: pods \"cart-7d9f8b6c5d-zz\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3");
                s.row("get resourcequotas -n shop", "compute  3d  pods: 3/3  .");
            },
            ("resourcequota/compute", "quota", "cart"),
        ),
        (
            "a service account is gone",
            |s| {
                s.no_pods("cart").warn("30s", SET, "FailedCreate", "Error creating: pods \"cart-7d9f8b6c5d-\" is forbidden: error looking up service account shop/carter: serviceaccount \"carter\" not found");
            },
            ("serviceaccount/carter", "service account", "cart"),
        ),
        (
            "a webhook does not answer",
            |s| {
                s.no_pods("cart").warn("30s", SET, "FailedCreate", "Error creating: Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: Post \"https://guard.policies.svc:443/check\": no endpoints available for service \"guard\"");
            },
            ("service/guard", "webhook", "guard"),
        ),
        (
            "the namespace's rules refuse it",
            |s| {
                s.no_pods("cart").warn("30s", SET, "FailedCreate", "Error creating: pods \"cart-7d9f8b6c5d-z\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false");
            },
            ("deployment/cart", "policy", "cart"),
        ),
    ]);
}
