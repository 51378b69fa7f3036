//! Converts pieces to blocks: decides which paragraphs are questions, titles, notes, bibliography entries or
//! navigation.

mod quotes;

use std::collections::HashSet;

use self::quotes::Quote;
use super::furniture;
use super::html;
use super::openings::entry_mark;
use super::pieces::MarkdownPiece;
use super::words::MarkdownWords;
use crate::knowledge::blocks::{Assembler, Block, BlockKind, Cell, FilePosition, Table, is_unfinished};
use crate::knowledge::html::{Embedded, blocks_with};
use crate::knowledge::plain::mark::{ItemMark, mark};
use crate::knowledge::plain::marks;
use crate::text::digits;

/// The deepest nesting of lists that is preserved.
const DEEPEST: usize = 32;

/// The most words in a bold paragraph that is a heading.
const SUBHEADING_WORDS: usize = 12;

/// Builds the blocks of a document.
pub fn write(pieces: &[MarkdownPiece]) -> Vec<Block> {
    let mut writer = MarkdownWriter {
        pieces,
        lists: furniture::lists(pieces),
        taken: vec![false; pieces.len()],
        top: pieces.iter().any(|piece| matches!(piece, MarkdownPiece::Heading(..))),
        ..MarkdownWriter::default()
    };
    if let Some(page) = html::page(pieces) {
        writer.in_page = true;
        return blocks_with(&page, &mut writer);
    }
    for at in 0..pieces.len() {
        writer.step(at);
    }
    writer.blocks.finish()
}

impl Embedded for MarkdownWriter<'_> {
    fn read(&mut self, number: usize, blocks: &mut Assembler) {
        std::mem::swap(blocks, &mut self.blocks);
        for hidden in self.next..number {
            self.skip(hidden);
        }
        self.step(number);
        self.next = self.next.max(number + 1);
        std::mem::swap(blocks, &mut self.blocks);
    }
}

/// Whether a paragraph only introduces a table of contents.
fn introduces(words: &MarkdownWords) -> bool {
    is_unfinished(&words.text) && words.text.split_whitespace().count() <= 8
}

#[derive(Default)]
struct MarkdownWriter<'a> {
    pieces: &'a [MarkdownPiece],
    /// The end of each list that is a table of contents or navigation.
    lists: Vec<Option<usize>>,
    /// Which pieces are processed, and the index after the last piece that a page has reached.
    taken: Vec<bool>,
    next: usize,
    blocks: Assembler,
    /// Whether the first heading is still to come.
    top: bool,
    /// The number of open containers: items, block quotations, descriptions.
    depth: usize,
    /// The open lists, and whether the assembler has each of them.
    open_lists: Vec<bool>,
    /// The open block quotations.
    quotes: Vec<Quote>,
    /// The level of the last heading.
    level: u8,
    notes: usize,
    /// The open questions: the container depth of each, and the assembler's depth before it.
    questions: Vec<(usize, usize)>,
    /// The level of the heading above the bibliography.
    literature: Option<u8>,
    /// The open bibliography entry: its number, text and depth.
    entry: Option<(Option<String>, String, usize)>,
    /// The terms of the next description.
    terms: Vec<String>,
    /// Whether the terms have a description, so that the next term starts a new entry.
    described: bool,
    /// The footnote marks in the blocks so far, and how many blocks have been searched.
    marks: HashSet<String>,
    marked: usize,
    /// Whether the HTML reader reads the raw HTML.
    in_page: bool,
}

impl MarkdownWriter<'_> {
    /// Processes a piece, and the pieces after it that belong to it.
    fn step(&mut self, at: usize) {
        if self.taken.get(at).is_none_or(|taken| *taken) {
            return;
        }
        let Some((piece, rest)) = self.pieces.get(at..).and_then(<[MarkdownPiece]>::split_first) else {
            return;
        };
        let depth = self.blocks.depth();
        self.questions.retain(|(_, before)| *before < depth);
        let furniture = |at: usize| self.lists.get(at).copied().flatten();
        let end = match (piece, furniture(at)) {
            (MarkdownPiece::OpenList, Some(end)) => {
                self.furniture(self.pieces.get(at..end).unwrap_or_default());
                end
            }
            (MarkdownPiece::OpenQuote, _) => at + usize::from(self.open_quote(rest)),
            (MarkdownPiece::Text(words), _) if self.is_subheading(words, rest.first()) => {
                let over = self.level;
                self.heading(over.saturating_add(1).min(6), words);
                self.level = over;
                at
            }
            (MarkdownPiece::Text(words), _) if furniture(at + 1).is_some() && introduces(words) => {
                self.furniture(std::slice::from_ref(piece));
                at
            }
            _ => {
                self.take(piece);
                at
            }
        };
        self.taken.get_mut(at..=end).unwrap_or_default().fill(true);
    }

    /// Whether a bold paragraph is the heading of what follows, in a document that has headings, too.
    fn is_subheading(&self, words: &MarkdownWords, next: Option<&MarkdownPiece>) -> bool {
        let is_bold = |words: &MarkdownWords| words.bold_end.is_some_and(|end| words.text.len() <= end);
        let stands_alone = self.level > 0 && self.depth == 0 && self.notes == 0 && self.literature.is_none();
        let continues = match next {
            Some(MarkdownPiece::Text(next)) => !is_bold(next),
            Some(MarkdownPiece::OpenList | MarkdownPiece::Table(..)) => true,
            _ => false,
        };
        stands_alone
            && continues
            && is_bold(words)
            && words.links.is_empty()
            && words.text.split_whitespace().count() <= SUBHEADING_WORDS
            && !words.text.trim_end().ends_with(['.', '!', '?', ':', ';', ','])
    }

    /// Skips a piece in hidden HTML, but still tracks containers that open and close.
    fn skip(&mut self, at: usize) {
        let Some(piece) = self.pieces.get(at).filter(|_| self.taken.get(at) == Some(&false)) else { return };
        let is_container = !matches!(
            piece,
            MarkdownPiece::Heading(..)
                | MarkdownPiece::Text(_)
                | MarkdownPiece::Term(_)
                | MarkdownPiece::Table(..)
                | MarkdownPiece::Html(..)
                | MarkdownPiece::Code(_)
        );
        if is_container {
            self.take(piece);
            self.taken.get_mut(at..=at).unwrap_or_default().fill(true);
        }
    }

    fn take(&mut self, piece: &MarkdownPiece) {
        match piece {
            MarkdownPiece::Heading(level, words) => self.heading(*level, words),
            MarkdownPiece::Text(words) => self.text(words),
            MarkdownPiece::OpenList => self.open_list(),
            MarkdownPiece::CloseList => self.close_list(),
            MarkdownPiece::OpenItem(number) => self.open_item(number.clone()),
            MarkdownPiece::CloseItem => self.close_item(),
            MarkdownPiece::OpenQuote => self.open_plain_quote(),
            MarkdownPiece::CloseQuote => self.close_quote(),
            MarkdownPiece::OpenNote => self.notes += 1,
            MarkdownPiece::CloseNote => self.notes = self.notes.saturating_sub(1),
            MarkdownPiece::Term(words) => self.term(words),
            MarkdownPiece::OpenDescription => self.open_description(),
            MarkdownPiece::CloseDescription => self.close_description(),
            MarkdownPiece::Table(rows, heads) => self.table(rows, *heads),
            MarkdownPiece::Html(raw, line) => self.html(raw, *line),
            MarkdownPiece::Rule => self.end_questions(self.depth),
            MarkdownPiece::Code(words) => {
                self.blocks.at(FilePosition::Line(words.line));
                self.blocks.furniture(&words.text);
            }
        }
    }

    fn heading(&mut self, level: u8, words: &MarkdownWords) {
        self.top = false;
        self.level = level;
        self.blocks.at(FilePosition::Line(words.line));
        self.blocks.heading(level, &words.text);
        match self.literature {
            Some(over) if level > over => {}
            _ => self.literature = marks::is_literature(&words.text).then_some(level),
        }
    }

    fn furniture(&mut self, pieces: &[MarkdownPiece]) {
        for piece in pieces {
            if let MarkdownPiece::Text(words) = piece {
                self.blocks.at(FilePosition::Line(words.line));
                self.blocks.furniture(&words.text);
            }
        }
    }

    fn text(&mut self, words: &MarkdownWords) {
        let text = words.text.trim();
        self.blocks.at(FilePosition::Line(words.line));
        if self.notes > 0 {
            self.blocks.note(text);
        } else if let Some((_, entry, _)) = &mut self.entry {
            entry.push('\n');
            entry.push_str(text);
        } else if self.depth == 0 && furniture::is_navigation(words, self.top || self.is_under_title()) {
            self.blocks.furniture(text);
        } else if self.literature.is_some() && self.depth == 0 {
            self.literature_lines(text);
        } else if !self.question(words, text) {
            self.say(text);
        }
    }

    /// Whether there are only headings and navigation so far.
    fn is_under_title(&self) -> bool {
        let blocks = self.blocks.blocks();
        let is_around =
            |block: &Block| matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Furniture);
        blocks.len() <= 3 && blocks.iter().all(is_around)
    }

    /// Adds a paragraph or the first text of an item.
    fn say(&mut self, text: &str) {
        if self.blocks.awaits_item() {
            return self.blocks.paragraph(text);
        }
        self.remember_marks();
        let known = |(mark, _): &(&str, &str)| self.marks.contains(*mark);
        if let Some((_, note)) = marks::note_mark(text).filter(known) {
            return self.blocks.note(note);
        }
        match marks::answer(text).filter(|_| self.blocks.in_answer()) {
            Some(answer) => self.blocks.paragraph(answer),
            None if self.typed_items(text) => {}
            None => self.blocks.paragraph(text),
        }
    }

    /// Adds a paragraph whose lines begin with escaped numbers (`1\.`) or bullets as a list. Returns whether it is one.
    fn typed_items(&mut self, text: &str) -> bool {
        let items: Option<Vec<(ItemMark, &str)>> = text.lines().map(mark).collect();
        let Some(items) = items.filter(|items| items.len() > 1) else { return false };
        let follow = items.windows(2).all(|pair| match pair {
            [(one, _), (next, _)] => {
                one.kind == next.kind && (one.number.is_none() || next.value == one.value + 1)
            }
            _ => true,
        });
        if !follow || !items.first().is_some_and(|(mark, _)| mark.is_first()) {
            return false;
        }
        self.blocks.open_list();
        for (mark, words) in items {
            self.blocks.item(mark.number, words);
        }
        self.blocks.close_list();
        true
    }

    fn term(&mut self, words: &MarkdownWords) {
        if std::mem::take(&mut self.described) {
            self.terms.clear();
        }
        self.blocks.at(FilePosition::Line(words.line));
        self.terms.push(words.text.trim().to_owned());
    }

    fn open_description(&mut self) {
        self.described = true;
        self.open_container();
        self.blocks.open_description(&self.terms.join(", "));
    }

    fn close_description(&mut self) {
        self.close_container();
        self.blocks.close_description();
    }

    /// Adds a question and the text after it. Returns whether there was one.
    fn question(&mut self, words: &MarkdownWords, text: &str) -> bool {
        let marked = marks::question(text).map(marks::split_answer);
        let bold = words.bold_end.and_then(|end| {
            let lead = words.text.len().saturating_sub(words.text.trim_start().len());
            let (question, rest) = text.split_at_checked(end.saturating_sub(lead))?;
            let question = marks::question(question).unwrap_or(question).trim();
            question.ends_with('?').then(|| (question, rest.trim()))
        });
        let Some((question, answer)) = bold.or(marked) else { return false };
        self.end_questions(self.depth);
        self.questions.push((self.depth, self.blocks.depth()));
        self.blocks.open_question(question);
        if !answer.is_empty() {
            self.say(answer);
        }
        true
    }

    /// Ends the questions that were opened at this depth or deeper.
    fn end_questions(&mut self, depth: usize) {
        while let Some((_, before)) = self.questions.pop_if(|(at, _)| *at >= depth) {
            self.blocks.close_to(before);
        }
    }

    fn open_container(&mut self) {
        self.depth += 1;
    }

    fn close_container(&mut self) {
        self.end_questions(self.depth);
        self.depth = self.depth.saturating_sub(1);
    }

    fn open_list(&mut self) {
        let known = self.entry.is_none()
            && self.notes == 0
            && self.open_lists.len() < DEEPEST
            && !self.is_literature();
        self.open_lists.push(known);
        if known {
            self.blocks.open_list();
        }
    }

    fn is_literature(&self) -> bool {
        self.literature.is_some() && self.depth == 0
    }

    fn close_list(&mut self) {
        if self.open_lists.pop() == Some(true) {
            self.blocks.close_list();
        }
    }

    fn open_item(&mut self, number: Option<String>) {
        let literature = self.is_literature();
        self.open_container();
        match literature {
            true => self.entry = Some((number, String::new(), self.depth)),
            false => self.blocks.open_item(number),
        }
    }

    fn close_item(&mut self) {
        if let Some((number, text, _)) = self.entry.take_if(|(_, _, depth)| *depth == self.depth) {
            self.reference(number, &text);
        }
        self.close_container();
    }

    fn reference(&mut self, number: Option<String>, text: &str) {
        let bare = |number: &str| number.trim_matches(['.', ')', '(', '[', ']']).to_owned();
        match marks::note_mark(text).filter(|(mark, _)| !mark.starts_with('*')) {
            Some((mark, rest)) => self.blocks.reference(Some(bare(mark)), rest),
            None => self.blocks.reference(number.as_deref().map(bare), text),
        }
    }

    /// Adds a paragraph of the bibliography: entries that start with a mark, a single entry without one, or ordinary
    /// text.
    fn literature_lines(&mut self, text: &str) {
        let mut entries: Vec<String> = Vec::new();
        for line in text.lines() {
            match entries.last_mut().filter(|_| entry_mark(line).is_none()) {
                Some(entry) => {
                    entry.push('\n');
                    entry.push_str(line);
                }
                None => entries.push(line.to_owned()),
            }
        }
        for entry in entries {
            match entry_mark(&entry) {
                Some((mark, rest)) => self.reference(Some(mark.to_owned()), rest),
                None if marks::names_year(&entry) => self.reference(None, &entry),
                None => self.say(&entry),
            }
        }
    }

    fn table(&mut self, rows: &[Vec<String>], heads: usize) {
        let cells = |row: &Vec<String>| row.iter().map(Cell::single).collect();
        self.blocks.table(&Table {
            caption: None,
            rows: rows.iter().map(cells).collect(),
            heads,
            ..Table::default()
        });
    }

    /// Handles raw HTML, which the HTML reader reads. If it cannot, the HTML becomes furniture.
    fn html(&mut self, raw: &str, line: usize) {
        self.blocks.at(FilePosition::Line(line));
        if !self.in_page {
            self.blocks.furniture(raw);
        }
    }

    /// Collects the note marks in the blocks added since the last call.
    fn remember_marks(&mut self) {
        let unread = self.marked..self.blocks.blocks().len();
        self.marked = unread.end;
        for at in unread {
            let text = self.blocks.blocks().get(at).map(|block| block.text.clone()).unwrap_or_default();
            self.add_marks(&text);
        }
    }

    /// Adds the note marks in a text. They directly follow a word or a full stop.
    fn add_marks(&mut self, text: &str) {
        let mut before = ' ';
        let mut mark = String::new();
        for c in text.chars().chain([' ']) {
            if digits::is_raised(c) || matches!(c, '*' | '†' | '‡') {
                if !mark.is_empty() || !before.is_whitespace() {
                    mark.push(c);
                }
            } else if !mark.is_empty() {
                self.marks.insert(std::mem::take(&mut mark));
            }
            before = c;
        }
        let bracketed = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
        self.marks.extend(bracketed.filter(|(mark, _)| mark.len() <= 3).map(|(mark, _)| format!("[{mark}]")));
    }
}
