//! A tap on the line between the program and the platform: passes everything on and keeps a copy.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A tap on the line. What it hears tells a test which tokens were issued.
pub(crate) struct Tap {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Listens in front of the platform at `url`.
    pub(crate) fn on(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let platform = url.trim_start_matches("http://").to_owned();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming() {
                join(
                    client.unwrap(),
                    TcpStream::connect(&platform).unwrap(),
                    &copy,
                );
            }
        });
        Self {
            url: format!("http://{address}"),
            heard,
        }
    }

    /// Returns the access tokens that the platform has issued.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&heard);
        let after = text.split(r#""access_token":""#).skip(1);
        after
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    }
}

fn join(client: TcpStream, platform: TcpStream, heard: &Arc<Mutex<Vec<u8>>>) {
    let (from_client, to_platform) = (client.try_clone().unwrap(), platform.try_clone().unwrap());
    let heard = Arc::clone(heard);
    thread::spawn(move || pass_on(from_client, to_platform, |_| {}));
    thread::spawn(move || {
        pass_on(platform, client, |bytes| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.extend_from_slice(bytes);
        });
    });
}

/// Copies until one side has had enough.
fn pass_on(mut from: TcpStream, mut to: TcpStream, mut hear: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        hear(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // Either end may be gone already.
    drop(to.shutdown(Shutdown::Write));
}
