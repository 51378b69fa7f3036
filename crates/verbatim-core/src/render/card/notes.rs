//! Cards without quotes: refusals, help, and messages to moderators.

use super::pages::{LEAST, Pages, pieces};
use super::{Card, Spacing, Tone};
use crate::render::escape::Markup;
use crate::text::controls::visible;

/// Draws a text on one card. A text that does not fit is cut with `…`; use [`plain_pages`] for a text that may be long.
pub fn plain(tone: Tone, title: &str, text: &str, disclaimer: &str) -> Card {
    let mut card = Card::new(tone, disclaimer).titled(title);
    let room = card.room(Spacing::Line);
    card.push(&Markup::short(text.trim(), room), Spacing::Line);
    card
}

/// Draws a text of the program on as many cards as needed, divided at line or sentence ends. The text may repeat words
/// of a source or a person, so invisible characters are made visible.
pub fn plain_pages(tone: Tone, title: &str, text: &str, disclaimer: &str) -> Vec<Card> {
    let mut pages = Pages::new(tone, title, disclaimer);
    let mut gap = Spacing::Line;
    for line in visible(text).trim().lines() {
        if line.trim().is_empty() {
            gap = Spacing::Paragraph;
            continue;
        }
        for piece in pieces(line, LEAST) {
            pages.push(&Markup::text(piece), gap);
            gap = Spacing::Line;
        }
    }
    pages.cards()
}

/// Draws lines with the program's markup on as many cards as needed. Lines are never divided; a line longer than a card
/// is cut with `…`.
pub fn marked(tone: Tone, title: &str, lines: &[Markup], disclaimer: &str) -> Vec<Card> {
    let mut pages = Pages::new(tone, title, disclaimer);
    lines.iter().for_each(|line| pages.push(line, Spacing::Line));
    pages.cards()
}

/// The card that replaces an earlier post after a passage in it was withheld. `date` is the day, in ISO 8601.
pub fn withheld(date: &str, disclaimer: &str) -> Card {
    let text = format!(
        "This message quoted a passage that was withheld by the moderators on {date}, so its text was removed. Ask \
         again to get a new answer."
    );
    plain(Tone::Moderation, "", &text, disclaimer)
}
