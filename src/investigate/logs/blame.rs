//! Which services failing lines blame, and how much that says.
//!
//! A line blames a service that it names, by its name or as a host. The more services blame one, the more it says; a
//! service that blames a further one itself passes the blame on.

use super::pattern::{Direction, Pattern, is_calm};
use crate::domain::{Instant, LogSample};
use std::collections::BTreeSet;

/// Letters from which a name counts anywhere in a text; shorter ones stand in too many other words and count as hosts
/// alone.
const LEAST_LETTERS: usize = 4;
/// Words of a name that tell no service apart.
const FILLER: &[&str] = &["service", "svc", "server", "client", "api", "app"];
/// What blame is worth of a service that blames others itself, and of one that logs what it always does.
const PASSED_ON: f64 = 0.35;
const CALM: f64 = 0.7;
/// What the blame of one service by itself is worth; each further one takes the same part of what is left.
const ONE: f64 = 0.6;

/// A service's log blames another service.
#[derive(Clone, Debug, PartialEq)]
pub struct Blame {
    /// The service whose log it is.
    pub by: String,
    /// The service that is blamed, by the first of its names.
    pub whom: String,
    /// How much it says, 0 to 1.
    pub strength: f64,
    /// The pattern, as an index.
    pub pattern: usize,
}

/// Whom patterns blame of services that are given with their other names, strongest first for each; of several patterns
/// of one service that blame the same one, each is told.
pub fn blames(
    patterns: &[Pattern],
    services: &[Vec<String>],
    samples: &[LogSample],
    onset: Instant,
) -> Vec<Blame> {
    let names: Vec<Name> = names_of(services);
    let mut all: Vec<Blame> = Vec::new();
    for (at, pattern) in patterns.iter().enumerate() {
        if !pattern.failure || pattern.direction == Direction::Silent {
            continue;
        }
        for (whom, share) in blamed(pattern, &names) {
            let whom = &services[whom][0];
            if *whom != pattern.service {
                all.push(Blame {
                    by: pattern.service.clone(),
                    whom: whom.clone(),
                    strength: pattern.strength * share,
                    pattern: at,
                });
            }
        }
    }
    weigh(&mut all, |service| {
        is_calm(samples, patterns, service, onset)
    });
    all.sort_by(|a, b| {
        b.strength
            .total_cmp(&a.strength)
            .then_with(|| (&a.whom, &a.by, a.pattern).cmp(&(&b.whom, &b.by, b.pattern)))
    });
    all
}

/// Weighs blame by who else blames the same one, and by what that one says itself.
fn weigh(all: &mut [Blame], is_calm: impl Fn(&str) -> bool) {
    let pairs: BTreeSet<(String, String)> =
        all.iter().map(|b| (b.by.clone(), b.whom.clone())).collect();
    for blame in all {
        let accusers = accusers(&pairs, &blame.whom);
        let others = i32::try_from(accusers.len()).unwrap_or(i32::MAX);
        blame.strength *= 1.0 - (1.0 - ONE).powi(others);
        // Two that blame each other pass nothing on: either may be the cause.
        let onward = pairs
            .iter()
            .any(|(by, whom)| *by == blame.whom && !pairs.contains(&(whom.clone(), by.clone())));
        if onward {
            blame.strength *= PASSED_ON;
        } else if is_calm(&blame.whom) {
            blame.strength *= CALM;
        }
    }
}

/// Who blames a service: those that name it, and those that name one that names it.
fn accusers<'a>(pairs: &'a BTreeSet<(String, String)>, whom: &'a str) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut edge = vec![whom];
    while let Some(one) = edge.pop() {
        for (by, _) in pairs.iter().filter(|(by, to)| to == one && by != whom) {
            if found.insert(by) {
                edge.push(by);
            }
        }
    }
    found
}

/// The services that a pattern's lines name, with the share of the lines.
fn blamed(pattern: &Pattern, names: &[Name]) -> Vec<(usize, f64)> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for text in &pattern.texts {
        for service in named(text, names) {
            match counts.iter_mut().find(|c| c.0 == service) {
                Some(count) => count.1 += 1,
                None => counts.push((service, 1)),
            }
        }
    }
    let all = pattern.texts.len().max(1) as f64;
    counts
        .into_iter()
        .map(|(service, count)| (service, count as f64 / all))
        .collect()
}

/// One way to write a service's name.
struct Name {
    service: usize,
    words: Vec<String>,
    /// Whether it is the name itself, rather than a part of it that tells.
    exact: bool,
}

/// Every way to write every service's name, longest first: "payment gateway" holds "payment".
fn names_of(services: &[Vec<String>]) -> Vec<Name> {
    let mut all: Vec<Name> = Vec::new();
    for (service, names) in services.iter().enumerate() {
        for name in names {
            let whole: Vec<String> = tokens(name).into_iter().map(|t| t.word).collect();
            let is_told = |w: &String| !w.is_empty() && !FILLER.contains(&w.as_str());
            let core: Vec<String> = whole.iter().filter(|w| is_told(w)).cloned().collect();
            let (joined, short) = (vec![whole.concat()], vec![core.concat()]);
            let ways = [
                (&whole, true),
                (&joined, true),
                (&core, false),
                (&short, false),
            ];
            let told = ways
                .into_iter()
                .filter(|(words, _)| words.iter().any(is_told));
            all.extend(told.map(|(words, exact)| Name {
                service,
                words: words.clone(),
                exact,
            }));
        }
    }
    let letters = |n: &Name| n.words.iter().map(String::len).sum::<usize>();
    all.sort_by(|a, b| {
        let key = |n: &Name| (n.words.len(), letters(n));
        key(b)
            .cmp(&key(a))
            .then_with(|| a.words.cmp(&b.words))
            .then_with(|| (!a.exact, a.service).cmp(&(!b.exact, b.service)))
    });
    all.dedup_by(|a, b| a.words == b.words);
    all
}

/// A word of a text, in lower case, with the marks before it.
struct Token {
    word: String,
    /// What stands between it and the word before.
    before: String,
}

/// The words of a text, `CartService` as two.
fn tokens(text: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    let (mut word, mut before) = (String::new(), String::new());
    let mut last: Option<char> = None;
    let mut close = |word: &mut String, before: &mut String| {
        if !word.is_empty() {
            all.push(Token {
                word: std::mem::take(word).to_lowercase(),
                before: std::mem::take(before),
            });
        }
    };
    for c in text.chars() {
        let hump = c.is_uppercase() && last.is_some_and(char::is_lowercase);
        if !c.is_alphanumeric() || hump {
            close(&mut word, &mut before);
        }
        match c.is_alphanumeric() {
            true => word.push(c),
            false => before.push(c),
        }
        last = Some(c);
    }
    close(&mut word, &mut before);
    all
}

/// Services that a text names where it can mean them as what failed, each once.
fn named(text: &str, names: &[Name]) -> Vec<usize> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match names.iter().find(|n| stands_at(&tokens, at, &n.words)) {
            Some(name) => {
                let end = at + name.words.len();
                let letters: usize = name.words.iter().map(String::len).sum();
                let fits = letters >= LEAST_LETTERS || is_host(&tokens, at, end);
                if fits
                    && is_whole(&tokens, at, end)
                    && !is_caller(&tokens, at)
                    && !found.contains(&name.service)
                {
                    found.push(name.service);
                }
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

fn stands_at(tokens: &[Token], at: usize, words: &[String]) -> bool {
    let Some(here) = tokens.get(at..at + words.len()) else {
        return false;
    };
    let apart =
        |t: &Token| t.before.chars().count() > 1 || t.before.contains(['/', ':', '=', ',', '"']);
    here.iter().zip(words).all(|(t, w)| t.word == *w) && !here.iter().skip(1).any(apart)
}

/// Whether a name is no part of a longer one: of `cart-db`, of `shopping_cart`, of `com.shop.cart.Model`. A replica's own
/// ending, as in `cart-7d9f8b6c5-x2x9z`, belongs to it.
fn is_whole(tokens: &[Token], at: usize, end: usize) -> bool {
    let joins = |t: &Token| matches!(t.before.as_str(), "-" | "_" | "");
    let led = at > 0 && (joins(&tokens[at]) || (tokens[at].before == "." && !is_rpc(tokens, end)));
    let mut next = tokens[end.min(tokens.len())..].iter();
    let rest = next.find(|t| !(joins(t) && FILLER.contains(&t.word.as_str())));
    let followed = rest.is_some_and(|t| joins(t) && !t.word.contains(|c: char| c.is_ascii_digit()));
    !led && !followed
}

/// Whether what stands before is the package of a called procedure: `/shop.CartService/GetCart`.
fn is_rpc(tokens: &[Token], end: usize) -> bool {
    let service = |t: &Token| t.before.is_empty() && FILLER.contains(&t.word.as_str());
    let procedure = |t: &Token| t.before == "/";
    let rest = &tokens[end.min(tokens.len())..];
    rest.first().is_some_and(procedure)
        || (rest.first().is_some_and(service) && rest.get(1).is_some_and(procedure))
}

/// Whether a name stands where a host does: `http://cart/`, `cart:8080`, `cart.shop.svc`, `lookup cart`.
fn is_host(tokens: &[Token], at: usize, end: usize) -> bool {
    let before = tokens[at].before.as_str();
    let port = |t: &Token| t.before == ":" && t.word.bytes().all(|b| b.is_ascii_digit());
    let zone = |t: &Token| t.before == ".";
    let word = at.checked_sub(1).map_or("", |b| tokens[b].word.as_str());
    let led = [
        "lookup",
        "host",
        "hostname",
        "enotfound",
        "again",
        "upstream",
        "unknownhostexception",
        "dial",
        "exception",
    ];
    before.ends_with("://")
        || before.ends_with('@')
        || tokens.get(end).is_some_and(|t| port(t) || zone(t))
        || led.contains(&word)
}

/// Whether a name stands where a line says who called, which is no blame: "request from cart", `client=cart`.
fn is_caller(tokens: &[Token], at: usize) -> bool {
    const CALLER: &[&str] = &[
        "client",
        "caller",
        "source",
        "src",
        "downstream",
        "consumer",
        "agent",
        "referer",
        "origin",
    ];
    const CALL: &[&str] = &[
        "request",
        "requests",
        "call",
        "calls",
        "connection",
        "connections",
        "message",
        "messages",
    ];
    let word = |back: usize| at.checked_sub(back).map_or("", |b| tokens[b].word.as_str());
    let named = CALLER.contains(&word(1)) && tokens[at].before.contains(['=', ':', '"']);
    named || (["from", "by", "for"].contains(&word(1)) && CALL.contains(&word(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str) -> Vec<&'static str> {
        const ALL: [&str; 8] = [
            "cart",
            "cart-db",
            "payment-gateway",
            "payment",
            "CheckoutService",
            "mysql",
            "geo",
            "ad",
        ];
        let services: Vec<Vec<String>> = ALL.iter().map(|n| vec![(*n).to_owned()]).collect();
        named(text, &names_of(&services))
            .into_iter()
            .map(|s| ALL[s])
            .collect()
    }

    #[test]
    fn a_line_blames_the_service_it_names_as_a_word_or_a_host_and_not_its_caller() {
        for (text, names) in [
            (
                "dial tcp: lookup cart.shop.svc.cluster.local:8080: no such host",
                vec!["cart"],
            ),
            ("GET http://cart/items failed", vec!["cart"]),
            ("cart-db:5432 refused the connection", vec!["cart-db"]),
            ("cart-7d9f8b6c5-x2x9z is not ready", vec!["cart"]),
            ("shopping-cart is empty, discarting", vec![]),
            ("com.shop.cart.Model failed", vec![]),
            (
                "/shop.CheckoutService/PlaceOrder failed",
                vec!["CheckoutService"],
            ),
            ("checkoutservice did not answer", vec!["CheckoutService"]),
            ("CartClient: timed out", vec!["cart"]),
            ("payment gateway unavailable", vec!["payment-gateway"]),
            (
                "payment failed at payment_gateway",
                vec!["payment", "payment-gateway"],
            ),
            ("bad request from payment", vec![]),
            ("bad response from payment", vec!["payment"]),
            ("failed, client=mysql", vec![]),
            ("mysql-0.mysql:3306 is gone", vec!["mysql"]),
            ("the ad failed to load", vec![]),
            ("connect http://ad:9555 refused", vec!["ad"]),
            ("geo failed", vec![]),
            ("getaddrinfo ENOTFOUND geo", vec!["geo"]),
        ] {
            assert_eq!(who(text), names, "{text}");
        }
    }
}
