//! Detects personal details in a message: anything that identifies a person or says how to reach them.
//!
//! The patterns are code, not data, because check digits and valid ranges decide cases that a list of phrases cannot.
//! A number counts only if its shape, its check digit or the word before it says what it is; PubMed numbers, DOIs,
//! doses, years and amounts do not count. A name alone does not count either, because people ask about authors and
//! clinicians.
//!
//! By design, this module does not return the details it finds. No caller needs them, so none can repeat them.

use std::borrow::Cow;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// The compiled patterns of personal details.
#[derive(Debug)]
pub struct Identifiers {
    /// All patterns in one set, in the order of `shapes`: a single pass rules out most messages.
    candidates: RegexSet,
    shapes: Vec<Shape>,
}

impl Default for Identifiers {
    fn default() -> Self {
        Self::new()
    }
}

impl Identifiers {
    /// Compiles the patterns. Once per process is enough.
    pub fn new() -> Self {
        let shapes = [numbers(), telephones(), addresses(), births_and_names()].concat();
        let patterns = shapes.iter().map(|shape| shape.pattern.as_str());
        let candidates = RegexSetBuilder::new(patterns)
            .unicode(false)
            .build()
            .expect("the patterns are fixed and each compiles on its own");
        Self { candidates, shapes }
    }

    /// Returns whether a message contains a personal detail: a health service or social security number, a telephone
    /// number, an e-mail or postal address, a date of birth, a record number, or the name of a patient. `public` gets
    /// the digits of a number and says whether the sources contain it; such a number is not a personal detail.
    pub fn found(&self, raw: &str, public: &dyn Fn(&str) -> bool) -> bool {
        if !may_hold_one(raw) {
            return false;
        }
        let text = in_figures(&fold(raw));
        let candidates = self.candidates.matches(text.as_bytes());
        candidates.iter().any(|index| self.shapes[index].is_in(&text, public))
    }
}

/// Spoken digits, one word per digit.
const SPOKEN: [(&str, &str); 14] = [
    ("zero", "0"),
    ("oh", "0"),
    ("o", "0"),
    ("nought", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("niner", "9"),
];
/// A run of at least this many spoken or separate digits is joined. Doses are not written that way.
const RUN: usize = 7;

/// Replaces spoken numbers ("oh seven double seven …") with figures and joins digits that are written one by one.
fn in_figures(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let mut as_written = String::new();
    let mut times = 1;
    let close = |run: &mut String, as_written: &mut String, out: &mut String| {
        let digits = run.len() >= RUN;
        out.push_str(if digits { run } else { as_written });
        if digits && as_written.ends_with(char::is_whitespace) {
            out.push(' ');
        }
        run.clear();
        as_written.clear();
    };
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_ascii_lowercase();
        let digit = match bare.as_str() {
            one if one.len() == 1 && one.starts_with(|letter: char| letter.is_ascii_digit()) => Some(one),
            spoken => SPOKEN.iter().find(|(name, _)| *name == spoken).map(|(_, digit)| *digit),
        };
        match (bare.as_str(), digit) {
            ("double", _) => times = 2,
            ("triple" | "treble", _) => times = 3,
            (_, Some(digit)) => run.push_str(&digit.repeat(std::mem::replace(&mut times, 1))),
            _ => {
                close(&mut run, &mut as_written, &mut out);
                times = 1;
                out.push_str(word);
                continue;
            }
        }
        as_written.push_str(word);
    }
    close(&mut run, &mut as_written, &mut out);
    out
}

/// A cheap first check: most questions have neither three digits nor one of these words.
fn may_hold_one(raw: &str) -> bool {
    let spoken = |word: &&str| SPOKEN.iter().any(|(name, _)| word.eq_ignore_ascii_case(name));
    let words = raw.split(|letter: char| !letter.is_alphabetic()).filter(spoken).take(3).count();
    let digits = raw.chars().filter(|character| character.is_numeric()).take(3).count().max(words);
    let has = |word: &[u8]| raw.as_bytes().windows(word.len()).any(|seen| seen.eq_ignore_ascii_case(word));
    digits == 3
        || [&b"@"[..], b"name", b"patient", b" dot", b"(dot", b"address", b"live"].into_iter().any(has)
}

/// One way to write a personal detail.
#[derive(Clone, Debug)]
struct Shape {
    pattern: Regex,
    /// Returns whether a candidate is a personal detail.
    accept: fn(&str) -> bool,
}

impl Shape {
    fn new(pattern: &str, accept: fn(&str) -> bool) -> Self {
        let pattern = RegexBuilder::new(pattern).unicode(false).build();
        Self { pattern: pattern.expect("the patterns are fixed and tested"), accept }
    }

    /// Tries every place where a candidate can start, including overlapping ones, so that a preceding number cannot
    /// hide a match. Candidates have a bounded length, which keeps this linear.
    fn is_in(&self, text: &str, public: &dyn Fn(&str) -> bool) -> bool {
        let mut from = 0;
        while let Some(candidate) = self.pattern.find_at(text.as_bytes(), from) {
            let words = text.get(candidate.range()).unwrap_or_default();
            let digits: String = words.chars().filter(char::is_ascii_digit).collect();
            if !in_a_link(text, candidate.start()) && !public(&digits) && (self.accept)(words) {
                return true;
            }
            from = candidate.start() + 1;
        }
        false
    }
}

const MONTH: &str = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}";

/// A full date, in figures or words, in either order.
fn date() -> String {
    let figures =
        r"[0-3]?[0-9][-/. ][01]?[0-9][-/. ](?:19|20)?[0-9]{2}|[01]?[0-9]/[0-3]?[0-9]/(?:19|20)?[0-9]{2}";
    let year_first = r"(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9]|[0-3][0-9][01][0-9](?:19|20)[0-9]{2}";
    let words = format!(
        r"(?:the )?[0-3]?[0-9](?:st|nd|rd|th)?(?: of)?[ -]{MONTH}[, -]{{1,2}}(?:19|20)?[0-9]{{2}}|{MONTH} [0-3]?[0-9](?:st|nd|rd|th)?,? (?:19|20)?[0-9]{{2}}"
    );
    format!(r"(?:{year_first}|{figures}|{words})\b")
}

/// Health service, social security and record numbers.
fn numbers() -> Vec<Shape> {
    let any: fn(&str) -> bool = |_| true;
    let label = r"(?i)\b(?:mrn|mr#|hospital|hosp|medical record|patient|record|chart|unit|chi|nhs|medicare|medicaid|insurance|member|membership|policy|passport|national insurance|ni|driving licen[cs]e)";
    let mark = r"(?:[ -]?(?:member|number|num|no|nr|id|ref|digits|card)\b)";
    let value = r"[a-z]{0,3}[-]?[0-9](?:[ -]?[0-9a-z]){3,14}\b";
    vec![
        Shape::new(r"\b[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{4}\b", is_nhs_number),
        Shape::new(r"(?i)\bnhs[^0-9\n]{0,14}[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{4}\b", any),
        Shape::new(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", is_social_security_number),
        Shape::new(
            r"(?i)\b(?:ssn|social(?: security)?)(?: (?:number|num|no|is))*[^0-9a-z]{0,4}[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}\b",
            any,
        ),
        Shape::new(&format!(r"{label}(?:{mark}+\.?|#|:)(?: is|[ :#=.]){{0,3}}(?:{value})"), has_five_digits),
        Shape::new(
            r"(?i)\b(?:mrn|medical record|hospital record)[ :#=.]{1,3}(?:[a-z]{0,3}-?[0-9]{5,12})\b",
            any,
        ),
        Shape::new(r"(?i)\bni(?:no)?\b[^0-9\n]{0,12}[a-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d]\b", any),
        Shape::new(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b", any),
    ]
}

/// Telephone numbers: British, international, North American, and short ones after a word such as "call".
fn telephones() -> Vec<Shape> {
    let any: fn(&str) -> bool = |_| true;
    let asked = r"(?i)\b(?:call|ring|phone|telephone|tel|text|sms|mobile|mob|cell|whatsapp|landline|fax|reach me|contact me)(?:\b[^0-9\n]{0,12})";
    vec![
        Shape::new(r"(?:\b|\()0[0-9]{2,10}\)?(?:[ ./-]{1,2}[0-9]{1,8}){0,4}\b", is_british_telephone),
        Shape::new(r"(?:\+|\b00)[ ]?[1-9](?:[ ().-]{0,3}[0-9]){7,14}\b", is_international_telephone),
        Shape::new(
            r"(?:\b1[ .-])?(?:\([2-9][0-9]{2}\)[ ]?|\b[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}\b",
            any,
        ),
        Shape::new(&format!(r"{asked}[2-9][0-9]{{2}}[ .-]?[0-9]{{4}}\b"), any),
        Shape::new(&format!(r"{asked}\(?[2-9][0-9]{{2}}\)?[ .-]?[2-9][0-9]{{2}}[ .-]?[0-9]{{4}}\b"), any),
        Shape::new(r"\b44 ?7[0-9]{3} ?[0-9]{6}\b", any),
    ]
}

/// E-mail and postal addresses.
fn addresses() -> Vec<Shape> {
    let any: fn(&str) -> bool = |_| true;
    let street = r"\b[0-9]{1,5}[a-z]?,? (?:[a-z'.]{2,15} ){1,3}?(?:street|st|road|rd|lane|ln|avenue|ave|close|drive|dr|way|court|ct|crescent|gardens|place|pl|terrace|grove|hill|park|row|mews|square|walk|blvd|boulevard|green)\b";
    let postcode = r"\b[a-z]{1,2}[0-9][0-9a-z]? ?[0-9][a-z]{2}\b";
    vec![
        Shape::new(r"(?i)[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.[a-z]{2,24}\b", any),
        Shape::new(
            r"(?i)[a-z0-9._-]{1,64} ?(?:\bat\b|\(at\)|\[at\]|@) ?[a-z0-9-]{1,63} ?(?:\bdot\b|\(dot\)|\[dot\]) ?(?:com|org|net|edu|co|uk|ie|ca|de|eu|gov|info|me|io)\b",
            any,
        ),
        Shape::new(&format!(r"(?i){street}[^\n]{{0,60}}?{postcode}"), any),
        Shape::new(
            &format!(
                r"(?i)(?:\b(?:flat|house|number|no|unit|apartment)\.? ?[0-9]{{1,4}}[a-z]?|[0-9]{{1,4}}[a-z]?)(?:,? at|,)? ?(?:{postcode})"
            ),
            is_postcode,
        ),
        Shape::new(&format!(r"(?i){street}[^\n]{{0,60}}?[ ,][a-z]{{2}},? [0-9]{{5}}(?:-[0-9]{{4}})?\b"), any),
        Shape::new(
            &format!(
                r"(?i)\b(?:live|living|lives|address|reside|home|based|post it|send it|ship it|deliver)\b[^\n]{{0,16}}?{street}"
            ),
            any,
        ),
    ]
}

/// Dates of birth, and names in contexts where they mean a patient.
fn births_and_names() -> Vec<Shape> {
    let any: fn(&str) -> bool = |_| true;
    let name = r"\b[A-Z][a-z'-]{1,20} (?:[A-Z][a-z'-]{0,20} )?[A-Z][a-z'-]{1,20}";
    let date = date();
    let born = r"(?i)\b(?:d\.?o\.?b\b\.?|(?:date|day)[ -]of[ -]birth|birth ?da(?:y|te)|birthdate|born|b\.)(?: is| was| on|[ :=,.-]){0,4}";
    vec![
        Shape::new(&format!(r"{born}{date}"), any),
        Shape::new(&format!(r"{name},? \(?(?i:{date})"), is_private_name),
        Shape::new(
            &format!(
                r"(?:[Mm]y (?:full )?name is|\b[Nn]ame:|[Pp]atient name:?|[Ff]ull name:?|[Pp]atient's name is) {name}"
            ),
            any,
        ),
        Shape::new(&format!(r"\b(?:[Mm]y|[Oo]ur) patient,? (?:(?:Mr|Mrs|Ms|Miss)\.? )?{name}"), any),
    ]
}

/// Normalises full-width digits, unusual spaces and dashes from pasted text, and unusual marks between digits. Leaves
/// everything else alone.
fn fold(raw: &str) -> Cow<'_, str> {
    const ODD: [char; 7] = ['_', '*', '~', '|', '·', '•', ':'];
    let odd = raw.contains(ODD);
    if raw.is_ascii() && !odd {
        return Cow::Borrowed(raw);
    }
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let mut between = String::with_capacity(raw.len());
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        let parts =
            ODD.contains(&letter) && is_digit(between.chars().last()) && is_digit(letters.peek().copied());
        between.push(if parts { '-' } else { letter });
    }
    let raw = between;
    let folded = raw.chars().filter_map(|character| match character {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '’' => Some('\''),
        _ if character.is_whitespace() && character != '\n' => Some(' '),
        _ => Some(character),
    });
    Cow::Owned(folded.collect())
}

/// Returns whether this position is part of a web address, a DOI or an ISBN, whose digits do not identify a person.
fn in_a_link(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let previous = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let named = |part: &str| {
        ["isbn", "doi", "pmid", "isrctn"]
            .iter()
            .any(|name| part.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
    };
    word.contains("://") || word.contains("10.") && word.contains('/') || named(word) || named(previous)
}

fn digits_of(candidate: &str) -> Vec<u32> {
    candidate.chars().filter_map(|character| character.to_digit(10)).collect()
}

/// Ten digits, the last of which is the modulus-11 check digit of the first nine.
fn is_nhs_number(candidate: &str) -> bool {
    let digits = digits_of(candidate);
    let weighed = digits.iter().zip((1..=10).rev()).map(|(digit, weight)| digit * weight);
    let varied = digits.iter().any(|digit| *digit != digits[0]);
    digits.len() == 10 && varied && weighed.sum::<u32>().is_multiple_of(11)
}

/// Accepts the ranges that the Social Security Administration has issued.
fn is_social_security_number(candidate: &str) -> bool {
    let mut parts = candidate.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (area, group, serial) = (parts.next(), parts.next(), parts.next());
    matches!(area, Some(1..=665 | 667..=899)) && group != Some(0) && serial != Some(0)
}

fn has_five_digits(candidate: &str) -> bool {
    digits_of(candidate).len() >= 5
}

/// Ten or eleven digits starting with 01, 02, 03, 07 or 08, in at most five groups. Another number may follow
/// ("07700 900123 2 mg"), so any number of whole groups is accepted.
fn is_british_telephone(candidate: &str) -> bool {
    let area = matches!(digits_of(candidate).get(1), Some(1 | 2 | 3 | 7 | 8));
    let ends =
        candidate.char_indices().filter(|(_, character)| !character.is_ascii_digit()).map(|(at, _)| at);
    let whole_groups = ends.chain([candidate.len()]).filter_map(|end| candidate.get(..end));
    area && whole_groups.map(|groups| digits_of(groups).len()).any(|digits| (10..=11).contains(&digits))
}

/// Eight to fifteen digits, including the bracketed trunk zero of "+44 (0)7700".
fn is_international_telephone(candidate: &str) -> bool {
    (8..=17).contains(&digits_of(candidate).len())
}

/// Accepts "14, LS1 4AB" but not "2 B12 5mg": no postcode ends in these letters.
fn is_postcode(candidate: &str) -> bool {
    let tail: Vec<char> = candidate.chars().rev().take(2).collect();
    tail.iter().all(|letter| !"cikmoCIKMO".contains(*letter))
}

/// Accepts a patient's name and date of birth, but not an article's authors and date, judging by the year.
fn is_private_name(candidate: &str) -> bool {
    let titled = candidate.split([' ', ',']).any(|word| matches!(word, "Dr" | "Prof" | "Professor"));
    let years = candidate.split(|character: char| !character.is_ascii_digit());
    let recent = years.filter(|year| year.len() == 4).any(|year| year >= "2010");
    !titled && !recent
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static IDENTIFIERS: LazyLock<Identifiers> = LazyLock::new(Identifiers::new);

    /// Invented details, from ranges reserved for examples if there are any.
    const DETAILS: [&str; 22] = [
        "9994580760",
        "999-458-0760",
        "999 458 0760",
        "NHS number: 1234567890",
        "219-09-9999",
        "SSN 078051120",
        "07700 900123",
        "01632 960018",
        "(020) 7946 0123",
        "+44 7700 900123",
        "+33 1 99 00 12 34",
        "212-555-0123",
        "call 555-0123",
        "jane.doe@example.org",
        "jane at example dot org",
        "14 Elm Road, Testbury ZZ99 3VZ",
        "flat 3, ZZ99 3VZ",
        "123 Main Street, Springfield, IL 62701",
        "MRN 00123456",
        "dob 12/03/1971",
        "born on 3 April 1965",
        "Margaret Hollis, 04/05/1958",
    ];

    const NONE: [&str; 24] = [
        "9994580761",
        "2125550134",
        "PMID 24526250",
        "ISBN 9994580760",
        "doi:10.1007/s10067-014-2517-2",
        "https://example.org/9994580760",
        "ISSN 0770-3198",
        "15–26 per 100000",
        "100 μg/kg",
        "0.5 1.5 3.0 4.5 mg",
        "2013-2017",
        "666-12-3456",
        "999-12-3456",
        "000-12-3456",
        "219-00-9999",
        "take 2 B12 5mg",
        "what is the clinic's phone number?",
        "is Dr Krishna a pain specialist",
        "Kim Fishman, 26/08/2020",
        "which study came out on 12/03/2014",
        "born in 1980",
        "£1,234,567,890",
        "NCT01303835",
        "is there a Patient Information Leaflet",
    ];

    #[test]
    fn details_are_found() {
        for detail in DETAILS {
            assert!(IDENTIFIERS.found(detail, &|_| false), "{detail}");
        }
    }

    #[test]
    fn other_numbers_and_names_are_not() {
        for text in NONE {
            assert!(!IDENTIFIERS.found(text, &|_| false), "{text}");
        }
    }

    #[test]
    fn pasted_digits_and_dashes_count() {
        for text in
            ["０７７００ ９００１２３", "999‑458‑0760", "999\u{a0}458\u{a0}0760", "jane\u{200b}@example.org"]
        {
            assert!(IDENTIFIERS.found(text, &|_| false), "{text}");
        }
    }

    #[test]
    fn the_check_digit_decides() {
        let valid = |number: u64| is_nhs_number(&format!("{number:010}"));
        assert!(valid(9_994_580_760) && valid(9_997_319_052) && !valid(9_994_580_761));
        assert!(!valid(9_999_999_999), "one repeated digit is not a valid number");
    }

    proptest! {
        #[test]
        fn details_are_found_wherever_they_stand(
            before in r"([a-z]{1,9}[ ,]|[0-9]{1,3} |[A-Z][a-z]{1,6} |[(é🙂]){0,12}",
            after in r"([ ,][a-z]{1,9}|[?)!🙂é]){0,12}",
            which in 0..DETAILS.len(),
        ) {
            let text = format!("{before} {} {after}", DETAILS[which]);
            prop_assert!(IDENTIFIERS.found(&text, &|_| false), "{}", text);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            IDENTIFIERS.found(&text, &|_| false);
        }

        #[test]
        fn text_without_digits_at_signs_or_names_is_none(text in "[b-z ,.?!]{0,200}") {
            prop_assume!(!["name", "patient", "dot", "address", "live"].iter().any(|word| text.contains(word)));
            prop_assert!(!IDENTIFIERS.found(&text, &|_| false));
        }
    }
}
