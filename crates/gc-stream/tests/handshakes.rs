//! What may answer in place of the socket.

use std::sync::Arc;
use std::time::Duration;

use gc_core::{Class, Classify, SystemClock, describe};
use gc_stream::{Error, Notices, Selection, StreamSettings, listen};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::stand_in::{Combined, Handshake, StandIn};

type Run = (Notices, JoinHandle<Result<(), Error>>, CancellationToken);

async fn listen_to(handshake: Handshake) -> (StandIn, Run) {
    let mut platform = StandIn::new(Combined::Taken, handshake);
    platform.serve().await;
    let selection = Selection {
        queues: vec!["00000000-0000-0000-0000-000000000001".to_owned()],
        ..Selection::default()
    };
    let mut settings = StreamSettings::new(platform.client(), selection, Arc::new(SystemClock));
    settings.backoff.first = Duration::from_millis(10);
    settings.pong_within = Duration::from_millis(200);
    let cancel = CancellationToken::new();
    let (notices, task) = listen(settings, cancel.clone());
    (platform, (notices, task, cancel))
}

async fn fail(handshake: Handshake) -> Error {
    let (_platform, (mut notices, task, _cancel)) = listen_to(handshake).await;
    let ended = async {
        while notices.recv().await.is_some() {}
        task.await.unwrap().unwrap_err()
    };
    timeout(Duration::from_secs(20), ended).await.unwrap()
}

#[tokio::test]
async fn answer_to_another_request_ends_the_start() {
    let error = fail(Handshake::WrongKey).await;
    assert!(matches!(error, Error::NoSocket { .. }), "{error}");
    assert!(matches!(error.class(), Class::Operator { .. }));
}

#[tokio::test]
async fn channels_that_are_never_found_end_the_start_without_their_address() {
    let error = fail(Handshake::NotFound).await;
    let text = describe(&error);
    assert!(matches!(error, Error::Handshake { .. }), "{text}");
    assert!(!text.contains("/channels/c"), "{text}");
}

#[tokio::test]
async fn socket_without_a_frame_is_tried_on_other_channels_until_the_stop() {
    let (platform, (mut notices, task, cancel)) = listen_to(Handshake::Mute).await;
    let waiting = async {
        while platform.channels() < 3 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), waiting).await.unwrap();
    cancel.cancel();
    while let Some(notice) = notices.recv().await {
        assert!(!matches!(notice, gc_stream::Notice::Up { .. }));
    }
    task.await.unwrap().unwrap();
}
