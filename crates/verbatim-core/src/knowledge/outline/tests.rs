use proptest::prelude::*;

use super::*;
use crate::knowledge::document::Document;
use crate::knowledge::metadata::SourceMetadata;

fn block(kind: BlockKind, text: &str) -> Block {
    Block { kind, text: text.to_owned(), lead_in: None, place: FilePosition::Unknown }
}

fn heading(level: u8, text: &str) -> Block {
    block(BlockKind::Heading { level }, text)
}

fn paragraph(text: &str) -> Block {
    block(BlockKind::Paragraph, text)
}

fn item(number: Option<u64>, text: &str) -> Block {
    let number = number.map(|number| format!("{number}."));
    block(BlockKind::ListItem { number, continues: false }, text)
}

fn document(blocks: &[Block]) -> Document {
    let (text, outline) = outline("s", blocks);
    let metadata = SourceMetadata { title: "S".to_owned(), ..SourceMetadata::default() };
    Document::new("s".to_owned(), metadata, "s.md".to_owned(), String::new(), text, outline)
        .expect("the outline fits its text")
}

#[test]
fn the_canonical_text_keeps_words_and_line_breaks() {
    let blocks = [
        heading(1, "Title"),
        paragraph("Cafe\u{301}  two spaces\r\nnext line. "),
        paragraph("\u{a0} "),
        item(Some(1), "first"),
        item(Some(2), "second"),
        paragraph("end"),
    ];
    let text = outline("s", &blocks).0;
    assert_eq!(text, "Title\n\nCaf\u{e9}  two spaces\nnext line.\n\n1. first\n2. second\n\nend");
}

#[test]
fn sections_nest_by_their_levels() {
    let document = document(&[
        heading(1, "A"),
        heading(2, "B"),
        heading(3, "C"),
        paragraph("In C."),
        heading(2, "D"),
        paragraph("In D."),
    ]);
    let paths: Vec<_> = document.passages().iter().map(|passage| document.heading_path(passage)).collect();
    assert_eq!(paths, [vec!["B", "C"], vec!["D"]], "the only heading of the first level is the title");
    let spans: Vec<_> = document.sections().iter().map(|section| section.span.of(document.text())).collect();
    assert_eq!(spans, ["A\n\nB\n\nC\n\nIn C.\n\nD\n\nIn D.", "B\n\nC\n\nIn C.", "C\n\nIn C.", "D\n\nIn D."]);
}

#[test]
fn references_are_linked_to_the_sentences_that_cite_them() {
    let document = document(&[
        paragraph("It works.[2] It may not.[1–3][9] Who knows?[citation needed]"),
        heading(2, "References"),
        item(Some(1), "^ a b One. doi:10.1000/1."),
        item(Some(2), "^ Two. PMID 2. It cites [1]."),
        paragraph("[3] Three."),
        heading(2, "Further reading"),
        item(None, "Four."),
    ]);
    let linked: Vec<_> =
        document.sentences().iter().map(|s| (s.references.clone(), s.citation_needed)).collect();
    assert_eq!(linked[..3], [(vec![1], false), (vec![0, 1, 2], false), (vec![], true)]);
    assert!(linked[3..].iter().all(|(references, _)| references.is_empty()));
    let entries: Vec<_> =
        document.references().iter().map(|r| (r.marker.as_str(), r.span.of(document.text()))).collect();
    assert_eq!(entries, [("1", "One. doi:10.1000/1."), ("2", "Two. PMID 2. It cites [1]."), ("3", "Three.")]);
    let kinds: Vec<_> = document.passages().iter().map(|passage| passage.kind).collect();
    use PassageKind::{ListItem, Paragraph, Reference};
    assert_eq!(kinds, [Paragraph, Reference, Reference, Reference, ListItem]);
}

#[test]
fn long_paragraphs_are_divided_evenly_at_sentence_ends() {
    let text = "Twenty-nine bytes are in this. ".repeat(50);
    let document = document(&[paragraph(&text)]);
    let lengths: Vec<_> = document.passages().iter().map(|passage| passage.span.len()).collect();
    assert_eq!(lengths, [774, 774]);
}

#[test]
fn a_long_sentence_stays_whole() {
    let text = format!("Short one. {}. Short two.", "Long ".repeat(400).trim());
    let document = document(&[paragraph(&text)]);
    let lengths: Vec<_> = document.passages().iter().map(|passage| passage.span.len()).collect();
    assert_eq!(lengths, [10, 2000, 10]);
}

#[test]
fn ids_depend_on_the_words_alone() {
    let first = document(&[paragraph("Same."), paragraph("Same."), paragraph("Other.")]);
    let second = document(&[heading(1, "New"), paragraph("Other."), paragraph("Same.")]);
    let ids = |document: &Document| document.passages().iter().map(|p| p.id.clone()).collect::<Vec<_>>();
    let (first, second) = (ids(&first), ids(&second));
    assert_eq!(first[1], format!("{}-2", first[0]));
    assert_eq!((&first[0], &first[2]), (&second[1], &second[0]));
    assert_eq!(first[0].len(), "s:".len() + 12);
}

fn any_block() -> impl Strategy<Value = Block> {
    let kind = prop_oneof![
        (1u8..=6).prop_map(|level| BlockKind::Heading { level }),
        Just(BlockKind::Paragraph),
        proptest::option::of("[0-9]{1,2}[.)]")
            .prop_map(|number| BlockKind::ListItem { number, continues: false }),
    ];
    let text =
        prop_oneof![Just("References".to_owned()), "\\PC{0,60}", "([a-zA-Z .\\[\\]0-9]{0,30}[.]){0,80}"];
    (kind, text).prop_map(|(kind, text)| block(kind, &text))
}

proptest! {
    #[test]
    fn any_blocks_make_a_valid_outline(blocks in proptest::collection::vec(any_block(), 0..12)) {
        let document = document(&blocks);
        let mut from = 0;
        for (at, passage) in document.passages().iter().enumerate() {
            let sentences = document.sentences_of(passage);
            prop_assert!(!sentences.is_empty() && passage.span.start >= from);
            prop_assert_eq!(sentences[0].span.start, passage.span.start);
            prop_assert_eq!(sentences[sentences.len() - 1].span.end, passage.span.end);
            prop_assert!(passage.span.len() <= LONGEST_PASSAGE || sentences.len() == 1
                || passage.kind == PassageKind::Reference);
            for sentence in sentences {
                prop_assert_eq!(sentence.passage as usize, at);
                prop_assert!(document.quote(sentence.span).is_ok());
            }
            from = passage.span.end;
        }
        let mut ids: Vec<_> = document.passages().iter().map(|passage| &passage.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), document.passages().len());
    }
}
