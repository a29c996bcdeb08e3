//! An archive in a bucket of a real store: the same promises as on disk.

mod cuts;
mod days;
mod kills;
mod live;
mod place;
mod readers;
mod refusals;
mod settings;
