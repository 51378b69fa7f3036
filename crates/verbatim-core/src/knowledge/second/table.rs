//! Checks that the cells of a table row occur together.

use std::ops::Range;

use super::fold::{SoughtLetter, sought_letters};
use super::letters::Layout;
use super::search::SearchableRow;
use crate::knowledge::blocks::CELL_SEPARATOR;

/// Maximum distance in height between the first lines of two cells of a row, as a multiple of the font size.
const SAME_LEVEL: f64 = 1.0;
/// The same for the first cell of a row, which may span several rows.
const SPANNED_LEVELS: f64 = 12.0;
/// Maximum number of places of a cell that are compared.
const MOST_PLACES: usize = 64;

/// A cell of a row that is searched for.
type SoughtCell = Vec<SoughtLetter>;

/// The cells of a row; `None` if the text is not a row.
pub fn cells(text: &str) -> Option<Vec<SoughtCell>> {
    let has_cells = text.contains(CELL_SEPARATOR);
    let cells = || text.split(CELL_SEPARATOR).map(|cell| sought_letters(cell, true));
    has_cells.then(|| cells().filter(|cell| !cell.is_empty()).collect())
}

/// Whether the cells of a row are beside each other on a page.
pub fn holds_row(document: &SearchableRow, cells: &[SoughtCell], page: &Range<usize>) -> bool {
    let row = document.row();
    if let [] | [_] = cells {
        return cells.iter().all(|cell| document.contains(cell, page));
    }
    if row.layout == Layout::Lines {
        // The lines of a cell may continue on the next page.
        let pages = row.with_next_page(page);
        return cells.iter().all(|cell| document.contains(cell, &pages))
            && stand_beside_each_other(document, cells, &pages);
    }
    if document.contains(&cells.concat(), page) {
        return true;
    }
    // A cell that spans several rows occurs only once in the document, so its neighbours need not follow it.
    let mut runs = vec![SoughtCell::new()];
    for cell in cells {
        let places = document.find(cell, page, MOST_PLACES);
        if places.is_empty() {
            return false;
        }
        if places.into_iter().any(|place| row.is_in_spanning_cell(place)) {
            runs.push(SoughtCell::new());
        } else if let Some(run) = runs.last_mut() {
            run.extend(cell);
        }
    }
    runs.len() > 1 && runs.iter().all(|run| run.is_empty() || document.contains(run, page))
}

/// Whether the cells are level; the first may span several rows, so it may be higher or lower.
fn stand_beside_each_other(document: &SearchableRow, cells: &[SoughtCell], pages: &Range<usize>) -> bool {
    let levels = |cell: &SoughtCell| -> Vec<f64> {
        let places = document.find(cell, pages, MOST_PLACES);
        places.into_iter().filter_map(|place| document.row().level(place)).collect()
    };
    let levels: Vec<Vec<f64>> = cells.iter().map(levels).collect();
    let [first, second, others @ ..] = levels.as_slice() else { return true };
    let is_near =
        |levels: &[f64], level: f64, most: f64| levels.iter().any(|other| (other - level).abs() <= most);
    let first_reach = if others.is_empty() { SAME_LEVEL } else { SPANNED_LEVELS };
    second.iter().any(|level| {
        is_near(first, *level, first_reach) && others.iter().all(|cell| is_near(cell, *level, SAME_LEVEL))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_differ, assert_hold};
    use crate::knowledge::format::Format;

    #[test]
    fn a_row_is_not_put_together_of_two() {
        let page = "<table><tr><td>mild</td><td>oral</td><td>12 mmol</td></tr>\
            <tr><td>severe</td><td>oral</td><td>24 mmol</td></tr></table>";
        assert_hold(Format::Html, page, &["mild | oral | 12 mmol", "severe | oral | 24 mmol"]);
        assert_differ(Format::Html, page, &["mild | oral | 24 mmol", "severe | oral | 12 mmol"]);
    }

    #[test]
    fn the_cells_of_a_row_stand_at_one_level() {
        let text = "Age        Dose         How often\n\nadults     5 mg         twice\n\n\nchildren   2 mg         once\n";
        assert_hold(Format::Plain, text, &["adults | 5 mg | twice", "children | 2 mg | once"]);
        assert_differ(Format::Plain, text, &["adults | 2 mg | twice", "adults | 5 mg | never"]);
    }
}
