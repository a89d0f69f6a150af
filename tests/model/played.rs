//! One random night, and what is wrong with how it ended.

use crate::night::{Night, about, home, session};
use crate::program::{Kind, Step};
use crate::recorder::{Break, Colleague, Exchange};
use axum::http::{HeaderMap, HeaderValue, Uri};
use hotseat::config::organisation_name;
use hotseat::domain::{Write, WriteState};
use hotseat::session::Session;
use hotseat::writes::{Form, Subject, WriteKind};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Milliseconds after which nothing of a late delivery is still on its way.
const LATEST: u64 = 800;

/// How often what is open is gone on with in the end.
const RESUMED: usize = 6;

/// A night under way: two programs on one journal.
struct Game<'a> {
    night: &'a mut Night,
    /// What makes its words its own.
    tag: String,
    home: tempfile::TempDir,
    programs: Vec<Session>,
    written: Vec<Write>,
}

/// How long a night may take on a busy machine before it counts as one that never ends.
const PATIENCE: Duration = Duration::from_secs(300);

/// Plays a program; says what is wrong with how it ended.
pub async fn play(night: &mut Night, seed: u64, steps: &[Step]) -> Result<(), String> {
    let played = tokio::time::timeout(PATIENCE, played(night, seed, steps));
    played.await.unwrap_or(Err("it does not end".into()))
}

async fn played(night: &mut Night, seed: u64, steps: &[Step]) -> Result<(), String> {
    let home = home();
    let began = night.recorder.log.lock().expect("lock").len();
    let mut game = Game {
        night,
        tag: format!("n{seed}-{began}"),
        home,
        programs: Vec::new(),
        written: Vec::new(),
    };
    game.programs = vec![game.program(), game.program()];
    for step in steps {
        game.step(step).await?;
    }
    game.quiet(steps).await?;
    let journal = game.programs[0].journal(1_000).await.expect("the journal");
    let log = game.night.recorder.log.lock().expect("lock");
    for write in &game.written {
        let known = journal.iter().find(|w| w.key == write.key);
        let known = known.ok_or_else(|| format!("{} is not in the journal", write.what))?;
        judge(known, &log[began..])?;
    }
    let severities = &game.night.org.severities;
    let name = |id: &str| {
        let found = severities.iter().find(|s| &*s.id == id);
        found.map_or(String::new(), |s| s.name.to_string())
    };
    nobody_is_overwritten(&game.written, &log[began..], &name)
}

impl Game<'_> {
    /// A program that stays open, on the journal that commands of the same home use.
    fn program(&self) -> Session {
        let name = organisation_name(&self.night.url, None).expect("a name");
        let state = self.home.path().join(".local/state/hotseat");
        let journal = state.join(format!("{name}.journal.db"));
        session(&self.night.url, &self.night.running.key, Some(journal))
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Some(ahead) = step.ahead {
            *self.night.recorder.ahead.lock().expect("lock") = ahead;
        }
        // What was to break the write before and did not come to it breaks nothing that prepares this one.
        self.night.recorder.break_in_turn([]);
        let words = format!("{}-{}", self.tag, step.number);
        let Some((form, colleague)) = self.form(step, &words).await else {
            return Ok(());
        };
        let mut colleague = colleague.filter(|_| step.colleague);
        let faults: Vec<_> = step.faults.iter().map(|f| (*f, colleague.take())).collect();
        if step.by_command {
            self.night.recorder.break_in_turn(faults);
            self.command(step, &words).await;
        } else {
            let planned = form.plan(self.programs[step.by].now(), &words);
            let mut planned = planned.map_err(|e| format!("no plan: {e:?}"))?;
            let write = planned.remove(0).write;
            self.written.push(write.clone());
            self.night.recorder.break_in_turn(faults);
            self.send(step.by, write).await;
        }
        if step.retries {
            let _ = self.programs[1 - step.by].retry_all().await;
        }
        Ok(())
    }

    /// Sends a write; a program whose request is held is killed, and another one is started in its place.
    async fn send(&mut self, by: usize, write: Write) {
        while self.night.held.try_recv().is_ok() {}
        let program = self.programs.remove(by);
        let sending = tokio::spawn(async move {
            program.send(vec![write], &[]).await;
            program
        });
        let killed = sending.abort_handle();
        let program = tokio::select! {
            done = sending => done.ok(),
            _ = self.night.held.recv() => {
                killed.abort();
                None
            }
        };
        let program = program.unwrap_or_else(|| self.program());
        self.programs.insert(by, program);
    }

    /// The same as a command, killed where its request is held; what it wrote is in the journal under its own key.
    async fn command(&mut self, step: &Step, words: &str) {
        while self.night.held.try_recv().is_ok() {}
        let row = &self.night.rows[step.incident];
        let reference = row.reference.to_string();
        let (message, summary) = (format!("--message={words}"), format!("--summary={words}"));
        let args: [&str; 4] = match step.kind {
            Kind::Update => ["incidents", "update", &reference, &message],
            Kind::Action => ["actions", "create", &reference, words],
            Kind::FollowUp => ["follow-ups", "create", &reference, words],
            Kind::Summary => ["incidents", "edit", &reference, &summary],
            _ => ["timeline", "add", &reference, words],
        };
        let args = [&args[..], &["--yes"]].concat();
        let command = self.night.command(self.home.path(), &args);
        let mut child = tokio::process::Command::from(command)
            .spawn()
            .expect("it runs");
        tokio::select! {
            _ = child.wait() => {}
            _ = self.night.held.recv() => child.kill().await.expect("killed"),
        }
        let journal = self.programs[0].journal(1_000).await.expect("the journal");
        let says = |w: &Write| w.body.to_string().contains(words);
        self.written.extend(journal.into_iter().filter(says));
    }

    /// Nothing breaks any more, and everything that is late has come: what is open is gone on with.
    async fn quiet(&mut self, steps: &[Step]) -> Result<(), String> {
        self.night.recorder.break_in_turn([]);
        *self.night.recorder.ahead.lock().expect("lock") = 0;
        let is_late = |f: &Break| matches!(f, Break::Late(_));
        if steps.iter().any(|s| s.faults.iter().any(is_late)) {
            tokio::time::sleep(Duration::from_millis(LATEST)).await;
        }
        // On a busy machine an answer may come too late even now.
        for program in self.programs.iter().cycle().take(RESUMED) {
            let resumed = program.resume_writes(program.now()).await;
            resumed.map_err(|e| format!("not resumed: {e}"))?;
        }
        Ok(())
    }

    /// A write as a form makes it, and what a colleague would do to the same thing.
    async fn form(&self, step: &Step, words: &str) -> Option<(Form, Option<Colleague>)> {
        let night = &*self.night;
        let id = night.rows[step.incident].id.clone();
        let incident = night.incident(id.as_str()).await;
        let on = |kind, typed: &[(&str, &str)]| (night.form(kind, about(&incident), typed), None);
        let theirs = format!("colleague {words}");
        Some(match step.kind {
            Kind::Note => on(WriteKind::Note, &[("title", words)]),
            Kind::Update => on(WriteKind::Update, &[("message", words)]),
            Kind::Action => on(WriteKind::ActionAdd, &[("description", words)]),
            Kind::FollowUp => on(WriteKind::FollowUpAdd, &[("title", words)]),
            Kind::Page => on(
                WriteKind::Page,
                &[("people", "Bram Haddad"), ("title", words)],
            ),
            Kind::Declare => {
                let typed = [("name", words), ("severity", "Gale")];
                (
                    night.form(WriteKind::Declare, Subject::Nothing, &typed),
                    None,
                )
            }
            Kind::Summary => {
                let form = on(WriteKind::Edit, &[("summary", words)]).0;
                let path = format!("/v2/incidents/{id}/actions/edit");
                let body =
                    json!({"incident": {"summary": theirs}, "notify_incident_channel": false});
                (form, Some((Method::POST, path, body)))
            }
            Kind::Severity => {
                let now = incident.row.severity.as_deref().unwrap_or_default();
                let mut others = night.org.severities.iter().filter(|s| &*s.name != now);
                let ours = others.next().expect("a severity").name.clone();
                let form = on(
                    WriteKind::Severity,
                    &[("severity", &ours), ("message", words)],
                )
                .0;
                let other = others.next().expect("another severity");
                let body = json!({"incident_id": id, "to_severity_id": other.id, "message": theirs,
                    "idempotency_key": theirs});
                (
                    form,
                    Some((Method::POST, "/v2/incident_updates".into(), body)),
                )
            }
            Kind::ActionEdit => {
                let action = self.action(id.as_str(), words).await;
                let action = night.client.action(&action).await.expect("an action");
                let path = format!("/v3/actions/{}", action.id);
                let subject = Subject::Action(Box::new(action));
                let form = night.form(WriteKind::ActionEdit, subject, &[("description", words)]);
                let body = json!({"description": theirs, "status": "outstanding"});
                (form, Some((Method::PUT, path, body)))
            }
            Kind::Ack => {
                let typed = [("people", "Bram Haddad"), ("title", words)];
                let page = night.form(WriteKind::Page, about(&incident), &typed);
                let planned = page.plan(night.now(), &format!("before {words}"));
                let page = planned.expect("a plan").remove(0).write;
                let paged = night.here.send(vec![page], &[]).await.remove(0);
                let page = night.client.escalation(&paged.write.result?).await;
                let subject = Subject::Page(Box::new(page.expect("a page")));
                (night.form(WriteKind::Ack, subject, &[]), None)
            }
            Kind::Cover => {
                let schedule = night.schedules[step.incident].clone();
                let until = format!("+{}m", 30 + step.number);
                let subject = Subject::Schedule(Box::new(schedule));
                let form = night.form(WriteKind::Cover, subject, &[("to", &until)]);
                // Whoever covers already has nothing to cover.
                form.plan(night.now(), words).ok()?;
                (form, None)
            }
        })
    }

    /// An action that is there already.
    async fn action(&self, incident: &str, words: &str) -> String {
        let body = json!({"incident_id": incident, "description": format!("before {words}")});
        let key = format!("Bearer {}", self.night.running.key);
        let headers = HeaderMap::from_iter([
            (
                axum::http::header::AUTHORIZATION,
                HeaderValue::from_str(&key).expect("a header"),
            ),
            (
                axum::http::header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
        ]);
        let (uri, body) = (Uri::from_static("/v3/actions"), body.to_string().into());
        let made = self
            .night
            .recorder
            .perform(&Method::POST, &uri, &headers, &body)
            .await;
        let made: Value = serde_json::from_slice(&made.2).expect("JSON");
        made["action"]["id"].as_str().expect("an id").to_owned()
    }
}

/// Whether an exchange carried out a write: the very request, and yes for an answer.
fn did(exchange: &Exchange, write: &Write) -> bool {
    exchange.status < 300
        && exchange.method == write.method.to_lowercase()
        && exchange.path == write.path
        && exchange.body == write.body
}

/// Whether the journal says of a write what is so.
fn judge(known: &Write, log: &[Exchange]) -> Result<(), String> {
    let done: Vec<&Exchange> = log.iter().filter(|e| did(e, known)).collect();
    // What makes something makes it under an id: the same one where the platform knows the request again.
    let made: BTreeSet<String> = done.iter().map(|e| first_id(&e.answer)).collect();
    let state = known.state.word();
    let told = |wrong: &str| {
        Err(format!(
            "\"{}\" is {state} ({}), and {wrong}: done {} times, {} made",
            known.what,
            known.said,
            done.len(),
            made.len()
        ))
    };
    if made.len() > 1 {
        return told("stands more than once");
    }
    match known.state {
        WriteState::Confirmed if done.is_empty() => told("was not done"),
        WriteState::Waiting | WriteState::Refused if !done.is_empty() => told("was done"),
        WriteState::InDoubt if !known.on_hold => told("nobody goes on with it"),
        WriteState::InDoubt if known.said.is_empty() => told("no reason is given"),
        WriteState::Sent | WriteState::GivenUp | WriteState::Damaged => told("that cannot be"),
        _ => Ok(()),
    }
}

/// The id of the one thing an answer shows.
fn first_id(answer: &Value) -> String {
    let things = answer.as_object().into_iter().flat_map(|o| o.values());
    let mut ids = things.filter_map(|thing| thing["id"].as_str());
    ids.next().unwrap_or_default().to_owned()
}

/// What an exchange sets: where, to what, and whether a colleague did it.
fn set_by(
    exchange: &Exchange,
    severity: &dyn Fn(&str) -> String,
) -> Option<(String, String, bool)> {
    let body = &exchange.body;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (slot, value) = match (exchange.method.as_str(), exchange.path.as_str()) {
        _ if exchange.status >= 300 => return None,
        ("post", "/v2/incident_updates") => {
            let incident = text(&body["incident_id"])?;
            (
                format!("severity of {incident}"),
                severity(body["to_severity_id"].as_str()?),
            )
        }
        ("post", path) if path.ends_with("/actions/edit") => (
            format!("summary {path}"),
            text(&body["incident"]["summary"])?,
        ),
        ("put", path) => (format!("description {path}"), text(&body["description"])?),
        _ => return None,
    };
    Some((slot, value, body.to_string().contains("colleague ")))
}

/// Every value that a colleague set stands until somebody writes who has seen it.
fn nobody_is_overwritten(
    written: &[Write],
    log: &[Exchange],
    severity: &dyn Fn(&str) -> String,
) -> Result<(), String> {
    let mut standing: HashMap<String, (String, bool)> = HashMap::new();
    for exchange in log {
        let Some((slot, value, theirs)) = set_by(exchange, severity) else {
            continue;
        };
        let before = standing.insert(slot, (value.clone(), theirs));
        let Some((before, true)) = before.filter(|(before, _)| !theirs && *before != value) else {
            continue;
        };
        let write = written.iter().find(|w| did(exchange, w));
        let seen = write.is_some_and(|w| saw(w, &before));
        if !seen {
            return Err(format!(
                "{before:?} of a colleague was overwritten with {value:?}"
            ));
        }
    }
    Ok(())
}

/// Whether a write was made on a value.
fn saw(write: &Write, value: &str) -> bool {
    let guard = write.guard.as_ref().expect("an edit stands on something");
    guard.expects.iter().any(|e| e.value == value)
}
