//! A wire between a program and the store: passes bytes on, keeps what was asked for, and can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What is wrong with the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// After so many bytes from the beginning of an upload the connection breaks, once.
    CutAfter(u64),
    /// The same, and then there is no connection at all.
    GoneAfter(u64),
    /// The request that completes an upload arrives; its answer is lost, once.
    NoAnswerToCompletion,
    /// The request that completes an upload arrives, and then there is no connection at all.
    GoneAtCompletion,
    /// Requests of a method for a path are refused with a status and a code.
    Refused {
        /// The method, and a part of the path, both in small letters.
        what: (&'static str, &'static str),
        /// The status with its phrase.
        status: &'static str,
        /// The code.
        code: &'static str,
    },
    /// Connections are accepted, and nothing is ever answered.
    Silent,
}

/// A wire to the store.
pub(crate) struct Wire {
    /// What takes the place of the store's address.
    pub(crate) url: String,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    trouble: Trouble,
    /// Bytes since the beginning of an upload; none before.
    sent: Option<u64>,
    gone: bool,
    heads: Vec<String>,
}

impl Wire {
    /// Lays a wire to the store at `url`.
    pub(crate) fn to(url: &str, trouble: Trouble) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let store = url.trim_start_matches("http://").to_owned();
        let shared = Arc::new(Mutex::new(Shared {
            trouble,
            sent: None,
            gone: false,
            heads: Vec::new(),
        }));
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                if !lock(&all).gone {
                    join(client, &store, &all);
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            shared,
        }
    }

    /// Returns the head of every request so far, in small letters.
    pub(crate) fn heads(&self) -> Vec<String> {
        lock(&self.shared).heads.clone()
    }

    /// Returns whether there is no connection any more.
    pub(crate) fn is_gone(&self) -> bool {
        lock(&self.shared).gone
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What to do with a piece that the client sent.
enum Fate {
    Pass,
    PassPart(usize),
    PassWithoutAnswer,
    Answer(String),
    Drop,
}

impl Shared {
    fn judge(&mut self, piece: &[u8]) -> Fate {
        if self.gone {
            return Fate::PassPart(0);
        }
        let head = head(piece);
        let line = head.lines().next().unwrap_or_default().to_owned();
        if !head.is_empty() {
            self.heads.push(head);
        }
        if line.starts_with("post ") && line.contains("?uploads") && self.sent.is_none() {
            self.sent = Some(0);
        }
        let completes = line.starts_with("post ") && line.contains("uploadid=");
        match self.trouble {
            Trouble::Silent => return Fate::Drop,
            Trouble::Refused { what, status, code }
                if line.starts_with(what.0) && line.contains(what.1) =>
            {
                return Fate::Answer(refusal(status, code));
            }
            Trouble::NoAnswerToCompletion | Trouble::GoneAtCompletion if completes => {
                self.gone = self.trouble == Trouble::GoneAtCompletion;
                self.trouble = Trouble::None;
                return Fate::PassWithoutAnswer;
            }
            _ => {}
        }
        let Some(sent) = &mut self.sent else {
            return Fate::Pass;
        };
        let before = *sent;
        *sent += piece.len() as u64;
        match self.trouble {
            Trouble::CutAfter(limit) | Trouble::GoneAfter(limit) if *sent > limit => {
                self.gone = matches!(self.trouble, Trouble::GoneAfter(_));
                if !self.gone {
                    self.trouble = Trouble::None;
                }
                Fate::PassPart(usize::try_from(limit.saturating_sub(before)).unwrap())
            }
            _ => Fate::Pass,
        }
    }
}

fn refusal(status: &str, code: &str) -> String {
    let body = format!("<Error><Code>{code}</Code></Error>");
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// Returns the head of a request, in small letters; empty when no request begins here.
fn head(piece: &[u8]) -> String {
    let begins = [&b"GET "[..], b"PUT ", b"POST ", b"DELETE ", b"HEAD "];
    if !begins.iter().any(|begin| piece.starts_with(begin)) {
        return String::new();
    }
    let text = String::from_utf8_lossy(piece);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.to_lowercase().replace("%3d", "=")
}

fn join(client: TcpStream, store: &str, shared: &Arc<Mutex<Shared>>) {
    let store = TcpStream::connect(store).unwrap();
    let (answers, back) = (store.try_clone().unwrap(), client.try_clone().unwrap());
    let shared = Arc::clone(shared);
    thread::spawn(move || ask(client, store, &shared));
    thread::spawn(move || pass_on(answers, back));
}

fn ask(mut client: TcpStream, mut store: TcpStream, shared: &Mutex<Shared>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let piece = &buffer[..count];
        let passed = match lock(shared).judge(piece) {
            Fate::Pass => store.write_all(piece).is_ok(),
            Fate::PassPart(count) => {
                drop(store.write_all(&piece[..count]));
                false
            }
            Fate::PassWithoutAnswer => {
                drop(client.shutdown(Shutdown::Both));
                drop(store.write_all(piece));
                // Long enough for the store to do what it was asked.
                thread::sleep(Duration::from_millis(300));
                false
            }
            Fate::Answer(answer) => {
                drop(client.write_all(answer.as_bytes()));
                // Whoever hangs up on a client that still talks takes the answer back.
                drop(client.set_read_timeout(Some(Duration::from_millis(200))));
                while let Ok(1..) = client.read(&mut buffer) {}
                false
            }
            Fate::Drop => true,
        };
        if !passed {
            break;
        }
    }
    // Either end may be gone already.
    drop(client.shutdown(Shutdown::Both));
    drop(store.shutdown(Shutdown::Both));
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Write));
}
