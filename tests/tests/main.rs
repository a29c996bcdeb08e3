#![cfg(test)]
//! Whole-pipeline tests: the program `gc-history` as people run it, against the simulated
//! platform, read back by readers that know nothing of it.

mod stage;

mod complete;
mod cost;
mod crash;
mod equality;
mod exit_codes;
mod faults;
mod interruption;
mod reports;
mod rerun;
mod secrets;
mod settling;
mod snapshots;
