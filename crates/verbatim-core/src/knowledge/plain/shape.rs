//! Classifies a group of lines by its shape: keys with values, terms with descriptions, contents, questions.

use std::collections::HashSet;

use super::columns::segments;
use super::lines::TextLine;
use super::mark::mark;
use super::marks;
use crate::knowledge::leaders::led;
use crate::text::contents::Headings;

/// The key and the value of a line (`Storage:  below 25 °C`, `pH ..... 7.4`), and the number of columns between them.
pub fn key(text: &str) -> Option<(&str, &str, usize)> {
    let led = led(text);
    let is_led = led.is_some();
    let (key, value, blanks) = match led {
        // "Supplied .......: 56 tablets"
        Some((key, value)) => {
            (key, value.trim_start_matches([':', ' ']), text.len() - key.len() - value.len())
        }
        None => {
            let (key, rest) = text.split_once(':')?;
            let value = rest.trim_start();
            (key, value, rest.len() - value.len())
        }
    };
    let words = key.split_whitespace().count();
    let is_key =
        key.chars().count() <= 40 && (1..=5).contains(&words) && !key.contains(['.', '?', '!', ',', ';']);
    let starts = key.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || is_led)
        && key.contains(char::is_alphabetic);
    let plain = mark(text).is_none() && marks::question(text).is_none() && marks::answer(text).is_none();
    (is_key && starts && plain && blanks > 0 && !value.is_empty()).then_some((key, value, blanks))
}

/// Lines of keys with values: each key, its lines, and the start of its value.
pub fn keys(lines: &[TextLine], width: usize) -> Option<Vec<(String, Vec<&TextLine>, String)>> {
    let base = lines.first()?.indent;
    let mut found: Vec<(String, Vec<&TextLine>, String)> = Vec::new();
    let mut aligned = false;
    let mut full = false;
    for line in lines {
        match key(&line.text).filter(|_| line.indent == base) {
            Some((name, value, blanks)) => {
                aligned |= blanks > 1;
                found.push((name.to_owned(), vec![line], value.to_owned()));
            }
            None if line.indent > base || full => found.last_mut()?.1.push(line),
            None => return None,
        }
        full = line.width() * 20 >= width * 17;
    }
    (found.len() > 1 || aligned).then_some(found)
}

/// Terms with indented descriptions: for each, the line of the term and the lines of the description.
pub fn terms(lines: &[TextLine]) -> Option<Vec<(&TextLine, Vec<&TextLine>)>> {
    let base = lines.first()?.indent;
    let mut found: Vec<(&TextLine, Vec<&TextLine>)> = Vec::new();
    for line in lines {
        let is_term = line.indent <= base;
        match found.last_mut() {
            Some((_, description)) if !is_term && line.indent >= base + 2 => description.push(line),
            _ if is_term && looks_like_term(&line.text) => found.push((line, Vec::new())),
            _ => return None,
        }
    }
    let in_columns = |line: &&TextLine| segments(line).len() > 1;
    if found.iter().any(|(_, description)| description.iter().filter(|line| in_columns(line)).count() > 1) {
        return None;
    }
    let described = |(_, description): &(&TextLine, Vec<&TextLine>)| {
        description.first().is_some_and(|line| mark(&line.text).is_none())
    };
    found.iter().all(described).then_some(found)
}

fn looks_like_term(text: &str) -> bool {
    let words = text.split_whitespace().count();
    text.chars().count() <= 50
        && (1..=8).contains(&words)
        && !text.ends_with(['.', ',', ';', '?', '!', '-'])
        && mark(text).is_none()
        && marks::question(text).is_none()
        && marks::answer(text).is_none()
}

/// Whether lines are a table of contents: most are its entries, whose line numbers are given, or repeat headings.
pub fn are_contents(lines: &[TextLine], headings: &Headings, entries: &HashSet<usize>) -> bool {
    let listed = lines.iter().filter(|line| entries.contains(&line.number)).count();
    let named = lines.iter().filter(|line| headings.has(&line.text)).count();
    Headings::are_contents(lines.len(), named) || listed > 0 && listed * 2 > lines.len()
}

/// Splits off the last line above a table if it is the table's caption: it does not end like a sentence.
pub fn caption(lines: &[TextLine]) -> (&[TextLine], Option<String>) {
    match lines.split_last() {
        Some((last, before))
            if !last.text.ends_with(['.', ':', '!', '?', ',', ';'])
                && mark(&last.text).is_none()
                && before.last().is_none_or(|line| line.text.ends_with(['.', ':', '!', '?'])) =>
        {
            (before, Some(last.text.clone()))
        }
        _ => (lines, None),
    }
}

/// Whether a line begins with a mark that only footnotes have: raised digits, two asterisks or a dagger.
pub fn is_note(line: &TextLine) -> bool {
    let raised = |c: char| matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' | '†' | '‡');
    let stars = line.text.strip_prefix("**").is_some_and(|rest| rest.starts_with([' ', '*']));
    line.text.contains(char::is_alphabetic) && (stars || line.text.starts_with(raised))
}

/// Footnotes, each with its continuation lines; `None` if the lines are not footnotes.
pub fn notes(lines: &[TextLine]) -> Option<Vec<Vec<&str>>> {
    let first = marks::note_mark(&lines.first()?.text)?;
    if !lines.iter().any(is_note) || first.0.starts_with('[') {
        return None;
    }
    let mut notes: Vec<Vec<&str>> = Vec::new();
    for line in lines {
        match marks::note_mark(&line.text).filter(|(mark, _)| !mark.starts_with('[')) {
            Some((_, words)) => notes.push(vec![words]),
            None => notes.last_mut()?.push(&line.text),
        }
    }
    Some(notes)
}

/// Lines with the items of a list in two columns as a list in one column.
pub fn without_columns_of_items(lines: &[TextLine]) -> Vec<TextLine> {
    let is_item = |(_, words): &(usize, String)| mark(words).is_some_and(|(mark, _)| mark.number.is_none());
    // A line below that continues both columns would join them.
    let goes_on = lines.iter().any(|line| {
        let parts = segments(line);
        parts.len() > 1 && !parts.iter().all(is_item)
    });
    let mut found = Vec::with_capacity(lines.len());
    for line in lines {
        let parts = segments(line);
        if parts.len() > 1 && parts.iter().all(is_item) && !goes_on {
            found.extend(parts.into_iter().map(|(_, text)| TextLine { text, ..line.clone() }));
        } else {
            found.push(line.clone());
        }
    }
    found
}

/// The lines in a box that is drawn with stars or other signs around them, or with `!!` before each.
pub fn boxed(lines: &[TextLine]) -> Option<Vec<TextLine>> {
    let sign = lines.first()?.text.chars().next().filter(|sign| "*#|!+".contains(*sign))?;
    let beside = |line: &TextLine| {
        line.text.strip_prefix("!!").map(|words| TextLine { text: words.trim().to_owned(), ..line.clone() })
    };
    if let Some(found) = lines.iter().map(beside).collect::<Option<Vec<TextLine>>>()
        && lines.len() > 1
        && !lines.iter().any(|line| line.text.ends_with('!'))
    {
        return Some(found);
    }
    let is_edge = |line: &TextLine| line.text.chars().all(|c| c == sign || matches!(c, '-' | '=' | ' '));
    let inner: Vec<&TextLine> = lines.iter().filter(|line| !is_edge(line)).collect();
    let inside = |line: &TextLine| {
        let words = line.text.trim_end().strip_prefix(sign)?.strip_suffix(sign)?;
        let words = words.trim_matches([sign, ' ']);
        (!words.contains(sign)).then(|| TextLine {
            text: words.to_owned(),
            cells: Vec::new(),
            ..line.clone()
        })
    };
    let found: Option<Vec<TextLine>> = inner.into_iter().map(inside).collect();
    found.filter(|found| found.len() > 1)
}

/// The title of a warning, and the lines below it: the first line is in capitals between stars or exclamation marks
/// (`*** WARNING ***`).
pub fn warning(lines: &[TextLine]) -> Option<(&str, &[TextLine])> {
    let (first, rest) = lines.split_first()?;
    let signs = |c: char| matches!(c, '*' | '!');
    let title = first.text.trim_matches(signs);
    let is_marked = |side: &str| side.chars().take_while(|c| signs(*c)).count() > 1;
    let ends: String = first.text.chars().rev().collect();
    let title = title.trim();
    let is_title =
        !title.is_empty() && !title.contains(char::is_lowercase) && title.split_whitespace().count() < 5;
    (is_title && is_marked(&first.text) && is_marked(&ends) && !rest.is_empty()).then_some((title, rest))
}

/// A list without marks below its heading: the first line, and the items below it, which are indented further. A line
/// that begins in lower case below the longest line of the list belongs to the item above.
pub fn headed_list(lines: &[TextLine], width: usize) -> Option<(&TextLine, Vec<Vec<&TextLine>>)> {
    let (head, rest) = lines.split_first()?;
    let first = rest.first()?;
    let is_item = |line: &TextLine| {
        line.indent == first.indent && mark(&line.text).is_none() && segments(line).len() == 1
    };
    let is_head = !head.text.ends_with(['.', ',', ';', '!', '?', '-']) && mark(&head.text).is_none();
    let longest = rest.iter().map(TextLine::width).max()?;
    if !is_head
        || first.indent < head.indent + 2
        || !rest.iter().all(is_item)
        || !end_early(lines, width.max(NARROWEST))
    {
        return None;
    }
    let mut items: Vec<Vec<&TextLine>> = Vec::new();
    for (at, line) in rest.iter().enumerate() {
        let over = at.checked_sub(1).and_then(|over| rest.get(over));
        let is_full = over.is_some_and(|over| over.width() >= NARROWEST && over.width() == longest);
        match items.last_mut().filter(|_| is_full && begins_small(line)) {
            Some(item) => item.push(line),
            None => items.push(vec![line]),
        }
    }
    Some((head, items))
}

/// Minimum page width assumed for wrapped lines, in columns.
pub const NARROWEST: usize = 50;

/// Whether lines are lists without marks: each begins with a line that ends in a colon, and each further line had room
/// for the first word of the next, so it was ended on purpose.
pub fn are_unmarked_lists(lines: &[TextLine], width: usize) -> bool {
    let announced = lines.first().is_some_and(|line| line.text.ends_with(':'));
    let is_item = |line: &TextLine| !line.text.ends_with(['.', ',', '-']) && mark(&line.text).is_none();
    let mut lists = lines.chunk_by(|_, next| !next.text.ends_with(':'));
    announced
        && lines.iter().all(is_item)
        && end_early(lines, width.max(NARROWEST))
        && lists.all(|list| list.len() > 2)
}

/// Whether each line had room for the first word of the next.
pub fn end_early(lines: &[TextLine], width: usize) -> bool {
    lines.windows(2).all(|pair| match pair {
        [line, next] => {
            let word = next.text.split_whitespace().next().map_or(0, |word| word.chars().count());
            line.width() + 1 + word < width
        }
        _ => true,
    })
}

/// Whether announced lines are items without marks: equally indented, and each ended on purpose.
pub fn is_list_of_lines(lines: &[TextLine], width: usize) -> bool {
    let Some(first) = lines.first() else { return false };
    let is_item = |line: &TextLine| line.indent == first.indent && mark(&line.text).is_none();
    let alike = lines.windows(2).all(|pair| match pair {
        [line, next] => !line.text.ends_with(['-', '.', ':']) && begins_small(line) == begins_small(next),
        _ => true,
    });
    lines.len() > 1 && lines.iter().all(is_item) && alike && end_early(lines, width)
}

fn begins_small(line: &TextLine) -> bool {
    line.text.starts_with(char::is_lowercase)
}

/// Whether each line was ended on purpose, as in an address or at the end of a letter: none is part of a sentence.
pub fn are_ended_lines(lines: &[TextLine], width: usize) -> bool {
    let starts = |line: &TextLine| line.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let before = lines.get(..lines.len().saturating_sub(1)).unwrap_or_default();
    let open = |line: &TextLine| !line.text.ends_with(['-', ':']) && line.width() * 20 <= width * 17;
    lines.len() > 1 && lines.iter().all(starts) && before.iter().all(open) && end_early(lines, width)
}

/// Splits lines wherever a question or an answer begins.
pub fn turns(lines: &[TextLine]) -> Vec<&[TextLine]> {
    let begins =
        |line: &TextLine| marks::question(&line.text).is_some() || marks::answer(&line.text).is_some();
    let mut turns = Vec::new();
    let mut from = 0;
    for (at, line) in lines.iter().enumerate().skip(1) {
        if begins(line) {
            turns.extend(lines.get(from..at));
            from = at;
        }
    }
    turns.extend(lines.get(from..));
    turns
}

/// Whether lines begin with the mark of a question or an answer.
pub fn is_turn(turn: &[TextLine]) -> bool {
    turn.first()
        .is_some_and(|line| marks::question(&line.text).is_some() || marks::answer(&line.text).is_some())
}

/// Whether any line has the mark of a question.
pub fn asks(lines: &[TextLine]) -> bool {
    lines.iter().any(|line| marks::question(&line.text).is_some())
}

/// The number of a reference and the words after it.
pub fn entry_mark(text: &str) -> Option<(Option<String>, &str)> {
    if let Some((mark, words)) = marks::note_mark(text).filter(|(mark, _)| !mark.starts_with(['*', '†', '‡']))
    {
        return Some((Some(mark.trim_matches(['[', ']']).to_owned()), words));
    }
    let (mark, words) = mark(text)?;
    Some((mark.number.map(|number| number.trim_matches(['(', ')', '.']).to_owned()), words))
}
