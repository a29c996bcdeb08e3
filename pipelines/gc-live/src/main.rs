//! `gc-live`: the command line.

fn main() {}
