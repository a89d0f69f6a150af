//! The first start without a key: the demo, or a key, checked and put where only the user can read it.

use super::Context;
use super::output::say;
use crate::config;
use crate::session::{Access, ApiError, Session};
use secrecy::SecretString;
use std::io::BufRead;

/// What the user chose.
pub enum Choice {
    /// Look at the demo.
    Demo,
    /// A key that works.
    Key(SecretString),
    /// Neither.
    Nothing,
}

/// Asks.
pub fn ask(context: &Context) -> Result<Choice, ApiError> {
    say(
        "hotseat has no API key yet.\n\n  d  look at the demo: a simulated organisation, no account needed\n  k  give an API key of incident.io (Settings > API keys; \"View data\" is enough)\n  q  leave\n\n",
    )?;
    loop {
        say("d, k or q: ")?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
            return Ok(Choice::Nothing);
        }
        match line.trim() {
            "d" => return Ok(Choice::Demo),
            "q" => return Ok(Choice::Nothing),
            "k" => {
                if let Some(key) = take_key(context)? {
                    return Ok(Choice::Key(key));
                }
            }
            _ => say("Answer d, k or q; a key is asked for after k, and not shown.\n")?,
        }
    }
}

/// Takes a key without showing it, checks it by reading identity and severities, and saves it.
fn take_key(context: &Context) -> Result<Option<SecretString>, ApiError> {
    let typed = rpassword::prompt_password("API key (not shown): ")
        .map_err(|e| ApiError::User(format!("Cannot read the key: {e}.")))?;
    let key: SecretString = typed.trim().to_owned().into();
    let checked = super::block_on(async {
        let profile = context.overrides.profile.as_deref();
        let access = Access::new(context.config.clone(), profile, key.clone());
        Session::open(access)?.try_key().await
    });
    match checked {
        Ok(identity) => say(&format!(
            "The key works: \"{}\" with the roles {}.\n",
            identity.name,
            identity.roles.join(", ")
        ))?,
        Err(e) => {
            say(&format!("{e} {}\n", e.suggestion()))?;
            return Ok(None);
        }
    }
    let path = context.overrides.file.clone().or_else(config::default_path);
    let says = match path.as_deref().map(|path| config::save_key(path, &key)) {
        Some(Ok(says)) => says,
        Some(Err(e)) => {
            format!("It could not be saved ({e}); set INCIDENT_IO_API_KEY to keep it.")
        }
        None => "This user has no home folder; set INCIDENT_IO_API_KEY to keep it.".into(),
    };
    say(&(says + "\n"))?;
    Ok(Some(key))
}
