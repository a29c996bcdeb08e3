//! The connection to the store breaks at chosen bytes of an upload.

use std::thread;
use std::time::Duration;

use super::kills::Rewriting;
use super::place::{endpoint, over};
use crate::stage::{Run, Running, Trouble, Wire};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

#[test]
fn an_upload_cut_once_is_mended_by_the_run_itself() {
    let Some(rewriting) = Rewriting::begin() else {
        return;
    };
    rewriting.export(1);
    let troubles = [
        Trouble::CutAfter(0),
        Trouble::CutAfter(KIB),
        Trouble::CutAfter(5 * MIB),
        Trouble::CutAfter(8 * MIB + 8 * KIB),
        Trouble::NoAnswerToCompletion,
    ];
    for (turn, trouble) in troubles.into_iter().enumerate() {
        let wire = Wire::to(&endpoint(), trouble);
        let run = Run::of(over(&wire, &mut rewriting.exporting(turn)));
        println!("{trouble:?}: {:?}", run.code);
        // Whether a completion took place can be unknowable: then the run says so, and the next one looks.
        let unknowable = trouble == Trouble::NoAnswerToCompletion;
        assert!(
            run.code == Some(0) || unknowable && run.code == Some(4),
            "{run:#?}"
        );
        rewriting.assert_whole();
        rewriting.export(turn);
    }
}

#[test]
fn an_upload_cut_for_good_leaves_the_old_day_and_the_next_run_mends_it() {
    let Some(rewriting) = Rewriting::begin() else {
        return;
    };
    rewriting.export(1);
    let troubles = [
        Trouble::GoneAfter(0),
        Trouble::GoneAfter(KIB),
        Trouble::GoneAfter(3 * MIB),
        Trouble::GoneAfter(8 * MIB + 300 * KIB),
        Trouble::GoneAtCompletion,
    ];
    for (turn, trouble) in troubles.into_iter().enumerate() {
        let wire = Wire::to(&endpoint(), trouble);
        let mut running = Running::start(over(&wire, &mut rewriting.exporting(turn)));
        while !wire.is_gone() {
            assert!(!running.has_ended(), "{:#?}", running.wait());
            thread::sleep(Duration::from_millis(5));
        }
        assert!(running.kill());
        rewriting.assert_whole();
        rewriting.place.bucket.let_lease_expire("conversations");
        rewriting.export(turn);
    }
}
