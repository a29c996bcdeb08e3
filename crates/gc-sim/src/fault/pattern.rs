//! Which requests a fault is for.

/// A method and a path with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    method: String,
    segments: Vec<String>,
}

impl Pattern {
    /// Reads `GET /a/{b}/*/**`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (method, path) = text.trim().split_once(' ')?;
        let path = path.trim().strip_prefix('/')?;
        let named = method == "*" || method.bytes().all(|byte| byte.is_ascii_uppercase());
        let segments = path.split('/').map(str::to_owned).collect();
        (named && !method.is_empty()).then(|| Self {
            method: method.to_owned(),
            segments,
        })
    }

    /// Returns whether a request is meant.
    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut parts = path.trim_start_matches('/').split('/');
        for segment in &self.segments {
            if segment == "**" {
                return true;
            }
            let gap = segment == "*" || (segment.starts_with('{') && segment.ends_with('}'));
            match parts.next() {
                Some(part) if gap || part == segment => {}
                _ => return false,
            }
        }
        parts.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_stand_for_one_segment_and_two_stars_for_the_rest() {
        let matches = |pattern: &str, path| Pattern::parse(pattern).unwrap().matches("GET", path);
        assert!(matches("GET /a/{id}/c", "/a/b/c"));
        assert!(matches("* /a/*/c", "/a/b/c"));
        assert!(matches("GET /a/**", "/a/b/c"));
        assert!(!matches("GET /a/{id}", "/a/b/c"));
        assert!(!matches("GET /a/b/c/{d}", "/a/b/c"));
        assert!(!matches("POST /a/**", "/a/b/c"));
    }

    #[test]
    fn patterns_need_a_method_and_a_path() {
        for text in ["/a/b", "GET", "GET a/b", "get /a", " /a"] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }
}
