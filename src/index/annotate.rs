//! Reads every passage once, with the vocabulary of the base, and notes its terms: for Tantivy as words,
//! for the ranking of sentences as numbers.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::library::{Library, PassageNote, SentenceNote, key};
use crate::knowledge::document::{Document, Passage};
use crate::knowledge::lexicon::{Lexicon, Meaning};
use crate::question::understand::term;
use crate::text::contact;
use crate::text::words::{Analyser, Word};

/// The facet of sentences that tell how to reach somebody, in the vocabulary.
const CONTACT: &str = "author-contact";

/// What goes into the search index for a passage.
pub struct PassageTerms {
    /// Stems of its words, compounds too, in order.
    pub body: Vec<Arc<str>>,
    /// Stems of its source's title and its headings.
    pub headings: Vec<Arc<str>>,
    /// Concepts, synonyms and facets that it speaks of.
    pub meanings: Vec<String>,
}

struct Noted {
    passages: Vec<(PassageNote, PassageTerms)>,
    sentences: Vec<SentenceNote>,
    words: FxHashMap<Arc<str>, u32>,
}

/// Fills in the notes of `library`; returns what goes into the search index, in the order of the passages.
pub fn annotate(library: &mut Library, lexicon: &Lexicon, withheld: &FxHashSet<&str>) -> Vec<PassageTerms> {
    let noted: Vec<Noted> = library
        .documents
        .par_iter()
        .enumerate()
        .with_min_len(library.documents.len().div_ceil(2 * rayon::current_num_threads()))
        .map_init(Analyser::default, |analyser, (at, document)| {
            document_notes(at as u32, document, lexicon, withheld, analyser)
        })
        .collect();
    let mut terms = Vec::new();
    let mut words: FxHashMap<Arc<str>, u32> = FxHashMap::default();
    for document in noted {
        let (passages, sentences) = (library.passages.len() as u32, library.sentences.len() as u32);
        library.sentences.extend(
            document
                .sentences
                .into_iter()
                .map(|note| SentenceNote { passage: note.passage + passages, ..note }),
        );
        for (note, passage_terms) in document.passages {
            library.passages.push(PassageNote { first_sentence: note.first_sentence + sentences, ..note });
            terms.push(passage_terms);
        }
        document.words.into_iter().for_each(|(word, count)| *words.entry(word).or_default() += count);
    }
    library.words = words.into_iter().map(|(word, count)| (word.to_string(), count)).collect();
    library.words.sort_unstable();
    count(library);
    terms
}

/// In how many passages each term stands. Headings count: a term of a heading is said of its passages.
fn count(library: &mut Library) {
    let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    for at in 0..library.passages.len() as u32 {
        seen.clear();
        seen.extend(library.passages[at as usize].headings.iter());
        for sentence in library.sentences_of(at) {
            seen.extend(library.sentences[sentence as usize].terms.iter());
        }
        seen.iter().for_each(|&term| *counts.entry(term).or_default() += 1);
    }
    library.passage_counts = counts.into_iter().collect();
    library.passage_counts.sort_unstable();
}

fn document_notes(
    at: u32,
    document: &Document,
    lexicon: &Lexicon,
    withheld: &FxHashSet<&str>,
    analyser: &mut Analyser,
) -> Noted {
    let mut noted = Noted { passages: Vec::new(), sentences: Vec::new(), words: FxHashMap::default() };
    let mut last: Option<(Option<u32>, Headings)> = None;
    for (number, passage) in document.passages().iter().enumerate() {
        if last.as_ref().is_none_or(|(section, _)| *section != passage.section) {
            last = Some((passage.section, heading_terms(document, passage, lexicon, analyser)));
        }
        let headings = &last.as_ref().expect("it was set above").1;
        let first_sentence = noted.sentences.len() as u32;
        let mut terms = PassageTerms {
            body: Vec::new(),
            headings: headings.stems.clone(),
            meanings: headings.meanings.clone(),
        };
        for sentence in document.sentences_of(passage) {
            let (note, words) = sentence_note(
                number as u32,
                sentence.span.of(document.text()),
                lexicon,
                analyser,
                &mut terms,
            );
            noted.sentences.push(note);
            words.iter().for_each(|word| *noted.words.entry(word.form.clone()).or_default() += 1);
        }
        terms.meanings.sort_unstable();
        terms.meanings.dedup();
        let note = PassageNote {
            document: at,
            passage: number as u32,
            first_sentence,
            headings: headings.keys.clone(),
            withheld: withheld.contains(passage.id.as_str()),
        };
        noted.passages.push((note, terms));
    }
    noted
}

struct Headings {
    stems: Vec<Arc<str>>,
    meanings: Vec<String>,
    keys: Box<[u32]>,
}

fn heading_terms(
    document: &Document,
    passage: &Passage,
    lexicon: &Lexicon,
    analyser: &mut Analyser,
) -> Headings {
    let mut headings = Headings { stems: Vec::new(), meanings: Vec::new(), keys: Box::default() };
    let path = document.heading_path(passage);
    let title = Some(document.origin.title.as_str()).filter(|title| !path.contains(title));
    for text in title.into_iter().chain(path) {
        let words = analyser.words(text);
        let (plain, _): (Vec<Word>, Vec<Word>) = words.iter().cloned().partition(|word| !word.compound);
        let stems: Vec<Arc<str>> = plain.iter().map(|word| word.stem.clone()).collect();
        let facets = lexicon.facets_of_heading(&stems);
        headings
            .meanings
            .extend(facets.iter().map(|&facet| term::facet(&lexicon.facets()[facet as usize].id)));
        headings.meanings.extend(meanings(text, &plain, lexicon));
        headings.stems.extend(words.into_iter().map(|word| word.stem));
    }
    headings.keys =
        keys(headings.stems.iter().map(|stem| &**stem).chain(headings.meanings.iter().map(String::as_str)));
    headings
}

fn sentence_note(
    passage: u32,
    text: &str,
    lexicon: &Lexicon,
    analyser: &mut Analyser,
    terms: &mut PassageTerms,
) -> (SentenceNote, Vec<Word>) {
    let words = analyser.words(text);
    let plain: Vec<Word> = words.iter().filter(|word| !word.compound).cloned().collect();
    let mut meanings = meanings(text, &plain, lexicon);
    if contact::is_in(text) {
        meanings.push(term::facet(CONTACT));
    }
    let stems = words.iter().map(|word| &*word.stem);
    let note = SentenceNote {
        passage,
        terms: keys(stems.chain(meanings.iter().map(String::as_str))),
        length: plain.len() as u32,
    };
    terms.body.extend(words.into_iter().map(|word| word.stem));
    terms.meanings.extend(meanings);
    (note, plain)
}

/// The terms of the concepts, synonyms and facets that `words` speak of.
fn meanings(text: &str, words: &[Word], lexicon: &Lexicon) -> Vec<String> {
    let mentions = lexicon.mentions(text, words, false);
    let named = mentions.into_iter().filter_map(|mention| match mention.meaning {
        Meaning::Concept(at) => Some(term::concept(&lexicon.concepts()[at as usize].id)),
        Meaning::Says(at) => Some(term::facet(&lexicon.facets()[at as usize].id)),
        Meaning::Synonym(group) => Some(term::synonym(group)),
        Meaning::Asks(_) => None,
    });
    named.collect()
}

fn keys<'a>(terms: impl Iterator<Item = &'a str>) -> Box<[u32]> {
    let mut keys: Vec<u32> = terms.map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into()
}
