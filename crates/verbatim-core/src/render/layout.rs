//! Lays out a quote line by line: its lead-ins, then its words. A list item has a bullet under its lead-in, and each
//! cell of a row follows its column head. The layout adds nothing to the words but this.

use crate::answer::reply::Cited;
use crate::knowledge::blocks::CELL_SEPARATOR;
use crate::knowledge::document::PassageKind;

/// Marks words left out between a lead-in and the quoted words under it.
const OMISSION: &str = "[…]";

/// The lines of a quote: its lead-ins first, then [`QuoteLines::words`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteLines {
    /// The lead-ins, outermost first.
    pub lead_ins: Vec<String>,
    /// The words of the quote.
    pub words: Vec<String>,
}

impl QuoteLines {
    /// All lines, from top to bottom.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.lead_ins.iter().chain(&self.words).map(String::as_str)
    }
}

/// Lays a quote out.
pub fn lines(cited: &Cited) -> QuoteLines {
    let quote = &cited.quote;
    let text = one_line(quote.text());
    let mut lead_ins: Vec<String> = quote.lead_ins().iter().map(|lead_in| one_line(lead_in)).collect();
    let words = match quote.kind() {
        PassageKind::TableRow => match lead_ins.last().and_then(|heads| under_heads(heads, &text)) {
            Some(cells) => {
                lead_ins.pop();
                cells
            }
            None => vec![text],
        },
        PassageKind::ListItem => vec![format!("• {text}")],
        _ => vec![text],
    };
    if quote.is_cut_from_lead_in() && !lead_ins.is_empty() {
        lead_ins.push(OMISSION.to_owned());
    }
    QuoteLines { lead_ins, words }
}

/// Puts each cell of a row after its column head; `None` if their numbers differ.
fn under_heads(heads: &str, row: &str) -> Option<Vec<String>> {
    let (heads, cells): (Vec<&str>, Vec<&str>) = (cells(heads), cells(row));
    if heads.len() != cells.len() || heads.len() < 2 {
        return None;
    }
    let line = |(head, cell): (&str, &str)| match (head.is_empty(), cell.is_empty()) {
        (_, true) => None,
        (true, false) => Some(cell.to_owned()),
        (false, false) => Some(format!("{head}: {cell}")),
    };
    Some(heads.into_iter().zip(cells).filter_map(line).collect())
}

fn cells(row: &str) -> Vec<&str> {
    row.split(CELL_SEPARATOR.trim()).map(str::trim).collect()
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}
