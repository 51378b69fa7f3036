//! The text of a paragraph: its runs, with fields, tracked changes, superscripts and subscripts resolved.

use super::body::BodyReader;
use super::character::{Position, positioned, raised_mark, shown, symbol_font, translated};
use super::field::WordField;
use super::math;
use super::model::{Content, Paragraph, TextRun};
use super::style::{RunFormat, RunProperties};
use super::xml::{BIBLIOGRAPHY_CONTROL, CONTENTS_CONTROL, Element};

/// The deepest nesting of fields. This bounds the work for each run.
const MOST_FIELDS: usize = 32;

/// A paragraph under construction.
#[derive(Default)]
pub struct ParagraphBuilder {
    /// The paragraph so far. Superscripts and subscripts are not converted yet.
    pub paragraph: Paragraph,
    /// The text boxes anchored in it.
    pub boxes: Vec<Content>,
    /// Whether any of its text is in a generated table of contents.
    pub in_contents: bool,
    /// Whether any of its text is outside a table of contents.
    pub outside_contents: bool,
}

impl ParagraphBuilder {
    /// Prepends its text to that of `later`, and uses the properties of `later`.
    pub fn before(mut self, mut later: Self) -> Self {
        self.paragraph.runs.append(&mut later.paragraph.runs);
        self.paragraph.notes.append(&mut later.paragraph.notes);
        self.boxes.append(&mut later.boxes);
        let (runs, notes) = (self.paragraph.runs, self.paragraph.notes);
        let counts = self.paragraph.counts || later.paragraph.counts;
        let paragraph = Paragraph { runs, notes, counts, ..later.paragraph };
        Self { paragraph, boxes: self.boxes, ..later }
    }

    fn push(&mut self, text: &str, format: RunFormat) {
        // Adjacent runs of the same format are merged: a superscript `1` and `2` are a superscript `12`.
        match self.paragraph.runs.last_mut() {
            Some(last) if last.format == format => last.text.push_str(text),
            _ => self.paragraph.runs.push(TextRun { text: text.to_owned(), format }),
        }
    }

    /// Returns the finished paragraph.
    pub fn finish(self) -> Paragraph {
        let mut runs: Vec<TextRun> = Vec::new();
        let mut typed = self.paragraph.runs.into_iter().peekable();
        while let Some(TextRun { mut text, format }) = typed.next() {
            let position = format.position;
            // Superscripts can have several sizes.
            let goes_on = |next: &TextRun| next.format.position == position && position != Position::Line;
            while let Some(more) = typed.next_if(goes_on) {
                text.push_str(&more.text);
            }
            let text = positioned(&text, position).replace('\u{ad}', "");
            let alike = |last: &TextRun| last.format.bold == format.bold && last.format.size == format.size;
            match runs.last_mut() {
                // The small size of superscripts says nothing about the size of the line.
                Some(last) if position != Position::Line || alike(last) => last.text.push_str(&text),
                _ => runs.push(TextRun { text, format }),
            }
        }
        Paragraph { runs, ..self.paragraph }
    }
}

impl BodyReader<'_> {
    /// Reads the inline content of a paragraph.
    pub fn inline(&mut self, parent: &Element, style: Option<&str>, draft: &mut ParagraphBuilder) {
        for one in &parent.children {
            match &*one.name {
                "r" => {
                    let format = self.styles.format(style, &RunProperties::read(one.child("rPr")));
                    self.run(one, format, style, draft);
                }
                "fldSimple" => {
                    self.begin_field();
                    self.instruct(one.attribute("instr").unwrap_or_default());
                    self.separate_field();
                    self.inline(one, style, draft);
                    self.end_field(draft, style);
                }
                CONTENTS_CONTROL | BIBLIOGRAPHY_CONTROL => self.inline(one, style, draft),
                "oMath" | "oMathPara" if self.shows_results() => {
                    let format = self.styles.format(style, &RunProperties::default());
                    self.say(&math::linear(one), RunFormat { position: Position::Line, ..format }, draft);
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, run: &Element, format: RunFormat, style: Option<&str>, draft: &mut ParagraphBuilder) {
        for one in &run.children {
            match &*one.name {
                "fldChar" => match one.attribute("fldCharType") {
                    Some("begin") => self.begin_field(),
                    Some("separate") => self.separate_field(),
                    Some("end") => self.end_field(draft, style),
                    _ => {}
                },
                "instrText" => self.instruct(&one.text),
                _ if !(format.seen && self.shows_results()) => {}
                "drawing" | "pict" | "object" => draft.boxes.extend(self.text_boxes(one)),
                "ruby" => one.all("rubyBase").for_each(|base| self.inline(base, style, draft)),
                "footnoteReference" | "endnoteReference" => self.note_mark(one, format, draft),
                _ => self.say(&character(one, format), format, draft),
            }
        }
    }

    /// Adds visible text, and records it in the open fields.
    fn say(&mut self, text: &str, format: RunFormat, draft: &mut ParagraphBuilder) {
        if text.is_empty() {
            return;
        }
        self.fields.iter_mut().for_each(|field| field.gave_text = true);
        if !text.trim().is_empty() {
            let contents = self.in_contents();
            draft.in_contents |= contents;
            draft.outside_contents |= !contents;
            draft.paragraph.bibliography |= self.in_bibliography();
        }
        draft.push(text, format);
    }

    /// Whether the text that follows is visible: outside fields or in field results.
    fn shows_results(&self) -> bool {
        self.fields.iter().all(|field| field.in_result)
    }

    fn begin_field(&mut self) {
        if self.fields.len() < MOST_FIELDS {
            self.fields.push(WordField::default());
        }
    }

    fn instruct(&mut self, text: &str) {
        if let Some(field) = self.fields.last_mut().filter(|field| !field.in_result) {
            field.instruct(text);
        }
    }

    fn separate_field(&mut self) {
        if let Some(field) = self.fields.last_mut() {
            field.in_result = true;
        }
    }

    fn end_field(&mut self, draft: &mut ParagraphBuilder, style: Option<&str>) {
        let Some(field) = self.fields.pop() else { return };
        draft.paragraph.counts |= field.counts();
        if let Some((code, font)) = field.symbol().filter(|_| self.shows_results()) {
            let format = self.styles.format(style, &RunProperties::default());
            draft.push(&shown(code, symbol_font(font)).map(String::from).unwrap_or_default(), format);
        }
    }

    fn note_mark(&mut self, one: &Element, format: RunFormat, draft: &mut ParagraphBuilder) {
        let end = &*one.name == "endnoteReference";
        let Some(id) = one.attribute("id") else { return };
        draft.paragraph.notes.push((end, id.to_owned()));
        // A custom mark by the author follows as text.
        if matches!(one.attribute("customMarkFollows"), Some("1" | "true" | "on")) {
            return;
        }
        let mark = if end { self.endnote_marks.next() } else { self.footnote_marks.next() };
        let bracketed = draft.paragraph.runs.last().is_some_and(|run| run.text.ends_with(['[', '(']));
        let mark = if bracketed { mark } else { raised_mark(&mark) };
        draft.push(&mark, RunFormat { position: Position::Line, ..format });
    }
}

/// The text of one element of a run. Letters that only a style displays as capitals stay as typed: in capitals, `µg`
/// would look like `MG`.
fn character(one: &Element, format: RunFormat) -> String {
    match &*one.name {
        "t" => translated(&one.text, format.font),
        "tab" | "ptab" => "\t".to_owned(),
        // A page can end in the middle of a sentence.
        "br" if matches!(one.attribute("type"), Some("page" | "column")) => " ".to_owned(),
        "br" | "cr" => "\n".to_owned(),
        "noBreakHyphen" => "-".to_owned(),
        "sym" => {
            let code = one.attribute("char").and_then(|code| u32::from_str_radix(code, 16).ok());
            let font = one.attribute("font").and_then(symbol_font);
            code.and_then(|code| shown(code, font)).map(String::from).unwrap_or_default()
        }
        _ => String::new(),
    }
}
