//! Whether a sentence has the sort of answer that a question wants. Read generously: what is refused here is
//! not answered at all.

use std::sync::LazyLock;

use regex::Regex;

use super::quantity::quantities;
use crate::knowledge::lexicon::Measure;
use crate::question::expected::{Expected, PATIENTS, PRACTITIONERS};
use crate::text::contact;

const NUMBER: &str = concat!(
    r"\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|",
    "seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?"
);

static PATIENTS_COUNTED: LazyLock<Regex> = LazyLock::new(|| counted(PATIENTS));
static PRACTITIONERS_COUNTED: LazyLock<Regex> = LazyLock::new(|| counted(PRACTITIONERS));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?i)\b(?:{NUMBER}|half|both|several|(?:a )?few|many|numerous|(?:small|large|limited|great) number|none|no)\b"
    ))
});
static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\d\s*%|per\s?cent\b|\bhalf\b|\b(?:thirds?|quarters?|fifths?|tenths?)\b|\b(?:majority|minority|most of|nearly all|all of)\b|\b\d[\d,]*\s+(?:out\s+)?of\s+(?:the\s+)?\d|\bper\s+(?:\d|hundred|thousand|million)|\b(?:one|two|three)\s+in\s+(?:\d|[a-z])",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:1[89]|20)\d\ds?\b"));
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:minutes?|hours?|days?|nights?|weeks?|months?|years?|overnight|24h)\b")
});
/// A name: "Dr Who", "Who and colleagues", "Who et al", "Who AB", "A. Who", "Jo Who" inside a sentence.
static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r"\b(?:Dr|Prof|Professor|Mr|Mrs|Ms|Sir|Dame)\.?\s+\p{Lu}|\p{Lu}[\p{L}'’-]+\s+(?:and colleagues|and co-?workers|et al)|",
        r"\p{Lu}[\p{Ll}'’-]+\s+\p{Lu}{1,3}(?:,|\s*\()|\b\p{Lu}\.\s*(?:\p{Lu}\.\s*)*\p{Lu}\p{Ll}+|",
        r"[^.!?\s]\s+\p{Lu}\p{Ll}+\s+(?:and\s+)?\p{Lu}[\p{Ll}]+"
    ))
});
static TITLE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r#"["“‘«][^"”’»]{2,}["”’»]|(?i:\b(?:called|titled|entitled|named)\s+\S)"#));

fn counted(people: &[&str]) -> Regex {
    compiled(&format!(
        r"(?i)\b(?:{NUMBER}|n\s*=\s*\d+)\s*(?:%|per\s?cent)?\s+(?:of\s+)?(?:[\p{{L}}'’-]+\s+){{0,4}}?(?:{})\b|\bn\s*=\s*\d",
        people.join("|")
    ))
}

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant and a test uses it")
}

/// Whether `text` has what is wanted. `entry` says that it is an entry of a list of literature, whose numbers
/// are those of volumes and pages.
pub fn holds(text: &str, wanted: Expected, entry: bool) -> bool {
    let measured = |measure| quantities(text).iter().any(|found| found.measure == measure);
    match wanted {
        Expected::Patients => PATIENTS_COUNTED.is_match(text),
        Expected::Practitioners => PRACTITIONERS_COUNTED.is_match(text),
        Expected::Number => !entry && NUMBERED.is_match(text),
        Expected::Share => !entry && SHARE.is_match(text),
        Expected::Year => YEAR.is_match(text),
        Expected::Time => !entry && TIME.is_match(text),
        Expected::Mass => measured(Measure::Mass),
        Expected::Person => PERSON.is_match(text),
        Expected::Title => TITLE.is_match(text),
        Expected::Contact => !entry && contact::is_in(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_with_what_is_wanted() {
        for (wanted, text) in [
            (Expected::Patients, "They gave it to 17 patients with Crohn's disease."),
            (Expected::Patients, "Over 80 % of the study participants improved."),
            (Expected::Patients, "The cohort (n = 52) was followed."),
            (Expected::Practitioners, "Twenty percent of all doctors prescribed it."),
            (Expected::Number, "It was tested in a small number of conditions."),
            (Expected::Share, "The prevalence is between 0.2% and 0.4%."),
            (Expected::Share, "Three out of 4 had a response, a majority."),
            (Expected::Year, "It was approved in 1984."),
            (Expected::Time, "It takes two months."),
            (Expected::Mass, "The dose is 4.5mg."),
            (Expected::Person, "The idea, advanced by Dr. Ian Zagon and colleagues, is simple."),
            (Expected::Person, "In 2017, Raknes and Småbrekke published a study."),
            (Expected::Person, "Younger J, Parkitny L (2014). A paper."),
            (Expected::Title, "The programme was called Brennpunkt."),
            (Expected::Contact, "0117 2872383"),
            (Expected::Title, "It is described in “A Book of Cures”."),
        ] {
            assert!(holds(text, wanted, false), "{wanted:?}: {text}");
        }
    }

    #[test]
    fn a_sentence_without() {
        for (wanted, text) in [
            (Expected::Patients, "In 2017, they published a study on patients."),
            (Expected::Patients, "Twenty percent of all doctors prescribed it."),
            (Expected::Practitioners, "They gave it to 17 patients."),
            (Expected::Share, "The response rate may be even higher."),
            (Expected::Year, "It was approved early."),
            (Expected::Time, "It works at once."),
            (Expected::Mass, "The dose is low."),
            (Expected::Person, "Naltrexone was approved by the FDA."),
            (Expected::Title, "There was a documentary on television."),
        ] {
            assert!(!holds(text, wanted, false), "{wanted:?}: {text}");
        }
        assert!(!holds("Brain 24: 100–103.", Expected::Number, true));
    }
}
