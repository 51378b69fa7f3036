//! A quote with its origin and its flags. The words of a quote are never cut; if space is short, everything around them
//! is.

use super::View;
use crate::answer::quote_by_id;
use crate::answer::reply::Cited;
use crate::render::address::Address;
use crate::render::escape::Markup;
use crate::render::{highlight, layout, wording};
use crate::text::controls::one_line;

/// The amount of detail around the words of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The question's words in bold, a link to the exact sentence, flags.
    Full,
    /// A link to the page, flags.
    Less,
    /// A short form of the place.
    Bare,
}

impl Detail {
    /// All levels, fullest first.
    pub const ALL: [Self; 3] = [Self::Full, Self::Less, Self::Bare];
}

/// The maximum length in units of the parts of a citation. They are titles, not quotations, and may be shortened.
const PLACE: usize = 200;
const SHORT_PLACE: usize = 80;
const PUBLISHER: usize = 80;
const DATE: usize = 32;

/// Formats a quote and its citation. `mark` comes before the place; `question` is the question, if it is known.
pub fn block(cited: &Cited, mark: &Markup, question: Option<&str>, view: &View, level: Detail) -> Markup {
    let lines = layout::lines(cited);
    let lead_ins = lines.lead_ins.iter().map(|line| Markup::text(line));
    let words = lines.words.iter().map(|line| {
        let spans = match (question, level) {
            (Some(question), Detail::Full) => highlight::matches(question, line, view.lexicon),
            _ => Vec::new(),
        };
        Markup::emphasised(line, &spans)
    });
    let quote = Markup::join(lead_ins.chain(words).map(|line| Markup::own("> ").and(&line)), "\n");
    let flags = cited.flags.iter().filter(|_| level != Detail::Bare).filter_map(|flag| wording::flag(*flag));
    let flags = flags.map(|flag| Markup::own("⚠️ ").and(&Markup::own(flag)));
    Markup::join([quote, citation(cited, mark, level)].into_iter().chain(flags), "\n")
}

/// The words of a quote on one line. Line breaks in a source become spaces.
pub fn words(cited: &Cited) -> String {
    cited.quote.text().replace('\n', " ")
}

/// The origin of a quote on one line.
pub fn citation(cited: &Cited, mark: &Markup, level: Detail) -> Markup {
    let most = if level == Detail::Bare { SHORT_PLACE } else { PLACE };
    let web = |url: &Option<String>| url.as_deref().and_then(Address::new).filter(Address::is_short);
    let viewer = web(&cited.viewer).map(|address| address.with_text(cited.quote.text()));
    let as_indexed = viewer.clone().filter(|_| cited.url.is_some() && level == Detail::Full);
    let address = web(&cited.url).or(viewer);
    let address = match level {
        // A link to a PDF points to the page.
        Detail::Full if cited.quote.page().is_none() => {
            address.map(|address| address.with_text(cited.quote.text()))
        }
        Detail::Full | Detail::Less => address,
        Detail::Bare => None,
    };
    let place = place(cited);
    let place = match &address {
        Some(address) => Markup::link(&place, most, address),
        None => Markup::short(&place, most),
    };
    let page = wording::page(cited).map(|page| Markup::short(&page, DATE));
    let publisher = cited.publisher.as_deref().map(|name| Markup::short(name, PUBLISHER));
    let date = Markup::short(wording::dated(cited), DATE);
    let as_indexed = as_indexed.map(|address| Markup::link("as indexed", PLACE, &address));
    let parts =
        [mark.clone(), place].into_iter().chain(page).chain(publisher).chain([date]).chain(as_indexed);
    Markup::join(parts, " · ")
}

/// Title and headings.
pub fn place(cited: &Cited) -> String {
    let parts: Vec<&str> = std::iter::once(cited.title.as_str()).chain(wording::headings(cited)).collect();
    one_line(&parts.join(" › "))
}

/// The passage's id as a moderator types it; empty if it is not a valid id.
pub fn passage_id(cited: &Cited) -> Markup {
    match quote_by_id::digits(&cited.passage) {
        Some(_) => Markup::code(&cited.passage),
        None => Markup::default(),
    }
}

/// A note that replaces words too long for any card. They are not cut; the note says where to find them.
pub fn too_long(cited: &Cited, text: &str) -> Markup {
    Markup::text(&format!(
        "One sentence ({} characters) is too long for Discord, and I never shorten a quote. You can find it in ",
        text.chars().count()
    ))
    .and(&Markup::short(&place(cited), PLACE))
    .and(&Markup::own(", passage "))
    .and(&passage_id(cited))
    .and(&Markup::own("."))
}
