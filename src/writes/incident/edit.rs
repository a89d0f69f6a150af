//! Changing what an incident says of itself, with the way back to what it said.

use super::super::UNCHANGED;
use super::super::form::{Fault, Field, Form, Request, Set, guard, moved, value_of};
use super::own_fields::{State, assignment, set_own_fields};
use crate::domain::{FieldId, Guarded, Incident, Instant};
use serde_json::{Value, json};

/// What a form changes: the two bodies, the words for either, and the keys for the guard.
struct Edit {
    new: Value,
    old: Value,
    says: Vec<String>,
    says_back: Vec<String>,
    changed: Vec<Set>,
}

pub(super) fn request(form: &Form, incident: &Incident, now: Instant) -> Result<Request, Fault> {
    let mut edit = Edit {
        new: json!({}),
        old: json!({}),
        says: Vec::new(),
        says_back: Vec::new(),
        changed: touched(form, now),
    };
    edit.set_plain_fields(form);
    edit.set_chosen_role(form, incident);
    set_own_fields(form, &mut edit.new, now, State::Now)?;
    set_own_fields(form, &mut edit.old, now, State::Before)?;
    if edit.new == json!({}) {
        let first = form
            .fields
            .first()
            .map_or(FieldId::from(""), |f| f.id.clone());
        return Err((first, UNCHANGED.into()));
    }
    edit.say_moves(form, incident);
    Ok(edit.into_request(form, incident))
}

/// Fields of an incident that changed, as the guard knows them.
fn touched(form: &Form, now: Instant) -> Vec<Set> {
    const PLAIN: [&str; 5] = ["name", "summary", "severity", "status", "call"];
    let known = |id: &FieldId| id.group().is_some() || PLAIN.iter().any(|name| id == name);
    let mut all = form.changes(now);
    all.retain(|set| known(&set.key));
    all
}

impl Edit {
    fn set_plain_fields(&mut self, form: &Form) {
        for (field, key) in [
            ("name", "name"),
            ("summary", "summary"),
            ("call", "call_url"),
            ("severity", "severity_id"),
            ("status", "incident_status_id"),
        ] {
            if let Some(f) = form.field(field).filter(|f| f.is_changed()) {
                self.new[key] = json!(f.sent().concat());
                self.old[key] = json!(f.sent_back().concat());
            }
        }
    }

    /// The role that is chosen by name, where the form asks for one.
    fn set_chosen_role(&mut self, form: &Form, incident: &Incident) {
        let Some(role) = form.field("role") else {
            return;
        };
        let person = Some(form.text("person")).filter(|p| !p.is_empty());
        let found = incident.roles.iter().find(|r| r.id == role.text());
        let holder = found.and_then(|r| r.value.as_ref());
        let held = holder.map(|p| p.id.as_str());
        if held == person {
            return;
        }
        let key = "incident_role_assignments";
        self.new[key] = json!([assignment(role.text(), person)]);
        self.old[key] = json!([assignment(role.text(), held)]);
        let (was, now) = (holder.map_or("", |p| &p.name), form.words("person"));
        let key = FieldId::Role(role.text().to_owned());
        self.changed.push(Set::new(key, role.shown(), &now));
        self.says.push(moved(&role.shown(), was, &now));
        self.says_back.push(moved(&role.shown(), &now, was));
    }

    /// Of several incidents each has values of its own: what was there is read from it, not from the form.
    fn say_moves(&mut self, form: &Form, incident: &Incident) {
        let standing = incident.comparable_values();
        let is_known = |f: &&Field| self.changed.iter().any(|set| set.key == f.id);
        for f in form.fields.iter().filter(is_known) {
            let chosen = f.id == "severity" || f.id == "status";
            let was = if chosen {
                value_of(&standing, &f.id)
            } else {
                f.words(&f.was)
            };
            self.says.push(moved(&f.label, &was, &f.shown()));
            self.says_back.push(moved(&f.label, &f.shown(), &was));
        }
    }

    fn into_request(self, form: &Form, incident: &Incident) -> Request {
        let row = &incident.row;
        let (id, standing) = (row.id.as_str(), incident.comparable_values());
        let what = format!("{}: {}", row.reference, self.says.join("; "));
        let back = format!("Undo: {}: {}", row.reference, self.says_back.join("; "));
        let mut says = self.says;
        says.push(told(form.yes("notify"), incident));
        let path = format!("/v2/incidents/{id}/actions/edit");
        let body = json!({"incident": self.new, "notify_incident_channel": form.yes("notify")});
        let request = Request::new(what, id, "POST", &path, body)
            .saying(says)
            .on(guard(Guarded::Incident, id, &standing, &self.changed));
        match one_way(form, incident) {
            Some(why) => request.never(why),
            None => {
                let old = json!({"incident": self.old, "notify_incident_channel": false});
                request.back(back, "POST", path, old)
            }
        }
    }
}

/// Whether the incident's channel hears of it.
fn told(is_told: bool, incident: &Incident) -> String {
    let channel = incident.channel.as_deref().unwrap_or("of the incident");
    let verb = if is_told { "Tells" } else { "Does not tell" };
    format!("{verb} the channel {channel}.")
}

/// Why there is no way back.
fn one_way(form: &Form, incident: &Incident) -> Option<&'static str> {
    let status = form.field("status").filter(|f| f.is_changed());
    let category = |f: &Field| f.choice().map(|choice| choice.note.clone());
    if status.is_some_and(|f| category(f).as_deref() != Some(incident.row.category.label())) {
        return Some("the API does not move an incident back to the category it came from.");
    }
    let several = form.subjects.len() > 1;
    several.then_some("it was done on several incidents at once; edit the one that is wrong.")
}
