//! What is normal in a cluster does not count.

use super::shop::*;

const POD: &str = "pod/cart-7d9f8b6c5d-x2xvk";

/// What is there, and how it comes to be.
type Case = (&'static str, fn(&mut Shop));

fn passes(cases: &[Case]) {
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
fn what_belongs_to_a_start_or_was_made_good_since_does_not_count() {
    passes(&[
        ("everything was set up a moment ago", |s| {
            for app in ["front", "cart", "catalogue"] {
                s.set(PODS, app, "AGE", "4m")
                    .set(DEPLOYMENTS, app, "AGE", "4m")
                    .set(REPLICA_SETS, app, "AGE", "4m");
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
            s.set(PODS, "cart", "RESTARTS", "2 (20m ago)")
                .set(PODS, "cart", "AGE", "21m");
            s.warn(
                "20m",
                POD,
                "BackOff",
                "Back-off restarting failed container server in pod cart-7d9f8b6c5d-x2xvk_shop(1)",
            );
        }),
        ("it restarted long ago", |s| {
            s.set(PODS, "cart", "RESTARTS", "9 (26h ago)");
        }),
        ("a probe failed once", |s| {
            s.warn(
                "3m",
                POD,
                "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503",
            );
        }),
        ("a claim waits for its first pod", |s| {
            s.row(
                "get persistentvolumeclaims -n shop",
                "later  Pending  .  .  .  standard  3d",
            );
            s.row("get events -n shop", "12s  Normal  WaitForFirstConsumer  persistentvolumeclaim/later  waiting for first consumer to be created before binding");
        }),
        ("a further pod has only just been started", |s| {
            s.row(
                PODS,
                "cart-7d9f8b6c5d-q4wrt  0/1  Running  0  20s  10.244.1.9  worker-1",
            );
            s.warn(
                "5s",
                "pod/cart-7d9f8b6c5d-q4wrt",
                "Unhealthy",
                "Readiness probe failed: dial tcp 10.244.1.9:7070: connect: connection refused",
            );
        }),
        ("a task failed once and was done by the next one", |s| {
            s.row(PODS, "seed-k2xvz  0/1  Error  0  3d  10.244.1.9  worker-1");
        }),
        (
            "a pod was put off its node and another one took its place",
            |s| {
                s.row(
                    PODS,
                    "cart-7d9f8b6c5d-q4wrt  0/1  Evicted  0  2d  <none>  worker-1",
                );
            },
        ),
    ]);
}

#[test]
fn what_is_meant_so_does_not_count() {
    passes(&[
        ("nothing at all", |_| {}),
        (
            "a service without a selector, one for a name elsewhere, one without an address",
            |s| {
                s.row(
                    SERVICES,
                    "bank  ClusterIP  10.96.3.3  <none>  443/TCP  3d  <none>",
                );
                s.row(
                    SERVICES,
                    "mail  ExternalName  <none>  mail.example.com  <none>  3d  <none>",
                );
                s.row(
                    SERVICES,
                    "peers  ClusterIP  None  <none>  7070/TCP  3d  app=cart",
                );
                s.row(ENDPOINTS, "bank  <none>  3d");
                s.row(ENDPOINTS, "peers  10.244.1.1:7070  3d");
            },
        ),
        ("a workload that nobody uses has no pods", |s| {
            s.row(
                DEPLOYMENTS,
                "old  0/0  0  0  3d  server  shop/old:1  app=old",
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
        (
            "policies shut the namespace in and let through what is meant",
            |s| {
                s.row("get networkpolicies -n shop", "deny  <none>  3d");
                s.row("get networkpolicies -n shop", "cart  app=cart  3d");
                s.tell("describe networkpolicy deny -n shop", "Name:  deny\nSpec:\n  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)\n  Allowing ingress traffic:\n    <none> (Selected pods are isolated for ingress connectivity)\n  Not affecting egress traffic\n  Policy Types: Ingress\n");
                s.tell("describe networkpolicy cart -n shop", "Name:  cart\nSpec:\n  PodSelector:     app=cart\n  Allowing ingress traffic:\n    To Port: 7070/TCP\n    From:\n      PodSelector: app=front\n  Not affecting egress traffic\n  Policy Types: Ingress\n");
            },
        ),
        ("a quota is full and everybody has what he wants", |s| {
            s.row(
                "get resourcequotas -n shop",
                "compute  3d  pods: 5/5  limits.cpu: 2/2",
            );
        }),
    ]);
}

#[test]
fn what_was_not_answered_is_not_concluded_from() {
    let mut shop = Shop::healthy();
    for table in [PODS, ENDPOINTS, "get nodes", "get configmaps -n shop"] {
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
