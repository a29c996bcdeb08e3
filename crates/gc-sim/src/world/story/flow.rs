//! Flows: menus, bots, mail rules.

use super::super::model::{Flow, FlowOutcome};
use super::super::value::Time;
use super::{Media, Story};

impl Story<'_> {
    /// Lets a flow handle the customer; returns whether it needed no one else.
    pub(super) fn flow(&mut self) -> bool {
        let (purpose, kind, typical) = match self.media {
            Media::Voice | Media::Video => ("ivr", "INBOUNDCALL", 25_000),
            Media::Email => ("workflow", "INBOUNDEMAIL", 400),
            Media::Callback => ("workflow", "WORKFLOW", 300),
            _ => ("botflow", "DIGITALBOT", 40_000),
        };
        let served = self.dice.per_mille(60);
        let spent = self.dice.around(typical);
        let started = self.now;
        let mut session = self.session();
        session.peer_id = self.customer_session_id();
        let segment_kind = if purpose == "ivr" { "ivr" } else { "system" };
        let mut segment = self.phase(segment_kind, spent);
        segment.disconnect_type = Some(if served { "peer" } else { "transfer" }.into());
        session.segments.push(segment);
        session.flow = Some(Box::new(self.flow_record(kind, served, started)));
        session.metrics.push(super::metric("nFlow", 1, started));
        session.metrics.push(self.metric("tFlow", spent));
        if purpose == "ivr" {
            session.metrics.push(self.metric("tIvr", spent));
        }
        let exit = if served {
            "tFlowDisconnect"
        } else {
            "tFlowOut"
        };
        session.metrics.push(self.metric(exit, spent));
        self.join(purpose, Some("Service Flow".into()), session);
        served
    }

    fn flow_record(&mut self, kind: &'static str, served: bool, started: i64) -> Flow {
        let flow = self.dice.pick(&self.directory.flows);
        let mut record = Flow {
            flow_id: Some(flow.id.into()),
            flow_name: Some(flow.name.clone().into()),
            flow_version: Some(format!("{}.0", self.dice.between(1, 40)).into()),
            flow_type: Some(kind.into()),
            entry_type: Some("direct".into()),
            starting_language: Some("en-us".into()),
            ending_language: Some((*self.dice.pick(&["en-us", "de-de", "es-es"])).into()),
            issued_callback: Some(self.media == Media::Callback),
            exit_reason: Some(if served { "DISCONNECT" } else { "TRANSFER" }.into()),
            ..Flow::default()
        };
        if !served {
            record.transfer_type = Some("ACD".into());
            record.transfer_target_name = Some("Service".into());
        }
        if self.dice.per_mille(120) {
            record.outcomes.push(self.outcome(started));
        }
        record
    }

    fn outcome(&mut self, started: i64) -> FlowOutcome {
        FlowOutcome {
            flow_outcome: Some("Customer identified".into()),
            flow_outcome_id: Some(self.directory.others[3].into()),
            flow_outcome_start_timestamp: Some(Time(started)),
            flow_outcome_end_timestamp: Some(Time(self.now)),
            flow_outcome_value: Some((*self.dice.pick(&["SUCCESS", "FAILURE"])).into()),
            unknown: Vec::new(),
        }
    }
}
