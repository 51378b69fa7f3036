//! Typed marks of items: `• `, `- `, `1. `, `(a) `, `[1] `.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::model::Content;
use crate::text::bullet::BULLETS;

/// A typed mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedMark {
    /// The class of marks that form one list: `•`, `1.`, `(a)`.
    pub class: String,
    /// The mark, if it is a number or letter.
    pub number: Option<String>,
    /// Its value, if it is a number or letter.
    value: u32,
    /// Whether it could also start a sentence.
    weak: bool,
    /// The start of the text after it.
    pub after: usize,
}

/// A mark and its context. A letter `o` is a mark only before a tab, as in old typed bullets.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    let symbols: String = BULLETS.iter().collect();
    let bullet = format!("(?<bullet>[{symbols}])\\s*|(?<letter>o)\\t\\s*|(?<dash>[-–—*‐−])\\s+");
    let number =
        "(?<number>(?<open>[(\\[]?)(?<count>[0-9]{1,5}|[A-Za-z]{1,5})(?<close>[.)\\]]?))(?<gap>\\s+)";
    Regex::new(&format!("^\\s*(?:{bullet}|{number})(?<words>\\S)")).expect("the pattern is a constant")
});

/// The mark at the start of a text.
pub fn mark_of(text: &str) -> Option<TypedMark> {
    let found = MARK.captures(text)?;
    let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
    let after = found.name("words")?.start();
    let class = [part("bullet"), part("letter"), part("dash")].concat();
    if !class.is_empty() {
        return Some(TypedMark { class, number: None, value: 0, weak: !part("dash").is_empty(), after });
    }
    let (kind, value) = value_of(part("count"))?;
    let fits = match (part("open"), part("close")) {
        ("(", ")") | ("[", "]") | ("", "." | ")") => true,
        ("", "") => kind == '1' && part("gap").starts_with('\t'),
        _ => false,
    };
    let class = format!("{}{kind}{}", part("open"), part("close"));
    fits.then(|| TypedMark { class, number: Some(part("number").to_owned()), value, weak: true, after })
}

/// The value of a number or a single letter. Roman numerals count as letters, which is enough to compare neighbours.
fn value_of(number: &str) -> Option<(char, u32)> {
    if number.chars().all(|c| c.is_ascii_digit()) {
        return Some(('1', number.parse().ok()?));
    }
    if let Some(value) = roman_value(number).filter(|_| number.len() > 1) {
        return Some(('i', value));
    }
    let mut letters = number.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_lowercase() => Some(('a', u32::from(letter))),
        (Some(letter), None) if letter.is_ascii_uppercase() => Some(('A', u32::from(letter))),
        _ => None,
    }
}

fn roman_value(number: &str) -> Option<u32> {
    let at = ROMAN.iter().position(|roman| roman.eq_ignore_ascii_case(number))?;
    u32::try_from(at).ok()?.checked_add(1)
}

const ROMAN: &[&str] = &["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];

/// The typed marks of a flow's paragraphs. A dash or number is a mark only if the paragraph has a hanging indent, or if
/// a neighbour has the previous or next number.
pub fn marks(flow: &[Content]) -> Vec<Option<TypedMark>> {
    let mut marks: Vec<Option<TypedMark>> = flow.iter().map(candidate).collect();
    let hangs: Vec<bool> =
        flow.iter().map(|one| matches!(one, Content::Paragraph(one) if one.hanging)).collect();
    let mut hangs = hangs.as_slice();
    for run in marks.chunk_by_mut(|one, next| one.is_some() && next.is_some()) {
        let (here, after) = hangs.split_at_checked(run.len()).unwrap_or_default();
        keep_sure(run, here);
        hangs = after;
    }
    marks
}

fn candidate(one: &Content) -> Option<TypedMark> {
    let Content::Paragraph(paragraph) = one else { return None };
    let unlabelled = paragraph.label.is_none() && !paragraph.contents;
    unlabelled.then(|| mark_of(&paragraph.text())).flatten()
}

/// Reads `i)`, `v)` and `x)` as Roman numerals if a neighbour is one.
fn read_roman(run: &mut [Option<TypedMark>]) {
    let known: HashSet<(String, u32)> =
        run.iter().flatten().map(|mark| (mark.class.clone(), mark.value)).collect();
    for mark in run.iter_mut().flatten() {
        let letter = char::from_u32(mark.value).map(String::from).unwrap_or_default();
        let Some(value) = roman_value(&letter).filter(|_| mark.class.contains(['a', 'A'])) else { continue };
        let class = mark.class.replace(['a', 'A'], "i");
        if [value.saturating_sub(1), value.saturating_add(1)]
            .into_iter()
            .any(|value| known.contains(&(class.clone(), value)))
        {
            (mark.class, mark.value) = (class, value);
        }
    }
}

fn keep_sure(run: &mut [Option<TypedMark>], hangs: &[bool]) {
    read_roman(run);
    let known: HashSet<(String, u32)> =
        run.iter().flatten().map(|mark| (mark.class.clone(), mark.value)).collect();
    let dashes = run.iter().flatten().filter(|mark| mark.number.is_none()).count();
    for (mark, hangs) in run.iter_mut().zip(hangs) {
        let sure = mark.as_ref().is_some_and(|mark| {
            let has =
                |value: Option<u32>| value.is_some_and(|value| known.contains(&(mark.class.clone(), value)));
            let counted = has(mark.value.checked_sub(1)) || has(mark.value.checked_add(1));
            !mark.weak || *hangs || if mark.number.is_some() { counted } else { dashes > 1 }
        });
        if !sure {
            *mark = None;
        }
    }
}

/// Whether a line of a paragraph clearly starts an item.
pub fn begins_item(line: &str) -> bool {
    mark_of(line).is_some_and(|mark| mark.number.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::docx::model::{Paragraph, TextRun};
    use crate::knowledge::docx::style::{RunProperties, WordStyles};

    fn paragraphs(texts: &[&str]) -> Vec<Content> {
        let format = WordStyles::default().format(None, &RunProperties::default());
        let run = |text: &str| TextRun { text: text.to_owned(), format };
        let paragraph = |text: &&str| Paragraph { runs: vec![run(text)], ..Paragraph::default() };
        texts.iter().map(paragraph).map(Content::Paragraph).collect()
    }

    #[test]
    fn bullets_and_numbers_are_marks() {
        let marks = marks(&paragraphs(&["• one", "o\ttwo", "1. three", "2. four", "(b) five", "- six"]));
        let classes: Vec<_> =
            marks.iter().map(|mark| mark.as_ref().map(|mark| mark.class.as_str())).collect();
        assert_eq!(classes, [Some("•"), Some("o"), Some("1."), Some("1."), None, Some("-")]);
    }

    #[test]
    fn roman_figures_count_from_one() {
        let classes = |texts: &[&str]| -> Vec<String> {
            marks(&paragraphs(texts))
                .into_iter()
                .map(|mark| mark.map(|mark| mark.class).unwrap_or_default())
                .collect()
        };
        assert_eq!(classes(&["i) one", "ii) two", "iii) three"]), ["i)", "i)", "i)"]);
        assert_eq!(classes(&["h) one", "i) two", "j) three"]), ["a)", "a)", "a)"]);
    }

    #[test]
    fn a_lone_number_begins_a_sentence() {
        for text in ["2. Text", "- 5 degrees", "A. Smith", "1.5 mg daily", "5 mg daily", "one of us"] {
            assert_eq!(marks(&paragraphs(&[text])), [None], "{text}");
        }
    }
}
