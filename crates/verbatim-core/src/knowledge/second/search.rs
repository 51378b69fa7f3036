//! Searches for a text in a sequence of letters: some path through the letters must spell it.

use std::ops::Range;

use super::fold::SoughtLetter;
use super::letters::{Layout, LetterRow};

/// Maximum total cost of the doubtful jumps of one path.
const MOST_COST: u8 = 2;
/// Maximum number of paths followed at once.
const MOST_PATHS: usize = 64;
/// Maximum number of letters examined in one search, over all paths.
const MOST_WORK: usize = 2_000_000;
/// Stands in a key for an unknown letter.
const UNKNOWN: char = '\0';

/// The first three letters at a place; or its letter and twice [`UNKNOWN`], if reading may jump before the third.
type Key = [char; 3];

/// A sequence of letters with an index of the first letters at each place.
pub struct SearchableRow {
    row: LetterRow,
    /// Sorted.
    places: Vec<(Key, u32)>,
}

/// How far a path has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PathEnd {
    /// The next letter.
    place: usize,
    /// The total cost of its jumps.
    cost: u8,
    /// Whether it is at the end of a block or line.
    is_at_end: bool,
}

impl SearchableRow {
    /// Builds the index.
    pub fn new(mut row: LetterRow) -> Self {
        row.sort();
        let letter = |place: usize| row.letter(place).map_or(UNKNOWN, |letter| letter.letter);
        let may_jump = |place: usize| {
            [place + 1, place + 2].iter().any(|next| *next >= row.len() || !row.jumps(*next).is_empty())
        };
        let mut places = Vec::with_capacity(row.len());
        for place in 0..row.len() {
            // A row has fewer letters than `u32` can count.
            let number = place as u32;
            places.push(([letter(place), letter(place + 1), letter(place + 2)], number));
            if may_jump(place) {
                places.push(([letter(place), UNKNOWN, UNKNOWN], number));
            }
        }
        places.sort_unstable();
        places.dedup();
        Self { row, places }
    }

    /// The letters.
    pub fn row(&self) -> &LetterRow {
        &self.row
    }

    /// Whether a text occurs in a part of the row.
    pub fn contains(&self, text: &[SoughtLetter], within: &Range<usize>) -> bool {
        !self.find(text, within, 1).is_empty()
    }

    /// The places where a text begins in a part of the row, at most `most` of them.
    pub fn find(&self, text: &[SoughtLetter], within: &Range<usize>, most: usize) -> Vec<usize> {
        let mut work = 0;
        self.candidates(text)
            .filter(|place| within.contains(place) && self.row.is_word_boundary(*place))
            .filter(|place| work < MOST_WORK && self.is_spelled_from(text, *place, &mut work))
            .take(most)
            .collect()
    }

    /// The places whose first letters match, or may match, those of a text.
    fn candidates(&self, text: &[SoughtLetter]) -> impl Iterator<Item = usize> {
        let key = |unknown: char| {
            [0, 1, 2].map(|index: usize| text.get(index).map_or(unknown, |sought| sought.letter))
        };
        let first = key(UNKNOWN)[0];
        let alike = self.between(key(UNKNOWN), key(char::MAX));
        let before_jump: &[(Key, u32)] = match text.len() {
            0 | 1 => &[],
            _ => self.between([first, UNKNOWN, UNKNOWN], [first, UNKNOWN, UNKNOWN]),
        };
        alike.iter().chain(before_jump).map(|(_, place)| *place as usize)
    }

    fn between(&self, first: Key, last: Key) -> &[(Key, u32)] {
        let start = self.places.partition_point(|(key, _)| *key < first);
        let end = self.places.partition_point(|(key, _)| *key <= last);
        self.places.get(start..end).unwrap_or_default()
    }

    /// Whether a path that starts at a place spells a text and ends at a word boundary.
    fn is_spelled_from(&self, text: &[SoughtLetter], start: usize, work: &mut usize) -> bool {
        let mut paths = vec![PathEnd { place: start, cost: 0, is_at_end: false }];
        let mut longer = Vec::new();
        for (index, sought) in text.iter().enumerate() {
            if index > 0 {
                self.add_jumps(&mut paths);
            }
            *work += paths.len();
            longer.clear();
            self.follow(&paths, *sought, &mut longer);
            std::mem::swap(&mut paths, &mut longer);
            if paths.is_empty() || *work > MOST_WORK {
                return false;
            }
        }
        paths.iter().any(|path| self.row.is_word_boundary(path.place))
    }

    /// Adds the paths that jump from the ends of these paths.
    fn add_jumps(&self, paths: &mut Vec<PathEnd>) {
        let is_in_lines = self.row.layout == Layout::Lines;
        let mut index = 0;
        while let Some(&path) = paths.get(index).filter(|_| paths.len() < MOST_PATHS) {
            index += 1;
            // Reading leaves a line only at its end, not at the start of the next line of the sequence.
            if is_in_lines && !path.is_at_end {
                continue;
            }
            for jump in self.row.jumps(path.place) {
                // Text left out at the end or start of a block does not lead from one block into another.
                let is_at_end =
                    !is_in_lines && (path.is_at_end && !jump.resumes_block || self.row.begins_block(jump.to));
                let jumped = PathEnd { place: jump.to, cost: path.cost + jump.cost, is_at_end };
                if jumped.cost <= MOST_COST && !paths.contains(&jumped) {
                    paths.push(jumped);
                }
            }
        }
    }

    /// Collects the paths whose next letter is the sought one, one letter further.
    fn follow(&self, paths: &[PathEnd], sought: SoughtLetter, longer: &mut Vec<PathEnd>) {
        let may_begin_block = sought.may_begin_block && self.row.layout == Layout::Blocks;
        for path in paths {
            let is_next = self.row.letter(path.place).is_some_and(|next| next.letter == sought.letter);
            if !is_next || path.is_at_end && !may_begin_block {
                continue;
            }
            let place = path.place + 1;
            let longer_path = PathEnd { place, cost: path.cost, is_at_end: self.row.begins_block(place) };
            if !longer.contains(&longer_path) {
                longer.push(longer_path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::sought_letters;
    use super::*;

    fn holds(row: &SearchableRow, text: &str) -> bool {
        row.contains(&sought_letters(text, false), &(0..row.row().len()))
    }

    #[test]
    fn whole_words_of_one_block_are_found() {
        let mut row = LetterRow::new(Layout::Blocks);
        row.add_text("Take 25 mg at night.");
        row.begin_block();
        row.add_text("Rest");
        let row = SearchableRow::new(row);
        for text in ["take 25 mg", "at night", "25mg", "25"] {
            assert!(holds(&row, text), "{text}");
        }
        for text in ["5 mg", "a", "at night rest"] {
            assert!(!holds(&row, text), "{text}");
        }
    }

    #[test]
    fn unseen_letters_may_be_left_out_at_any_place() {
        let mut row = LetterRow::new(Layout::Blocks);
        row.add_text("a");
        let unseen = row.len();
        row.add_text("xyz");
        row.leave_out_unseen(unseen);
        row.add_text("bc");
        let row = SearchableRow::new(row);
        assert!(holds(&row, "abc") && holds(&row, "axyzbc") && !holds(&row, "axbc"));
    }

    #[test]
    fn what_is_left_out_between_blocks_joins_none() {
        let mut row = LetterRow::new(Layout::Blocks);
        row.add_text("Take one.");
        row.begin_block();
        let unseen = row.len();
        row.add_text("Hidden");
        row.leave_out_unseen(unseen);
        row.begin_block();
        row.add_text("Rest.");
        let row = SearchableRow::new(row);
        assert!(holds(&row, "Take one.") && holds(&row, "Rest.") && !holds(&row, "Take one. Rest."));
    }

    #[test]
    fn a_line_goes_on_where_a_jump_leads() {
        let mut row = LetterRow::new(Layout::Lines);
        row.add_text("one");
        row.begin_block();
        row.add_text("aside");
        row.begin_block();
        row.add_text("two");
        row.add_jump(3, 8, 0);
        let row = SearchableRow::new(row);
        assert!(holds(&row, "one two") && !holds(&row, "one aside") && !holds(&row, "aside two"));
    }

    #[test]
    fn a_search_ends() {
        let mut row = LetterRow::new(Layout::Blocks);
        row.add_text(&"a ".repeat(100_000));
        let row = SearchableRow::new(row);
        assert!(!holds(&row, &("a ".repeat(5_000) + "b")));
    }
}
