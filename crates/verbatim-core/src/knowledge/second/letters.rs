//! A document as a sequence of letters, with the places between which reading may jump: over an invisible word, or from
//! the end of one line to the next.

use std::collections::HashMap;
use std::ops::Range;

use super::fold::{Folded, fold};

/// Maximum number of letters stored for a document.
const MOST_LETTERS: usize = 20_000_000;
/// Maximum number of jumps from one place.
const MOST_JUMPS: usize = 16;
/// Maximum number of letters of a visible element that may be left out, such as a footnote mark.
const LONGEST_ASIDE: usize = 120;

/// How the letters of a document are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// In blocks of markup: reading goes to the end of a block, and elements in it may be left out.
    Blocks,
    /// In lines on pages: their positions determine which line follows which.
    Lines,
}

/// A letter and what begins at it.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// The letter in the form used for comparison.
    pub letter: char,
    /// Whether a word begins here, or at least a non-letter precedes it.
    pub begins_word: bool,
    /// Whether a block or line begins here.
    pub begins_block: bool,
}

/// A place where reading may continue.
#[derive(Debug, Clone, Copy)]
pub struct Jump {
    /// The index of the next letter.
    pub to: usize,
    /// How doubtful it is: 0 if the document says so, 1 if it is likely.
    pub cost: u8,
    /// Whether it leads back into the block that contains the omitted text, such as a paragraph that contains a box.
    pub resumes_block: bool,
}

/// The letters of a document.
pub struct LetterRow {
    /// How they are laid out.
    pub layout: Layout,
    letters: Vec<Letter>,
    jumps: HashMap<usize, Vec<Jump>>,
    page_ends: Vec<usize>,
    spanning_cells: Vec<Range<usize>>,
    /// The start of each line, and its distance from the top of its page, as a multiple of its font size.
    line_levels: Vec<(usize, f64)>,
    next_begins_word: bool,
    next_begins_block: bool,
}

impl LetterRow {
    /// Creates a document without letters.
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            letters: Vec::new(),
            jumps: HashMap::new(),
            page_ends: Vec::new(),
            spanning_cells: Vec::new(),
            line_levels: Vec::new(),
            next_begins_word: true,
            next_begins_block: true,
        }
    }

    /// The number of letters.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Whether it can be searched: it has letters, but fewer than the maximum.
    pub fn is_usable(&self) -> bool {
        (1..MOST_LETTERS).contains(&self.letters.len())
    }

    /// Appends a text.
    pub fn add_text(&mut self, text: &str) {
        for folded in fold(text) {
            match folded {
                Folded::Letter(letter) if self.letters.len() < MOST_LETTERS => {
                    let begins_word = std::mem::take(&mut self.next_begins_word);
                    let begins_block = std::mem::take(&mut self.next_begins_block);
                    self.letters.push(Letter { letter, begins_word, begins_block });
                }
                Folded::Letter(_) | Folded::Mark(_) => self.next_begins_word = true,
            }
        }
    }

    /// Makes the next letter begin a word.
    pub fn begin_word(&mut self) {
        self.next_begins_word = true;
    }

    /// Makes the next letter begin a block or line.
    pub fn begin_block(&mut self) {
        self.next_begins_word = true;
        self.next_begins_block = true;
    }

    /// Ends a page after the letters so far.
    pub fn end_page(&mut self) {
        self.page_ends.push(self.letters.len());
    }

    /// Records the level on its page of the line that starts at a place.
    pub fn add_line_level(&mut self, start: usize, level: f64) {
        self.line_levels.push((start, level));
    }

    /// Marks the letters since a place as those of a cell that spans several rows.
    pub fn add_spanning_cell(&mut self, start: usize) {
        self.spanning_cells.push(start..self.letters.len());
    }

    /// Allows reading to continue at another place.
    pub fn add_jump(&mut self, from: usize, to: usize, cost: u8) {
        self.push_jump(from, Jump { to, cost, resumes_block: false });
    }

    fn push_jump(&mut self, from: usize, jump: Jump) {
        let jumps = self.jumps.entry(from).or_default();
        if jumps.len() < MOST_JUMPS {
            jumps.push(jump);
        }
    }

    /// Leaves out the letters since a place, because they are invisible.
    pub fn leave_out_unseen(&mut self, start: usize) {
        if start < self.letters.len() {
            self.add_jump(start, self.letters.len(), 0);
        }
    }

    /// Leaves out the letters since a place, because they are separate blocks inside a block, which continues after
    /// them.
    pub fn leave_out_inset(&mut self, start: usize) {
        if start < self.letters.len() {
            self.push_jump(start, Jump { to: self.letters.len(), cost: 0, resumes_block: true });
        }
        self.next_begins_block = false;
    }

    /// Allows the letters since a place to be left out, unless there are too many for a footnote mark or the like.
    pub fn leave_out_aside(&mut self, start: usize) {
        if (1..=LONGEST_ASIDE).contains(&(self.letters.len() - start)) {
            self.add_jump(start, self.letters.len(), 1);
        }
    }

    /// The letter at a place.
    pub fn letter(&self, place: usize) -> Option<&Letter> {
        self.letters.get(place)
    }

    /// Whether a block or line begins at a place, or the document ends.
    pub fn begins_block(&self, place: usize) -> bool {
        self.letters.get(place).is_none_or(|letter| letter.begins_block)
    }

    /// Where reading may continue from a place, other than at the letter itself.
    pub fn jumps(&self, place: usize) -> &[Jump] {
        self.jumps.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Whether a word boundary is at a place; a number and its unit may be written together.
    pub fn is_word_boundary(&self, place: usize) -> bool {
        let Some(letter) = self.letters.get(place) else { return true };
        let Some(before) = place.checked_sub(1).and_then(|before| self.letters.get(before)) else {
            return true;
        };
        letter.begins_word
            || letter.begins_block
            || self.layout == Layout::Blocks && self.jumps.contains_key(&place)
            || before.letter.is_numeric() != letter.letter.is_numeric()
    }

    /// The letters of a page, counted from 1, or of the whole document if it has no pages. `None` if it has no such
    /// page.
    pub fn page(&self, page: Option<u32>) -> Option<Range<usize>> {
        let Some(page) = page.filter(|_| !self.page_ends.is_empty()) else {
            return Some(0..self.letters.len());
        };
        let index = (page as usize).checked_sub(1)?;
        let end = *self.page_ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.page_ends.get(before));
        Some(start.copied().unwrap_or_default()..end)
    }

    /// The letters of a page and of the next page that has any.
    pub fn with_next_page(&self, page: &Range<usize>) -> Range<usize> {
        let next_end = self.page_ends.iter().find(|end| **end > page.end);
        page.start..next_end.copied().unwrap_or(page.end)
    }

    /// Whether a place is in a cell that spans several rows.
    pub fn is_in_spanning_cell(&self, place: usize) -> bool {
        let behind = self.spanning_cells.partition_point(|cell| cell.start <= place);
        let last = behind.checked_sub(1).and_then(|last| self.spanning_cells.get(last));
        last.is_some_and(|cell| place < cell.end)
    }

    /// The distance of the line at a place from the top of its page, as a multiple of its font size.
    pub fn level(&self, place: usize) -> Option<f64> {
        let behind = self.line_levels.partition_point(|(start, _)| *start <= place);
        let line = behind.checked_sub(1).and_then(|line| self.line_levels.get(line));
        line.map(|(_, level)| *level)
    }

    /// Sorts the cells for lookup by place; nested cells end first.
    pub fn sort(&mut self) {
        self.spanning_cells.sort_unstable_by_key(|cell| (cell.start, cell.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_blocks_begin_where_they_are_said_to() {
        let mut row = LetterRow::new(Layout::Blocks);
        row.add_text("to be");
        row.add_text("at");
        row.begin_block();
        row.add_text("5mg");
        let boundaries: Vec<usize> = (0..=row.len()).filter(|place| row.is_word_boundary(*place)).collect();
        assert_eq!(boundaries, [0, 2, 6, 7, 9]);
        let blocks: Vec<usize> = (0..row.len()).filter(|place| row.begins_block(*place)).collect();
        assert_eq!(blocks, [0, 6]);
    }

    #[test]
    fn pages_follow_each_other() {
        let mut row = LetterRow::new(Layout::Lines);
        assert_eq!(row.page(None), Some(0..0));
        for text in ["one", "", "three"] {
            row.add_text(text);
            row.end_page();
        }
        let pages: Vec<_> = (0..=4).map(|page| row.page(Some(page))).collect();
        assert_eq!(pages, [None, Some(0..3), Some(3..3), Some(3..8), None]);
        assert_eq!(row.with_next_page(&(0..3)), 0..8);
        assert_eq!(row.with_next_page(&(3..8)), 3..8);
    }

    #[test]
    fn only_short_elements_are_asides() {
        let mut row = LetterRow::new(Layout::Blocks);
        row.leave_out_aside(0);
        row.add_text(&"long".repeat(LONGEST_ASIDE));
        row.leave_out_aside(0);
        assert!(row.jumps(0).is_empty());
        row.leave_out_unseen(0);
        assert_eq!(row.jumps(0).len(), 1);
    }
}
