//! What is normal in a cluster does not count.

use super::shop::Shop;

const POD: &str = "pod/cart-7d9f8b6c5d-x2xvk";

/// What is there, and how it comes to be.
type Case = (&'static str, fn(&mut Shop));

#[test]
fn what_is_normal_does_not_count() {
    let cases: [Case; 13] = [
        ("nothing at all", |_| {}),
        ("everything was set up a moment ago", |s| {
            for app in ["front", "cart", "catalogue"] {
                s.set("get pods -n shop -o wide", app, "AGE", "4m")
                    .set("get deployments -n shop -o wide", app, "AGE", "4m")
                    .set("get replicasets -n shop -o wide", app, "AGE", "4m");
            }
            s.warn(
                "4m",
                POD,
                "FailedScheduling",
                "0/3 nodes are available: 3 Insufficient cpu.",
            );
            s.warn("4m", "replicaset/cart-7d9f8b6c5d", "FailedCreate", "Error creating: pods \"cart-7d9f8b6c5d-\" is forbidden: error looking up service account shop/default: serviceaccount \"default\" not found");
            s.warn("3m50s", POD, "FailedMount", "MountVolume.SetUp failed for volume \"kube-api-access\" : failed to sync configmap cache: timed out waiting for the condition");
            s.warn(
                "3m40s",
                POD,
                "Unhealthy",
                "Readiness probe failed: dial tcp 10.244.1.1:7070: connect: connection refused",
            );
        }),
        ("it waited for its store at the start", |s| {
            s.set(
                "get pods -n shop -o wide",
                "cart",
                "RESTARTS",
                "2 (20m ago)",
            )
            .set("get pods -n shop -o wide", "cart", "AGE", "21m");
            s.warn(
                "20m",
                POD,
                "BackOff",
                "Back-off restarting failed container server in pod cart-7d9f8b6c5d-x2xvk_shop(1)",
            );
        }),
        ("it restarted long ago", |s| {
            s.set(
                "get pods -n shop -o wide",
                "cart",
                "RESTARTS",
                "9 (26h ago)",
            );
        }),
        ("a probe failed once", |s| {
            s.warn(
                "3m",
                POD,
                "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503",
            );
        }),
        (
            "a service without a selector, one for a name elsewhere, one without an address",
            |s| {
                s.add(
                    "get services -n shop -o wide",
                    &[
                        "bank",
                        "ClusterIP",
                        "10.96.3.3",
                        "<none>",
                        "443/TCP",
                        "3d",
                        "<none>",
                    ],
                );
                s.add(
                    "get services -n shop -o wide",
                    &[
                        "mail",
                        "ExternalName",
                        "<none>",
                        "mail.example.com",
                        "<none>",
                        "3d",
                        "<none>",
                    ],
                );
                s.add(
                    "get services -n shop -o wide",
                    &[
                        "peers",
                        "ClusterIP",
                        "None",
                        "<none>",
                        "7070/TCP",
                        "3d",
                        "app=cart",
                    ],
                );
                s.add("get endpoints -n shop", &["bank", "<none>", "3d"]);
                s.add("get endpoints -n shop", &["peers", "10.244.1.1:7070", "3d"]);
            },
        ),
        ("a workload that nobody uses has no pods", |s| {
            s.add(
                "get deployments -n shop -o wide",
                &[
                    "old",
                    "0/0",
                    "0",
                    "0",
                    "3d",
                    "server",
                    "shop/old:1",
                    "app=old",
                ],
            );
        }),
        ("a node is closed and nobody minds", |s| {
            s.set(
                "get nodes",
                "worker-1",
                "STATUS",
                "Ready,SchedulingDisabled",
            );
        }),
        ("a claim waits for its first pod", |s| {
            s.add(
                "get persistentvolumeclaims -n shop",
                &["later", "Pending", "", "", "", "standard", "3d"],
            );
            s.add(
                "get events -n shop",
                &[
                    "12s",
                    "Normal",
                    "WaitForFirstConsumer",
                    "persistentvolumeclaim/later",
                    "waiting for first consumer to be created before binding",
                ],
            );
        }),
        (
            "policies shut the namespace in and let through what is meant",
            |s| {
                s.add("get networkpolicies -n shop", &["deny", "<none>", "3d"]);
                s.add("get networkpolicies -n shop", &["cart", "app=cart", "3d"]);
                s.tell("describe networkpolicy deny -n shop", "Name:  deny\nSpec:\n  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)\n  Allowing ingress traffic:\n    <none> (Selected pods are isolated for ingress connectivity)\n  Not affecting egress traffic\n  Policy Types: Ingress\n");
                s.tell("describe networkpolicy cart -n shop", "Name:  cart\nSpec:\n  PodSelector:     app=cart\n  Allowing ingress traffic:\n    To Port: 7070/TCP\n    From:\n      PodSelector: app=front\n  Not affecting egress traffic\n  Policy Types: Ingress\n");
            },
        ),
        ("a task failed once and was done by the next one", |s| {
            s.add(
                "get pods -n shop -o wide",
                &[
                    "seed-k2xvz",
                    "0/1",
                    "Error",
                    "0",
                    "3d",
                    "10.244.1.9",
                    "worker-1",
                ],
            );
        }),
        (
            "a pod was put off its node and another one took its place",
            |s| {
                s.add(
                    "get pods -n shop -o wide",
                    &[
                        "cart-7d9f8b6c5d-q4wrt",
                        "0/1",
                        "Evicted",
                        "0",
                        "2d",
                        "<none>",
                        "worker-1",
                    ],
                );
            },
        ),
        ("a quota is full and everybody has what he wants", |s| {
            s.add(
                "get resourcequotas -n shop",
                &["compute", "3d", "pods: 5/5", "limits.cpu: 2/2"],
            );
        }),
    ];
    for (what, spoil) in cases {
        let mut shop = Shop::healthy();
        spoil(&mut shop);
        let told = shop.look();
        assert!(
            told.signs.iter().all(|s| s.weight <= 0.2),
            "{what}: {:#?}",
            told.signs
        );
        assert!(
            told.changes.is_empty() && told.missing.is_empty(),
            "{what}: {:#?}",
            told.changes
        );
    }
}

#[test]
fn what_was_not_answered_is_not_concluded_from() {
    let mut shop = Shop::healthy();
    for table in [
        "get pods -n shop -o wide",
        "get endpoints -n shop",
        "get nodes",
        "get configmaps -n shop",
    ] {
        for name in [
            "front",
            "cart",
            "catalogue",
            "cart-store",
            "seed",
            "worker",
            "cp",
            "kube",
        ] {
            shop.remove(table, name);
        }
    }
    let told = shop.look();
    assert!(
        told.signs.iter().all(|s| s.weight <= 0.2),
        "{:#?}",
        told.signs
    );
}
