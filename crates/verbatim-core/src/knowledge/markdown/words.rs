//! The text of a paragraph, heading or cell, assembled from the parser's events.

use crate::text::digits;

/// A text and information from its markup.
#[derive(Debug, Clone, Default)]
pub struct MarkdownWords {
    /// The text, with line breaks.
    pub text: String,
    /// The text outside links.
    pub unlinked: String,
    /// The link targets.
    pub links: Vec<String>,
    /// The end of the bold text at the start.
    pub bold_end: Option<usize>,
    /// The line in the file, from 1.
    pub line: usize,
    open: Vec<OpenMarkup>,
    link_depth: usize,
    /// Where the text of the last link starts.
    link_start: usize,
    /// How many of the open marks hide their content.
    unseen: usize,
    highlights: Vec<usize>,
    /// Whether attributes can follow (`[a](b){target=_blank}`).
    after_markup: bool,
}

/// Open inline markup.
#[derive(Debug, Clone)]
struct OpenMarkup {
    kind: Inline,
    start: usize,
    /// Its HTML tag name; empty for Markdown's own markup.
    tag: String,
}

/// The meaning of inline markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inline {
    /// No effect.
    Plain,
    /// Bold.
    Bold,
    /// Struck out or hidden; its text is dropped.
    Unseen,
    /// Superscript.
    Raised,
    /// Subscript from HTML.
    Lowered,
    /// Between single tildes: subscript (`H~2~O`) or strikethrough.
    Tildes,
    /// Between single carets: superscript.
    Carets,
}

/// Whether an address leads to the page's source.
pub fn edits(address: &str) -> bool {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = path.split('#').next().unwrap_or_default();
    path.split('/').any(|part| part == "edit") || query.split('&').any(|part| part.starts_with("action=edit"))
}

impl MarkdownWords {
    /// Creates an empty text that starts at a line.
    pub fn at(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    /// Adds text. `code`: whether marks in it are literal.
    pub fn say(&mut self, words: &str, code: bool) {
        let after_markup = std::mem::take(&mut self.after_markup);
        if self.unseen > 0 {
            return;
        }
        let words = if after_markup && !code { without_attributes(words) } else { words };
        let before = self.text.len();
        match code || !words.contains(['~', '^']) {
            true => self.text.extend(words.chars().filter(|c| *c != '\u{ad}')),
            false => self.text.push_str(&with_shifted(&words.replace('\u{ad}', ""))),
        }
        let added = self.text.get(before..).unwrap_or_default();
        if !code {
            self.highlights.extend(added.match_indices("==").map(|(at, _)| before + at));
        }
        if self.link_depth == 0 {
            self.unlinked.push_str(added);
        }
    }

    /// Starts a link.
    pub fn open_link(&mut self, address: &str) {
        self.link_depth += 1;
        self.link_start = self.text.len();
        self.links.push(address.to_owned());
    }

    /// Ends a link.
    pub fn close_link(&mut self) {
        self.link_depth = self.link_depth.saturating_sub(1);
        self.after_markup = true;
        // An edit link of a wiki, after its heading.
        let is_edit =
            self.text.get(self.link_start..).is_some_and(|words| words.trim_matches(['[', ']']) == "edit");
        if is_edit && self.links.last().is_some_and(|address| edits(address)) {
            self.text.truncate(self.link_start);
            self.links.pop();
        }
    }

    /// Ends an image. Its attributes can follow.
    pub fn end_image(&mut self) {
        self.after_markup = true;
    }

    /// Starts markup. `tag` is its HTML tag name, or empty.
    pub fn open(&mut self, kind: Inline, tag: &str) {
        self.unseen += usize::from(kind == Inline::Unseen);
        self.open.push(OpenMarkup { kind, start: self.text.len(), tag: tag.to_owned() });
    }

    /// Ends the innermost markup with this tag name.
    pub fn close(&mut self, tag: &str) {
        // Only a few levels are searched, so that tags that are never closed do not cost too much time.
        let Some(back) = self.open.iter().rev().take(16).position(|open| open.tag == tag) else { return };
        let at = self.open.len().saturating_sub(back + 1);
        let ended = self.open.split_off(at);
        let unseen = ended.iter().filter(|open| open.kind == Inline::Unseen).count();
        self.unseen = self.unseen.saturating_sub(unseen);
        if let Some(open) = ended.first() {
            self.end(open.kind, open.start);
        }
        self.after_markup = true;
    }

    fn end(&mut self, kind: Inline, start: usize) {
        let shifts = matches!(kind, Inline::Raised | Inline::Lowered | Inline::Carets | Inline::Tildes);
        let inside =
            if shifts { self.text.get(start..).unwrap_or_default().to_owned() } else { String::new() };
        match kind {
            Inline::Raised | Inline::Carets if digits::can_shift(&inside) => {
                self.replace(start, &digits::raised(&inside).unwrap_or(inside));
            }
            Inline::Lowered | Inline::Tildes if digits::can_shift(&inside) => {
                self.replace(start, &digits::lowered(&inside).unwrap_or(inside));
            }
            Inline::Carets => self.replace(start, &format!("^{inside}^")),
            Inline::Tildes => self.end_tildes(start, &inside),
            Inline::Bold if self.text.get(..start).is_some_and(|before| before.trim().is_empty()) => {
                self.bold_end = Some(self.text.len());
            }
            _ => {}
        }
    }

    /// Applies single tildes: they strike out whole words, but inside words and numbers (`5~10 or 20~30`) they mean
    /// ranges.
    fn end_tildes(&mut self, start: usize, inside: &str) {
        let before = self.text.get(..start).and_then(|text| text.chars().next_back());
        let ranges = before.is_some_and(char::is_alphanumeric) || inside.chars().all(|c| !c.is_alphabetic());
        let text = if ranges { format!("~{inside}~") } else { String::new() };
        self.replace(start, &text);
    }

    fn replace(&mut self, start: usize, with: &str) {
        let removed = self.text.len().saturating_sub(start);
        self.highlights.retain(|at| *at < start);
        self.text.truncate(start);
        self.text.push_str(with);
        if self.link_depth == 0 {
            let keep = self.unlinked.len().saturating_sub(removed);
            if self.unlinked.is_char_boundary(keep) {
                self.unlinked.truncate(keep);
                self.unlinked.push_str(with);
            }
        }
    }

    /// Whether all of the text is in links, except for separators.
    pub fn only_links(&self) -> bool {
        !self.links.is_empty() && !self.unlinked.contains(char::is_alphanumeric)
    }

    /// Finishes the text: highlight marks (`==so==`) are removed, and fractions become single characters.
    pub fn finish(mut self) -> Self {
        self.after_markup = false;
        self.text.truncate(without_label(&self.text).len());
        self.unlinked.truncate(without_label(&self.unlinked).len());
        self.bold_end = self.bold_end.map(|end| end.min(self.text.len()));
        self.remove_highlights();
        // Only now, since a fraction takes fewer bytes than its digits, which would move the marks.
        let bold = self.bold_end.and_then(|end| self.text.get(..end));
        self.bold_end = bold.map(|bold| digits::with_fractions(bold).len());
        self.text = digits::with_fractions(&self.text);
        self
    }

    fn remove_highlights(&mut self) {
        let paired = self.paired_highlights();
        if paired.is_empty() {
            return;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut from = 0;
        for at in &paired {
            text.push_str(self.text.get(from..*at).unwrap_or_default());
            from = at + 2;
        }
        text.push_str(self.text.get(from..).unwrap_or_default());
        let gone = |end: usize| 2 * paired.iter().filter(|at| **at < end).count();
        self.bold_end = self.bold_end.map(|end| end.saturating_sub(gone(end)));
        self.text = text;
    }

    /// The places of the highlight marks that open and close a highlight.
    fn paired_highlights(&mut self) -> Vec<usize> {
        let mut paired = Vec::new();
        let mut opening = None;
        for at in std::mem::take(&mut self.highlights) {
            let before = self.text.get(..at).and_then(|text| text.chars().next_back());
            let after = self.text.get(at + 2..).and_then(|text| text.chars().next());
            let word = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && c != '=');
            match opening {
                None if word(after) && before != Some('=') => opening = Some(at),
                Some(open) if word(before) && after != Some('=') => {
                    paired.extend([open, at]);
                    opening = None;
                }
                _ => {}
            }
        }
        paired
    }
}

/// Converts digits between carets (`10^9^`) to superscript, and digits between tildes after a letter (`H~2~O`) to
/// subscript. The parser does not recognise these marks inside words.
fn with_shifted(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = rest.find(['~', '^']) {
        let (before, here) = rest.split_at_checked(at).unwrap_or((rest, ""));
        text.push_str(before);
        let sign = here.chars().next().unwrap_or_default();
        let inside = here.get(1..).and_then(|rest| rest.split_once(sign)).map_or("", |(inside, _)| inside);
        let digits = inside.len() <= 6 && digits::can_shift(inside) && !inside.contains(' ');
        let lowers = sign == '~' && text.ends_with(|c: char| c.is_alphabetic() || matches!(c, ')' | ']'));
        let length = if digits && (lowers || sign == '^') {
            let shifted = if lowers { digits::lowered(inside) } else { digits::raised(inside) };
            text.push_str(shifted.as_deref().unwrap_or(inside));
            inside.len() + 2
        } else {
            text.push(sign);
            1
        };
        rest = here.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Removes the attributes (`{ .a }`) or the name (`^a`) of the block from the end of its text.
fn without_label(words: &str) -> &str {
    let text = words.trim_end();
    let attributes = text.strip_suffix('}').and_then(|rest| rest.rsplit_once('{')).filter(|(_, inside)| {
        inside.trim_start().starts_with(['.', '#', ':']) && inside.len() < 200 && !inside.contains('\n')
    });
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let named = text
        .rsplit_once('^')
        .filter(|(before, name)| is_name(name) && (before.is_empty() || before.ends_with([' ', '\n'])));
    attributes.or(named).map_or(words, |(before, _)| before.trim_end())
}

/// Removes attributes from the start of a text: `{: .a}`, `{.a}`, `{#a}`, `{a=b}`.
fn without_attributes(words: &str) -> &str {
    let Some((inside, rest)) = words.strip_prefix('{').and_then(|words| words.split_once('}')) else {
        return words;
    };
    let key = inside.split('=').next().unwrap_or_default().trim();
    let pair = inside.contains('=') && key.chars().all(|c| c.is_alphanumeric() || c == '-');
    if inside.starts_with([':', '.', '#']) || inside.starts_with(" .") || pair { rest } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlights_lose_their_marks() {
        let mut words = MarkdownWords::default();
        words.say("the ==most== of a == b", false);
        assert_eq!(words.finish().text, "the most of a == b");
    }

    #[test]
    fn fractions_move_neither_highlights_nor_the_end_of_bold_text() {
        let mut words = MarkdownWords::default();
        words.open(Inline::Bold, "");
        words.say("¹/₂ ==tablet==?", false);
        words.close("");
        words.say(" Take ¹/₄ of ==one==.", false);
        let words = words.finish();
        assert_eq!(words.text, "½ tablet? Take ¼ of one.");
        assert_eq!(words.bold_end.and_then(|end| words.text.get(..end)), Some("½ tablet?"));
    }

    #[test]
    fn labels_of_blocks_go() {
        assert_eq!(without_label("A line. ^a-1"), "A line.");
        assert_eq!(without_label("A / B { .a }"), "A / B");
        assert_eq!(without_label("10^9 or {x}"), "10^9 or {x}");
    }

    #[test]
    fn digits_move_inside_of_words() {
        assert_eq!(with_shifted("H~2~O, 10^-9^/L, 5~10~20, a^b^, ^"), "H₂O, 10⁻⁹/L, 5~10~20, a^b^, ^");
    }

    #[test]
    fn tildes_lower_strike_or_stay() {
        let mut words = MarkdownWords::default();
        for (before, inside) in [("H", "2"), ("O ", "old"), ("5", "10 or 20")] {
            words.say(before, false);
            words.open(Inline::Tildes, "");
            words.say(inside, false);
            words.close("");
        }
        assert_eq!(words.finish().text, "H₂O 5~10 or 20~");
    }
}
