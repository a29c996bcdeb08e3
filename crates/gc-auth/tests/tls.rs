//! Certificates, and HTTP/2.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::serve::Listener;
use gc_auth::{Client, Error};
use gc_core::{Class, Classify, describe};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::server::{Reply, Server};
use crate::watcher::{config, get};

struct TlsListener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// A server with a certificate that it signed itself, and that certificate in a file.
pub(crate) struct TlsServer {
    pub(crate) server: Server,
    pub(crate) ca_file: PathBuf,
    _folder: TempDir,
}

pub(crate) async fn start(api: impl IntoIterator<Item = Reply>) -> TlsServer {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", tcp.local_addr().unwrap());
    let tls = TlsAcceptor::from(Arc::new(tls));
    let server = Server::listen(api, TlsListener { tcp, tls }, url);
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, made.cert.pem()).unwrap();
    TlsServer {
        server,
        ca_file,
        _folder: folder,
    }
}

#[tokio::test]
async fn unknown_certificate_is_refused_with_the_remedy() {
    let tls = start([]).await;
    let client = Client::new(config(&tls.server)).unwrap();
    let error = client.send(get()).await.unwrap_err();
    let Error::Token { source } = &error else {
        panic!("{}", describe(&error))
    };
    assert!(
        matches!(**source, Error::Certificate { .. }),
        "{}",
        describe(&error)
    );
    let Class::Operator { remedy } = error.class() else {
        panic!("{error}")
    };
    assert!(remedy.contains("--ca-file"), "{remedy}");
    assert!(tls.server.logins().is_empty());
}

#[tokio::test]
async fn certificate_in_the_ca_file_is_trusted() {
    let tls = start([Reply::status(503)]).await;
    let client = Client::new(config(&tls.server).with_ca_file(Some(tls.ca_file.clone()))).unwrap();
    client.send(get()).await.unwrap();
    assert_eq!(tls.server.calls().len(), 2);
}
