//! Finds the words of a text, in the normal form that index and questions share. A [`Word`] keeps its position, so that
//! a match can be shown in the source's own letters.
//!
//! Normalises case, diacritics, possessives, hyphens, Greek letters, units directly after a number, and British and
//! American spellings. Stemming comes last.

use std::sync::Arc;

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::span::Span;
use super::spelling;

/// A word in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its position.
    pub span: Span,
    /// The word in lower case, without diacritics, in the spelling shared by British and American English.
    pub form: Arc<str>,
    /// The Snowball (Porter 2) stem of `form`.
    pub stem: Arc<str>,
    /// Whether this is a hyphenated compound written as one word. Its parts precede it.
    pub compound: bool,
}

/// The maximum length of a word. Longer runs are not words: an address, a digest, noise.
const LONGEST_WORD: usize = 64;
/// The number of cached forms at which the cache is cleared.
const REMEMBERED: usize = 200_000;
/// Endings that do not change a number: `1/10th`, the `1980s`.
const NUMBER_ENDINGS: &[&str] = &["st", "nd", "rd", "th", "s"];

/// Finds the words of texts. Caches the forms it has computed, so that long texts are cheap.
pub struct Analyser {
    stemmer: Stemmer,
    known: FxHashMap<Box<str>, (Arc<str>, Arc<str>)>,
}

impl Default for Analyser {
    fn default() -> Self {
        Self { stemmer: Stemmer::create(Algorithm::English), known: FxHashMap::default() }
    }
}

/// The kind of a run of characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CharacterKind {
    Letters,
    Greek,
    Number,
    Percent,
}

/// A run of characters of one kind, before it becomes a word.
#[derive(Clone, Copy)]
struct CharacterRun {
    kind: CharacterKind,
    span: Span,
}

impl Analyser {
    /// The words of `text` in order. A compound follows its parts.
    pub fn words(&mut self, text: &str) -> Vec<Word> {
        let mut words = Vec::with_capacity(text.len() / 6 + 1);
        let mut group: Vec<CharacterRun> = Vec::new();
        for piece in pieces(text) {
            if group.last().is_some_and(|last| !joined(text, *last, piece)) {
                self.close(text, &mut group, &mut words);
            }
            group.push(piece);
        }
        self.close(text, &mut group, &mut words);
        words
    }

    /// The stems of `text`, without compounds, in order.
    pub fn stems(&mut self, text: &str) -> Vec<Arc<str>> {
        self.words(text).into_iter().filter(|word| !word.compound).map(|word| word.stem).collect()
    }

    /// Turns a group of adjacent pieces (`TNF-α`, `4.5mg`, `6-β-naltrexol`) into words.
    fn close(&mut self, text: &str, group: &mut Vec<CharacterRun>, words: &mut Vec<Word>) {
        let first = words.len();
        let mut at = 0;
        while at < group.len() {
            at += self.piece(text, &group[at..], words);
        }
        if words.len() > first + 1 && group[0].kind != CharacterKind::Number {
            self.compound(first, words);
        }
        group.clear();
    }

    /// Adds the word at the start of `pieces` and returns the number of pieces it used.
    fn piece(&mut self, text: &str, pieces: &[CharacterRun], words: &mut Vec<Word>) -> usize {
        let raw = pieces[0].span.of(text);
        let next = pieces.get(1).filter(|next| next.span.start == pieces[0].span.end);
        match (pieces[0].kind, next.map(|next| (next, next.span.of(text)))) {
            (CharacterKind::Percent, _) => self.add("percent", pieces[0].span, words),
            (CharacterKind::Number, Some((_, ending)))
                if NUMBER_ENDINGS.contains(&ending.to_lowercase().as_str()) =>
            {
                self.add(&number(raw), pieces[0].span, words);
                return 2;
            }
            (CharacterKind::Number, _) => self.add(&number(raw), pieces[0].span, words),
            (CharacterKind::Greek, Some((unit, letters))) if micro(raw) && metric(letters) => {
                self.add(&format!("mc{letters}"), pieces[0].span.cover(unit.span), words);
                return 2;
            }
            (CharacterKind::Greek, _) => self.add(greek(raw).unwrap_or(raw), pieces[0].span, words),
            (CharacterKind::Letters, Some((digits, after)))
                if digits.kind == CharacterKind::Number && !after.contains(['.', ',']) =>
            {
                let mut end = digits.span;
                let mut taken = 2;
                for more in &pieces[2..] {
                    if more.span.start != end.end
                        || more.kind == CharacterKind::Greek
                        || more.kind == CharacterKind::Percent
                    {
                        break;
                    }
                    end = more.span;
                    taken += 1;
                }
                let whole = pieces[0].span.cover(end);
                self.add(whole.of(text), whole, words);
                return taken;
            }
            (CharacterKind::Letters, _) => self.add(raw, pieces[0].span, words),
        }
        1
    }

    fn add(&mut self, raw: &str, span: Span, words: &mut Vec<Word>) {
        if raw.len() > LONGEST_WORD {
            return;
        }
        let (form, stem) = self.normal(raw);
        if !form.is_empty() {
            words.push(Word { span, form, stem, compound: false });
        }
    }

    /// Adds the words from `first` onwards again as one compound.
    fn compound(&mut self, first: usize, words: &mut Vec<Word>) {
        let whole: String = words[first..].iter().map(|word| &*word.form).collect();
        if whole.len() > LONGEST_WORD {
            return;
        }
        let span = words[first].span.cover(words[words.len() - 1].span);
        let (form, stem) = self.normal(&whole);
        words.push(Word { span, form, stem, compound: true });
    }

    fn normal(&mut self, raw: &str) -> (Arc<str>, Arc<str>) {
        if let Some(known) = self.known.get(raw) {
            return known.clone();
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let form = normal_form(raw);
        let stem = match form.bytes().any(|byte| byte.is_ascii_digit()) {
            true => form.clone(),
            false => self.stemmer.stem(&form).into_owned(),
        };
        let pair: (Arc<str>, Arc<str>) = (form.into(), stem.into());
        self.known.insert(raw.into(), pair.clone());
        pair
    }
}

/// Returns whether two pieces belong to one written word: nothing or a single hyphen separates them.
fn joined(text: &str, left: CharacterRun, right: CharacterRun) -> bool {
    if left.kind == CharacterKind::Percent || right.kind == CharacterKind::Percent {
        return false;
    }
    let between = Span { start: left.span.end, end: right.span.start }.of(text);
    between.is_empty()
        || (matches!(between, "-" | "\u{2010}" | "\u{2011}") && left.kind != CharacterKind::Number)
        || (between == "-" && right.kind != CharacterKind::Number)
}

/// Splits a text into runs of letters, Greek letters and digits.
fn pieces(text: &str) -> impl Iterator<Item = CharacterRun> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let first = text[at..].chars().next()?;
            let Some(kind) = kind_of(first) else {
                at += first.len_utf8();
                continue;
            };
            let start = at;
            at += run_length(&text[at..], kind);
            return Some(CharacterRun { kind, span: Span::new(start, at) });
        }
    })
}

fn kind_of(character: char) -> Option<CharacterKind> {
    match character {
        '%' => Some(CharacterKind::Percent),
        '\u{b5}' | '\u{370}'..='\u{3ff}' => Some(CharacterKind::Greek),
        _ if character.is_ascii_alphabetic() => Some(CharacterKind::Letters),
        _ if character.is_numeric() => Some(CharacterKind::Number),
        _ if character.is_alphabetic() || (is_combining_mark(character) && !character.is_ascii()) => {
            Some(CharacterKind::Letters)
        }
        _ => None,
    }
}

/// Returns the length in bytes of the run of `kind` at the start of `text`. Runs of letters may contain apostrophes;
/// runs of digits may contain points and commas.
fn run_length(text: &str, kind: CharacterKind) -> usize {
    let mut end = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|&(_, next)| next);
        let inside = match (kind, character) {
            (CharacterKind::Percent, _) => at == 0,
            (CharacterKind::Letters, '\'' | '\u{2019}') => {
                next.is_some_and(|next| kind_of(next) == Some(CharacterKind::Letters))
            }
            (CharacterKind::Number, '.' | ',') => next.is_some_and(|next| next.is_ascii_digit()),
            _ => kind_of(character) == Some(kind),
        };
        if !inside {
            break;
        }
        end = at + character.len_utf8();
    }
    end
}

/// Normalises a number: `3.0` and `3`, `100,000` and `100000` are the same.
fn number(raw: &str) -> String {
    let groups = raw
        .split(',')
        .skip(1)
        .all(|group| group.len() >= 3 && group.as_bytes()[..3].iter().all(u8::is_ascii_digit));
    let plain = if groups { raw.replace(',', "") } else { raw.to_owned() };
    match plain.split_once('.') {
        Some((whole, part)) if !part.contains('.') && part.bytes().all(|digit| digit == b'0') => {
            whole.to_owned()
        }
        Some((_, part)) if !part.contains('.') => plain.trim_end_matches('0').to_owned(),
        _ => plain,
    }
}

fn micro(raw: &str) -> bool {
    matches!(raw, "\u{b5}" | "\u{3bc}")
}

fn metric(unit: &str) -> bool {
    matches!(unit, "g" | "l" | "L" | "mol" | "m" | "M")
}

/// The name of a separate Greek letter, as in `β-endorphin`.
fn greek(raw: &str) -> Option<&'static str> {
    let mut letters = raw.chars().flat_map(char::to_lowercase);
    let name = match letters.next()? {
        'α' => "alpha",
        'β' => "beta",
        'γ' => "gamma",
        'δ' => "delta",
        'ε' => "epsilon",
        'ζ' => "zeta",
        'η' => "eta",
        'θ' => "theta",
        'κ' => "kappa",
        'λ' => "lambda",
        'μ' | '\u{b5}' => "mu",
        'π' => "pi",
        'σ' | 'ς' => "sigma",
        'τ' => "tau",
        'φ' => "phi",
        'χ' => "chi",
        'ψ' => "psi",
        'ω' => "omega",
        _ => return None,
    };
    letters.next().is_none().then_some(name)
}

/// Converts a word to lower case without diacritics or possessive, in the unified spelling.
fn normal_form(raw: &str) -> String {
    let lower: String = match raw.is_ascii() {
        true => raw.to_ascii_lowercase(),
        false => raw
            .nfkd()
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .flat_map(plain)
            .collect(),
    };
    let lower = lower.replace('\u{2019}', "'");
    let word = lower.strip_suffix("'s").unwrap_or(&lower).replace('\'', "");
    match word.as_str() {
        "ug" | "mcg" | "mcgs" | "microgram" | "micrograms" | "microgramme" | "microgrammes" => {
            "mcg".to_owned()
        }
        "mgs" | "milligram" | "milligrams" | "milligramme" | "milligrammes" => "mg".to_owned(),
        "hr" | "hrs" => "hour".to_owned(),
        "yr" | "yrs" => "year".to_owned(),
        "wk" | "wks" => "week".to_owned(),
        _ => spelling::unify(&word),
    }
}

/// Replaces letters that Unicode does not decompose.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let text: &'static str = match letter {
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ı' => "i",
        _ => "",
    };
    text.chars().chain(text.is_empty().then_some(letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stems(text: &str) -> Vec<String> {
        Analyser::default().words(text).iter().map(|word| word.stem.to_string()).collect()
    }

    #[track_caller]
    fn same(one: &str, other: &str) {
        assert_eq!(Analyser::default().stems(one), Analyser::default().stems(other), "{one} and {other}");
    }

    #[test]
    fn units_and_numbers() {
        same("4.5mg", "4.5 mg");
        same("3.0 mg", "3mg");
        same("10 μg/kg", "10 mcg/kg");
        same("10 µg", "10 micrograms");
        same("1/10th", "1/10");
        same("100,000", "100000");
        same("80 %", "80%");
        same("1980s", "1980");
    }

    #[test]
    fn greek_letters() {
        same("β-endorphin", "beta-endorphin");
        same("μ-opioid", "mu-opioid");
        same("TNF-α", "TNF-alpha");
        assert!(stems("TNF-alpha").contains(&"tnfalpha".to_owned()));
        assert_eq!(stems("TNFα").last(), stems("TNF-alpha").last());
        assert_eq!(stems("6-β-naltrexol")[..3], ["6", "beta", "naltrexol"]);
    }

    #[test]
    fn hyphens_and_possessives() {
        same("anti-inflammatory", "anti inflammatory");
        assert!(stems("anti-inflammatory").contains(&stems("antiinflammatory")[0]));
        same("Crohn’s disease", "crohns disease");
        same("Crohn's", "Crohn");
        same("Småbrekke", "smabrekke");
        same("side effects", "Side-Effect");
    }

    #[test]
    fn codes_stay_whole() {
        assert_eq!(stems("TLR4"), ["tlr4"]);
        assert_eq!(stems("IL-6"), ["il", "6", "il6"]);
        assert_eq!(stems("CYP3A4"), ["cyp3a4"]);
    }

    #[test]
    fn longest_words_are_no_words() {
        assert!(stems(&"x".repeat(10_000)).is_empty());
    }

    proptest! {
        #[test]
        fn spans_lie_in_the_text(text in "\\PC{0,80}") {
            let mut end = 0;
            for word in Analyser::default().words(&text) {
                prop_assert!(word.span.get(&text).is_some_and(|inside| !inside.is_empty()));
                prop_assert!(word.span.end >= end);
                end = word.span.end;
            }
        }
    }
}
