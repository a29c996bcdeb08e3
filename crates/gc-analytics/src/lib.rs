//! History.
mod derived;
mod page;
mod rows;
pub mod schema;
mod source;

pub use page::{BrokenPage, Page};
pub use rows::*;
pub use source::Via;
