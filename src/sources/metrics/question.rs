//! A question to a source of metrics about some services, as a template has it.

use crate::config::Template;
use crate::domain::Signal;
use crate::sources::datadog::listed;
use crate::sources::names::Names;
use std::collections::{BTreeMap, BTreeSet};

/// Names in one question: a longer alternation makes some proxies refuse the request.
const NAMES_AT_ONCE: usize = 40;

/// How names stand in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// As a regular expression within quotes.
    Promql,
    /// As a list of tags.
    Datadog,
    /// Nowhere: dimensions are given apart.
    Cloudwatch,
}

/// What a template gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Gives {
    Series(Signal),
    Versions,
    Generation,
    Started,
}

/// A question for some services.
pub(super) struct Question {
    pub dialect: Dialect,
    pub gives: Gives,
    /// The label that carries the service.
    pub label: String,
    /// The label that carries who calls it, where the caller measured.
    pub caller: Option<String>,
    pub query: String,
    /// Where what is measured runs out, and the query that tells.
    pub limit: Option<f64>,
    pub limit_query: String,
    /// The source's name of a service, to the service.
    pub values: BTreeMap<String, String>,
}

/// The source's names of services, with the services.
pub(super) type Matched = Vec<(String, String)>;

impl Dialect {
    /// The time that a point stands for where a question is shown, as people would ask it.
    fn shown_window(self) -> &'static str {
        match self {
            Self::Promql => "2m",
            Self::Datadog | Self::Cloudwatch => "60",
        }
    }

    /// Some names, any of which may stand there.
    fn any_of<'a>(self, names: impl IntoIterator<Item = &'a String>) -> String {
        match self {
            Self::Promql => {
                let names: Vec<String> = names.into_iter().map(|v| literal(v)).collect();
                names.join("|")
            }
            Self::Datadog | Self::Cloudwatch => listed(names, ","),
        }
    }
}

impl Question {
    /// The question for some of its names, or for one of them.
    fn text<'a>(&self, names: impl IntoIterator<Item = &'a String>, range: &str) -> String {
        self.written(&self.query, names, range)
    }

    /// The question for one of its names as it is shown, and can be asked again.
    pub fn shown(&self, name: &String) -> String {
        self.text([name], self.dialect.shown_window())
    }

    /// The question for all of its names.
    pub fn whole(&self, range: &str) -> String {
        self.text(self.values.keys(), range)
    }

    /// The question for their limit, where there is one.
    pub fn whole_limit(&self, range: &str) -> Option<String> {
        let is_asked = !self.limit_query.is_empty();
        is_asked.then(|| self.written(&self.limit_query, self.values.keys(), range))
    }

    fn written<'a>(
        &self,
        query: &str,
        names: impl IntoIterator<Item = &'a String>,
        range: &str,
    ) -> String {
        let names = self.dialect.any_of(names);
        query.replace("$service", &names).replace("$window", range)
    }
}

/// The label that tells most of the services apart, with the names it carries; the first of equals.
pub(super) fn telling<'a>(
    labels: impl IntoIterator<Item = (&'a str, &'a [String])>,
    names: &Names,
) -> (&'a str, Matched) {
    let of = |(label, values): (&'a str, &'a [String])| {
        let matched: Matched = values
            .iter()
            .filter_map(|v| names.service(v).map(|s| (v.clone(), s.to_owned())))
            .collect();
        let services: BTreeSet<&String> = matched.iter().map(|m| &m.1).collect();
        (services.len(), label, matched)
    };
    let each = labels.into_iter().map(of);
    let best = each.reduce(|a, b| if b.0 > a.0 { b } else { a });
    best.map_or(("service", Vec::new()), |(_, label, matched)| {
        (label, matched)
    })
}

/// The questions of one template, so many services at a time.
pub(super) fn asked_of(
    dialect: Dialect,
    template: &Template,
    label: &str,
    matched: &[(String, String)],
) -> Vec<Question> {
    let Ok(gives) = gives(template) else {
        return Vec::new();
    };
    let on = |query: &str| query.replace("$label", label);
    matched
        .chunks(NAMES_AT_ONCE)
        .map(|chunk| Question {
            dialect,
            gives: gives.clone(),
            label: label.to_owned(),
            caller: Some(template.caller.clone()).filter(|c| !c.is_empty()),
            query: on(&template.query),
            limit: template.limit,
            limit_query: on(&template.limit_query),
            values: chunk.iter().cloned().collect(),
        })
        .collect()
}

/// What cannot be meant by a template.
pub(super) fn fault(template: &Template) -> Result<(), String> {
    let gives = gives(template)?;
    let of_a_call = matches!(
        gives,
        Gives::Series(Signal::Latency | Signal::Errors | Signal::Traffic | Signal::Tail)
    );
    if !template.caller.is_empty() && !of_a_call {
        return Err("a template with a caller measures a call: its signal is latency, errors, traffic or tail.".into());
    }
    if template.caller == template.label {
        return Err(format!(
            "a template has the label \"{}\" for both ends of a call; label carries who is called, caller who calls.",
            template.label
        ));
    }
    if template.limit.is_some() && !template.limit_query.is_empty() {
        return Err("a template has both limit and limit_query; give one of them.".into());
    }
    if template.limit.is_some_and(|l| !l.is_finite() || l <= 0.0) {
        return Err("a template has a limit that nothing can reach; give a number above 0.".into());
    }
    Ok(())
}

pub(super) fn gives(template: &Template) -> Result<Gives, String> {
    Ok(match template.signal.as_str() {
        "latency" => Gives::Series(Signal::Latency),
        "errors" => Gives::Series(Signal::Errors),
        "traffic" => Gives::Series(Signal::Traffic),
        "tail" => Gives::Series(Signal::Tail),
        "restarts" => Gives::Series(Signal::Restarts),
        "saturation" if !template.name.is_empty() => {
            Gives::Series(Signal::Saturation(template.name.clone()))
        }
        "saturation" => return Err("a template for saturation needs a name.".into()),
        "version" => Gives::Versions,
        "generation" => Gives::Generation,
        "started" => Gives::Started,
        other => {
            return Err(format!(
                "a template has the signal \"{other}\"; there are latency, errors, traffic, tail, saturation, restarts, version, generation, started."
            ));
        }
    })
}

/// A name as it must stand in a regular expression within a quoted string of a query.
pub(in crate::sources) fn literal(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().filter(|c| !c.is_control()) {
        match c {
            '"' | '\'' | '`' => out.push('.'),
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                out.push_str("\\\\");
                if c == '\\' {
                    out.push_str("\\\\");
                } else {
                    out.push(c);
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes_nor_match_others() {
        for (name, inside) in [
            ("cart", "cart"),
            ("a.b", "a\\\\.b"),
            ("x\"} or up{", "x.\\\\} or up\\\\{"),
            ("a\\", "a\\\\\\\\"),
            ("a\nb", "ab"),
        ] {
            assert_eq!(literal(name), inside);
        }
    }
}
