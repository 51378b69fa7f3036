//! Fuzzy matching for autocomplete: how well a text fits what the user has typed so far. Ignores case, accents and
//! apostrophes, and tolerates typos.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The beginning of a text, as the user has typed it.
pub struct TypedPrefix {
    plain: String,
    words: Vec<String>,
}

/// How well a text fits. A smaller value is a better fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It begins with the typed text.
    Begins,
    /// Each typed word begins one of its words.
    Words,
    /// Some words fit approximately. The number is the count of letters that do not fit.
    Near(u32),
}

impl TypedPrefix {
    /// Prepares typed text. Uses only the beginning of a very long text.
    pub fn new(typed: &str) -> Self {
        let plain = plain(typed.trim_start());
        let words = words(&plain).take(MOST_WORDS).map(str::to_owned).collect();
        Self { plain, words }
    }

    /// Returns whether nothing searchable has been typed yet.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns how well `text` fits; `None` if it does not. Every text fits an empty input.
    pub fn fit(&self, text: &str) -> Option<Fit> {
        let text = plain(text);
        if self.is_empty() || text.starts_with(&self.plain) {
            return Some(Fit::Begins);
        }
        let there: Vec<&str> = words(&text).collect();
        let begins = |word: &String| there.iter().any(|other| other.starts_with(word.as_str()));
        if self.words.iter().all(begins) {
            return Some(Fit::Words);
        }
        let (mut matched, mut strange) = (0, 0);
        for word in &self.words {
            let letters = word.chars().count();
            match there.iter().filter_map(|other| typos(word, other)).min() {
                Some(typos) => {
                    matched += letters;
                    strange += typos;
                }
                None => strange += letters,
            }
        }
        let all: usize = self.words.iter().map(|word| word.chars().count()).sum();
        (matched * 2 > all && matched >= LEAST).then_some(Fit::Near(strange as u32))
    }
}

/// The maximum number of words compared. Questions are shorter, so further words do not matter.
const MOST_WORDS: usize = 40;
/// The minimum number of letters that must fit: a word such as `is` occurs in every text.
const LEAST: usize = 3;

/// Counts the typos between a word and the beginning of another; `None` if they are different words. A word of four
/// letters may have one typo, of six two, of nine or more three.
fn typos(word: &str, other: &str) -> Option<usize> {
    let letters = word.chars().count();
    let beginning: String = other.chars().take(letters).collect();
    let typos = strsim::osa_distance(word, &beginning).min(strsim::osa_distance(word, other));
    let most = if letters < 4 { 0 } else { (letters / 3).min(3) };
    (typos <= most).then_some(typos)
}

/// Converts text to lower case without accents or apostrophes, with single spaces.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            '\'' | '\u{2018}' | '\u{2019}' => {}
            space if space.is_whitespace() && plain.ends_with(' ') => {}
            space if space.is_whitespace() => plain.push(' '),
            letter => plain.extend(letter.to_lowercase()),
        }
    }
    plain
}

fn words(plain: &str) -> impl Iterator<Item = &str> {
    plain.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str, text: &str) -> Option<Fit> {
        TypedPrefix::new(typed).fit(text)
    }

    #[test]
    fn the_beginning_counts_most_then_words_then_what_is_near() {
        let text = "What share of Crohn’s patients improved?";
        assert_eq!(fit("", text), Some(Fit::Begins));
        assert_eq!(fit(" what  SHARE of cr", text), Some(Fit::Begins));
        assert_eq!(fit("crohns pat", text), Some(Fit::Words));
        assert_eq!(fit("chrons", "Crohn's disease"), Some(Fit::Near(2)));
        assert_eq!(fit("patients imprved", text), Some(Fit::Near(1)));
        assert_eq!(fit("crohns weather", text), None);
        assert_eq!(fit("weather", text), None);
        assert!(Fit::Begins < Fit::Words && Fit::Words < Fit::Near(0) && Fit::Near(1) < Fit::Near(2));
    }

    #[test]
    fn short_words_alone_are_no_reason() {
        assert_eq!(fit("is xylophone", "Is it safe?"), None);
        assert_eq!(fit("ME", "ME/CFS"), Some(Fit::Begins));
        assert_eq!(fit("?!", "Is it safe?"), Some(Fit::Begins), "nothing searchable was typed");
    }

    #[test]
    fn other_scripts_and_accents() {
        assert_eq!(fit("sjogren", "Sjögren’s syndrome"), Some(Fit::Begins));
        assert_eq!(fit("第", "第一"), Some(Fit::Begins));
    }
}
