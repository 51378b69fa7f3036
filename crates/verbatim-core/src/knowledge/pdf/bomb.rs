//! Detects decompression bombs before the file is read.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Maximum total size of a file's unpacked parts in bytes, not counting pictures.
const MOST_UNPACKED: u64 = 256 << 20;
/// Maximum number of nested compressions of a part.
const MOST_LEVELS: usize = 4;
/// How many bytes before its data the description of a part is searched for.
const DESCRIPTION: usize = 512;

/// Whether the packed parts of a file are small enough to unpack.
pub fn is_bounded(bytes: &[u8]) -> bool {
    let mut left = MOST_UNPACKED;
    let mut at = 0;
    while let Some(found) = find(bytes, at, b"stream") {
        at = found + b"stream".len();
        let packed = bytes.get(at..).unwrap_or_default();
        let start = packed.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
        let packed = packed.get(start..).unwrap_or_default();
        if start == 0 || is_picture(bytes, found) || !is_packed(packed) {
            continue;
        }
        left = left.saturating_sub(unpacked(packed, left));
        if left == 0 {
            return false;
        }
    }
    true
}

fn find(bytes: &[u8], from: usize, word: &[u8]) -> Option<usize> {
    bytes.get(from..)?.windows(word.len()).position(|window| window == word).map(|at| from + at)
}

/// Whether a part is a picture; pictures are not unpacked.
fn is_picture(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(DESCRIPTION)..at).unwrap_or_default();
    let start = before.windows(4).rposition(|window| window == b" obj").unwrap_or_default();
    find(before, start, b"/Image").is_some()
}

/// Whether data begins with a zlib header.
fn is_packed(data: &[u8]) -> bool {
    matches!(data, [first, second, ..] if first & 15 == 8 && (u32::from(*first) * 256 + u32::from(*second)) % 31 == 0)
}

/// The total unpacked size of a part at all its levels, counted up to a limit.
fn unpacked(packed: &[u8], most: u64) -> u64 {
    let mut all = 0;
    for levels in 1..=MOST_LEVELS {
        let mut data: Box<dyn Read + '_> = Box::new(packed);
        for _ in 0..levels {
            data = Box::new(ZlibDecoder::new(data));
        }
        let size = count(&mut data, most.saturating_sub(all));
        all += size;
        if size == 0 {
            break;
        }
    }
    all
}

fn count(data: &mut dyn Read, most: u64) -> u64 {
    let (mut all, mut some) = (0, vec![0; 1 << 16]);
    while all < most {
        match data.read(&mut some) {
            Ok(0) | Err(_) => break,
            Ok(read) => all += read as u64,
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::is_bounded;
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;

    fn packed(data: &[u8]) -> Vec<u8> {
        let mut to = ZlibEncoder::new(Vec::new(), Compression::fast());
        to.write_all(data).unwrap();
        to.finish().unwrap()
    }

    #[test]
    fn what_unpacks_to_too_much_is_told_apart() {
        let file = |data: &[u8]| [b"1 0 obj << >> stream\n", data, b"\nendstream"].concat();
        assert!(is_bounded(&file(&packed(b"BT ET"))));
        let large = packed(&vec![0; 300 << 20]);
        assert!(!is_bounded(&file(&large)));
        assert!(!is_bounded(&file(&packed(&large))));
    }
}
