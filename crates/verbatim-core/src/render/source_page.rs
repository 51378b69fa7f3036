//! The page of a source: the document as it is indexed, with an anchor at each passage, for people who want to see a
//! quote in its place. It needs no script: the browser scrolls to the passage in the address and highlights it.

use maud::{DOCTYPE, Markup, html};

use crate::index::snapshot::Snapshot;
use crate::knowledge::blocks::CELL_SEPARATOR;
use crate::knowledge::document::{Document, Passage, PassageKind, Section};
use crate::text::controls::visible;
use crate::text::span::Span;

/// The style sheet of every page, for the address that the page is told.
pub const STYLE: &str = include_str!("page.css");

/// What stands in the place of a withheld passage.
pub(super) const WITHHELD: &str = "The moderators have withheld this passage.";

/// How a quote in an older generation compares with the live one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedFrom {
    /// The generation from which the passage was quoted.
    pub generation: String,
    /// What became of the passage.
    pub passage: QuotedPassage,
}

/// What became of a quoted passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuotedPassage {
    /// The live generation has the same words.
    Unchanged,
    /// The live generation does not have it. These were its words.
    Gone(String),
    /// It is withheld, or the older generation no longer exists, so its words are not known.
    Unknown,
}

/// The address of a passage on the page of its source. `viewer` is the address of the viewer without a slash at its end.
pub fn address(viewer: &str, base: &str, generation: &str, passage: &str) -> Option<String> {
    let (source, anchor) = passage.rsplit_once(':')?;
    let page = source_address(viewer, base, source);
    Some(format!("{page}?generation={generation}&passage={anchor}#{anchor}"))
}

/// The address of the page of a source. `viewer` is as for [`address`].
pub fn source_address(viewer: &str, base: &str, source: &str) -> String {
    format!("{viewer}/s/{base}/{source}")
}

/// Builds the page of the document with this number in the live generation.
pub fn source_page(snapshot: &Snapshot, number: usize, style: &str, quoted: Option<&QuotedFrom>) -> String {
    let document = &snapshot.corpus.documents[number];
    let withheld = withheld(snapshot, number);
    let body = html! {
        header {
            h1 { (shown(&document.metadata.title)) }
            (about(snapshot, document))
            p.notice { (snapshot.corpus.about.disclaimer) }
            @if let Some(quoted) = quoted { (comparison(quoted, &snapshot.manifest.id)) }
        }
        main { (content(document, &withheld)) }
    };
    page(&document.metadata.title, style, &body)
}

/// Builds a page that says only one thing, such as that there is no such source.
pub fn message_page(title: &str, text: &str, style: &str) -> String {
    page(title, style, &html! { main { h1 { (title) } p { (text) } } })
}

fn page(title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (shown(title)) }
                link rel="stylesheet" href=(style);
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// Text of a source, with control characters made visible.
fn shown(text: &str) -> String {
    visible(text).to_string()
}

/// Whether each passage of the document with this number is withheld.
pub(super) fn withheld(snapshot: &Snapshot, number: usize) -> Vec<bool> {
    let notes = snapshot.corpus.passages.iter().filter(|note| note.document as usize == number);
    notes.map(|note| note.withheld).collect()
}

/// What is known about the source and the generation that it comes from, without its address.
pub(super) fn facts<'a>(
    snapshot: &'a Snapshot,
    document: &'a Document,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let metadata = &document.metadata;
    let rows = [
        ("Publisher", metadata.publisher.as_deref()),
        ("Kind", metadata.kind.as_deref()),
        ("Published", metadata.published.as_deref()),
        ("Retrieved", metadata.retrieved.as_deref()),
        ("Licence", metadata.licence.as_deref()),
        ("Index", Some(snapshot.manifest.id.as_str())),
        ("SHA-256", Some(document.digest.as_str())),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

fn about(snapshot: &Snapshot, document: &Document) -> Markup {
    html! {
        dl.about {
            @for (name, value) in facts(snapshot, document) {
                div { dt { (name) } dd { (shown(value)) } }
            }
            @if let Some(url) = &document.metadata.url {
                div { dt { "Address" } dd { a rel="noreferrer" href=(url) { (shown(url)) } } }
            }
        }
    }
}

fn comparison(quoted: &QuotedFrom, live: &str) -> Markup {
    html! {
        section.notice aria-label="The quote and this page" {
            p {
                "The passage was quoted from the index " (quoted.generation) ". This page shows the index " (live) ", which has replaced it. "
                @match &quoted.passage {
                    QuotedPassage::Unchanged => "The words of the passage have not changed.",
                    QuotedPassage::Gone(_) => "The passage is no longer in the source in these words:",
                    QuotedPassage::Unknown => "Its words can no longer be shown.",
                }
            }
            @if let QuotedPassage::Gone(words) = &quoted.passage { blockquote { (shown(words)) } }
        }
    }
}

/// The headings and passages in order. Passages that belong together, such as the items of a list, share an element.
fn content(document: &Document, withheld: &[bool]) -> Markup {
    // The page has the title in its own heading; a title in other words is part of the document.
    let is_said = |section: &&Section| {
        section.is_title && section.heading.of(document.text()) == document.metadata.title
    };
    let mut sections = document.sections().iter().filter(|section| !is_said(section)).peekable();
    let mut runs: Vec<Markup> = Vec::new();
    let mut run: Vec<(&Passage, bool)> = Vec::new();
    for (at, passage) in document.passages().iter().enumerate() {
        let mut headings = Vec::new();
        while let Some(section) = sections.next_if(|section| section.heading.start < passage.span.start) {
            headings.push(heading(document, section));
        }
        let continues = run.last().is_some_and(|(last, _)| element(last.kind) == element(passage.kind));
        if !headings.is_empty() || !continues {
            runs.push(together(document, &std::mem::take(&mut run)));
        }
        runs.extend(headings);
        run.push((passage, withheld.get(at).copied().unwrap_or(false)));
    }
    runs.push(together(document, &run));
    runs.extend(sections.map(|section| heading(document, section)));
    html! { @for run in runs { (run) } }
}

/// The HTML element that surrounds a run of passages.
#[derive(PartialEq)]
enum Element {
    Block,
    List,
    Table,
    Terms,
}

fn element(kind: PassageKind) -> Element {
    match kind {
        PassageKind::ListItem | PassageKind::Reference | PassageKind::Note => Element::List,
        PassageKind::TableHead | PassageKind::TableRow => Element::Table,
        PassageKind::Term => Element::Terms,
        PassageKind::Paragraph
        | PassageKind::Caption
        | PassageKind::Question
        | PassageKind::AdmonitionTitle
        | PassageKind::Furniture => Element::Block,
    }
}

/// A heading, one level below the heading that contains it: a screen reader stumbles over a level that is left out.
fn heading(document: &Document, section: &Section) -> Markup {
    let words = shown(section.heading.of(document.text()));
    let above = |section: &&Section| section.parent.and_then(|at| document.sections().get(at as usize));
    let over = std::iter::successors(above(&section), above).filter(|section| !section.is_title);
    match over.count() {
        0 => html! { h2 { (words) } },
        1 => html! { h3 { (words) } },
        2 => html! { h4 { (words) } },
        3 => html! { h5 { (words) } },
        _ => html! { h6 { (words) } },
    }
}

fn together(document: &Document, run: &[(&Passage, bool)]) -> Markup {
    let Some((first, _)) = run.first() else { return Markup::default() };
    match element(first.kind) {
        Element::Block => html! {
            @for (passage, withheld) in run {
                p id=(anchor(passage)) class=[class(passage.kind)] { (words(document, passage, *withheld)) }
            }
        },
        Element::List => html! {
            ul {
                @for (passage, withheld) in run {
                    li id=(anchor(passage)) class=[class(passage.kind)] { (words(document, passage, *withheld)) }
                }
            }
        },
        Element::Terms => html! {
            dl {
                @for (passage, withheld) in run {
                    div id=(anchor(passage)) { (term(document, passage, *withheld)) }
                }
            }
        },
        Element::Table => html! {
            // A table too wide for the window scrolls by itself; with a tab stop, also from the keyboard.
            div.wide tabindex="0" role="region" aria-label="Table" {
                table {
                    @for (passage, withheld) in run {
                        tr id=(anchor(passage)) { (row(document, passage, *withheld)) }
                    }
                }
            }
        },
    }
}

/// The part of a passage's id that is unique in its document.
fn anchor(passage: &Passage) -> &str {
    passage.id.rsplit_once(':').map_or(passage.id.as_str(), |(_, anchor)| anchor)
}

fn class(kind: PassageKind) -> Option<&'static str> {
    match kind {
        PassageKind::Furniture => Some("furniture"),
        PassageKind::Question | PassageKind::AdmonitionTitle | PassageKind::Caption => Some("title"),
        _ => None,
    }
}

fn text<'a>(document: &'a Document, passage: &Passage) -> &'a str {
    passage.span.of(document.text())
}

fn words(document: &Document, passage: &Passage, withheld: bool) -> Markup {
    html! {
        @if let Some(page) = passage.page() { span.page { "p. " (page) } " " }
        @if withheld { (withheld_note()) } @else { (shown(text(document, passage))) }
    }
}

fn withheld_note() -> Markup {
    html! { em { (WITHHELD) } }
}

fn term(document: &Document, passage: &Passage, withheld: bool) -> Markup {
    let Some(term) = passage.term.filter(|_| !withheld) else {
        return html! { dt { "…" } dd { (words(document, passage, withheld)) } };
    };
    // The term of a long description is in its first passage; the others have only their own words.
    let start = term.end.clamp(passage.span.start, passage.span.end);
    let description = Span { start, ..passage.span }.get(document.text()).unwrap_or_default();
    html! {
        dt { (shown(term.of(document.text()))) }
        dd { (shown(description.trim_start_matches(|letter: char| letter == ':' || letter.is_whitespace()))) }
    }
}

fn row(document: &Document, passage: &Passage, withheld: bool) -> Markup {
    if withheld {
        return html! { td { (withheld_note()) } };
    }
    let cells = text(document, passage).split(CELL_SEPARATOR);
    html! {
        @for cell in cells {
            @if passage.kind == PassageKind::TableHead { th scope="col" { (shown(cell)) } }
            @else { td { (shown(cell)) } }
        }
    }
}
