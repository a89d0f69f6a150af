//! What must not be seen: secrets in addresses, in arguments of commands, and secrets of ours that come back. Whatever
//! is shown, logged or kept of such words goes through here.

use super::text;
use std::borrow::Cow;

/// What stands where a secret stood.
pub const HIDDEN: &str = "(hidden)";

/// Parts of a name whose value is a secret: of a header, of a part of an address, of an option of a command.
const TELLING: [&str; 13] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "api-key",
    "api_key",
    "auth",
    "credential",
    "cookie",
    "signature",
    "session",
];
/// Names that are a secret's as they stand; as a part of others they are not.
const WHOLE: [&str; 7] = ["key", "pwd", "pass", "sig", "code", "jwt", "access-key"];

/// Whether what goes by this name is a secret.
pub fn is_secret_name(name: &str) -> bool {
    // Who wrote something is no secret.
    let name = name
        .to_ascii_lowercase()
        .replace("authoriz", "auth")
        .replace("author", "");
    TELLING.iter().any(|part| name.contains(part))
        || WHOLE.contains(&name.as_str())
        || name.ends_with("-key")
        || name.ends_with("_key")
}

/// Words without these secrets.
pub fn without<'a>(words: &'a str, secrets: &[&str]) -> Cow<'a, str> {
    let mut words = Cow::Borrowed(words);
    for secret in secrets.iter().filter(|s| !s.is_empty()) {
        if words.contains(secret) {
            words = Cow::Owned(words.replace(secret, HIDDEN));
        }
        // What is not seen is taken out later, and would join what it parts now.
        if !words.is_ascii() && words.len() > secret.len() {
            let seen: String = words.chars().filter(|c| !text::is_hidden(*c)).collect();
            if seen.contains(secret) {
                words = Cow::Owned(seen.replace(secret, HIDDEN));
            }
        }
    }
    words
}

/// Words as they may be shown: without who gets in by an address, without its tokens, without what an option or a header
/// in them keeps secret.
pub fn redact(words: &str) -> String {
    redact_next(words, &mut false)
}

/// The same for the arguments of a command: an option may announce what the next one keeps secret.
pub fn redact_all(arguments: &[&str]) -> Vec<String> {
    let mut hides_next = false;
    let each = arguments.iter();
    each.map(|a| redact_next(a, &mut hides_next)).collect()
}

fn redact_next(words: &str, hides_next: &mut bool) -> String {
    let mut out = String::with_capacity(words.len());
    for piece in words.split_inclusive(|c: char| c.is_whitespace()) {
        let word = piece.trim_end();
        let (space, bare) = (&piece[word.len()..], word.trim_matches(['"', '\'', ',']));
        if *hides_next && !bare.is_empty() && !is_scheme(bare) {
            out.push_str(&word.replace(bare, HIDDEN));
            *hides_next = false;
        } else {
            out.push_str(&address(word));
            *hides_next |= announces(bare);
        }
        out.push_str(space);
    }
    out
}

/// How a header says what kind of secret follows.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token"].contains(&word.to_ascii_lowercase().as_str())
}

/// Whether the next word is a secret: `Bearer`, `Authorization:`, `--token`.
fn announces(word: &str) -> bool {
    if let Some(header) = word.strip_suffix(':') {
        return is_secret_name(header.trim_start_matches(['"', '\'']));
    }
    let option = word.strip_prefix("--").filter(|o| !o.contains('='));
    option.is_some_and(is_secret_name) || (is_scheme(word) && word.starts_with(['B', 'b']))
}

/// A word without the user in front of a host, and without values whose names tell that they are secret.
fn address(word: &str) -> String {
    let word = match word.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            match rest[..end].rfind('@') {
                Some(at) => format!("{scheme}://{HIDDEN}{}", &rest[at..]),
                None => word.to_owned(),
            }
        }
        None => word.to_owned(),
    };
    let is_address = word.contains("://") || word.starts_with('/');
    if !is_address && !word.trim_start_matches(['"', '\'']).starts_with("--") {
        return word;
    }
    let mut out = String::with_capacity(word.len());
    for part in word.split_inclusive(['?', '&', ';', '#']) {
        let end = part.len() - usize::from(part.ends_with(['?', '&', ';', '#']));
        match part[..end].split_once('=') {
            Some((name, value))
                if !value.is_empty()
                    && is_secret_name(name.trim_start_matches(['-', '"', '\''])) =>
            {
                out.push_str(&format!("{name}={HIDDEN}{}", &part[end..]));
            }
            _ => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_comes_back_in_pieces_that_look_whole_is_hidden() {
        let parted = "key inc_\u{200b}0123\u{ad}456 é";
        assert_eq!(without(parted, &["inc_0123456"]), "key (hidden) é");
        assert_eq!(without("inc_012 é", &["inc_0123456"]), "inc_012 é");
    }

    #[test]
    fn nothing_that_lets_somebody_in_is_left_in_words() {
        for (words, shown) in [
            ("https://api.example/v1?a=b", "https://api.example/v1?a=b"),
            (
                "https://u:p@h.example:9/x?token=t&b=c",
                "https://(hidden)@h.example:9/x?token=(hidden)&b=c",
            ),
            ("https://tok@h.example", "https://(hidden)@h.example"),
            (
                "https://h/x?api_key=k#access_token=t",
                "https://h/x?api_key=(hidden)#access_token=(hidden)",
            ),
            (
                "logcli --password=p --addr https://a:b@h query",
                "logcli --password=(hidden) --addr https://(hidden)@h query",
            ),
            (
                "kubectl logs --token abc -n prod",
                "kubectl logs --token (hidden) -n prod",
            ),
            (
                "curl -H \"Authorization: Bearer abc\" x",
                "curl -H \"Authorization: Bearer (hidden)\" x",
            ),
            ("curl -H X-Api-Key: abc x", "curl -H X-Api-Key: (hidden) x"),
            (
                "sum by (app) (x{key=\"checkout\"}) / y",
                "sum by (app) (x{key=\"checkout\"}) / y",
            ),
            (
                "{service_name=\"a\"} |= \"token=abc\"",
                "{service_name=\"a\"} |= \"token=abc\"",
            ),
            ("git -C /srv/repo log", "git -C /srv/repo log"),
            ("", ""),
        ] {
            assert_eq!(redact(words), shown);
        }
    }

    #[test]
    fn a_secret_that_comes_back_is_hidden_wherever_it_stands() {
        assert_eq!(without("a-k1-b k1", &["k1", ""]), "a-(hidden)-b (hidden)");
        assert!(matches!(without("plain", &["k1"]), Cow::Borrowed("plain")));
    }
}
