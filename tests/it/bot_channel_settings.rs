//! When a store breaks, the channel settings are lost with it, and nobody knows which channels were private.

use serde_json::json;

use crate::bot::{
    Bot, admin, custom_id, labels, mention, moderator, reader, settings, slash, text, wait_until,
};
use crate::fixture::DISCLAIMER;
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self};
use discord_double::people::{MANAGE_GUILD, Person, Spot};
use discord_double::record::{Reply, Way};

const DOSE: &str = "What is the usual dose of melatonin?";

fn broken() -> World {
    let nonsense = "this is no database at all, though it is as long as one could be".repeat(64);
    World::new().file("verbatim.toml", settings()).file("verbatim.db", nonsense)
}

/// Asks as a moderator; returns the answer and the message after it.
fn asked_by_moderator(bot: &Bot) -> (Reply, Reply) {
    let event = events::slash(&Spot::channel(), &moderator(), "mel ask", &[("question", json!(DOSE))]);
    let id = bot.double.send(&event);
    (bot.double.next_reply_to(id), bot.double.next_reply_to(id))
}

fn press(bot: &Bot, person: &Person, under: &Reply, label: &str) -> Reply {
    let message = bot.double.message(under.message.expect("a message")).expect("the message");
    bot.settled(&events::button(&Spot::channel(), person, &message, &custom_id(&under.body, label)))
}

#[test]
fn answers_are_private_until_a_moderator_confirms() {
    let mut bot = Bot::with(broken(), Double::start());
    bot.wait_for_log("the channel settings were lost");
    let answer = bot.ask(DOSE);
    assert!(answer.is_private() && text(&answer.body).contains("2 mg"), "{}", text(&answer.body));
    let told = bot.reply_to(&mention(&Spot::channel(), &reader(), DOSE));
    let shown = text(&told.body);
    for part in ["/mel ask", "moderator", "Confirm"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("2 mg") && shown.ends_with(DISCLAIMER), "{shown}");
    // In direct messages there is nothing to confirm.
    let direct = bot.reply_to(&mention(&Spot::direct(reader().id), &Person::new(reader().id, "ada"), DOSE));
    assert!(text(&direct.body).contains("2 mg"));
    // This survives a restart, even when the broken file is gone.
    bot.stop();
    for entry in
        std::fs::read_dir(bot.world.path(".")).expect("the folder").map(|entry| entry.expect("an entry"))
    {
        if entry.file_name().to_string_lossy().contains(".broken-") {
            std::fs::remove_file(entry.path()).expect("it can be removed");
        }
    }
    bot.forget_log();
    bot.run();
    bot.is_ready();
    assert!(bot.ask(DOSE).is_private());
    // Moderators are told in the status, and with each answer.
    let status = bot.reply_to(&admin(&moderator(), "status", &[]));
    assert!(text(&status.body).contains("were lost when my database"), "{}", text(&status.body));
    assert_eq!(labels(&status.body), ["Confirm"]);
    let (answer, offer) = asked_by_moderator(&bot);
    assert!(answer.is_private() && offer.is_private() && offer.way == Way::FollowUp);
    assert!(text(&offer.body).contains("/mel-admin channel") && text(&offer.body).ends_with(DISCLAIMER));
    // Only moderators can confirm.
    let refused = press(&bot, &reader(), &offer, "Confirm");
    assert!(text(&refused.body).contains("for the moderators"), "{}", text(&refused.body));
    assert!(bot.ask(DOSE).is_private());
    let set =
        events::slash(&Spot::thread(), &moderator(), "mel-admin channel", &[("mode", json!("private"))]);
    assert_eq!(labels(&bot.settled(&set).body), ["Confirm"]);
    let confirmed = press(&bot, &moderator(), &offer, "Confirm");
    let shown = text(&confirmed.body);
    assert!(shown.contains("Channel settings confirmed") && shown.contains("only privately"), "{shown}");
    assert!(!bot.ask(DOSE).is_private());
    let answered = bot.reply_to(&mention(&Spot::channel(), &Person::new(541, "bo"), DOSE));
    assert!(text(&answered.body).contains("2 mg"));
    assert!(text(&bot.moderate("audit", &[]).body).contains("confirm-channels: done"));
    bot.restart();
    assert!(!bot.ask(DOSE).is_private(), "it holds after a restart");
    let thread = events::slash(&Spot::thread(), &reader(), "mel ask", &[("question", json!(DOSE))]);
    assert!(bot.reply_to(&thread).is_private());
    assert!(!text(&bot.moderate("status", &[]).body).contains("were lost"));
}

#[test]
fn a_command_confirms_too_and_whoever_manages_a_server_without_moderators() {
    let other = Spot::of(4_242, 4_243);
    let double = Double::start();
    double.add_guild(&other);
    let bot = Bot::with(broken(), double);
    let confirmed = bot.moderate("confirm-channels", &[]);
    assert!(text(&confirmed.body).contains("in all channels"), "{}", text(&confirmed.body));
    assert!(!bot.ask(DOSE).is_private());
    // The other server is separate, and has no moderators in the settings.
    let ask = |person: &Person| {
        let event = events::slash(&other, person, "mel ask", &[("question", json!(DOSE))]);
        bot.double.send(&event)
    };
    assert!(bot.double.next_reply_to(ask(&reader())).is_private());
    let manager = Person::new(550, "max").who_may(MANAGE_GUILD);
    let id = ask(&manager);
    let (answer, offer) = (bot.double.next_reply_to(id), bot.double.next_reply_to(id));
    assert!(answer.is_private() && offer.is_private());
    let message = bot.double.message(offer.message.expect("a message")).expect("the message");
    let pressed = events::button(&other, &manager, &message, &custom_id(&offer.body, "Confirm"));
    assert!(text(&bot.settled(&pressed).body).contains("in all channels"));
    assert!(!bot.double.next_reply_to(ask(&reader())).is_private());
}

/// A store that cannot be read says nothing about channels either.
#[test]
fn answers_are_private_while_the_store_cannot_be_read() {
    let mut bot = Bot::start();
    bot.stop();
    let lock = bot.locks_store();
    bot.forget_log();
    bot.run();
    bot.is_ready();
    assert!(bot.reply_to(&slash("ask", &[("question", json!(DOSE))])).is_private());
    lock.execute_batch("ROLLBACK").expect("let go");
    drop(lock);
    wait_until("the channels are known", || !bot.ask(DOSE).is_private());
}

/// The bot writes its settings from memory into the new store that replaces the broken one.
#[test]
fn a_store_that_breaks_while_the_bot_runs_loses_no_setting() {
    let mut bot = Bot::start();
    bot.moderate("channel", &[("mode", json!("private"))]);
    let nonsense = "this is no database any more".repeat(4_000);
    for end in ["", "-wal"] {
        bot.world.write(&format!("verbatim.db{end}"), &nonsense);
    }
    wait_until("the store is set aside", || {
        bot.moderate("audit", &[]);
        bot.log().contains("it was set aside")
    });
    bot.wait_for_log("were written to the new store");
    bot.restart();
    assert!(bot.ask(DOSE).is_private());
    let elsewhere = Spot { channel: Spot::channel().channel + 77, ..Spot::channel() };
    let event = events::slash(&elsewhere, &reader(), "mel ask", &[("question", json!(DOSE))]);
    assert!(!bot.reply_to(&event).is_private(), "there is nothing to confirm");
}
