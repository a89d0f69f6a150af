//! A simulated organisation's own monitoring, as sources of evidence.

use crate::config::Config;

/// The configuration that names a simulated organisation's own monitoring as sources.
pub fn sources(url: &str) -> String {
    include_str!("../../assets/simulated_sources.toml").replace("{url}", url)
}

/// The same settings with a simulated organisation's monitoring, where none of the user's own is configured.
pub fn with_sources(config: &Config, url: &str) -> Config {
    let mut config = config.clone();
    let told: toml::Table = sources(url)
        .parse()
        .expect("the embedded sources are valid");
    let measured = config.sources.all_metrics().next().is_some();
    if !measured && config.sources.logs.is_empty() {
        config.sources = told["sources"]
            .clone()
            .try_into()
            .expect("the embedded sources are valid");
    }
    config
}
