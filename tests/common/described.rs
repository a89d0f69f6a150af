//! The official API description, and what is wrong with an exchange by it.

use super::Exchange;
use serde_json::{Value, json};

/// The official description; where it is missing, a test fails under CI and is left out elsewhere.
pub fn description() -> Option<Value> {
    let path = std::env::var("HOTSEAT_OPENAPI").ok();
    let raw = path.as_ref().and_then(|path| std::fs::read(path).ok());
    if raw.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "HOTSEAT_OPENAPI must name the API description; tests/run fetches it"
        );
        eprintln!("skipped: run tests/run, which fetches the API description");
    }
    Some(serde_json::from_slice(&raw?).expect("the description is JSON"))
}

/// The operation an exchange is of, with its path in the description.
pub fn operation<'a>(spec: &'a Value, exchange: &Exchange) -> Option<(String, &'a Value)> {
    let fits = |pattern: &str| {
        let (wanted, given): (Vec<&str>, Vec<&str>) = (
            pattern.split('/').collect(),
            exchange.path.split('/').collect(),
        );
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(&given)
                .all(|(w, g)| w.starts_with('{') || w == g)
    };
    let (path, item) = spec["paths"]
        .as_object()?
        .iter()
        .find(|(path, item)| fits(path) && item.get(&exchange.method).is_some())?;
    Some((path.clone(), &item[&exchange.method]))
}

/// What is wrong with a value by a schema of the description.
pub fn schema_errors(spec: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut root = schema.clone();
    root["components"] = spec["components"].clone();
    root["$schema"] = json!("http://json-schema.org/draft-04/schema#");
    let validator = jsonschema::validator_for(&root).expect("a schema");
    validator
        .iter_errors(value)
        .take(3)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect()
}

/// What is wrong with an exchange.
pub fn check(spec: &Value, exchange: &Exchange) -> Vec<String> {
    let here = format!("{} {}", exchange.method, exchange.path);
    let Some((_, operation)) = operation(spec, exchange) else {
        return vec![format!("{here}: no such operation")];
    };
    let mut wrong = Vec::new();
    let parameters: Vec<&Value> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["in"] == "query")
        .collect();
    for (key, value) in &exchange.query {
        let base = key.split('[').next().unwrap_or_default();
        match parameters
            .iter()
            .find(|p| p["name"] == base || p["name"] == key.as_str())
        {
            None => wrong.push(format!("{here}: unknown parameter {key}")),
            Some(p)
                if p["schema"]["maximum"]
                    .as_i64()
                    .is_some_and(|most| value.parse::<i64>().is_ok_and(|n| n > most)) =>
            {
                wrong.push(format!("{here}: {key}={value} is above the maximum"))
            }
            Some(_) => {}
        }
    }
    for p in parameters.iter().filter(|p| p["required"] == true) {
        if !exchange
            .query
            .iter()
            .any(|(key, _)| p["name"] == key.as_str())
        {
            wrong.push(format!("{here}: {} is missing", p["name"]));
        }
    }
    let accepted = exchange.status < 300;
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if accepted && schema.is_object() {
        wrong.extend(
            schema_errors(spec, schema, &exchange.body)
                .into_iter()
                .map(|e| format!("{here} request: {e}")),
        );
    }
    if accepted && operation["requestBody"].is_null() && !exchange.body.is_null() {
        wrong.push(format!("{here}: a body where none is described"));
    }
    let status = exchange.status.to_string();
    let response = &operation["responses"][&status];
    if response.is_null() {
        wrong.push(format!("{here}: status {status} is not described"));
    }
    let described = &response["content"]["application/json"]["schema"];
    let schema = if described.is_object() {
        described.clone()
    } else if accepted {
        Value::Null
    } else {
        json!({"$ref": "#/components/schemas/ErrorResponse"})
    };
    if accepted && response["content"].is_null() && !exchange.answer.is_null() {
        wrong.push(format!("{here}: an answer where none is described"));
    }
    let known = schema.is_object()
        && (accepted
            || spec["components"]["schemas"]["ErrorResponse"].is_object()
            || described.is_object());
    if known {
        wrong.extend(
            schema_errors(spec, &schema, &exchange.answer)
                .into_iter()
                .map(|e| format!("{here} answer: {}", e.chars().take(300).collect::<String>())),
        );
    }
    wrong
}
