//! Bold words at the start of a line, separated from its text by a wide space: the term of a description, or a run-in
//! heading.

use super::list::mark;
use super::words::{PdfLine, PdfWord};

/// What the bold start of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lead {
    /// The line has no bold start, or it is part of the text.
    #[default]
    None,
    /// A term, followed by its description.
    Term,
    /// A heading.
    Heading,
}

/// Maximum width of a space inside a text, as a multiple of the font size.
const WIDEST_BLANK: f32 = 0.42;
/// Minimum width of a space that sets off a heading, as a multiple of the font size.
const QUAD: f32 = 0.85;
/// Minimum ratio of that space to the other spaces of its line.
const WIDER: f32 = 1.5;

/// Splits a line into its bold start and its text. `next` is the line below.
pub fn divided(line: &PdfLine, next: Option<&PdfLine>) -> Option<(Lead, PdfLine, PdfLine)> {
    let count = line.words.iter().take_while(|word| word.bold).count();
    let (head, text) = line.words.split_at_checked(count)?;
    let (last, first) = (head.last()?, text.first()?);
    let blank = (first.x0 - last.x1) / line.size.max(0.1);
    let is_wide = blank > WIDEST_BLANK && blank > WIDER * widest(head).max(widest(text));
    let begins =
        first.text.starts_with(char::is_alphanumeric) || first.text.starts_with(['(', '<', '>', '≥', '≤']);
    let (head, text) = (PdfLine::measured(head.to_vec()), PdfLine::measured(text.to_vec()));
    let names = head.is_bold() && mark(line).is_none() && text.words.len() > 1;
    if !is_wide || !begins || !names || text.words.iter().any(|word| word.bold && word.x0 < text.x0 + 1.0) {
        return None;
    }
    let flush = next.is_some_and(|next| {
        (next.x0 - line.x0).abs() < 0.5 * line.size && !next.words.first().is_some_and(|word| word.bold)
    });
    let is_sentence = text.text().starts_with(char::is_uppercase);
    let lead = if blank > QUAD && is_sentence && flush { Lead::Heading } else { Lead::Term };
    Some((lead, head, text))
}

/// The widest space between words, as a multiple of their font size.
fn widest(words: &[PdfWord]) -> f32 {
    let blanks = words.windows(2).filter_map(|pair| match pair {
        [one, next] => Some((next.x0 - one.x1) / one.size.max(0.1)),
        _ => None,
    });
    blanks.fold(0.0, f32::max)
}
