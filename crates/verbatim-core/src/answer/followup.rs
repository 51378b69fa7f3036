//! Follow-up questions: "and for Crohn's?", "what about children?". The earlier question is asked again with the new
//! words replacing their counterpart, in the users' own words, and the reply says so.

use std::time::Duration;

use crate::knowledge::lexicon::{ConceptKind, Lexicon};
use crate::question::understand::{QueryTerm, Question};
use crate::text::span::Span;

/// How long a question is remembered for follow-ups.
pub const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// How a follow-up begins; the first match counts.
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
/// How a fragment without any other link to the earlier question begins.
const PREPOSITIONS: &[&str] = &["for ", "in ", "with ", "during ", "after ", "before ", "at ", "on "];
/// How whole questions begin.
const QUESTION_WORDS: &[&str] = &[
    "is", "are", "was", "were", "do", "does", "did", "can", "could", "should", "would", "will", "may",
    "might", "has", "have", "what", "which", "who", "when", "where", "why", "how", "isn't", "aren't",
    "don't", "doesn't", "can't",
];
/// The maximum number of words in a fragment.
const FRAGMENT: usize = 5;
/// The maximum number of words in a follow-up.
const LONGEST: usize = 12;

/// The content of a follow-up, without its opening words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoingOn<'a> {
    /// The words.
    pub rest: &'a str,
    /// Whether they replace something ("what about X") rather than add to it ("and in X").
    pub replaces: bool,
}

/// Returns the content of `typed` if it is a follow-up; `None` if it stands for itself.
pub fn going_on(typed: &str) -> Option<GoingOn<'_>> {
    let typed = typed.trim();
    let words = typed.split_whitespace().count();
    // Case folding can change a text's length in bytes. The openings are plain ASCII letters, so only ASCII case is
    // ignored.
    let begins = |lead: &str| typed.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead));
    if let Some(lead) = LEADS.iter().find(|lead| begins(lead)).filter(|_| words <= LONGEST) {
        let rest = typed.get(lead.len()..).map(str::trim).filter(|rest| !rest.is_empty());
        return rest.map(|rest| GoingOn { rest, replaces: lead.ends_with("about ") });
    }
    let is_fragment = words <= FRAGMENT && PREPOSITIONS.iter().any(|lead| begins(lead));
    is_fragment.then_some(GoingOn { rest: typed, replaces: false })
}

/// Returns the whole question, if `rest` is a follow-up to `before`; `None` if it stands for itself after all. Both
/// questions are already interpreted.
pub fn whole(before: (&str, &Question), rest: (GoingOn<'_>, &Question), lexicon: &Lexicon) -> Option<String> {
    let (earlier, asked) = before;
    let (GoingOn { rest: new, replaces }, found) = rest;
    // A question that names the subject of the base is complete.
    if is_question(new) && found.terms.iter().any(|term| term.subject) {
        return None;
    }
    let fresh: Vec<&QueryTerm> = own(found).filter(|term| group(term, lexicon).is_some()).collect();
    let replaced = fresh.iter().find_map(|term| {
        let same = |old: &&QueryTerm| group(old, lexicon) == group(term, lexicon);
        // The person asked about: "in children", and then "what about MS".
        let both_who = |old: &&QueryTerm| {
            replaces && [*old, *term].into_iter().all(|term| group(term, lexicon).is_some_and(is_who))
        };
        let old = own(asked).find(same).or_else(|| own(asked).filter(both_who).last())?;
        replace(earlier, old.span, &term.written)
    });
    match replaced {
        // The same question about something else.
        Some(whole) if !is_question(new) => return Some(whole),
        Some(_) => return None,
        None => {}
    }
    let things = own(asked).filter(|term| group(term, lexicon).is_some());
    let things: Vec<&str> = things.map(|term| term.written.as_str()).collect();
    if (fresh.is_empty() || !found.facets.is_empty()) && !things.is_empty() {
        // Another question about the same thing.
        return Some(format!("{}: {}", trimmed(new), things.join(", ")));
    }
    (!is_question(new)).then(|| format!("{} {new}", trimmed(earlier)))
}

/// Whether a text begins like a whole question.
fn is_question(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    QUESTION_WORDS.contains(&first.trim_end_matches(|letter: char| !letter.is_alphanumeric()))
}

fn own(question: &Question) -> impl Iterator<Item = &QueryTerm> {
    question.terms.iter().filter(|term| !term.subject)
}

/// Returns the group of concepts that can replace each other; `None` if nothing can replace the term.
fn group(term: &QueryTerm, lexicon: &Lexicon) -> Option<u8> {
    Some(match lexicon.concepts()[term.concept? as usize].kind {
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

/// Whether a group describes the people asked about.
fn is_who(group: u8) -> bool {
    matches!(group, 0 | 3)
}

fn replace(text: &str, old: Span, new: &str) -> Option<String> {
    Some(format!("{}{new}{}", text.get(..old.start as usize)?, text.get(old.end as usize..)?))
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(|letter: char| letter.is_whitespace() || "?.!".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_from_another_question() {
        let found = |typed| going_on(typed).map(|found| (found.rest, found.replaces));
        assert_eq!(found("and for Crohn's?"), Some(("for Crohn's?", false)));
        assert_eq!(found("What about side effects?"), Some(("side effects?", true)));
        assert_eq!(found("in children?"), Some(("in children?", false)));
        assert_eq!(found(" OR codeine"), Some(("codeine", false)));
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
