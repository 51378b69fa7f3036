//! A document as a list of blocks, into which every format is read. The [`Assembler`] decides, for all formats, which
//! paragraph introduces a list, which item contains a nested list, and which column headers belong to a row.

mod phrase;
mod position;
mod table;

use super::plain::marks::names_year;
use super::reference;
pub use phrase::{announces, is_unfinished, lacks_words, only_introduces};
pub use position::FilePosition;
pub use table::{Cell, Table};

/// A piece of a document, in document order and without markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its words, with the line breaks inside it.
    pub text: String,
    /// The block that introduces this one, as an index into the list: the paragraph above a list, the item above a
    /// nested list, the column headers of a row, the question before an answer.
    pub lead_in: Option<usize>,
    /// Where it begins.
    pub place: FilePosition,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// The document's title, if the format distinguishes it from headings.
    Title,
    /// A heading; level 1 is the outermost.
    Heading {
        /// 1 to 6.
        level: u8,
    },
    /// Ends the sections of this level and those inside them: what follows belongs to the enclosing section.
    SectionEnd {
        /// 1 to 6.
        level: u8,
    },
    /// A paragraph.
    Paragraph,
    /// A list item, or a further paragraph of one.
    ListItem {
        /// Its number as written (`3.`, `b)`); `None` for bullets and further paragraphs.
        number: Option<String>,
        /// Whether it continues the previous item.
        continues: bool,
    },
    /// The caption of a table.
    Caption,
    /// A table's column headers, joined by [`CELL_SEPARATOR`].
    TableHead,
    /// A table row, its cells joined by [`CELL_SEPARATOR`].
    TableRow,
    /// A term with its description, written as `term: description`.
    Term {
        /// The length of the term, in bytes.
        term: usize,
    },
    /// A question, answered by the blocks that have it as their lead-in.
    Question,
    /// The title of a warning or note.
    AdmonitionTitle,
    /// A footnote.
    Note,
    /// An entry of the reference list.
    Reference {
        /// The number by which the text cites it.
        number: Option<String>,
    },
    /// Text of the page or site rather than the document: never searched, never quoted.
    Furniture,
}

/// Separates the cells of a row.
pub const CELL_SEPARATOR: &str = " | ";

/// Builds the list of blocks of a document.
#[derive(Default)]
pub struct Assembler {
    blocks: Vec<Block>,
    frames: Vec<Frame>,
    place: FilePosition,
    /// The last block that is not furniture.
    last_content: Option<usize>,
    last_term: Option<usize>,
    /// The number of the open item that has no words yet.
    item: Option<Option<String>>,
    /// The level of the heading of the open reference list, if there is one.
    literature: Option<u8>,
    /// Whether the heading of the reference list is only "Notes", so that its items may not be references.
    only_notes: bool,
}

/// An open list, answer, warning or description that contains the next block.
struct Frame {
    kind: FrameKind,
    /// The block that introduces the blocks in it.
    lead_in: Option<usize>,
    /// For a list, whether an item is open.
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
    /// The description of a term. Holds the term until the description has words.
    Description(Option<String>),
}

impl Assembler {
    /// Sets the place of the next blocks.
    pub fn at(&mut self, place: FilePosition) {
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

    /// Adds a heading, which ends any open answers.
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

    /// Ends the sections of a level and those inside them, for example after a box with its own headings.
    pub fn end_section(&mut self, level: u8) {
        self.last_content = None;
        let kind = BlockKind::SectionEnd { level: level.clamp(1, 6) };
        self.blocks.push(Block { kind, text: String::new(), lead_in: None, place: self.place });
    }

    /// Adds a paragraph. In an open item or description, the first call adds its first words and later calls add
    /// further paragraphs.
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

    /// Begins a list, which is nested if an item is open.
    pub fn open_list(&mut self) {
        self.name_term();
        // If the open item has no words, the item before it does not introduce this list.
        let lead_in = if self.item.take().is_some() { self.frame_lead_in() } else { self.introducer() };
        self.frames.push(Frame::new(FrameKind::List, lead_in));
    }

    /// Adds a line, and begins the list that it introduces even though it does not end in a colon.
    pub fn open_list_below(&mut self, line: &str) {
        self.paragraph(line);
        self.frames.push(Frame::new(FrameKind::List, self.last_content));
    }

    /// Begins an item; the next paragraph provides its first words. `number` is the number as written (`3.`, `b)`).
    pub fn open_item(&mut self, number: Option<String>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.in_item = true;
        }
        self.item = Some(number);
    }

    /// Whether an item is open that has no words yet.
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

    /// The number of open lists, answers, warnings and descriptions.
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Closes everything opened since [`Self::depth`] was `depth`.
    pub fn close_to(&mut self, depth: usize) {
        self.item = None;
        self.frames.truncate(depth);
    }

    /// Ends the innermost list and everything open in it.
    pub fn close_list(&mut self) {
        self.close(&FrameKind::List);
    }

    /// Adds a table.
    pub fn table(&mut self, table: &Table) {
        self.name_term();
        // A table has a caption and heads of its own: "The schedule below is for adults." does not introduce it.
        let is_whole = |at: &usize| {
            let block = self.blocks.get(*at);
            block.is_some_and(|block| block.kind == BlockKind::Paragraph && !is_unfinished(&block.text))
        };
        let lead_in = match self.introducer() {
            Some(at) if is_whole(&at) => self.frame_lead_in(),
            lead_in => lead_in,
        };
        self.introduced_table(table, lead_in);
    }

    /// Adds a table. Each row introduces the tables in its cells.
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

    /// Whether the paragraph directly above a table is its caption: `Table 2. Doses`.
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

    /// Begins a list of terms.
    pub fn open_terms(&mut self) {
        self.name_term();
        let lead_in = self.introducer();
        self.frames.push(Frame::new(FrameKind::Terms, lead_in));
    }

    /// Ends the innermost list of terms.
    pub fn close_terms(&mut self) {
        self.close(&FrameKind::Terms);
    }

    /// Begins another description of the last term.
    pub fn open_further_description(&mut self) {
        self.item = None;
        self.frames.push(Frame::new(FrameKind::Description(None), self.last_term));
    }

    /// Ends the innermost description and everything open in it. A term without a description becomes a paragraph.
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

    /// Adds the open term if it has no description yet, so that it can introduce the blocks that describe it.
    fn name_term(&mut self) {
        if let Some(Frame { kind: FrameKind::Description(term), .. }) = self.frames.last_mut()
            && let Some(term) = term.take()
        {
            self.push_term(term.len(), &term);
        }
    }

    /// Adds a term, which introduces the rest of its description.
    fn push_term(&mut self, term: usize, text: &str) {
        let lead_in = self.frame_lead_in();
        self.push(BlockKind::Term { term }, text, lead_in);
        self.last_term = self.blocks.len().checked_sub(1);
        if let Some(frame) = self.frames.last_mut() {
            frame.lead_in = self.last_term;
        }
    }

    /// Adds a question and begins its answer.
    pub fn open_question(&mut self, question: &str) {
        let lead_in = self.frame_lead_in();
        self.push(BlockKind::Question, question, lead_in);
        let lead_in = self.blocks.len().checked_sub(1);
        self.frames.push(Frame::new(FrameKind::Answer, lead_in));
    }

    /// Ends the innermost answer and everything open in it.
    pub fn close_question(&mut self) {
        self.close(&FrameKind::Answer);
    }

    /// Whether a block added now has a lead-in.
    pub fn is_introduced(&self) -> bool {
        self.frame_lead_in().is_some()
    }

    /// Whether a list or table that begins now has a lead-in.
    pub fn is_announced(&self) -> bool {
        self.introducer().is_some()
    }

    /// Whether the innermost open frame is an answer.
    pub fn in_answer(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.kind == FrameKind::Answer)
    }

    /// Begins a warning or note, with its title if it has one.
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

    /// Adds an entry of the reference list, without its number.
    pub fn reference(&mut self, number: Option<String>, text: &str) {
        self.push(BlockKind::Reference { number }, text, None);
    }

    /// Adds page furniture, such as navigation.
    pub fn furniture(&mut self, text: &str) {
        self.push(BlockKind::Furniture, text, None);
    }

    /// The blocks so far.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the blocks.
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

    /// The block that introduces a list or table that begins now: the paragraph directly before it, or the item that
    /// contains it.
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
