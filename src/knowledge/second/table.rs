//! Whether the cells of a row of a table stand together.

use std::ops::Range;

use super::fold::{SoughtLetter, sought_letters};
use super::letters::Layout;
use super::search::SearchableRow;
use crate::knowledge::blocks::CELL_SEPARATOR;

/// How far apart in height the first lines of two cells of a row may stand, in heights of letters.
const SAME_LEVEL: f64 = 1.0;
/// The same of the first cell of a row, which may span several rows.
const SPANNED_LEVELS: f64 = 12.0;
/// The most places of a cell that are compared.
const MOST_PLACES: usize = 64;

/// A cell of a row that is searched for.
type Cell = Vec<SoughtLetter>;

/// The cells of a row; `None` for a text that is no row.
pub fn cells(text: &str) -> Option<Vec<Cell>> {
    let has_cells = text.contains(CELL_SEPARATOR);
    let cells = || text.split(CELL_SEPARATOR).map(|cell| sought_letters(cell, true));
    has_cells.then(|| cells().filter(|cell| !cell.is_empty()).collect())
}

/// Whether the cells of a row stand beside each other on a page.
pub fn holds_row(document: &SearchableRow, cells: &[Cell], page: &Range<usize>) -> bool {
    let row = document.row();
    if let [] | [_] = cells {
        return cells.iter().all(|cell| document.contains(cell, page));
    }
    if row.layout == Layout::Lines {
        // The lines of a cell may go on on the next page.
        let pages = row.with_next_page(page);
        return cells.iter().all(|cell| document.contains(cell, &pages))
            && stand_beside_each_other(document, cells, &pages);
    }
    if document.contains(&cells.concat(), page) {
        return true;
    }
    // A cell that spans several rows stands in the document only once, so its neighbours need not follow it.
    let is_spanning = |cell: &Cell| {
        let place = document.find(cell, page, 1).first().copied()?;
        Some(row.is_in_spanning_cell(place))
    };
    let Some(spanning) = cells.iter().map(is_spanning).collect::<Option<Vec<bool>>>() else { return false };
    cells
        .windows(2)
        .zip(spanning.windows(2))
        .all(|(pair, spanning)| spanning.contains(&true) || document.contains(&pair.concat(), page))
}

/// Whether each cell stands at the level of the one before it.
fn stand_beside_each_other(document: &SearchableRow, cells: &[Cell], pages: &Range<usize>) -> bool {
    let levels = |cell: &Cell| -> Vec<f64> {
        let places = document.find(cell, pages, MOST_PLACES);
        places.into_iter().filter_map(|place| document.row().level(place)).collect()
    };
    let levels: Vec<Vec<f64>> = cells.iter().map(levels).collect();
    levels.windows(2).enumerate().all(|(index, pair)| {
        let most = if index == 0 && cells.len() > 2 { SPANNED_LEVELS } else { SAME_LEVEL };
        pair[0].iter().any(|level| pair[1].iter().any(|other| (level - other).abs() <= most))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_differ, assert_hold};
    use crate::knowledge::read::Format;

    #[test]
    fn the_cells_of_a_row_stand_at_one_level() {
        let text = "Age        Dose         How often\n\nadults     5 mg         twice\n\n\nchildren   2 mg         once\n";
        assert_hold(Format::Plain, text, &["adults | 5 mg | twice", "children | 2 mg | once"]);
        assert_differ(Format::Plain, text, &["adults | 2 mg | twice", "adults | 5 mg | never"]);
    }
}
