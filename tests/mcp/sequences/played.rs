//! A sequence played against the real program, and held after each step to what may have been sent.

use super::person::{Colleague, Desk, Meanwhile};
use super::program::{Confirms, Program, Reply, Step, Token};
use crate::agent::start;
use crate::line::Wire;
use crate::recorder::Recorder;
use crate::simulated::Organisation;
use hotseat::domain::text::shown;
use rmcp::RoleClient;
use rmcp::model::{CallToolRequest, CallToolRequestParams, ClientRequest, ServerResult};
use rmcp::service::RunningService;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Minutes after which a proposal is too old.
const GOOD_FOR: i64 = 10;

/// Kinds that are made on where an incident stands; others are about its page.
const OF_INCIDENTS: [&str; 8] = [
    "update",
    "note",
    "edit",
    "close",
    "role",
    "page",
    "add_action",
    "add_follow_up",
];

/// What sequences came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub calls: usize,
    pub proposed: usize,
    pub asked: usize,
    pub sent: usize,
    pub refused: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.proposed += other.proposed;
        self.asked += other.asked;
        self.sent += other.sent;
        self.refused += other.refused;
    }
}

/// A proposal as the agent knows it.
struct Known {
    token: String,
    requests: Vec<String>,
    /// Which run of the program made it, and at which minute.
    run: usize,
    made: i64,
    /// The incident it is about, as the program names it.
    about: Option<String>,
    /// It was confirmed or declined for sure.
    is_spent: bool,
    /// What it was made on was changed.
    is_moved: bool,
}

/// An organisation behind the recorder, and its colleague.
pub struct Player {
    org: Organisation,
    recorder: Arc<Recorder>,
    url: String,
    colleague: Colleague,
}

/// One sequence on its way.
struct Night<'a> {
    player: &'a Player,
    program: &'a Program,
    args: Vec<String>,
    desk: Desk,
    client: Option<(RunningService<RoleClient, Desk>, tokio::process::Child)>,
    incidents: Vec<String>,
    known: Vec<Known>,
    run: usize,
    tally: Tally,
}

impl Player {
    pub fn new() -> Self {
        let org = Organisation::new("");
        let running = org.running.as_ref().expect("running");
        let (to, key) = (running.url.clone(), running.key.clone());
        let (url, recorder, _) = org.runtime.block_on(Recorder::start(&to, Wire::Plain));
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let colleague = Colleague {
            http,
            url: to,
            key,
            done: Arc::default(),
        };
        Self {
            org,
            recorder,
            url,
            colleague,
        }
    }

    /// Plays a sequence; what it came to, or what was wrong.
    pub fn play(&mut self, seed: u64, program: &Program) -> Result<Tally, String> {
        *self.recorder.ahead.lock().expect("whole") = 0;
        let config = self.org.home.path().join("agent.toml");
        std::fs::write(&config, "[mcp]\nconfirm = \"agent\"\n").expect("a file");
        let mut args = Vec::new();
        if program.confirms == Confirms::Agent {
            args = vec!["--config".to_owned(), config.display().to_string()];
        }
        args.extend(program.read_only.then(|| "--read-only".to_owned()));
        let incident = Arc::new(Mutex::new(None));
        let desk = Desk {
            can_ask: program.confirms == Confirms::Person,
            reply: Arc::new(Mutex::new(Reply::No)),
            asked: Arc::default(),
            meanwhile: self.meanwhile(incident.clone()),
        };
        let mut night = Night {
            player: self,
            program,
            args,
            desk,
            client: None,
            incidents: Vec::new(),
            known: Vec::new(),
            run: 0,
            tally: Tally::default(),
        };
        self.org.runtime.block_on(async {
            night.restart().await;
            night.look().await;
            for (at, step) in program.steps.iter().enumerate() {
                night
                    .take(step, &incident)
                    .await
                    .map_err(|why| format!("seed {seed}, step {at}, {step:?}: {why}"))?;
            }
            night.end().await;
            Ok(night.tally)
        })
    }

    /// What happens while the person thinks, to the incident of the proposal they were asked about.
    fn meanwhile(&self, incident: Arc<Mutex<Option<String>>>) -> Meanwhile {
        let (recorder, colleague) = (self.recorder.clone(), self.colleague.clone());
        Arc::new(move |reply| {
            let (recorder, colleague, incident) =
                (recorder.clone(), colleague.clone(), incident.clone());
            Box::pin(async move {
                if reply == Reply::Late {
                    *recorder.ahead.lock().expect("whole") += (GOOD_FOR + 1) * 60;
                }
                let incident = incident.lock().expect("whole").clone();
                if let (Reply::Overtaken, Some(incident)) = (reply, incident) {
                    colleague.renames(&incident).await;
                }
            })
        })
    }
}

impl Night<'_> {
    fn minute(&self) -> i64 {
        *self.player.recorder.ahead.lock().expect("whole") / 60
    }

    async fn end(&mut self) {
        if let Some((client, mut server)) = self.client.take() {
            let _ = client.cancel().await;
            let _ = server.wait().await;
        }
    }

    async fn restart(&mut self) {
        self.end().await;
        self.run += 1;
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let (player, desk) = (self.player, self.desk.clone());
        self.client = Some(start(&player.url, &player.org, self.program.age, &args, desk).await);
    }

    /// The open incidents, as they were when the sequence began.
    async fn look(&mut self) {
        let told = self.call("whats_on_fire", json!({})).await;
        let all = told["structuredContent"]["data"]["incidents"].clone();
        let names = all.as_array().expect("a list").iter();
        self.incidents = names
            .filter_map(|one| Some(one["reference"].as_str()?.to_owned()))
            .collect();
        assert!(!self.incidents.is_empty(), "{told}");
    }

    async fn call(&mut self, tool: &'static str, arguments: Value) -> Value {
        let params = CallToolRequestParams::new(tool);
        let params = params.with_arguments(arguments.as_object().cloned().expect("an object"));
        self.tally.calls += 1;
        let (client, _) = self.client.as_ref().expect("it runs");
        match client.call_tool(params).await {
            Ok(result) => serde_json::to_value(result).expect("JSON"),
            Err(e) => json!({"isError": true, "content": e.to_string()}),
        }
    }

    /// The writes that reached the organisation since so many exchanges, as proposals show requests.
    fn written(&self, since: usize) -> Vec<String> {
        let log = self.player.recorder.log.lock().expect("whole");
        let written = log[since..]
            .iter()
            .filter(|exchange| exchange.method != "get");
        written
            .map(|exchange| {
                assert!(exchange.query.is_empty(), "{}", exchange.path);
                let body = match exchange.body.is_null() {
                    true => String::new(),
                    false => shown(&exchange.body),
                };
                let method = exchange.method.to_uppercase();
                format!("{method} {}\n{body}", exchange.path)
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    async fn take(&mut self, step: &Step, incident: &Mutex<Option<String>>) -> Result<(), String> {
        let since = self.player.recorder.log.lock().expect("whole").len();
        match step {
            Step::Confirm(token, reply) => {
                return self.confirm(token, *reply, since, incident).await;
            }
            Step::Forge(token, state) => return self.forge(token, state, since).await,
            Step::Propose(asked) => self.propose(asked).await?,
            Step::Call(tool, arguments) => drop(self.call(tool, self.named(arguments)).await),
            Step::Wait(minutes) => {
                *self.player.recorder.ahead.lock().expect("whole") += minutes * 60
            }
            Step::Colleague(nth) => {
                let incident = self.incidents[nth % self.incidents.len()].clone();
                self.player.colleague.renames(&incident).await;
                self.move_all(&incident);
            }
            Step::Restart => self.restart().await,
        }
        match self.written(since) {
            none if none.is_empty() => Ok(()),
            some => Err(format!("it sent {some:#?}")),
        }
    }

    /// Arguments with the references that are meant.
    fn named(&self, arguments: &Value) -> Value {
        let mut raw = arguments.to_string();
        for n in 0..3 {
            raw = raw.replace(&format!("@{n}"), &self.incidents[n % self.incidents.len()]);
        }
        serde_json::from_str(&raw).expect("JSON")
    }

    fn move_all(&mut self, incident: &str) {
        let about = |k: &&mut Known| k.about.as_deref() == Some(incident);
        self.known
            .iter_mut()
            .filter(about)
            .for_each(|k| k.is_moved = true);
    }

    async fn propose(&mut self, asked: &Value) -> Result<(), String> {
        let asked = self.named(asked);
        let told = self.call("propose", asked.clone()).await;
        let data = &told["structuredContent"]["data"];
        let Some(token) = data["token"].as_str() else {
            return Ok(());
        };
        if self.program.read_only || asked["kind"] == "publish" {
            return Err(format!("it could be proposed: {told}"));
        }
        self.tally.proposed += 1;
        let requests = data["requests"].as_array().expect("requests").iter();
        self.known.push(Known {
            token: token.to_owned(),
            requests: requests
                .map(|r| r.as_str().expect("a request").to_owned())
                .collect(),
            run: self.run,
            made: self.minute(),
            about: match OF_INCIDENTS.iter().any(|kind| asked["kind"] == **kind) {
                true => asked["about"].as_str().map(str::to_owned),
                false => None,
            },
            is_spent: false,
            is_moved: false,
        });
        Ok(())
    }

    /// The text of a token, and which proposal's it is where it is one's as it was given.
    fn token(&self, of: &Token) -> (String, Option<usize>) {
        let count = self.known.len();
        let nth = |n: usize| (count > 0).then(|| count - 1 - n % count);
        let text = |n: usize| {
            nth(n)
                .map(|n| self.known[n].token.clone())
                .unwrap_or_default()
        };
        match of {
            Token::Of(n) => (text(*n), nth(*n)),
            Token::Padded(n) => (format!(" {}\n", text(*n)), nth(*n)),
            Token::Flipped(n, at) => (flipped(&text(*n), *at), None),
            Token::Truncated(n, most) => {
                let text = text(*n);
                (text[..text.len().saturating_sub(*most)].to_owned(), None)
            }
            Token::Spliced(n, m) => {
                let (first, second) = (text(*n), text(*m));
                let half = first.len().min(second.len()) / 2;
                let spliced = format!("{}{}", &first[..half], &second[half..]);
                let whole = if spliced == first {
                    nth(*n)
                } else {
                    nth(*m).filter(|_| spliced == second)
                };
                (spliced, whole)
            }
            Token::Invented(text) => ((*text).to_owned(), None),
        }
    }

    /// Whether a proposal stands as it was made.
    fn stands(&self, nth: Option<usize>) -> bool {
        nth.map(|n| &self.known[n]).is_some_and(|known| {
            let is_young = self.minute() - known.made < GOOD_FOR;
            known.run == self.run
                && !known.is_spent
                && !known.is_moved
                && is_young
                && !self.program.read_only
        })
    }

    async fn confirm(
        &mut self,
        token: &Token,
        reply: Reply,
        since: usize,
        incident: &Mutex<Option<String>>,
    ) -> Result<(), String> {
        let (token, nth) = self.token(token);
        let stood = self.stands(nth);
        let about = nth.and_then(|n| self.known[n].about.clone());
        incident.lock().expect("whole").clone_from(&about);
        *self.desk.reply.lock().expect("whole") = reply;
        self.desk.asked.lock().expect("whole").clear();
        let told = self.call("confirm", json!({ "token": token })).await;
        let asked = std::mem::take(&mut *self.desk.asked.lock().expect("whole"));
        self.tally.asked += asked.len();
        if !stood && !asked.is_empty() && !self.is_old(nth) {
            return Err(format!(
                "somebody was asked about what does not stand: {asked:#?}"
            ));
        }
        if let (Reply::Overtaken, false, Some(about)) = (reply, asked.is_empty(), &about) {
            self.move_all(about);
        }
        let agrees = match self.program.confirms {
            Confirms::Agent => true,
            Confirms::Nobody => false,
            Confirms::Person => {
                let shows = |n: usize| {
                    self.known[n]
                        .requests
                        .iter()
                        .all(|r| asked.iter().any(|a| a.contains(r)))
                };
                let is_yes = reply == Reply::Yes || (reply == Reply::Overtaken && about.is_none());
                is_yes && nth.is_some_and(shows)
            }
        };
        let is_no = matches!(
            reply,
            Reply::No | Reply::Closed | Reply::Unticked | Reply::Nonsense(_)
        );
        self.judge(&told, nth, stood && agrees, since)?;
        if let (Some(n), true, false) = (nth, is_no, asked.is_empty()) {
            self.known[n].is_spent = true;
        }
        Ok(())
    }

    /// Whether a proposal is too old, which the program may learn only from the next answer that it gets.
    fn is_old(&self, nth: Option<usize>) -> bool {
        nth.is_some_and(|n| self.minute() - self.known[n].made >= GOOD_FOR)
    }

    /// An answer that nobody gave counts, where the client's word is all there is, for the question it names.
    async fn forge(&mut self, token: &Token, state: &Token, since: usize) -> Result<(), String> {
        let ((token, nth), (state, _)) = (self.token(token), self.token(state));
        let params = json!({
            "name": "confirm",
            "arguments": { "token": token },
            "inputResponses": {"send": {"action": "accept", "content": {"send": true}}},
            "requestState": state,
        });
        let params: CallToolRequestParams = serde_json::from_value(params).expect("a call");
        *self.desk.reply.lock().expect("whole") = Reply::No;
        self.desk.asked.lock().expect("whole").clear();
        let stood = self.stands(nth);
        let (client, _) = self.client.as_ref().expect("it runs");
        let asked = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let told = match client.send_request(asked).await {
            Ok(ServerResult::CallToolResult(result)) => serde_json::to_value(result).expect("JSON"),
            other => json!({"isError": true, "content": format!("{other:?}")}),
        };
        let is_stateless = matches!(self.program.age, crate::agent::Age::Stateless);
        let agrees = match self.program.confirms {
            Confirms::Agent => true,
            Confirms::Nobody => false,
            Confirms::Person => is_stateless && state == token,
        };
        self.judge(&told, nth, stood && agrees, since)?;
        let was_asked = !self.desk.asked.lock().expect("whole").is_empty();
        if let (Some(n), true) = (nth, was_asked) {
            self.known[n].is_spent = true;
        }
        Ok(())
    }

    /// Holds what a confirmation came to against what it may have come to.
    fn judge(
        &mut self,
        told: &Value,
        nth: Option<usize>,
        may: bool,
        since: usize,
    ) -> Result<(), String> {
        let (written, is_done) = (self.written(since), told["isError"] != true);
        if !may {
            self.tally.refused += 1;
            return match (written.is_empty(), is_done) {
                (true, false) => Ok(()),
                _ => Err(format!("it was taken: {told}\nand sent {written:#?}")),
            };
        }
        let known = &mut self.known[nth.expect("one that stands")];
        if !written.is_empty() && written != known.requests {
            return Err(format!(
                "it sent {written:#?}\nwhere {:#?} was shown",
                known.requests
            ));
        }
        known.is_spent |= is_done || !written.is_empty();
        self.tally.sent += usize::from(!written.is_empty());
        // What was sent may have changed what others were made on, but for that they are looked at again.
        Ok(())
    }
}

/// The same with one letter changed.
fn flipped(token: &str, at: usize) -> String {
    let Some((at, letter)) = token.char_indices().nth(at % token.len().max(1)) else {
        return "x".into();
    };
    let other = if letter == 'A' { "B" } else { "A" };
    let mut flipped = token.to_owned();
    flipped.replace_range(at..at + letter.len_utf8(), other);
    flipped
}
