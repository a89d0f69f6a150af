//! Our verification against that of the scheme's own library, in both directions and on webhooks that were tampered with.

use super::*;
use crate::domain::Instant;
use crate::domain::webhook::SigningSecret;
use axum::http::{HeaderName, HeaderValue};
use proptest::prelude::*;
use standardwebhooks::Webhook;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn own() -> SigningSecret {
    SigningSecret::read(&SECRET.to_owned().into()).expect("a secret")
}

/// A webhook on its way: headers in their order, and a body.
type Webhooked = (Vec<(String, Vec<u8>)>, Vec<u8>);

fn headers(of: &[(String, Vec<u8>)]) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in of {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        map.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(map)
}

fn is_accepted(headers: &HeaderMap, body: &[u8], now: Instant) -> bool {
    signed(headers).is_ok_and(|signed| signed.verify(body, &[own()], now).is_ok())
}

fn fresh(id: &str, body: &[u8], now: Instant, names: [&str; 3]) -> Webhooked {
    let values = [
        id.as_bytes().to_vec(),
        now.timestamp().to_string().into_bytes(),
        own().sign(id, now, body).into_bytes(),
    ];
    let headers = names.iter().map(|name| (*name).to_owned()).zip(values);
    (headers.collect(), body.to_vec())
}

#[test]
fn what_one_side_signs_the_other_believes() {
    let (now, oracle) = (chrono::Utc::now(), Webhook::new(SECRET).expect("a secret"));
    let body = "{\"event_type\": \"öffentlich\"}".as_bytes();
    let (ours, _) = fresh("msg_1", body, now, NAMES[0]);
    let ours = headers(&ours).expect("headers");
    oracle.verify(body, &ours).expect("it is signed");
    let theirs = oracle.sign("msg_1", now.timestamp(), body).expect("signed");
    assert_eq!(ours["webhook-signature"], theirs.as_str());
    assert!(is_accepted(&ours, body, now));
    // Several signatures, as during a rotation.
    let mut both = ours.clone();
    let rotated = format!("v1,AAAA v2,x {theirs}");
    both.insert("webhook-signature", rotated.parse().expect("a header"));
    oracle.verify(body, &both).expect("one of them fits");
    assert!(is_accepted(&both, body, now));
}

#[test]
fn the_senders_own_names_of_the_headers_count_whole_or_not_at_all() {
    let now = chrono::Utc::now();
    let (sent, body) = fresh("msg_1", b"{}", now, NAMES[1]);
    assert!(is_accepted(&headers(&sent).expect("headers"), &body, now));
    for missing in 0..3 {
        let (mut mixed, _) = fresh("msg_1", b"{}", now, NAMES[1]);
        mixed[missing].0 = NAMES[0][missing].into();
        let mixed = headers(&mixed).expect("headers");
        assert!(!is_accepted(&mixed, &body, now), "{mixed:?}");
    }
}

#[test]
fn an_id_that_nobody_would_keep_is_refused() {
    let now = chrono::Utc::now();
    let (sent, _) = fresh(&"x".repeat(LONGEST_ID + 1), b"{}", now, NAMES[0]);
    let sent = headers(&sent).expect("headers");
    assert_eq!(
        signed(&sent).map(|_| ()),
        Err(SignatureFault::Unreadable("webhook-id"))
    );
}

/// A way in which a webhook is tampered with: what, where, and with which byte.
#[derive(Clone, Debug)]
enum Tamper {
    Flip(usize, usize, u8),
    Insert(usize, usize, u8),
    Delete(usize, usize),
    Swap(usize, usize, usize),
    Rename(usize, usize),
    Repeat(usize),
    Drop(usize),
    Later(i64),
    Nothing,
}

fn tampers() -> impl Strategy<Value = Tamper> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b" ,=.+-0v1:".to_vec())];
    prop_oneof![
        (any::<usize>(), any::<usize>(), any::<u8>()).prop_map(|(a, b, c)| Tamper::Flip(a, b, c)),
        (any::<usize>(), any::<usize>(), byte).prop_map(|(a, b, c)| Tamper::Insert(a, b, c)),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Tamper::Delete(a, b)),
        (any::<usize>(), any::<usize>(), any::<usize>())
            .prop_map(|(a, b, c)| Tamper::Swap(a, b, c)),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Tamper::Rename(a, b)),
        any::<usize>().prop_map(Tamper::Repeat),
        any::<usize>().prop_map(Tamper::Drop),
        prop::sample::select(vec![-7_200, -310, -290, 290, 310, 7_200]).prop_map(Tamper::Later),
        Just(Tamper::Nothing),
    ]
}

/// The bytes that are meant: those of one of the headers, or the body.
fn part(of: &mut Webhooked, which: usize) -> &mut Vec<u8> {
    let all = of.0.len() + 1;
    match which % all {
        at if at + 1 == all => &mut of.1,
        at => &mut of.0[at].1,
    }
}

fn tamper(with: &Tamper, webhook: &mut Webhooked, now: Instant) {
    match *with {
        Tamper::Flip(which, at, by) => {
            let bytes = part(webhook, which);
            let length = bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(at % length) {
                *byte ^= by;
            }
        }
        Tamper::Insert(which, at, byte) => {
            let bytes = part(webhook, which);
            bytes.insert(at % (bytes.len() + 1), byte);
        }
        Tamper::Delete(which, at) => {
            let bytes = part(webhook, which);
            if !bytes.is_empty() {
                bytes.remove(at % bytes.len());
            }
        }
        Tamper::Swap(which, a, b) => {
            let bytes = part(webhook, which);
            if !bytes.is_empty() {
                let length = bytes.len();
                bytes.swap(a % length, b % length);
            }
        }
        Tamper::Rename(which, to) if !webhook.0.is_empty() => {
            let at = which % webhook.0.len();
            webhook.0[at].0 = NAMES[0][to % 3].into();
        }
        Tamper::Repeat(which) if !webhook.0.is_empty() => {
            let again = webhook.0[which % webhook.0.len()].clone();
            webhook.0.push(again);
        }
        Tamper::Drop(which) if !webhook.0.is_empty() => {
            let at = which % webhook.0.len();
            webhook.0.remove(at);
        }
        Tamper::Later(seconds) => {
            let at = now + chrono::Duration::seconds(seconds);
            *webhook = fresh("msg_later", &webhook.1, at, NAMES[0]);
        }
        Tamper::Rename(..) | Tamper::Repeat(_) | Tamper::Drop(_) | Tamper::Nothing => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]
    #[test]
    fn of_webhooks_that_were_tampered_with_exactly_those_are_believed_that_the_schemes_library_believes(
        id in "[a-zA-Z0-9_.]{1,40}",
        body in "[\\PC\"{}]{0,60}",
        all in prop::collection::vec(tampers(), 1..3),
    ) {
        let now = chrono::Utc::now();
        let mut webhook = fresh(&id, body.as_bytes(), now, NAMES[0]);
        all.iter().for_each(|one| tamper(one, &mut webhook, now));
        // What is no header at all comes through no server.
        if let Some(headers) = headers(&webhook.0) {
            let oracle = Webhook::new(SECRET).expect("a secret");
            let believed = oracle.verify(&webhook.1, &headers).is_ok();
            prop_assert_eq!(is_accepted(&headers, &webhook.1, now), believed);
        }
    }
}
