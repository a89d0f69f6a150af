//! Faults around pods: what leads calls astray, nodes, and what was changed.

use super::faults::check;
use super::shop::*;

#[test]
fn a_service_that_leads_to_nobody_or_to_somebody_else_is_told() {
    check(&[
        (
            "a selector that no pod has",
            |s| {
                s.set(SERVICES, "cart", "SELECTOR", "app=kart")
                    .set(ENDPOINTS, "cart", "ENDPOINTS", "<none>")
                    .change(
                        "describe service cart -n shop",
                        "Selector:  app=cart",
                        "Selector:  app=kart",
                    )
                    .change(
                        "describe service cart -n shop",
                        "Endpoints:  10",
                        "Endpoints:  <none> ",
                    );
                s.pod("front", "Running", "3 (30s ago)").warn(
                    "5s",
                    "pod/front-6d5b9f7c4-k2xvz",
                    "Unhealthy",
                    "Readiness probe failed: HTTP probe failed with statuscode: 503",
                );
            },
            ("service/cart", "selector", "cart"),
        ),
        (
            "a port that nobody opens",
            |s| {
                s.change(
                    "describe service cart -n shop",
                    "TargetPort:  7070",
                    "TargetPort:  7171",
                );
            },
            ("service/cart", "port", "cart"),
        ),
        (
            "a port by a name that nobody has",
            |s| {
                s.set(ENDPOINTS, "cart", "ENDPOINTS", "<none>")
                    .change(
                        "describe service cart -n shop",
                        "TargetPort:  7070/TCP",
                        "TargetPort:  grpcs/TCP",
                    )
                    .change(
                        "describe service cart -n shop",
                        "Endpoints:  10",
                        "Endpoints:  <none> ",
                    );
            },
            ("service/cart", "port", "cart"),
        ),
        (
            "a selector that takes the pods of another",
            |s| {
                s.set(SERVICES, "cart", "SELECTOR", "app=catalogue")
                    .change(
                        "describe service cart -n shop",
                        "Selector:  app=cart",
                        "Selector:  app=catalogue",
                    )
                    .change(
                        "describe service cart -n shop",
                        "TargetPort:  7070",
                        "TargetPort:  3550",
                    );
            },
            ("service/cart", "selector", "cart"),
        ),
        (
            "a service that was removed",
            |s| {
                s.remove(SERVICES, "cart").remove(ENDPOINTS, "cart");
                s.row(
                    SERVICES,
                    "cart-store  ClusterIP  10.96.1.2  <none>  6379/TCP  3d  app=cart-store",
                );
            },
            ("service/cart", "no service", "cart"),
        ),
    ]);
}

#[test]
fn names_ways_and_policies_that_stop_calls_are_told() {
    check(&[
        (
            "an address that does not exist",
            |s| {
                s.change(
                    "describe deployment cart -n shop",
                    "cart-store:6379",
                    "cart-stor:6379",
                )
                .pod("cart", "CrashLoopBackOff", "4 (30s ago)");
            },
            ("deployment/cart", "address", "cart"),
        ),
        (
            "a policy that shuts everything in",
            |s| {
                s.row("get networkpolicies -n shop", "shut  app=cart  9m");
                s.tell("describe networkpolicy shut -n shop", "Name:  shut\nNamespace:  shop\nSpec:\n  PodSelector:     app=cart\n  Allowing ingress traffic:\n    <none> (Selected pods are isolated for ingress connectivity)\n  Not affecting egress traffic\n  Policy Types: Ingress\n");
            },
            ("networkpolicy/shut", "network policy", "cart"),
        ),
        (
            "names are asked of the node",
            |s| {
                s.tell("get deployments settings -n shop", "NAMESPACE   NAME   DNS       SERVERS   SCHEDULER\nshop        cart   Default   <none>    default-scheduler\n");
                s.pod("cart", "CrashLoopBackOff", "4 (30s ago)");
            },
            ("deployment/cart", "name resolution", "cart"),
        ),
        (
            "a node that does not exist",
            |s| {
                s.pod("cart", "Pending", "0")
                    .set(PODS, "cart", "NODE", "worker-9")
                    .set(PODS, "cart", "AGE", "4m");
            },
            ("deployment/cart", "scheduling", "cart"),
        ),
        (
            "a way in that leads to nothing",
            |s| {
                s.row(
                    "get ingresses -n shop",
                    "shop  nginx  shop.example.com  1.2.3.4  80  3d",
                );
                s.tell("describe ingress shop -n shop", "Name:  shop\nNamespace:  shop\nRules:\n  Host              Path  Backends\n  ----              ----  --------\n  shop.example.com  \n                    /       front-end:8079 (<error: services \"front-end\" not found>)\nEvents:  <none>\n");
            },
            ("ingress/shop", "route", "front-end"),
        ),
        (
            "nobody resolves names",
            |s| {
                s.set(
                    "get deployments -n kube-system -o wide",
                    "coredns",
                    "READY",
                    "0/0",
                )
                .remove(SYSTEM_PODS, "coredns");
                s.pod("cart", "CrashLoopBackOff", "4 (30s ago)").pod(
                    "front",
                    "CrashLoopBackOff",
                    "3 (30s ago)",
                );
            },
            ("deployment/coredns", "name resolution", "coredns"),
        ),
    ]);
}

#[test]
fn a_node_that_is_out_is_the_cause_of_everything_on_it() {
    let mut shop = Shop::healthy();
    shop.set("get nodes", "worker-2", "STATUS", "NotReady");
    for app in ["cart", "cart-store"] {
        shop.pod(app, "Running", "0");
    }
    shop.pod("front", "CrashLoopBackOff", "4 (20s ago)");
    shop.tell(
        "describe node worker-2",
        "Name:  worker-2\nConditions:\n  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason              Message\n  \
         ----             ------    -----------------                 ------------------                ------              -------\n  \
         Ready            Unknown   Fri, 04 Oct 2024 00:00:00 +0000   Fri, 04 Oct 2024 00:00:00 +0000   NodeStatusUnknown   Kubelet stopped posting node status.\nEvents:  <none>\n",
    );
    let told = shop.look();
    let top = &told.signs[0];
    assert_eq!(
        (top.object.as_str(), top.service.as_str()),
        ("node/worker-2", "worker-2")
    );
    assert!(
        top.says.contains("kubelet is not heard of") && top.weight > 0.9,
        "{top:?}"
    );
    for service in ["cart", "cart-store", "front"] {
        assert!(
            top.affects.iter().any(|a| a == service),
            "{service}: {top:?}"
        );
    }
    assert!(
        told.signs[1..].iter().all(|s| s.weight <= 0.3),
        "{:?}",
        told.signs
    );
}

#[test]
fn what_was_rolled_out_is_told_as_a_change_without_values() {
    let mut shop = Shop::healthy();
    shop.row(
        REPLICA_SETS,
        "cart-5f7b9c8d6  1  1  1  12m  server  shop/cart:1.3  app=cart,pod-template-hash=5f7b9c8d6",
    );
    let template = |image: &str, memory: &str, token: &str| {
        format!(
            "deployment.apps/cart with revision\nPod Template:\n  Labels:\tapp=cart\n\tpod-template-hash=x\n  Containers:\n   server:\n    Image:\t{image}\n    Limits:\n      memory:\t{memory}\n    Environment:\n      TOKEN:\t{token}\n"
        )
    };
    shop.tell(
        "rollout history deployment/cart -n shop",
        "deployment.apps/cart\nREVISION  CHANGE-CAUSE\n3         <none>\n4         <none>\n",
    );
    shop.tell(
        "rollout history deployment/cart -n shop --revision=3",
        &template("shop/cart:1.2", "128Mi", "hunter2"),
    );
    shop.tell(
        "rollout history deployment/cart -n shop --revision=4",
        &template("shop/cart:1.3", "16Mi", "hunter3"),
    );
    let told = shop.look();
    let change = told.changes.first().expect("a change");
    assert_eq!(
        (
            change.service.as_str(),
            change.title.as_str(),
            change.version.as_deref()
        ),
        (
            "cart",
            "cart revision 4: image shop/cart:1.2 to shop/cart:1.3, variable TOKEN changed, limit of memory 128Mi to 16Mi",
            Some("1.3")
        )
    );
}
