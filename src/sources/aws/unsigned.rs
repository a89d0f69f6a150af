//! A build that cannot sign: what is asked of AWS is refused where the source is set up.

use crate::config::ConfigError;
use crate::sources::http::SourceError;
use http::request::Parts;

/// Where a process finds its environment.
pub(in crate::sources) trait Env {
    /// A variable.
    fn var(&self, key: &str) -> Option<String>;
}

/// The environment of this process.
pub(in crate::sources) struct OsEnv;

impl Env for OsEnv {
    fn var(&self, key: &str) -> Option<String> {
        std::env::var(key).ok()
    }
}

/// There is none.
pub(super) enum Signing {}

impl Signing {
    /// Refuses the source.
    pub fn open(source: &str, _: (&str, &str), _: &str, _: impl Env) -> Result<Self, ConfigError> {
        Err(ConfigError(format!(
            "The source \"{source}\": this hotseat was built without CloudWatch; install a package, or build it with the feature cloudwatch."
        )))
    }

    /// Never reached.
    pub async fn sign(&self, _: &str, _: &mut Parts) -> Result<(), SourceError> {
        match *self {}
    }
}
