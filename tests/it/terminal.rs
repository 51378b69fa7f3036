//! The program in a shell: pipes that close early, no escape codes unless a terminal shows them, lines as wide as the
//! terminal, help and completions.

use crate::world::{World, wait};

/// `World::run` refuses escape codes in every run; this test makes the rule explicit.
#[test]
fn a_pipe_gets_no_escape_codes() {
    let world = World::new().indexed();
    for command in
        [&["ask", "What is the usual dose?"][..], &["topic", "dosage"], &["sources"], &["ask", "--froce"]]
    {
        let ran = world.run(command);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
    }
}

#[test]
fn colours_can_be_forced_and_are_still_switched_off() {
    let forced = World::new().variable("CLICOLOR_FORCE", "1").indexed();
    let output = forced.command(["ask", "What is the usual dose?"]).output().expect("the program");
    assert!(output.stdout.contains(&0x1b), "the words asked for are bold if colours are shown");
    let plain = World::new().variable("NO_COLOR", "1").indexed();
    let output = plain.command(["ask", "What is the usual dose?"]).output().expect("the program");
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let world = World::new().indexed();
    let commands: [&[&str]; 7] = [
        &["sources"],
        &["ask", "What is the usual dose?"],
        &["ask", "--json", "What is the usual dose?"],
        &["topic", "sideeffects"],
        &["verify"],
        &["completions", "bash"],
        &["--help"],
    ];
    for command in commands {
        let mut child = world.command(command).spawn().expect("the program");
        drop(child.stdout.take());
        let mut errors = child.stderr.take().expect("a pipe");
        let status = wait(&mut child).expect("it ends");
        let mut told = String::new();
        std::io::Read::read_to_string(&mut errors, &mut told).expect("text");
        assert!(status.success(), "{command:?}: {status}");
        assert_eq!(told, "", "{command:?}");
    }
}

/// Words are never cut: a line is too long only if it contains a single word.
#[track_caller]
fn check_width(world: &World, columns: usize, arguments: &[&str]) {
    let ran = world.run(arguments);
    assert!(ran.out.lines().count() > 3, "{ran:?}");
    for line in ran.out.lines() {
        let one_word = line.split_whitespace().count() == 1;
        assert!(one_word || line.chars().count() <= columns, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn replies_are_wrapped_to_the_terminal() {
    let mut world = World::new().indexed();
    for columns in [40, 60, 80] {
        world = world.variable("COLUMNS", &columns.to_string());
        check_width(&world, columns, &["ask", "Does it shorten the time to fall asleep?"]);
        check_width(&world, columns, &["ask", "--context", "What is the usual dose?"]);
        check_width(&world, columns, &["ask", "Can I take ibuprofen with melatonin?"]);
        check_width(&world, columns, &["ask", "I want to kill myself"]);
        check_width(&world, columns, &["topic", "sideeffects"]);
    }
}

#[test]
fn a_strange_width_is_no_trouble() {
    let mut world = World::new().indexed();
    for columns in ["0", "1", "-4", "wide", "99999999999999999999", ""] {
        world = world.variable("COLUMNS", columns);
        world.run(["ask", "What is the usual dose?"]).succeeds().says("2 mg");
    }
}

#[test]
fn completions_are_there_for_every_shell() {
    let world = World::empty();
    for (shell, sign) in
        [("bash", "_verbatim"), ("zsh", "#compdef verbatim"), ("fish", "complete -c verbatim")]
    {
        world.run(["completions", shell]).succeeds().says(sign).says("rollback");
    }
    world.run(["completions", "bsh"]).exits(2).warns("bash");
}

/// The subcommands listed in the help.
pub fn subcommands(world: &World) -> Vec<String> {
    let help = world.run(["--help"]).succeeds().out;
    let (_, list) = help.split_once("Commands:\n").expect("a list");
    let (list, _) = list.split_once("\n\n").expect("its end");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_help_has_an_example() {
    let world = World::empty();
    world.run(["--help"]).succeeds().says("Examples:");
    let subcommands = subcommands(&world);
    assert!(subcommands.len() >= 11, "{subcommands:?}");
    for name in subcommands.iter().filter(|name| *name != "help") {
        world.run([name, "--help"]).succeeds().says("Example").says(&format!("verbatim {name}"));
    }
}
