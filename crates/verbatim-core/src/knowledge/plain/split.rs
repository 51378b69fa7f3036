//! Heading numbers, and splitting headings directly above their text into separate groups.

use std::collections::{HashMap, HashSet};

use super::columns::{self, TableFound, segments};
use super::heading::looks_like_heading;
use super::lines::{Group, TextLine, is_rule};
use super::mark::mark;
use super::marks::{self, is_roman};
use super::shape::{NARROWEST, end_early, is_note, key};
use crate::knowledge::leaders;
use crate::text::contents::Headings;

/// Splits groups after such headings.
pub fn split(groups: Vec<Group>, width: usize) -> Vec<Group> {
    let mut found = Vec::new();
    let mut top = true;
    let groups = by_contents(groups);
    for group in groups {
        let is_lines = matches!(group, Group::Lines { .. });
        match group {
            Group::Lines { lines, quoted: false } if top && is_letterhead(&lines) => {
                let one = |line| Group::Lines { lines: vec![line], quoted: false };
                found.extend(lines.into_iter().filter(|line| !is_rule(&line.text)).map(one));
            }
            Group::Lines { lines, quoted: false } => divide(&lines, width, &mut found),
            other => found.push(other),
        }
        top &= !is_lines;
    }
    found
}

/// The entries of tables of contents: their line numbers and words.
pub fn contents(groups: &[Group]) -> HashMap<usize, &str> {
    let lines: Vec<&TextLine> = groups
        .iter()
        .flat_map(|group| match group {
            Group::Lines { lines, quoted: false } => lines.as_slice(),
            _ => &[],
        })
        .collect();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let entries = leaders::contents(&texts, &[]);
    lines.into_iter().zip(entries).filter_map(|(line, entry)| Some((line.number, entry?))).collect()
}

/// Sets the entries of a table of contents apart, and the lines that repeat them as headings: text that was copied out
/// of a PDF has no blank lines around them.
fn by_contents(groups: Vec<Group>) -> Vec<Group> {
    let entries = contents(&groups);
    if entries.is_empty() {
        return groups;
    }
    let headings = Headings::of(entries.values());
    let entries: HashSet<usize> = entries.into_keys().collect();
    let mut found = Vec::new();
    let mut number: Vec<usize> = Vec::new();
    for group in groups {
        let Group::Lines { lines, quoted: false } = group else {
            found.push(group);
            continue;
        };
        let mut open: Vec<TextLine> = Vec::new();
        let mut of_contents = false;
        for line in lines {
            let is_entry = entries.contains(&line.number);
            let own = numbers(&line.text);
            // "2.1" after "2." is a heading even if only the main sections are in the contents.
            let is_heading = !is_entry
                && (headings.has(&line.text)
                    || own.len() > 1 && follows(&number, &own) && looks_like_heading(&line));
            if is_heading || is_entry != of_contents {
                end_group(&mut open, &mut found);
            }
            open.push(line);
            of_contents = is_entry;
            if is_heading {
                number = own;
                end_group(&mut open, &mut found);
            }
        }
        end_group(&mut open, &mut found);
    }
    found
}

fn end_group(open: &mut Vec<TextLine>, found: &mut Vec<Group>) {
    if !open.is_empty() {
        found.push(Group::Lines { lines: std::mem::take(open), quoted: false });
    }
}

/// Whether a few lines at the top have words on the left and on the right, so each line is separate.
fn is_letterhead(lines: &[TextLine]) -> bool {
    let gapped = lines.iter().any(|line| segments(line).len() == 2);
    let plain = lines
        .iter()
        .all(|line| key(&line.text).is_none_or(|_| segments(line).len() == 2) && mark(&line.text).is_none());
    (2..5).contains(&lines.len())
        && gapped
        && plain
        && !lines
            .iter()
            .all(|line| segments(line).len() == 2 && key(&line.text).is_some_and(|(_, _, blanks)| blanks > 1))
}

/// Splits off a rule at the start or end of a group that has no other; other rules belong to tables and headings.
fn divide(lines: &[TextLine], width: usize, found: &mut Vec<Group>) {
    let rules = lines.iter().filter(|line| is_rule(&line.text)).count();
    let is_table = lines.iter().any(|line| segments(line).len() > 1) && lines.len() > 3;
    match lines {
        [rule, rest @ ..] if rules == 1 && !rest.is_empty() && is_rule(&rule.text) => {
            found.push(Group::Break);
            divide_words(rest, width, found);
        }
        [words @ .., rule] if rules == 1 && words.len() > 1 && !is_table && is_rule(&rule.text) => {
            divide_words(words, width, found);
            found.push(Group::Break);
        }
        [over, line, under] if rules == 2 && is_rule(&over.text) && is_rule(&under.text) => {
            let text = line.text.trim_matches(['*', '#', '|', '=', ' ']).to_owned();
            let lines = vec![over.clone(), TextLine { text, ..line.clone() }, under.clone()];
            found.push(Group::Lines { lines, quoted: false });
        }
        _ => divide_words(lines, width, found),
    }
}

fn divide_words(lines: &[TextLine], width: usize, found: &mut Vec<Group>) {
    let broken = matches!(found.last(), Some(Group::Break));
    let mut from = 0;
    for at in 0..lines.len() {
        if from == at && (is_set_off(lines, at, width) || at == 0 && !broken && stands_over(lines, width)) {
            found
                .push(Group::Lines { lines: lines.get(at..=at).unwrap_or_default().to_vec(), quoted: false });
            from = at + 1;
        }
    }
    let rest = lines.get(from..).unwrap_or_default().to_vec();
    if !rest.is_empty() {
        found.push(Group::Lines { lines: rest, quoted: false });
    }
}

/// Whether a line is the only one in its group with such a number, and was ended on purpose before a new sentence.
fn is_set_off(lines: &[TextLine], at: usize, width: usize) -> bool {
    let Some([line, next]) = lines.get(at..at + 2) else { return false };
    let (depth, words) = numbered(&line.text);
    let alike = lines.iter().take(64).filter(|other| numbered(&other.text).0 == depth).count();
    let deeper = numbered(&next.text).0 > depth;
    let begins = next.text.starts_with(char::is_uppercase) || deeper;
    depth > 0
        && line.text.starts_with(|c: char| c.is_ascii_digit())
        && alike == 1
        && begins
        && line.indent == next.indent
        && words.starts_with(char::is_uppercase)
        && looks_like_heading(line)
        && end_early(&[line.clone(), next.clone()], width.max(NARROWEST))
}

/// Whether the first line of a group is short and was ended on purpose above a list, notes, terms or sentences.
fn stands_over(lines: &[TextLine], width: usize) -> bool {
    let [line, rest @ ..] = lines else { return false };
    let Some(next) = rest.first() else { return false };
    let asks = is_question(line);
    if !is_short_heading(line) && !asks {
        return false;
    }
    let starts = |c: char| c.is_uppercase() || asks && c.is_ascii_digit();
    let begins = next.text.starts_with(starts) && next.indent == line.indent;
    let pair = lines.get(..2).unwrap_or_default();
    let width = width.max(NARROWEST);
    let ended = line.width() * 10 < width * 8 && end_early(pair, width);
    let sentences = rest.iter().any(|line| line.text.ends_with(['.', '!', ':', '?']));
    let plain = key(&next.text).is_none() && segments(next).len() == 1 && !is_rule(&next.text);
    let words = next.text.split_whitespace().count() > 2;
    let terms = matches!(columns::table(rest), Some(TableFound::Terms { from: 0, .. }));
    is_list(rest) || is_note(next) || terms || begins && plain && sentences && (asks || ended && words)
}

/// Whether a line is a single question.
pub fn is_question(line: &TextLine) -> bool {
    let text = line.text.as_str();
    let one = text.ends_with('?') && !text.contains(". ") && mark(text).is_none();
    one && text.starts_with(char::is_uppercase)
        && marks::question(text).is_none()
        && marks::answer(text).is_none()
}

/// Whether lines are items: at least two have marks of one kind, and lines without a mark are indented further.
pub fn is_list(lines: &[TextLine]) -> bool {
    let Some(first) = lines.first() else { return false };
    let Some((open, _)) = mark(&first.text).filter(|(mark, _)| mark.is_first()) else { return false };
    let marked = |line: &&TextLine| mark(&line.text).is_some_and(|(mark, _)| mark.kind == open.kind);
    lines.iter().filter(marked).count() > 1
        && lines.iter().all(|line| marked(&line) || line.indent > first.indent)
}

/// Whether a line is as short as an unmarked heading and is not a sentence, key, table name or greeting.
pub fn is_short_heading(line: &TextLine) -> bool {
    let text = line.text.as_str();
    let table = ["Table ", "Figure ", "Fig. ", "Box ", "Chart "].iter().any(|start| text.starts_with(start));
    text.chars().count() <= 50
        && text.split_whitespace().count() <= 8
        && text.starts_with(char::is_uppercase)
        && mark(text).is_none()
        && looks_like_heading(line)
        && !text.ends_with('?')
        && !text.contains(": ")
        && !table
}

/// Whether single lines begin with 1, 2 and so on without a full stop (`1 Words`): at least two, in order.
pub fn counts_bare(groups: &[Group]) -> bool {
    let mut next = 1;
    for group in groups {
        let Group::Lines { lines, quoted: false } = group else { continue };
        let [line] = lines.as_slice() else { continue };
        if bare_number(&line.text).is_some_and(|(number, _)| number == next) && looks_like_heading(line) {
            next += 1;
        }
    }
    next > 2
}

/// A number without a full stop, and the words after it, which begin with a capital.
pub fn bare_number(text: &str) -> Option<(usize, &str)> {
    let (number, rest) = text.split_once(' ')?;
    let words = rest.trim_start();
    let short = number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    let value = number.parse().ok().filter(|_| short && words.starts_with(char::is_uppercase))?;
    Some((value, words))
}

/// How many numbers a line begins with, and the words after them: `2.1 Words`, `IV. WORDS`, `B. Words`.
pub fn numbered(text: &str) -> (usize, &str) {
    let Some((number, rest)) = text.split_once(' ') else { return (0, text) };
    let bare = number.strip_suffix('.').unwrap_or(number);
    let stop = bare.len() < number.len();
    let parts = bare.split('.').count();
    let digits =
        bare.split('.').all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    let letter = bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase());
    let depth = match () {
        () if digits && (stop || parts > 1) => parts,
        () if stop && (letter || is_roman(bare) && bare.bytes().all(|byte| byte.is_ascii_uppercase())) => 1,
        () => return (0, text),
    };
    (depth, rest.trim_start())
}

/// The numbers that a line begins with; empty if it begins with something else.
pub fn numbers(text: &str) -> Vec<usize> {
    let number = match numbered(text).0 {
        0 => "",
        _ => text.split(' ').next().unwrap_or_default(),
    };
    number.trim_end_matches('.').split('.').map_while(|part| part.parse().ok()).collect()
}

/// Whether a heading's number follows that of the heading before: at the same depth, further out, or as its first
/// subsection.
pub fn follows(before: &[usize], number: &[usize]) -> bool {
    let Some((last, over)) = number.split_last() else { return false };
    let same = before.get(..over.len()) == Some(over) && !before.is_empty();
    same && before.get(over.len()).copied().unwrap_or_default().checked_add(1) == Some(*last)
}
