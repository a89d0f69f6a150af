//! Incidents: lists with their filters, and one whole.

use super::pagination::query;
use super::wire::Wire;
use super::{ApiError, Client, Listed, Told};
use crate::domain::incident::Labelled;
use crate::domain::time::stamp;
use crate::domain::{
    FieldId, Incident, IncidentId, IncidentSummary, Instant, Mode, Related, StatusCategory,
    Verbatim, Visibility, Word,
};

/// What a list of incidents is narrowed to, with the API's own filters.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// Status categories; all where it is empty.
    pub categories: Vec<StatusCategory>,
    /// Severity ids.
    pub severities: Vec<String>,
    /// A custom field's id and the catalog entries of which it must name one.
    pub field: Option<(String, Vec<String>)>,
    /// Created at or after.
    pub since: Option<Instant>,
    /// Created at or before.
    pub until: Option<Instant>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
}

fn wire(category: StatusCategory) -> Option<&'static str> {
    Some(match category {
        StatusCategory::Triage => "triage",
        StatusCategory::Live => "live",
        StatusCategory::Paused => "paused",
        StatusCategory::Learning => "learning",
        StatusCategory::Closed => "closed",
        StatusCategory::Declined => "declined",
        StatusCategory::Merged => "merged",
        StatusCategory::Canceled => "canceled",
        StatusCategory::Other => return None,
    })
}

impl IncidentFilter {
    /// What is in one of some categories.
    pub fn in_categories(categories: &[StatusCategory]) -> Self {
        Self {
            categories: categories.to_vec(),
            ..Self::default()
        }
    }

    /// What changed since a moment.
    pub fn changed_since(at: Instant) -> Self {
        Self {
            updated_since: Some(at),
            ..Self::default()
        }
    }

    /// What was declared in a stretch of time.
    pub fn declared(from: Instant, to: Instant) -> Self {
        Self {
            since: Some(from),
            until: Some(to),
            ..Self::default()
        }
    }

    fn query(&self) -> Vec<(String, String)> {
        let mut pairs = query(&[("page_size", "250")]);
        let mut push = |key: &str, value: String| pairs.push((key.to_owned(), value));
        self.categories
            .iter()
            .filter_map(|c| wire(*c))
            .for_each(|c| push("status_category[one_of]", c.into()));
        self.severities
            .iter()
            .for_each(|id| push("severity[one_of]", id.clone()));
        if let Some((field, entries)) = &self.field {
            entries
                .iter()
                .for_each(|entry| push(&format!("custom_field[{field}][one_of]"), entry.clone()));
        }
        self.since
            .into_iter()
            .for_each(|at| push("created_at[gte]", stamp(at)));
        self.until
            .into_iter()
            .for_each(|at| push("created_at[lte]", stamp(at)));
        self.updated_since
            .into_iter()
            .for_each(|at| push("updated_at[gte]", stamp(at)));
        // Test and tutorial incidents are invisible unless they are named.
        ["standard", "retrospective", "test"]
            .iter()
            .for_each(|mode| push("mode[one_of]", (*mode).into()));
        pairs
    }
}

/// `INC-123` or `123` as the number the API takes in a path; anything else is an id.
pub fn incident_number(reference: &str) -> Option<u64> {
    let bare = reference
        .rsplit_once('-')
        .filter(|(prefix, _)| prefix.chars().all(|c| c.is_ascii_alphabetic()))
        .map_or(reference, |(_, n)| n);
    bare.parse().ok().filter(|_| bare.len() <= 12)
}

fn joined<'a>(names: impl Iterator<Item = &'a str>, by: &str) -> Option<Word> {
    let all = names.filter(|n| !n.is_empty()).collect::<Vec<_>>().join(by);
    (!all.is_empty()).then(|| Word::from(all))
}

/// The row of a list; `None` where there is no id.
pub(super) fn row(v: Wire<'_>) -> Option<IncidentSummary> {
    let id = v.id("id")?;
    let created = v.time("created_at").unwrap_or_default();
    let updated = v.time("updated_at").unwrap_or(created);
    let severity = v.at("severity");
    let lead = v
        .list("incident_role_assignments")
        .find(|a| a.at("role").raw("role_type") == "lead")
        .and_then(|a| a.at("assignee").some_line("name"));
    let held = v.list("incident_role_assignments").filter_map(|a| {
        let who = a.at("assignee").id("id")?;
        Some((who, a.at("role").id("id").unwrap_or("-")))
    });
    let (people, roles): (Vec<&str>, Vec<&str>) = held.unzip();
    let services: Vec<String> = v
        .list("custom_field_entries")
        .flat_map(|e| e.list("values"))
        .filter_map(|x| x.at("value_catalog_entry").some_line("name"))
        .collect();
    let teams: Vec<&str> = v.0["team_ids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|t| t.as_str())
        .collect();
    Some(IncidentSummary {
        id: IncidentId::from(id),
        reference: v
            .some_line("reference")
            .unwrap_or_else(|| id.to_owned())
            .into(),
        name: v
            .some_line("name")
            .unwrap_or_else(|| "(no name)".into())
            .into(),
        severity: severity.some_line("name").map(Word::from),
        rank: severity
            .number("rank")
            .and_then(|r| i16::try_from(r).ok())
            .unwrap_or(if severity.is_some() { 0 } else { -1 }),
        status: v
            .at("incident_status")
            .some_line("name")
            .unwrap_or_else(|| "unknown".into())
            .into(),
        category: StatusCategory::parse(v.at("incident_status").raw("category")),
        lead: lead.map(Word::from),
        service: joined(services.iter().map(String::as_str), ", "),
        teams: joined(teams.into_iter(), " "),
        people: joined(people.into_iter(), " "),
        roles: joined(roles.into_iter(), " "),
        visibility: if v.raw("visibility") == "public" {
            Visibility::Public
        } else {
            Visibility::Private
        },
        kind: v.at("incident_type").some_line("name").map(Word::from),
        mode: match v.raw("mode") {
            "retrospective" => Mode::Retrospective,
            "test" => Mode::Test,
            "tutorial" => Mode::Tutorial,
            _ => Mode::Standard,
        },
        created,
        updated,
        active: v.time("last_activity_at").unwrap_or(updated),
    })
}

fn value(v: Wire<'_>) -> Option<String> {
    v.at("value_catalog_entry")
        .some_line("name")
        .or_else(|| v.at("value_option").some_line("value"))
        .or_else(|| {
            ["value_text", "value_link", "value_numeric"]
                .iter()
                .find_map(|f| v.some_line(f))
        })
}

/// A value as a request names it: an id, or the plain value.
fn token(v: Wire<'_>) -> Option<String> {
    let id = ["value_catalog_entry", "value_option"]
        .iter()
        .find_map(|kind| v.at(kind).id("id").map(str::to_owned));
    id.or_else(|| {
        ["value_text", "value_link", "value_numeric"]
            .iter()
            .find_map(|f| v.some_line(f))
    })
}

/// A whole incident.
pub(super) fn incident(v: Wire<'_>) -> Option<Incident> {
    let roles = v.list("incident_role_assignments");
    let fields = || v.list("custom_field_entries");
    let values = fields().flat_map(|e| e.list("values"));
    let stamps = v.list("incident_timestamp_values");
    let (row, summary) = (row(v)?, v.text("summary"));
    Some(Incident {
        written: written(v, &row, &summary),
        row,
        summary,
        kind: v.at("incident_type").some_line("name"),
        creator: v.at("creator").actor(),
        permalink: v.some_line("permalink"),
        channel: v.some_line("slack_channel_name"),
        channel_id: v.some_line("slack_channel_id"),
        roles: roles
            .map(|a| labelled(a.at("role"), a.at("assignee").person()))
            .collect(),
        fields: fields()
            .map(|e| {
                let values: Vec<String> = e.list("values").filter_map(value).collect();
                labelled(e.at("custom_field"), values.join(", "))
            })
            .collect(),
        values: fields().filter_map(tokens).collect(),
        call: v.some_line("call_url"),
        entries: values
            .filter_map(|x| x.at("value_catalog_entry").id("id").map(Into::into))
            .collect(),
        timestamps: stamps
            .map(|t| labelled(t.at("incident_timestamp"), t.at("value").time("value")))
            .collect(),
        durations: v.list("duration_metrics").filter_map(duration).collect(),
    })
}

/// Its texts that can be edited, as they were written.
fn written(v: Wire<'_>, row: &IncidentSummary, summary: &str) -> Verbatim {
    let mut written = Verbatim::default()
        .with("name", v.raw("name"), &row.name)
        .with("summary", v.raw("summary"), summary);
    for entry in v.list("custom_field_entries") {
        let Some(id) = entry.at("custom_field").id("id") else {
            continue;
        };
        for one in entry.list("values") {
            let text = one.raw("value_text");
            written.keep(
                FieldId::Custom(id.to_owned()),
                text,
                &one.line("value_text"),
            );
        }
    }
    written
}

/// A value with the id and the name of what it is a value of.
fn labelled<T>(of: Wire<'_>, value: T) -> Labelled<T> {
    Labelled {
        id: of.id("id").unwrap_or_default().into(),
        label: of.line("name"),
        value,
    }
}

fn tokens(field: Wire<'_>) -> Option<(String, Vec<String>)> {
    let id = field.at("custom_field").id("id")?.to_owned();
    Some((id, field.list("values").filter_map(token).collect()))
}

/// A duration that the platform could compute.
fn duration(v: Wire<'_>) -> Option<Labelled<i64>> {
    let done = Some(v).filter(|v| v.raw("status") == "success")?;
    Some(Labelled {
        id: String::new(),
        label: done.at("duration_metric").line("name"),
        value: done.number("value_seconds")?,
    })
}

/// An incident, and as it came: the bytes of its object.
pub type RawIncident = (Incident, Vec<u8>);

fn raw(v: Wire<'_>) -> Option<RawIncident> {
    Some((incident(v)?, v.0.to_string().into_bytes()))
}

/// An incident from the bytes of its object; `None` where they are none.
pub fn read_incident(bytes: &[u8]) -> Option<Incident> {
    let body = crate::net::Reader::new(&[]).one(bytes).ok()?;
    incident(Wire(&body))
}

impl Client {
    /// Incidents, newest first, at most `most`.
    pub async fn incidents(
        &self,
        filter: &IncidentFilter,
        most: usize,
    ) -> Result<Listed<Incident>, ApiError> {
        self.list("/v2/incidents", "incidents", filter.query(), most, incident)
            .await
    }

    /// The same; tells of each page how many were read of it.
    pub async fn incidents_telling(
        &self,
        filter: &IncidentFilter,
        most: usize,
        told: Told<'_>,
    ) -> Result<Listed<Incident>, ApiError> {
        let asked = ("/v2/incidents", "incidents", filter.query());
        self.list_telling(asked, most, incident, told).await
    }

    /// The same page by page, however many there are: one page is held at a time.
    pub async fn incident_pages<F>(
        &self,
        filter: &IncidentFilter,
        hand_on: impl FnMut(Vec<Incident>) -> F + Send,
    ) -> Result<(), ApiError>
    where
        F: Future<Output = ()> + Send,
    {
        let (path, key) = ("/v2/incidents", "incidents");
        self.pages(path, key, filter.query(), incident, hand_on)
            .await
    }

    /// The same page by page, each incident also as it came.
    pub async fn raw_incident_pages<F>(
        &self,
        filter: &IncidentFilter,
        hand_on: impl FnMut(Vec<RawIncident>) -> F + Send,
    ) -> Result<(), ApiError>
    where
        F: Future<Output = ()> + Send,
    {
        let (path, key) = ("/v2/incidents", "incidents");
        self.pages(path, key, filter.query(), raw, hand_on).await
    }

    /// Incidents, newest first, each also as it came.
    pub async fn raw_incidents(
        &self,
        filter: &IncidentFilter,
        most: usize,
    ) -> Result<Listed<RawIncident>, ApiError> {
        let (path, key) = ("/v2/incidents", "incidents");
        self.list(path, key, filter.query(), most, raw).await
    }

    /// One incident by id, also as it came.
    pub async fn raw_incident(&self, id: &IncidentId) -> Result<RawIncident, ApiError> {
        let path = format!("/v2/incidents/{id}");
        let body = self.get(&path, &[]).await?;
        raw(Wire(&body).at("incident")).ok_or_else(|| self.unreadable(&path, "an incident"))
    }

    /// How many incidents pass a filter, where the API says.
    pub async fn count_incidents(&self, filter: &IncidentFilter) -> Result<Option<i64>, ApiError> {
        let mut pairs = filter.query();
        pairs.retain(|(key, _)| key != "page_size");
        pairs.push(("page_size".into(), "1".into()));
        let body = self.get("/v2/incidents", &pairs).await?;
        Ok(Wire(&body)
            .at("pagination_meta")
            .number("total_record_count"))
    }

    /// One incident by id, `INC-123` or `123`.
    pub async fn incident(&self, reference: &str) -> Result<Incident, ApiError> {
        let safe = reference
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if reference.is_empty() || !safe {
            return Err(ApiError::User(format!(
                "\"{}\" is not an incident: give INC-123, 123 or an id.",
                crate::domain::text::clean_line(reference)
            )));
        }
        let id = incident_number(reference).map_or_else(|| reference.to_owned(), |n| n.to_string());
        let path = format!("/v2/incidents/{id}");
        let body = self.get(&path, &[]).await?;
        incident(Wire(&body).at("incident")).ok_or_else(|| self.unreadable(&path, "an incident"))
    }

    /// Incidents that people connected to one.
    pub async fn related(&self, id: &IncidentId) -> Result<Listed<Related>, ApiError> {
        let read = |v: Wire<'_>| {
            let i = v.at("incident");
            Some(Related {
                id: i.id("id")?.into(),
                number: i.number("external_id").unwrap_or(0),
                name: i.line("name"),
            })
        };
        self.list(
            "/v1/incident_relationships",
            "incident_relationships",
            query(&[("incident_id", id.as_str()), ("page_size", "250")]),
            500,
            read,
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_numbers_and_ids_are_told_apart() {
        for (given, number) in [
            ("INC-123", Some(123)),
            ("inc-123", Some(123)),
            ("123", Some(123)),
            ("01HXYZ", None),
            ("01G0J1EXE7AXZ2C93K61WBPYEH", None),
            ("", None),
            ("INC-", None),
        ] {
            assert_eq!(incident_number(given), number, "{given}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_costs_its_own_field_only() {
        for body in [
            json!({"id": "01A"}),
            json!({"id": "01A", "name": null, "severity": 7, "incident_status": "live", "incident_role_assignments": {}, "created_at": 12, "visibility": "public"}),
            json!({"id": "01A", "incident_status": {"category": "brand_new", "name": "New"}, "custom_field_entries": [null, {"values": [3]}]}),
        ] {
            let read = incident(Wire(&body)).expect("an id is enough");
            assert_eq!(read.row.name.as_ref(), "(no name)");
            assert!(
                read.row.category.is_open(),
                "what cannot be read may still be on fire"
            );
        }
        assert!(row(Wire(&json!({"id": null, "name": "x"}))).is_none());
        assert!(row(Wire(&json!("text"))).is_none());
        assert_eq!(
            row(Wire(&json!({"id": "01A"}))).map(|r| r.visibility),
            Some(Visibility::Private),
            "unknown visibility is kept off the disk"
        );
    }

    #[test]
    fn both_status_vocabularies_mean_the_same() {
        for (a, b) in [("live", "active"), ("learning", "post-incident")] {
            assert_eq!(StatusCategory::parse(a), StatusCategory::parse(b));
        }
    }
}
