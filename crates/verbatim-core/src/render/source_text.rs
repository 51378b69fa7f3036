//! A source as plain text, for programs that read whole documents: what is known about it and the disclaimer, then its
//! canonical text without the withheld passages.

use super::source_page::{WITHHELD, facts, withheld};
use crate::index::snapshot::Snapshot;
use crate::knowledge::document::Document;
use crate::text::span::Span;

/// Writes the document with this number in the live generation.
pub fn source_text(snapshot: &Snapshot, number: usize) -> String {
    let document = &snapshot.corpus.documents[number];
    let mut text = format!("{}\n\n", document.metadata.title);
    let address = document.metadata.url.as_deref().map(|url| ("Address", url));
    for (name, value) in facts(snapshot, document).chain(address) {
        text += &format!("{name}: {value}\n");
    }
    text += &format!("\n{}\n\n---\n\n", snapshot.corpus.about.disclaimer);
    text += &shown(document, &withheld(snapshot, number));
    text
}

/// The canonical text with a note in the place of each withheld passage.
fn shown(document: &Document, withheld: &[bool]) -> String {
    let mut text = String::new();
    let mut end = 0;
    let hidden = document.passages().iter().zip(withheld).filter(|(_, withheld)| **withheld);
    for (passage, _) in hidden {
        let before = Span::new(end, (passage.span.start as usize).max(end));
        text += before.of(document.text());
        text += &format!("[{WITHHELD}]");
        end = end.max(passage.span.end as usize);
    }
    text + Span::new(end, document.text().len()).of(document.text())
}
