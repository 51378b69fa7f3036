//! Words and marks that mean the same in Markdown and in plain text: those of questions and of references.

use std::sync::LazyLock;

use regex::Regex;

static ROMAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})$").expect("the pattern is a constant")
});

/// The question in a text that begins with a question label (`Q:`, `Q3.`, `Question 2:`).
pub fn question(text: &str) -> Option<&str> {
    let rest = after_mark(text, &["question", "q"])?;
    let colon =
        text.get(..text.len().saturating_sub(rest.len())).is_some_and(|mark| mark.trim_end().ends_with(':'));
    (colon || rest.trim_end().ends_with('?')).then(|| rest.trim_start())
}

/// The answer in a text that begins with an answer label (`A:`, `A3.`, `Answer:`).
pub fn answer(text: &str) -> Option<&str> {
    after_mark(text, &["answer", "a"]).map(str::trim_start)
}

/// Splits a text into the question and the answer that starts on a later line.
pub fn split_answer(text: &str) -> (&str, &str) {
    let starts = text.match_indices('\n').filter_map(|(at, _)| text.split_at_checked(at));
    let mut pairs =
        starts.filter_map(|(question, rest)| answer(rest).map(|answer| (question.trim(), answer)));
    pairs.next().unwrap_or((text.trim(), ""))
}

fn after_mark<'a>(text: &'a str, marks: &[&str]) -> Option<&'a str> {
    let text = text.trim_start();
    marks.iter().find_map(|mark| {
        let start = text.get(..mark.len()).filter(|start| start.eq_ignore_ascii_case(mark))?;
        // A lone lower-case letter begins a sentence or an item.
        let upper = start.starts_with(char::is_uppercase);
        let rest = text
            .get(mark.len()..)?
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '\u{a0}');
        let rest = rest.strip_prefix([':', '.'])?;
        (upper && rest.starts_with([' ', '\n', '\t', '\u{a0}'])).then_some(rest)
    })
}

/// Whether a heading introduces the list of references.
pub fn is_literature(heading: &str) -> bool {
    let words =
        heading.trim().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    let roman = words.split_once(". ").filter(|(number, _)| is_roman(number)).map_or(words, |(_, rest)| rest);
    let words = roman.trim_end_matches([':', ' ']).to_lowercase();
    let kinds = [
        "references",
        "literature",
        "bibliography",
        "sources",
        "works cited",
        "further reading",
        "citations",
    ];
    let spoken =
        ["list of references", "reference list", "literature cited", "references cited", "cited literature"];
    kinds.contains(&words.as_str())
        || spoken.contains(&words.as_str())
        || kinds.iter().any(|kind| {
            words.strip_prefix(kind).is_some_and(|rest| rest.starts_with(" and ") && rest.len() < 24)
        })
}

/// Whether a heading introduces back matter, which ends any open section.
pub fn is_back_matter(heading: &str) -> bool {
    let words = heading.trim_end_matches(':').to_lowercase();
    let kinds = [
        "glossary",
        "abbreviations",
        "acknowledgements",
        "annex",
        "appendix",
        "notes",
        "further information",
    ];
    kinds.contains(&words.as_str())
}

/// Whether a word is a Roman numeral.
pub fn is_roman(word: &str) -> bool {
    !word.is_empty()
        && (ROMAN.is_match(word)
            || !word.contains(char::is_lowercase) && ROMAN.is_match(&word.to_lowercase()))
}

/// The mark of a footnote or reference at the start of a text (`[3]`, `¹`, `*`), and the text after it.
pub fn note_mark(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let raised = text.trim_start_matches(|c| matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹'));
    let stars = text.trim_start_matches(['*', '†', '‡']);
    let rest = match text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((number, rest)) if is_mark(number) => rest,
        _ if raised.len() < text.len() => raised,
        _ if stars.len() < text.len() && text.len() - stars.len() <= 6 => stars,
        _ => return None,
    };
    let mark = text.get(..text.len() - rest.len())?;
    (!rest.trim().is_empty()).then(|| (mark, rest.trim_start_matches([':', ' ', '\t', '\u{a0}'])))
}

fn is_mark(number: &str) -> bool {
    !number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text names a year, as a reference does.
pub fn names_year(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| number.len() == 4 && (number.starts_with("19") || number.starts_with("20")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers() {
        assert_eq!(question("Q: Why?"), Some("Why?"));
        assert_eq!(question("Q3. Why?"), Some("Why?"));
        assert_eq!(question("Question 2: Why"), Some("Why"));
        assert_eq!(question("Q. fever is rare."), None);
        assert_eq!(answer("A: So."), Some("So."));
        assert_eq!(answer("a: so"), None);
        assert_eq!(answer("Apixaban: a drug"), None);
    }

    #[test]
    fn literature_is_told_by_its_heading() {
        for heading in
            ["References", "5. LITERATURE", "IV. Sources", "References and notes", "Further reading:"]
        {
            assert!(is_literature(heading), "{heading}");
        }
        assert!(!is_literature("Sources of iron"));
        assert!(!is_literature("Dose"));
        assert!(is_back_matter("Glossary") && !is_back_matter("Notes on it"));
    }

    #[test]
    fn marks_of_notes() {
        assert_eq!(note_mark("¹² Words"), Some(("¹²", "Words")));
        assert_eq!(note_mark("[1]  Words"), Some(("[1]", "Words")));
        assert_eq!(note_mark("* Words"), Some(("*", "Words")));
        assert_eq!(note_mark("[see] Words"), Some(("[see]", "Words")));
        assert_eq!(note_mark("Words"), None);
    }
}
