//! Determines whether a text makes sense on its own, or needs what follows.

use super::BlockKind;

/// Whether a paragraph introduces what follows: it has no closing punctuation, or its last sentence says so.
pub fn announces(text: &str) -> bool {
    let last = text.trim_end();
    let start = last.trim_end_matches(['.', '!', '?']).rfind(['.', '!', '?']).map_or(0, |at| at + 1);
    let last_sentence = last[start..].to_lowercase();
    is_unfinished(last) || ["follow", "below", "these"].iter().any(|word| last_sentence.contains(word))
}

/// Whether a block does nothing but introduce others, so that it is not a unit. This is true of a paragraph without
/// closing punctuation. Items and descriptions rarely have a full stop, so they must end in a colon or in a word that
/// cannot end a phrase (`if you`, `such as`).
pub fn only_introduces(kind: &BlockKind, text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    match kind {
        BlockKind::Term { term } if *term == text.len() => true,
        BlockKind::Paragraph => is_unfinished(text),
        _ => last.ends_with([':', '–', '—', '…']) || LEADING_WORDS.contains(&last.as_str()),
    }
}

/// Words that need others after them.
const LEADING_WORDS: &[&str] = &[
    "if",
    "you",
    "have",
    "has",
    "had",
    "the",
    "a",
    "an",
    "of",
    "with",
    "as",
    "including",
    "and",
    "or",
    "are",
    "is",
    "to",
    "for",
    "who",
    "that",
    "by",
    "when",
    "from",
    "in",
    "on",
    "at",
    "your",
    "like",
    "may",
    "can",
    "should",
    "must",
    "either",
];

/// Whether a picture between two parts of a sentence replaces words that the sentence needs: `Press the [picture].`
pub fn lacks_words(before: &str, after: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    let goes_on = after.trim_start().starts_with(['.', ',', ';', ':', '!', '?', ')']);
    let is_apart = before.ends_with([' ', '\n', '\u{a0}']) && !ends_part(&last);
    is_apart && (goes_on || LEADING_WORDS.contains(&last.as_str()))
}

/// Whether a word ends a sentence or a part of one.
fn ends_part(word: &str) -> bool {
    word.is_empty() || word.ends_with(['.', '!', '?', ':', ';'])
}

/// Whether a text lacks the closing punctuation of a sentence, so that it means nothing without what it introduces.
pub fn is_unfinished(text: &str) -> bool {
    let mut end = text.trim_end();
    // Citation markers come after the full stop.
    while let Some(start) = end.strip_suffix(']').and_then(|inside| inside.rfind('[')) {
        end = end[..start].trim_end();
    }
    let end = end.trim_end_matches(|c: char| "\"”’')*".contains(c) || "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉⁱᵛˣ".contains(c));
    !end.ends_with(['.', '!', '?', '…', '。'])
}
