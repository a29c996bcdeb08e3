//! Nobody takes the notices for a while.

use std::time::Duration;

use gc_sim::Burst;
use gc_stream::Notice;
use tokio::time::sleep;

use crate::ear::{downs, ear, platform};

#[tokio::test]
async fn notices_that_wait_hold_the_socket_back_and_lose_nothing() {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.bytes_in_flight = 256 * 1024;
        settings.ping_after = Duration::from_millis(200);
        settings.pong_within = Duration::from_millis(1000);
    });
    ear.until_all_up().await;
    let control = ear.control.clone();
    let burst = tokio::spawn(async move { control.burst(Burst::new(20_000)).await });
    sleep(Duration::from_secs(2)).await;
    assert!(
        !burst.is_finished(),
        "80 MB do not fit in 256 KiB and the buffers between"
    );
    let mut frames = 0;
    while frames < 20_000 {
        // A frame takes its room until it is dropped.
        match ear.notices.recv().await.unwrap() {
            Notice::Event(_) => frames += 1,
            notice => ear.log.push(notice),
        }
    }
    assert_eq!(burst.await.unwrap().sent, 20_000);
    assert!(downs(&ear.log).is_empty());
}
