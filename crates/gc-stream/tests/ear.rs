//! A simulated platform, a stream that listens to it, and all that it told.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gc_auth::{Client, Config, Credentials, Endpoints, RetryPolicy};
use gc_core::SystemClock;
use gc_sim::{Control, LiveEvent, LiveFault, LiveTarget, Sim, SimConfig, WorldConfig};
use gc_stream::{Cause, Error, LinkId, Notice, Notices, Selection, StreamSettings, listen};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Ear {
    pub(crate) control: Control,
    pub(crate) notices: Notices,
    pub(crate) cancel: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), Error>>,
    /// All that was told, in order.
    pub(crate) log: Vec<Notice>,
    _sim: Sim,
}

/// A small platform, whose floor moves when it is told to.
pub(crate) async fn platform(change: impl FnOnce(&mut SimConfig)) -> Sim {
    let day = "2026-11-20".parse().unwrap();
    let mut world = WorldConfig::new(day, day);
    world.conversations_per_day = 10;
    let mut config = SimConfig::new(world);
    config.rate_limit = 100_000;
    change(&mut config);
    Sim::start(config).await.unwrap()
}

/// A client that loses no time.
pub(crate) fn client(sim: &Sim, ca_file: Option<PathBuf>) -> Client {
    let credentials = Credentials {
        client_id: sim.client_id().to_owned(),
        secret: sim.client_secret().into(),
    };
    let endpoints = Endpoints::at(sim.url(), sim.url()).unwrap();
    let retry = RetryPolicy {
        base_delay: Duration::from_millis(20),
        max_delay: Duration::from_millis(100),
        ..RetryPolicy::default()
    };
    let config = Config::new(endpoints, credentials).with_retry(retry);
    Client::new(config.with_ca_file(ca_file)).unwrap()
}

/// Settings that lose no time.
pub(crate) fn settings(client: Client) -> StreamSettings {
    let mut settings = StreamSettings::new(client, Selection::default(), Arc::new(SystemClock));
    settings.backoff.first = Duration::from_millis(20);
    settings.backoff.cap = Duration::from_millis(200);
    settings
}

/// Listens to a platform.
pub(crate) fn ear(sim: Sim, change: impl FnOnce(&mut StreamSettings)) -> Ear {
    let mut settings = settings(client(&sim, None));
    change(&mut settings);
    ear_with(sim, settings)
}

pub(crate) fn ear_with(sim: Sim, settings: StreamSettings) -> Ear {
    let cancel = CancellationToken::new();
    let (notices, task) = listen(settings, cancel.clone());
    Ear {
        control: sim.control(),
        notices,
        cancel,
        task,
        log: Vec::new(),
        _sim: sim,
    }
}

impl Ear {
    /// Listens until `found` finds something in the log.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        found: impl Fn(&[Notice]) -> Option<T>,
    ) -> T {
        let waiting = async {
            loop {
                if let Some(found) = found(&self.log) {
                    return found;
                }
                let notice = self.notices.recv().await;
                self.log.push(notice.expect("the notices go on"));
            }
        };
        let found = timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("{what} did not come: {:#?}", self.log))
    }

    /// Listens until all queues are heard.
    pub(crate) async fn until_all_up(&mut self) {
        let wanted = self.queue_topics();
        self.until("up", |log| (heard(log).is_superset(&wanted)).then_some(()))
            .await;
    }

    /// Listens until there are `count` links that are down.
    pub(crate) async fn until_down(&mut self, count: usize) -> Vec<Down> {
        self.until("down", |log| {
            let downs = downs(log);
            (downs.len() >= count).then_some(downs)
        })
        .await
    }

    /// Listens until there were `count` links that are up.
    pub(crate) async fn until_up(&mut self, count: usize) -> Vec<Up> {
        self.until("up", |log| {
            let ups = ups(log);
            (ups.len() >= count).then_some(ups)
        })
        .await
    }

    /// Listens until all frames on the queues' topics are here, each as often as the platform
    /// wrote it.
    pub(crate) async fn until_complete(&mut self) {
        let topics = self.queue_topics();
        let written = loop {
            let mut events = self.control.events();
            events.retain(|event| topics.contains(&event.topic));
            if events.iter().all(|event| !event.written.is_empty()) {
                break events;
            }
            self.listen_for(Duration::from_millis(10)).await;
        };
        assert!(!written.is_empty());
        let copies = |event: &LiveEvent| vec![event.frame.clone().unwrap(); event.written.len()];
        let mut written: Vec<String> = written.iter().flat_map(copies).collect();
        written.sort_unstable();
        let mut received = self
            .until("every frame", |log| {
                let frames = frames(log);
                (frames.len() >= written.len()).then_some(frames)
            })
            .await;
        received.sort_unstable();
        assert!(
            received == written,
            "{} of {}",
            received.len(),
            written.len()
        );
    }

    /// Stops and returns all that was told.
    pub(crate) async fn stop(mut self) -> (Vec<Notice>, Control) {
        self.cancel.cancel();
        let all = async {
            while let Some(notice) = self.notices.recv().await {
                self.log.push(notice);
            }
            self.task.await.unwrap().unwrap();
        };
        timeout(PATIENCE, all).await.expect("the stream stops");
        (self.log, self.control)
    }

    /// Returns the error that ends the run.
    pub(crate) async fn fail(mut self) -> Error {
        let all = async {
            while let Some(notice) = self.notices.recv().await {
                self.log.push(notice);
            }
            self.task.await.unwrap().unwrap_err()
        };
        timeout(PATIENCE, all).await.expect("the stream fails")
    }

    /// Returns the topics of all queues, as the platform lists what is subscribed.
    pub(crate) fn queue_topics(&self) -> BTreeSet<String> {
        self.control
            .queues()
            .into_iter()
            .map(|(id, _)| format!("v2.routing.queues.{id}.conversations"))
            .collect()
    }

    /// Lets some time go by with the ear open.
    pub(crate) async fn listen_for(&mut self, duration: Duration) {
        let end = sleep(duration);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                Some(notice) = self.notices.recv() => self.log.push(notice),
            }
        }
    }

    pub(crate) fn strike(&self, fault: &LiveFault) {
        assert!(self.control.live_fault(LiveTarget::All, fault) > 0);
    }
}

/// A link that is up.
#[derive(Clone, Debug)]
pub(crate) struct Up {
    pub(crate) position: usize,
    pub(crate) link: LinkId,
    pub(crate) topics: Vec<String>,
    pub(crate) at: jiff::Timestamp,
}

/// A link that is down.
#[derive(Clone, Debug)]
pub(crate) struct Down {
    pub(crate) position: usize,
    pub(crate) link: LinkId,
    pub(crate) last_frame_at: jiff::Timestamp,
    pub(crate) heard_until: jiff::Timestamp,
    pub(crate) cause: Cause,
}

pub(crate) fn ups(log: &[Notice]) -> Vec<Up> {
    let up = |(position, notice): (usize, &Notice)| match notice {
        Notice::Up { link, topics, at } => Some(Up {
            position,
            link: *link,
            topics: topics.to_vec(),
            at: *at,
        }),
        _ => None,
    };
    log.iter().enumerate().filter_map(up).collect()
}

pub(crate) fn downs(log: &[Notice]) -> Vec<Down> {
    let down = |(position, notice): (usize, &Notice)| match notice {
        Notice::Down {
            link,
            last_frame_at,
            heard_until,
            cause,
        } => Some(Down {
            position,
            link: *link,
            last_frame_at: *last_frame_at,
            heard_until: *heard_until,
            cause: *cause,
        }),
        _ => None,
    };
    log.iter().enumerate().filter_map(down).collect()
}

/// Returns every topic that a link was up for.
pub(crate) fn heard(log: &[Notice]) -> BTreeSet<String> {
    ups(log).into_iter().flat_map(|up| up.topics).collect()
}

pub(crate) fn frames(log: &[Notice]) -> Vec<String> {
    let frame = |notice: &Notice| match notice {
        Notice::Event(event) => Some(event.text().to_owned()),
        _ => None,
    };
    log.iter().filter_map(frame).collect()
}

pub(crate) fn count(log: &[Notice], is: impl Fn(&Notice) -> bool) -> usize {
    log.iter().filter(|notice| is(notice)).count()
}
