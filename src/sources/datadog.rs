//! Datadog, by its documentation: one site, two keys in headers of every question, and pages in its app for evidence.

use super::http::{Asking, Endpoint, SourceError};
use crate::config::{Access, ConfigError, DatadogKeys, secret};
use crate::domain::secrets::redact;
use serde_json::Value;

/// The site where none is configured.
const SITE: &str = "datadoghq.com";

/// How an organisation at Datadog is reached.
pub(super) struct Datadog {
    pub name: String,
    pub endpoint: Endpoint,
    site: String,
    filter: String,
}

/// What a source's settings say of it.
pub(super) struct Settings<'a> {
    pub name: &'a str,
    pub url: &'a str,
    pub site: &'a str,
    pub keys: &'a DatadogKeys,
    pub filter: &'a str,
    pub access: &'a Access,
}

impl Datadog {
    /// Sets up; nothing is asked.
    pub fn open(settings: &Settings<'_>, asking: &Asking) -> Result<Self, ConfigError> {
        let name = settings.name;
        let site = match settings.site {
            "" => SITE,
            own => own,
        };
        let own = format!("https://api.{site}");
        let url = if settings.url.is_empty() {
            &own
        } else {
            settings.url
        };
        let missing = || ConfigError(format!("The source \"{name}\": a key of Datadog is empty."));
        let api = secret(&settings.keys.api, name)?.ok_or_else(missing)?;
        let application = secret(&settings.keys.application, name)?.ok_or_else(missing)?;
        Ok(Self {
            name: name.into(),
            endpoint: Endpoint::open(name, url, settings.access, asking)?
                .with_secret_header("dd-api-key", &api)?
                .with_secret_header("dd-application-key", &application)?,
            site: site.into(),
            filter: settings.filter.trim().replace(',', " AND "),
        })
    }

    /// What narrows every question; empty where nothing does.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    pub fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as Datadog does.", self.name))
    }

    /// A page of the app, at a path of these parts.
    pub fn page(&self, parts: &[&str], given: &[(&str, String)]) -> Option<String> {
        // Sites with a name of their own before the domain have their app there.
        let host = match self.site.matches('.').count() {
            1 => format!("app.{}", self.site),
            _ => self.site.clone(),
        };
        let mut url: url::Url = format!("https://{host}").parse().ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(parts);
        if !given.is_empty() {
            url.query_pairs_mut().extend_pairs(given);
        }
        Some(redact(url.as_str()))
    }

    /// Whether it takes the keys.
    pub async fn validate(&self) -> Result<(), SourceError> {
        let read = |answer: &Value| match answer["valid"].as_bool() {
            Some(true) => Ok(()),
            Some(false) => Err(SourceError(format!("{} refuses the API key.", self.name))),
            None => Err(self.foreign()),
        };
        let url = self.endpoint.at("api/v1/validate");
        self.endpoint.get(url, read).await
    }
}

/// Names as they stand in a list of its queries: of other letters no tag consists.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a String>, between: &str) -> String {
    let plain = |c: &char| c.is_alphanumeric() || "_-:./".contains(*c);
    let each = names.into_iter();
    let each = each.map(|name| name.chars().filter(plain).collect::<String>());
    let each: Vec<String> = each.filter(|name| !name.is_empty()).collect();
    each.join(between)
}

/// The value of a tag in a list of them.
pub(super) fn tag<'a>(tags: &'a Value, key: &str) -> Option<&'a str> {
    let all = tags.as_array()?.iter().filter_map(Value::as_str);
    let mut of = all.filter_map(|tag| tag.split_once(':'));
    of.find(|(name, _)| *name == key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_list() {
        let names = [
            "cart".to_owned(),
            "a) OR env:x*{".to_owned(),
            "*".to_owned(),
        ];
        assert_eq!(listed(&names, ","), "cart,aORenv:x");
    }
}
