//! Plain text without markup.

mod columns;
mod heading;
mod lines;
pub mod mark;
pub mod marks;
mod outline;
mod page_number;
mod reader;
mod shape;
mod split;
mod tabs;
#[cfg(test)]
mod tests;
mod title;
mod web;

use crate::knowledge::blocks::Block;
#[cfg(test)]
use crate::knowledge::blocks::BlockKind;

/// Reads a text. `first_line` is the file's line number where it begins, counted from 1.
pub fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let (groups, width) = lines::groups(text, first_line);
    reader::read(heading::parts(web::without(groups), width), width)
}

/// Shows the blocks as lines of text, for tests.
#[cfg(test)]
pub(crate) fn show(blocks: &[Block]) -> Vec<String> {
    let lead = |block: &Block| {
        block.lead_in.and_then(|at| blocks.get(at)).map(|lead| format!(" < {}", lead.text.replace('\n', "/")))
    };
    let line = |block: &Block| {
        let kind = match &block.kind {
            BlockKind::Heading { level } => format!("h{level}"),
            BlockKind::Title => "title".to_owned(),
            BlockKind::SectionEnd { .. } => "end".to_owned(),
            BlockKind::Paragraph => "p".to_owned(),
            BlockKind::ListItem { continues: true, .. } => "more".to_owned(),
            BlockKind::ListItem { number, .. } => number.clone().unwrap_or_else(|| "-".to_owned()),
            BlockKind::Caption => "caption".to_owned(),
            BlockKind::TableHead => "head".to_owned(),
            BlockKind::TableRow => "row".to_owned(),
            BlockKind::Term { .. } => "term".to_owned(),
            BlockKind::Question => "?".to_owned(),
            BlockKind::AdmonitionTitle => "!".to_owned(),
            BlockKind::Note => "note".to_owned(),
            BlockKind::Reference { number } => format!("ref {}", number.as_deref().unwrap_or("-")),
            BlockKind::Furniture => "x".to_owned(),
        };
        format!("{kind} {}{}", block.text.replace('\n', "/"), lead(block).unwrap_or_default())
    };
    blocks.iter().map(line).collect()
}
