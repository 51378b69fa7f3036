//! Splits a text file into groups of lines and separates what belongs to the printed page.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::columns::segments;
use super::mark::mark;
use super::page_number::{is_page_number, page_numbers};
use crate::knowledge::blocks::is_unfinished;
use crate::text::controls::one_line;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextLine {
    /// Its line number in the file, counted from 1.
    pub number: usize,
    /// The number of blank columns before its words.
    pub indent: usize,
    /// Its words; empty for a blank line.
    pub text: String,
    /// The text between its tabs.
    pub cells: Vec<String>,
}

impl TextLine {
    /// The number of columns it takes.
    pub fn width(&self) -> usize {
        self.indent + self.text.chars().count()
    }

    /// Its characters, one per column.
    pub fn columns(&self) -> Vec<char> {
        std::iter::repeat_n(' ', self.indent).chain(self.text.chars()).collect()
    }
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// Lines without a blank line between them; `quoted` if they follow `>`.
    Lines { lines: Vec<TextLine>, quoted: bool },
    /// A running header or footer, or a page number.
    Furniture(TextLine),
    /// A rule across the page, which ends everything that is open.
    Break,
}

/// Maximum number of header or footer lines at the top and at the bottom of a page.
pub const EDGE: usize = 4;
/// Maximum length of a line whose indentation counts.
const WIDEST: usize = 400;

/// Splits a text into groups. Also returns the width to which its paragraphs are wrapped.
pub fn groups(text: &str, first_line: usize) -> (Vec<Group>, usize) {
    let numbers = page_numbers(text);
    let numbers: HashSet<usize> = numbers.into_iter().map(|line| first_line + line).collect();
    let pages = pages(text, first_line, &numbers);
    let width = wrap_width(&pages);
    let furniture = edges(&pages, &numbers);
    let mut grouping = Grouping { width, unwrapped: are_unwrapped(&pages), ..Grouping::default() };
    for (page, marked) in pages.iter().zip(&furniture) {
        grouping.page(page, marked);
    }
    grouping.flush();
    (joined_columns(grouping.groups), width)
}

/// Splits a text into pages, at form feeds or after the lines `numbers`.
fn pages(text: &str, first_line: usize, numbers: &HashSet<usize>) -> Vec<Vec<TextLine>> {
    let by_feed = text.contains('\u{c}');
    let mut pages = vec![Vec::new()];
    let lines: Vec<&str> = text.split('\n').collect();
    for (at, raw) in lines.iter().enumerate() {
        for (part, words) in raw.split('\u{c}').enumerate() {
            if part > 0 {
                pages.push(Vec::new());
            }
            let Some(page) = pages.last_mut() else { continue };
            if part == 0 || !words.trim().is_empty() {
                page.push(line(words, first_line + at));
            }
        }
        let blank_after = lines.get(at + 1).is_none_or(|next| next.trim().is_empty());
        if !by_feed && blank_after && numbers.contains(&(first_line + at)) {
            pages.push(Vec::new());
        }
    }
    pages
}

fn line(raw: &str, number: usize) -> TextLine {
    let raw = raw.trim_end();
    let mut indent = 0_usize;
    for c in raw.chars().take_while(|c| c.is_whitespace()) {
        indent = if c == '\t' { (indent / 8 + 1) * 8 } else { indent + 1 };
    }
    TextLine {
        number,
        indent: indent.min(WIDEST),
        text: expanded(raw.trim_start(), indent),
        cells: cells(raw),
    }
}

/// The text between the tabs of a line; empty if no tab follows a word.
fn cells(raw: &str) -> Vec<String> {
    match raw.trim_start().contains('\t') {
        true => raw.split('\t').map(one_line).collect(),
        false => Vec::new(),
    }
}

/// Replaces tabs by spaces up to the next multiple of eight columns.
fn expanded(words: &str, indent: usize) -> String {
    if !words.contains('\t') {
        return words.to_owned();
    }
    let mut text = String::new();
    let mut column = indent;
    for c in words.chars() {
        let blanks = if c == '\t' { 8 - column % 8 } else { 0 };
        match c {
            '\t' => text.extend(std::iter::repeat_n(' ', blanks.max(2))),
            _ => text.push(c),
        }
        column += blanks.max(1);
    }
    text
}

/// The width that nine lines in ten stay within.
fn wrap_width(pages: &[Vec<TextLine>]) -> usize {
    let mut widths: Vec<usize> =
        pages.iter().flatten().filter(|l| !l.text.is_empty()).map(TextLine::width).collect();
    widths.sort_unstable();
    widths.get(widths.len() * 9 / 10).copied().unwrap_or_default()
}

/// Whether the last line of a page ends in the page number and the page count, far from its other words: `Form 5     1/2`.
fn counts_pages(line: &str, pages: usize) -> bool {
    let is_number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let pair = line.rsplit("   ").next().unwrap_or_default().trim();
    let counts = |(page, all): (&str, &str)| is_number(page) && is_number(all) && all.parse() == Ok(pages);
    line.contains("   ") && pair.split_once('/').is_some_and(counts)
}

/// Marks the header and footer lines of each page: the page numbers in the lines `numbers`, and what is repeated at the
/// same position on other pages.
fn edges(pages: &[Vec<TextLine>], numbers: &HashSet<usize>) -> Vec<Vec<bool>> {
    let mut marked: Vec<Vec<bool>> = pages.iter().map(|page| vec![false; page.len()]).collect();
    for (page, marks) in pages.iter().zip(&mut marked) {
        let last = page.iter().rposition(|line| !line.text.is_empty());
        for (at, (line, mark)) in page.iter().zip(marks).enumerate() {
            let lower = line.text.to_lowercase();
            let continued = lower.contains("(continued)") && segments(line).len() > 1
                || lower.trim_matches(['(', ')', ' ', '.', '-']) == "continued on next page";
            let counts = last == Some(at) && counts_pages(&line.text, pages.len());
            let is_number = numbers.contains(&line.number) && is_page_number(&line.text);
            *mark = is_number || counts || continued;
        }
    }
    let filled = pages.iter().filter(|page| page.iter().any(|line| !line.text.is_empty())).count();
    let least = filled.div_ceil(2).max(2);
    for from_end in [false, true] {
        for depth in 0..EDGE {
            let places: Vec<Option<usize>> =
                pages.iter().map(|page| edge_line(page, depth, from_end)).collect();
            let keys: Vec<Option<String>> = pages
                .iter()
                .zip(&places)
                .map(|(page, at)| page.get((*at)?).map(|line| running_key(&line.text)))
                .collect();
            // Bare page numbers keep the same distance to the number of their page.
            let offset = |page: usize, at: Option<usize>| {
                let number: usize = pages.get(page)?.get(at?)?.text.trim().parse().ok()?;
                number.checked_add(pages.len() - page)
            };
            let mut offsets: HashMap<usize, usize> = HashMap::new();
            for (page, at) in places.iter().enumerate() {
                offset(page, *at).into_iter().for_each(|offset| *offsets.entry(offset).or_default() += 1);
            }
            let mut counts: HashMap<&str, usize> = HashMap::new();
            keys.iter().flatten().for_each(|key| *counts.entry(key.as_str()).or_default() += 1);
            for (index, (at, key)) in places.iter().zip(&keys).enumerate() {
                let (Some(at), Some(key)) = (at, key) else { continue };
                let bare = offset(index, Some(*at)).and_then(|offset| offsets.get(&offset)) > Some(&1);
                if let Some(mark) = marked.get_mut(index).and_then(|marks| marks.get_mut(*at)) {
                    *mark |= counts.get(key.as_str()).is_some_and(|count| *count >= least) || bare;
                }
            }
        }
    }
    marked
}

/// The index of the line that is `depth` non-blank lines from the top or the bottom of a page.
fn edge_line(page: &[TextLine], depth: usize, from_end: bool) -> Option<usize> {
    let filled = |(at, line): (usize, &TextLine)| (!line.text.is_empty()).then_some(at);
    match from_end {
        false => page.iter().enumerate().filter_map(filled).nth(depth),
        true => page.iter().enumerate().rev().filter_map(filled).nth(depth),
    }
}

/// A running line with its page number replaced.
pub fn running_key(text: &str) -> String {
    let mut key = String::new();
    for c in one_line(text).chars() {
        match c.is_ascii_digit() {
            true if key.ends_with('#') => {}
            true => key.push('#'),
            false => key.push(c),
        }
    }
    key
}

/// The width of a line that no editor wraps.
const UNWRAPPED: usize = 160;

/// Whether each line is a paragraph, as programs export them: many are long, and hardly any is blank.
fn are_unwrapped(pages: &[Vec<TextLine>]) -> bool {
    let last = pages.iter().flatten().filter(|line| !line.text.is_empty()).map(|line| line.number).max();
    let lines = || pages.iter().flatten().filter(|line| Some(line.number) <= last);
    let filled = lines().filter(|line| !line.text.is_empty()).count();
    let long = lines().filter(|line| line.width() > UNWRAPPED).count();
    let blank = lines().count().saturating_sub(filled);
    long * 10 > filled && blank * 8 < filled
}

/// Whether two lines of a text without blank lines belong together: the items of a list, or the rows of a table.
fn is_same_block(one: &TextLine, next: &TextLine) -> bool {
    let kind = |line: &TextLine| mark(&line.text).map(|(mark, _)| mark.kind);
    match (kind(one), kind(next)) {
        (Some(one), Some(next)) => one == next,
        (None, None) => !one.cells.is_empty() && !next.cells.is_empty(),
        _ => false,
    }
}

#[derive(Default)]
struct Grouping {
    groups: Vec<Group>,
    lines: Vec<TextLine>,
    /// Furniture found after the first of `lines`.
    held: Vec<TextLine>,
    depth: usize,
    width: usize,
    /// Whether each line is a paragraph.
    unwrapped: bool,
}

impl Grouping {
    fn page(&mut self, page: &[TextLine], marks: &[bool]) {
        let mut begun = false;
        for (at, (line, marked)) in page.iter().zip(marks).enumerate() {
            if *marked {
                self.furniture(line);
            } else if line.text.is_empty() {
                if begun && !only_blank(page, marks, at) {
                    self.flush();
                }
            } else {
                let ends = match self.lines.last() {
                    Some(last) if self.unwrapped => !is_same_block(last, line),
                    Some(_) => !begun && !self.runs_on(line),
                    None => false,
                };
                if ends {
                    self.flush();
                }
                begun = true;
                self.take(line);
            }
        }
    }

    /// Whether the last lines of a page continue on the next page.
    fn runs_on(&self, next: &TextLine) -> bool {
        let Some(last) = self.lines.last() else { return false };
        let columns = last.text.contains("   ") || next.text.contains("   ");
        if columns
            || mark(&next.text).is_some()
            || !is_unfinished(&last.text)
            || last.text.ends_with([':', ';'])
        {
            return false;
        }
        let long = last.width() * 4 >= self.width * 3;
        let goes_on = next.text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit() || c == '(');
        let upper = !next.text.contains(char::is_lowercase);
        !upper && (long || self.lines.len() > 1 && goes_on)
    }

    fn take(&mut self, line: &TextLine) {
        let (depth, words) = self.quotation(line);
        if depth != self.depth || line.text.trim_end() == "--" {
            self.flush();
        }
        self.depth = depth;
        let line = if depth > 0 { unquoted(line, words) } else { line.clone() };
        match line.text.is_empty() {
            true => self.flush_quoted(depth),
            false => self.lines.push(line),
        }
    }

    /// The quotation depth of a line, and its words. `> 5 mg` at the start of a line is a comparison.
    fn quotation<'a>(&self, line: &'a TextLine) -> (usize, &'a str) {
        let mut words = line.text.as_str();
        let mut depth = 0;
        while let Some(rest) = words.strip_prefix('>') {
            words = rest.strip_prefix(' ').unwrap_or(rest);
            depth += 1;
        }
        let compares =
            words.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '=') && self.depth == 0;
        // A line that ends in a colon announces a quotation.
        let inside = self.depth == 0 && self.lines.last().is_some_and(|last| !last.text.ends_with(':'));
        if depth > 0 && (compares || inside || line.indent > 3) {
            (0, line.text.as_str())
        } else {
            (depth, words)
        }
    }

    fn furniture(&mut self, line: &TextLine) {
        match self.lines.is_empty() {
            true => self.groups.push(Group::Furniture(line.clone())),
            false => self.held.push(line.clone()),
        }
    }

    fn flush_quoted(&mut self, depth: usize) {
        self.flush();
        self.depth = depth;
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let quoted = std::mem::take(&mut self.depth) > 0;
        match lines.as_slice() {
            [] => {}
            [line] if is_rule(&line.text) || line.text == "--" => self.groups.push(Group::Break),
            [first, rest @ ..] if first.text == "--" => {
                self.groups.push(Group::Break);
                self.groups.push(Group::Lines { lines: rest.to_vec(), quoted });
            }
            _ => self.groups.push(Group::Lines { lines, quoted }),
        }
        self.groups.extend(std::mem::take(&mut self.held).into_iter().map(Group::Furniture));
    }
}

/// Joins a head row with the rows after a blank line below it: three or more columns that begin at the same positions.
fn joined_columns(groups: Vec<Group>) -> Vec<Group> {
    let places = |line: &TextLine| segments(line).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    let mut joined: Vec<Group> = Vec::new();
    for group in groups {
        if let (Some(Group::Lines { lines: heads, quoted: false }), Group::Lines { lines, quoted: false }) =
            (joined.last_mut(), &group)
            && let ([head], Some(first)) = (heads.as_slice(), lines.first())
        {
            let (over, under) = (places(head), places(first));
            if lines.len() > 1 && over.len() > 2 && under == over {
                heads.extend(lines.iter().cloned());
                continue;
            }
        }
        joined.push(group);
    }
    joined
}

/// Whether only the footer follows a blank line on its page, so that the paragraph may continue.
fn only_blank(page: &[TextLine], marked: &[bool], at: usize) -> bool {
    let mut rest = page.iter().zip(marked).skip(at).take(EDGE * 4);
    page.len().saturating_sub(at) <= EDGE * 4 && rest.all(|(line, marked)| *marked || line.text.is_empty())
}

fn unquoted(line: &TextLine, words: &str) -> TextLine {
    let blanks = words.chars().take_while(|c| *c == ' ').count();
    TextLine { number: line.number, indent: blanks, text: words.trim().to_owned(), cells: Vec::new() }
}

/// The indentation of most paragraph lines.
pub fn margin(groups: &[Group]) -> usize {
    let mut counts = BTreeMap::<usize, usize>::new();
    let ended =
        |lines: &[TextLine]| lines.last().is_some_and(|line| line.text.ends_with(['.', '!', '?', ':']));
    let item = |lines: &[TextLine]| lines.iter().any(|line| mark(&line.text).is_some());
    for group in groups {
        if let Group::Lines { lines, quoted: false } = group
            && ended(lines)
            && !item(lines)
        {
            lines.iter().for_each(|line| *counts.entry(line.indent).or_default() += 1);
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(0, |(indent, _)| indent)
}

/// Whether a line is a rule: three or more of one character.
pub fn is_rule(text: &str) -> bool {
    let mut signs = text.chars().filter(|c| *c != ' ');
    let Some(first) = signs.next().filter(|c| "-=_*~#^+.".contains(*c)) else { return false };
    text.chars().filter(|c| *c == first).count() >= 3 && signs.all(|c| c == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |group: &Group| match group {
            Group::Lines { lines, quoted } => {
                let words: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
                format!("{}{}", if *quoted { "> " } else { "" }, words.join("/"))
            }
            Group::Furniture(line) => format!("x {}", line.text),
            Group::Break => "---".to_owned(),
        };
        groups(text, 1).0.iter().map(show).collect()
    }

    #[test]
    fn running_lines_are_furniture_and_sentences_go_on() {
        let text = "Ward guide\n\nThe first line of it is long\nand the second goes\n\nVersion 2    Page 1 of 2\n\u{c}Ward guide\n\n\
                    on here.\n\nEnd.\n\nVersion 2    Page 2 of 2\n";
        assert_eq!(
            shown(text),
            [
                "x Ward guide",
                "The first line of it is long/and the second goes/on here.",
                "x Version 2    Page 1 of 2",
                "x Ward guide",
                "End.",
                "x Version 2    Page 2 of 2"
            ]
        );
    }

    #[test]
    fn quotations_and_comparisons() {
        assert_eq!(shown("> a\n> b\n>\n>> c\nd"), ["> a/b", "> c", "d"]);
        assert_eq!(shown("a level\n> 5 mg"), ["a level/> 5 mg"]);
        assert_eq!(shown("> 75 years: 5 mg"), ["> 75 years: 5 mg"]);
        assert_eq!(shown("a\n\n-- \nb\n\n* * *\n\nc"), ["a", "---", "b", "---", "c"]);
    }
}
