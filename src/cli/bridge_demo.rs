//! `bridge demo`: a real Prometheus, a real Alertmanager and the bridge itself between a shop that falls sick and a
//! simulated organisation, each a process or a server of its own, in a folder that goes when they go.

use super::output::say;
use crate::domain::MachineFault;
use crate::domain::time::Zone;
use crate::session::ApiError;
use crate::sim::shop::{Shop, Stage};
use crate::sim::{self, Webhooks};
use secrecy::{ExposeSecret, SecretString};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often it is looked what there is to tell.
const BEAT: Duration = Duration::from_millis(100);

/// What is told at each stage of the shop.
fn told(stage: Stage) -> &'static str {
    match stage {
        Stage::Well => "All is well.",
        Stage::Sick => {
            "Version v41 of checkout-service is out, and a quarter of its requests fail."
        }
        Stage::Mended => {
            "It is rolled back. What burnt is over once Prometheus says so, and is resolved 10 s later."
        }
    }
}

/// Plays it until it is ended.
pub async fn run(zone: Zone) -> Result<(), ApiError> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, ended.clone())
            .map_err(|e| machine(&e, "Signals cannot be heard"))?;
    }
    let folder = Folder::new()?;
    let shop = Shop::open().await;
    let shop = shop.map_err(|e| machine(&e, "No port is free"))?;
    let (mut stage, mut play) = (shop.stage(), Play::start(&folder.0, &shop).await?);
    let tell = |who: &str, says: &str| {
        let at = zone.seconds(chrono::Utc::now());
        say(&format!("{at}  {who:<6}  {says}\n"))
    };
    let ask = folder.0.join("hotseat");
    say(&format!(
        "Prometheus {}, Alertmanager {}, the shop http://{}\nIn another terminal: {} opens the console on it, {} bridge status says what burns. ctrl-c ends it.\n\n",
        play.prometheus,
        play.alertmanager,
        shop.at,
        ask.display(),
        ask.display()
    ))?;
    tell("shop", told(stage))?;
    while !ended.load(Ordering::Relaxed) {
        tokio::time::sleep(BEAT).await;
        while let Ok(line) = play.says.try_recv() {
            // Its own time stands before each line already.
            let says = line.split_once(' ').map_or(&*line, |(_, says)| says);
            tell("bridge", says)?;
        }
        play.is_alive()?;
        if stage != shop.stage() {
            stage = shop.stage();
            tell("shop", told(stage))?;
        }
    }
    Ok(())
}

fn machine(e: &std::io::Error, what: &str) -> ApiError {
    ApiError::Machine {
        path: None,
        reason: MachineFault::from(e),
        says: format!("{what}: {e}."),
    }
}

/// A folder that only its owner can read, and that goes with its programs.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, ApiError> {
        let name = format!("hotseat-bridge-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|e| machine(&e, &format!("Cannot make {}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program that does not outlive the play.
struct Program(Child, &'static str);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Everything that runs.
struct Play {
    prometheus: String,
    alertmanager: String,
    says: UnboundedReceiver<String>,
    programs: Vec<Program>,
    _organisation: sim::Running,
}

impl Play {
    async fn start(folder: &Path, shop: &Shop) -> Result<Self, ApiError> {
        let ports: Vec<String> = (0..3).map(|_| free()).collect::<Result<_, _>>()?;
        let [prometheus, alertmanager, listen] = [&ports[0], &ports[1], &ports[2]];
        let secret = Webhooks::new_secret().map_err(ApiError::User)?;
        let to = format!("http://{listen}/webhooks/incident-io");
        let options = sim::Options {
            speed: 0.0,
            webhooks: Some(Box::new(
                Webhooks::to(&to, &secret).map_err(ApiError::User)?,
            )),
            ..sim::Options::default()
        };
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let organisation = sim::start(options, anywhere).await;
        let organisation = organisation.map_err(ApiError::User)?;
        let filled = |text: &str| {
            let places = [
                ("ORGANISATION", organisation.url.clone()),
                ("PROMETHEUS", format!("http://{prometheus}")),
                ("LISTEN", listen.clone()),
                ("FOLDER", folder.display().to_string()),
            ];
            places
                .iter()
                .fold(text.to_owned(), |text, (place, is)| text.replace(place, is))
        };
        let token = Webhooks::new_secret().map_err(ApiError::User)?;
        let key = SecretString::from(organisation.key.clone());
        for (name, secret) in [
            ("api-key", &key),
            ("webhook-secret", &secret),
            ("detector-token", &token),
        ] {
            write(folder, name, secret.expose_secret(), 0o600)?;
        }
        let config = filled(include_str!("../../assets/bridge/config.toml"))
            .replace("ALERTMANAGER", &format!("http://{alertmanager}"))
            .replace("SHOP", &format!("http://{}", shop.at));
        write(folder, "config.toml", &config, 0o600)?;
        let config = include_str!("../../assets/bridge/prometheus.yml")
            .replace("ALERTMANAGER", alertmanager)
            .replace("SHOP", &shop.at);
        write(folder, "prometheus.yml", &config, 0o600)?;
        let rules = include_str!("../../assets/bridge/rules.yml");
        write(folder, "rules.yml", rules, 0o600)?;
        let config = include_str!("../../assets/bridge/alertmanager.yml")
            .replace("BRIDGE", &format!("http://{listen}"));
        write(folder, "alertmanager.yml", &config, 0o600)?;
        let own = std::env::current_exe().map_err(|e| machine(&e, "This program is not found"))?;
        let script = format!(
            "#!/bin/sh\nexport XDG_STATE_HOME='{0}/state' XDG_CACHE_HOME='{0}/cache'\nexec '{1}' --config '{0}/config.toml' \"$@\"\n",
            folder.display(),
            own.display()
        );
        write(folder, "hotseat", &script, 0o700)?;
        let mut programs = vec![
            begin(
                folder,
                &["prometheus-alertmanager", "alertmanager"],
                &[
                    "--config.file=alertmanager.yml",
                    "--storage.path=alertmanager",
                    "--cluster.listen-address=",
                    &format!("--web.listen-address={alertmanager}"),
                ],
            )?,
            begin(
                folder,
                &["prometheus"],
                &[
                    "--config.file=prometheus.yml",
                    "--storage.tsdb.path=prometheus",
                    "--rules.alert.resend-delay=5s",
                    &format!("--web.listen-address={prometheus}"),
                ],
            )?,
        ];
        let (bridge, says) = bridge(folder)?;
        programs.push(bridge);
        Ok(Self {
            prometheus: format!("http://{prometheus}"),
            alertmanager: format!("http://{alertmanager}"),
            says,
            programs,
            _organisation: organisation,
        })
    }

    /// Says which of them ended, and where it told why.
    fn is_alive(&mut self) -> Result<(), ApiError> {
        for Program(child, name) in &mut self.programs {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(ApiError::User(format!(
                    "{name} ended by itself ({status}); its last words are above."
                )));
            }
        }
        Ok(())
    }
}

/// An address on this machine that nobody uses.
fn free() -> Result<String, ApiError> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let at = listener.map_err(|e| machine(&e, "No port is free"))?;
    Ok(at.to_string())
}

fn write(folder: &Path, name: &str, text: &str, mode: u32) -> Result<(), ApiError> {
    let path = folder.join(name);
    let wrong = |e| machine(&e, &format!("Cannot write {}", path.display()));
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path)
        .map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}

/// Starts a program under the first of its names that there is; what it warns of goes to standard error.
fn begin(folder: &Path, names: &[&'static str], arguments: &[&str]) -> Result<Program, ApiError> {
    for name in names {
        let started = Command::new(name)
            .args(arguments)
            .arg("--log.level=error")
            .current_dir(folder)
            // What ends this one by a key is not for them.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        match started {
            Ok(child) => return Ok(Program(child, name)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(machine(&e, &format!("{name} cannot be started"))),
        }
    }
    let name = names[0];
    Err(ApiError::User(format!(
        "{name} is not installed, and this plays on the real one: apt-get install prometheus prometheus-alertmanager, or the releases of the Prometheus project on the PATH."
    )))
}

/// The bridge, and what it says.
fn bridge(folder: &Path) -> Result<(Program, UnboundedReceiver<String>), ApiError> {
    let wrong = |e| machine(&e, "The bridge cannot be started");
    let mut child = Command::new(folder.join("hotseat"))
        .args(["bridge", "run"])
        .process_group(0)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(wrong)?;
    let (line, says) = unbounded_channel();
    let heard = child.stderr.take().map(BufReader::new);
    std::thread::spawn(move || {
        let lines = heard.into_iter().flat_map(BufRead::lines);
        for said in lines.map_while(Result::ok) {
            if line.send(said).is_err() {
                return;
            }
        }
    });
    Ok((Program(child, "The bridge"), says))
}
