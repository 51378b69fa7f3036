//! Tables with aligned columns.

use super::lines::TextLine;
use super::mark::mark;
use super::tabs;
use crate::knowledge::blocks::{Cell, Table};
use crate::text::controls::one_line;

/// Maximum number of columns in a table.
pub const MOST_COLUMNS: usize = 60;

/// A table in a group of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableFound {
    /// A table: it begins at line index `from`, and the lines after it begin at `to`.
    Table { from: usize, table: Table, to: usize },
    /// Terms with their meanings: two columns without heads.
    Terms { from: usize, rows: Vec<Vec<String>>, to: usize },
    /// There are columns, but which cells belong together is unclear.
    Unsafe,
}

/// Looks for a table.
pub fn table(lines: &[TextLine]) -> Option<TableFound> {
    if let Some(found) = tabs::table(lines) {
        return Some(found);
    }
    if lines.iter().filter(|line| bars(line) > 0).count() >= 2 {
        return barred(lines);
    }
    match lines.iter().enumerate().skip(1).find(|(at, line)| is_ruler(line) && has_head(lines, *at)) {
        Some((rule, _)) => ruled(lines, rule),
        None => bare(lines).or_else(|| captioned(lines)).or_else(|| columns_without_grid(lines)),
    }
}

fn is_ruler(line: &TextLine) -> bool {
    let signs = line.text.chars().filter(|c| matches!(c, '-' | '=' | '_' | '─' | '━')).count();
    signs >= 3 && line.text.chars().all(|c| matches!(c, '-' | '=' | '_' | '─' | '━' | ' ' | '+' | '|'))
}

/// Whether the line above a rule has columns.
fn has_head(lines: &[TextLine], rule: usize) -> bool {
    let head = rule.checked_sub(1).and_then(|at| lines.get(at));
    let parts = lines.get(rule).map_or(0, |line| line.text.split_whitespace().count());
    let body = lines.get(rule + 1).is_some_and(|line| !is_ruler(line));
    body && head.is_some_and(|head| !is_ruler(head) && (segments(head).len() > 1 || parts > 1))
}

/// The parts of a line, separated by two or more spaces: the column where each begins, and its words.
pub fn segments(line: &TextLine) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut blanks = 2;
    for (at, c) in line.columns().into_iter().enumerate() {
        match (c, found.last_mut()) {
            (' ', _) => blanks += 1,
            (_, Some((_, words))) if blanks < 2 => {
                words.extend(std::iter::repeat_n(' ', blanks));
                words.push(c);
                blanks = 0;
            }
            _ => {
                found.push((at, c.to_string()));
                blanks = 0;
            }
        }
    }
    found
}

/// A table with a rule below its head row.
fn ruled(lines: &[TextLine], rule: usize) -> Option<TableFound> {
    let first_rule = lines.iter().position(is_ruler).filter(|at| *at < rule);
    let heads_from = first_rule.map_or_else(|| first_head(lines, rule), |at| at + 1);
    let from = first_rule.unwrap_or(heads_from);
    let heads = lines.get(heads_from..rule)?;
    let last = lines.iter().rposition(|line| !is_ruler(line))?;
    let body: Vec<&TextLine> = lines.get(rule + 1..=last)?.iter().filter(|line| !is_ruler(line)).collect();
    let starts = starts(lines.get(rule)?, heads, &body);
    if !(2..=MOST_COLUMNS).contains(&starts.len()) {
        return Some(TableFound::Unsafe);
    }
    let parts: Vec<_> = heads.iter().chain(body.iter().copied()).map(segments).collect();
    let room = room(&starts, &parts);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for head in heads {
        rows.push(cells(head, &starts)?);
    }
    let mut to = rule + 1;
    for (at, line) in
        lines.iter().enumerate().take(last + 1).skip(rule + 1).filter(|(_, line)| !is_ruler(line))
    {
        let read = cells(line, &starts);
        // A remark below the table ignores the columns.
        let remark =
            segments(line).len() == 1 && read.as_ref().is_none_or(|cells| cells.iter().all(String::is_empty));
        match read {
            Some(cells) if !remark => add_row(&mut rows, cells, heads.len(), &room),
            _ if lines.get(at..).is_some_and(|rest| rest.iter().all(|line| segments(line).len() == 1)) => {
                break;
            }
            _ => return Some(TableFound::Unsafe),
        }
        to = at + 1;
    }
    while lines.get(to).is_some_and(is_ruler) {
        to += 1;
    }
    Some(TableFound::Table { from, table: build(rows, heads.len()), to })
}

/// The first head line: directly above it, a line with a single part is a caption.
fn first_head(lines: &[TextLine], rule: usize) -> usize {
    let mut from = rule.saturating_sub(1);
    while from > 0 && lines.get(from - 1).is_some_and(|line| segments(line).len() > 1) {
        from -= 1;
    }
    from
}

/// Adds a row, or appends the cells to the previous row if they continue it.
fn add_row(rows: &mut Vec<Vec<String>>, cells: Vec<String>, heads: usize, room: &[usize]) {
    let filled = cells.iter().filter(|cell| !cell.is_empty());
    let small = |cell: &String| cell.starts_with(|c: char| c.is_lowercase() || c == '(');
    let rest = cells.first().is_some_and(String::is_empty) && filled.clone().all(small);
    let has_body = rows.len() > heads;
    if has_body && goes_on(rows, &cells, room) {
        return;
    }
    match has_body && rest && filled.count() > 0 {
        true => add_to_row(rows, &cells),
        false => rows.push(cells),
    }
}

/// The columns' starts: from the parts of the rule, or else from the gaps that all lines share.
fn starts(rule: &TextLine, heads: &[TextLine], body: &[&TextLine]) -> Vec<usize> {
    let parts: Vec<usize> = segments_of_rule(rule);
    if parts.len() > 1 {
        return parts;
    }
    let all: Vec<Vec<char>> = heads.iter().chain(body.iter().copied()).map(TextLine::columns).collect();
    let width = all.iter().map(Vec::len).max().unwrap_or_default();
    let mut starts = Vec::new();
    let mut blanks = 2;
    let mut filled = vec![false; width];
    for line in &all {
        for (slot, c) in filled.iter_mut().zip(line) {
            *slot |= *c != ' ';
        }
    }
    for (at, filled) in filled.into_iter().enumerate() {
        if filled && blanks >= 2 {
            starts.push(at);
        }
        blanks = if filled { 0 } else { blanks + 1 };
    }
    starts
}

fn segments_of_rule(rule: &TextLine) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut before = ' ';
    for (at, c) in rule.columns().into_iter().enumerate() {
        if before == ' ' && c != ' ' {
            starts.push(at);
        }
        before = c;
    }
    starts
}

/// The cells of a line. If words cross a column boundary, splits the line by its gaps; returns `None` if that does not
/// give a part for each column.
fn cells(line: &TextLine, starts: &[usize]) -> Option<Vec<String>> {
    let columns = line.columns();
    let mut cells = Vec::new();
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(columns.len()).min(columns.len());
        let from = if at == 0 { 0 } else { (*start).min(end) };
        let blank_before =
            from == 0 || *start >= columns.len() || columns.get(from - 1).is_none_or(|c| *c == ' ');
        if !blank_before {
            return by_parts(line, starts.len());
        }
        let words: String = columns.get(from..end).unwrap_or_default().iter().collect();
        cells.push(one_line(&words));
    }
    Some(cells)
}

/// The cells of a misaligned line that still has one part for each column.
fn by_parts(line: &TextLine, columns: usize) -> Option<Vec<String>> {
    let parts = segments(line);
    (parts.len() == columns).then(|| parts.into_iter().map(|(_, words)| words).collect())
}

pub(super) fn build(rows: Vec<Vec<String>>, heads: usize) -> Table {
    let rows = rows
        .into_iter()
        .map(|row| row.into_iter().map(|cell| Cell::single(cell.replace('\n', " "))).collect())
        .collect();
    Table { rows, heads, ..Table::default() }
}

fn bars(line: &TextLine) -> usize {
    line.text.matches('|').count()
}

/// A table whose columns are separated by bars.
fn barred(lines: &[TextLine]) -> Option<TableFound> {
    let from = lines.iter().position(|line| bars(line) > 0 || line.text.starts_with('+'))?;
    let to = lines.iter().rposition(|line| bars(line) > 0 || line.text.starts_with('+'))? + 1;
    let lines = lines.get(from..to)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut heads = 0;
    // Where rules divide all rows, the lines between two rules are one row.
    let is_ruled = lines.iter().filter(|line| is_ruler(line)).count() > 3;
    let mut begins = true;
    for line in lines {
        if is_ruler(line) {
            heads = if heads == 0 { rows.len() } else { heads };
            begins = true;
            continue;
        }
        let text = line.text.trim().trim_start_matches('|').trim_end_matches('|');
        let cells: Vec<String> = text.split('|').map(|cell| cell.trim().to_owned()).collect();
        match rows.last_mut().filter(|row| is_ruled && !begins && row.len() == cells.len()) {
            Some(row) => row
                .iter_mut()
                .zip(&cells)
                .for_each(|(cell, more)| *cell = one_line(&format!("{cell} {more}"))),
            None => rows.push(cells),
        }
        begins = false;
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let even = columns > 1 && rows.iter().all(|row| row.len() == columns);
    if !even {
        return (heads > 0).then_some(TableFound::Unsafe);
    }
    (heads > 0 || rows.len() > 2).then(|| TableFound::Table { from, table: build(rows, heads.min(2)), to })
}

/// Columns without a rule, in at least three lines. The parts of the first line give the columns' starts; a line with
/// an empty first column continues the row above.
fn bare(lines: &[TextLine]) -> Option<TableFound> {
    if lines.len() < 3 || lines.iter().any(|line| mark(&line.text).is_some()) {
        return None;
    }
    let parts: Vec<Vec<(usize, String)>> = lines.iter().map(segments).collect();
    let places: Vec<usize> = parts.first()?.iter().map(|(at, _)| *at).collect();
    let keyed = parts.iter().filter(|row| row.first().is_some_and(|(_, words)| words.ends_with(':'))).count();
    let fits = |row: &Vec<(usize, String)>| row.iter().all(|(at, _)| places.contains(at));
    let full = parts.iter().filter(|row| row.len() == places.len()).count();
    let least = if places.len() > 2 { 3 } else { parts.len() };
    if places.len() < 2 || keyed > 1 || full < least || !parts.iter().all(fits) {
        return None;
    }
    let room = room(&places, &parts);
    let apart = lines.get(1)?.number > lines.first()?.number + 1;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in lines {
        let cells = cells(line, &places)?;
        if rows.len() > 1 && goes_on(&mut rows, &cells, &room) {
            continue;
        }
        if cells.first().is_some_and(String::is_empty) {
            return Some(TableFound::Unsafe);
        }
        rows.push(cells);
    }
    let heads = usize::from(has_heads(&rows) || apart && places.len() > 2);
    if heads == 0 && places.len() == 2 {
        return Some(TableFound::Terms { from: 0, rows, to: lines.len() });
    }
    Some(TableFound::Table { from: 0, table: build(rows, heads), to: lines.len() })
}

/// Columns without a rule, below a caption line.
fn captioned(lines: &[TextLine]) -> Option<TableFound> {
    let (caption, rest) = lines.split_first()?;
    let plain = segments(caption).len() == 1 && mark(&caption.text).is_none();
    match bare(rest).filter(|_| plain)? {
        TableFound::Table { table, to, .. } => Some(TableFound::Table { from: 1, table, to: to + 1 }),
        TableFound::Terms { rows, to, .. } => Some(TableFound::Terms { from: 1, rows, to: to + 1 }),
        TableFound::Unsafe => None,
    }
}

/// Appends a line to the row above if it continues it: its first cell is empty, or starts in lower case below a
/// capital.
fn goes_on(rows: &mut [Vec<String>], cells: &[String], room: &[usize]) -> bool {
    let (Some(first), Some(row)) = (cells.first(), rows.last()) else { return false };
    let capital = row.first().is_some_and(|above| above.starts_with(char::is_uppercase));
    let wrapped = |(at, more): (usize, &String)| {
        let above =
            row.get(at).map_or(0, |cell| cell.rsplit('\n').next().unwrap_or_default().chars().count());
        let word = more.split(' ').next().map_or(0, |word| word.chars().count());
        more.is_empty() || above > 0 && above + 1 + word > room.get(at).copied().unwrap_or_default()
    };
    // If a cell above had room for the next word, its line was ended on purpose.
    let looked_at = if first.is_empty() { cells.len() } else { 1 };
    let small = first.is_empty() || first.starts_with(char::is_lowercase) && capital;
    if !small || !cells.iter().enumerate().take(looked_at).all(wrapped) {
        return false;
    }
    add_to_row(rows, cells);
    true
}

/// Whether the first row has no digits and all others do.
pub(super) fn has_heads(rows: &[Vec<String>]) -> bool {
    let has_digit = |row: &Vec<String>| row.iter().any(|cell| cell.contains(|c: char| c.is_ascii_digit()));
    let Some((first, rest)) = rows.split_first() else { return false };
    !rest.is_empty() && !has_digit(first) && rest.iter().all(has_digit)
}

/// The width available to the cells of each column: up to the gap before the next column. The last column is as wide as
/// its widest cell.
fn room(places: &[usize], parts: &[Vec<(usize, String)>]) -> Vec<usize> {
    let widest = |place: usize| {
        let cells = parts.iter().flatten().filter(|(at, _)| *at == place);
        cells.map(|(_, words)| words.chars().count()).max().unwrap_or_default()
    };
    let next = places.iter().skip(1).map(Some).chain([None]);
    places
        .iter()
        .zip(next)
        .map(|(at, next)| next.map_or_else(|| widest(*at), |next| next.saturating_sub(at + 2)))
        .collect()
}

/// Appends the continuation lines of cells to the last row.
fn add_to_row(rows: &mut [Vec<String>], cells: &[String]) {
    let Some(row) = rows.last_mut() else { return };
    for (cell, more) in row.iter_mut().zip(cells).filter(|(_, more)| !more.is_empty()) {
        if !cell.is_empty() {
            cell.push('\n');
        }
        cell.push_str(more);
    }
}

/// Lines with wide gaps that are not a table: which parts belong together is unknown.
fn columns_without_grid(lines: &[TextLine]) -> Option<TableFound> {
    let keyed = |line: &TextLine| segments(line).first().is_some_and(|(_, words)| words.ends_with(':'));
    let gapped = |line: &TextLine| line.text.contains("   ") && !keyed(line) && mark(&line.text).is_none();
    (lines.len() > 1 && lines.iter().all(gapped)).then_some(TableFound::Unsafe)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::lines::{Group, groups};
    use super::*;

    fn rows(text: &str) -> Option<(usize, Vec<String>)> {
        rows_by(table, text)
    }

    /// The number of head rows, and all rows, as found by `read`.
    pub fn rows_by(read: fn(&[TextLine]) -> Option<TableFound>, text: &str) -> Option<(usize, Vec<String>)> {
        let (groups, _) = groups(text, 1);
        let Some(Group::Lines { lines, .. }) = groups.first() else { return None };
        match read(lines)? {
            TableFound::Table { table, .. } => {
                let row =
                    |row: &Vec<Cell>| row.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join("|");
                Some((table.heads, table.rows.iter().map(row).collect()))
            }
            TableFound::Terms { rows, .. } => Some((0, rows.iter().map(|row| row.join("|")).collect())),
            TableFound::Unsafe => None,
        }
    }

    #[test]
    fn a_rule_in_parts_gives_the_columns() {
        let found = rows(
            "Age      Dose   When\n-------  -----  -----\nunder 5         never\n5 to 10  10 mg  daily\n         more   often",
        );
        assert_eq!(
            found,
            Some((
                1,
                vec![
                    "Age|Dose|When".into(),
                    "under 5||never".into(),
                    "5 to 10|10 mg more|daily often".into()
                ]
            ))
        );
    }

    #[test]
    fn an_unbroken_rule_leaves_the_gaps() {
        let found = rows(
            "   Age        Dose\n   ---------------\n   five       5 mg\n   ten      100 mg\n   ---------------",
        );
        assert_eq!(found, Some((1, vec!["Age|Dose".into(), "five|5 mg".into(), "ten|100 mg".into()])));
    }

    #[test]
    fn bars_and_bare_columns() {
        let found = rows("+---+---+\n| a | b |\n+===+===+\n| 1 |   |\n+---+---+");
        assert_eq!(found, Some((1, vec!["a|b".into(), "1|".into()])));
        assert_eq!(rows("a   1\nb   2\nc   3").map(|(heads, rows)| (heads, rows.len())), Some((0, 3)));
        assert_eq!(
            rows(
                "Who   How        When\n\nman   one pill   at night\n      a day\nboy   none\ngirl  half one   at noon"
            ),
            Some((
                1,
                vec![
                    "Who|How|When".into(),
                    "man|one pill a day|at night".into(),
                    "boy|none|".into(),
                    "girl|half one|at noon".into()
                ]
            ))
        );
        // There was room for the next word, so the line does not continue the cell.
        assert_eq!(
            rows(
                "Who   How        When\n\nman   5 mg       at noon\n      6 mg       at night\nboy   1 mg       at noon"
            ),
            None
        );
        assert_eq!(rows("o   one\no   two\no   three"), None);
        assert_eq!(rows("Words of a paragraph\nwith  a gap in it\nand more"), None);
    }
}
