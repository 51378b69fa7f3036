//! The marks that list items begin with.

use super::marks::is_roman;
use crate::text::bullet::is_bullet as is_symbol;

/// The mark of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemMark {
    /// Its number as written; `None` for bullets.
    pub number: Option<String>,
    /// The kind of the mark.
    pub kind: MarkKind,
    /// The value of a number.
    pub value: usize,
    /// The number of columns it takes, including the spaces after it.
    pub width: usize,
}

/// The kinds of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A bullet.
    Bullet(char),
    /// Digits, letters or Roman numerals followed by this character.
    Digits(char),
    /// Letters followed by this character.
    Letters(char),
}

/// The mark at the start of a line, and the words after it.
pub fn mark(text: &str) -> Option<(ItemMark, &str)> {
    let (mark, rest) = bullet(text).or_else(|| number(text))?;
    let words = rest.trim_start();
    let words =
        ["[ ]", "[x]", "[X]"].iter().find_map(|tick| words.strip_prefix(tick)).unwrap_or(words).trim_start();
    let before = text.len().saturating_sub(words.len());
    let width = text.get(..before).map_or(0, |mark| mark.chars().count());
    (rest.starts_with(char::is_whitespace) && !words.is_empty())
        .then_some((ItemMark { width, ..mark }, words))
}

fn bullet(text: &str) -> Option<(ItemMark, &str)> {
    let c = text.chars().next()?;
    let mark = |c| ItemMark { number: None, kind: MarkKind::Bullet(c), value: 0, width: 0 };
    if text.starts_with("[ ] ") || text.to_lowercase().starts_with("[x] ") {
        return Some((mark('['), text.get(3..)?));
    }
    let is_bullet = is_symbol(c) || matches!(c, '-' | '*' | '+' | '–' | '—' | 'o');
    is_bullet.then(|| (mark(c), text.get(c.len_utf8()..).unwrap_or_default()))
}

/// `3.`, `3)`, `(3)`, `b)`, `(iv)`. A letter with a full stop must be lower case, since capitals are initials.
fn number(text: &str) -> Option<(ItemMark, &str)> {
    let (open, inside) = match text.strip_prefix('(') {
        Some(inside) => (true, inside),
        None => (false, text),
    };
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (word, rest) = inside.split_at_checked(end)?;
    let sign = rest.chars().next().filter(|c| *c == ')' || *c == '.' && !open)?;
    let rest = rest.get(1..)?;
    let digits = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let letter = word.len() == 1 && (sign == ')' || word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let roman = word.len() <= 5 && is_roman(word) && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if word.is_empty() || !(digits || letter || roman) {
        return None;
    }
    let written = text.get(..text.len().saturating_sub(rest.len()))?.to_owned();
    let sign = if open { '(' } else { sign };
    let (kind, value) = match digits {
        true => (MarkKind::Digits(sign), word.parse().ok()?),
        false => (MarkKind::Letters(sign), letter_value(word)),
    };
    Some((ItemMark { number: Some(written), kind, value, width: 0 }, rest))
}

/// The value of a letter, or of a small Roman numeral that lists begin with.
fn letter_value(word: &str) -> usize {
    let romans = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];
    let roman = romans.iter().position(|roman| *roman == word).map(|at| at + 1);
    let letter =
        word.bytes().next().map_or(0, |byte| usize::from(byte.to_ascii_lowercase().saturating_sub(b'a')) + 1);
    match (word.len(), roman) {
        (1, Some(1)) => 1,
        (1, _) => letter,
        (_, roman) => roman.unwrap_or_default(),
    }
}

impl ItemMark {
    /// Whether a list can begin with it.
    pub fn is_first(&self) -> bool {
        matches!(self.kind, MarkKind::Bullet(_)) || self.value == 1
    }

    /// Whether it is a dash, which could also be a dash between two words.
    pub fn is_dash(&self) -> bool {
        matches!(self.kind, MarkKind::Bullet('-' | '–' | '—' | '+' | '*' | 'o'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read() {
        for (text, number, words) in [
            ("- a", None, "a"),
            ("•  a", None, "a"),
            ("o  a", None, "a"),
            ("3. a", Some("3."), "a"),
            ("(12) a", Some("(12)"), "a"),
            ("b) a", Some("b)"), "a"),
            ("iv) a", Some("iv)"), "a"),
            ("- [x] a", None, "a"),
        ] {
            let found = mark(text).map(|(mark, words)| (mark.number, words));
            assert_eq!(found, Some((number.map(str::to_owned), words)), "{text}");
        }
    }

    #[test]
    fn words_are_no_marks() {
        for text in
            ["A. Smith", "2.1 Start", "5 mg", "-5 °C", "1987. In", "and) so", "of the", "e.g. so", "*a*"]
        {
            assert_eq!(mark(text), None, "{text}");
        }
    }
}
