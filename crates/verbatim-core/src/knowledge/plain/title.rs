//! Chooses the title: the first line that is set off at the top, unless it is the letterhead of a better one.

use super::columns::segments;
use super::heading::{Finder, in_capitals, unnumbered};
use super::lines::{Group, TextLine};
use super::mark::mark;
use super::outline::{HeadingCandidate, HeadingStyle};
use super::shape;

/// Maximum number of groups at the top that can be letterhead and title.
const MOST: usize = 6;
/// Maximum length of a title, and of a line below it, in characters.
const LONGEST: usize = 120;

/// Marks the title and returns the groups of the letterhead above it.
pub(super) fn choose(finder: &Finder, found: &mut [Option<HeadingCandidate>]) -> Vec<usize> {
    let (top, keyed) = top(finder, found);
    let Some(first) = top.first().copied() else { return Vec::new() };
    let better = top.iter().copied().skip(1).find(|at| outranks(finder, found, *at, first));
    let alone = is_gapped(finder, first);
    let at = match better {
        Some(at) => at,
        None if alone => return vec![first],
        // Below the keys of a letter, a line is the title only if no other heading looks like it.
        None if keyed && !is_unique(found, first) => return Vec::new(),
        None => first,
    };
    let title = title(finder, at, found.get(at).and_then(Option::as_ref));
    for slot in found.get_mut(..=at).unwrap_or_default() {
        *slot = None;
    }
    found.get_mut(at..=at).unwrap_or_default().fill(title);
    drop_subtitles(found, &top, at);
    let right_under = |other: usize| {
        let number = |at: usize| finder.lines(at).and_then(<[TextLine]>::first).map_or(0, |line| line.number);
        is_gapped(finder, other) && number(other) == number(at) + 1
    };
    top.into_iter().filter(|other| *other < at || right_under(*other)).collect()
}

/// The groups at the top that are set off, up to the first sentence, list or number, skipping keys. Also returns
/// whether keys came first.
fn top(finder: &Finder, found: &[Option<HeadingCandidate>]) -> (Vec<usize>, bool) {
    let mut top = Vec::new();
    let mut keyed = false;
    for (at, group) in finder.groups.iter().enumerate().take(MOST * 4) {
        let own = found.get(at).and_then(Option::as_ref);
        match group {
            Group::Furniture(_) | Group::Break => continue,
            Group::Lines { lines, quoted: false } if are_keys(finder, lines) => keyed |= top.is_empty(),
            Group::Lines { lines, quoted: false } if is_set_off(finder, at, lines, own) => top.push(at),
            Group::Lines { .. } => break,
        }
        if top.len() >= MOST || own.is_some_and(|own| matches!(own.style, HeadingStyle::Underlined(_))) {
            break;
        }
    }
    (top, keyed)
}

fn are_keys(finder: &Finder, lines: &[TextLine]) -> bool {
    let keys = lines.iter().filter(|line| shape::key(&line.text).is_some()).count();
    let mail = ["from", "to", "cc", "date", "subject", "re", "ref", "our ref"];
    let header = |line: &TextLine| {
        shape::key(&line.text).is_some_and(|(key, ..)| mail.contains(&key.to_lowercase().as_str()))
    };
    (keys > 1 || lines.iter().any(header)) && (lines.len() == 1 || shape::keys(lines, finder.width).is_some())
}

fn is_set_off(finder: &Finder, at: usize, lines: &[TextLine], own: Option<&HeadingCandidate>) -> bool {
    let marked =
        own.is_some_and(|own| matches!(own.style, HeadingStyle::Underlined(_) | HeadingStyle::Hashed(_)));
    let words = own.filter(|_| marked).map_or(lines, |own| lines.get(own.at..=own.at).unwrap_or_default());
    let goes_on = |at: usize| words.get(at + 1).is_some_and(|next| next.text.starts_with(char::is_lowercase));
    let short = |(at, line): (usize, &TextLine)| {
        let open = line.text.ends_with(['.', ',', ';', ':']) && !goes_on(at);
        line.text.chars().count() <= LONGEST && !open && mark(&line.text).is_none()
    };
    let Some(first) = words.first() else { return false };
    let starts = finder.numbered(&first.text).0 == 0 && !first.text.starts_with(char::is_lowercase);
    let even = words.len() == 1 || words.iter().all(|line| segments(line).len() == 1);
    let more = finder.next(at).is_some() || marked;
    let letters = first.text.contains(char::is_alphabetic);
    starts && letters && even && more && words.len() <= 4 && words.iter().enumerate().all(short)
}

/// Whether a line at the top is in two columns, like a letterhead.
fn is_gapped(finder: &Finder, at: usize) -> bool {
    let gapped = |line: &TextLine| segments(line).len() > 1 && unnumbered(&line.text) == line.text;
    finder.lines(at).and_then(<[TextLine]>::first).is_some_and(gapped)
}

/// Whether a group is a better title than the first one, which is then its letterhead.
fn outranks(finder: &Finder, found: &[Option<HeadingCandidate>], at: usize, first: usize) -> bool {
    let (Some(over), Some(own)) = (finder.lines(first), finder.lines(at)) else { return false };
    let underlined = |at: usize| {
        found
            .get(at)
            .and_then(Option::as_ref)
            .is_some_and(|found| matches!(found.style, HeadingStyle::Underlined(_)))
    };
    let all_centred = |lines: &[TextLine]| lines.iter().all(|line| finder.is_centred(line));
    let centred = over.len() > 1 && over.iter().all(|line| line.indent > 4) || all_centred(over);
    let capitals = over.iter().all(|line| in_capitals(&line.text));
    let lesser = is_gapped(finder, first) && !is_gapped(finder, at)
        || is_label(over)
        || centred && (underlined(at) || own.len() == 1 && own.iter().all(|line| line.indent == 0))
        || capitals && underlined(at);
    lesser && !underlined(first) && (is_label(over) || is_unique(found, at))
}

/// Whether the first line only names the kind of text.
fn is_label(lines: &[TextLine]) -> bool {
    let first = lines.first().map_or(String::new(), |line| line.text.trim_end_matches(':').to_lowercase());
    ["press release", "news release", "media release", "press statement"].contains(&first.as_str())
}

/// Whether no other heading looks like this one.
fn is_unique(found: &[Option<HeadingCandidate>], at: usize) -> bool {
    let Some(Some(own)) = found.get(at) else { return true };
    found
        .iter()
        .enumerate()
        .all(|(other, found)| other == at || found.as_ref().is_none_or(|found| !found.is_like(own)))
}

/// The title with its continuation lines: all are centred or in capitals, or a line starts in lower case.
fn title(finder: &Finder, at: usize, own: Option<&HeadingCandidate>) -> Option<HeadingCandidate> {
    let lines = finder.lines(at)?;
    if let Some(own) = own.filter(|own| matches!(own.style, HeadingStyle::Underlined(_))) {
        return Some(HeadingCandidate { style: HeadingStyle::Title, ..own.clone() });
    }
    let whole = lines.iter().all(|line| line.indent > 4) || lines.iter().all(|line| in_capitals(&line.text));
    let small = lines.iter().skip(1).take_while(|line| line.text.starts_with(char::is_lowercase)).count();
    let words = if whole { lines.len() } else { small + 1 };
    let style = own.map_or(HeadingStyle::Title, |own| own.style);
    let style = if matches!(style, HeadingStyle::Hashed(_)) { style } else { HeadingStyle::Title };
    Some(HeadingCandidate { words, lines: words, ..HeadingCandidate::line(style, 0) })
}

/// Drops centred lines below the title that no other heading looks like: they are not headings.
fn drop_subtitles(found: &mut [Option<HeadingCandidate>], top: &[usize], title: usize) {
    for at in top.iter().copied().filter(|at| *at > title) {
        let centred =
            found.get(at).and_then(Option::as_ref).is_some_and(|found| found.style == HeadingStyle::Centred);
        if centred && is_unique(found, at) {
            found.get_mut(at..=at).unwrap_or_default().fill(None);
        }
    }
}
