//! Converts the parser's events to a list of pieces, each with its complete text.

use std::collections::HashMap;

use pulldown_cmark::{
    CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeWithOffset,
};

use super::html;
use super::prepare::Prepared;
use super::words::{Inline, MarkdownWords};
use crate::text::controls::one_line;
use crate::text::digits;

/// A piece of a document. Every piece that opens is also closed.
#[derive(Debug, Clone)]
pub enum MarkdownPiece {
    /// A heading.
    Heading(u8, MarkdownWords),
    /// A paragraph, or the text of an item.
    Text(MarkdownWords),
    OpenList,
    CloseList,
    /// The start of an item, with its number as written.
    OpenItem(Option<String>),
    CloseItem,
    OpenQuote,
    CloseQuote,
    OpenNote,
    CloseNote,
    /// The term of a definition list.
    Term(MarkdownWords),
    OpenDescription,
    CloseDescription,
    /// Rows of cells, and how many of the first rows are header rows.
    Table(Vec<Vec<String>>, usize),
    /// A block of raw HTML, and its line.
    Html(String, usize),
    /// A horizontal rule.
    Rule,
    /// A fenced code block.
    Code(MarkdownWords),
}

/// Converts a text to pieces.
pub fn pieces(prepared: &Prepared) -> Vec<MarkdownPiece> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_SUPERSCRIPT
        | Options::ENABLE_SUBSCRIPT
        | Options::ENABLE_WIKILINKS;
    let mut reader = MarkdownReader {
        prepared,
        pieces: Vec::new(),
        words: None,
        notes: HashMap::new(),
        images: 0,
        table: None,
        raw: None,
        fenced: false,
        numbers: Vec::new(),
        wiki_link: false,
    };
    let parser = Parser::new_ext(&prepared.text, options);
    for (event, range) in TextMergeWithOffset::new(parser.into_offset_iter()) {
        reader.take(event, range.start);
    }
    reader.flush();
    reader.pieces
}

struct MarkdownReader<'a> {
    prepared: &'a Prepared,
    pieces: Vec<MarkdownPiece>,
    words: Option<MarkdownWords>,
    /// The numbers of the footnotes, in the order of their first references.
    notes: HashMap<String, usize>,
    /// How many images are open. The text inside them is hidden.
    images: usize,
    /// The rows of the open table, and how many of them are header rows.
    table: Option<(Vec<Vec<String>>, usize)>,
    raw: Option<(String, usize)>,
    fenced: bool,
    /// For each open list, the last number as written and as shown.
    numbers: Vec<Option<(u64, u64)>>,
    /// Whether a wiki link without text of its own is open.
    wiki_link: bool,
}

impl MarkdownReader<'_> {
    fn take(&mut self, event: Event<'_>, offset: usize) {
        match event {
            Event::Start(tag) => self.open(tag, offset),
            Event::End(tag) => self.close(tag),
            // A link to a section of a page is shown as `Page > Section`.
            Event::Text(words) if self.wiki_link => {
                self.say(words.replace('#', " > ").trim_start_matches(" > "), offset, false);
            }
            Event::Text(words) => self.say(&words, offset, self.fenced),
            Event::Code(words) => self.say(&words, offset, true),
            Event::SoftBreak | Event::HardBreak => self.say("\n", offset, true),
            Event::FootnoteReference(name) => self.note_mark(&name, offset),
            Event::Html(html) => match &mut self.raw {
                Some((raw, _)) => raw.push_str(&html),
                None => self.raw = Some((html.into_string(), offset)),
            },
            Event::InlineHtml(html) => self.inline_html(&html, offset),
            Event::Rule => {
                self.flush();
                self.pieces.push(MarkdownPiece::Rule);
            }
            Event::InlineMath(words) | Event::DisplayMath(words) => self.say(&words, offset, true),
            Event::TaskListMarker(_) => {}
        }
    }

    fn words(&mut self, offset: usize) -> &mut MarkdownWords {
        let line = self.prepared.line(offset);
        self.words.get_or_insert_with(|| MarkdownWords::at(line))
    }

    fn say(&mut self, words: &str, offset: usize, code: bool) {
        if self.images == 0 && self.raw.is_none() {
            self.words(offset).say(words, code);
        }
    }

    fn note_mark(&mut self, name: &CowStr<'_>, offset: usize) {
        let next = self.notes.len() + 1;
        let number = *self.notes.entry(name.to_string()).or_insert(next);
        let number = number.to_string();
        self.say(&digits::raised(&number).unwrap_or(number), offset, true);
    }

    fn inline_html(&mut self, source: &str, offset: usize) {
        match html::tag(source) {
            Some(html::Tag::Break) => self.say("\n", offset, true),
            Some(html::Tag::Open(name, kind)) => self.words(offset).open(kind, &name),
            Some(html::Tag::Close(name)) => self.words(offset).close(&name),
            None => {}
        }
    }

    fn flush(&mut self) {
        if let Some(words) =
            self.words.take().map(MarkdownWords::finish).filter(|words| !words.text.trim().is_empty())
        {
            self.pieces.push(MarkdownPiece::Text(words));
        }
    }

    fn open(&mut self, tag: Tag<'_>, offset: usize) {
        match tag {
            Tag::Emphasis => self.words(offset).open(Inline::Plain, ""),
            Tag::Strong => self.words(offset).open(Inline::Bold, ""),
            Tag::Strikethrough => self.words(offset).open(Inline::Unseen, ""),
            Tag::Superscript => self.words(offset).open(Inline::Carets, ""),
            Tag::Subscript => self.words(offset).open(Inline::Tildes, ""),
            Tag::Image { .. } => self.images += 1,
            Tag::Link { link_type, dest_url, .. } => {
                self.wiki_link = link_type == LinkType::WikiLink { has_pothole: false };
                let address = if link_type == LinkType::Email { String::new() } else { dest_url.to_string() };
                self.words(offset).open_link(&address);
            }
            Tag::TableCell => self.words = None,
            Tag::Table(_) => {
                self.flush();
                self.table = Some((Vec::new(), 0));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some((rows, heads)) = &mut self.table {
                    *heads += usize::from(tag == Tag::TableHead);
                    rows.push(Vec::new());
                }
            }
            _ => self.open_block(tag, offset),
        }
    }

    fn open_block(&mut self, tag: Tag<'_>, offset: usize) {
        self.flush();
        match tag {
            Tag::List(_) => {
                self.numbers.push(None);
                self.pieces.push(MarkdownPiece::OpenList);
            }
            Tag::Item => {
                let number = self.prepared.mark(offset).map(str::to_owned).or_else(|| self.number(offset));
                self.pieces.push(MarkdownPiece::OpenItem(number));
            }
            Tag::BlockQuote(_) => self.pieces.push(MarkdownPiece::OpenQuote),
            Tag::FootnoteDefinition(_) => self.pieces.push(MarkdownPiece::OpenNote),
            Tag::DefinitionListDefinition => self.pieces.push(MarkdownPiece::OpenDescription),
            Tag::HtmlBlock => self.raw = Some((String::new(), offset)),
            Tag::CodeBlock(kind) => self.fenced = kind.is_fenced(),
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript => {
                if let Some(words) = &mut self.words {
                    words.close("");
                }
            }
            TagEnd::Image => {
                self.images = self.images.saturating_sub(1);
                if let Some(words) = &mut self.words {
                    words.end_image();
                }
            }
            TagEnd::Link => {
                self.wiki_link = false;
                if let Some(words) = &mut self.words {
                    words.close_link();
                }
            }
            TagEnd::TableCell => {
                let text = self.words.take().map(|words| words.finish().text).unwrap_or_default();
                let cell = one_line(&text);
                if let Some(row) = self.table.as_mut().and_then(|(rows, _)| rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {}
            TagEnd::Table => {
                if let Some((rows, heads)) = self.table.take() {
                    self.pieces.push(MarkdownPiece::Table(rows, heads));
                }
            }
            _ => self.close_block(tag),
        }
    }

    fn close_block(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.close_heading(level),
            TagEnd::DefinitionListTitle => {
                if let Some(words) = self.words.take() {
                    self.pieces.push(MarkdownPiece::Term(words.finish()));
                }
            }
            TagEnd::CodeBlock if std::mem::take(&mut self.fenced) => {
                if let Some(words) = self.words.take() {
                    self.pieces.push(MarkdownPiece::Code(words));
                }
            }
            TagEnd::HtmlBlock => {
                if let Some((raw, offset)) = self.raw.take() {
                    self.pieces.push(MarkdownPiece::Html(raw, self.prepared.line(offset)));
                }
            }
            _ => {}
        }
        self.flush();
        match tag {
            TagEnd::List(_) => {
                self.numbers.pop();
                self.pieces.push(MarkdownPiece::CloseList);
            }
            TagEnd::Item => self.pieces.push(MarkdownPiece::CloseItem),
            TagEnd::BlockQuote(_) => self.pieces.push(MarkdownPiece::CloseQuote),
            TagEnd::FootnoteDefinition => self.pieces.push(MarkdownPiece::CloseNote),
            TagEnd::DefinitionListDefinition => self.pieces.push(MarkdownPiece::CloseDescription),
            _ => {}
        }
    }

    /// The parser treats a paragraph directly above a line of dashes as a heading. If the paragraph clearly consists of
    /// sentences, the line was meant as a horizontal rule.
    fn close_heading(&mut self, level: HeadingLevel) {
        let Some(words) = self.words.take().map(MarkdownWords::finish) else { return };
        let text = words.text.trim();
        let sentences =
            text.ends_with(['.', ',', ';', ':']) && (text.contains('\n') || text.chars().count() > 80);
        match sentences {
            true => self.pieces.push(MarkdownPiece::Text(words)),
            false => self.pieces.push(MarkdownPiece::Heading(level as u8, words)),
        }
    }

    /// The number of an item with its delimiter: as written, unless it repeats the number before, as in "1. 1. 1.",
    /// which Markdown shows as "1. 2. 3."
    fn number(&mut self, offset: usize) -> Option<String> {
        let rest = self.prepared.text.get(offset..)?.trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest.get(..digits + 1).filter(|number| number.ends_with(['.', ')']))?;
        let value: u64 = number.get(..digits)?.parse().ok()?;
        let last = self.numbers.last_mut()?;
        let shown = match *last {
            Some((written, shown)) if written == value => shown + 1,
            _ => value,
        };
        *last = Some((value, shown));
        Some(if shown == value {
            number.to_owned()
        } else {
            number.replace(&value.to_string(), &shown.to_string())
        })
    }
}
