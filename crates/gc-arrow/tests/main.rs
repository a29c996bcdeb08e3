#![cfg(test)]
//! What the crate promises, from outside: values, keys, unknown fields, bounds, refusals.

mod bounds;
mod generate;
mod keys;
mod oracle;
mod refusals;
mod support;
mod unknown;
mod values;
