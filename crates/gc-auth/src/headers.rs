//! The few response headers that steer the client.

use std::time::Duration;

use http::HeaderMap;

/// The longest time a header is believed to mean: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What the platform says about a rate limit.
///
/// Source: developer-center-blog, 2021-05-06 (response headers of an API call).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// Requests that were already counted in the running window, this one included.
    pub(crate) count: u64,
    /// Requests allowed in one window.
    pub(crate) allowed: u64,
    /// Time until the window ends.
    pub(crate) reset: Duration,
}

impl RateLimit {
    /// Returns the limit; none when a header is missing or makes no sense.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        Some(Self {
            count: whole(headers, "inin-ratelimit-count")?,
            allowed: whole(headers, "inin-ratelimit-allowed").filter(|allowed| *allowed > 0)?,
            reset: seconds(headers, "inin-ratelimit-reset")?,
        })
    }
}

/// Returns the least time to wait; none unless it is in whole seconds.
///
/// Source: official SDK templates (platform-client-sdk-common), retry code.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, "retry-after")
}

/// Returns the id by which the platform's support finds the call.
///
/// Source: developer-center-blog, 2021-05-06.
pub(crate) fn correlation_id(headers: &HeaderMap) -> Option<String> {
    text(headers, "inin-correlation-id").map(crate::text::bounded)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn whole(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    whole(headers, name).map(|seconds| Duration::from_secs(seconds).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: [(&'static str, &str); 3]) -> HeaderMap {
        pairs
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn nonsense_is_no_limit() {
        let limit = |count, allowed, reset| {
            RateLimit::of(&headers([
                ("inin-ratelimit-count", count),
                ("inin-ratelimit-allowed", allowed),
                ("inin-ratelimit-reset", reset),
            ]))
        };
        assert_eq!(
            limit("7", "300", " 61"),
            Some(RateLimit {
                count: 7,
                allowed: 300,
                reset: Duration::from_secs(61)
            })
        );
        for (count, allowed, reset) in [
            ("-1", "300", "61"),
            ("7", "0", "61"),
            ("7", "many", "61"),
            ("7", "300", ""),
        ] {
            assert_eq!(limit(count, allowed, reset), None);
        }
        assert_eq!(
            limit("7", "300", "18446744073709551615").unwrap().reset,
            LONGEST
        );
        assert_eq!(RateLimit::of(&HeaderMap::new()), None);
    }

    #[test]
    fn retry_after_is_whole_seconds() {
        let after = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(after("3"), Some(Duration::from_secs(3)));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(after("1.5"), None);
    }
}
