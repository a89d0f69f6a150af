//! CloudWatch as its documentation describes it: who asks and how it is signed, what is asked, and what is made of answers.

use super::*;
use crate::net::Allowance;
use crate::sources::fake::{Asked, Fake};
use hmac::{Hmac, KeyInit, Mac};
use reqsign_core::StaticEnv;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The time that is looked at: an hour, and two days before it as the normal time.
const END: i64 = 1_795_185_000;
const RECENT: i64 = END - 3_600;
const START: i64 = RECENT - 2 * 86_400;

fn env(pairs: &[(&str, &str)]) -> StaticEnv {
    let pairs = pairs.iter().chain(&[("AWS_EC2_METADATA_DISABLED", "true")]);
    StaticEnv {
        home_dir: None,
        envs: pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    }
}

fn own_keys() -> StaticEnv {
    env(&[
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret-hush"),
        ("AWS_SESSION_TOKEN", "session-hush"),
    ])
}

fn open(url: &str, more: &str, env: StaticEnv) -> Result<Cloudwatch, ConfigError> {
    let config: config::Metrics = toml::from_str(&format!(
        "name = \"aws\"\nkind = \"cloudwatch\"\nurl = \"{url}\"\nregion = \"eu-west-1\"\n{more}"
    ))
    .expect("settings");
    config.check()?;
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    Cloudwatch::open(&config, &asking, env)
}

async fn measured(source: &Cloudwatch, services: &[&str]) -> Measured {
    let at = |t: i64| Instant::from_timestamp(t, 0).expect("a time");
    let window = Window {
        normal_from: at(START),
        recent_from: at(RECENT),
        to: at(END),
        changes_from: at(START),
    };
    let names = services.iter().map(|n| ((*n).to_owned(), Vec::new()));
    let names = Names::new(names.collect());
    source.measure_at(&names, window, at(END)).await
}

/// The sets of dimensions that an account reports metrics with.
fn listed(namespace: &str) -> Vec<Vec<(&'static str, &'static str)>> {
    match namespace {
        "ApplicationSignals" => vec![
            vec![
                ("Environment", "eks:prod"),
                ("Service", "cart"),
                ("Operation", "GET /"),
            ],
            vec![("Environment", "eks:prod"), ("Service", "cart")],
            vec![("Environment", "eks:staging"), ("Service", "cart")],
            vec![
                ("Environment", "eks:prod"),
                ("Service", "web"),
                ("RemoteService", "cart"),
            ],
            vec![
                ("Environment", "eks:prod"),
                ("Service", "stranger"),
                ("RemoteService", "cart"),
            ],
        ],
        "AWS/Lambda" => vec![
            vec![
                ("FunctionName", "thumbnails"),
                ("Resource", "thumbnails:live"),
            ],
            vec![("FunctionName", "thumbnails")],
        ],
        "AWS/ApplicationELB" => vec![
            vec![("LoadBalancer", "app/edge/50dc6c495c0c9188")],
            vec![
                ("TargetGroup", "targetgroup/web/73e2d6bc24d8a067"),
                ("LoadBalancer", "app/edge/50dc6c495c0c9188"),
            ],
        ],
        "AWS/ECS" => vec![
            vec![("ClusterName", "shop"), ("ServiceName", "web")],
            vec![("ClusterName", "shop")],
        ],
        "AWS/RDS" => vec![vec![("DBInstanceIdentifier", "orders-db")]],
        "Shop" => vec![vec![("queue", "cart")]],
        _ => Vec::new(),
    }
}

/// What a metric comes to by itself, the same at every time.
fn worth(metric: &Value) -> Option<f64> {
    Some(
        match (
            metric["Metric"]["MetricName"].as_str()?,
            metric["Stat"].as_str()?,
        ) {
            ("Latency", "SampleCount") => 240.0,
            ("Latency", "Average") => 700.0,
            ("Latency", "p99") => 1_500.0,
            ("Invocations" | "RequestCount", _) => 120.0,
            ("Fault", _) => 60.0,
            ("Errors", _) => 30.0,
            ("Duration", _) => 250.0,
            ("TargetResponseTime", _) => 0.4,
            ("CPUUtilization", _) => 90.0,
            ("QueueDepth", _) => 7.0,
            _ => return None,
        },
    )
}

/// Metric math as far as the presets go: a quotient of metrics, numbers and periods.
fn reckoned(math: &str, values: &BTreeMap<String, (f64, f64)>) -> Option<f64> {
    let term = |term: &str| {
        let inner = term
            .trim()
            .trim_start_matches("PERIOD(")
            .trim_end_matches(')');
        match values.get(inner) {
            Some((_, period)) if term.contains("PERIOD(") => Some(*period),
            Some((value, _)) => Some(*value),
            None => inner.parse().ok(),
        }
    };
    match math.split_once(" / ") {
        Some((a, b)) => Some(term(a)? / term(b)?),
        None => term(math),
    }
}

fn data(body: &Value) -> Value {
    let number = |name: &str| body[name].as_i64().expect("a time");
    let (from, to) = (number("StartTime"), number("EndTime"));
    let queries = body["MetricDataQueries"].as_array().expect("queries");
    assert!(queries.len() <= 500, "too many queries");
    let mut values = BTreeMap::new();
    let mut results = Vec::new();
    let mut period = 60;
    for query in queries {
        let id = query["Id"].as_str().expect("an id").to_owned();
        let value = match query["MetricStat"].is_object() {
            true => {
                period = query["MetricStat"]["Period"].as_i64().expect("a period");
                assert!((to - from) / period <= 1_440, "too many points");
                let value = worth(&query["MetricStat"]);
                values.extend(value.map(|v| (id.clone(), (v, period as f64))));
                value
            }
            false => reckoned(query["Expression"].as_str().expect("math"), &values),
        };
        if query["ReturnData"] == false {
            continue;
        }
        let times: Vec<i64> = (from..to).step_by(period as usize).collect();
        let points: Vec<f64> = times.iter().filter_map(|_| value).collect();
        let times = &times[..points.len()];
        results.push(json!({"Id": id, "Label": id, "Timestamps": times, "Values": points, "StatusCode": "Complete"}));
    }
    json!({"MetricDataResults": results, "Messages": []})
}

fn answered(asked: &Asked) -> (u16, String) {
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    let answer = match asked.header("x-amz-target") {
        "GraniteServiceVersion20100801.ListMetrics" => {
            let all = listed(body["Namespace"].as_str().expect("a namespace"));
            // Two pages.
            let from = usize::from(body["NextToken"] == "more");
            let some = all.iter().skip(from).take(if from == 0 { 1 } else { 9 });
            let metrics = some.map(|row| {
                let row = row.iter().map(|(n, v)| json!({"Name": n, "Value": v}));
                json!({"Namespace": body["Namespace"], "MetricName": body["MetricName"], "Dimensions": row.collect::<Vec<_>>()})
            });
            let more = (from == 0 && all.len() > 1).then_some("more");
            json!({"Metrics": metrics.collect::<Vec<_>>(), "NextToken": more})
        }
        "GraniteServiceVersion20100801.GetMetricData" => data(&body),
        other => return (400, json!({"__type": "com.amazon.coral.service#UnknownOperationException", "message": other}).to_string()),
    };
    (200, answer.to_string())
}

/// Service, signal, caller, the last value and the limit.
type Said = (String, String, Option<String>, f64, Option<f64>);

fn said(told: &Measured) -> Vec<Said> {
    let one = |s: &Series| {
        assert!(s.normal.len() > 500, "{}", s.query);
        let last = s.recent.last().expect("a point");
        assert_eq!(last.0, END - 180, "the last minutes still come in");
        let value = (last.1 * 1_000.0).round() / 1_000.0;
        let signal = s.signal.label().to_owned();
        (s.service.clone(), signal, s.caller.clone(), value, s.limit)
    };
    let mut all: Vec<_> = told.series.iter().map(one).collect();
    all.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    all
}

#[tokio::test]
async fn an_account_is_measured_at_both_ends_of_calls_and_in_what_runs_out() {
    let server = Fake::start(answered).await;
    let own = "filter = \"Environment=eks:prod\"\n[[template]]\nsignal = \"saturation\"\nname = \"queue\"\nlabel = \"queue\"\nlimit = 10.0\nquery = \"Maximum(Shop, QueueDepth)\"\n";
    let source = open(&server.url, own, own_keys()).expect("a source");
    let services = ["cart", "web", "thumbnails", "orders-db", "ledger"];
    let told = measured(&source, &services).await;
    assert_eq!(told.missing, [""; 0]);
    let caller = Some("web");
    let expected = [
        ("cart", "calls per second", None, 4.0, None),
        ("cart", "calls per second", caller, 4.0, None),
        ("cart", "failing calls", None, 0.25, None),
        ("cart", "failing calls", caller, 0.25, None),
        ("cart", "latency", None, 0.7, None),
        ("cart", "latency", caller, 0.7, None),
        ("cart", "queue", None, 7.0, Some(10.0)),
        ("cart", "slowest calls", None, 1.5, None),
        ("orders-db", "cpu of its limit", None, 0.9, Some(1.0)),
        ("thumbnails", "calls per second", None, 2.0, None),
        ("thumbnails", "failing calls", None, 0.25, None),
        ("thumbnails", "latency", None, 0.25, None),
        ("web", "calls per second", None, 2.0, None),
        ("web", "cpu of its limit", None, 0.9, Some(1.0)),
        // No call failed: nothing is reported of it.
        ("web", "failing calls", None, 0.0, None),
        ("web", "latency", None, 0.4, None),
    ];
    let expected = expected.map(
        |(service, signal, caller, value, limit): (&str, &str, Option<&str>, _, _)| {
            (
                service.to_owned(),
                signal.to_owned(),
                caller.map(str::to_owned),
                value,
                limit,
            )
        },
    );
    assert_eq!(said(&told), expected);
    let latency = told
        .series
        .iter()
        .find(|s| s.signal == Signal::Latency)
        .expect("one");
    assert_eq!(
        latency.query,
        "Average(ApplicationSignals, Latency) / 1000 of Service cart"
    );
    assert_eq!(
        source.check().await.as_deref(),
        Ok(
            "eu-west-1: alb, application-signals, ecs, lambda, rds applies; 1 of your own templates"
        )
    );
}

/// The signature as AWS documents it, reckoned apart from the library that signs.
fn signature(asked: &Asked, secret: &str) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let given = asked.header("authorization");
    let part = |name: &str| {
        let rest = given.split_once(&format!("{name}=")).expect(name).1;
        rest.split(", ").next().expect("a part").to_owned()
    };
    let names = part("SignedHeaders");
    let headers = names
        .split(';')
        .map(|name| format!("{name}:{}\n", asked.header(name)));
    let body = hex(&Sha256::digest(asked.body.as_bytes()));
    let canonical = format!(
        "POST\n/\n\n{}\n{names}\n{body}",
        headers.collect::<String>()
    );
    let credential = part("Credential");
    let scope: Vec<&str> = credential.split('/').skip(1).collect();
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{}\n{}",
        asked.header("x-amz-date"),
        scope.join("/"),
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let key = scope
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            mac(&key, part)
        });
    assert_eq!(part("Signature"), hex(&mac(&key, &text)), "{canonical}");
    names
}

#[tokio::test]
async fn questions_are_signed_with_credentials_from_where_aws_has_them() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join(".aws")).expect("a folder");
    let file = "[oncall]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-hush\n";
    std::fs::write(home.path().join(".aws/credentials"), file).expect("a file");
    let container = Fake::start(|asked| {
        assert_eq!(asked.header("authorization"), "container-token");
        (200, json!({"AccessKeyId": "AKIDCONTAINER", "SecretAccessKey": "container-hush", "Token": "t",
            "Expiration": "2099-01-01T00:00:00Z", "RoleArn": "r"}).to_string())
    })
    .await;
    let uri = format!("{}/creds", container.url);
    let in_container = env(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
    ]);
    let with_home = |env: StaticEnv| StaticEnv {
        home_dir: Some(home.path().to_owned()),
        ..env
    };
    for (more, env, key, secret, has_session) in [
        ("", own_keys(), "AKIDEXAMPLE", "secret-hush", true),
        (
            "profile = \"oncall\"\n",
            with_home(own_keys()),
            "AKIDPROFILE",
            "profile-hush",
            false,
        ),
        ("", in_container, "AKIDCONTAINER", "container-hush", true),
    ] {
        let server = Fake::start(answered).await;
        let source = open(&server.url, more, env).expect("a source");
        assert!(source.check().await.is_ok(), "{key}");
        for asked in server.asked() {
            let signed = signature(&asked, secret);
            for name in ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-target"] {
                assert!(signed.split(';').any(|s| s == name), "{name} is not signed");
            }
            let given = asked.header("authorization");
            assert!(
                given.contains(&format!("Credential={key}/"))
                    && given.contains("/eu-west-1/monitoring/aws4_request")
            );
            assert_eq!(
                asked.headers.contains_key("x-amz-security-token"),
                has_session
            );
            assert!(!asked.line.contains("hush") && !asked.body.contains("hush"));
        }
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_asked_is_told_in_one_sentence() {
    let error = |kind: &str, words: &str| {
        json!({"__type": format!("com.amazon.coral.service#{kind}"), "message": words}).to_string()
    };
    for (status, body, says) in [
        (
            403,
            error(
                "AccessDeniedException",
                "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: cloudwatch:ListMetrics",
            ),
            "aws is not allowed this: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: cloudwatch:ListMetrics",
        ),
        (
            403,
            error(
                "UnrecognizedClientException",
                "The security token is invalid.",
            ),
            "aws refuses the credentials (UnrecognizedClientException).",
        ),
        (
            400,
            error("ExpiredTokenException", "expired"),
            "aws refuses the credentials (ExpiredTokenException).",
        ),
        (
            400,
            error("ThrottlingException", "Rate exceeded"),
            "aws asks for a pause (ThrottlingException).",
        ),
        (429, "{}".into(), "aws asks for a pause of 30 s (HTTP 429)."),
        (
            503,
            "<html>Service Unavailable</html>".into(),
            "aws answered HTTP 503: a page instead of an answer; a proxy may stand in between.",
        ),
        (
            400,
            error("ValidationError", "no\u{1b}[2J"),
            "aws answered HTTP 400: no",
        ),
        (200, "[]".into(), "aws does not answer as AWS does."),
    ] {
        let server = Fake::start(move |_| (status, body.clone())).await;
        let source = open(&server.url, "", own_keys()).expect("a source");
        assert_eq!(
            measured(&source, &["cart"]).await.missing,
            [says],
            "{status}"
        );
    }
    let server = Fake::start(answered).await;
    let source = open(&server.url, "", env(&[])).expect("a source");
    let told = measured(&source, &["cart"]).await;
    assert!(
        told.missing[0].starts_with("aws has no valid credentials of AWS;"),
        "{told:?}"
    );
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn settings_that_cannot_be_meant_are_refused_in_a_sentence() {
    for (url, more, says) in [
        ("http://monitoring.example", "", "not asked over plain http"),
        ("", "filter = \"prod\"\n", "a dimension with its value"),
        (
            "",
            "datasource = \"x\"\n",
            "a datasource is one of Grafana's",
        ),
        (
            "",
            "[[template]]\nsignal = \"traffic\"\nquery = \"rate(x[5m])\"\n",
            "STATISTIC(NAMESPACE, METRIC)",
        ),
        (
            "",
            "[[template]]\nsignal = \"version\"\nquery = \"Sum(Shop, Builds)\"\n",
            "gives a series",
        ),
        (
            "",
            "preset = \"otel\"\n",
            "There is no preset \"otel\"; there are auto, none, application-signals, lambda,",
        ),
    ] {
        let said = open(url, more, own_keys()).err().expect(more).to_string();
        assert!(
            said.starts_with("The source \"aws\": ") && said.contains(says),
            "{said}"
        );
    }
    let raw = "name = \"aws\"\nkind = \"cloudwatch\"\n";
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    let config: config::Metrics = toml::from_str(raw).expect("settings");
    let said = Cloudwatch::open(&config, &asking, env(&[]))
        .err()
        .expect("no region");
    assert!(
        said.to_string().contains("such as region = \"eu-west-1\""),
        "{said}"
    );
    let from_env = env(&[("AWS_REGION", "us-east-2")]);
    let source = Cloudwatch::open(&config, &asking, from_env).expect("a region");
    assert_eq!(source.door.region, "us-east-2");
}
