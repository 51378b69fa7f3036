//! Rewrites inline markup that the parser does not know: inline notes (`^[…]`), names of icons (`:warning:`), which are
//! left out, and citations in double square brackets, which the parser would treat as wiki links.

use crate::text::controls::one_line;

/// The most notes to extract from a text, the most brackets that turn out not to be notes, and the longest note in
/// bytes.
const MOST_NOTES: usize = 2_000;
const MOST_FAILURES: usize = 200;
const LONGEST: usize = 2_000;

/// Rewrites a text. Line numbers do not change, and the notes are appended at the end.
pub fn rewrite(source: &str) -> String {
    if !["^[", "[[", "]{", ":"].iter().any(|mark| source.contains(mark)) {
        return source.to_owned();
    }
    let mut text = String::with_capacity(source.len());
    let mut notes: Vec<&str> = Vec::new();
    let mut rest = source;
    let mut code = false;
    let mut failures = 0;
    while let Some(at) = rest.find(['`', '^', '[', '\\', ':']) {
        let (before, here) = rest.split_at_checked(at).unwrap_or((rest, ""));
        text.push_str(before);
        code &= !before.contains("\n\n");
        let tries = !code && notes.len() < MOST_NOTES && failures < MOST_FAILURES && here.starts_with("^[");
        let note = if tries { note(here) } else { None };
        failures += usize::from(tries && note.is_none());
        let length = if let Some(words) = note {
            notes.push(words);
            text.push_str(&format!("[^inline note {}]", notes.len()));
            text.extend(words.chars().filter(|c| *c == '\n'));
            words.len() + 3
        } else if let Some((number, length)) = citation(here).filter(|_| !code) {
            text.push_str(&format!("\\[{number}\\]"));
            length
        } else if let Some((words, length)) = linked_citation(here).filter(|_| !code) {
            text.push_str(&format!("[\\[{words}\\]]"));
            length
        } else if let Some(length) = icon(before, here).filter(|_| !code) {
            length
        } else if here.starts_with("\\ ") && !code {
            // Pandoc's no-break space.
            text.push('\u{a0}');
            2
        } else if let Some((words, length)) = classed(here).filter(|_| !code) {
            text.push_str(words);
            length
        } else {
            code ^= here.starts_with('`');
            let escaped = here.starts_with('\\');
            let length: usize = here.chars().take(1 + usize::from(escaped)).map(char::len_utf8).sum();
            text.push_str(here.get(..length).unwrap_or_default());
            length
        };
        rest = here.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    add_notes(&mut text, &notes);
    text
}

/// The length of the name of an icon between colons that stands apart from the words around it.
fn icon(before: &str, here: &str) -> Option<usize> {
    let inside = here.strip_prefix(':')?;
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+');
    let name = inside.get(..inside.find(|c: char| !is_part(c))?)?;
    let rest = inside.get(name.len()..)?.strip_prefix(':')?;
    let is_name = name.len() > 2 && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '+');
    let stands_apart = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ':' | ']'))
        && !rest.starts_with(|c: char| c.is_alphanumeric() || c == ':');
    (is_name && stands_apart).then_some(name.len() + 2)
}

/// The text of `[text]{.class}`, and the length of the whole span. A comment has no text.
fn classed(here: &str) -> Option<(&str, usize)> {
    let inside = here.strip_prefix('[')?;
    let words = inside.get(..inside.find(['[', ']']).filter(|at| *at < LONGEST)?)?;
    let class = inside.get(words.len()..)?.strip_prefix("]{")?;
    let class = class.get(..class.find(['}', '{']).filter(|at| *at < LONGEST)?)?;
    let is_class = class.starts_with(['.', '#']) && !words.contains("\n\n");
    let is_unseen =
        [".comment-start", ".deletion", ".strikeout"].iter().any(|unseen| class.starts_with(unseen));
    let shown = if is_unseen { "" } else { words };
    is_class.then_some((shown, words.len() + class.len() + 4))
}

fn add_notes(text: &mut String, notes: &[&str]) {
    for (at, words) in notes.iter().enumerate() {
        let words = one_line(words);
        text.push_str(&format!("\n\n[^inline note {}]: {words}", at + 1));
    }
}

/// The text of `^[text]`, whose brackets are balanced.
fn note(here: &str) -> Option<&str> {
    let inside = here.strip_prefix("^[")?;
    let mut depth = 1_usize;
    for (at, c) in inside.char_indices().take_while(|(at, _)| *at < LONGEST) {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            // "^[[1]](#note)^" is a link between carets.
            if inside.get(at..).is_some_and(|rest| rest.starts_with("](")) {
                return None;
            }
            return inside.get(..at).filter(|words| !words.trim().is_empty() && !words.contains("\n\n"));
        }
    }
    None
}

/// The number in `[[3]]` if no address follows, and the length of the span.
fn citation(here: &str) -> Option<(&str, usize)> {
    let inside = here.strip_prefix("[[")?;
    let digits = inside.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let (number, rest) = inside.split_at_checked(digits)?;
    let rest = rest.strip_prefix("]]").filter(|_| (1..=3).contains(&digits))?;
    (!rest.starts_with(['(', '['])).then_some((number, number.len() + 4))
}

/// The text in `[[text]](address)`, and the length of `[[text]]`.
fn linked_citation(here: &str) -> Option<(&str, usize)> {
    let inside = here.strip_prefix("[[")?;
    let end = inside.char_indices().take(LONGEST).find(|(_, c)| matches!(c, ']' | '[' | '\n' | '|'))?.0;
    let (words, rest) = inside.split_at_checked(end)?;
    rest.starts_with("]](").then_some((words, words.len() + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_move_to_the_end() {
        assert_eq!(rewrite("A^[B [c] d.] e\nf"), "A[^inline note 1] e\nf\n\n[^inline note 1]: B [c] d.");
        assert_eq!(rewrite("A^[b `^[c]`"), "A^[b `^[c]`");
        assert_eq!(rewrite("`^[a]` 10^[ b"), "`^[a]` 10^[ b");
        let exported =
            "[]{#_Toc1 .anchor}1 Purpose: 30\\ mg [Why?]{.comment-start id=\"0\"}now[]{.comment-end}";
        assert_eq!(rewrite(exported), "1 Purpose: 30\u{a0}mg now");
    }

    #[test]
    fn icons_are_left_out() {
        assert_eq!(rewrite("## Booking :material-calendar:\n:warning: Stop"), "## Booking \n Stop");
        assert_eq!(
            rewrite("at 12:30:45, a:b:c, `:x:` and ::note::"),
            "at 12:30:45, a:b:c, `:x:` and ::note::"
        );
    }

    #[test]
    fn citations_are_no_links_between_pages() {
        assert_eq!(
            rewrite("A.[[1]](#x) B [[2]] [[Page]] \\[[3]]"),
            "A.[\\[1\\]](#x) B \\[2\\] [[Page]] \\[[3]]"
        );
    }
}
