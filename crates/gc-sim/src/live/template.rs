//! Frames that are rendered once and sent with other ids.

use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

use super::frame;
use crate::world::{Course, render};

/// The fewest snapshots of the call that is the pattern.
const STEPS_MIN: usize = 7;
/// The key of the attribute that fills a snapshot up.
const FILLER: &str = "context.filler";

/// A frame with gaps.
#[derive(Debug)]
pub(super) struct Template {
    bytes: Vec<u8>,
    conversation: Vec<usize>,
    queue: Vec<usize>,
    correlation: Vec<usize>,
}

impl Template {
    /// Renders a snapshot of `course`, filled up to `bytes`.
    fn new(course: &Course, at: i64, queue: Uuid, bytes: usize) -> Self {
        let mut course = course.clone();
        course.attributes.push((FILLER, String::new()));
        let text = |course: &Course| {
            let body = String::from_utf8(render(course, at)).unwrap_or_default();
            let topic = format!("v2.routing.queues.{queue}.conversations");
            frame::event(&topic, &body, Uuid::max())
        };
        let missing = bytes.saturating_sub(text(&course).len());
        course.attributes.pop();
        course.attributes.push((FILLER, "~".repeat(missing)));
        let bytes = text(&course).as_bytes().to_vec();
        Self {
            conversation: places(&bytes, course.id),
            queue: places(&bytes, queue),
            correlation: places(&bytes, Uuid::max()),
            bytes,
        }
    }

    /// Returns the frame with these ids.
    pub(super) fn fill(&self, conversation: Uuid, queue: Uuid, correlation: Uuid) -> Utf8Bytes {
        let mut bytes = self.bytes.clone();
        let gaps = [
            (&self.conversation, conversation),
            (&self.queue, queue),
            (&self.correlation, correlation),
        ];
        let mut buffer = Uuid::encode_buffer();
        for (places, id) in gaps {
            let text = id.hyphenated().encode_lower(&mut buffer).as_bytes();
            for place in places {
                bytes[*place..place + text.len()].copy_from_slice(text);
            }
        }
        String::from_utf8(bytes).unwrap_or_default().into()
    }
}

/// Returns the snapshots of the first call that fit, or else of the last one.
pub(super) fn choose(
    calls: impl Iterator<Item = Course>,
    queue: Uuid,
    bytes: usize,
) -> Vec<Template> {
    let mut chosen = Vec::new();
    for call in calls {
        let seen = call
            .changes
            .iter()
            .filter(|at| !call.queues(**at).is_empty());
        chosen = seen
            .map(|at| Template::new(&call, *at, queue, bytes))
            .collect();
        if chosen.len() >= STEPS_MIN && chosen.iter().all(|one| one.bytes.len() == bytes) {
            break;
        }
    }
    chosen
}

/// Returns where an id stands in a text.
fn places(bytes: &[u8], id: Uuid) -> Vec<usize> {
    let text = id.to_string();
    let windows = bytes.windows(text.len()).enumerate();
    windows
        .filter(|(_, window)| *window == text.as_bytes())
        .map(|(place, _)| place)
        .collect()
}
