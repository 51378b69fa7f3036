//! What kind of thing a question wants named: "which diseases", "what other medicines".

use crate::knowledge::lexicon::ConceptKind;
use crate::text::words::Word;

/// What the kinds are called in questions.
const NOUNS: &[(&[&str], ConceptKind)] = &[
    (
        &[
            "disease",
            "diseases",
            "illness",
            "illnesses",
            "condition",
            "conditions",
            "disorder",
            "disorders",
            "ailments",
            "diagnoses",
            "indications",
        ],
        ConceptKind::Condition,
    ),
    (&["drug", "drugs", "medicine", "medicines", "medication", "medications"], ConceptKind::Drug),
    (&["symptom", "symptoms", "complaints", "reactions"], ConceptKind::Symptom),
    (&["test", "tests"], ConceptKind::Test),
    (&["food", "foods", "drinks", "supplements"], ConceptKind::Substance),
    (&["country", "countries"], ConceptKind::Place),
    (
        &["organisation", "organization", "organisations", "organizations", "bodies"],
        ConceptKind::Organisation,
    ),
];
/// How far from the question word its noun stands at most: "which of these other diseases".
const NEAR: usize = 4;

/// The kind of thing that `words` want named.
pub fn listed(words: &[Word]) -> Option<ConceptKind> {
    let asks = words.iter().position(|word| matches!(&*word.form, "which" | "what" | "whats"))?;
    let near = words[asks + 1..].iter().take(NEAR);
    let kind =
        |word: &Word| NOUNS.iter().find(|(nouns, _)| nouns.contains(&&*word.form)).map(|(_, kind)| *kind);
    near.into_iter().find_map(kind)
}
