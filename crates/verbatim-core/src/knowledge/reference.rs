//! References of a source: the entries of its reference list, and the markers by which its text cites them. Entries
//! are never reworded; only identifiers are extracted from them.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashSet;

/// The machine-readable identifiers in an entry of a reference list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkIdentifiers {
    /// Digital object identifier, e.g. `10.1002/pds.4110`.
    pub doi: Option<String>,
    /// PubMed id, digits.
    pub pmid: Option<String>,
    /// PubMed Central id, digits.
    pub pmcid: Option<String>,
}

/// The head of an entry, which is not part of its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryHead {
    /// The number before the entry, if it is part of the text: `4` in `4. Smith J` or `[4] Smith J`.
    pub number: Option<String>,
    /// The length in bytes of the number, the back-links (`^ a b`, `↑`) and the white space after them.
    pub length: usize,
}

/// A range such as `[6-8]` that spans more numbers than this is not treated as a range.
const LONGEST_RANGE: u32 = 100;

/// Headings of reference lists, in lower case. "Further reading" is not one, because the text does not cite it.
const HEADINGS: &[&str] = &[
    "references",
    "reference list",
    "list of references",
    "bibliography",
    "literature",
    "literature cited",
    "notes",
    "references and notes",
    "notes and references",
    "footnotes",
    "endnotes",
    "sources",
    "citations",
    "works cited",
];

/// Finds the identifiers in an entry.
pub fn identifiers(entry: &str) -> WorkIdentifiers {
    WorkIdentifiers { doi: doi(entry), pmid: first_group(&PMID, entry), pmcid: first_group(&PMCID, entry) }
}

/// Reads the number and the back-links at the start of an entry. A single letter after `^` belongs to the entry,
/// because there are always at least two back-links with letters (`^ a b`).
pub fn entry_head(entry: &str) -> EntryHead {
    let (number, after_number) = match NUMBER.captures(entry) {
        Some(found) => {
            let digits = found.get(1).or(found.get(2)).map(|digits| digits.as_str().to_owned());
            (digits, found.get(0).map_or(0, |whole| whole.end()))
        }
        None => (None, 0),
    };
    let links = BACK_LINKS.find(entry.get(after_number..).unwrap_or_default()).map_or(0, |links| links.end());
    EntryHead { number, length: after_number + links }
}

/// The reference numbers that `text` cites, in order and without duplicates: `[6][7]`, `[6, 7]`, `[6–8]`.
pub fn markers(text: &str) -> Vec<String> {
    let parts = MARKER.captures_iter(text).flat_map(|marker| {
        let list = marker.get(1).map_or("", |list| list.as_str());
        list.split([',', ';']).flat_map(range).collect::<Vec<u32>>()
    });
    let mut seen = FxHashSet::default();
    parts.filter(|number| seen.insert(*number)).map(|number| number.to_string()).collect()
}

/// Whether `text` is marked as lacking a reference: `[citation needed]`.
pub fn citation_needed(text: &str) -> bool {
    CITATION_NEEDED.is_match(text)
}

/// Whether a heading is that of a reference list.
pub fn is_heading(heading: &str) -> bool {
    let words = heading.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c.is_whitespace());
    let words = words.trim_end().trim_end_matches("[edit]").trim_end().trim_end_matches(':').trim_end();
    HEADINGS.contains(&words.to_lowercase().as_str())
}

fn doi(entry: &str) -> Option<String> {
    let mut doi = DOI.find(entry)?.as_str();
    // Punctuation after a DOI belongs to the entry, and so does a closing bracket that the DOI did not open.
    while let Some(last) = doi.chars().next_back() {
        let closes_more = |open: char| doi.matches(last).count() > doi.matches(open).count();
        let strange = match last {
            '.' | ',' | ';' | ':' | '\'' | '’' | '”' | '»' | '…' | '*' => true,
            ')' => closes_more('('),
            ']' => closes_more('['),
            '}' => closes_more('{'),
            _ => false,
        };
        if !strange {
            break;
        }
        doi = &doi[..doi.len() - last.len_utf8()];
    }
    Some(doi.to_owned())
}

fn first_group(pattern: &Regex, entry: &str) -> Option<String> {
    let found = pattern.captures(entry)?;
    found.iter().skip(1).flatten().next().map(|digits| digits.as_str().to_owned())
}

fn range(part: &str) -> Vec<u32> {
    let ends = part.split(['-', '–', '—', '‐', '‑']);
    let numbers: Vec<u32> = ends.filter_map(|end| end.trim().parse().ok()).collect();
    match numbers[..] {
        [first, last] if first < last && last - first <= LONGEST_RANGE => (first..=last).collect(),
        _ => numbers,
    }
}

fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the pattern is a constant and a test uses it")
}

static DOI: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\b10\.\d{4,9}/[^\s"<>“]+"#));
static PMID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bPMID[\s:]*(\d{1,9})\b|\bpubmed\.ncbi\.nlm\.nih\.gov/(\d{1,9})\b|\bnih\.gov/pubmed/(\d{1,9})\b",
    )
});
static PMCID: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bPMC(?:ID)?[\s:]*(?:PMC)?[\s:]*(\d{1,9})\b"));
static MARKER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\[\s*(\d{1,4}(?:\s*[,;\-–—‐‑]\s*\d{1,4})*)\s*\]"));
static CITATION_NEEDED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\[\s*citation\s+needed\b[^\]]*\]"));
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*(?:\[\s*(\d{1,4})\s*\]\.?|(\d{1,4})[.)])(?:\s+|$)"));
static BACK_LINKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*[\^↑](?:\s*Jump up to:)?(?:\s+(?:a(?:\s+[b-z])+|\d+\.\d+(?:\s+\d+\.\d+)*)(?:\s+|$))?\s*")
});

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entry: &str, doi: Option<&str>, pmid: Option<&str>, pmcid: Option<&str>) {
        let owned = |id: Option<&str>| id.map(str::to_owned);
        let expected = WorkIdentifiers { doi: owned(doi), pmid: owned(pmid), pmcid: owned(pmcid) };
        assert_eq!(identifiers(entry), expected, "{entry}");
    }

    #[test]
    fn identifiers_in_every_spelling() {
        check(
            "Drugs. 26 (2): 136–142. doi:10.1002/pds.4110. PMC\u{a0}5298009. PMID\u{a0}27670755.",
            Some("10.1002/pds.4110"),
            Some("27670755"),
            Some("5298009"),
        );
        check("(doi: 10.1016/S0140-6736(05)71146-6).", Some("10.1016/S0140-6736(05)71146-6"), None, None);
        check("https://doi.org/10.31128/AJGP-09-22-6564", Some("10.31128/AJGP-09-22-6564"), None, None);
        check("https://pubmed.ncbi.nlm.nih.gov/37021443/", None, Some("37021443"), None);
        check("PMID: 123, PMCID: PMC456", None, Some("123"), Some("456"));
        check("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC456/", None, None, Some("456"));
        check("http://www.ncbi.nlm.nih.gov/pubmed/99", None, Some("99"), None);
        check("S2CID\u{a0}221310708. ISSN\u{a0}1745-6215. Reuters.", None, None, None);
    }

    fn check_head(entry: &str, number: Option<&str>, words: &str) {
        let head = entry_head(entry);
        assert_eq!((head.number.as_deref(), &entry[head.length..]), (number, words), "{entry}");
    }

    #[test]
    fn numbers_and_back_links_are_not_words_of_the_entry() {
        check_head("^ a b \"Low-Dose Naltrexone\".", None, "\"Low-Dose Naltrexone\".");
        check_head("^ Parker CE", None, "Parker CE");
        check_head("  4. ^ a b c Younger J", Some("4"), "Younger J");
        check_head("[12] Raknes G", Some("12"), "Raknes G");
        check_head("↑ 1.0 1.1 Eve M", None, "Eve M");
        check_head("^ Jump up to: a b Eve M", None, "Eve M");
        check_head("^ a study of dreams", None, "a study of dreams");
        check_head("a b c", None, "a b c");
        check_head("2018 was a year.", None, "2018 was a year.");
        check_head("^", None, "");
    }

    #[test]
    fn markers_of_every_form() {
        let check = |text: &str, expected: &[&str]| assert_eq!(markers(text), expected, "{text}");
        check("cancers.[6][7][8]", &["6", "7", "8"]);
        check("so [6, 7], and [7;9]", &["6", "7", "9"]);
        check("so [6-8] or [10–11]", &["6", "7", "8", "10", "11"]);
        check("so [1-9999] or [9-3]", &["1", "9999", "9", "3"]);
        check("of [low-dose naltrexone] [citation needed] [a] [10 mg]", &[]);
    }

    #[test]
    fn missing_citations_are_seen() {
        for text in [
            "USA.[citation needed]",
            "[Citation Needed]",
            "[citation needed, May 2020]",
            "[citation\nneeded]",
        ] {
            assert!(citation_needed(text), "{text}");
        }
        assert!(!citation_needed("a citation needed here [12]"));
    }

    #[test]
    fn headings_over_literature() {
        for heading in
            ["References", "REFERENCES:", "7. References", "Works cited", "Notes", "Bibliography [edit]"]
        {
            assert!(is_heading(heading), "{heading}");
        }
        for heading in ["Further reading", "Research", "Reference values", "", "Notes for patients"] {
            assert!(!is_heading(heading), "{heading}");
        }
    }
}
