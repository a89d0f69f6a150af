//! Where the API key comes from. It is never printed, logged, cached or taken from the command line.

use super::{Config, ConfigError, Secret};
use secrecy::{ExposeSecret, SecretString};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Names of environment variables that may hold the key, in order.
pub const VARIABLES: [&str; 3] = [
    "INCIDENT_IO_API_KEY",
    "INCIDENT_API_KEY",
    "INCIDENT_IO_API_TOKEN",
];

/// How long a command that gives a key may take: some ask a person to touch a token or to type a passphrase.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);
/// More bytes than any key has.
const LONGEST_KEY: u64 = 64 * 1024;
/// A crash leaves no image of the memory on disk: the key is in it.
pub fn without_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Takes our keys out of what a program that is started inherits: what it prints or logs is not ours to guard.
pub fn without_keys(command: &mut Command) -> &mut Command {
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

/// A key and where it was found.
pub struct Found {
    /// The key.
    pub key: SecretString,
    /// In words.
    pub source: String,
}

/// Looks for the key; `Ok(None)` where there is none anywhere.
pub fn find_key(config: &Config) -> Result<Option<Found>, ConfigError> {
    for name in VARIABLES {
        if let Some(key) = std::env::var(name).ok().filter(|key| !key.is_empty()) {
            return Ok(Some(Found {
                key: key.into(),
                source: format!("environment variable {name}"),
            }));
        }
    }
    if !config.api_key_file.is_empty() {
        return from_file(Path::new(&config.api_key_file)).map(Some);
    }
    match config.api_key_command.split_first() {
        Some((program, args)) => from_command(program, args, COMMAND_LIMIT).map(Some),
        None => Ok(None),
    }
}

/// A secret of a source: from the environment, a file that only its owner may read, or a command.
pub fn secret(of: &Secret, whose: &str) -> Result<Option<SecretString>, ConfigError> {
    if !of.env.is_empty() {
        let value = std::env::var(&of.env).ok().filter(|v| !v.is_empty());
        let value = value.ok_or_else(|| {
            ConfigError(format!(
                "{whose} takes its secret from {}, which is not set.",
                of.env
            ))
        })?;
        return Ok(Some(value.into()));
    }
    if !of.file.is_empty() {
        return from_file(Path::new(&of.file)).map(|found| Some(found.key));
    }
    match of.command.split_first() {
        Some((program, args)) => {
            from_command(program, args, COMMAND_LIMIT).map(|found| Some(found.key))
        }
        None => Ok(None),
    }
}

fn from_file(path: &Path) -> Result<Found, ConfigError> {
    let wrong = |what: String| ConfigError(format!("The key file {}: {what}", path.display()));
    let meta = std::fs::metadata(path).map_err(|e| wrong(format!("{e}.")))?;
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    if meta.permissions().mode() & others(path, credentials.as_deref()) != 0 {
        return Err(wrong(format!(
            "others on this machine may read it; run chmod 600 {}.",
            path.display()
        )));
    }
    let raw = std::fs::read_to_string(path).map_err(|e| wrong(format!("{e}.")))?;
    let key = raw.trim();
    if key.is_empty() {
        return Err(wrong("it is empty.".into()));
    }
    Ok(Found {
        key: key.to_owned().into(),
        source: format!("file {}", path.display()),
    })
}

/// Bits of a secret file's mode that must not be set. What the service manager hands to this program alone lies in a folder
/// of its own, and an entry for its user beside the mode shows there as the group's bits.
fn others(path: &Path, credentials: Option<&OsStr>) -> u32 {
    match credentials {
        Some(folder) if !folder.is_empty() && path.starts_with(folder) => 0o007,
        _ => 0o077,
    }
}

/// What somebody prints until they are done, or nothing where that takes too long.
fn read_within(out: impl Read + Send + 'static, limit: Duration) -> Option<String> {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        let mut printed = Vec::new();
        let _ = out.take(LONGEST_KEY).read_to_end(&mut printed);
        let _ = done.send(String::from_utf8_lossy(&printed).into_owned());
    });
    waiting.recv_timeout(limit).ok()
}

/// How a program ended, or nothing where it goes on past a deadline.
fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() > deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn from_command(program: &str, args: &[String], limit: Duration) -> Result<Found, ConfigError> {
    let wrong =
        |what: String| ConfigError(format!("The command {program} that gives a key: {what}"));
    let mut child = without_keys(&mut Command::new(program))
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| wrong(format!("{e}.")))?;
    let deadline = Instant::now() + limit;
    let printed = child.stdout.take().and_then(|out| read_within(out, limit));
    let ended = printed.zip(wait_until(&mut child, deadline));
    let Some((printed, status)) = ended else {
        let _ = child.kill();
        let _ = child.wait();
        let limit = limit.as_secs();
        return Err(wrong(format!(
            "it did not end within {limit} s and was stopped; run it by hand to see what it waits for."
        )));
    };
    if !status.success() {
        return Err(wrong(format!("it ended with {status}.")));
    }
    let key = printed.trim().to_owned();
    if key.is_empty() {
        return Err(wrong("it printed nothing.".into()));
    }
    Ok(Found {
        key: key.into(),
        source: format!("command {program}"),
    })
}

/// Puts the key into a file of its own, 0600, and names the file in the configuration.
pub fn save_key(config: &Path, key: &SecretString) -> std::io::Result<String> {
    let dir = config.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let file = dir.join("api_key");
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&file)?;
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600))?;
    writeln!(out, "{}", key.expose_secret())?;
    let old = std::fs::read_to_string(config).unwrap_or_default();
    let kept: Vec<&str> = old
        .lines()
        .filter(|line| !line.trim_start().starts_with("api_key_file"))
        .collect();
    // Settings of the top level must stand before the first table.
    std::fs::write(
        config,
        format!(
            "api_key_file = {:?}\n{}\n",
            file.display().to_string(),
            kept.join("\n")
        ),
    )?;
    Ok(format!(
        "Saved in {}, which only you can read; {} names it.",
        file.display(),
        config.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_service_manager_hands_over_may_show_the_groups_bits() {
        let credentials = Some(OsStr::new("/run/credentials/hotseat-bridge.service"));
        let handed = Path::new("/run/credentials/hotseat-bridge.service/api-key");
        assert_eq!(others(handed, credentials), 0o007);
        assert_eq!(others(handed, None), 0o077);
        assert_eq!(others(handed, Some(OsStr::new(""))), 0o077);
        assert_eq!(
            others(Path::new("/etc/hotseat/api-key"), credentials),
            0o077
        );
    }

    #[test]
    fn a_command_that_never_gives_a_key_is_stopped() {
        let limit = Duration::from_millis(50);
        for script in ["exec sleep 600", "exec sleep 600 >&-"] {
            let args = ["-c".to_owned(), script.to_owned()];
            let said = from_command("sh", &args, limit).err().expect("stopped");
            assert!(said.to_string().contains("did not end within"), "{said}");
        }
        let given = from_command("echo", &["inc_0123456789".into()], COMMAND_LIMIT);
        assert_eq!(given.expect("a key").key.expose_secret(), "inc_0123456789");
    }

    #[test]
    fn a_saved_key_is_the_users_alone_and_the_configuration_names_it() {
        let home = tempfile::tempdir().expect("it is there");
        let config = home.path().join("hotseat/config.toml");
        save_key(&config, &"first".to_owned().into()).expect("it is there");
        std::fs::write(&config, "api_key_file = \"old\"\nutc = true\n[sources]\n")
            .expect("it is there");
        save_key(&config, &"second".to_owned().into()).expect("it is there");
        let file = config.with_file_name("api_key");
        let expected = format!("api_key_file = {file:?}\nutc = true\n[sources]\n");
        assert_eq!(
            std::fs::read_to_string(&config).expect("it is there"),
            expected
        );
        assert_eq!(
            std::fs::read_to_string(&file).expect("it is there"),
            "second\n"
        );
        assert_eq!(
            file.metadata().expect("it is there").permissions().mode() & 0o777,
            0o600
        );
    }
}
