//! What a document is read into before headings, lists and lead-ins are told.

use std::collections::HashMap;

use super::role::Role;
use super::style::Format;

/// A document: its text, the paragraphs of its notes, and its headers and footers.
#[derive(Default)]
pub struct Document {
    pub content: Vec<Content>,
    pub notes: HashMap<NoteKey, Vec<String>>,
    pub margins: Vec<String>,
}

/// Which note a mark stands for: whether it is an endnote, and its name in the file.
pub type NoteKey = (bool, String);

/// A piece of a document, a cell or a text box.
#[derive(Debug, Clone)]
pub enum Content {
    Paragraph(Paragraph),
    Table(Table),
    TextBox(Vec<Content>),
}

/// A paragraph.
#[derive(Debug, Clone, Default)]
pub struct Paragraph {
    /// Its runs; neighbours differ in their format.
    pub runs: Vec<Run>,
    /// What its style says that it is.
    pub role: Role,
    /// Its label, where it is an item of a list.
    pub label: Option<Label>,
    /// How far from the margin its text begins, in twentieths of a point.
    pub left: i64,
    /// Whether its first line begins further left, as that of an item does.
    pub hanging: bool,
    /// The notes whose marks stand in it.
    pub notes: Vec<NoteKey>,
    /// Whether it belongs to a table of contents.
    pub contents: bool,
    /// Whether it belongs to a bibliography that the program keeps.
    pub bibliography: bool,
    /// Whether borders or a background make a box of it.
    pub boxed: bool,
    /// Whether a field in it counts tables or figures, as in captions.
    pub counts: bool,
}

/// Words of one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    pub format: Format,
}

/// What stands before an item: its list, how deep it stands in that (0 is outermost), and its number as it is written,
/// which bullets have none of.
#[derive(Debug, Clone)]
pub struct Label {
    pub list: ListName,
    pub level: u8,
    pub number: Option<String>,
}

/// What tells one list from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListName {
    /// A list of the numbering part.
    Numbered(i64),
    /// One that only the name of a style tells: of bullets or not.
    Styled(bool),
    /// One whose marks somebody typed, by their signs.
    Typed(String),
}

/// A table: its rows, without deleted ones, and whether its style sets the first apart.
#[derive(Debug, Clone)]
pub struct Table {
    pub rows: Vec<Row>,
    pub first_row_apart: bool,
}

/// A row, and whether it is repeated on each page.
#[derive(Debug, Clone)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub repeated: bool,
}

/// A cell: the column that it begins in, how many columns and rows it takes, whether it goes on with the cell above, and
/// whether it has a background.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub content: Vec<Content>,
    pub column: usize,
    pub columns: usize,
    pub rows: usize,
    pub continues: bool,
    pub shaded: bool,
}

impl Paragraph {
    /// Its words.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// The runs with words that are seen.
    fn seen(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| !run.text.trim().is_empty())
    }

    /// Whether nothing is seen of it.
    pub fn is_empty(&self) -> bool {
        self.seen().next().is_none()
    }

    /// Whether all that is seen of it is bold.
    pub fn is_bold(&self) -> bool {
        !self.is_empty() && self.seen().all(|run| run.format.bold)
    }

    /// The smallest size of its words.
    pub fn size(&self) -> i64 {
        self.seen().map(|run| run.format.size).min().unwrap_or_default()
    }
}

// The nesting of tables and text boxes is bounded by that of the XML, and so are these recursions.
impl Content {
    /// The content of all cells of a table or of a text box.
    pub fn inner(&self) -> Box<dyn Iterator<Item = &Content> + '_> {
        match self {
            Self::Paragraph(_) => Box::new(std::iter::empty()),
            Self::Table(table) => Box::new(table.cells().flat_map(|cell| &cell.content)),
            Self::TextBox(content) => Box::new(content.iter()),
        }
    }

    /// Itself, where it is a table of several columns.
    pub fn inner_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) if table.columns() > 1 => Some(table),
            _ => None,
        }
    }

    /// Whether nothing is seen of it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Paragraph(paragraph) => paragraph.is_empty(),
            other => other.inner().all(Content::is_empty),
        }
    }

    /// The notes whose marks stand in it.
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

/// The words of some content in one line.
pub fn text_of<'c>(content: impl IntoIterator<Item = &'c Content>) -> String {
    let mut line = String::new();
    content.into_iter().for_each(|one| one.add_words(&mut line));
    line
}
