//! Tables whose cells are separated by tabs.

use std::collections::BTreeSet;

use super::columns::{MOST_COLUMNS, TableFound, build, has_heads};
use super::lines::TextLine;
use super::mark::mark;

/// Looks for consecutive lines with tabs.
pub fn table(lines: &[TextLine]) -> Option<TableFound> {
    // Tabs between bullets or numbers and the words of a list.
    let is_item =
        |line: &TextLine| line.cells.first().is_some_and(|cell| mark(&format!("{cell} words")).is_some());
    if lines.iter().any(is_item) {
        return None;
    }
    let from = lines.windows(2).position(|pair| pair.iter().all(has_cells))?;
    let to = from + lines.iter().skip(from).take_while(|line| has_cells(line)).count();
    let Some(rows) = even(lines.get(from..to)?) else { return Some(TableFound::Unsafe) };
    let columns = rows.first().map_or(0, Vec::len);
    let keys = rows.iter().filter(|row| row.first().is_some_and(|cell| cell.ends_with(':'))).count();
    let heads = match columns {
        2 => usize::from(keys == 0 && has_heads(&rows)),
        _ => usize::from(!is_like_others(&rows)),
    };
    if heads == 0 && columns == 2 {
        let key = |cell: String| cell.trim_end_matches(':').to_owned();
        let rows = rows.into_iter().map(|row| row.into_iter().enumerate());
        let rows = rows.map(|row| row.map(|(at, cell)| if at == 0 { key(cell) } else { cell }).collect());
        return Some(TableFound::Terms { from, rows: rows.collect(), to });
    }
    Some(TableFound::Table { from, table: build(rows, heads), to })
}

fn has_cells(line: &TextLine) -> bool {
    line.cells.iter().filter(|cell| !cell.is_empty()).count() > 1
}

/// The cells of the lines, in equally long rows. Consecutive tabs count as empty cells, unless the rows are equally long
/// only without them. `None` if there is one column, or too many.
fn even(lines: &[TextLine]) -> Option<Vec<Vec<String>>> {
    let filled = |line: &TextLine| line.cells.iter().filter(|cell| !cell.is_empty()).count();
    let alike = |of: &dyn Fn(&TextLine) -> usize| {
        let first = lines.first().map_or(0, of);
        lines.iter().all(|line| of(line) == first)
    };
    let close_up = !alike(&|line| line.cells.len()) && alike(&filled);
    let cells = |line: &'_ TextLine| -> Vec<(usize, String)> {
        let filled = line.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        let place =
            |(next, (at, cell)): (usize, (usize, &String))| (if close_up { next } else { at }, cell.clone());
        filled.enumerate().map(place).collect()
    };
    let rows: Vec<Vec<(usize, String)>> = lines.iter().map(cells).collect();
    let used: BTreeSet<usize> = rows.iter().flatten().map(|(at, _)| *at).collect();
    if !(2..=MOST_COLUMNS).contains(&used.len()) {
        return None;
    }
    let row = |cells: Vec<(usize, String)>| {
        let mut cells = cells.into_iter().peekable();
        used.iter()
            .map(|column| cells.next_if(|(at, _)| at == column).map_or_else(String::new, |(_, cell)| cell))
            .collect()
    };
    Some(rows.into_iter().map(row).collect())
}

/// Whether the first row has numbers in the same columns as the others, so it is not a head row.
fn is_like_others(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let number = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit());
    let same = |(at, cell): (usize, &String)| {
        let others = rest.iter().filter(|row| row.get(at).is_some_and(number)).count();
        number(cell) == (others * 2 > rest.len())
    };
    first.iter().any(number) && first.iter().enumerate().all(same)
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::rows_by;
    use super::*;

    fn rows(text: &str) -> Option<(usize, Vec<String>)> {
        rows_by(table, text)
    }

    #[test]
    fn wide_tab_stops_take_no_memory() {
        let text = format!("a{}b\n{}", "\t".repeat(100_000), "c\td\n".repeat(50_000));
        assert_eq!(rows(&text).map(|(_, rows)| rows.len()), Some(50_001));
    }

    #[test]
    fn tabs_are_borders() {
        assert_eq!(
            rows("Caption\nAge\tDose\tWhen\nold\t5 mg\nyoung\t\tnever\nEnd."),
            Some((1, vec!["Age|Dose|When".into(), "old|5 mg|".into(), "young||never".into()]))
        );
        assert_eq!(
            rows("Age\t\tDose\nvery old\t5 mg"),
            Some((1, vec!["Age|Dose".into(), "very old|5 mg".into()]))
        );
        assert_eq!(rows("\tone:\ta\n\ttwo:\tb"), Some((0, vec!["one|a".into(), "two|b".into()])));
        assert_eq!(rows("\tA\tB\nx\t1\t2"), Some((1, vec!["|A|B".into(), "x|1|2".into()])));
        assert_eq!(rows("no\ntabs"), None);
    }
}
