//! Reads every unit once with the base's vocabulary and notes what it is about.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::corpus::{Corpus, PassageNote, SentenceNote};
use crate::knowledge::document::{Document, Passage};
use crate::knowledge::lexicon::{Lexicon, Meaning};
use crate::question::understand::term;
use crate::text::contact;
use crate::text::words::{Analyser, Word};

/// The vocabulary's facet for sentences with contact details.
const CONTACT: &str = "author-contact";

/// The concepts, synonyms and facets of a unit and its headings, as terms of the search index.
pub type Meanings = Vec<String>;

struct Noted {
    passages: Vec<PassageNote>,
    sentences: Vec<(SentenceNote, Meanings)>,
    words: FxHashMap<Arc<str>, u32>,
}

/// Fills in the notes of `corpus`. Returns the meanings of every sentence, in order.
pub fn annotate(corpus: &mut Corpus, lexicon: &Lexicon, withheld: &FxHashSet<&str>) -> Vec<Meanings> {
    let noted: Vec<Noted> = corpus
        .documents
        .par_iter()
        .enumerate()
        .with_min_len(corpus.documents.len().div_ceil(2 * rayon::current_num_threads()))
        .map_init(Analyser::default, |analyser, (at, document)| {
            document_notes(at as u32, document, lexicon, withheld, analyser)
        })
        .collect();
    let mut all = Vec::new();
    let mut words: FxHashMap<Arc<str>, u32> = FxHashMap::default();
    for document in noted {
        let (passages, sentences) = (corpus.passages.len() as u32, corpus.sentences.len() as u32);
        for (note, meanings) in document.sentences {
            corpus.sentences.push(SentenceNote { passage: note.passage + passages, ..note });
            all.push(meanings);
        }
        let notes = document.passages.into_iter();
        corpus.passages.extend(
            notes.map(|note| PassageNote { first_sentence: note.first_sentence + sentences, ..note }),
        );
        document.words.into_iter().for_each(|(word, count)| *words.entry(word).or_default() += count);
    }
    corpus.words = words.into_iter().map(|(word, count)| (word.to_string(), count)).collect();
    corpus.words.sort_unstable();
    all
}

fn document_notes(
    at: u32,
    document: &Document,
    lexicon: &Lexicon,
    withheld: &FxHashSet<&str>,
    analyser: &mut Analyser,
) -> Noted {
    let mut noted = Noted { passages: Vec::new(), sentences: Vec::new(), words: FxHashMap::default() };
    let mut last: Option<(Option<u32>, ConceptsFound)> = None;
    for (number, passage) in document.passages().iter().enumerate() {
        if last.as_ref().is_none_or(|(section, _)| *section != passage.section) {
            last = Some((passage.section, in_headings(document, passage, lexicon, analyser)));
        }
        let headings = &last.as_ref().expect("it was set above").1;
        let first_sentence = noted.sentences.len() as u32;
        for sentence in document.sentences_of(passage) {
            let text = sentence.span.of(document.text());
            let words: Vec<Word> = analyser.words(text).into_iter().filter(|word| !word.compound).collect();
            let mut found = in_words(text, &words, lexicon);
            if contact::is_in(text) {
                found.meanings.push(term::facet(CONTACT));
            }
            found.meanings.extend(headings.meanings.iter().cloned());
            found.meanings.sort_unstable();
            found.meanings.dedup();
            let note = SentenceNote { passage: number as u32, concepts: sorted(found.concepts) };
            noted.sentences.push((note, found.meanings));
            words.into_iter().for_each(|word| *noted.words.entry(word.form).or_default() += 1);
        }
        noted.passages.push(PassageNote {
            document: at,
            passage: number as u32,
            first_sentence,
            headings: sorted(headings.concepts.clone()),
            withheld: withheld.contains(passage.id.as_str()),
        });
    }
    noted
}

#[derive(Default)]
struct ConceptsFound {
    concepts: Vec<u32>,
    meanings: Meanings,
}

fn in_headings(
    document: &Document,
    passage: &Passage,
    lexicon: &Lexicon,
    analyser: &mut Analyser,
) -> ConceptsFound {
    let mut all = ConceptsFound::default();
    for text in document.titles_over(passage) {
        let words: Vec<Word> = analyser.words(text).into_iter().filter(|word| !word.compound).collect();
        let stems: Vec<Arc<str>> = words.iter().map(|word| word.stem.clone()).collect();
        let facets = lexicon.facets_of_heading(&stems);
        all.meanings.extend(facets.iter().map(|&at| term::facet(&lexicon.facets()[at as usize].id)));
        let found = in_words(text, &words, lexicon);
        all.meanings.extend(found.meanings);
        all.concepts.extend(found.concepts);
    }
    all
}

/// Returns the concepts and meanings in `words`.
fn in_words(text: &str, words: &[Word], lexicon: &Lexicon) -> ConceptsFound {
    let mut found = ConceptsFound::default();
    for mention in lexicon.mentions(text, words, false) {
        found.meanings.push(match mention.meaning {
            Meaning::Concept(at) => {
                found.concepts.push(at);
                term::concept(&lexicon.concepts()[at as usize].id)
            }
            Meaning::Says(at) => term::facet(&lexicon.facets()[at as usize].id),
            Meaning::Synonym(group) => term::synonym(group),
            Meaning::Asks(_) => continue,
        });
    }
    found
}

fn sorted(mut concepts: Vec<u32>) -> Box<[u32]> {
    concepts.sort_unstable();
    concepts.dedup();
    concepts.into()
}
