//! Turns blocks into a document's canonical text and its [`Outline`]. Every format is read into the same blocks, so
//! passages, sentences and references are defined in one place, here.
//!
//! Only blocks of white space are left out. Residue of a web page ("icon", "Jump to navigation") becomes separate
//! passages, because no rule distinguishes it from words that matter. Such passages do no harm.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::blocks::{Block, BlockKind, FilePosition, only_introduces};
use super::document::{Outline, Passage, PassageKind, Reference, Section, Sentence};
use super::reference;
use crate::text::sentence::sentences;
use crate::text::span::Span;

/// The longest passage, in bytes. Longer paragraphs are divided at sentence boundaries.
pub const LONGEST_PASSAGE: usize = 1_200;

/// Makes the canonical text (UTF-8, NFC, LF; blocks separated by a blank line, list items and table rows by a line
/// break, numbered items with their number) and its outline.
pub fn outline(source_id: &str, blocks: &[Block]) -> (String, Outline) {
    let mut builder = Builder { source_id, ..Builder::default() };
    let introducing: FxHashSet<usize> = blocks.iter().filter_map(|block| block.lead_in).collect();
    for (at, block) in blocks.iter().enumerate() {
        // A form feed is a page break.
        let words = composed(block.text.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n"));
        builder.add(block, words.trim());
        if introducing.contains(&at) && only_introduces(&block.kind, words.trim()) {
            builder.mark_introduction();
        }
    }
    builder.finish()
}

#[derive(Default)]
struct Builder<'a> {
    source_id: &'a str,
    text: String,
    outline: Outline,
    /// The sections that contain the next block, outermost first.
    open: Vec<u32>,
    /// The depth of the section with the reference list, if it is one of them.
    references_from: Option<usize>,
    previous: Option<BlockKind>,
    /// The last passage of each block so far; `None` if it has none.
    passages: Vec<Option<u32>>,
    /// The passage that introduces the current block.
    lead_in: Option<u32>,
    place: FilePosition,
    ids: FxHashMap<String, u32>,
}

impl Builder<'_> {
    fn add(&mut self, block: &Block, words: &str) {
        let before = self.outline.passages.len();
        self.lead_in = block.lead_in.and_then(|at| self.passages.get(at).copied().flatten());
        self.place = block.place;
        match &block.kind {
            BlockKind::SectionEnd { level } => self.end_sections(*level, self.text.len()),
            _ if words.is_empty() => {}
            kind => self.add_words(kind, words, &block.text),
        }
        let added = self.outline.passages.len() > before;
        self.passages.push(added.then(|| index(&self.outline.passages) - 1));
    }

    /// Marks the last sentence as one that only introduces what follows.
    fn mark_introduction(&mut self) {
        if let Some(sentence) = self.outline.sentences.last_mut() {
            sentence.introduces = true;
        }
    }

    /// Adds the words of a block. `uncomposed` is the block's text before NFC, to which the length of a term refers.
    fn add_words(&mut self, kind: &BlockKind, words: &str, uncomposed: &str) {
        self.separate(kind);
        if let BlockKind::ListItem { number: Some(number), .. }
        | BlockKind::Reference { number: Some(number) } = kind
        {
            let mark = if number.ends_with(char::is_alphanumeric) { "." } else { "" };
            self.text.push_str(&format!("{number}{mark} "));
        }
        let start = self.text.len();
        self.text.push_str(words);
        let span = Span::new(start, self.text.len());
        match kind {
            BlockKind::Title => self.add_heading(1, span, true),
            BlockKind::Heading { level } => self.add_heading(*level, span, false),
            _ if self.is_reference(kind, words) => self.add_reference(kind, span),
            BlockKind::Term { term } => {
                let first = self.outline.passages.len();
                self.add_passages(PassageKind::Term, span);
                // NFC may have shortened the term.
                let term = composed(uncomposed.get(..*term).unwrap_or_default().to_owned()).len();
                let term = Span::new(start, start + term);
                self.outline.passages[first..].iter_mut().for_each(|passage| passage.term = Some(term));
            }
            BlockKind::Paragraph => self.add_passages(PassageKind::Paragraph, span),
            BlockKind::ListItem { .. } => self.add_passages(PassageKind::ListItem, span),
            BlockKind::Note => self.add_passages(PassageKind::Note, span),
            BlockKind::TableRow => self.add_passage(PassageKind::TableRow, &[span]),
            BlockKind::TableHead => self.add_passage(PassageKind::TableHead, &[span]),
            BlockKind::Caption => self.add_passage(PassageKind::Caption, &[span]),
            BlockKind::Question => self.add_passage(PassageKind::Question, &[span]),
            BlockKind::AdmonitionTitle => self.add_passage(PassageKind::AdmonitionTitle, &[span]),
            BlockKind::Furniture => self.add_passage(PassageKind::Furniture, &[span]),
            BlockKind::SectionEnd { .. } | BlockKind::Reference { .. } => {}
        }
        self.previous = Some(kind.clone());
    }

    fn separate(&mut self, kind: &BlockKind) {
        let is_line = |kind: &BlockKind| {
            matches!(
                kind,
                BlockKind::ListItem { .. }
                    | BlockKind::Reference { .. }
                    | BlockKind::TableRow
                    | BlockKind::TableHead
            )
        };
        self.text.push_str(match &self.previous {
            None => "",
            Some(previous) if is_line(previous) && is_line(kind) => "\n",
            Some(_) => "\n\n",
        });
    }

    fn add_heading(&mut self, level: u8, heading: Span, is_title: bool) {
        self.end_sections(level, heading.start as usize);
        let parent = self.open.last().copied();
        self.open.push(index(&self.outline.sections));
        self.outline.sections.push(Section { heading, level, is_title, parent, span: heading });
        if self.references_from.is_none() && reference::is_heading(heading.of(&self.text)) {
            self.references_from = Some(self.open.len());
        }
    }

    /// Ends the open sections of a level and those inside them, before the byte `end`.
    fn end_sections(&mut self, level: u8, end: usize) {
        while let Some(&index) = self.open.last() {
            if self.outline.sections[index as usize].level < level {
                break;
            }
            self.close_innermost(end);
        }
    }

    /// Ends the innermost open section before the byte `end`.
    fn close_innermost(&mut self, end: usize) {
        let Some(index) = self.open.pop() else { return };
        let section = &mut self.outline.sections[index as usize];
        section.span = Span::new(section.heading.start as usize, end).trim(&self.text);
        if self.references_from.is_some_and(|depth| depth > self.open.len()) {
            self.references_from = None;
        }
    }

    /// Whether a block is a reference: an item under a references heading, or a numbered paragraph there.
    fn is_reference(&self, kind: &BlockKind, words: &str) -> bool {
        let is_numbered = || reference::entry_head(words).number.is_some();
        match kind {
            BlockKind::Reference { .. } => true,
            BlockKind::ListItem { .. } => self.references_from.is_some(),
            BlockKind::Paragraph => self.references_from.is_some() && is_numbered(),
            _ => false,
        }
    }

    fn add_reference(&mut self, kind: &BlockKind, span: Span) {
        let words = span.of(&self.text);
        let head = reference::entry_head(words);
        let entry = Span::new(span.start as usize + head.length, span.end as usize).trim(&self.text);
        let entry = if entry.is_empty() { span } else { entry };
        let number = match kind {
            BlockKind::ListItem { number, .. } | BlockKind::Reference { number } => number.as_deref(),
            _ => None,
        };
        let found = reference::identifiers(entry.of(&self.text));
        self.outline.references.push(Reference {
            marker: head.number.or(number.map(in_digits)).unwrap_or_default(),
            span: entry,
            doi: found.doi,
            pmid: found.pmid,
            pmcid: found.pmcid,
        });
        self.add_passage(PassageKind::Reference, &[entry]);
    }

    fn add_passages(&mut self, kind: PassageKind, span: Span) {
        let offset = span.start as usize;
        let found = sentences(span.of(&self.text));
        let found: Vec<Span> =
            found.iter().map(|s| Span::new(offset + s.start as usize, offset + s.end as usize)).collect();
        for part in even_parts(&found) {
            self.add_passage(kind, &found[part]);
        }
    }

    fn add_passage(&mut self, kind: PassageKind, found: &[Span]) {
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return };
        let span = first.cover(*last);
        let id = self.passage_id(span);
        let passage = index(&self.outline.passages);
        let start = index(&self.outline.sentences);
        for &span in found {
            let words = span.of(&self.text);
            let sentence = Sentence {
                span,
                passage,
                references: Vec::new(),
                citation_needed: reference::citation_needed(words),
                introduces: false,
            };
            self.outline.sentences.push(sentence);
        }
        let sentences = start..index(&self.outline.sentences);
        self.outline.passages.push(Passage {
            id,
            kind,
            section: self.open.last().copied(),
            lead_in: self.lead_in,
            term: None,
            place: self.place,
            span,
            sentences,
        });
    }

    fn passage_id(&mut self, span: Span) -> String {
        let id = id_of_words(self.source_id, span.of(&self.text));
        let times = self.ids.entry(id.clone()).or_default();
        *times += 1;
        if *times == 1 { id } else { format!("{id}-{times}") }
    }

    fn finish(mut self) -> (String, Outline) {
        while !self.open.is_empty() {
            self.close_innermost(self.text.len());
        }
        self.resolve_markers();
        self.find_title();
        (self.text, self.outline)
    }

    /// If there is only one heading of the first level, makes it the title.
    fn find_title(&mut self) {
        let mut first = self.outline.sections.iter_mut().filter(|section| section.level == 1);
        if let (Some(only), None) = (first.next(), first.next()) {
            only.is_title = true;
        }
    }

    /// Links the markers in each sentence to the reference list, which usually comes after the text.
    fn resolve_markers(&mut self) {
        let mut by_marker = FxHashMap::default();
        for (at, reference) in (0..).zip(&self.outline.references) {
            by_marker.entry(reference.marker.clone()).or_insert(at);
        }
        for passage in self.outline.passages.iter().filter(|passage| passage.kind != PassageKind::Reference) {
            for sentence in &mut self.outline.sentences[as_usize(&passage.sentences)] {
                let markers = reference::markers(sentence.span.of(&self.text));
                sentence.references =
                    markers.iter().filter_map(|marker| by_marker.get(marker).copied()).collect();
            }
        }
    }
}

/// Divides the sentences of a paragraph into the fewest runs that fit [`LONGEST_PASSAGE`], and makes the longest run as
/// short as possible. A sentence that is longer stays whole.
fn even_parts(found: &[Span]) -> Vec<Range<usize>> {
    let fewest = greedy_parts(found, LONGEST_PASSAGE);
    let (mut too_short, mut enough) = (0, LONGEST_PASSAGE);
    while enough - too_short > 1 {
        let middle = too_short.midpoint(enough);
        if greedy_parts(found, middle).len() <= fewest.len() { enough = middle } else { too_short = middle }
    }
    greedy_parts(found, enough)
}

/// Divides sentences into runs, each as long as `limit` bytes allow.
fn greedy_parts(found: &[Span], limit: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for (at, sentence) in found.iter().enumerate() {
        match parts.last_mut() {
            Some(part) if found[part.start].cover(*sentence).len() <= limit => part.end = at + 1,
            _ => parts.push(at..at + 1),
        }
    }
    parts
}

/// A number as the text cites it: `3.`, `3)` and `[3]` become 3.
fn in_digits(number: &str) -> String {
    number.trim_matches(['.', '(', ')', '[', ']']).to_owned()
}

fn index<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).expect("a source is limited to 16 MiB")
}

fn as_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// The text in NFC. Text that is already in NFC, as nearly all is, is returned unchanged.
fn composed(text: String) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect(),
    }
}

/// The id of a passage with these words in a source. A second passage with the same words gets the suffix `-2`.
pub fn id_of_words(source: &str, words: &str) -> String {
    let hash = Sha256::new().chain_update(source).chain_update([0]).chain_update(words).finalize();
    format!("{source}:{}", hex::encode(&hash[..6]))
}

#[cfg(test)]
mod tests;
