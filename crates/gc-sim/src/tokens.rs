//! Tokens and how many requests each may make.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// The tokens in circulation.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Token>>);

#[derive(Debug)]
struct Token {
    expires: Instant,
    /// When the present rate interval began.
    since: Instant,
    used: u32,
}

/// How a token's rate stands after a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) used: u32,
    pub(crate) allowed: u32,
    /// Seconds until the count starts again.
    pub(crate) reset: u64,
}

impl Rate {
    pub(crate) fn exceeded(&self) -> bool {
        self.allowed > 0 && self.used > self.allowed
    }
}

impl Tokens {
    /// Makes a token.
    pub(crate) fn issue(&self, lifetime: Duration) -> String {
        let now = Instant::now();
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let entry = Token {
            expires: now + lifetime,
            since: now,
            used: 0,
        };
        self.lock().insert(token.clone(), entry);
        token
    }

    /// Counts a request made with a token; `None` when the token is no good.
    pub(crate) fn spend(&self, token: &str, allowed: u32, interval: Duration) -> Option<Rate> {
        let now = Instant::now();
        let mut tokens = self.lock();
        let entry = tokens.get_mut(token).filter(|entry| now < entry.expires)?;
        if now.duration_since(entry.since) >= interval {
            entry.since = now;
            entry.used = 0;
        }
        entry.used += 1;
        let left = (entry.since + interval).saturating_duration_since(now);
        // Rounded up, so that who waits as told never comes too early.
        let reset = left.as_millis().div_ceil(1000).max(1);
        let reset = u64::try_from(reset).unwrap_or(u64::MAX);
        Some(Rate {
            used: entry.used,
            allowed,
            reset,
        })
    }

    /// Returns whether a token is good.
    pub(crate) fn is_good(&self, token: &str) -> bool {
        let tokens = self.lock();
        tokens
            .get(token)
            .is_some_and(|entry| Instant::now() < entry.expires)
    }

    pub(crate) fn revoke(&self, token: &str) {
        self.lock().remove(token);
    }

    pub(crate) fn revoke_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
