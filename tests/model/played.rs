//! One random night.

use crate::judged::{Made, Tally, is_of, judge, nobody_is_overwritten};
use crate::night::{Night, home, session};
use crate::program::{Colleague, Step, Way};
use crate::recorder::Exchange;
use crate::scene::{Scene, made_again, taken_back};
use crate::scenery::Scenery;
use hotseat::config::organisation_name;
use hotseat::domain::{SavedForm, Write, WriteState};
use hotseat::session::{Session, Typed};
use hotseat::writes::{Form, WriteKind};
use serde_json::Value;
use std::collections::HashSet;
use std::pin::pin;
use std::process::Output;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often what is open is gone on with in the end.
const RESUMED: usize = 6;

/// How long a night may take on a busy machine before it counts as one that never ends.
const PATIENCE: Duration = Duration::from_secs(300);

/// A night under way: two programs on one journal.
struct Game<'a> {
    night: &'a mut Night,
    /// What makes its words its own.
    tag: String,
    home: tempfile::TempDir,
    programs: Vec<Session>,
    made: Vec<Made>,
    /// Exchanges there had been before it.
    began: usize,
    kills: usize,
}

/// Plays a program; says what is wrong with how it ended.
pub async fn play(night: &mut Night, seed: u64, steps: &[Step]) -> Result<Tally, String> {
    let played = tokio::time::timeout(PATIENCE, played(night, seed, steps));
    played.await.unwrap_or(Err("it does not end".into()))
}

async fn played(night: &mut Night, seed: u64, steps: &[Step]) -> Result<Tally, String> {
    let home = home();
    let began = night.recorder.log.lock().expect("lock").len();
    let mut game = Game {
        night,
        tag: format!("n{seed}-{began}"),
        home,
        programs: Vec::new(),
        made: Vec::new(),
        began,
        kills: 0,
    };
    game.programs = vec![game.program(), game.program()];
    for step in steps {
        game.step(step).await?;
    }
    game.quiet().await?;
    let journal = game.journal().await;
    let log = game.night.recorder.log.lock().expect("lock");
    let mut tally = Tally {
        nights: 1,
        kills: game.kills,
        faults: steps.iter().map(|s| s.faults.len()).sum(),
        ..Tally::default()
    };
    for made in &game.made {
        let known = journal.iter().find(|w| w.key == made.write.key);
        let known = known.ok_or_else(|| format!("{} is not in the journal", made.write.what))?;
        judge(known, &journal, &log[began..])?;
        tally.count(known);
    }
    nobody_is_overwritten(&game.made, &log[began..])?;
    Ok(tally)
}

/// Does something until it would go on for a certain time, and never again: as a program that is killed between two steps.
/// The step it waited for is done by then.
async fn killed_at<T>(times: Option<usize>, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut times) = (pin!(work), times);
    std::future::poll_fn(move |cx| {
        if times == Some(0) {
            return Poll::Ready(None);
        }
        times = times.map(|left| left - 1);
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

impl Game<'_> {
    /// A program that stays open, on the journal that commands of the same home use.
    fn program(&self) -> Session {
        let name = organisation_name(&self.night.url, None).expect("a name");
        let state = self.home.path().join(".local/state/hotseat");
        let journal = state.join(format!("{name}.journal.db"));
        session(&self.night.url, &self.night.running.key, Some(journal))
    }

    async fn journal(&self) -> Vec<Write> {
        self.programs[0].journal(1_000).await.expect("the journal")
    }

    /// How many exchanges there have been tonight.
    fn exchanges(&self) -> usize {
        self.night.recorder.log.lock().expect("lock").len() - self.began
    }

    /// How many of them changed something, or were to.
    fn writes(&self) -> usize {
        let log = self.night.recorder.log.lock().expect("lock");
        log.iter().filter(|e| e.method != "get").count()
    }

    /// Nothing breaks that was to break before.
    fn mend(&self) {
        self.night.recorder.break_in_turn([]);
        self.night.recorder.break_reads([]);
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Some(ahead) = step.ahead {
            *self.night.recorder.ahead.lock().expect("lock") = ahead;
        }
        self.mend();
        let words = format!("{}-{}", self.tag, step.number);
        let mut scenery = Scenery {
            night: &mut *self.night,
            words: &words,
        };
        let Some(scene) = scenery.write(step).await else {
            return Ok(());
        };
        match (step.way, scene.args.clone()) {
            (Way::Form(by), _) => self.by_form(step, by, &scene, &words).await?,
            (Way::Nowhere, Some(args)) => self.nowhere(&args).await?,
            (Way::Command | Way::Twice, Some(args)) => {
                self.by_command(step, &scene, &words, &args).await?;
            }
            (_, None) => self.by_form(step, 0, &scene, &words).await?,
        }
        if step.kind == WriteKind::Update {
            self.ask_for_what_is_so(step).await?;
        }
        if step.retries {
            let asked = self.programs[0].retry_all();
            let _ = killed_at(step.killed_at, asked).await;
        }
        Ok(())
    }

    /// What breaks now, with a colleague who writes right before that to what a write is about.
    fn break_line(&self, step: &Step, scene: &Scene, words: &str, write: &Write) {
        let mut colleague = step.colleague.and_then(|how| match how {
            Colleague::Changes => scene.changed(write, words),
            // Taking it back is taken back by doing it again.
            Colleague::TakesBack if step.undoes => made_again(write, words),
            Colleague::TakesBack => taken_back(write, words),
        });
        let faults: Vec<_> = step.faults.iter().map(|f| (*f, colleague.take())).collect();
        self.night.recorder.break_in_turn(faults);
        self.night.recorder.break_reads(step.reads.iter().copied());
    }

    /// A program sends what stands in a form, or takes it back once it is sent.
    async fn by_form(
        &mut self,
        step: &Step,
        by: usize,
        scene: &Scene,
        words: &str,
    ) -> Result<(), String> {
        // A form is filled in by a program that has read something, and so knows the server's time.
        let read = self.programs[by].identity().await;
        read.map_err(|e| format!("nothing is read: {e}"))?;
        let planned = scene.form.plan(self.programs[by].now(), words);
        let planned = planned.map_err(|e| format!("no plan: {e:?}"))?.remove(0);
        let first = planned.write;
        if !step.undoes {
            self.break_line(step, scene, words, &first);
            return self.send_typed(step, by, first, &scene.form).await;
        }
        let seen = self.exchanges();
        self.programs[by].send(vec![first.clone()], &[]).await;
        let back = self.programs[by].undo_of(&first.key).await;
        self.made.push(Made {
            write: first.clone(),
            seen,
        });
        if let Ok(back) = back {
            self.break_line(step, scene, words, &first);
            self.send(step, by, back).await?;
        }
        Ok(())
    }

    /// Sends what was typed: its text is kept until it is recorded, and never beside it.
    async fn send_typed(
        &mut self,
        step: &Step,
        by: usize,
        write: Write,
        form: &Form,
    ) -> Result<(), String> {
        if !form.is_typed() {
            return self.send(step, by, write).await;
        }
        let text = SavedForm {
            key: form.draft_key(),
            values: form.values(),
            at: write.recorded,
        };
        self.keep(by, text.clone()).await;
        let write = Write {
            form: Some(text.key.clone()),
            ..write
        };
        let key = write.key.clone();
        self.send(step, by, write).await?;
        let recorded = self.journal().await.iter().any(|w| w.key == key);
        let kept = self.programs[by].saved_forms().await.expect("texts");
        match (recorded, kept.iter().any(|k| k.key == text.key)) {
            (true, true) => return Err(format!("the text of {key} came back beside its write")),
            (false, false) => return Err(format!("the text of {key} is lost")),
            _ => {}
        }
        let values = Vec::new();
        self.keep(by, SavedForm { values, ..text }).await;
        Ok(())
    }

    async fn keep(&self, by: usize, text: SavedForm) {
        let (typed, heard) = mpsc::unbounded_channel();
        let (unkept, _none) = mpsc::channel(1);
        typed.send(Typed::Text(text, false)).expect("it is heard");
        drop(typed);
        self.programs[by].save_forms(heard, unkept).await;
    }

    /// Sends a write; a program that is killed is followed by another one.
    async fn send(&mut self, step: &Step, by: usize, write: Write) -> Result<(), String> {
        while self.night.held.try_recv().is_ok() {}
        let (seen, key) = (self.exchanges(), write.key.clone());
        let program = &self.programs[by];
        let sending = killed_at(step.killed_at, program.send(vec![write.clone()], &[]));
        let done = tokio::select! {
            done = sending => done.is_some(),
            _ = self.night.held.recv() => false,
        };
        if !done {
            self.kills += 1;
            // What it was about to keep is kept: the journal is one thing after another.
            let _ = self.programs[by].journal(1).await;
            self.programs[by] = self.program();
        }
        // A program that was killed early never recorded it.
        if self.journal().await.iter().any(|w| w.key == key) {
            self.made.push(Made { write, seen });
        }
        Ok(())
    }

    /// The same as a command, killed where its request is held; what it wrote is in the journal under its own key.
    async fn by_command(
        &mut self,
        step: &Step,
        scene: &Scene,
        words: &str,
        args: &[String],
    ) -> Result<(), String> {
        // A colleague does to a form's request what would be done to the command's.
        let planned = scene.form.plan(self.programs[0].now(), words);
        let like = planned.map_err(|e| format!("no plan: {e:?}"))?.remove(0);
        self.break_line(step, scene, words, &like.write);
        self.run(args).await;
        match step.way {
            Way::Twice => self.run_again(args).await,
            _ => Ok(()),
        }
    }

    /// Runs a command when nothing breaks: where it says that nothing is to be changed, it has sent nothing.
    async fn run_again(&mut self, args: &[String]) -> Result<(), String> {
        self.mend();
        self.night.recorder.is_quiet().await;
        let before = self.writes();
        let told: Value = self
            .run(args)
            .await
            .and_then(|o| serde_json::from_slice(&o.stdout).ok())
            .unwrap_or_default();
        if told["state"] == "unchanged" && self.writes() > before {
            return Err(format!("{args:?} says unchanged and sent something"));
        }
        Ok(())
    }

    /// Somebody asks for the status that an incident has: whatever is open of it, nothing is sent.
    async fn ask_for_what_is_so(&mut self, step: &Step) -> Result<(), String> {
        self.mend();
        let id = self.night.rows[step.incident].id.clone();
        let row = self.night.incident(id.as_str()).await.row;
        let args = [
            "incidents",
            "update",
            &row.reference,
            "--status",
            &row.status,
        ];
        self.run_again(&args.map(str::to_owned)).await
    }

    /// Runs a command, with what it recorded; none where it was killed.
    async fn run(&mut self, args: &[String]) -> Option<Output> {
        while self.night.held.try_recv().is_ok() {}
        let before = self.journal().await.into_iter();
        // What was refused may be asked for anew under its key.
        let before = before.filter(|w| w.state != WriteState::Refused);
        let before: HashSet<String> = before.map(|w| w.key).collect();
        let seen = self.exchanges();
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        args.push("--yes");
        let command = self.night.command(self.home.path(), &args);
        let child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn();
        let ended = child.expect("it runs").wait_with_output();
        let output = tokio::select! {
            output = ended => Some(output.expect("it ends")),
            _ = self.night.held.recv() => None,
        };
        self.kills += usize::from(output.is_none());
        let new = self.journal().await.into_iter();
        let new = new.filter(|w| !before.contains(&w.key));
        self.made.extend(new.map(|write| Made { write, seen }));
        output
    }

    /// Where no journal can be kept nothing is sent, and it says so. What a program that is gone has sent may come yet:
    /// that is in the journal.
    async fn nowhere(&mut self, args: &[String]) -> Result<(), String> {
        self.night.recorder.is_quiet().await;
        let (seen, before) = (self.exchanges(), self.journal().await);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let args = [&["--no-cache"], &args[..], &["--yes"]].concat();
        let status = self.night.run(self.home.path(), &args).await.status;
        let recorded = self.journal().await.len() - before.len();
        let log = self.night.recorder.log.lock().expect("lock");
        let mut new = log[self.began + seen..].iter();
        let is_its_own = |e: &&Exchange| {
            e.method != "get" && !e.by_colleague && !before.iter().any(|w| is_of(e, w))
        };
        let sent = new.find(is_its_own);
        if status.success() || recorded > 0 || sent.is_some() {
            let sent = sent.map(|e| (&e.method, &e.path, &e.body));
            return Err(format!(
                "{args:?} without a place for a journal: {status:?}, {recorded} recorded, {sent:?} sent"
            ));
        }
        Ok(())
    }

    /// Nothing breaks any more, and everything that is late has come: what is open is gone on with.
    async fn quiet(&mut self) -> Result<(), String> {
        self.mend();
        *self.night.recorder.ahead.lock().expect("lock") = 0;
        self.night.recorder.is_quiet().await;
        // On a busy machine an answer may come too late even now.
        for program in self.programs.iter().cycle().take(RESUMED) {
            let resumed = program.resume_writes(program.now()).await;
            resumed.map_err(|e| format!("not resumed: {e}"))?;
        }
        Ok(())
    }
}
