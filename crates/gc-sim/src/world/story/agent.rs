//! Agents: alerted, talking, holding, wrapping up; and campaigns that dial for them.

use super::super::model::{EndpointStat, Segment, Session};
use super::super::names;
use super::super::value::{Text, Time};
use super::{Media, Story, metric};

/// How an agent leaves the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    Ends,
    Transfers,
}

/// How long an alert rings before it is taken away, in milliseconds.
const ALERT_TIMEOUT: i64 = 15_000;

impl Story<'_> {
    /// Lets an agent handle the customer, from `queue` or by their own dialling.
    pub(super) fn agent(&mut self, queue: Option<u64>) -> Leaving {
        let transfers = queue.is_some() && self.dice.per_mille(120);
        if queue.is_some() && self.dice.per_mille(80) {
            self.miss(queue);
        }
        let leaving = if transfers {
            Leaving::Transfers
        } else {
            Leaving::Ends
        };
        self.handle(queue, leaving);
        leaving
    }

    /// Lets an agent handle the customer to the end.
    pub(super) fn last_agent(&mut self, queue: u64) {
        self.handle(Some(queue), Leaving::Ends);
    }

    /// A colleague writes to a colleague; no queue, no wrap-up.
    pub(super) fn colleagues(&mut self) {
        self.handle(None, Leaving::Ends);
    }

    /// A campaign dials; an agent joins when someone answers.
    pub(super) fn campaign(&mut self) {
        let others = &self.directory.others;
        let (campaign, list) = (others[4 + usize::from(self.dice.per_mille(400))], others[6]);
        let contact = self.dice.digits(32);
        let answered = self.dice.per_mille(550);
        let dialed = self.dice.around(14_000);
        let segment = self.phase("dialing", dialed);
        let customer = &mut self.conversation.participants[0].sessions[0];
        customer.outbound_campaign_id = Some(campaign.into());
        customer.outbound_contact_list_id = Some(list.into());
        customer.outbound_contact_id = Some(contact.into());
        let (name, how) = if answered {
            ("disposition.classification.callable.person", "callanalysis")
        } else {
            ("disposition.classification.callable.noanswer", "signaling")
        };
        customer.disposition_name = Some(name.into());
        customer.disposition_analyzer = Some(how.into());
        customer.segments.push(segment);
        customer
            .metrics
            .push(metric("nOutboundAttempted", 1, self.now));
        customer.metrics.push(metric("tDialing", dialed, self.now));
        if answered {
            customer
                .metrics
                .push(metric("nOutboundConnected", 1, self.now));
            self.conversation.conversation_initiator = Some("dialer".into());
            self.handle(Some(9), Leaving::Ends);
        }
    }

    /// An agent is alerted and does not answer.
    fn miss(&mut self, queue: Option<u64>) {
        let (name, user, team) = self.choose_user();
        let mut session = self.agent_session(user.clone());
        let mut alert = self.phase("alert", ALERT_TIMEOUT);
        alert.queue_id = queue.map(|queue| self.queue_id(queue));
        alert.disconnect_type = Some("noAnswerTransfer".into());
        session.segments.push(alert);
        session.metrics.push(self.metric("tAlert", ALERT_TIMEOUT));
        session
            .metrics
            .push(self.metric("tNotResponding", ALERT_TIMEOUT));
        self.join_agent(name, user, team, session);
    }

    fn handle(&mut self, queue: Option<u64>, leaving: Leaving) {
        let (name, user, team) = self.choose_user();
        let mut session = self.agent_session(user.clone());
        let waited = self.waited();
        let queue_id = queue.map(|queue| self.queue_id(queue));
        if queue.is_some() {
            session.used_routing = Some("Standard".into());
            session.requested_routings = vec!["Standard".into()];
            self.alert(&mut session, waited);
        } else if self.outbound {
            self.dial(&mut session);
        }
        let handled = self.talk(&mut session, leaving);
        let acw = if self.media == Media::InternalMessage {
            0
        } else {
            self.wrap_up(&mut session)
        };
        let end = self.now + acw;
        session.metrics.push(metric("tHandle", handled + acw, end));
        for segment in &mut session.segments {
            segment.queue_id.clone_from(&queue_id);
        }
        self.join_agent(name, user, team, session);
    }

    fn alert(&mut self, session: &mut Session, waited: i64) {
        let rang = self.dice.around(3_000).min(ALERT_TIMEOUT);
        let segment = self.phase("alert", rang);
        session.segments.push(segment);
        session.metrics.push(self.metric("tAlert", rang));
        session
            .metrics
            .push(self.metric("tAnswered", waited + rang));
    }

    fn dial(&mut self, session: &mut Session) {
        let rang = self.dice.around(9_000);
        let segment = self.phase("contacting", rang);
        session.segments.push(segment);
        session.metrics.push(self.metric("nOutbound", 1));
        session.metrics.push(self.metric("tContacting", rang));
    }

    /// Talks, with holds in between; returns the time talked and held.
    fn talk(&mut self, session: &mut Session, leaving: Leaving) -> i64 {
        let pauses = self.dice.weighted(&[780, 150, 50, 20]);
        let (mut talked, mut held) = (0, 0);
        for round in 0..=pauses {
            talked += self.talk_once(session);
            if round < pauses {
                held += self.hold_once(session);
            }
        }
        let transfer = leaving == Leaving::Transfers;
        if let Some(last) = session.segments.last_mut() {
            let consult = transfer && self.dice.per_mille(400);
            let kind = match (transfer, consult) {
                (true, true) => "consultTransfer",
                (true, false) => "transfer",
                _ => *self.dice.pick(&["peer", "client"]),
            };
            last.disconnect_type = Some(kind.into());
            self.count_transfer(session, transfer, consult);
        }
        session.metrics.push(self.metric("tTalkComplete", talked));
        if pauses > 0 {
            session.metrics.push(self.metric("tHeldComplete", held));
        }
        talked + held
    }

    fn talk_once(&mut self, session: &mut Session) -> i64 {
        let talked = self.dice.around(self.media.typical_talk());
        let segment = self.phase("interact", talked);
        session.segments.push(segment);
        session.metrics.push(self.metric("tTalk", talked));
        talked
    }

    /// Holds: seconds on a call, days while a mail or a message waits for the other side.
    fn hold_once(&mut self, session: &mut Session) -> i64 {
        let parked = matches!(self.media, Media::Email | Media::Message);
        let typical = if parked { 30_000_000 } else { 45_000 };
        let held = self.dice.around(typical);
        let segment = self.phase("hold", held);
        session.segments.push(segment);
        session.metrics.push(self.metric("tHeld", held));
        held
    }

    fn count_transfer(&self, session: &mut Session, transfer: bool, consult: bool) {
        if !transfer {
            return;
        }
        let how = if consult {
            "nConsultTransferred"
        } else {
            "nBlindTransferred"
        };
        session.metrics.push(self.metric("nTransferred", 1));
        session.metrics.push(self.metric(how, 1));
        if consult {
            session.metrics.push(self.metric("nConsult", 1));
        }
    }

    /// Wraps up after the conversation went on without the agent; returns the time spent.
    fn wrap_up(&mut self, session: &mut Session) -> i64 {
        if self.dice.per_mille(120) {
            session.acw_skipped = Some(true);
            return 0;
        }
        let spent = self.dice.around(24_000);
        let code = self.dice.pick(&self.directory.wrap_ups).id;
        let note = self
            .dice
            .per_mille(80)
            .then(|| (*self.dice.pick(&names::NOTES)).into());
        let segment = wrap_up_segment(self.now, spent, code.into(), note);
        session.segments.push(segment);
        session
            .metrics
            .push(metric("tAcw", spent, self.now + spent));
        spent
    }

    fn agent_session(&mut self, user: Text) -> Session {
        let mut session = self.session();
        self.same_address(&mut session);
        session.peer_id = self.customer_session_id();
        session.remote = self.conversation.participants[0].participant_name.clone();
        session.selected_agent_id = Some(user);
        session
    }

    fn choose_user(&mut self) -> (Text, Text, Text) {
        let user = self.dice.pick(&self.directory.users);
        (user.name.clone().into(), user.id.into(), user.team.into())
    }

    fn join_agent(&mut self, name: Text, user: Text, team: Text, session: Session) {
        self.join("agent", Some(name), session);
        if let Some(agent) = self.conversation.participants.last_mut() {
            agent.user_id = Some(user);
            agent.team_id = Some(team);
        }
    }

    /// Returns how long the customer waited in the queue last.
    fn waited(&self) -> i64 {
        let metrics = self
            .conversation
            .participants
            .iter()
            .rev()
            .flat_map(|participant| {
                participant
                    .sessions
                    .iter()
                    .flat_map(|session| &session.metrics)
            });
        let waits = metrics.filter(|metric| metric.name == Some("tAcd".into()));
        waits.filter_map(|metric| metric.value).next().unwrap_or(0)
    }

    /// Returns voice quality as one endpoint saw it.
    pub(super) fn endpoint_stat(&mut self, at: i64) -> EndpointStat {
        let hundredths = self.dice.between(310, 492);
        let mos =
            f64::from(i32::try_from(hundredths).unwrap_or(400)) / 100.0 + 0.002_874_965_667_725;
        EndpointStat {
            codecs: vec!["audio/opus".into()],
            event_time: Some(Time(at)),
            discarded_packets: self.dice.per_mille(300).then(|| self.dice.below(40)),
            duplicate_packets: self.dice.per_mille(20).then(|| self.dice.below(9)),
            invalid_packets: self.dice.per_mille(20).then(|| self.dice.below(9)),
            max_latency_ms: Some(self.dice.around(90)),
            min_mos: Some(mos),
            min_rfactor: Some(mos * 18.7),
            overrun_packets: self.dice.per_mille(30).then(|| self.dice.below(30)),
            received_packets: Some(self.dice.around(12_000)),
            underrun_packets: self.dice.per_mille(30).then(|| self.dice.below(30)),
            unknown: Vec::new(),
        }
    }
}

/// Returns the phase in which an agent wraps up.
pub(super) fn wrap_up_segment(start: i64, spent: i64, code: Text, note: Option<Text>) -> Segment {
    Segment {
        segment_start: Some(Time(start)),
        segment_end: Some(Time(start + spent)),
        wrap_up_code: Some(code),
        wrap_up_note: note,
        disconnect_type: Some("client".into()),
        segment_type: Some("wrapup".into()),
        conference: Some(false),
        ..Segment::default()
    }
}
