//! Buttons below an answer, also after a restart and after the base has changed.

use crate::bot::{Bot, custom_id, labels, moderator, reader, slash, text};
use crate::fixture::{self, DISCLAIMER};
use discord_double::events;
use discord_double::people::Spot;

#[test]
fn buttons_work_after_a_restart_and_on_a_generation_that_is_gone() {
    let mut bot = Bot::start();
    let answer = bot.ask("What is the usual dose of melatonin?");
    let context = bot.press(&answer, "In context");
    let shown = text(&context.body);
    assert!(context.is_private() && shown.contains("must not be taken with food"), "{shown}");
    assert!(shown.contains("leaflet:") && shown.ends_with(DISCLAIMER), "{shown}");
    let sources = text(&bot.press(&answer, "Sources").body);
    assert!(sources.contains("The Sleep Clinic") && sources.contains("CC BY 4.0"), "{sources}");
    for (label, told) in
        [("Helpful", "Counted as helpful"), ("Not helpful", "Counted as not"), ("Not helpful", "removed")]
    {
        let thanks = bot.press(&answer, label);
        assert!(thanks.is_private() && text(&thanks.body).contains(told), "{}", text(&thanks.body));
    }
    bot.press_by(&moderator(), &answer, "Helpful");
    assert!(text(&bot.moderate("status", &[]).body).contains("Votes: 1 helpful, 0 not helpful"));
    bot.restart();
    assert!(text(&bot.press(&answer, "In context").body).contains("must not be taken with food"));
    bot.world
        .write("knowledge/mel/sources/review.md", fixture::REVIEW.replace("seven minutes", "nine minutes"));
    bot.moderate("reindex", &[]);
    let later = text(&bot.press(&answer, "In context").body);
    assert!(later.contains("must not be taken with food") && later.contains("has been updated"), "{later}");
    let topic = bot.reply_to(&slash("sideeffects", &[]));
    assert!(text(&topic.body).contains("Headache"), "{}", text(&topic.body));
    assert!(!labels(&topic.body).is_empty());
    let message = bot.double.message(answer.message.expect("a message")).expect("the message");
    for damaged in [
        "v1cmel/AAAA",
        "v9xmel/",
        "somebody else's",
        &custom_id(&answer.body, "In context").replace("mel", "old"),
    ] {
        let told = bot.reply_to(&events::button(&Spot::channel(), &reader(), &message, damaged));
        assert!(
            told.is_private() && text(&told.body).contains("no longer works"),
            "{damaged}: {}",
            text(&told.body)
        );
    }
}
