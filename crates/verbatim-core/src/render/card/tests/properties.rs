//! Property tests: whatever the sources, the question and the base, every card is within every limit, has the
//! disclaimer, and shows its quotes whole and letter for letter.

use proptest::prelude::*;

use super::fixture::{GENERATION, document, work};
use super::judge::judge;
use crate::answer::reply::{Body, Cited, DISCLAIMER, Kind, QuoteId, Reply};
use crate::knowledge::document::Document;
use crate::knowledge::lexicon::{Lexicon, Vocabulary};
use crate::knowledge::metadata::SourceMetadata;
use crate::question::triage::{Category, Notice};
use crate::question::understand::Repair;
use crate::render::card::cite::words;
use crate::render::card::*;
use crate::render::escape;
use crate::render::tests::show;
use crate::text::sentence::sentences;

/// The number of generated replies, few enough to finish in seconds.
const CASES: u32 = 40;

/// Building blocks of texts: markup, mentions, scripts, emoji and combining marks.
const PIECES: &[&str] = &[
    "naltrexone ",
    "4.5 mg daily. ",
    "*",
    "__",
    "~~ ||",
    "[a](https://evil.example) ",
    "<@123> ",
    "@everyone ",
    ":tada: ",
    "<t:1:R> ",
    "# ",
    "- ",
    "1. ",
    "> ",
    "`",
    "\\",
    "https://discord.gg/x ",
    "🧪👩‍⚕️ ",
    "e\u{301}\u{327} ",
    "مرحبا \u{202e}",
    "低用量ナルトレキソン。",
    "word ",
    "\u{a0}",
    "x",
];

fn text(most: usize) -> impl Strategy<Value = String> {
    let pieces =
        prop::collection::vec(prop::sample::select(PIECES), 1..12).prop_map(|pieces| pieces.concat());
    (prop_oneof![pieces, "\\PC{1,20}"], 1..=most).prop_map(|(text, times)| text.repeat(times))
}

fn maybe(most: usize) -> impl Strategy<Value = Option<String>> {
    prop::option::of(text(most))
}

fn metadata() -> impl Strategy<Value = SourceMetadata> {
    let url = prop_oneof![
        Just("https://a.org/b_(c)".to_owned()),
        text(30).prop_map(|text| format!("https://{text}"))
    ];
    (text(4), maybe(10), prop::option::of(url), maybe(4), maybe(1)).prop_map(
        |(title, publisher, url, licence, published)| SourceMetadata {
            title,
            publisher,
            url,
            kind: licence.clone(),
            licence,
            published,
            retrieved: None,
        },
    )
}

fn source() -> impl Strategy<Value = Document> {
    // A sentence has no space at its ends; a source's text may contain line breaks.
    let sentence = text(40).prop_map(|text| match text.trim() {
        "" => "x".to_owned(),
        text => text.replacen("word ", "word\n", 1).trim().to_owned(),
    });
    (metadata(), prop::collection::vec(sentence, 1..4))
        .prop_map(|(metadata, sentences)| document("a-source", metadata, &sentences))
}

fn cited(document: &Document, works: usize) -> Vec<Cited> {
    let cite = |span| Cited::new(document, document.quote(span).expect("whole sentences"), |_| true);
    let mut all: Vec<Cited> = document.sentences().iter().map(|sentence| cite(sentence.span)).collect();
    all[0].references = (0..works).map(work).collect();
    all
}

fn body() -> impl Strategy<Value = (Body, Vec<Document>)> {
    let kind =
        prop::sample::select(vec![Kind::Answer, Kind::Answer, Kind::NotCovered, Kind::Notice, Kind::Invalid]);
    let notice = prop::option::of((prop::sample::select(Category::ALL.to_vec()), text(60)));
    let sources = prop::collection::vec((source(), prop_oneof![Just(0usize), Just(3), Just(120)]), 0..3);
    let words =
        (maybe(60), prop::collection::vec((text(3), text(3)), 0..6), prop::collection::vec(text(3), 0..7));
    let ids = prop::collection::vec(any::<([u8; 6], u8)>(), 0..12);
    (kind, notice, sources, words, ids, any::<bool>()).prop_map(
        |(kind, notice, sources, words, ids, differ)| {
            let (why, repairs, topics) = words;
            let quotes: Vec<Cited> =
                sources.iter().flat_map(|(document, works)| cited(document, *works)).collect();
            let further =
                ids.into_iter().map(|(passage, first)| QuoteId { passage, first: first / 2, count: 1 });
            let body = Body {
                kind,
                notice: notice.map(|(category, text)| Notice { category, text }),
                related: quotes.iter().take(2).cloned().collect(),
                too_long: quotes.iter().take(3).cloned().collect(),
                quotes,
                looked_in: topics.clone(),
                topics,
                why,
                repairs: repairs.into_iter().map(|(written, read_as)| Repair { written, read_as }).collect(),
                further: further.collect(),
                differ,
                ..Body::default()
            };
            (body, sources.into_iter().map(|(document, _)| document).collect())
        },
    )
}

fn replies() -> impl Strategy<Value = (Reply, Vec<Document>)> {
    let base = prop_oneof![Just("ldn".to_owned()), "[a-z0-9-]{32}", "\\PC{0,60}"];
    let generation = prop_oneof![Just(GENERATION.to_owned()), Just(String::new()), "\\PC{0,20}"];
    (maybe(30), base, generation, text(60), body()).prop_map(
        |(question, base, generation, disclaimer, (body, documents))| {
            (Reply::new(question, &base, &generation, &disclaimer, body), documents)
        },
    )
}

/// Checks that a card has the disclaimer and quotes only whole sentences of the sources.
fn holds(card: &Card, reply: &Reply) {
    judge(card);
    let footer = card.footer();
    // If no sentence end is within reach, the footer is the beginning on one line.
    let whole =
        reply.disclaimer().starts_with(&bare(footer)) || footer == escape::plain(reply.disclaimer(), FOOTER);
    assert!(whole, "{footer}");
    let quotes: Vec<String> = reply.body().quotes.iter().chain(&reply.body().related).map(words).collect();
    for shown in show(card.description().as_str()).quotes.iter().map(|shown| bare(shown)) {
        let whole = quotes.contains(&shown) || quotes.iter().any(|quote| is_run(quote, &shown));
        assert!(whole, "not whole sentences: {shown:?} of {quotes:?}");
    }
}

/// Removes the isolates around a text. The texts of these tests contain none themselves.
fn bare(shown: &str) -> String {
    shown.replace(['\u{2068}', '\u{2069}'], "")
}

/// Returns whether `shown` is a run of whole sentences of a passage. In context, a passage may continue on another
/// card.
fn is_run(passage: &str, shown: &str) -> bool {
    let all = sentences(passage);
    let ends = |at: usize| all.iter().any(|sentence| sentence.end as usize == at);
    let starts = all.iter().map(|sentence| sentence.start as usize);
    starts.into_iter().any(|at| passage[at..].starts_with(shown) && ends(at + shown.len()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_card_holds((reply, documents) in replies(), superseded in any::<bool>()) {
        let lexicon = Lexicon::new(Vocabulary::default());
        let view = View { lexicon: &lexicon, topics: &[], superseded };
        holds(&super::reply(&reply, &view), &reply);
        holds(&more(&reply, &view), &reply);
        let topic = topic(&reply, reply.base(), &view);
        let context = context(&reply, &view);
        let sources = sources(&reply, &documents, &view);
        for card in topic.iter().chain(&context) {
            holds(card, &reply);
        }
        sources.iter().chain(&all_sources(&documents, reply.disclaimer())).for_each(judge);
        // With several cards, only quotes that fit on no card are left out.
        if reply.body().kind == Kind::Answer {
            for cards in [&topic, &context] {
                let shown: usize = cards.iter().map(|card| show(card.description().as_str()).quotes.len()).sum();
                let text: String = cards.iter().map(|card| card.description().as_str()).collect();
                let notes = text.matches("too long for Discord").count();
                prop_assert!(shown + notes >= reply.body().quotes.len(), "{shown} + {notes}: {text}");
            }
        }
    }

    #[test]
    fn every_plain_text_holds(title in text(40), words in text(60), disclaimer in text(60)) {
        judge(&plain(Tone::Trouble, &title, &format!("x{words}"), &disclaimer));
        let pages = plain_pages(Tone::Moderation, &title, &format!("x{words}"), &disclaimer);
        pages.iter().for_each(judge);
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let shown: String = pages.iter().map(|card| letters(&bare(&show(card.description().as_str()).text))).collect();
        prop_assert_eq!(shown, letters(&crate::text::controls::visible(&format!("x{words}"))));
    }

    #[test]
    fn a_blank_disclaimer_is_replaced(blank in "[ \n\t]{0,5}") {
        prop_assert_eq!(Card::new(Tone::Answer, &blank).footer().to_owned(), DISCLAIMER);
    }
}
