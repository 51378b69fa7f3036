//! Interrupted moderator changes. A killed program runs no more of its own code, so these tests leave a change by
//! unwinding out of a progress report: no file is put back, and the lock is released, as when the process dies. The
//! real program, or a newly opened engine, then continues.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use verbatim_core::engine::Engine;
use verbatim_core::engine::curation::{ChangeOptions, CurationError};
use verbatim_core::index::build::Progress;

use crate::curation::{draft, files, opened, quoted};
use crate::fixture::{REVIEW, changed_leaflet};
use crate::world::{World, open};

const NOW: &str = "2026-02-03T04:05:06Z";
const JOURNAL: &str = "knowledge/mel/.change.toml";
const DOSE: &str = "What is the usual dose of melatonin?";

/// Progress reports after which a change is interrupted.
const MOMENTS: [Progress; 3] = [Progress::Annotating, Progress::Testing, Progress::Publishing];

/// A change by its name.
type Named = (&'static str, fn(&Engine, ChangeOptions<'_>) -> Result<(), CurationError>);

/// The changes, and the program's name for each when it finds it half done.
const ACTS: [Named; 4] = [
    ("adding the source `tea`", |engine, act| {
        engine.add_source(&draft("tea.md", "Tea is hot."), act).map(drop)
    }),
    ("replacing the source `leaflet`", |engine, act| {
        engine.add_source(&draft("leaflet.md", changed_leaflet()), act).map(drop)
    }),
    ("removing the source `review`", |engine, act| engine.remove_source("review", act).map(drop)),
    ("restoring the passage", |engine, act| {
        let withheld = engine.status().withheld.expect("a list");
        engine.restore(&withheld[0].passage, act).map(drop)
    }),
];

/// An indexed base with a withheld passage, without an earlier generation from before the withholding.
fn world() -> (World, Engine) {
    let world = World::new();
    let engine = opened(&world);
    let passage = engine.ask(DOSE).body().quotes[0].passage.clone();
    engine.withhold(&passage, "m", NOW, "r").expect("it can be withheld");
    world.write("knowledge/mel/sources/review.md", REVIEW.replace("seven minutes", "nine minutes"));
    engine.reindex(NOW, false, &mut |_| {}).expect("it can be built");
    (world, engine)
}

/// Interrupts a change at a progress report.
fn cut_off(engine: &Engine, act: fn(&Engine, ChangeOptions<'_>) -> Result<(), CurationError>, at: Progress) {
    let mut leave = |progress| {
        if progress == at {
            resume_unwind(Box::new("killed")); // without a message
        }
    };
    let act_on =
        || act(engine, ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut leave });
    assert!(catch_unwind(AssertUnwindSafe(act_on)).is_err(), "it was over before it was cut off");
}

#[test]
fn what_was_cut_off_before_it_was_live_is_taken_back() {
    for (name, act) in ACTS {
        let (world, mut engine) = world();
        let (before, live) = (files(&world), world.current());
        for moment in MOMENTS {
            cut_off(&engine, act, moment);
            assert!(world.path(JOURNAL).exists(), "{name} at {moment:?} is not recorded");
            assert!(!quoted(&engine, DOSE).contains(" mg"), "the old generation is served");
            let told = engine.status().under_way.map(|problem| problem.to_string()).unwrap_or_default();
            assert!(told.contains(&format!("The program is {name}")), "{told}");
            let opened = open(&world);
            let remark = opened.remarks.join("\n");
            assert!(remark.contains(name) && remark.ends_with("the change was undone."), "{remark}");
            assert_eq!(
                (files(&world), world.current()),
                (before.clone(), live.clone()),
                "{name} at {moment:?}"
            );
            assert!(!quoted(&opened.engine, DOSE).contains(" mg"));
            engine = opened.engine;
        }
        act(&engine, ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut |_| {} })
            .expect("it can be done now");
        assert_ne!(world.current(), live);
    }
}

/// The journal is still there, as if the program had been killed between publishing and finishing.
#[test]
fn what_was_live_already_is_completed() {
    for (name, act) in ACTS {
        let (world, engine) = world();
        let mut note = Vec::new();
        let mut progress = |_| note = fs::read(world.path(JOURNAL)).expect("it is recorded");
        act(&engine, ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut progress })
            .expect("it can be done");
        let (after, live) = (files(&world), world.current());
        assert!(!world.path(JOURNAL).exists());
        world.write(JOURNAL, &note);
        let ran = world.run(["ask", DOSE]);
        ran.warns(name).warns("the change was completed.");
        assert_eq!((files(&world), world.current()), (after, live), "{name}");
    }
}

/// The same during indexing: half a change must not be published.
#[test]
fn an_index_is_not_built_of_half_a_change() {
    let (world, engine) = world();
    let live = world.current();
    cut_off(&engine, ACTS[0].1, Progress::Testing);
    world.run(["index"]).succeeds().says("Nothing has changed");
    assert_eq!(world.current(), live);
    cut_off(&engine, ACTS[2].1, Progress::Testing);
    let reindexed = engine.reindex(NOW, false, &mut |_| {}).expect("there is nothing to do");
    assert_eq!(reindexed.manifest.id, live);
    cut_off(&engine, ACTS[1].1, Progress::Testing);
    ACTS[2].1(&engine, ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut |_| {} })
        .expect("the earlier one is taken back");
    assert!(!quoted(&engine, DOSE).contains("3 mg"));
    world.run(["index"]).succeeds().says("Nothing has changed");
}

#[test]
fn a_note_that_cannot_be_read_stops_changes_and_not_answers() {
    let (world, engine) = world();
    world.write(JOURNAL, "what = \"nonsense\"\n");
    let error =
        ACTS[0].1(&engine, ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut |_| {} });
    assert!(matches!(error, Err(CurationError::LeftOver(_))), "{error:?}");
    world.run(["index"]).exits(1).warns(".change.toml:1: ");
    world
        .run(["ask", "Does caffeine weaken it?"])
        .succeeds()
        .says("Caffeine weakens")
        .warns(".change.toml:1: ");
    world.run(["check"]).exits(1).says(".change.toml:1: ");
}

/// A change that another process is making right now is left alone.
#[test]
fn a_change_that_is_under_way_is_left_alone() {
    let (world, engine) = world();
    cut_off(&engine, ACTS[2].1, Progress::Testing);
    world.run(["check"]).exits(1).says(
        ".change.toml: The program is removing the source `review`, or was interrupted while doing so. \
         The change began at 2026-02-03T04:05:06Z. \
         Leave the files as they are: the next `verbatim index` or the next start completes or undoes it.",
    );
    let lock = engine.generations().lock().expect("the killed process no longer holds it");
    let before = files(&world);
    assert_eq!(world.run(["ask", "Does caffeine weaken it?"]).succeeds().err, "");
    assert_eq!(files(&world), before);
    drop(lock);
    world.run(["ask", "Does caffeine weaken it?"]).succeeds().warns("the change was undone.");
}

/// The program that recovers can itself be killed at any moment.
#[test]
fn setting_right_can_be_killed() {
    let (world, engine) = world();
    let before = files(&world);
    let (source, staged) = ("knowledge/mel/sources/review.md", "knowledge/mel/.change");
    let moments: [(&str, &dyn Fn() -> bool); 4] = [
        ("at once", &|| true),
        ("when the source is back", &|| world.path(source).exists()),
        ("when the new files are gone", &|| !world.path(staged).exists()),
        ("when the journal is gone", &|| !world.path(JOURNAL).exists()),
    ];
    for (moment, has_come) in moments {
        cut_off(&engine, ACTS[2].1, Progress::Publishing);
        assert!(!world.path(source).exists());
        let mut asking = world.command(["ask", DOSE]).spawn().expect("the program");
        while !has_come() && asking.try_wait().expect("a child can be waited for").is_none() {
            std::thread::yield_now();
        }
        asking.kill().expect("a child can be killed");
        asking.wait().expect("a child can be waited for");
        world.run(["ask", DOSE]);
        assert_eq!(files(&world), before, "killed {moment}");
    }
}
