//! Markdown (CommonMark with tables) into blocks. The markup goes, every word stays; other extensions are off, so
//! that their source text stays readable as it was typed.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::html;
use super::outline::{Block, BlockKind, CELL_SEPARATOR};

/// Reads Markdown. `first_line` is the line of the file where `text` begins, from 1.
pub fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let mut reader = Reader { lines: Lines::new(text, first_line), ..Reader::default() };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        reader.take(event, range.start);
    }
    reader.flush();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    lines: Lines,
    words: String,
    /// Where the words began.
    start: Option<usize>,
    heading: Option<u8>,
    /// The next number of each list that is open; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// The item whose first words are still to come.
    item: Option<Option<u64>>,
    /// The cells of the table row that is open.
    cells: Option<Vec<String>>,
    /// The raw text of an HTML block.
    raw: Option<String>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, offset: usize) {
        match event {
            Event::Start(tag) => self.open(&tag, offset),
            Event::End(tag) => self.close(tag),
            Event::Html(raw) => self.raw.get_or_insert_default().push_str(&raw),
            Event::Text(words) | Event::Code(words) => self.say(&words, offset),
            Event::SoftBreak | Event::HardBreak => self.say("\n", offset),
            Event::InlineHtml(tag) if tag.to_ascii_lowercase().starts_with("<br") => {
                self.say(if self.cells.is_some() { " " } else { "\n" }, offset);
            }
            // Inline tags and comments are markup; the other events belong to extensions that are off.
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>, offset: usize) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(heading_level(*level));
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.flush();
                let number = self.lists.last_mut().and_then(Option::as_mut).map(|next| {
                    *next += 1;
                    *next - 1
                });
                self.item = Some(number);
            }
            Tag::Paragraph | Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::HtmlBlock => self.flush(),
            Tag::TableHead | Tag::TableRow => {
                self.flush();
                self.start = Some(offset);
                self.cells = Some(Vec::new());
            }
            _ => {}
        }
        if matches!(tag, Tag::Heading { .. } | Tag::Paragraph | Tag::HtmlBlock) {
            self.start = Some(offset);
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock => self.flush_html(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.flush();
                self.item = None;
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.words);
                self.cells.get_or_insert_default().push(cell.trim().to_owned());
            }
            TagEnd::TableHead => self.flush_row(true),
            TagEnd::TableRow => self.flush_row(false),
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::BlockQuote(_) | TagEnd::CodeBlock => {
                self.flush()
            }
            _ => {}
        }
    }

    fn say(&mut self, words: &str, offset: usize) {
        self.start.get_or_insert(offset);
        self.words.push_str(words);
    }

    fn flush(&mut self) {
        let words = std::mem::take(&mut self.words);
        let start = self.start.take();
        let heading = self.heading.take();
        if words.trim().is_empty() {
            return;
        }
        let kind = match (heading, self.item.take()) {
            (Some(level), _) => BlockKind::Heading { level },
            (None, Some(number)) => BlockKind::ListItem { number },
            (None, None) => BlockKind::Paragraph,
        };
        let line = start.map(|offset| self.lines.at(offset));
        self.blocks.push(Block { kind, text: words, line });
    }

    fn flush_row(&mut self, head: bool) {
        let text = self.cells.take().unwrap_or_default().join(CELL_SEPARATOR);
        let line = self.start.take().map(|offset| self.lines.at(offset));
        self.blocks.push(Block { kind: BlockKind::TableRow { head }, text, line });
    }

    /// The words in a block of raw HTML are words of the source, too.
    fn flush_html(&mut self) {
        let line = self.start.take().map(|offset| self.lines.at(offset));
        let raw = self.raw.take().unwrap_or_default();
        self.blocks.extend(html::fragment_blocks(&raw).into_iter().map(|block| Block { line, ..block }));
    }
}

fn heading_level(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// The offsets of line breaks.
#[derive(Default)]
struct Lines {
    breaks: Vec<usize>,
    first: usize,
}

impl Lines {
    fn new(text: &str, first: usize) -> Self {
        Self { breaks: text.match_indices('\n').map(|(at, _)| at).collect(), first }
    }

    fn at(&self, offset: usize) -> usize {
        self.first + self.breaks.partition_point(|&at| at < offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(BlockKind, &str)]) {
        let found = blocks(text, 1);
        let found: Vec<_> = found.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    const P: BlockKind = BlockKind::Paragraph;
    const ITEM: BlockKind = BlockKind::ListItem { number: None };

    #[test]
    fn markup_goes_and_words_stay() {
        check(
            "*Take* **[LDN](https://a.b)** `4.5 mg` &amp; \\* <b>rest</b> <!-- not this -->now  or\nthen",
            &[(P, "Take LDN 4.5 mg & * rest now  or\nthen")],
        );
        check("\"a\" -- b... [1][2] [citation needed]", &[(P, "\"a\" -- b... [1][2] [citation needed]")]);
        check("4.5 mg<br>at night", &[(P, "4.5 mg\nat night")]);
        check("> Quoted.\n\n    code\n\n---\nend", &[(P, "Quoted."), (P, "code\n"), (P, "end")]);
        let row = |head| BlockKind::TableRow { head };
        check(
            "Doses:\n\n| a | *b* |\n|---|---|\n|c|  d<br/>e|\n| f |\n\nend",
            &[(P, "Doses:"), (row(true), "a | b"), (row(false), "c | d e"), (row(false), "f | "), (P, "end")],
        );
    }

    #[test]
    fn headings_and_lists_keep_their_kind() {
        let heading = |level| BlockKind::Heading { level };
        let number = |number| BlockKind::ListItem { number: Some(number) };
        check("# A *b*\n\nC\n===\n### D", &[(heading(1), "A b"), (heading(1), "C"), (heading(3), "D")]);
        check(
            "3. a\n4. b\n   - c\n   - d\n\n   more\n5. e",
            &[(number(3), "a"), (number(4), "b"), (ITEM, "c"), (ITEM, "d"), (P, "more"), (number(5), "e")],
        );
    }

    #[test]
    fn raw_html_keeps_its_words() {
        check(
            "<div>\nA <i>word</i>\n</div>\n\n<!-- no -->\n\n<script>\nno\n</script>\n\nb",
            &[(P, "A word"), (P, "b")],
        );
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let lines: Vec<_> = blocks("# A\n\nb\nb\n\n- c\n- d", 5).iter().map(|block| block.line).collect();
        assert_eq!(lines, [Some(5), Some(7), Some(10), Some(11)]);
    }
}
