//! One request as the simulated organisation sees it, and the answers it can give.

use super::json::{text, time};
use crate::domain::Instant;
use serde_json::{Map, Value, json};

/// A request, taken apart.
pub struct Call {
    /// Values of the path's parameters, in order.
    pub path: Vec<String>,
    /// Query parameters in the order sent.
    pub query: Vec<(String, String)>,
    /// The body; null where there is none.
    pub body: Value,
    /// The organisation's clock.
    pub now: Instant,
    /// Who calls: the key as an actor.
    pub actor: Value,
    /// The key's identity.
    pub identity: Value,
}

/// A refusal, in the API's own shape once it is sent.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub kind: &'static str,
    pub code: String,
    pub message: String,
    pub field: Option<String>,
}

/// What a handler gives: a status with a body, or a refusal.
pub type Answer = Result<(u16, Value), Refusal>;

/// `validation_error` on a field.
pub fn invalid(field: &str, code: &str, message: &str) -> Refusal {
    Refusal {
        status: 422,
        kind: "validation_error",
        code: code.into(),
        message: message.into(),
        field: Some(field.into()),
    }
}

/// The thing is not there, or not visible to this key.
pub fn not_found(what: &str) -> Refusal {
    Refusal {
        status: 404,
        kind: "not_found",
        code: "not_found".into(),
        message: format!("{what} not found"),
        field: None,
    }
}

impl Refusal {
    /// The body that is sent.
    pub fn body(&self, request: &str) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(field) = &self.field {
            error["source"] =
                json!({"field": field, "pointer": format!("/{}", field.replace('.', "/"))});
        }
        json!({"type": self.kind, "status": self.status, "request_id": request, "errors": [error]})
    }
}

impl Call {
    /// Whether whoever calls sees private incidents.
    pub fn sees_private(&self) -> bool {
        let mut roles = self.identity["roles"].as_array().into_iter().flatten();
        roles.any(|role| role == "global_access")
    }

    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter that must be there.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.param(name)
            .filter(|v| !v.is_empty())
            .ok_or_else(|| invalid(name, "is_required", &format!("{name} is required")))
    }

    /// A string of the body that must be there.
    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.body[name]
            .as_str()
            .filter(|v| !v.is_empty())
            .ok_or_else(|| invalid(name, "is_required", &format!("{name} is required")))
    }

    /// A string of the body, where it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }

    /// Filters on a name: operator and values, `name[op]=a&name[op]=b`.
    pub fn filters(&self, name: &str) -> Vec<(String, Vec<String>)> {
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for (key, value) in &self.query {
            let Some(op) = key
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('['))
                .and_then(|rest| rest.strip_suffix(']'))
            else {
                continue;
            };
            match found.iter_mut().find(|(known, _)| known == op) {
                Some((_, values)) => values.push(value.clone()),
                None => found.push((op.to_owned(), vec![value.clone()])),
            }
        }
        found
    }

    /// Whether a word passes the `one_of` and `not_in` filters of a name.
    pub fn passes(&self, name: &str, actual: &str) -> bool {
        self.passes_any(name, &[actual])
    }

    /// The same for a resource that carries several such words.
    pub fn passes_any(&self, name: &str, actual: &[&str]) -> bool {
        self.choice(name).passes_any(actual)
    }

    /// The `one_of` and `not_in` filters of a name, for many rows.
    pub fn choice(&self, name: &str) -> Choice {
        Choice(self.filters(name))
    }

    /// Whether a time passes the `gte`, `lte` and `date_range` filters of a name.
    pub fn in_time(&self, name: &str, at: Instant) -> bool {
        self.times(name).admit(at)
    }

    /// The `gte`, `lte` and `date_range` filters of a name, for many rows.
    pub fn times(&self, name: &str) -> Times {
        let point = |raw: &str| time(&json!(raw));
        let end = |raw: &str| point(raw).map(|edge| day_end(raw, edge));
        let filters = self.filters(name).into_iter();
        let edges = filters.filter_map(|(op, values)| {
            let value = values.first().map_or("", String::as_str);
            match op.as_str() {
                "gte" => Some((point(value), None)),
                "lte" => Some((None, end(value))),
                "date_range" => {
                    let (from, to) = value.split_once('~')?;
                    Some((point(from), end(to)))
                }
                _ => None,
            }
        });
        Times(edges.collect())
    }

    /// Whether a row's own time passes.
    pub fn row_in_time(&self, name: &str, row: &Value) -> bool {
        self.filters(name).is_empty() || time(&row[name]).is_none_or(|at| self.in_time(name, at))
    }

    /// The page size, refused above the maximum.
    pub fn page_size(&self, most: usize, required: bool) -> Result<usize, Refusal> {
        let Some(raw) = self.param("page_size") else {
            return if required {
                Err(invalid("page_size", "is_required", "page_size is required"))
            } else {
                Ok(25)
            };
        };
        let size: usize = raw.parse().map_err(|_| {
            invalid(
                "page_size",
                "invalid_type",
                "page_size must be a whole number",
            )
        })?;
        if size == 0 || size > most {
            return Err(invalid(
                "page_size",
                "out_of_range",
                &format!("page_size must be between 1 and {most}"),
            ));
        }
        Ok(size)
    }

    /// One page of rows under a key, following `after`.
    pub fn page(&self, key: &str, rows: Vec<Value>, most: usize, required: bool) -> Answer {
        let size = self.page_size(most, required)?;
        let start = match self.param("after") {
            Some(after) => rows
                .iter()
                .position(|row| row["id"] == after)
                .map_or(rows.len(), |at| at + 1),
            None => 0,
        };
        let total = rows.len();
        let page: Vec<Value> = rows.into_iter().skip(start).take(size).collect();
        // The description allows no more than 250 here, even where larger pages may be asked for.
        let mut meta = json!({"page_size": size.min(250)});
        if start + page.len() < total
            && let Some(last) = page.last()
        {
            meta["after"] = last["id"].clone();
        }
        Ok((
            200,
            Value::Object(Map::from_iter([
                (key.to_owned(), Value::Array(page)),
                ("pagination_meta".to_owned(), meta),
            ])),
        ))
    }
}

/// A bare date as an upper bound means the end of that day.
fn day_end(raw: &str, edge: Instant) -> Instant {
    if raw.len() == 10 {
        edge + chrono::Duration::days(1)
    } else {
        edge
    }
}

/// What a word must be one of, and none of.
pub struct Choice(Vec<(String, Vec<String>)>);

impl Choice {
    /// Whether a word passes.
    pub fn passes(&self, actual: &str) -> bool {
        self.passes_any(&[actual])
    }

    fn passes_any(&self, actual: &[&str]) -> bool {
        self.0.iter().all(|(op, wanted)| {
            let hit = actual.iter().any(|a| wanted.iter().any(|w| w == a));
            if op == "not_in" { !hit } else { hit }
        })
    }
}

/// From when to when something must be, each edge included.
pub struct Times(Vec<(Option<Instant>, Option<Instant>)>);

impl Times {
    /// Whether a time is between all edges.
    pub fn admit(&self, at: Instant) -> bool {
        self.0
            .iter()
            .all(|(from, to)| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to))
    }
}

/// One resource under its name.
pub fn one(status: u16, key: &str, row: Value) -> Answer {
    Ok((
        status,
        Value::Object(Map::from_iter([(key.to_owned(), row)])),
    ))
}

/// The ids in a list of objects.
pub fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|row| text(&row["id"]))
        .collect()
}
