//! A server whose users are not in its configuration but come with credentials that an account signed, as `nsc` makes
//! them.

use crate::server::{Server, Words};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hotseat::jetstream::{Bucket, Fault, Link, Way};
use nkeys::KeyPair;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

/// A token that one key signed about another.
fn token(issuer: &KeyPair, subject: &KeyPair, name: &str, claims: Value) -> String {
    let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = encoded(json!({"typ": "JWT", "alg": "ed25519-nkey"}));
    let body = encoded(json!({
        "jti": name, "iat": 1_700_000_000, "iss": issuer.public_key(), "name": name,
        "sub": subject.public_key(), "nats": claims,
    }));
    let words = format!("{head}.{body}");
    let signature = issuer.sign(words.as_bytes()).expect("signed");
    format!("{words}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn account(operator: &KeyPair, key: &KeyPair, name: &str, disk: i64) -> String {
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
        "conn": -1, "leaf": -1, "mem_storage": disk, "disk_storage": disk, "streams": disk, "consumer": disk,
    });
    let claims = json!({"type": "account", "version": 2, "limits": limits});
    token(operator, key, name, claims)
}

/// The file of a user of an account.
fn credentials(account: &KeyPair) -> String {
    let user = KeyPair::new_user();
    let unlimited = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {}});
    let token = token(account, &user, "relay", unlimited);
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.seed().expect("a seed")
    )
}

#[tokio::test]
async fn a_user_whom_the_account_signed_gets_in_and_no_other() {
    let (operator, system, own) = (
        KeyPair::new_operator(),
        KeyPair::new_account(),
        KeyPair::new_account(),
    );
    let itself = token(
        &operator,
        &operator,
        "operator",
        json!({"type": "operator", "version": 2}),
    );
    let server = Server::with(&format!(
        "operator: \"{itself}\"\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: \"{}\", {}: \"{}\" }}",
        system.public_key(),
        system.public_key(),
        account(&operator, &system, "system", 0),
        own.public_key(),
        account(&operator, &own, "own", -1),
    ));
    let path = server.folder().join("relay.creds");
    let way = Way {
        credentials: Some(path.clone()),
        ..server.way()
    };
    let write = |text: String| {
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    };
    write(credentials(&own));
    let link = Link::open(&way).await.expect("let in");
    let bucket = Bucket::make(&link, "test", None).await.expect("a bucket");
    bucket.write("a", "x", 0).await.expect("written");
    for strangers in [
        credentials(&KeyPair::new_account()),
        "-----BEGIN NATS USER JWT-----\n".into(),
    ] {
        write(strangers);
        assert!(matches!(Link::open(&way).await, Err(Fault::Refused(_))));
    }
    assert!(matches!(
        Link::open(&server.way()).await,
        Err(Fault::Refused(_))
    ));
}
