//! What to listen to, in the operator's words and as topics.

use std::collections::BTreeSet;

use crate::directory::{Directory, Queue};
use crate::error::Error;
use crate::topic::{self, Entry};

/// What to listen to. The default is every queue with all its conversations.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Some of [`crate::MEDIA`]; all when empty.
    pub media: Vec<String>,
    /// Queues by id or name; every queue when this and `users` are empty.
    pub queues: Vec<String>,
    /// Users by id.
    pub users: Vec<String>,
}

impl Selection {
    /// Checks what can be checked without the platform.
    ///
    /// # Errors
    ///
    /// When a medium has no topic, or a user is not named by an id.
    pub fn check(&self) -> Result<(), Error> {
        self.parts()?;
        match self.users.iter().find(|user| !is_id(user)) {
            Some(word) => Err(Error::User { word: word.clone() }),
            None => Ok(()),
        }
    }

    /// Returns whether queues are heard that are made later.
    pub(crate) fn is_everything(&self) -> bool {
        self.queues.is_empty() && self.users.is_empty()
    }

    /// Returns what to subscribe to, each once.
    pub(crate) async fn entries(&self, directory: &Directory) -> Result<Vec<Entry>, Error> {
        self.check()?;
        let parts = self.parts()?;
        let queues = self.queue_ids(directory).await?;
        let queues = queues.iter().map(|id| topic::of_queue(id));
        let users: BTreeSet<&String> = self.users.iter().collect();
        let users = users.into_iter().map(|id| topic::of_user(id));
        Ok(queues
            .chain(users)
            .flat_map(|prefix| topic::entries(&prefix, &parts))
            .collect())
    }

    async fn queue_ids(&self, directory: &Directory) -> Result<BTreeSet<String>, Error> {
        if self.is_everything() {
            let queues = directory.queues().await?;
            return Ok(queues.into_iter().map(|queue| queue.id).collect());
        }
        if self.queues.iter().all(|word| is_id(word)) {
            return Ok(self.queues.iter().cloned().collect());
        }
        let known = directory.queues().await?;
        self.queues.iter().map(|word| find(&known, word)).collect()
    }

    /// Returns the last parts of the topics of the media.
    fn parts(&self) -> Result<Vec<&'static str>, Error> {
        let mut parts = Vec::new();
        for word in &self.media {
            let part = topic::part(word).ok_or_else(|| Error::Media { word: word.clone() })?;
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        Ok(parts)
    }
}

/// Returns whether a word has the form of the platform's ids: 8-4-4-4-12 hexadecimal digits.
fn is_id(word: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = [8, 4, 4, 4, 12];
    word.split('-').count() == lengths.len()
        && word
            .split('-')
            .zip(lengths)
            .all(|(part, length)| part.len() == length && is_hex(part))
}

/// How many names or ids an error repeats.
const SHOWN: usize = 5;

/// Returns the id of the queue that is meant: by id, by exact name, else by name without case.
fn find(known: &[Queue], word: &str) -> Result<String, Error> {
    if is_id(word) {
        return Ok(word.to_owned());
    }
    let folded = word.to_lowercase();
    let exact: Vec<&Queue> = known.iter().filter(|queue| queue.name == word).collect();
    let found = if exact.is_empty() {
        let same = |queue: &&Queue| queue.name.to_lowercase() == folded;
        known.iter().filter(same).collect()
    } else {
        exact
    };
    match found.as_slice() {
        [queue] => Ok(queue.id.clone()),
        [] => Err(Error::UnknownQueue {
            name: word.to_owned(),
            near: near(known, &folded),
        }),
        several => Err(Error::AmbiguousQueue {
            name: word.to_owned(),
            count: several.len(),
            ids: several
                .iter()
                .take(SHOWN)
                .map(|queue| queue.id.clone())
                .collect(),
        }),
    }
}

/// Returns a few names that hold the word, are held by it, or are a typing error away.
fn near(known: &[Queue], folded: &str) -> Vec<String> {
    let is_near = |name: &str| {
        let name = name.to_lowercase();
        let holds = !name.is_empty() && (name.contains(folded) || folded.contains(&name));
        holds || distance(&name, folded) <= 2
    };
    let names: BTreeSet<&String> = known.iter().map(|queue| &queue.name).collect();
    let near = names.into_iter().filter(|name| is_near(name));
    near.take(SHOWN).cloned().collect()
}

/// Returns how many letters must be put in, left out or changed to make one word the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, same) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *same);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use gc_core::{Class, Classify};

    use super::*;

    fn known() -> Vec<Queue> {
        let names = [
            "Sales",
            "sales",
            "Support",
            "Support EU",
            "Billing",
            "Billing",
        ];
        let queue = |(i, name): (usize, &&str)| Queue {
            id: format!("q{i}"),
            name: (*name).to_owned(),
        };
        names.iter().enumerate().map(queue).collect()
    }

    fn remedy(error: &Error) -> String {
        match error.class() {
            Class::Operator { remedy } => remedy,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn exact_name_goes_before_another_case() {
        assert_eq!(find(&known(), "sales").unwrap(), "q1");
        assert_eq!(find(&known(), "SUPPORT").unwrap(), "q2");
        assert!(matches!(
            find(&known(), "SALES"),
            Err(Error::AmbiguousQueue { count: 2, .. })
        ));
    }

    #[test]
    fn ambiguous_name_is_answered_with_ids() {
        let error = find(&known(), "Billing").unwrap_err();
        assert_eq!(remedy(&error), "use an id: q4, q5");
    }

    #[test]
    fn unknown_name_is_answered_with_near_ones() {
        let error = find(&known(), "suport").unwrap_err();
        assert_eq!(remedy(&error), "did you mean Support?");
        let error = find(&known(), "EU").unwrap_err();
        assert_eq!(remedy(&error), "did you mean Support EU?");
        let error = find(&known(), "nothing like it").unwrap_err();
        assert!(remedy(&error).contains("id"));
    }

    #[test]
    fn id_is_taken_as_it_is() {
        let id = "0af1c9a2-1b1c-4d1e-8f00-0123456789ab";
        assert_eq!(find(&[], id).unwrap(), id);
        assert!(!is_id("0af1c9a2-1b1c-4d1e-8f00-0123456789a"));
        assert!(!is_id("Sales"));
    }

    #[test]
    fn unknown_medium_is_answered_with_the_known_ones() {
        let selection = Selection {
            media: vec!["voice".to_owned(), "telex".to_owned()],
            ..Selection::default()
        };
        let error = selection.check().unwrap_err();
        assert_eq!(error.to_string(), "select media `telex`");
        assert!(remedy(&error).contains("voice, callback"));
    }
}
