//! Translates a question into terms that the index can look up: its words and names, each with all the ways in which
//! the sources may say it, the facets it asks about, and the words whose spelling was corrected. Each expansion records
//! its source, so that `--explain` can show it.

use std::sync::Arc;

use serde::Serialize;

use super::spelling::Speller;
use crate::knowledge::lexicon::{Lexicon, Meaning, Mention};
use crate::text::span::Span;
use crate::text::words::{Analyser, Word};

/// A question translated into search terms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// The words and names that carry its meaning, in order.
    pub terms: Vec<QueryTerm>,
    /// The facets it asks about, as indices into [`Lexicon::facets`].
    pub facets: Vec<u32>,
    /// The concepts it names, as indices into [`Lexicon::concepts`].
    pub concepts: Vec<u32>,
    /// Words whose spelling was corrected.
    pub repairs: Vec<Repair>,
}

/// A word or name of the question.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// The term as the user wrote it.
    pub written: String,
    /// Its position in the question.
    pub span: Span,
    /// The ways in which the sources may say it, best first.
    pub expansions: Vec<Expansion>,
    /// Whether the whole base is about it, so that it does not distinguish one passage from another.
    pub subject: bool,
    /// The concept that it names, if any.
    pub concept: Option<u32>,
}

/// One way of saying a term.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// The term as the index stores it: see [`term`].
    pub term: String,
    /// How fully it stands for the term, 0 to 1.
    pub weight: f32,
    /// The source of the expansion.
    pub source: ExpansionSource,
}

/// The source of an expansion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpansionSource {
    /// The word itself.
    Written,
    /// The word is part of a hyphenated compound.
    Compound,
    /// One word of a name.
    Part,
    /// A corrected spelling.
    Repair,
    /// An everyday synonym.
    Synonym,
    /// Another name of the concept.
    Concept,
    /// A wider concept.
    Broader,
    /// A narrower concept.
    Narrower,
    /// A facet that the word asks for.
    Facet,
}

impl Expansion {
    /// Returns whether it stands for an entry in the vocabulary rather than for a word.
    pub fn is_meaning(&self) -> bool {
        self.term.contains(':')
    }
}

/// A spelling correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The word as written.
    pub written: String,
    /// The corrected word.
    pub read_as: String,
}

/// How fully each kind of expansion stands for a term.
const SYNONYM: f32 = 0.5;
const CONCEPT: f32 = 0.9;
const CLASS: f32 = 0.6;
const BROADER: f32 = 0.3;
const NARROWER: f32 = 0.3;
const REPAIR: f32 = 0.9;
const PART: f32 = 0.4;
const FACET: f32 = 0.5;
/// A concept with more narrower concepts than this is a category, not a name.
const MOST_NARROWER: usize = 12;

/// Index terms that are not stems.
pub mod term {
    /// The term of a concept.
    pub fn concept(id: &str) -> String {
        format!("c:{id}")
    }

    /// The term of a facet that a unit addresses.
    pub fn facet(id: &str) -> String {
        format!("f:{id}")
    }

    /// The term of a group of synonyms.
    pub fn synonym(group: u32) -> String {
        format!("s:{group}")
    }
}

/// Translates `text` into search terms with the vocabulary of a base. `subject` lists the concepts that the base is
/// about.
pub fn understand(text: &str, lexicon: &Lexicon, subject: &[u32], speller: &Speller) -> Question {
    let mut analyser = Analyser::default();
    let all = analyser.words(text);
    let mut question = Question::default();
    let written: Vec<Word> = all.iter().filter(|word| !word.compound).cloned().collect();
    let read = repair(text, &written, lexicon, speller, &mut analyser, &mut question.repairs);
    let mentions = lexicon.mentions(text, &read, true);
    for mention in &mentions {
        match mention.meaning {
            Meaning::Concept(at) if !question.concepts.contains(&at) => question.concepts.push(at),
            Meaning::Asks(at) if !question.facets.contains(&at) => question.facets.push(at),
            _ => {}
        }
    }
    let reading =
        TermReader { text, lexicon, subject, written: &written, read: &read, all: &all, mentions: &mentions };
    question.terms = reading.terms();
    question
}

/// Replaces unknown words with their likely corrections.
fn repair(
    text: &str,
    words: &[Word],
    lexicon: &Lexicon,
    speller: &Speller,
    analyser: &mut Analyser,
    repairs: &mut Vec<Repair>,
) -> Vec<Word> {
    let mut read = words.to_vec();
    for word in &mut read {
        if lexicon.is_stop(&word.stem) || speller.knows(&word.form) {
            continue;
        }
        let Some(meant) = speller.repair(&word.form) else { continue };
        let Some(new) = analyser.words(meant).into_iter().next().filter(|new| new.stem != word.stem) else {
            continue;
        };
        repairs.push(Repair { written: word.span.of(text).to_owned(), read_as: meant.to_owned() });
        *word = Word { span: word.span, ..new };
    }
    read
}

struct TermReader<'a> {
    text: &'a str,
    lexicon: &'a Lexicon,
    subject: &'a [u32],
    /// The words as written.
    written: &'a [Word],
    /// The same words, corrected.
    read: &'a [Word],
    /// The words as written, including compounds.
    all: &'a [Word],
    mentions: &'a [Mention],
}

impl TermReader<'_> {
    fn terms(&self) -> Vec<QueryTerm> {
        let mut terms = Vec::new();
        let mut at = 0;
        while at < self.read.len() {
            let named = self.longest(at);
            let length = named.map_or(1, |mention| mention.length);
            let carries =
                length > 1 || named.is_some_and(|mention| matches!(mention.meaning, Meaning::Concept(_)));
            if carries || !self.lexicon.is_stop(&self.read[at].stem) {
                terms.push(self.term(at, length));
            }
            at += length;
        }
        terms
    }

    /// The longest name of a concept or synonym that starts at a word. A concept takes precedence over a synonym.
    fn longest(&self, at: usize) -> Option<&Mention> {
        let names = |mention: &&Mention| matches!(mention.meaning, Meaning::Concept(_) | Meaning::Synonym(_));
        self.mentions
            .iter()
            .filter(|mention| mention.first == at)
            .filter(names)
            .max_by_key(|mention| (mention.length, matches!(mention.meaning, Meaning::Concept(_))))
    }

    fn term(&self, first: usize, length: usize) -> QueryTerm {
        let span = self.written[first].span.cover(self.written[first + length - 1].span);
        let mut expansions = Vec::new();
        let mut add = |term: &str, weight: f32, source: ExpansionSource| {
            if expansions.iter().all(|known: &Expansion| known.term != term) {
                expansions.push(Expansion { term: term.to_owned(), weight, source });
            }
        };
        if length == 1 {
            add(&self.written[first].stem, 1.0, ExpansionSource::Written);
            add(&self.read[first].stem, REPAIR, ExpansionSource::Repair);
            for compound in self.all.iter().filter(|word| word.compound && word.span.contains(span)) {
                add(&compound.stem, 1.0, ExpansionSource::Compound);
            }
        }
        let mut concept = None;
        for mention in self.mentions {
            let covers = mention.first == first && mention.length == length;
            let reaches = mention.first < first + length && first < mention.first + mention.length;
            match mention.meaning {
                Meaning::Concept(at) if covers => {
                    concept = concept.or(Some(at));
                    self.expand_concept(at, &mut add);
                }
                Meaning::Synonym(group) if covers => {
                    add(&term::synonym(group), SYNONYM, ExpansionSource::Synonym);
                }
                Meaning::Asks(at) if reaches => {
                    add(&term::facet(&self.lexicon.facets()[at as usize].id), FACET, ExpansionSource::Facet);
                }
                _ => {}
            }
        }
        if length > 1 {
            self.parts(first, length).for_each(|stem| add(&stem, PART, ExpansionSource::Part));
        }
        let subject = concept.is_some_and(|at| self.subject.contains(&at));
        QueryTerm { written: span.of(self.text).to_owned(), span, expansions, subject, concept }
    }

    fn expand_concept(&self, at: u32, add: &mut impl FnMut(&str, f32, ExpansionSource)) {
        let named = |at: &u32| term::concept(&self.lexicon.concepts()[*at as usize].id);
        add(&named(&at), CONCEPT, ExpansionSource::Concept);
        if self.subject.contains(&at) {
            return;
        }
        // A statement about opioids applies to codeine, but one about autoimmune diseases does not answer a question
        // about lupus.
        let wider = if self.lexicon.concepts()[at as usize].kind.inherits() { CLASS } else { BROADER };
        for wide in self.lexicon.broader(at).iter().filter(|wide| !self.subject.contains(wide)) {
            add(&named(wide), wider, ExpansionSource::Broader);
        }
        let narrower = self.lexicon.narrower(at);
        if narrower.len() <= MOST_NARROWER {
            narrower.iter().for_each(|narrow| add(&named(narrow), NARROWER, ExpansionSource::Narrower));
        }
    }

    fn parts(&self, first: usize, length: usize) -> impl Iterator<Item = Arc<str>> + '_ {
        let words = self.read[first..first + length].iter();
        words.filter(|word| !self.lexicon.is_stop(&word.stem)).map(|word| word.stem.clone())
    }
}
