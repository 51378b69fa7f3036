//! Turns a sentence into a statement that can be compared with another: what it is about, its words, and what it
//! states. Keeps everything that could change what it is about, so that only sentences that agree in all of that are
//! compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::words::{Lists, Words};
use crate::answer::quantity::{Quantity, quantities};
use crate::answer::reply::Cited;
use crate::index::corpus::Corpus;
use crate::knowledge::document::PassageKind;
use crate::knowledge::lexicon::{ConceptKind, Lexicon, Meaning, Measure};
use crate::text::span::Span;
use crate::text::words::{Analyser, Word};

/// How many words before a claim can deny or state it.
const REACH: usize = 6;

/// The statement of a sentence.
pub(super) struct Statement {
    /// Whether it is definite, so that another statement can contradict it.
    pub(super) firm: bool,
    /// The facets of the headings over it.
    pub(super) section: Vec<u32>,
    subject: BTreeSet<u32>,
    concepts: BTreeSet<u32>,
    places: BTreeSet<u32>,
    parts: BTreeSet<Arc<str>>,
    daytimes: BTreeSet<usize>,
    words: BTreeSet<Arc<str>>,
    quantities: Vec<Quantity>,
    claims: Vec<(u32, bool)>,
}

impl Statement {
    /// Whether it states a quantity of this kind.
    pub(super) fn measures(&self, measure: Measure) -> bool {
        self.quantities.iter().any(|stated| stated.measure == measure)
    }

    /// Whether a value of this kind exists that fits both.
    pub(super) fn agrees(&self, other: &Self, measure: Measure) -> bool {
        let of_kind = self.quantities.iter().filter(|stated| stated.measure == measure);
        of_kind.into_iter().any(|one| other.quantities.iter().any(|other| one.meets(other)))
    }

    /// Returns whether it affirms or denies a facet's claim; `None` if it does neither or both.
    pub(super) fn claims(&self, facet: u32) -> Option<bool> {
        let mut made = self.claims.iter().filter(|(of, _)| *of == facet).map(|&(_, affirms)| affirms);
        let first = made.next()?;
        made.all(|affirms| affirms == first).then_some(first)
    }

    /// Whether it, or a heading over it, names a concept.
    pub(super) fn names(&self, concept: u32) -> bool {
        [&self.subject, &self.concepts, &self.places].iter().any(|named| named.contains(&concept))
    }

    /// Whether both have the same subject, the same diseases, drugs and people, and concern the same part of the
    /// matter, and the places of one include those of the other.
    pub(super) fn is_of_the_same(&self, other: &Self) -> bool {
        let (few, many) = match self.places.len() <= other.places.len() {
            true => (&self.places, &other.places),
            false => (&other.places, &self.places),
        };
        let (day, other_day) = (&self.daytimes, &other.daytimes);
        self.subject == other.subject
            && self.concepts == other.concepts
            && self.parts == other.parts
            && few.is_subset(many)
            && few.is_empty() == many.is_empty()
            && (day.is_empty() || other_day.is_empty() || day == other_day)
    }

    /// Returns the share of the shorter statement's words that both have.
    pub(super) fn alike(&self, other: &Self) -> f32 {
        let shared = self.words.intersection(&other.words).count();
        shared as f32 / self.words.len().min(other.words.len()).max(1) as f32
    }
}

/// Reads statements with a vocabulary.
pub(super) struct Reader<'a> {
    lexicon: &'a Lexicon,
    subject: &'a [u32],
    /// The claims of the facets, in the normal form in which words are compared.
    claims: Vec<(u32, Arc<str>)>,
    lists: Lists,
    analyser: Analyser,
}

/// The words of a text and their meanings.
struct Read {
    words: Vec<Word>,
    meanings: Vec<Option<Meaning>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lexicon: &'a Lexicon, subject: &'a [u32]) -> Self {
        let mut analyser = Analyser::default();
        let claims = (0..).zip(lexicon.facets()).flat_map(|(at, facet)| {
            let words = facet.claims.iter().flat_map(|claim| analyser.words(claim)).collect::<Vec<_>>();
            words.into_iter().map(move |word| (at, word.form))
        });
        let claims = claims.collect();
        let lists = Lists::new(&mut analyser);
        Self { lexicon, subject, claims, lists, analyser }
    }

    /// Returns the statements in a quote; none for an entry in a reference list.
    pub(super) fn statements(&mut self, corpus: &Corpus, cited: &Cited) -> Vec<Statement> {
        let mut documents = corpus.documents.iter();
        let Some(document) = documents.find(|document| document.id == cited.quote.source()) else {
            return Vec::new();
        };
        let passage = &document.passages()[cited.quote.passage() as usize];
        if passage.kind == PassageKind::Reference {
            return Vec::new();
        }
        let headings: Vec<&str> = cited.section.iter().map(String::as_str).collect();
        let mut earlier: Vec<&str> = vec![&cited.title];
        earlier.extend(&headings);
        let mut stated = Vec::new();
        for sentence in document.sentences_of(passage) {
            let text = sentence.span.of(document.text());
            if cited.quote.span().contains(sentence.span) {
                stated.push(self.read(text, &headings, &earlier));
            }
            earlier.push(text);
        }
        stated
    }

    /// Reads the statement of a sentence under `headings`. If the sentence does not name its subject, the nearest text
    /// before it that names one supplies it.
    pub(super) fn read(&mut self, text: &str, headings: &[&str], earlier: &[&str]) -> Statement {
        let read = self.words(text);
        let has = |words: &Words| read.words.iter().any(|word| words.has(&word.form));
        let denied = has(&self.lists.denying);
        let firm = !text.trim_end().ends_with('?') && !has(&self.lists.open) && !has(&self.lists.special);
        let times = (0..).zip(&self.lists.daytimes).filter(|(_, words)| has(words)).map(|(time, _)| time);
        let daytimes: BTreeSet<usize> = times.collect();
        // In "low-dose naltrexone", "low" is part of the name and does not describe a part of the matter.
        let unnamed = read.words.iter().zip(&read.meanings);
        let unnamed = unnamed.filter(|(_, meaning)| !matches!(meaning, Some(Meaning::Concept(_))));
        let unnamed = unnamed.map(|(word, _)| &word.form).filter(|form| self.lists.part.has(form));
        let parts: BTreeSet<Arc<str>> = unnamed.cloned().collect();
        let mut subject = self.subjects(&read);
        for text in earlier.iter().rev() {
            if subject.is_empty() {
                let before = self.words(text);
                subject = self.subjects(&before);
            }
        }
        let (mut concepts, mut places) = self.concepts(&read);
        let mut section = Vec::new();
        for heading in headings {
            let over = self.words(heading);
            section.extend(self.facets(&over));
            let named = self.concepts(&over);
            concepts.extend(named.0);
            places.extend(named.1);
        }
        Statement {
            firm,
            section,
            subject,
            concepts,
            places,
            parts,
            daytimes,
            words: self.content(&read),
            quantities: if denied { Vec::new() } else { quantities(text) },
            claims: self.claims(text, &read.words),
        }
    }

    /// Returns the facets of a section, by its heading.
    fn facets(&self, heading: &Read) -> Vec<u32> {
        let stems: Vec<Arc<str>> = heading.words.iter().map(|word| word.stem.clone()).collect();
        self.lexicon.facets_of_heading(&stems)
    }

    fn words(&mut self, text: &str) -> Read {
        let words: Vec<Word> = self.analyser.words(text).into_iter().filter(|word| !word.compound).collect();
        let mut meanings: Vec<Option<Meaning>> = vec![None; words.len()];
        let mut mentions = self.lexicon.mentions(text, &words, false);
        mentions.retain(|mention| !matches!(mention.meaning, Meaning::Asks(_)));
        // If a word has several meanings, the first counts: a concept, then a facet, then a synonym.
        mentions.sort_by_key(|mention| mention.meaning);
        for mention in mentions {
            for meaning in meanings.iter_mut().skip(mention.first).take(mention.length) {
                meaning.get_or_insert(mention.meaning);
            }
        }
        Read { words, meanings }
    }

    /// Returns the base's subjects that are named, without organisations.
    fn subjects(&self, read: &Read) -> BTreeSet<u32> {
        let named = self.named(read).filter(|at| self.subject.contains(at));
        named.filter(|&at| self.kind(at) != ConceptKind::Organisation).collect()
    }

    /// Returns the other concepts that are named: diseases, drugs, people and similar; and separately places and
    /// institutions.
    fn concepts(&self, read: &Read) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let is_place = |at: &u32| matches!(self.kind(*at), ConceptKind::Place | ConceptKind::Organisation);
        let others = self.named(read).filter(|at| !self.subject.contains(at));
        let (places, others): (BTreeSet<u32>, BTreeSet<u32>) = others.partition(is_place);
        (others.into_iter().filter(|&at| self.kind(at).is_decisive()).collect(), places)
    }

    fn named<'r>(&self, read: &'r Read) -> impl Iterator<Item = u32> + use<'r> {
        read.meanings.iter().filter_map(|meaning| match meaning {
            Some(Meaning::Concept(at)) => Some(*at),
            _ => None,
        })
    }

    fn kind(&self, concept: u32) -> ConceptKind {
        self.lexicon.concepts()[concept as usize].kind
    }

    /// Returns the words that carry the content, each reduced to its meaning, without numbers, units and the subject.
    fn content(&self, read: &Read) -> BTreeSet<Arc<str>> {
        let carries = |word: &Word| {
            let form = &*word.form;
            let plain = form.chars().any(char::is_alphabetic) && !self.lists.units.has(form);
            plain && !self.lexicon.is_stop(&word.stem) && !self.lists.denying.has(form)
        };
        let claimed = |word: &Word| self.claims.iter().find(|(_, claim)| **claim == *positive(&word.form));
        let stands_for = |(word, meaning): (&Word, &Option<Meaning>)| match *meaning {
            // "approved", "unlicensed": what counts is whether the claim is affirmed, not the word.
            _ if let Some((facet, _)) = claimed(word) => Some(Arc::from(format!("a:{facet}"))),
            Some(Meaning::Concept(at)) if self.subject.contains(&at) => None,
            Some(Meaning::Concept(at)) => Some(Arc::from(format!("c:{at}"))),
            Some(Meaning::Says(at)) => Some(Arc::from(format!("f:{at}"))),
            Some(Meaning::Synonym(at)) => Some(Arc::from(format!("s:{at}"))),
            _ => Some(word.stem.clone()),
        };
        let words = read.words.iter().zip(&read.meanings).filter(|(word, _)| carries(word));
        words.filter_map(stands_for).collect()
    }

    /// Returns the claims in a sentence, and whether each is affirmed.
    fn claims(&self, text: &str, words: &[Word]) -> Vec<(u32, bool)> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let form = &*word.form;
            let before = clause_before(text, words, at);
            let has = |words: &Words| before.iter().any(|word| words.has(&word.form));
            for (facet, claim) in &self.claims {
                let opposite = **claim == *positive(form) && **claim != *form;
                let denied = has(&self.lists.denying);
                if (opposite || **claim == *form) && has(&self.lists.stating) && !(opposite && denied) {
                    found.push((*facet, !opposite && !denied));
                }
            }
        }
        found
    }
}

/// Strips a negative prefix: `safe` from `unsafe`, `effective` from `ineffective`.
fn positive(form: &str) -> &str {
    form.strip_prefix("un").or_else(|| form.strip_prefix("in")).unwrap_or(form)
}

/// Returns the words right before a word that belong to the same clause.
fn clause_before<'w>(text: &str, words: &'w [Word], at: usize) -> &'w [Word] {
    let ends = |at: usize| {
        let between = Span { start: words[at].span.end, end: words[at + 1].span.start };
        matches!(&*words[at].form, "and" | "but")
            || between.of(text).contains([',', ';', ':', '(', ')', '–', '—'])
    };
    let first = at.saturating_sub(REACH);
    let begin = (first..at).rev().find(|&before| ends(before)).map_or(first, |before| before + 1);
    &words[begin..at]
}
