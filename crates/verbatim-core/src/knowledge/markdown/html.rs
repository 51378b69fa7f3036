//! HTML in Markdown. The raw HTML becomes one page, with a placeholder for each piece of Markdown, and the HTML reader
//! reads it.

use scraper::{Html, Node};

use super::pieces::MarkdownPiece;
use super::words::{Inline, MarkdownWords};
use crate::knowledge::html::{self, PART};

/// Builds a page from the raw HTML, with a placeholder for each piece of Markdown. Returns `None` if there is no HTML,
/// or if it is so broken that it swallows Markdown.
pub fn page(pieces: &[MarkdownPiece]) -> Option<Html> {
    if !pieces.iter().any(|piece| matches!(piece, MarkdownPiece::Html(..))) {
        return None;
    }
    let mut source = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        add_part(&mut source, at, piece);
        if let MarkdownPiece::Html(raw, _) = piece {
            source.push_str(&raw.replace(PART, ""));
        }
    }
    let page = html::parse_fragment(&source)?;
    let is_part = |node: &Node| node.as_element().is_some_and(|element| element.attr(PART).is_some());
    (page.tree.values().filter(|node| is_part(node)).count() == pieces.len()).then_some(page)
}

/// Adds the placeholder element for a piece. It contains the text of the piece for code that only inspects text, for
/// example in table cells.
fn add_part(source: &mut String, number: usize, piece: &MarkdownPiece) {
    let (name, words) = match piece {
        MarkdownPiece::Heading(level, words) => (format!("h{}", level.clamp(&1, &6)), escaped(words)),
        MarkdownPiece::Text(words) => ("p".to_owned(), escaped(words)),
        MarkdownPiece::Term(words) | MarkdownPiece::Code(words) => ("div".to_owned(), escaped(words)),
        MarkdownPiece::Table(rows, _) => ("div".to_owned(), escape(&rows.concat().join(" "))),
        _ => ("div".to_owned(), String::new()),
    };
    source.push_str(&format!("<{name} {PART}={number}>{words}</{name}>"));
}

fn escaped(words: &MarkdownWords) -> String {
    let text = escape(&words.text);
    let is_bold = words.bold_end.is_some_and(|end| end >= words.text.trim_end().len());
    if is_bold { format!("<b>{text}</b>") } else { text }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A tag inside a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// Opens an element of this name.
    Open(String, Inline),
    /// Closes an element of this name.
    Close(String),
    /// A line break.
    Break,
}

/// Parses a tag. Returns `None` for comments and for void elements.
pub fn tag(source: &str) -> Option<Tag> {
    let inside = source.strip_prefix('<')?;
    let (ends, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
    let length = inside.find(|c: char| !c.is_ascii_alphanumeric())?;
    let name = inside.get(..length).filter(|name| !name.is_empty())?.to_ascii_lowercase();
    match name.as_str() {
        "br" => Some(Tag::Break),
        _ if ends => Some(Tag::Close(name)),
        "img" | "input" | "wbr" | "hr" | "link" | "meta" => None,
        _ => {
            let kind = inline(&name, source);
            Some(Tag::Open(name, kind))
        }
    }
}

/// The effect of an element on the text in it.
fn inline(name: &str, tag: &str) -> Inline {
    match name {
        _ if html::is_unseen_tag(name, tag) => Inline::Unseen,
        "sup" => Inline::Raised,
        "sub" => Inline::Lowered,
        "b" | "strong" => Inline::Bold,
        _ => Inline::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read() {
        assert_eq!(tag("<SPAN style='display: none'>"), Some(Tag::Open("span".to_owned(), Inline::Unseen)));
        assert_eq!(tag("<sup class=a>"), Some(Tag::Open("sup".to_owned(), Inline::Raised)));
        assert_eq!(tag("</sup >"), Some(Tag::Close("sup".to_owned())));
        assert_eq!(tag("<br/>"), Some(Tag::Break));
        assert_eq!(tag("<!-- <b> -->"), None);
    }
}
