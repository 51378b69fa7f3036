//! Decides which lines are headings, and their levels.

use super::contents;
use super::flow::{FlowLine, FlowPart, ReadingOrder};
use super::level::levels;
use super::list::mark;
use super::runin::Lead;
use super::words::PdfLine;

/// What a line is, judged by its typography alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineRole {
    /// Text.
    #[default]
    Text,
    /// A heading.
    Heading(u8),
    /// A continuation line of the heading before.
    Further,
    /// A line of a table of contents, or its heading.
    Contents,
}

/// The look of a heading: ten times the font size, and the kind of type among headings of one size. A greater look is
/// closer to the title.
pub type HeadingLook = (i32, HeadingType);

/// The kind of type of a heading, from the innermost to the outermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeadingType {
    /// Bold, in the first line of its text.
    RunIn,
    /// Neither large nor bold, but italic or underlined.
    Marked,
    /// Bold and italic.
    Slanting,
    /// Bold or large.
    Plain,
    /// In capitals.
    Capitals,
    /// With spaced-out letters.
    Tracked,
}

/// Minimum font size of a bold heading on a separate line, relative to the text.
const SMALLEST: f32 = 0.8;
/// Maximum number of words in a heading that is neither bold nor large.
const MOST_MARKED: usize = 10;
/// Maximum number of words in a heading.
const MOST_WORDS: usize = 20;
/// Minimum font size of a large line, relative to the text.
const LARGE: f32 = 1.12;
/// Minimum font size of a heading that may be a short sentence, relative to the text.
const VERY_LARGE: f32 = 1.3;
/// Maximum number of words in a heading that is a sentence.
const MOST_IN_SENTENCE: usize = 8;
/// Maximum ratio of two font sizes that count as the same.
const SAME_SIZE: f32 = 1.03;

/// Consecutive lines that look alike and form one heading.
#[derive(Debug, Clone)]
pub struct HeadingRun {
    /// The index of its first part in the flow.
    pub at: usize,
    /// The number of parts it takes.
    pub lines: usize,
    /// How it looks.
    pub look: HeadingLook,
    /// Its text.
    pub text: String,
}

impl HeadingRun {
    /// The index of the part after it.
    pub fn end(&self) -> usize {
        self.at + self.lines
    }
}

/// The role of each part of the flow.
pub fn roles(flow: &ReadingOrder) -> Vec<LineRole> {
    let mut roles: Vec<LineRole> = vec![LineRole::Text; flow.parts.len()];
    let mut looks: Vec<Option<HeadingLook>> = (0..flow.parts.len()).map(|at| look(flow, at)).collect();
    group_sizes(&mut looks);
    let mut runs = headings(flow, &looks);
    contents::mark_contents(flow, &runs, &mut roles);
    runs.retain(|run| roles.get(run.at) == Some(&LineRole::Text));
    for (run, level) in levels(flow, runs) {
        for (at, role) in roles.iter_mut().enumerate().skip(run.at).take(run.lines) {
            *role = if at == run.at { LineRole::Heading(level) } else { LineRole::Further };
        }
    }
    roles
}

/// Treats font sizes with no visible difference as one.
fn group_sizes(looks: &mut [Option<HeadingLook>]) {
    let mut sizes: Vec<i32> = looks.iter().flatten().map(|look| look.0).collect();
    sizes.sort_unstable();
    sizes.dedup_by(|next, kept| (*next as f32) < SAME_SIZE * *kept as f32);
    for look in looks.iter_mut().flatten() {
        look.0 = sizes.iter().rev().find(|size| **size <= look.0).copied().unwrap_or(look.0);
    }
}

/// Joins the lines that look like headings, and drops those whose text or position shows that they are not.
fn headings(flow: &ReadingOrder, looks: &[Option<HeadingLook>]) -> Vec<HeadingRun> {
    let mut runs: Vec<HeadingRun> = Vec::new();
    for (at, look) in looks.iter().enumerate() {
        let (Some(look), Some(piece)) = (*look, piece(flow, at)) else { continue };
        let text = piece.line.text();
        match runs.last_mut().filter(|run| run.end() == at && goes_on(flow, run, look, piece)) {
            Some(run) => {
                run.lines += 1;
                run.text = format!("{} {text}", run.text);
            }
            None => runs.push(HeadingRun { at, lines: 1, look, text }),
        }
    }
    let end =
        flow.parts.iter().rposition(|(part, _)| !matches!(part, FlowPart::Furniture(_))).unwrap_or_default();
    runs.retain(|run| run.end() <= end && is_phrase(flow, run));
    leave_out_questions(flow, &mut runs);
    // Italic or underlined lines are headings only if there are several.
    let marked = runs.iter().filter(|run| run.look.1 == HeadingType::Marked).count();
    runs.retain(|run| marked > 1 || run.look.1 != HeadingType::Marked);
    raise_capitals(&mut runs);
    runs
}

/// Whether a line continues a heading.
fn goes_on(flow: &ReadingOrder, run: &HeadingRun, look: HeadingLook, piece: &FlowLine) -> bool {
    let most = if piece.line.size > LARGE * flow.body { 1.7 } else { 1.5 };
    let near = piece.gap.is_some_and(|gap| gap < most * piece.line.size);
    let boxed = self::piece(flow, run.at).and_then(|first| first.boxed);
    let numbered = depth(&piece.line.text()).is_some();
    run.look == look && near && boxed == piece.boxed && !numbered && piece.lead != Lead::Heading
}

/// Whether a text is short and not a sentence; a large heading may be a short sentence.
fn is_phrase(flow: &ReadingOrder, run: &HeadingRun) -> bool {
    let words = run.text.split_whitespace().count();
    let size = piece(flow, run.at).map_or(0.0, |piece| piece.line.size);
    let is_slogan = size > VERY_LARGE * flow.body && words <= MOST_IN_SENTENCE;
    let ended = run.text.ends_with([';', ',', ':']) || run.text.ends_with('.') && !is_slogan;
    words <= MOST_WORDS && !ended
}

/// Drops bold questions in the text's font size, which are questions with answers, except a bold italic one with a
/// unique look.
fn leave_out_questions(flow: &ReadingOrder, runs: &mut Vec<HeadingRun>) {
    let small =
        |run: &HeadingRun| piece(flow, run.at).is_some_and(|piece| piece.line.size <= LARGE * flow.body);
    let looks: Vec<HeadingLook> = runs.iter().map(|run| run.look).collect();
    let single = |run: &HeadingRun| looks.iter().filter(|look| **look == run.look).count() == 1;
    runs.retain(|run| {
        !run.text.ends_with('?') || !small(run) || run.look.1 == HeadingType::Slanting && single(run)
    });
}

/// Ranks headings in capitals above others of the same size, if there are several.
fn raise_capitals(runs: &mut [HeadingRun]) {
    let is_capital = |run: &HeadingRun| {
        let letters = run.text.chars().filter(|c| c.is_alphabetic()).count();
        run.look.1 == HeadingType::Plain && letters > 6 && !run.text.contains(char::is_lowercase)
    };
    if runs.iter().filter(|run| is_capital(run)).count() > 1 {
        runs.iter_mut().filter(|run| is_capital(run)).for_each(|run| run.look.1 = HeadingType::Capitals);
    }
}

/// Whether two lines are centred on each other without starting at the same place.
fn is_centred(one: &FlowLine, other: &FlowLine) -> bool {
    let middle = |piece: &FlowLine| (piece.line.x0 + piece.line.x1) / 2.0;
    let inside = one.indent > one.line.size && other.indent > other.line.size;
    inside && (middle(one) - middle(other)).abs() < 0.3 * one.line.size
}

/// The line at an index of the flow.
pub fn piece(flow: &ReadingOrder, at: usize) -> Option<&FlowLine> {
    match flow.parts.get(at) {
        Some((FlowPart::Line(piece), _)) => Some(piece),
        _ => None,
    }
}

/// The text of the line at an index of the flow.
pub fn text(flow: &ReadingOrder, at: usize) -> Option<String> {
    piece(flow, at).map(|piece| piece.line.text())
}

/// The level that a number such as `4.1` implies: 2 for `4`.
pub fn depth(text: &str) -> Option<u8> {
    let number = text.split_whitespace().next()?;
    let inside = number.trim_end_matches('.');
    let parts: Vec<&str> = inside.split('.').collect();
    let is_number = parts
        .iter()
        .all(|part| !part.is_empty() && part.len() <= 2 && part.chars().all(|c| c.is_ascii_digit()));
    let level = u8::try_from(parts.len()).ok()?.checked_add(1)?;
    (is_number && text.len() > number.len() && level < 7).then_some(level)
}

/// The look of a line that may be part of a heading; `None` if it cannot be.
fn look(flow: &ReadingOrder, at: usize) -> Option<HeadingLook> {
    let piece = piece(flow, at)?;
    let line = &piece.line;
    let text = line.text();
    if !text.contains(char::is_alphabetic) || piece.boxed.is_some() && line.size < VERY_LARGE * flow.body {
        return None;
    }
    let large = line.size > LARGE * flow.body;
    let alone = stands_alone(flow, at, piece);
    let bold = line.is_bold() && line.size > if alone { SMALLEST } else { 0.94 } * flow.body;
    let marked = !line.is_bold()
        && (alone && is_marked(line) || is_underlined_alone(flow, at, piece))
        && line.words.len() <= MOST_MARKED;
    let tracked = line.words.iter().filter(|word| word.text.len() > 2).all(|word| word.tracked);
    let is_item = mark(line).is_some_and(|mark| mark.number.is_none());
    let may_be = (large || bold || marked) && !is_item && !is_term(flow, at);
    if !may_be || is_caption(flow, at, &text) {
        return None;
    }
    let kind = match () {
        () if piece.lead == Lead::Heading => HeadingType::RunIn,
        () if tracked => HeadingType::Tracked,
        () if !large && !bold => HeadingType::Marked,
        () if bold && line.is_italic() => HeadingType::Slanting,
        () => HeadingType::Plain,
    };
    Some(((line.size * 10.0).round() as i32, kind))
}

fn is_marked(line: &PdfLine) -> bool {
    let begins = line
        .words
        .first()
        .is_some_and(|word| word.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()));
    begins && (line.is_italic() || line.words.iter().all(|word| word.underlined))
}

/// Whether a line is underlined as a whole, and the line below is not: a heading even without space around it.
fn is_underlined_alone(flow: &ReadingOrder, at: usize, piece: &FlowLine) -> bool {
    let is_underlined = |line: &PdfLine| line.words.iter().all(|word| word.underlined);
    let next = self::piece(flow, at + 1);
    is_marked(&piece.line)
        && is_underlined(&piece.line)
        && next.is_some_and(|next| !next.line.words.iter().any(|word| word.underlined))
}

/// Whether a line is set off from the text above and is followed by text of another type.
fn stands_alone(flow: &ReadingOrder, at: usize, piece: &FlowLine) -> bool {
    let far = |gap: f32, by: f32| gap > by * flow.leading * piece.line.size;
    let Some(next) = self::piece(flow, at + 1) else { return false };
    let other =
        next.line.is_bold() != piece.line.is_bold() || is_marked(&next.line) != is_marked(&piece.line);
    let begins = !next.line.text().starts_with(char::is_lowercase);
    piece.gap.is_none_or(|gap| far(gap, 1.12))
        && next.gap.is_some_and(|gap| !far(gap, 2.2))
        && other
        && begins
}

/// Whether a bold line above or below a table names it.
fn is_caption(flow: &ReadingOrder, at: usize, text: &str) -> bool {
    let is_table =
        |at: Option<usize>| at.is_some_and(|at| matches!(flow.parts.get(at), Some((FlowPart::Table(..), _))));
    names_table(text) && (is_table(at.checked_add(1)) || is_table(at.checked_sub(1)))
}

/// Whether a text begins with `Table 1` or the like.
pub fn names_table(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let number = words.next().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    number && ["table", "tab.", "tabelle"].contains(&first.as_str())
}

/// Whether a line is a term: bold, with its description indented under it.
pub fn is_term(flow: &ReadingOrder, at: usize) -> bool {
    let (Some(term), Some(next)) = (piece(flow, at), piece(flow, at + 1)) else { return false };
    if term.lead != Lead::None || is_centred(term, next) {
        return term.lead == Lead::Term;
    }
    let deeper = next.indent > term.indent + 0.7 * flow.body;
    let near = next.gap.is_some_and(|gap| gap < 1.9 * flow.body);
    let like = (term.line.size / next.line.size.max(0.1) - 1.0).abs() < 0.08;
    term.line.is_bold()
        && like
        && deeper
        && near
        && !next.line.is_bold()
        && mark(&next.line).is_none()
        && mark(&term.line).is_none()
}
