//! The quantities that a sentence states: doses, shares, times and years, each as the range of values that fit it.
//! "About 2 mg" and "up to 5 mg" are ranges, so two sources differ only if no value fits both.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::knowledge::lexicon::Measure;

/// A range of values of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// What is measured.
    pub measure: Measure,
    /// The smallest value: milligrams, percent, days or the year.
    pub least: f64,
    /// The largest value, in the same unit.
    pub most: f64,
}

/// The tolerance of "about", in each direction.
const ABOUT: f64 = 0.25;
/// The tolerance of any time, in each direction: four weeks and a month are the same.
const TIME: f64 = 0.1;

const NUMBER: &str = concat!(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|",
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
);
const NUMBERS: [&str; 12] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const UNIT: &str = concat!(
    "mgs?|milligram(?:me)?s?|mcg|ug|µg|μg|microgram(?:me)?s?|ng|nanogram(?:me)?s?|gram(?:me)?s?|g|",
    r"minutes?|hours?|days?|weeks?|months?|years?|%|per\s?cent"
);
const BOUND: &str = concat!(
    r"up\s+to|at\s+most|no\s+more\s+than|not\s+more\s+than|less\s+than|fewer\s+than|below|under|within|",
    r"maximum\s+of|at\s+least|no\s+less\s+than|not\s+less\s+than|more\s+than|over|above|minimum\s+of|",
    "about|around|approximately|roughly|nearly|almost|some|[~<>≤≥≈]"
);
const MONTH: &str = "january|february|march|april|may|june|july|august|september|october|november|december";

static STATED: LazyLock<Regex> = LazyLock::new(|| {
    let range = format!(r"(?P<low>{NUMBER})(?:\s*(?:{UNIT})?\s*(?:-|–|—|to|and|or)\s*(?P<high>{NUMBER}))?");
    compiled(&format!(r"(?i)(?:(?P<bound>{BOUND})\s*)?(?:\b{range})[\s\u{{a0}}-]*(?P<unit>{UNIT})"))
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| {
    let time = format!(r"(?:in|since|from|until|by|during)\s+(?:(?:early|late|mid|{MONTH})\s+)?");
    compiled(&format!(r"(?i)\b{time}(?P<year>1[89]\d\d|20\d\d)\b(?P<after>[\s\S]?\s*[a-z]*)"))
});
/// Text after a quantity that makes it a different measure.
static OF_ANOTHER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?:\s*(?:/|per\b)\s*(?:kg|kilo|m[l2²]|l\b|litre|liter|dose|tablet)|[\s-]*(?:old|of\s+age)\b)",
    )
});

/// Words that can follow a year. Any other word means that the number counts something.
const AFTER_YEAR: [&str; 16] =
    ["", "and", "as", "by", "for", "in", "to", "with", "when", "after", "the", "of", "at", "on", "but", "or"];

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant and a test uses it")
}

/// Whether a text, in lower case, may contain a quantity, because it contains a number. This is a quick check that
/// settles nearly every text.
pub fn may_stand_in(lower: &str) -> bool {
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| word.starts_with(|first: char| first.is_ascii_digit()) || NUMBERS.contains(&word))
}

/// Returns the quantities in `text`, in order.
pub fn quantities(text: &str) -> Vec<Quantity> {
    if !may_stand_in(&text.to_lowercase()) {
        return Vec::new();
    }
    let mut found: Vec<Quantity> =
        STATED.captures_iter(text).filter_map(|stated| quantity(text, &stated)).collect();
    found.extend(YEAR.captures_iter(text).filter_map(|stated| year(&stated)));
    found
}

fn year(stated: &Captures) -> Option<Quantity> {
    let after = stated["after"].trim_start();
    let is_word = after.starts_with(char::is_alphabetic);
    let counts = is_word && !AFTER_YEAR.contains(&after.to_lowercase().as_str());
    let year: f64 = stated["year"].parse().ok().filter(|_| !counts)?;
    Some(Quantity { measure: Measure::Year, least: year, most: year })
}

fn quantity(text: &str, stated: &Captures) -> Option<Quantity> {
    let (low, unit) = (stated.name("low")?, stated.name("unit")?);
    // Part of a longer number or of a word.
    let cut = text.get(..low.start())?.ends_with(['.', ',', '/', '-', '–']);
    let rest = text.get(unit.end()..)?;
    let goes_on = unit.as_str() != "%" && rest.starts_with(char::is_alphanumeric);
    if cut || goes_on || OF_ANOTHER.is_match(rest) {
        return None;
    }
    let (measure, scale) = unit_of(&unit.as_str().to_lowercase())?;
    let first = value(low.as_str())? * scale;
    let last = stated.name("high").map_or(Some(first), |high| Some(value(high.as_str())? * scale))?;
    let (least, most) = (first.min(last), first.max(last));
    let slack = if measure == Measure::Time { TIME } else { 0.0 };
    let (least, most) = match bound(stated.name("bound").map_or("", |bound| bound.as_str())) {
        Bound::Most => (0.0, most),
        Bound::Least => (least, f64::INFINITY),
        Bound::About => (least * (1.0 - ABOUT), most * (1.0 + ABOUT)),
        Bound::None => (least * (1.0 - slack), most * (1.0 + slack)),
    };
    Some(Quantity { measure, least, most })
}

enum Bound {
    Most,
    Least,
    About,
    None,
}

fn bound(words: &str) -> Bound {
    let words = words.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    match words.as_str() {
        "" => Bound::None,
        "about" | "around" | "approximately" | "roughly" | "nearly" | "almost" | "some" | "~" | "≈" => {
            Bound::About
        }
        "at least" | "no less than" | "not less than" | "more than" | "over" | "above" | "minimum of"
        | ">" | "≥" => Bound::Least,
        _ => Bound::Most,
    }
}

fn unit_of(unit: &str) -> Option<(Measure, f64)> {
    let one = unit.trim_end_matches('s');
    Some(match one {
        "mg" | "milligram" | "milligramme" => (Measure::Mass, 1.0),
        "mcg" | "ug" | "µg" | "μg" | "microgram" | "microgramme" => (Measure::Mass, 1e-3),
        "ng" | "nanogram" | "nanogramme" => (Measure::Mass, 1e-6),
        "g" | "gram" | "gramme" => (Measure::Mass, 1e3),
        "minute" => (Measure::Time, 1.0 / 1_440.0),
        "hour" => (Measure::Time, 1.0 / 24.0),
        "day" => (Measure::Time, 1.0),
        "week" => (Measure::Time, 7.0),
        "month" => (Measure::Time, 30.44),
        "year" => (Measure::Time, 365.25),
        "%" => (Measure::Share, 1.0),
        cent if cent.ends_with("cent") => (Measure::Share, 1.0),
        _ => return None,
    })
}

/// Whether a word is a unit of a quantity.
pub fn is_unit(word: &str) -> bool {
    unit_of(&word.to_lowercase()).is_some()
}

fn value(number: &str) -> Option<f64> {
    let number = number.to_lowercase();
    match NUMBERS.iter().position(|name| *name == number) {
        Some(at) => Some((at + 1) as f64),
        None => number.replace(',', "").parse().ok(),
    }
}

impl Quantity {
    /// Whether a value exists that fits both.
    pub fn meets(&self, other: &Self) -> bool {
        self.measure == other.measure && self.least <= other.most && other.least <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Formats ranges rounded to hundredths, as `mass 2..5`.
    fn told(text: &str) -> String {
        let round = |value: f64| if value.is_finite() { (value * 100.0).round() / 100.0 } else { value };
        let told = quantities(text).into_iter().map(|found| {
            let measure = format!("{:?}", found.measure).to_lowercase();
            format!("{measure} {}..{}", round(found.least), round(found.most))
        });
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_dose_is_a_range_of_milligrams() {
        assert_eq!(told("The daily dosage is 4.5mg."), "mass 4.5..4.5");
        assert_eq!(told("It is 50 to 100mg per day."), "mass 50..100");
        assert_eq!(told("take 2 mg to 5 mg, or two milligrams"), "mass 2..5, mass 2..2");
        assert_eq!(told("up to 1,500 mcg; at least 3 mg; about 4 mg"), "mass 0..1.5, mass 3..inf, mass 3..5");
        assert_eq!(told("0.5 g a day"), "mass 500..500");
        assert_eq!(told("no more than 10\u{a0}mg"), "mass 0..10");
    }

    #[test]
    fn times_shares_and_years() {
        assert_eq!(told("after 10 days"), "time 9..11");
        assert_eq!(told("one to two hours before bedtime"), "time 0.04..0.09");
        assert!(quantities("4 weeks")[0].meets(&quantities("1 month")[0]));
        assert_eq!(told("over 80 % of them, and 0.2 per cent"), "share 80..inf, share 0.2..0.2");
        assert_eq!(told("approved in 1984 for, and since May 1995."), "year 1984..1984, year 1995..1995");
    }

    #[test]
    fn what_is_no_quantity_of_that_kind() {
        for text in [
            "A dose of 100 μg/kg produced analgesia",
            "2 mg per kg",
            "5 mg/ml",
            "a 7-year-old child, 12 years old",
            "IL-6 and MT1 and 6-β-naltrexol",
            "1/10th of it",
            "4,5 mg",
            "in 2000 patients",
            "33 (4): 451–9. doi:10.1007/s10067-014-2517-2",
            "15–26 per 100000 persons",
            "12 months old",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }
}
