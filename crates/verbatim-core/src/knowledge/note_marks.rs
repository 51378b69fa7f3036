//! Recognises footnotes below a table or at the end of a section by their marks: `* At first only.`

use std::collections::HashSet;

use super::blocks::{Block, BlockKind};
use crate::text::digits;

/// Turns the paragraphs that begin with a mark into notes, if the mark stands at a word before.
pub fn classify(blocks: &mut [Block]) {
    let mut marks: HashSet<String> = HashSet::new();
    for block in blocks {
        if block.kind == BlockKind::Paragraph
            && let Some((mark, note)) = split(&block.text)
            && marks.contains(mark)
        {
            block.text = note.to_owned();
            block.kind = BlockKind::Note;
            block.lead_in = None;
        }
        add_marks(&block.text, &mut marks);
    }
}

/// Splits a text into the mark that it begins with and the words after it.
fn split(text: &str) -> Option<(&str, &str)> {
    let words = text.trim_start_matches(is_mark);
    let mark = text.get(..text.len().saturating_sub(words.len()))?;
    let words = words.trim_start();
    (!mark.is_empty() && words.starts_with(char::is_alphanumeric)).then_some((mark, words))
}

/// Adds the marks in a text. They directly follow a word, a number or a full stop.
fn add_marks(text: &str, marks: &mut HashSet<String>) {
    let mut mark = String::new();
    let mut before = ' ';
    for c in text.chars().chain([' ']) {
        if is_mark(c) && (!mark.is_empty() || before.is_alphanumeric() || matches!(before, '.' | ')' | '%')) {
            mark.push(c);
        } else {
            let mark = std::mem::take(&mut mark);
            // "5*3" is a product.
            if !mark.is_empty() && !c.is_alphanumeric() {
                marks.insert(mark);
            }
        }
        before = c;
    }
}

fn is_mark(c: char) -> bool {
    digits::is_raised(c) || matches!(c, '*' | '†' | '‡')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::blocks::FilePosition;

    #[test]
    fn marks_that_were_used_begin_notes() {
        let block = |text: &str| Block {
            kind: BlockKind::Paragraph,
            text: text.to_owned(),
            lead_in: None,
            place: FilePosition::default(),
        };
        let mut blocks =
            ["† Early", "5 mg* or 10 mg†", "* At first.", "‡ Never.", "† Later.", "10⁹ cells", "⁹ Be"]
                .map(block);
        classify(&mut blocks);
        let notes = blocks.iter().filter(|block| block.kind == BlockKind::Note);
        assert_eq!(notes.map(|block| block.text.as_str()).collect::<Vec<_>>(), ["At first.", "Later.", "Be"]);
    }
}
