//! The medical vocabulary and that of one base: concepts with all their names, facets of a drug's product information,
//! everyday synonyms and stop words. Questions and passages are read with the same lexicon, so that "jittery" and
//! "anxiety" match through a shared concept rather than by a guess.
//!
//! Names are compared by stem. Abbreviations are case-sensitive in a source; in a question they match in any case,
//! unless the abbreviation in lower case is an English word ("me", "us").

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::text::span::Span;
use crate::text::words::{Analyser, Word};

/// The longest name, in words.
const LONGEST_NAME: usize = 7;

/// The kind of a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConceptKind {
    /// A disease or disorder.
    Condition,
    /// A symptom, sign or adverse effect.
    Symptom,
    /// A medicine.
    Drug,
    /// A class of medicines.
    DrugClass,
    /// Food, drink, supplement or recreational drug.
    Substance,
    /// A group of people.
    Population,
    /// Something done to a patient.
    Procedure,
    /// A part of the body, a cell, a molecule.
    Body,
    /// Something that happens in the body, or in a study.
    Process,
    /// A test or measurement.
    Test,
    /// A figure that describes a medicine or the result of a study: a half-life, a number needed to treat.
    Measure,
    /// An institution.
    Organisation,
    /// A country or region.
    Place,
}

impl ConceptKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Condition,
        Self::Symptom,
        Self::Drug,
        Self::DrugClass,
        Self::Substance,
        Self::Population,
        Self::Procedure,
        Self::Body,
        Self::Process,
        Self::Test,
        Self::Measure,
        Self::Organisation,
        Self::Place,
    ];

    /// Its name in the files of the vocabulary.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Symptom => "symptom",
            Self::Drug => "drug",
            Self::DrugClass => "drug-class",
            Self::Substance => "substance",
            Self::Population => "population",
            Self::Procedure => "procedure",
            Self::Body => "body",
            Self::Process => "process",
            Self::Test => "test",
            Self::Measure => "measure",
            Self::Organisation => "organisation",
            Self::Place => "place",
        }
    }

    /// Whether only a text that mentions the concept can answer a question about it: an answer about another drug,
    /// disease or population does not count.
    pub fn is_decisive(self) -> bool {
        use ConceptKind::{
            Condition, Drug, DrugClass, Measure, Organisation, Population, Procedure, Substance, Symptom,
            Test,
        };
        matches!(
            self,
            Condition
                | Symptom
                | Drug
                | DrugClass
                | Substance
                | Population
                | Procedure
                | Test
                | Measure
                | Organisation
        )
    }

    /// Whether statements about the broader concept also apply to this one, as statements about a class of medicines
    /// apply to each medicine in it.
    pub fn inherits(self) -> bool {
        matches!(self, Self::Drug | Self::DrugClass | Self::Substance)
    }
}

/// Something that texts mention, with all its names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Stable name, e.g. `multiple-sclerosis`.
    pub id: String,
    /// The name shown to users.
    pub title: String,
    /// Its kind.
    pub kind: ConceptKind,
    /// All ways of writing it.
    #[serde(default)]
    pub names: Vec<String>,
    /// Case-sensitive ways of writing it.
    #[serde(default)]
    pub abbreviations: Vec<String>,
    /// Ids of broader concepts: a statement about one of them also holds for this concept.
    #[serde(default)]
    pub broader: Vec<String>,
}

/// A topic of a drug's official product information, such as driving, and how people ask about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facet {
    /// Stable name, e.g. `driving`.
    pub id: String,
    /// The name shown to users.
    pub title: String,
    /// Words in a source's heading that mark its section as this facet.
    #[serde(default)]
    pub headings: Vec<String>,
    /// Words in a question that ask about it.
    #[serde(default)]
    pub asks: Vec<String>,
    /// Words in a passage that show that the passage is about it.
    #[serde(default)]
    pub says: Vec<String>,
    /// The quantities that an answer to such a question states. Two sources with incompatible values disagree.
    #[serde(default)]
    pub states: Vec<Measure>,
    /// Words that an answer to such a question affirms or denies: "approved", "licensed". They all make the same
    /// claim. If one source affirms it and another denies it, the sources disagree.
    #[serde(default)]
    pub claims: Vec<String>,
}

/// What a quantity measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// A dose, in milligrams.
    Mass,
    /// A share, in percent.
    Share,
    /// A length of time, in days.
    Time,
    /// A calendar year.
    Year,
}

/// Words with the same meaning in nearly all medical contexts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonyms {
    /// Single words or short phrases.
    pub words: Vec<String>,
}

/// A vocabulary as written in `medical.toml` or in part of a `base.toml`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Words of a question that say nothing about its subject.
    #[serde(default)]
    pub stop_words: Vec<String>,
    /// Facets.
    #[serde(default, rename = "facet")]
    pub facets: Vec<Facet>,
    /// Everyday synonyms.
    #[serde(default, rename = "synonym")]
    pub synonyms: Vec<Synonyms>,
    /// Concepts.
    #[serde(default, rename = "concept")]
    pub concepts: Vec<Concept>,
}

impl Vocabulary {
    /// This vocabulary extended with a base's own words. A concept or facet of the base replaces one with the same id.
    pub fn extended(&self, own: &Self) -> Self {
        let mut all = self.clone();
        all.stop_words.extend(own.stop_words.iter().cloned());
        all.synonyms.extend(own.synonyms.iter().cloned());
        all.facets.retain(|facet| own.facets.iter().all(|other| other.id != facet.id));
        all.facets.extend(own.facets.iter().cloned());
        all.concepts.retain(|concept| own.concepts.iter().all(|other| other.id != concept.id));
        all.concepts.extend(own.concepts.iter().cloned());
        all
    }
}

/// What a name in a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// Index into [`Lexicon::concepts`].
    Concept(u32),
    /// A facet that a question asks about, index into [`Lexicon::facets`].
    Asks(u32),
    /// A facet that a passage is about, index into [`Lexicon::facets`].
    Says(u32),
    /// A group of synonyms, by number.
    Synonym(u32),
}

/// A name found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention {
    /// What it stands for.
    pub meaning: Meaning,
    /// Index of its first word among the searched words.
    pub first: usize,
    /// Its length in words.
    pub length: usize,
}

/// A vocabulary prepared for finding its names in texts.
pub struct Lexicon {
    vocabulary: Vocabulary,
    by_id: FxHashMap<String, u32>,
    names: FxHashMap<Box<[Arc<str>]>, Vec<Meaning>>,
    starts: FxHashMap<Arc<str>, usize>,
    abbreviations: FxHashMap<String, Vec<Meaning>>,
    lower_abbreviations: FxHashMap<String, Vec<Meaning>>,
    stop_stems: FxHashSet<Arc<str>>,
    headings: Vec<(Vec<Arc<str>>, u32)>,
    narrower: Vec<Vec<u32>>,
    broader: Vec<Vec<u32>>,
}

impl Lexicon {
    /// Prepares a vocabulary. Ids that do not exist are ignored here; `check` reports them.
    pub fn new(vocabulary: Vocabulary) -> Self {
        let mut analyser = Analyser::default();
        let by_id: FxHashMap<String, u32> =
            vocabulary.concepts.iter().zip(0..).map(|(concept, at)| (concept.id.clone(), at)).collect();
        let mut lexicon = Self {
            by_id,
            names: FxHashMap::default(),
            starts: FxHashMap::default(),
            abbreviations: FxHashMap::default(),
            lower_abbreviations: FxHashMap::default(),
            stop_stems: vocabulary.stop_words.iter().flat_map(|word| analyser.stems(word)).collect(),
            headings: Vec::new(),
            narrower: vec![Vec::new(); vocabulary.concepts.len()],
            broader: Vec::new(),
            vocabulary: Vocabulary::default(),
        };
        lexicon.add_concepts(&vocabulary, &mut analyser);
        lexicon.add_facets(&vocabulary, &mut analyser);
        for (synonyms, group) in vocabulary.synonyms.iter().zip(0..) {
            synonyms.words.iter().for_each(|name| lexicon.add(name, Meaning::Synonym(group), &mut analyser));
        }
        lexicon.vocabulary = vocabulary;
        lexicon
    }

    fn add_concepts(&mut self, vocabulary: &Vocabulary, analyser: &mut Analyser) {
        for (concept, at) in vocabulary.concepts.iter().zip(0..) {
            let meaning = Meaning::Concept(at);
            concept.names.iter().for_each(|name| self.add(name, meaning, analyser));
            for short in &concept.abbreviations {
                self.abbreviations.entry(short.clone()).or_default().push(meaning);
                let lower = short.to_lowercase();
                if !analyser.stems(&lower).iter().any(|stem| self.stop_stems.contains(stem)) {
                    self.lower_abbreviations.entry(lower).or_default().push(meaning);
                }
            }
            let broader: Vec<u32> =
                concept.broader.iter().filter_map(|id| self.by_id.get(id)).copied().collect();
            broader.iter().for_each(|&wide| self.narrower[wide as usize].push(at));
            self.broader.push(broader);
        }
    }

    fn add_facets(&mut self, vocabulary: &Vocabulary, analyser: &mut Analyser) {
        for (facet, at) in vocabulary.facets.iter().zip(0..) {
            facet.asks.iter().for_each(|name| self.add(name, Meaning::Asks(at), analyser));
            facet.says.iter().for_each(|name| self.add(name, Meaning::Says(at), analyser));
            let headings = facet.headings.iter().map(|heading| (analyser.stems(heading), at));
            self.headings.extend(headings.filter(|(stems, _)| !stems.is_empty()));
        }
    }

    fn add(&mut self, name: &str, meaning: Meaning, analyser: &mut Analyser) {
        let stems = analyser.stems(name);
        if stems.is_empty() || stems.len() > LONGEST_NAME {
            return;
        }
        let longest = self.starts.entry(stems[0].clone()).or_default();
        *longest = stems.len().max(*longest);
        let meanings = self.names.entry(stems.into()).or_default();
        if !meanings.contains(&meaning) {
            meanings.push(meaning);
        }
    }

    /// The concepts, in file order.
    pub fn concepts(&self) -> &[Concept] {
        &self.vocabulary.concepts
    }

    /// The facets, in file order.
    pub fn facets(&self) -> &[Facet] {
        &self.vocabulary.facets
    }

    /// The concept with an id.
    pub fn concept(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The concepts directly above one.
    pub fn broader(&self, concept: u32) -> &[u32] {
        &self.broader[concept as usize]
    }

    /// The concepts directly below one.
    pub fn narrower(&self, concept: u32) -> &[u32] {
        &self.narrower[concept as usize]
    }

    /// A concept and everything below it.
    pub fn with_narrower(&self, concept: u32) -> Vec<u32> {
        let mut all = vec![concept];
        let mut at = 0;
        while let Some(&wide) = all.get(at) {
            let new: Vec<u32> =
                self.narrower(wide).iter().filter(|narrow| !all.contains(narrow)).copied().collect();
            all.extend(new);
            at += 1;
        }
        all
    }

    /// Whether a stem is that of a stop word.
    pub fn is_stop(&self, stem: &str) -> bool {
        self.stop_stems.contains(stem)
    }

    /// The facets of a section, from the stems of its heading.
    pub fn facets_of_heading(&self, stems: &[Arc<str>]) -> Vec<u32> {
        let holds = |name: &[Arc<str>]| stems.windows(name.len()).any(|window| window == name);
        let mut facets: Vec<u32> =
            self.headings.iter().filter(|(name, _)| holds(name)).map(|&(_, at)| at).collect();
        facets.sort_unstable();
        facets.dedup();
        facets
    }

    /// Finds the names in `words`, which must leave out compounds. At each position, only the longest name of each kind
    /// of meaning counts; a name inside a longer concept's name does not count, unless it is a synonym.
    pub fn mentions(&self, text: &str, words: &[Word], any_case: bool) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut concepts_end = 0;
        let stems: Vec<Arc<str>> = words.iter().map(|word| word.stem.clone()).collect();
        for first in 0..words.len() {
            self.abbreviated(text, words, first, any_case, &mut found);
            let Some(&most) = self.starts.get(&stems[first]) else { continue };
            let mut longest = [0; 4];
            for length in (1..=most.min(words.len() - first)).rev() {
                for &meaning in self.names.get(&stems[first..first + length]).into_iter().flatten() {
                    let class = class_of(meaning);
                    // "alcohol" in "alcohol dependence" neither names the substance nor asks about drinking.
                    let inside = first + length <= concepts_end && longest[0] != length;
                    let hidden = inside && !matches!(meaning, Meaning::Synonym(_));
                    if (longest[class] == 0 || longest[class] == length) && !hidden {
                        found.push(Mention { meaning, first, length });
                        longest[class] = length;
                        concepts_end = if class == 0 { first + length } else { concepts_end };
                    }
                }
            }
        }
        found
    }

    fn abbreviated(&self, text: &str, words: &[Word], at: usize, any_case: bool, found: &mut Vec<Mention>) {
        let written = without_plural(words[at].span, text);
        let meanings = self.abbreviations.get(written).or_else(|| {
            any_case.then(|| self.lower_abbreviations.get(written.to_lowercase().as_str())).flatten()
        });
        found.extend(meanings.into_iter().flatten().map(|&meaning| Mention {
            meaning,
            first: at,
            length: 1,
        }));
    }
}

fn class_of(meaning: Meaning) -> usize {
    match meaning {
        Meaning::Concept(_) => 0,
        Meaning::Asks(_) => 1,
        Meaning::Says(_) => 2,
        Meaning::Synonym(_) => 3,
    }
}

/// An abbreviation without its plural or possessive ending: `NSAIDs`, `GP's`.
fn without_plural(span: Span, text: &str) -> &str {
    let written = span.of(text);
    let bare = written.strip_suffix("'s").or_else(|| written.strip_suffix("\u{2019}s")).unwrap_or(written);
    match bare.strip_suffix('s') {
        Some(short) if short.len() > 1 && short.chars().all(|letter| letter.is_uppercase()) => short,
        _ => bare,
    }
}
