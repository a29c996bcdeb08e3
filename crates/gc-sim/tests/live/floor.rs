//! The floor and what its snapshots say.

use super::socket::busy;
use crate::client::Client;

#[tokio::test]
#[ignore = "prints numbers"]
async fn measure() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    control.live_step(20_000);
    control.live_finish();
    let n = control.live_conversations().len();
    let events = control.live_counts().generated;
    println!(
        "{n} conversations {events} events {} now {}",
        events as f64 / n as f64,
        control.live_now()
    );
    let e = control.events();
    let mut sizes: Vec<_> = e.iter().map(|e| e.frame_bytes).collect();
    sizes.sort_unstable();
    println!(
        "{} {} {} {}",
        sizes[0],
        sizes[sizes.len() / 4],
        sizes[sizes.len() / 2],
        sizes[sizes.len() - 1]
    );
    println!("{}", e[e.len() / 2].frame.clone().unwrap());
    println!(
        "{}",
        control
            .live_record(&e[e.len() / 2].conversation_id.clone().unwrap())
            .unwrap()
    );
}
