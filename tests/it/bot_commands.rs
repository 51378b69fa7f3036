//! Slash commands: questions, topics, evidence, help, sources, and what is offered while a user types.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bot::{Bot, labels, reader, settings, slash, text};
use crate::fixture::{self, CONDITIONS, DISCLAIMER, LONG_TOPIC};
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{Person, Spot};
use discord_double::record::{Reply, Way};

/// A base with a topic for conditions, one that is too long for a message, and `more`.
fn world(more: &str) -> World {
    let about = format!("{}{CONDITIONS}{LONG_TOPIC}{more}", fixture::ABOUT);
    World::new()
        .file("verbatim.toml", settings())
        .file("knowledge/mel/base.toml", about)
        .source("guide.md", fixture::guide())
}

/// The replies to a topic that takes as many messages as its title says.
fn pages(bot: &Bot, event: &Event, title: &str) -> Vec<Reply> {
    let id = bot.double.send(event);
    let first = bot.double.next_reply_to(id);
    let told = text(&first.body);
    let count = told.strip_prefix(&format!("{title} (1 of ")).and_then(|rest| rest.split_once(')'));
    let count: usize = count.and_then(|(count, _)| count.parse().ok()).unwrap_or_else(|| panic!("{told}"));
    let rest = (1..count).map(|_| bot.double.next_reply_by(Way::FollowUp, id)).collect::<Vec<_>>();
    std::iter::once(first).chain(rest).collect()
}

#[test]
fn a_question_is_answered_with_quotes_and_the_disclaimer() {
    let bot = Bot::start();
    let reply = bot.ask("What is the usual dose of melatonin?");
    assert!(!reply.is_private());
    insta::assert_snapshot!("an_answer", shown(&reply));
    let private = bot.reply_to(&slash("ask", &[("question", json!("jet lag?")), ("private", json!(true))]));
    assert!(private.is_private());
    insta::assert_snapshot!("a_private_answer", shown(&private));
    insta::assert_snapshot!("not_covered", shown(&bot.ask("Can I take it with ibuprofen and hedache?")));
    insta::assert_snapshot!("no_words", shown(&bot.ask("🙂🙂")));
}

#[test]
fn every_topic_is_shown_whole() {
    let bot = Bot::with(world(""), Double::start());
    for (name, title, words) in [
        ("sideeffects", "Side effects", "Headache is the most common side effect"),
        ("dosage", "Dosage", "The usual dose of melatonin is 2 mg"),
        ("interactions", "Interactions", "raise the effect of warfarin"),
        ("evidence", "Evidence", "seven minutes"),
    ] {
        for private in [false, true] {
            let reply = bot.reply_to(&slash(name, &[("private", json!(private))]));
            let told = text(&reply.body);
            let plain = told.replace("**", "");
            assert!(told.starts_with(title) && plain.contains(words) && told.ends_with(DISCLAIMER), "{told}");
            assert_eq!(reply.is_private(), private, "{name}");
        }
    }
    for private in [false, true] {
        let pages = pages(&bot, &slash("guide", &[("private", json!(private))]), "The guide");
        let told: Vec<String> = pages.iter().map(|page| text(&page.body)).collect();
        for night in 1..=40 {
            let told = told.iter().filter(|told| told.contains(&format!("In night {night} the"))).count();
            assert_eq!(told, 1, "night {night}");
        }
        assert!(pages.iter().all(|page| page.is_private() == private));
        assert!(told.iter().all(|told| told.ends_with(DISCLAIMER)), "{told:?}");
    }
    let gone = bot.double.send_outdated(&slash("opium", &[]));
    let gone = bot.double.next_reply_to(gone);
    assert!(gone.is_private(), "nobody else needs to know");
    insta::assert_snapshot!("a_topic_that_is_gone", shown(&gone));
    let unknown = events::slash(&Spot::channel(), &reader(), "xyz ask", &[("question", json!("dose?"))]);
    let unknown = bot.double.next_reply_to(bot.double.send_outdated(&unknown));
    assert!(unknown.is_private());
    insta::assert_snapshot!("an_unknown_command", shown(&unknown));
}

#[test]
fn evidence_is_asked_for_one_condition() {
    let bot = Bot::with(world(""), Double::start());
    let evidence = |condition: &str| bot.reply_to(&slash("evidence", &[("condition", json!(condition))]));
    insta::assert_snapshot!("evidence_for_a_condition", shown(&evidence("jet-lag")));
    let typed = text(&evidence(" Time zone change ").body);
    assert!(typed.starts_with("Evidence\n") && typed.contains("relief from jet lag"), "{typed}");
    insta::assert_snapshot!("evidence_for_none", shown(&evidence("gout")));
    let strange = text(&evidence("**@everyone** [x](https://evil.example)").body);
    assert!(strange.starts_with("Evidence\n") && strange.contains("do not cover this"), "{strange}");
    let card = evidence("I want to kill myself");
    assert!(card.is_private() && text(&card.body).contains("988"), "{}", text(&card.body));
}

#[test]
fn help_and_sources_are_told() {
    let bot = Bot::with(world(""), Double::start());
    let help = bot.reply_to(&slash("help", &[]));
    assert!(help.is_private(), "it is long, and one person asked for it");
    insta::assert_snapshot!("help", shown(&help));
    let sources = bot.reply_to(&slash("sources", &[]));
    assert!(sources.is_private(), "so is the list of sources");
    insta::assert_snapshot!("sources", shown(&sources));
    assert!(bot.reply_to(&slash("sources", &[("private", json!(true))])).is_private());
    assert!(!bot.reply_to(&slash("sources", &[("private", json!(false))])).is_private());
}

#[test]
fn what_is_typed_is_completed() {
    let mut many = String::new();
    let mut review = fixture::REVIEW.to_owned();
    for number in 0..40 {
        let (id, name) = (format!("pox-{number}"), format!("pox of kind {number}"));
        many.push_str(&format!(
            "\n[[concept]]\nid = \"{id}\"\ntitle = \"{name}\"\nkind = \"condition\"\nnames = [\"{name}\"]\n"
        ));
        review = review.replace("\n## References", &format!("\nThe {name} was seen.\n\n## References"));
    }
    let questions: String = (0..40)
        .map(|number| {
            format!(
                "\n[[question]]\nask = \"Is {number} mg the usual dose?\"\nexpect = [\"The usual dose\"]\n"
            )
        })
        .collect();
    let world = world(&many).source("review.md", review).file("knowledge/mel/questions.toml", questions);
    let bot = Bot::with(world, Double::start());
    let offered = |subcommand: &str, option: &str, typed: &str| {
        let event =
            events::autocomplete(&Spot::channel(), &reader(), &format!("mel {subcommand}"), option, typed);
        let reply = bot.double.next_reply_to(bot.double.send_outdated(&event));
        assert_eq!(reply.way, Way::Callback(8));
        let choices = reply.body["choices"].as_array().cloned().expect("a list");
        assert!(choices.len() <= 25, "{}", choices.len());
        choices.iter().map(|choice| (named(choice, "name"), named(choice, "value"))).collect::<Vec<_>>()
    };
    assert_eq!(offered("ask", "question", "").len(), 5, "one a topic");
    assert_eq!(offered("ask", "question", "usual dose").len(), 25);
    let warfarin = "Does melatonin interact with warfarin?".to_owned();
    assert_eq!(offered("ask", "question", "does MELATONIN int"), [(warfarin.clone(), warfarin.clone())]);
    assert_eq!(offered("ask", "question", "melatonin warfarn"), [(warfarin.clone(), warfarin)]);
    assert_eq!(offered("ask", "question", "xyzzy plugh"), []);
    assert_eq!(offered("ask", "question", &"qzx ".repeat(500)), []);
    assert_eq!(offered("ask", "question", &"\u{202e}🙂".repeat(1_000)).len(), 5, "nothing to look for");
    assert_eq!(offered("evidence", "condition", "").len(), 25);
    let jet_lag = ("jet lag".to_owned(), "jet-lag".to_owned());
    assert_eq!(offered("evidence", "condition", "time zone"), std::slice::from_ref(&jet_lag));
    assert_eq!(offered("evidence", "condition", "time zonne"), [jet_lag]);
    assert_eq!(offered("evidence", "condition", "gout"), [], "no source names it");
    assert_eq!(offered("evidence", "strange", "jet"), []);
    assert_eq!(offered("opium", "question", "").len(), 5, "the option says what it is");
    let unknown = events::autocomplete(&Spot::channel(), &reader(), "xyz ask", "question", "d");
    let unknown = bot.double.next_reply_to(bot.double.send_outdated(&unknown));
    assert_eq!(unknown.body["choices"], json!([]));
    assert!(!bot.log().contains("xyzzy"), "typed text is not logged");
}

fn named(choice: &Value, name: &str) -> String {
    choice[name].as_str().expect("text").to_owned()
}

#[test]
fn a_message_of_somebody_can_be_asked() {
    let bot = Bot::start();
    let asked = |content: &str| {
        let said = events::message_object(77, &Spot::channel(), &Person::new(9, "bob"), content);
        bot.reply_to(&events::message_command(&Spot::channel(), &reader(), "Ask the knowledge base", &said))
    };
    let answer = asked("<@9> <:pill:12> what is the usual dose of melatonin?");
    assert!(answer.is_private() && text(&answer.body).contains("2 mg"), "{}", text(&answer.body));
    for silent in ["", "  ", "<:pill:12>"] {
        let told = asked(silent);
        assert!(told.is_private());
        assert!(text(&told.body).contains("no words that I can look up"), "{}", text(&told.body));
    }
    let card = asked("my toddler swallowed all of the melatonin tablets");
    assert!(card.is_private() && text(&card.body).contains("may be an emergency"), "{}", text(&card.body));
    assert_eq!(labels(&card.body), Vec::<String>::new());
}

/// What a user sees of a reply: its text and buttons.
fn shown(reply: &Reply) -> String {
    let buttons: Vec<String> = labels(&reply.body).iter().map(|label| format!("[{label}]")).collect();
    format!("{}\n{}", text(&reply.body), buttons.join(" "))
}

#[test]
fn a_very_long_value_costs_nothing_while_it_is_typed() {
    let questions: String = (0..80)
        .map(|at| format!("[[question]]\nask = \"What is the usual dose of melatonin in trial number {at}?\"\nexpect = [\"2 mg\"]\n\n"))
        .collect();
    let world =
        World::new().file("verbatim.toml", settings()).file("knowledge/mel/questions.toml", questions);
    let bot = Bot::with(world, Double::start());
    let typed = |words: &str| events::autocomplete(&Spot::channel(), &reader(), "mel ask", "question", words);
    // Only the first hundred characters count, whatever they are.
    let beginning = "What is the usual dose of melatonin in trial number 7";
    let padded = format!("{beginning:<100}{}", "x".repeat(5_900));
    let offered = |words: &str| bot.reply_to(&typed(words)).body["choices"].clone();
    assert_eq!(offered(&padded), offered(&format!("{beginning:<100}")));
    assert!(offered(&padded).as_array().is_some_and(|choices| !choices.is_empty()));
    assert_eq!(offered(&"ä".repeat(6_000)), offered(&"ä".repeat(100)));
    // Many people typing at once delay nobody's question.
    for _ in 0..200 {
        bot.double.send(&typed(&"melatonin dose ".repeat(400)));
    }
    let asked =
        bot.double.send(&slash("ask", &[("question", json!("What is the usual dose of melatonin?"))]));
    assert!(text(&bot.double.next_reply_to(asked).body).contains("2 mg"));
    let waited = bot.double.question(asked).until_acknowledged().expect("an answer");
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}
