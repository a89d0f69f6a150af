//! What the API may be reached with: a base URL that keeps the key unread, certificates, a key that could be one.

use crate::domain::{ApiError, secrets};
use crate::net;
use std::io;
use std::path::Path;
use url::Url;

/// The certificates of a file. A path that leads nowhere is a slip of the user's; one that may not be read is this machine's.
pub(super) fn authorities(path: &Path) -> Result<Vec<reqwest::Certificate>, ApiError> {
    let pem = std::fs::read(path).map_err(|e| {
        let says = format!("Cannot read the CA certificate {}: {e}.", path.display());
        match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::IsADirectory => ApiError::User(says),
            _ => ApiError::machine(path, &e, says),
        }
    })?;
    reqwest::Certificate::from_pem_bundle(&pem)
        .ok()
        .filter(|certs| !certs.is_empty())
        .ok_or_else(|| ApiError::User(format!("{} holds no PEM certificate.", path.display())))
}

/// A base URL: https, or plain http to this machine only.
pub(super) fn parse_base(raw: &str) -> Result<Url, ApiError> {
    let shown = secrets::redact(raw);
    let url = Url::parse(raw)
        .map_err(|e| ApiError::User(format!("The base URL {shown} is not a URL: {e}.")))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if net::is_loopback(&url) => Ok(url),
        "http" => Err(ApiError::User(format!(
            "The base URL {shown} is plain http, which would send the key readable; use https."
        ))),
        _ => Err(ApiError::User(format!(
            "The base URL {shown} must begin with https://."
        ))),
    }
}

/// What no key can look like: the mistakes that copying makes.
pub fn check_key(key: &str) -> Result<(), ApiError> {
    let wrong = match key {
        "" => return Err(ApiError::NoKey),
        k if k.trim() != k || k.contains(char::is_whitespace) => "holds a space or a line break",
        k if k.starts_with(['"', '\'']) => "stands in quotes",
        k if k.to_ascii_lowercase().starts_with("bearer") => {
            "begins with \"Bearer\"; give the key alone"
        }
        k if !k.is_ascii() || k.bytes().any(|b| b < 0x21) => "holds a character that no key has",
        k if k.len() < 12 => "is too short",
        _ => return Ok(()),
    };
    Err(ApiError::BadKey(wrong.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mistakes_of_copying_a_key_are_named() {
        for (key, says) in [
            ("", "no API key"),
            ("abc def ghi jkl", "space"),
            ("\"inc_0123456789\"", "quotes"),
            ("Bearer-inc_0123456789", "Bearer"),
            ("inc_é0123456789", "character"),
            ("tiny", "short"),
        ] {
            let said = check_key(key).expect_err(key).to_string();
            assert!(said.contains(says), "{said}");
            assert!(
                key.is_empty() || !said.contains(key),
                "the key is never repeated: {said}"
            );
        }
        assert_eq!(check_key("inc_0123456789abcdef"), Ok(()));
    }

    #[test]
    fn a_key_never_travels_readable() {
        for (url, fine) in [
            ("https://api.incident.io", true),
            ("http://127.0.0.1:9", true),
            ("http://localhost:9", true),
            ("http://[::1]:9", true),
            ("http://api.incident.io", false),
            ("http://127.0.0.1.evil.example", false),
            ("ftp://x", false),
            ("nonsense", false),
        ] {
            assert_eq!(parse_base(url).is_ok(), fine, "{url}");
        }
    }
}
