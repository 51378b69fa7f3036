//! REST failures, and how the bot ends.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::bot::{Bot, reader, settings, slash, text, wait_until};
use crate::fixture::DISCLAIMER;
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::fault::Failing;
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::state::Forbidden;

const CALLBACK: &str = "/interactions/*/*/callback";
const MESSAGES: &str = "/channels/*/messages";

fn mention(spot: &Spot, person: &Person) -> Event {
    let words = format!("<@{APPLICATION}> What is the usual dose of melatonin?");
    events::message(spot, person, &words).mentioning(&[&Person::bot()])
}

fn question() -> Event {
    slash("ask", &[("question", json!("What is the usual dose of melatonin?"))])
}

#[test]
fn a_reply_comes_once_whatever_becomes_of_a_request() {
    let mut bot = Bot::start();
    let mut questions = Vec::new();
    let failures = [
        Failing::RateLimited { retry_after: 0.2, is_global: false },
        Failing::Status(500),
        Failing::Status(502),
        Failing::Slow(Duration::from_millis(400)),
        Failing::Cut,
        Failing::AnswerLost,
        Failing::Garbage,
    ];
    for failing in failures {
        // For a callback, a success status means that it arrived, whatever the body says.
        if failing != Failing::Garbage {
            bot.double.fail("POST", CALLBACK, 1, failing.clone());
        }
        let asked = bot.double.send(&question());
        let shown = text(&bot.double.next_reply_to(asked).body);
        assert!(shown.contains("2 mg") && shown.ends_with(DISCLAIMER), "{failing:?}: {shown}");
        bot.double.fail("POST", MESSAGES, 1, failing.clone());
        let mentioned = bot.double.send(&mention(&Spot::channel(), &reader()));
        assert!(text(&bot.double.next_reply_to(mentioned).body).contains("2 mg"), "{failing:?}");
        questions.extend([(asked, failing.clone()), (mentioned, failing)]);
        bot.double.heal();
    }
    bot.settle();
    for (question, failing) in questions {
        assert_eq!(bot.double.question(question).replies.len(), 1, "{failing:?}");
    }
}

#[test]
fn what_fails_for_good_is_not_tried_without_end() {
    let mut bot = Bot::start();
    bot.double.fail("POST", CALLBACK, 1_000, Failing::Status(500));
    for _ in 0..3 {
        bot.double.send(&question());
    }
    bot.double.wait_for_answered("POST", CALLBACK, 15);
    bot.wait_for_log("Discord is not responding");
    bot.stop();
    let tries = bot.double.received("POST", CALLBACK).len();
    assert_eq!(tries, 15, "five for each question");
}

#[test]
fn what_is_gone_is_logged_once_and_not_tried_again() {
    let mut bot = Bot::start();
    bot.double.fail("POST", CALLBACK, 1, Failing::Slow(Duration::from_millis(200)));
    let expired = bot.double.send(&question());
    bot.double.expire(expired);
    let gone = Spot::of(discord_double::people::GUILD, 4_711);
    bot.double.fail("POST", "/channels/4711/messages", 9, Failing::Refused(404, 10_003, "Unknown Channel"));
    for _ in 0..3 {
        bot.double.send(&mention(&gone, &reader()));
    }
    bot.wait_for_log("could not respond to an interaction: it is gone");
    bot.wait_for_log("could not reply to a message: it is gone");
    assert!(text(&bot.reply_to(&question()).body).contains("2 mg"));
    bot.settle();
    let log = bot.log();
    assert_eq!(log.matches("could not respond to an interaction: it is gone").count(), 1, "{log}");
    assert_eq!(log.matches("could not reply to a message").count(), 1, "{log}");
    let tried = bot.double.received("POST", &format!("/interactions/{expired}/*/callback"));
    assert_eq!(tried.len(), 1, "nothing is retried");
    assert_eq!(bot.double.received("POST", "/channels/4711/messages").len(), 3, "nothing is retried");
}

#[test]
fn who_asks_where_the_bot_may_not_write_is_told_what_is_lacking() {
    let mut bot = Bot::start();
    let silent = Spot::thread();
    bot.double.forbid(&silent, Some(Forbidden::Writing));
    for _ in 0..2 {
        bot.double.send(&mention(&silent, &reader()));
    }
    let direct = Spot::direct(reader().id);
    let told = bot.double.wait("a direct message", Duration::from_secs(10), |state| {
        let written = state.messages.values().find(|kept| kept.channel == direct.channel);
        written.map(|kept| kept.object.clone())
    });
    let shown = text(&told);
    assert!(shown.contains("Send Messages in Threads") && shown.contains("View Channel"), "{shown}");
    bot.wait_for_log(
        "cannot reply to a message: the bot lacks a permission there; it needs View Channel, Send Messages",
    );
    let closed = Person::new(987_654_321_012_345_678, "eve");
    bot.double.refuse_direct_messages(closed.id);
    bot.double.send(&mention(&silent, &closed));
    bot.wait_for_log("cannot send a direct message");
    bot.settle();
    assert!(!bot.log().contains(&closed.id.to_string()), "who asked is in the log: {}", bot.log());
    assert_eq!(bot.double.written_in(&direct).len(), 1, "once per minute and person");
}

#[test]
fn a_guild_or_channel_that_goes_takes_what_was_kept_of_it() {
    let bot = Bot::start();
    let posted = bot.ask("What is the usual dose of melatonin?").message.expect("a message").to_string();
    let kept = || bot.world.run(["store", "export"]).out.contains(&posted);
    wait_until("the post is noted", kept);
    bot.double.send(&events::guild_delete(discord_double::people::GUILD, true));
    // Events come in order, so the outage has been handled when this question is answered.
    bot.reply_to(&question());
    assert!(kept() && !bot.log().contains("removed from a guild"), "an outage is no removal");
    bot.double.send(&events::channel_delete(&Spot::channel()));
    wait_until("the channel's posts are forgotten", || !kept());
    bot.double.send(&events::guild_delete(discord_double::people::GUILD, false));
    bot.wait_for_log("removed from a guild");
}

#[test]
fn everyone_is_acknowledged_in_time_when_many_ask_at_once() {
    let text = settings() + "\n[limits]\nuser_per_minute = 1000\n";
    let bot = Bot::with(World::new().file("verbatim.toml", text), Double::start());
    bot.double.fail("POST", CALLBACK, 300, Failing::Slow(Duration::from_millis(100)));
    let asked: Vec<u64> = (0..40).map(|_| bot.double.send(&question())).collect();
    for id in asked {
        bot.double.next_reply_to(id);
        let waited = bot.double.question(id).until_acknowledged().expect("an acknowledgement");
        assert!(waited < Duration::from_secs(3), "{waited:?}");
    }
}

#[test]
fn what_is_in_flight_is_answered_before_the_bot_stops() {
    for signal in ["TERM", "INT"] {
        let mut bot = Bot::start();
        bot.double.fail("POST", CALLBACK, 20, Failing::Slow(Duration::from_millis(500)));
        let asked: Vec<u64> = (0..20).map(|_| bot.double.send(&question())).collect();
        // The events are on their way; the bot reads them before the signal.
        bot.double.wait("the first requests", Duration::from_secs(10), |state| {
            (state.requests.iter().filter(|request| request.is("POST", CALLBACK)).count() >= 20).then_some(())
        });
        let began = Instant::now();
        bot.signal(signal);
        assert_eq!(bot.ends(), 0, "{}", bot.log());
        assert!(began.elapsed() < Duration::from_secs(15));
        for id in asked {
            assert!(text(&bot.double.next_reply_to(id).body).contains("2 mg"));
        }
        assert_eq!(bot.double.wait_for_close(Duration::from_secs(5)), Some(1_000));
    }
}

#[test]
fn a_reader_may_not_ask_without_end() {
    let text = settings() + "\n[limits]\nuser_per_minute = 2\n";
    let bot = Bot::with(World::new().file("verbatim.toml", text), Double::start());
    bot.reply_to(&question());
    bot.reply_to(&question());
    let refused = bot.reply_to(&question());
    let shown = crate::bot::text(&refused.body);
    assert!(refused.is_private() && shown.contains("Try again in") && shown.ends_with(DISCLAIMER), "{shown}");
    let other = Person::new(777, "bo");
    let command = events::slash(&Spot::channel(), &other, "mel ask", &[("question", json!("usual dose?"))]);
    assert!(!bot.reply_to(&command).is_private());
}

#[test]
fn a_full_disk_stops_no_answer_and_loses_nothing() {
    let mut bot = Bot::with_settings("[limits]\nuser_per_minute = 1000\nguild_per_minute = 1000\n");
    let posted = bot.ask("What is the usual dose of melatonin?").message.expect("a message").to_string();
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
            assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"), "{blocks}");
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

#[test]
fn slow_answers_of_discord_are_waited_for() {
    let bot = Bot::start();
    bot.double.fail("POST", CALLBACK, 1, Failing::Slow(Duration::from_millis(2_500)));
    bot.double.fail("POST", MESSAGES, 1, Failing::Slow(Duration::from_secs(5)));
    let asked = [bot.double.send(&question()), bot.double.send(&mention(&Spot::channel(), &reader()))];
    bot.double.next_request("POST", MESSAGES);
    // Questions are answered meanwhile without waiting for them.
    let began = Instant::now();
    let other = Person::new(831, "bo");
    assert!(text(&bot.reply_to(&mention(&Spot::channel(), &other)).body).contains("2 mg"));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    for id in asked {
        assert!(text(&bot.double.next_reply_to(id).body).contains("2 mg"));
        assert_eq!(bot.double.question(id).replies.len(), 1);
    }
}

#[test]
fn figures_whose_address_is_taken_are_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let text = format!("{}\n[metrics]\nlisten = \"{address}\"\n", settings());
    let mut bot = Bot::idle(World::new().file("verbatim.toml", text).indexed(), Double::start());
    bot.run_with(|command| {
        command.env("VERBATIM_LOG", "error");
    });
    assert_eq!(bot.ends(), 1);
    let told = bot.log().replace(&address.to_string(), "[address]");
    insta::assert_snapshot!(told.trim(), @"verbatim: cannot serve metrics at [address] (`metrics.listen`): failed to create HTTP listener: Address already in use (os error 98)");
}

/// The file breaks while it is open.
#[test]
fn a_store_that_breaks_is_set_aside_while_answers_go_on() {
    let bot = Bot::start();
    let answer = bot.ask("What is the usual dose of melatonin?");
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
