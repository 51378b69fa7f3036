//! Cards with the whole passages that contain the quotes. Each shows its id, which moderators use to name it.

use super::answer::superseded;
use super::cite::{self, Detail};
use super::pages::{LEAST, Pages};
use super::{Card, Spacing, Tone, View};
use crate::answer::reply::{Cited, Reply};
use crate::render::escape::Markup;
use crate::render::wording;
use crate::text::sentence::sentences;
use crate::text::span::Span;

/// Units reserved below the words for the place and the id.
const PLACE: usize = 1_100;

/// Draws whole passages on as many cards as needed. The quotes of `reply` are the passages. A passage that does not fit
/// on a card continues on the next one at the start of a sentence.
pub fn context(reply: &Reply, view: &View) -> Vec<Card> {
    let mut pages = Pages::new(Tone::Answer, "In context", reply.disclaimer());
    superseded(pages.card(), view);
    if reply.body().quotes.is_empty() {
        pages.push(&Markup::own("These passages are no longer in the sources."), Spacing::Paragraph);
    }
    for cited in &reply.body().quotes {
        let parts = parts(cited);
        let count = parts.len();
        for (number, part) in (1..).zip(parts) {
            let words = match part {
                Part::Words(words) => Markup::own("> ").and(&Markup::text(&words)),
                Part::TooLong(note) => note,
            };
            let part = if count > 1 {
                Markup::text(&format!("part {number} of {count}"))
            } else {
                Markup::default()
            };
            pages.push(&Markup::join([words, place(cited, &part)], "\n"), Spacing::Paragraph);
        }
    }
    pages.cards()
}

enum Part {
    Words(String),
    TooLong(Markup),
}

/// Splits a passage into runs of whole sentences that each fit on a card.
fn parts(cited: &Cited) -> Vec<Part> {
    let text = cite::words(cited);
    let fits = |span: Span| Markup::text(span.of(&text)).units() + 2 <= LEAST - PLACE;
    let mut runs: Vec<Span> = Vec::new();
    for sentence in sentences(&text) {
        match runs.last_mut() {
            Some(run) if fits(run.cover(sentence)) => *run = run.cover(sentence),
            _ => runs.push(sentence),
        }
    }
    let part = |run: Span| match fits(run) {
        true => Part::Words(run.of(&text).to_owned()),
        false => Part::TooLong(cite::too_long(cited, run.of(&text))),
    };
    runs.into_iter().map(part).collect()
}

fn place(cited: &Cited, part: &Markup) -> Markup {
    let flags = cited.flags.iter().filter_map(|flag| wording::flag(*flag));
    let flags = flags.map(|flag| Markup::own("⚠️ ").and(&Markup::own(flag)));
    let citation = cite::citation(cited, &Markup::default(), Detail::Full);
    let id = Markup::join([cite::passage_id(cited), part.clone()], " · ");
    Markup::join([citation, id].into_iter().chain(flags), "\n")
}
