//! What runs out and its limit, templates of one's own, and whose word stands.

use super::{Samples, asked};

/// Service, signal, caller, value and limit.
type Expected = (
    &'static str,
    &'static str,
    Option<&'static str>,
    f64,
    Option<f64>,
);

/// A container with its limits, and the disk that it mounts.
fn containers(samples: &mut Samples) {
    let pod = "namespace=\"shop\",pod=\"cart-0\"";
    let container = &format!("{pod},container=\"cart\"");
    samples
        .grow("container_cpu_usage_seconds_total", container, 0.4)
        .grow("container_cpu_cfs_throttled_periods_total", container, 3.0)
        .grow("container_cpu_cfs_periods_total", container, 10.0)
        .stand("container_memory_working_set_bytes", container, 9e8)
        .stand(
            "kube_pod_container_resource_limits",
            &format!("{container},resource=\"cpu\",node=\"n1\""),
            0.5,
        )
        .stand(
            "kube_pod_container_resource_limits",
            &format!("{container},resource=\"memory\",node=\"n1\""),
            1e9,
        )
        .stand(
            "kube_pod_container_info",
            &format!("{container},image=\"cart:1\""),
            1.0,
        )
        .stand(
            "kube_pod_spec_volumes_persistentvolumeclaims_info",
            &format!("{pod},persistentvolumeclaim=\"data-cart-0\",volume=\"data\""),
            1.0,
        )
        .stand(
            "kubelet_volume_stats_used_bytes",
            "namespace=\"shop\",persistentvolumeclaim=\"data-cart-0\"",
            97.0,
        )
        .stand(
            "kubelet_volume_stats_capacity_bytes",
            "namespace=\"shop\",persistentvolumeclaim=\"data-cart-0\"",
            100.0,
        );
}

/// What a program has of files, threads, connections and heap.
fn programs(samples: &mut Samples) {
    let pool = "job=\"cart\",instance=\"a\"";
    samples
        .stand("process_open_fds", pool, 900.0)
        .stand("process_max_fds", pool, 1_000.0)
        .stand(
            "hikaricp_connections_active",
            "application=\"cart\",pool=\"main\"",
            10.0,
        )
        .stand(
            "hikaricp_connections_max",
            "application=\"cart\",pool=\"main\"",
            10.0,
        )
        .stand("tomcat_threads_busy_threads", pool, 20.0)
        .stand("tomcat_threads_config_max_threads", pool, 200.0)
        .stand(
            "jvm_memory_used_bytes",
            &format!("{pool},area=\"heap\",id=\"old\""),
            5e8,
        )
        .stand(
            "jvm_memory_max_bytes",
            &format!("{pool},area=\"heap\",id=\"old\""),
            1e9,
        );
}

/// Connections and memory of what stores.
fn databases(samples: &mut Samples) {
    samples
        .stand(
            "pg_stat_activity_count",
            "job=\"orders-db\",instance=\"b\",state=\"active\"",
            60.0,
        )
        .stand(
            "pg_stat_activity_count",
            "job=\"orders-db\",instance=\"b\",state=\"idle\"",
            30.0,
        )
        .stand(
            "pg_settings_max_connections",
            "job=\"orders-db\",instance=\"b\"",
            100.0,
        )
        .stand(
            "mysql_global_status_threads_connected",
            "job=\"ledger-db\",instance=\"c\"",
            150.0,
        )
        .stand(
            "mysql_global_variables_max_connections",
            "job=\"ledger-db\",instance=\"c\"",
            200.0,
        )
        .stand(
            "redis_connected_clients",
            "job=\"sessions\",instance=\"d\"",
            50.0,
        )
        .stand(
            "redis_config_maxclients",
            "job=\"sessions\",instance=\"d\"",
            100.0,
        )
        .stand(
            "redis_memory_used_bytes",
            "job=\"sessions\",instance=\"d\"",
            5.0,
        )
        // Zero stands for no limit.
        .stand(
            "redis_memory_max_bytes",
            "job=\"sessions\",instance=\"d\"",
            0.0,
        );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_out_is_told_with_its_limit_and_a_proxy_never_stands_for_the_service() {
    let mut samples = Samples::default();
    containers(&mut samples);
    programs(&mut samples);
    databases(&mut samples);
    // What the service says of itself stands, whatever the proxy before it sees.
    samples
        .grow("http_requests_total", "job=\"cart\",code=\"200\"", 2.0)
        .grow(
            "nginx_ingress_controller_requests",
            "exported_service=\"cart\",status=\"200\"",
            7.0,
        )
        // Templates of one's own come before any preset, and a query may tell the limit.
        .stand("queue_length", "queue=\"cart\"", 40.0)
        .stand("queue_size", "queue=\"cart\"", 50.0)
        .stand("seen_latency", "to=\"cart\",from=\"web\"", 0.7)
        .stand("seen_latency", "to=\"cart\",from=\"cart\"", 0.2);
    let own = r#"
[[template]]
signal = "saturation"
name = "queue"
label = "queue"
query = 'queue_length{queue=~"$service"}'
limit_query = 'queue_size{queue=~"$service"}'
[[template]]
signal = "latency"
label = "to"
caller = "from"
query = 'seen_latency{to=~"$service"}'
"#;
    let services = ["cart", "web", "orders-db", "ledger-db", "sessions"];
    let said = asked(&samples, &services, own).await;
    let one = Some(1.0);
    assert_eq!(
        said,
        [
            ("cart", "calls per second", None, 2.0, None),
            ("cart", "connections of its pool", None, 1.0, one),
            ("cart", "cpu", None, 0.4, None),
            ("cart", "cpu of its limit", None, 0.8, one),
            ("cart", "cpu throttling", None, 0.3, one),
            ("cart", "disk of its volume", None, 0.97, one),
            ("cart", "failing calls", None, 0.0, None),
            ("cart", "heap of its limit", None, 0.5, one),
            ("cart", "latency", Some("web"), 0.7, None),
            ("cart", "memory", None, 9e8, None),
            ("cart", "memory of its limit", None, 0.9, one),
            ("cart", "open files of their limit", None, 0.9, one),
            ("cart", "queue", None, 40.0, Some(50.0)),
            ("cart", "threads of its pool", None, 0.1, one),
            ("ledger-db", "connections of its limit", None, 0.75, one),
            ("orders-db", "connections of its limit", None, 0.9, one),
            ("sessions", "connections of its limit", None, 0.5, one),
        ]
        .map(|(service, signal, caller, value, limit): Expected| {
            let caller = caller.map(str::to_owned);
            (service.into(), signal.into(), caller, value, limit)
        })
    );
}
