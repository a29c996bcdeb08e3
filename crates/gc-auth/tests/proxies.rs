//! Proxies, which are set by environment variables: each case runs in a process of its own.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use gc_auth::{Client, Error};
use gc_core::{Class, Classify, describe};

use crate::server::Server;
use crate::watcher::{client, config_at, get};

/// Runs one of the ignored tests below behind a proxy that answers `answer` to everything.
fn behind_proxy(answer: &'static [u8], case: &str) {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    thread::spawn(move || {
        for stream in proxy.incoming() {
            let mut stream = stream.unwrap();
            let asked = stream.read(&mut [0; 4096]).unwrap();
            assert!(asked > 0);
            stream.write_all(answer).unwrap();
        }
    });
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", &format!("proxies::{case}")])
        .env("HTTPS_PROXY", &url)
        .env("HTTP_PROXY", &url)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success() && output.contains("1 passed"),
        "{output}"
    );
}

async fn fail() -> Arc<Error> {
    let config = config_at("https://api.test.invalid", "https://login.test.invalid");
    let client = Client::new(config).unwrap();
    match client.send(get()).await.unwrap_err() {
        Error::Token { source } => source,
        error => panic!("{}", describe(&error)),
    }
}

#[test]
fn proxy_that_asks_for_credentials_is_named() {
    let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    behind_proxy(answer, "case_credentials");
}

#[tokio::test]
#[ignore = "run by proxy_that_asks_for_credentials_is_named"]
async fn case_credentials() {
    let error = fail().await;
    assert!(
        matches!(*error, Error::ProxyCredentials { .. }),
        "{}",
        describe(&error)
    );
    let Class::Operator { remedy } = error.class() else {
        panic!("{error}")
    };
    assert!(remedy.contains("HTTPS_PROXY"), "{remedy}");
}

#[test]
fn proxy_that_refuses_is_named() {
    behind_proxy(
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        "case_refusal",
    );
}

#[tokio::test]
#[ignore = "run by proxy_that_refuses_is_named"]
async fn case_refusal() {
    let error = fail().await;
    assert!(
        matches!(*error, Error::Proxy { .. }),
        "{}",
        describe(&error)
    );
    assert!(error.remedy().unwrap().contains("HTTPS_PROXY"));
}

#[test]
fn loopback_is_reached_without_the_proxy() {
    behind_proxy(
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        "case_loopback",
    );
}

#[tokio::test]
#[ignore = "run by loopback_is_reached_without_the_proxy"]
async fn case_loopback() {
    let server = Server::start([]).await;
    client(&server).send(get()).await.unwrap();
}
