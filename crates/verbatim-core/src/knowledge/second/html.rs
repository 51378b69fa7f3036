//! Turns markup into a sequence of letters: html5gum splits it into tags and text, and no tree is built.

use html5gum::{DefaultEmitter, EndTag, StartTag, Token, Tokenizer};

use super::letters::{Layout, LetterRow};

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Inline elements; all others begin a block.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "input", "ins", "kbd", "label", "mark", "q", "s", "samp", "script", "small", "span",
    "strike", "strong", "style", "sub", "sup", "template", "time", "tt", "u", "var", "wbr",
];
/// Elements whose text is not part of the document.
const NO_TEXT: &[&str] = &["script", "style", "title"];
/// Elements whose text is struck out or never shown.
const UNSEEN: &[&str] = &["del", "rp", "s", "strike", "template"];
/// Inline style declarations, without spaces, that hide an element or strike it out.
const HIDING: &[&str] = &["display:none", "visibility:hidden", "line-through"];
/// How many open elements an end tag is compared with, so that a page of unclosed elements is not slow.
const MOST_COMPARED: usize = 64;

/// Reads a page.
pub fn read(page: &str) -> LetterRow {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reader =
        SecondHtmlReader { row: LetterRow::new(Layout::Blocks), open: Vec::new(), is_text: true };
    for token in Tokenizer::new_with_emitter(page, emitter).flatten() {
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&tag),
            Token::String(text) if reader.is_text => {
                reader.row.add_text(&String::from_utf8_lossy(&text.value));
            }
            _ => {}
        }
    }
    reader.row
}

struct SecondHtmlReader {
    row: LetterRow,
    open: Vec<OpenElement>,
    is_text: bool,
}

struct OpenElement {
    name: String,
    /// The index of its first letter.
    start: usize,
    is_unseen: bool,
    spans_rows: bool,
}

impl SecondHtmlReader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        self.begin(&name);
        self.is_text = !NO_TEXT.contains(&name.as_str());
        if VOID.contains(&name.as_str()) || tag.self_closing {
            return;
        }
        let spans_rows = attribute(tag, "rowspan").is_some_and(|rows| rows.trim() != "1");
        let is_unseen = is_unseen(&name, tag);
        self.open.push(OpenElement { name, start: self.row.len(), is_unseen, spans_rows });
    }

    fn end(&mut self, tag: &EndTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        self.begin(&name);
        self.is_text = true;
        let first = self.open.len().saturating_sub(MOST_COMPARED);
        let Some(index) = self.open.iter().skip(first).rposition(|open| open.name == name) else { return };
        let Some(element) = self.open.drain(first + index..).next() else { return };
        if element.is_unseen {
            self.row.leave_out_unseen(element.start);
        } else if is_inline(&name) {
            self.row.leave_out_aside(element.start);
        }
        if element.spans_rows {
            self.row.add_spanning_cell(element.start);
        }
    }

    /// A tag separates words, and also blocks unless it is inline.
    fn begin(&mut self, name: &str) {
        match is_inline(name) {
            true => self.row.begin_word(),
            false => self.row.begin_block(),
        }
    }
}

fn is_inline(name: &str) -> bool {
    INLINE.contains(&name)
}

fn is_unseen(name: &str, tag: &StartTag<()>) -> bool {
    let style: String = attribute(tag, "style").unwrap_or_default().split_whitespace().collect();
    UNSEEN.contains(&name)
        || attribute(tag, "hidden").is_some()
        || HIDING.iter().any(|hiding| style.contains(hiding))
}

/// The value of an attribute, in lower case.
fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let (_, value) = tag.attributes.iter().find(|(key, _)| key.as_slice() == name.as_bytes())?;
    Some(String::from_utf8_lossy(value).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_differ, assert_hold};
    use crate::knowledge::format::Format;

    #[test]
    fn a_unit_stands_in_one_block_without_what_is_unseen() {
        let page = "<title>Leaflet</title><style>p{}</style><p>The <b>in</b>ter&shy;val is <del>10</del> 12 hours\
            <sup>1</sup> or m<sup>2</sup>. Next <span class=sr>opens a window</span> sentence.<div>Other block of words</div>";
        assert_hold(
            Format::Html,
            page,
            &["The interval is 12 hours¹ or m².", "The interval is 12 hours or m²", "Next sentence."],
        );
        assert_differ(
            Format::Html,
            page,
            &[
                "The interval is 3 12 hours",
                "Next sentence. Other block",
                "The interval words",
                "Leaflet",
                "sentence words",
            ],
        );
    }

    #[test]
    fn the_cells_of_a_row_and_a_term_with_its_description_stand_together() {
        let page = "<table><tr><td rowspan=2>Adults</td><td>mild</td><td>5 mg</td></tr>\
            <tr><td>severe</td><td>25 mg</td></tr></table>\
            <dl><dt>Ache</dt><dd>a dull pain</dd><dt>Burn</dt><dd>a sharp one</dd></dl>";
        assert_hold(
            Format::Html,
            page,
            &["Adults | mild | 5 mg", "Adults | severe | 25 mg", "Ache: a dull pain"],
        );
        assert_differ(
            Format::Html,
            page,
            &["Adults | mild | 25 mg", "Ache: a sharp one", "Ache a dull pain"],
        );
    }

    #[test]
    fn elements_may_be_nested_deeply() {
        let page = "<b>".repeat(100_000) + "x" + &"</i></b>".repeat(100_000);
        assert_hold(Format::Html, &page, &["x"]);
    }
}
