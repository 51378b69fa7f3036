//! How headings are marked, and the levels that follow from it.

use super::heading::TextPart;
use super::lines::TextLine;
use super::mark::mark;

/// How a heading is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadingStyle {
    Title,
    Underlined(char),
    /// After this many number signs.
    Hashed(usize),
    Capitals,
    Numbered,
    Centred,
    Alone,
    /// Alone below a rule, which ended the previous sections, or above notes.
    AfterBreak,
    /// By its words: the list of references comes last, whatever the other headings look like.
    Literature,
    /// Not a heading: a question above its answer.
    Question,
}

/// A heading whose level is not yet known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadingCandidate {
    pub style: HeadingStyle,
    /// How many numbers it begins with (`2.1` has two).
    pub depth: usize,
    /// The index of its first line in the group, and the number of lines its words take.
    pub at: usize,
    pub words: usize,
    /// The number of lines of the group that belong to it.
    pub lines: usize,
}

impl HeadingCandidate {
    /// A heading in the first line of a group.
    pub fn line(style: HeadingStyle, depth: usize) -> Self {
        Self { style, depth, at: 0, words: 1, lines: 1 }
    }

    /// Whether two headings look alike.
    pub fn is_like(&self, other: &Self) -> bool {
        self.style == other.style && (self.depth > 0) == (other.depth > 0)
    }

    /// Its words as one line.
    fn text(&self, lines: &[TextLine]) -> Option<TextLine> {
        let own = lines.get(self.at..self.at + self.words)?;
        let text = own.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        let text = match self.style {
            HeadingStyle::Hashed(_) => text.trim_matches(['#', '=', '-', '~', '_']).trim().to_owned(),
            HeadingStyle::Question => mark(&text).map_or(text.clone(), |(_, words)| words.to_owned()),
            _ => text,
        };
        Some(TextLine { text, ..own.first()?.clone() })
    }
}

/// The levels of the headings so far: each style is one level deeper than the style that appeared before it. Single
/// lines without a mark are the weakest and come below the open heading.
#[derive(Default)]
pub struct HeadingLevels {
    styles: Vec<HeadingStyle>,
    /// The level of the headings with one number.
    numbered: u8,
    /// The style of these headings.
    numbered_style: Option<HeadingStyle>,
    /// The level of the last heading that has a stronger mark.
    open: Option<u8>,
}

impl HeadingLevels {
    /// Converts a candidate among these lines to a part.
    pub fn part(&mut self, candidate: &HeadingCandidate, lines: &[TextLine]) -> Option<TextPart> {
        let line = candidate.text(lines)?;
        match candidate.style {
            HeadingStyle::Question => Some(TextPart::Question(line)),
            _ => Some(TextPart::Heading { level: self.of(candidate), line }),
        }
    }

    fn of(&mut self, candidate: &HeadingCandidate) -> u8 {
        let level = match candidate.style {
            HeadingStyle::Title => return 1,
            HeadingStyle::Alone => return self.open.map_or(2, |open| open.saturating_add(1)).min(6),
            HeadingStyle::Literature | HeadingStyle::AfterBreak => 2,
            _ => self.marked(candidate),
        };
        self.open = Some(level);
        level
    }

    fn marked(&mut self, candidate: &HeadingCandidate) -> u8 {
        let deeper = candidate.depth.saturating_sub(1).min(4) as u8;
        if deeper > 0 && self.numbered > 0 {
            return self.numbered.saturating_add(deeper).min(6);
        }
        if candidate.depth == 0 && self.numbered_style == Some(candidate.style) {
            // "WARNINGS" below "2. BEFORE YOU TAKE IT"
            return self.numbered.saturating_add(1).min(6);
        }
        let at = self.styles.iter().position(|style| *style == candidate.style).unwrap_or_else(|| {
            self.styles.push(candidate.style);
            self.styles.len() - 1
        });
        let level = u8::try_from(at).unwrap_or(4).saturating_add(2).min(6);
        if candidate.depth == 1 {
            self.numbered = level;
            self.numbered_style = Some(candidate.style);
        }
        level
    }
}
