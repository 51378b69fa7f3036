//! Cards that answer a question or show a topic.
//!
//! If space is short, the quotes come first, whole and with their place; then the flags; then the literature that the
//! sources cite. A quote is never cut.

use super::cite::{self, Detail};
use super::pages::Pages;
use super::{Card, Spacing, Tone, View, buttons, literature};
use crate::answer::reply::{Body, Cited, Kind, Reply};
use crate::question::triage::{Category, Notice};
use crate::render::escape::Markup;
use crate::render::wording;
use crate::text::controls::one_line;

/// The maximum number of quotes on one card: as many as one button can name the passages of, whatever the base's name.
const MOST_ON_A_CARD: usize = 6;
/// Units reserved for the line that says how many quotes did not fit.
const LEFT_OVER: usize = 120;
/// The maximum number of spelling corrections shown, and the maximum length of each in units.
const MOST_REPAIRS: usize = 4;
const REPAIR: usize = 160;
/// The maximum length in units of the reason why something is not covered and of a title in a list, and the maximum
/// number of titles.
const WHY: usize = 500;
const TITLE_IN_LIST: usize = 80;
const MOST_LISTED: usize = 8;
/// The maximum length of a safety card from `safety.toml` that is shown whole together with quotes.
const NOTICE: usize = 1_600;
/// The text of a reply without a reason.
const NO_ANSWER: &str = "I can't answer this here.";

/// Draws a reply to a question, with its buttons.
pub fn reply(reply: &Reply, view: &View) -> Card {
    match reply.body().kind {
        Kind::Answer => answer(reply, view, ""),
        Kind::NotCovered => not_covered(reply, view, ""),
        Kind::Notice => alone(reply),
        Kind::Invalid => invalid(reply),
    }
}

/// Draws the quotes that follow those of an answer. The reply's `further` lists the quotes after these.
pub fn more(reply: &Reply, view: &View) -> Card {
    match reply.body().kind {
        Kind::Answer => answer(reply, view, "More from the sources"),
        _ => self::reply(reply, view),
    }
}

/// Draws a topic on as many cards as needed.
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

/// Draws a reply to a question. Only answers and "not covered" replies have the title.
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
        match too_long(&mut card, body) {
            true => buttons::topics(&mut card, reply, view),
            false => drop(card.push(&Markup::own(wording::NO_MORE), Spacing::Paragraph)),
        }
        return card;
    }
    let mut taken = 0;
    while let Some(left) = body.quotes.get(taken..).filter(|left| !left.is_empty()) {
        let more = fill(&mut card, left, taken + 1, reply, view, Room::One);
        taken += more;
        if more == 0 {
            let rest = format!("{} more did not fit here. Press In context to read the rest.", left.len());
            card.push(&Markup::text(&rest), Spacing::Paragraph);
            break;
        }
    }
    too_long(&mut card, body);
    literature::push(&mut card, &body.quotes);
    buttons::under_quotes(&mut card, reply, &body.quotes, true, true);
    buttons::topics(&mut card, reply, view);
    card
}

/// Whether quotes that do not fit on this card go on another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    One,
    Several,
}

/// Puts as many of `quotes` on the card as fit and returns their number. A sentence that would not fit even on a
/// separate card is replaced by a note. If there is only one card, 0 means that no more fit.
fn fill(card: &mut Card, quotes: &[Cited], first: usize, reply: &Reply, view: &View, room: Room) -> usize {
    let quotes = quotes.get(..MOST_ON_A_CARD).unwrap_or(quotes);
    let drawn = |level| {
        let numbered = |(number, cited): (usize, &Cited)| {
            let mark = Markup::bold(&number.to_string());
            cite::block(cited, &mark, reply.question(), view, level)
        };
        (first..).zip(quotes).map(numbered).collect::<Vec<_>>()
    };
    for level in Detail::ALL {
        let blocks = drawn(level);
        let fitting = fitting(card, &blocks, room);
        let enough =
            fitting == blocks.len() || fitting > 0 && (room == Room::Several || level == Detail::Bare);
        if enough {
            return blocks
                .iter()
                .take(fitting)
                .take_while(|block| card.push(block, Spacing::Paragraph))
                .count();
        }
    }
    let Some(first) = quotes.first() else { return 0 };
    let note = cite::too_long(first, &cite::words(first));
    usize::from(card.push(&note, Spacing::Paragraph) || room == Room::Several)
}

/// Returns how many of the blocks fit, counted from the first.
fn fitting(card: &Card, blocks: &[Markup], room: Room) -> usize {
    let kept = if room == Room::One { LEFT_OVER } else { 0 };
    let mut left = card.room(Spacing::Paragraph).saturating_sub(kept);
    let takes = |block: &&Markup| {
        // An empty line separates blocks.
        let after = left.checked_sub(block.units() + 2);
        after.map(|after| left = after).is_some()
    };
    blocks.iter().take_while(takes).count()
}

/// Says where the sources answer in sentences that are too long to quote. Returns whether there are any.
fn too_long(card: &mut Card, body: &Body) -> bool {
    let Some(statement) = wording::too_long(body) else { return false };
    card.push(&Markup::own(statement).strong(), Spacing::Paragraph);
    for cited in &body.too_long {
        let place = cite::citation(cited, &Markup::default(), Detail::Less);
        card.push(&Markup::own("• ").and(&place), Spacing::Line);
    }
    true
}

fn tone(body: &Body) -> Tone {
    if body.notice.is_some() { Tone::Notice } else { Tone::Answer }
}

/// Adds the notes that belong before the quotes.
fn opening(card: &mut Card, reply: &Reply, view: &View) {
    let body = reply.body();
    superseded(card, view);
    if body.is_followup {
        card.push(&Markup::own(wording::FOLLOW_UP), Spacing::Line);
    }
    for repair in body.repairs.iter().take(MOST_REPAIRS) {
        card.push(&Markup::short(&one_line(&wording::read_as(repair)), REPAIR), Spacing::Line);
    }
    if let Some(notice) = &body.notice {
        card.push(&Markup::short(notice.text.trim(), NOTICE), Spacing::Paragraph);
    }
    if body.differ && body.kind == Kind::Answer {
        card.push(&differ(&body.quotes), Spacing::Paragraph);
    }
    if let Some(uncovered) = wording::uncovered(body) {
        card.push(&Markup::short(&one_line(&uncovered), WHY).strong(), Spacing::Paragraph);
    }
}

/// Adds a note if the quotes are from a generation that is no longer live.
pub fn superseded(card: &mut Card, view: &View) {
    if view.superseded {
        let note = "This knowledge base has been updated since that answer. This is what it says now.";
        card.push(&Markup::own(note), Spacing::Paragraph);
    }
}

/// States that the sources differ, with their publishers and dates.
fn differ(quotes: &[Cited]) -> Markup {
    let mut seen: Vec<&str> = Vec::new();
    let mut parts = Vec::new();
    for (number, cited) in (1..=MOST_ON_A_CARD).zip(quotes) {
        if !seen.contains(&cited.quote.source()) {
            seen.push(cited.quote.source());
            let name = cited.publisher.as_deref().unwrap_or(&cited.title);
            let of = format!("quote {number} is from ");
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
    let statement = one_line(&wording::not_covered(body));
    card.push(&Markup::short(&statement, WHY).strong(), Spacing::Paragraph);
    card.push(&looked_in(wording::looked_in(body), &body.looked_in), Spacing::Line);
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

/// Adds related passages. They are not an answer, so they have no numbers, and passages that do not fit are left out.
fn related(card: &mut Card, reply: &Reply, view: &View) {
    let heading = Markup::bold(wording::RELATED);
    let mut headed = false;
    for cited in &reply.body().related {
        let kept = if headed { 0 } else { heading.units() + 2 };
        let drawn = |level| cite::block(cited, &Markup::default(), reply.question(), view, level);
        let room = card.room(Spacing::Paragraph).saturating_sub(kept);
        let Some(block) = Detail::ALL.into_iter().map(drawn).find(|block| block.units() <= room) else {
            continue;
        };
        if !headed {
            headed = card.push(&heading, Spacing::Paragraph);
        }
        card.push(&block, Spacing::Paragraph);
    }
}

/// Draws a safety card alone, without buttons.
fn alone(reply: &Reply) -> Card {
    let notice = reply.body().notice.as_ref();
    let tone = notice.map_or(Tone::Notice, notice_tone);
    single_text(tone, notice.map_or("", |notice| &notice.text), reply)
}

/// Draws a single text.
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
