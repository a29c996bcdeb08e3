//! The course a conversation takes: which medium, which parties, in which order.

use uuid::Uuid;

use super::super::config::WorldConfig;
use super::super::dice::Dice;
use super::super::directory::Directory;
use super::super::model::Conversation;
use super::super::value::Time;
use super::agent::Leaving;
use super::queue::Wait;
use super::{Media, Story, bulk, oddities, rare};

/// Media with how often each occurs, in a thousand conversations.
const MEDIA: [(Media, i64); 9] = [
    (Media::Voice, 520),
    (Media::Message, 150),
    (Media::Email, 120),
    (Media::Chat, 100),
    (Media::Callback, 70),
    (Media::InternalMessage, 12),
    (Media::Video, 11),
    (Media::Cobrowse, 9),
    (Media::Screenshare, 8),
];

/// Tells the whole conversation `id` that started at `start`.
pub(crate) fn tell(
    config: &WorldConfig,
    directory: &Directory,
    mut dice: Dice,
    id: Uuid,
    start: i64,
) -> Conversation {
    let media = MEDIA[dice.weighted(&MEDIA.map(|(_, weight)| weight))].0;
    let outbound = match media {
        Media::Voice => dice.per_mille(250),
        Media::Email | Media::Message => dice.per_mille(80),
        _ => false,
    };
    let conversation = Conversation {
        conversation_id: Some(id.into()),
        conversation_start: Some(Time(start)),
        ..Conversation::default()
    };
    let mut story = Story {
        dice,
        directory,
        conversation,
        media,
        outbound,
        now: start,
    };
    story.run();
    rare::decorate(&mut story);
    oddities::bend(&mut story);
    bulk::grow(&mut story, config.bytes_per_conversation);
    story.conversation
}

impl Story<'_> {
    fn run(&mut self) {
        self.open();
        self.customer();
        match self.media {
            Media::InternalMessage => self.colleagues(),
            _ if self.outbound => self.outbound_contact(),
            _ => self.inbound_contact(),
        }
        self.close();
    }

    /// Sets what is known of the conversation from its first moment.
    fn open(&mut self) {
        let direction = self.direction();
        let division = self.dice.pick(&self.directory.divisions).id;
        let initiator = match (self.media, self.outbound) {
            (Media::InternalMessage, _) | (Media::Email, true) => "agent",
            (_, true) => "outbound",
            _ => "customer",
        };
        let conversation = &mut self.conversation;
        conversation.originating_direction = Some(direction);
        conversation.division_ids = vec![division.into()];
        conversation.conversation_initiator = Some(initiator.into());
        conversation.customer_participation = Some(self.media != Media::InternalMessage);
    }

    fn inbound_contact(&mut self) {
        let flowed = self.dice.per_mille(850);
        if flowed && self.flow() {
            self.conversation.self_served = Some(true);
            return;
        }
        let mut queue = self.choose_queue();
        if self.wait_in(queue) == Wait::Abandoned {
            return;
        }
        for _ in 0..3 {
            match self.agent(Some(queue)) {
                Leaving::Ends => return,
                Leaving::Transfers => queue = self.dice.below(12).unsigned_abs(),
            }
            if self.wait_in(queue) == Wait::Abandoned {
                return;
            }
        }
        self.last_agent(queue);
    }

    fn outbound_contact(&mut self) {
        if self.media == Media::Voice && self.dice.per_mille(600) {
            self.campaign();
        } else {
            self.agent(None);
        }
    }

    /// Closes the conversation and the customer's session where the story stands.
    fn close(&mut self) {
        let end = Time(self.now);
        self.conversation.conversation_end = Some(end);
        self.end_customer(end);
    }
}
