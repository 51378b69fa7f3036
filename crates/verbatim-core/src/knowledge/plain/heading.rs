//! Detects headings. A line counts as a heading only with evidence: it is underlined, numbered, in capitals, centred,
//! or alone above text like several others. A sentence mistaken for a heading could not be quoted.

use super::columns;
use super::lines::{Group, TextLine, is_rule, margin};
use super::mark::mark;
use super::marks::{self, is_literature};
use super::outline::{HeadingCandidate, HeadingLevels, HeadingStyle};
use super::shape;
use super::split::{self, follows, numbered, numbers};
use super::title;
use crate::text::contents::Headings;

/// Maximum length of a heading, in characters and in words.
const LONGEST: usize = 80;
const MOST_WORDS: usize = 14;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPart {
    /// A heading.
    Heading { level: u8, line: TextLine },
    /// A question above its answer.
    Question(TextLine),
    /// Anything else.
    Group(Group),
}

/// Finds the headings.
pub fn parts(groups: Vec<Group>, width: usize) -> Vec<TextPart> {
    let groups = split::split(groups, width);
    let finder =
        Finder { groups: &groups, width, margin: margin(&groups), bare: split::counts_bare(&groups) };
    let mut found: Vec<Option<HeadingCandidate>> = (0..groups.len()).map(|at| finder.candidate(at)).collect();
    let letterhead = title::choose(&finder, &mut found);
    finder.add_successors(&mut found);
    finder.add_questions(&mut found);
    finder.add_unmarked(&mut found);
    let mut furniture = finder.contents(&found);
    for at in letterhead {
        furniture.get_mut(at..=at).unwrap_or_default().fill(true);
    }
    let mut levels = HeadingLevels::default();
    let mut parts = Vec::new();
    for ((group, candidate), furniture) in groups.into_iter().zip(found).zip(furniture) {
        match (group, candidate) {
            (Group::Lines { lines, .. }, _) if furniture => {
                parts.extend(lines.into_iter().map(|line| TextPart::Group(Group::Furniture(line))));
            }
            (Group::Lines { lines, quoted }, Some(candidate)) => {
                parts.extend(levels.part(&candidate, &lines));
                let rest = lines.get(candidate.lines..).unwrap_or_default().to_vec();
                if !rest.is_empty() {
                    parts.push(TextPart::Group(Group::Lines { lines: rest, quoted }));
                }
            }
            (group, _) => parts.push(TextPart::Group(group)),
        }
    }
    parts
}

/// The groups that are searched for headings.
pub(super) struct Finder<'a> {
    pub(super) groups: &'a [Group],
    pub(super) width: usize,
    /// The indentation of most lines.
    margin: usize,
    /// Whether headings are numbered without a full stop.
    bare: bool,
}

impl Finder<'_> {
    /// How many numbers a line begins with, and the words after them.
    pub(super) fn numbered<'a>(&self, text: &'a str) -> (usize, &'a str) {
        match split::bare_number(text).filter(|_| self.bare) {
            Some((_, words)) => (1, words),
            None => numbered(text),
        }
    }

    fn numbers(&self, text: &str) -> Vec<usize> {
        match split::bare_number(text).filter(|_| self.bare) {
            Some((number, _)) => vec![number],
            None => numbers(text),
        }
    }

    pub(super) fn lines(&self, at: usize) -> Option<&[TextLine]> {
        match self.groups.get(at) {
            Some(Group::Lines { lines, quoted: false }) => Some(lines),
            _ => None,
        }
    }

    /// The lines of the next group that is not furniture.
    pub(super) fn next(&self, at: usize) -> Option<&[TextLine]> {
        let next = self.groups.iter().skip(at + 1).find(|group| !matches!(group, Group::Furniture(_)))?;
        match next {
            Group::Lines { lines, .. } => Some(lines),
            _ => None,
        }
    }

    /// The previous group that is not furniture.
    fn previous(&self, at: usize) -> Option<usize> {
        self.groups.get(..at)?.iter().rposition(|group| !matches!(group, Group::Furniture(_)))
    }

    pub(super) fn before(&self, at: usize) -> Option<&[TextLine]> {
        match self.groups.get(self.previous(at)?)? {
            Group::Lines { lines, .. } => Some(lines),
            _ => None,
        }
    }

    fn candidate(&self, at: usize) -> Option<HeadingCandidate> {
        let lines = self.lines(at)?;
        if let Some(found) = underlined(lines, at == 0).or_else(|| hashed(lines)) {
            return Some(found);
        }
        let line = lines.first()?;
        let style = |style, depth| Some(HeadingCandidate::line(style, depth));
        if shape::warning(lines).is_some() {
            return None;
        }
        if !looks_like_heading(line) || self.groups.len() <= at + 1 && lines.len() < 2 {
            return None;
        }
        let (depth, words) = self.numbered(&line.text);
        // "DO NOT TAKE IT IF YOU:" above items introduces them.
        let introduces =
            line.text.ends_with(':') && lines.get(1).is_some_and(|next| mark(&next.text).is_some());
        if in_capitals(words)
            && !introduces
            && (lines.len() == 1 || self.stands_over(lines))
            && !self.in_numbered_list(at, depth)
        {
            return style(HeadingStyle::Capitals, depth);
        }
        if lines.len() > 1 {
            return self.wrapped(at, lines, depth);
        }
        if is_literature(&line.text) && depth == 0 {
            return style(HeadingStyle::Literature, 0);
        }
        let next = self.next(at).and_then(<[TextLine]>::first);
        let deeper = next.is_some_and(|next| next.indent > line.indent + 1 && next.indent > self.margin);
        let outside = next.is_some_and(|next| line.indent + 1 < self.margin && next.indent >= self.margin);
        if depth == 0 && outside && mark(&line.text).is_none() && words.starts_with(char::is_uppercase) {
            return style(HeadingStyle::Numbered, 0);
        }
        if depth > 0 && !deeper && !self.in_numbered_list(at, depth) && words.starts_with(char::is_uppercase)
        {
            return style(HeadingStyle::Numbered, depth);
        }
        if self.is_centred(line) { style(HeadingStyle::Centred, 0) } else { None }
    }

    /// A heading that spans several lines.
    fn wrapped(&self, at: usize, lines: &[TextLine], depth: usize) -> Option<HeadingCandidate> {
        let is_item = self.in_numbered_list(at, depth);
        let found = HeadingCandidate {
            words: lines.len(),
            lines: lines.len(),
            ..HeadingCandidate::line(HeadingStyle::Numbered, depth)
        };
        match lines.iter().all(|line| in_capitals(unnumbered(&line.text))) {
            _ if is_item || !is_wrapped(lines) => None,
            true => Some(HeadingCandidate { style: HeadingStyle::Capitals, ..found }),
            false => (depth > 0).then_some(found),
        }
    }

    /// Whether a first line in capitals is above the text of its group.
    fn stands_over(&self, lines: &[TextLine]) -> bool {
        lines.get(1).is_some_and(|next| !in_capitals(&next.text) && !is_rule(&next.text))
            && !columns_or_keys(lines)
    }

    /// Whether the group before or after has a number of the same kind, so that both are list items.
    fn in_numbered_list(&self, at: usize, depth: usize) -> bool {
        let Some(own) = self.lines(at).and_then(<[TextLine]>::first) else { return false };
        let same = |lines: Option<&[TextLine]>| {
            let other = lines.filter(|lines| lines.len() == 1).and_then(<[TextLine]>::first);
            other.is_some_and(|line| line.indent == own.indent && self.numbered(&line.text).0 == depth)
        };
        depth > 0 && (same(self.next(at)) || same(self.before(at)))
    }

    pub(super) fn is_centred(&self, line: &TextLine) -> bool {
        let right = self.width.saturating_sub(line.width());
        line.indent >= 8 && line.indent.abs_diff(right) <= 6
    }

    /// Which groups are the table of contents, or a heading that only introduces it.
    fn contents(&self, found: &[Option<HeadingCandidate>]) -> Vec<bool> {
        let heading = |(at, found): (usize, &Option<HeadingCandidate>)| {
            let found = found.as_ref()?;
            self.lines(at)?.get(found.at).map(|line| line.text.as_str())
        };
        let headings = Headings::of(found.iter().enumerate().filter_map(heading));
        let entries = split::contents(self.groups).into_keys().collect();
        let listed = |lines: &[TextLine]| shape::are_contents(lines, &headings, &entries);
        let mut contents = vec![false; self.groups.len()];
        for (at, slot) in contents.iter_mut().enumerate() {
            let Some(lines) = self.lines(at) else { continue };
            let over = found.get(at).and_then(Option::as_ref).is_some_and(|found| {
                found.lines == lines.len()
                    && !matches!(found.style, HeadingStyle::Title | HeadingStyle::Question)
            });
            let free = found.get(at).is_some_and(Option::is_none);
            let named =
                free && lines.len() == 1 && lines.iter().all(|line| line.text.split_whitespace().count() < 5);
            *slot = listed(lines) || (over || named) && self.next(at).is_some_and(listed);
        }
        contents
    }

    /// Adds single lines above text, if several look alike, and single lines below a rule.
    fn add_unmarked(&self, found: &mut [Option<HeadingCandidate>]) {
        let alone: Vec<usize> = (1..found.len()).filter(|at| self.stands_alone(*at, found)).collect();
        // If they are only above tables, they are captions.
        let over_text = alone.iter().any(|at| self.next(*at).is_some_and(|next| !self.is_table(next)));
        let several = alone.len() > 1 && over_text;
        for at in alone {
            let ended = matches!(self.groups.get(at.saturating_sub(1)), Some(Group::Break));
            let closes = self
                .lines(at)
                .and_then(<[TextLine]>::first)
                .is_some_and(|line| marks::is_back_matter(&line.text));
            let style = if ended || closes { HeadingStyle::AfterBreak } else { HeadingStyle::Alone };
            let over_notes = self.next(at).and_then(<[TextLine]>::first).is_some_and(shape::is_note);
            if let Some(slot) = found.get_mut(at).filter(|_| several || ended || over_notes || closes) {
                *slot = Some(HeadingCandidate::line(
                    if over_notes { HeadingStyle::AfterBreak } else { style },
                    0,
                ));
            }
        }
    }

    /// Whether a line is a one- or two-word label with a colon above sentences, rather than above something that it
    /// announces.
    fn is_label(&self, at: usize, line: &TextLine) -> bool {
        let Some(words) = line.text.strip_suffix(':') else { return false };
        let plain = |next: &[TextLine]| {
            let last = next.last().is_some_and(|line| line.text.ends_with('.'));
            last && next.iter().all(|line| mark(&line.text).is_none()) && !self.are_terms(next)
        };
        let short = words.split_whitespace().count() < 3;
        short
            && split::is_short_heading(&TextLine { text: words.to_owned(), ..line.clone() })
            && self.next(at).is_some_and(plain)
    }

    fn is_table(&self, lines: &[TextLine]) -> bool {
        matches!(columns::table(lines), Some(columns::TableFound::Table { from: 0, .. }))
    }

    fn are_terms(&self, lines: &[TextLine]) -> bool {
        matches!(columns::table(lines), Some(columns::TableFound::Terms { from: 0, .. }))
            || lines.len() > 1 && shape::keys(lines, self.width).is_some()
    }

    /// Whether a short line is alone above a paragraph or a list that nothing else announces.
    fn stands_alone(&self, at: usize, found: &[Option<HeadingCandidate>]) -> bool {
        let Some([line]) = self.lines(at) else { return false };
        let free = found.get(at).is_some_and(Option::is_none);
        let announced =
            self.before(at).and_then(<[TextLine]>::last).is_some_and(|last| last.text.ends_with([':', ',']));
        let after = self.next(at).is_some_and(|next| {
            let ends = |line: &TextLine| line.text.ends_with(['.', '!', ':', '?', '"', '”', ')']);
            let sentence = next.iter().any(ends) && !next.iter().all(|line| line.text.ends_with('?'));
            let begins = next.first().is_some_and(|first| !first.text.starts_with(char::is_lowercase));
            begins && sentence
                || split::is_list(next)
                || self.is_table(next)
                || self.are_terms(next)
                || next.first().is_some_and(shape::is_note)
        });
        free && after && !announced && (split::is_short_heading(line) || self.is_label(at, line))
    }

    /// Adds single lines that are questions. They are headings if most lines that look alike are not questions.
    fn add_questions(&self, found: &mut [Option<HeadingCandidate>]) {
        for is_numbered in [true, false] {
            let asked: Vec<usize> = (1..found.len())
                .filter(|at| self.question(*at, found).is_some_and(|(_, number)| number == is_numbered))
                .collect();
            let numbers =
                |found: &&HeadingCandidate| found.style == HeadingStyle::Numbered && found.depth > 0;
            let others = match is_numbered {
                true => found.iter().flatten().filter(numbers).count().saturating_sub(asked.len()),
                false => (1..found.len()).filter(|at| self.stands_alone(*at, found)).count(),
            };
            let style = match asked.len() > others {
                true if asked.len() > 1 => HeadingStyle::Question,
                false if !is_numbered => HeadingStyle::Alone,
                _ => continue,
            };
            for at in asked {
                let lines = self.lines(at).map_or(1, <[TextLine]>::len);
                let question = HeadingCandidate { words: lines, lines, ..HeadingCandidate::line(style, 0) };
                found.get_mut(at..=at).unwrap_or_default().fill(Some(question));
            }
        }
    }

    /// The number of lines of a question that is alone above its answer, and whether it is numbered.
    fn question(&self, at: usize, found: &[Option<HeadingCandidate>]) -> Option<(usize, bool)> {
        let lines = self.lines(at).filter(|lines| lines.len() < 4)?;
        let (first, last) = (lines.first()?, lines.last()?);
        let slot = found.get(at)?.as_ref();
        let free = slot.is_none_or(|found| found.style == HeadingStyle::Numbered);
        let number = mark(&first.text).is_some_and(|(mark, _)| mark.number.is_some());
        let words = mark(&first.text).map_or(first.text.as_str(), |(_, words)| words);
        let whole = lines.iter().rev().skip(1).all(|line| !line.text.ends_with(['.', '?', '!', ':']));
        let marked = marks::question(words).is_some() || marks::answer(words).is_some();
        // A single line may say what the question is about first: "My muscles ache. Is it the statin?"
        let one = !words.contains(". ") || lines.len() == 1;
        let asks = last.text.ends_with('?') && one || number && last.text.contains('?');
        let bullet = mark(&first.text).is_some() && !number;
        let starts = words.starts_with(char::is_uppercase) && !marked && !bullet;
        let answered = self.next(at).is_some();
        (free && whole && asks && starts && answered).then_some((lines.len(), number))
    }

    /// Adds numbered headings above indented lines. Such a line is an item unless its number follows that of the
    /// heading before.
    fn add_successors(&self, found: &mut [Option<HeadingCandidate>]) {
        let mut last: Vec<usize> = Vec::new();
        for at in 0..found.len() {
            let Some(line) = self.lines(at).and_then(<[TextLine]>::first) else { continue };
            let number = self.numbers(&line.text);
            let alone = self.lines(at).is_some_and(|lines| lines.len() == 1) && looks_like_heading(line);
            let Some(slot) = found.get_mut(at) else { continue };
            match slot {
                Some(found) if found.style == HeadingStyle::Numbered => last = number,
                None if alone && line.indent == 0 && follows(&last, &number) => {
                    *slot = Some(HeadingCandidate::line(HeadingStyle::Numbered, number.len()));
                    last = number;
                }
                _ => {}
            }
        }
    }
}

fn columns_or_keys(lines: &[TextLine]) -> bool {
    lines.iter().any(|line| columns::segments(line).len() > 1 || line.text.contains(": "))
        || lines.iter().skip(1).any(|line| mark(&line.text).is_some())
}

/// A line with a rule below it, and optionally one above.
pub(super) fn underlined(lines: &[TextLine], top: bool) -> Option<HeadingCandidate> {
    let over = lines.first().is_some_and(|line| is_rule(&line.text));
    let at = usize::from(over);
    let (line, rule) = (lines.get(at)?, lines.get(at + 1)?);
    let sign = rule.text.chars().next().filter(|_| is_rule(&rule.text) && !rule.text.contains(' '))?;
    let (words, drawn) = (line.text.chars().count(), rule.text.chars().count());
    let fits = drawn.abs_diff(words) <= (words / 3).max(4) || (top || over) && drawn > words;
    let heading = !is_rule(&line.text)
        && words <= 120
        && columns::segments(line).len() == 1
        && line.text.contains(char::is_alphabetic);
    let depth = numbered(&line.text).0;
    (fits && heading).then(|| HeadingCandidate {
        at,
        lines: at + 2,
        ..HeadingCandidate::line(HeadingStyle::Underlined(sign), depth)
    })
}

/// Whether two or three lines are one heading: they are in capitals, or the later ones start in lower case or are
/// indented further.
fn is_wrapped(lines: &[TextLine]) -> bool {
    let first = lines.first().map_or(0, |line| line.indent);
    let capitals = lines.iter().all(|line| in_capitals(unnumbered(&line.text)));
    let goes_on = |line: &TextLine| line.indent > first || line.text.starts_with(char::is_lowercase);
    let further = lines.get(1..).unwrap_or_default();
    lines.len() < 4
        && lines.iter().all(looks_like_heading)
        && further.iter().all(|line| mark(&line.text).is_none() && numbered(&line.text).0 == 0)
        && (capitals || lines.len() == 2 && further.iter().all(goes_on))
}

/// The words after a number of any form.
pub(super) fn unnumbered(text: &str) -> &str {
    split::bare_number(text).map_or_else(|| numbered(text).1, |(_, words)| words)
}

/// Whether a line is a heading in the middle of a rule: `== STORAGE =====`.
fn drawn_through(text: &str) -> bool {
    let Some(sign) = text.chars().next().filter(|sign| matches!(sign, '=' | '-' | '~' | '_')) else {
        return false;
    };
    let words = text.trim_matches(sign);
    let (before, after) =
        (text.len() - text.trim_start_matches(sign).len(), text.len() - text.trim_end_matches(sign).len());
    let is_title = words.contains(char::is_alphabetic) && words.split_whitespace().count() <= MOST_WORDS;
    before > 1 && after > 1 && is_title && words.starts_with(' ') && words.ends_with(' ')
}

/// A line after number signs, as in Markdown, or in the middle of a rule.
fn hashed(lines: &[TextLine]) -> Option<HeadingCandidate> {
    let text = lines.first()?.text.as_str();
    if drawn_through(text) {
        return Some(HeadingCandidate::line(HeadingStyle::Hashed(2), 0));
    }
    let words = text.trim_start_matches('#');
    let signs = text.len().saturating_sub(words.len());
    let heading = (1..=6).contains(&signs) && words.starts_with(' ') && !words.ends_with('.');
    heading.then(|| HeadingCandidate::line(HeadingStyle::Hashed(signs), 0))
}

pub(super) fn looks_like_heading(line: &TextLine) -> bool {
    let text = line.text.as_str();
    text.chars().count() <= LONGEST
        && text.split_whitespace().count() <= MOST_WORDS
        && text.contains(char::is_alphabetic)
        && !text.ends_with(['.', ',', ';', '!', '…'])
        && (!text.ends_with(':') || is_literature(text) || in_capitals(text))
        && !text.contains(['@', '|'])
        && marks::question(text).is_none()
        && (marks::answer(text).is_none() || in_capitals(text))
        && columns::segments(&TextLine { text: unnumbered(text).to_owned(), ..TextLine::default() }).len()
            == 1
}

/// Whether all letters are capitals, and there are too many for an abbreviation.
pub(super) fn in_capitals(text: &str) -> bool {
    text.chars().filter(|c| c.is_uppercase()).count() >= 4 && !text.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::super::lines::groups;
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let (groups, width) = groups(text, 1);
        let show = |part: TextPart| match part {
            TextPart::Heading { level, line } => format!("h{level} {}", line.text),
            TextPart::Group(Group::Lines { lines, .. }) => {
                lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("/")
            }
            TextPart::Question(line) => format!("? {}", line.text),
            TextPart::Group(_) => "-".to_owned(),
        };
        parts(groups, width).into_iter().map(show).collect()
    }

    #[test]
    fn underlined_lines() {
        assert_eq!(shown("Title\n=====\n\nOne\n---\nText.\n"), ["h1 Title", "h2 One", "Text."]);
        assert_eq!(shown("*****\nTitle\n*****\n\nText."), ["h1 Title", "Text."]);
    }

    #[test]
    fn numbered_lines_are_headings_or_items() {
        assert_eq!(
            shown("Title\n\n1. One\n\nText.\n\n1.1 Deep\n\nText.\n\n2. Two\n\nText."),
            ["h1 Title", "h2 1. One", "Text.", "h3 1.1 Deep", "Text.", "h2 2. Two", "Text."]
        );
        assert_eq!(
            shown("Title\n\nDo this:\n\n1. One\n\n2. Two\n\nText."),
            ["h1 Title", "Do this:", "1. One", "2. Two", "Text."]
        );
    }

    #[test]
    fn capitals_are_headings_and_shouts_are_not() {
        assert_eq!(
            shown("Title\n\nONE WORD\n\nText.\n\nIV. MORE\nText."),
            ["h1 Title", "h2 ONE WORD", "Text.", "h2 IV. MORE", "Text."]
        );
        assert_eq!(
            shown("Title\n\nNEVER STOP AT ONCE.\n\nText."),
            ["h1 Title", "NEVER STOP AT ONCE.", "Text."]
        );
    }

    #[test]
    fn lines_that_only_stand_alone_are_rarely_headings() {
        assert_eq!(
            shown("Title\n\nText one.\n\nWith kind regards\n\nThe ward."),
            ["h1 Title", "Text one.", "With kind regards", "The ward."]
        );
        assert_eq!(
            shown("Title\n\nOne thing\n\nText one.\n\nOther thing\n\nText two."),
            ["h1 Title", "h2 One thing", "Text one.", "h2 Other thing", "Text two."]
        );
    }
}
