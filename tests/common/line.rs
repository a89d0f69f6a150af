//! A line between a client and a server in one process: plain or over TLS, HTTP/1.1 or HTTP/2, and cut as lines are cut.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures_util::task::AtomicWaker;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io;
use std::net::Shutdown;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What runs over the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.1 as it is.
    Plain,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS, as incident.io is reached.
    Tls2,
}

impl Wire {
    /// The wire that `HOTSEAT_WIRE` names: `plain`, `tls`, or by default HTTP/2 over TLS.
    pub fn of_this_run() -> Self {
        match std::env::var("HOTSEAT_WIRE").as_deref() {
            Ok("plain") => Self::Plain,
            Ok("tls") => Self::Tls,
            Ok("") | Err(_) => Self::Tls2,
            Ok(other) => panic!("HOTSEAT_WIRE={other}: give plain, tls or nothing"),
        }
    }
}

/// How a line breaks. Over TLS neither says goodbye first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The other end closes.
    Fin = 1,
    /// The connection is reset.
    Rst = 2,
}

/// The authority that signs this process's server, and the certificate it signed.
struct Authority {
    file: PathBuf,
    acceptors: [TlsAcceptor; 2],
    _folder: tempfile::TempDir,
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(names).expect("parameters");
        let leaf = params.signed_by(&key, &issuer).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("authority.pem");
        std::fs::write(&file, issuer.pem()).expect("written");
        let acceptor = |protocol: &[u8]| {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            let mut config = ServerConfig::builder()
                .with_no_client_auth()
                .with_single_cert(vec![leaf.der().clone()], key)
                .expect("a configuration");
            config.alpn_protocols = vec![protocol.to_vec()];
            TlsAcceptor::from(Arc::new(config))
        };
        Authority {
            file,
            acceptors: [acceptor(b"http/1.1"), acceptor(b"h2")],
            _folder: folder,
        }
    })
}

/// The certificate authority to be trusted, for `--ca-cert`; none where the line is plain.
pub fn ca_cert(wire: Wire) -> Option<PathBuf> {
    (wire != Wire::Plain).then(|| authority().file.clone())
}

/// The server's end of a listening line.
pub struct Lines {
    listener: TcpListener,
    wire: Wire,
}

impl Lines {
    /// Listens; gives the address to be asked.
    pub async fn listen(wire: Wire) -> (String, Self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let scheme = match wire {
            Wire::Plain => "http",
            Wire::Tls | Wire::Tls2 => "https",
        };
        (format!("{scheme}://{address}"), Self { listener, wire })
    }

    async fn connect(&mut self) -> io::Result<(End, Line)> {
        let (stream, _) = self.listener.accept().await?;
        let line = Line::default();
        // What is dropped without a goodbye is reset.
        socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO))?;
        let raw = stream.into_std()?;
        let own = raw.try_clone()?;
        let stream = TcpStream::from_std(raw)?;
        let inner = match self.wire {
            Wire::Plain => Inner::Plain(stream),
            Wire::Tls => Inner::Tls(Box::new(authority().acceptors[0].accept(stream).await?)),
            Wire::Tls2 => Inner::Tls(Box::new(authority().acceptors[1].accept(stream).await?)),
        };
        let end = End {
            inner,
            own,
            line: line.clone(),
        };
        Ok((end, line))
    }
}

impl Listener for Lines {
    type Io = End;
    type Addr = Line;

    async fn accept(&mut self) -> (End, Line) {
        loop {
            if let Ok(connected) = self.connect().await {
                return connected;
            }
        }
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line::default())
    }
}

/// One connection, to be cut by whoever answers on it.
#[derive(Clone, Debug, Default)]
pub struct Line {
    cut: Arc<AtomicU8>,
    waker: Arc<AtomicWaker>,
}

impl Line {
    /// Cuts it.
    pub fn cut(&self, how: Cut) {
        self.cut.store(how as u8, Ordering::SeqCst);
        self.waker.wake();
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.remote_addr().clone()
    }
}

enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The server's end of one connection.
pub struct End {
    inner: Inner,
    own: std::net::TcpStream,
    line: Line,
}

impl End {
    /// Where the line was cut, that is done now.
    fn is_cut(&self, cx: &Context<'_>) -> io::Result<()> {
        self.line.waker.register(cx.waker());
        let cut = self.line.cut.load(Ordering::SeqCst);
        if cut == Cut::Fin as u8 {
            let _ = socket2::SockRef::from(&self.own).set_linger(None);
            let _ = self.own.shutdown(Shutdown::Both);
        }
        match cut {
            0 => Ok(()),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

macro_rules! on_inner {
    ($self:ident, $cx:ident, $method:ident $(, $argument:expr)*) => {{
        let end = $self.get_mut();
        end.is_cut($cx)?;
        match &mut end.inner {
            Inner::Plain(stream) => Pin::new(stream).$method($cx $(, $argument)*),
            Inner::Tls(stream) => Pin::new(stream).$method($cx $(, $argument)*),
        }
    }};
}

impl AsyncRead for End {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_inner!(self, cx, poll_read, into)
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_inner!(self, cx, poll_write, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_inner!(self, cx, poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_inner!(self, cx, poll_shutdown)
    }
}
