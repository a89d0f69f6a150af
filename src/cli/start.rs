//! Opening the console: on the configured organisation, on a simulated one, or as a picture.

use super::output::say;
use super::wizard::{self, Choice};
use super::{Context, block_on};
use crate::config::{self, Config, Overrides};
use crate::console::event_loop::Setup;
use crate::console::keymap::Keymap;
use crate::console::{self, picture as drawn};
use crate::session::{Access, ApiError, Opening, check_key};
use crate::sim::{self, Webhooks, faults::Faults, monitoring};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Subcommand)]
pub enum StartCommand {
    /// Open the console on a simulated organisation; no account needed.
    Demo(Simulated),
    /// Serve a simulated organisation; prints its URL and key on the first line.
    Simulate(Simulate),
}

/// An organisation to be served, and where.
#[derive(Args)]
pub struct Simulate {
    #[command(flatten)]
    options: Simulated,
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Send signed webhooks of everything that happens here; their secret is printed on the second line.
    #[arg(long, value_name = "URL")]
    webhooks: Option<String>,
    /// Sign webhooks with the secret in this file instead (whsec_…).
    #[arg(long, value_name = "FILE", requires = "webhooks")]
    webhook_secret_file: Option<PathBuf>,
    /// Write a configuration here that names its monitoring as sources, for --config.
    #[arg(long, value_name = "FILE")]
    sources: Option<PathBuf>,
}

/// How a simulated organisation is made.
#[derive(Args)]
pub struct Simulated {
    #[command(flatten)]
    options: sim::Options,
    /// What goes wrong on purpose.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

/// How large, and as what.
#[derive(Args)]
pub struct Picture {
    /// Columns.
    #[arg(long, default_value_t = 120)]
    width: u16,
    /// Rows.
    #[arg(long, default_value_t = 40)]
    height: u16,
    /// Text instead of SVG.
    #[arg(long)]
    text: bool,
}

impl Simulate {
    /// Where webhooks go, and the secret where nobody knows it yet.
    fn webhooks(&self) -> Result<Option<(Webhooks, Option<SecretString>)>, ApiError> {
        let Some(url) = &self.webhooks else {
            return Ok(None);
        };
        let (secret, is_new) = match &self.webhook_secret_file {
            None => (Webhooks::new_secret().map_err(ApiError::User)?, true),
            Some(path) => {
                let read = std::fs::read_to_string(path).map_err(|e| {
                    ApiError::machine(path, &e, format!("Cannot read {}: {e}.", path.display()))
                })?;
                (read.into(), false)
            }
        };
        let webhooks = Webhooks::to(url, &secret).map_err(ApiError::User)?;
        Ok(Some((webhooks, is_new.then_some(secret))))
    }
}

impl Simulated {
    fn options(self) -> Result<sim::Options, ApiError> {
        let faults = self.faults.as_deref().map(Faults::read).transpose();
        Ok(sim::Options {
            faults: faults.map_err(ApiError::User)?.unwrap_or_default(),
            ..self.options
        })
    }
}

/// Runs one of them.
pub fn run(context: &Context, command: StartCommand) -> Result<(), ApiError> {
    let config = context.config()?;
    match command {
        StartCommand::Demo(options) => demo(config, options.options()?),
        StartCommand::Simulate(asked) => block_on(simulate(&config, asked)),
    }
}

/// Opens the console on the configured organisation.
pub fn console(context: &Context) -> Result<(), ApiError> {
    let config = context.config()?;
    let found = config::find_key(&config).map_err(|e| ApiError::User(e.to_string()))?;
    let key = match found {
        Some(found) => found.key,
        None if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() => {
            return Err(ApiError::NoKey);
        }
        None => match wizard::ask(context, &config)? {
            Choice::Key(key) => key,
            Choice::Demo => return demo(config, sim::Options::default()),
            Choice::Nothing => return Ok(()),
        },
    };
    check_key(&key)?;
    let access = Access::new(config.clone(), context.profile(), key);
    open(config, Opening::now(access))
}

/// Opens the console on a simulated organisation that lives as long as the console.
fn demo(config: Arc<Config>, options: sim::Options) -> Result<(), ApiError> {
    let simulated = simulated(config.clone(), options);
    open(config, Opening::behind(simulated))
}

/// A simulated organisation with its own monitoring as sources; it lives as long as the session.
async fn simulated(config: Arc<Config>, options: sim::Options) -> Result<Access, ApiError> {
    let running = serve(&config, options, SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let config = monitoring::with_sources(&config, &running.url);
    let access = Access::simulated(&config, &running.url, running.key.clone().into());
    Ok(Access {
        keep: Some(Box::new(running)),
        ..access
    })
}

fn open(config: Arc<Config>, opening: Opening) -> Result<(), ApiError> {
    let keymap = Arc::new(Keymap::new(&config.keys).map_err(ApiError::User)?);
    let _log = console::log::start();
    let plain = config.plain;
    let setup = Setup {
        config,
        keymap,
        opening,
    };
    if !plain {
        return console::run(setup).map_err(ApiError::User);
    }
    match console::plain::run(setup).map_err(ApiError::User)? {
        0 => Ok(()),
        code => std::process::exit(code.into()),
    }
}

/// Starts a simulated organisation that goes by the configured clock.
async fn serve(
    config: &Config,
    options: sim::Options,
    listen: SocketAddr,
) -> Result<sim::Running, ApiError> {
    let clock = config.clock;
    let options = sim::Options { clock, ..options };
    sim::start(options, listen).await.map_err(ApiError::User)
}

/// Serves a simulated organisation until it is ended.
async fn simulate(config: &Config, asked: Simulate) -> Result<(), ApiError> {
    let (webhooks, secret) = asked.webhooks()?.unzip();
    let options = sim::Options {
        webhooks: webhooks.map(Box::new),
        ..asked.options.options()?
    };
    let running = serve(config, options, asked.listen).await?;
    if let Some(path) = &asked.sources {
        let text = monitoring::sources(&running.url);
        std::fs::write(path, text).map_err(|e| {
            ApiError::machine(path, &e, format!("Cannot write {}: {e}.", path.display()))
        })?;
    }
    say(&format!("{} {}\n", running.url, running.key))?;
    if let Some(secret) = secret.flatten() {
        say(&format!("{}\n", secret.expose_secret()))?;
    }
    running.wait().await;
    Ok(())
}

/// The demo's screen, some minutes into its outage, as a picture.
pub fn picture(context: &Context, asked: &Picture) -> Result<(), ApiError> {
    let plain = Context {
        overrides: Overrides {
            file: Some("/dev/null".into()),
            clock: context.overrides.clock,
            light: context.overrides.light,
            ..Overrides::default()
        },
        ..*context
    };
    let config = plain.config()?;
    let light = drawn::is_light(&config);
    let buffer = block_on(async {
        // Sixty times as fast for five seconds: the story is at its height.
        let options = sim::Options {
            speed: 60.0,
            ..sim::Options::default()
        };
        let access = simulated(config, options).await?;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let opened = drawn::opened(access, (asked.width, asked.height)).await;
        opened.map_err(ApiError::User)
    })?;
    say(&match asked.text {
        true => drawn::text(&buffer),
        false => drawn::svg(&buffer, light),
    })
}
