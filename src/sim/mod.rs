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
mod telemetry;
#[cfg(test)]
mod tests;
mod waiting;
mod world;
mod writes;

pub use routes::ROUTES;

use crate::config::Clock;
use crate::domain::Instant;
use chrono::Duration;
use faults::Faults;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use world::World;

/// The organisation that is made where no other is asked for.
const SEED: u64 = 7;

/// What makes the demo: its past incidents, and how fast its scenario plays.
const DEMO: (usize, f64) = (320, 1.0);

/// How many times faster than real a scenario can play.
const FASTEST: f64 = 1_000.0;

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
    served: std::sync::atomic::AtomicU64,
}

impl Sim {
    fn now(&self) -> Instant {
        self.clock.now()
    }
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
    sim: Arc<Sim>,
}

impl Running {
    /// What the organisation's clock says.
    pub fn now(&self) -> Instant {
        self.sim.now()
    }

    /// Requests answered so far.
    pub fn served(&self) -> u64 {
        self.sim.served.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Waits until the server ends, which it does not by itself.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes an organisation and serves it to this machine alone; port 0 takes a free one.
pub async fn start(options: Options, listen: SocketAddr) -> Result<Running, String> {
    if !listen.ip().is_loopback() {
        return Err(format!(
            "{listen} is not a loopback address; the simulated organisation is for this machine only."
        ));
    }
    let sim = Arc::new(
        tokio::task::spawn_blocking(move || make(options))
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
    Ok(Running {
        url: format!("http://{at}"),
        key: sim.key.clone(),
        viewer_key: format!("{}-viewer", sim.key),
        task,
        sim,
    })
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

fn make(options: Options) -> Result<Sim, String> {
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
    let telemetry = telemetry::Telemetry::new(player.as_ref().map(scenario::Player::clock));
    Ok(Sim {
        telemetry,
        world: Mutex::new(world),
        player: Mutex::new(player),
        faults: Mutex::new((options.faults, fastrand::Rng::with_seed(seed))),
        buckets: Mutex::default(),
        key,
        clock: options.clock,
        served: 0.into(),
    })
}
