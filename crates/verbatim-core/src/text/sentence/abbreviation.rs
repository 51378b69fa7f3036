//! Recognises words before a full stop that might not end a sentence: titles, initials, `e.g.`, `No. 5`.

/// The maximum length of a word before a full stop that is checked, in characters.
const LONGEST: usize = 24;

/// Titles before a name, written with a capital letter. `MS.` and `ME.` are diseases, not titles.
const TITLES: &[&str] =
    &["Dr", "Drs", "Prof", "Mr", "Mrs", "Ms", "Mx", "St", "Rev", "Hon", "Messrs", "Dra", "Mme", "Mlle"];

/// Abbreviations that are never the last word of a sentence.
const CONNECTING: &[&str] = &[
    "vs", "cf", "fig", "figs", "approx", "ca", "viz", "eg", "ie", "incl", "excl", "resp", "esp", "bzw",
    "ggf", "evtl", "inkl", "sog", "e.g", "i.e",
];

/// Words that are abbreviations only before a number.
const BEFORE_NUMBERS: &[&str] = &[
    "no", "nos", "nr", "p", "pp", "vol", "vols", "ed", "eds", "tab", "ch", "chap", "sec", "sect", "eq",
    "ref", "refs", "para", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
    "dec", "max", "min", "avg", "est", "c", "n", "v", "ver",
];

/// Abbreviations in the middle of a sentence or at its end.
const EITHER: &[&str] = &["al", "inc", "ltd", "co", "corp", "jr", "sr", "bros", "dept", "univ", "spp", "ssp"];

/// Routes of administration, which may also precede a medicine's name: `i.v. Naloxone`.
const ROUTES: &[&str] = &["i.v", "i.m", "s.c", "p.o", "p.r", "p.v", "s.l", "i.a", "i.n"];

/// Names that follow the time of day.
const TIMES: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "gmt",
    "bst",
    "utc",
    "cet",
    "est",
    "eastern",
];

/// Words that are shortened in notes without capitals.
const CUT_SHORT: &[&str] = &[
    "tab", "tabs", "tabl", "cap", "caps", "inj", "amp", "susp", "sol", "soln", "tsp", "tbsp", "hr", "hrs",
    "mins", "wk", "wks", "yr", "yrs", "pt", "pts", "hosp", "med", "meds", "temp", "supp", "oint", "conc",
    "equiv", "admin", "prn", "nat", "int", "syn", "gen", "var", "std", "dist", "resp", "cont", "refr",
    "pharm", "clin",
];

/// Words after which a letter is a label, not an initial: `vitamin D.`, `hepatitis C.`
const LABELLED: &[&str] = &[
    "vitamin",
    "vitamins",
    "hepatitis",
    "influenza",
    "immunoglobulin",
    "factor",
    "type",
    "types",
    "group",
    "groups",
    "grade",
    "class",
    "stage",
    "phase",
    "level",
    "category",
    "schedule",
    "arm",
    "arms",
    "part",
    "section",
    "table",
    "figure",
    "panel",
    "appendix",
    "protein",
    "streptococcus",
];

/// Words that begin sentences and are rarely names.
const OPENERS: &[&str] = &[
    "the",
    "this",
    "that",
    "these",
    "those",
    "it",
    "its",
    "in",
    "at",
    "as",
    "if",
    "for",
    "from",
    "by",
    "with",
    "there",
    "they",
    "we",
    "our",
    "their",
    "his",
    "however",
    "although",
    "while",
    "when",
    "where",
    "what",
    "which",
    "who",
    "why",
    "how",
    "because",
    "since",
    "but",
    "and",
    "not",
    "all",
    "both",
    "each",
    "some",
    "many",
    "most",
    "more",
    "other",
    "another",
    "several",
    "any",
    "after",
    "before",
    "during",
    "despite",
    "under",
    "over",
    "further",
    "furthermore",
    "moreover",
    "therefore",
    "thus",
    "also",
    "then",
    "here",
    "such",
    "patients",
    "participants",
    "people",
    "results",
    "studies",
    "treatment",
    "until",
    "only",
    "once",
    "overall",
    "does",
    "is",
    "are",
    "can",
    "may",
];

/// The kind of word before a full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// An ordinary word.
    None,
    /// Never ends a sentence.
    Connecting,
    /// Does not end a sentence before a number.
    BeforeNumber,
    /// Ends a sentence if the next word has a capital and is not the name of a day or month: `p.m.`, `b.i.d.`
    OftenLast,
    /// Ends a sentence only if the next word clearly begins another: `et al.`, initials, `U.S.`
    Either,
}

impl Abbreviation {
    /// Classifies the last word of `sentence`, which a full stop follows.
    pub(super) fn at_end_of(sentence: &str) -> Self {
        let Some(word) = last_word(sentence) else { return Self::None };
        let lower = word.to_lowercase();
        let listed = |list: &[&str]| is_not_shouted(word) && list.contains(&lower.as_str());
        let alone = word.len() == sentence.len();
        if TITLES.contains(&word) || listed(CONNECTING) || (alone && is_list_label(word)) {
            Self::Connecting
        } else if listed(BEFORE_NUMBERS) {
            Self::BeforeNumber
        } else if is_dotted(word) && word == lower && !ROUTES.contains(&word) {
            Self::OftenLast
        } else if listed(EITHER) || is_dotted(word) || is_initial(word) && !is_label(sentence, word) {
            Self::Either
        } else {
            Self::None
        }
    }

    /// Returns whether the sentence may end here if it is followed by `next`, which does not begin in lower case.
    pub(super) fn may_end_before(self, next: &str) -> bool {
        match self {
            Self::None => true,
            Self::Connecting => false,
            Self::BeforeNumber => !next.starts_with(char::is_numeric),
            Self::OftenLast => {
                let is_time = first_word(next).is_some_and(|word| TIMES.contains(&word.as_str()));
                next.is_empty() || next.starts_with(char::is_uppercase) && !is_time
            }
            Self::Either => {
                next.is_empty() || first_word(next).is_some_and(|word| OPENERS.contains(&word.as_str()))
            }
        }
    }
}

/// Returns whether the last word of a sentence is an ordinary, unabbreviated word.
pub(super) fn ends_in_plain_word(sentence: &str) -> bool {
    let word = last_word(sentence).unwrap_or_default();
    let is_plain = word.len() > 2
        && word.chars().all(char::is_alphabetic)
        && word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    is_plain && !CUT_SHORT.contains(&word) && Abbreviation::at_end_of(sentence) == Abbreviation::None
}

/// Returns the letters, digits and inner full stops at the end; `None` if the word is too long to be an abbreviation.
fn last_word(sentence: &str) -> Option<&str> {
    let mut letters = sentence.char_indices().rev().take_while(|(_, c)| c.is_alphanumeric() || *c == '.');
    let (start, _) = letters.by_ref().take(LONGEST).last()?;
    letters.next().is_none().then(|| &sentence[start..])
}

/// The first word of the following text, in lower case.
fn first_word(next: &str) -> Option<String> {
    let word: String = next.chars().take(LONGEST).take_while(|c| c.is_alphabetic()).collect();
    (!word.is_empty()).then(|| word.to_lowercase())
}

/// Accepts `Fig` and `fig`, but not `FIG`: in capitals it is probably something else, and `P` is an initial.
fn is_not_shouted(word: &str) -> bool {
    let first = usize::from(word.chars().count() > 1);
    !word.chars().skip(first).any(char::is_uppercase)
}

/// Accepts short parts separated by full stops: `U.S`, `Ph.D`, `b.i.d`.
fn is_dotted(word: &str) -> bool {
    word.contains('.')
        && word
            .split('.')
            .all(|part| (1..=2).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic))
}

fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}

/// Returns whether a letter at the end of `sentence` belongs to the preceding word: `vitamin D`, `TNF-A`.
fn is_label(sentence: &str, letter: &str) -> bool {
    let before = &sentence[..sentence.len() - letter.len()];
    if before.ends_with(['°', 'º']) {
        return true;
    }
    let joined = before.strip_suffix(['-', '‐', '‑', '–', '/']);
    joined.is_some_and(|word| word.ends_with(char::is_alphanumeric))
        || last_word(before.trim_end()).is_some_and(|word| LABELLED.contains(&word.to_lowercase().as_str()))
}

/// Accepts a letter or a Roman numeral that numbers an item: `A. Dosage`, `IV. Results`.
fn is_list_label(word: &str) -> bool {
    word.chars().count() == 1 || word.len() <= 4 && word.chars().all(|c| matches!(c, 'I' | 'V' | 'X'))
}
