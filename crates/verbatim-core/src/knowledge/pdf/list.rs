//! The marks that begin list items.

use super::words::{PdfLine, PdfWord};
use crate::text::bullet::is_bullet as is_symbol;

/// The mark at the start of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct LineMark {
    /// The number of words it takes.
    pub words: usize,
    /// Its number (`3.`, `b)`), or `None` for a bullet.
    pub number: Option<String>,
    /// Its left end.
    pub x: f32,
    /// The left end of the text after it.
    pub text: f32,
}

/// Finds the mark of an item, if the line begins with one and has words after it.
pub fn mark(line: &PdfLine) -> Option<LineMark> {
    let (first, rest) = line.words.split_first()?;
    let next: &PdfWord = rest.first()?;
    if first.script != 0 {
        return None;
    }
    let apart = next.spaced || next.x0 - first.x1 > 0.15 * line.size;
    let number = is_number(&first.text).then(|| first.text.clone());
    (apart && (number.is_some() || is_bullet(&first.text))).then_some(LineMark {
        words: 1,
        number,
        x: first.x0,
        text: next.x0,
    })
}

fn is_bullet(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next().is_some_and(|letter| is_symbol(letter) || "–—-*−o".contains(letter));
    first && letters.next().is_none()
}

/// `3.`, `3)`, `(3)`, `[3]`, `b)`, `(iv)`.
fn is_number(text: &str) -> bool {
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return (1..=3).contains(&inside.len()) && inside.chars().all(|c| c.is_ascii_digit());
    }
    let (inside, closed) = match text.strip_prefix('(') {
        Some(rest) => (rest.strip_suffix(')'), true),
        None => (text.strip_suffix(['.', ')']), text.ends_with(')')),
    };
    let Some(inside) = inside.filter(|inside| !inside.is_empty()) else { return false };
    let digits = inside.len() <= 3 && inside.chars().all(|c| c.is_ascii_digit());
    let letter = inside.len() == 1 && inside.chars().all(|c| c.is_ascii_lowercase());
    let roman = inside.len() <= 5 && inside.chars().all(|c| "ivx".contains(c));
    digits || (letter && (closed || text.ends_with('.'))) || roman
}
