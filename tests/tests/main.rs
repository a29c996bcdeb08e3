#![cfg(test)]
//! Whole-pipeline tests: the programs as people run them, against the simulated
//! platform, read back by readers that know nothing of it.

mod stage;

mod complete;
mod cost;
mod crash;
mod equality;
mod exit_codes;
mod faults;
mod interruption;
mod live;
mod readers;
mod reference;
mod reports;
mod rerun;
mod s3;
mod secrets;
mod settling;
mod snapshots;
