//! Fields that queries fill when an incident is declared, and that keep nobody from being called.

use crate::running::Bridge;
use serde_json::Value;

/// The value of a text field of an incident.
fn value<'a>(incident: &'a Value, field: &str) -> Option<&'a Value> {
    let fields = incident["custom_field_entries"].as_array()?;
    let found = fields.iter().find(|f| f["custom_field"]["name"] == field)?;
    found["values"].get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_queries_say_stands_in_the_fields_and_one_that_never_answers_keeps_nobody_from_being_called()
 {
    let mut bridge = Bridge::new(true).await;
    // It takes what is asked and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = silent.local_addr().expect("an address");
    let sources = format!("[[sources.prometheus]]\nname = \"silent\"\nurl = \"http://{at}\"\n");
    bridge.configure_beside(
        &sources,
        "every_seconds = 1\n\
         fields = { \"Customer impact\" = \"burns {query.burn} times too fast, runs {query.version}\", \"Customers affected\" = \"{query.silent}\" }\n\
         queries.burn = { source = \"metrics\", query = 'vector(14.4)' }\n\
         queries.version = { source = \"metrics\", query = 'label_replace(vector(1), \"version\", \"v41\", \"\", \"\")', label = \"version\" }\n\
         queries.silent = { source = \"silent\", query = 'up{service=~\"$service\"}' }\n",
    );
    bridge.prometheus.as_ref().expect("it runs").burns(true);
    bridge.run();
    bridge.is_live().await;
    let incident = &bridge.incidents().await[0];
    let said = value(incident, "Customer impact")
        .expect("a value")
        .to_string();
    assert!(
        said.contains("burns 14.4 times too fast, runs v41"),
        "{said}"
    );
    assert_eq!(value(incident, "Customers affected"), None, "left out");
    let log = bridge.log();
    assert!(log.contains("fields are left out: query silent: "), "{log}");
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn check_asks_each_query_once() {
    let bridge = Bridge::new(true).await;
    let check = |settings: &str| {
        bridge.configure(settings);
        let out = bridge.ask(&["bridge", "check", "--output", "table"]);
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned()
    };
    for (settings, says) in [
        (
            "queries.burn = { source = \"metrics\", query = 'vector(14.4)' }\n",
            ": 14.4",
        ),
        (
            "queries.burn = { source = \"metrics\", query = 'none' }\n",
            "metrics has no value of it now",
        ),
        (
            "queries.burn = { source = \"metrics\", query = 'sum(' }\n",
            "parse error",
        ),
        (
            "queries.burn = { source = \"nowhere\" }\n",
            "there is no source \"nowhere\"",
        ),
        (
            "fields = { Ticket = \"{query.burn}\" }\n",
            "write [bridge.queries.burn]",
        ),
    ] {
        let said = check(settings);
        assert!(said.contains(says), "{settings}: {said}");
    }
}
