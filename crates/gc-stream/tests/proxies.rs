//! The socket through TLS and a proxy that is asked for a tunnel. The variables that name it
//! belong to the process, so each case runs in one of its own.

use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::ear::{client, ear_with, platform, settings};

/// The host of the socket, which only the proxy knows.
const HOST: &str = "streaming.test.invalid";

/// Answers TLS as [`HOST`] and passes all on to the platform at `to`.
async fn tls(to: String, folder: &TempDir) -> (String, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let mut secure = acceptor.accept(stream).await.unwrap();
                let mut plain = TcpStream::connect(to).await.unwrap();
                let _cut = copy_bidirectional(&mut secure, &mut plain).await;
            });
        }
    });
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, made.cert.pem()).unwrap();
    (address, ca_file)
}

/// Passes one tunnel at a time on to the address in `GC_TEST_TLS`; prints what it is asked for.
async fn proxy(listener: TcpListener, to: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let mut stream = BufReader::new(stream);
        let mut asked = String::new();
        while !asked.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut asked).await.unwrap() > 0);
        }
        println!("asked: {}", asked.lines().next().unwrap());
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut there = TcpStream::connect(&to).await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut stream, &mut there).await });
    }
}

#[test]
fn socket_goes_through_the_proxy_and_tls() {
    // The port has to be known before the process that listens on it starts.
    let reserved = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = reserved.local_addr().unwrap().port();
    drop(reserved);
    let run = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "--nocapture",
            "proxies::case_tunnel",
        ])
        .env("HTTPS_PROXY", format!("http://127.0.0.1:{port}"))
        .env("GC_TEST_PROXY_PORT", port.to_string())
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.success() && output.contains("1 passed"),
        "{output}{errors}"
    );
    assert!(
        output.contains(&format!("asked: CONNECT {HOST}:443 HTTP/1.1")),
        "{output}"
    );
}

#[tokio::test]
#[ignore = "run by socket_goes_through_the_proxy_and_tls"]
async fn case_tunnel() {
    let folder = tempfile::tempdir().unwrap();
    let sim = platform(|config| config.live.connect_base = Some(format!("wss://{HOST}"))).await;
    let (secure, ca_file) = tls(sim.url().replace("http://", ""), &folder).await;
    let port = std::env::var("GC_TEST_PROXY_PORT").unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    tokio::spawn(proxy(listener, secure));
    let settings = settings(client(&sim, Some(ca_file)));
    let mut ear = ear_with(sim, settings);
    ear.until_all_up().await;
    ear.control.live_step(50);
    ear.until_complete().await;
}
