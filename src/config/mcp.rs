//! Settings of agents at the same desk.

use super::{ConfigError, Secret, secret};
use crate::domain::webhook::is_same_secret;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Characters of the shortest token that cannot be guessed, and of the longest name of a client.
const SHORTEST_TOKEN: usize = 32;
const LONGEST_NAME: usize = 40;

/// What agents see and send.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mcp {
    /// Whether they see private incidents.
    pub private: bool,
    /// Who says yes to what they propose.
    pub confirm: Confirm,
    /// Where they are served over HTTP: an address of this machine and a port; empty where only a flag says so.
    pub listen: String,
    /// Who may come there.
    pub clients: Vec<McpClient>,
}

/// Who says yes to what an agent proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// Whoever sits before the client, asked by it; where it cannot ask, nothing is sent.
    Person,
    /// The same; where the client cannot ask, whoever sits at a console on this machine is asked there.
    Console,
    /// The agent itself, where its client cannot ask.
    Agent,
}

/// A client that may come over HTTP.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct McpClient {
    /// What the journal calls it.
    pub name: String,
    /// The token that it shows.
    pub token: Secret,
}

impl Mcp {
    /// Where agents are served over HTTP: where a flag says, else where the configuration does.
    pub fn address(&self, flag: Option<&str>) -> Result<SocketAddr, ConfigError> {
        match flag {
            Some(given) => address("--listen", given),
            None if self.listen.is_empty() => Err(ConfigError(
                "No address to listen on is given: write --listen 127.0.0.1:8080, or listen = \"127.0.0.1:8080\" under [mcp].".into(),
            )),
            None => address("mcp.listen", &self.listen),
        }
    }

    /// The clients that may come over HTTP, by name, each with its token.
    pub fn tokens(&self) -> Result<Vec<(String, SecretString)>, ConfigError> {
        let mut known: Vec<(String, SecretString)> = Vec::new();
        for client in &self.clients {
            let whose = format!("The client \"{}\" under [mcp]", client.name);
            let token = secret(&client.token, &whose)?;
            let token = token.ok_or_else(|| no_place(&client.name))?;
            if token.expose_secret().len() < SHORTEST_TOKEN {
                return Err(ConfigError(format!(
                    "{whose} has a token of fewer than {SHORTEST_TOKEN} characters, which could be guessed; make one with hotseat mcp token."
                )));
            }
            if !token.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
                return Err(ConfigError(format!(
                    "{whose} has a token that no request can carry; make one with hotseat mcp token."
                )));
            }
            let is_of =
                |(_, other): &&(String, SecretString)| is_same_secret(token.expose_secret(), other);
            if let Some((other, _)) = known.iter().find(is_of) {
                return Err(ConfigError(format!(
                    "{whose} has the token of \"{other}\"; each needs its own, or nobody could tell who asked."
                )));
            }
            known.push((client.name.clone(), token));
        }
        match known.is_empty() {
            false => Ok(known),
            true => Err(ConfigError(
                "Nobody may come over HTTP, so nothing listens: name each client under [[mcp.clients]], with name = \"…\" and token = { file = \"…\" }; hotseat mcp token makes one.".into(),
            )),
        }
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.is_empty() {
            address("mcp.listen", &self.listen)?;
        }
        let mut names = std::collections::BTreeSet::new();
        for McpClient { name, token } in &self.clients {
            let is_name = !name.is_empty()
                && name.len() <= LONGEST_NAME
                && name.bytes().all(|b| b.is_ascii_graphic());
            if !is_name {
                return Err(ConfigError(format!(
                    "mcp.clients names a client {name:?}; write up to {LONGEST_NAME} letters, digits and signs without a space."
                )));
            }
            if !names.insert(name) {
                return Err(ConfigError(format!(
                    "mcp.clients names \"{name}\" twice; each has its own name."
                )));
            }
            if token.is_empty() {
                return Err(no_place(name));
            }
        }
        Ok(())
    }
}

fn no_place(name: &str) -> ConfigError {
    ConfigError(format!(
        "mcp.clients says nowhere where the token of \"{name}\" is; write token = {{ file = \"…\" }} or {{ env = \"…\" }}."
    ))
}

/// An address that nobody but this machine reaches.
fn address(setting: &str, given: &str) -> Result<SocketAddr, ConfigError> {
    let at: SocketAddr = given.trim().parse().map_err(|_| {
        ConfigError(format!(
            "{setting} is {given:?}; write an address of this machine and a port, such as 127.0.0.1:8080."
        ))
    })?;
    match at.ip().is_loopback() {
        true => Ok(at),
        false => Err(ConfigError(format!(
            "{setting} is {at}, where other machines could come; agents are served on this machine alone. Write 127.0.0.1:{0} or [::1]:{0}, and come from elsewhere through a tunnel: ssh -L {0}:127.0.0.1:{0} HOST.",
            at.port()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(raw: &str) -> Result<Mcp, String> {
        let mut all: toml::Table = crate::config::DEFAULTS.parse().expect("TOML");
        let mut own = all["mcp"].as_table().cloned().expect("a table");
        own.extend(raw.parse::<toml::Table>().expect("TOML"));
        all.insert("mcp".into(), own.into());
        let mcp: Mcp = all["mcp"].clone().try_into().expect("settings");
        mcp.check().map_err(|e| e.to_string())?;
        Ok(mcp)
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_one_sentence() {
        let client = |name: &str, token: &str| {
            format!("[[clients]]\nname = \"{name}\"\ntoken = {{ {token} }}\n")
        };
        let printed = |token: &str| format!("command = [\"printf\", \"%s\", \"{token}\"]");
        let (long, other) = ("a".repeat(32), "b".repeat(32));
        let two = |first: &str, second: &str| client("one", first) + &client("two", second);
        for (raw, says) in [
            (
                "listen = \"0.0.0.0:8080\"".to_owned(),
                "ssh -L 8080:127.0.0.1:8080",
            ),
            ("listen = \"[::]:8080\"".into(), "other machines"),
            ("listen = \"192.0.2.7:80\"".into(), "other machines"),
            (
                "listen = \"[::ffff:127.0.0.1]:80\"".into(),
                "other machines",
            ),
            (
                "listen = \"localhost:8080\"".into(),
                "such as 127.0.0.1:8080",
            ),
            ("listen = \"8080\"".into(), "such as 127.0.0.1:8080"),
            (
                client("one", ""),
                "says nowhere where the token of \"one\" is",
            ),
            (client("", "env = \"A\""), "names a client \"\""),
            (client("a b", "env = \"A\""), "without a space"),
            (
                client("one", "env = \"A\"") + &client("one", "env = \"B\""),
                "\"one\" twice",
            ),
            (String::new(), "Nobody may come over HTTP"),
            (
                client("one", &printed(&long[1..])),
                "fewer than 32 characters",
            ),
            (
                client("one", &printed(&format!("{long} {long}"))),
                "no request can carry",
            ),
            (
                two(&printed(&long), &printed(&long)),
                "the token of \"one\"",
            ),
            (
                client("one", "file = \"/nowhere/at/all\""),
                "/nowhere/at/all",
            ),
        ] {
            let refused = checked(&raw).map(|mcp| mcp.tokens().map_err(|e| e.to_string()));
            let refused = refused.and_then(|tokens| tokens).expect_err(&raw);
            assert!(refused.contains(says), "{raw}: {refused}");
            assert!(!refused.contains(&long[1..]), "{refused}");
        }
        let fine = checked(&two(&printed(&long), &printed(&other))).expect("taken");
        assert_eq!(fine.tokens().expect("two").len(), 2);
    }

    #[test]
    fn a_flag_says_where_before_the_configuration_and_both_only_of_this_machine() {
        let mcp = checked("listen = \"[::1]:9\"").expect("taken");
        let at = |flag| mcp.address(flag).map(|at| at.to_string());
        assert_eq!(at(None).expect("its own"), "[::1]:9");
        assert_eq!(at(Some("127.0.0.9:0")).expect("the flag's"), "127.0.0.9:0");
        let refused = at(Some("10.0.0.1:80")).expect_err("refused").to_string();
        assert!(refused.starts_with("--listen is 10.0.0.1:80"), "{refused}");
        let none = checked("").expect("taken").address(None);
        assert!(
            none.expect_err("nowhere")
                .to_string()
                .contains("--listen 127.0.0.1:8080")
        );
    }
}
