//! Questions that go on from the one before: "and for Crohn's?", "what about children?". What was asked before is
//! asked again with what is new in the place of what it replaces, in the readers' own words, and they are told so.

use std::time::Duration;

use crate::knowledge::lexicon::{ConceptKind, Lexicon};
use crate::question::understand::{Question, Unit};

/// For how long a question is remembered, so that the next one can go on from it.
pub const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// What such a question begins with, longest first.
const LEADS: &[&str] = &[
    "and what about ",
    "and how about ",
    "what about ",
    "how about ",
    "same for ",
    "the same for ",
    "and if ",
    "what if ",
    "and also ",
    "and ",
    "but ",
    "or ",
    "also ",
];
/// What a fragment begins with that has nothing else to hold on to.
const PREPOSITIONS: &[&str] = &["for ", "in ", "with ", "during ", "after ", "before ", "at ", "on "];
/// What whole questions begin with.
const QUESTION_WORDS: &[&str] = &[
    "is", "are", "was", "were", "do", "does", "did", "can", "could", "should", "would", "will", "may",
    "might", "has", "have", "what", "which", "who", "when", "where", "why", "how", "isn't", "aren't",
    "don't", "doesn't", "can't",
];
/// A fragment has no more words than this.
const FRAGMENT: usize = 5;
/// What goes on from another question has no more words than this.
const LONGEST: usize = 12;

/// What `typed` says beyond going on from another question; `None` where it stands for itself.
pub fn going_on(typed: &str) -> Option<&str> {
    let typed = typed.trim();
    let words = typed.split_whitespace().count();
    // Folding may change a length in bytes; these forms are plain letters, so only such a text is looked at.
    let begins = |lead: &str| typed.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead));
    if let Some(lead) = LEADS.iter().find(|lead| begins(lead)).filter(|_| words <= LONGEST) {
        return typed.get(lead.len()..).map(str::trim).filter(|rest| !rest.is_empty());
    }
    (words <= FRAGMENT && PREPOSITIONS.iter().any(|lead| begins(lead))).then_some(typed)
}

/// The whole question: `rest` goes on from `before`. Both were understood. `None` where the rest stands for itself
/// after all.
pub fn whole(before: (&str, &Question), rest: (&str, &Question), lexicon: &Lexicon) -> Option<String> {
    let (earlier, asked) = before;
    let (new, found) = rest;
    // A question that names what the base is about says all that it is about.
    if is_question(new) && found.units.iter().any(|unit| unit.subject) {
        return None;
    }
    let fresh: Vec<&Unit> = own(found).filter(|unit| group(unit, lexicon).is_some()).collect();
    let replaced = fresh.iter().find_map(|unit| {
        let old = own(asked).find(|old| group(old, lexicon) == group(unit, lexicon))?;
        replace(earlier, &old.written, &unit.written)
    });
    match replaced {
        // The same is asked of something else.
        Some(whole) if !is_question(new) => return Some(whole),
        Some(_) => return None,
        None => {}
    }
    let things = own(asked).filter(|unit| group(unit, lexicon).is_some());
    let things: Vec<&str> = things.map(|unit| unit.written.as_str()).collect();
    if (fresh.is_empty() || !found.facets.is_empty()) && !things.is_empty() {
        // Something else is asked of the same thing.
        return Some(format!("{}: {}", trimmed(new), things.join(", ")));
    }
    (!is_question(new)).then(|| format!("{} {new}", trimmed(earlier)))
}

/// Whether a text begins as a whole question does.
fn is_question(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    QUESTION_WORDS.contains(&first.trim_end_matches(|letter: char| !letter.is_alphanumeric()))
}

fn own(question: &Question) -> impl Iterator<Item = &Unit> {
    question.units.iter().filter(|unit| !unit.subject)
}

/// Kinds of things that take each other's place; `None` where nothing does.
fn group(unit: &Unit, lexicon: &Lexicon) -> Option<u8> {
    Some(match lexicon.concepts()[unit.concept? as usize].kind {
        ConceptKind::Condition => 0,
        ConceptKind::Drug | ConceptKind::DrugClass => 1,
        ConceptKind::Substance => 2,
        ConceptKind::Population => 3,
        ConceptKind::Symptom => 4,
        ConceptKind::Procedure | ConceptKind::Test => 5,
        ConceptKind::Place => 6,
        _ => return None,
    })
}

fn replace(text: &str, old: &str, new: &str) -> Option<String> {
    let at = text.find(old)?;
    Some(format!("{}{new}{}", &text[..at], &text[at + old.len()..]))
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(|letter: char| letter.is_whitespace() || "?.!".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_from_another_question() {
        assert_eq!(going_on("and for Crohn's?"), Some("for Crohn's?"));
        assert_eq!(going_on("What about side effects?"), Some("side effects?"));
        assert_eq!(going_on("in children?"), Some("in children?"));
        assert_eq!(going_on(" OR codeine"), Some("codeine"));
        for whole in [
            "What is LDN?",
            "How long does it take?",
            "in fibromyalgia, what is the usual dose",
            "and",
            "Ändern?",
        ] {
            assert_eq!(going_on(whole), None, "{whole}");
        }
    }
}
