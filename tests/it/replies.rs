//! Every reply to any text, tested in-process: no reply lacks the disclaimer, and every quote is whole
//! sentences of a source.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use verbatim_core::answer::reply::{Cited, Kind, Reply};
use verbatim_core::engine::Engine;
use verbatim_core::question::triage::Category;

use crate::fixture::DISCLAIMER;
use crate::world::{World, open};

const CASES: u32 = 60;

/// Words that lead to content of the fixture base, to a card, or nowhere.
const WORDS: [&str; 40] = [
    "melatonin",
    "dose",
    "usual",
    "2 mg",
    "side effects",
    "headache",
    "vivid dreams",
    "warfarin",
    "caffeine",
    "ibuprofen",
    "jet lag",
    "receptor",
    "MT1",
    "asleep",
    "seven minutes",
    "What is",
    "does it",
    "not",
    "never",
    "should I stop",
    "I'm 45",
    "my daughter",
    "can't breathe",
    "kill myself",
    "overdose",
    "tablets",
    "melatonim",
    "hedaache",
    "?",
    ".",
    "\n",
    "**",
    "[1]",
    "<@123>",
    "\u{202e}",
    "ﬁ",
    "é",
    "🙂",
    "第",
    "%s",
];

/// Personal details; each alone triggers the card.
const DETAILS: [&str; 6] = [
    "jane@example.org",
    "NHS number 9994580760",
    "dob 12/03/1971",
    "07700 900123",
    "MRN 00123456",
    "123 Main Street, Springfield, IL 62701",
];

/// Words of the fixture base in any order, so that many are answered.
fn sensible() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..12)
        .prop_map(|words| words.join(" "))
}

/// Any text, including texts longer than a question may be.
fn anything() -> impl Strategy<Value = String> {
    let letters = proptest::collection::vec(any::<char>(), 0..3_000).prop_map(String::from_iter);
    let printable = "\\PC{0,300}";
    prop_oneof![
        letters,
        printable.prop_map(String::from),
        (sensible(), ".{0,20}").prop_map(|(a, b)| format!("{a} {b}"))
    ]
}

#[track_caller]
fn hold<S: Strategy>(strategy: S, property: impl Fn(&Engine, S::Value)) {
    let world = World::new().indexed();
    let engine = open(&world).engine;
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&strategy, |value| {
        property(&engine, value);
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
}

/// Checks that a quote is a run of whole sentences of the source it names, letter for letter.
fn check_quote(engine: &Engine, cited: &Cited) {
    let snapshot = engine.snapshot();
    let documents = &snapshot.corpus.documents;
    let document = documents.iter().find(|document| document.id == cited.quote.source()).expect("its source");
    let span = cited.quote.span();
    assert_eq!(span.get(document.text()), Some(cited.quote.text()));
    let sentences = document.sentences();
    let first =
        sentences.iter().find(|sentence| sentence.span.start == span.start).expect("begins with a sentence");
    let last = sentences.iter().find(|sentence| sentence.span.end == span.end).expect("ends with a sentence");
    assert_eq!(first.passage, last.passage);
    assert_eq!(document.passages()[first.passage as usize].id, cited.passage);
}

fn check_reply(engine: &Engine, reply: &Reply) {
    assert_eq!(reply.disclaimer(), DISCLAIMER);
    let body = reply.body();
    body.quotes.iter().chain(&body.related).for_each(|cited| check_quote(engine, cited));
    let characters: usize = body.quotes.iter().map(|cited| cited.quote.text().chars().count()).sum();
    assert!(
        body.quotes.len() <= 3 && characters <= 1_200,
        "{} quotes, {characters} characters",
        body.quotes.len()
    );
    assert!(body.related.len() <= 2, "{} related", body.related.len());
    let category = body.notice.as_ref().map(|notice| notice.category);
    if category == Some(Category::Identifiers) {
        assert_eq!(reply.question(), None);
        assert_eq!((body.kind, body.quotes.len(), body.repairs.len()), (Kind::Notice, 0, 0));
    }
    assert!(body.kind != Kind::Notice || body.notice.is_some(), "a notice without a card");
    assert!(body.kind != Kind::Invalid || body.why.is_some(), "an invalid question without a reason");
    assert!(body.kind == Kind::Answer || body.quotes.is_empty(), "quotes in a reply of kind {:?}", body.kind);
    assert!((0.0..=1.0).contains(&body.confidence), "{}", body.confidence);
}

/// Checks that nothing typed is rendered as markup.
fn check_rendering(engine: &Engine, reply: &Reply) {
    let snapshot = engine.snapshot();
    let told = verbatim_core::render::terminal::Terminal::new(80, &snapshot.lexicon).reply(reply);
    let told = told.as_str();
    assert!(told.contains(DISCLAIMER), "{told}");
    let codes = told.matches('\u{1b}').count();
    assert_eq!(codes, told.matches("\u{1b}[").count(), "an escape of the reader's own: {told:?}");
    verbatim_core::render::json::line(reply, None, 0).parse::<serde_json::Value>().expect("JSON");
}

#[test]
fn any_text_gets_a_proper_reply() {
    hold(anything(), |engine, text| {
        let reply = engine.ask(&text);
        check_reply(engine, &reply);
        check_rendering(engine, &reply);
        let readable = !text.trim().is_empty() && text.chars().count() <= 2_000;
        // Triage comes first: a text too long for a question may still get a card.
        assert!(
            readable || matches!(reply.body().kind, Kind::Invalid | Kind::Notice),
            "{:?}",
            reply.body().kind
        );
    });
}

#[test]
fn words_of_the_sources_get_a_proper_reply_on_every_page() {
    hold(sensible(), |engine, text| {
        let mut shown: Vec<(String, verbatim_core::text::span::Span)> = Vec::new();
        for page in 0..4 {
            let reply = engine.ask_page(&text, page);
            check_reply(engine, &reply);
            let answered = reply.body().kind == Kind::Answer;
            assert!(
                page > 0 || !answered || !reply.body().quotes.is_empty(),
                "an answer without quotes: {text}"
            );
            for cited in reply.body().quotes.iter().filter(|_| answered) {
                let place = (cited.quote.source().to_owned(), cited.quote.span());
                assert!(!shown.contains(&place), "shown twice: {}", cited.quote.text());
                shown.push(place);
                check_quote(engine, &engine.context(cited).expect("its passage"));
            }
        }
    });
}

#[test]
fn personal_details_are_never_repeated() {
    let strategy = (sensible(), proptest::sample::select(DETAILS.to_vec()), sensible());
    hold(strategy, |engine, (before, detail, after)| {
        let reply = engine.ask(&format!("{before} I wrote {detail} there {after}"));
        check_reply(engine, &reply);
        let told = verbatim_core::render::json::line(&reply, None, 0);
        let urgent =
            reply.body().notice.as_ref().is_some_and(|notice| notice.category < Category::Identifiers);
        assert!(urgent || !told.contains(detail), "{told}");
    });
}
