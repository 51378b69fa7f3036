//! Converts content to blocks: headings, questions and answers, references and notes.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::{FlowLines, is_heading_text};
use super::list::OpenLists;
use super::model::{Content, NoteKey, Paragraph, WordDocument};
use super::outline::{DocumentHeadings, FlowKind, Heading};
use super::role::StyleRole;
use super::table::MOST_REPEATED;
use crate::knowledge::blocks::{Assembler, Block};
use crate::text::controls::one_line;

/// Headings of bibliographies, in lower case.
const BIBLIOGRAPHIES: &str = "references|reference list|list of references|bibliography|literature|literature cited|\
    works cited|cited literature|sources|literatur|literaturverzeichnis|literaturangaben|quellen|quellenverzeichnis|\
    quellenangaben|références|références bibliographiques|bibliographie|referencias|referencias bibliográficas|\
    bibliografía|riferimenti|riferimenti bibliografici|bibliografia|referências|referências bibliográficas|\
    referenties|literatuur|literatuurlijst|bronnen|referenser|källor|litteratur|referencer|kilder|referanser|\
    litteraturliste|piśmiennictwo|literatura|lähteet|kirjallisuus|irodalom|források|zdroje";

/// Writes the blocks of a document.
pub struct DocxWriter {
    pub assembler: Assembler,
    outline: DocumentHeadings,
    lists: OpenLists,
    notes: HashMap<NoteKey, Vec<String>>,
    /// Notes whose marks occur under the last heading.
    pub due: Vec<NoteKey>,
    /// The level of the last heading, and of the last heading with a heading style.
    pub level: u8,
    styled_level: u8,
    /// The level of the bibliography's heading, and whether the bibliography is a list of items.
    bibliography: Option<(u8, bool)>,
    /// The caption of the next table.
    pub caption: Option<String>,
    /// How many bytes the cells of further tables can repeat.
    pub repeatable: usize,
    /// Whether the answer to a question is open.
    pub asked: bool,
    /// Whether the open box contains a heading.
    pub headed_box: bool,
}

/// The blocks of a document.
pub fn write(document: WordDocument) -> Vec<Block> {
    let lines = FlowLines::of(document.content);
    let mut writer = DocxWriter {
        assembler: Assembler::default(),
        outline: DocumentHeadings::of(&lines),
        notes: document.notes,
        due: Vec::new(),
        lists: OpenLists::default(),
        level: 0,
        styled_level: 0,
        bibliography: None,
        caption: None,
        repeatable: MOST_REPEATED,
        asked: false,
        headed_box: false,
    };
    writer.flow(lines, FlowKind::Main);
    writer.end_section();
    for margin in document.margins {
        writer.assembler.furniture(&margin);
    }
    writer.assembler.finish()
}

impl DocxWriter {
    /// Writes a flow of text.
    pub fn flow(&mut self, mut lines: FlowLines, flow: FlowKind) {
        let mut at = 0_usize;
        while let Some(content) = lines.content.get(at) {
            at = match content {
                Content::Paragraph(_) => self.paragraph(&lines, at, flow),
                _ => match lines.take(at) {
                    Content::Table(table) => self.table(&lines, at, table),
                    other => {
                        self.boxed(other);
                        at.saturating_add(1)
                    }
                },
            };
        }
        self.close_lists();
    }

    /// Writes a paragraph and returns the index to continue at.
    fn paragraph(&mut self, lines: &FlowLines, at: usize, flow: FlowKind) -> usize {
        let next = at.saturating_add(1);
        let Some(paragraph) = lines.paragraph(at) else { return next };
        let text = paragraph.text();
        if paragraph.contents {
            self.close_lists();
            self.assembler.furniture(&one_line(&text));
            return next;
        }
        if let Some(heading) = self.outline.heading(lines, at, self.styled_level, flow) {
            return self.heading(lines, at, heading, flow);
        }
        self.due.extend(paragraph.notes.iter().cloned());
        if is_caption(lines, at, &text) {
            self.caption = Some(one_line(&text));
        } else if self.is_reference(lines, at, paragraph) {
            self.reference(lines, at);
        } else if self.is_question(lines, at, &text) {
            self.question(&text);
        } else if let Some(description) = described(lines, at) {
            self.close_lists();
            self.due.extend(description.notes.iter().cloned());
            self.assembler.term(&one_line(&text), &tidy(&description.text()));
            return next.saturating_add(1);
        } else if lines.is_item(at) {
            let (number, text) = lines.numbered(at);
            self.lists.enter(lines, at, &mut self.assembler);
            self.assembler.item(number, &tidy(&text));
        } else {
            self.plain(paragraph, &text);
        }
        next
    }

    fn plain(&mut self, paragraph: &Paragraph, text: &str) {
        self.lists.keep_around(paragraph, &mut self.assembler);
        let prefix = if self.asked { answer_prefix(text).unwrap_or(0) } else { 0 };
        self.assembler.paragraph(&tidy(text.get(prefix..).unwrap_or(text)));
        if paragraph.role == StyleRole::Subtitle {
            // The subtitle belongs to the title and does not introduce a list or table below it.
            self.assembler.end_section(6);
        }
    }

    /// Writes a heading and returns the index to continue at.
    fn heading(&mut self, lines: &FlowLines, at: usize, heading: Heading, flow: FlowKind) -> usize {
        let mut next = at.saturating_add(1);
        // A title of two lines can be two paragraphs.
        while flow == FlowKind::Main && lines.is_title(at) && lines.is_title(next) {
            next = next.saturating_add(1);
        }
        let paragraphs: Vec<&Paragraph> = (at..next).filter_map(|at| lines.paragraph(at)).collect();
        let texts: Vec<String> = paragraphs.iter().map(|paragraph| one_line(&paragraph.text())).collect();
        let (text, notes) =
            (texts.join(" "), paragraphs.iter().flat_map(|paragraph| paragraph.notes.iter().cloned()));
        self.close_lists();
        self.close_question();
        if flow == FlowKind::Box {
            self.due.extend(notes);
            self.box_heading(&text);
            return next;
        }
        self.end_section();
        self.due.extend(notes);
        let (Heading::Title(level) | Heading::Styled(level) | Heading::Unstyled(level)) = heading;
        self.level = level.min(6);
        if !matches!(heading, Heading::Unstyled(_)) {
            self.styled_level = self.level;
        }
        match heading {
            Heading::Title(_) => self.assembler.title(&text),
            _ => self.assembler.heading(self.level, &text),
        }
        self.bibliography = self.bibliography.filter(|(above, _)| level > *above);
        if is_bibliography(&text) {
            let mut inside = (next..lines.content.len())
                .take_while(|at| self.outline.heading(lines, *at, level, flow).is_none());
            self.bibliography = Some((level, inside.any(|at| lines.is_item(at))));
        }
        next
    }

    /// Writes a heading in a box as part of the section around the box. At the innermost level it becomes a plain
    /// paragraph.
    fn box_heading(&mut self, text: &str) {
        if self.level >= 6 {
            self.assembler.paragraph(text);
        } else {
            self.assembler.heading(self.level.saturating_add(1), text);
            self.headed_box = true;
        }
    }

    /// Ends everything that lasts until the next heading: answers, and the notes of the section.
    fn end_section(&mut self) {
        self.close_question();
        for key in std::mem::take(&mut self.due) {
            for text in self.notes.remove(&key).unwrap_or_default() {
                self.assembler.note(&text);
            }
        }
    }

    fn is_reference(&self, lines: &FlowLines, at: usize, paragraph: &Paragraph) -> bool {
        let listed = self.bibliography.is_some_and(|(_, listed)| !listed || lines.is_item(at));
        let introduces = paragraph.text().trim_end().ends_with(':');
        let is_listed = paragraph.bibliography || paragraph.role == StyleRole::Bibliography || listed;
        is_listed && !introduces && paragraph.role != StyleRole::Caption
    }

    fn reference(&mut self, lines: &FlowLines, at: usize) {
        self.close_lists();
        self.close_question();
        let (number, text) = lines.numbered(at);
        let number = number.map(|number| number.trim_matches(['[', ']', '(', ')', '.']).to_owned());
        self.assembler.reference(number, &one_line(&text));
    }

    /// Whether a line is a question: bold and ending in a question mark, or starting with `Q:`.
    fn is_question(&self, lines: &FlowLines, at: usize, text: &str) -> bool {
        let Some(paragraph) = lines.paragraph(at) else { return false };
        let next = lines.paragraph(at.saturating_add(1));
        let over_text = next.is_some_and(|next| !next.is_bold()) && !lines.is_item(at.saturating_add(1));
        let fits = paragraph.role == StyleRole::Body || paragraph.role.list_level().is_some();
        let bold = fits && paragraph.is_bold() && text.trim_end().ends_with('?');
        let asks = bold && self.outline.stands_over_text(lines, at) && (!lines.is_item(at) || over_text);
        asks || question_prefix(text).is_some() && next.is_some()
    }

    fn question(&mut self, text: &str) {
        self.close_lists();
        self.close_question();
        let text = text.get(question_prefix(text).unwrap_or(0)..).unwrap_or(text);
        self.assembler.open_question(&one_line(text));
        self.asked = true;
    }

    /// Ends the open answer.
    pub fn close_question(&mut self) {
        if std::mem::take(&mut self.asked) {
            self.assembler.close_question();
        }
    }

    /// Ends all lists.
    pub fn close_lists(&mut self) {
        self.lists.close(0, &mut self.assembler);
    }
}

/// Whether a line is the caption of the table below it.
fn is_caption(lines: &FlowLines, at: usize, text: &str) -> bool {
    let over_table =
        matches!(lines.content.get(at.saturating_add(1)), Some(Content::Table(table)) if table.columns() > 1);
    over_table
        && lines.paragraph(at).is_some_and(|paragraph| {
            let titled = paragraph.is_bold() && !lines.is_item(at) && is_heading_text(text);
            paragraph.role == StyleRole::Caption || paragraph.counts || titled
        })
}

/// The description under a term.
fn described(lines: &FlowLines, at: usize) -> Option<&Paragraph> {
    let with = |at: usize, role: StyleRole| lines.paragraph(at).filter(|paragraph| paragraph.role == role);
    with(at, StyleRole::Term)?;
    with(at.saturating_add(1), StyleRole::Description)
}

/// Replaces the tabs of a text by spaces; line breaks stay.
fn tidy(text: &str) -> String {
    text.trim().replace('\t', " ")
}

fn is_bibliography(heading: &str) -> bool {
    let words = heading.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '));
    let words = words.trim_end_matches(':').to_lowercase();
    BIBLIOGRAPHIES.split('|').any(|known| known == words)
}

/// The start of the text after `Q:` or `Q1.` before a question.
fn question_prefix(text: &str) -> Option<usize> {
    static PREFIX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*Q[0-9]*[:.)]\s+").expect("the pattern is a constant"));
    PREFIX.find(text).map(|prefix| prefix.end())
}

/// The start of the text after `A:` before an answer.
fn answer_prefix(text: &str) -> Option<usize> {
    static PREFIX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*A[0-9]*(?::\s*|[.)]\s+)").expect("the pattern is a constant"));
    PREFIX.find(text).map(|prefix| prefix.end())
}
