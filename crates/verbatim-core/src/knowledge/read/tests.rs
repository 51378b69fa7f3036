use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const FRONT: &str = "+++\ntitle = \"T\"\n+++\n";

fn read_source(base_folder: &Path, file: &Path) -> ReadSource {
    match SourceInput::load(base_folder, file) {
        Ok(input) => {
            let read = read_bytes(&input.name, &input.bytes, input.sidecar.as_deref());
            input.finish(file, read)
        }
        Err(problem) => failed(problem),
    }
}

fn only_problem(name: &str, bytes: &[u8]) -> String {
    let read = read_bytes(name, bytes, None);
    assert_eq!(read.document, None, "{name}");
    assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    read.problems[0].to_string()
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let check = |name: &str, bytes: &[u8], expected: &str| assert_eq!(only_problem(name, bytes), expected);
    check(
        "sources/a.odt",
        b"x",
        "sources/a.odt: This file type is not supported. \
         Use one of the supported extensions: md, markdown, txt, html, htm, pdf, docx.",
    );
    check(
        "My file.md",
        b"x",
        "My file.md: The file name is the source's id, but `My file` is not a valid id. \
         Rename it: use at most 64 lower-case letters a to z, digits and hyphens, and no hyphen first.",
    );
    check("a.md", b"", "a.md: The file is empty. Put the document's text into it, or remove it.");
    check(
        "a.md",
        b"one\ntwo \xc3\xa9 \xff",
        "a.md:2: The file is not valid UTF-8: byte 11 is invalid. Save it as UTF-8.",
    );
    check(
        "a.txt",
        b"one\0",
        "a.txt: The file is not text: byte 3 is zero. Save it as UTF-8 text, or give it the extension of its real format.",
    );
    check(
        "a.md",
        b"+++\ntitle = \"T\"\n",
        "a.md:1: The front matter has no closing line, so it cannot be separated from the text. \
         Add a second `+++` line below it.",
    );
    check(
        "a.md",
        format!("{FRONT}# Only a heading\n").as_bytes(),
        "a.md: The file contains no passage of text. Put the document's text into it, or remove it.",
    );
    assert!(only_problem("a.pdf", b"%PDF-1.4").starts_with("a.pdf: The PDF is damaged. "));
    let large = vec![b'a'; 17 << 20];
    check(
        "a.txt",
        &large,
        "a.txt: The file has 17825792 bytes; the limit is 16777216 (16 MiB). Split it into several sources.",
    );
}

#[test]
fn a_byte_order_mark_and_crlf_are_accepted() {
    let read = read_bytes("a.md", "\u{feff}+++\r\ntitle = \"T\"\r\n+++\r\nOne\r\ntwo.\r\n".as_bytes(), None);
    assert_eq!(read.problems, []);
    let document = read.document.expect("a document");
    assert_eq!((document.text(), document.metadata.title.as_str()), ("One\ntwo.", "T"));
}

#[test]
fn titles_fall_back() {
    let title = |name: &str, text: &str, sidecar: Option<&str>| {
        let read = read_bytes(name, text.as_bytes(), sidecar);
        let problems = read.problems.len() + usize::from(read.undescribed.is_some());
        (read.document.expect("a document").metadata.title, problems)
    };
    assert_eq!(
        title("a.md", "Text.\n\n## First *heading*\n\n# Second", None),
        ("First heading".to_owned(), 1)
    );
    assert_eq!(title("my-file.txt", "text.", None), ("my-file".to_owned(), 1));
    let page = "<title>Page</title><h1>Heading</h1><p>Text.";
    assert_eq!(title("a.html", page, None), ("Page".to_owned(), 1));
    assert_eq!(title("a.html", page, Some("title = \"Told\"")), ("Told".to_owned(), 0));
    assert_eq!(title("a.HTM", page, Some("titel = \"Told\"")), ("Page".to_owned(), 2));
}

#[test]
fn the_digest_is_that_of_the_file_and_its_sidecar() {
    let digest = |sidecar| read_bytes("a.html", b"<p>abc", sidecar).document.expect("a document").digest;
    assert_eq!(digest(None), super::digest(b"<p>abc", None));
    assert_eq!(digest(Some("title = \"T\"")), super::digest(b"<p>abctitle = \"T\"", None));
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(super::digest(b"abc", None), known);
}

#[test]
fn files_are_read_with_their_sidecars() {
    let folder = tempfile::tempdir().expect("a folder");
    let sources = folder.path().join("sources");
    std::fs::create_dir(&sources).expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(sources.join(name), bytes).expect("a file");
        sources.join(name)
    };
    let page = write("a.html", b"<p>Text.</p>");
    write("a.html.toml", b"title = \"T\"\nknid = \"leaflet\"\n");
    let read = read_source(folder.path(), &page);
    let document = read.document.expect("a document");
    assert_eq!((document.file.as_str(), document.metadata.title.as_str()), ("sources/a.html", "T"));
    assert_eq!(
        (read.problems[0].path.clone(), read.problems[0].line),
        (sources.join("a.html.toml"), Some(2))
    );

    for (file, expected) in [
        (sources.clone(), "This is not a file."),
        (sources.join("none.md"), "The file cannot be read: "),
        (write("large.txt", &vec![b'a'; 17 << 20]), "The file has 17825792 bytes;"),
    ] {
        let read = read_source(folder.path(), &file);
        assert_eq!((read.document, read.problems.len()), (None, 1));
        assert_eq!(read.problems[0].path, file);
        assert!(read.problems[0].what.starts_with(expected), "{}", read.problems[0]);
    }
    assert!(is_sidecar(&sources.join("a.html.toml")) && is_sidecar(Path::new("b.PDF.toml")));
    assert!(!is_sidecar(Path::new("base.toml")) && !is_sidecar(Path::new("a.md.toml")));
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn received(id: &str) -> (String, Document) {
    let base = workspace().join("knowledge/ldn");
    let read = read_source(&base, &base.join(format!("sources/{id}.md")));
    assert_eq!(read.problems, []);
    let text = std::fs::read_to_string(workspace().join(format!("tests/fixtures/received/{id}.txt")));
    (text.expect("the text as received"), read.document.expect("a document"))
}

#[test]
fn the_real_sources_are_the_received_texts_word_for_word() {
    for id in ["pain-clinic", "wikiprojectmed"] {
        let (text, document) = received(id);
        let file = std::fs::read_to_string(workspace().join("knowledge/ldn").join(&document.file))
            .expect("the source");
        let body =
            front_matter::split(&file).body.strip_prefix('\n').expect("an empty line after the front matter");
        let unmarked: Vec<&str> = body.lines().map(|line| line.trim_start_matches('#')).collect();
        let lines: Vec<&str> = unmarked
            .iter()
            .zip(body.lines())
            .map(|(line, raw)| if *line == raw { raw } else { &line[1..] })
            .collect();
        assert_eq!(lines, text.lines().collect::<Vec<_>>());
        let words = |text: &str| {
            text.split([' ', '\n', '\u{a0}'])
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (kept, received) = (words(document.text()), words(&text));
        let differs = kept.iter().zip(&received).find(|(kept, received)| kept != received);
        assert_eq!((differs, kept.len()), (None, received.len()), "the canonical text has every word");
    }
}

/// Lists every sentence with its passage's kind, the headings above it and its references.
fn listing(document: &Document) -> String {
    let mut listing = String::new();
    for passage in document.passages() {
        let kind = passage.kind.as_str();
        let _ = writeln!(listing, "{} {kind}, {}", passage.id, document.heading_path(passage).join(" > "));
        for sentence in document.sentences_of(passage) {
            let cited = sentence.references.iter().map(|at| &document.references()[*at as usize].marker);
            let mut notes: Vec<&str> = cited.map(String::as_str).collect();
            notes.extend(sentence.citation_needed.then_some("citation needed"));
            let _ = writeln!(listing, "  {:?} {}", sentence.span.of(document.text()), notes.join(" "));
        }
    }
    for reference in document.references() {
        let ids = [&reference.doi, &reference.pmid, &reference.pmcid].map(|id| id.as_deref().unwrap_or("-"));
        let _ = writeln!(listing, "[{}] {}", reference.marker, ids.join(" "));
    }
    listing
}

#[test]
fn the_sentences_of_the_real_sources() {
    for id in ["pain-clinic", "wikiprojectmed"] {
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(id, listing(&received(id).1));
        });
    }
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let markup =
        "(\\+\\+\\+\n|title = \"a\"\n|<[a-z]{1,4}>|</[a-z]{1,4}>|[#>*\\-\\[\\]. \n&é]|[a-z1-9]{1,5}){0,60}";
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        markup.prop_map(String::into_bytes),
        "\\PC{0,80}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..200)
            .prop_map(|rest| [b"%PDF-1.4\n".as_slice(), &rest].concat()),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_a_problem(bytes in any_bytes(), sidecar in proptest::option::of("\\PC{0,40}")) {
        for ending in Format::all_extensions() {
            let read = read_bytes(&format!("a.{ending}"), &bytes, sidecar.as_deref());
            prop_assert!(read.document.is_some() || !read.problems.is_empty());
            if let Some(document) = read.document {
                prop_assert_eq!(document.validate(), Ok(()));
                prop_assert!(document.sentences().iter().all(|sentence| document.quote(sentence.span).is_ok()));
            }
        }
    }
}
