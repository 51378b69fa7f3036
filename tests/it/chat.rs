//! `verbatim chat` over a pipe: every command, and one that does not exist.

use crate::fixture::DISCLAIMER;
use crate::world::World;

fn chat(lines: &[&str]) -> crate::world::Ran {
    World::new().indexed().run_with(["chat"], lines.join("\n") + "\n").succeeds()
}

#[test]
fn questions_are_answered_one_after_another() {
    let ran = chat(&["What is the usual dose?", "", "Does caffeine weaken it?", "What of ibuprofen?"]);
    ran.says("Melatonin. :help lists the commands.")
        .says("The usual dose of melatonin is 2 mg")
        .says("Caffeine weakens the effect of melatonin.")
        .says("The sources do not cover this: ibuprofen.")
        .says(DISCLAIMER);
}

#[test]
fn a_question_goes_on_from_the_one_before() {
    chat(&["Does melatonin interact with ibuprofen?", "and warfarin?"])
        .says("“and warfarin?” was read as “Does melatonin interact with warfarin?”.")
        .says("Melatonin can raise the effect of warfarin");
    chat(&["Does melatonin interact with warfarin?", "and what is the usual dose of melatonin?"])
        .never_says("was read as")
        .says("The usual dose of melatonin is 2 mg");
    chat(&["and warfarin?"]).never_says("was read as");
    // A message that gets only a card has no follow-up.
    chat(&["my NHS number is 943 476 5919, does it interact with ibuprofen?", "and warfarin?"])
        .never_says("943");
}

#[test]
fn more_shows_other_quotes_until_there_are_none() {
    let ran = chat(&["melatonin", ":more", ":more", ":more", ":more", ":more", ":quit"])
        .says("There is nothing more to show.");
    let quotes: Vec<&str> = ran.out.lines().filter(|line| line.starts_with(" 1  ")).collect();
    let mut once = quotes.clone();
    once.dedup();
    assert_eq!(quotes, once, "a quote is repeated");
}

#[test]
fn more_and_context_need_a_question_first() {
    chat(&[":more"]).says("There is no answer to show more of: ask a question first.");
    chat(&[":context"]).says("There are no quotes to show in context: ask a question first.");
}

#[test]
fn context_shows_the_whole_passage() {
    let ran = chat(&["What is the usual dose?", ":context"]);
    ran.says("The tablets are swallowed whole.").says(DISCLAIMER);
}

#[test]
fn sources_topics_and_help_are_listed() {
    chat(&[":sources"])
        .says("leaflet: Melatonin: the leaflet · The Sleep Clinic · 2023-04-05")
        .says("undated");
    chat(&[":topic sideeffects"]).says("Headache is the most common side effect").says(DISCLAIMER);
    chat(&[":topic sidefects"]).says("did you mean `sideeffects`?");
    chat(&[":help"]).says(":topic X");
}

#[test]
fn a_command_that_does_not_exist_is_told_the_nearest() {
    chat(&[":sorces"]).says("There is no command :sorces. Did you mean :sources?");
    chat(&[":nonsense"]).says("There is no command :nonsense.").says(":help lists them.");
}

#[test]
fn quit_ends_it() {
    chat(&[":quit", "What is the usual dose?"]).never_says("2 mg");
}

#[test]
fn a_bad_line_is_told_and_the_next_is_answered() {
    let world = World::new().indexed();
    let ran = world.run_with(["chat"], b"the \x07 dose\nWhat is the usual dose?\n").succeeds();
    ran.says("control characters").says("The usual dose of melatonin is 2 mg");
}

#[test]
fn a_line_that_is_not_utf8_does_not_end_it() {
    let world = World::new().indexed();
    let ran = world.run_with(["chat"], b"the dose \xff\xfe\nWhat is the usual dose?\n").succeeds();
    ran.says("not valid UTF-8").says("The usual dose of melatonin is 2 mg");
}
