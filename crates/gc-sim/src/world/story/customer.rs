//! The customer's side: who they are and by what address they come.

use super::super::directory::person;
use super::super::model::Session;
use super::super::names;
use super::super::value::{Attributes, Text, Time};
use super::{Media, Story};

/// Channels a message can come through, as the platform spells them.
const MESSAGE_TYPES: [(&str, &str); 5] = [
    ("webmessaging", "WebChat"),
    ("whatsapp", "WhatsApp"),
    ("sms", "SMS"),
    ("facebook", "FacebookMessenger"),
    ("open", "OpenMessaging"),
];

impl Story<'_> {
    /// Adds the customer, whose session lasts as long as the conversation.
    pub(super) fn customer(&mut self) {
        let mut session = self.session();
        self.address(&mut session);
        session.recording = (self.media == Media::Voice).then_some(true);
        let mut segment = self.phase("interact", 0);
        if self.media == Media::Email {
            segment.subject = Some((*self.dice.pick(&names::SUBJECTS)).into());
        }
        session.segments.push(segment);
        session.metrics.push(self.metric("nConnected", 1));
        let name = self.customer_name();
        let purpose = if self.media == Media::InternalMessage {
            "user"
        } else {
            "customer"
        };
        self.join(purpose, Some(name), session);
        let attributes = self.attributes();
        let participant = &mut self.conversation.participants[0];
        participant.attributes = attributes;
        if self.dice.per_mille(300) {
            participant.external_contact_id = Some(self.dice.id().into());
        }
    }

    /// Ends the customer's session where the conversation ends.
    pub(super) fn end_customer(&mut self, end: Time) {
        let stats = (self.media == Media::Voice).then(|| self.endpoint_stat(end.0));
        let kind = *self.dice.pick(&["peer", "client", "endpoint", "system"]);
        let Some(session) = self.conversation.participants[0].sessions.first_mut() else {
            return;
        };
        if let Some(segment) = session.segments.first_mut() {
            segment.segment_end = Some(end);
            segment.disconnect_type = Some(kind.into());
            let lasted = segment.segment_start.map_or(0, |start| end.0 - start.0);
            session
                .metrics
                .push(super::metric("tConnected", lasted, end.0));
        }
        if let Some(stat) = stats {
            self.conversation.media_stats_min_conversation_mos = stat.min_mos;
            self.conversation.media_stats_min_conversation_rfactor = stat.min_rfactor;
            session.media_endpoint_stats.push(stat);
        }
    }

    /// Returns the id of the customer's session, to which all others are peers.
    pub(super) fn customer_session_id(&self) -> Option<Text> {
        self.conversation
            .participants
            .first()?
            .sessions
            .first()?
            .session_id
            .clone()
    }

    fn customer_name(&mut self) -> Text {
        match self.dice.below(10) {
            0 => self.phone().into(),
            1 => self.dice.id().into(),
            _ => person(&mut self.dice).into(),
        }
    }

    /// Returns a number of the range reserved for fiction.
    pub(super) fn phone(&mut self) -> String {
        format!(
            "+1{}55501{}",
            self.dice.between(201, 989),
            self.dice.digits(2)
        )
    }

    /// Gives another leg the addresses of the customer's.
    pub(super) fn same_address(&self, session: &mut Session) {
        let first = self
            .conversation
            .participants
            .first()
            .and_then(|one| one.sessions.first());
        let Some(customer) = first else { return };
        session.ani.clone_from(&customer.ani);
        session.dnis.clone_from(&customer.dnis);
        session.address_from.clone_from(&customer.address_from);
        session.address_to.clone_from(&customer.address_to);
        session.message_type.clone_from(&customer.message_type);
        session.room_id.clone_from(&customer.room_id);
        session
            .callback_numbers
            .clone_from(&customer.callback_numbers);
        session
            .callback_user_name
            .clone_from(&customer.callback_user_name);
        session
            .outbound_campaign_id
            .clone_from(&customer.outbound_campaign_id);
    }

    /// Sets the addresses that the medium has.
    fn address(&mut self, session: &mut Session) {
        match self.media {
            Media::Voice => self.call_address(session),
            Media::Email => self.mail_address(session),
            Media::Message => self.message_address(session),
            Media::Callback => self.callback_address(session),
            Media::Video => {
                session.video_room_id = Some(self.dice.id().into());
                session.video_address_self = Some("participant@video.example".into());
                session.media_count = Some(2);
                session.sharing_screen = Some(false);
            }
            Media::Cobrowse => {
                session.cobrowse_room_id = Some(self.dice.id().into());
                session.cobrowse_role = Some("sharer".into());
            }
            Media::Screenshare => {
                session.screen_share_room_id = Some(self.dice.id().into());
                session.screen_share_address_self = Some("screen@share.example".into());
            }
            Media::Chat => session.room_id = Some(self.dice.id().into()),
            Media::InternalMessage => {}
        }
    }

    fn call_address(&mut self, session: &mut Session) {
        let (customer, own) = (self.phone(), self.phone());
        session.ani = Some(self.telephone(&customer));
        session.dnis = Some(format!("tel:{own}").into());
        session.session_dnis = Some(format!("tel:{own}").into());
        session.remote_name_displayable = Some(customer.into());
        session.edge_id = Some(self.directory.others[0].into());
        session.protocol_call_id = Some(self.dice.id().into());
    }

    /// Returns a number as `tel:` or, now and then, as a SIP address as long as they come.
    fn telephone(&mut self, number: &str) -> Text {
        if !self.dice.per_mille(30) {
            return format!("tel:{number}").into();
        }
        let mut address = format!("sip:{number}@trunk.example;transport=tls;x-route=");
        address.push_str(&self.dice.digits(252 - address.len()));
        address.into()
    }

    fn mail_address(&mut self, session: &mut Session) {
        let customer = format!("customer.{}@mail.example", self.dice.digits(6));
        session.address_from = Some(customer.into());
        session.address_to = Some("service@company.example".into());
        if self.dice.per_mille(150) {
            session.cc = vec![
                "colleague@mail.example".into(),
                "second@mail.example".into(),
            ];
        }
        if self.dice.per_mille(40) {
            session.bcc = vec!["archive@company.example".into()];
        }
    }

    fn message_address(&mut self, session: &mut Session) {
        let (kind, source) = *self.dice.pick(&MESSAGE_TYPES);
        session.message_type = Some(kind.into());
        session.engagement_source = Some(source.into());
        session.address_from = Some(self.dice.id().into());
        session.address_to = Some(self.directory.others[1].into());
        session.authenticated = Some(self.dice.per_mille(300));
        if kind == "facebook" {
            self.conversation.originating_social_media_public = Some(self.dice.per_mille(400));
        }
        if self.dice.per_mille(500) {
            session.journey_customer_id = Some(self.dice.id().into());
            session.journey_customer_id_type = Some("cookie".into());
            session.journey_customer_session_id = Some(self.dice.id().into());
            session.journey_customer_session_id_type = Some("web".into());
        }
    }

    fn callback_address(&mut self, session: &mut Session) {
        session.callback_numbers = vec![self.phone().into()];
        session.callback_user_name = Some(person(&mut self.dice).into());
        session.skip_enabled = Some(true);
        session.timeout_seconds = Some(0);
        session.script_id = Some(self.directory.others[2].into());
    }

    /// Returns what the flows noted: short words mostly, sometimes JSON or a long text.
    fn attributes(&mut self) -> Attributes {
        if self.dice.per_mille(350) {
            return Attributes::default();
        }
        let count = usize::try_from(self.dice.between(1, 4)).unwrap_or(1);
        let first = usize::try_from(self.dice.below(12)).unwrap_or(0);
        let keys = names::ATTRIBUTE_KEYS.iter().cycle().skip(first).take(count);
        let keys: Vec<&'static str> = keys.copied().collect();
        Attributes(
            keys.into_iter()
                .map(|key| (key.into(), self.attribute()))
                .collect(),
        )
    }

    fn attribute(&mut self) -> Text {
        match self.dice.below(40) {
            0 => "long value "
                .repeat(94)
                .chars()
                .take(1024)
                .collect::<String>()
                .into(),
            1..=4 => format!(
                r#"{{"step":{},"tags":["a","b"],"ok":true}}"#,
                self.dice.below(9)
            )
            .into(),
            5..=8 => "".into(),
            9..=15 => self.dice.id().into(),
            _ => (*self
                .dice
                .pick(&["gold", "Privatkunde", "2", "true", "日本語", "en-US"]))
            .into(),
        }
    }
}
