//! Byte spans of a text. Every quotation, section, passage and sentence is a span, and only this module slices a text
//! by a span.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes, `start..end`, in some text. Offsets are UTF-8 bytes, not characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// Creates a span from byte offsets.
    ///
    /// # Panics
    /// If `end < start`, or if an offset exceeds 4 GiB; sources are limited to far less.
    pub fn new(start: usize, end: usize) -> Self {
        assert!(start <= end, "a span ends before it starts: {start}..{end}");
        let offset = |at: usize| u32::try_from(at).expect("a text is smaller than 4 GiB");
        Self { start: offset(start), end: offset(end) }
    }

    /// The range of bytes covered.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The number of bytes covered.
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// Returns whether the span is empty.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns whether `other` lies entirely inside this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The intersection of both spans; `None` if it is empty.
    pub fn meet(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// The covered part of `text`, or `None` if the span is out of bounds or splits a character.
    pub fn get(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }

    /// The covered part of `text`.
    ///
    /// # Panics
    /// If the span is out of bounds or splits a character, which means that it belongs to another text.
    pub fn of(self, text: &str) -> &str {
        self.get(text).expect("a span lies on character boundaries of its own text")
    }

    /// The span without white space at either end.
    pub fn trim(self, text: &str) -> Self {
        let inside = self.of(text);
        let start = self.start as usize + (inside.len() - inside.trim_start().len());
        Self::new(start, start + inside.trim().len())
    }
}
