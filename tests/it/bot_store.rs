//! The bot's store when it is locked, broken, full or too old: answers go on, and nothing is lost or kept too long.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bot::{Bot, admin, custom_id, moderator, reader, text, wait_until};
use crate::fixture::DISCLAIMER;
use crate::world::World;
use discord_double::events;
use discord_double::people::{GUILD, Spot};

const DOSE: &str = "What is the usual dose of melatonin?";

#[test]
fn a_broken_or_locked_store_stops_no_answer() {
    let world = World::new()
        .file("verbatim.toml", crate::bot::settings())
        .file("verbatim.db", "this is no database at all, though it is as long as one could be".repeat(64));
    let bot = Bot::with(world, discord_double::Double::start());
    assert!(text(&bot.ask("usual dose?").body).contains("2 mg"));
    let status = text(&bot.moderate("status", &[]).body);
    assert!(status.contains("set aside"), "{status}");
    let aside = std::fs::read_dir(bot.world.path(".")).expect("the folder");
    let aside =
        aside.filter_map(Result::ok).filter(|entry| entry.file_name().to_string_lossy().contains(".broken-"));
    assert_eq!(aside.count(), 1);
}

#[test]
fn a_locked_store_stops_no_answer_and_is_told() {
    let bot = Bot::start();
    let lock = rusqlite::Connection::open(bot.world.path("verbatim.db")).expect("the store");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let answer = bot.ask(DOSE);
    assert!(text(&answer.body).contains("2 mg"));
    bot.wait_for_log("the store is locked");
    assert!(text(&bot.moderate("status", &[]).body).contains("Problem with the bot's database"));
    lock.execute_batch("ROLLBACK").expect("let go");
    drop(lock);
    let thanks = bot.press(&answer, "Helpful");
    assert!(text(&thanks.body).contains("Counted"), "{}", text(&thanks.body));
    assert!(!text(&bot.moderate("status", &[]).body).contains("Problem with"));
    let rows = bot.world.run(["store", "export"]).succeeds().out;
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(rows.iter().any(|row| row["table"] == "vote"), "{rows:?}");
    bot.world.run(["store", "forget", "--all"]).exits(2).warns("--yes");
    bot.world.run(["store", "forget", "--all", "--yes"]).succeeds().says("vote: 1 row deleted");
    assert_eq!(bot.world.run(["store", "export"]).succeeds().out, "");
}

/// If the store cannot be read at the start, the channel settings are read as soon as it can be.
#[test]
fn a_private_channel_stays_private_after_a_start_with_a_locked_store() {
    let mut bot = Bot::with_settings("[limits]\nuser_per_minute = 10000\nguild_per_minute = 10000\n");
    bot.moderate("channel", &[("mode", json!("private"))]);
    bot.stop();
    let lock = bot.locks_store();
    bot.forget_log();
    bot.run();
    bot.is_ready();
    bot.wait_for_log("the store is locked");
    assert!(text(&bot.ask("usual dose?").body).contains("2 mg"));
    lock.execute_batch("ROLLBACK").expect("let go");
    drop(lock);
    wait_until("the channel is known", || bot.ask("usual dose?").is_private());
}

/// Moderator views and votes are acknowledged in time, even while the store is locked.
#[test]
fn a_store_that_is_waited_for_keeps_nobody_waiting() {
    let bot = Bot::start();
    let answer = bot.ask(DOSE);
    let message = bot.double.message(answer.message.expect("a message")).expect("the message");
    let lock = rusqlite::Connection::open(bot.world.path("verbatim.db")).expect("the store");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let vote = events::button(&Spot::channel(), &reader(), &message, &custom_id(&answer.body, "Helpful"));
    let sent = [
        bot.double.send(&vote),
        bot.double.send(&admin(&moderator(), "channel", &[("mode", json!("private"))])),
        bot.double.send(&admin(&moderator(), "status", &[])),
        bot.double.send(&admin(&reader(), "status", &[])),
    ];
    for id in sent {
        bot.double.next_reply_to(id);
        let waited = bot.double.question(id).until_acknowledged().expect("an acknowledgement");
        assert!(waited < Duration::from_millis(2_500), "{waited:?}");
    }
    drop(lock);
}

#[test]
fn what_is_kept_too_long_goes_at_the_start() {
    let mut bot = Bot::start();
    bot.ask("Does melatonin interact with ibuprofen?");
    wait_until("the gap is counted", || bot.world.run(["store", "export"]).out.contains("ibuprofen"));
    bot.stop();
    let store = rusqlite::Connection::open(bot.world.path("verbatim.db")).expect("the store");
    store.execute_batch("UPDATE gap SET week = '2019-W01'").expect("it is old now");
    drop(store);
    bot.forget_log();
    bot.run();
    bot.is_ready();
    wait_until("it is gone", || !bot.world.run(["store", "export"]).out.contains("ibuprofen"));
}

#[test]
fn a_full_disk_stops_no_answer_and_loses_nothing() {
    let mut bot = Bot::with_settings("[limits]\nuser_per_minute = 1000\nguild_per_minute = 1000\n");
    let posted = bot.ask(DOSE).message.expect("a message").to_string();
    wait_until("the post is noted", || bot.world.run(["store", "export"]).out.contains(&posted));
    bot.stop();
    let rows = bot.world.run(["store", "export"]).succeeds().out;
    // At first the store cannot even be opened; later some writes succeed.
    for (blocks, what) in [(0, "open"), (40, "open"), (72, "record a post")] {
        bot.forget_log();
        bot.run_on_full_disk(blocks);
        bot.double.wait_until_ready(1);
        let fails = format!("what=\"{what}\"");
        wait_until("the store fails", || {
            assert!(text(&bot.ask(DOSE).body).contains("2 mg"), "{blocks}");
            bot.log().contains(&fails)
        });
        assert!(bot.log().contains("check whether its disk is full"), "{}", bot.log());
        if what == "open" {
            let told = text(&bot.moderate("status", &[]).body);
            assert!(
                told.contains("Problem with the bot's database") && told.contains("disk is full"),
                "{told}"
            );
        }
        assert!(!bot.log().contains("set aside"), "{}", bot.log());
        bot.stop();
    }
    let now = bot.world.run(["store", "export"]).succeeds().out;
    for row in rows.lines().filter(|row| row.contains(&posted)) {
        assert!(now.contains(row), "{row}\n{now}");
    }
    bot.forget_log();
    bot.run();
    bot.is_ready();
    let told = text(&bot.moderate("status", &[]).body);
    assert!(!told.contains("Problem with the bot's database"), "{told}");
}

/// The file breaks while it is open.
#[test]
fn a_store_that_breaks_is_set_aside_while_answers_go_on() {
    let bot = Bot::start();
    let answer = bot.ask(DOSE);
    wait_until("the post is noted", || !bot.world.run(["store", "export"]).out.is_empty());
    let nonsense = "this is no database any more".repeat(4_000);
    for end in ["", "-wal"] {
        bot.world.write(&format!("verbatim.db{end}"), &nonsense);
    }
    // SQLite can continue from memory for a while; the audit log is read from the file.
    bot.moderate("audit", &[]);
    wait_until("the store is set aside", || {
        assert!(text(&bot.press(&answer, "Helpful").body).ends_with(DISCLAIMER));
        bot.log().contains("it was set aside")
    });
    let aside = std::fs::read_dir(bot.world.path(".")).expect("the folder").filter_map(Result::ok);
    let aside = aside.filter(|entry| entry.file_name().to_string_lossy().starts_with("verbatim.db.broken-"));
    let holds = |bytes: Vec<u8>| bytes.windows(23).any(|window| window == b"this is no database any");
    let kept = aside.filter(|entry| std::fs::read(entry.path()).is_ok_and(holds));
    assert!(kept.count() >= 1, "the broken store is still there");
    wait_until("votes are counted again", || text(&bot.press(&answer, "Helpful").body).contains("Counted"));
    let status = text(&bot.reply_to(&crate::bot::admin(&crate::bot::moderator(), "status", &[])).body);
    assert!(status.contains("set aside"), "{status}");
}

#[test]
fn a_guild_or_channel_that_goes_takes_what_was_kept_of_it() {
    let bot = Bot::start();
    let posted = bot.ask(DOSE).message.expect("a message").to_string();
    let kept = || bot.world.run(["store", "export"]).out.contains(&posted);
    wait_until("the post is noted", kept);
    bot.double.send(&events::guild_delete(GUILD, true));
    // Events come in order, so the outage has been handled when this question is answered.
    bot.ask(DOSE);
    assert!(kept() && !bot.log().contains("removed from a guild"), "an outage is no removal");
    bot.double.send(&events::channel_delete(&Spot::channel()));
    wait_until("the channel's posts are forgotten", || !kept());
    bot.double.send(&events::guild_delete(GUILD, false));
    bot.wait_for_log("removed from a guild");
}
