//! Finds the questions in a message. If a message includes background, only the clause that asks is looked up; several
//! questions are looked up one by one.

use std::ops::Range;

use crate::model::encoder::Reading;
use crate::text::sentence::sentences;

/// The maximum number of questions per message that are looked up.
pub const MOST_QUESTIONS: usize = 5;
/// A message of up to this many word pieces is looked up whole if it asks one thing. The model was not trained on
/// longer ones.
const WHOLE: usize = 64;
/// The minimum number of words in a question after "and".
const SHORTEST: usize = 3;
/// Text that joins two questions.
const JOINTS: &[&str] = &[" and ", " also ", ", "];
/// Words that can begin a second question.
const QUESTION_WORDS: &[&str] = &["what", "how", "when", "where", "which", "who", "why"];
/// Verbs that can begin a second question if one of [`WHOM`] follows. Otherwise the clause continues the first question
/// ("and are sold at night").
const VERBS: &[&str] =
    &["is", "are", "can", "could", "do", "does", "did", "should", "will", "would", "may", "has", "have"];
const WHOM: &[&str] = &[
    "i", "you", "he", "she", "it", "we", "they", "the", "a", "an", "my", "your", "this", "that", "there",
    "people",
];

/// Returns the questions of a message in order, at most [`MOST_QUESTIONS`], or the message itself if it is short and
/// asks one thing. A clause asks if it ends in a question mark, or if its word pieces ask with a probability of at
/// least `asking`.
pub fn questions(message: &str, reading: &Reading, asking: f32) -> Vec<String> {
    let clauses = clauses(message);
    let is_marked = |clause: &Range<usize>| {
        let text = message[clause.clone()].trim_end();
        text.ends_with('?') && has_words(text, SHORTEST)
    };
    let asks = |clause: &Range<usize>| is_marked(clause) || probability(reading, clause) >= asking;
    let asked: Vec<&Range<usize>> = clauses.iter().filter(|clause| asks(clause)).collect();
    match asked.as_slice() {
        [] | [_] if reading.tokens.len() <= WHOLE => vec![message.to_owned()],
        [] => vec![likeliest(message, reading, &clauses).to_owned()],
        // The clause before the question often says what "it" refers to.
        [only] => vec![with_clause_before(message, &clauses, only).to_owned()],
        several => {
            let words = several.iter().map(|clause| message[(*clause).clone()].trim().to_owned());
            words.take(MOST_QUESTIONS).collect()
        }
    }
}

/// The probability that a clause asks: the mean over its word pieces.
fn probability(reading: &Reading, clause: &Range<usize>) -> f32 {
    let inside =
        |span: &Range<usize>| !span.is_empty() && clause.start <= span.start && span.end <= clause.end;
    let pieces = reading.spans.iter().zip(&reading.asking).filter(|(span, _)| inside(span));
    let asking: Vec<f32> = pieces.map(|(_, &asking)| asking).collect();
    if asking.is_empty() { 0.0 } else { asking.iter().sum::<f32>() / asking.len() as f32 }
}

fn likeliest<'a>(message: &'a str, reading: &Reading, clauses: &[Range<usize>]) -> &'a str {
    let by_probability = |one: &&Range<usize>, other: &&Range<usize>| {
        probability(reading, one).total_cmp(&probability(reading, other))
    };
    clauses.iter().max_by(by_probability).map_or(message, |clause| &message[clause.clone()])
}

fn with_clause_before<'a>(message: &'a str, clauses: &[Range<usize>], clause: &Range<usize>) -> &'a str {
    let before = clauses.iter().rev().find(|before| before.end <= clause.start);
    &message[before.map_or(clause.start, |before| before.start)..clause.end]
}

/// Splits a message into sentences, and splits a sentence further if a second question is joined to the first.
fn clauses(message: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for sentence in sentences(message) {
        let (start, end) = (sentence.start as usize, sentence.end as usize);
        let mut from = start;
        for part in message[start..end].split_inclusive('?') {
            let part = from..from + part.len();
            from = part.end;
            match found.last_mut() {
                // "??" and "?!" belong to the preceding question.
                Some(last) if !message[part.clone()].contains(char::is_alphanumeric) => last.end = part.end,
                _ => divide(message, part, &mut found),
            }
        }
    }
    found
}

/// Looks at each joint once, so that a message of nothing but question words takes no longer than another.
fn divide(message: &str, whole: Range<usize>, found: &mut Vec<Range<usize>>) {
    let lower = message[whole.clone()].to_ascii_lowercase();
    if lower.trim().is_empty() {
        return;
    }
    let ends_of = |joint: &'static &str| {
        lower.match_indices(*joint).map(move |(at, _)| (at + joint.len(), *joint == ", "))
    };
    let mut ends: Vec<(usize, bool)> = JOINTS.iter().flat_map(ends_of).collect();
    ends.sort_unstable();
    // The text before a comma is either another question or a condition ("If I miss one, when …").
    let mut may_end_in_comma = begins_question(&lower) && has_words(&lower, SHORTEST);
    let (mut from, mut word, mut is_opening) = (0, 0, false);
    for (at, is_comma) in ends {
        // Several joints can come before the same word.
        if word < at {
            word = lower[at..].find(char::is_alphabetic).map_or(lower.len(), |letter| at + letter);
            is_opening = begins_question(&lower[word..]);
        }
        let opens = is_opening && has_words(&lower[at..], SHORTEST);
        if opens && (may_end_in_comma || !is_comma) && has_words(&lower[from..at], SHORTEST + 1) {
            found.push(whole.start + from..whole.start + at);
            (from, may_end_in_comma) = (at, true);
        }
    }
    found.push(whole.start + from..whole.end);
}

/// Whether the first words of a text can begin a question.
fn begins_question(text: &str) -> bool {
    let mut all = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    let first = all.next().unwrap_or_default();
    QUESTION_WORDS.contains(&first)
        || VERBS.contains(&first) && all.next().is_some_and(|second| WHOM.contains(&second))
}

fn has_words(text: &str, least: usize) -> bool {
    text.split_whitespace().nth(least - 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(message: &str) -> Vec<&str> {
        clauses(message).into_iter().map(|clause| message[clause].trim()).collect()
    }

    #[test]
    fn questions_stand_apart() {
        assert_eq!(divided("dose? side effects? cost?"), ["dose?", "side effects?", "cost?"]);
        assert_eq!(
            divided("What are the side effects and how much does it cost?"),
            ["What are the side effects and", "how much does it cost?"]
        );
        assert_eq!(
            divided("I started last week. It is fine. Can I drink?"),
            ["I started last week.", "It is fine.", "Can I drink?"]
        );
    }

    #[test]
    fn what_belongs_together_stays_together() {
        for message in [
            "Can I take it with food and water?",
            "What is it and why?",
            "are the capsules ok for vegans or is it gelatine",
            "Which drugs cause drowsiness and are sold over the counter?",
            "does it have gelatine in??",
            "a, b, c",
            "If I take codeine for back pain, can I start LDN?",
        ] {
            assert_eq!(divided(message), [message]);
        }
    }

    /// The time grows with the length. Otherwise the first message would take hours.
    #[test]
    fn long_messages_are_divided_in_linear_time() {
        for (piece, count) in
            [("what, ", 5_000), (", ", 1), ("what, what is it and how is it ", 40_000), ("is , ", 1)]
        {
            assert_eq!(clauses(&piece.repeat(20_000)).len(), count, "{piece}");
        }
    }

    #[test]
    fn any_text_is_divided_at_its_letters() {
        for message in
            ["", "??", "ä and wie ist das, was", "İ and what is İt called in İzmir", "日本語?何ですか"]
        {
            for clause in clauses(message) {
                assert!(message.get(clause.clone()).is_some(), "{message} {clause:?}");
            }
        }
    }
}
