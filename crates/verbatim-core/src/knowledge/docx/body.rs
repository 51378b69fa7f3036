//! Converts the parts of a document to its content.

use std::collections::HashMap;

use super::field::WordField;
use super::model::{Content, Label, ListName, NoteKey, Paragraph, TextRun, WordDocument, text_of};
use super::number::{NoteMarks, Numbering};
use super::package::Package;
use super::paragraph::ParagraphBuilder;
use super::role::StyleRole;
use super::style::{ParagraphProperties, RunProperties, WordStyles};
use super::xml::{BIBLIOGRAPHY_CONTROL, CONTENTS_CONTROL, Element};
use super::{DocxError, boxes, contents};

/// The indent of each list level in twentieths of a point, if only a style name marks the list.
const LEVEL_WIDTH: i64 = 360;

/// Reads the text of a document. It holds the state that carries over between paragraphs: open fields and counters.
pub struct BodyReader<'p> {
    pub styles: &'p WordStyles,
    numbering: Numbering,
    pub fields: Vec<WordField>,
    pub footnote_marks: NoteMarks,
    pub endnote_marks: NoteMarks,
    /// The texts of SmartArt graphics, by relationship id.
    diagrams: HashMap<String, Element>,
    /// Whether a content control with a table of contents is open, and whether one with a bibliography is.
    contents: bool,
    bibliography: bool,
}

/// The content of one flow of text, and the pending text of a paragraph whose paragraph mark was deleted.
#[derive(Default)]
struct FlowContent {
    content: Vec<Content>,
    pending: Option<ParagraphBuilder>,
}

/// Reads all parts of a document.
pub fn read(package: &mut Package<'_>) -> Result<WordDocument, DocxError> {
    let (styles, numbering) =
        (WordStyles::read(&package.first("styles")?), Numbering::read(&package.first("numbering")?));
    let (settings, diagrams) = (package.first("settings")?, package.all("diagramData")?);
    let notes = [(false, package.first("footnotes")?), (true, package.first("endnotes")?)];
    let margins = [package.all("header")?, package.all("footer")?];
    let body = package.document.child("body").ok_or(DocxError::NotWord)?;
    let mut reader = BodyReader {
        styles: &styles,
        numbering,
        fields: Vec::new(),
        footnote_marks: NoteMarks::read("footnotePr", body, &settings),
        endnote_marks: NoteMarks::read("endnotePr", body, &settings),
        diagrams: diagrams.into_iter().collect(),
        contents: false,
        bibliography: false,
    };
    let mut document = WordDocument { content: reader.content(body), ..WordDocument::default() };
    if reader.in_contents() {
        contents::close(&mut document.content);
    }
    document.content = boxes::gathered(document.content);
    for (end, part) in &notes {
        reader.notes(part, *end, &mut document.notes);
    }
    for (_, margin) in margins.iter().flatten() {
        reader.fields.clear();
        document.margins.push(text_of(&reader.content(margin)));
    }
    Ok(document)
}

impl BodyReader<'_> {
    /// Reads the paragraphs and tables in an element.
    pub fn content(&mut self, parent: &Element) -> Vec<Content> {
        let mut flow = FlowContent::default();
        self.flow(parent, &mut flow);
        flow.end_paragraph();
        flow.content
    }

    fn flow(&mut self, parent: &Element, flow: &mut FlowContent) {
        for one in &parent.children {
            match &*one.name {
                "p" => self.paragraph(one, flow),
                "tbl" => {
                    flow.end_paragraph();
                    flow.content.push(Content::Table(self.table(one)));
                }
                CONTENTS_CONTROL | BIBLIOGRAPHY_CONTROL => {
                    let around = (self.contents, self.bibliography);
                    self.contents |= &*one.name == CONTENTS_CONTROL;
                    self.bibliography |= &*one.name == BIBLIOGRAPHY_CONTROL;
                    self.flow(one, flow);
                    (self.contents, self.bibliography) = around;
                }
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, one: &Element, flow: &mut FlowContent) {
        let properties = one.child("pPr");
        let style = properties.and_then(|properties| properties.value_at(&["pStyle"]));
        let mut draft = ParagraphBuilder::default();
        self.inline(one, style, &mut draft);
        // A field instruction does not continue across paragraphs. One without an end must not hide the rest of the
        // document.
        self.fields.retain(|field| field.in_result);
        let mark = properties.and_then(|properties| properties.child("rPr"));
        let marked = |name: &str| mark.is_some_and(|mark| mark.child(name).is_some());
        let hidden = RunProperties::read(mark).hides() && !marked("specVanish");
        let deleted = marked("del") || marked("moveFrom");
        let frame = properties.and_then(|properties| properties.child("framePr")?.attribute("dropCap"));
        let drop_cap = matches!(frame, Some("drop" | "margin"));
        // A deleted paragraph is not counted.
        let uncounted = deleted && draft.paragraph.is_empty();
        self.describe(properties, style, uncounted, &mut draft.paragraph);
        let contents = draft.in_contents && !draft.outside_contents;
        // A heading is not part of a table of contents, even if the end of the field slipped into the heading.
        draft.paragraph.contents |= contents && (self.contents || !draft.paragraph.role.is_heading());
        flow.pending = Some(match flow.pending.take() {
            Some(before) => before.before(draft),
            None => draft,
        });
        if !(deleted || hidden || drop_cap) {
            flow.end_paragraph();
        }
    }

    /// Whether the text that follows belongs to a table of contents.
    pub fn in_contents(&self) -> bool {
        self.contents || self.fields.iter().any(WordField::is_contents)
    }

    /// Whether the text that follows belongs to a bibliography.
    pub fn in_bibliography(&self) -> bool {
        self.bibliography || self.fields.iter().any(WordField::is_bibliography)
    }

    /// Sets the role, list and indents of a paragraph from its style and properties.
    fn describe(
        &mut self,
        properties: Option<&Element>,
        style: Option<&str>,
        uncounted: bool,
        paragraph: &mut Paragraph,
    ) {
        let direct = ParagraphProperties::read(properties);
        paragraph.role = match (self.styles.role(style), direct.outline) {
            (role @ (StyleRole::Title | StyleRole::Contents), _) | (role, None) => role,
            (role, Some(level)) => match StyleRole::of_outline(level) {
                StyleRole::Body if !role.is_heading() => role,
                outline => outline,
            },
        };
        paragraph.contents = paragraph.role == StyleRole::Contents;
        paragraph.boxed =
            direct.boxed.unwrap_or_else(|| self.styles.boxed(style)) && !paragraph.role.is_heading();
        let (styled_left, styled_hanging) = self.styles.indent(style);
        let (mut left, mut hanging) = (direct.left, direct.hanging);
        if !uncounted && let Some((label, place)) = self.numbered(&direct, style) {
            paragraph.label = label;
            // A list named by the paragraph itself takes precedence over its style; a list named by the style does not.
            let own = direct.list.is_some();
            let (first, second) = if own { (place.left, styled_left) } else { (styled_left, place.left) };
            left = left.or(first).or(second);
            hanging = hanging.or(place.hanging);
        }
        let unlabelled = paragraph.label.is_none() && direct.list != Some(0);
        if let Some((level, is_bullet)) = paragraph.role.list_level().filter(|_| unlabelled) {
            paragraph.label = Some(Label { list: ListName::Styled(is_bullet), level, number: None });
            let usual = LEVEL_WIDTH.saturating_mul(i64::from(level).saturating_add(1));
            left = left.or(styled_left).or(Some(usual));
        }
        paragraph.left = left.or(styled_left).unwrap_or(0);
        paragraph.hanging = hanging.or(styled_hanging).unwrap_or(0) > 0;
    }

    fn numbered(
        &mut self,
        direct: &ParagraphProperties,
        style: Option<&str>,
    ) -> Option<(Option<Label>, ParagraphProperties)> {
        let (named_by, list, level) = match direct.list {
            Some(list) => (None, list, direct.level),
            None => {
                let (named_by, list, level) = self.styles.list(style)?;
                (Some(named_by), list, direct.level.or(level))
            }
        };
        if list == 0 { None } else { self.numbering.count(list, level, named_by) }
    }

    /// The text boxes and diagrams in a drawing. Each is a separate flow, and its fields end with it.
    pub fn text_boxes(&mut self, drawing: &Element) -> Vec<Content> {
        let outer = std::mem::take(&mut self.fields);
        let mut boxes = Vec::new();
        let mut open = vec![drawing];
        while let Some(one) = open.pop() {
            match &*one.name {
                "txbxContent" => {
                    boxes.push(Content::TextBox(self.content(one)));
                    self.fields.clear();
                }
                "relIds" => {
                    let diagram = one.attribute("dm").and_then(|id| self.diagrams.remove(id));
                    boxes.extend(diagram.map(|diagram| Content::TextBox(diagram_text(&diagram))));
                }
                // The last element on the stack is processed first.
                _ => open.extend(one.children.iter().rev()),
            }
        }
        self.fields = outer;
        boxes
    }

    /// Reads the paragraphs of notes, without their marks.
    fn notes(&mut self, part: &Element, end: bool, notes: &mut HashMap<NoteKey, Vec<String>>) {
        for one in &part.children {
            let is_text = matches!(one.attribute("type"), None | Some("normal"));
            let Some(id) = one.attribute("id").filter(|_| is_text) else { continue };
            self.fields.clear();
            let content = self.content(one);
            let texts = content.iter().map(|one| text_of(std::slice::from_ref(one)));
            let texts = texts.filter(|text| !text.is_empty()).collect();
            notes.insert((end, id.to_owned()), texts);
        }
    }
}

impl FlowContent {
    fn end_paragraph(&mut self) {
        if let Some(mut draft) = self.pending.take() {
            let boxes = std::mem::take(&mut draft.boxes);
            self.content.push(Content::Paragraph(draft.finish()));
            self.content.extend(boxes);
        }
    }
}

/// The text of a SmartArt graphic: one paragraph for each point with text.
fn diagram_text(diagram: &Element) -> Vec<Content> {
    let points = diagram.child("ptLst").into_iter().flat_map(|points| points.all("pt"));
    let lines = points.filter_map(|point| point.child("t")).flat_map(|text| text.all("p"));
    let words = |line: &Element| {
        line.all("r").filter_map(|run| run.child("t")).map(|text| text.text.as_str()).collect()
    };
    let format = WordStyles::default().format(None, &RunProperties::default());
    let paragraph = |line: &Element| Paragraph {
        runs: vec![TextRun { text: words(line), format }],
        ..Paragraph::default()
    };
    lines.map(paragraph).map(Content::Paragraph).filter(|line| !line.is_empty()).collect()
}
