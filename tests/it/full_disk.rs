//! A full disk, simulated by a file size limit that makes every write beyond it fail.

use crate::fixture::changed_leaflet;
use crate::world::{Ran, World};

/// File size limits, in blocks of 512 bytes; with the last one a build of the fixture succeeds.
const LIMITS: [u32; 8] = [0, 1, 2, 4, 8, 16, 32, 4_096];

#[track_caller]
fn check_told(world: &World, ran: &Ran) {
    let told = format!("cannot write {}", world.path("index/mel").display());
    assert!(ran.err.contains(&told), "not told: {told}\n{}", ran.err);
    assert!(ran.err.contains("free some disk space, then run `verbatim index`"), "{}", ran.err);
    assert!(
        world.generations().iter().all(|name| !name.starts_with('.')),
        "left behind: {:?}",
        world.generations()
    );
}

#[test]
fn the_first_build_fails_clearly_and_leaves_nothing() {
    let world = World::new();
    let mut failed = 0;
    for blocks in LIMITS {
        let command: &[&str] = if blocks % 2 == 0 { &["index"] } else { &["ask", "What is the usual dose?"] };
        let ran = world.run_on_full_disk(blocks, command);
        if blocks == 4_096 {
            ran.succeeds();
            break;
        }
        if ran.code == 0 {
            continue;
        }
        failed += 1;
        check_told(&world, &ran);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(!world.path("index/mel/CURRENT").exists(), "with {blocks} blocks something was published");
    }
    assert!(failed >= 3, "the limits are too wide: only {failed} builds failed");
    assert_eq!(world.dose(), "2");
}

#[test]
fn the_old_generation_goes_on_answering() {
    let world = World::new().indexed();
    let old = world.current();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    let mut failed = 0;
    for blocks in LIMITS {
        let ran = world.run_on_full_disk(blocks, ["index"]);
        if ran.code == 0 {
            break;
        }
        failed += 1;
        check_told(&world, &ran);
        assert_eq!((ran.code, world.current()), (1, old.clone()), "{ran:?}");
        let ran = world.run_on_full_disk(blocks, ["ask", "What is the usual dose?"]).succeeds();
        ran.says("The usual dose of melatonin is 2 mg");
    }
    assert!(failed >= 3, "the limits are too wide: only {failed} builds failed");
    assert_eq!(world.dose(), "3");
}
