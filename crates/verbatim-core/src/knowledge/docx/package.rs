//! The zip file of a document, and the relationships between its parts.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::DocxError;
use super::xml::{Element, MOST_NODES};

/// The most bytes to unpack, over all parts. A book of a thousand pages has about twenty million.
const MOST_UNPACKED: u64 = 64 << 20;
/// The most bytes to unpack for each byte of the file. Word's XML shrinks to about a twentieth.
const MOST_PER_BYTE: u64 = 100;
/// The limit on unpacked bytes for small files.
const LEAST_UNPACKED: u64 = 4 << 20;
/// The most files in the zip. Each picture is one.
const MOST_FILES: usize = 20_000;
/// The first bytes of old Word files and of password-protected new ones.
const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// An open document.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// The remaining limits on unpacked bytes, and on elements and attributes.
    left: u64,
    nodes_left: usize,
    /// The main document part.
    pub document: Element,
    relations: Vec<Relation>,
}

/// A reference to a part: its relationship id, the last segment of its type (`styles`, `header`), and its name in the
/// zip.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl<'a> Package<'a> {
    /// Opens a document and reads its main document part.
    pub fn open(bytes: &'a [u8]) -> Result<Self, DocxError> {
        if bytes.starts_with(COMPOUND_FILE) {
            return Err(if is_encrypted(bytes) { DocxError::Locked } else { DocxError::OldFormat });
        }
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| match bytes.starts_with(b"PK\x03\x04") {
                true => DocxError::Damaged(format!("it is truncated or cannot be unpacked ({error})")),
                false => DocxError::NotWord,
            })?;
        if archive.len() > MOST_FILES {
            return Err(DocxError::TooLarge);
        }
        let left = (bytes.len() as u64).saturating_mul(MOST_PER_BYTE).clamp(LEAST_UNPACKED, MOST_UNPACKED);
        let document = Element::default();
        let mut package = Self { archive, left, nodes_left: MOST_NODES, document, relations: Vec::new() };
        let main = package.relations_of("")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let main = main.map_or_else(|| "word/document.xml".to_owned(), |main| main.target);
        package.document = package.part(&main)?.ok_or(DocxError::NotWord)?;
        package.relations = package.relations_of(&main)?;
        Ok(package)
    }

    /// The first part of a kind that the document refers to, or an empty element if there is none.
    pub fn first(&mut self, kind: &str) -> Result<Element, DocxError> {
        Ok(self.all(kind)?.into_iter().next().map(|(_, part)| part).unwrap_or_default())
    }

    /// All parts of a kind that the document refers to, with their relationship ids.
    pub fn all(&mut self, kind: &str) -> Result<Vec<(String, Element)>, DocxError> {
        let (of_kind, others) =
            std::mem::take(&mut self.relations).into_iter().partition(|one| one.kind == kind);
        self.relations = others;
        let of_kind: Vec<Relation> = of_kind;
        let read = of_kind.into_iter().map(|one| Ok(self.part(&one.target)?.map(|part| (one.id, part))));
        read.filter_map(Result::transpose).collect()
    }

    /// The relationships of a part; `""` stands for the whole package.
    fn relations_of(&mut self, part: &str) -> Result<Vec<Relation>, DocxError> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let separator = if folder.is_empty() { "" } else { "/" };
        let relations = self.part(&format!("{folder}{separator}_rels/{file}.rels"))?.unwrap_or_default();
        let inside = relations.children.iter().filter(|one| one.attribute("TargetMode") != Some("External"));
        let relation = |one: &Element| {
            let kind = one.attribute("Type")?.rsplit('/').next()?.to_owned();
            let target = resolve(folder, one.attribute("Target")?);
            Some(Relation { id: one.attribute("Id").unwrap_or_default().to_owned(), kind, target })
        };
        Ok(inside.filter_map(relation).collect())
    }

    /// The part with this name. Returns `None` if the document has no such part.
    fn part(&mut self, name: &str) -> Result<Option<Element>, DocxError> {
        let damaged = |error: &dyn std::fmt::Display| {
            DocxError::Damaged(format!("`{name}` cannot be unpacked ({error})"))
        };
        let file = match self.archive.by_name(name) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(damaged(&error)),
        };
        let mut bytes = Vec::new();
        // The size that the zip declares can be false.
        file.take(self.left.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(DocxError::TooLarge)?;
        // A byte order mark signals UTF-16.
        Element::parse(&encoding_rs::UTF_8.decode(&bytes).0, &mut self.nodes_left).map(Some)
    }
}

/// Whether a compound file contains an encrypted document. Its directory then lists a stream of that name.
fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

/// Resolves a part name relative to the folder that refers to it.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let from_top = target.starts_with('/');
    for part in folder.split('/').filter(|_| !from_top).chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_are_resolved() {
        assert_eq!(resolve("word", "styles.xml"), "word/styles.xml");
        assert_eq!(resolve("word", "/word/styles.xml"), "word/styles.xml");
        assert_eq!(resolve("word", "../custom/a.xml"), "custom/a.xml");
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(Package::open(b"text").err(), Some(DocxError::NotWord));
        assert!(matches!(Package::open(b"PK\x03\x04 cut").err(), Some(DocxError::Damaged(_))));
        let mut compound = vec![0xD0, 0xCF, 0x11, 0xE0, 0, 0];
        assert_eq!(Package::open(&compound).err(), Some(DocxError::OldFormat));
        compound.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(Package::open(&compound).err(), Some(DocxError::Locked));
    }
}
