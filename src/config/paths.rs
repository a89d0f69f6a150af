//! Where things lie on this machine, by what the platform says of a user's folders.

use super::Config;
use std::path::PathBuf;

/// Where the file is looked for.
pub fn default_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "hotseat")
        .map(|dirs| dirs.config_dir().join("config.toml"))
}

/// Where local data is kept.
pub fn cache_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "hotseat").map(|dirs| dirs.cache_dir().to_owned())
}

/// Where logs and drafts are kept.
pub fn state_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "hotseat")
        .map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned())
}

/// A name for the organisation that is asked, fit for a file: one cache and one journal each.
pub fn organisation_name(base_url: &str, profile: Option<&str>) -> Option<String> {
    let host = url::Url::parse(base_url).ok()?;
    let name = format!(
        "{}-{}-{}",
        profile.unwrap_or("default"),
        host.host_str()?,
        host.port_or_known_default()?
    );
    Some(
        name.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .collect(),
    )
}

/// Where the cache of an organisation is kept; nowhere where nothing may go to disk.
pub fn cache_path(config: &Config, profile: Option<&str>) -> Option<PathBuf> {
    let name = organisation_name(&config.base_url, profile).filter(|_| !config.no_cache)?;
    Some(cache_dir()?.join(format!("{name}.db")))
}

/// Where the journal of writes is kept; nowhere where nothing may go to disk.
pub fn journal_path(config: &Config, profile: Option<&str>) -> Option<PathBuf> {
    let name = organisation_name(&config.base_url, profile).filter(|_| !config.no_cache)?;
    Some(state_dir()?.join(format!("{name}.journal.db")))
}
