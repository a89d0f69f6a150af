//! The first start without a key: the demo, or a key, checked and put where only the user can read it.

use super::Context;
use super::output::{answer, say};
use crate::config::{self, Config};
use crate::session::{Access, ApiError, Session};
use secrecy::SecretString;
use std::sync::Arc;

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
pub fn ask(context: &Context, config: &Arc<Config>) -> Result<Choice, ApiError> {
    say(
        "hotseat has no API key yet.\n\n  d  look at the demo: a simulated organisation, no account needed\n  k  give an API key of incident.io (Settings > API keys; \"View data\" is enough)\n  q  leave\n",
    )?;
    loop {
        say("d, k or q: ")?;
        match answer().as_deref() {
            Some("d") => return Ok(Choice::Demo),
            Some("q") | None => return Ok(Choice::Nothing),
            Some("k") => {
                if let Some(key) = take_key(context, config)? {
                    return Ok(Choice::Key(key));
                }
            }
            _ => say("Answer d, k or q; a key is asked for after k, and not shown.\n")?,
        }
    }
}

/// Takes a key without showing it, checks it by reading identity and severities, and saves it.
fn take_key(context: &Context, config: &Arc<Config>) -> Result<Option<SecretString>, ApiError> {
    let typed = rpassword::prompt_password("API key (not shown): ")
        .map_err(|e| ApiError::User(format!("Cannot read the key: {e}.")))?;
    let key: SecretString = typed.trim().to_owned().into();
    let checked = super::block_on(async {
        let access = Access::new(config.clone(), context.profile(), key.clone());
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
