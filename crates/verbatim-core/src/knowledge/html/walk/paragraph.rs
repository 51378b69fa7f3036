//! Classifies the text of a paragraph, heading or item.

use super::super::marks::{
    announced_lines, bare_marker, bulleted, is_marked, typed_marker, without_mark, without_toggle,
};
use super::{Ending, HtmlWords, PageReader};
use crate::knowledge::plain::marks;
use crate::text::controls::one_line;

/// The most words in the title of a warning.
const TITLE_WORDS: usize = 8;
/// The most words in a bold line that is treated as a heading.
const HEADING_WORDS: usize = 12;

impl PageReader<'_> {
    /// Adds a bold line at the start of a paragraph: a question, or the title of the rest of the element.
    pub(super) fn add_run_in_title(&mut self, around: Option<ego_tree::NodeId>) {
        let line = self.words.one_line();
        let is_title =
            line.split_whitespace().count() <= TITLE_WORDS && !line.ends_with(['?', '.', '!', ':']);
        match around {
            Some(id) if is_title && self.has_headings && !self.box_title => {
                self.words.take();
                self.close_marked_lists(0);
                self.assembler.open_admonition(Some(&line));
                self.endings.push((id, Ending::Box));
            }
            Some(id) if line.ends_with('?') => {
                // The answer ends with its paragraph.
                self.close_bold_question();
                self.endings.push((id, Ending::Close(self.assembler.depth())));
                self.flush();
            }
            _ => self.flush(),
        }
    }

    /// Closes the lists of marked paragraphs down to a level.
    pub(super) fn close_marked_lists(&mut self, level: usize) {
        while self.marked_lists > level {
            self.marked_lists -= 1;
            self.assembler.close_list();
        }
    }

    /// Adds an item of a list whose bullets or numbers are text.
    fn add_marked_item(&mut self, level: usize, number: Option<String>, text: &str) {
        self.close_marked_lists(level);
        while self.marked_lists < level {
            self.marked_lists += 1;
            self.assembler.open_list();
        }
        self.assembler.item(number, text);
    }

    pub(super) fn question(&mut self, words: &str) {
        self.release_marker();
        self.close_bold_question();
        self.assembler.open_question(marks::question(words).unwrap_or(words));
        self.bold_question = true;
    }

    pub(super) fn close_bold_question(&mut self) {
        if std::mem::take(&mut self.bold_question) {
            self.assembler.close_question();
        }
    }

    pub(super) fn flush(&mut self) {
        let words = self.words.take();
        if words.is_empty() {
            return;
        }
        let text = words.text().replace(" \n", "\n");
        let hanging = self.hanging.take();
        if self.furniture > 0 {
            return self.assembler.furniture(&text);
        }
        if let Some(level) = self.heading {
            return self.add_heading(level, &words);
        }
        if self.notes == 0 && self.is_link_line(&words) {
            return self.assembler.furniture(&text);
        }
        if let Some(number) = self.bare_marker(&text) {
            self.release_marker();
            self.marker = Some((1, number));
            return;
        }
        if self.summary {
            return self.add_summary(&words);
        }
        if std::mem::take(&mut self.in_term) {
            return self.terms.push(words.one_line());
        }
        self.open_pending_box(&words);
        if self.box_title_taken(&words) {
            return;
        }
        if self.notes > 0 || words.begins_raised && !self.assembler.awaits_item() && is_marked(&text) {
            return self.add_notes(&text);
        }
        match self.assembler.awaits_item() {
            true => self.assembler.paragraph(&text),
            false => {
                let hanging = hanging.filter(|_| self.marker.is_none());
                if !self.add_hanging(hanging, &text) {
                    self.add_paragraph(&words, &text);
                }
            }
        }
    }

    /// The bullet, or the number outside of items, that is all of a paragraph.
    fn bare_marker(&self, text: &str) -> Option<Option<String>> {
        bare_marker(text).filter(|number| number.is_none() || !self.assembler.awaits_item())
    }

    /// Adds consecutive footnotes. Each line that starts with a mark starts a new note.
    fn add_notes(&mut self, text: &str) {
        self.release_marker();
        let mut note = String::new();
        for line in text.lines() {
            if is_marked(line.trim_start()) && !note.is_empty() {
                self.assembler.note(without_mark(&std::mem::take(&mut note)));
            }
            note.push_str(line);
            note.push('\n');
        }
        self.assembler.note(without_mark(note.trim_end()));
    }

    /// Whether a line consists only of links.
    fn is_link_line(&self, words: &HtmlWords) -> bool {
        let is_sentence = words.text().ends_with(['.', '!', '?', ':']);
        let in_introduced_list = self.assembler.awaits_item() && self.assembler.is_introduced();
        words.is_all_in_page_links()
            || !is_sentence && !in_introduced_list && (words.is_all_links() || words.is_mostly_links())
    }

    fn add_heading(&mut self, level: u8, words: &HtmlWords) {
        self.release_marker();
        self.close_marked_lists(0);
        if level == 0 {
            return self.assembler.title(&words.one_line());
        }
        self.level = level;
        self.assembler.heading(level, without_toggle(&words.one_line()));
    }

    fn add_summary(&mut self, words: &HtmlWords) {
        self.release_marker();
        let text = words.one_line();
        let text = without_toggle(&text);
        if text.ends_with('?') {
            self.assembler.open_question(marks::question(text).unwrap_or(text));
        } else {
            self.level = (self.level + 1).min(6);
            self.assembler.heading(self.level, text);
        }
    }

    pub(super) fn open_pending_box(&mut self, words: &HtmlWords) {
        if !self.box_title {
            return;
        }
        let text = words.one_line();
        let is_title =
            text.split_whitespace().count() <= TITLE_WORDS && !text.ends_with(['.', '!', '?', ':']);
        if is_title && (words.is_all_bold() || text.split_whitespace().count() <= 3) {
            return;
        }
        self.box_title = false;
        self.assembler.open_admonition(None);
    }

    pub(super) fn box_title_taken(&mut self, words: &HtmlWords) -> bool {
        let taken = std::mem::take(&mut self.box_title);
        if taken {
            self.assembler.open_admonition(Some(&words.one_line()));
        }
        taken
    }

    /// Adds a line with a hanging number or bullet as an item. A larger indent means a deeper level. Returns whether
    /// the line was an item.
    fn add_hanging(&mut self, margin: Option<i32>, text: &str) -> bool {
        let (Some(margin), Some((number, words))) = (margin, typed_marker(text)) else { return false };
        if self.marked_lists == 0 {
            self.margins.clear();
        }
        self.margins.retain(|open| *open < margin);
        self.margins.push(margin);
        self.add_marked_item(self.margins.len().min(9), number, words);
        true
    }

    fn add_paragraph(&mut self, words: &HtmlWords, text: &str) {
        if let Some((level, number)) = self.marker.take() {
            return self.add_marked_item(level, number, text);
        }
        self.close_marked_lists(0);
        let line = words.one_line();
        let is_bold = words.is_all_bold();
        if is_bold && line.ends_with('?') {
            return self.question(&line);
        }
        if let Some(question) = marks::question(text) {
            let (question, answer) = marks::split_answer(question);
            self.question(&one_line(question));
            if !answer.is_empty() {
                self.assembler.paragraph(answer);
            }
            return;
        }
        let bold = words.bold_start();
        if bold.ends_with('?')
            && let Some(rest) = text.strip_prefix(bold)
        {
            self.question(bold);
            self.assembler.paragraph(rest);
            return self.close_bold_question();
        }
        let answer = marks::answer(text).filter(|_| self.bold_question);
        let text = answer.unwrap_or(text).trim_start();
        let stands_out = is_bold || self.sizes.level(words.size).is_some();
        if stands_out && is_title_like(&line) && !self.has_headings && self.lists.is_empty() {
            return self.add_bold_heading(words);
        }
        match bulleted(text).or_else(|| announced_lines(text)) {
            Some((before, items)) => self.add_typed_list(before, &items),
            None => self.assembler.paragraph(text),
        }
    }

    /// Adds a bold line as a heading on a page without headings. The largest is the title.
    fn add_bold_heading(&mut self, words: &HtmlWords) {
        self.close_bold_question();
        let by_size = (!self.sizes.is_empty()).then(|| {
            let level = self.sizes.level(words.size).unwrap_or(self.sizes.level_of_bold());
            (level + self.title_levels).min(6)
        });
        let level = match words.font {
            0 if by_size.is_some() => by_size.unwrap_or(2),
            6.. => 1,
            4 | 5 => 2,
            3 => 3,
            _ => {
                if self.assembler.last().is_none() {
                    1
                } else {
                    2
                }
            }
        };
        self.add_heading(level, words);
    }

    pub(super) fn add_typed_list(&mut self, before: &str, items: &[impl AsRef<str>]) {
        if !before.is_empty() {
            self.assembler.paragraph(before);
        }
        self.assembler.open_list();
        for item in items {
            self.assembler.item(None, item.as_ref());
        }
        self.assembler.close_list();
    }
}

/// Whether an emphasised line can be a heading: it is short and does not end like a sentence.
pub(super) fn is_title_like(line: &str) -> bool {
    line.split_whitespace().count() <= HEADING_WORDS && !line.ends_with(['.', '!', ':', ';', ','])
}
