#![cfg(test)]
//! History against the simulated platform, and against one that answers what a test tells it to.

mod columns;
mod envelopes;
mod jobs;
mod odd;
mod pages;
mod queries;
mod schema;
mod support;
