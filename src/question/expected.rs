//! What sort of answer a question wants: a number of people, a share, a person's name. A sentence that has
//! nothing of the sort is no answer, however well its words match.
//!
//! Only forms that leave no doubt are read. "How long" may want a date, a duration or "for ever", and "when" a
//! time of day or a condition, so they ask for nothing here.

use crate::text::words::Word;

/// The sort of answer that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// How many patients, or other people who are treated or studied.
    Patients,
    /// How many who treat, write or sell.
    Practitioners,
    /// How many of anything else.
    Number,
    /// A percentage, a rate.
    Share,
    /// A year.
    Year,
    /// A time: so many hours, days, weeks.
    Time,
    /// So many milligrams.
    Mass,
    /// Who did it.
    Person,
    /// What a work is called.
    Title,
    /// Where to ring or write to.
    Contact,
}

/// What is wanted, and the words that say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The sort of answer.
    pub what: Expected,
    /// The first of the words.
    pub first: usize,
    /// How many words.
    pub length: usize,
    /// The word that says of what, where one does: the remission whose rate, the film whose title. A sentence
    /// without it has another number, or another name.
    pub of: Option<usize>,
}

/// People who are treated or studied.
pub const PATIENTS: &[&str] = &[
    "patient",
    "patients",
    "people",
    "person",
    "persons",
    "participant",
    "participants",
    "subject",
    "subjects",
    "volunteer",
    "volunteers",
    "individual",
    "individuals",
    "men",
    "women",
    "children",
    "adults",
    "users",
    "respondents",
    "sufferers",
    "cases",
    "recipients",
    "controls",
    "babies",
    "infants",
    "girls",
    "boys",
];
/// People who treat, write or sell.
pub const PRACTITIONERS: &[&str] = &[
    "doctors",
    "physicians",
    "clinicians",
    "prescribers",
    "practitioners",
    "nurses",
    "pharmacists",
    "gps",
    "specialists",
    "pharmacies",
    "hospitals",
    "clinics",
    "centres",
    "sites",
    "countries",
];
const TIMES: &[&str] = &["minutes", "hours", "days", "nights", "weeks", "months", "years"];
const MASSES: &[&str] = &["mg", "mgs", "milligrams", "mcg", "micrograms", "ug", "grams"];
const SHARES: &[&str] = &["percentage", "percent", "proportion", "rate", "rates", "share", "fraction"];
/// What makes a rate that is no share.
const OTHER_RATES: &[&str] = &[
    "heart",
    "pulse",
    "respiratory",
    "breathing",
    "filtration",
    "flow",
    "infusion",
    "metabolic",
    "sedimentation",
    "at",
    "interest",
    "first",
];
/// Who makes discoveries and writes. A doctor is left out: "which doctor" mostly asks where to go.
const PEOPLE: &[&str] = &[
    "investigator",
    "researcher",
    "scientist",
    "chemist",
    "author",
    "authors",
    "researchers",
    "scientists",
    "chemists",
    "investigators",
    "inventor",
    "discoverer",
    "pharmacologist",
    "biochemist",
];
/// What somebody did of whom only one is asked for.
const DEEDS: &[&str] = &[
    "discovered",
    "invented",
    "synthesised",
    "synthesized",
    "developed",
    "proposed",
    "wrote",
    "authored",
    "published",
    "reported",
    "described",
    "isolated",
    "identified",
    "introduced",
    "demonstrated",
    "noticed",
    "observed",
    "tested",
    "founded",
    "pioneered",
    "coined",
    "patented",
    "devised",
    "conducted",
];
const WORKS: &[&str] = &[
    "papyrus",
    "manuscript",
    "treatise",
    "documentary",
    "film",
    "programme",
    "program",
    "show",
    "book",
    "paper",
    "article",
    "study",
    "trial",
    "review",
    "report",
    "series",
    "podcast",
    "leaflet",
    "guideline",
    "website",
    "journal",
];

/// What `words` ask for; the first form that is found.
pub fn expected(words: &[Word]) -> Option<Wanted> {
    let forms: Vec<&str> = words.iter().map(|word| &*word.form).collect();
    (0..forms.len()).find_map(|at| {
        let (what, length) = form(&forms[at..])?;
        let last = at + length - 1;
        let of = match what {
            Expected::Share if length > 2 => Some(last - 1),
            Expected::Title => Some(last),
            _ => None,
        };
        Some(Wanted { what, first: at, length, of })
    })
}

/// The form that `words` begin with, and its length.
fn form(words: &[&str]) -> Option<(Expected, usize)> {
    match words {
        ["how", "many", rest @ ..] => Some(counted(rest)),
        ["number", "of", rest @ ..] => people(rest).map(|(what, length)| (what, length + 2)),
        ["what" | "which", "number", rest @ ..] => {
            reaching(rest).map(|length| (Expected::Contact, length + 2))
        }
        ["phone" | "telephone" | "contact", "number" | "details", ..] => Some((Expected::Contact, 2)),
        ["email" | "mail", "address", ..] => Some((Expected::Contact, 2)),
        ["what" | "which", "year", ..] => Some((Expected::Year, 2)),
        ["what" | "which", person, ..] if PEOPLE.contains(person) => Some((Expected::Person, 2)),
        ["who", deed, ..] if DEEDS.contains(deed) => Some((Expected::Person, 2)),
        ["who", "first" | "originally", deed, ..] if DEEDS.contains(deed) => Some((Expected::Person, 3)),
        ["what" | "whats", rest @ ..] if called(rest).is_some() => {
            called(rest).map(|length| (Expected::Title, length + 1))
        }
        ["what" | "which" | "whats", rest @ ..] => share(rest).map(|length| (Expected::Share, length + 1)),
        ["title" | "name", "of", rest @ ..] => named(rest).map(|(what, length)| (what, length + 2)),
        _ => None,
    }
}

/// What is counted after "how many".
fn counted(rest: &[&str]) -> (Expected, usize) {
    match rest.first() {
        Some(unit) if TIMES.contains(unit) => (Expected::Time, 3),
        Some(unit) if MASSES.contains(unit) => (Expected::Mass, 3),
        _ => people(rest).map_or((Expected::Number, 2), |(what, length)| (what, length + 2)),
    }
}

/// People within the next three words: "how many adult female patients".
fn people(rest: &[&str]) -> Option<(Expected, usize)> {
    rest.iter().take(3).enumerate().find_map(|(at, word)| {
        let patients = PATIENTS.contains(word).then_some((Expected::Patients, at + 1));
        patients.or_else(|| PRACTITIONERS.contains(word).then_some((Expected::Practitioners, at + 1)))
    })
}

/// A word for ringing within the next three: "what number do I ring".
fn reaching(rest: &[&str]) -> Option<usize> {
    let rings = |word: &&str| matches!(*word, "ring" | "call" | "phone" | "dial" | "telephone" | "text");
    rest.iter().take(4).position(rings).map(|at| at + 1)
}

/// A share within the next six words: "what was the overall response rate".
fn share(rest: &[&str]) -> Option<usize> {
    let at = rest.iter().take(6).position(|word| SHARES.contains(word))?;
    let other = at > 0 && OTHER_RATES.contains(&rest[at - 1]);
    (!other).then_some(at + 1)
}

/// A work of which it is asked what it is called: its place in "is the old papyrus called".
fn called(rest: &[&str]) -> Option<usize> {
    let end = rest.iter().take(7).position(|word| matches!(*word, "called" | "named" | "titled"))?;
    rest.iter().take(end).position(|word| WORKS.contains(word)).map(|at| at + 1)
}

/// A work or a person within three words after "the title of".
fn named(rest: &[&str]) -> Option<(Expected, usize)> {
    rest.iter().take(4).enumerate().find_map(|(at, word)| {
        let work = WORKS.contains(word).then_some((Expected::Title, at + 1));
        work.or_else(|| PEOPLE.contains(word).then_some((Expected::Person, at + 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::Analyser;

    fn what(question: &str) -> Option<Expected> {
        expected(&Analyser::default().words(question)).map(|wanted| wanted.what)
    }

    #[test]
    fn a_question_for_a_figure_or_a_name_says_so() {
        for (question, wanted) in [
            ("How many patients were in the cohort?", Expected::Patients),
            ("so how many healthy young volunteers took it", Expected::Patients),
            ("How many doctors prescribed it?", Expected::Practitioners),
            ("How many types of pain has it been tried in?", Expected::Number),
            ("What number of people dropped out", Expected::Patients),
            ("How many days before surgery do I stop?", Expected::Time),
            ("how many mg is a normal dose", Expected::Mass),
            ("What percentage responded?", Expected::Share),
            ("What was the overall response rate in that trial?", Expected::Share),
            ("In which year was it approved?", Expected::Year),
            ("Which investigator put it forward?", Expected::Person),
            ("Who first synthesised it?", Expected::Person),
            ("What is the name of the chemist who made it?", Expected::Person),
            ("What was the title of the 2013 documentary?", Expected::Title),
            ("What is the old papyrus called that mentions it?", Expected::Title),
            ("Who first reported it?", Expected::Person),
            ("What number do I ring to book?", Expected::Contact),
            ("Is there a phone number?", Expected::Contact),
        ] {
            assert_eq!(what(question), Some(wanted), "{question}");
        }
    }

    #[test]
    fn what_may_be_answered_in_another_way_asks_for_nothing() {
        for question in [
            "How long does it take to work?",
            "When should I take it?",
            "Who should not take it?",
            "Which doctor can prescribe it?",
            "What heart rate is too fast?",
            "What is the first rate of infusion?",
            "What is it called in Germany?",
            "Does the rate of infection rise?",
            "How does the journal title differ?",
        ] {
            assert_eq!(what(question), None, "{question}");
        }
    }
}
