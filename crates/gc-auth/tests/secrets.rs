//! Secrets stay where they belong.

use std::io;
use std::sync::{Arc, Mutex};

use gc_auth::Client;
use gc_core::describe;
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Reply, Server};
use crate::tls;
use crate::watcher::{SECRET, client, config, create, get};

#[derive(Clone, Debug, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The forms in which the secret or a token could come out, and a query and bodies.
fn assert_clean(text: &str) {
    // The second is the base64 form of `client-1:s3cr3t-never-to-be-seen`, from where it is the
    // same whatever stands before.
    for hidden in [
        SECRET,
        "t0k3n",
        "Bearer",
        "czNjcjN0LW5ldmVyLXRvLWJlLXNlZW",
        "qu3ry",
        "p4yload",
    ] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}

#[tokio::test]
async fn secrets_and_payloads_are_in_no_log_even_at_trace_level() {
    let captured = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(captured.clone())
        .init();
    let payload = r#"{"message":"no","p4yload":1}"#;
    let server = Server::start([
        Reply::body(200, r#"{"p4yload":"p4yload"}"#),
        Reply::status(401),
        Reply::Cut,
        Reply::Reset,
        Reply::body(502, "p4yload"),
        Reply::body(400, payload),
    ])
    .await;
    let client = client(&server);
    for _ in 0..2 {
        drop(client.send(get().with_query("cursor", "qu3ry")).await);
        drop(client.send(create()).await);
    }
    assert_eq!((server.logins().len(), server.calls().len()), (2, 7));
    let tls = tls::start([]).await;
    let config = config(&tls.server).with_ca_file(Some(tls.ca_file.clone()));
    let client = Client::new(config).unwrap();
    client
        .send(get().with_query("cursor", "qu3ry"))
        .await
        .unwrap();
    let bytes = captured.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.contains("hyper_util") && text.contains("reqwest"),
        "nothing captured: {text}"
    );
    assert!(text.contains("gc_auth") && text.contains("h2::"), "{text}");
    assert_clean(&text);
}

#[tokio::test]
async fn secrets_are_in_no_debug_or_error_text() {
    let replies = [401, 401, 400, 404, 503].map(|status| Reply::body(status, "p4yload"));
    let server = Server::start(replies).await;
    let client = client(&server);
    assert_clean(&format!("{client:?} {:?}", config(&server)));
    let request = get().with_query("cursor", "qu3ry");
    assert_clean(&format!("{request:?}"));
    for request in [request.clone(), request.clone(), request, create()] {
        let error = client.send(request).await.unwrap_err();
        assert_clean(&format!(
            "{error:?} {} {:?}",
            describe(&error),
            error.remedy()
        ));
    }
}
