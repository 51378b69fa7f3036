//! Buttons, the other ways to ask, and stored data.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::bot::{Bot, admin, custom_id, labels, moderator, reader, settings, slash, text};
use crate::fixture::{self, DISCLAIMER};
use crate::world::World;
use discord_double::Double;
use discord_double::events;
use discord_double::people::{APPLICATION, Person, Spot};
use discord_double::record::Way;

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

#[test]
fn there_are_other_ways_to_ask() {
    let bot = Bot::start();
    let words = "What is the usual dose of melatonin?";
    let direct = events::message(&Spot::direct(reader().id), &reader(), words);
    assert!(text(&bot.reply_to(&direct).body).contains("2 mg"));
    let earlier = bot.double.earlier_message(&Spot::channel(), &json!({ "content": "earlier" }));
    let reply = events::message(&Spot::channel(), &reader(), words).replying_to(&earlier);
    assert!(text(&bot.reply_to(&reply).body).contains("2 mg"));
    let said = events::message_object(99, &Spot::channel(), &Person::new(88, "bo"), words);
    let asked =
        bot.reply_to(&events::message_command(&Spot::channel(), &reader(), "Ask the knowledge base", &said));
    assert!(asked.is_private() && text(&asked.body).contains("2 mg"), "{}", text(&asked.body));
    let silent = events::message_object(98, &Spot::channel(), &Person::new(88, "bo"), "");
    let asked = bot.reply_to(&events::message_command(
        &Spot::channel(),
        &reader(),
        "Ask the knowledge base",
        &silent,
    ));
    assert!(text(&asked.body).contains("no words"), "{}", text(&asked.body));
    let help = events::message(&Spot::channel(), &reader(), &format!("<@{APPLICATION}>"))
        .mentioning(&[&Person::bot()]);
    assert!(text(&bot.reply_to(&help).body).contains("/mel sideeffects"));
    let typed = events::autocomplete(&Spot::channel(), &reader(), "mel ask", "question", "side");
    let offered = bot.reply_to(&typed);
    assert_eq!(offered.way, Way::Callback(8));
    assert!(
        offered.body["choices"].as_array().is_some_and(|choices| choices.len() <= 25),
        "{}",
        offered.body
    );
    assert!(text(&bot.reply_to(&slash("sources", &[])).body).contains("Melatonin: a review"));
}

#[test]
fn what_people_type_is_no_markup_and_stands_nowhere() {
    let bot = Bot::with(World::new().file("verbatim.toml", settings()), Double::start());
    let typed = "@everyone <@&1> [x](https://evil.example) `melatonnin` quixotry dose?";
    let reply = bot.ask(typed);
    let sent = reply.body.to_string();
    assert!(!sent.contains("@everyone") && !sent.contains("evil.example"), "{sent}");
    assert_eq!(reply.body["allowed_mentions"], json!({ "parse": [] }));
    let card = bot.ask("I took 40 tablets of melatonin and I cannot breathe");
    assert!(
        text(&card.body).ends_with(DISCLAIMER) && text(&card.body).contains("emergency"),
        "{}",
        text(&card.body)
    );
    let folder = bot.world.path(".");
    let mut open = vec![folder];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path).expect("a folder").filter_map(Result::ok).map(|entry| entry.path()),
            );
        } else if path.file_name().is_some_and(|name| name != "verbatim") {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let holds = bytes.windows(8).any(|window| window == b"quixotry");
            assert!(!holds, "{} holds the words of a question", path.display());
        }
    }
    assert!(!bot.log().contains("quixotry"), "{}", bot.log());
}

#[test]
fn a_locked_store_stops_no_answer_and_is_told() {
    let bot = Bot::start();
    let lock = rusqlite::Connection::open(bot.world.path("verbatim.db")).expect("the store");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let answer = bot.ask("What is the usual dose of melatonin?");
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

#[test]
fn figures_are_served() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let bot = Bot::with_settings(&format!("[metrics]\nlisten = \"127.0.0.1:{port}\""));
    bot.ask("What is the usual dose of melatonin?");
    bot.reply_to(&admin(&moderator(), "status", &[]));
    bot.moderate("reindex", &[]);
    let page = figures(port);
    for figure in [
        "verbatim_questions_total{base=\"mel\",outcome=\"answer\"} 1",
        "verbatim_question_seconds",
        "verbatim_gateway{state=\"connected\"} 1",
        "verbatim_changes_total{base=\"mel\",what=\"reindex\",outcome=\"done\"} 1",
    ] {
        assert!(page.contains(figure), "{figure}\n{page}");
    }
}

/// The metrics page.
pub fn figures(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the page");
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("the page");
    page
}
