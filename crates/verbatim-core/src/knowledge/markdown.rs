//! Markdown with the common extensions: tables, footnotes, definition lists, callouts, wiki links, front matter.

mod furniture;
mod html;
mod openings;
mod pandoc;
mod pieces;
mod prepare;
mod shortcodes;
mod spans;
#[cfg(test)]
mod tests;
mod words;
mod write;

use crate::knowledge::blocks::{Block, BlockKind};

/// Converts Markdown to blocks. `first_line` is the line of the file where `text` starts, from 1.
pub fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let prepared = prepare::prepare(text, first_line);
    let mut blocks = write::write(&pieces::pieces(&prepared));
    mark_title(&mut blocks);
    blocks
}

/// Promotes the first heading to the title if no heading is of the first level and no other heading has its level.
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
