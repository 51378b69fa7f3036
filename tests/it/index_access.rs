//! An index that cannot be written, and one that another process is writing.

use std::fs::{self, File};

use crate::bot::wait_until;
use crate::fixture::changed_leaflet;
use crate::world::World;

#[test]
fn without_an_index_the_path_and_the_remedy_are_told() {
    let world = World::new();
    fs::create_dir(world.path("index")).expect("a folder");
    let world = world.bound_by_permissions();
    world.permit("index", 0o555);
    for command in [&["ask", "What is the usual dose?"][..], &["index"], &["sources"]] {
        let ran = world.run(command).exits(1);
        ran.warns(&format!("cannot create {}: Permission denied", world.path("index/mel").display())).warns(
            "give this user write permission, or set `paths.index` in verbatim.toml to another folder",
        );
    }
    world.permit("index", 0o755);
}

#[test]
fn an_existing_generation_answers_and_only_index_fails() {
    let world = World::new().bound_by_permissions().indexed();
    let live = world.current();
    for folder in ["index/mel", "index"] {
        world.permit(folder, 0o555);
    }
    assert_eq!(world.run(["ask", "What is the usual dose?"]).succeeds().err, "");
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    let ran = world.run(["index"]).exits(1);
    ran.warns(&world.path("index/mel").display().to_string())
        .warns("Permission denied")
        .warns("give this user write permission");
    world
        .run(["ask", "What is the usual dose?"])
        .succeeds()
        .says("is 2 mg")
        .warns("leaflet.md has changed since");
    assert_eq!(world.current(), live);
    world.permit("index/mel/LOCK", 0o444);
    world.run(["index"]).exits(1).warns("index/mel/LOCK: Permission denied");
    world.run(["rollback"]).exits(1).warns("index/mel/LOCK: Permission denied");
    for folder in ["index", "index/mel"] {
        world.permit(folder, 0o755);
    }
}

#[test]
fn an_index_that_may_not_be_read_is_told() {
    let world = World::new().bound_by_permissions().indexed();
    world.permit("index/mel", 0o000);
    let ran = world.run(["ask", "What is the usual dose?"]).exits(1);
    world.permit("index/mel", 0o755);
    ran.warns("index/mel").warns("Permission denied");
}

#[test]
fn a_second_writer_is_told_who_the_first_is() {
    let world = World::new().indexed();
    let path = world.path("index/mel/LOCK");
    fs::write(&path, "process 4711").expect("the lock's file");
    let lock = File::options().read(true).write(true).open(&path).expect("the lock's file");
    lock.lock().expect("the lock");
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    for command in [&["index"][..], &["index", "--force"], &["rollback"]] {
        world
            .run(command)
            .exits(1)
            .warns(&format!("{} is locked: process 4711 is writing the index", path.display()));
    }
    assert_eq!(world.dose(), "2", "the live generation answers meanwhile");
    lock.unlock().expect("the lock");
    world.run(["index"]).succeeds();
    assert_eq!(world.dose(), "3");
}

#[test]
fn who_asks_first_waits_for_the_one_who_builds() {
    let world = World::new();
    fs::create_dir_all(world.path("index/mel")).expect("a folder");
    let lock = File::create(world.path("index/mel/LOCK")).expect("the lock's file");
    lock.lock().expect("the lock");
    let mut asking = world.command(["ask", "What is the usual dose?"]).spawn().expect("the program");
    let files = format!("/proc/{}/fd", asking.id());
    let has_reached_lock = || {
        let mut files = fs::read_dir(&files).expect("the program runs").map_while(Result::ok);
        files.any(|file| fs::read_link(file.path()).is_ok_and(|file| file.ends_with("index/mel/LOCK")))
    };
    wait_until("it has opened the lock's file", has_reached_lock);
    assert!(asking.try_wait().expect("a child").is_none(), "it waits");
    lock.unlock().expect("the lock");
    assert!(crate::world::wait(&mut asking).expect("it ends").success());
}
