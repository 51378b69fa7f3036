//! The lines of a flow of text that count as separate paragraphs.

use super::model::{Content, Label, ListName, Paragraph, TextRun};
use super::role::StyleRole;
use super::tab_table;
use super::typed::{TypedMark, begins_item, marks};

/// The longest heading that is recognised by its look alone, in characters.
const LONGEST_HEADING: usize = 150;

/// A flow of text without its empty paragraphs, with the typed mark of each item.
pub struct FlowLines {
    /// The content.
    pub content: Vec<Content>,
    /// The typed marks.
    marks: Vec<Option<TypedMark>>,
}

impl FlowLines {
    /// Prepares the content of a flow.
    pub fn of(flow: Vec<Content>) -> Self {
        let mut content = Vec::new();
        for one in flow {
            match one {
                Content::Paragraph(paragraph) => {
                    let parts = parts(paragraph).into_iter();
                    let kept = parts.filter(|part| !part.is_empty() || !part.notes.is_empty());
                    content.extend(kept.map(Content::Paragraph));
                }
                one => content.push(one),
            }
        }
        let content = tab_table::grouped(content);
        let marks = marks(&content);
        Self { content, marks }
    }

    /// The paragraph at an index, if there is one.
    pub fn paragraph(&self, at: usize) -> Option<&Paragraph> {
        match self.content.get(at) {
            Some(Content::Paragraph(paragraph)) => Some(paragraph),
            _ => None,
        }
    }

    /// Whether the paragraph at an index has the style Title.
    pub fn is_title(&self, at: usize) -> bool {
        self.paragraph(at).is_some_and(|paragraph| paragraph.role == StyleRole::Title)
    }

    /// The typed mark of the item at an index.
    pub fn mark(&self, at: usize) -> Option<&TypedMark> {
        self.marks.get(at)?.as_ref()
    }

    /// Whether the paragraph at an index is an item.
    pub fn is_item(&self, at: usize) -> bool {
        let labelled = self.paragraph(at).is_some_and(|paragraph| paragraph.label.is_some());
        labelled || self.mark(at).is_some()
    }

    /// Takes a table or box out, to avoid a copy.
    pub fn take(&mut self, at: usize) -> Content {
        let nothing = Content::Paragraph(Paragraph::default());
        self.content.get_mut(at).map_or(nothing.clone(), |content| std::mem::replace(content, nothing))
    }

    /// Removes the first paragraph.
    pub fn remove_first(&mut self) {
        self.content.drain(..self.content.len().min(1));
        self.marks.drain(..self.marks.len().min(1));
    }

    /// The text of the item at an index, and the number before it.
    pub fn numbered(&self, at: usize) -> (Option<String>, String) {
        let Some(paragraph) = self.paragraph(at) else { return Default::default() };
        let text = paragraph.text();
        match (&paragraph.label, self.mark(at)) {
            (Some(label), _) => (label.number.clone(), text),
            (None, Some(mark)) => {
                (mark.number.clone(), text.get(mark.after..).unwrap_or_default().to_owned())
            }
            (None, None) => (None, text),
        }
    }
}

/// Splits a paragraph that looks like several: after a bold question, and at some line breaks.
fn parts(mut paragraph: Paragraph) -> Vec<Paragraph> {
    let counts = |label: &Label| label.number.is_some() || label.list == ListName::Styled(false);
    let bulleted = paragraph.label.as_ref().is_some_and(|label| !counts(label));
    if bulleted || paragraph.role.is_heading() {
        return vec![paragraph];
    }
    let question = question(&mut paragraph);
    question.into_iter().chain(divided_at_breaks(paragraph)).collect()
}

/// Splits off a bold question that precedes its answer in the same paragraph.
fn question(paragraph: &mut Paragraph) -> Option<Paragraph> {
    let seen = |run: &TextRun| !run.text.trim().is_empty();
    let bold = paragraph.runs.iter().take_while(|run| run.format.bold || !seen(run)).count();
    let (asking, answer) = paragraph.runs.split_at_checked(bold)?;
    let asks = asking.iter().rfind(|run| seen(run)).is_some_and(|run| run.text.trim_end().ends_with('?'));
    if !(asks && answer.iter().any(seen)) {
        return None;
    }
    let (runs, notes) = (paragraph.runs.split_off(bold), std::mem::take(&mut paragraph.notes));
    let role = if paragraph.role.list_level().is_some() { StyleRole::Body } else { paragraph.role };
    let answer = Paragraph { runs, notes, role, label: None, ..paragraph.clone() };
    Some(std::mem::replace(paragraph, answer))
}

/// Splits a paragraph at the line breaks that look like paragraph breaks: at empty lines, before typed bullets, and
/// after a bold first line.
fn divided_at_breaks(paragraph: Paragraph) -> Vec<Paragraph> {
    let has_breaks = paragraph.runs.iter().any(|run| run.text.contains('\n'));
    if !has_breaks || paragraph.label.is_some() {
        return vec![paragraph];
    }
    let lines = divided(&paragraph);
    let is_head = |line: &Paragraph| line.is_bold() && is_heading_text(&line.text());
    let headed = !paragraph.is_bold() && lines.first().is_some_and(is_head);
    let mut parts: Vec<Paragraph> = Vec::new();
    let mut after_empty = true;
    for line in lines {
        let after_head =
            headed && parts.len() == 1 && parts.first().is_some_and(Paragraph::is_bold) && !line.is_bold();
        let breaks = after_empty || after_head || begins_item(&line.text());
        after_empty = line.is_empty();
        match parts.last_mut().filter(|_| !breaks) {
            Some(last) => {
                let format = line.runs.first().or(last.runs.last()).map(|run| run.format);
                last.runs.extend(format.map(|format| TextRun { text: "\n".to_owned(), format }));
                last.runs.extend(line.runs);
            }
            None => parts.push(line),
        }
    }
    if let Some(last) = parts.last_mut() {
        last.notes = paragraph.notes;
    }
    parts
}

/// The lines of a paragraph, as paragraphs.
fn divided(paragraph: &Paragraph) -> Vec<Paragraph> {
    let bare = Paragraph { runs: Vec::new(), notes: Vec::new(), ..paragraph.clone() };
    let mut lines = vec![bare.clone()];
    for run in &paragraph.runs {
        for (at, piece) in run.text.split('\n').enumerate() {
            if at > 0 {
                lines.push(bare.clone());
            }
            if let Some(line) = lines.last_mut().filter(|_| !piece.is_empty()) {
                line.runs.push(TextRun { text: piece.to_owned(), format: run.format });
            }
        }
    }
    lines
}

/// Whether a text can be a heading: it is short and does not end like a sentence.
pub fn is_heading_text(text: &str) -> bool {
    let text = text.trim();
    let ends = text.ends_with(['.', ':', ';', ',', '…', '。']);
    !ends && text.chars().count() <= LONGEST_HEADING && text.contains(char::is_alphabetic)
}
