//! A source document in memory: one canonical text, and everything known about it as spans of that text.
//! [`Document::quote`] is the only way to make a [`Quote`], so that a shown sentence cannot differ from its source.
//!
//! A document deliberately cannot be changed after it was read.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blocks::FilePosition;
use super::metadata::SourceMetadata;
use crate::text::span::Span;

/// How much of a title, heading or lead-in counts as context, in bytes. The rest adds nothing about what follows it.
const LONGEST_CONTEXT: usize = 400;

/// A heading and the text under it, up to the next heading of the same or a higher level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The heading's words.
    pub heading: Span,
    /// 1 for the outermost.
    pub level: u8,
    /// Whether the heading is the document's title, above all others.
    pub is_title: bool,
    /// Index of the enclosing section in [`Document::sections`].
    pub parent: Option<u32>,
    /// From the heading's first byte to the end of the section.
    pub span: Span,
}

/// What a passage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PassageKind {
    /// A paragraph, or a bounded part of a long one.
    Paragraph,
    /// A list item.
    ListItem,
    /// A table row, its cells joined by [`CELL_SEPARATOR`](super::blocks::CELL_SEPARATOR).
    TableRow,
    /// A term with its description.
    Term,
    /// A footnote.
    Note,
    /// An entry of the reference list.
    Reference,
    /// A table's column headers.
    TableHead,
    /// A table's caption.
    Caption,
    /// A question, answered by the passages that it introduces.
    Question,
    /// The title of a warning or note.
    AdmonitionTitle,
    /// Text of the page or site rather than the document.
    Furniture,
}

impl Passage {
    /// The page of a PDF on which it begins, counted from 1; `None` in other formats.
    pub fn page(&self) -> Option<u32> {
        self.place.page()
    }
}

impl PassageKind {
    /// The name used in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paragraph => "sentence",
            Self::ListItem => "item",
            Self::TableRow => "row",
            Self::Term => "term",
            Self::Note => "note",
            Self::Reference => "reference",
            Self::TableHead => "heads",
            Self::Caption => "caption",
            Self::Question => "question",
            Self::AdmonitionTitle => "admonition_title",
            Self::Furniture => "furniture",
        }
    }

    /// Whether it is searched and quoted. The other kinds only introduce passages, or are not part of the document.
    pub fn is_quotable(self) -> bool {
        match self {
            Self::Paragraph | Self::ListItem | Self::TableRow | Self::Term | Self::Note | Self::Reference => {
                true
            }
            Self::TableHead | Self::Caption | Self::Question | Self::AdmonitionTitle | Self::Furniture => {
                false
            }
        }
    }
}

/// A paragraph, list item, table row or the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Stable name, `<source id>:<12 hex digits>`. It is a hash of the passage's words, so that an edit elsewhere
    /// does not change it.
    pub id: String,
    /// What it is.
    pub kind: PassageKind,
    /// The innermost section that contains it, an index into [`Document::sections`].
    pub section: Option<u32>,
    /// The passage that introduces it, an index into [`Document::passages`]: the paragraph above a list, the item above
    /// a nested one, the column headers of a row, the question before an answer. That passage can have a lead-in too.
    pub lead_in: Option<u32>,
    /// The term, for a [`PassageKind::Term`].
    pub term: Option<Span>,
    /// Where it begins in the file.
    pub place: FilePosition,
    /// Its text.
    pub span: Span,
    /// Its sentences, indices into [`Document::sentences`].
    pub sentences: Range<u32>,
}

/// A sentence, the smallest piece of text that can be quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Its text, with closing punctuation and citation markers, without surrounding white space.
    pub span: Span,
    /// The passage that contains it, an index into [`Document::passages`].
    pub passage: u32,
    /// The references that it cites, as indices into [`Document::references`].
    pub references: Vec<u32>,
    /// Whether the source marks it `[citation needed]`.
    pub citation_needed: bool,
    /// Whether it only introduces what follows ("Do not take it if you:"), so that it is never quoted alone.
    pub introduces: bool,
}

/// An entry of the source's own reference list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The marker by which the text cites it, without brackets: `4`.
    pub marker: String,
    /// The entry's words, without the number and the back-links (`^ a b`).
    pub span: Span,
    /// Digital object identifier, e.g. `10.1002/pds.4110`.
    pub doi: Option<String>,
    /// PubMed id, digits.
    pub pmid: Option<String>,
    /// PubMed Central id, digits.
    pub pmcid: Option<String>,
}

/// The structure of a canonical text, as spans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// In text order.
    pub sections: Vec<Section>,
    /// In text order.
    pub passages: Vec<Passage>,
    /// In text order.
    pub sentences: Vec<Sentence>,
    /// In list order.
    pub references: Vec<Reference>,
}

/// One source document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its id in its base: the file name without its extension.
    pub id: String,
    /// Where it comes from.
    pub metadata: SourceMetadata,
    /// The path of its file relative to the base's folder, with `/` as the separator.
    pub file: String,
    /// SHA-256 of its file and of the file that describes it, in hex.
    pub digest: String,
    /// The file's encoding, if it is not UTF-8.
    pub encoding: Option<String>,
    text: Arc<str>,
    outline: Outline,
}

/// Whole sentences of one source, letter for letter, with their lead-ins. Only [`Document::quote`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    source: String,
    passage: u32,
    kind: PassageKind,
    page: Option<u32>,
    span: Span,
    text: String,
    lead_ins: Vec<String>,
    is_cut_from_lead_in: bool,
}

/// Why a span cannot be quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotWholeSentences;

impl fmt::Display for NotWholeSentences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the span does not consist of whole sentences of one passage")
    }
}

impl std::error::Error for NotWholeSentences {}

impl Document {
    /// Makes a document from its parts.
    ///
    /// # Errors
    /// Names the first span of `outline` that lies outside `text` or cuts a character, or the first invalid index.
    pub fn new(
        id: String,
        metadata: SourceMetadata,
        file: String,
        digest: String,
        text: String,
        outline: Outline,
    ) -> Result<Self, String> {
        validate(&text, &outline)?;
        Ok(Self { id, metadata, file, digest, encoding: None, text: text.into(), outline })
    }

    /// Checks a document that was read back from disk in the same way as [`Document::new`].
    ///
    /// # Errors
    /// Same as [`Document::new`].
    pub fn validate(&self) -> Result<(), String> {
        validate(&self.text, &self.outline)
    }

    /// The canonical text: UTF-8, NFC, LF line endings, without front matter or markup.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The sections, in order.
    pub fn sections(&self) -> &[Section] {
        &self.outline.sections
    }

    /// The passages, in order.
    pub fn passages(&self) -> &[Passage] {
        &self.outline.passages
    }

    /// The sentences, in order.
    pub fn sentences(&self) -> &[Sentence] {
        &self.outline.sentences
    }

    /// The source's own reference list.
    pub fn references(&self) -> &[Reference] {
        &self.outline.references
    }

    /// Whether a sentence is a unit, that is, searched and quoted. Column headers and the like, and sentences that only
    /// introduce others, mean nothing on their own.
    pub fn is_unit(&self, sentence: &Sentence) -> bool {
        self.outline.passages[sentence.passage as usize].kind.is_quotable() && !sentence.introduces
    }

    /// The sentences of a passage.
    pub fn sentences_of(&self, passage: &Passage) -> &[Sentence] {
        &self.outline.sentences[passage.sentences.start as usize..passage.sentences.end as usize]
    }

    /// The headings above a passage, outermost first, without the document's title.
    pub fn heading_path(&self, passage: &Passage) -> Vec<&str> {
        let mut path: Vec<&str> = self
            .sections_over(passage)
            .filter(|section| !section.is_title)
            .map(|section| self.heading(section))
            .collect();
        path.reverse();
        path
    }

    /// The title in [`Document::metadata`], then the headings above a passage that differ from it, outermost first.
    pub fn titles_over(&self, passage: &Passage) -> Vec<&str> {
        let title = self.metadata.title.as_str();
        let mut titles: Vec<&str> = self
            .sections_over(passage)
            .map(|section| self.heading(section))
            .filter(|heading| *heading != title)
            .collect();
        titles.push(title);
        titles.reverse();
        titles
    }

    fn heading(&self, section: &Section) -> &str {
        section.heading.of(&self.text)
    }

    /// The sections that contain a passage, innermost first.
    fn sections_over(&self, passage: &Passage) -> impl Iterator<Item = &Section> {
        let at = |index: Option<u32>| index.and_then(|index| self.outline.sections.get(index as usize));
        std::iter::successors(at(passage.section), move |section| at(section.parent))
    }

    /// The context of a passage: the document's title, the headings above the passage that differ from it, and the
    /// passage's lead-ins, separated by line breaks.
    pub fn context(&self, passage: &Passage) -> String {
        let lead_ins = self.lead_ins(passage).into_iter().map(|span| span.of(&self.text));
        let short = |part: &str| part[..part.floor_char_boundary(LONGEST_CONTEXT)].to_owned();
        self.titles_over(passage).into_iter().chain(lead_ins).map(short).collect::<Vec<_>>().join("\n")
    }

    /// The lead-ins of a passage, outermost first. A paragraph or item contributes its last sentence; a term
    /// contributes the term, and the last sentence of its description if that introduces what follows.
    pub fn lead_ins(&self, passage: &Passage) -> Vec<Span> {
        let mut found = Vec::new();
        let mut above = passage.lead_in;
        while let Some(passage) = above.and_then(|at| self.outline.passages.get(at as usize)) {
            let last = self.sentences_of(passage).last();
            match passage.term {
                Some(term) => {
                    found.extend(
                        last.filter(|last| last.introduces).and_then(|last| self.behind(term, last.span)),
                    );
                    found.push(term);
                }
                None => found.extend(last.map(|last| last.span)),
            }
            above = passage.lead_in;
        }
        found.reverse();
        found
    }

    /// The words of a sentence after the term that it begins with; `None` if there are none.
    fn behind(&self, term: Span, sentence: Span) -> Option<Span> {
        let start = sentence.start.max(term.end);
        let words = (start < sentence.end).then(|| Span::new(start as usize, sentence.end as usize))?;
        let text = words.get(&self.text)?;
        let marks = text.len() - text.trim_start_matches([':', ' ']).len();
        Some(Span::new(start as usize + marks, sentence.end as usize)).filter(|words| !words.is_empty())
    }

    /// The lead-ins of a sentence. If a term has several sentences, each of them also has the term.
    pub fn lead_ins_of(&self, sentence: &Sentence) -> Vec<Span> {
        let Some(passage) = self.outline.passages.get(sentence.passage as usize) else { return Vec::new() };
        let mut found = self.lead_ins(passage);
        let term = passage.term.filter(|term| passage.sentences.len() > 1 || !passage.span.contains(*term));
        found.extend(term);
        found
    }

    /// Quotes a run of whole sentences of one passage.
    ///
    /// # Errors
    /// If `span` does not begin and end at sentence boundaries of the same passage.
    pub fn quote(&self, span: Span) -> Result<Quote, NotWholeSentences> {
        let sentences = &self.outline.sentences;
        let first =
            sentences.binary_search_by_key(&span.start, |s| s.span.start).map_err(|_| NotWholeSentences)?;
        let last =
            sentences.binary_search_by_key(&span.end, |s| s.span.end).map_err(|_| NotWholeSentences)?;
        if last < first || sentences[first].passage != sentences[last].passage {
            return Err(NotWholeSentences);
        }
        let passage = &self.outline.passages[sentences[first].passage as usize];
        let mut lead_ins = self.lead_ins_of(&sentences[first]);
        lead_ins.retain(|lead_in| !span.contains(*lead_in));
        let gap = lead_ins.last().filter(|last| last.end <= span.start);
        let between = gap.and_then(|last| Span::new(last.end as usize, span.start as usize).get(&self.text));
        Ok(Quote {
            source: self.id.clone(),
            passage: sentences[first].passage,
            kind: passage.kind,
            page: passage.page(),
            span,
            text: span.of(&self.text).to_owned(),
            lead_ins: lead_ins.into_iter().map(|lead_in| lead_in.of(&self.text).to_owned()).collect(),
            is_cut_from_lead_in: between.is_some_and(says_something),
        })
    }
}

impl Quote {
    /// The id of the quoted source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The quoted passage, an index into [`Document::passages`].
    pub fn passage(&self) -> u32 {
        self.passage
    }

    /// The kind of the quoted passage.
    pub fn kind(&self) -> PassageKind {
        self.kind
    }

    /// The page of a PDF on which the passage begins, counted from 1.
    pub fn page(&self) -> Option<u32> {
        self.page
    }

    /// Its span in the canonical text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The lead-ins, outermost first and letter for letter. They are shown wherever the quote is shown.
    pub fn lead_ins(&self) -> &[String] {
        &self.lead_ins
    }

    /// Whether there are words between the lead-in and the quote.
    pub fn is_cut_from_lead_in(&self) -> bool {
        self.is_cut_from_lead_in
    }

    /// The number of characters of the quote and its lead-ins.
    pub fn characters(&self) -> usize {
        self.lead_ins.iter().chain([&self.text]).map(|part| part.chars().count()).sum()
    }

    /// The quoted text, letter for letter.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a piece of text is more than white space and an item number.
fn says_something(between: &str) -> bool {
    between.split_whitespace().any(|word| word.chars().filter(|c| c.is_alphanumeric()).count() > 3)
        || between.split_whitespace().count() > 1
}

fn validate(text: &str, outline: &Outline) -> Result<(), String> {
    let inside = |what: &str, span: Span| match span.get(text) {
        Some(_) => Ok(()),
        None => Err(format!("a {what} at {}..{} lies outside the text", span.start, span.end)),
    };
    let below = |what: &str, index: u32, limit: usize| match (index as usize) < limit {
        true => Ok(()),
        false => Err(format!("{what} {index} of {limit} does not exist")),
    };
    for section in &outline.sections {
        inside("heading", section.heading)?;
        inside("section", section.span)?;
        section.parent.map_or(Ok(()), |parent| below("section", parent, outline.sections.len()))?;
    }
    for (at, passage) in outline.passages.iter().enumerate() {
        inside("passage", passage.span)?;
        passage.term.map_or(Ok(()), |term| inside("term", term))?;
        passage.section.map_or(Ok(()), |section| below("section", section, outline.sections.len()))?;
        // A lead-in comes before its passage, so a chain of lead-ins cannot be circular.
        passage.lead_in.map_or(Ok(()), |lead_in| below("lead-in", lead_in, at))?;
        below("sentence", passage.sentences.end, outline.sentences.len() + 1)?;
        below("sentence", passage.sentences.start, passage.sentences.end as usize + 1)?;
    }
    for sentence in &outline.sentences {
        inside("sentence", sentence.span)?;
        below("passage", sentence.passage, outline.passages.len())?;
        sentence.references.iter().try_for_each(|&at| below("reference", at, outline.references.len()))?;
    }
    outline.references.iter().try_for_each(|reference| inside("reference", reference.span))
}
