//! Lines whose words are followed by leaders and a value (`Storage ...... 12`). In a table of contents the value is the
//! page of a section; elsewhere it is content (`Sodium ...... 140`).

use std::collections::HashMap;

use super::plain::marks::is_roman;

/// The fewest dots between words and their value.
const LEAST_DOTS: usize = 4;
/// The fewest dots before a page number, where the words match a heading, too.
const LEAST_BEFORE_PAGE: usize = 3;
/// The fewest entries of a table of contents whose words are headings further down.
const LEAST_HEADINGS: usize = 2;
/// The most lines from one entry to the next.
const MOST_APART: usize = 3;

/// The words before the first leaders of a line, and the value after them. A line with further leaders has no single
/// value.
pub fn led(text: &str) -> Option<(&str, &str)> {
    let (words, value) = parts(text, LEAST_DOTS)?;
    let is_value = value.contains(char::is_alphanumeric) && parts(value, LEAST_DOTS).is_none();
    (is_value && !value.ends_with(is_leader)).then_some((words, value))
}

fn is_leader(c: char) -> bool {
    matches!(c, '.' | '·' | '…' | '_')
}

/// The words before the first run of at least `least` leaders, and what is after it.
fn parts(text: &str, least: usize) -> Option<(&str, &str)> {
    let (mut start, mut dots) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '…' => dots += 3,
            _ if is_leader(c) => dots += 1,
            ' ' if dots > 0 => {}
            _ if dots >= least => {
                let (words, rest) = text.split_at_checked(start)?;
                let words = words.trim_end();
                let value = rest.trim_start_matches(|c| is_leader(c) || c == ' ');
                return words.contains(char::is_alphabetic).then_some((words, value));
            }
            _ => (start, dots) = (at + c.len_utf8(), 0),
        }
    }
    None
}

/// The words and the page of a line that can be an entry of a table of contents. A page in Roman numerals has no value.
fn entry(text: &str) -> Option<(&str, Option<usize>)> {
    let (words, page) = parts(text.trim_end(), LEAST_BEFORE_PAGE)?;
    let is_roman = page.starts_with(char::is_lowercase) && is_roman(page);
    let is_number = !page.is_empty() && page.len() <= 4 && page.bytes().all(|byte| byte.is_ascii_digit());
    (is_number || is_roman).then(|| (words, page.parse().ok()))
}

/// The words of each line that is an entry of a table of contents: the pages of neighbouring entries never fall, and
/// several of them are lines further down, or are among the `headings`, which can take several lines.
pub fn contents<'a>(lines: &[&'a str], headings: &[(usize, &str)]) -> Vec<Option<&'a str>> {
    let entries: Vec<Option<(&str, Option<usize>)>> = lines.iter().map(|line| entry(line)).collect();
    let mut last: HashMap<String, usize> = HashMap::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| entries.get(*at) == Some(&None)) {
        last.insert(letters(line), at);
    }
    last.extend(headings.iter().map(|(at, heading)| (letters(heading), *at)));
    let mut found = vec![None; lines.len()];
    let all: Vec<(usize, &str, Option<usize>)> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| entry.map(|(words, page)| (at, words, page)))
        .collect();
    let goes_on = |one: &(usize, &str, Option<usize>), next: &(usize, &str, Option<usize>)| {
        next.0 - one.0 <= MOST_APART && (one.2 <= next.2 || next.2.is_none())
    };
    for run in all.chunk_by(goes_on) {
        let is_heading = |(at, words, _): &&(usize, &str, Option<usize>)| {
            last.get(&letters(words)).is_some_and(|heading| heading > at)
        };
        if run.iter().filter(is_heading).count() >= LEAST_HEADINGS {
            for (at, words, _) in run {
                found.get_mut(*at..=*at).unwrap_or_default().fill(Some(*words));
            }
        }
    }
    found
}

/// The letters of a text, without leading and trailing numbers.
pub fn letters(text: &str) -> String {
    let text = text.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_compared_without_numbers_and_hyphens() {
        assert_eq!(letters("2. When to take it .... 14"), letters("2 When to ta-ke it"));
    }

    #[test]
    fn leaders_stand_between_words_and_one_value() {
        assert_eq!(led("pH ..... 7.4"), Some(("pH", "7.4")));
        assert_eq!(led("Dose . . . . 3 mg"), Some(("Dose", "3 mg")));
        for text in [
            "Wait ... 5 minutes",
            "Name ........",
            "Name ..... Date ......",
            "Name ..... Date ..... 5",
            ".... 5",
        ] {
            assert_eq!(led(text), None, "{text}");
        }
    }

    #[test]
    fn contents_count_and_name_headings() {
        let listed = |lines: &[&str]| contents(lines, &[]).into_iter().flatten().count();
        assert_eq!(listed(&["A ... i", "1. Use .... 1", "2. Storage … 3", "Use", "Storage"]), 3);
        // The pages fall, nothing is named, or the names stand above.
        assert_eq!(listed(&["Use .... 3", "Storage .... 1", "Use", "Storage"]), 0);
        assert_eq!(listed(&["Sodium .... 140", "Zinc .... 150", "Use", "Storage"]), 0);
        assert_eq!(listed(&["Use", "Storage", "Use .... 1", "Storage .... 3"]), 0);
    }
}
