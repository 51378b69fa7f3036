//! Connections to REST, plain or over TLS, that a test can break.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// The names that the certificate is valid for.
pub const HOSTS: [&str; 5] =
    ["discord.com", "cdn.discordapp.com", "media.discordapp.net", "localhost", "127.0.0.1"];

/// Creates a certificate authority, writes its certificate to `ca_file`, and returns a TLS acceptor whose certificate
/// it has signed.
pub fn acceptor(ca_file: &Path) -> TlsAcceptor {
    let mut authority = CertificateParams::new(Vec::new()).expect("an authority without names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    authority.distinguished_name.push(DnType::CommonName, "The double of Discord");
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    std::fs::write(ca_file, authority.pem()).unwrap_or_else(|error| panic!("{}: {error}", ca_file.display()));
    let leaf = CertificateParams::new(HOSTS.map(str::to_owned)).expect("names of hosts");
    let key = KeyPair::generate().expect("a key");
    let leaf = leaf.signed_by(&key, &authority).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("a certificate and its key");
    TlsAcceptor::from(Arc::new(config))
}

/// A handle with which a route can break its connection.
#[derive(Clone, Debug, Default)]
pub struct Cutter(Arc<AtomicBool>);

impl Cutter {
    /// Breaks the connection: nothing more is written.
    pub fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connected<IncomingStream<'_, RestListener>> for Cutter {
    fn connect_info(stream: IncomingStream<'_, RestListener>) -> Self {
        stream.io().cutter.clone()
    }
}

/// Accepts connections. Handshakes do not block each other.
pub struct RestListener {
    arriving: Receiver<(Connection, SocketAddr)>,
    address: SocketAddr,
}

impl RestListener {
    /// Wraps a listener.
    pub fn new(listener: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        let address = listener.local_addr().expect("a listener has an address");
        let (send, arriving) = channel(64);
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                stream.set_nodelay(true).ok();
                let (send, tls) = (send.clone(), tls.clone());
                tokio::spawn(async move {
                    let stream = match tls {
                        None => Stream::Plain(stream),
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => Stream::Tls(Box::new(stream)),
                            // A client that does not trust the certificate ends here and gets an error.
                            Err(_) => return,
                        },
                    };
                    send.send((Connection { stream, cutter: Cutter::default() }, from)).await.ok();
                });
            }
        });
        Self { arriving, address }
    }
}

impl Listener for RestListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self.arriving.recv().await {
            Some(arrived) => arrived,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection.
pub struct Connection {
    stream: Stream,
    cutter: Cutter,
}

impl Connection {
    fn whole(&self) -> io::Result<()> {
        if self.cutter.is_cut() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.whole()?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
