//! Several cards of one kind, for content that does not fit on one card.

use super::{
    Button, ButtonStyle, Card, DESCRIPTION, FOOTER, MESSAGES, MOST_MESSAGES, Spacing, TITLE, TOTAL, Tone,
};
use crate::render::action::Action;
use crate::render::escape::{Markup, units};
use crate::text::controls::one_line;
use crate::text::sentence::sentences;
use crate::text::span::Span;
use unicode_segmentation::UnicodeSegmentation;

/// The minimum space in a card's description, whatever its title and disclaimer.
pub const LEAST: usize =
    if TOTAL - FOOTER - TITLE < DESCRIPTION { TOTAL - FOOTER - TITLE } else { DESCRIPTION };
/// Units reserved in the title for ` (1234 of 5678)`.
const COUNT: usize = 16;

/// Cards under one title, each with the disclaimer.
pub struct Pages {
    tone: Tone,
    title: Markup,
    disclaimer: String,
    cards: Vec<Card>,
}

impl Pages {
    /// Starts with one empty card.
    pub fn new(tone: Tone, title: &str, disclaimer: &str) -> Self {
        let title = Markup::short(&one_line(title), TITLE - COUNT);
        let mut pages = Self { tone, title, disclaimer: disclaimer.to_owned(), cards: Vec::new() };
        pages.turn();
        pages
    }

    /// The current card.
    pub fn card(&mut self) -> &mut Card {
        self.cards.last_mut().expect("there is a card from the beginning")
    }

    /// Starts a new card.
    pub fn turn(&mut self) {
        // Uses the longest count, so that the real one fits.
        let title = self.numbered(9_999, 9_999);
        self.cards.push(Card::new(self.tone, &self.disclaimer).headed(title));
    }

    /// Adds a part, on a new card if it does not fit on the current one. A part longer than a card is cut with `…`;
    /// divide longer text into [`pieces`] of at most [`LEAST`] units first.
    pub fn push(&mut self, part: &Markup, gap: Spacing) {
        if self.card().push(part, gap) {
            return;
        }
        if !self.card().description().is_empty() {
            self.turn();
        }
        let room = self.card().room(gap);
        self.card().push(&part.cut(room), gap);
    }

    /// Returns the cards, numbered if there are several.
    pub fn cards(mut self) -> Vec<Card> {
        let cards = std::mem::take(&mut self.cards);
        let count = cards.len();
        let title = |at: usize| if count == 1 { self.title.clone() } else { self.numbered(at, count) };
        (1..).zip(cards).map(|(at, card)| card.headed(title(at))).collect()
    }

    fn numbered(&self, at: usize, count: usize) -> Markup {
        match self.title.is_empty() {
            true => Markup::default(),
            false => self.title.clone().and(&Markup::text(&format!(" ({at} of {count})"))),
        }
    }
}

/// Returns page `number`, from 0, of the cards that `action` shows, at most [`MESSAGES`] or [`MOST_MESSAGES`] of them,
/// with a More button if there are further cards. Returns no cards past the end.
pub fn page(cards: Vec<Card>, number: u16, action: &Action) -> Vec<Card> {
    let most = if matches!(action, Action::Topic { .. }) { MOST_MESSAGES } else { MESSAGES };
    let start = usize::from(number) * most;
    let is_last = start + most >= cards.len();
    let mut shown: Vec<Card> = cards.into_iter().skip(start).take(most).collect();
    let next = number.checked_add(1).filter(|_| !is_last).and_then(|next| action.page(next));
    if let (Some(last), Some(next)) = (shown.last_mut(), next) {
        last.push_row(Button::act("More", ButtonStyle::Primary, next));
    }
    shown
}

/// Splits a text into pieces of at most `most` units, including escapes. Splits at sentence ends; a longer sentence
/// between words; a longer word between characters.
pub fn pieces(text: &str, most: usize) -> Vec<&str> {
    if !text.trim().is_empty() && Markup::text(text.trim()).units() <= most {
        return vec![text.trim()];
    }
    let mut pieces: Vec<(Span, usize)> = Vec::new();
    for part in sentences(text).into_iter().flat_map(|sentence| small(text, sentence, most)) {
        // Two parts escaped together are never longer than the two escaped separately.
        let more = Markup::text(part.of(text)).units();
        match pieces.last_mut() {
            Some((last, used)) if *used + gap(text, *last, part) + more <= most => {
                *used += gap(text, *last, part) + more;
                *last = last.cover(part);
            }
            _ => pieces.push((part, more)),
        }
    }
    pieces.into_iter().map(|(piece, _)| piece.of(text)).collect()
}

/// The number of units between two parts.
fn gap(text: &str, before: Span, after: Span) -> usize {
    units(Span { start: before.end, end: after.start }.of(text))
}

fn small(text: &str, sentence: Span, most: usize) -> Vec<Span> {
    let within = |part: &str| Markup::text(part).units() <= most;
    if within(sentence.of(text)) {
        return vec![sentence];
    }
    let start = sentence.start as usize;
    let words = sentence.of(text).split_word_bound_indices();
    words
        .flat_map(|(at, word)| match within(word) {
            true => vec![Span::new(start + at, start + at + word.len())],
            false => letters(start + at, word, most),
        })
        .filter(|span| !span.of(text).trim().is_empty())
        .collect()
}

/// Splits a word into runs of characters that fit when escaped. Characters escaped together are never longer than
/// escaped separately.
fn letters(start: usize, word: &str, most: usize) -> Vec<Span> {
    let mut spans: Vec<(Span, usize)> = Vec::new();
    for (at, letter) in word.char_indices() {
        let here = Span::new(start + at, start + at + letter.len_utf8());
        let more = Markup::text(letter.encode_utf8(&mut [0; 4])).units();
        match spans.last_mut() {
            Some((last, used)) if *used + more <= most => {
                *last = last.cover(here);
                *used += more;
            }
            _ => spans.push((here, more)),
        }
    }
    spans.into_iter().map(|(span, _)| span).collect()
}
