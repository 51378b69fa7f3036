//! Replies: quotes with their origin, or a plain statement that the sources do not cover the question; always with the
//! disclaimer. [`Reply::new`] is the only way to make a reply, and it adds the disclaimer.

use serde::Serialize;

use super::quote_by_id;
use crate::knowledge::document::{Document, Quote, Reference};
use crate::question::triage::Notice;
use crate::question::understand::Repair;

/// The disclaimer for bases without their own, and for replies that belong to no base.
pub const DISCLAIMER: &str = "This is not medical advice. These are quotations from documents that may be \
    incomplete, out of date or wrong; speak with a doctor or pharmacist before you act on them.";

/// The maximum number of quotes in an answer.
pub const MOST_QUOTES: usize = 3;
/// The maximum number of characters in these quotes together.
pub const MOST_CHARACTERS: usize = 1_200;
/// The maximum number of further quotes that a reply names.
pub const MOST_FURTHER: usize = 9;
/// The maximum number of quotes shown as related reading.
pub const MOST_RELATED: usize = 2;

/// A reply. Its parts can be read, but only [`Reply::new`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    question: Option<String>,
    base: String,
    generation: String,
    body: Body,
    disclaimer: String,
}

/// The content of a reply.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// The kind of reply.
    pub kind: Kind,
    /// A safety card.
    pub notice: Option<Notice>,
    /// The answer, best first.
    pub quotes: Vec<Cited>,
    /// Where the sources answer if no sentence there is short enough to quote, best first. Shown as places, never in
    /// words.
    pub too_long: Vec<Cited>,
    /// Passages close to the subject, shown with "not covered" and never as the answer.
    pub related: Vec<Cited>,
    /// Topics that fit, best first.
    pub topics: Vec<String>,
    /// With [`Kind::NotCovered`], what the sources do not cover; with [`Kind::Invalid`], what is wrong.
    pub why: Option<String>,
    /// With [`Kind::NotCovered`], the fixed reply to a message that is not a question about the sources.
    pub fixed: Option<FixedReply>,
    /// With [`Kind::Answer`], those of several questions that the sources do not cover, in the user's own words.
    pub uncovered: Vec<String>,
    /// The probability that the quotes answer the question, 0 to 1.
    pub confidence: f32,
    /// Words that were corrected.
    pub repairs: Vec<Repair>,
    /// Whether the message was read as a follow-up to somebody else's question, which is not repeated.
    pub is_followup: bool,
    /// Further quotes after those shown, best first; at most 9.
    pub further: Vec<QuoteId>,
    /// With [`Kind::NotCovered`], the titles of the base's sources, each once: what was searched, or what could be asked about.
    pub looked_in: Vec<String>,
    /// Ids of vocabulary concepts and facets that the sources do not cover, for the gap report. Never contains a word
    /// of the question that is not in the vocabulary.
    pub lacking: Vec<String>,
    /// Whether the quoted sources contradict each other on the question.
    pub differ: bool,
}

/// The fixed reply to a message that is not a question about the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedReply {
    /// A greeting, thanks or chat.
    SmallTalk,
    /// A question about the bot itself.
    AboutBot,
    /// A message that is not in English.
    OtherLanguage,
}

impl FixedReply {
    /// Returns its name in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SmallTalk => "small_talk",
            Self::AboutBot => "about_bot",
            Self::OtherLanguage => "other_language",
        }
    }
}

/// The name of a run of sentences, by which a later generation can quote it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuoteId {
    /// The passage: its id ends in these 12 hex digits.
    pub passage: [u8; 6],
    /// The first sentence, counted from 0 in the passage.
    pub first: u8,
    /// How many sentences.
    pub count: u8,
}

/// The kind of reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Quotes that answer; if every sentence that answers is too long to quote, the places where to read.
    Answer,
    /// The sources do not cover the question.
    #[default]
    NotCovered,
    /// A safety card and nothing else.
    Notice,
    /// The message cannot be used as a question.
    Invalid,
}

impl Kind {
    /// Returns its name in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::NotCovered => "not_covered",
            Self::Notice => "notice",
            Self::Invalid => "invalid",
        }
    }
}

/// A quote with everything that a user needs to judge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cited {
    /// The words.
    pub quote: Quote,
    /// The passage's stable id.
    pub passage: String,
    /// The source's title.
    pub title: String,
    /// The publisher of the source.
    pub publisher: Option<String>,
    /// The address of the source.
    pub url: Option<String>,
    /// The address of the passage on the page of its source, if the pages of the sources are served.
    pub viewer: Option<String>,
    /// The source's date of publication; if unknown, its date of retrieval.
    pub dated: Option<String>,
    /// The headings over the passage, outermost first.
    pub section: Vec<String>,
    /// The references that the source itself cites for these sentences.
    pub references: Vec<CitedReference>,
    /// Cautions for the user.
    pub flags: Vec<Flag>,
    /// The name by which it can be quoted again; `None` beyond the 255th sentence of a passage.
    pub again: Option<QuoteId>,
}

/// A caution about a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The source itself marks it as needing a citation.
    CitationNeeded,
    /// The source has no date.
    Undated,
    /// The source calls it a hypothesis or a possibility.
    Hypothesis,
    /// The source calls it anecdotal or refers to case reports.
    Anecdotal,
}

/// An entry in the source's reference list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CitedReference {
    /// The marker by which the source cites it.
    pub marker: String,
    /// The text of the entry.
    pub text: String,
    /// Digital object identifier.
    pub doi: Option<String>,
    /// PubMed id.
    pub pmid: Option<String>,
    /// PubMed Central id.
    pub pmcid: Option<String>,
}

impl Reply {
    /// Makes a reply. `disclaimer` is the base's own; if it is blank, [`DISCLAIMER`] replaces it.
    pub fn new(question: Option<String>, base: &str, generation: &str, disclaimer: &str, body: Body) -> Self {
        let disclaimer = if disclaimer.trim().is_empty() { DISCLAIMER } else { disclaimer.trim() };
        Self {
            question,
            base: base.to_owned(),
            generation: generation.to_owned(),
            body,
            disclaimer: disclaimer.to_owned(),
        }
    }

    /// Returns the question as asked; `None` if it must not be repeated.
    pub fn question(&self) -> Option<&str> {
        self.question.as_deref()
    }

    /// Returns the base that was asked.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Returns the index generation that answered; empty if none was asked.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// Returns its content.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Returns its disclaimer.
    pub fn disclaimer(&self) -> &str {
        &self.disclaimer
    }
}

impl Cited {
    /// Whether both quote at least some of the same words in the same place.
    pub fn overlaps(&self, other: &Cited) -> bool {
        self.passage == other.passage && self.quote.span().meet(other.quote.span()).is_some()
    }

    /// Adds the origin to a quote from `document`. Of the references that it cites, only those for which `shown` is
    /// true are included.
    pub fn new(document: &Document, quote: Quote, shown: impl Fn(&Reference) -> bool) -> Self {
        let passage = &document.passages()[quote.passage() as usize];
        let sentences = document.sentences_of(passage).iter().filter(|s| quote.span().contains(s.span));
        let mut numbers: Vec<u32> =
            sentences.clone().flat_map(|sentence| sentence.references.iter().copied()).collect();
        let mut seen = rustc_hash::FxHashSet::default();
        numbers.retain(|&number| seen.insert(number));
        let citation_needed = sentences.clone().any(|sentence| sentence.citation_needed);
        let metadata = &document.metadata;
        Self {
            passage: passage.id.clone(),
            title: metadata.title.clone(),
            publisher: metadata.publisher.clone(),
            url: metadata.url.as_deref().map(|url| on_page(url, quote.page())),
            viewer: None,
            dated: metadata.dated().map(str::to_owned),
            section: document.titles_over(passage).into_iter().skip(1).map(str::to_owned).collect(),
            references: numbers
                .iter()
                .map(|&at| &document.references()[at as usize])
                .filter(|reference| shown(reference))
                .map(|reference| CitedReference::new(document, reference))
                .collect(),
            flags: flags(quote.text(), citation_needed, metadata.dated().is_some()),
            again: quote_by_id::name(document, &quote),
            quote,
        }
    }
}

/// Makes an address point to a page of a PDF, unless it already points to a part of the document.
fn on_page(url: &str, page: Option<u32>) -> String {
    match page {
        Some(page) if !url.contains('#') => format!("{url}#page={page}"),
        _ => url.to_owned(),
    }
}

impl CitedReference {
    fn new(document: &Document, reference: &Reference) -> Self {
        Self {
            marker: reference.marker.clone(),
            text: reference.span.of(document.text()).to_owned(),
            doi: reference.doi.clone(),
            pmid: reference.pmid.clone(),
            pmcid: reference.pmcid.clone(),
        }
    }
}

/// Words with which a source itself marks something as a hypothesis or as anecdotal.
const HYPOTHESIS: &[&str] =
    &["hypothesi", "theoretical", "it is possible that", "it is thought", "is thought to"];
const ANECDOTAL: &[&str] = &["anecdot", "case stud", "case report"];

fn flags(text: &str, citation_needed: bool, dated: bool) -> Vec<Flag> {
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    [
        (Flag::CitationNeeded, citation_needed),
        (Flag::Undated, !dated),
        (Flag::Hypothesis, says(HYPOTHESIS)),
        (Flag::Anecdotal, says(ANECDOTAL)),
    ]
    .into_iter()
    .filter_map(|(flag, holds)| holds.then_some(flag))
    .collect()
}
