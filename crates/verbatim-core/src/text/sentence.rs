//! Splits a paragraph into sentences. A sentence is the smallest part that is ever quoted, so if in doubt, two
//! sentences stay together and none is cut: a quotation that is a little too long is still true, but half a sentence
//! may not be.
//!
//! The rules are custom. Unicode's sentence boundaries ignore abbreviations, end a sentence at a line break, and treat
//! citation markers after a full stop (`lacking.[1][2]`) as part of the next sentence. Fixing that afterwards takes
//! more rules than starting from the marks that end sentences.

mod abbreviation;

use super::span::Span;
use abbreviation::{Abbreviation, ends_in_plain_word};

/// The maximum length in bytes of a bracket or quotation that is kept whole although sentences end inside it.
const HELD_BYTES: usize = 400;
/// The maximum length of a citation marker in bytes, including its brackets.
const MARKER_BYTES: usize = 64;
/// The maximum number of closing marks and citation markers after one full stop. It only bounds the work; real text has
/// fewer.
const MARKERS: usize = 32;

/// Divides the text of one paragraph into whole sentences, in order. Each includes its closing quotation marks,
/// brackets and citation markers; none has white space at its ends. Together they cover every character that is not
/// white space exactly once. Line breaks count as ordinary white space.
///
/// Takes time proportional to the length of `text`, whatever it contains.
pub fn sentences(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let capitals = text.chars().any(char::is_uppercase);
    let mut held = held_together(text).into_iter().peekable();
    let mut start = 0;
    let mut lettered = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if !is_terminator(c) {
            lettered |= c.is_alphabetic();
            at += c.len_utf8();
            continue;
        }
        let stop = Stop { capitals, ..Stop::read(text, start, at) };
        while held.peek().is_some_and(|range| (range.end as usize) < stop.after) {
            held.next();
        }
        let inside = held.peek().is_some_and(|range| (range.start as usize) < at);
        if lettered && !inside && stop.ends_sentence() {
            found.push(Span::new(start, stop.after).trim(text));
            (start, at, lettered) = (stop.after, stop.after, false);
        } else {
            at = stop.run_end;
        }
    }
    let rest = Span::new(start, text.len()).trim(text);
    found.extend((!rest.is_empty()).then_some(rest));
    found
}

/// A run of marks that may end a sentence, and its context.
struct Stop<'a> {
    text: &'a str,
    /// The start of the sentence before it.
    sentence: usize,
    /// The start and end of the run.
    run: usize,
    run_end: usize,
    /// The end of the closing marks and citation markers after it.
    after: usize,
    /// Whether the text has capital letters.
    capitals: bool,
}

impl<'a> Stop<'a> {
    fn read(text: &'a str, sentence: usize, run: usize) -> Self {
        let run_end = skip(text, run, is_terminator);
        Self { text, sentence, run, run_end, after: after_closing_marks(text, run_end), capitals: true }
    }

    fn ends_sentence(&self) -> bool {
        let marks = &self.text[self.run..self.run_end];
        let rest = &self.text[self.after..];
        if marks.ends_with(is_wide) {
            // In Japanese a sentence continues after a quotation: 「はい。」と言った。
            return !self.text[..self.after].ends_with(['」', '』']);
        }
        if !rest.starts_with(char::is_whitespace) {
            return rest.is_empty();
        }
        let next = rest.trim_start_matches(|c: char| c.is_whitespace() || is_opening(c));
        let only_dots = marks.chars().all(|c| matches!(c, '.' | '…'));
        if goes_on_in_lower_case(next) && !self.capitals && marks == "." {
            return self.is_between_small_sentences(next);
        }
        if goes_on_in_lower_case(next) && (only_dots || self.after > self.run_end) {
            return false;
        }
        marks != "." || self.abbreviation().may_end_before(next)
    }

    /// Returns whether a full stop separates two sentences in hastily typed text without capitals.
    fn is_between_small_sentences(&self, next: &str) -> bool {
        let sentence = self.text[self.sentence..self.run].trim_start();
        let has_words = |text: &str| text.split_whitespace().nth(2).is_some();
        has_words(sentence) && has_words(next) && ends_in_plain_word(sentence)
    }

    fn abbreviation(&self) -> Abbreviation {
        Abbreviation::at_end_of(self.text[self.sentence..self.run].trim_start())
    }
}

/// Returns whether the words after a full stop begin in lower case, so that the stop did not end a sentence. Words such
/// as `mRNA` and `β-endorphin` keep their lower case even at the start of a sentence.
fn goes_on_in_lower_case(next: &str) -> bool {
    let mut word = next.chars().take(24).take_while(|c| c.is_alphanumeric());
    let Some(first) = word.next().filter(|c| c.is_lowercase()) else { return false };
    let greek_prefix = ('α'..='ω').contains(&first) && next[first.len_utf8()..].starts_with(['-', '‐', '‑']);
    !greek_prefix && !word.any(char::is_uppercase)
}

/// Returns the end of the quotation marks, brackets and citation markers after a full stop.
fn after_closing_marks(text: &str, from: usize) -> usize {
    let mut at = from;
    for _ in 0..MARKERS {
        let closed = skip(text, at, is_closing);
        let next = closed + marker_length(text, closed);
        if next == at {
            break;
        }
        at = next;
    }
    at + note_number_length(text, from, at)
}

/// Returns the length of the citation marker at this position; 0 if there is none. After a space, only a number or
/// `[citation needed]` counts as a marker.
fn marker_length(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let inside = rest.trim_start_matches([' ', '\u{a0}', '\n']);
    let space = rest.len() - inside.len();
    if space > 2 || !inside.starts_with('[') {
        return 0;
    }
    let window = inside.char_indices().take_while(|(offset, _)| *offset < MARKER_BYTES);
    let Some((end, _)) = window.skip(1).find(|(_, c)| matches!(c, '[' | ']' | '.')) else { return 0 };
    let words = &inside[1..end];
    let citation = words.starts_with(|c: char| c.is_ascii_digit()) && !words.contains(char::is_alphabetic)
        || words.trim_start().get(..8).is_some_and(|start| start.eq_ignore_ascii_case("citation"));
    if inside[end..].starts_with(']') && (space == 0 || citation) { space + end + 1 } else { 0 }
}

/// Returns the length of a note number that is no longer superscript, as in `is lacking.12 Naltrexone`: one to three
/// digits, or several such numbers separated by commas, directly after a word and its full stop.
fn note_number_length(text: &str, run_end: usize, at: usize) -> usize {
    let after_word = text[..run_end]
        .strip_suffix('.')
        .is_some_and(|before| before.chars().rev().take(4).filter(|c| c.is_lowercase()).count() == 4);
    if at > run_end || !after_word {
        return 0;
    }
    let rest = &text[at..];
    let notes = rest.char_indices().take(16).find(|(_, c)| !matches!(c, '0'..='9' | ',' | '-' | '–'));
    let end = notes.map_or(rest.len().min(16), |(end, _)| end);
    let digits = rest.as_bytes()[..end].split(|b| !b.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0);
    if (1..=3).contains(&digits) && rest[end..].starts_with(char::is_whitespace) { end } else { 0 }
}

/// Returns the brackets and quotations inside which a sentence never ends, in order and without overlap. Half a bracket
/// looks like a mistake, and half a quotation may mean the opposite.
fn held_together(text: &str) -> Vec<Span> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut held: Vec<Span> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let wanted = match c {
            '"' if opens_quotation(before) => None,
            _ => opening_of(c),
        };
        // Checks only the innermost few, so that unclosed brackets do not slow the search down.
        let partner =
            wanted.and_then(|opening| open.iter().rev().take(8).position(|(mark, _)| *mark == opening));
        if let Some(depth) = partner {
            open.truncate(open.len() - depth);
            let (_, from) = open.pop().expect("the partner is on the stack");
            if at - from <= HELD_BYTES {
                held.truncate(held.partition_point(|inner| (inner.start as usize) < from));
                held.push(Span::new(from, at));
            }
        } else if is_bracket(c) || (c == '"' && opens_quotation(before)) {
            open.push((c, at));
        }
        before = c;
    }
    held
}

fn opens_quotation(before: char) -> bool {
    before.is_whitespace() || is_opening(before) || matches!(before, '-' | '–' | '—' | '/')
}

fn opening_of(closing: char) -> Option<char> {
    Some(match closing {
        ')' => '(',
        ']' => '[',
        '"' => '"',
        '”' => '“',
        '»' => '«',
        '」' => '「',
        '』' => '『',
        '）' => '（',
        '】' => '【',
        _ => return None,
    })
}

fn is_bracket(c: char) -> bool {
    matches!(c, '(' | '[' | '“' | '«' | '「' | '『' | '（' | '【')
}

fn is_opening(c: char) -> bool {
    is_bracket(c) || matches!(c, '"' | '\'' | '‘' | '„' | '‚' | '¿' | '¡' | '{')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | ')' | ']' | '}' | '»' | '›' | '」' | '』' | '）' | '】')
        || matches!(c, '†' | '‡' | '*' | '¹' | '²' | '³' | '⁰' | '⁴'..='⁹')
        // Superscript letters: the note marks `a` to `v`, `i`, `x` and `l`.
        || matches!(c, 'ᵃ'..='ᵛ' | 'ᶜ' | 'ⁱ' | 'ˣ' | 'ˡ')
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '։' | '።' | '‼' | '⁇' | '⁈' | '⁉')
        || is_wide(c)
}

/// Marks of scripts without spaces between sentences.
fn is_wide(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

fn skip(text: &str, from: usize, belongs: fn(char) -> bool) -> usize {
    text.len() - text[from..].trim_start_matches(belongs).len()
}

#[cfg(test)]
mod tests;
