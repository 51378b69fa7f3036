//! A document as a list of blocks: what every format is read into. Which paragraph introduces a list, which item holds a
//! nested list, and what heads stand over a row is decided once, by the [`Assembler`].

mod phrase;
mod table;

use serde::{Deserialize, Serialize};

use super::plain::marks::names_year;
use super::reference;
pub use phrase::{announces, is_unfinished, lacks_words, only_introduces};
pub use table::{Cell, Table};

/// A piece of a document, in its order, free of the format's markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its words; line breaks inside stay.
    pub text: String,
    /// The block that introduces this one, an index into the list: the paragraph over a list, the item over a nested list,
    /// the column heads over a row, the question over an answer.
    pub lead_in: Option<usize>,
    /// Where it begins.
    pub place: Place,
}

/// Where a block begins in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Place {
    /// The format does not tell.
    #[default]
    Unknown,
    /// A line of a text file, from 1.
    Line(usize),
    /// A page of a PDF, from 1.
    Page(u32),
}

impl Place {
    /// The line, where it is one.
    pub fn line(self) -> Option<usize> {
        if let Self::Line(line) = self { Some(line) } else { None }
    }

    /// The page, where it is one.
    pub fn page(self) -> Option<u32> {
        if let Self::Page(page) = self { Some(page) } else { None }
    }
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// The document's own title, where it is told apart from the headings.
    Title,
    /// A heading; level 1 is the outermost.
    Heading {
        /// 1 to 6.
        level: u8,
    },
    /// Ends the sections of this level and those inside: what follows belongs to the section around them.
    SectionEnd {
        /// 1 to 6.
        level: u8,
    },
    /// A paragraph.
    Paragraph,
    /// An item of a list, or a further paragraph of one.
    ListItem {
        /// Its number as it is written (`3.`, `b)`); `None` for bullets and further paragraphs.
        number: Option<String>,
        /// Whether it goes on with the item before.
        continues: bool,
    },
    /// The caption of a table.
    Caption,
    /// A table's column heads, joined by [`CELL_SEPARATOR`].
    TableHead,
    /// A row of a table, its cells joined by [`CELL_SEPARATOR`].
    TableRow,
    /// A term with its description, as `term: description`.
    Term {
        /// The length of the term, in bytes.
        term: usize,
    },
    /// A question that the blocks which name it as their lead-in answer.
    Question,
    /// The title of a warning or note.
    AdmonitionTitle,
    /// A footnote.
    Note,
    /// An entry of the list of literature.
    Reference {
        /// The number that the text cites it by.
        number: Option<String>,
    },
    /// What belongs to the page or site and not to the document: never searched, never quoted.
    Furniture,
}

/// What stands between the cells of a row.
pub const CELL_SEPARATOR: &str = " | ";

/// Puts the blocks of a document together.
#[derive(Default)]
pub struct Assembler {
    blocks: Vec<Block>,
    frames: Vec<Frame>,
    place: Place,
    /// The last block that is no furniture.
    last_content: Option<usize>,
    /// The number of the item whose first words are still to come.
    item: Option<Option<String>>,
    /// The level of the heading over a list of literature, while one is open.
    literature: Option<u8>,
    /// Whether its heading promises notes, which may be literature or not.
    only_notes: bool,
}

/// What the next block stands in.
struct Frame {
    kind: FrameKind,
    /// What introduces the blocks in it.
    lead_in: Option<usize>,
    /// In a list, whether an item is open.
    in_item: bool,
}

impl Frame {
    fn new(kind: FrameKind, lead_in: Option<usize>) -> Self {
        Self { kind, lead_in, in_item: false }
    }
}

#[derive(Clone, PartialEq, Eq)]
enum FrameKind {
    List,
    Answer,
    Admonition,
    /// A list of terms.
    Terms,
    /// The description of a term, which is kept until the description has words.
    Description(Option<String>),
}

impl Assembler {
    /// Sets where the next blocks begin.
    pub fn at(&mut self, place: Place) {
        self.place = place;
    }

    /// The last block.
    pub fn last(&self) -> Option<&Block> {
        self.blocks.last()
    }

    /// Adds the document's title.
    pub fn title(&mut self, text: &str) {
        self.push(BlockKind::Title, text, None);
    }

    /// Adds a heading. It ends the answers that are open.
    pub fn heading(&mut self, level: u8, text: &str) {
        if self.literature.is_none_or(|open| level <= open) {
            self.literature = reference::is_heading(text).then_some(level);
            self.only_notes = text.to_lowercase().trim().ends_with("notes") && !text.contains(' ');
        }
        while self.frames.last().is_some_and(|frame| frame.kind == FrameKind::Answer) {
            self.frames.pop();
        }
        self.push(BlockKind::Heading { level: level.clamp(1, 6) }, text, None);
    }

    /// Ends the sections of a level and those inside, as after a box with headings of its own.
    pub fn end_section(&mut self, level: u8) {
        self.last_content = None;
        let kind = BlockKind::SectionEnd { level: level.clamp(1, 6) };
        self.blocks.push(Block { kind, text: String::new(), lead_in: None, place: self.place });
    }

    /// Adds a paragraph. It is the first words of an item or description that was opened, or a further paragraph of it.
    pub fn paragraph(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if let Some(number) = self.item.take() {
            return self.item(number, text);
        }
        let lead_in = self.frame_lead_in();
        match self.frames.last_mut() {
            Some(frame) if frame.kind == FrameKind::List && frame.in_item => {
                self.push(BlockKind::ListItem { number: None, continues: true }, text, lead_in);
            }
            Some(Frame { kind: FrameKind::Description(term), .. }) => match term.take() {
                Some(term) => self.describe(&term, text),
                None => self.describe_further(text),
            },
            _ => self.push(BlockKind::Paragraph, text, lead_in),
        }
    }

    /// Begins a list: in an item a nested one.
    pub fn open_list(&mut self) {
        self.name_term();
        // An item without words of its own does not make the one before it an introduction.
        let lead_in = if self.item.take().is_some() { self.frame_lead_in() } else { self.introducer() };
        self.frames.push(Frame::new(FrameKind::List, lead_in));
    }

    /// Begins an item: the next paragraph is its first words. `number` is as it is written (`3.`, `b)`).
    pub fn open_item(&mut self, number: Option<String>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.in_item = true;
        }
        self.item = Some(number);
    }

    /// Whether the first words of an item are still to come.
    pub fn awaits_item(&self) -> bool {
        self.item.is_some()
    }

    /// Adds an item with its first words.
    pub fn item(&mut self, number: Option<String>, text: &str) {
        let lead_in = self.frame_lead_in();
        if let Some(frame) = self.frames.last_mut() {
            frame.in_item = true;
        }
        if self.literature.is_some() && self.only_notes && !names_year(text) {
            return self.push(BlockKind::Note, text, None);
        }
        if self.literature.is_some() {
            return self.push(BlockKind::Reference { number }, text, None);
        }
        self.push(BlockKind::ListItem { number, continues: false }, text, lead_in);
    }

    /// How many lists, answers, warnings and descriptions are open.
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Ends what was opened since there were so many open.
    pub fn close_to(&mut self, depth: usize) {
        self.item = None;
        self.frames.truncate(depth);
    }

    /// Ends the innermost list, and everything that is open in it.
    pub fn close_list(&mut self) {
        self.close(&FrameKind::List);
    }

    /// Adds a table.
    pub fn table(&mut self, table: &Table) {
        self.name_term();
        let lead_in = self.introducer();
        self.introduced_table(table, lead_in);
    }

    /// Each row introduces the tables that stand in its cells.
    fn introduced_table(&mut self, table: &Table, mut lead_in: Option<usize>) {
        if let Some(at) = lead_in.filter(|at| self.is_numbered_caption(*at)) {
            self.blocks
                .get_mut(at..=at)
                .unwrap_or_default()
                .iter_mut()
                .for_each(|b| b.kind = BlockKind::Caption);
        }
        if let Some(caption) = table.caption.as_deref().filter(|caption| !caption.trim().is_empty()) {
            self.push(BlockKind::Caption, caption, lead_in);
            lead_in = self.blocks.len().checked_sub(1);
        }
        let (heads, rows) = table.resolved();
        if heads.iter().any(|head| !head.trim().is_empty()) {
            self.push(BlockKind::TableHead, &heads.join(CELL_SEPARATOR), lead_in);
            lead_in = self.blocks.len().checked_sub(1);
        }
        let mut inner = table.inner.iter().peekable();
        for (at, row) in rows.iter().enumerate() {
            let says_something = row.iter().any(|cell| !cell.trim().is_empty());
            if says_something {
                self.push(BlockKind::TableRow, &row.join(CELL_SEPARATOR), lead_in);
            }
            let introducing = if says_something { self.blocks.len().checked_sub(1) } else { lead_in };
            while let Some((_, inner)) = inner.next_if(|(row, _)| *row <= at) {
                self.introduced_table(inner, introducing);
            }
        }
    }

    /// Whether a paragraph right over a table names it: `Table 2. Doses`.
    fn is_numbered_caption(&self, at: usize) -> bool {
        self.last_content == Some(at)
            && self.blocks.get(at).is_some_and(|block| {
                let number = block.text.strip_prefix("Table ").unwrap_or_default();
                block.kind == BlockKind::Paragraph
                    && number.starts_with(|c: char| c.is_ascii_digit())
                    && is_unfinished(&block.text)
            })
    }

    /// Adds a term with its whole description.
    pub fn term(&mut self, term: &str, description: &str) {
        self.open_description(term);
        self.paragraph(description);
        self.close_description();
    }

    /// Begins the description of a term.
    pub fn open_description(&mut self, term: &str) {
        let term = term.trim().trim_end_matches(':').trim_end();
        let lead_in = self.frame_lead_in();
        self.item = None;
        self.frames.push(Frame::new(FrameKind::Description(Some(term.to_owned())), lead_in));
    }

    /// Begins the list of terms that stands under what introduces it.
    pub fn open_terms(&mut self) {
        self.name_term();
        let lead_in = self.introducer();
        self.frames.push(Frame::new(FrameKind::Terms, lead_in));
    }

    /// Ends the innermost list of terms.
    pub fn close_terms(&mut self) {
        self.close(&FrameKind::Terms);
    }

    /// Begins another description of the last terms.
    pub fn open_further_description(&mut self) {
        self.item = None;
        let term = self.blocks.iter().rposition(|block| matches!(block.kind, BlockKind::Term { .. }));
        self.frames.push(Frame::new(FrameKind::Description(None), term));
    }

    /// Ends the innermost description, and everything that is open in it. A term that was not described stands for itself.
    pub fn close_description(&mut self) {
        let innermost = self.frames.iter().rposition(|frame| matches!(frame.kind, FrameKind::Description(_)));
        let Some(innermost) = innermost else { return };
        let open = self.frames.drain(innermost..).next();
        self.item = None;
        if let Some(Frame { kind: FrameKind::Description(Some(term)), .. }) = open {
            self.paragraph(&term);
        }
    }

    /// Adds the first words of a description.
    fn describe(&mut self, term: &str, description: &str) {
        let text = format!("{term}: {}", description.trim());
        self.push_term(term.len(), &text);
    }

    /// Adds a further paragraph of a description.
    fn describe_further(&mut self, text: &str) {
        let lead_in = self.frame_lead_in();
        match self.blocks.last_mut() {
            Some(block) if matches!(block.kind, BlockKind::Term { .. }) && !is_unfinished(&block.text) => {
                block.text.push('\n');
                block.text.push_str(text.trim());
            }
            _ => self.push(BlockKind::Paragraph, text, lead_in),
        }
    }

    /// Adds the term that is open without a description, so that it can introduce what describes it.
    fn name_term(&mut self) {
        if let Some(Frame { kind: FrameKind::Description(term), .. }) = self.frames.last_mut()
            && let Some(term) = term.take()
        {
            self.push_term(term.len(), &term);
        }
    }

    /// Adds a term, which introduces what else is in its description.
    fn push_term(&mut self, term: usize, text: &str) {
        let lead_in = self.frame_lead_in();
        self.push(BlockKind::Term { term }, text, lead_in);
        let at = self.blocks.len().checked_sub(1);
        if let Some(frame) = self.frames.last_mut() {
            frame.lead_in = at;
        }
    }

    /// Begins the answer to a question.
    pub fn open_question(&mut self, question: &str) {
        let lead_in = self.frame_lead_in();
        self.push(BlockKind::Question, question, lead_in);
        let lead_in = self.blocks.len().checked_sub(1);
        self.frames.push(Frame::new(FrameKind::Answer, lead_in));
    }

    /// Ends the innermost answer, and everything that is open in it.
    pub fn close_question(&mut self) {
        self.close(&FrameKind::Answer);
    }

    /// Whether something introduces the blocks that are added now.
    pub fn is_introduced(&self) -> bool {
        self.frame_lead_in().is_some()
    }

    /// Whether the last paragraph announces a list or table that begins now.
    pub fn is_announced(&self) -> bool {
        self.introducer().is_some()
    }

    /// Whether the answer to a question is open and nothing inside it.
    pub fn in_answer(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.kind == FrameKind::Answer)
    }

    /// Begins a warning or note, with its title where it has one.
    pub fn open_admonition(&mut self, title: Option<&str>) {
        let mut lead_in = self.frame_lead_in();
        if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
            self.push(BlockKind::AdmonitionTitle, title, lead_in);
            lead_in = self.blocks.len().checked_sub(1);
        }
        self.frames.push(Frame::new(FrameKind::Admonition, lead_in));
    }

    /// Ends the innermost warning or note.
    pub fn close_admonition(&mut self) {
        self.close(&FrameKind::Admonition);
    }

    /// Adds a footnote, without its mark.
    pub fn note(&mut self, text: &str) {
        self.push(BlockKind::Note, text, None);
    }

    /// Adds an entry of the list of literature, without its number.
    pub fn reference(&mut self, number: Option<String>, text: &str) {
        self.push(BlockKind::Reference { number }, text, None);
    }

    /// Adds furniture.
    pub fn furniture(&mut self, text: &str) {
        self.push(BlockKind::Furniture, text, None);
    }

    /// The blocks so far.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The blocks.
    pub fn finish(self) -> Vec<Block> {
        self.blocks
    }

    fn push(&mut self, kind: BlockKind, text: &str, lead_in: Option<usize>) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.item = None;
        if kind != BlockKind::Furniture {
            self.last_content = Some(self.blocks.len());
        }
        self.blocks.push(Block { kind, text: text.to_owned(), lead_in, place: self.place });
    }

    fn close(&mut self, kind: &FrameKind) {
        self.item = None;
        if let Some(innermost) = self.frames.iter().rposition(|frame| frame.kind == *kind) {
            self.frames.truncate(innermost);
        }
    }

    fn frame_lead_in(&self) -> Option<usize> {
        self.frames.last().and_then(|frame| frame.lead_in)
    }

    /// What introduces a list or table that begins now: the paragraph right before it, or the item that it stands in.
    fn introducer(&self) -> Option<usize> {
        let in_item = self.frames.last().is_some_and(|frame| frame.kind == FrameKind::List && frame.in_item);
        let introduces = |at: &usize| {
            self.blocks.get(*at).is_some_and(|block| match block.kind {
                BlockKind::ListItem { .. } => in_item,
                BlockKind::Paragraph => announces(&block.text),
                _ => false,
            })
        };
        self.last_content.filter(introduces).or_else(|| self.frame_lead_in())
    }
}
