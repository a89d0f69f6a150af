//! Opening the console: on the configured organisation, on a simulated one, or as a picture.

use super::wizard::{self, Choice};
use super::{Context, block_on};
use crate::config::{self, Clock, Colour, Config, Overrides};
use crate::console::event_loop::Setup;
use crate::console::keymap::Keymap;
use crate::console::msg::{Cmd, Msg};
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::console::worker::Opening;
use crate::console::{self, picture, update, worker};
use crate::domain::time::Zone;
use crate::session::{Access, ApiError, check_key};
use crate::sim::{self, faults::Faults, monitoring};
use chrono::Utc;
use clap::Args;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How a simulated organisation is made.
#[derive(Args, Clone)]
pub struct Simulated {
    /// The same seed makes the same organisation, under the same key unless it is loaded.
    #[arg(long)]
    seed: Option<u64>,
    /// How many past incidents.
    #[arg(long, default_value_t = 320)]
    incidents: usize,
    /// How many times faster than real the scenario plays; 0 plays none.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Load an exported organisation from this folder instead.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What goes wrong on purpose.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

impl Simulated {
    fn options(&self, clock: Clock) -> Result<sim::Options, ApiError> {
        if !(0.0..=1_000.0).contains(&self.speed) {
            return Err(ApiError::User(format!(
                "--speed {} is not between 0 and 1000.",
                self.speed
            )));
        }
        let faults = self
            .faults
            .as_deref()
            .map(Faults::read)
            .transpose()
            .map_err(ApiError::User)?
            .unwrap_or_default();
        Ok(sim::Options {
            seed: self.seed,
            incidents: self.incidents,
            speed: self.speed,
            data: self.data.clone(),
            faults,
            clock,
        })
    }
}

/// Opens the console on the configured organisation.
pub fn console(context: &Context) -> Result<(), ApiError> {
    let key = match config::find_key(&context.config).map_err(|e| ApiError::User(e.to_string()))? {
        Some(found) => found.key,
        None if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() => {
            return Err(ApiError::NoKey);
        }
        None => match wizard::ask(context)? {
            Choice::Key(key) => key,
            Choice::Demo => {
                return demo(
                    context,
                    &Simulated {
                        seed: None,
                        incidents: 320,
                        speed: 1.0,
                        data: None,
                        faults: None,
                    },
                );
            }
            Choice::Nothing => return Ok(()),
        },
    };
    check_key(&key)?;
    let profile = context.overrides.profile.as_deref();
    open(
        context,
        Opening::now(Access::new(context.config.clone(), profile, key)),
    )
}

/// Opens the console on a simulated organisation that lives as long as the console.
pub fn demo(context: &Context, options: &Simulated) -> Result<(), ApiError> {
    let options = options.options(context.config.clock)?;
    let config = context.config.clone();
    let access = async move { Ok(simulated(&config, start(options).await?)) };
    open(context, Opening::behind(access))
}

async fn start(options: sim::Options) -> Result<sim::Running, ApiError> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    sim::start(options, listen).await.map_err(ApiError::User)
}

/// A simulated organisation with its own monitoring as sources; it lives as long as the session.
fn simulated(config: &Config, running: sim::Running) -> Access {
    let config = monitoring::with_sources(config, &running.url);
    let access = Access::simulated(&config, &running.url, running.key.clone().into());
    Access {
        keep: Some(Box::new(running)),
        ..access
    }
}

fn open(context: &Context, opening: Opening) -> Result<(), ApiError> {
    let keymap = Arc::new(Keymap::new(&context.config.keys).map_err(ApiError::User)?);
    let _log = console::log::start();
    console::run(Setup {
        config: context.config.clone(),
        keymap,
        opening,
    })
    .map_err(ApiError::User)
}

/// Serves a simulated organisation until it is ended.
pub fn simulate(
    context: &Context,
    options: &Simulated,
    listen: SocketAddr,
    sources: Option<&std::path::Path>,
) -> Result<(), ApiError> {
    let options = options.options(context.config.clock)?;
    if !listen.ip().is_loopback() {
        return Err(ApiError::User(format!(
            "{listen} is not a loopback address; the simulated organisation is for this machine only."
        )));
    }
    block_on(async {
        let running = sim::start(options, listen).await.map_err(ApiError::User)?;
        if let Some(path) = sources {
            let text = monitoring::sources(&running.url);
            std::fs::write(path, text).map_err(|e| {
                ApiError::machine(path, &e, format!("Cannot write {}: {e}.", path.display()))
            })?;
        }
        super::output::say(&format!("{} {}\n", running.url, running.key))?;
        running.wait().await;
        Ok(())
    })
}

/// The demo's screen, some minutes into its outage, as a picture.
pub fn picture(size: (u16, u16), as_text: bool) -> Result<(), ApiError> {
    let config: Config = config::load(&Overrides {
        file: Some("/dev/null".into()),
        utc: true,
        ..Overrides::default()
    })
    .map_err(|e| ApiError::User(e.to_string()))?;
    let keymap = Arc::new(Keymap::new(&config.keys).map_err(ApiError::User)?);
    let mut state = State::new(Arc::new(config), keymap, Utc::now(), size, Zone::UTC);
    block_on(async {
        // Sixty times as fast for nine seconds: the story is at its height.
        let options = sim::Options {
            speed: 60.0,
            ..sim::Options::default()
        };
        let running = start(options).await?;
        tokio::time::sleep(Duration::from_secs(9)).await;
        let access = simulated(&state.config, running);
        let (cmds, mut replies) = worker::start(Opening::now(access));
        let send = |cmd: Cmd| drop(cmds.send(cmd));
        update::opening(&state).into_iter().for_each(send);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(3);
        while let Ok(Some(reply)) = tokio::time::timeout_at(deadline, replies.recv()).await {
            let told = update::update(&mut state, Utc::now(), Msg::Worker(reply));
            told.into_iter().for_each(send);
        }
        Ok(())
    })?;
    state.notice = None;
    let buffer = picture::buffer(&state, &Theme::fixed(Colour::Truecolor, false, false));
    super::output::say(&if as_text {
        picture::text(&buffer)
    } else {
        picture::svg(&buffer)
    })
}
