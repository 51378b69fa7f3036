//! Reads a file into a [`Document`]: checks the file, selects the reader for its extension, and combines text, outline
//! and metadata. A bad file never stops the reading of a base; it gives problems instead.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::base::SOURCES;
use super::blocks::{Block, BlockKind};
use super::decode::{Decoded, decode, not_utf8};
use super::document::Document;
use super::format::{Format, format_of};
use super::front_matter;
use super::metadata::{LONGEST_VALUE, SourceMetadata};
use super::outline::outline;
use super::problem::Problem;
use super::{docx, files, html, markdown, note_marks, pdf, plain, refused};
use crate::text::controls::one_line;

/// The size limit of a file, in bytes.
pub const LARGEST: u64 = 16 << 20;
/// The largest number of sentences in a source. A book has ten thousand; a file with more than this is not a document.
const MOST_SENTENCES: usize = 50_000;
/// The longest id of a source, in bytes.
pub(super) const LONGEST_ID: usize = 64;

/// A source as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSource {
    /// The document, unless a problem prevented reading it.
    pub document: Option<Document>,
    /// What its author should fix.
    pub problems: Vec<Problem>,
    /// The problem that nothing says where the source comes from. It is separate because a person who submits a file is
    /// asked for that next.
    pub undescribed: Option<Problem>,
}

/// Whether a file is a sidecar file, which describes a source (`leaflet.pdf.toml`) and is not a source itself.
pub fn is_sidecar(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let described = name.as_deref().and_then(|name| name.strip_suffix(".toml"));
    described.and_then(format_of).is_some_and(Format::has_sidecar)
}

/// A source file's bytes and the text of its sidecar file: everything that parsing needs.
pub struct SourceInput<'a> {
    /// The file's path relative to the base's folder, with `/` as the separator.
    pub name: String,
    /// The file's contents.
    pub bytes: Cow<'a, [u8]>,
    /// The text of its sidecar file, if its format has one and the file exists.
    pub sidecar: Option<String>,
    /// Why the sidecar file could not be read, if it exists.
    unread: Option<Problem>,
}

impl<'a> SourceInput<'a> {
    /// Makes the input for a source whose bytes are in memory.
    pub fn of_bytes(name: &str, bytes: &'a [u8], sidecar: Option<String>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into(), sidecar, unread: None }
    }

    /// Loads a source file of the base in `base_folder`.
    ///
    /// # Errors
    /// If it is too large or cannot be read.
    pub fn load(base_folder: &Path, file: &Path) -> Result<Self, Problem> {
        let inside = file.strip_prefix(base_folder).unwrap_or(file);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        let name = parts.join("/");
        let folder = match inside.iter().next() {
            Some(first) if first == SOURCES => base_folder.join(SOURCES),
            _ => base_folder.to_owned(),
        };
        let bytes = read_limited(&folder, file, &name).map_err(|problem| beside(file, problem))?;
        let sidecar_name = format!("{name}.toml");
        let sidecar = match format_of(&name).is_some_and(Format::has_sidecar) {
            true => {
                let sidecar = file.with_file_name(file_name(Path::new(&sidecar_name)));
                read_sidecar(&folder, &sidecar, &sidecar_name)
            }
            false => Ok(None),
        };
        let (sidecar, unread) = match sidecar {
            Ok(sidecar) => (sidecar, None),
            Err(problem) => (None, Some(problem)),
        };
        Ok(Self { name, bytes: bytes.into(), sidecar, unread })
    }

    /// Completes the result of parsing: adds the problem of the sidecar file, and gives all problems the full path.
    pub fn finish(self, file: &Path, read: ReadSource) -> ReadSource {
        let problems = read.undescribed.into_iter().chain(read.problems).chain(self.unread);
        let problems = problems.map(|problem| beside(file, problem)).collect();
        ReadSource { document: read.document, problems, undescribed: None }
    }
}

/// The same problem, with its path in the folder of `file`.
fn beside(file: &Path, problem: Problem) -> Problem {
    Problem { path: file.with_file_name(file_name(&problem.path)), ..problem }
}

/// Reads a source from its bytes. `file_name` is its path relative to the base's folder, with `/` as the separator;
/// `sidecar` is the text of its sidecar file. The paths of the problems are relative too.
pub fn read_bytes(file_name: &str, bytes: &[u8], sidecar: Option<&str>) -> ReadSource {
    let mut read = ReadSource::default();
    let document = check(file_name, bytes).and_then(|(id, format)| {
        let text = text(file_name, bytes, format, sidecar, &mut read)?;
        document(file_name, id, digest(bytes, sidecar), text)
    });
    match document {
        Ok(document) => read.document = Some(document),
        Err(problem) => read.problems.push(problem),
    }
    read
}

/// The result for a source that could not be read.
pub(super) fn failed(problem: Problem) -> ReadSource {
    ReadSource { problems: vec![problem], ..ReadSource::default() }
}

fn file_name(path: &Path) -> &std::ffi::OsStr {
    path.file_name().unwrap_or(path.as_os_str())
}

fn read_limited(folder: &Path, file: &Path, name: &str) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(name, format!("The file cannot be read: {error}."), "Fix its permissions, or remove it.")
    };
    let file = files::open(folder, file)?;
    let size = file.metadata().map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(too_large(name, size));
    }
    let mut bytes = Vec::new();
    // The file may have grown since its size was checked.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn read_sidecar(folder: &Path, file: &Path, name: &str) -> Result<Option<String>, Problem> {
    if !file.exists() {
        return Ok(None);
    }
    let bytes = read_limited(folder, file, name)?;
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|error| not_utf8(name, error.as_bytes(), error.utf8_error().valid_up_to()))
}

fn too_large(name: &str, size: u64) -> Problem {
    let what = format!("The file has {size} bytes; the limit is {LARGEST} (16 MiB).");
    Problem::new(name, what, "Split it into several sources.")
}

/// The problem of a file whose extension is not that of a supported format.
pub(super) fn not_read(name: &str) -> Problem {
    let supported = Format::all_extensions().collect::<Vec<_>>().join(", ");
    let (what, remedy) = match name.to_ascii_lowercase().ends_with(".doc") {
        true => (
            "The old Word format `.doc` is not supported.",
            "Open it with Word or LibreOffice and save it as `.docx`.".to_owned(),
        ),
        false => {
            ("This file type is not supported.", format!("Use one of the supported extensions: {supported}."))
        }
    };
    Problem::new(name, what, remedy)
}

/// Checks a file before it is parsed. Returns its id and format.
fn check<'a>(name: &'a str, bytes: &[u8]) -> Result<(&'a str, Format), Problem> {
    let Some(format) = format_of(name) else {
        return Err(not_read(name));
    };
    let stem = name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or(name, |(stem, _)| stem);
    if !is_id(stem) {
        let what =
            format!("The file name is the source's id, but `{}` is not a valid id.", stem.escape_debug());
        let remedy =
            "Rename it: use at most 64 lower-case letters a to z, digits and hyphens, and no hyphen first.";
        return Err(Problem::new(name, what, remedy));
    }
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(name, bytes.len() as u64));
    }
    if bytes.is_empty() {
        return Err(Problem::new(
            name,
            "The file is empty.",
            "Put the document's text into it, or remove it.",
        ));
    }
    if format != Format::Pdf && bytes.starts_with(pdf::PDF_START) {
        return Err(Problem::new(
            name,
            "The file is a PDF, but its extension says otherwise.",
            "Change its extension to `.pdf`.",
        ));
    }
    Ok((stem, format))
}

pub(super) fn is_id(stem: &str) -> bool {
    stem.len() <= LONGEST_ID
        && stem.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

const UNDESCRIBED: &str = "Nothing says where this source comes from.";

/// What the reader of a format found.
struct Text {
    metadata: SourceMetadata,
    /// The title that the format itself provides.
    own_title: Option<String>,
    blocks: Vec<Block>,
    /// The file's encoding, if it is not UTF-8.
    encoding: Option<&'static str>,
}

fn text(
    name: &str,
    bytes: &[u8],
    format: Format,
    sidecar: Option<&str>,
    read: &mut ReadSource,
) -> Result<Text, Problem> {
    let (blocks, own_title, encoding) = match format {
        Format::Pdf => {
            let mut blocks = pdf::read(bytes).map_err(|error| error.problem(name))?;
            read.problems.extend(refused::replaced(name, &mut blocks));
            (blocks, None, None)
        }
        Format::Docx => {
            let mut blocks = docx::read(bytes).map_err(|error| error.problem(name))?;
            read.problems.extend(refused::replaced(name, &mut blocks));
            (blocks, None, None)
        }
        Format::Html => {
            let Decoded { text, encoding } = decode(name, bytes, true)?;
            refused::in_text(name, &text)?;
            let page = html::read(&text).ok_or_else(|| too_deep(name))?;
            refused::in_blocks(name, &text, page.title.as_deref(), &page.blocks)?;
            (page.blocks, page.title, encoding)
        }
        Format::Markdown => return text_with_front_matter(name, bytes, markdown::blocks, read),
        Format::Plain => return text_with_front_matter(name, bytes, plain::blocks, read),
    };
    let sidecar_name = format!("{name}.toml");
    let metadata = match sidecar {
        Some(toml) => {
            let toml = toml.strip_prefix('\u{feff}').unwrap_or(toml);
            let (metadata, mut found) = front_matter::parse(&sidecar_name, toml, 1);
            read.problems.append(&mut found);
            metadata
        }
        None => {
            let remedy = format!(
                "Add a file `{sidecar_name}` with `title = \"…\"`, `publisher = \"…\"`, `url = \"…\"`."
            );
            read.undescribed = Some(Problem::new(name, UNDESCRIBED, remedy));
            SourceMetadata::default()
        }
    };
    Ok(Text { metadata, own_title, blocks, encoding })
}

fn text_with_front_matter(
    name: &str,
    bytes: &[u8],
    blocks: fn(&str, usize) -> Vec<Block>,
    read: &mut ReadSource,
) -> Result<Text, Problem> {
    let Decoded { text, encoding } = decode(name, bytes, false)?;
    refused::in_text(name, &text)?;
    let parts = front_matter::split(&text);
    let metadata = match parts.front_matter {
        Some((notation, text)) => {
            let (metadata, mut found) = front_matter::read(name, notation, text);
            read.problems.append(&mut found);
            metadata
        }
        None if parts.unclosed => {
            let what = "The front matter has no closing line, so it cannot be separated from the text.";
            return Err(Problem::new(name, what, "Add a second `+++` line below it.").at(1));
        }
        None => {
            let remedy = "Begin the file with a `+++` line, then `title = \"…\"`, `publisher = \"…\"`, \
                `url = \"…\"`, then another `+++` line.";
            read.undescribed = Some(Problem::new(name, UNDESCRIBED, remedy).at(1));
            SourceMetadata::default()
        }
    };
    let blocks = blocks(parts.body, parts.body_line);
    refused::in_blocks(name, &text, None, &blocks)?;
    Ok(Text { metadata, own_title: None, blocks, encoding })
}

fn too_deep(name: &str) -> Problem {
    let what = "The page's elements are nested too deeply to be read.";
    Problem::new(name, what, "Save the page's text as Markdown or plain text instead.")
}

fn document(name: &str, id: &str, digest: String, mut text: Text) -> Result<Document, Problem> {
    note_marks::classify(&mut text.blocks);
    let (canonical, spans) = outline(id, &text.blocks);
    if spans.passages.is_empty() {
        let what = "The file contains no passage of text.";
        return Err(Problem::new(name, what, "Put the document's text into it, or remove it."));
    }
    if spans.sentences.len() > MOST_SENTENCES {
        let what =
            format!("The file has {} sentences; the limit is {MOST_SENTENCES}.", spans.sentences.len());
        return Err(Problem::new(name, what, "Split it into several sources."));
    }
    let title = own_title(&text).unwrap_or_else(|| id.to_owned());
    let metadata = text.metadata.or(&SourceMetadata { title, ..SourceMetadata::default() });
    let mut document = Document::new(id.to_owned(), metadata, name.to_owned(), digest, canonical, spans)
        .map_err(|reason| {
            let what = format!("The program read the file incorrectly: {reason}.");
            Problem::new(
                name,
                what,
                "Report this to the program's developers, and remove the file until it is fixed.",
            )
        })?;
    document.encoding = text.encoding.map(str::to_owned);
    Ok(document)
}

/// The page's own title, or else the first heading, on one line.
fn own_title(text: &Text) -> Option<String> {
    let is_heading = |kind: &BlockKind| matches!(kind, BlockKind::Title | BlockKind::Heading { .. });
    let mut headings = text.blocks.iter().filter(|block| is_heading(&block.kind));
    let title = text.own_title.as_deref().or_else(|| headings.next().map(|block| block.text.as_str()))?;
    let title = one_line(title);
    (!title.is_empty()).then(|| title.chars().take(LONGEST_VALUE).collect())
}

/// SHA-256 of a source and the text of its sidecar file, in hex.
pub(super) fn digest(bytes: &[u8], sidecar: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.update(sidecar.unwrap_or_default());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests;
