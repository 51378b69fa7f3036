//! Tests cards of fixed replies, as Discord gets them.

mod fixture;
mod judge;
mod properties;

use self::fixture::{Fixture, pretty};
use self::judge::judge;
use super::*;
use crate::answer::reply::{Body, Kind, QuoteId};
use crate::question::triage::{Category, Notice};
use crate::question::understand::Repair;
use crate::render::tests::show;

fn further() -> Vec<QuoteId> {
    vec![QuoteId { passage: [1, 2, 3, 4, 5, 6], first: 0, count: 2 }]
}

fn checked(card: &Card) -> String {
    judge(card);
    pretty(card)
}

fn all_checked(cards: &[Card]) -> String {
    cards.iter().map(checked).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_answer() {
    let fixture = Fixture::new();
    let body = Body {
        kind: Kind::Answer,
        quotes: vec![
            fixture.quote("wikiprojectmed", "Low-dose naltrexone refers to doses", 1),
            fixture.quote("pain-clinic", "LDN refers to daily dosages", 2),
        ],
        topics: vec!["dosage".to_owned(), "background".to_owned()],
        further: further(),
        ..Body::default()
    };
    let card = reply(&fixture.reply("What is the usual dose of LDN?", body), &fixture.view());
    insta::assert_snapshot!(checked(&card));
}

#[test]
fn an_answer_with_everything_that_may_stand_above_it() {
    let fixture = Fixture::new();
    let body = Body {
        kind: Kind::Answer,
        notice: Some(Notice {
            category: Category::PersonalAdvice,
            text: "I cannot advise.\n\nAsk a doctor.".into(),
        }),
        quotes: vec![
            fixture.quote("wikiprojectmed", "Naltrexone is typically prescribed", 2),
            fixture.quote("pain-clinic", "LDN is a promising treatment", 1),
        ],
        repairs: vec![Repair { written: "nal*trex*one <@1>".into(), read_as: "naltrexone".into() }],
        differ: true,
        ..Body::default()
    };
    let view = View { superseded: true, ..fixture.view() };
    insta::assert_snapshot!(checked(&reply(&fixture.reply("Should I take naltrexone?", body), &view)));
}

#[test]
fn not_covered() {
    let fixture = Fixture::new();
    let body = Body {
        kind: Kind::NotCovered,
        why: Some("no passage names “*tirzepatide*”".to_owned()),
        related: vec![fixture.quote("pain-clinic", "LDN is a promising treatment", 1)],
        looked_in: vec!["Low-dose naltrexone".to_owned(), "Low Dose Naltrexone (LDN)".to_owned()],
        topics: vec!["dosage".to_owned(), "dosage".to_owned(), "unknown".to_owned()],
        ..Body::default()
    };
    insta::assert_snapshot!(checked(&reply(&fixture.reply("Is tirzepatide safe?", body), &fixture.view())));
}

#[test]
fn an_answer_that_is_too_long_to_quote() {
    let fixture = Fixture::new();
    let place = fixture.quote("pain-clinic", "LDN is a promising treatment", 1);
    let words = place.quote.text().to_owned();
    let topics = vec!["dosage".to_owned()];
    let body = Body { kind: Kind::Answer, too_long: vec![place], topics, ..Body::default() };
    let card = reply(&fixture.reply("Is it promising?", body), &fixture.view());
    assert!(!card.description().as_str().contains(&words));
    insta::assert_snapshot!(checked(&card));
}

#[test]
fn a_question_that_cannot_be_looked_up() {
    let fixture = Fixture::new();
    let body =
        Body { kind: Kind::Invalid, why: Some("The question is empty.".to_owned()), ..Body::default() };
    insta::assert_snapshot!(checked(&reply(&fixture.reply("", body), &fixture.view())));
}

#[test]
fn safety_cards_stand_alone() {
    let fixture = Fixture::new();
    for category in Category::ALL {
        let notice = Some(Notice { category, text: "Call 999.\n\nDo not stay alone.".to_owned() });
        // Whatever else is in the body, the safety card is shown alone.
        let topics = vec!["dosage".to_owned()];
        let body = Body { kind: Kind::Notice, notice, topics, further: further(), ..Body::default() };
        let card = reply(&fixture.reply("x", body), &fixture.view());
        judge(&card);
        assert_eq!(show(card.description().as_str()).text, "Call 999.\n\nDo not stay alone.");
        let urgent = matches!(category, Category::Emergency | Category::SelfHarm);
        assert_eq!((card.tone() == Tone::Urgent, card.rows().len()), (urgent, 0));
    }
}

#[test]
fn more_quotes() {
    let fixture = Fixture::new();
    let quotes = vec![fixture.quote("pain-clinic", "Naltrexone was synthesized in 1963", 1)];
    let body = Body { kind: Kind::Answer, quotes, ..Body::default() };
    let view = View { superseded: true, ..fixture.view() };
    insta::assert_snapshot!(checked(&more(&fixture.wordless_reply(body), &view)));
    let none = more(&fixture.wordless_reply(Body { kind: Kind::Answer, ..Body::default() }), &fixture.view());
    insta::assert_snapshot!(none.description().as_str(), @"There is nothing more to show.");
}

#[test]
fn passages_in_context() {
    let fixture = Fixture::new();
    let quotes = vec![
        fixture.passage("wikiprojectmed", "Low-dose naltrexone (LDN) describes"),
        fixture.passage("pain-clinic", "LDN refers to daily dosages"),
    ];
    let body = Body { kind: Kind::Answer, quotes, ..Body::default() };
    insta::assert_snapshot!(all_checked(&context(&fixture.wordless_reply(body), &fixture.view())));
    let gone = context(&fixture.wordless_reply(Body::default()), &fixture.view());
    insta::assert_snapshot!(gone[0].description().as_str(), @"These passages are no longer in the sources.");
}

#[test]
fn sources_of_an_answer_and_of_the_base() {
    let fixture = Fixture::new();
    let quotes = vec![fixture.quote("wikiprojectmed", "Low-dose naltrexone (LDN) describes", 1)];
    let body = Body { kind: Kind::Answer, quotes, ..Body::default() };
    let reply = fixture.wordless_reply(body);
    insta::assert_snapshot!(all_checked(&sources(&reply, &fixture.documents, &fixture.view())));
    insta::assert_snapshot!(all_checked(&all_sources(&fixture.documents, "The disclaimer.")));
    let gone = sources(&reply, &[], &fixture.view());
    insta::assert_snapshot!(gone[0].description().as_str(), @"These sources are no longer in the knowledge base.");
    insta::assert_snapshot!(all_sources(&[], "")[0].description().as_str(), @"This knowledge base has no sources yet.");
}

#[test]
fn a_topic_takes_as_many_cards_as_it_needs() {
    let fixture = Fixture::new();
    let quotes: Vec<_> =
        fixture.documents[0].passages().iter().take(14).map(|p| fixture.cite(0, p.span)).collect();
    let body = Body {
        kind: Kind::Answer,
        quotes: quotes.clone(),
        topics: vec!["background".to_owned()],
        ..Body::default()
    };
    let cards = topic(&fixture.wordless_reply(body), "Background & history", &fixture.view());
    cards.iter().for_each(judge);
    let titles: Vec<&str> = cards.iter().map(|card| card.title().as_str()).collect();
    insta::assert_snapshot!(titles.join("\n"), @r"
    Background & history (1 of 3)
    Background & history (2 of 3)
    Background & history (3 of 3)
    ");
    let shown: Vec<String> = cards.iter().flat_map(|card| show(card.description().as_str()).quotes).collect();
    let expected: Vec<String> = quotes.iter().map(cite::words).collect();
    assert_eq!(shown, expected);
    assert!(cards.iter().all(|card| card.rows().len() == 1));

    let empty = Body { kind: Kind::NotCovered, topics: vec!["background".to_owned()], ..Body::default() };
    insta::assert_snapshot!(all_checked(&topic(
        &fixture.wordless_reply(empty),
        "Background",
        &fixture.view()
    )));
}

#[test]
fn cards_that_quote_nothing() {
    let refusal = plain(Tone::Trouble, "Not now", "You asked *often*.\nWait a minute.", "The disclaimer.");
    insta::assert_snapshot!(checked(&refusal));
    insta::assert_snapshot!(checked(&withheld("2026-01-02", "The disclaimer.")));
    let action = Action::AddPublish { draft: 7 };
    let line = Markup::own("Read **3** sections of ").and(&Markup::code("a`b.md"));
    let page = Address::new("https://a.org").and_then(|address| Button::open("Open", &address));
    let buttons =
        Button::act("Publish", ButtonStyle::Success, action).map(Button::disabled).into_iter().chain(page);
    let [card] = marked(Tone::Moderation, "Add a source", &[line], "").try_into().expect("one card");
    insta::assert_snapshot!(checked(&Card::with_row(card, buttons)));
}

#[test]
fn a_line_longer_than_a_card_is_cut_at_a_word() {
    let long = Markup::bold("Source").and(&Markup::text(&" words".repeat(2_000)));
    let lines = [Markup::own("Before."), long, Markup::own("After.")];
    let cards = marked(Tone::Notice, "A list", &lines, "The disclaimer.");
    cards.iter().for_each(judge);
    let [before, cut, after] = &cards[..] else { panic!("{} cards", cards.len()) };
    assert_eq!((before.description().as_str(), after.description().as_str()), ("Before.", "After."));
    let shown = cut.description().as_str();
    assert!(shown.starts_with("**Source** words words") && shown.ends_with(" words…"), "{shown}");
    assert!(cut.room(Spacing::Line) < 20, "{}", cut.room(Spacing::Line));
}

#[test]
fn a_long_text_is_divided_at_lines_and_sentences() {
    let text = "One line, which is short.\nNext line. ".repeat(20)
        + "\n\n"
        + &"A sentence of a long line. ".repeat(400);
    let cards = plain_pages(Tone::Moderation, "Audit", &text, "The disclaimer.");
    cards.iter().for_each(judge);
    assert_eq!(cards.len(), 4);
    for card in &cards {
        let shown = show(card.description().as_str()).text;
        assert!(shown.ends_with('.') && shown.starts_with(['O', 'A']), "{shown}");
    }
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let all: Vec<String> =
        cards.iter().flat_map(|card| words(&show(card.description().as_str()).text)).collect();
    assert_eq!(all, words(&text));
}

#[test]
fn a_disclaimer_is_cut_at_a_sentence_or_not_at_all() {
    let of = |disclaimer: &str| Card::new(Tone::Answer, disclaimer).footer().to_owned();
    assert_eq!(of(" \n"), DISCLAIMER);
    assert_eq!(of(" Ask a doctor. "), "Ask a doctor.");
    let long = "Ask a doctor first. ".repeat(200);
    assert!(units(&of(&long)) <= FOOTER && of(&long).ends_with("first.") && long.starts_with(&of(&long)));
    let endless = "ä".repeat(3_000);
    assert_eq!(units(&of(&endless)), FOOTER);
}

#[test]
fn a_sentence_that_fits_nowhere_is_told_of_and_not_cut() {
    let fixture = Fixture::new();
    let (document, cited) = fixture::one_sentence(&"* word ".repeat(900));
    let body = Body {
        kind: Kind::Answer,
        quotes: vec![cited.clone(), fixture.quote("pain-clinic", "LDN is a promising", 1)],
        ..Body::default()
    };
    let reply = fixture.wordless_reply(body);
    let note = "One sentence (6299 characters) is too long for Discord, and I never shorten a quote. You can find it in T, passage `a:0123456789ab`.";
    let view = fixture.view();
    for cards in [vec![super::reply(&reply, &view)], topic(&reply, "T", &view), context(&reply, &view)] {
        cards.iter().for_each(judge);
        let text: Vec<&str> = cards.iter().map(|card| card.description().as_str()).collect();
        let text = text.join("\n\n");
        assert!(text.starts_with(note) && text.contains("\n\n> LDN is a promising treatment"), "{text}");
    }
    all_sources(&[document], "").iter().for_each(judge);
}

#[test]
fn literature_gives_way_by_whole_entries() {
    let fixture = Fixture::new();
    let with = |count| {
        let mut cited = fixture.quote("wikiprojectmed", "Low-dose naltrexone (LDN) describes", 1);
        cited.references = (0..count).map(fixture::work).collect();
        let body = Body { kind: Kind::Answer, quotes: vec![cited], ..Body::default() };
        let card = super::reply(&fixture.wordless_reply(body), &fixture.view());
        judge(&card);
        card.fields().iter().map(|field| field.value.as_str().to_owned()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(with(0), "");
    insta::assert_snapshot!(with(2));
    let links = with(12);
    assert!(!links.contains("Smith") && links.lines().count() == 12, "{links}");
    let many = with(400);
    assert!(many.lines().all(|line| line.ends_with(')') || line.ends_with("more; press Sources")), "{many}");
    let told = many.lines().count() - 1;
    assert!(many.ends_with(&format!("and {} more; press Sources", 400 - told)), "{many}");
}
