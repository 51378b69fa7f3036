//! Turns the flow of lines into blocks: paragraphs, lists, terms, questions, boxes, tables and references.

use crate::knowledge::blocks::{Assembler, Block, Cell, FilePosition, Table};

use super::flow::{FlowLine, FlowPart, MarginNote, ReadingOrder};
use super::grid::{Grid, GridCell};
use super::join::{append, joined};
use super::list::{LineMark, mark};
use super::style::{LineRole, is_term, names_table, roles};
use super::words::{PdfLine, text_of};
use crate::text::hyphen::DocumentWords;

/// Maximum difference, in points, between two indents that count as equal.
const SAME: f32 = 3.0;

/// Stands for a letter that is drawn but unknown. Text that contains one is not quoted.
const UNKNOWN: char = '\u{fffd}';

/// The kind of the open text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextKind {
    Paragraph,
    Item,
    Further,
    Heading(u8),
    Term,
    Description,
    Title,
    Question,
    /// A line below a table that names it.
    Caption,
    Reference,
}

/// A text whose lines are still being collected.
struct OpenText {
    kind: TextKind,
    text: String,
    number: Option<String>,
    page: u32,
    first: FlowLine,
    last: FlowLine,
    lines: usize,
}

struct PdfWriter<'a> {
    flow: &'a ReadingOrder,
    assembler: Assembler,
    vocabulary: DocumentWords,
    open: Option<OpenText>,
    /// Where the marks of the open lists are, relative to their column.
    lists: Vec<(f32, f32)>,
    boxed: Option<usize>,
    term: Option<String>,
    /// Whether the answer ends with its paragraph.
    short_answer: bool,
    answering: bool,
    table: Option<(Grid, Option<String>, u32)>,
    asides: Vec<MarginNote>,
    in_references: bool,
}

/// Turns the flow into blocks.
pub fn write(flow: &ReadingOrder) -> Vec<Block> {
    let mut vocabulary = DocumentWords::default();
    for (part, _) in &flow.parts {
        match part {
            FlowPart::Line(piece) => vocabulary.add(&piece.line.text()),
            FlowPart::Table(grid, _) => {
                grid.rows
                    .iter()
                    .flatten()
                    .flat_map(|cell| &cell.lines)
                    .for_each(|line| vocabulary.add(&line.text()));
            }
            FlowPart::Furniture(_) => {}
        }
    }
    let mut writer = PdfWriter {
        flow,
        assembler: Assembler::default(),
        vocabulary,
        open: None,
        lists: Vec::new(),
        boxed: None,
        term: None,
        short_answer: false,
        answering: false,
        table: None,
        asides: flow.asides.clone(),
        in_references: false,
    };
    let roles = roles(flow);
    for (at, (part, page)) in flow.parts.iter().enumerate() {
        let role = roles.get(at).copied().unwrap_or_default();
        match part {
            FlowPart::Furniture(text) => writer.furniture(at, text),
            FlowPart::Table(grid, first) => writer.grid(grid, *first, *page),
            FlowPart::Line(piece) if role == LineRole::Contents => {
                writer.flush();
                writer.assembler.furniture(&piece.line.text());
            }
            FlowPart::Line(piece) => writer.line(at, piece, role, *page),
        }
    }
    writer.flush();
    writer.end_lists();
    writer.leave_box();
    writer.write_asides(usize::MAX);
    writer.assembler.finish()
}

/// The text after the mark of a question or answer, as in `Q: Why?`.
fn without_mark<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(mark)?.strip_prefix([':', '.'])?;
    rest.starts_with(' ').then(|| rest.trim_start())
}

fn is_finished(text: &str) -> bool {
    !crate::knowledge::blocks::is_unfinished(text)
}

impl PdfWriter<'_> {
    fn leading(&self, size: f32) -> f32 {
        self.flow.leading * size
    }

    /// Writes text that is not quoted. If a table caption is open and no table follows, it is not quoted either.
    fn furniture(&mut self, at: usize, text: &str) {
        let parts = self.flow.parts.iter().skip(at);
        let next = parts.map(|(part, _)| part).find(|part| !matches!(part, FlowPart::Furniture(_)));
        let of_table = !matches!(next, Some(FlowPart::Table(..)));
        let is_caption =
            |open: &mut OpenText| of_table && open.kind == TextKind::Paragraph && names_table(&open.text);
        if let Some(caption) = self.open.take_if(is_caption) {
            self.assembler.furniture(&caption.text);
        }
        self.assembler.furniture(text);
    }

    fn line(&mut self, at: usize, piece: &FlowLine, role: LineRole, page: u32) {
        if self.names_table_above(at, piece) {
            return self.begin(TextKind::Caption, piece, page, None, piece.line.text());
        }
        if self.open.as_ref().is_some_and(|open| open.kind == TextKind::Caption)
            && self.continuation(piece).is_some()
        {
            return self.go_on(piece);
        }
        self.end_table();
        if piece.boxed != self.boxed {
            self.flush();
            self.end_lists();
            self.leave_box();
            self.boxed = piece.boxed;
            if piece.boxed.is_some() {
                return self.start_box(piece, page);
            }
        }
        match role {
            LineRole::Heading(level) => return self.heading(at, level, piece, page),
            LineRole::Further => return self.go_on(piece),
            LineRole::Text | LineRole::Contents => {}
        }
        if is_term(self.flow, at) && piece.boxed.is_none() {
            self.flush();
            self.end_lists();
            return self.begin(TextKind::Term, piece, page, None, piece.line.text());
        }
        if self.is_question(piece) {
            self.end_answer();
            self.flush();
            self.end_lists();
            self.end_answer();
            return self.begin(TextKind::Question, piece, page, None, piece.line.text());
        }
        if let Some(mark) = mark(&piece.line).filter(|mark| self.is_item(mark, piece)) {
            return self.item(&mark, piece, page);
        }
        match self.continuation(piece) {
            Some(()) => self.go_on(piece),
            None => self.paragraph(piece, page),
        }
    }

    /// Whether a line below a table names that table, rather than another table below the line.
    fn names_table_above(&self, at: usize, piece: &FlowLine) -> bool {
        let has_none =
            self.table.as_ref().is_some_and(|(_, caption, _)| caption.is_none()) && self.open.is_none();
        let near = piece.gap.is_some_and(|gap| gap < 2.5 * self.leading(piece.line.size));
        let mut next = self.flow.parts.iter().skip(at).take(4);
        has_none
            && near
            && names_table(&piece.line.text())
            && !next.any(|(part, _)| matches!(part, FlowPart::Table(..)))
    }

    fn is_question(&self, piece: &FlowLine) -> bool {
        if without_mark(&piece.line.text(), "Q").is_some() {
            return piece.boxed.is_none();
        }
        let bold_before = self
            .open
            .as_ref()
            .is_some_and(|open| open.kind == TextKind::Paragraph && open.last.line.is_bold());
        piece.line.is_bold() && piece.line.text().ends_with('?') && piece.boxed.is_none() && !bold_before
    }

    /// Whether a mark begins an item, rather than being a dash or number at the start of a line within a sentence.
    fn is_item(&self, mark: &LineMark, piece: &FlowLine) -> bool {
        let Some(open) = self.open.as_ref() else { return true };
        let close = piece.gap.is_some_and(|gap| gap < 1.25 * self.leading(piece.line.size));
        let in_text =
            open.kind == TextKind::Paragraph || open.kind == TextKind::Item || open.kind == TextKind::Further;
        let flush = (piece.indent - open.last.indent).abs() < SAME && !open.text.ends_with(':');
        let dash = mark.number.is_none()
            && "–—-−*".contains(&piece.line.words.first().map_or("", |word| word.text.as_str()).to_owned());
        let listed = self.lists.iter().any(|(x, _)| (x - piece.indent).abs() < SAME);
        !(in_text && close && flush && !listed && !is_finished(&open.text) && (dash || mark.number.is_some()))
    }

    fn item(&mut self, mark: &LineMark, piece: &FlowLine, page: u32) {
        self.flush();
        let text = text_of(piece.line.words.get(mark.words..).unwrap_or_default());
        if self.in_references {
            return self.begin(TextKind::Reference, piece, page, mark.number.clone(), text);
        }
        while self.lists.last().is_some_and(|(x, _)| piece.indent < x - SAME) {
            self.lists.pop();
            self.assembler.close_list();
        }
        let deeper = self.lists.last().is_none_or(|(x, _)| piece.indent > x + SAME);
        if deeper {
            self.assembler.open_list();
            self.lists.push((piece.indent, 0.0));
        }
        if let Some(list) = self.lists.last_mut() {
            list.1 = piece.indent + mark.text - mark.x;
        }
        self.begin(TextKind::Item, piece, page, mark.number.clone(), text);
    }

    /// Whether a line continues the open text.
    fn continuation(&self, piece: &FlowLine) -> Option<()> {
        let open = self.open.as_ref()?;
        let line = &piece.line;
        let like = (line.size / open.last.line.size.max(0.1) - 1.0).abs() < 0.1;
        let lower = line.text().starts_with(char::is_lowercase);
        let unfinished = !is_finished(&open.text);
        let cut = open.text.ends_with(['-', '\u{ad}', '‐', ',']);
        let goes_on = match (open.kind, piece.gap) {
            (TextKind::Heading(_), _) => false,
            (TextKind::Question, gap) => {
                !open.text.ends_with('?') && gap.is_some_and(|gap| gap < 1.3 * self.leading(line.size))
            }
            (TextKind::Caption, gap) => {
                gap.is_some_and(|gap| gap < 1.2 * self.leading(line.size)) && unfinished
            }
            (TextKind::Title, gap) => gap.is_some() && line.is_bold(),
            (TextKind::Term, _) => false,
            (TextKind::Item | TextKind::Further | TextKind::Reference, None) => {
                let text = self.lists.last().map_or(open.last.indent, |(_, text)| *text);
                let fits = (piece.indent - text).abs() < SAME + 1.0 && piece.indent > SAME;
                unfinished && !open.text.ends_with(':') && (fits || lower || cut) || fits
            }
            (TextKind::Item | TextKind::Further, Some(gap)) => {
                let (mark, text) = self.lists.last().copied().unwrap_or_default();
                let inside =
                    piece.indent > mark + SAME || (unfinished && (lower || cut) && text < mark + 1.0);
                inside && gap < 1.3 * self.leading(line.size)
            }
            (TextKind::Reference, Some(gap)) => {
                piece.indent > open.first.indent + SAME && gap < 1.5 * self.leading(line.size)
                    || gap < 1.2 * self.leading(line.size) && !is_finished(&open.text)
            }
            (TextKind::Description, Some(gap)) => {
                (piece.indent > SAME || unfinished) && gap < 1.3 * self.leading(line.size)
            }
            (TextKind::Description, None) => unfinished,
            (TextKind::Paragraph, None) => {
                unfinished
                    && !open.text.ends_with(':')
                    && (lower || cut || open.last.slack < 0.12 * open.last.line.x1)
            }
            (TextKind::Paragraph, Some(gap)) => {
                gap < 1.22 * self.leading(line.size) && !self.breaks(open, piece)
            }
        };
        (goes_on && (like || open.kind == TextKind::Title)).then_some(())
    }

    /// Whether a new paragraph begins without a gap: by an indent, or after a line that had room for its first word.
    fn breaks(&self, open: &OpenText, piece: &FlowLine) -> bool {
        let finished = open.text.ends_with(['.', '!', '?', ':', ';']) || is_finished(&open.text);
        let first = piece.line.words.first().map_or(0.0, |word| word.x1 - word.x0);
        let room = open.last.slack > first + 0.6 * piece.line.size;
        let indented = piece.indent > open.last.indent + 0.8 * piece.line.size && open.last.indent < SAME;
        let bold = open.last.line.is_bold() != piece.line.is_bold()
            && (open.last.line.is_bold() || piece.line.is_bold());
        finished && (room || indented) || bold && (finished || room)
    }

    fn go_on(&mut self, piece: &FlowLine) {
        let text = piece.line.text();
        if let Some(open) = self.open.as_mut() {
            append(&mut open.text, &text, &self.vocabulary);
            open.last = piece.clone();
            open.lines += 1;
        }
    }

    fn paragraph(&mut self, piece: &FlowLine, page: u32) {
        let kind = self.open.as_ref().map(|open| open.kind);
        if kind == Some(TextKind::Term) {
            self.flush();
            return self.begin(TextKind::Description, piece, page, None, piece.line.text());
        }
        if kind == Some(TextKind::Question) {
            let close = piece.gap.is_some_and(|gap| gap < 1.3 * self.leading(piece.line.size));
            self.flush();
            self.short_answer = close;
            return self.begin(TextKind::Paragraph, piece, page, None, piece.line.text());
        }
        self.flush();
        if self.in_references {
            return self.begin(TextKind::Reference, piece, page, None, piece.line.text());
        }
        let further = self.lists.last().is_some_and(|(mark, text)| {
            (piece.indent - text).abs() < SAME && *text > mark + SAME && piece.gap.is_some()
        });
        if further {
            return self.begin(TextKind::Further, piece, page, None, piece.line.text());
        }
        self.end_lists();
        if self.short_answer {
            self.end_answer();
        }
        self.begin(TextKind::Paragraph, piece, page, None, piece.line.text());
    }

    fn begin(&mut self, kind: TextKind, piece: &FlowLine, page: u32, number: Option<String>, text: String) {
        self.open =
            Some(OpenText { kind, text, number, page, first: piece.clone(), last: piece.clone(), lines: 1 });
    }

    fn heading(&mut self, at: usize, level: u8, piece: &FlowLine, page: u32) {
        self.flush();
        self.end_lists();
        self.end_answer();
        self.write_asides(at);
        self.begin(TextKind::Heading(level), piece, page, None, piece.line.text());
    }

    fn start_box(&mut self, piece: &FlowLine, page: u32) {
        if piece.line.is_bold() {
            return self.begin(TextKind::Title, piece, page, None, piece.line.text());
        }
        self.assembler.open_admonition(None);
        match mark(&piece.line) {
            Some(mark) => self.item(&mark, piece, page),
            None => self.begin(TextKind::Paragraph, piece, page, None, piece.line.text()),
        }
    }

    fn leave_box(&mut self) {
        if self.boxed.take().is_some() {
            self.assembler.close_admonition();
        }
    }

    fn end_lists(&mut self) {
        for _ in self.lists.drain(..) {
            self.assembler.close_list();
        }
    }

    fn end_answer(&mut self) {
        if self.answering {
            self.flush();
            self.end_lists();
            self.assembler.close_question();
            self.answering = false;
        }
        self.short_answer = false;
    }

    fn flush(&mut self) {
        self.end_table();
        let Some(open) = self.open.take() else { return };
        self.assembler.at(FilePosition::Page(open.page));
        let text = open.text;
        if text.contains(UNKNOWN) {
            return self.assembler.furniture(&text);
        }
        match open.kind {
            TextKind::Paragraph if self.answering => {
                self.assembler.paragraph(without_mark(&text, "A").unwrap_or(&text))
            }
            TextKind::Paragraph | TextKind::Further | TextKind::Caption => self.assembler.paragraph(&text),
            TextKind::Item => self.assembler.item(open.number, &text),
            TextKind::Heading(level) => {
                self.in_references = crate::knowledge::reference::is_heading(&text);
                self.assembler.heading(level, &text);
            }
            TextKind::Term => self.term = Some(text),
            TextKind::Description => match self.term.take() {
                Some(term) => self.assembler.term(&term, &text),
                None => self.assembler.paragraph(&text),
            },
            TextKind::Title => self.assembler.open_admonition(Some(&text)),
            TextKind::Question => {
                self.assembler.open_question(without_mark(&text, "Q").unwrap_or(&text));
                self.answering = true;
            }
            TextKind::Reference => self.assembler.reference(open.number, &text),
        }
    }

    /// Writes the asides that belong before this part.
    fn write_asides(&mut self, before: usize) {
        let (now, later) =
            std::mem::take(&mut self.asides).into_iter().partition(|aside| aside.anchor < before);
        self.asides = later;
        let now: Vec<MarginNote> = now;
        for aside in now {
            self.assembler.at(FilePosition::Page(aside.page));
            let text = joined(aside.lines.iter().map(String::as_str), &self.vocabulary);
            if aside.note {
                self.assembler.note(&text);
            } else {
                self.assembler.paragraph(&text);
            }
        }
    }

    fn grid(&mut self, grid: &Grid, first: bool, page: u32) {
        if first
            && let Some((before, _, _)) = self.table.as_mut()
            && before.columns() == grid.columns()
        {
            return super::grid::extend(before, grid);
        }
        self.end_table();
        let captions = self.open.as_ref().is_some_and(|open| {
            let unfinished = !open.text.ends_with([':', '.', '!', '?']);
            open.kind == TextKind::Paragraph && (names_table(&open.text) || open.lines <= 2 && unfinished)
        });
        let caption = if captions { self.open.take().map(|open| open.text) } else { None };
        self.flush();
        self.end_lists();
        self.table = Some((grid.clone(), caption, page));
    }

    fn end_table(&mut self) {
        let Some((grid, above, page)) = self.table.take() else { return };
        let below = self.open.take_if(|open| open.kind == TextKind::Caption);
        let caption = above.or(below.map(|open| open.text));
        self.assembler.at(FilePosition::Page(page));
        let unread =
            |row: &Vec<GridCell>| row.iter().any(|cell| self.cell_text(&cell.lines).contains(UNKNOWN));
        if grid.rows.iter().any(unread) {
            let texts =
                grid.rows.iter().flatten().map(|cell| self.cell_text(&cell.lines)).collect::<Vec<_>>();
            return texts.iter().for_each(|text| self.assembler.furniture(text));
        }
        let cell = |cell: &GridCell| Cell {
            text: self.cell_text(&cell.lines),
            columns: cell.columns,
            rows: cell.rows,
        };
        if let Some(items) = grid.items().filter(|_| caption.is_none()) {
            self.assembler.open_list();
            for (number, cell) in items {
                self.assembler.item(number, &self.cell_text(&cell.lines));
            }
            return self.assembler.close_list();
        }
        if let Some(terms) = grid.terms() {
            // "Words you may hear" in two columns without heads.
            for (term, description) in terms {
                self.assembler.term(&self.cell_text(&term.lines), &self.cell_text(&description.lines));
            }
            return;
        }
        let rows: Vec<Vec<Cell>> = grid.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        self.assembler.table(&Table { caption, rows, heads: grid.heads(), ..Table::default() });
    }

    fn cell_text(&self, lines: &[PdfLine]) -> String {
        let texts: Vec<String> = lines.iter().map(PdfLine::text).collect();
        joined(texts.iter().map(String::as_str), &self.vocabulary)
    }
}
