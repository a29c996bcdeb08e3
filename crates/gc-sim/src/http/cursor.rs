//! The cursor of job results: opaque to clients.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Fills the cursor up so that its text holds every character base64 has.
const MASK: u64 = 0xfbef_befb_efbe_fbef;

/// Returns the cursor of the page that begins with row `from`.
pub(super) fn write(job_id: &str, from: usize) -> String {
    let mut bytes = (u64::try_from(from).unwrap_or(u64::MAX) ^ MASK)
        .to_be_bytes()
        .to_vec();
    bytes.extend_from_slice(job_id.as_bytes());
    BASE64_STANDARD.encode(bytes)
}

/// Returns the row a cursor of this job stands for.
pub(super) fn read(job_id: &str, cursor: &str) -> Option<usize> {
    let bytes = BASE64_STANDARD.decode(cursor).ok()?;
    let (place, id) = bytes.split_at_checked(8)?;
    let place = u64::from_be_bytes(place.try_into().ok()?) ^ MASK;
    (id == job_id.as_bytes()).then(|| usize::try_from(place).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_for_their_own_job_only() {
        let cursor = write("job", 2_000);
        assert_eq!(read("job", &cursor), Some(2_000));
        assert_eq!(read("bob", &cursor), None);
        assert!(
            cursor.contains(['+', '/']),
            "{cursor} needs no encoding in a URL"
        );
    }
}
