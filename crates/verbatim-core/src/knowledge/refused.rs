//! Control characters in files. A source or a file of the base that contains one is refused, and the first one is
//! reported with its place. In a PDF or a Word document, which its author cannot fix, each one becomes U+FFFD, so that no
//! character is lost unnoticed. [`crate::text::controls`] defines these characters.

use toml::de::{DeTable, DeValue};

use super::blocks::Block;
use super::problem::Problem;
use crate::text::controls::{code_point, first_refused, is_refused};
use crate::text::line::line_at;

/// Replaces a character that a PDF's fonts do not identify.
const UNKNOWN: char = '\u{fffd}';
const REMEDY: &str = "Delete it, or save the original text again as UTF-8.";

/// Refuses a text that contains a control character.
///
/// # Errors
/// The problem, at its line.
pub fn in_text(name: &str, text: &str) -> Result<(), Problem> {
    let Some((offset, letter)) = first_refused(text) else { return Ok(()) };
    let (line, column) = place(text, offset);
    let what = format!(
        "The file contains a control character ({}) at character {column} of the line.",
        code_point(letter)
    );
    Err(Problem::new(name, what, REMEDY).at(line))
}

/// Refuses blocks or a page's own title in which a character reference of `text` stands for a control character.
///
/// # Errors
/// The problem, at the line of the reference.
pub fn in_blocks(name: &str, text: &str, title: Option<&str>, blocks: &[Block]) -> Result<(), Problem> {
    let found = |words: &str| first_refused(words).map(|(_, letter)| letter);
    let in_title = title.and_then(found).map(|letter| (letter, None));
    let in_block = || blocks.iter().find_map(|block| Some((found(&block.text)?, block.place.line())));
    let Some((letter, line)) = in_title.or_else(in_block) else { return Ok(()) };
    let what = format!("A character reference stands for a control character ({}).", code_point(letter));
    let problem = Problem::new(name, what, "Delete it.");
    Err(match reference(text, letter).map(|offset| place(text, offset).0).or(line) {
        Some(line) => problem.at(line),
        None => problem,
    })
}

/// Replaces the control characters in the blocks of a PDF or a Word document, and reports how many there were.
pub fn replaced(name: &str, blocks: &mut [Block]) -> Option<Problem> {
    let mut count = 0;
    for block in blocks.iter_mut().filter(|block| block.text.contains(is_refused)) {
        count += block.text.chars().filter(|letter| is_refused(*letter)).count();
        block.text = block.text.replace(is_refused, UNKNOWN.encode_utf8(&mut [0; 4]));
    }
    let what = match count {
        0 => return None,
        1 => "The file has 1 character that could not be identified; it is shown as \u{fffd}.".to_owned(),
        count => {
            format!(
                "The file has {count} characters that could not be identified; each is shown as \u{fffd}."
            )
        }
    };
    Some(Problem::new(
        name,
        what,
        "Compare these places with the original. If words are damaged, save the text as Markdown or plain text.",
    ))
}

/// Refuses TOML that contains a control character, also as an escape in a string, such as `"\u001b"`. Invalid TOML is
/// accepted here; the caller reports it.
///
/// # Errors
/// The byte offset of the character or of its string, and the character.
pub fn in_toml(text: &str) -> Result<(), (usize, char)> {
    if let Some(found) = first_refused(text) {
        return Err(found);
    }
    // Without a backslash there is no escape.
    match DeTable::parse(text) {
        Ok(table) if text.contains('\\') => in_table(table.get_ref()),
        _ => Ok(()),
    }
}

/// The problem of a control character in TOML.
pub fn toml_problem(
    path: impl AsRef<std::path::Path>,
    text: &str,
    (offset, letter): (usize, char),
) -> Problem {
    let what = format!("The file contains a control character ({}).", code_point(letter));
    Problem::new(path, what, "Delete it.").at(place(text, offset).0)
}

fn in_table(table: &DeTable<'_>) -> Result<(), (usize, char)> {
    table.iter().try_for_each(|(key, value)| {
        in_string(key.get_ref(), key.span().start)?;
        in_value(value.get_ref(), value.span().start)
    })
}

fn in_value(value: &DeValue<'_>, offset: usize) -> Result<(), (usize, char)> {
    match value {
        DeValue::String(words) => in_string(words, offset),
        DeValue::Array(values) => {
            values.iter().try_for_each(|value| in_value(value.get_ref(), value.span().start))
        }
        DeValue::Table(table) => in_table(table),
        _ => Ok(()),
    }
}

fn in_string(words: &str, offset: usize) -> Result<(), (usize, char)> {
    first_refused(words).map_or(Ok(()), |(_, letter)| Err((offset, letter)))
}

/// The offset of the first numeric character reference that stands for `letter`.
fn reference(text: &str, letter: char) -> Option<usize> {
    text.match_indices("&#").map(|(at, _)| at).find(|at| {
        let digits: String = text[at + 2..].chars().take_while(char::is_ascii_alphanumeric).collect();
        let number = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        number == Ok(u32::from(letter))
    })
}

/// The line of a byte offset and the character in that line, both counted from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line_at(text, offset), 1 + before[start..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::blocks::{BlockKind, FilePosition};

    fn block(text: &str) -> Block {
        Block {
            kind: BlockKind::Paragraph,
            text: text.to_owned(),
            lead_in: None,
            place: FilePosition::Unknown,
        }
    }

    #[test]
    fn a_place_is_a_line_and_a_character() {
        let told = |text: &str| in_text("a.md", text).map_err(|problem| problem.to_string());
        assert_eq!(told("One\u{c}\r\n\ttwo é\n"), Ok(()));
        insta::assert_snapshot!(told("é\nÄ \u{9b}31m").unwrap_err(), @"a.md:2: The file contains a control character (U+009B) at character 3 of the line. Delete it, or save the original text again as UTF-8.");
        insta::assert_snapshot!(told("\u{7f}").unwrap_err(), @"a.md:1: The file contains a control character (U+007F) at character 1 of the line. Delete it, or save the original text again as UTF-8.");
    }

    #[test]
    fn nothing_of_a_pdf_is_lost_unseen() {
        let mut blocks = [block("Take \u{1}\u{2} mg\u{c}at night."), block("Plain.")];
        let problem = replaced("a.pdf", &mut blocks).expect("a problem");
        assert_eq!(blocks[0].text, "Take \u{fffd}\u{fffd} mg\u{c}at night.");
        insta::assert_snapshot!(problem.to_string(), @"a.pdf: The file has 2 characters that could not be identified; each is shown as �. Compare these places with the original. If words are damaged, save the text as Markdown or plain text.");
        assert_eq!(replaced("a.pdf", &mut blocks), None);
    }

    #[test]
    fn toml_is_looked_through_to_its_innermost_string() {
        for (text, line) in [
            ("a = 1\nb = [[{ c = \"x\\u001b\" }]]", 2),
            ("[t]\n\n\"k\\u0007\" = 1", 3),
            ("# \u{9b}\na = 1", 1),
        ] {
            let found = in_toml(text).expect_err(text);
            assert_eq!(toml_problem("b.toml", text, found).line, Some(line), "{text}");
        }
        assert_eq!(in_toml("a = \"tab\\tand\\nline\"\nb = 'C:\\u001b'"), Ok(()));
        assert_eq!(in_toml("a = \"\\u"), Ok(()), "invalid TOML is reported elsewhere");
    }
}
