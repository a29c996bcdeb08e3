//! What a table is, as far as the archive has to know.

/// What a table is, as far as the archive has to know.
///
/// Nested columns are named by their dotted Arrow names, without the levels that lists add:
/// `participants.sessions.sessionId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The name of the table and of its folder, in lower case: `conversations`.
    pub name: &'static str,
    /// The top-level string column that identifies a row; never null.
    pub key: &'static str,
    /// The top-level timestamp column by which each row group is sorted; nulls come first.
    pub sort: &'static str,
    /// Top-level columns that say where a row came from: not part of its content.
    pub provenance: &'static [&'static str],
    /// Columns for which readers want bloom filters.
    pub bloom: &'static [&'static str],
    /// Columns in which nearly every value is different, so that a dictionary is wasted on them.
    pub plain: &'static [&'static str],
}
