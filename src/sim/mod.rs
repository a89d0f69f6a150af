//! A simulated incident.io organisation over real HTTP: for the demo, for tests, for drills. The console cannot tell
//! it from the real API, and nothing in the console knows it is there.

mod acts;
mod alert_routes;
mod bucket;
mod call;
mod climb;
mod company;
pub mod faults;
mod filters;
mod heartbeat;
mod history;
mod http;
mod json;
mod load;
pub mod monitoring;
mod pages;
mod reads;
mod rota;
mod routes;
mod scenario;
pub mod shop;
mod telemetry;
#[cfg(test)]
mod tests;
mod waiting;
mod webhooks;
mod world;
mod writes;

pub use routes::ROUTES;
pub use webhooks::Webhooks;

use crate::config::Clock;
use crate::domain::Instant;
use chrono::Duration;
use faults::Faults;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use world::World;

/// The organisation that is made where no other is asked for.
const SEED: u64 = 7;

/// What makes the demo: its past incidents, and how fast its scenario plays.
const DEMO: (usize, f64) = (320, 1.0);

/// How many times faster than real a scenario can play.
const FASTEST: f64 = 1_000.0;

/// How often it is looked whether something is due, where somebody is told of it.
const BEAT: std::time::Duration = std::time::Duration::from_millis(200);

/// How an organisation is made.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The same seed makes the same organisation, under the same key unless it is loaded.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many past incidents.
    #[arg(long, default_value_t = DEMO.0)]
    pub incidents: usize,
    /// How many times faster than real the scenario plays; 0 plays none.
    #[arg(long, default_value_t = DEMO.1, value_parser = speed)]
    pub speed: f64,
    /// Load an exported organisation from this folder instead.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What goes wrong on purpose.
    #[arg(skip)]
    pub faults: Faults,
    /// Who is told of everything that happens.
    #[arg(skip)]
    pub webhooks: Option<Box<Webhooks>>,
    /// The organisation's own clock: all that it makes and answers goes by it.
    #[arg(skip)]
    pub clock: Clock,
}

fn speed(raw: &str) -> Result<f64, String> {
    let read = raw.parse().ok().filter(|s| (0.0..=FASTEST).contains(s));
    read.ok_or_else(|| format!("it is not between 0 and {FASTEST}"))
}

impl Default for Options {
    fn default() -> Self {
        let (incidents, speed) = DEMO;
        Self {
            seed: None,
            incidents,
            speed,
            data: None,
            faults: Faults::default(),
            webhooks: None,
            clock: Clock::default(),
        }
    }
}

/// Everything a request needs.
struct Sim {
    world: Mutex<World>,
    player: Mutex<Option<scenario::Player>>,
    telemetry: telemetry::Telemetry,
    faults: Mutex<(Faults, fastrand::Rng)>,
    buckets: Mutex<bucket::Buckets>,
    key: String,
    clock: Clock,
    subscriber: Option<webhooks::Sender>,
    served: std::sync::atomic::AtomicU64,
    held: std::sync::atomic::AtomicU64,
}

impl Sim {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Does what is due by now, then something more, and tells whoever is told what came of both.
    fn live<T>(&self, act: impl FnOnce(&mut World, Instant) -> T) -> T {
        let now = self.now();
        let mut world = lock(&self.world);
        if let Some(player) = lock(&self.player).as_mut() {
            player.advance(&mut world, now);
        }
        climb::advance(&mut world, now);
        heartbeat::advance(&mut world, now);
        let done = act(&mut world, now);
        webhooks::settle(&mut world, now);
        let to_tell = world.watch.as_mut().map(|w| std::mem::take(&mut w.to_tell));
        for (event, body) in to_tell.unwrap_or_default() {
            let id = format!("msg_{}", world.id());
            if let Some(subscriber) = &self.subscriber {
                // Where nobody sends any more, the organisation is about to end.
                let _ = subscriber.send(webhooks::Message { id, event, body });
            }
        }
        done
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A simulated organisation that is answering. Dropping it stops it.
pub struct Running {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// A key with every role.
    pub key: String,
    /// A key that can only view.
    pub viewer_key: String,
    task: tokio::task::JoinHandle<()>,
    telling: Option<tokio::task::JoinHandle<()>>,
    sim: Arc<Sim>,
}

impl Running {
    /// What the organisation's clock says.
    pub fn now(&self) -> Instant {
        self.sim.now()
    }

    /// Makes an incident private, as somebody does on the dashboard: the API has no way to.
    pub fn make_private(&self, incident: &str) {
        self.sim.live(|world, now| {
            let private = |body: &mut serde_json::Value| body["visibility"] = "private".into();
            world.change_incident(incident, now, private);
        });
    }

    /// Takes the right to see what is private from every key.
    pub fn shut_out(&self) {
        self.sim.live(|world, _| world.keys_see_private = false);
    }

    /// Requests answered so far.
    pub fn served(&self) -> u64 {
        self.sim.served.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Answers that were made and held back so far, by a fault.
    pub fn held(&self) -> u64 {
        self.sim.held.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Waits until the server ends, which it does not by itself.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(telling) = &self.telling {
            telling.abort();
        }
    }
}

/// Makes an organisation and serves it to this machine alone; port 0 takes a free one.
pub async fn start(options: Options, listen: SocketAddr) -> Result<Running, String> {
    if !listen.ip().is_loopback() {
        return Err(format!(
            "{listen} is not a loopback address; the simulated organisation is for this machine only."
        ));
    }
    let seed = options.seed.unwrap_or(SEED);
    let webhooks = options.webhooks.clone();
    let begin = |to: Box<Webhooks>| to.begin(options.clock, options.faults.clone(), seed);
    let (subscriber, sending) = webhooks.map(begin).transpose()?.unzip();
    let sim = Arc::new(
        tokio::task::spawn_blocking(move || make(options, subscriber))
            .await
            .map_err(|e| e.to_string())??,
    );
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|e| {
        format!("Cannot listen on {listen}: {e}. Choose another port with --listen.")
    })?;
    let at = listener.local_addr().map_err(|e| e.to_string())?;
    let app = http::router(sim.clone(), at);
    let task = tokio::spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    let telling = sending.map(|sending| tokio::spawn(tell(sim.clone(), sending)));
    Ok(Running {
        telling,
        url: format!("http://{at}"),
        key: sim.key.clone(),
        viewer_key: format!("{}-viewer", sim.key),
        task,
        sim,
    })
}

/// Lets time pass where somebody is told of it, though nobody asks, and sends what there is to tell.
async fn tell(sim: Arc<Sim>, sending: impl Future<Output = ()>) {
    let passing = async {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            let sim = sim.clone();
            let _ = tokio::task::spawn_blocking(move || sim.live(|_, _| ())).await;
        }
    };
    tokio::join!(passing, sending);
}

/// The key of an organisation that is invented from a seed is always the same. Whatever else is served may be real, or
/// go on for days: nobody else on this machine may know its key.
fn key(options: &Options) -> Result<String, String> {
    if let (Some(seed), None) = (options.seed, &options.data) {
        return Ok(format!("sim-{seed:08}-hotseat"));
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| format!("Cannot make a key: {e}."))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sim-{hex}-hotseat"))
}

fn make(options: Options, subscriber: Option<webhooks::Sender>) -> Result<Sim, String> {
    let now = options.clock.now();
    let (key, seed) = (key(&options)?, options.seed.unwrap_or(SEED));
    let mut world = World::new(seed);
    let mut player = None;
    if let Some(dir) = &options.data {
        load::read(&mut world, dir)?;
    } else {
        let plan = company::blueprint();
        company::build(&mut world, &plan, now);
        history::write(
            &mut world,
            &plan,
            options.incidents,
            now - Duration::minutes(10),
        );
        if options.speed > 0.0 {
            player = Some(scenario::Player::start(
                scenario::shipped(),
                &mut world,
                now,
                options.speed,
            ));
        }
    }
    world.refire = options.faults.refire;
    // What is told begins here: nobody is told of history.
    world.watch = subscriber.as_ref().map(|_| webhooks::Watch::default());
    let telemetry = telemetry::Telemetry::new(player.as_ref().map(scenario::Player::clock));
    Ok(Sim {
        telemetry,
        world: Mutex::new(world),
        player: Mutex::new(player),
        faults: Mutex::new((options.faults, fastrand::Rng::with_seed(seed))),
        buckets: Mutex::default(),
        key,
        clock: options.clock,
        subscriber,
        served: 0.into(),
        held: 0.into(),
    })
}
