//! Detects headings that are only large or bold, and determines which heading is the title.

use std::collections::BTreeMap;

use super::lines::{FlowLines, is_heading_text};
use super::model::{Content, Paragraph};
use super::role::StyleRole;

/// The most paragraphs that can precede the title: a logo's text, a date, an address.
const MOST_OVER_TITLE: usize = 5;

/// The flow of text that contains a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowKind {
    /// The main flow of the document.
    Main,
    /// A cell of a layout table.
    Cell,
    /// A box. Its headings belong to the section around it.
    Box,
}

/// The kind and level of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// The document's title. Headings below it start one level deeper.
    Title(u8),
    /// A heading whose level comes from a style.
    Styled(u8),
    /// A heading that is recognised by its look alone.
    Unstyled(u8),
}

/// Information about the headings of a document.
#[derive(Debug, Default)]
pub struct DocumentHeadings {
    /// The size of most of the text, in half points.
    body: i64,
    /// Whether styles mark headings.
    styled: bool,
    /// How many levels deeper headings are placed than their styles say, so that none becomes the title.
    shift: u8,
    /// The looks of headings without heading styles, and their levels.
    looks: BTreeMap<(i64, bool), u8>,
    /// Whether the style Title marks sections and not the document title.
    titles_are_headings: bool,
    /// The index of a title that does not have the style Title.
    title: Option<usize>,
    /// Whether bold questions are headings, because more other headings look the same.
    questions_are_headings: bool,
}

impl DocumentHeadings {
    /// Analyses a document's text.
    pub fn of(lines: &FlowLines) -> Self {
        let mut outline = Self { body: body_size(lines), ..Self::default() };
        let mut titles = 0_usize;
        let mut headings: Vec<(usize, u8)> = Vec::new();
        for (at, content) in lines.content.iter().enumerate() {
            match content {
                Content::Paragraph(one) if one.is_empty() || one.contents => {}
                Content::Paragraph(Paragraph { role: StyleRole::Heading(level), .. }) => {
                    headings.push((at, *level))
                }
                // A title of two lines can be two paragraphs.
                Content::Paragraph(one)
                    if one.role == StyleRole::Title && !lines.is_title(at.wrapping_sub(1)) =>
                {
                    titles = titles.saturating_add(1);
                }
                _ => {}
            }
        }
        outline.styled = !headings.is_empty();
        outline.titles_are_headings = titles > 1;
        outline.shift = u8::from(titles > 1);
        if titles == 0 {
            outline.title = outline.unstyled_title(lines);
            outline.only_first_level(&headings);
        }
        if !outline.styled {
            outline.questions_are_headings = outline.questions_are_few(lines);
            outline.rank(lines);
        }
        outline
    }

    /// Whether bold questions stand between other headings of the same kind, instead of together below one of them, and
    /// are no more than these.
    fn questions_are_few(&self, lines: &FlowLines) -> bool {
        let is_question = |at: usize| {
            lines.paragraph(at).is_some_and(|line| line.is_bold() && line.text().trim_end().ends_with('?'))
        };
        let bold = (0..lines.content.len())
            .filter(|at| Some(*at) != self.title)
            .filter_map(|at| if is_question(at) { Some(true) } else { self.look(lines, at).map(|_| false) });
        let bold: Vec<bool> = bold.collect();
        let asked = bold.iter().filter(|asks| **asks).count();
        let clusters =
            bold.chunk_by(|one, next| one == next).filter(|chunk| chunk.first() == Some(&true)).count();
        clusters > 1 && asked * 2 <= bold.len()
    }

    /// Makes the only first-level heading the title if it is at the top. Anywhere else it stays a heading and must not
    /// become the title.
    fn only_first_level(&mut self, headings: &[(usize, u8)]) {
        let mut firsts = headings.iter().filter(|(_, level)| *level == 1);
        let (Some((at, _)), None, None) = (firsts.next(), firsts.next(), self.title) else { return };
        let leads = headings.first().is_some_and(|(first, _)| first == at);
        if leads && *at <= MOST_OVER_TITLE {
            self.title = Some(*at);
        } else {
            self.shift = 1;
        }
    }

    /// Finds the large line at the top that is the title but has no title style.
    fn unstyled_title(&self, lines: &FlowLines) -> Option<usize> {
        let heading = lines.content.iter().find_map(|content| match content {
            Content::Paragraph(one) if matches!(one.role, StyleRole::Heading(_)) => Some(one.size()),
            _ => None,
        });
        for at in 0..lines.content.len() {
            let paragraph = lines.paragraph(at)?;
            if matches!(paragraph.role, StyleRole::Heading(_)) || paragraph.text().trim_end().ends_with('.') {
                return None;
            }
            if self.is_big(paragraph) && self.look(lines, at).is_some() {
                return heading.is_none_or(|size| paragraph.size() >= size).then_some(at);
            }
        }
        None
    }

    /// Assigns a level to each heading look; the largest is outermost.
    fn rank(&mut self, lines: &FlowLines) {
        let mut looks: BTreeMap<(i64, bool), usize> = BTreeMap::new();
        for at in (0..lines.content.len()).filter(|at| Some(*at) != self.title) {
            if let Some(look) = self.look(lines, at) {
                let count = looks.entry(look).or_default();
                *count = count.saturating_add(1);
            }
        }
        // A title that is no larger than the headings after it is one of them.
        let title = self.title.and_then(|at| self.look(lines, at));
        if let Some(look) =
            title.filter(|look| looks.keys().next_back().is_some_and(|biggest| biggest >= look))
        {
            let count = looks.entry(look).or_default();
            *count = count.saturating_add(1);
            self.title = None;
        }
        // Otherwise the only heading of the outermost level would become the title.
        self.shift = u8::from(self.title.is_none() && looks.values().next_back() == Some(&1));
        let levels = (1_u8..=6).chain(std::iter::repeat(6));
        self.looks = looks.into_keys().rev().zip(levels).collect();
    }

    fn is_big(&self, paragraph: &Paragraph) -> bool {
        paragraph.size().saturating_mul(5) >= self.body.saturating_mul(6)
    }

    /// The look of a paragraph that is a heading by its look alone.
    fn look(&self, lines: &FlowLines, at: usize) -> Option<(i64, bool)> {
        let paragraph = lines.paragraph(at)?;
        let text = paragraph.text();
        let special =
            paragraph.contents || paragraph.counts || paragraph.bibliography || paragraph.label.is_some();
        let fits = match paragraph.role {
            StyleRole::Body => true,
            // Some authors use this style for headings.
            StyleRole::Subtitle => {
                !lines.paragraph(at.wrapping_sub(1)).is_some_and(|over| over.role.is_heading())
            }
            _ => false,
        };
        if special || !fits || !is_heading_text(&text) {
            return None;
        }
        let big = self.is_big(paragraph);
        let emphasised = paragraph.is_emphasised();
        // Bold questions in body size are questions if most bold lines are, and bold lines directly above other bold lines are not headings,
        // unless their numbers say that they are a section and its first subsection.
        let plain_heading = emphasised
            && paragraph.size() >= self.body
            && (!text.trim_end().ends_with('?') || self.questions_are_headings)
            && !lines.is_item(at)
            && (self.stands_over_text(lines, at) || stands_over_subsection(lines, at));
        (big || plain_heading).then_some((paragraph.size(), paragraph.is_bold()))
    }

    /// Whether the next content has a different look.
    pub fn stands_over_text(&self, lines: &FlowLines, at: usize) -> bool {
        let Some(paragraph) = lines.paragraph(at) else { return false };
        match lines.content.get(at.saturating_add(1)) {
            Some(Content::Paragraph(next)) => {
                let same = next.is_emphasised()
                    && next.is_bold() == paragraph.is_bold()
                    && next.size() >= paragraph.size();
                let asks = next.text().trim_end().ends_with('?');
                next.role == StyleRole::Body && (!same || asks) || next.role.list_level().is_some()
            }
            Some(Content::TextBox(_)) => true,
            // Such a line is the caption of the table, unless it is large or in capitals.
            Some(Content::Table(table)) => {
                table.columns() == 1 || self.is_big(paragraph) || is_in_capitals(&paragraph.text())
            }
            None => false,
        }
    }

    /// The heading at an index, if it is one. `around` is the level of the last heading with a heading style.
    pub fn heading(&self, lines: &FlowLines, at: usize, around: u8, flow: FlowKind) -> Option<Heading> {
        let paragraph =
            lines.paragraph(at).filter(|paragraph| !paragraph.is_empty() && !paragraph.contents)?;
        match paragraph.role {
            StyleRole::Title if flow != FlowKind::Box && self.titles_are_headings => {
                return Some(Heading::Styled(1));
            }
            StyleRole::Title if flow != FlowKind::Box => return Some(Heading::Title(0)),
            role if self.title == Some(at) && flow == FlowKind::Main => {
                return Some(Heading::Title(u8::from(role != StyleRole::Body)));
            }
            StyleRole::Heading(level) => return Some(Heading::Styled(level.saturating_add(self.shift))),
            _ => {}
        }
        let look = self.look(lines, at)?;
        // "2.1" looks like "2." in many documents, but is a level deeper.
        let inside = section_number(&paragraph.text()).len().saturating_sub(1).min(5) as u8;
        Some(Heading::Unstyled(match self.looks.get(&look) {
            Some(level) => level.saturating_add(self.shift).saturating_add(inside),
            None => around.saturating_add(1),
        }))
    }
}

/// Whether the number of a heading is followed by that of its first subsection.
fn stands_over_subsection(lines: &FlowLines, at: usize) -> bool {
    let number = |at: usize| lines.paragraph(at).map(|line| section_number(&line.text())).unwrap_or_default();
    let (over, under) = (number(at), number(at.saturating_add(1)));
    !over.is_empty() && under.split_last() == Some((&1, over.as_slice()))
}

/// The section number at the start of a heading: `2.1 Doses` has two parts.
fn section_number(text: &str) -> Vec<u32> {
    let number = text.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ')']);
    number.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default()
}

/// Whether a line is in capitals and, unlike a caption, contains no number.
fn is_in_capitals(text: &str) -> bool {
    text.contains(char::is_uppercase) && !text.contains(|c: char| c.is_lowercase() || c.is_numeric())
}

/// The size of most of the text.
fn body_size(lines: &FlowLines) -> i64 {
    let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
    for content in &lines.content {
        let Content::Paragraph(paragraph) = content else { continue };
        for run in paragraph.runs.iter().filter(|_| !paragraph.role.is_heading()) {
            let count = sizes.entry(run.format.size).or_default();
            *count = count.saturating_add(run.text.len());
        }
    }
    sizes.into_iter().max_by_key(|(_, count)| *count).map_or(22, |(size, _)| size)
}
