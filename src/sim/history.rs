//! Three months of past incidents, told the way people tell them: updates, notes, pages, causes and what was left to do.

use super::acts::{self, Declare};
use super::company::{Blueprint, Story};
use super::json::{stamp, text};
use super::pages;
use super::world::World;
use crate::domain::Instant;
use chrono::Duration;
use serde_json::{Value, json};

/// Incidents told in full; a longer history repeats their bones without updates and notes.
const TOLD: usize = 400;

/// Adds `count` past incidents, a handful of them still open.
pub fn write(world: &mut World, plan: &Blueprint, count: usize, now: Instant) {
    let services: Vec<Value> = world
        .rows("catalog_entries")
        .iter()
        .filter(|e| {
            e["attribute_values"]
                .as_object()
                .is_some_and(|v| !v.is_empty())
        })
        .cloned()
        .collect();
    let days = (92.0 * (count as f64 / TOLD as f64).max(1.0)).min(3_650.0);
    for n in 0..count {
        let left = (count - n) as f64 / count.max(1) as f64;
        let jitter = world.rng.i64(0..3_600);
        let started = now - Duration::seconds((left * days * 86_400.0) as i64 + 7_200 + jitter);
        let service = services[world.rng.usize(..services.len())].clone();
        let story = plan.story[world.rng.usize(..plan.story.len())].clone();
        // The newest few are still open; the rest ran their course.
        let open = count - n <= 5.min(count / 2);
        world.silent = count - n > TOLD;
        past(
            world,
            plan,
            &service,
            &story,
            (started, now),
            open,
            count - n <= TOLD,
        );
    }
}

fn filled(world: &mut World, plan: &Blueprint, service: &Value) -> impl Fn(&str) -> String + use<> {
    let region = plan.regions[world.rng.usize(..plan.regions.len())].clone();
    let number = world.rng.u32(3..90).to_string();
    let name = text(&service["name"]).to_owned();
    let depends: Vec<String> = service["attribute_values"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, v)| v["array_value"].as_array().cloned().unwrap_or_default())
        .map(|v| text(&v["label"]).to_owned())
        .collect();
    let dep = if depends.is_empty() {
        "config-store".to_owned()
    } else {
        depends[world.rng.usize(..depends.len())].clone()
    };
    move |raw: &str| {
        raw.replace("{svc}", &name)
            .replace("{dep}", &dep)
            .replace("{region}", &region)
            .replace("{n}", &number)
    }
}

fn past(
    world: &mut World,
    plan: &Blueprint,
    service: &Value,
    story: &Story,
    (started, now): (Instant, Instant),
    open: bool,
    told: bool,
) {
    let fill = filled(world, plan, service);
    let severity = plan.severities[[0, 1, 1, 2, 2, 2, 2, 3, 3][world.rng.usize(..9)]][0].clone();
    let team = plan
        .team
        .iter()
        .find(|t| {
            t.services
                .iter()
                .any(|s| s.split(' ').next() == service["name"].as_str())
        })
        .map_or("Platform", |t| t.name.as_str())
        .to_owned();
    let minutes = world.rng.i64(18..240);
    let at = |part: f64| started + Duration::seconds((minutes as f64 * 60.0 * part) as i64);
    let declared = Declare {
        name: fill(&story.title),
        summary: fill(&story.summary),
        severity: severity.clone(),
        status: "Investigating".into(),
        service: text(&service["name"]).into(),
        team: team.clone(),
        visibility: if world.rng.u32(..60) == 0 {
            "private"
        } else {
            "public"
        }
        .into(),
        mode: "standard".into(),
    };
    let id = acts::declare(world, &declared, started);
    let lead = acts::member(world, &team);
    world.change_incident(&id, at(0.05), |body| acts::assign(body, "lead", &lead));
    if told {
        let telling = Telling {
            id: &id,
            story,
            fill: &fill,
            at: &at,
            lead: &lead,
            now,
        };
        telling.tell(world, &team, open);
    }
    if open {
        return;
    }
    let (closed, end) = if world.rng.u32(..8) == 0 {
        ("Writing up", at(1.0))
    } else {
        ("Closed", now.min(at(1.0) + Duration::hours(20)))
    };
    // It was resolved long before anybody closed it.
    world.change_incident(&id, at(1.0), |body| {
        World::reach(body, "Fixed at", at(0.9));
        World::reach(body, "Resolved at", at(1.0));
    });
    acts::move_status(world, &id, closed, end);
    world.change_incident(&id, end, |body| {
        body["summary"] = json!(format!("{} Cause: {} Resolved: {}", fill(&story.summary), fill(&story.cause), fill(&story.resolution)));
        body["duration_metrics"] =
            json!([{"duration_metric": {"id": "01HDURATIONRESOLVE00000000", "name": "Time to resolve"}, "status": "success", "value_seconds": minutes * 60}]);
    });
}

/// An incident as people told it: what happened when, in shares of the time that it lasted.
struct Telling<'a> {
    id: &'a str,
    story: &'a Story,
    fill: &'a dyn Fn(&str) -> String,
    at: &'a dyn Fn(f64) -> Instant,
    lead: &'a Value,
    now: Instant,
}

impl Telling<'_> {
    /// Tells it all, up to where it is by now.
    fn tell(&self, world: &mut World, team: &str, open: bool) {
        let service =
            text(
                &world.incident(self.id).unwrap_or_default()["custom_field_entries"][0]["values"]
                    [0]["value_catalog_entry"]["name"],
            )
            .to_owned();
        let alert = self.call_out(world, &service, team);
        self.update(world, open);
        let sign = format!("First sign: {} fired for {service}", self.story.alert);
        acts::note(world, self.id, &sign, "", (self.at)(-0.05), (self.at)(0.3));
        if open {
            let check = format!("Check whether other callers of {service} are affected");
            acts::action(world, self.id, &check, Some(self.lead), (self.at)(0.3));
            return;
        }
        self.explain(world);
        acts::resolve_alert(world, &alert, (self.at)(1.0));
        self.follow_up(world);
        if world.rng.u32(..4) == 0 {
            self.write_down(world);
        }
        self.run_workflow(world);
    }

    /// The alert, and who answered its page.
    fn call_out(&self, world: &mut World, service: &str, team: &str) -> String {
        let (id, name) = (self.id, &self.story.alert);
        let (title, key) = (
            format!("{name}: {service}"),
            format!("{name}-{service}-{id}"),
        );
        let first = (self.at)(-0.05);
        let alert = acts::alert(world, "Prometheus", &title, &key, service, first);
        let declared = (self.at)(0.0);
        acts::attach(world, &alert, id, declared);
        let title = (self.fill)(&self.story.title);
        let page = pages::page(world, &title, team, &[], Some(id), Some(&alert), declared);
        pages::respond(world, &page, "acked", (self.at)(0.03));
        let took = format!("{} became Incident Lead", text(&self.lead["name"]));
        world.log(id, "role_update", &took, (self.at)(0.05), None);
        alert
    }

    /// The updates; the last one is still to come where it is open.
    fn update(&self, world: &mut World, open: bool) {
        let shown = self.story.updates.len() - usize::from(open);
        for (n, update) in self.story.updates.iter().take(shown).enumerate() {
            let status = ["Investigating", "Fixing", "Watching"][n.min(2)];
            let (words, at) = ((self.fill)(update), (self.at)(0.2 + 0.25 * n as f64));
            acts::update(world, self.id, &words, Some(status), None, self.lead, at);
        }
    }

    fn explain(&self, world: &mut World) {
        for (title, words, happened, told) in [
            ("Cause found", &self.story.cause, 0.6, 0.65),
            ("Resolved", &self.story.resolution, 0.95, 0.97),
        ] {
            let (words, at) = ((self.fill)(words), self.at);
            acts::note(world, self.id, title, &words, at(happened), at(told));
        }
    }

    fn follow_up(&self, world: &mut World) {
        if world.rng.bool() {
            let (words, end) = ((self.fill)(&self.story.resolution), (self.at)(1.0));
            let follow = acts::follow_up(world, self.id, &words, Some(self.lead), end);
            if world.rng.u32(..3) > 0 {
                let done = self.now.min(end + Duration::days(3));
                acts::complete(world, "follow_ups", &follow, done);
            }
        }
    }

    /// A post-mortem.
    fn write_down(&self, world: &mut World) {
        let (fill, story) = (self.fill, self.story);
        let title = fill(&story.title);
        let markdown = format!(
            "# {title}\n\n## Summary\n\n{}\n\n## Cause\n\n{}\n\n## Resolution\n\n{}\n",
            fill(&story.summary),
            fill(&story.cause),
            fill(&story.resolution)
        );
        let at = (self.at)(1.0) + Duration::hours(30);
        acts::document(world, self.id, &title, &markdown, self.lead, at);
    }

    fn run_workflow(&self, world: &mut World) {
        let workflow = world.rows("workflows")[0].clone();
        let run = world.id();
        let when = stamp((self.at)(0.01));
        let body = world.incident(self.id).unwrap_or_default();
        let step = |name: &str| json!({"step": name, "status": "complete", "completed_at": when});
        world.add("workflow_runs", json!({"id": run, "workflow_id": workflow["id"], "workflow_name": workflow["name"], "workflow_version_id": run, "workflow_version_number": 3, "created_at": when, "updated_at": when,
            "scheduled_at": when, "incident_id": self.id, "incident_reference": body["reference"], "progress": [step("invite_team_to_channel"), step("post_service_links")]}));
    }
}
