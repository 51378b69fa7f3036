//! What a question says, in terms the index can look up: units of meaning with every way the sources may
//! put them, the facets it asks about, and the words that were repaired to get there. The origin of each
//! alternative is kept, so that `--explain` can tell it.

use std::sync::Arc;

use super::each::each_source;
use super::expected::{Expected, Wanted, expected};
use super::spelling::Speller;
use crate::knowledge::lexicon::{Lexicon, Meaning, Mention};
use crate::text::span::Span;
use crate::text::words::{Analyser, Word};

/// A question, understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// The units that carry its subject, in order.
    pub units: Vec<Unit>,
    /// The facets it asks about, indices into [`Lexicon::facets`].
    pub facets: Vec<u32>,
    /// The concepts it names, indices into [`Lexicon::concepts`].
    pub concepts: Vec<u32>,
    /// The sort of answer that it wants, where that is beyond doubt.
    pub wants: Option<Expected>,
    /// Whether it is put to each of the sources.
    pub each: bool,
    /// Words that were read as others.
    pub repairs: Vec<Repair>,
}

/// A word or name of the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// As the reader wrote it.
    pub written: String,
    /// Ways in which the sources may say it, best first.
    pub keys: Vec<Key>,
    /// Whether it is what the whole base is about, and so tells nothing apart.
    pub subject: bool,
    /// Whether it is a name of something that only a text which says it can be about: a word that neither the sources
    /// nor medicine nor general English know, or the word that tells one syndrome from another.
    pub name: bool,
    /// Its part in saying what sort of answer is wanted.
    pub asks: Asks,
    /// The concept that it names, where there is one.
    pub concept: Option<u32>,
}

/// What a unit has to do with the sort of answer that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// It says of what the answer is: one of many such words.
    Matter,
    /// It says of what the answer must be, and no other word does: the remission whose rate is wanted.
    Of,
    /// It says what sort of answer is wanted.
    Sort,
    /// It asks for a facet that is said of anything: help, harm, the dose. That the sources say such a word tells
    /// nothing of its object.
    Facet,
}

/// One way of saying a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The term as the index holds it: see [`term`].
    pub term: String,
    /// How much of the unit it stands for, 0 to 1.
    pub weight: f32,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The word itself.
    Written,
    /// The word is part of a hyphenated compound.
    Compound,
    /// One word of a name.
    Part,
    /// A repaired spelling.
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

/// A word that was read as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// As written.
    pub written: String,
    /// As read.
    pub read_as: String,
}

/// How much of a unit each kind of key stands for.
const SYNONYM: f32 = 0.5;
const CONCEPT: f32 = 0.9;
const CLASS: f32 = 0.6;
const BROADER: f32 = 0.3;
const NARROWER: f32 = 0.3;
const REPAIR: f32 = 0.9;
const PART: f32 = 0.4;
const FACET: f32 = 0.5;
/// A concept with more narrower ones than this is a chapter, not a name.
const MOST_NARROWER: usize = 12;

/// A shorter word that nobody knows may be anything: "yr", "wen".
const SHORTEST_NAME: usize = 5;
/// What words end in that are made from others; a list of general English never has them all.
const ENDINGS: &[&str] = &[
    "ing", "ingly", "ly", "able", "ible", "ic", "ics", "ical", "ive", "ed", "ness", "tion", "tions", "sion",
    "ment", "ments", "ous", "al", "ity", "ful", "less", "ism", "wise", "ish",
];
/// What the names of diseases end in; the word before it tells which.
const SORTS: &[&str] = &[
    "syndrome",
    "syndromes",
    "disease",
    "diseases",
    "disorder",
    "disorders",
    "dysplasia",
    "dystrophy",
    "deficiency",
    "cancer",
    "tumor",
    "tumour",
    "anemia",
    "anaemia",
    "fever",
    "virus",
    "infection",
    "palsy",
    "neuropathy",
    "myopathy",
    "ataxia",
    "encephalopathy",
];

/// Names of index terms that are not stems.
pub mod term {
    /// The term of a concept.
    pub fn concept(id: &str) -> String {
        format!("c:{id}")
    }

    /// The term of a facet that a passage speaks of.
    pub fn facet(id: &str) -> String {
        format!("f:{id}")
    }

    /// The term of a group of synonyms.
    pub fn synonym(group: u32) -> String {
        format!("s:{group}")
    }
}

/// Understands `text` with the vocabulary of a base. `subject` are the concepts that the base is about; words that
/// nobody knows are read as others where that `repairs` them.
pub fn understand(
    text: &str,
    lexicon: &Lexicon,
    subject: &[u32],
    speller: &Speller,
    repairs: bool,
) -> Question {
    let mut analyser = Analyser::default();
    let all = analyser.words(text);
    let mut question = Question::default();
    let written: Vec<Word> = all.iter().filter(|word| !word.compound).cloned().collect();
    let read = match repairs {
        true => repair(text, &written, lexicon, speller, &mut analyser, &mut question.repairs),
        false => written.clone(),
    };
    let mentions = lexicon.mentions(text, &read, true);
    for mention in &mentions {
        match mention.meaning {
            Meaning::Concept(at) if !question.concepts.contains(&at) => question.concepts.push(at),
            Meaning::Asks(at) if !question.facets.contains(&at) => question.facets.push(at),
            _ => {}
        }
    }
    let wanted = expected(&read);
    let each = each_source(&read);
    question.each = !each.is_empty();
    question.wants = wanted.map(|wanted| wanted.what);
    let reading = Reading {
        text,
        lexicon,
        subject,
        written: &written,
        read: &read,
        all: &all,
        mentions: &mentions,
        wanted,
        speller,
        each: &each,
    };
    question.units = reading.units();
    question
}

/// The words with unknown ones replaced by what they were meant to be.
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

struct Reading<'a> {
    text: &'a str,
    lexicon: &'a Lexicon,
    subject: &'a [u32],
    /// The words as written.
    written: &'a [Word],
    /// The same words, repaired.
    read: &'a [Word],
    /// The words as written, with the compounds.
    all: &'a [Word],
    mentions: &'a [Mention],
    /// The words that say what sort of answer is wanted.
    wanted: Option<Wanted>,
    speller: &'a Speller,
    /// The words that put it to each source.
    each: &'a [usize],
}

impl Reading<'_> {
    fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        let mut at = 0;
        while at < self.read.len() {
            let named = self.longest(at);
            let length = named.map_or(1, |mention| mention.length);
            let carries =
                length > 1 || named.is_some_and(|mention| matches!(mention.meaning, Meaning::Concept(_)));
            let to_each = (at..at + length).all(|at| self.each.contains(&at));
            if !to_each && (carries || !self.lexicon.is_stop(&self.read[at].stem)) {
                units.push(self.unit(at, length));
            }
            at += length;
        }
        units
    }

    /// The longest name of a concept or synonym that starts at a word; a concept before a synonym.
    fn longest(&self, at: usize) -> Option<&Mention> {
        let names = |mention: &&Mention| matches!(mention.meaning, Meaning::Concept(_) | Meaning::Synonym(_));
        self.mentions
            .iter()
            .filter(|mention| mention.first == at)
            .filter(names)
            .max_by_key(|mention| (mention.length, matches!(mention.meaning, Meaning::Concept(_))))
    }

    fn unit(&self, first: usize, length: usize) -> Unit {
        let span = self.written[first].span.cover(self.written[first + length - 1].span);
        let mut keys = Vec::new();
        let mut add = |term: &str, weight: f32, origin: Origin| {
            if keys.iter().all(|key: &Key| key.term != term) {
                keys.push(Key { term: term.to_owned(), weight, origin });
            }
        };
        if length == 1 {
            add(&self.written[first].stem, 1.0, Origin::Written);
            add(&self.read[first].stem, REPAIR, Origin::Repair);
            for compound in self.all.iter().filter(|word| word.compound && word.span.contains(span)) {
                add(&compound.stem, 1.0, Origin::Compound);
            }
        }
        let mut concept = None;
        let covered = |mention: &&Mention| mention.first == first && mention.length == length;
        for mention in self.mentions.iter().filter(covered) {
            match mention.meaning {
                Meaning::Concept(at) => {
                    concept = concept.or(Some(at));
                    self.concept_keys(at, &mut add);
                }
                Meaning::Synonym(group) => add(&term::synonym(group), SYNONYM, Origin::Synonym),
                Meaning::Asks(_) | Meaning::Says(_) => {}
            }
        }
        let reaches =
            |mention: &&Mention| mention.first < first + length && first < mention.first + mention.length;
        for mention in self.mentions.iter().filter(reaches) {
            if let Meaning::Asks(at) = mention.meaning {
                add(&term::facet(&self.lexicon.facets()[at as usize].id), FACET, Origin::Facet);
            }
        }
        if length > 1 {
            self.parts(first, length).for_each(|stem| add(&stem, PART, Origin::Part));
        }
        let subject = concept.is_some_and(|at| self.subject.contains(&at));
        let name = concept.is_none() && length == 1 && self.is_name(first);
        let sort = self.wanted.map_or(Asks::Matter, |wanted| asks(wanted, first..first + length));
        let asks = if sort == Asks::Matter && concept.is_none() && self.asks_for_a_facet(first, length) {
            Asks::Facet
        } else {
            sort
        };
        Unit { written: span.of(self.text).to_owned(), keys, subject, name, asks, concept }
    }

    /// Whether all of some words belong to a way of asking for a facet that is no object itself, as pregnancy is.
    fn asks_for_a_facet(&self, first: usize, length: usize) -> bool {
        self.mentions.iter().any(|mention| {
            matches!(mention.meaning, Meaning::Asks(at) if !self.lexicon.facets()[at as usize].strict)
                && mention.first <= first
                && first + length <= mention.first + mention.length
        })
    }

    /// Whether a word, or the word that it is an inflection of, is known.
    fn is_known(&self, form: &str) -> bool {
        let inflections =
            [("", ""), ("s", ""), ("es", ""), ("ies", "y"), ("er", ""), ("er", "e"), ("est", "")];
        inflections.iter().any(|(ending, instead)| {
            let root = form.strip_suffix(ending).map(|root| format!("{root}{instead}"));
            root.is_some_and(|root| self.speller.knows(&root))
        })
    }

    /// Whether a word stands for something that must be named to be spoken of.
    fn is_name(&self, at: usize) -> bool {
        let form = &self.read[at].form;
        let tells_apart = || {
            let next = self.read.get(at + 1).filter(|next| SORTS.contains(&&*next.form));
            next.is_some_and(|next| {
                let between = Span { start: self.read[at].span.end, end: next.span.start };
                between.of(self.text).trim().is_empty()
            })
        };
        // Written small it may be any rare word; that the sources lack it counts as evidence against an answer anyway.
        let written = self.written[at].span.of(self.text);
        let capital = at > 0 && written.starts_with(char::is_uppercase);
        let unknown =
            || capital && !self.is_known(form) && !ENDINGS.iter().any(|ending| form.ends_with(ending));
        form.chars().count() >= SHORTEST_NAME && (unknown() || tells_apart())
    }

    fn concept_keys(&self, at: u32, add: &mut impl FnMut(&str, f32, Origin)) {
        let named = |at: &u32| term::concept(&self.lexicon.concepts()[*at as usize].id);
        add(&named(&at), CONCEPT, Origin::Concept);
        if self.subject.contains(&at) {
            return;
        }
        // What is said of opioids is said of codeine; what is said of autoimmune diseases is no answer about lupus.
        let wider = if self.lexicon.concepts()[at as usize].kind.inherits() { CLASS } else { BROADER };
        for wide in self.lexicon.broader(at).iter().filter(|wide| !self.subject.contains(wide)) {
            add(&named(wide), wider, Origin::Broader);
        }
        let narrower = self.lexicon.narrower(at);
        if narrower.len() <= MOST_NARROWER {
            narrower.iter().for_each(|narrow| add(&named(narrow), NARROWER, Origin::Narrower));
        }
    }

    fn parts(&self, first: usize, length: usize) -> impl Iterator<Item = Arc<str>> + '_ {
        let words = self.read[first..first + length].iter();
        words.filter(|word| !self.lexicon.is_stop(&word.stem)).map(|word| word.stem.clone())
    }
}

fn asks(wanted: Wanted, words: std::ops::Range<usize>) -> Asks {
    match wanted.of {
        Some(of) if words.contains(&of) => Asks::Of,
        _ if wanted.first <= words.start && words.end <= wanted.first + wanted.length => Asks::Sort,
        _ => Asks::Matter,
    }
}
