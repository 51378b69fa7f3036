//! Previews a file as a source before it is added. The file is read exactly as indexing reads it, and nothing is
//! written. Any bytes give a preview, with the problems found.
//!
//! [`PreviewLimits`] bounds the size; the sandbox that parses the file bounds time and memory.

use rustc_hash::{FxHashMap, FxHashSet};

use super::document::{Document, PassageKind};
use super::draft::name_of;
use super::format::Format;
use super::metadata::SourceMetadata;
use super::problem::Problem;
use super::read::{LARGEST, ReadSource};
use super::report::{ReadingReport, report};

/// Limits on how much is read and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewLimits {
    /// The largest file, in bytes; [`LARGEST`] applies if it is smaller.
    pub bytes: u64,
    /// How many sections are listed.
    pub sections: usize,
    /// How many sentences are shown.
    pub sentences: usize,
    /// How many characters of sentences are shown in total; a sentence is shown whole or not at all.
    pub characters: usize,
}

/// A file as it would be as a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The id it would get; `None` if its name gives none.
    pub id: Option<String>,
    /// Its format, from its extension; `None` if the file type is not supported.
    pub format: Option<Format>,
    /// What the file says about itself; the title is never empty. `None` if it cannot be read.
    pub metadata: Option<SourceMetadata>,
    /// Whether the file has front matter. If not, the title was found in its text.
    pub is_described: bool,
    /// Its headings with their level, 1 for the outermost; limited in number.
    pub sections: Vec<(u8, String)>,
    /// The report on how it was read.
    pub report: ReadingReport,
    /// Its first sentences, whole.
    pub first_sentences: Vec<String>,
    /// What must be fixed before it can be a source, or should be checked.
    pub problems: Vec<Problem>,
    /// The title of the source that it would replace.
    pub replaces: Option<String>,
    /// How many passages of the replaced source stay word for word.
    pub unchanged: usize,
    /// Ids of passages in other sources that have the same words as a passage of this file, in file order.
    pub elsewhere: Vec<String>,
}

impl Preview {
    /// Whether it can be added.
    pub fn is_readable(&self) -> bool {
        self.metadata.is_some()
    }
}

/// Previews a file for a base that has the documents `known`. `read` parses it under the name under which it would be
/// stored. The problems have the file's name as their path.
pub fn preview(
    known: &[Document],
    file_name: &str,
    bytes: &[u8],
    limits: PreviewLimits,
    read: impl FnOnce(&str, &[u8]) -> ReadSource,
) -> Preview {
    let name = match name_of(file_name) {
        Ok(name) => name,
        Err(problem) => return Preview { problems: vec![problem], ..Preview::default() },
    };
    let replaced = known.iter().find(|document| document.id == name.id);
    let named = Preview {
        id: Some(name.id.clone()),
        format: Some(name.format),
        replaces: replaced.map(|document| document.metadata.title.clone()),
        ..Preview::default()
    };
    let most = limits.bytes.min(LARGEST);
    if bytes.len() as u64 > most {
        let what = format!("The file has {} bytes; the limit is {most}.", bytes.len());
        let problem = Problem::new(&name.file, what, "Split it into several sources.");
        return Preview { problems: vec![problem], ..named };
    }
    let mut read = read(&name.file, bytes);
    let is_described = read.undescribed.is_none();
    read.problems.extend(looks_like_a_page(&name.file, name.format, bytes));
    let preview = Preview { problems: read.problems, ..named };
    match read.document {
        Some(document) => Preview { is_described, ..described(preview, known, document, limits) },
        None => preview,
    }
}

/// Reports a web page with the extension of a text file, which would be quoted with its markup.
fn looks_like_a_page(file: &str, format: Format, bytes: &[u8]) -> Option<Problem> {
    let is_text = !format.has_sidecar();
    let start: Vec<u8> = bytes.trim_ascii_start().iter().take(9).map(u8::to_ascii_lowercase).collect();
    let is_page = start.starts_with(b"<html") || start.starts_with(b"<!doctype");
    let what = "The file looks like a web page, but its extension says otherwise.";
    (is_text && is_page).then(|| Problem::new(file, what, "Change its extension to `.html`."))
}

fn described(preview: Preview, known: &[Document], document: Document, limits: PreviewLimits) -> Preview {
    let sections = document.sections().iter().take(limits.sections);
    let (unchanged, elsewhere) = known_passages(known, &document);
    Preview {
        sections: sections
            .map(|section| (section.level, section.heading.of(document.text()).to_owned()))
            .collect(),
        report: report(&document),
        first_sentences: first_sentences(&document, limits),
        metadata: Some(document.metadata),
        unchanged,
        elsewhere,
        ..preview
    }
}

/// The first sentences of the text, without the reference list.
fn first_sentences(document: &Document, limits: PreviewLimits) -> Vec<String> {
    let is_text = |kind: PassageKind| kind.is_quotable() && kind != PassageKind::Reference;
    let text = document.passages().iter().filter(|passage| is_text(passage.kind));
    let sentences = text.flat_map(|passage| document.sentences_of(passage)).take(limits.sentences);
    let mut room = limits.characters;
    sentences
        .map(|sentence| sentence.span.of(document.text()))
        .take_while(|words| {
            let fits = words.chars().count() <= room;
            room = room.saturating_sub(words.chars().count());
            fits
        })
        .map(str::to_owned)
        .collect()
}

/// How many passages the source with the same id has word for word, and the ids of those in other sources.
fn known_passages(known: &[Document], document: &Document) -> (usize, Vec<String>) {
    let mut by_words: FxHashMap<&str, &str> = FxHashMap::default();
    let mut replaced: FxHashSet<&str> = FxHashSet::default();
    for other in known {
        for passage in other.passages() {
            let words = passage.span.of(other.text());
            match other.id == document.id {
                true => _ = replaced.insert(words),
                false => _ = by_words.entry(words).or_insert(&passage.id),
            }
        }
    }
    let words = || document.passages().iter().map(|passage| passage.span.of(document.text()));
    let unchanged = words().filter(|words| replaced.contains(words)).count();
    let elsewhere = words().filter_map(|words| by_words.get(words)).map(|id| (*id).to_owned());
    (unchanged, elsewhere.collect())
}

#[cfg(test)]
mod tests {
    use insta::assert_debug_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::read::read_bytes;

    const LIMITS: PreviewLimits = PreviewLimits { bytes: 1_000, sections: 2, sentences: 2, characters: 60 };

    const TEXT: &str = "\
# Sleep

It is dark.[1] Night is long.

## Day

It is light.

## Evening

It is late.

## References

1. A (2001). Dark.
";

    fn preview(known: &[Document], file_name: &str, bytes: &[u8], limits: PreviewLimits) -> Preview {
        super::preview(known, file_name, bytes, limits, |name, bytes| read_bytes(name, bytes, None))
    }

    fn document(name: &str, text: &str) -> Document {
        read_bytes(name, text.as_bytes(), None).document.expect("a document")
    }

    fn problems(name: &str, bytes: &[u8]) -> String {
        let preview = preview(&[], name, bytes, LIMITS);
        preview.problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_text_is_shown_as_it_would_be_indexed() {
        let known = [
            document("sources/sleep.md", "# Sleep\n\nIt is light.\n"),
            document("sources/other.md", "It is late.\n"),
        ];
        let preview = preview(&known, "up/Sleep.md", TEXT.as_bytes(), LIMITS);
        assert_eq!(preview.metadata.as_ref().map(|metadata| metadata.title.as_str()), Some("Sleep"));
        assert_debug_snapshot!(Preview { metadata: None, ..preview }, @r#"
        Preview {
            id: Some(
                "sleep",
            ),
            format: Some(
                Markdown,
            ),
            metadata: None,
            is_described: false,
            sections: [
                (
                    1,
                    "Sleep",
                ),
                (
                    2,
                    "Day",
                ),
            ],
            report: ReadingReport {
                sections: 4,
                units: [
                    (
                        Paragraph,
                        4,
                    ),
                    (
                        Reference,
                        1,
                    ),
                ],
                left_out: [],
                left_out_percent: 0,
                suspicions: [],
                encoding: None,
            },
            first_sentences: [
                "It is dark.[1]",
                "Night is long.",
            ],
            problems: [],
            replaces: Some(
                "Sleep",
            ),
            unchanged: 1,
            elsewhere: [
                "other:8f2ce9f4a148",
            ],
        }
        "#);
    }

    #[test]
    fn front_matter_of_the_file_is_found() {
        let text = format!("+++\ntitle = \"T\"\nurl = \"sleep\"\n+++\n{TEXT}");
        let preview = preview(&[], "a.md", text.as_bytes(), LIMITS);
        assert!(preview.is_described && preview.is_readable());
        assert_eq!(preview.metadata.map(|metadata| metadata.title).as_deref(), Some("T"));
        assert_eq!(preview.problems[0].what, "`url` is not a web address.");
    }

    #[test]
    fn a_sentence_is_whole_or_left_out() {
        let first = |characters| {
            let limits = PreviewLimits { characters, ..LIMITS };
            preview(&[], "a.md", TEXT.as_bytes(), limits).first_sentences
        };
        assert_eq!(first(13), Vec::<String>::new());
        assert_eq!(first(14), ["It is dark.[1]"]);
        assert_eq!(first(29), ["It is dark.[1]", "Night is long."]);
    }

    #[test]
    fn what_is_no_source_is_told() {
        let told = [
            problems("a.doc", b"PK"),
            problems("🙂.md", b"words"),
            problems("a.md", b""),
            problems("a.md", &[b'a'; 1_001]),
            problems("a.md", b"a\0b\0"),
            problems("a.txt", b"%PDF-1.7"),
            problems("a.pdf", b"%PDF-1.7"),
            problems("a.pdf", b"<html>"),
            problems("a.txt", b"\n<!DOCTYPE html><p>It is dark.</p>"),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        a.doc: The old Word format `.doc` is not supported. Open it with Word or LibreOffice and save it as `.docx`.
        🙂.md: The file name has no letter or digit that can be used in a source's id. Rename it: use letters a to z, digits and hyphens.
        sources/a.md: The file is empty. Put the document's text into it, or remove it.
        sources/a.md: The file has 1001 bytes; the limit is 1000. Split it into several sources.
        sources/a.md: The file is not text: byte 1 is zero. Save it as UTF-8 text, or give it the extension of its real format.
        sources/a.txt: The file is a PDF, but its extension says otherwise. Change its extension to `.pdf`.
        sources/a.pdf: The PDF is damaged. Open it in a viewer and save it again, or download it again.
        sources/a.pdf: The PDF is damaged. Open it in a viewer and save it again, or download it again.
        sources/a.txt: The file looks like a web page, but its extension says otherwise. Change its extension to `.html`.
        ");
    }

    proptest! {
        #[test]
        fn any_bytes_are_previewed(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), start in "(%PDF-1.4\n|<p>|\\+\\+\\+\n|# )?",
            name in "\\PC{0,9}\\.(md|txt|html|pdf)"
        ) {
            let bytes = [start.into_bytes(), bytes].concat();
            let preview = preview(&[], &name, &bytes, LIMITS);
            prop_assert!(preview.is_readable() || !preview.problems.is_empty(), "{:?}", preview);
            prop_assert!(preview.first_sentences.len() <= 2 && preview.sections.len() <= 2);
        }
    }
}
