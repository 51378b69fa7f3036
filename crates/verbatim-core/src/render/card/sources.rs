//! Cards about the sources: origin, licence, dates and addresses, and the literature in full.

use super::answer::superseded;
use super::literature::{self, Cites};
use super::pages::{LEAST, Pages, pieces};
use super::{Card, Spacing, Tone, View};
use crate::answer::reply::{CitedReference, Reply};
use crate::knowledge::document::Document;
use crate::render::address::Address;
use crate::render::escape::Markup;
use crate::text::controls::one_line;

/// The maximum length in units of a title, and of each other detail of an origin.
const TITLE: usize = 250;
const PARTICULAR: usize = 400;
/// The maximum length of an address that is shown.
const LONGEST_ADDRESS: usize = 1_500;
/// The maximum length in units of a piece of an entry. Its links and marker need the rest of the card.
const ENTRY: usize = LEAST - 1_900;

/// Draws the sources of a reply's quotes, taken from `documents`, and all entries that they cite for the quotes.
pub fn sources(reply: &Reply, documents: &[Document], view: &View) -> Vec<Card> {
    let mut pages = Pages::new(Tone::Answer, "Sources", reply.disclaimer());
    superseded(pages.card(), view);
    let body = reply.body();
    let quotes: Vec<_> = body.quotes.iter().chain(&body.related).cloned().collect();
    let cited = literature::cited_by(&quotes);
    let is_quoted = |document: &&Document| quotes.iter().any(|cited| cited.quote.source() == document.id);
    let quoted: Vec<&Document> = documents.iter().filter(is_quoted).collect();
    if quoted.is_empty() {
        pages.push(&Markup::own("These sources are no longer in the knowledge base."), Spacing::Paragraph);
    }
    for document in quoted {
        pages.push(&origin(document), Spacing::Paragraph);
        if let Some(cites) = cited.iter().find(|cites| cites.source == document.id) {
            works(&mut pages, cites);
        }
    }
    pages.cards()
}

/// Draws all sources of a base.
pub fn all_sources(documents: &[Document], disclaimer: &str) -> Vec<Card> {
    let mut pages = Pages::new(Tone::Answer, "Sources", disclaimer);
    if documents.is_empty() {
        pages.push(&Markup::own("This knowledge base has no sources yet."), Spacing::Paragraph);
    }
    for document in documents {
        let count = match document.references().len() {
            0 => Markup::default(),
            1 => Markup::own("It cites 1 work."),
            count => Markup::text(&format!("It cites {count} works.")),
        };
        pages.push(&Markup::join([origin(document), count], "\n"), Spacing::Paragraph);
    }
    pages.cards()
}

fn origin(document: &Document) -> Markup {
    let metadata = &document.metadata;
    let particular = |name: &'static str, value: &Option<String>| {
        let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty());
        let value = value.map_or(Markup::own("not stated"), |value| Markup::short(value, PARTICULAR));
        Markup::own(name).and(&value)
    };
    let address = metadata.url.as_deref().map(|url| match Address::new(url) {
        Some(address) if address.as_str().len() <= LONGEST_ADDRESS => Markup::address(&address),
        _ => Markup::short(url, LONGEST_ADDRESS),
    });
    let lines = [
        Markup::short(&one_line(&metadata.title), TITLE).strong(),
        Markup::code(&document.id),
        particular("Publisher: ", &metadata.publisher),
        particular("Kind: ", &metadata.kind),
        particular("Licence: ", &metadata.licence),
        particular("Published: ", &metadata.published),
        particular("Retrieved: ", &metadata.retrieved),
        Markup::own("Address: ").and(&address.unwrap_or(Markup::own("not stated"))),
    ];
    Markup::join(lines, "\n")
}

fn works(pages: &mut Pages, cites: &Cites) {
    pages.push(&Markup::own("For these passages it cites:"), Spacing::Line);
    for entry in &cites.entries {
        let text = one_line(&entry.text);
        let mut parts = pieces(&text, ENTRY);
        // The links and the marker go with the last piece. An entry rarely has more than one.
        let last = parts.pop().unwrap_or_default();
        parts.iter().for_each(|part| pages.push(&Markup::text(part), Spacing::Line));
        pages.push(&line(entry, last), Spacing::Line);
    }
}

fn line(entry: &CitedReference, words: &str) -> Markup {
    literature::line(entry, Markup::text(words))
}
