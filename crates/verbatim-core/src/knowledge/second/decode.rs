//! Decodes text files.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How many bytes of a page are searched for the declaration of its encoding.
const DECLARED_WITHIN: usize = 4_096;

/// Decodes a file: by its byte order mark, else as UTF-8 if it is valid, else by its declaration or as Windows-1252.
pub fn decode(bytes: &[u8]) -> String {
    let has_mark = Encoding::for_bom(bytes).is_some();
    match std::str::from_utf8(bytes) {
        Ok(text) if !has_mark => text.to_owned(),
        _ => {
            let encoding = declared(bytes).filter(|encoding| *encoding != UTF_8);
            // A byte order mark takes precedence over this encoding.
            encoding.unwrap_or(WINDOWS_1252).decode(bytes).0.into_owned()
        }
    }
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARED_WITHIN)]).to_ascii_lowercase();
    let (_, declaration) = start.split_once("charset=")?;
    let is_in_label =
        |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    let declaration = declaration.trim_start_matches(['"', '\'', ' ']);
    let mut labels = declaration.split(|character: char| !is_in_label(character));
    Encoding::for_label(labels.next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn encodings_are_told_apart() {
        for (bytes, text) in [
            (&b"5 \xc2\xb5g"[..], "5 µg"),
            (b"\xef\xbb\xbfa", "a"),
            (b"25 \xb0C", "25 °C"),
            (b"\xff\xfea\0\x64\x22", "a≤"),
            (b"<meta charset=\"iso-8859-2\">\xb1", "<meta charset=\"iso-8859-2\">ą"),
        ] {
            assert_eq!(decode(bytes), text);
        }
    }
}
