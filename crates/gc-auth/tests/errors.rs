//! What errors say, and what they ask for.

use gc_auth::{Client, Error};
use gc_core::{Class, Classify, describe};

use crate::server::{Reply, Server};
use crate::watcher::{client, config, config_at, get};

async fn fail(reply: Reply) -> Error {
    let server = Server::start([reply]).await;
    client(&server).send(get()).await.unwrap_err()
}

fn remedy(error: &Error) -> String {
    match error.class() {
        Class::Operator { remedy } => remedy,
        class => panic!("{class:?} of {error}"),
    }
}

#[tokio::test]
async fn refused_client_is_told_to_check_id_secret_and_region() {
    for (status, cause) in [(400, "client not found"), (401, "authentication failed")] {
        let body = format!(r#"{{"error":"invalid_client","error_description":"{cause}"}}"#);
        let server = Server::start([]).await;
        server.script_login([Reply::body(status, body.leak())]);
        let error = client(&server).send(get()).await.unwrap_err();
        let text = describe(&error);
        assert!(
            text.starts_with("get an access token: log in at 127.0.0.1:"),
            "{text}"
        );
        assert!(text.ends_with(cause), "{text}");
        for name in ["CLIENT_ID", "CLIENT_SECRET", "REGION"] {
            assert!(remedy(&error).contains(name), "{error}");
        }
        assert_eq!(server.logins().len(), 1);
    }
}

#[tokio::test]
async fn missing_permission_is_named_with_the_remedy() {
    let body = r#"{"message":"Unable to perform the requested action. You are missing the following permission(s): analytics:conversationDetail:view","code":"missing.permissions","status":403,"contextId":"ctx-1","details":[],"errors":[]}"#;
    let error = fail(Reply::body(403, body)).await;
    assert_eq!(
        remedy(&error),
        "give the role of the OAuth client the permission analytics:conversationDetail:view, \
         in the divisions to export"
    );
    assert!(error.to_string().contains("(context id ctx-1)"), "{error}");
    let error = fail(Reply::status(403)).await;
    assert!(
        remedy(&error).contains("the permission that GET /things/{id} needs"),
        "{error}"
    );
}

#[tokio::test]
async fn rejected_request_repeats_the_platforms_words_but_not_all() {
    let body = r#"{"code":"bad.request","message":"interval too long","contextId":"ctx-2","secretField":"Jane"}"#;
    let error = fail(Reply::body(400, body)).await;
    assert_eq!(
        error.to_string(),
        "GET /things/{id}: request rejected: status 400 bad.request, interval too long \
         (context id ctx-2)"
    );
    let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(5000)).leak();
    assert!(fail(Reply::body(400, long)).await.to_string().len() < 700);
}

#[tokio::test]
async fn each_status_has_its_own_error() {
    assert!(matches!(
        fail(Reply::status(404)).await,
        Error::NotFound { .. }
    ));
    assert!(matches!(
        fail(Reply::status(409)).await,
        Error::Conflict { .. }
    ));
    assert!(matches!(
        fail(Reply::status(413)).await,
        Error::RequestTooLarge { .. }
    ));
    assert!(matches!(
        fail(Reply::status(415)).await,
        Error::Rejected { .. }
    ));
    assert!(matches!(
        fail(Reply::status(302)).await,
        Error::Unexpected { .. }
    ));
    assert!(matches!(
        fail(Reply::status(501)).await,
        Error::Unexpected { .. }
    ));
}

#[tokio::test]
async fn refused_connection_names_host_and_remedy() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let client = Client::new(config_at(&url, &url)).unwrap();
    let error = client
        .send(get().with_query("cursor", "hidden"))
        .await
        .unwrap_err();
    let text = describe(&error);
    assert_eq!(error.class(), Class::TRANSIENT);
    assert!(text.contains("connect to 127.0.0.1"), "{text}");
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("hidden"), "{text}");
    assert!(!text.contains("http://"), "{text}");
    assert!(error.remedy().unwrap().contains("GENESYS_CLOUD_API_URL"));
}

#[tokio::test]
async fn answer_without_a_token_is_not_the_login_host() {
    for status in [200, 302, 404] {
        let server = Server::start([]).await;
        server.script_login([Reply::body(status, "<html>welcome to the hotel</html>")]);
        let error = client(&server).send(get()).await.unwrap_err();
        assert!(describe(&error).contains(&format!("status {status} without an access token")));
        assert!(
            remedy(&error).contains("GENESYS_CLOUD_LOGIN_URL"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn unusable_certificate_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let broken = folder.path().join("broken.pem");
    std::fs::write(
        &broken,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    for path in [folder.path().join("missing.pem"), empty, broken] {
        let config = config_at("https://a.example", "https://b.example");
        let error = Client::new(config.with_ca_file(Some(path.clone()))).unwrap_err();
        assert!(
            matches!(error, Error::CaFile { .. }),
            "{}",
            describe(&error)
        );
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
    let server = Server::start([]).await;
    assert!(Client::new(config(&server)).is_ok());
}
