//! HTML into blocks: the words that a reader of the page sees, without the page's own furniture. White
//! space is joined as a browser joins it, except in `pre`.
//!
//! The tree is walked in a loop, never by recursion, so that a page nested without end cannot overflow the
//! stack.

use std::sync::LazyLock;

use regex::Regex;
use scraper::node::Element;
use scraper::{Html, Node, Selector};

use super::outline::{Block, BlockKind};

/// How deep elements may stand in each other: the parser's work grows with the square of it.
pub const DEEPEST: usize = 2_000;

/// What a page holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The words of its `<title>`.
    pub title: Option<String>,
    /// Its text.
    pub blocks: Vec<Block>,
}

/// Reads a whole page; `None` when it is nested deeper than [`DEEPEST`].
pub fn read(page: &str) -> Option<Page> {
    if is_too_deep(page) {
        return None;
    }
    let html = Html::parse_document(page);
    let selector = Selector::parse("head > title").expect("the selector is a constant");
    let title = html.select(&selector).next().map(|title| join_spaces(&title.text().collect::<String>()));
    Some(Page { title: title.filter(|title| !title.is_empty()), blocks: walk(&html) })
}

/// Reads a piece of HTML, as it stands in Markdown. A piece nested deeper than [`DEEPEST`] stays as it is.
pub fn fragment_blocks(piece: &str) -> Vec<Block> {
    if is_too_deep(piece) {
        return vec![Block { kind: BlockKind::Paragraph, text: piece.to_owned(), line: None }];
    }
    walk(&Html::parse_fragment(piece))
}

fn walk(html: &Html) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut node = html.tree.root();
    loop {
        let inside = reader.enter(node.value()).then(|| node.first_child()).flatten();
        if let Some(child) = inside {
            node = child;
            continue;
        }
        reader.leave(node.value());
        while node.next_sibling().is_none() {
            let Some(parent) = node.parent() else {
                reader.flush();
                return reader.blocks;
            };
            node = parent;
            reader.leave(node.value());
        }
        node = node.next_sibling().expect("the loop ended at a node with a sibling");
    }
}

/// What an element means for the blocks.
enum Role {
    Skipped,
    Heading(u8),
    Item,
    List,
    Pre,
    Block,
    Break,
    Inline,
}

fn role(name: &str) -> Role {
    match name {
        "script" | "style" | "nav" | "header" | "footer" | "aside" | "form" | "noscript" | "template"
        | "head" | "svg" | "iframe" | "object" | "button" | "select" | "textarea" => Role::Skipped,
        "h1" => Role::Heading(1),
        "h2" => Role::Heading(2),
        "h3" => Role::Heading(3),
        "h4" => Role::Heading(4),
        "h5" => Role::Heading(5),
        "h6" => Role::Heading(6),
        "li" => Role::Item,
        "ul" | "ol" | "menu" => Role::List,
        "pre" => Role::Pre,
        "br" => Role::Break,
        "p" | "div" | "article" | "section" | "main" | "body" | "blockquote" | "address" | "figure"
        | "figcaption" | "details" | "summary" | "table" | "caption" | "tr" | "td" | "th" | "dl" | "dt"
        | "dd" | "hr" | "center" | "fieldset" | "hgroup" => Role::Block,
        _ => Role::Inline,
    }
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    words: String,
    heading: Option<u8>,
    /// The item whose first words are still to come.
    item: Option<Option<u64>>,
    /// The next number of each list that is open; `None` for bullets.
    lists: Vec<Option<u64>>,
    pre: usize,
}

impl Reader {
    /// Takes the start of a node and tells whether what is inside counts.
    fn enter(&mut self, node: &Node) -> bool {
        match node {
            Node::Text(text) if self.pre > 0 => self.words.push_str(text),
            Node::Text(text) => self.say(text),
            Node::Element(element) => return self.open(element),
            _ => {}
        }
        true
    }

    fn open(&mut self, element: &Element) -> bool {
        let role = role(element.name());
        match role {
            Role::Inline => {}
            // Two line breaks leave an empty line, which parts paragraphs.
            Role::Break if self.heading.is_none() && self.words.trim_end_matches(' ').ends_with('\n') => {
                self.flush()
            }
            Role::Break => self.words.push('\n'),
            _ => self.flush(),
        }
        match role {
            Role::Skipped => return false,
            Role::Heading(level) => self.heading = Some(level),
            Role::List => self.lists.push(first_number(element)),
            Role::Item => self.item = Some(self.next_number(element)),
            Role::Pre => self.pre += 1,
            _ => {}
        }
        true
    }

    fn leave(&mut self, node: &Node) {
        let Node::Element(element) = node else { return };
        let role = role(element.name());
        if !matches!(role, Role::Inline | Role::Break) {
            self.flush();
        }
        match role {
            Role::Heading(_) => self.heading = None,
            Role::List => drop(self.lists.pop()),
            Role::Item => self.item = None,
            Role::Pre => self.pre -= 1,
            _ => {}
        }
    }

    fn next_number(&mut self, item: &Element) -> Option<u64> {
        let next = self.lists.last_mut()?.as_mut()?;
        let number = item.attr("value").and_then(|value| value.trim().parse().ok()).unwrap_or(*next);
        *next = number.saturating_add(1);
        Some(number)
    }

    /// Adds words with their white space joined. A no-break space is not white space here.
    fn say(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' if self.words.is_empty() => {}
                ' ' | '\t' | '\n' | '\r' | '\u{c}' if self.words.ends_with([' ', '\n']) => {}
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.words.push(' '),
                _ => self.words.push(c),
            }
        }
    }

    fn flush(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.trim().is_empty() {
            return;
        }
        let kind = match (self.heading, self.item.take()) {
            (Some(level), _) => BlockKind::Heading { level },
            (None, Some(number)) => BlockKind::ListItem { number },
            (None, None) => BlockKind::Paragraph,
        };
        self.blocks.push(Block { kind, text: words.trim().replace(" \n", "\n"), line: None });
    }
}

fn first_number(list: &Element) -> Option<u64> {
    let start = || list.attr("start").and_then(|start| start.trim().parse().ok());
    (list.name() == "ol").then(|| start().unwrap_or(1))
}

fn join_spaces(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Counts the tags that open and close, leaving out those that need no end tag. Rough, as it must be done
/// before parsing; a page that people read is nowhere near the limit.
fn is_too_deep(page: &str) -> bool {
    let mut depth = 0_usize;
    TAG.captures_iter(page).any(|tag| {
        let needs_end = !UNCLOSED.contains(&tag[2].to_ascii_lowercase().as_str());
        match &tag[1] {
            "/" => depth = depth.saturating_sub(usize::from(needs_end)),
            _ => depth += usize::from(needs_end),
        }
        depth > DEEPEST
    })
}

static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("<(/?)([A-Za-z][A-Za-z0-9:-]*)").expect("the pattern is a constant"));

const UNCLOSED: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "p", "li", "td", "th", "tr", "thead", "tbody", "tfoot", "dt", "dd", "option", "optgroup",
    "colgroup", "html", "body", "head", "path",
];

#[cfg(test)]
mod tests {
    use super::*;

    const P: BlockKind = BlockKind::Paragraph;
    const ITEM: BlockKind = BlockKind::ListItem { number: None };

    fn check(page: &str, expected: &[(BlockKind, &str)]) {
        let page = read(page).expect("the page is not deep");
        let found: Vec<_> = page.blocks.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_page_without_its_furniture() {
        let page = "<html><head><title> A \n page </title><style>no</style></head><body><nav>no</nav>\
            <h1>Dose &amp; <i>time</i></h1><div>Loose  text<p>A\n paragraph<br>of two&nbsp;lines.<sup>[1]</sup></div>\
            <script>no</script><footer>no</footer><aside>no</aside><form>no</form><template>no</template>\
            <noscript>no</noscript><pre>a\n  b</pre><table><tr><th>Drug<td>LDN</table>\
            <dl><dt>Term<dd>Meaning</dl><blockquote>Quoted<br> <br>twice</blockquote><!-- no --></body></html>";
        check(
            page,
            &[
                (BlockKind::Heading { level: 1 }, "Dose & time"),
                (P, "Loose text"),
                (P, "A paragraph\nof two\u{a0}lines.[1]"),
                (P, "a\n  b"),
                (P, "Drug"),
                (P, "LDN"),
                (P, "Term"),
                (P, "Meaning"),
                (P, "Quoted"),
                (P, "twice"),
            ],
        );
        assert_eq!(read(page).and_then(|page| page.title).as_deref(), Some("A page"));
    }

    #[test]
    fn lists_may_stand_in_each_other() {
        let number = |number| BlockKind::ListItem { number: Some(number) };
        check(
            "<ol start=3><li>a<ul><li>b</li></ul>more</li><li><p>c</p><p>d</p><li value=9>e<li>f</ol>g",
            &[
                (number(3), "a"),
                (ITEM, "b"),
                (P, "more"),
                (number(4), "c"),
                (P, "d"),
                (number(9), "e"),
                (number(10), "f"),
                (P, "g"),
            ],
        );
    }

    #[test]
    fn a_page_without_end_is_refused_before_it_is_parsed() {
        assert_eq!(read(&"<div>".repeat(100_000)), None);
        assert_eq!(fragment_blocks(&"<b>".repeat(100_000)).len(), 1);
        let deep = format!("{}deep{}", "<div>".repeat(1_900), "</div>".repeat(1_900));
        check(&deep, &[(P, "deep")]);
        check(&"<p>a<br><img>".repeat(5_000), &[(P, "a"); 5_000]);
    }
}
