//! Pandoc's extensions to CommonMark: tables drawn with `+---+`, their captions, and `(a)` lists.

/// The lines of a text with their numbers. Drawn tables become rows with `|`, and `(a)` lists become ordinary lists.
pub fn lines(source: &str, first_line: usize) -> Vec<(usize, String)> {
    let all: Vec<&str> = source.lines().collect();
    let mut out = Vec::with_capacity(all.len());
    let mut at = 0;
    let mut fenced = false;
    while let Some(line) = all.get(at) {
        let rest = all.get(at..).unwrap_or_default();
        fenced ^= line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        let apart =
            at.checked_sub(1).and_then(|before| all.get(before)).is_none_or(|line| line.trim().is_empty());
        let table =
            if fenced || !is_rule(line) { 0 } else { rest.iter().take_while(|line| is_drawn(line)).count() };
        let items = if fenced || !apart { 0 } else { lettered(rest) };
        let number = first_line.saturating_add(at);
        if table > 2 {
            let mut taken = table;
            if let Some(words) = rest.get(table + 1).and_then(|line| caption(line)) {
                out.extend([(number, words.to_owned()), (number, String::new())]);
                taken += 2;
            }
            out.extend(grid(rest.get(..table).unwrap_or_default()).into_iter().map(|row| (number, row)));
            out.push((number, String::new()));
            at += taken;
        } else if items > 1 {
            for line in rest.iter().take(items) {
                let words = line.split_once(')').map_or(*line, |(_, words)| words).trim();
                out.push((first_line.saturating_add(at), format!("- {words}")));
                at += 1;
            }
        } else {
            out.push((number, (*line).to_owned()));
            at += 1;
        }
    }
    out
}

/// Whether a line separates the rows of a drawn table.
fn is_rule(line: &str) -> bool {
    line.len() > 4
        && line.starts_with("+-")
        && line.ends_with('+')
        && line.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'=' | b':'))
}

fn is_drawn(line: &str) -> bool {
    line.starts_with('|') && line.trim_end().ends_with('|')
        || line.starts_with('+') && line.trim_end().ends_with('+')
}

fn caption(line: &str) -> Option<&str> {
    let words = line.strip_prefix("Table:").or_else(|| line.strip_prefix(": "))?.trim();
    (!words.is_empty()).then_some(words)
}

/// How many lines start with `(a)`, `(b)` and so on.
fn lettered(lines: &[&str]) -> usize {
    let marks = ('a'..='z').map(|letter| format!("({letter}) "));
    lines.iter().zip(marks).take_while(|(line, mark)| line.starts_with(mark.as_str())).count()
}

/// Converts a drawn table to rows with `|`. The lines of a cell become one line.
fn grid(lines: &[&str]) -> Vec<String> {
    let has_heads = lines.iter().any(|line| line.starts_with("+="));
    let (mut rows, mut cells): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for line in lines {
        if line.starts_with('+') {
            if !cells.is_empty() {
                rows.push(format!("|{}|", cells.join("|")));
                cells.clear();
            }
            continue;
        }
        let inside = line.trim_end().trim_start_matches('|');
        let inside = inside.strip_suffix('|').unwrap_or(inside);
        for (at, words) in inside.split('|').enumerate() {
            match cells.get_mut(at) {
                Some(cell) => {
                    cell.push(' ');
                    cell.push_str(words.trim());
                }
                None => cells.push(words.trim().to_owned()),
            }
        }
    }
    let columns = rows.first().map_or(0, |row| row.matches('|').count().saturating_sub(1));
    if !has_heads {
        rows.insert(0, format!("|{}", " |".repeat(columns)));
    }
    rows.insert(1.min(rows.len()), format!("|{}", "---|".repeat(columns)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_tables_become_rows() {
        let table = "+---+---+\n| A | B |\n+===+===+\n| a | b |\n| c |   |\n+---+---+\n\nTable: Words\n";
        let found: Vec<String> = lines(table, 1).into_iter().map(|(_, line)| line).collect();
        assert_eq!(found, ["Words", "", "|A|B|", "|---|---|", "|a c|b |", ""]);
    }

    #[test]
    fn letters_between_brackets_are_items() {
        let found: Vec<String> =
            lines("(a) one\n(b) two\n\n(a) x", 1).into_iter().map(|(_, line)| line).collect();
        assert_eq!(found, ["- one", "- two", "", "(a) x"]);
    }
}
