//! Tables whose cells are separated by tabs.

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
    let rows = even(lines.get(from..to)?.iter().map(|line| line.cells.clone()).collect());
    let columns = rows.first().map_or(0, Vec::len);
    if !(2..=MOST_COLUMNS).contains(&columns) {
        return Some(TableFound::Unsafe);
    }
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

/// Makes all rows equally long. Consecutive tabs count as empty cells, unless the rows are equally long only without
/// them.
fn even(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.is_empty()).count();
    let length = |rows: &[Vec<String>], of: &dyn Fn(&Vec<String>) -> usize| {
        let first = rows.first().map_or(0, of);
        rows.iter().all(|row| of(row) == first)
    };
    let mut rows = rows;
    if !length(&rows, &Vec::len) && length(&rows, &filled) {
        rows.iter_mut().for_each(|row| row.retain(|cell| !cell.is_empty()));
    }
    let most = rows.iter().map(Vec::len).max().unwrap_or_default();
    rows.iter_mut().for_each(|row| row.resize(most, String::new()));
    let used: Vec<bool> =
        (0..most).map(|at| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()))).collect();
    let keep = |row: Vec<String>| {
        row.into_iter().zip(&used).filter(|(_, used)| **used).map(|(cell, _)| cell).collect::<Vec<_>>()
    };
    rows.into_iter().map(keep).collect()
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
