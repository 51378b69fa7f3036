//! Topics: answers that an author prepared by hand, each with its own slash command. A topic is either a list of
//! sections, passages and sentences of the sources in reading order, or a question that the program asks for the user.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::document::{Document, Section, Sentence};
use super::problem::Problem;
use crate::text::nearest::nearest;
use crate::text::span::Span;

/// A topic as written in `base.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicDraft {
    /// Its subcommand: at most 32 lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it contains, in at most 100 characters.
    pub description: String,
    /// The parts of sources that it shows.
    #[serde(default)]
    pub show: Vec<TopicEntry>,
    /// A question that is asked instead of `show`.
    #[serde(default)]
    pub query: Option<String>,
    /// The question to ask about a condition that the user names, with [`CONDITION`] as its placeholder.
    #[serde(default)]
    pub condition: Option<String>,
}

/// The placeholder for the condition in [`TopicDraft::condition`].
pub const CONDITION: &str = "{condition}";
/// The longest [`TopicDraft::condition`], in characters. It leaves room for the condition.
const LONGEST_CONDITION: usize = 200;

/// A part of a source that a topic shows. It names exactly one of `section`, `passage` and `sentence`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicEntry {
    /// The source's id.
    pub source: String,
    /// A heading; shows the passages directly under it.
    pub section: Option<String>,
    /// The beginning of a passage; shows all its sentences.
    pub passage: Option<String>,
    /// The beginning of a sentence; shows that sentence, or a run of `sentences` sentences.
    pub sentence: Option<String>,
    /// The number of sentences to show, for `sentence`.
    #[serde(default = "one")]
    pub sentences: usize,
}

fn one() -> usize {
    1
}

/// A topic whose parts were found in the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its subcommand.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it contains.
    pub description: String,
    /// Source ids and spans to show, in reading order. Each span consists of whole sentences of one passage.
    pub show: Vec<(String, Span)>,
    /// A question that is asked instead of `show`.
    pub query: Option<String>,
    /// The question to ask about a condition. It contains the placeholder [`CONDITION`] exactly once.
    pub condition: Option<String>,
}

/// Finds the parts of the topics in the sources.
pub fn resolve(
    path: &Path,
    drafts: Vec<TopicDraft>,
    documents: &[Document],
    problems: &mut Vec<Problem>,
) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for draft in drafts {
        check_draft(path, &draft, &topics, problems);
        let mut show = Vec::new();
        for entry in &draft.show {
            match find(entry, documents) {
                Ok(spans) => show.extend(spans.into_iter().map(|span| (entry.source.clone(), span))),
                Err((what, remedy)) => {
                    problems.push(Problem::new(path, format!("Topic `{}`: {what}", draft.name), remedy));
                }
            }
        }
        if topics.iter().all(|topic| topic.name != draft.name) {
            let TopicDraft { name, title, description, query, condition, .. } = draft;
            let condition = condition.filter(|question| is_of_condition(question));
            topics.push(Topic { name, title, description, show, query, condition });
        }
    }
    topics
}

fn check_draft(path: &Path, draft: &TopicDraft, earlier: &[Topic], problems: &mut Vec<Problem>) {
    let name = &draft.name;
    let mut problem = |what: String, remedy: &str| problems.push(Problem::new(path, what, remedy));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 32 || !name.chars().all(fits) {
        problem(
            format!("The topic name `{name}` is not a valid slash command."),
            "Use 1 to 32 lower-case letters, digits, `-` or `_`.",
        );
    }
    if earlier.iter().any(|topic| topic.name == *name) {
        problem(format!("Two topics are named `{name}`; the second is left out."), "Rename one.");
    }
    if draft.description.trim().is_empty() || draft.description.chars().count() > 100 {
        problem(
            format!("Topic `{name}`: `description` must have 1 to 100 characters."),
            "Shorten it, or write one.",
        );
    }
    if draft.show.is_empty() == draft.query.is_none() {
        problem(
            format!("Topic `{name}` must have either `show` or `query`, and not both."),
            "List the passages to show, or write the question to ask.",
        );
    }
    if draft.condition.as_ref().is_some_and(|question| !is_of_condition(question)) {
        problem(
            format!(
                "Topic `{name}`: `condition` is not a question with exactly one `{CONDITION}`, so it is left out."
            ),
            "Write a question of at most 200 characters, as in \"What is the evidence in {condition}?\".",
        );
    }
}

/// Whether a condition can be put into a question: it has one placeholder and no other braces.
fn is_of_condition(question: &str) -> bool {
    let rest = question.replacen(CONDITION, "", 1);
    rest.len() < question.len()
        && !rest.contains(['{', '}'])
        && !rest.trim().is_empty()
        && question.chars().count() <= LONGEST_CONDITION
}

type Missing = (String, String);

fn find(entry: &TopicEntry, documents: &[Document]) -> Result<Vec<Span>, Missing> {
    let Some(document) = documents.iter().find(|document| document.id == entry.source) else {
        let near = nearest(&entry.source, documents.iter().map(|document| document.id.as_str()));
        let remedy =
            near.map_or("Name a file in sources/.".to_owned(), |near| format!("Did you mean `{near}`?"));
        return Err((format!("there is no source `{}`.", entry.source), remedy));
    };
    match (&entry.section, &entry.passage, &entry.sentence) {
        (Some(heading), None, None) => section(document, heading),
        (None, Some(start), None) => passage(document, start),
        (None, None, Some(start)) => sentences(document, start, entry.sentences),
        _ => Err((
            "an entry of `show` must name exactly one of `section`, `passage` and `sentence`.".to_owned(),
            "Keep one of them.".to_owned(),
        )),
    }
}

fn section(document: &Document, heading: &str) -> Result<Vec<Span>, Missing> {
    let words = |section: &Section| section.heading.of(document.text());
    let Some(at) = document.sections().iter().position(|section| words(section) == heading) else {
        let near = nearest(heading, document.sections().iter().map(words));
        let remedy =
            near.map_or("Copy the exact heading.".to_owned(), |near| format!("Did you mean `{near}`?"));
        return Err((format!("`{}` has no section `{heading}`.", document.id), remedy));
    };
    let inside = |passage: &&super::document::Passage| passage.section == Some(at as u32);
    Ok(document
        .passages()
        .iter()
        .filter(inside)
        .filter_map(|passage| whole(document.sentences_of(passage)))
        .collect())
}

fn passage(document: &Document, start: &str) -> Result<Vec<Span>, Missing> {
    let begins = |passage: &&super::document::Passage| passage.span.of(document.text()).starts_with(start);
    let found =
        document.passages().iter().find(begins).and_then(|passage| whole(document.sentences_of(passage)));
    found.map(|span| vec![span]).ok_or_else(|| no_such("passage", start, document))
}

fn sentences(document: &Document, start: &str, count: usize) -> Result<Vec<Span>, Missing> {
    let all = document.sentences();
    let first = all
        .iter()
        .position(|sentence| sentence.span.of(document.text()).starts_with(start))
        .ok_or_else(|| no_such("sentence", start, document))?;
    let run = all
        .get(first..first + count.max(1))
        .filter(|run| run.iter().all(|s| s.passage == all[first].passage));
    run.and_then(whole).map(|span| vec![span]).ok_or_else(|| {
        (
            format!("{count} sentences starting with \"{start}\" go past the end of the passage."),
            "Lower `sentences`, or add a second entry.".to_owned(),
        )
    })
}

fn no_such(what: &str, start: &str, document: &Document) -> Missing {
    (
        format!("no {what} in `{}` begins with \"{start}\".", document.id),
        "Copy its exact first words.".to_owned(),
    )
}

fn whole(sentences: &[Sentence]) -> Option<Span> {
    Some(sentences.first()?.span.cover(sentences.last()?.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(condition: &str) -> (Vec<Topic>, Vec<String>) {
        let draft = format!(
            "name = \"evidence\"\ntitle = \"E\"\ndescription = \"d\"\nquery = \"q\"\ncondition = {condition:?}\n"
        );
        let draft: TopicDraft = toml::from_str(&draft).expect("a topic");
        let mut problems = Vec::new();
        let topics = resolve(Path::new("base.toml"), vec![draft], &[], &mut problems);
        (topics, problems.iter().map(Problem::to_string).collect())
    }

    #[test]
    fn a_condition_has_one_place_in_its_question() {
        let (topics, problems) = topic("What is the evidence in {condition}?");
        assert_eq!(topics[0].condition.as_deref(), Some("What is the evidence in {condition}?"));
        assert_eq!(problems, Vec::<String>::new());
        let long = format!("{} {{condition}}", "a".repeat(200));
        for wrong in
            ["", "evidence?", "{condition}", "{condition} or {condition}", "{drug} in {condition}", &long]
        {
            let (topics, problems) = topic(wrong);
            assert_eq!((topics[0].condition.as_deref(), problems.len()), (None, 1), "{wrong}");
        }
        insta::assert_snapshot!(
            topic("evidence?").1[0],
            @r#"base.toml: Topic `evidence`: `condition` is not a question with exactly one `{condition}`, so it is left out. Write a question of at most 200 characters, as in "What is the evidence in {condition}?"."#
        );
    }
}
