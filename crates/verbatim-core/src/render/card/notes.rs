//! Cards that quote nothing: refusals, help, and what moderators are told.

use super::pages::{LEAST, Pages, pieces};
use super::{Card, Gap, Tone};
use crate::render::escape::Markup;
use crate::text::controls::visible;

/// One card with such a text as [`plain_pages`]. What does not fit is left out with `…`; for a text
/// that may be long there is [`plain_pages`].
pub fn plain(tone: Tone, title: &str, text: &str, disclaimer: &str) -> Card {
    let mut card = Card::new(tone, disclaimer).titled(title);
    let room = card.room(Gap::Line);
    card.push(&Markup::short(text.trim(), room), Gap::Line);
    card
}

/// A text of the program's own, which may repeat what a source or a person says: everything in it is shown. It stands
/// on as many cards as it takes, divided at line or sentence ends.
pub fn plain_pages(tone: Tone, title: &str, text: &str, disclaimer: &str) -> Vec<Card> {
    let mut pages = Pages::new(tone, title, disclaimer);
    let mut gap = Gap::Line;
    for line in visible(text).trim().lines() {
        if line.trim().is_empty() {
            gap = Gap::Paragraph;
            continue;
        }
        for piece in pieces(line, LEAST) {
            pages.push(&Markup::text(piece), gap);
            gap = Gap::Line;
        }
    }
    pages.cards()
}

/// Lines with markup of the program's own, on as many cards as they take. A line is never divided; of one
/// that is longer than a card everything else stays.
pub fn marked(tone: Tone, title: &str, lines: &[Markup], disclaimer: &str) -> Vec<Card> {
    let mut pages = Pages::new(tone, title, disclaimer);
    lines.iter().for_each(|line| pages.push(line, Gap::Line));
    pages.cards()
}

/// What an earlier post becomes when a passage in it was withheld. `date` is the day, ISO 8601.
pub fn withheld(date: &str, disclaimer: &str) -> Card {
    let text = format!("A passage quoted here was withheld by the moderators on {date}.");
    plain(Tone::Moderation, "", &text, disclaimer)
}
