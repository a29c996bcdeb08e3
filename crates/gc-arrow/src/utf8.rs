//! Texts from bytes that are not all UTF-8.

/// Returns a text of the same length, every byte that is no UTF-8 replaced by a single other one: what stands
/// in it stands at the same place in `bytes`.
///
/// ```
/// assert_eq!(gc_arrow::mend(b"{\"id\":\"\xff\"}"), "{\"id\":\"?\"}");
/// ```
pub fn mend(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}
