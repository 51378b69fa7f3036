//! What a question or a topic is answered with.
//!
//! Where space runs short, the quotes come first, whole and with their place; then the flags; then what the
//! sources cite. Nothing of a quote is ever cut.

use super::cite::{self, Level};
use super::pages::Pages;
use super::{Card, Gap, Tone, View, buttons, literature};
use crate::answer::reply::{Body, Cited, Kind, Reply};
use crate::question::triage::{Category, Notice};
use crate::render::escape::Markup;
use crate::render::wording;
use crate::text::controls::one_line;

/// Most quotes on one card: as many as one button can name the passages of, whatever the base's name.
const MOST_ON_A_CARD: usize = 6;
/// What is kept free for the line that tells of quotes which did not fit.
const LEFT_OVER: usize = 120;
/// Most repairs that are told, and the most units of each.
const MOST_REPAIRS: usize = 4;
const REPAIR: usize = 160;
/// The most units of why something is not covered, of a title in a list, and how many titles are listed.
const WHY: usize = 500;
const TITLE_IN_LIST: usize = 80;
const MOST_LISTED: usize = 8;
/// The longest card of `safety.toml` that is shown whole beside quotes.
const NOTICE: usize = 1_600;
/// Stands where a reply gives no reason.
const NO_ANSWER: &str = "This cannot be answered here.";

/// A reply to a question, with its buttons.
pub fn reply(reply: &Reply, view: &View) -> Card {
    match reply.body().kind {
        Kind::Answer => answer(reply, view, ""),
        Kind::NotCovered => not_covered(reply, view, ""),
        Kind::Notice => alone(reply),
        Kind::Invalid => invalid(reply),
    }
}

/// The quotes that come after those of an answer. `further` of the reply is what comes after these.
pub fn more(reply: &Reply, view: &View) -> Card {
    match reply.body().kind {
        Kind::Answer => answer(reply, view, "More from the sources"),
        _ => self::reply(reply, view),
    }
}

/// A topic, on as many cards as it takes.
pub fn topic(reply: &Reply, title: &str, view: &View) -> Vec<Card> {
    if reply.body().kind != Kind::Answer || reply.body().quotes.is_empty() {
        return vec![titled(reply, title, view)];
    }
    let mut pages = Pages::new(tone(reply.body()), title, reply.disclaimer());
    opening(pages.card(), reply, view);
    let mut left = reply.body().quotes.as_slice();
    let mut first = 1;
    loop {
        let card = pages.card();
        let taken = fill(card, left, first, reply, view, Room::Several);
        let (shown, rest) = left.split_at(taken);
        literature::push(card, shown);
        buttons::under_quotes(card, reply, shown, rest.is_empty(), true);
        if rest.is_empty() {
            return pages.cards();
        }
        (left, first) = (rest, first + taken);
        pages.turn();
    }
}

/// A reply to a question, under a title where it is an answer or where there is none.
pub fn titled(reply: &Reply, title: &str, view: &View) -> Card {
    match reply.body().kind {
        Kind::NotCovered => not_covered(reply, view, title),
        Kind::Answer => answer(reply, view, title),
        _ => self::reply(reply, view),
    }
}

fn answer(reply: &Reply, view: &View, title: &str) -> Card {
    let body = reply.body();
    let mut card = Card::new(tone(body), reply.disclaimer()).titled(title);
    opening(&mut card, reply, view);
    if body.quotes.is_empty() {
        card.push(&Markup::own(wording::NO_MORE), Gap::Paragraph);
        return card;
    }
    let mut taken = 0;
    while let Some(left) = body.quotes.get(taken..).filter(|left| !left.is_empty()) {
        let more = fill(&mut card, left, taken + 1, reply, view, Room::One);
        taken += more;
        if more == 0 {
            let rest = format!("{} more, which a card has no room for whole: press In context.", left.len());
            card.push(&Markup::text(&rest), Gap::Paragraph);
            break;
        }
    }
    literature::push(&mut card, &body.quotes);
    buttons::under_quotes(&mut card, reply, &body.quotes, true, true);
    buttons::topics(&mut card, reply, view);
    card
}

/// Whether what does not fit on this card goes on another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    One,
    Several,
}

/// Puts as many of `quotes` on the card as fit, and says how many. A sentence that would not fit on a card of
/// its own is replaced by a note; on the only card 0 means that no more fits.
fn fill(card: &mut Card, quotes: &[Cited], first: usize, reply: &Reply, view: &View, room: Room) -> usize {
    let quotes = quotes.get(..MOST_ON_A_CARD).unwrap_or(quotes);
    let drawn = |level| {
        let numbered = |(number, cited): (usize, &Cited)| {
            let mark = Markup::bold(&number.to_string());
            cite::block(cited, &mark, reply.question(), view, level)
        };
        (first..).zip(quotes).map(numbered).collect::<Vec<_>>()
    };
    for level in Level::ALL {
        let blocks = drawn(level);
        let fitting = fitting(card, &blocks, room);
        let enough =
            fitting == blocks.len() || fitting > 0 && (room == Room::Several || level == Level::Bare);
        if enough {
            return blocks.iter().take(fitting).take_while(|block| card.push(block, Gap::Paragraph)).count();
        }
    }
    let Some(first) = quotes.first() else { return 0 };
    let note = cite::too_long(first, &cite::words(first));
    usize::from(card.push(&note, Gap::Paragraph) || room == Room::Several)
}

/// How many of the blocks, from the first, fit.
fn fitting(card: &Card, blocks: &[Markup], room: Room) -> usize {
    let kept = if room == Room::One { LEFT_OVER } else { 0 };
    let mut left = card.room(Gap::Paragraph).saturating_sub(kept);
    let takes = |block: &&Markup| {
        // Blocks are parted by an empty line.
        let after = left.checked_sub(block.units() + 2);
        after.map(|after| left = after).is_some()
    };
    blocks.iter().take_while(takes).count()
}

fn tone(body: &Body) -> Tone {
    if body.notice.is_some() { Tone::Notice } else { Tone::Answer }
}

/// What is to be known before the quotes are read.
fn opening(card: &mut Card, reply: &Reply, view: &View) {
    let body = reply.body();
    superseded(card, view);
    if body.is_followup {
        card.push(&Markup::own(wording::FOLLOW_UP), Gap::Line);
    }
    for repair in body.repairs.iter().take(MOST_REPAIRS) {
        card.push(&Markup::short(&one_line(&wording::read_as(repair)), REPAIR), Gap::Line);
    }
    if let Some(notice) = &body.notice {
        card.push(&Markup::short(notice.text.trim(), NOTICE), Gap::Paragraph);
    }
    if body.differ && body.kind == Kind::Answer {
        card.push(&differ(&body.quotes), Gap::Paragraph);
    }
    if let Some(uncovered) = wording::uncovered(body) {
        card.push(&Markup::short(&one_line(&uncovered), WHY).strong(), Gap::Paragraph);
    }
}

/// That the quotes are from a generation that is no longer the live one.
pub fn superseded(card: &mut Card, view: &View) {
    if view.superseded {
        let note = "The sources were reindexed since that answer; this is what they say now.";
        card.push(&Markup::own(note), Gap::Paragraph);
    }
}

/// That the sources differ, with who they are and from when.
fn differ(quotes: &[Cited]) -> Markup {
    let mut seen: Vec<&str> = Vec::new();
    let mut parts = Vec::new();
    for (number, cited) in (1..=MOST_ON_A_CARD).zip(quotes) {
        if !seen.contains(&cited.quote.source()) {
            seen.push(cited.quote.source());
            let name = cited.publisher.as_deref().unwrap_or(&cited.title);
            let of = format!("{number} is from ");
            let dated = Markup::short(wording::dated(cited), TITLE_IN_LIST);
            parts.push(
                Markup::text(&of)
                    .and(&Markup::short(name, TITLE_IN_LIST))
                    .and(&Markup::own(", "))
                    .and(&dated),
            );
        }
    }
    let who = Markup::join(parts, "; ");
    let head = Markup::own("**The sources differ:** ");
    if seen.len() < 2 {
        Markup::own("**The sources differ.**")
    } else {
        head.and(&who).and(&Markup::own("."))
    }
}

fn not_covered(reply: &Reply, view: &View, title: &str) -> Card {
    let body = reply.body();
    let mut card = Card::new(Tone::NotCovered, reply.disclaimer()).titled(title);
    opening(&mut card, reply, view);
    let said = one_line(&wording::not_covered(body));
    card.push(&Markup::short(&said, WHY).strong(), Gap::Paragraph);
    card.push(&looked_in(wording::looked_in(body), &body.looked_in), Gap::Line);
    related(&mut card, reply, view);
    literature::push(&mut card, &body.related);
    buttons::under_quotes(&mut card, reply, &body.related, false, false);
    buttons::topics(&mut card, reply, view);
    card
}

fn looked_in(before: &'static str, titles: &[String]) -> Markup {
    if titles.is_empty() {
        return Markup::default();
    }
    let named = titles.iter().take(MOST_LISTED).map(|title| Markup::short(title, TITLE_IN_LIST));
    let more = titles.len().saturating_sub(MOST_LISTED);
    let more = if more > 0 { Markup::text(&format!("and {more} more")) } else { Markup::default() };
    Markup::own(before).and(&Markup::join(named.chain([more]), "; ")).and(&Markup::own("."))
}

/// What touches the subject. It is no answer, so it has no numbers, and what does not fit is left out.
fn related(card: &mut Card, reply: &Reply, view: &View) {
    let heading = Markup::bold(wording::RELATED);
    let mut headed = false;
    for cited in &reply.body().related {
        let kept = if headed { 0 } else { heading.units() + 2 };
        let drawn = |level| cite::block(cited, &Markup::default(), reply.question(), view, level);
        let room = card.room(Gap::Paragraph).saturating_sub(kept);
        let Some(block) = Level::ALL.into_iter().map(drawn).find(|block| block.units() <= room) else {
            continue;
        };
        if !headed {
            headed = card.push(&heading, Gap::Paragraph);
        }
        card.push(&block, Gap::Paragraph);
    }
}

/// A safety card alone: nothing to press stands beside it.
fn alone(reply: &Reply) -> Card {
    let notice = reply.body().notice.as_ref();
    let tone = notice.map_or(Tone::Notice, notice_tone);
    single_text(tone, notice.map_or("", |notice| &notice.text), reply)
}

/// One text and nothing else.
fn single_text(tone: Tone, text: &str, reply: &Reply) -> Card {
    let text = if text.trim().is_empty() { NO_ANSWER } else { text.trim() };
    super::notes::plain(tone, "", text, reply.disclaimer())
}

fn notice_tone(notice: &Notice) -> Tone {
    match notice.category {
        Category::Emergency | Category::SelfHarm => Tone::Urgent,
        Category::Identifiers | Category::PersonalAdvice => Tone::Notice,
    }
}

fn invalid(reply: &Reply) -> Card {
    let why = reply.body().why.as_deref().unwrap_or_default();
    single_text(Tone::Trouble, &one_line(why), reply)
}
