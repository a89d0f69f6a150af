use super::*;
use serde_json::{Value, json};

fn at() -> Instant {
    "2026-11-22T15:04:05.123456789Z".parse().expect("a time")
}

fn envelope() -> Envelope {
    Envelope::around(
        Some(br#"{"incident":{"id":"01A"}}"#.to_vec()),
        at(),
        1 << 55,
        7,
    )
}

fn keys() -> (Signer, Verifier) {
    let (seed, public) = Signer::make();
    let signer = Signer::from_seed(&seed).expect("a seed");
    let verifier = Verifier::from_key(&public).expect("a key");
    (signer, verifier)
}

/// Sealed bytes with another head.
fn with_head(sealed: &[u8], change: impl Fn(&mut Value)) -> Vec<u8> {
    let end = sealed.iter().position(|b| *b == b'\n').expect("a head");
    let mut head: Value = serde_json::from_slice(&sealed[..end]).expect("JSON");
    change(&mut head);
    [head.to_string().as_bytes(), &sealed[end..]].concat()
}

#[test]
fn what_was_sealed_is_what_is_opened() {
    let (signer, verifier) = keys();
    let gone = Envelope::around(None, at(), 3, 4);
    let empty = Envelope::around(Some(Vec::new()), at(), 3, 4);
    let large = Envelope::around(Some(vec![b'x'; 32 << 20]), at(), 3, 4);
    for one in [envelope(), gone, empty, large] {
        let plain = one.seal("incident.01A", None);
        assert_eq!(
            Envelope::open("incident.01A", &plain, None),
            Ok(one.clone())
        );
        let signed = one.seal("incident.01A", Some(&signer));
        assert_eq!(
            Envelope::open("incident.01A", &signed, Some(&verifier)),
            Ok(one.clone())
        );
        assert_eq!(Envelope::open("incident.01A", &signed, None), Ok(one));
    }
}

#[test]
fn words_that_the_relay_did_not_sign_are_not_believed() {
    let (signer, verifier) = keys();
    let (other, _) = keys();
    let sealed = envelope().seal("incident.01A", Some(&signer));
    let forged_body = Envelope::around(Some(b"{}".to_vec()), at(), 1 << 55, 7);
    let forged_hash = forged_body.hash.clone();
    let forged = forged_body.seal("incident.01A", None);
    let signature = {
        let end = sealed.iter().position(|b| *b == b'\n').expect("a head");
        let head: Value = serde_json::from_slice(&sealed[..end]).expect("JSON");
        head["signature"].clone()
    };
    let unsigned = "What stands under incident.01A is not signed, and the relay signs.";
    let wrong =
        "What stands under incident.01A is not signed by the relay; somebody else wrote it.";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "no signature",
            envelope().seal("incident.01A", None),
            unsigned,
        ),
        (
            "another's key",
            envelope().seal("incident.01A", Some(&other)),
            wrong,
        ),
        (
            "another's place",
            envelope().seal("incident.01B", Some(&signer)),
            wrong,
        ),
        (
            "a signature of other words",
            with_head(&forged, |head| head["signature"] = signature.clone()),
            wrong,
        ),
        (
            "another fence",
            with_head(&sealed, |head| head["fence"] = json!((1u64 << 55) + 1)),
            wrong,
        ),
        (
            "another time",
            with_head(&sealed, |head| head["at"] = json!("2026-11-22T16:04:05Z")),
            wrong,
        ),
        (
            "another run",
            with_head(&sealed, |head| head["began"] = json!(8)),
            wrong,
        ),
        (
            "another hash",
            with_head(&sealed, |head| head["hash"] = json!(forged_hash)),
            wrong,
        ),
        (
            "gone",
            with_head(&sealed, |head| head["gone"] = json!(true)),
            wrong,
        ),
        (
            "an older format",
            with_head(&sealed, |head| head["schema"] = json!(0)),
            wrong,
        ),
        (
            "no base64",
            with_head(&sealed, |head| head["signature"] = json!("***")),
            wrong,
        ),
        (
            "a short one",
            with_head(&sealed, |head| head["signature"] = json!("AAAA")),
            wrong,
        ),
    ];
    for (name, bytes, said) in cases {
        let opened = Envelope::open("incident.01A", &bytes, Some(&verifier));
        assert_eq!(opened, Err(said.to_owned()), "{name}");
    }
}

#[test]
fn what_is_not_whole_is_not_believed_even_without_a_key() {
    let sealed = envelope().seal("k", None);
    let bomb = Envelope::around(Some(vec![0; (32 << 20) + 1]), at(), 1, 1).seal("k", None);
    let other = Envelope::around(Some(b"{}".to_vec()), at(), 1 << 55, 7).hash;
    let none = "What stands under k is no envelope of a relay.";
    let damaged = "What stands under k is damaged.";
    let hash = "What stands under k is not what its hash says.";
    let newer = "What stands under k was written by a newer hotseat (format 2); update this one.";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], none),
        ("no line", b"{}".to_vec(), none),
        ("no head", b"hello\n".to_vec(), none),
        ("a head without words", b"{}\n".to_vec(), none),
        (
            "a head without an end",
            [vec![b' '; 5000], sealed.clone()].concat(),
            none,
        ),
        (
            "newer",
            with_head(&sealed, |head| head["schema"] = json!(2)),
            newer,
        ),
        (
            "newer, with other words",
            b"{\"schema\":2,\"a\":1}\n".to_vec(),
            newer,
        ),
        ("cut short", sealed[..sealed.len() - 6].to_vec(), damaged),
        (
            "followed by more",
            [sealed.clone(), b"more".to_vec()].concat(),
            damaged,
        ),
        (
            "no zlib",
            [
                &sealed[..=sealed.iter().position(|b| *b == b'\n').expect("a head")],
                b"zzzz",
            ]
            .concat(),
            damaged,
        ),
        (
            "a bomb",
            bomb,
            "What stands under k is larger than 32 MiB; it is not read.",
        ),
        (
            "another body",
            with_head(&sealed, |head| head["hash"] = json!(other)),
            hash,
        ),
        (
            "gone with a body",
            with_head(&sealed, |head| head["gone"] = json!(true)),
            hash,
        ),
    ];
    for (name, bytes, said) in cases {
        assert_eq!(
            Envelope::open("k", &bytes, None),
            Err(said.to_owned()),
            "{name}"
        );
    }
}

#[test]
fn a_key_that_is_none_is_refused_in_a_sentence() {
    let (seed, public) = Signer::make();
    assert!(seed.starts_with("SU") && public.starts_with('U'));
    let account = nkeys::KeyPair::new_account();
    let account_seed = account.seed().expect("a seed");
    for wrong in ["", "SU", &public, &account_seed] {
        assert!(Signer::from_seed(wrong).is_err(), "{wrong}");
    }
    for wrong in ["", "U", &seed, &account.public_key()] {
        assert!(Verifier::from_key(wrong).is_err(), "{wrong}");
    }
    let signer = Signer::from_seed(&format!(" {seed}\n")).expect("a seed");
    assert_eq!(signer.public_key(), public);
}
