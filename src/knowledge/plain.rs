//! Plain text into blocks. Paragraphs stand apart by blank lines.
//!
//! A list item begins with `- `, `* `, `• ` or a number such as `1. ` or `1) `: at the start of a paragraph,
//! under another item, or, as in Markdown, in the middle of a paragraph with a bullet or the number 1. What
//! follows up to the next item or blank line belongs to it.
//!
//! A line is a heading only when all of this holds, since a paragraph taken for a heading could not be
//! quoted any more, while a heading taken for a paragraph does no harm: it stands alone; it has at most 80
//! characters and 12 words; it begins with a capital or a digit and has a letter; it does not end in a
//! full stop, comma, colon, semicolon or exclamation mark; and a paragraph with a sentence or a list
//! follows it, which does not go on in lower case. The first line of a file needs no such paragraph behind
//! it: it is the title.

use super::outline::{Block, BlockKind};

/// The longest heading, in characters and in words.
const HEADING_CHARACTERS: usize = 80;
const HEADING_WORDS: usize = 12;

/// Reads plain text. `first_line` is the line of the file where `text` begins, from 1.
pub fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for (line_number, line) in (first_line..).zip(text.split('\n').chain([""])) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            let start = line_number - paragraph.len();
            blocks.append(&mut divide(&std::mem::take(&mut paragraph), start));
        } else {
            paragraph.push(line);
        }
    }
    mark_headings(&mut blocks);
    blocks
}

/// Turns paragraphs that look like headings into headings.
pub(super) fn mark_headings(blocks: &mut [Block]) {
    for at in 0..blocks.len() {
        let (before, after) = blocks.split_at_mut(at + 1);
        let goes_on = after.first().is_none_or(|next| next.text.starts_with(char::is_lowercase));
        let title = at == 0 && !goes_on;
        let block = &mut before[at];
        if block.kind == BlockKind::Paragraph
            && looks_like_heading(&block.text)
            && (title || !goes_on && after.first().is_some_and(introduced))
        {
            block.kind = BlockKind::Heading { level: if at == 0 { 1 } else { 2 } };
        }
    }
}

/// Whether a heading may stand over this block.
fn introduced(block: &Block) -> bool {
    match block.kind {
        BlockKind::ListItem { .. } | BlockKind::TableRow { .. } => true,
        BlockKind::Paragraph => {
            let words = block.text.trim_end().trim_end_matches(['"', '”', '’', '\'', ')', ']']);
            words.ends_with(['.', '!', '?', ':', '。']) && !looks_like_heading(&block.text)
                || block.text.contains(". ")
        }
        BlockKind::Heading { .. } => false,
    }
}

fn looks_like_heading(text: &str) -> bool {
    let text = text.trim();
    !text.contains('\n')
        && text.chars().count() <= HEADING_CHARACTERS
        && text.split_whitespace().count() <= HEADING_WORDS
        && text.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
        && text.contains(char::is_alphabetic)
        && !text.ends_with(['.', ',', ':', ';', '!', '…', '。', '"', '”'])
}

/// Divides the lines between two blank lines into a paragraph and items.
fn divide(lines: &[&str], first_line: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (line_number, line) in (first_line..).zip(lines) {
        let in_paragraph = blocks.last().is_some_and(|block| block.kind == BlockKind::Paragraph);
        let item = item(line).filter(|(number, _)| !in_paragraph || number.is_none_or(|number| number == 1));
        match (item, blocks.last_mut()) {
            (Some((number, words)), _) => blocks.push(Block {
                kind: BlockKind::ListItem { number },
                text: words.to_owned(),
                line: Some(line_number),
            }),
            (None, Some(block)) => {
                block.text.push('\n');
                block.text.push_str(line.trim_matches([' ', '\t']));
            }
            (None, None) => blocks.push(Block {
                kind: BlockKind::Paragraph,
                text: line.trim_matches([' ', '\t']).to_owned(),
                line: Some(line_number),
            }),
        }
    }
    blocks
}

/// The number and the words of a line that begins an item.
fn item(line: &str) -> Option<(Option<u64>, &str)> {
    let line = line.trim_matches([' ', '\t']);
    let bullet = ["- ", "* ", "• "].iter().find_map(|mark| line.strip_prefix(mark));
    if let Some(words) = bullet {
        return (!words.trim().is_empty()).then_some((None, words));
    }
    let (number, words) = line.split_once(['.', ')'])?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let words = words.strip_prefix([' ', '\t']).filter(|words| is_number && !words.trim().is_empty())?;
    Some((number.parse().ok(), words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: BlockKind = BlockKind::Paragraph;
    const ITEM: BlockKind = BlockKind::ListItem { number: None };

    fn heading(level: u8) -> BlockKind {
        BlockKind::Heading { level }
    }

    fn number(number: u64) -> BlockKind {
        BlockKind::ListItem { number: Some(number) }
    }

    fn check(text: &str, expected: &[(BlockKind, &str)]) {
        let found = blocks(text, 1);
        let found: Vec<_> = found.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn paragraphs_and_headings() {
        check(
            "Title\n\nMenu\n\nWhy so low?\n\nIt is  low\nand safe.\n",
            &[(heading(1), "Title"), (P, "Menu"), (heading(2), "Why so low?"), (P, "It is  low\nand safe.")],
        );
        check(
            "One.\n\nDr Murli Krishna\n\nConsultant Pain Medicine",
            &[(P, "One."), (P, "Dr Murli Krishna"), (P, "Consultant Pain Medicine")],
        );
        check(
            "One.\n\n0117 2872383\n\nIt is.\n\nSo:\n\nIt is.",
            &[(P, "One."), (P, "0117 2872383"), (P, "It is."), (P, "So:"), (P, "It is.")],
        );
        check("Only line", &[(P, "Only line")]);
    }

    #[test]
    fn lists() {
        check(
            "A\nb:\n- c\n  d\n* e\n\n  1. f\n  2. g\n10) h\n\n1987. In that year\n2. it was.",
            &[
                (P, "A\nb:"),
                (ITEM, "c\nd"),
                (ITEM, "e"),
                (number(1), "f"),
                (number(2), "g"),
                (number(10), "h"),
                (P, "1987. In that year\n2. it was."),
            ],
        );
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let lines: Vec<_> =
            blocks("\nA\r\nb\r\n\r\n\r\n- c\r\n- d", 5).iter().map(|block| block.line).collect();
        assert_eq!(lines, [Some(6), Some(10), Some(11)]);
    }
}
