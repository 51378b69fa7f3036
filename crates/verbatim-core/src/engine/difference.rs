//! Finds what a new generation changed, for the person who published it.
//!
//! A passage's id is derived from its words. A passage that both generations have is unchanged, wherever it stands now.
//! The rest is paired: a removed and an added passage count as one *changed* passage if the nearest unchanged passage
//! before them in their source is the same. Passages without a partner count as added or removed. All passages of an
//! added or removed source count as added or removed.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::index::manifest::RegressionResult;
use crate::knowledge::document::{Document, Passage};

/// The maximum number of examples of changed passages.
pub const MOST_EXAMPLES: usize = 10;

/// What differs between two generations of a base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// The generation that was live before.
    pub before: String,
    /// How that generation did on the regression questions.
    pub regression_before: RegressionResult,
    /// Sources that are new.
    pub sources_added: Vec<SourceName>,
    /// Sources whose text or description changed.
    pub sources_changed: Vec<SourceName>,
    /// Sources that are gone.
    pub sources_removed: Vec<SourceName>,
    /// How many passages are new.
    pub passages_added: usize,
    /// How many passages have new words in the same place.
    pub passages_changed: usize,
    /// How many passages are gone.
    pub passages_removed: usize,
    /// Examples: changed passages first, then added ones, then removed ones, each in the order of the sources.
    pub examples: Vec<PassageChange>,
}

/// The id and title of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceName {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A passage that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassageChange {
    /// Its words changed.
    Changed {
        /// Before the change.
        before: Glimpse,
        /// After the change.
        now: Glimpse,
    },
    /// It is new.
    Added(Glimpse),
    /// It is gone.
    Removed(Glimpse),
}

/// A short description of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// Its id.
    pub passage: String,
    /// Its whole first sentence.
    pub sentence: String,
}

impl SourceName {
    /// The name of a document.
    pub fn of(document: &Document) -> Self {
        Self { id: document.id.clone(), title: document.metadata.title.clone() }
    }
}

impl Glimpse {
    fn of(document: &Document, passage: &Passage) -> Self {
        let sentence = document.sentences_of(passage).first();
        let words = sentence.map_or("", |sentence| sentence.span.of(document.text()));
        Self { passage: passage.id.clone(), sentence: words.to_owned() }
    }
}

/// Compares the documents of two generations. Skips sources whose file is unchanged.
pub fn difference(before: &[Document], now: &[Document]) -> Difference {
    let mut found = DifferenceBuilder::default();
    let old: FxHashMap<&str, &Document> =
        before.iter().map(|document| (document.id.as_str(), document)).collect();
    for document in now {
        match old.get(document.id.as_str()) {
            None => {
                found.told.sources_added.push(SourceName::of(document));
                document.passages().iter().for_each(|passage| found.add(document, passage));
            }
            Some(old) if old.digest != document.digest => {
                found.told.sources_changed.push(SourceName::of(document));
                found.compare(old, document);
            }
            Some(_) => {}
        }
    }
    let ids: FxHashSet<&str> = now.iter().map(|document| document.id.as_str()).collect();
    for document in before.iter().filter(|document| !ids.contains(document.id.as_str())) {
        found.told.sources_removed.push(SourceName::of(document));
        document.passages().iter().for_each(|passage| found.remove(document, passage));
    }
    found.finish()
}

/// The differences found so far, with examples grouped by kind.
#[derive(Default)]
struct DifferenceBuilder {
    told: Difference,
    changed: Vec<PassageChange>,
    added: Vec<PassageChange>,
    removed: Vec<PassageChange>,
}

impl DifferenceBuilder {
    fn add(&mut self, document: &Document, passage: &Passage) {
        self.told.passages_added += 1;
        keep(&mut self.added, || PassageChange::Added(Glimpse::of(document, passage)));
    }

    fn remove(&mut self, document: &Document, passage: &Passage) {
        self.told.passages_removed += 1;
        keep(&mut self.removed, || PassageChange::Removed(Glimpse::of(document, passage)));
    }

    /// Pairs removed and added passages that follow the same unchanged passage.
    fn compare(&mut self, old: &Document, now: &Document) {
        let mut went: FxHashMap<Option<&str>, Vec<&Passage>> = by_place(old, now).into_iter().collect();
        for (place, came) in by_place(now, old) {
            let gone = went.remove(&place).unwrap_or_default();
            for (before, after) in gone.iter().zip(&came) {
                self.told.passages_changed += 1;
                keep(&mut self.changed, || PassageChange::Changed {
                    before: Glimpse::of(old, before),
                    now: Glimpse::of(now, after),
                });
            }
            let paired = gone.len().min(came.len());
            came[paired..].iter().for_each(|passage| self.add(now, passage));
            gone[paired..].iter().for_each(|passage| self.remove(old, passage));
        }
        let mut left: Vec<&Passage> = went.into_values().flatten().collect();
        left.sort_by_key(|passage| passage.span.start);
        left.iter().for_each(|passage| self.remove(old, passage));
    }

    fn finish(self) -> Difference {
        let examples = self.changed.into_iter().chain(self.added).chain(self.removed);
        Difference { examples: examples.take(MOST_EXAMPLES).collect(), ..self.told }
    }
}

fn keep(examples: &mut Vec<PassageChange>, example: impl FnOnce() -> PassageChange) {
    if examples.len() < MOST_EXAMPLES {
        examples.push(example());
    }
}

/// Returns the passages of `document` that `other` does not have, grouped by the nearest passage before them that it
/// has.
fn by_place<'d>(document: &'d Document, other: &Document) -> Vec<(Option<&'d str>, Vec<&'d Passage>)> {
    let ids: FxHashSet<&str> = other.passages().iter().map(|passage| passage.id.as_str()).collect();
    let mut places: Vec<(Option<&str>, Vec<&Passage>)> = Vec::new();
    let mut place = None;
    for passage in document.passages() {
        if ids.contains(passage.id.as_str()) {
            place = Some(passage.id.as_str());
            continue;
        }
        match places.last_mut().filter(|(last, _)| *last == place) {
            Some((_, passages)) => passages.push(passage),
            None => places.push((place, vec![passage])),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::read::read_bytes;

    fn document(id: &str, paragraphs: &[&str]) -> Document {
        let text = format!("+++\ntitle = \"The {id}\"\n+++\n{}", paragraphs.join("\n\n"));
        read_bytes(&format!("sources/{id}.md"), text.as_bytes(), None).document.expect("a document")
    }

    fn told(before: &[Document], now: &[Document]) -> String {
        let found = difference(before, now);
        let names = |names: &[SourceName]| {
            names.iter().map(|name| name.title.as_str()).collect::<Vec<_>>().join(", ")
        };
        let sources =
            [&found.sources_added, &found.sources_changed, &found.sources_removed].map(|s| names(s));
        let counts = (found.passages_added, found.passages_changed, found.passages_removed);
        let example = |change: &PassageChange| match change {
            PassageChange::Changed { before, now } => format!("{} → {}", before.sentence, now.sentence),
            PassageChange::Added(glimpse) => format!("+ {}", glimpse.sentence),
            PassageChange::Removed(glimpse) => format!("- {}", glimpse.sentence),
        };
        let examples: Vec<String> = found.examples.iter().map(example).collect();
        format!("{sources:?} {counts:?} {}", examples.join(" | "))
    }

    #[test]
    fn sources_come_change_and_go() {
        let before = [document("a", &["One.", "Two."]), document("b", &["Three."])];
        let now = [document("a", &["One.", "Two."]), document("c", &["Four. Five."])];
        assert_eq!(told(&before, &now), r#"["The c", "", "The b"] (1, 0, 1) + Four. | - Three."#);
        assert_eq!(told(&before, &before), r#"["", "", ""] (0, 0, 0) "#);
    }

    #[test]
    fn a_passage_with_other_words_at_the_same_place_is_changed() {
        let check = |now: &[&str], expected: &str| {
            let before = [document("a", &["One.", "Two.", "Three.", "Four."])];
            assert_eq!(told(&before, &[document("a", now)]), format!("[\"\", \"The a\", \"\"] {expected}"));
        };
        check(&["One.", "Zwei.", "Three.", "Four."], "(0, 1, 0) Two. → Zwei.");
        check(&["Eins.", "Zwei.", "Three.", "Four."], "(0, 2, 0) One. → Eins. | Two. → Zwei.");
        check(&["One.", "Three.", "Four."], "(0, 0, 1) - Two.");
        check(&["One.", "Two.", "Three.", "Four.", "Five."], "(1, 0, 0) + Five.");
        check(&["Zero.", "Two.", "Three.", "Four.", "Five."], "(1, 1, 0) One. → Zero. | + Five.");
        check(&["Two.", "One.", "Four.", "Three."], "(0, 0, 0) ");
        check(
            &["One.", "Two, twice.", "And more.", "Three."],
            "(1, 1, 1) Two. → Two, twice. | + And more. | - Four.",
        );
    }

    #[test]
    fn a_new_title_changes_the_source_alone() {
        let bytes = b"+++\ntitle = \"Other\"\n+++\nOne.";
        let now = read_bytes("sources/a.md", bytes, None).document.expect("a document");
        assert_eq!(told(&[document("a", &["One."])], &[now]), r#"["", "Other", ""] (0, 0, 0) "#);
    }

    proptest! {
        #[test]
        fn the_counts_add_up(before in proptest::collection::vec(0_u8..30, 1..40),
                             now in proptest::collection::vec(0_u8..30, 1..40)) {
            let make = |words: &[u8]| {
                let words: Vec<String> = words.iter().map(|word| format!("Word {word}.")).collect();
                document("a", &words.iter().map(String::as_str).collect::<Vec<_>>())
            };
            let (before, now) = (make(&before), make(&now));
            let found = difference(std::slice::from_ref(&before), std::slice::from_ref(&now));
            let grown = found.passages_added as i64 - found.passages_removed as i64;
            prop_assert_eq!(grown, now.passages().len() as i64 - before.passages().len() as i64);
            let told = found.passages_added + found.passages_changed + found.passages_removed;
            prop_assert_eq!(found.examples.len(), told.min(MOST_EXAMPLES));
        }
    }
}
