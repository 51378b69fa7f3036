//! Whether a question is put to the sources one by one: "do the pages agree on the dose", "what does each document
//! say about MS". It is answered with a quote of each.

use crate::text::words::Word;

/// What the sources are called.
const SOURCES: &[&str] = &[
    "sources",
    "documents",
    "pages",
    "texts",
    "articles",
    "leaflets",
    "websites",
    "sites",
    "papers",
    "references",
];
const SOURCE: &[&str] = &["source", "document", "page", "text", "article", "leaflet", "website", "site"];
/// What asks for all of them, before their name.
const ALL: &[&str] = &["each", "both", "two", "three", "all", "either", "every", "different", "other"];
/// What they are compared by.
const COMPARED: &[&str] = &[
    "agree",
    "agrees",
    "disagree",
    "disagrees",
    "differ",
    "differs",
    "conflict",
    "contradict",
    "contradicts",
    "consistent",
    "inconsistent",
    "contradictory",
    "conflicting",
    "compare",
    "compared",
    "unanimous",
    "match",
];
/// How far apart the words of a form stand at most.
const NEAR: usize = 4;

/// The words of `words` that put the question to each source; empty where it is an ordinary one.
pub fn each_source(words: &[Word]) -> Vec<usize> {
    let form = |at: usize| &*words[at].form;
    let is = |at: usize, names: &[&str]| names.contains(&form(at));
    let before = |at: usize, names: &[&str]| (at.saturating_sub(NEAR)..at).find(|&at| is(at, names));
    for at in 0..words.len() {
        if is(at, SOURCES) {
            let compared = (0..words.len()).find(|&at| is(at, COMPARED));
            if let Some(partner) = before(at, ALL).or(compared) {
                let all = |at: &usize| {
                    *at == partner || [SOURCES, ALL, COMPARED].iter().any(|names| is(*at, names))
                };
                return (0..words.len()).filter(all).collect();
            }
        }
        if is(at, SOURCE)
            && let Some(each) = before(at, &["each", "every", "either"])
        {
            return vec![each, at];
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::Analyser;

    fn each(question: &str) -> Vec<String> {
        let words = Analyser::default().words(question);
        each_source(&words).into_iter().map(|at| words[at].form.to_string()).collect()
    }

    #[test]
    fn a_question_that_is_put_to_each_source() {
        assert_eq!(each("Do the sources agree on the dose?"), ["sources", "agree"]);
        assert_eq!(each("What does each document say about MS?"), ["each", "document"]);
        assert_eq!(each("Which diseases does each of the two pages name?"), ["each", "two", "pages"]);
        assert_eq!(each("Is what both articles say the same?"), ["both", "articles"]);
    }

    #[test]
    fn an_ordinary_question() {
        for question in [
            "Is the clinic page consistent about trials?",
            "What do the sources say about MS?",
            "Do the two drugs differ?",
            "Which source is it from?",
        ] {
            assert_eq!(each(question), [""; 0], "{question}");
        }
    }
}
