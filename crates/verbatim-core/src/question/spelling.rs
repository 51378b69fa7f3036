//! Corrects unknown words: words that are not in the index, the medical vocabulary or general English.
//! A correction is searched alongside the word as written and is shown to the user; it never replaces the word.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::text::spelling::unify;

/// The shortest word that is corrected, in letters: shorter words resemble too many others.
const SHORTEST: usize = 4;
/// Words of at least this many letters may have two typos; shorter ones, one.
const TWO_TYPOS: usize = 6;

/// The known words, and how often the sources use them.
#[derive(Default)]
pub struct Speller {
    /// Words that are neither corrected nor offered as a correction.
    left_alone: FxHashSet<Box<str>>,
    known: FxHashMap<Box<str>, u32>,
    candidates: Vec<SpellingCandidate>,
    /// Indices of the candidates by first letter, and by second letter.
    by_first: FxHashMap<char, Vec<u32>>,
    by_second: FxHashMap<char, Vec<u32>>,
}

struct SpellingCandidate {
    word: Box<str>,
    letters: u32,
    length: usize,
    count: u32,
}

impl Speller {
    /// Creates a speller that corrects to the `known` words (in normal form, with their counts) and does not change
    /// `names` or general `english` words.
    pub fn new<'a>(
        known: impl IntoIterator<Item = (&'a str, u32)>,
        names: impl IntoIterator<Item = &'a str>,
        english: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let left_alone = names.into_iter().map(Into::into);
        let left_alone = left_alone.chain(english.into_iter().map(|word| unify(word).into()));
        let mut speller = Self { left_alone: left_alone.collect(), ..Self::default() };
        for (word, count) in known {
            *speller.known.entry(word.into()).or_default() += count;
        }
        for (word, &count) in &speller.known {
            let length = word.chars().count();
            let mut initials = word.chars();
            if let (SHORTEST.., Some(first), Some(second)) = (length, initials.next(), initials.next()) {
                let at = speller.candidates.len() as u32;
                speller.candidates.push(SpellingCandidate {
                    word: word.clone(),
                    letters: letters(word),
                    length,
                    count,
                });
                speller.by_first.entry(first).or_default().push(at);
                speller.by_second.entry(second).or_default().push(at);
            }
        }
        speller
    }

    /// Returns whether a word in normal form needs no correction.
    pub fn knows(&self, word: &str) -> bool {
        word.chars().count() < SHORTEST
            || word.chars().any(|letter| !letter.is_alphabetic())
            || self.known.contains_key(word)
            || self.left_alone.contains(word)
    }

    /// Returns the most likely intended word for an unknown one: the fewest typos (swapping two neighbouring letters
    /// counts as one), then the most frequent, then the first in alphabetical order. Assumes that the first letter is
    /// either right or missing.
    pub fn repair(&self, word: &str) -> Option<&str> {
        let length = word.chars().count();
        let typos = if length < TWO_TYPOS { 1 } else { 2 };
        let mask = letters(word);
        let first = word.chars().next()?;
        let same_first = self.listed(&self.by_first, first);
        let left_out = self.listed(&self.by_second, first).filter(|candidate| candidate.length == length + 1);
        same_first
            .chain(left_out)
            .filter(|candidate| candidate.length.abs_diff(length) <= typos)
            .filter(|candidate| (candidate.letters ^ mask).count_ones() as usize <= 2 * typos)
            .filter_map(|candidate| {
                let distance = strsim::osa_distance(word, &candidate.word);
                (distance <= typos).then_some((
                    distance,
                    std::cmp::Reverse(candidate.count),
                    &*candidate.word,
                ))
            })
            .min()
            .map(|(_, _, word)| word)
    }
}

impl Speller {
    fn listed<'a>(
        &'a self,
        lists: &'a FxHashMap<char, Vec<u32>>,
        initial: char,
    ) -> impl Iterator<Item = &'a SpellingCandidate> {
        lists.get(&initial).into_iter().flatten().map(|&at| &self.candidates[at as usize])
    }
}

/// The set of letters in a word, one bit per letter: words that differ by `n` typos differ by at most `2n` bits.
fn letters(word: &str) -> u32 {
    word.chars().fold(0, |mask, letter| mask | 1 << (letter as u32 % 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speller() -> Speller {
        Speller::new(
            [("dosage", 9), ("naltrexone", 30), ("symptoms", 4), ("stopping", 1), ("europe", 1), ("dose", 3)],
            ["versatis"],
            ["message", "wine", "lasagne"],
        )
    }

    #[test]
    fn slips_are_repaired() {
        let speller = speller();
        for (written, meant) in [
            ("dosege", "dosage"),
            ("naltraxone", "naltrexone"),
            ("symtoms", "symptoms"),
            ("stoping", "stopping"),
            ("urope", "europe"),
        ] {
            assert!(!speller.knows(written));
            assert_eq!(speller.repair(written), Some(meant), "{written}");
        }
    }

    #[test]
    fn words_of_english_and_far_words_are_left_alone() {
        let speller = speller();
        assert!(
            speller.knows("message") && speller.knows("wine") && speller.knows("b12") && speller.knows("abc")
        );
        assert_eq!(speller.repair("xylophone"), None);
        assert_eq!(speller.repair("verbatis"), None, "a medicine that the sources never mention");
    }
}
