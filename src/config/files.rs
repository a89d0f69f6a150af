//! Files that the settings name and that change by themselves: secrets that are rotated, certificates that are renewed.

use super::Config;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use toml::Value;

/// The settings that name such a file, wherever they stand.
const NAMES: [&str; 7] = [
    "api_key_file",
    "ca_cert",
    "client_cert",
    "credentials",
    "file",
    "tls_certificate",
    "tls_key",
];

/// A file as it stands: which it is, when it was written, and its length; nothing where it cannot be seen.
type Standing = Option<(u64, i64, i64, u64)>;

/// Such files as they stand: equal until one of them is written or replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFiles(Vec<(PathBuf, Standing)>);

impl SecretFiles {
    /// As they stand now. Nothing is read of what is in them.
    pub fn of(config: &Config) -> Self {
        let mut paths = Vec::new();
        if let Ok(table) = Value::try_from(config) {
            gather("", &table, &mut paths);
        }
        paths.sort();
        paths.dedup();
        let standing = |path: PathBuf| {
            let seen = std::fs::metadata(&path).ok();
            let standing = seen.map(|m| (m.ino(), m.mtime(), m.mtime_nsec(), m.len()));
            (path, standing)
        };
        Self(paths.into_iter().map(standing).collect())
    }
}

fn gather(name: &str, value: &Value, paths: &mut Vec<PathBuf>) {
    match value {
        Value::String(path) if NAMES.contains(&name) && !path.is_empty() => paths.push(path.into()),
        Value::Array(all) => all.iter().for_each(|one| gather("", one, paths)),
        Value::Table(table) => table
            .iter()
            .for_each(|(name, one)| gather(name, one, paths)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, load};

    #[test]
    fn a_secret_that_is_written_or_replaced_is_seen_wherever_the_settings_name_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let config = format!(
            "api_key_file = \"{0}/key\"\n[bridge]\nwebhook_secrets = [{{ file = \"{0}/hook\" }}]\n\
             [[bridge.alertmanager]]\nname = \"a\"\nurl = \"http://a.example\"\naccess = {{ token = {{ file = \"{0}/token\" }} }}\n",
            folder.path().display()
        );
        std::fs::write(at("config.toml"), config).expect("a file");
        let over = Overrides {
            file: Some(at("config.toml")),
            ..Overrides::default()
        };
        let config = load(&over).expect("valid");
        let mut before = SecretFiles::of(&config);
        for name in ["key", "hook", "token"] {
            std::fs::write(at(name), "a secret").expect("a file");
            let now = SecretFiles::of(&config);
            assert_ne!(now, before, "{name}");
            before = now;
        }
        // As a rotation does it: another file under the same name, of the same length.
        std::fs::write(at("other"), "a socret").expect("a file");
        std::fs::rename(at("other"), at("hook")).expect("renamed");
        assert_ne!(SecretFiles::of(&config), before);
        assert_eq!(SecretFiles::of(&config), SecretFiles::of(&config));
    }
}
