//! A quote with its origin and what the source says against it. The words are never cut; where there is
//! little room, everything around them is.

use super::View;
use crate::answer::quote_by_id;
use crate::answer::reply::Cited;
use crate::render::address::Address;
use crate::render::escape::Markup;
use crate::render::{highlight, layout, wording};

/// How much stands around the words of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The words asked for in bold, a link to the very sentence, flags.
    Full,
    /// A link to the page, flags.
    Less,
    /// The place in short.
    Bare,
}

impl Level {
    /// The fullest first.
    pub const ALL: [Self; 3] = [Self::Full, Self::Less, Self::Bare];
}

/// The most units of the parts of a citation. They are titles, not quotations, and may be shortened.
const PLACE: usize = 200;
const SHORT_PLACE: usize = 80;
const PUBLISHER: usize = 80;
const DATE: usize = 32;

/// A quote and its citation. `mark` is what stands before the place; `question` is what was asked, where it
/// may be known.
pub fn block(cited: &Cited, mark: &Markup, question: Option<&str>, view: &View, level: Level) -> Markup {
    let lines = layout::lines(cited);
    let lead_ins = lines.lead_ins.iter().map(|line| Markup::text(line));
    let words = lines.words.iter().map(|line| {
        let spans = match (question, level) {
            (Some(question), Level::Full) => highlight::matches(question, line, view.lexicon),
            _ => Vec::new(),
        };
        Markup::emphasised(line, &spans)
    });
    let quote = Markup::join(lead_ins.chain(words).map(|line| Markup::own("> ").and(&line)), "\n");
    let flags = cited.flags.iter().filter(|_| level != Level::Bare).filter_map(|flag| wording::flag(flag));
    let flags = flags.map(|flag| Markup::own("⚠️ ").and(&Markup::own(flag)));
    Markup::join([quote, citation(cited, mark, level)].into_iter().chain(flags), "\n")
}

/// The words of a quote in one line: a line end in a source is a space to whoever reads it.
pub fn words(cited: &Cited) -> String {
    cited.quote.text().replace('\n', " ")
}

/// Where a quote comes from, in one line.
pub fn citation(cited: &Cited, mark: &Markup, level: Level) -> Markup {
    let most = if level == Level::Bare { SHORT_PLACE } else { PLACE };
    let address = cited.url.as_deref().and_then(Address::new).filter(Address::is_short);
    let address = match level {
        // The link to a PDF leads to its page.
        Level::Full if cited.quote.page().is_none() => {
            address.map(|address| address.with_text(cited.quote.text()))
        }
        Level::Full | Level::Less => address,
        Level::Bare => None,
    };
    let place = place(cited);
    let place = match &address {
        Some(address) => Markup::link(&place, most, address),
        None => Markup::short(&place, most),
    };
    let page = wording::page(cited).map(|page| Markup::short(&page, DATE));
    let publisher = cited.publisher.as_deref().map(|name| Markup::short(name, PUBLISHER));
    let date = Markup::short(wording::dated(cited), DATE);
    Markup::join([mark.clone(), place].into_iter().chain(page).chain(publisher).chain([date]), " · ")
}

/// Title and headings.
pub fn place(cited: &Cited) -> String {
    let parts: Vec<&str> = std::iter::once(cited.title.as_str()).chain(wording::headings(cited)).collect();
    parts.join(" › ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The passage's id as a moderator types it; empty where it is none.
pub fn passage_id(cited: &Cited) -> Markup {
    match quote_by_id::digits(&cited.passage) {
        Some(_) => Markup::code(&cited.passage),
        None => Markup::default(),
    }
}

/// Stands for words that fit on no card: they are not cut, but their place is told.
pub fn too_long(cited: &Cited, text: &str) -> Markup {
    Markup::text(&format!(
        "A sentence of {} characters is too long for Discord and is not cut. It stands in ",
        text.chars().count()
    ))
    .and(&Markup::short(&place(cited), PLACE))
    .and(&Markup::own(", passage "))
    .and(&passage_id(cited))
    .and(&Markup::own("."))
}
