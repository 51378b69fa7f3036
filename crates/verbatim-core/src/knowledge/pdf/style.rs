//! Which lines are headings, and of which level.

use super::contents;
use super::flow::{Flow, Part, Piece};
use super::level::levels;
use super::list::mark;
use super::runin::Lead;
use super::words::Line;

/// What a line is by its type alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Text.
    #[default]
    Text,
    /// A heading.
    Heading(u8),
    /// A further line of the heading before.
    Further,
    /// A line of a list of contents, or its heading.
    Contents,
}

/// The look of a heading; larger is further out: ten times the size, and the kind of type among those of one size.
pub type Look = (i32, Kind);

/// The kind of type of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Bold, in the first line of its text.
    RunIn,
    /// Neither large nor bold, but slanting or underlined.
    Marked,
    /// Bold and slanting.
    Slanting,
    /// Bold or large.
    Plain,
    /// In capitals.
    Capitals,
    /// With letters that stand apart.
    Tracked,
}

/// How much smaller than the text a bold heading on a line of its own may be.
const SMALLEST: f32 = 0.8;
/// The most words of a heading that is neither bold nor large.
const MOST_MARKED: usize = 10;
/// The most words of a heading.
const MOST_WORDS: usize = 20;
/// From how many times the size of the text on a line is large.
const LARGE: f32 = 1.12;
/// From how many times the size of the text on a short sentence may be a heading.
const VERY_LARGE: f32 = 1.3;
/// The most words of a sentence that is a heading.
const MOST_IN_SENTENCE: usize = 8;
/// How much larger one size is than another that counts as the same.
const SAME_SIZE: f32 = 1.03;

/// Lines that follow one another and look alike: one heading.
#[derive(Debug, Clone)]
pub struct Run {
    /// The first part of the flow.
    pub at: usize,
    /// How many parts it takes.
    pub lines: usize,
    /// How it looks.
    pub look: Look,
    /// Its text.
    pub text: String,
}

impl Run {
    /// The part behind it.
    pub fn end(&self) -> usize {
        self.at + self.lines
    }
}

/// The role of each part of the flow.
pub fn roles(flow: &Flow) -> Vec<Role> {
    let mut roles: Vec<Role> = vec![Role::Text; flow.parts.len()];
    let mut looks: Vec<Option<Look>> = (0..flow.parts.len()).map(|at| look(flow, at)).collect();
    group_sizes(&mut looks);
    let mut runs = headings(flow, &looks);
    contents::mark_contents(flow, &runs, &mut roles);
    runs.retain(|run| roles.get(run.at) == Some(&Role::Text));
    for (run, level) in levels(flow, runs) {
        for (at, role) in roles.iter_mut().enumerate().skip(run.at).take(run.lines) {
            *role = if at == run.at { Role::Heading(level) } else { Role::Further };
        }
    }
    roles
}

/// Sizes that differ by less than is seen count as one.
fn group_sizes(looks: &mut [Option<Look>]) {
    let mut sizes: Vec<i32> = looks.iter().flatten().map(|look| look.0).collect();
    sizes.sort_unstable();
    sizes.dedup_by(|next, kept| (*next as f32) < SAME_SIZE * *kept as f32);
    for look in looks.iter_mut().flatten() {
        look.0 = sizes.iter().rev().find(|size| **size <= look.0).copied().unwrap_or(look.0);
    }
}

/// The lines that look like headings, put together, without those whose text or place tells that they are none.
fn headings(flow: &Flow, looks: &[Option<Look>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, look) in looks.iter().enumerate() {
        let (Some(look), Some(piece)) = (*look, piece(flow, at)) else { continue };
        let text = piece.line.text();
        match runs.last_mut().filter(|run| run.end() == at && goes_on(flow, run, look, piece)) {
            Some(run) => {
                run.lines += 1;
                run.text = format!("{} {text}", run.text);
            }
            None => runs.push(Run { at, lines: 1, look, text }),
        }
    }
    let end =
        flow.parts.iter().rposition(|(part, _)| !matches!(part, Part::Furniture(_))).unwrap_or_default();
    runs.retain(|run| run.end() <= end && is_phrase(flow, run));
    leave_out_questions(flow, &mut runs);
    // Slanting or underlined lines are headings where there are several.
    let marked = runs.iter().filter(|run| run.look.1 == Kind::Marked).count();
    runs.retain(|run| marked > 1 || run.look.1 != Kind::Marked);
    raise_capitals(&mut runs);
    runs
}

/// Whether a line is a further one of a heading.
fn goes_on(flow: &Flow, run: &Run, look: Look, piece: &Piece) -> bool {
    let most = if piece.line.size > LARGE * flow.body { 1.7 } else { 1.5 };
    let near = piece.gap.is_some_and(|gap| gap < most * piece.line.size);
    let boxed = self::piece(flow, run.at).and_then(|first| first.boxed);
    let numbered = depth(&piece.line.text()).is_some();
    run.look == look && near && boxed == piece.boxed && !numbered && piece.lead != Lead::Heading
}

/// Whether a text is short and no sentence; a large heading may be a short sentence.
fn is_phrase(flow: &Flow, run: &Run) -> bool {
    let words = run.text.split_whitespace().count();
    let size = piece(flow, run.at).map_or(0.0, |piece| piece.line.size);
    let is_slogan = size > VERY_LARGE * flow.body && words <= MOST_IN_SENTENCE;
    let ended = run.text.ends_with([';', ',', ':']) || run.text.ends_with('.') && !is_slogan;
    words <= MOST_WORDS && !ended
}

/// Bold questions in the size of the text are questions with their answers, but for a single one of another look.
fn leave_out_questions(flow: &Flow, runs: &mut Vec<Run>) {
    let small = |run: &Run| piece(flow, run.at).is_some_and(|piece| piece.line.size <= LARGE * flow.body);
    let looks: Vec<Look> = runs.iter().map(|run| run.look).collect();
    let single = |run: &Run| looks.iter().filter(|look| **look == run.look).count() == 1;
    runs.retain(|run| !run.text.ends_with('?') || !small(run) || run.look.1 == Kind::Slanting && single(run));
}

/// Several headings in capitals stand over those of their size that are not.
fn raise_capitals(runs: &mut [Run]) {
    let is_capital = |run: &Run| {
        let letters = run.text.chars().filter(|c| c.is_alphabetic()).count();
        run.look.1 == Kind::Plain && letters > 6 && !run.text.contains(char::is_lowercase)
    };
    if runs.iter().filter(|run| is_capital(run)).count() > 1 {
        runs.iter_mut().filter(|run| is_capital(run)).for_each(|run| run.look.1 = Kind::Capitals);
    }
}

/// Whether two lines have the same middle and not the same beginning.
fn is_centred(one: &Piece, other: &Piece) -> bool {
    let middle = |piece: &Piece| (piece.line.x0 + piece.line.x1) / 2.0;
    let inside = one.indent > one.line.size && other.indent > other.line.size;
    inside && (middle(one) - middle(other)).abs() < 0.3 * one.line.size
}

/// The line at a place of the flow.
pub fn piece(flow: &Flow, at: usize) -> Option<&Piece> {
    match flow.parts.get(at) {
        Some((Part::Line(piece), _)) => Some(piece),
        _ => None,
    }
}

/// The text of the line at a place of the flow.
pub fn text(flow: &Flow, at: usize) -> Option<String> {
    piece(flow, at).map(|piece| piece.line.text())
}

/// The depth of a number such as `4.1`, as a level: 2 for `4`.
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

/// How a line looks that may be of a heading; `None` for what is none.
fn look(flow: &Flow, at: usize) -> Option<Look> {
    let piece = piece(flow, at)?;
    let line = &piece.line;
    let text = line.text();
    if !text.contains(char::is_alphabetic) || piece.boxed.is_some() && line.size < VERY_LARGE * flow.body {
        return None;
    }
    let large = line.size > LARGE * flow.body;
    let alone = stands_alone(flow, at, piece);
    let bold = line.is_bold() && line.size > if alone { SMALLEST } else { 0.96 } * flow.body;
    let marked = !line.is_bold() && alone && is_marked(line) && line.words.len() <= MOST_MARKED;
    let tracked = line.words.iter().filter(|word| word.text.len() > 2).all(|word| word.tracked);
    let is_item = mark(line).is_some_and(|mark| mark.number.is_none());
    let may_be = (large || bold || marked) && !is_item && !is_term(flow, at);
    if !may_be || is_caption(flow, at, &text) {
        return None;
    }
    let kind = match () {
        () if piece.lead == Lead::Heading => Kind::RunIn,
        () if tracked => Kind::Tracked,
        () if !large && !bold => Kind::Marked,
        () if bold && line.is_italic() => Kind::Slanting,
        () => Kind::Plain,
    };
    Some(((line.size * 10.0).round() as i32, kind))
}

fn is_marked(line: &Line) -> bool {
    let begins = line
        .words
        .first()
        .is_some_and(|word| word.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()));
    begins && (line.is_italic() || line.words.iter().all(|word| word.underlined))
}

/// Whether a line is set off from the text above and has text of another type under it.
fn stands_alone(flow: &Flow, at: usize, piece: &Piece) -> bool {
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

/// Whether a bold line over or under a table names it.
fn is_caption(flow: &Flow, at: usize, text: &str) -> bool {
    let is_table =
        |at: Option<usize>| at.is_some_and(|at| matches!(flow.parts.get(at), Some((Part::Table(..), _))));
    names_table(text) && (is_table(at.checked_add(1)) || is_table(at.checked_sub(1)))
}

/// `Table 1` and the like.
pub fn names_table(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let number = words.next().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    number && ["table", "tab.", "tabelle"].contains(&first.as_str())
}

/// Whether a line is a term: bold, with its description indented under it.
pub fn is_term(flow: &Flow, at: usize) -> bool {
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
