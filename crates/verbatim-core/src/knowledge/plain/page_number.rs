//! Page numbers: lines such as `Page 3 of 9` or `- 3 -`. Such a line can also be content, so it counts only if other lines
//! like it count on, or if it is at the edge of a page.

use std::collections::{HashMap, HashSet};

use super::lines::{EDGE, running_key};

/// A line that looks like a page number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PageNumber {
    page: usize,
    /// Whether a word or dashes tell that it is a page, or only that it is one of several: `3 of 9`.
    is_named: bool,
    /// Whether it is set apart from other words of a header or footer, so that it cannot be part of a sentence.
    is_parted: bool,
}

/// A page number, the index of its line, and the number of lines with words before it.
struct Found {
    number: PageNumber,
    line: usize,
    at: usize,
}

/// The indexes of the lines that are page numbers, counted from 0.
pub fn page_numbers(text: &str) -> HashSet<usize> {
    let mut by_key: HashMap<String, Vec<Found>> = HashMap::new();
    let (mut at, mut breaks) = (0, vec![0]);
    for (line, raw) in text.split('\n').enumerate() {
        for (part, words) in raw.split('\u{c}').enumerate() {
            breaks.extend((part > 0).then_some(at));
            if let Some(number) = page_number(words) {
                by_key.entry(running_key(words)).or_default().push(Found { number, line, at });
            }
            at += usize::from(!words.trim().is_empty());
        }
    }
    breaks.push(at);
    by_key.into_values().flat_map(|found| real(&found, &breaks)).collect()
}

/// The lines of those page numbers of one form that are real. Pages break before the lines `breaks`.
fn real(found: &[Found], breaks: &[usize]) -> Vec<usize> {
    let is_edge = |found: &&Found| {
        // Without form feeds, a line that has no other words must be the first or the last of the text.
        let most = if breaks.len() > 2 || found.number.is_parted { EDGE } else { 1 };
        let after = breaks.partition_point(|edge| *edge <= found.at);
        let from_start = after.checked_sub(1).and_then(|at| breaks.get(at)).map(|edge| found.at - edge);
        let from_end = breaks.get(after).map(|edge| edge - found.at - 1);
        from_start.into_iter().chain(from_end).any(|lines| lines < most)
    };
    let pages = || found.iter().map(|found| found.number.page);
    let counts = pages().is_sorted() && pages().min() < pages().max();
    let (Some(first), edges) = (found.first(), found.iter().filter(is_edge)) else { return Vec::new() };
    match counts {
        true if first.number.is_named || edges.clone().next().is_some() => {
            found.iter().map(|found| found.line).collect()
        }
        _ => {
            edges.filter(|found| found.number.is_named || breaks.len() > 2).map(|found| found.line).collect()
        }
    }
}

/// Whether a line looks like a page number: `Page 3 of 9`, `- 3 -`, possibly after other words of the footer.
pub fn is_page_number(line: &str) -> bool {
    page_number(line).is_some()
}

fn page_number(line: &str) -> Option<PageNumber> {
    let line = line.trim().trim_matches(['[', ']', '|']).trim();
    let number = |word: &str| {
        let is_number = (1..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
        word.parse::<usize>().ok().filter(|_| is_number)
    };
    let is_parted = line.contains("   ") || line.contains('\t');
    let named = |page| Some(PageNumber { page, is_named: true, is_parted });
    let inner = line.strip_prefix(['-', '–', '—']).and_then(|rest| rest.strip_suffix(['-', '–', '—']));
    if let Some(page) = inner.and_then(|inner| number(inner.trim())) {
        return named(page);
    }
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let apart = |before: usize| before == 0 || is_parted || line.contains('|');
    match words.as_slice() {
        [before @ .., "page", n, "of" | "/", m] if apart(before.len()) => named(number(m).and(number(n))?),
        [before @ .., "page", n] if apart(before.len()) => {
            let mut parts = n.split('/').map(number);
            let page = parts.next()??;
            if parts.all(|part| part.is_some()) { named(page) } else { None }
        }
        ["page", n, "of" | "/", m, ..] if is_parted => named(number(m).and(number(n))?),
        [n, "of" | "/", m] => {
            Some(PageNumber { page: number(m).and(number(n))?, is_named: false, is_parted })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_have_their_forms() {
        for line in ["- 3 -", "Page 3", "Edition 2     Page 3/4", "Draft\tPage 1", "3 of 9"] {
            assert!(is_page_number(line), "{line}");
        }
        for line in ["see page 3", "3", "1 of them"] {
            assert!(!is_page_number(line), "{line}");
        }
    }

    #[test]
    fn page_numbers_count_or_stand_at_the_edge() {
        let lines = |text: &str| {
            let mut lines: Vec<usize> = page_numbers(text).into_iter().collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(
            lines("a\nb\nc\nd\ne\n\nPage 1 of 2\n\na\nb\nc\nd\ne\n\nPage 2 of 2\n\na\nb\nc\nd\ne"),
            [6, 14]
        );
        assert_eq!(lines("a\n\n1 of 2\n\nb\n\n2 of 2\n"), [2, 6]);
        assert_eq!(lines("a\n\n1 of 2\n\nb\n\n2 of 2\n\nc"), [0; 0]);
        assert_eq!(lines("a\nb\nc\nd\ne\nPage 1 of 2\na\nb\nc\nd\ne"), [0; 0]);
        assert_eq!(lines("a\nb\nPage 1 of 2\nc"), [0; 0]);
        assert_eq!(lines("a\nb\nDraft    Page 1 of 1\nc"), [2]);
        assert_eq!(lines("a\nb\n- 3 -\n"), [2]);
        assert_eq!(lines("a\n1 of 2"), [0; 0]);
        assert_eq!(lines("a\nb\nc\nd\ne\n1 / 2\n\u{c}a\nb\nc\nd\ne"), [5]);
    }
}
