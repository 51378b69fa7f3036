//! Decoding of text files. The encoding is that of the byte order mark, else the one that the page declares, else
//! UTF-8, else Windows-1252, which older programs write.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::pdf::PDF_START;
use super::problem::Problem;
use crate::text::line::line_at;

/// How much of the start of a page is searched for a declared encoding, in bytes.
const DECLARED_WITHIN: usize = 4_096;

/// A file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark; every line ends with `\n`.
    pub text: String,
    /// The encoding, if it is not UTF-8.
    pub encoding: Option<&'static str>,
}

/// Decodes a file. `may_declare` is true for HTML, the only format that declares its encoding.
///
/// # Errors
/// If the file is not text, or mixes two encodings, so that some words would be garbled.
pub fn decode(name: &str, bytes: &[u8], may_declare: bool) -> Result<Decoded, Problem> {
    if bytes.starts_with(PDF_START) {
        return Err(Problem::new(
            name,
            "The file is a PDF, but its extension says otherwise.",
            "Change its extension to `.pdf`.",
        ));
    }
    let fits = |encoding: &&'static Encoding| strictly(encoding, bytes).is_some();
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, bytes.get(mark..).unwrap_or_default()),
        None => (
            declared(bytes)
                .filter(|encoding| may_declare && fits(encoding))
                .map_or_else(|| likely(name, bytes), Ok)?,
            bytes,
        ),
    };
    let text = strictly(encoding, bytes).ok_or_else(|| does_not_fit(name, encoding, bytes))?;
    if text.contains('\0') {
        let offset = bytes.iter().position(|byte| *byte == 0).unwrap_or_default();
        let what = format!("The file is not text: byte {offset} is zero.");
        return Err(Problem::new(
            name,
            what,
            "Save it as UTF-8 text, or give it the extension of its real format.",
        ));
    }
    let text =
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into_owned() };
    Ok(Decoded { text, encoding: (encoding != UTF_8).then(|| encoding.name()) })
}

fn strictly<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes)
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARED_WITHIN).unwrap_or(bytes).to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head).into_owned();
    let at = head.find("charset")? + "charset".len();
    let value = head.get(at..)?.trim_start().strip_prefix('=')?.trim_start_matches([' ', '"', '\'']);
    let label = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // A page that declares UTF-16 in ASCII letters is not UTF-16.
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

/// Guesses the encoding of a file that declares none. Windows-1252 writes each letter outside ASCII as a single byte.
/// If most such letters are valid UTF-8 sequences, the file is UTF-8 with a broken byte, and reading it as Windows-1252
/// would garble every letter except that one.
fn likely(name: &str, bytes: &[u8]) -> Result<&'static Encoding, Problem> {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    let undefined = bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
    match broken {
        0 => Ok(UTF_8),
        _ if whole >= broken || undefined => Err(does_not_fit(name, UTF_8, bytes)),
        _ => Ok(WINDOWS_1252),
    }
}

fn does_not_fit(name: &str, encoding: &'static Encoding, bytes: &[u8]) -> Problem {
    match std::str::from_utf8(bytes) {
        Err(error) if encoding == UTF_8 => not_utf8(name, bytes, error.valid_up_to()),
        _ => {
            let what = format!(
                "The file is marked as {0}, but some of its bytes are not valid {0}.",
                encoding.name()
            );
            Problem::new(name, what, "Save it as UTF-8.")
        }
    }
}

/// The problem of a file that is not UTF-8 from the byte `offset` on.
pub(super) fn not_utf8(name: &str, bytes: &[u8], offset: usize) -> Problem {
    let what = format!("The file is not valid UTF-8: byte {offset} is invalid.");
    Problem::new(name, what, "Save it as UTF-8.").at(line_at(bytes, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<(String, Option<&'static str>)> {
        decode("a.txt", bytes, false).ok().map(|found| (found.text, found.encoding))
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(text("5 µg\r\nb\rc".as_bytes()), Some(("5 µg\nb\nc".to_owned(), None)));
        assert_eq!(text(b"\xef\xbb\xbfa"), Some(("a".to_owned(), None)));
        assert_eq!(text(b"25 \xb0C \x96 \x80"), Some(("25 °C – €".to_owned(), Some("windows-1252"))));
        assert_eq!(text(b"\xff\xfea\0\x64\x22"), Some(("a≤".to_owned(), Some("UTF-16LE"))));
        assert_eq!(text(b"\xfe\xff\0a\x22\x64"), Some(("a≤".to_owned(), Some("UTF-16BE"))));
    }

    #[test]
    fn a_page_declares_its_encoding() {
        let page = b"<meta charset=\"iso-8859-2\"><p>\xb1";
        let found = decode("a.html", page, true).expect("it is text");
        assert_eq!((found.text.ends_with('ą'), found.encoding), (true, Some("ISO-8859-2")));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(text(b"a\0b"), None);
        assert_eq!(text(b"%PDF-1.7"), None);
        assert_eq!(text(b"\x81 a"), None);
        let mixed: Vec<u8> = "é é é".bytes().chain([0xff]).collect();
        assert_eq!(text(&mixed), None);
        assert_eq!(text(b"\xff\xfea\0\0\xd8b\0"), None);
    }
}
