//! Line numbers.

/// The line of a byte offset in a text, counted from 1. An offset behind the end is on the last line.
pub fn line_at(text: impl AsRef<[u8]>, offset: usize) -> usize {
    1 + text.as_ref().iter().take(offset).filter(|byte| **byte == b'\n').count()
}
