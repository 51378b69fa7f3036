//! Tables of contents: lines that end in leaders and a page number, or that repeat the document's headings.

use std::collections::HashMap;

use super::flow::ReadingOrder;
use super::style::{HeadingRun, LineRole, text};
use crate::knowledge::leaders::{self, letters};

/// Minimum number of entries in a table of contents that is recognised by its words alone.
const LEAST_ENTRIES: usize = 3;
/// Maximum number of lines in an entry.
const MOST_ENTRY_LINES: usize = 3;

/// Marks the tables of contents.
pub fn mark_contents(flow: &ReadingOrder, runs: &[HeadingRun], roles: &mut [LineRole]) {
    mark_leaders(flow, runs, roles);
    mark_repeated(flow, runs, roles);
}

/// Marks several consecutive texts that repeat headings further down, and the heading above them.
fn mark_repeated(flow: &ReadingOrder, runs: &[HeadingRun], roles: &mut [LineRole]) {
    let headings: HashMap<String, usize> = runs.iter().map(|run| (letters(&run.text), run.at)).collect();
    let (mut at, mut from, mut entries) = (0, 0, 0);
    while at < flow.parts.len() {
        if let Some(end) = entry_end(flow, &headings, at) {
            from = if entries == 0 { at } else { from };
            (at, entries) = (end, entries + 1);
            continue;
        }
        if entries >= LEAST_ENTRIES {
            let headed = runs.iter().find(|run| run.end() == from).map_or(from, |run| run.at);
            roles.iter_mut().take(at).skip(headed).for_each(|role| *role = LineRole::Contents);
        }
        (at, entries) = (at + 1, 0);
    }
}

/// The end of the entry that begins at `at`.
fn entry_end(flow: &ReadingOrder, headings: &HashMap<String, usize>, at: usize) -> Option<usize> {
    let mut whole = String::new();
    for end in at..at + MOST_ENTRY_LINES {
        whole.push_str(&text(flow, end)?);
        if headings.get(&letters(&whole)).is_some_and(|heading| *heading > end) {
            return Some(end + 1);
        }
    }
    None
}

/// Marks lines that end in leaders and a page number, the lines between them, and the heading above.
fn mark_leaders(flow: &ReadingOrder, runs: &[HeadingRun], roles: &mut [LineRole]) {
    let texts: Vec<String> = (0..flow.parts.len()).map(|at| text(flow, at).unwrap_or_default()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let headings: Vec<(usize, &str)> = runs.iter().map(|run| (run.at, run.text.as_str())).collect();
    let entries = leaders::contents(&texts, &headings);
    let entries = entries.iter().enumerate().filter_map(|(at, entry)| entry.map(|_| at));
    let mut last: Option<usize> = None;
    for entry in entries {
        let from = match last {
            Some(last) if entry - last <= 3 => last + 1,
            _ => entry,
        };
        for at in from..=entry {
            if let Some(role) = roles.get_mut(at) {
                *role = LineRole::Contents;
            }
        }
        if from == entry && last.is_none_or(|last| last + 1 != entry) {
            // Also covers the lines between the heading and the first entry.
            let headed = runs.iter().rfind(|run| (entry.saturating_sub(2)..entry).contains(&(run.end() - 1)));
            for at in headed.into_iter().flat_map(|run| run.at..entry) {
                if let Some(role) = roles.get_mut(at) {
                    *role = LineRole::Contents;
                }
            }
        }
        last = Some(entry);
    }
}
