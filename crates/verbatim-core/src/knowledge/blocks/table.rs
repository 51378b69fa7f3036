//! Tables whose cells may span columns and rows.

/// A table before its spans are resolved: rows of cells, and how many of the rows are heads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its caption.
    pub caption: Option<String>,
    /// All rows, heads first.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows are heads.
    pub heads: usize,
    /// The tables that stand in cells, in order, each with the place of its row below the heads.
    pub inner: Vec<(usize, Table)>,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its words in one line.
    pub text: String,
    /// How many columns it takes, at least 1.
    pub columns: usize,
    /// How many rows it takes, at least 1.
    pub rows: usize,
}

impl Cell {
    /// A cell of one column and one row.
    pub fn single(text: impl Into<String>) -> Self {
        Self { text: text.into(), columns: 1, rows: 1 }
    }
}

/// The most columns and spanned rows that are resolved.
const MOST_SPANNED: usize = 1_000;
/// The most cells of a table in which spans are resolved; in larger ones each cell stands once.
const MOST_CELLS: usize = 100_000;

impl Table {
    /// The heads of each column, those of several rows joined from above, and the rows. A cell over several rows is repeated
    /// in each; one over several columns stands once.
    pub(super) fn resolved(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let mut grid = self.grid();
        let rows = grid.split_off(self.heads.min(grid.len()));
        let rows = rows.into_iter().map(|row| {
            // A cell over several columns stands once.
            row.into_iter().filter(|(_, again)| !again).map(|(text, _)| text).collect()
        });
        (heads(&grid), rows.collect())
    }

    /// The words of each cell of the grid, and whether they stand in the column before, too.
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

/// The heads of each column, those of several rows joined from above.
fn heads(grid: &[Vec<(String, bool)>]) -> Vec<String> {
    let columns = grid.iter().map(Vec::len).max().unwrap_or_default();
    // A head over several columns stands once where none of its own is under it.
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

/// Cells from above, by column: their text, how many further rows they take, and whether the column before has them, too.
type FromAbove = Vec<Option<(String, usize, bool)>>;

/// A row with the cells that reach down into it.
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

/// Keeps what goes on into the row below.
fn put(from_above: &mut FromAbove, at: usize, below: Option<(String, usize, bool)>) {
    if from_above.len() <= at {
        from_above.resize(at + 1, None);
    }
    if let Some(place) = from_above.get_mut(at).filter(|_| below.is_some()) {
        *place = below;
    }
}
