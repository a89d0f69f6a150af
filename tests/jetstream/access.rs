//! Who gets in, and to whom we go: TLS, credentials, permissions, and servers that are not there.

use crate::server::{Server, Words};
use hotseat::jetstream::{Bucket, Fault, Link, Signer, Way};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A certificate of an authority of one's own, for these names; gives the authority's file.
fn certificates(folder: &Path, names: &[&str]) -> PathBuf {
    let own = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&own).expect("signed");
    let issuer = Issuer::new(authority, own);
    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = CertificateParams::new(names)
        .expect("parameters")
        .signed_by(&key, &issuer)
        .expect("signed");
    std::fs::write(folder.join("server.pem"), leaf.pem()).expect("a file");
    std::fs::write(folder.join("server.key"), key.serialize_pem()).expect("a file");
    std::fs::write(folder.join("ca.pem"), root.pem()).expect("a file");
    folder.join("ca.pem")
}

fn refused(opened: Result<Link, Fault>) -> String {
    match opened {
        Err(Fault::Refused(words)) => words,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it is let in"),
    }
}

#[tokio::test]
async fn a_server_with_a_certificate_of_our_own_authority_is_trusted_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = certificates(folder.path(), &["localhost", "127.0.0.1", "0.0.0.0"]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let tls = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\" }}",
        at("server.pem"),
        at("server.key")
    );
    let server = Server::with(&tls);
    let way = |host: &str, scheme: &str, ca_cert: Option<&Path>| Way {
        address: format!("{scheme}://{host}:{}", server.port()),
        ca_cert: ca_cert.map(Path::to_owned),
        ..server.way()
    };
    for (host, scheme) in [
        ("127.0.0.1", "tls"),
        ("localhost", "nats"),
        ("0.0.0.0", "nats"),
        ("0.0.0.0", "tls"),
    ] {
        let link = Link::open(&way(host, scheme, Some(&ca)))
            .await
            .expect("trusted");
        Bucket::make(&link, "test", None).await.expect("a bucket");
    }
    let stranger = tempfile::tempdir().expect("a folder");
    let other = certificates(stranger.path(), &["localhost"]);
    for wrong in [None, Some(other.as_path())] {
        let words = refused(Link::open(&way("127.0.0.1", "tls", wrong)).await);
        assert!(
            words.contains("TLS") && words.contains("ca_cert"),
            "{words}"
        );
    }
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("a file");
    for wrong in [empty, folder.path().join("none.pem")] {
        let words = refused(Link::open(&way("127.0.0.1", "tls", Some(&wrong))).await);
        assert!(words.contains(&wrong.display().to_string()), "{words}");
    }
}

#[tokio::test]
async fn another_machine_is_not_asked_without_tls() {
    // 0.0.0.0 is this machine, and no address of its own loopback.
    let server = Server::start();
    for scheme in ["nats", "tls"] {
        let way = Way {
            address: format!("{scheme}://0.0.0.0:{}", server.port()),
            ..server.way()
        };
        let words = refused(Link::open(&way).await);
        assert!(words.contains("TLS"), "{words}");
    }
}

#[tokio::test]
async fn a_credentials_file_is_used_where_only_its_owner_may_read_it() {
    let (seed, public) = Signer::make();
    let server = Server::with(&format!(
        "authorization {{ users = [ {{ nkey: {public} }} ] }}"
    ));
    let path = server.folder().join("relay.seed");
    let way = Way {
        credentials: Some(path.clone()),
        ..server.way()
    };
    let mode = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode")
    };
    let words = refused(Link::open(&way).await);
    assert!(words.contains("relay.seed"), "{words}");
    std::fs::write(&path, format!("{seed}\n")).expect("a file");
    mode(0o640);
    let words = refused(Link::open(&way).await);
    assert!(
        words.contains("chmod 600") && !words.contains(&seed),
        "{words}"
    );
    mode(0o600);
    let link = Link::open(&way).await.expect("let in");
    Bucket::make(&link, "test", None).await.expect("a bucket");
    std::fs::write(&path, Signer::make().0).expect("a file");
    let words = refused(Link::open(&way).await);
    assert!(words.contains("does not let us in"), "{words}");
    std::fs::write(&path, "hello").expect("a file");
    let words = refused(Link::open(&way).await);
    assert!(words.contains(".creds"), "{words}");
    let words = refused(Link::open(&server.way()).await);
    assert!(words.contains("does not let us in"), "{words}");
}

#[tokio::test]
async fn what_a_user_may_not_do_is_named() {
    let reading = "permissions { publish: [\"$JS.API.STREAM.INFO.>\", \"$JS.API.DIRECT.GET.>\"], subscribe: \"_INBOX.>\" }";
    let server = Server::with(&format!(
        "authorization {{ users = [ {{ user: relay, password: 's@cret' }}, {{ user: console, password: 's@cret', {reading} }} ] }}"
    ));
    let of = |user: &str| Way {
        address: format!("nats://{user}:s%40cret@127.0.0.1:{}", server.port()),
        ..server.way()
    };
    let relay = Link::open(&of("relay")).await.expect("let in");
    let bucket = Bucket::make(&relay, "test", None).await.expect("a bucket");
    bucket.write("a", "x", 0).await.expect("written");
    let console = Link::open(&of("console")).await.expect("let in");
    let found = Bucket::find(&console, "test").await.expect("found");
    assert!(found.read("a").await.is_some());
    let Err(Fault::Refused(words)) = found.write("a", "y", 1).await else {
        panic!("it may not write");
    };
    assert!(
        words.contains("$KV.test.a") && !words.contains("cret"),
        "{words}"
    );
    assert!(!console.place().contains("cret"));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_within_seconds() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_port = silent.local_addr().expect("an address").port();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed_port = closed.local_addr().expect("an address").port();
    drop(closed);
    for port in [silent_port, closed_port] {
        let way = Way {
            address: format!("nats://127.0.0.1:{port}"),
            credentials: None,
            ca_cert: None,
            name: "test".into(),
            api_prefix: String::new(),
        };
        let began = Instant::now();
        let Err(Fault::Unreachable(words)) = Link::open(&way).await else {
            panic!("nobody is there");
        };
        assert!(began.elapsed().as_secs() < 7);
        assert!(words.contains(&port.to_string()), "{words}");
    }
}
