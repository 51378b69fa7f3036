//! A submitted source: the name under which it is stored, its front matter, and whether it can be read. This module
//! writes nothing to disk.
//!
//! The words of the text are never changed. Markdown and plain text are stored as UTF-8 with the front matter above the
//! text. Files of the other formats are stored byte for byte and described in a sidecar file.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::base::SOURCES;
use super::decode::decode;
use super::document::Document;
use super::format::{Format, format_of};
use super::front_matter;
use super::metadata::{InvalidField, SourceMetadata};
use super::problem::Problem;
use super::read::{LONGEST_ID, is_id, not_read, read_bytes};

/// Names that some operating systems reserve for devices. A base should be usable on those systems too.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A source as submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDraft {
    /// The submitted file name; only its last part counts.
    pub file_name: String,
    /// The file's contents.
    pub bytes: Vec<u8>,
    /// Its description. Missing values are taken from the file's own front matter, if it has one.
    pub metadata: SourceMetadata,
}

/// A source as it is stored in the base's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The file's path in the base's folder.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The text of its sidecar file, for formats without front matter.
    pub sidecar: Option<String>,
    /// The document read from it.
    pub document: Document,
}

/// The name under which a source is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its id.
    pub id: String,
    /// Its path in the base's folder.
    pub file: String,
    /// Its format.
    pub format: Format,
}

/// The name under which a file is stored: the last part of its name, turned into an id. The resulting path cannot leave
/// the folder of sources.
///
/// # Errors
/// If the file type is not supported, or the name contains no character that is allowed in an id.
pub fn name_of(file_name: &str) -> Result<Name, Problem> {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = shown(last);
    let (Some(format), Some((stem, ending))) = (format_of(last), last.rsplit_once('.')) else {
        return Err(not_read(&shown));
    };
    let Some(id) = id_of(stem) else {
        let what = "The file name has no letter or digit that can be used in a source's id.";
        return Err(Problem::new(shown, what, "Rename it: use letters a to z, digits and hyphens."));
    };
    Ok(Name { file: format!("{SOURCES}/{id}.{}", ending.to_ascii_lowercase()), id, format })
}

/// A name made safe to show, because it comes from outside.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_ID).collect()
}

/// Makes an id of lower-case letters and digits, with a hyphen for each run of other characters.
fn id_of(stem: &str) -> Option<String> {
    let mut id = String::new();
    for c in stem.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            _ if id.is_empty() || id.ends_with('-') => {}
            _ => id.push('-'),
        }
        if id.len() == LONGEST_ID {
            break;
        }
    }
    let id = id.trim_end_matches('-');
    let numbered =
        |port: &str| id.strip_prefix(port).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    let is_device = DEVICES.contains(&id) || numbered("com") || numbered("lpt");
    let id = if is_device { format!("{id}-source") } else { id.to_owned() };
    is_id(&id).then_some(id)
}

impl SourceDraft {
    /// The name under which it will be stored.
    ///
    /// # Errors
    /// Same as [`name_of`].
    pub fn name(&self) -> Result<Name, Problem> {
        name_of(&self.file_name)
    }

    /// Reads the draft as it will be stored in the base's folder. Returns its description, combined from the draft and
    /// the file itself, and the document. This parses an untrusted file; see [`super::sandbox`].
    ///
    /// # Errors
    /// Everything that the submitter should fix: a draft with any problem is refused.
    pub fn describe(&self) -> Result<(SourceMetadata, Document), Vec<Problem>> {
        let name = self.name().map_err(|problem| vec![problem])?;
        let own = self.own_front_matter();
        let metadata = self.metadata.clone().or(&own.unwrap_or_default());
        let invalid = metadata.invalid_fields();
        if !invalid.is_empty() {
            let problem = |field: InvalidField| Problem::new(&name.file, field.what, field.remedy);
            return Err(invalid.into_iter().map(problem).collect());
        }
        let (bytes, sidecar) = self.with_description(name.format, &metadata);
        let read = read_bytes(&name.file, &bytes, sidecar.as_deref());
        match read.document.filter(|_| read.problems.is_empty()) {
            Some(document) => Ok((metadata, document)),
            None => Err(read.problems),
        }
    }

    /// Makes the file to store in the base's folder from the result of [`SourceDraft::describe`].
    pub fn described(&self, name: Name, metadata: &SourceMetadata, document: Document) -> SourceFile {
        let (bytes, sidecar) = self.with_description(name.format, metadata);
        SourceFile { file: name.file, bytes, sidecar, document }
    }

    /// The file's bytes with front matter, or its unchanged bytes and the text of its sidecar file.
    fn with_description(&self, format: Format, metadata: &SourceMetadata) -> (Vec<u8>, Option<String>) {
        match format.has_sidecar() {
            true => (self.bytes.clone(), Some(front_matter::to_toml(metadata))),
            false => (self.with_front_matter(metadata), None),
        }
    }

    /// The file's own front matter.
    fn own_front_matter(&self) -> Option<SourceMetadata> {
        let text = self.text()?;
        let (notation, text) = front_matter::split(&text).front_matter?;
        Some(front_matter::read(&self.file_name, notation, text).0)
    }

    /// The file as text, if its format can contain front matter.
    fn text(&self) -> Option<String> {
        format_of(&self.file_name).filter(|format| !format.has_sidecar())?;
        decode(&self.file_name, &self.bytes, false).ok().map(|decoded| decoded.text)
    }

    /// The text with front matter above it. A file that cannot be read stays as it is; reading it later reports why.
    fn with_front_matter(&self, metadata: &SourceMetadata) -> Vec<u8> {
        let Some(text) = self.text().filter(|text| !text.is_empty()) else { return self.bytes.clone() };
        let parts = front_matter::split(&text);
        if parts.unclosed {
            return self.bytes.clone();
        }
        let gap = if parts.front_matter.is_some() { "" } else { "\n" };
        format!("+++\n{}+++\n{gap}{}", front_matter::to_toml(metadata), parts.body).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn draft(file_name: &str, bytes: &[u8], title: &str) -> SourceDraft {
        let metadata = SourceMetadata {
            title: title.to_owned(),
            url: Some("https://example.org/a".to_owned()),
            ..SourceMetadata::default()
        };
        SourceDraft { file_name: file_name.to_owned(), bytes: bytes.to_vec(), metadata }
    }

    fn source_file(draft: &SourceDraft) -> Result<SourceFile, Vec<Problem>> {
        let (metadata, document) = draft.describe()?;
        Ok(draft.described(draft.name().expect("it has been read under it"), &metadata, document))
    }

    fn told(draft: &SourceDraft) -> String {
        let problems = source_file(draft).expect_err("it is refused");
        problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn any_name_becomes_an_id_or_is_refused() {
        let file = |name: &str| name_of(name).map(|name| name.file).map_err(|problem| problem.to_string());
        for (name, expected) in [
            ("leaflet.md", "sources/leaflet.md"),
            ("My Leaflet (2nd ed.).PDF", "sources/my-leaflet-2nd-ed.pdf"),
            ("../../etc/passwd.md", "sources/passwd.md"),
            ("C:\\Users\\me\\Étude é.txt", "sources/etude-e.txt"),
            ("CON.md", "sources/con-source.md"),
            ("com1.txt", "sources/com1-source.txt"),
            ("🙂 smile 🙂.html", "sources/smile.html"),
            (".hidden.md", "sources/hidden.md"),
            ("--x.md", "sources/x.md"),
            ("a\0b.md", "sources/a-b.md"),
        ] {
            assert_eq!(file(name).as_deref(), Ok(expected));
        }
        assert_eq!(file(&format!("{}.md", "a".repeat(300))), Ok(format!("sources/{}.md", "a".repeat(64))));
        for name in ["🙂.md", "..md", "...txt", "名前.txt"] {
            let told = file(name).expect_err(name);
            assert!(told.contains("has no letter or digit that can be used in a source's id"), "{told}");
        }
        for name in ["", "..", "leaflet", "leaflet.pdf.toml", "a.md/", "a.exe", "md"] {
            let told = file(name).expect_err(name);
            assert!(told.contains("This file type is not supported."), "{name}: {told}");
        }
    }

    #[test]
    fn a_text_gets_its_front_matter_and_keeps_its_words() {
        let text = "\u{feff}# Sleep\r\n\r\nIt is  dark.\n";
        let source =
            source_file(&draft("Sleep.MD", text.as_bytes(), "A \"quoted\" title")).expect("it is sound");
        assert_snapshot!(String::from_utf8_lossy(&source.bytes).replace('\r', ""), @r#"
        +++
        title = 'A "quoted" title'
        publisher = ""
        url = "https://example.org/a"
        licence = ""
        published = ""
        retrieved = ""
        kind = ""
        +++

        # Sleep

        It is  dark.
        "#);
        assert!(source.bytes.ends_with(b"# Sleep\n\nIt is  dark.\n"));
        assert_eq!((source.sidecar, source.document.id.as_str()), (None, "sleep"));
    }

    #[test]
    fn front_matter_of_the_file_fills_what_the_draft_leaves_out() {
        let text = "+++\ntitle = \"Old\"\nlicence = \"CC BY\"\n+++\nIt is dark.\n";
        let source = source_file(&draft("a.txt", text.as_bytes(), "New")).expect("it is sound");
        let metadata = &source.document.metadata;
        assert_eq!((metadata.title.as_str(), metadata.licence.as_deref()), ("New", Some("CC BY")));
        assert!(source.bytes.ends_with(b"+++\nIt is dark.\n"));
    }

    #[test]
    fn a_page_is_described_beside_it() {
        let page = b"<title>x</title><p>It is dark.</p>";
        let source = source_file(&draft("a.htm", page, "A page")).expect("it is sound");
        assert_eq!((source.file.as_str(), source.bytes.as_slice()), ("sources/a.htm", page.as_slice()));
        assert!(source.sidecar.is_some_and(|toml| toml.starts_with("title = \"A page\"\n")));
        assert_eq!(source.document.metadata.title, "A page");
    }

    #[test]
    fn what_is_wrong_is_told_and_not_taken_in() {
        let with = |change: fn(&mut SourceMetadata)| {
            let mut draft = draft("a.md", b"It is dark.", "T");
            change(&mut draft.metadata);
            told(&draft)
        };
        assert_snapshot!([
            with(|metadata| metadata.title = " ".to_owned()),
            with(|metadata| metadata.url = Some("javascript:alert(1)".to_owned())),
            with(|metadata| metadata.published = Some("yesterday".to_owned())),
            with(|metadata| metadata.publisher = Some("a\nb".to_owned())),
            told(&draft("a.md", b"", "T")),
            told(&draft("a.md", b"%PDF-1.7 x", "T")),
            told(&draft("a.pdf", b"no pdf", "T")),
            told(&draft("a.txt", b"PK\x03\x04\0\0", "T")),
            told(&draft("a.md", b"+++\nopen", "T")),
        ].join("\n"), @r#"
        sources/a.md: The source has no title. Add `title = "…"` with the document's title.
        sources/a.md: `url` is not a web address. Write the full address, beginning with https:// or http://, or leave it empty.
        sources/a.md: `published` is not a valid date. Write it as "2023-04-05", "2023-04" or "2023", or leave it empty.
        sources/a.md: `publisher` contains a line break or another control character. Write it on one line.
        sources/a.md: The file is empty. Put the document's text into it, or remove it.
        sources/a.md: The file is a PDF, but its extension says otherwise. Change its extension to `.pdf`.
        sources/a.pdf: The PDF is damaged. Open it in a viewer and save it again, or download it again.
        sources/a.txt: The file is not text: byte 4 is zero. Save it as UTF-8 text, or give it the extension of its real format.
        sources/a.md:1: The front matter has no closing line, so it cannot be separated from the text. Add a second `+++` line below it.
        "#);
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_sources(name in "\\PC{0,80}|[./\\\\a-z:~]{0,20}\\.(md|PDF|html)") {
            if let Ok(name) = name_of(&name) {
                prop_assert!(is_id(&name.id), "{:?}", name);
                prop_assert_eq!(name.file.matches('/').count(), 1);
                prop_assert_eq!(name.file.matches('.').count(), 1);
                prop_assert!(name.file.starts_with("sources/"));
            }
        }

        #[test]
        fn any_bytes_and_words_are_a_source_or_problems(
            bytes in proptest::collection::vec(any::<u8>(), 0..200), title in "\\PC{0,30}|[\n\"'\\\\\0]{0,9}",
            ending in "(md|txt|html)"
        ) {
            match source_file(&draft(&format!("a.{ending}"), &bytes, &title)) {
                Ok(source) => prop_assert_eq!(source.document.metadata.title, title.trim()),
                Err(problems) => prop_assert!(!problems.is_empty()),
            }
        }
    }
}
