//! Pandoc's extensions to CommonMark: tables drawn with `+---+` or underlined with dashes, their captions, lists with
//! letters, numbered examples and line blocks.

use super::prepare::Fence;

/// A line of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SourceLine {
    /// Its line number in the file.
    pub number: usize,
    /// Its text.
    pub text: String,
    /// The mark of an item with a letter, which the text shows as a dash.
    pub mark: Option<String>,
}

/// The lines of a text. Tables become rows with `|`, and lists with letters become ordinary lists.
pub fn lines(source: &str, first_line: usize) -> Vec<SourceLine> {
    let all: Vec<&str> = source.lines().collect();
    let mut out = Vec::with_capacity(all.len());
    let mut at = 0;
    let mut fence = Fence::default();
    let mut letter: Option<LetterMark> = None;
    while let Some(line) = all.get(at) {
        let number = first_line.saturating_add(at);
        let is_text = fence.take(line);
        if let Some((rows, taken)) = table_at(&all, at).filter(|_| is_text) {
            out.extend(rows.into_iter().map(|text| SourceLine { number, text, mark: None }));
            at += taken;
            continue;
        }
        if line.starts_with('#') {
            letter = None;
        }
        let rest = all.get(at..).unwrap_or_default();
        let begun = letter_mark(line)
            .filter(|mark| is_text && (mark.follows(letter.as_ref()) || mark.is_first(rest)));
        let (text, mark) = match &begun {
            Some(mark) => (mark.as_item(line), Some(mark.written(line))),
            None if is_text => (plain_line(line), None),
            None => ((*line).to_owned(), None),
        };
        letter = begun.or(letter);
        out.push(SourceLine { number, text, mark });
        at += 1;
    }
    out
}

/// The rows of a table that begins at a line, with its caption above them, and how many lines they take.
fn table_at(all: &[&str], at: usize) -> Option<(Vec<String>, usize)> {
    let above = at.checked_sub(1).and_then(|above| all.get(above));
    if above.is_some_and(|line| is_drawn(line)) {
        return None;
    }
    let rest = all.get(at..)?;
    let (table, length) = table(rest, above.is_none_or(|line| line.trim().is_empty()))?;
    let is_apart = rest.get(length).is_none_or(|line| line.trim().is_empty());
    let caption = rest.get(length + 1).and_then(|line| caption(line)).filter(|_| is_apart);
    let mut rows: Vec<String> = Vec::new();
    rows.extend(caption.into_iter().flat_map(|words| [words.to_owned(), String::new()]));
    rows.extend(table);
    rows.push(String::new());
    Some((rows, length + if caption.is_some() { 2 } else { 0 }))
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

/// A table at the start of the lines: its rows with `|`, and how many lines it takes.
fn table(lines: &[&str], apart: bool) -> Option<(Vec<String>, usize)> {
    let first = lines.first()?;
    if is_rule(first) {
        let length = lines.iter().take_while(|line| is_drawn(line)).count();
        let drawn = lines.get(..length).unwrap_or_default();
        // Cells over several rows or columns are not read: the text stays as it is.
        let is_whole = drawn.last().is_some_and(|line| is_rule(line));
        return (length > 2 && is_whole).then(|| grid(drawn)).flatten().map(|rows| (rows, length));
    }
    if apart { framed(lines).or_else(|| underlined(lines)) } else { None }
}

/// The most columns of a table.
const MOST_COLUMNS: usize = 60;

/// The most lines of heads in a framed table.
const MOST_HEADS: usize = 6;

/// A table between two lines of dashes, whose rows can have several lines and are divided by empty lines.
fn framed(lines: &[&str]) -> Option<(Vec<String>, usize)> {
    let is_frame = |line: &&str| line.trim().len() > 9 && line.trim().bytes().all(|byte| byte == b'-');
    if !lines.first().is_some_and(is_frame) {
        return None;
    }
    let ruler =
        lines.iter().skip(1).take(MOST_HEADS).position(|line| dashes(line).is_some())?.checked_add(1)?;
    let columns = dashes(lines.get(ruler)?)?;
    let end = lines.iter().skip(ruler + 1).position(is_frame)?.checked_add(ruler + 1)?;
    let row = |lines: &[&str]| {
        let parts: Vec<Vec<String>> =
            lines.iter().map(|line| divided(line, &columns)).collect::<Option<_>>()?;
        let cell = |at: usize| {
            let words = parts.iter().filter_map(|part| part.get(at).map(String::as_str));
            words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
        };
        Some(format!("|{}|", (0..columns.len()).map(cell).collect::<Vec<_>>().join("|")))
    };
    let mut rows = vec![row(lines.get(1..ruler)?)?, format!("|{}", "---|".repeat(columns.len()))];
    let body = lines.get(ruler + 1..end)?.split(|line| line.trim().is_empty());
    for lines in body.filter(|lines| !lines.is_empty()) {
        rows.push(row(lines)?);
    }
    Some((rows, end + 1))
}

/// The cells of a line, cut at the ends of the columns; `None` if a word stands across the end of a column.
fn divided(line: &str, columns: &[usize]) -> Option<Vec<String>> {
    let letters: Vec<char> = line.chars().collect();
    let crosses = |end: &usize| {
        let at = |place: usize| letters.get(place).is_some_and(|c| *c != ' ');
        end.checked_sub(1).is_some_and(at) && at(*end)
    };
    if columns.iter().rev().skip(1).any(crosses) {
        return None;
    }
    let mut start = 0;
    let cells = columns.iter().enumerate().map(|(at, end)| {
        let end = if at + 1 == columns.len() { letters.len() } else { (*end).min(letters.len()) };
        let cell: String = letters.get(start.min(end)..end).unwrap_or_default().iter().collect();
        start = end;
        cell.trim().replace('|', "\\|")
    });
    Some(cells.collect())
}

/// A table whose column heads are underlined with dashes, one group of dashes per column. It ends at an empty line.
fn underlined(lines: &[&str]) -> Option<(Vec<String>, usize)> {
    let columns = dashes(lines.get(1)?)?;
    let length = lines.iter().take_while(|line| !line.trim().is_empty()).count();
    if length < 3 || lines.first()?.contains('|') {
        return None;
    }
    let cells = |line: &&str| divided(line, &columns).map(|cells| format!("|{}|", cells.join("|")));
    let body = lines.get(2..length)?.iter().filter(|line| dashes(line).is_none());
    let mut rows = vec![cells(lines.first()?)?, format!("|{}", "---|".repeat(columns.len()))];
    for line in body {
        rows.push(cells(line)?);
    }
    Some((rows, length))
}

/// The ends of the groups of dashes in a line of two or more such groups. Each row has a cell for each of them.
fn dashes(line: &str) -> Option<Vec<usize>> {
    if !line.bytes().all(|byte| matches!(byte, b'-' | b' ')) {
        return None;
    }
    let ends = line.bytes().zip(line.bytes().skip(1).chain([b' '])).enumerate();
    let ends: Vec<usize> =
        ends.filter(|(_, pair)| *pair == (b'-', b' ')).map(|(at, _)| at.saturating_add(1)).collect();
    ((2..=MOST_COLUMNS).contains(&ends.len()) && line.contains("--")).then_some(ends)
}

/// The caption in a line, without its attributes.
fn caption(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let words = line.strip_prefix("Table:").or_else(|| line.strip_prefix(": "))?.trim();
    let words =
        words.strip_suffix('}').and_then(|words| words.rsplit_once('{')).map_or(words, |(words, _)| words);
    (!words.trim().is_empty()).then_some(words.trim())
}

/// The mark of an item with a letter: `(a)`, `a)` or `a.`.
struct LetterMark {
    indent: usize,
    letter: char,
    /// The length of the mark with the spaces around it, in bytes.
    length: usize,
}

/// How many lines further down the second item of a list is searched.
const NEXT_ITEM: usize = 12;

fn letter_mark(line: &str) -> Option<LetterMark> {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    let (open, inside) = match rest.strip_prefix('(') {
        Some(inside) => (true, inside),
        None => (false, rest),
    };
    let letter = inside.chars().next().filter(char::is_ascii_lowercase)?;
    let after = inside.get(1..)?.strip_prefix(if open { &[')'][..] } else { &[')', '.'] })?;
    let words = after.trim_start_matches(' ');
    (after.starts_with(' ') && !words.is_empty()).then_some(LetterMark {
        indent,
        letter,
        length: line.len() - words.len(),
    })
}

impl LetterMark {
    fn follows(&self, before: Option<&Self>) -> bool {
        before.is_some_and(|before| {
            before.indent == self.indent && u32::from(before.letter) + 1 == u32::from(self.letter)
        })
    }

    /// Whether it begins a list: it is an `a`, and a `b` follows.
    fn is_first(&self, lines: &[&str]) -> bool {
        let next = lines.iter().skip(1).take(NEXT_ITEM).filter_map(|line| letter_mark(line));
        self.letter == 'a' && next.into_iter().any(|next| next.follows(Some(self)))
    }

    /// The mark as written.
    fn written(&self, line: &str) -> String {
        line.get(self.indent..self.length).unwrap_or_default().trim_end().to_owned()
    }

    /// The line as an ordinary item, with its words in the same place.
    fn as_item(&self, line: &str) -> String {
        let blanks = (self.length - self.indent - 1).min(4);
        format!(
            "{}-{}{}",
            " ".repeat(self.indent),
            " ".repeat(blanks),
            line.get(self.length..).unwrap_or_default()
        )
    }
}

/// A line without the mark of a numbered example, `(@)`, of an automatic number, `#.`, or of a line block,
/// `| `. The numbers become an ordinary list.
fn plain_line(line: &str) -> String {
    let rest = line.trim_start();
    let indent = &line[..line.len() - rest.len()];
    if let Some(words) = rest.strip_prefix("(@) ") {
        // The words stay where the lines below continue them.
        return format!("{indent}1.  {words}");
    }
    if let Some(words) = rest.strip_prefix("#. ") {
        return format!("{indent}1. {words}");
    }
    match rest.strip_prefix("| ").filter(|words| !words.contains('|')) {
        Some(words) => format!("{indent}{words}"),
        None => line.to_owned(),
    }
}

/// Converts a drawn table to rows with `|`. The lines of a cell become one line.
fn grid(lines: &[&str]) -> Option<Vec<String>> {
    let has_heads = lines.iter().any(|line| line.starts_with('+') && line.contains('='));
    let (mut rows, mut cells): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    for line in lines {
        if line.starts_with('+') {
            if !cells.is_empty() {
                rows.push(std::mem::take(&mut cells));
            }
            continue;
        }
        let inside = line.trim_end().trim_start_matches('|');
        let inside = inside.strip_suffix('|').unwrap_or(inside);
        for (at, words) in inside.split('|').enumerate() {
            // A backslash breaks the line, and a dash begins an item of a list in the cell.
            let words = words.trim().trim_end_matches('\\').trim_end();
            let words = words.strip_prefix("- ").unwrap_or(words).trim_start();
            match cells.get_mut(at) {
                Some(cell) => {
                    cell.push(' ');
                    cell.push_str(words);
                }
                None => cells.push(words.to_owned()),
            }
        }
    }
    let columns = rows.first()?.len();
    if rows.iter().any(|row| row.len() != columns) {
        return None;
    }
    let mut lines: Vec<String> = rows.iter().map(|row| format!("|{}|", row.join("|"))).collect();
    if !has_heads {
        lines.insert(0, format!("|{}", " |".repeat(columns)));
    }
    lines.insert(1.min(lines.len()), format!("|{}", "---|".repeat(columns)));
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_tables_become_rows() {
        let table = "+---+---+\n| A | B |\n+===+===+\n| a | b |\n| c |   |\n+---+---+\n\nTable: Words\n";
        let found: Vec<String> = lines(table, 1).into_iter().map(|line| line.text).collect();
        assert_eq!(found, ["Words", "", "|A|B|", "|---|---|", "|a c|b |", ""]);
    }

    #[test]
    fn underlined_columns_become_rows() {
        let table = "  Salt      Tablet\n  ------  --------\n  Iron      200 mg\n  Zinc       15 mg\n\n  : Words {#t}\n";
        let found: Vec<String> = lines(table, 1).into_iter().map(|line| line.text).collect();
        assert_eq!(found, ["Words", "", "|Salt|Tablet|", "|---|---|", "|Iron|200 mg|", "|Zinc|15 mg|", ""]);
        let ruled = "Words\n-----\n\n- - -\n\na\n- b\n- c";
        assert_eq!(lines(ruled, 1).len(), 8);
    }

    #[test]
    fn tables_that_would_lose_words_stay_as_they_are() {
        for text in [
            "Drug    Dose\n------  ----\nAspirin 1000 mg",
            "+---+---+\n| A | B |\n+---+---+\n| a | b |",
            "+---+---+\n| A     |\n+---+---+\n| a | b |\n+---+---+",
        ] {
            let found: Vec<String> = lines(text, 1).into_iter().map(|line| line.text).collect();
            assert_eq!(found, text.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn examples_and_line_blocks_are_plain_lines() {
        let found: Vec<String> = lines(
            "(@) One.\n(@) Two\n    more.\n\n| The dose is small,\n| the wait is long.\n\n| a | b |",
            1,
        )
        .into_iter()
        .map(|line| line.text)
        .collect();
        let plain = [
            "1.  One.",
            "1.  Two",
            "    more.",
            "",
            "The dose is small,",
            "the wait is long.",
            "",
            "| a | b |",
        ];
        assert_eq!(found, plain);
    }

    #[test]
    fn letters_between_brackets_are_items() {
        let found: Vec<String> =
            lines("(a) one\n(b) two\n\n(a) x", 1).into_iter().map(|line| line.text).collect();
        assert_eq!(found, ["-   one", "-   two", "", "(a) x"]);
    }

    #[test]
    fn code_within_a_line_is_no_fence() {
        let mark = |line: SourceLine| line.mark;
        let found: Vec<_> = lines("```code```\n\na. one\nb. two", 1).into_iter().map(mark).collect();
        assert_eq!(found, [None, None, Some("a.".to_owned()), Some("b.".to_owned())]);
        assert_eq!(lines("```\na. one\nb. two\n```", 1).into_iter().find_map(mark), None);
    }
}
