//! Reports how a file was read, for the people who publish it: the number of units of each kind, the text that was left
//! out, and places where the text may have been read incorrectly. A moderator compares those places with the source.

use std::fmt;

use rustc_hash::FxHashMap;
use unicode_segmentation::UnicodeSegmentation;

use super::blocks::FilePosition;
use super::document::{Document, Passage, PassageKind};
use crate::text::count::counted;
use crate::text::hyphen::is_english;
use crate::text::truncate::truncated;

/// A paragraph was probably a table if it has at least this many words and at least this share of them have no letter.
const CELLS: usize = 8;
const CELL_SHARE: f64 = 0.5;
/// A line that occurs this often in a source is probably a header or footer that was not recognised.
const REPEATED: usize = 3;
/// The largest share of a document's words that can be left out without a remark, and the share from which publishing
/// needs a moderator's approval. Navigation is often a third of a page.
const MUCH_LEFT_OUT: f64 = 0.05;
const MOST_LEFT_OUT: f64 = 0.5;
/// The percentage of suspicious units from which publishing needs a moderator's approval.
const SEVERE_PERCENT: usize = 3;
/// In any English text of at least this many words, a fifth are common English words. Medical texts have about two
/// thirds.
const FEWEST_WORDS: usize = 20;
const MOST_WORDS: usize = 2_000;
const ENGLISH_SHARE: f64 = 0.2;
/// How much of a suspicious place is shown, in characters.
const SHOWN: usize = 80;

/// A report on how a file was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadingReport {
    /// The number of headings.
    pub sections: usize,
    /// The number of units of each kind, in the order of their first occurrence.
    pub units: Vec<(PassageKind, usize)>,
    /// Text of the file that is neither searched nor quoted.
    pub left_out: Vec<LeftOut>,
    /// The percentage of the file's words that is left out.
    pub left_out_percent: usize,
    /// Places where the text may have been read incorrectly.
    pub suspicions: Vec<Suspicion>,
    /// The file's encoding, if it is not UTF-8.
    pub encoding: Option<String>,
}

/// A piece of text that is neither searched nor quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The text.
    pub text: String,
    /// Where it begins.
    pub place: FilePosition,
}

/// A place that should be compared with the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// The reason.
    pub why: Why,
    /// Its first words.
    pub text: String,
    /// Where it begins.
    pub place: FilePosition,
}

/// The reason that a place is suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A paragraph begins in the middle of a sentence.
    BeginsInside,
    /// A run of cells that is not a table row.
    RunOfCells,
    /// The same words occur in several places, like headers and footers.
    Repeated,
    /// A word has a digit between its letters.
    DigitInWord,
    /// The file's fonts do not identify a letter.
    UnknownLetter,
    /// Much of the text is left out.
    MuchLeftOut,
    /// Hardly any word is English, for example because fonts map to other letters than they draw.
    NoEnglish,
}

impl Why {
    /// A description to show to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeginsInside => "begins in the middle of a sentence",
            Self::RunOfCells => "looks like table cells",
            Self::Repeated => "occurs in several places, like a page header",
            Self::DigitInWord => "has a digit between letters",
            Self::UnknownLetter => "has characters that could not be identified (shown as \u{fffd})",
            Self::MuchLeftOut => "much of the file is left out",
            Self::NoEnglish => {
                "hardly any word of the file is English, so its letters may have been read incorrectly"
            }
        }
    }
}

/// Makes the report of a document.
pub fn report(document: &Document) -> ReadingReport {
    let left_out: Vec<LeftOut> = of_kind(document, PassageKind::Furniture)
        .map(|passage| LeftOut { text: passage.span.of(document.text()).to_owned(), place: passage.place })
        .collect();
    let mut report = ReadingReport {
        sections: document.sections().len(),
        units: units(document),
        left_out_percent: percent_left_out(document),
        left_out,
        suspicions: Vec::new(),
        encoding: document.encoding.clone(),
    };
    report.suspicions = suspicions(document, report.left_out_percent);
    report
}

impl ReadingReport {
    /// The total number of units.
    pub fn unit_count(&self) -> usize {
        self.units.iter().map(|(_, count)| count).sum()
    }

    /// Whether so much is suspicious that the source should not be published before someone has checked it.
    pub fn is_severe(&self) -> bool {
        let places = self.suspicions.iter().filter(|suspicion| suspicion.why != Why::MuchLeftOut).count();
        self.suspicions.iter().any(|suspicion| suspicion.why == Why::NoEnglish)
            || self.left_out_percent as f64 >= 100.0 * MOST_LEFT_OUT
            || places > 1 && places * 100 >= self.unit_count() * SEVERE_PERCENT
    }

    /// The number of units by kind: `40 sentences, 12 items`.
    pub fn counts(&self) -> String {
        let count = |(kind, count): &(PassageKind, usize)| counted(*count, kind.as_str());
        self.units.iter().map(count).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Suspicion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            FilePosition::Line(line) => write!(out, "line {line}: ")?,
            FilePosition::Page(page) => write!(out, "page {page}: ")?,
            FilePosition::Unknown => {}
        }
        match self.text.is_empty() {
            true => write!(out, "{}", self.why.as_str()),
            false => write!(out, "“{}” {}", self.text, self.why.as_str()),
        }
    }
}

fn of_kind(document: &Document, kind: PassageKind) -> impl Iterator<Item = &Passage> {
    document.passages().iter().filter(move |passage| passage.kind == kind)
}

fn units(document: &Document) -> Vec<(PassageKind, usize)> {
    let mut units: Vec<(PassageKind, usize)> = Vec::new();
    for passage in document.passages().iter().filter(|passage| passage.kind.is_quotable()) {
        let quotable =
            document.sentences_of(passage).iter().filter(|sentence| document.is_unit(sentence)).count();
        match units.iter_mut().find(|(kind, _)| *kind == passage.kind) {
            Some((_, count)) => *count += quotable,
            None => units.push((passage.kind, quotable)),
        }
    }
    units
}

fn percent_left_out(document: &Document) -> usize {
    let words = |passage: &Passage| passage.span.of(document.text()).unicode_words().count();
    let all: usize = document.passages().iter().map(words).sum();
    let left_out: usize = of_kind(document, PassageKind::Furniture).map(words).sum();
    left_out * 100 / all.max(1)
}

fn suspicions(document: &Document, left_out_percent: usize) -> Vec<Suspicion> {
    let mut times = times(document);
    let mut found = Vec::new();
    if left_out_percent as f64 > 100.0 * MUCH_LEFT_OUT {
        found.push(Suspicion { why: Why::MuchLeftOut, text: String::new(), place: FilePosition::Unknown });
    }
    if !is_in_english(document) {
        found.push(Suspicion { why: Why::NoEnglish, text: String::new(), place: FilePosition::Unknown });
    }
    for passage in document.passages().iter().filter(|passage| passage.kind.is_quotable()) {
        let words = passage.span.of(document.text());
        // Only the first occurrence is reported.
        let is_repeated = times.remove(words).is_some_and(|times| times >= REPEATED);
        if let Some(why) = why(passage, words, is_repeated) {
            found.push(Suspicion { why, text: truncated(words, SHOWN), place: passage.place });
        }
    }
    found
}

/// Whether a fair share of a document's words are common English words. Also true if there are too few words to tell.
fn is_in_english(document: &Document) -> bool {
    let words =
        document.text().split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphabetic()));
    let (mut all, mut known) = (0_usize, 0_usize);
    for word in words.filter(|word| word.chars().nth(1).is_some()).take(MOST_WORDS) {
        all += 1;
        known += usize::from(is_english(&word.to_lowercase()));
    }
    all < FEWEST_WORDS || known as f64 >= ENGLISH_SHARE * all as f64
}

/// How often the text of each paragraph occurs in the document.
fn times(document: &Document) -> FxHashMap<&str, usize> {
    let mut times = FxHashMap::default();
    for passage in of_kind(document, PassageKind::Paragraph) {
        *times.entry(passage.span.of(document.text())).or_default() += 1;
    }
    times
}

fn why(passage: &Passage, words: &str, is_repeated: bool) -> Option<Why> {
    if words.contains(char::REPLACEMENT_CHARACTER) {
        return Some(Why::UnknownLetter);
    }
    if passage.kind != PassageKind::Reference && words.unicode_words().any(has_digit_inside) {
        return Some(Why::DigitInWord);
    }
    if passage.kind != PassageKind::Paragraph {
        return None;
    }
    // Text without sentences, such as a list of names, is not part of a sentence.
    let is_sentence = words.ends_with(['.', '!', '?']);
    match () {
        () if is_repeated => Some(Why::Repeated),
        () if is_run_of_cells(words) => Some(Why::RunOfCells),
        () if is_sentence && words.starts_with(char::is_lowercase) => Some(Why::BeginsInside),
        () => None,
    }
}

/// Whether a word has a digit between lower-case letters: `mg3a`. Names such as `B12`, `H2O` and `IL6ra` do not count.
fn has_digit_inside(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let starts_small = letters.first().is_some_and(|letter| letter.is_lowercase());
    let digit = letters.iter().position(char::is_ascii_digit);
    let before = digit.filter(|at| *at > 2 && starts_small);
    before.is_some_and(|at| letters.iter().skip(at).filter(|letter| letter.is_lowercase()).count() > 1)
}

fn is_run_of_cells(words: &str) -> bool {
    let all = words.split_whitespace().count();
    let without = words.split_whitespace().filter(|word| !word.contains(char::is_alphabetic)).count();
    all >= CELLS && without as f64 >= CELL_SHARE * all as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::read::read_bytes;

    fn report_of(name: &str, text: &str) -> ReadingReport {
        report(&read_bytes(name, text.as_bytes(), None).document.expect("it reads"))
    }

    fn suspicions(text: &str) -> Vec<String> {
        report_of("a.md", text).suspicions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn units_are_counted_by_kind_and_what_is_left_out_is_named() {
        let page = "<nav><a href=x>Home</a> <a href=y>About us</a></nav><main><h1>Sleep</h1><p>It is dark. It is late.</p>\
            <p>Bring:</p><ul><li>a lamp</li><li>a book</li></ul></main>";
        let report = report_of("a.html", page);
        assert_eq!((report.sections, report.counts().as_str()), (1, "2 sentences, 2 items"));
        assert!(!report.left_out.is_empty() && report.left_out_percent > 10, "{report:?}");
        assert!(!report.is_severe(), "navigation is no reason to ask");
    }

    #[test]
    fn plain_text_is_not_suspicious() {
        let text = "# Use\n\nTake 4.5 mg of B12 at night. See the IL6ra trial, 2nd edition.\n\nnaltrexone\n";
        assert_eq!(suspicions(text), Vec::<String>::new());
    }

    #[test]
    fn what_was_put_together_wrongly_is_told_with_its_place() {
        let told = suspicions(
            "and is taken at night with a meal.\n\nOnly one capsule3day is taken.\n\n1 2 3 4 of 5 6 7 8 9\n",
        );
        assert_eq!(
            told,
            [
                "line 1: “and is taken at night with a meal.” begins in the middle of a sentence",
                "line 3: “Only one capsule3day is taken.” has a digit between letters",
                "line 5: “1 2 3 4 of 5 6 7 8 9” looks like table cells",
            ]
        );
        let told = suspicions("Leaflet 3\n\nOne.\n\nLeaflet 3\n\nTwo.\n\nLeaflet 3\n");
        assert!(told.iter().all(|told| told.ends_with("like a page header")) && told.len() == 1, "{told:?}");
    }

    #[test]
    fn letters_that_are_no_words_are_severe() {
        assert!(report_of("a.md", &"µaª´a¥ ³¬a¢µa Xqz rtv. ".repeat(9)).is_severe());
        assert!(!report_of("a.md", &"Naltrexone is taken at night. ".repeat(9)).is_severe());
    }

    #[test]
    fn many_such_places_are_severe() {
        let doubtful = "and so it is. It is dark.\n\nor so it was. It was light.\n";
        assert!(report_of("a.md", doubtful).is_severe());
        let sound = format!("{doubtful}\n{}", "It is late. ".repeat(80));
        assert!(!report_of("a.md", &sound).is_severe());
    }
}
