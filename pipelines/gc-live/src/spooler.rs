//! The one thread that writes to the spool: notices come in and become durable in groups; whoever writes
//! files asks it what to write and tells it what is stored.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gc_core::Clock;
use gc_sink::spool::{Gap, Spool, Stream, TailLimits, TailPlan};
use gc_stream::{Notice, Notices};
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::intake::{Counts, Intake};
use crate::settings::FlushLimits;

/// How long notices are gathered before they are committed together: a commit waits for the disk, so
/// single ones would wear it out. With the commit itself this stays far below 100 ms.
const GATHER: Duration = Duration::from_millis(20);
/// How many notices are committed together at most: while these are written, the sockets bring the next.
const MOST: usize = 1_024;
/// How many orders wait: one for each task that gives them, and one.
const WAITING_ORDERS: usize = 4;
/// How often snapshots are written to the spool.
const TIDY_EVERY: Duration = Duration::from_secs(2);
/// What to call this part of the program in errors.
const PART: &str = "spool";

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What the spooler is asked for.
enum Order {
    /// What to write next, sealed or not.
    Plan(Stream, bool, Reply<Option<TailPlan>>),
    /// A plan was carried out.
    Stored(TailPlan, Reply<()>),
    /// All gaps.
    Gaps(Reply<Vec<Gap>>),
    /// When the backfill of a gap is received.
    PlanFill(i64, Timestamp, Reply<Timestamp>),
    /// The backfill of a gap is stored.
    Filled(Filled, Reply<()>),
    /// Everything received so far, once no more comes.
    Drain(Reply<Counts>),
}

/// The backfill of a gap, as it was stored.
pub(crate) struct Filled {
    pub(crate) gap: i64,
    pub(crate) rows: u64,
    pub(crate) source: &'static str,
    /// The snapshots of conversations that have ended by then.
    pub(crate) ended: Vec<(String, Timestamp)>,
}

/// The way to the spooler. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct SpoolerHandle {
    orders: mpsc::Sender<Order>,
    /// Told when enough was received for a file.
    pub(crate) full: Arc<Notify>,
}

impl SpoolerHandle {
    pub(crate) async fn plan(&self, stream: Stream, seal: bool) -> Result<Option<TailPlan>, Error> {
        self.ask(|reply| Order::Plan(stream, seal, reply)).await
    }

    pub(crate) async fn stored(&self, plan: TailPlan) -> Result<(), Error> {
        self.ask(|reply| Order::Stored(plan, reply)).await
    }

    pub(crate) async fn gaps(&self) -> Result<Vec<Gap>, Error> {
        self.ask(Order::Gaps).await
    }

    pub(crate) async fn plan_fill(&self, gap: i64, at: Timestamp) -> Result<Timestamp, Error> {
        self.ask(|reply| Order::PlanFill(gap, at, reply)).await
    }

    pub(crate) async fn filled(&self, filled: Filled) -> Result<(), Error> {
        self.ask(|reply| Order::Filled(filled, reply)).await
    }

    pub(crate) async fn drain(&self) -> Result<Counts, Error> {
        self.ask(Order::Drain).await
    }

    async fn ask<T>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, Error> {
        let stopped = || Error::Stopped { part: PART };
        let (reply, answer) = oneshot::channel();
        self.orders
            .send(order(reply))
            .await
            .map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// The thread that has the spool.
pub(crate) struct Spooler {
    spool: Spool,
    intake: Intake,
    limits: FlushLimits,
    clock: Arc<dyn Clock>,
    full: Arc<Notify>,
    /// Events and bytes received since the last plan.
    waiting: (u64, u64),
    tidied: Instant,
    /// Whether notices may still come.
    is_listening: bool,
}

impl Spooler {
    /// Starts the thread. It ends when all handles are gone; its error says why it ended before.
    pub(crate) fn start(
        spool: Spool,
        notices: Option<Notices>,
        limits: FlushLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<(SpoolerHandle, oneshot::Receiver<Error>), Error> {
        let (orders, inbox) = mpsc::channel(WAITING_ORDERS);
        let (failed, failure) = oneshot::channel();
        let full = Arc::new(Notify::new());
        let spooler = Self {
            intake: Intake::resume(&spool.reader()?)?,
            spool,
            limits,
            clock,
            full: Arc::clone(&full),
            waiting: (0, 0),
            tidied: Instant::now(),
            is_listening: notices.is_some(),
        };
        let runtime = Handle::current();
        let work = move || {
            if let Err(error) = runtime.block_on(spooler.run(notices, inbox)) {
                // Nobody waits for it when the run has failed already.
                drop(failed.send(error));
            }
        };
        let started = thread::Builder::new()
            .name("spooler".to_owned())
            .spawn(work);
        started.map_err(|_| Error::Stopped { part: PART })?;
        Ok((SpoolerHandle { orders, full }, failure))
    }

    async fn run(
        mut self,
        mut notices: Option<Notices>,
        mut orders: mpsc::Receiver<Order>,
    ) -> Result<(), Error> {
        let mut batch = Vec::with_capacity(MOST);
        loop {
            // Both arms are cancel-safe: what they did not return is still in the channel.
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => {
                        // What was gathered so far came before the order.
                        self.commit(&mut batch)?;
                        self.serve(order, &mut notices).await?;
                    }
                    None => break,
                },
                is_open = gather(notices.as_mut(), &mut batch), if self.is_listening => {
                    self.commit(&mut batch)?;
                    self.is_listening = is_open;
                }
            }
        }
        self.tidy()
    }

    /// Makes a batch of notices durable.
    fn commit(&mut self, batch: &mut Vec<Notice>) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let before = (self.intake.counts().events, self.intake.counts().bytes);
        let mut group = self.spool.begin()?;
        for notice in batch.drain(..) {
            self.intake.take(&mut group, notice)?;
        }
        let is_due = self.tidied.elapsed() >= TIDY_EVERY;
        if is_due {
            self.intake.tidy(&mut group, self.clock.now())?;
            self.tidied = Instant::now();
        }
        group.commit()?;
        self.intake.committed(self.clock.now());
        self.waiting.0 += self.intake.counts().events - before.0;
        self.waiting.1 += self.intake.counts().bytes - before.1;
        if self.waiting.0 >= self.limits.rows || self.waiting.1 >= self.limits.bytes {
            self.full.notify_one();
        }
        Ok(())
    }

    fn tidy(&mut self) -> Result<(), Error> {
        let mut group = self.spool.begin()?;
        self.intake.tidy(&mut group, self.clock.now())?;
        Ok(group.commit()?)
    }

    async fn serve(&mut self, order: Order, notices: &mut Option<Notices>) -> Result<(), Error> {
        // Whoever does not wait for the answer any more has given up; the work is done all the same.
        match order {
            Order::Plan(stream, seal, reply) => {
                let limits = TailLimits::default();
                let plan = self
                    .spool
                    .plan_tail(stream, limits, self.clock.now(), seal)?;
                if stream == Stream::Events && plan.as_ref().is_none_or(|plan| !plan.seals) {
                    self.waiting = (0, 0);
                }
                drop(reply.send(Ok(plan)));
            }
            Order::Stored(plan, reply) => {
                self.spool.tail_stored(&plan)?;
                drop(reply.send(Ok(())));
            }
            Order::Gaps(reply) => drop(reply.send(Ok(self.spool.gaps()?))),
            Order::PlanFill(gap, at, reply) => {
                let mut group = self.spool.begin()?;
                let at = group.plan_fill(gap, at)?;
                group.commit()?;
                drop(reply.send(Ok(at)));
            }
            Order::Filled(filled, reply) => {
                self.filled(&filled)?;
                drop(reply.send(Ok(())));
            }
            Order::Drain(reply) => {
                self.drain(notices.as_mut()).await?;
                drop(reply.send(Ok(self.intake.counts().clone())));
            }
        }
        Ok(())
    }

    fn filled(&mut self, filled: &Filled) -> Result<(), Error> {
        let mut group = self.spool.begin()?;
        group.filled(filled.gap, filled.rows, filled.source)?;
        for (snapshot, at) in &filled.ended {
            self.intake.snapshots().end(&mut group, snapshot, *at)?;
        }
        self.intake.snapshots().save(&mut group)?;
        Ok(group.commit()?)
    }

    /// Takes in what is still to come. The feed has been told to end.
    async fn drain(&mut self, mut notices: Option<&mut Notices>) -> Result<(), Error> {
        let mut batch = Vec::with_capacity(MOST);
        while self.is_listening {
            self.is_listening = gather(notices.as_deref_mut(), &mut batch).await;
            self.commit(&mut batch)?;
        }
        self.tidy()
    }
}

/// Waits for notices and gathers those that follow soon. Returns whether more may come.
///
/// # Cancel safety
///
/// What was gathered is in `batch`, whatever becomes of the future.
async fn gather(notices: Option<&mut Notices>, batch: &mut Vec<Notice>) -> bool {
    let Some(notices) = notices else {
        return false;
    };
    let mut deadline = None;
    while batch.len() < MOST {
        let room = MOST - batch.len();
        let received = notices.recv_many(batch, room);
        let count = match deadline {
            None => received.await,
            Some(deadline) => match timeout_at(deadline, received).await {
                Ok(count) => count,
                Err(_over) => return true,
            },
        };
        if count == 0 {
            return false;
        }
        deadline.get_or_insert_with(|| Instant::now() + GATHER);
    }
    true
}
