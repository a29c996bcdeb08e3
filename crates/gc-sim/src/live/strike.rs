//! What a fault does to channels and their sockets.

use std::time::Duration;

use super::channels::Channel;
use super::counts::add;
use super::fault::{Garbage, LiveFault, LiveTarget};
use super::frame;
use super::hub::{GOING_AWAY, Hub, NORMAL, close, dismiss, order};
use super::socket::{Item, Order};
use crate::tokens::Tokens;

impl Hub {
    /// Lets something go wrong; returns how many channels it struck.
    pub(crate) fn apply(&self, to: &LiveTarget, fault: &LiveFault, tokens: &Tokens) -> usize {
        let ids: Vec<String> = self
            .infos()
            .into_iter()
            .map(|info| info.id)
            .filter(|id| to.means(id))
            .collect();
        for id in &ids {
            self.strike(id, fault, tokens);
        }
        if matches!(fault, LiveFault::Revoke) {
            self.sweep(tokens);
        }
        ids.len()
    }

    fn strike(&self, id: &str, fault: &LiveFault, tokens: &Tokens) {
        let mut channels = self.channels();
        let Some(channel) = channels.get_mut(id) else {
            return;
        };
        match fault {
            LiveFault::Duplicate { events } => channel.twice = *events,
            LiveFault::Expire => {
                let gone = channels.remove(id);
                gone.and_then(|channel| channel.plug)
                    .iter()
                    .for_each(dismiss);
            }
            LiveFault::NoLongerSubscribed => {
                tell(channel, Item::Text(frame::no_longer_subscribed(id)));
                channels.unsubscribe(id);
            }
            LiveFault::Revoke => {
                tell(channel, Item::Text(frame::token_revoked(id)));
                tokens.revoke(&channel.token);
            }
            LiveFault::Closing { after_ms } => {
                tell(channel, Item::Text(frame::socket_closing(id)));
                let after = Duration::from_millis(*after_ms);
                let reason = "closed for maintenance".to_owned();
                let code = GOING_AWAY;
                direct(
                    channel,
                    Order::Close {
                        code,
                        reason,
                        after,
                    },
                );
            }
            LiveFault::Garbage { kind } => self.garbage(channel, *kind),
            LiveFault::Cut => direct(channel, Order::Cut),
            LiveFault::Silence => direct(channel, Order::Silence),
            LiveFault::Slow { ms } => direct(channel, Order::Slow(Duration::from_millis(*ms))),
            LiveFault::Close { code, reason } => direct(channel, close(*code, reason)),
            LiveFault::Replace => direct(channel, close(NORMAL, "another connection was opened")),
        }
    }

    fn garbage(&self, channel: &Channel, kind: Garbage) {
        let topic = channel.topics.values().flatten().next();
        let topic = topic.map_or("v2.routing.queues", String::as_str);
        if let Some(message) = kind.message(topic) {
            add(&self.counters.garbage, usize::from(channel.plug.is_some()));
            tell(channel, Item::Garbage(message));
        }
    }
}

fn direct(channel: &Channel, what: Order) {
    if let Some(plug) = &channel.plug {
        order(plug, what);
    }
}

fn tell(channel: &Channel, item: Item) {
    if let Some(plug) = &channel.plug {
        // What does not fit is lost, as it would be on a real socket that is about to be reset.
        let _full = plug.queue.try_send(item);
    }
}
