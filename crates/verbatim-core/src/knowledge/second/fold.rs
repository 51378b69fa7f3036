//! The form in which two texts are compared: only letters and digits, normalised, without accents and case.
//!
//! Punctuation and symbols are not compared, because readers change them: they drop a hyphen at the end of a line and
//! put separators between the cells of a row.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

const SOFT_HYPHEN: char = '\u{ad}';

/// A character in the form used for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// A letter or digit.
    Letter(char),
    /// Anything else: it separates words and is not compared.
    Mark(char),
}

/// A letter of a text that is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoughtLetter {
    /// The letter or digit.
    pub letter: char,
    /// Whether it can be in another block than the letter before it, as a description can be after its term.
    pub may_begin_block: bool,
}

/// Converts the characters of a text to the form used for comparison.
pub fn fold(text: &str) -> impl Iterator<Item = Folded> + '_ {
    let is_kept = |character: &char| *character != SOFT_HYPHEN && !is_combining_mark(*character);
    let lowercase = text.nfkc().filter(is_kept).flat_map(char::to_lowercase);
    lowercase.filter(|character| !is_combining_mark(*character)).map(|character| {
        match character.is_alphanumeric() {
            true => Folded::Letter(character),
            false => Folded::Mark(character),
        }
    })
}

/// The letters of a text that is searched for. In a table row each letter may begin a block; elsewhere only a letter
/// after a colon may.
pub fn sought_letters(text: &str, is_row: bool) -> Vec<SoughtLetter> {
    let mut letters = Vec::new();
    let mut is_behind_colon = false;
    for folded in fold(text) {
        match folded {
            Folded::Letter(letter) => {
                letters.push(SoughtLetter { letter, may_begin_block: is_row || is_behind_colon });
                is_behind_colon = false;
            }
            Folded::Mark(mark) => is_behind_colon |= mark == ':',
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> String {
        sought_letters(text, false).iter().map(|sought| sought.letter).collect()
    }

    #[test]
    fn one_text_in_two_forms_has_the_same_letters() {
        for (text, other) in [
            ("tab\u{ad}let, 5 mg", "Tablet 5mg."),
            ("e\u{301}t\u{e9}", "\u{c9}T\u{c9}"),
            ("\u{fb01}rst\u{b9}", "first1"),
            ("\u{b5}g", "\u{3bc}g"),
            ("\u{130}", "i"),
        ] {
            assert_eq!(letters(text), letters(other), "{text}");
        }
        assert_ne!(letters("5 mg"), letters("15 mg"));
    }

    #[test]
    fn a_block_begins_behind_a_colon_and_anywhere_in_a_row() {
        let begins = |text, is_row| {
            let letters = sought_letters(text, is_row);
            letters.iter().map(|sought| sought.may_begin_block).collect::<Vec<_>>()
        };
        assert_eq!(begins("a: bc", false), [false, true, false]);
        assert_eq!(begins("a bc", true), [true; 3]);
    }
}
