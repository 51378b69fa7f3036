//! Converts headings and groups of lines into blocks.

mod entries;

use super::columns::{self, TableFound};
use super::heading::TextPart;
use super::lines::{Group, TextLine};
use super::mark::{ItemMark, mark};
use super::{marks, shape};
use crate::knowledge::blocks::{Assembler, Block, BlockKind, FilePosition, is_unfinished};
use crate::text::hyphen::DocumentWords;

/// Maximum depth of nested lists.
const DEEPEST: usize = 16;

/// Converts the parts of a text into blocks.
pub fn read(parts: Vec<TextPart>, width: usize) -> Vec<Block> {
    let mut reader = PlainReader { vocabulary: vocabulary(&parts), width, ..PlainReader::default() };
    reader.hangs = parts.iter().any(hangs);
    for (at, part) in parts.iter().enumerate() {
        let rest = parts.get(at + 1..).unwrap_or_default();
        match part {
            TextPart::Heading { level, line } => reader.heading(*level, line),
            TextPart::Question(line) => reader.open_question(line),
            TextPart::Group(Group::Break) => reader.close(),
            TextPart::Group(Group::Furniture(line)) => reader.furniture(line),
            TextPart::Group(Group::Lines { lines, quoted }) => reader.group(lines, *quoted, rest),
        }
    }
    reader.end_entry();
    reader.end_term();
    reader.out.finish()
}

fn lines(part: &TextPart) -> &[TextLine] {
    match part {
        TextPart::Group(Group::Lines { lines, .. }) => lines,
        _ => &[],
    }
}

fn vocabulary(parts: &[TextPart]) -> DocumentWords {
    DocumentWords::of(parts.iter().flat_map(lines).map(|line| line.text.as_str()))
}

/// Whether the continuation lines of an answer are indented further than its mark.
fn hangs(part: &TextPart) -> bool {
    let turns = shape::turns(lines(part));
    turns.iter().any(|turn| match turn {
        [first, second, ..] => marks::answer(&first.text).is_some() && second.indent > first.indent,
        _ => false,
    })
}

/// An open list.
struct OpenPlainList {
    indent: usize,
    mark: ItemMark,
}

#[derive(Default)]
struct PlainReader {
    out: Assembler,
    vocabulary: DocumentWords,
    width: usize,
    /// Whether answers have hanging indents.
    hangs: bool,
    lists: Vec<OpenPlainList>,
    /// The indentation of the open question's mark.
    question: Option<usize>,
    /// Whether the answer to a question on a separate line is open; it ends at the next question or heading.
    answering: bool,
    /// The line number where an answer directly below its question must begin.
    under: Option<usize>,
    /// The level of the heading above the references.
    literature: Option<u8>,
    entry: Option<(Option<String>, Vec<String>)>,
    /// The last term: the indentation of its description, its line, and its words so far.
    term: Option<(usize, TextLine, String)>,
}

impl PlainReader {
    fn heading(&mut self, level: u8, line: &TextLine) {
        self.close();
        self.out.at(FilePosition::Line(line.number));
        self.out.heading(level, &line.text);
        if self.literature.is_none_or(|over| level <= over) {
            self.literature = marks::is_literature(&line.text).then_some(level);
        }
    }

    fn open_question(&mut self, line: &TextLine) {
        self.close();
        self.out.at(FilePosition::Line(line.number));
        self.out.open_question(&line.text);
        self.answering = true;
        self.under = Some(line.number + 1);
    }

    fn furniture(&mut self, line: &TextLine) {
        self.out.at(FilePosition::Line(line.number));
        self.out.furniture(&line.text);
    }

    /// Ends everything that is open.
    fn close(&mut self) {
        self.end_entry();
        self.close_lists(0);
        self.close_question();
        self.end_term();
    }

    /// Adds the open term with its complete description.
    fn end_term(&mut self) {
        let Some((_, line, text)) = self.term.take() else { return };
        self.out.at(FilePosition::Line(line.number));
        self.out.term(&line.text, &text);
    }

    /// Adds lines to the description of the last term if they continue it, and reports whether they do.
    fn describe(&mut self, lines: &[TextLine], first: &TextLine) -> bool {
        let Some((from, _, text)) = &mut self.term else { return false };
        let goes_on = first.indent >= *from
            && mark(&first.text).is_none()
            && !is_unfinished(text)
            && columns::table(lines).is_none();
        if goes_on {
            text.push('\n');
            text.push_str(&self.vocabulary.join(lines.iter().map(|line| line.text.as_str()), "\n"));
        }
        goes_on
    }

    fn close_lists(&mut self, keep: usize) {
        while self.lists.len() > keep {
            self.lists.pop();
            self.out.close_list();
        }
    }

    fn close_question(&mut self) {
        if self.question.take().is_some() || std::mem::take(&mut self.answering) {
            self.out.close_question();
        }
    }

    fn group(&mut self, lines: &[TextLine], quoted: bool, rest: &[TextPart]) {
        let Some(first) = lines.first() else { return };
        if self.describe(lines, first) {
            return;
        }
        self.end_term();
        self.out.at(FilePosition::Line(first.number));
        if self.literature.is_some() && !self.leaves_entries(first) {
            return self.entries(lines);
        }
        self.end_answer(first, rest);
        self.end_answer_under(first, rest);
        if shape::turns(lines).iter().any(|turn| shape::is_turn(turn))
            && (self.question.is_some() || shape::asks(lines))
        {
            return shape::turns(lines).into_iter().for_each(|turn| self.turn(turn));
        }
        if let Some(inner) = shape::boxed(lines) {
            self.close_lists(0);
            self.out.open_admonition(None);
            self.items(&inner);
            self.close_lists(0);
            return self.out.close_admonition();
        }
        if let Some((title, rest)) = shape::warning(lines) {
            self.close_lists(0);
            self.out.open_admonition(Some(title));
            self.items(rest);
            self.close_lists(0);
            return self.out.close_admonition();
        }
        if self.columns(lines, first) {
            return;
        }
        if let Some(notes) = shape::notes(lines) {
            self.close_lists(0);
            return notes.into_iter().for_each(|note| self.out.note(&self.vocabulary.join(note, "\n")));
        }
        match quoted {
            true => self.items(lines),
            false => self.plain_group(lines, first),
        }
    }

    /// Adds a table or terms in columns, with the lines above and below. Reports whether there was one.
    fn columns(&mut self, lines: &[TextLine], first: &TextLine) -> bool {
        match columns::table(lines) {
            Some(TableFound::Table { from, mut table, to }) => {
                let (before, caption) = shape::caption(lines.get(..from).unwrap_or_default());
                self.items(before);
                table.caption = caption;
                let depth = self.lists.iter().take_while(|list| list.indent < first.indent).count();
                self.close_lists(depth);
                self.out.table(&table);
                self.items(lines.get(to..).unwrap_or_default());
            }
            Some(TableFound::Terms { from, rows, to }) => {
                self.items(lines.get(..from).unwrap_or_default());
                self.pairs(first.number + from, &rows);
                self.items(lines.get(to..).unwrap_or_default());
            }
            Some(TableFound::Unsafe) => lines.iter().for_each(|line| self.furniture(line)),
            None => return false,
        }
        true
    }

    /// Adds a group that has no columns and no question labels.
    fn plain_group(&mut self, lines: &[TextLine], first: &TextLine) {
        if shape::is_list_of_lines(lines, self.width) && self.is_announced_above(first) {
            return self.lines_as_items(lines);
        }
        if let Some(keys) = shape::keys(lines, self.width) {
            self.close_lists(0);
            return self.keys(keys);
        }
        let is_apart = self.lists.iter().all(|list| list.indent >= first.indent);
        if let Some(terms) = shape::terms(lines).filter(|_| is_apart) {
            return self.terms(terms);
        }
        match shape::headed_list(lines, self.width).filter(|_| is_apart) {
            Some((head, items)) => self.headed_list(head, &items),
            None => self.items(lines),
        }
    }

    /// Adds a line and the list without marks below it.
    fn headed_list(&mut self, head: &TextLine, items: &[Vec<&TextLine>]) {
        self.close_lists(0);
        self.out.at(FilePosition::Line(head.number));
        self.out.open_list_below(&head.text);
        for item in items {
            if let Some(line) = item.first() {
                self.out.at(FilePosition::Line(line.number));
            }
            self.out.item(None, &self.vocabulary.join(item.iter().map(|line| line.text.as_str()), "\n"));
        }
        self.out.close_list();
    }

    /// Adds terms with their meanings. The rows begin at line `from`.
    fn pairs(&mut self, from: usize, rows: &[Vec<String>]) {
        self.close_lists(0);
        let announced = self.open_terms();
        for (at, row) in rows.iter().enumerate() {
            if let [term, meaning] = row.as_slice() {
                self.out.at(FilePosition::Line(from + at));
                self.out.term(term, meaning);
            }
        }
        if announced {
            self.out.close_terms();
        }
    }

    /// Opens a list of terms if the paragraph above announces it.
    fn open_terms(&mut self) -> bool {
        let announced = |last: &Block| last.kind == BlockKind::Paragraph && last.text.ends_with(':');
        let announced = self.out.last().is_some_and(announced);
        if announced {
            self.out.open_terms();
        }
        announced
    }

    /// Whether the paragraph above ends in a colon and these lines are indented.
    fn is_announced_above(&self, first: &TextLine) -> bool {
        first.indent > 1
            && self.lists.is_empty()
            && self
                .out
                .last()
                .is_some_and(|last| last.kind == BlockKind::Paragraph && last.text.ends_with(':'))
    }

    fn keys(&mut self, keys: Vec<(String, Vec<&TextLine>, String)>) {
        let announced = self.open_terms();
        for (key, lines, value) in keys {
            let more = lines.iter().skip(1).map(|line| line.text.as_str());
            let text = self.vocabulary.join(std::iter::once(value.as_str()).chain(more), "\n");
            if let Some(line) = lines.first() {
                self.out.at(FilePosition::Line(line.number));
            }
            self.out.term(&key, &text);
        }
        if announced {
            self.out.close_terms();
        }
    }

    fn terms(&mut self, terms: Vec<(&TextLine, Vec<&TextLine>)>) {
        self.close_lists(0);
        for (term, description) in terms {
            self.end_term();
            let text = self.vocabulary.join(description.iter().map(|line| line.text.as_str()), "\n");
            let from = description.first().map_or(term.indent, |line| line.indent);
            self.term = Some((from, term.clone(), text));
        }
    }

    /// Ends the answer to the last question after the group directly below it.
    fn end_answer_under(&mut self, first: &TextLine, rest: &[TextPart]) {
        match self.under.filter(|_| self.answering) {
            Some(line) if line == first.number => self.under = Some(0),
            Some(0) => {
                let mut section =
                    rest.iter().take_while(|part| !matches!(part, TextPart::Heading { .. })).take(64);
                if !section.any(|part| matches!(part, TextPart::Question(_))) {
                    self.close_lists(0);
                    self.close_question();
                }
            }
            _ => self.under = None,
        }
    }

    /// Ends the open answer if a group is not part of it: it is indented less than answers with hanging indents, or no
    /// further question follows.
    fn end_answer(&mut self, first: &TextLine, rest: &[TextPart]) {
        let Some(indent) = self.question else { return };
        if first.indent > indent
            || marks::answer(&first.text).is_some()
            || marks::question(&first.text).is_some()
        {
            return;
        }
        let section = rest.iter().take_while(|part| !matches!(part, TextPart::Heading { .. })).take(64);
        let more = section.into_iter().flat_map(lines).any(|line| marks::question(&line.text).is_some());
        if self.hangs || !more {
            self.close_lists(0);
            self.close_question();
        }
    }

    /// Adds a question, an answer, or the text before them.
    fn turn(&mut self, turn: &[TextLine]) {
        let Some(first) = turn.first() else { return };
        let texts = |start: &str| {
            let more = turn.iter().skip(1).map(|line| line.text.as_str());
            self.vocabulary.join(std::iter::once(start).chain(more), "\n")
        };
        if let Some(question) = marks::question(&first.text).map(texts) {
            self.close_lists(0);
            self.close_question();
            self.out.at(FilePosition::Line(first.number));
            self.out.open_question(&question);
            self.question = Some(first.indent);
            return;
        }
        let mut turn = turn.to_vec();
        if let (Some(line), Some(answer)) = (turn.first_mut(), marks::answer(&first.text)) {
            line.indent += line.text.chars().count().saturating_sub(answer.chars().count());
            line.text = answer.to_owned();
        }
        self.items(&turn);
    }

    fn paragraph(&mut self, lines: &[TextLine]) {
        let text = self.vocabulary.join(lines.iter().map(|line| line.text.as_str()), "\n");
        if let Some(line) = lines.first() {
            self.out.at(FilePosition::Line(line.number));
        }
        self.out.paragraph(&text);
    }

    /// Adds the lines of paragraphs and items.
    fn items(&mut self, lines: &[TextLine]) {
        let lines = &shape::without_columns_of_items(lines);
        if shape::are_unmarked_lists(lines, self.width) {
            return lines
                .chunk_by(|_, next| !next.text.ends_with(':'))
                .for_each(|list| self.unmarked_list(list));
        }
        let mut from = 0;
        let mut item: Option<(ItemMark, usize)> = None;
        for (at, line) in lines.iter().enumerate() {
            let before = lines.get(from..at).unwrap_or_default();
            let next = lines.get(at + 1);
            let begun = mark(&line.text)
                .filter(|(mark, _)| self.begins_item(mark, line, before, item.as_ref(), next));
            let leaves = begun.is_none()
                && item.as_ref().is_some_and(|(_, indent)| self.leaves_item(line, *indent, before));
            if begun.is_some() || leaves {
                self.flush(before, item.take());
                from = at;
                item = begun.map(|(mark, _)| (mark, line.indent));
            }
        }
        self.flush(lines.get(from..).unwrap_or_default(), item);
    }

    /// Adds a line and the lines below that it announces.
    fn unmarked_list(&mut self, lines: &[TextLine]) {
        let Some((lead, items)) = lines.split_first() else { return };
        self.close_lists(0);
        self.paragraph(std::slice::from_ref(lead));
        self.lines_as_items(items);
    }

    fn lines_as_items(&mut self, items: &[TextLine]) {
        self.out.open_list();
        for line in items {
            self.out.at(FilePosition::Line(line.number));
            self.out.item(None, &line.text);
        }
        self.out.close_list();
    }

    /// Whether a line is not part of the item above: it is indented less, or it is indented equally and begins a
    /// sentence although the line above had room for it.
    fn leaves_item(&self, line: &TextLine, indent: usize, before: &[TextLine]) -> bool {
        let room = before.last().is_some_and(|last| last.width() * 10 < self.width * 6);
        line.indent < indent || line.indent == indent && room && line.text.starts_with(char::is_uppercase)
    }

    /// Whether a mark at the start of a line is really one. `before` are the lines of the open paragraph or item.
    fn begins_item(
        &self,
        mark: &ItemMark,
        line: &TextLine,
        before: &[TextLine],
        item: Option<&(ItemMark, usize)>,
        next: Option<&TextLine>,
    ) -> bool {
        let Some(last) = before.last() else {
            return self.continues_list(mark, line) || !matches!(mark.value, 0) || mark.number.is_none();
        };
        if let Some((open, indent)) = item {
            let sibling =
                self.lists.iter().chain([&OpenPlainList { indent: *indent, mark: open.clone() }]).any(
                    |list| {
                        list.indent == line.indent
                            && (list.mark.kind == mark.kind
                                && (mark.number.is_none() || mark.value == list.mark.value + 1))
                    },
                );
            let nested = line.indent > *indent
                && mark.is_first()
                && (mark.kind != open.kind || last.text.ends_with(':') || !mark.is_dash());
            return sibling || nested;
        }
        let base = before.first().map_or(0, |line| line.indent);
        let announced = last.text.ends_with(':');
        let follows =
            next.and_then(|next| super::mark::mark(&next.text).map(|(mark, _)| (mark, next.indent)));
        let repeated = follows.is_some_and(|(next, indent)| next.kind == mark.kind && indent == line.indent);
        mark.is_first() && (announced || line.indent > base || repeated)
    }

    fn continues_list(&self, mark: &ItemMark, line: &TextLine) -> bool {
        self.lists.iter().any(|list| list.indent == line.indent && list.mark.kind == mark.kind)
    }

    /// Ends a paragraph or item.
    fn flush(&mut self, lines: &[TextLine], item: Option<(ItemMark, usize)>) {
        let Some(first) = lines.first() else { return };
        let Some((item, indent)) = item else {
            let inside = self.lists.iter().take_while(|list| first.indent > list.indent).count();
            self.close_lists(inside);
            return match shape::are_ended_lines(lines, self.width) {
                true => lines.iter().for_each(|line| self.paragraph(std::slice::from_ref(line))),
                false => self.paragraph(lines),
            };
        };
        self.open_list_at(indent, &item);
        let words = mark(&first.text).map_or(first.text.as_str(), |(_, words)| words);
        let more = lines.iter().skip(1).map(|line| line.text.as_str());
        let text = self.vocabulary.join(std::iter::once(words).chain(more), "\n");
        self.out.at(FilePosition::Line(first.number));
        self.out.item(item.number, &text);
    }

    fn open_list_at(&mut self, indent: usize, mark: &ItemMark) {
        let outside = self.lists.iter().take_while(|list| list.indent < indent).count();
        let same =
            self.lists.get(outside).is_some_and(|list| list.indent == indent && list.mark.kind == mark.kind);
        // Other marks, or numbering that restarts, begin another list.
        let again = mark.number.is_some() && mark.value == 1;
        let keep = if same && !again { outside + 1 } else { outside };
        self.close_lists(keep);
        if let Some(list) = self.lists.get_mut(outside) {
            list.mark = mark.clone();
        } else if self.lists.len() < DEEPEST {
            self.out.open_list();
            self.lists.push(OpenPlainList { indent, mark: mark.clone() });
        }
    }
}
