//! The engine's other operations besides a plain question: quoting again, passages, sources, suggestions, evidence.

use verbatim_core::answer::quote_by_id;
use verbatim_core::answer::reply::{Kind, MOST_CHARACTERS, MOST_FURTHER, MOST_QUOTES, QuoteId, Reply};
use verbatim_core::engine::followup::Before;
use verbatim_core::engine::{Engine, EngineError};
use verbatim_core::question::triage::{Category, Notice};

use crate::fixture::{self, DISCLAIMER, changed_leaflet};
use crate::world::{World, index_at, open, open_with, own_resources};

/// A source with more passages about headaches than a reply shows or names as related.
pub fn headaches() -> String {
    let mut text =
        "+++\ntitle = \"Headaches\"\npublisher = \"The Sleep Clinic\"\npublished = \"2022\"\n+++\n\n# Headaches\n"
            .to_owned();
    for (when, how) in [
        ("morning", "frequent"),
        ("noon", "rare"),
        ("evening", "seldom"),
        ("night", "usual"),
        ("spring", "harmless"),
        ("summer", "unknown"),
        ("autumn", "tiresome"),
        ("winter", "short"),
        ("childhood", "strange"),
        ("youth", "strong"),
        ("age", "weak"),
        ("travel", "dull"),
        ("storms", "sharp"),
        ("traffic", "odd"),
    ] {
        text.push_str(&format!(
            "\nHeadache in {when} is {how} with melatonin. Water relieves it, says nurse {how}.\n"
        ));
    }
    text
}

const QUESTIONS: &str = r#"
[[question]]
ask = "What is the usual dose?"
expect = ["The usual dose of melatonin is 2 mg"]

[[question]]
ask = "Is headache common?"
expect = ["Headache is the most common side effect", "Headache in morning"]

[[question]]
ask = "How long does it take to fall asleep?"
expect = ["seven minutes"]

[[question]]
ask = "hedache comon?"
expect = ["Headache is the most common side effect"]
suggest = false

[[question]]
ask = "Can ibuprofen be taken, too?"
not_covered = true
"#;

fn world() -> World {
    World::new()
        .source("headaches.md", headaches())
        .file("knowledge/mel/base.toml", format!("{}{}", fixture::ABOUT, fixture::CONDITIONS))
        .file("knowledge/mel/questions.toml", QUESTIONS)
}

fn engine(world: &World) -> Engine {
    open(world).engine
}

fn texts(reply: &Reply) -> Vec<&str> {
    reply.body().quotes.iter().map(|cited| cited.quote.text()).collect()
}

/// Every quote for a question, page after page.
fn paged(engine: &Engine, question: &str) -> Vec<String> {
    let pages = (0..).map(|page| engine.ask_page(question, page));
    let shown = pages.take_while(|reply| !reply.body().quotes.is_empty());
    shown.flat_map(|reply| texts(&reply).into_iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn withheld(passage: &str) -> String {
    format!("[[withheld]]\npassage = {passage:?}\nby = \"m\"\nat = \"2026-01-02\"\nreason = \"r\"\n")
}

#[test]
fn what_comes_after_an_answer_can_be_quoted_by_name() {
    let world = world();
    let engine = engine(&world);
    let question = "headache with melatonin";
    let all = paged(&engine, question);
    assert!(all.len() > MOST_QUOTES + MOST_FURTHER, "{all:?}");
    let first = engine.ask(question);
    let further = first.body().further.clone();
    assert_eq!(further.len(), MOST_FURTHER);
    let mut quoted: Vec<String> = texts(&first).into_iter().map(str::to_owned).collect();
    let mut rest = further;
    while !rest.is_empty() {
        let reply = engine.requote(&rest);
        let shown = texts(&reply);
        let characters: usize = shown.iter().map(|text| text.chars().count()).sum();
        assert!((1..=MOST_QUOTES).contains(&shown.len()) && characters <= MOST_CHARACTERS, "{shown:?}");
        assert_eq!(reply.body().kind, Kind::Answer);
        assert_eq!(reply.body().further, rest[shown.len()..]);
        assert_eq!((reply.question(), reply.disclaimer()), (None, DISCLAIMER));
        quoted.extend(shown.into_iter().map(str::to_owned));
        rest = reply.body().further.clone();
    }
    assert_eq!(quoted, all[..quoted.len()]);
    let later = engine.ask_page(question, 1);
    let named = first.body().further.iter().skip(later.body().quotes.len());
    assert!(named.zip(&later.body().further).all(|(first, later)| first == later));
}

/// Whatever else is wrong with a request, the text that a person typed goes through triage first.
#[test]
fn a_condition_is_triaged_before_its_topic_is_looked_up() {
    let world = world();
    let reply = engine(&world).evidence("no-such-topic", "I want to kill myself").expect("a card");
    assert_eq!((reply.body().kind, reply.question()), (Kind::Notice, None));
}

/// Triage reads the whole question of a follow-up, too, and the more urgent card counts.
#[test]
fn a_follow_up_gets_the_most_urgent_card() {
    let world = world();
    let engine = engine(&world);
    let after = |before: Before<'_>, words: &str| engine.ask_after(before, words).body().notice.clone();
    let category = |notice: Option<Notice>| notice.map(|notice| notice.category);
    let cry = "I want to kill myself with melatonin";
    assert_eq!(category(after(Before::Others(cry), "and with caffeine?")), Some(Category::SelfHarm));
    assert_eq!(category(after(Before::Own("What is the dose of melatonin?"), "and for jet lag?")), None);
}

#[test]
fn a_quote_names_itself() {
    let world = world();
    let engine = engine(&world);
    for question in ["headache with melatonin", "Does it act through a receptor, and help jet lag?"] {
        let reply = engine.ask(question);
        let ids: Vec<QuoteId> = reply.body().quotes.iter().filter_map(|cited| cited.again).collect();
        assert_eq!(engine.requote(&ids).body().quotes, reply.body().quotes);
    }
}

/// A passage that has changed, disappeared or been withheld since the message was sent is left out.
#[test]
fn quoting_from_a_later_generation() {
    let world = world();
    let engine = engine(&world);
    let dose = engine.ask("What is the usual dose of melatonin?").body().quotes[0].clone();
    let dreams = engine.ask("vivid dreams").body().quotes[0].clone();
    let caffeine = engine.ask("Does caffeine weaken the effect?").body().quotes[0].clone();
    let ids: Vec<QuoteId> = [&dose, &dreams, &caffeine].iter().filter_map(|cited| cited.again).collect();
    let passages: Vec<[u8; 6]> = ids.iter().map(|id| id.passage).collect();
    assert_eq!(texts(&engine.requote(&ids)).len(), 3);
    assert_eq!(texts(&engine.in_context(&passages)).len(), 3);
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    world.write("knowledge/mel/withheld.toml", withheld(&dreams.passage));
    index_at(&world, "2026-02-03T04:05:06Z");
    engine.reload().expect("another generation");
    let left = engine.requote(&ids);
    assert_eq!(texts(&left), [caffeine.quote.text()]);
    assert_ne!(left.generation(), "");
    assert_eq!(texts(&engine.in_context(&passages)).len(), 1);
    let none = engine.requote(&ids[..2]);
    assert_eq!((none.body().kind, texts(&none).len()), (Kind::Answer, 0));
    let beyond = QuoteId { first: 40, ..ids[2] };
    assert_eq!(texts(&engine.requote(&[beyond, QuoteId { count: 0, ..ids[2] }])).len(), 0);
}

#[test]
fn whole_passages() {
    let world = world();
    let engine = engine(&world);
    let cited = engine.ask("Does caffeine weaken the effect?").body().quotes[0].clone();
    let name = quote_by_id::digits(&cited.passage).expect("a name");
    let reply = engine.in_context(&[name, name, [0; 6]]);
    assert_eq!(texts(&reply).len(), 1, "each passage once, and no missing one");
    assert!(texts(&reply)[0].starts_with("Melatonin can raise the effect of warfarin"));
    assert_eq!(engine.context(&cited).as_ref(), reply.body().quotes.first());
}

#[test]
fn moderators_find_passages_by_what_they_type() {
    let world = world();
    let dreams = engine(&world).ask("vivid dreams").body().quotes[0].passage.clone();
    world.write("knowledge/mel/withheld.toml", withheld(&dreams));
    let engine = engine(&world);
    let digits = dreams.rsplit_once(':').expect("a source").1;
    let first = ("Some people report vivid dreams in the first week.".to_owned(), dreams.clone());
    for typed in ["VIVID  dreams", "vivi", digits, &dreams, "some people", &digits[..3]] {
        let found = engine.passages_matching(typed, 3);
        assert!(found.iter().any(|(id, words)| (words, id) == (&first.0, &first.1)), "{typed}: {found:?}");
    }
    assert_eq!(engine.passages_matching("xylophone", 3), []);
    assert_eq!(engine.passages_matching("", 4).len(), 4);
    assert_eq!(engine.passages_matching("melatonin", 2).len(), 2);
    assert!(engine.passages_matching("The usual", 1)[0].1.chars().count() <= 82, "it is cut between words");
}

#[test]
fn the_sources() {
    let world = world();
    let passage = engine(&world).ask("vivid dreams").body().quotes[0].passage.clone();
    world.write("knowledge/mel/withheld.toml", withheld(&passage));
    let engine = engine(&world);
    let cards = engine.documents();
    let told: Vec<String> = cards
        .iter()
        .map(|card| {
            format!(
                "{} {:?} {:?}: {}, {} withheld",
                card.id,
                card.metadata.published,
                card.metadata.url,
                card.report.counts(),
                card.withheld
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    headaches Some("2022") None: 28 sentences, 0 withheld
    leaflet Some("2023-04-05") Some("https://sleep.example.org/leaflet"): 5 sentences, 3 items, 1 withheld
    review None None: 3 sentences, 2 references, 0 withheld
    "#);
    assert_eq!(engine.source_ids("", 9).len(), 3);
    assert_eq!(engine.source_ids("lea", 9), [("leaflet".to_owned(), "Melatonin: the leaflet".to_owned())]);
    assert_eq!(engine.source_ids("a review", 9)[0].0, "review");
    assert_eq!(engine.source_ids("xylophone", 9), []);
}

#[test]
fn questions_are_proposed() {
    let world = world();
    let engine = engine(&world);
    insta::assert_snapshot!(engine.suggestions(" ", 25).join("\n"), @r"
    Is headache common?
    What is the usual dose?
    Does melatonin interact with warfarin?
    How long does it take to fall asleep?
    ");
    let proposed = |typed: &str| engine.suggestions(typed, 25);
    assert_eq!(proposed("what is the us"), ["What is the usual dose?"]);
    assert_eq!(proposed("headache"), ["Is headache common?"]);
    assert_eq!(proposed("haedache"), ["Is headache common?"]);
    assert_eq!(proposed("hedache"), ["Is headache common?"], "a mere test is not suggested");
    assert_eq!(proposed("warf"), ["Does melatonin interact with warfarin?"]);
    assert_eq!(proposed("Side"), ["Side effects"]);
    assert_eq!(proposed("ibuprofen"), Vec::<String>::new(), "an uncovered question is not suggested");
    assert_eq!(engine.suggestions("", 2).len(), 2);
}

#[test]
fn no_proposal_is_longer_than_a_choice() {
    let long = format!("What {}?", "is the dose ".repeat(10));
    let question = format!("[[question]]\nask = {long:?}\nexpect = [\"The usual dose\"]\n");
    let world = world().file("knowledge/mel/questions.toml", question);
    let engine = engine(&world);
    for typed in ["", "what is", "dose"] {
        let proposed = engine.suggestions(typed, 25);
        assert!(proposed.iter().all(|text| text.chars().count() <= 100), "{proposed:?}");
    }
    assert!(engine.suggestions("", 25).contains(&"Dosage".to_owned()));
}

#[test]
fn conditions_that_some_passage_names() {
    let world = world();
    let engine = self::engine(&world);
    let jet_lag = ("jet-lag".to_owned(), "jet lag".to_owned());
    let headache = ("headache".to_owned(), "headache".to_owned());
    assert_eq!(engine.conditions("", 25), [headache.clone(), jet_lag.clone()], "the most named first");
    assert_eq!(engine.conditions("Ceph", 25), [headache]);
    assert_eq!(engine.conditions("time zone", 25), [jet_lag]);
    assert_eq!(engine.conditions("gout", 25), [], "no passage names it");
    let passage = engine.ask("Does it help jet lag?").body().quotes[0].passage.clone();
    world.write("knowledge/mel/withheld.toml", withheld(&passage));
    let engine = self::engine(&world);
    assert_eq!(engine.conditions("time zone", 25), [], "only a withheld passage names it");
}

#[test]
fn evidence_for_a_condition() {
    let world = world();
    let engine = engine(&world);
    let ask = |condition: &str| engine.evidence("evidence", condition).expect("the topic");
    let reply = ask("jet-lag");
    assert_eq!(reply.question(), Some("What is the evidence for melatonin in jet lag?"));
    assert!(texts(&reply)[0].contains("relief from jet lag"), "{reply:?}");
    assert_eq!(texts(&ask(" time zone change "))[0], texts(&reply)[0]);
    let unknown = ask("gout");
    assert_eq!((unknown.body().kind, unknown.body().why.as_deref()), (Kind::NotCovered, Some("gout")));
    assert_eq!(unknown.body().lacking, ["gout"]);
    assert_eq!(ask("the moons of Jupiter").body().kind, Kind::NotCovered);
    assert_eq!(texts(&ask(" ")), texts(&engine.topic("evidence").expect("the topic")));
    let card = ask("I want to kill myself");
    assert_eq!(card.body().notice.as_ref().map(|notice| notice.category), Some(Category::SelfHarm));
    assert_eq!((card.question(), card.body().quotes.len()), (None, 0));
    assert_eq!(ask(&"a".repeat(2_000)).body().kind, Kind::Invalid);
    for (topic, near) in [("evidense", Some("evidence")), ("dosage", None)] {
        match engine.evidence(topic, "jet-lag") {
            Err(EngineError::UnknownTopic { nearest, .. }) => assert_eq!(nearest.as_deref(), near),
            other => panic!("{other:?}"),
        }
    }
}

/// A statement about one disease is not evidence for another, even if a heading names both.
#[test]
fn evidence_is_on_the_condition_itself() {
    let review = fixture::REVIEW.replace(
        "## Evidence\n",
        "## Evidence\n\nThe evidence for melatonin in headache is small.\n\n## Evidence in gout and jet lag\n\n\
         The evidence for melatonin in gout is not robust, and the evidence is old.\n",
    );
    let world = world().source("review.md", review);
    let engine = engine(&world);
    let gout = "The evidence for melatonin in gout is not robust, and the evidence is old.";
    let reply = engine.evidence("evidence", "jet-lag").expect("the topic");
    assert!(texts(&reply)[0].contains("jet lag") && !texts(&reply).contains(&gout), "{reply:?}");
    assert_eq!(texts(&engine.evidence("evidence", "gout").expect("the topic"))[0], gout);
}

/// A reply to an uncovered question says where it looked and what is missing, only in ids of the vocabulary.
#[test]
fn gaps() {
    let world = world();
    let engine = engine(&world);
    let looked_in = ["Headaches", "Melatonin: the leaflet", "Melatonin: a review"];
    for (question, kind, lacking) in [
        ("Can I take ibuprofen with melatonin?", Kind::NotCovered, &["ibuprofen"][..]),
        ("Does it cure gout, together with ibuprofen?", Kind::NotCovered, &["gout", "ibuprofen"]),
        ("How do whales navigate under ice?", Kind::NotCovered, &[]),
        ("I'm 45 and weigh 70kg, how much ibuprofen should I take?", Kind::NotCovered, &["ibuprofen"]),
        ("What is the usual dose of melatonin?", Kind::Answer, &[]),
        ("I want to kill myself with ibuprofen", Kind::Notice, &[]),
    ] {
        let reply = engine.ask(question);
        let body = reply.body();
        assert_eq!(
            (body.kind, &body.lacking[..]),
            (kind, &lacking.iter().map(|id| id.to_string()).collect::<Vec<_>>()[..]),
            "{question}"
        );
        let titles: &[&str] = if kind == Kind::NotCovered { &looked_in } else { &[] };
        assert_eq!(body.looked_in, titles, "{question}");
    }
}

/// A repeated question needs no pass through the encoder, and gets the same reply.
#[test]
fn a_question_is_encoded_once() {
    let world = World::new();
    let resources = own_resources();
    let engine = open_with(&world, resources.clone()).engine;
    let encoder = &resources.encoder;
    let question = "What is the usual dose of melatonin?";
    let built = encoder.passes();
    let first = engine.ask(question);
    assert_eq!(encoder.passes(), built + 1);
    assert_eq!(engine.ask(question), first);
    assert_eq!(engine.ask_page(question, 1).body().kind, Kind::Answer);
    assert_eq!(engine.topic("interactions").expect("a topic").body().kind, Kind::Answer);
    assert_eq!(encoder.passes(), built + 2, "only the topic's question is new");
    engine.suggestions("what", 25);
    engine.conditions("", 25);
    assert_eq!(encoder.passes(), built + 2, "nothing is encoded while a user types");
    encoder.forget();
    assert_eq!(engine.ask(question), first);
    assert_eq!(encoder.passes(), built + 3);
}
