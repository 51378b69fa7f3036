//! The content of a document, before headings, lists and lead-ins are detected.

use std::collections::HashMap;

use super::role::StyleRole;
use super::style::RunFormat;

/// A document: its text, the paragraphs of its notes, and its headers and footers.
#[derive(Default)]
pub struct WordDocument {
    pub content: Vec<Content>,
    pub notes: HashMap<NoteKey, Vec<String>>,
    pub margins: Vec<String>,
}

/// The note that a mark refers to: whether it is an endnote, and its id in the file.
pub type NoteKey = (bool, String);

/// A piece of a document, cell or text box.
#[derive(Debug, Clone)]
pub enum Content {
    Paragraph(Paragraph),
    Table(WordTable),
    TextBox(Vec<Content>),
}

/// A paragraph.
#[derive(Debug, Clone, Default)]
pub struct Paragraph {
    /// Its runs. Adjacent runs differ in format.
    pub runs: Vec<TextRun>,
    /// The role that its style gives it.
    pub role: StyleRole,
    /// Its label, if it is a list item.
    pub label: Option<Label>,
    /// The indent of its text from the margin, in twentieths of a point.
    pub left: i64,
    /// Whether it has a hanging indent, as list items do.
    pub hanging: bool,
    /// The notes whose marks are in it.
    pub notes: Vec<NoteKey>,
    /// Whether it belongs to a table of contents.
    pub contents: bool,
    /// Whether it belongs to a generated bibliography.
    pub bibliography: bool,
    /// Whether borders or a background make it part of a box.
    pub boxed: bool,
    /// Whether a field in it counts tables or figures, as in captions.
    pub counts: bool,
}

/// Text of one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRun {
    pub text: String,
    pub format: RunFormat,
}

/// The label of an item: its list, its level in the list (0 is outermost), and its number as displayed. Bullets have no
/// number.
#[derive(Debug, Clone)]
pub struct Label {
    pub list: ListName,
    pub level: u8,
    pub number: Option<String>,
}

/// The identity of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListName {
    /// A list of the numbering part.
    Numbered(i64),
    /// A list that only a style name marks. The value tells whether it is bulleted.
    Styled(bool),
    /// A list with typed marks, identified by their characters.
    TypedMark(String),
}

/// A table: its rows, without deleted ones, and whether its style sets the first row apart.
#[derive(Debug, Clone)]
pub struct WordTable {
    pub rows: Vec<WordRow>,
    pub first_row_apart: bool,
}

/// A row, and whether it is repeated on each page.
#[derive(Debug, Clone)]
pub struct WordRow {
    pub cells: Vec<WordCell>,
    pub repeated: bool,
}

/// A cell: its first column, the numbers of columns and rows that it spans, whether it continues the cell above, and
/// whether it has a background.
#[derive(Debug, Clone, Default)]
pub struct WordCell {
    pub content: Vec<Content>,
    pub column: usize,
    pub columns: usize,
    pub rows: usize,
    pub continues: bool,
    pub shaded: bool,
}

impl Paragraph {
    /// Its text.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// The runs with visible text.
    fn seen(&self) -> impl Iterator<Item = &TextRun> {
        self.runs.iter().filter(|run| !run.text.trim().is_empty())
    }

    /// Whether it has no visible text.
    pub fn is_empty(&self) -> bool {
        self.seen().next().is_none()
    }

    /// Whether all of its visible text is bold.
    pub fn is_bold(&self) -> bool {
        !self.is_empty() && self.seen().all(|run| run.format.bold)
    }

    /// Whether all of its visible text is bold or underlined.
    pub fn is_emphasised(&self) -> bool {
        self.is_bold() || !self.is_empty() && self.seen().all(|run| run.format.underlined)
    }

    /// The smallest font size of its visible text.
    pub fn size(&self) -> i64 {
        self.seen().map(|run| run.format.size).min().unwrap_or_default()
    }
}

// The nesting of tables and text boxes is bounded by that of the XML, so these recursions are bounded, too.
impl Content {
    /// The content of all cells of a table, or of a text box.
    pub fn inner(&self) -> Box<dyn Iterator<Item = &Content> + '_> {
        match self {
            Self::Paragraph(_) => Box::new(std::iter::empty()),
            Self::Table(table) => Box::new(table.cells().flat_map(|cell| &cell.content)),
            Self::TextBox(content) => Box::new(content.iter()),
        }
    }

    /// The table, if this is a table with several columns.
    pub fn inner_table(&self) -> Option<&WordTable> {
        match self {
            Self::Table(table) if table.columns() > 1 => Some(table),
            _ => None,
        }
    }

    /// Whether it has no visible text.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Paragraph(paragraph) => paragraph.is_empty(),
            other => other.inner().all(Content::is_empty),
        }
    }

    /// The notes whose marks are in it.
    pub fn notes(&self) -> Vec<NoteKey> {
        match self {
            Self::Paragraph(paragraph) => paragraph.notes.clone(),
            other => other.inner().flat_map(Content::notes).collect(),
        }
    }

    fn add_words(&self, line: &mut String) {
        match self {
            Self::Paragraph(paragraph) => {
                for word in paragraph.text().split_whitespace() {
                    line.push_str(if line.is_empty() { "" } else { " " });
                    line.push_str(word);
                }
            }
            other => other.inner().for_each(|inner| inner.add_words(line)),
        }
    }
}

/// The text of some content in one line.
pub fn text_of<'c>(content: impl IntoIterator<Item = &'c Content>) -> String {
    let mut line = String::new();
    content.into_iter().for_each(|one| one.add_words(&mut line));
    line
}
