//! Words of the other side, made fit for an error or a log.

/// The most characters of the other side's words that an error repeats.
const LONGEST: usize = 500;

/// Returns `text` on one line, without control characters, cut after 500 characters.
pub(crate) fn bounded(text: &str) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = text.trim().chars().map(line).take(LONGEST).collect();
    if text.trim().chars().nth(LONGEST).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn long_text_is_cut_and_kept_on_one_line() {
        assert_eq!(bounded(" a\r\nb\x1bc "), "a  b c");
        assert_eq!(bounded(&"é".repeat(500)).chars().count(), 500);
        assert_eq!(bounded(&"é".repeat(501)).chars().count(), 501);
        assert!(bounded(&"é".repeat(501)).ends_with("é…"));
    }
}
