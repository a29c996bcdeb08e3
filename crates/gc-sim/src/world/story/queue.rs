//! Waiting in a queue.

use super::super::model::{Segment, Session};
use super::super::value::Text;
use super::{Media, Story};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Answered,
    Abandoned,
}

/// After how long a wait counts as beyond the service level, in milliseconds.
const SERVICE_LEVEL: i64 = 20_000;
/// Below how long an abandoned wait counts as short, in milliseconds.
const SHORT_ABANDON: i64 = 10_000;
/// The wait of a callback that was asked for sixty days ago: far beyond 32 bits of milliseconds.
const SIXTY_DAYS: i64 = 60 * 86_400_000;

impl Story<'_> {
    /// Returns the place of a queue that serves the medium.
    pub(super) fn choose_queue(&mut self) -> u64 {
        let letter = self.media.letter();
        let queues = &self.directory.queues;
        let serving: Vec<u64> = (0_u64..)
            .zip(queues)
            .filter_map(|(place, queue)| queue.serves.contains(letter).then_some(place))
            .collect();
        *self.dice.pick(&serving)
    }

    /// Returns the id of the queue at `place`.
    pub(super) fn queue_id(&self, place: u64) -> Text {
        let place = usize::try_from(place).unwrap_or(0);
        self.directory.queues[place].id.into()
    }

    /// Lets the customer wait, and sometimes lose patience.
    pub(super) fn wait_in(&mut self, place: u64) -> Wait {
        let abandons = self.media == Media::Voice && self.dice.per_mille(70);
        let wait = self.wait_millis();
        let mut session = self.session();
        session.peer_id = self.customer_session_id();
        session.remote = self.conversation.participants[0].participant_name.clone();
        session.requested_routings = vec!["Standard".into()];
        session.metrics.push(self.metric("nOffered", 1));
        if self.media == Media::Callback {
            self.schedule(&mut session);
        }
        let mut segment = self.phase("interact", wait);
        self.ask_for(&mut segment, place);
        let disconnect = if abandons { "peer" } else { "transfer" };
        segment.disconnect_type = Some(disconnect.into());
        session.segments.push(segment);
        self.measure_wait(&mut session, wait, abandons);
        let name = self.directory.queues[usize::try_from(place).unwrap_or(0)].name;
        self.join("acd", Some(name.into()), session);
        if abandons {
            Wait::Abandoned
        } else {
            Wait::Answered
        }
    }

    /// Puts a callback off: hours, or weeks.
    fn schedule(&mut self, session: &mut Session) {
        let typical = if self.dice.per_mille(100) {
            900_000_000
        } else {
            9_000_000
        };
        let millis = self.dice.around(typical);
        self.same_address(session);
        session.metrics.push(self.metric("nCallbackScheduled", 1));
        let segment = self.phase("scheduled", millis);
        session.callback_scheduled_time = segment.segment_end;
        session.segments.push(segment);
    }

    fn wait_millis(&mut self) -> i64 {
        let typical = match self.media {
            Media::Email => 3_600_000,
            Media::Callback => 1_200_000,
            Media::Message => 60_000,
            _ => 18_000,
        };
        self.dice.around(typical)
    }

    fn ask_for(&mut self, segment: &mut Segment, place: u64) {
        segment.queue_id = Some(self.queue_id(place));
        if self.dice.per_mille(350) {
            let skill = self.dice.pick(&self.directory.skills).id;
            segment.requested_routing_skill_ids.push(skill.into());
        }
        if self.dice.per_mille(120) {
            let language = self.dice.pick(&self.directory.languages).id;
            segment.requested_language_id = Some(language.into());
        }
    }

    fn measure_wait(&mut self, session: &mut Session, wait: i64, abandons: bool) {
        let metrics = &mut session.metrics;
        if wait > SERVICE_LEVEL {
            metrics.push(self.metric("nOverSla", 1));
        }
        if abandons {
            metrics.push(self.metric("tAbandon", wait));
            if wait < SHORT_ABANDON {
                metrics.push(self.metric("tShortAbandon", wait));
            }
        }
        metrics.push(self.metric("tAcd", wait));
        if self.media == Media::Callback && self.dice.per_mille(60) {
            let waited = SIXTY_DAYS + self.dice.below(86_400_000);
            metrics.push(self.metric("tCallbackVirtualWait", waited));
        }
    }
}
