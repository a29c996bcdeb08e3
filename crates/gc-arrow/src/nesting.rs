//! How deep a text is nested, were it JSON.
//!
//! Parsers descend a level of their stack for each level of their input: whoever passes input from outside to one
//! has to know this first.

/// Follows a text byte by byte.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nesting {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes the next byte, and returns how many levels are open after it.
    pub fn step(&mut self, byte: u8) -> usize {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_text => self.escaped = true,
            b'"' => self.in_text = !self.in_text,
            _ if self.in_text => {}
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.depth
    }

    /// Returns whether the byte taken last belongs to a text that has not ended.
    pub fn is_in_text(&self) -> bool {
        self.in_text
    }
}

/// Returns whether a text is nested at most `limit` levels deep.
pub fn is_shallow(text: &[u8], limit: usize) -> bool {
    let opens = |byte: &&u8| matches!(byte, b'[' | b'{');
    // Nearly every input has fewer brackets than would be needed, and counting them is quicker.
    if text.iter().filter(opens).count() <= limit {
        return true;
    }
    let mut nesting = Nesting::default();
    text.iter().all(|byte| nesting.step(*byte) <= limit)
}

/// Returns whether the first value in `text` is nested at most `limit` levels deep.
pub(crate) fn begins_shallow(text: &str, limit: usize) -> bool {
    let mut nesting = Nesting::default();
    for byte in text.bytes() {
        let depth = nesting.step(byte);
        if depth > limit {
            return false;
        }
        let is_between = matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b':');
        if depth == 0 && !nesting.is_in_text() && !is_between {
            return true;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_do_not_count() {
        let text = br#"{"a":"[[[[\"[[[","b":[1]}"#;
        assert!(is_shallow(text, 2));
        assert!(!is_shallow(text, 1));
    }

    #[test]
    fn the_first_value_alone_counts() {
        assert!(begins_shallow(r#" : 7, [[[[]]]]"#, 1));
        assert!(begins_shallow(r#"["x"], [[[[]]]]"#, 1));
        assert!(!begins_shallow("[[1]]", 1));
    }
}
