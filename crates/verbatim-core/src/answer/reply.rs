//! What a reader gets: quotes with their origin, or the plain word that the sources do not say; and in
//! every case the disclaimer. [`Reply::new`] is the only way to make one, and it appends it.

use super::quote_by_id;
use crate::knowledge::document::{Document, Quote, Reference};
use crate::question::triage::Notice;
use crate::question::understand::Repair;

/// The disclaimer of a base that has none of its own, and of replies that belong to no base.
pub const DISCLAIMER: &str = "This is not medical advice. These are quotations from documents that may be \
    incomplete, out of date or wrong; speak with a doctor or pharmacist before you act on them.";

/// Most quotes that an answer shows.
pub const MOST_QUOTES: usize = 3;
/// Most characters that they have together.
pub const MOST_CHARACTERS: usize = 1_200;
/// Most quotes that are named as coming after the shown ones.
pub const MOST_FURTHER: usize = 9;
/// Most quotes shown as related reading.
pub const MOST_RELATED: usize = 2;

/// A reply. Its parts can be read, and only [`Reply::new`] puts them together.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    question: Option<String>,
    base: String,
    generation: String,
    body: Body,
    disclaimer: String,
}

/// What a reply says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// What sort of reply it is.
    pub kind: Kind,
    /// A safety card.
    pub notice: Option<Notice>,
    /// The answer, best first.
    pub quotes: Vec<Cited>,
    /// Passages that touch the subject, shown beside "not covered" and never as the answer.
    pub related: Vec<Cited>,
    /// Topics that fit, best first.
    pub topics: Vec<String>,
    /// With [`Kind::NotCovered`] what the sources lack, with [`Kind::Invalid`] what is wrong.
    pub why: Option<String>,
    /// With [`Kind::NotCovered`] the line that a message gets which asks nothing of the sources.
    pub fixed: Option<FixedReply>,
    /// With [`Kind::Answer`] those of several questions that the sources do not cover, in the reader's own words.
    pub uncovered: Vec<String>,
    /// How likely it is that the quotes answer the question, 0 to 1.
    pub confidence: f32,
    /// Words that were read as others.
    pub repairs: Vec<Repair>,
    /// Whether it was read as a follow-up to what somebody else asked, which is not repeated.
    pub is_followup: bool,
    /// Quotes that come after the shown ones, best first; at most 9.
    pub further: Vec<QuoteId>,
    /// With [`Kind::NotCovered`] the titles of the sources that were searched.
    pub looked_in: Vec<String>,
    /// Ids of vocabulary concepts and facets that the sources lack, for the gap report. Never a word of the
    /// question that is not in the vocabulary.
    pub lacking: Vec<String>,
    /// Whether the quotes are from sources that state incompatible things about what was asked.
    pub differ: bool,
}

/// What a message gets that asks nothing of the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedReply {
    /// A greeting, thanks, chat.
    SmallTalk,
    /// A question about the bot itself.
    AboutBot,
    /// A message that is not in English.
    OtherLanguage,
}

impl FixedReply {
    /// The name used in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SmallTalk => "small_talk",
            Self::AboutBot => "about_bot",
            Self::OtherLanguage => "other_language",
        }
    }
}

/// Names a run of sentences, so that it can be quoted again from a later generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuoteId {
    /// The passage: its id ends in these 12 hex digits.
    pub passage: [u8; 6],
    /// The first sentence, counted from 0 in the passage.
    pub first: u8,
    /// How many sentences.
    pub count: u8,
}

/// What sort of reply it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Quotes that answer.
    Answer,
    /// The sources do not say.
    #[default]
    NotCovered,
    /// A safety card and nothing else.
    Notice,
    /// No question that can be looked up.
    Invalid,
}

impl Kind {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::NotCovered => "not_covered",
            Self::Notice => "notice",
            Self::Invalid => "invalid",
        }
    }
}

/// A quote with everything that a reader needs to judge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cited {
    /// The words.
    pub quote: Quote,
    /// The passage's stable id.
    pub passage: String,
    /// The source's title.
    pub title: String,
    /// Who published the source.
    pub publisher: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Its date of publication, or else of retrieval.
    pub dated: Option<String>,
    /// The headings over the passage, outermost first.
    pub section: Vec<String>,
    /// The literature that the source itself cites for these sentences.
    pub references: Vec<CitedReference>,
    /// What a reader should know: `citation_needed`, `undated`, `hypothesis`, `anecdotal`.
    pub flags: Vec<&'static str>,
    /// What it can be quoted again by; `None` beyond the 255th sentence of a passage.
    pub again: Option<QuoteId>,
}

/// An entry of the source's list of literature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedReference {
    /// What the source cites it by.
    pub marker: String,
    /// The entry.
    pub text: String,
    /// Digital object identifier.
    pub doi: Option<String>,
    /// PubMed id.
    pub pmid: Option<String>,
    /// PubMed Central id.
    pub pmcid: Option<String>,
}

impl Reply {
    /// Puts a reply together. `disclaimer` is the base's own; a blank one is replaced by [`DISCLAIMER`].
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

    /// The question as asked; `None` where it must not be repeated.
    pub fn question(&self) -> Option<&str> {
        self.question.as_deref()
    }

    /// The base that was asked.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The index generation that answered; empty where none was asked.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// What it says.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// What stands under it.
    pub fn disclaimer(&self) -> &str {
        &self.disclaimer
    }
}

impl Cited {
    /// Whether both quote the same words of the same place, or some of them.
    pub fn overlaps(&self, other: &Cited) -> bool {
        self.passage == other.passage && self.quote.span().meet(other.quote.span()).is_some()
    }

    /// A quote with its origin. `document` is the one that it was quoted from; of what it cites, the entries
    /// stand with the quote that may be `shown`.
    pub fn new(document: &Document, quote: Quote, shown: impl Fn(&Reference) -> bool) -> Self {
        let passage = &document.passages()[quote.passage() as usize];
        let sentences = document.sentences_of(passage).iter().filter(|s| quote.span().contains(s.span));
        let mut numbers: Vec<u32> =
            sentences.clone().flat_map(|sentence| sentence.references.iter().copied()).collect();
        let mut seen = rustc_hash::FxHashSet::default();
        numbers.retain(|&number| seen.insert(number));
        let citation_needed = sentences.clone().any(|sentence| sentence.citation_needed);
        let origin = &document.origin;
        Self {
            passage: passage.id.clone(),
            title: origin.title.clone(),
            publisher: origin.publisher.clone(),
            url: origin.url.as_deref().map(|url| on_page(url, quote.page())),
            dated: document.dated().map(str::to_owned),
            section: document.titles_over(passage).into_iter().skip(1).map(str::to_owned).collect(),
            references: numbers
                .iter()
                .map(|&at| &document.references()[at as usize])
                .filter(|reference| shown(reference))
                .map(|reference| CitedReference::new(document, reference))
                .collect(),
            flags: flags(quote.text(), citation_needed, document.dated().is_some()),
            again: quote_by_id::name(document, &quote),
            quote,
        }
    }
}

/// An address that leads to a page of a PDF, where it does not lead to some part of it already.
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

/// Words by which a source itself says that something is a hypothesis, or hearsay.
const HYPOTHESIS: &[&str] =
    &["hypothesi", "theoretical", "it is possible that", "it is thought", "is thought to"];
const ANECDOTAL: &[&str] = &["anecdot", "case stud", "case report"];

fn flags(text: &str, citation_needed: bool, dated: bool) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    [
        ("citation_needed", citation_needed),
        ("undated", !dated),
        ("hypothesis", says(HYPOTHESIS)),
        ("anecdotal", says(ANECDOTAL)),
    ]
    .into_iter()
    .filter_map(|(flag, holds)| holds.then_some(flag))
    .collect()
}
