//! Registering commands: which bases and topics get one, what is left out, and when commands are sent again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bot::{Bot, reader, settings, slash, text};
use crate::fixture;
use crate::world::World;
use discord_double::Double;
use discord_double::events;
use discord_double::people::{APPLICATION, GUILD, Person, Spot};

/// `base.toml` of a second base, with one topic.
const TEA: &str = r#"
title = "Tea"
description = "What a leaflet says about tea."
disclaimer = "A leaflet on tea is no medical advice."
subject = []

[[topic]]
name = "leaves"
title = "Leaves"
description = "What the leaflet says of leaves"
show = [{ source = "tea", section = "Leaves" }]
"#;

const TEA_SOURCE: &str = "+++\ntitle = \"On tea\"\npublisher = \"The Tea House\"\n+++\n\n# On tea\n\n## Leaves\n\n\
    Green leaves are steeped for three minutes. Black leaves are steeped for five minutes.\n";

/// The fixture's world with a second base.
fn world(base: &str, about: &str) -> World {
    World::new()
        .file("verbatim.toml", settings())
        .file(&format!("knowledge/{base}/base.toml"), about)
        .file(&format!("knowledge/{base}/sources/tea.md"), TEA_SOURCE)
}

fn names(commands: &[Value]) -> Vec<String> {
    let mut names: Vec<String> =
        commands.iter().filter_map(|command| command["name"].as_str()).map(str::to_owned).collect();
    names.sort();
    names
}

/// The warnings and errors in a log.
fn complaints(bot: &Bot) -> Vec<String> {
    let log = bot.log();
    let is_trouble = |line: &&str| line.contains("ERROR") || line.contains("not served");
    log.lines().filter(is_trouble).map(str::to_owned).collect()
}

#[test]
fn two_bases_have_a_command_each_and_the_default_one_answers_mentions() {
    let bot = Bot::as_is(world("tea", TEA), Double::start());
    assert_eq!(names(&bot.double.commands(None)), ["Ask the knowledge base", "mel", "tea"]);
    assert_eq!(names(&bot.double.commands(Some(GUILD))), ["mel-admin", "tea-admin"]);
    let ask = |base: &str, words: &str| {
        let event =
            events::slash(&Spot::channel(), &reader(), &format!("{base} ask"), &[("question", json!(words))]);
        text(&bot.reply_to(&event).body)
    };
    let steeped = "How long are green leaves steeped?";
    let told = ask("tea", steeped);
    assert!(
        told.contains("three minutes") && told.ends_with("A leaflet on tea is no medical advice."),
        "{told}"
    );
    assert!(ask("mel", steeped).contains("do not cover this"));
    let leaves = bot.reply_to(&events::slash(&Spot::channel(), &reader(), "tea leaves", &[]));
    assert!(text(&leaves.body).contains("Black leaves"), "{}", text(&leaves.body));
    let mention =
        events::message(&Spot::channel(), &reader(), &format!("<@{APPLICATION}> usual dose of melatonin?"))
            .mentioning(&[&Person::bot()]);
    assert!(text(&bot.reply_to(&mention).body).contains("2 mg"));
    let help = bot.reply_to(&events::slash(&Spot::channel(), &reader(), "tea help", &[]));
    assert!(
        text(&help.body).contains("/tea leaves") && !text(&help.body).contains("/mel"),
        "{}",
        text(&help.body)
    );
    assert_eq!(complaints(&bot), Vec::<String>::new());
}

#[test]
fn a_base_that_cannot_be_served_is_left_out_with_one_line() {
    for (base, about, line) in [
        ("tea", "title = ", "the base `tea` is not served"),
        ("Green Tea", TEA, "the base `Green Tea` cannot be a slash command"),
        ("mel-admin", TEA, "the base `mel-admin` cannot be a slash command"),
    ] {
        let bot = Bot::as_is(world(base, about), Double::start());
        assert_eq!(names(&bot.double.commands(None)), ["Ask the knowledge base", "mel"]);
        assert_eq!(names(&bot.double.commands(Some(GUILD))), ["mel-admin"]);
        assert!(text(&bot.ask("usual dose of melatonin?").body).contains("2 mg"));
        let told = complaints(&bot);
        assert!(told.len() == 1 && told[0].contains(line), "{base}: {told:#?}\n{}", bot.log());
    }
}

#[test]
fn without_the_default_base_the_other_one_answers() {
    let world = world("tea", TEA).file("knowledge/mel/base.toml", "title = ");
    let bot = Bot::as_is(world, Double::start());
    assert_eq!(names(&bot.double.commands(None)), ["Ask the knowledge base", "tea"]);
    let mention =
        events::message(&Spot::channel(), &reader(), &format!("<@{APPLICATION}> steeped black leaves?"))
            .mentioning(&[&Person::bot()]);
    assert!(text(&bot.reply_to(&mention).body).contains("five minutes"));
    assert_eq!(complaints(&bot).len(), 1, "{}", bot.log());
}

#[test]
fn commands_are_sent_again_only_where_something_changed() {
    let mut bot = Bot::start();
    let sent = |bot: &Bot| bot.double.received("PUT", "/applications/**").len();
    bot.restart();
    assert_eq!(sent(&bot), 2, "everywhere, and in the guild");
    for (count, description) in [(3, "How much is taken"), (4, "How much")] {
        let about = fixture::ABOUT.replace("How much is taken, and when", description);
        bot.world.write("knowledge/mel/base.toml", about);
        match count {
            3 => drop(bot.moderate("reindex", &[])),
            _ => drop(bot.world.run(["index"]).succeeds()),
        }
        bot.double.wait("the changed command", Duration::from_secs(15), |state| {
            let commands = state.commands.get(&None)?;
            commands
                .iter()
                .any(|command| command.to_string().contains(&format!("{description:?}")))
                .then_some(())
        });
        assert_eq!(sent(&bot), count, "once, without a restart");
    }
    bot.restart();
    assert_eq!(sent(&bot), 4);
}

#[test]
fn another_process_may_index_while_the_bot_serves() {
    let bot = Bot::start();
    let answer = bot.ask("What is the usual dose of melatonin?");
    bot.world.write("knowledge/mel/sources/leaflet.md", fixture::changed_leaflet());
    bot.world.run(["index"]).succeeds();
    bot.wait_for_log("another process published");
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("3 mg"));
    let since = "This knowledge base has been updated since that answer";
    for label in ["In context", "Sources"] {
        let told = text(&bot.press(&answer, label).body);
        assert!(told.contains(since), "{label}: {told}");
    }
    let gone = text(&bot.press(&answer, "In context").body);
    insta::assert_snapshot!("a_passage_that_is_gone", gone);
    let newer = bot.world.current();
    bot.world.run(["rollback"]).succeeds();
    bot.double.wait("the old generation", Duration::from_secs(10), |_| {
        (bot.log().matches("another process published").count() == 2).then_some(())
    });
    assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"));
    let told = text(&bot.press(&answer, "In context").body);
    assert!(!told.contains(since) && told.contains("must not be taken with food"), "{told}");
    damaged(&bot, &newer);
}

/// A generation that cannot be read is reported once, and the previous one continues to answer.
fn damaged(bot: &Bot, generation: &str) {
    bot.world.write(&format!("index/mel/{generation}/corpus.bin"), "damaged");
    bot.world.write("index/mel/CURRENT", format!("{generation}\n"));
    bot.wait_for_log("still answering from the previous generation");
    // The list of withheld passages is looked at after the generation, every time; when the second problem is logged,
    // the generation has been looked at again.
    for (problem, told) in [("[[withheld]\n", "withheld.toml:1: "), ("[[withhold]]\n", "no key `withhold`")] {
        bot.world.write("knowledge/mel/withheld.toml", problem);
        bot.wait_for_log(told);
    }
    assert_eq!(bot.log().matches("still answering from the previous generation").count(), 1, "{}", bot.log());
    assert!(text(&bot.reply_to(&slash("ask", &[("question", json!("usual dose?"))])).body).contains("2 mg"));
}

#[test]
fn a_command_without_a_description_gets_its_title() {
    let about =
        TEA.replace("What a leaflet says about tea.", " ").replace("What the leaflet says of leaves", "");
    let bot = Bot::as_is(world("tea", &about), Double::start());
    let commands = bot.double.commands(None);
    let tea = commands.iter().find(|command| command["name"] == "tea").expect("it is offered all the same");
    assert_eq!(tea["description"], "Tea");
    let options = tea["options"].as_array().expect("subcommands");
    let leaves = options.iter().find(|option| option["name"] == "leaves").expect("the topic");
    assert_eq!(leaves["description"], "Leaves");
}

/// Discord allows 25 subcommands, and four are the bot's own.
#[test]
fn topics_without_a_subcommand_of_their_own_share_one() {
    let (about, topic) = TEA.split_once("\n[[topic]]").expect("a topic");
    let topics: Vec<String> = (0..23)
        .map(|number| format!("\n[[topic]]{}", topic.replace("\"leaves\"", &format!("\"leaves{number}\""))))
        .collect();
    let bot = Bot::as_is(world("tea", &format!("{about}{}", topics.concat())), Double::start());
    assert_eq!(complaints(&bot), Vec::<String>::new());
    let ask = |command: &str, options: &[(&str, Value)]| {
        text(&bot.reply_to(&events::slash(&Spot::channel(), &reader(), command, options)).body)
    };
    assert!(ask("tea leaves19", &[]).contains("Black leaves"));
    assert!(ask("tea topic", &[("name", json!("leaves22"))]).contains("Black leaves"));
    let help = ask("tea help", &[]);
    assert!(help.contains("/tea leaves19`") && help.contains("/tea topic name:leaves22"), "{help}");
}
