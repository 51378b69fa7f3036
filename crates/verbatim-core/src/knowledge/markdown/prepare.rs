//! Converts Markdown dialects to a form that the parser knows: removes comments, and turns admonitions into block
//! quotations with a callout mark.

use std::collections::HashMap;

use super::{pandoc, shortcodes, spans};

/// The deepest nesting of admonitions.
const DEEPEST: usize = 8;

/// Source text for the parser, and the line in the file for each of its lines.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The text.
    pub text: String,
    lines: Vec<usize>,
    starts: Vec<usize>,
    /// The marks of items with a letter, by their lines in the text.
    marks: HashMap<usize, String>,
}

impl Prepared {
    fn push(&mut self, line: &str, number: usize) {
        self.starts.push(self.text.len());
        self.lines.push(number);
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The line of the file at an offset of the text, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.lines.get(self.index(offset)).copied().unwrap_or(1)
    }

    /// The mark of the item with a letter that begins at an offset.
    pub fn mark(&self, offset: usize) -> Option<&str> {
        let at = self.index(offset);
        let mark = self.marks.get(&at)?;
        let before = self.text.get(*self.starts.get(at)?..offset)?;
        before.bytes().all(|byte| matches!(byte, b' ' | b'>')).then_some(mark)
    }

    fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

/// Prepares the text of a file.
pub fn prepare(source: &str, first_line: usize) -> Prepared {
    let source = spans::rewrite(&shortcodes::rewrite(&without_comments(source)));
    let mut prepared = Prepared::default();
    let mut open: Vec<Admonition> = Vec::new();
    let mut fence = Fence::default();
    for pandoc::SourceLine { number, text: line, mark } in pandoc::lines(&source, first_line) {
        let (at, line) = (number.saturating_sub(1), line.as_str());
        let outside = fence.take(line);
        if close(&mut open, line) {
            // Otherwise the line would continue the block quotation.
            prepared.push(&dedented(&open, ""), at + 1);
        }
        if outside && is_markup_only(line.trim()) {
            prepared.push("", at + 1);
            continue;
        }
        if outside && end_colons(&mut open, line.trim()) {
            prepared.push("", at + 1);
            continue;
        }
        let begun = if outside && open.len() < DEEPEST { Admonition::begin(line) } else { None };
        let text = begun.as_ref().map_or_else(|| dedented(&open, line), |(_, mark)| format!("> {mark}"));
        let before = if begun.is_some() { dedented(&open, &" ".repeat(indent(line))) } else { String::new() };
        if begun.is_some() && open.is_empty() {
            // A block quotation directly after a paragraph or another block quotation would merge with it.
            prepared.push("", at + 1);
        }
        match (begun, line.trim().is_empty() && !open.is_empty()) {
            (Some((admonition, _)), _) => {
                prepared.push(&format!("{before}{text}"), at + 1);
                open.push(admonition);
            }
            (None, true) => prepared.push(&dedented(&open, ""), at + 1),
            (None, false) => {
                prepared.marks.extend(mark.map(|mark| (prepared.lines.len(), mark)));
                prepared.push(&text, at + 1);
            }
        }
    }
    prepared
}

/// An open admonition.
struct Admonition {
    /// The indentation of its mark, in columns.
    indent: usize,
    /// Whether a line of colons ends it, and not the indentation.
    colons: bool,
}

impl Admonition {
    /// Parses a line that starts an admonition: `!!! note "Title"`, `??? note`, `:::note[Title]`, or a tab, `===
    /// "Title"`. Also returns the callout mark for it.
    fn begin(line: &str) -> Option<(Self, String)> {
        let trimmed = line.trim();
        let indented = ["!!!", "???+", "???"].iter().find_map(|mark| trimmed.strip_prefix(mark));
        if let Some(rest) = indented {
            let rest = rest.strip_prefix([' ', '\t'])?.trim();
            return Some((Self { indent: indent(line), colons: false }, quoted_title(rest)?));
        }
        let tab = ["===+", "===!", "==="].iter().find_map(|mark| trimmed.strip_prefix(mark));
        if let Some(title) = tab.and_then(|rest| rest.trim().strip_prefix('"')?.strip_suffix('"')) {
            return Some((Self { indent: indent(line), colons: false }, format!("[!tab] {title}")));
        }
        let rest = trimmed.trim_start_matches(':');
        let marked = trimmed.len().saturating_sub(rest.len()) >= 3 && !rest.trim().is_empty();
        marked.then(|| (Self { indent: indent(line), colons: true }, colon_title(rest.trim())))
    }
}

/// Parses `note "Title"`. The words before the title are types; the first type is the title if none is given.
fn quoted_title(rest: &str) -> Option<String> {
    let (types, title) = match rest.split_once('"') {
        Some((types, title)) => (types.trim(), Some(title.trim().strip_suffix('"')?)),
        None => (rest, None),
    };
    let is_type = |word: &str| word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !types.split_whitespace().all(is_type) || types.split_whitespace().count() > 4 {
        return None;
    }
    let kind = types.split_whitespace().next()?;
    Some(match title {
        Some("") => "[!]".to_owned(),
        Some(title) => format!("[!{kind}] {title}"),
        None => format!("[!{kind}]"),
    })
}

/// Parses `note[Title]` or `note Title`. Pandoc's `{.note}` has no title.
fn colon_title(rest: &str) -> String {
    if rest.starts_with('{') {
        return "[!]".to_owned();
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len());
    let (kind, title) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let title = title.trim().trim_end_matches(':').trim();
    let title = title.strip_prefix('[').and_then(|title| title.strip_suffix(']')).unwrap_or(title);
    let title = if title.starts_with('{') { "" } else { title };
    format!("[!{kind}] {title}").trim_end().to_owned()
}

/// Closes the admonitions for which the line is not indented enough. Returns whether there were any.
fn close(open: &mut Vec<Admonition>, line: &str) -> bool {
    if line.trim().is_empty() {
        return false;
    }
    let here = indent(line);
    let before = open.len();
    while open.last().is_some_and(|last| !last.colons && here < last.indent.saturating_add(4)) {
        open.pop();
    }
    open.len() < before
}

/// Closes the innermost admonition if the line is its closing line of colons. Returns whether it was.
fn end_colons(open: &mut Vec<Admonition>, line: &str) -> bool {
    let ends = line.len() >= 3 && line.bytes().all(|byte| byte == b':');
    let ended = ends && open.last().is_some_and(|last| last.colons);
    if ended {
        open.pop();
    }
    ended
}

/// Replaces the indentation of a line inside admonitions by block quotation marks.
fn dedented(open: &[Admonition], line: &str) -> String {
    if open.is_empty() {
        return line.to_owned();
    }
    let expanded = line.replace('\t', "    ");
    let mut rest = expanded.as_str();
    let mut text = String::new();
    let mut base = 0_usize;
    for admonition in open {
        let before = admonition.indent.saturating_sub(base);
        text.push_str(&" ".repeat(before));
        text.push_str("> ");
        let width = if admonition.colons { before } else { before.saturating_add(4) };
        rest = without_indent(rest, width);
        base = base.saturating_add(width);
    }
    text.push_str(rest);
    text
}

/// Removes up to `most` spaces from the start of a line.
fn without_indent(line: &str, most: usize) -> &str {
    let blanks = line.bytes().take(most).take_while(|byte| *byte == b' ').count();
    line.get(blanks..).unwrap_or_default()
}

fn indent(line: &str) -> usize {
    let blanks = line.chars().take_while(|c| matches!(c, ' ' | '\t'));
    blanks.map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// Whether a line is an instruction to the publishing tool: a placeholder for the table of contents, attributes of the
/// preceding block, a template tag, the definition of an abbreviation, a page break.
fn is_markup_only(line: &str) -> bool {
    let within = |open: &str, close: &str| {
        let inside = line.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inside.is_some_and(|inside| !inside.contains(open))
    };
    let lower = line.to_ascii_lowercase();
    matches!(lower.as_str(), "[toc]" | "[[toc]]" | "[[_toc_]]" | "{{toc}}" | "\\newpage" | "\\pagebreak")
        || within("{:", "}")
        || within("{%", "%}")
        || within("{{<", ">}}")
        || within("{{%", "%}}")
        || line
            .strip_prefix("*[")
            .and_then(|rest| rest.split_once("]:"))
            .is_some_and(|(name, _)| !name.contains(' '))
}

/// Tracks whether a line is in a fenced code block.
#[derive(Default)]
pub struct Fence {
    open: Option<(char, usize)>,
}

impl Fence {
    /// Processes a line and returns whether it is outside fences.
    pub fn take(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start_matches([' ', '\t', '>']);
        let Some(mark) = trimmed.chars().next().filter(|c| matches!(c, '`' | '~')) else {
            return self.open.is_none();
        };
        let length = trimmed.chars().take_while(|c| *c == mark).count();
        match self.open {
            Some((c, least)) => {
                if c == mark && length >= least && trimmed.trim_start_matches(mark).trim().is_empty() {
                    self.open = None;
                }
                false
            }
            None if length >= 3 && !trimmed.trim_start_matches(mark).contains('`') => {
                self.open = Some((mark, length));
                false
            }
            None => true,
        }
    }
}

/// Removes comments between `%%` but keeps their line breaks, so that line numbers still match the file.
fn without_comments(source: &str) -> String {
    if !source.contains("%%") {
        return source.to_owned();
    }
    let marks = comment_marks(source);
    let mut text = String::with_capacity(source.len());
    let mut from = 0;
    for (start, end) in pairs(source, &marks) {
        text.push_str(source.get(from..start).unwrap_or_default());
        let comment = source.get(start..end).unwrap_or_default();
        text.extend(comment.chars().filter(|c| *c == '\n'));
        from = end;
    }
    text.push_str(source.get(from..).unwrap_or_default());
    text
}

/// The positions of `%%` outside code.
fn comment_marks(source: &str) -> Vec<usize> {
    let mut marks = Vec::new();
    let mut fence = Fence::default();
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        if fence.take(line.trim_end()) {
            let mut code = false;
            let mut skip = false;
            for (at, c) in line.char_indices() {
                code ^= c == '`';
                let here =
                    c == '%' && !code && !skip && line.get(at..).is_some_and(|rest| rest.starts_with("%%"));
                skip = here;
                if here {
                    marks.push(start + at);
                }
            }
        }
        start += line.len();
    }
    marks
}

/// Finds the comments. A mark alone at the start of a line reaches to the next mark; any other mark only pairs within
/// its paragraph.
fn pairs(source: &str, marks: &[usize]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut marks = marks.iter().copied().peekable();
    while let Some(start) = marks.next() {
        let Some(end) = marks.peek().copied() else { break };
        let inside = source.get(start + 2..end).unwrap_or_default();
        // The backward search is bounded because a line can be as long as the file.
        let mut back = source.get(..start).unwrap_or_default().chars().rev().take(16);
        let begins_line = back.find(|c| !matches!(c, ' ' | '\t')).is_none_or(|c| c == '\n');
        let block = begins_line && inside.split('\n').next().is_some_and(|line| line.trim().is_empty());
        if block || !inside.contains("\n\n") {
            pairs.push((start, end + 2));
            marks.next();
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go() {
        assert_eq!(prepare("a %%b%% c\n%%\nd\n\n- e\n%%\nf", 1).text, "a  c\n\n\n\n\n\nf\n");
        assert_eq!(prepare("5 %% of a\n\nand 6 %% of b", 1).text, "5 %% of a\n\nand 6 %% of b\n");
        assert_eq!(prepare("`%%a%%`", 1).text, "`%%a%%`\n");
    }

    #[test]
    fn admonitions_become_callouts() {
        let text = prepare("!!! note \"A title\"\n    a\n\n    - b\n\nc", 1).text;
        assert_eq!(text, "\n> [!note] A title\n> a\n> \n> - b\n> \n\nc\n");
        assert_eq!(prepare("??? tip\n    a", 1).text, "\n> [!tip]\n> a\n");
        assert_eq!(prepare("!!! tip \"\"\n    a", 1).text, "\n> [!]\n> a\n");
        assert_eq!(prepare(":::note[A]\na\n:::\nb", 1).text, "\n> [!note] A\n> a\n\nb\n");
        assert_eq!(prepare("=== \"A\"\n\n    a", 1).text, "\n> [!tab] A\n> \n> a\n");
        assert_eq!(prepare("!!!! a", 1).text, "!!!! a\n");
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let prepared = prepare("c\n!!! note\n    d", 4);
        assert_eq!(prepared.line(prepared.text.find('c').unwrap_or_default()), 4);
        assert_eq!(prepared.line(prepared.text.find('d').unwrap_or_default()), 6);
    }
}
