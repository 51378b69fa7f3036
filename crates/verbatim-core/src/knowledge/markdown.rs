//! Markdown with the extensions that are in use: tables, footnotes, definition lists, callouts, wiki links, front matter.

mod furniture;
mod html;
mod openings;
mod pandoc;
mod pieces;
mod prepare;
mod spans;
#[cfg(test)]
mod tests;
mod words;
mod write;

use crate::knowledge::blocks::{Block, BlockKind};

/// Reads Markdown. `first_line` is the line of the file where `text` begins, from 1.
pub fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let prepared = prepare::prepare(text, first_line);
    let mut blocks = write::write(&pieces::pieces(&prepared));
    mark_title(&mut blocks);
    blocks
}

/// Where no heading is of the first level, the first one is the title if no other is as high.
fn mark_title(blocks: &mut [Block]) {
    let level = |block: &Block| match block.kind {
        BlockKind::Heading { level } => Some(level),
        _ => None,
    };
    let highest = blocks.iter().filter_map(level).min().unwrap_or(1);
    let of_highest = blocks.iter().filter(|block| level(block) == Some(highest)).count();
    let words = |block: &&mut Block| block.kind != BlockKind::Furniture;
    if let Some(block) = blocks.iter_mut().find(words).filter(|_| of_highest == 1)
        && level(block) == Some(highest)
    {
        block.kind = BlockKind::Heading { level: 1 };
    }
}
