//! What is to be learnt of an incident that was resolved: a post-mortem and follow-ups, drafted from its rows alone.

use crate::config::Learn;
use crate::domain::text::counted;
use crate::domain::{Finding, Incident, IncidentId, WriteKind, digest};
use crate::draft::{self, Material, Suggestion, TextKind, follow_ups};
use crate::session::{ApiError, Imported, InvestigationRequest, Session, TargetRef, WriteRequest};

/// What is drafted.
const KIND: TextKind = TextKind::PostMortem;

/// Drafts it, and keeps or imports it as configured; what was done, in sentences.
pub async fn lesson(session: &Session, id: &IncidentId) -> Result<Vec<String>, ApiError> {
    let learn = session.config().bridge.learn;
    if learn == Learn::Off {
        return Ok(Vec::new());
    }
    let finding = finding(session, id).await;
    let material = session.material(KIND, id.as_str(), finding).await?;
    match learn == Learn::Import {
        true => import(session, id, material).await,
        false => keep(session, &material).await,
    }
}

/// What is known of the cause by now. Without it the rest is drafted all the same.
async fn finding(session: &Session, id: &IncidentId) -> Option<Finding> {
    if !session.config().bridge.investigate {
        return None;
    }
    let request = InvestigationRequest::of(id.as_str());
    let found = session.investigate(&request, None).await;
    found.ok().map(|done| done.finding)
}

async fn keep(session: &Session, material: &Material) -> Result<Vec<String>, ApiError> {
    let incident = &material.rows.incident;
    let reference = &incident.row.reference;
    if !incident.is_public() {
        let says = format!("{reference} is private: no post-mortem of it is kept on disk.");
        return Ok(vec![says]);
    }
    let text = draft::markdown(&material.lines(KIND));
    let says = match session.keep_post_mortem(incident, &text).await? {
        true => format!(
            "{reference}: a post-mortem is drafted and kept here; the console goes on from it under \"import post-mortem\"."
        ),
        false => format!("{reference}: somebody began a post-mortem here, which stays as it is."),
    };
    let suggested = follow_ups(&material.rows);
    let suggests = suggested.iter().map(|one| one.title.as_str());
    let suggests = suggests.collect::<Vec<_>>().join("; ");
    let suggests = (!suggests.is_empty())
        .then(|| format!("{reference}: what may be done after it: {suggests}"));
    Ok([says].into_iter().chain(suggests).collect())
}

async fn import(
    session: &Session,
    id: &IncidentId,
    material: Material,
) -> Result<Vec<String>, ApiError> {
    let suggested = follow_ups(&material.rows);
    let mut says = Vec::new();
    let mut created = 0;
    for one in &suggested {
        match follow_up(session, id, one).await {
            Ok(true) => created += 1,
            Ok(false) => {}
            Err(e) if e.is_passing() => return Err(e),
            Err(e) => says.push(format!(
                "No follow-up was created of \"{}\": {e}",
                one.title
            )),
        }
    }
    // The document names them as they stand by now.
    let finding = material.rows.finding;
    let material = session.material(KIND, id.as_str(), finding).await?;
    let incident: &Incident = &material.rows.incident;
    let reference = &incident.row.reference;
    if created > 0 {
        let many = counted(created, "follow-up was", "follow-ups were");
        says.push(format!("{reference}: {many} created."));
    }
    let text = draft::markdown(&material.lines(KIND));
    let imported = session.import(incident, &text, false).await?;
    if matches!(imported, Imported::Done) {
        says.push(imported.line(incident));
    }
    Ok(says)
}

/// Creates a follow-up, once for what it stands on; whether it was created just now.
async fn follow_up(session: &Session, id: &IncidentId, one: &Suggestion) -> Result<bool, ApiError> {
    let about = TargetRef::Incident(id.to_string());
    let fields = [("title", &one.title), ("description", &one.why)];
    let request = WriteRequest {
        fields: fields
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into(),
        ..WriteRequest::new(WriteKind::FollowUpAdd, about)
    };
    let key = digest(&["bridge follow-up", id.as_str(), &one.row, &one.title]);
    let outcome = session.bring_about(&key, request).await?.confirmed()?;
    Ok(!outcome.before)
}
