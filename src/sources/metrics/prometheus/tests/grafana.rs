//! A metrics server behind Grafana, by the documentation of both.

use super::{END, START};
use crate::config;
use crate::domain::Instant;
use crate::net::Allowance;
use crate::sources::Window;
use crate::sources::fake::{Asked, Fake};
use crate::sources::http::Asking;
use crate::sources::metrics::{Measured, Metrics};
use crate::sources::names::Names;
use serde_json::json;

/// Grafana with a metrics server behind it: it lists its data sources, or forbids that.
fn grafana(asked: &Asked, may_list: bool) -> (u16, String) {
    let answer = match asked.path() {
        "/team/api/datasources" if !may_list => return (403, "{}".into()),
        "/team/api/datasources" => json!([
            {"id": 1, "uid": "P8E/1", "name": "Mimir of the shop", "type": "prometheus", "access": "proxy"},
            {"id": 2, "uid": "l", "name": "Loki", "type": "loki", "access": "proxy"},
        ]),
        path => match path.strip_prefix("/team/api/datasources/proxy/uid/P8E%2F1/api/v1") {
            Some("/label/service/values") => json!({"status": "success", "data": ["cart", "web"]}),
            Some("/query_range") => {
                json!({"status": "success", "data": {"resultType": "matrix", "result": [
                {"metric": {"service": "cart"}, "values": [[END - 60, "0.5"], [END, "0.7"]]}]}})
            }
            _ => return (404, "{}".into()),
        },
    };
    (200, answer.to_string())
}

async fn measured(url: &str, wanted: &str) -> Measured {
    let config: config::Metrics = toml::from_str(&format!(
        "name = \"mimir\"\nurl = \"{url}/team/\"\ndatasource = \"{wanted}\"\npreset = \"none\"\n\
         access = {{ token = {{ command = [\"echo\", \"glsa_x\"] }} }}\n\
         [[template]]\nsignal = \"latency\"\nquery = 'mean{{service=~\"$service\"}}'\n"
    ))
    .expect("settings");
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    let metrics = Metrics::open(&config, &asking).expect("a source");
    let at = |t: i64| Instant::from_timestamp(t, 0).expect("a time");
    let window = Window {
        normal_from: at(START),
        recent_from: at(END - 3_600),
        to: at(END),
        changes_from: at(START),
    };
    let names = [("cart".to_owned(), Vec::new())];
    metrics.measure(&Names::new(names.into()), window).await
}

#[tokio::test]
async fn prometheus_behind_grafana_is_found_by_name_or_uid_and_its_evidence_leads_to_explore() {
    for (wanted, may_list, found) in [
        ("Mimir of the shop", true, true),
        ("P8E/1", true, true),
        ("P8E/1", false, true),
        ("Tempo", true, false),
    ] {
        let server = Fake::start(move |asked| grafana(asked, may_list)).await;
        let told = measured(&server.url, wanted).await;
        let asked = server.asked();
        let has_token = |a: &Asked| a.header("authorization") == "Bearer glsa_x";
        assert!(asked.iter().all(has_token), "{wanted}");
        if !found {
            let says = "mimir has no data source \"Tempo\"; there are: Mimir of the shop, Loki.";
            assert_eq!(told.missing, [says]);
            continue;
        }
        assert_eq!(told.missing, [""; 0], "{wanted}");
        let cart = &told.series[0];
        assert_eq!((cart.service.as_str(), cart.recent[1].1), ("cart", 0.7));
        let link: url::Url = cart.link.as_deref().expect("a link").parse().expect("one");
        let panes = link.query_pairs().find(|(name, _)| name == "panes");
        let panes: serde_json::Value =
            serde_json::from_str(&panes.expect("panes").1).expect("panes in JSON");
        assert!(
            link.as_str()
                .starts_with(&format!("{}/team/explore?", server.url))
        );
        assert_eq!(panes["a"]["datasource"], "P8E/1");
        assert_eq!(panes["a"]["queries"][0]["expr"], cart.query.as_str());
        // Whatever is asked of it, it is looked up once.
        let lists = asked.iter().filter(|a| a.path().ends_with("/datasources"));
        assert_eq!(lists.count(), 1, "{wanted}");
    }
}
