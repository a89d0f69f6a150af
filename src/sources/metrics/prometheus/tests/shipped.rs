//! Each shipped preset against the series of its exporter, under the names that the exporter documents.

use super::{Said, Samples, asked};

/// A service, its caller, the count with what tells failing calls, sum and count of the time, labels of both ends, and how
/// many of its units a second has.
type Calls = (
    &'static str,
    Option<&'static str>,
    [&'static str; 2],
    [&'static str; 2],
    &'static str,
    f64,
);

/// What exporters count of calls, each under the names that it documents.
const CALLS: [Calls; 17] = [
    (
        "semconv",
        None,
        [
            "http_server_request_duration_seconds_count",
            "http_response_status_code=\"200\"|http_response_status_code=\"503\"",
        ],
        [
            "http_server_request_duration_seconds_sum",
            "http_server_request_duration_seconds_count",
        ],
        "service_name=\"semconv\"",
        1.0,
    ),
    (
        "oldsemconv",
        None,
        [
            "http_server_duration_milliseconds_count",
            "http_status_code=\"200\"|http_status_code=\"500\"",
        ],
        [
            "http_server_duration_milliseconds_sum",
            "http_server_duration_milliseconds_count",
        ],
        "job=\"oldsemconv\"",
        1e3,
    ),
    (
        "rpc",
        None,
        [
            "rpc_server_duration_milliseconds_count",
            "rpc_grpc_status_code=\"0\"|rpc_grpc_status_code=\"14\"",
        ],
        [
            "rpc_server_duration_milliseconds_sum",
            "rpc_server_duration_milliseconds_count",
        ],
        "service_name=\"rpc\"",
        1e3,
    ),
    (
        "spans",
        None,
        [
            "traces_span_metrics_calls_total",
            "status_code=\"STATUS_CODE_UNSET\"|status_code=\"STATUS_CODE_ERROR\"",
        ],
        [
            "traces_span_metrics_duration_milliseconds_sum",
            "traces_span_metrics_duration_milliseconds_count",
        ],
        "service_name=\"spans\",span_kind=\"SPAN_KIND_SERVER\"",
        1e3,
    ),
    (
        "generator",
        None,
        [
            "traces_spanmetrics_calls_total",
            "status_code=\"STATUS_CODE_UNSET\"|status_code=\"STATUS_CODE_ERROR\"",
        ],
        [
            "traces_spanmetrics_latency_sum",
            "traces_spanmetrics_latency_count",
        ],
        "service=\"generator\",span_kind=\"SPAN_KIND_SERVER\"",
        1.0,
    ),
    (
        "meshed",
        None,
        [
            "istio_requests_total",
            "response_code=\"200\"|response_code=\"503\"",
        ],
        [
            "istio_request_duration_milliseconds_sum",
            "istio_request_duration_milliseconds_count",
        ],
        "reporter=\"destination\",source_canonical_service=\"web\",destination_canonical_service=\"meshed\"",
        1e3,
    ),
    (
        "meshed",
        Some("web"),
        [
            "istio_requests_total",
            "response_code=\"200\"|response_code=\"0\"",
        ],
        [
            "istio_request_duration_milliseconds_sum",
            "istio_request_duration_milliseconds_count",
        ],
        "reporter=\"source\",source_canonical_service=\"web\",destination_canonical_service=\"meshed\"",
        1e3,
    ),
    (
        "linked",
        None,
        [
            "response_total",
            "classification=\"success\"|classification=\"failure\"",
        ],
        ["response_latency_ms_sum", "response_latency_ms_count"],
        "direction=\"inbound\",deployment=\"linked\"",
        1e3,
    ),
    (
        "linked",
        Some("web"),
        [
            "response_total",
            "classification=\"success\"|classification=\"failure\"",
        ],
        ["response_latency_ms_sum", "response_latency_ms_count"],
        "direction=\"outbound\",deployment=\"web\",dst_deployment=\"linked\"",
        1e3,
    ),
    (
        "flows",
        None,
        [
            "hubble_http_requests_total",
            "status=\"200\"|status=\"500\"",
        ],
        [
            "hubble_http_request_duration_seconds_sum",
            "hubble_http_request_duration_seconds_count",
        ],
        "reporter=\"server\",source_workload=\"web\",destination_workload=\"flows\"",
        1.0,
    ),
    (
        "flows",
        Some("web"),
        [
            "hubble_http_requests_total",
            "status=\"200\"|status=\"500\"",
        ],
        [
            "hubble_http_request_duration_seconds_sum",
            "hubble_http_request_duration_seconds_count",
        ],
        "reporter=\"client\",source_workload=\"web\",destination_workload=\"flows\"",
        1.0,
    ),
    (
        "boot",
        None,
        [
            "http_server_requests_seconds_count",
            "status=\"200\"|status=\"500\"",
        ],
        [
            "http_server_requests_seconds_sum",
            "http_server_requests_seconds_count",
        ],
        "application=\"boot\"",
        1.0,
    ),
    (
        "remote",
        Some("boot"),
        [
            "http_client_requests_seconds_count",
            "status=\"200\"|status=\"IO_ERROR\"",
        ],
        [
            "http_client_requests_seconds_sum",
            "http_client_requests_seconds_count",
        ],
        "application=\"boot\",client_name=\"remote.shop.svc\"",
        1.0,
    ),
    (
        "stub",
        None,
        [
            "grpc_server_handled_total",
            "grpc_code=\"OK\"|grpc_code=\"Unavailable\"",
        ],
        [
            "grpc_server_handling_seconds_sum",
            "grpc_server_handling_seconds_count",
        ],
        "job=\"stub\"",
        1.0,
    ),
    (
        "plain",
        None,
        ["http_requests_total", "code=\"200\"|code=\"502\""],
        [
            "http_request_duration_seconds_sum",
            "http_request_duration_seconds_count",
        ],
        "app=\"plain\"",
        1.0,
    ),
    (
        "behind",
        None,
        [
            "nginx_ingress_controller_requests",
            "status=\"200\"|status=\"504\"",
        ],
        [
            "nginx_ingress_controller_request_duration_seconds_sum",
            "nginx_ingress_controller_request_duration_seconds_count",
        ],
        "exported_service=\"behind\",service=\"controller\"",
        1.0,
    ),
    (
        "routed",
        None,
        [
            "traefik_service_requests_total",
            "code=\"200\"|code=\"504\"",
        ],
        [
            "traefik_service_request_duration_seconds_sum",
            "traefik_service_request_duration_seconds_count",
        ],
        "service=\"routed@docker\"",
        1.0,
    ),
];

/// What is expected of calls that fail one in four and take half a second.
fn called(service: &str, caller: Option<&str>) -> [Said; 3] {
    [
        ("calls per second", 4.0),
        ("failing calls", 0.25),
        ("latency", 0.5),
    ]
    .map(|(signal, value)| {
        let caller = caller.map(str::to_owned);
        (service.to_owned(), signal.to_owned(), caller, value, None)
    })
}

/// The service graph counts failing calls apart; a caller that no catalog knows is nobody's.
fn graphed(samples: &mut Samples) {
    for client in ["web", "stranger"] {
        let ends = format!("client=\"{client}\",server=\"graphed\"");
        samples
            .grow("traces_service_graph_request_total", &ends, 4.0)
            .grow("traces_service_graph_request_failed_total", &ends, 1.0)
            .grow(
                "traces_service_graph_request_client_seconds_sum",
                &ends,
                2.0,
            )
            .grow(
                "traces_service_graph_request_client_seconds_count",
                &ends,
                4.0,
            );
    }
}

fn pooled(samples: &mut Samples) {
    samples
        .grow("haproxy_backend_http_requests_total", "proxy=\"pool\"", 4.0)
        .grow(
            "haproxy_backend_http_responses_total",
            "proxy=\"pool\",code=\"5xx\"",
            1.0,
        )
        .stand(
            "haproxy_backend_total_time_average_seconds",
            "proxy=\"pool\"",
            0.5,
        );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_preset_is_answered_by_what_its_exporter_calls_its_series() {
    let mut samples = Samples::default();
    let mut expected = Vec::new();
    for (service, caller, count, sums, labels, unit) in CALLS {
        samples.calls(count, sums, labels, unit);
        expected.extend(called(service, caller));
    }
    graphed(&mut samples);
    expected.extend(called("graphed", Some("web")));
    pooled(&mut samples);
    expected.extend(called("pool", None));
    expected.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    let mut services: Vec<&str> = expected.iter().map(|e| e.0.as_str()).collect();
    services.push("web");
    assert_eq!(asked(&samples, &services, "").await, expected);
}
