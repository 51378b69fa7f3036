//! Every message that a user gets, whatever is asked and whatever the sources say: Discord accepts it, it has the
//! disclaimer, nobody is pinged, and only the program's own markup is active.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use verbatim_core::answer::quote_by_id;
use verbatim_core::answer::reply::Reply;
use verbatim_core::engine::Engine;
use verbatim_core::render::card::{self, Card, View};

use crate::bot::raw_text;
use crate::fixture::{DISCLAIMER, SETTINGS};
use crate::world::{World, open};
use discord_double::checks;

/// The number of bases, and of questions to each.
const BASES: u32 = 8;
const QUESTIONS: usize = 12;

/// Parts of texts that Discord, Markdown or a careless program would take for more than words.
const PARTS: [&str; 28] = [
    "melatonin",
    "dose",
    "2 mg",
    "headache",
    "must not",
    "@everyone",
    "@here",
    "<@501>",
    "<@&1>",
    "<#2>",
    "</ask:1>",
    "[x](https://evil.example)",
    "[y](javascript:alert(1))",
    "https://evil.example/a_b_c",
    "**bold**",
    "__u__",
    "||s||",
    "`code`",
    "```",
    "~~no~~",
    "<a:b:1>",
    "<t:1:R>",
    "5 \\* 3 \\_ 2",
    "\u{202e}",
    "🙂",
    "д\u{301}",
    "[1]",
    "第三",
];

/// Markup that is active in Discord unless a backslash precedes it.
const MARKUP: [&str; 11] =
    ["@everyone", "@here", "<@", "<#", "</ask", "<t:", "<a:", "](javascript", "](https://evil", "||", "```"];

/// A paragraph: sentences made of such parts, some of them long.
fn paragraph() -> impl Strategy<Value = String> {
    let sentence = |longest| {
        proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 1..longest)
            .prop_map(|parts| format!("The {}. ", parts.join(" ")))
    };
    let usual = proptest::collection::vec(sentence(12), 1..6).prop_map(|all| all.concat());
    prop_oneof![6 => usual, 1 => sentence(600)]
}

/// The sources of a base, and the questions.
fn worlds() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let parts = proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 0..10);
    let question =
        prop_oneof![3 => parts.prop_map(|parts| parts.join(" ")), 1 => ".{0,60}".prop_map(String::from)];
    let source = proptest::collection::vec(paragraph(), 1..14).prop_map(|all| all.join("\n\n"));
    (proptest::collection::vec(source, 1..4), proptest::collection::vec(question, QUESTIONS))
}

/// A base of these texts, with a topic that shows all of the first one.
fn world(sources: &[String]) -> World {
    let about = format!(
        "title = \"A base\"\ndescription = \"Anything\"\ndisclaimer = \"{DISCLAIMER}\"\nsubject = []\n\n[[topic]]\n\
         name = \"all\"\ntitle = \"[All](https://evil.example) @everyone\"\ndescription = \"All\"\n\
         show = [{{ source = \"source-0\", section = \"Texts\" }}]\n"
    );
    let mut world = World::empty()
        .file("verbatim.toml", SETTINGS)
        .file("knowledge/medical.toml", crate::fixture::MEDICAL)
        .file("knowledge/mel/base.toml", about);
    for (at, text) in sources.iter().enumerate() {
        let front = "+++\ntitle = \"<@501> **T** [a](https://evil.example)\"\npublisher = \"@here `P`\"\n\
                     url = \"https://sleep.example.org/a_(b)\"\nlicence = \"||L||\"\n+++";
        world =
            world.source(&format!("source-{at}.md"), format!("{front}\n\n# A text\n\n## Texts\n\n{text}\n"));
    }
    world
}

/// Every message that a user can get from a question.
fn messages(engine: &Engine, question: &str) -> Vec<Card> {
    let snapshot = engine.snapshot();
    let corpus = &snapshot.corpus;
    let view = |superseded| View { lexicon: &snapshot.lexicon, topics: &corpus.topics, superseded };
    let reply = engine.ask(question);
    let body = reply.body();
    let mut cards = vec![card::reply(&reply, &view(false)), card::titled(&reply, question, &view(true))];
    cards.push(card::more(&engine.requote(&body.further), &view(false)));
    let passages: Vec<_> = body
        .quotes
        .iter()
        .chain(&body.related)
        .filter_map(|cited| quote_by_id::digits(&cited.passage))
        .collect();
    let whole: Reply = engine.in_context(&passages);
    cards.extend(card::context(&whole, &view(true)));
    cards.extend(card::sources(&whole, &corpus.documents, &view(false)));
    cards
}

#[track_caller]
fn hold(card: &Card, question: &str) {
    let message: Value = card.message();
    let found = checks::message(&message);
    assert!(found.is_empty(), "{question:?}: {found:#?}\n{message:#}");
    let disclaimer = message["embeds"][0]["footer"]["text"].as_str();
    assert_eq!(disclaimer, Some(DISCLAIMER), "{question:?}");
    let sent = raw_text(&message);
    let escaped = |(at, _): (usize, &str)| sent[..at].ends_with('\\');
    for part in MARKUP {
        assert!(sent.match_indices(part).all(escaped), "{part} in reply to {question:?}: {sent}");
    }
}

#[test]
fn any_message_can_be_sent_and_is_inert() {
    let config =
        Config { cases: BASES, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let run = TestRunner::new(config).run(&worlds(), |(sources, questions)| {
        let world = world(&sources);
        let engine = open(&world).engine;
        let snapshot = engine.snapshot();
        let corpus = &snapshot.corpus;
        let view = View { lexicon: &snapshot.lexicon, topics: &corpus.topics, superseded: false };
        let topic = engine.topic("all").expect("the topic");
        let mut cards = card::topic(&topic, &corpus.topics[0].title, &view);
        cards.extend(card::all_sources(&corpus.documents, DISCLAIMER));
        cards.iter().for_each(|card| hold(card, "the topic"));
        for question in &questions {
            messages(&engine, question).iter().for_each(|card| hold(card, question));
        }
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
}
