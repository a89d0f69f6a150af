//! Why nothing came back: told from the types of the causes, never from their words.

use crate::domain::{ApiError, NetworkFault, text};
use std::error::Error;
use std::io;
use url::Url;

/// The error for a request to a base URL that got no answer, or only a part of one.
pub(super) fn failure(base: &Url, error: &reqwest::Error) -> ApiError {
    let kind = kind_of(error);
    let cause = text::fit(&text::clean_line(&last_cause(error)), 120);
    let reason = match kind {
        NetworkFault::Timeout => "no answer in time".to_owned(),
        NetworkFault::Dns => "its name cannot be resolved".to_owned(),
        NetworkFault::Tls => format!("TLS failed ({cause})"),
        NetworkFault::Refused => "the connection was refused".to_owned(),
        NetworkFault::Closed => "the connection was closed in the middle".to_owned(),
        NetworkFault::Other => cause,
    };
    ApiError::Network {
        host: base.host_str().unwrap_or_default().to_owned(),
        reason,
        kind,
        unsent: is_unsent(error),
    }
}

/// Whether the request was certainly not taken in: it failed while the connection was made, or the server says by the
/// protocol that it did not process it. Whatever fails later, TLS included, may fail after the request arrived.
fn is_unsent(error: &reqwest::Error) -> bool {
    let causes = causes(error);
    let mut protocol = causes.iter().filter_map(|c| c.downcast_ref::<h2::Error>());
    error.is_connect() || protocol.any(is_unprocessed)
}

/// A stream that was refused, or one above the last that a closing server says it takes (RFC 9113, 8.7): for a stream at
/// or below that, a client hears of a broken connection instead.
fn is_unprocessed(e: &h2::Error) -> bool {
    let refused = e.is_reset() && e.reason() == Some(h2::Reason::REFUSED_STREAM);
    e.is_remote() && (refused || e.is_go_away())
}

fn kind_of(error: &reqwest::Error) -> NetworkFault {
    if error.is_timeout() {
        return NetworkFault::Timeout;
    }
    if error.is_dns() {
        return NetworkFault::Dns;
    }
    let causes = causes(error);
    let system = || causes.iter().filter_map(|c| c.downcast_ref::<io::Error>());
    let is = |kinds: &[io::ErrorKind]| system().any(|e| kinds.contains(&e.kind()));
    if causes.iter().any(|c| c.is::<rustls::Error>()) {
        NetworkFault::Tls
    } else if is(&[io::ErrorKind::ConnectionRefused]) {
        NetworkFault::Refused
    } else if error.is_connect() && is(&[io::ErrorKind::UnexpectedEof]) {
        // A connection that is being made reads nothing but the handshake.
        NetworkFault::Tls
    } else if is(&CLOSED) || causes.iter().any(|c| is_cut(*c)) {
        NetworkFault::Closed
    } else {
        NetworkFault::Other
    }
}

/// What the system calls a connection that ended too early.
const CLOSED: [io::ErrorKind; 4] = [
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::UnexpectedEof,
];

fn is_cut(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<hyper::Error>().is_some_and(|e| {
        e.is_incomplete_message() || e.is_closed() || e.is_canceled() || e.is_body_write_aborted()
    })
}

/// Every cause of an error. What an `io::Error` holds is no source of it in the standard library's eyes: it is asked
/// for by itself, or a TLS error, which travels inside one, would never be seen.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        all.push(cause);
        let held = cause.downcast_ref::<io::Error>().and_then(|e| e.get_ref());
        next = match held {
            Some(held) => Some(held as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    all
}

/// The words nearest to what went wrong.
fn last_cause(error: &reqwest::Error) -> String {
    let last = causes(error).pop().map(ToString::to_string);
    last.unwrap_or_else(|| "the request failed".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that reads once, answers with these bytes and hangs up; with none, it hangs up at once or never answers.
    async fn server(answer: Option<&'static str>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                match answer {
                    Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                    None => open.push(stream),
                }
            }
        });
        port
    }

    async fn asked(url: String) -> ApiError {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_millis(400))
            .build()
            .expect("a client");
        let base: Url = url.parse().expect("a URL");
        let error = match client.get(base.clone()).send().await {
            Ok(response) => response.bytes().await.expect_err("a broken answer"),
            Err(error) => error,
        };
        failure(&base, &error)
    }

    #[tokio::test]
    async fn why_nothing_came_back_is_told_by_the_kind_of_the_cause() {
        let silent = server(None).await;
        let hangs_up = server(Some("")).await;
        let cut = server(Some("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")).await;
        let torn = server(Some(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
        ))
        .await;
        let foreign = server(Some("tls certificate dns refused\r\n\r\n")).await;
        let nobody = {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            listener.local_addr().expect("an address").port()
        };
        for (url, wanted) in [
            (format!("http://127.0.0.1:{silent}"), NetworkFault::Timeout),
            (format!("http://127.0.0.1:{nobody}"), NetworkFault::Refused),
            (format!("http://127.0.0.1:{hangs_up}"), NetworkFault::Closed),
            (format!("http://127.0.0.1:{cut}"), NetworkFault::Closed),
            (format!("http://127.0.0.1:{torn}"), NetworkFault::Closed),
            (format!("https://127.0.0.1:{hangs_up}"), NetworkFault::Tls),
            (format!("https://127.0.0.1:{cut}"), NetworkFault::Tls),
            // Its answer holds the very words that errors of another kind have.
            (format!("http://127.0.0.1:{foreign}"), NetworkFault::Other),
        ] {
            let error = asked(url.clone()).await;
            let ApiError::Network { kind, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(*kind, wanted, "{url}: {error}");
        }
    }

    /// How a server of HTTP/2 leaves a request without an answer.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Leaves {
        /// It refuses the stream, and has not looked at it.
        Refused,
        /// It closes, and says that it takes no stream of this connection.
        GoneBefore,
        /// It takes the request, says that it will take no more after it, and closes.
        GoneAfter,
        /// It takes the request and breaks the stream off.
        Reset,
        /// It takes the request and closes.
        Closed,
    }

    /// A server that leaves every request in one way.
    async fn leaving(how: Leaves) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if how == Leaves::GoneBefore {
                    // Settings, then GOAWAY with the last stream 0 and no error.
                    let frames = *b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(&frames).await;
                    let _ = stream.read(&mut [0; 4096]).await;
                    continue;
                }
                let Ok(mut connection) = h2::server::handshake(stream).await else {
                    continue;
                };
                let Some(Ok((_, mut answer))) = connection.accept().await else {
                    continue;
                };
                match how {
                    Leaves::Refused => answer.send_reset(h2::Reason::REFUSED_STREAM),
                    Leaves::Reset => answer.send_reset(h2::Reason::INTERNAL_ERROR),
                    Leaves::GoneAfter => connection.abrupt_shutdown(h2::Reason::NO_ERROR),
                    Leaves::Closed | Leaves::GoneBefore => continue,
                }
                let _ = tokio::time::timeout(
                    Duration::from_millis(100),
                    std::future::poll_fn(|cx| connection.poll_closed(cx)),
                )
                .await;
            }
        });
        port
    }

    #[tokio::test]
    async fn only_what_the_protocol_says_was_not_processed_was_not_sent() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        for (how, unsent) in [
            (Leaves::Refused, true),
            (Leaves::GoneBefore, true),
            (Leaves::GoneAfter, false),
            (Leaves::Reset, false),
            (Leaves::Closed, false),
        ] {
            let base: Url = format!("http://127.0.0.1:{}", leaving(how).await)
                .parse()
                .expect("a URL");
            let client = crate::net::client(&base, Duration::from_secs(5), Duration::from_secs(5));
            let client = client.http2_prior_knowledge().build().expect("a client");
            let error = client.post(base.clone()).body("{}").send().await;
            let error = failure(&base, &error.expect_err("no answer"));
            let ApiError::Network { unsent: told, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(*told, unsent, "{how:?}: {error}");
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told_as_such() {
        struct Nowhere;
        impl reqwest::dns::Resolve for Nowhere {
            fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
                Box::pin(async { Err(io::Error::other("no such thing").into()) })
            }
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .dns_resolver(std::sync::Arc::new(Nowhere))
            .build()
            .expect("a client");
        let base: Url = "http://refused-tls.example".parse().expect("a URL");
        let error = client.get(base.clone()).send().await.expect_err("no name");
        assert_eq!(
            failure(&base, &error).to_string(),
            "Cannot reach refused-tls.example: its name cannot be resolved."
        );
    }
}
