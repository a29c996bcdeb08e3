//! JSON records straight into Arrow columns, by a table of fields, with no tree in between.
//!
//! A [`BatchBuilder`] is made from a table of [`Field`]s and takes records one at a time:
//!
//! - A field that is absent or null is null. A key given twice counts once, with its last value.
//! - A field the table does not know is kept: its path and raw JSON go into the column
//!   [`EXTRA_COLUMN`], and [`Built::unknown`] counts it.
//! - A record that does not fit its table (a text where a number belongs, an impossible date) is
//!   refused whole with a [`Misfit`]; the columns are as if it had never been given.
//! - A timestamp is kept to the millisecond, rounded down.
//!
//! Not guaranteed: the order of keys, the spelling of numbers and of white space.
//!
//! ```
//! use gc_arrow::{BatchBuilder, Field, integer, objects, text};
//!
//! const METRIC: &[Field] = &[text("name"), integer("value")];
//! const RECORD: &[Field] = &[text("id"), objects("metrics", METRIC)];
//!
//! let mut batch = BatchBuilder::new(RECORD);
//! batch.push(r#"{"id":"a","metrics":[{"name":"tTalk","value":7,"unit":"ms"}]}"#)?;
//! assert!(batch.push(r#"{"id":"b","metrics":[{"value":"seven"}]}"#).is_err());
//! let built = batch.finish();
//! assert_eq!(built.rows, 1);
//! assert_eq!(built.unknown["metrics[].unit"], 1);
//! # Ok::<(), gc_arrow::Misfit>(())
//! ```

mod batch;
mod column;
mod decode;
mod extra;
mod misfit;
mod nesting;
mod path;
mod table;
mod time;
mod utf8;

pub use batch::{BatchBuilder, Built, MAX_BATCH_BYTES, RecordSeed};
pub use extra::{EXTRA_COLUMN, MAX_COUNTED_PATHS, MAX_DEPTH, OTHER_PATHS, add_counts};
pub use misfit::{Found, Misfit};
pub use nesting::{Nesting, is_shallow};
pub use table::{
    Field, Kind, boolean, double, integer, integers, object, objects, schema, text, text_map,
    texts, time, utc_milliseconds,
};
pub use utf8::mend;
