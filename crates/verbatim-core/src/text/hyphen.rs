//! Rejoins words that are divided at the end of a line. Removes the hyphen only if the word was divided to fit the
//! line: "treat-ment" is one word, "over-the-counter" keeps its hyphens.

use std::cmp::Ordering;
use std::collections::HashSet;

/// Common English words, from the public word lists of SCOWL (see `english.LICENSE`), in byte order.
const ENGLISH: &str = include_str!("english.txt");
/// Prefixes that take a hyphen even if a dictionary writes one word.
const SET_OFF: &[&str] = &["non", "self", "ultra", "well", "half", "all", "quasi", "co"];
/// Prefixes that take a hyphen if both parts together are not a word.
const OFTEN_SET_OFF: &[&str] = &["ex", "mid"];
/// Words that occur inside words with several hyphens: `day-to-day`, `state-of-the-art`.
const LINKING: &[&str] = &[
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "off", "on", "or", "out", "the", "to",
    "up",
];
/// Endings of words that follow a noun and a hyphen.
const VERBAL: &[&str] = &["ant", "ent", "ing", "ed"];
/// The minimum length of a substance's name, in characters. Parts of a divided word are rarely this long.
const NAME: usize = 7;
/// The maximum length of a word that is checked, in characters.
const LONGEST: usize = 80;

/// The words of a document, which show how a word at the end of a line is spelled elsewhere.
#[derive(Debug, Default)]
pub struct DocumentWords {
    words: HashSet<String>,
    /// First parts of hyphenated words.
    firsts: HashSet<String>,
    /// The part of a word at the end of the previous line; the current line begins with the rest.
    open: Option<String>,
    /// Whether an ordinary word was divided at the end of a line, which shows that the document divides words.
    divides: bool,
}

impl DocumentWords {
    /// Collects the words of these lines.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut vocabulary = Self::default();
        lines.into_iter().for_each(|line| vocabulary.add(line));
        vocabulary
    }

    /// Adds the words of a line, except a word divided at its end and the rest of a word divided on the previous line.
    pub fn add(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        let words = line.split(|c: char| !is_inside(c)).filter(|word| !word.is_empty());
        let open = self.open.take();
        if let (Some(first), Some(rest)) = (&open, words.clone().next()) {
            self.divides |= is_english(&format!("{first}{}", plain(rest)));
        }
        for word in words.skip(usize::from(open.is_some())).map(plain) {
            if word.ends_with('-') {
                continue;
            }
            if let Some((first, _)) = word.split_once('-') {
                self.firsts.insert(first.to_owned());
            }
            self.words.insert(word);
        }
        self.open = line.strip_suffix(is_hyphen).map(|before| plain(last_word(before)));
    }

    /// Appends a line to a text, after `gap` unless a word is divided there.
    pub fn append(&self, text: &mut String, line: &str, gap: &str) {
        let line = line.trim();
        if text.is_empty() || line.is_empty() {
            text.push_str(line);
            return;
        }
        match text.strip_suffix(is_hyphen).filter(|before| before.ends_with(char::is_alphanumeric)) {
            Some(before) if self.divides(before, line) => _ = text.pop(),
            Some(_) if line.starts_with(char::is_alphanumeric) => {}
            _ => text.push_str(gap),
        }
        text.push_str(line);
    }

    /// Joins lines into a paragraph, with `gap` between them unless a word is divided there.
    pub fn join<'a>(&self, lines: impl IntoIterator<Item = &'a str>, gap: &str) -> String {
        let mut text = String::new();
        lines.into_iter().for_each(|line| self.append(&mut text, line, gap));
        text
    }

    /// Returns whether the hyphen between two parts only divides a word: the whole is a word, or one of the parts is
    /// not.
    fn divides(&self, before: &str, after: &str) -> bool {
        let first = last_word(before);
        let rest: String = after.chars().take(LONGEST).take_while(|c| is_inside(*c)).collect();
        let is_name = first.chars().skip(1).any(|c| c.is_uppercase() || c.is_ascii_digit());
        if !rest.starts_with(char::is_lowercase) || !first.ends_with(char::is_alphabetic) || is_name {
            return false;
        }
        let (first, rest) = (plain(first), plain(&rest));
        let rest = rest.trim_end_matches('-');
        let start = first.rsplit('-').next().unwrap_or_default();
        if self.words.contains(&format!("{first}-{rest}")) || start.chars().count() < 2 {
            return false;
        }
        let end = rest.split('-').next().unwrap_or_default();
        if start.len() < first.len()
            && (LINKING.contains(&start) || self.is_word(start) && !self.is_word(&format!("{start}{end}")))
        {
            // `day-to-` is followed by a separate word.
            return false;
        }
        // `co-` before a word that is not in a dictionary is the name of a combination of medicines.
        let is_prefix = matches!(start, "non" | "self") && end.chars().count() > 3;
        let is_set_off = is_prefix
            || SET_OFF.contains(&start) && self.is_word(end)
            || start == "co" && self.is_mixture(end);
        if self.words.contains(&format!("{first}{rest}"))
            || self.is_word(&format!("{start}{end}")) && !is_set_off
        {
            return true;
        }
        // `meta-analysis`: a hyphen separates two identical vowels.
        let same =
            start.chars().next_back().is_some_and(|last| "aeiou".contains(last) && end.starts_with(last));
        let often = SET_OFF.contains(&start) || OFTEN_SET_OFF.contains(&start);
        let begins = same || self.is_word(start) || self.firsts.contains(start) || often;
        !(begins && (self.is_word(end) || is_set_off) || self.is_compound(start, end))
    }

    /// Returns whether two parts, the first of which is not a word, are a compound: `ampicillin-dependent`, or two
    /// names of substances in a document that does not divide words.
    fn is_compound(&self, start: &str, end: &str) -> bool {
        let [first, second] = [start, end].map(|part| part.chars().count());
        let is_verbal = VERBAL.iter().any(|ending| end.ends_with(ending));
        match self.is_word(end) {
            true => first + 1 >= NAME && second >= NAME && is_verbal,
            false => !self.divides && !self.is_word(start) && first >= NAME && second >= NAME,
        }
    }

    /// Returns whether the part after `co-` is long and does not form a word with it.
    fn is_mixture(&self, end: &str) -> bool {
        end.chars().count() > 5 && !self.is_word(&format!("co{end}"))
    }

    fn is_word(&self, word: &str) -> bool {
        self.words.contains(word) || is_english(word)
    }
}

/// Returns whether a lower-case word is a common English word.
pub fn is_english(word: &str) -> bool {
    // The list is in byte order, so binary search works.
    let (mut from, mut to) = (0, ENGLISH.len());
    while from < to {
        let middle = from.midpoint(to);
        // The start of the line that contains the middle.
        let start = ENGLISH.get(..middle).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let line = ENGLISH.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        match word.cmp(line) {
            Ordering::Equal => return true,
            Ordering::Less => to = start.min(middle),
            Ordering::Greater => from = start + line.len() + 1,
        }
    }
    false
}

/// Converts a word to lower case with plain hyphens.
fn plain(word: &str) -> String {
    word.trim_matches(['\'', '’']).to_lowercase().replace(is_hyphen, "-")
}

fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '‐' | '‑' | '\u{ad}')
}

fn is_inside(letter: char) -> bool {
    letter.is_alphanumeric() || is_hyphen(letter) || matches!(letter, '\'' | '’')
}

/// The last word of a text, or only its end if it is longer than any word.
fn last_word(text: &str) -> &str {
    let start = text.char_indices().rev().take(LONGEST).take_while(|(_, c)| is_inside(*c)).last();
    start.and_then(|(at, _)| text.get(at..)).unwrap_or_default().trim_start_matches(['\'', '’'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: &str) {
        check_with(&DocumentWords::default(), lines, expected);
    }

    fn check_with(vocabulary: &DocumentWords, lines: &[&str], expected: &str) {
        let mut text = String::new();
        lines.iter().for_each(|line| vocabulary.append(&mut text, line, " "));
        assert_eq!(text, expected);
    }

    #[test]
    fn divided_words_are_joined() {
        check(&["the treat-", "ment of pa-", "tients"], "the treatment of patients");
        check(&["you must not, how-", "ever, stop"], "you must not, however, stop");
        check(&["well-docu-", "mented"], "well-documented");
        check(
            &["slow-re-", "lease and long-last-", "ing, for ex-", "ample"],
            "slow-release and long-lasting, for example",
        );
        check(&["take naltrex\u{ad}", "one at night"], "take naltrexone at night");
    }

    #[test]
    fn hyphens_stay() {
        check(
            &["a sugar-", "free diet, an over-the-", "counter drug"],
            "a sugar-free diet, an over-the-counter drug",
        );
        check(&["vitamin B12-", "deficient or non-", "smoker"], "vitamin B12-deficient or non-smoker");
        check(&["a non-", "steroidal drug"], "a non-steroidal drug");
        check(&["day-to-", "day or co-", "codamol"], "day-to-day or co-codamol");
        check(&["5 to 10 -", "or more"], "5 to 10 - or more");
        check(&["a meta-", "analysis of COX-", "inhibitors"], "a meta-analysis of COX-inhibitors");
    }

    #[test]
    fn the_list_is_searched_to_both_ends() {
        let words: Vec<&str> = ENGLISH.lines().collect();
        assert!(words.is_sorted() && words.iter().all(|word| is_english(word)));
        assert!(!is_english("") && !is_english("zzz") && !is_english("naltrexoneish"));
    }

    #[test]
    fn the_document_decides_first() {
        let vocabulary = DocumentWords::of(["Take fluvazine at noon. A head-ache is rare."]);
        check_with(&vocabulary, &["fluva-", "zine and head-", "ache"], "fluvazine and head-ache");
    }

    #[test]
    fn compounds_of_unknown_words_stay() {
        check(&["an ampicillin-", "dependent germ"], "an ampicillin-dependent germ");
        check(&["with cilastatin-", "imipenemum"], "with cilastatin-imipenemum");
        let vocabulary = DocumentWords::of(["the treat-", "ment"]);
        check_with(&vocabulary, &["the cilastatin-", "imipenemum"], "the cilastatinimipenemum");
    }

    #[test]
    fn words_of_any_length_are_read_once() {
        let long = "a-".repeat(50_000);
        let vocabulary = DocumentWords::of([long.as_str()]);
        let mut text = long.clone();
        vocabulary.append(&mut text, "b", " ");
        assert!(text == format!("{long}b"), "the hyphen is kept");
    }
}
