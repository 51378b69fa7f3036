//! The list of references.

use super::PlainReader;
use crate::knowledge::blocks::{FilePosition, is_unfinished};
use crate::knowledge::plain::lines::TextLine;
use crate::knowledge::plain::{marks, shape};

impl PlainReader {
    /// Adds lines of the references. An entry begins with a mark, or is indented less than its continuation lines.
    pub(super) fn entries(&mut self, lines: &[TextLine]) {
        let base = lines.iter().map(|line| line.indent).min().unwrap_or_default();
        let marked = lines.first().is_some_and(|line| shape::entry_mark(&line.text).is_some());
        let hanging = lines.iter().any(|line| line.indent > base) && !marked;
        // Each line is an entry if each ends in a full stop and names a year.
        let whole = |line: &TextLine| line.text.ends_with('.') && marks::names_year(&line.text);
        let each = !marked && lines.iter().all(whole);
        for (at, line) in lines.iter().enumerate() {
            // Right-aligned numbers differ by one column in where they begin.
            let begun = shape::entry_mark(&line.text).filter(|_| line.indent <= base + 1);
            let opens = at == 0 && (line.indent == 0 || self.entry.is_none())
                || each
                || hanging && line.indent == base;
            match begun {
                Some((number, words)) => self.begin_entry(number, words, line.number),
                None if opens => self.begin_entry(None, &line.text, line.number),
                None => {
                    if let Some((_, words)) = &mut self.entry {
                        words.push(line.text.clone());
                    }
                }
            }
        }
    }

    /// Whether lines are past the references: they have no mark although the entries do, and begin at the margin.
    pub(super) fn leaves_entries(&mut self, first: &TextLine) -> bool {
        let marked = matches!(&self.entry, Some((Some(_), _)));
        if marked && first.indent == 0 && shape::entry_mark(&first.text).is_none() {
            self.end_entry();
            self.literature = None;
        }
        self.literature.is_none()
    }

    fn begin_entry(&mut self, number: Option<String>, words: &str, line: usize) {
        self.end_entry();
        self.out.at(FilePosition::Line(line));
        self.entry = Some((number, vec![words.to_owned()]));
    }

    /// Ends the open entry. One without a number or a year is a remark on the references.
    pub(super) fn end_entry(&mut self) {
        let Some((number, words)) = self.entry.take() else { return };
        let text = self.vocabulary.join(words.iter().map(String::as_str), "\n");
        match number.is_some() || marks::names_year(&text) || is_unfinished(&text) {
            true => self.out.reference(number, &text),
            false => self.out.paragraph(&text),
        }
    }
}
