//! Tables whose cells can span columns and rows.

/// A table before its spans are resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its caption.
    pub caption: Option<String>,
    /// All rows, header rows first.
    pub rows: Vec<Vec<Cell>>,
    /// The number of header rows.
    pub heads: usize,
    /// The tables in cells, in order, each with the index of its row below the header rows.
    pub inner: Vec<(usize, Table)>,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its words, on one line.
    pub text: String,
    /// The number of columns that it spans, at least 1.
    pub columns: usize,
    /// The number of rows that it spans, at least 1.
    pub rows: usize,
}

impl Cell {
    /// Makes a cell of one column and one row.
    pub fn single(text: impl Into<String>) -> Self {
        Self { text: text.into(), columns: 1, rows: 1 }
    }
}

/// The largest number of columns, and of rows spanned by one cell, that are resolved.
const MOST_SPANNED: usize = 1_000;
/// The largest number of cells for which spans are resolved. After that, each cell occurs once.
const MOST_CELLS: usize = 100_000;

impl Table {
    /// Returns the header of each column, with several header rows joined from top to bottom, and the rows. A cell that
    /// spans several rows is repeated in each; one that spans several columns occurs once.
    pub(super) fn resolved(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let mut grid = self.grid();
        let rows = grid.split_off(self.heads.min(grid.len()));
        let rows = rows.into_iter().map(|row| {
            // Leaves out the further columns of a cell that spans several.
            row.into_iter().filter(|(_, again)| !again).map(|(text, _)| text).collect()
        });
        (heads(&grid), rows.collect())
    }

    /// The words of each cell of the grid, and whether the cell continues from the column before.
    fn grid(&self) -> Vec<Vec<(String, bool)>> {
        let mut grid: Vec<Vec<(String, bool)>> = Vec::new();
        let mut from_above: FromAbove = Vec::new();
        let mut filled = 0;
        for row in &self.rows {
            let line = filled_row(row, &mut from_above, filled < MOST_CELLS);
            filled += line.len();
            if filled >= MOST_CELLS {
                from_above.clear();
            }
            grid.push(line);
        }
        grid
    }
}

/// The header of each column, with several header rows joined from top to bottom.
fn heads(grid: &[Vec<(String, bool)>]) -> Vec<String> {
    let columns = grid.iter().map(Vec::len).max().unwrap_or_default();
    // A header that spans several columns occurs once if none of them has its own header below it.
    let is_own = |column: &usize| grid.iter().any(|row| row.get(*column).is_some_and(|(_, again)| !again));
    let heads = (0..columns).filter(is_own).map(|column| {
        let mut parts: Vec<&str> = Vec::new();
        for row in grid {
            let part = row.get(column).map_or("", |(text, _)| text.as_str());
            if !part.is_empty() && parts.last() != Some(&part) {
                parts.push(part);
            }
        }
        parts.join(" ")
    });
    heads.collect()
}

/// Cells that extend down from the rows above, by column: their text, how many more rows they span, and whether they
/// continue from the column before.
type FromAbove = Vec<Option<(String, usize, bool)>>;

/// A row, including the cells that extend down into it.
fn filled_row(row: &[Cell], from_above: &mut FromAbove, may_span: bool) -> Vec<(String, bool)> {
    let mut line: Vec<(String, bool)> = Vec::new();
    let mut cells = row.iter();
    let last = from_above.iter().rposition(Option::is_some);
    loop {
        let at = line.len();
        if let Some(above) = from_above.get_mut(at)
            && let Some((text, left, again)) = above.take()
        {
            if left > 1 {
                *above = Some((text.clone(), left - 1, again));
            }
            line.push((text, again));
            continue;
        }
        let Some(cell) = cells.next() else {
            if last.is_none_or(|last| last < at) || at >= MOST_SPANNED {
                return line;
            }
            line.push((String::new(), false));
            continue;
        };
        let columns = if may_span { cell.columns.clamp(1, MOST_SPANNED) } else { 1 };
        for column in 0..columns {
            let below = (cell.rows > 1 && may_span)
                .then(|| (cell.text.clone(), cell.rows.min(MOST_SPANNED) - 1, column > 0));
            put(from_above, line.len(), below);
            line.push((cell.text.clone(), column > 0));
        }
    }
}

/// Stores the part of a cell that extends into the row below.
fn put(from_above: &mut FromAbove, at: usize, below: Option<(String, usize, bool)>) {
    if from_above.len() <= at {
        from_above.resize(at + 1, None);
    }
    if let Some(place) = from_above.get_mut(at).filter(|_| below.is_some()) {
        *place = below;
    }
}
