//! Text in Discord's markup. Cards contain only [`Markup`], which can be made from text in only two ways: escaped, so
//! that it shows letter for letter, or from a string literal of the program. Text from a source or a user can therefore
//! never become a link, a mention, an emoji or a heading. [`crate::text::controls`] lists the invisible characters that
//! are made visible.

use unicode_segmentation::UnicodeSegmentation;

use super::address::Address;
use crate::text::controls::{isolated, isolation, one_line, printable, visible};
use crate::text::span::Span;

/// Marks the end of a shortened text.
const ELLIPSIS: &str = "…";

/// Text in Discord's markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup {
    text: String,
    /// Cached, because a card needs it for every part that is added.
    units: usize,
}

/// The length of a text in UTF-16 code units. Discord may count in these or in code points, of which there are never
/// more.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Markup {
    fn new(text: String) -> Self {
        Self { units: units(&text), text }
    }

    /// A string literal of the program, used as markup.
    pub fn own(markup: &'static str) -> Self {
        Self::new(markup.to_owned())
    }

    /// A text that shows letter for letter, isolated if its direction could affect the surrounding text.
    pub fn text(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + text.len() / 8);
        escape_into(&mut out, &isolated(&printable(text)));
        Self::new(out)
    }

    /// A label, or text that a person typed: like [`Markup::text`], but on one line and with invisible characters made
    /// visible.
    pub fn label(text: &str) -> Self {
        Self::text(&visible(&one_line(text)))
    }

    /// A label of at most `most` units, including escapes. A cut is marked with `…`. Line breaks stay.
    pub fn short(text: &str, most: usize) -> Self {
        let text = &*visible(text);
        let whole = Self::text(text);
        if whole.units() <= most {
            return whole;
        }
        Self::text(&shortened(text, |part| Self::text(part).units() <= most))
    }

    /// A text in bold.
    pub fn bold(text: &str) -> Self {
        Self::text(text).strong()
    }

    /// Makes the markup bold. It must not contain bold parts already.
    pub fn strong(self) -> Self {
        if self.is_empty() { self } else { Self::new(format!("**{}**", self.text)) }
    }

    /// An id formatted as code. Backticks, which would end it, become apostrophes.
    pub fn code(id: &str) -> Self {
        let id = visible(&one_line(id)).replace('`', "'");
        if id.is_empty() { Self::default() } else { Self::new(format!("`{}`", isolated(&id))) }
    }

    /// `label` as a link. If Discord would not accept `label` as the name of a link (it contains brackets, or looks
    /// like an address itself), it is shown as text, followed by a link named "source".
    pub fn link(label: &str, most: usize, address: &Address) -> Self {
        let address = address.as_str();
        let shown = Self::short(label, most);
        match is_link_name(&visible(label)) {
            true => Self::new(format!("[{}]({address})", shown.text)),
            false => Self::new(format!("{} ([source]({address}))", shown.text)),
        }
    }

    /// A link whose name is a string literal of the program.
    pub fn own_link(name: &'static str, address: &Address) -> Self {
        Self::new(format!("[{name}]({})", address.as_str()))
    }

    /// An address that is shown as it is.
    pub fn address(address: &Address) -> Self {
        Self::new(format!("<{}>", address.as_str()))
    }

    /// `text` on one line, with `spans` in bold. The spans must be in order. A span that splits a visible character (a
    /// letter and its accent, an emoji of several parts) is widened.
    pub fn emphasised(text: &str, mut spans: &[Span]) -> Self {
        let (mut out, after) = isolation(text);
        let mut run = String::new();
        let mut bold = false;
        for (at, character) in text.grapheme_indices(true) {
            let here = Span::new(at, at + character.len());
            while let Some((_, later)) = spans.split_first().filter(|(span, _)| span.end <= here.start) {
                spans = later;
            }
            let now = spans.first().is_some_and(|span| span.meet(here).is_some());
            if now != bold {
                flush(&mut out, &mut run, bold);
                bold = now;
            }
            run.push_str(character);
        }
        flush(&mut out, &mut run, bold);
        Self::new(out + &after)
    }

    /// Appends `other`.
    pub fn and(mut self, other: &Self) -> Self {
        self.text.push_str(&other.text);
        self.units += other.units;
        self
    }

    /// Joins all non-empty parts with `between`.
    pub fn join(parts: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        let between = Self::own(between);
        let joined = |whole: Self, part: Self| match whole.text.is_empty() {
            true => part,
            false => whole.and(&between).and(&part),
        };
        parts.into_iter().filter(|part| !part.text.is_empty()).fold(Self::default(), joined)
    }

    /// The longest beginning of at most `most` units, cut between words if possible and marked with `…`. A link is kept
    /// whole or left out, and what is bold or isolated where the cut is ends there.
    pub fn cut(&self, most: usize) -> Self {
        if self.units() <= most {
            return self.clone();
        }
        let mut open = Open::default();
        let (mut used, mut after_word, mut after_letter) = (0, None, None);
        for (at, character) in self.text.grapheme_indices(true) {
            let ends = open.ends();
            if used + units(ELLIPSIS) + units(&ends) > most {
                break;
            }
            if open.may_end() {
                let is_word_end = character.starts_with(char::is_whitespace);
                *(if is_word_end { &mut after_word } else { &mut after_letter }) = Some((at, ends));
            }
            used += units(character);
            character.chars().for_each(|letter| open.read(letter));
        }
        let Some((end, ends)) = after_word.or(after_letter) else { return Self::default() };
        Self::new(Span::new(0, end).of(&self.text).trim_end().to_owned() + ELLIPSIS + &ends)
    }

    /// The length, as counted by [`units`].
    pub fn units(&self) -> usize {
        units(&self.text)
    }

    /// Returns whether the markup is empty.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The markup as Discord gets it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The markup that is open at a place in a text.
#[derive(Default)]
struct Open {
    is_bold: bool,
    /// The number of isolates.
    isolates: usize,
    /// The character that ends the part that is kept whole: of a link, an address or code.
    whole_until: Option<char>,
    /// An unescaped character that changes the meaning of the next: a backslash, an asterisk, the end of a link's name.
    before: Option<char>,
}

impl Open {
    fn may_end(&self) -> bool {
        self.whole_until.is_none() && self.before.is_none()
    }

    fn ends(&self) -> String {
        let bold = if self.is_bold { "**" } else { "" };
        "\u{2069}".repeat(self.isolates) + bold
    }

    fn read(&mut self, letter: char) {
        match (self.before.take(), self.whole_until, letter) {
            (Some('\\'), _, _) => {}
            (_, None | Some(')' | ']'), '\\') => self.before = Some('\\'),
            (Some(']'), _, '(') => self.whole_until = Some(')'),
            (_, Some(']'), ']') => (self.whole_until, self.before) = (None, Some(']')),
            (_, Some(end), _) if letter == end => self.whole_until = None,
            (_, Some(_), _) => {}
            (_, None, '[') => self.whole_until = Some(']'),
            (_, None, '<') => self.whole_until = Some('>'),
            (_, None, '`') => self.whole_until = Some('`'),
            (Some('*'), None, '*') => self.is_bold = !self.is_bold,
            (_, None, '*') => self.before = Some('*'),
            (_, None, '\u{2066}'..='\u{2068}') => self.isolates += 1,
            (_, None, '\u{2069}') => self.isolates = self.isolates.saturating_sub(1),
            // An isolate ends at the end of its line.
            (_, None, '\n') => self.isolates = 0,
            _ => {}
        }
    }
}

fn flush(out: &mut String, run: &mut String, bold: bool) {
    let marks = if bold && !run.trim().is_empty() { "**" } else { "" };
    out.push_str(marks);
    escape_into(out, &printable(run));
    out.push_str(marks);
    run.clear();
}

/// A label of at most `most` units, for places without markup.
pub fn plain(text: &str, most: usize) -> String {
    let line = visible(&one_line(text)).into_owned();
    let label = |part: &str| isolated(part).into_owned();
    if units(&label(&line)) <= most {
        return label(&line);
    }
    label(&shortened(&line, |part| units(&label(part)) <= most))
}

/// The longest beginning of `text` that fits with `…` after it, cut between words if a word boundary is near.
fn shortened(text: &str, fits: impl Fn(&str) -> bool) -> String {
    let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, character)| at + character.len()).collect();
    let with_mark = |end: usize| Span::new(0, end).of(text).trim_end().to_owned() + ELLIPSIS;
    let fitting = ends.partition_point(|&end| fits(&with_mark(end)));
    let Some(&end) = fitting.checked_sub(1).and_then(|last| ends.get(last)) else {
        return if fits(ELLIPSIS) { ELLIPSIS.to_owned() } else { String::new() };
    };
    let word_end = Span::new(0, end).of(text).rfind(char::is_whitespace).filter(|at| at * 2 > end);
    with_mark(word_end.unwrap_or(end))
}

/// Returns whether Discord accepts this name for a link. Brackets break the link, and Discord rejects a name that looks
/// like an address, so that a link cannot lead somewhere other than its name says.
fn is_link_name(label: &str) -> bool {
    let upsets = |c: char| matches!(c, '[' | ']' | '<' | '>' | '`' | '\\' | '@' | '\n');
    !label.trim().is_empty() && !label.contains(upsets) && !label.contains("://") && !label.contains("www.")
}

/// Escapes everything that Discord reads as markup, in any position: a backslash before a character that is not a
/// letter, digit or space shows that character. Colons are escaped because of `:emoji:` and because addresses would
/// otherwise become links and show the backslashes in them.
fn escape_into(out: &mut String, text: &str) {
    let mut line = LineState::Start;
    let mut previous = '\n';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        // The next character shows whether a number starts a list item: `1. ` does, `4.5 mg` does not.
        let ends = letters.peek().is_none_or(|next| next.is_whitespace());
        let special = match letter {
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '#' | '[' | ']' | '@' | ':' => true,
            '-' | '+' => line == LineState::Start,
            '.' | ')' => line == LineState::Number && ends,
            '(' => previous == ']',
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(letter);
        line = line.after(letter);
        previous = letter;
    }
}

/// The state of a line, which decides whether a list item can begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineState {
    Start,
    Number,
    Words,
}

impl LineState {
    fn after(self, letter: char) -> Self {
        match (self, letter) {
            (_, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}') => Self::Start,
            (Self::Start, space) if space.is_whitespace() => Self::Start,
            // The start of an isolate is invisible.
            (Self::Start, '\u{2066}'..='\u{2068}') => Self::Start,
            (Self::Start | Self::Number, digit) if digit.is_numeric() => Self::Number,
            _ => Self::Words,
        }
    }
}

#[cfg(test)]
mod tests;
