//! The text of a paragraph under construction: collapses white space, converts superscript and subscript digits, and
//! counts how much is emphasised (bold or underlined) or linked.

use ego_tree::NodeId;
use scraper::Node;
use scraper::node::Element;

use super::letters::Letters;
use super::style::CssProperties;
use crate::knowledge::blocks::lacks_words;
use crate::text::controls::one_line;
use crate::text::digits;

/// The text so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HtmlWords {
    text: String,
    /// Counts of visible characters: all, bold, in links, in links to the same page.
    all: usize,
    bold: usize,
    linked: usize,
    linked_here: usize,
    /// The number of links.
    pub links: usize,
    /// Whether the text starts with a superscript mark.
    pub begins_raised: bool,
    /// How many superscript, subscript, bold, link, in-page link and `pre` elements are open.
    raised: usize,
    lowered: usize,
    bold_depth: usize,
    link_depth: usize,
    here_depth: usize,
    pre: usize,
    /// The end of the bold text at the start.
    bold_end: usize,
    /// The `alt` text of the last picture. The words after it decide whether the picture stands for words.
    picture: Option<String>,
    /// The largest size of the `font` elements, or 0 if there are none.
    pub font: u8,
    letters: Letters,
    /// The smallest font size of the text in pixels, if styles set one.
    pub size: Option<i32>,
}

impl HtmlWords {
    /// Adds the start of an element, or text.
    pub fn enter(&mut self, node: &Node) {
        match node {
            Node::Text(text) => self.say(text),
            Node::Element(element) => self.open(element, true),
            _ => {}
        }
    }

    /// Handles the end of an element.
    pub fn leave(&mut self, node: &Node) {
        if let Node::Element(element) = node {
            self.open(element, false);
        }
    }

    /// Applies the style of an element that starts.
    pub fn style(&mut self, id: NodeId, look: &CssProperties) {
        self.letters.begin(id, look);
    }

    /// Ends the style of an element.
    pub fn unstyle(&mut self, id: NodeId) {
        self.letters.end(id);
    }

    fn open(&mut self, element: &Element, opens: bool) {
        let step = |depth: &mut usize| *depth = if opens { *depth + 1 } else { depth.saturating_sub(1) };
        match element.name() {
            "sup" => step(&mut self.raised),
            "sub" => step(&mut self.lowered),
            "b" | "strong" | "u" | "th" => step(&mut self.bold_depth),
            "pre" => step(&mut self.pre),
            "a" => {
                step(&mut self.link_depth);
                self.links += usize::from(opens);
                if element.attr("href").is_some_and(|address| address.starts_with('#')) {
                    step(&mut self.here_depth);
                }
            }
            "font" if opens => {
                let size = element.attr("size").and_then(|size| size.trim_start_matches('+').parse().ok());
                self.font = self.font.max(size.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Adds text. A no-break space is not white space here.
    pub fn say(&mut self, text: &str) {
        if self.pre > 0 {
            self.text.push_str(text);
            return;
        }
        if let Some(picture) = self.picture.take_if(|_| !text.trim().is_empty())
            && lacks_words(&self.text, text)
        {
            picture.chars().for_each(|c| self.push(c));
        }
        let raised =
            (self.raised > 0 || self.letters.raised() == Some(true)).then(|| digits::raised(text)).flatten();
        let lowered = (self.lowered > 0 || self.letters.raised() == Some(false))
            .then(|| digits::lowered(text))
            .flatten();
        let shifted = raised.or(lowered);
        for c in shifted.as_deref().unwrap_or(text).chars() {
            match c {
                // A soft hyphen only allows a break.
                '\u{ad}' => {}
                ' ' | '\t' | '\n' | '\r' | '\u{c}'
                    if self.text.is_empty() || self.text.ends_with([' ', '\n']) => {}
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.text.push(' '),
                _ => self.push(c),
            }
        }
    }

    fn push(&mut self, c: char) {
        if self.text.is_empty() {
            self.begins_raised = self.raised > 0 || self.letters.raised() == Some(true);
        }
        self.text.push(c);
        if !c.is_whitespace() {
            self.all += 1;
            self.bold += usize::from(self.bold_depth > 0 || self.letters.are_bold());
            if let Some(size) = self.letters.size() {
                self.size = Some(self.size.map_or(size, |least| least.min(size)));
            }
            if self.bold == self.all {
                self.bold_end = self.text.len();
            }
            // A link on a note mark does not count as a link.
            let counts = self.raised == 0;
            self.linked += usize::from(self.link_depth > 0 && counts);
            self.linked_here += usize::from(self.here_depth > 0 && counts);
        }
    }

    /// Adds a picture with its `alt` text.
    pub fn picture(&mut self, shows: &str) {
        self.picture = Some(shows.trim().to_owned()).filter(|shows| !shows.is_empty());
    }

    /// The bold text at the start.
    pub fn bold_start(&self) -> &str {
        self.text.get(..self.bold_end).unwrap_or_default().trim()
    }

    /// Adds a line break.
    pub fn break_line(&mut self) {
        while self.text.ends_with(' ') {
            self.text.pop();
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Takes the text so far. Open elements stay open.
    pub fn take(&mut self) -> HtmlWords {
        let next = HtmlWords {
            raised: self.raised,
            lowered: self.lowered,
            bold_depth: self.bold_depth,
            link_depth: self.link_depth,
            here_depth: self.here_depth,
            pre: self.pre,
            letters: std::mem::take(&mut self.letters),
            ..HtmlWords::default()
        };
        std::mem::replace(self, next).finish()
    }

    /// Finishes the text: fractions become single characters.
    pub fn finish(mut self) -> Self {
        self.text = digits::with_fractions(&self.text);
        self
    }

    /// The text, with line breaks.
    pub fn text(&self) -> &str {
        self.text.trim_matches([' ', '\n', '\t', '\u{a0}', '\u{200b}', '\u{feff}'])
    }

    /// The text in one line.
    pub fn one_line(&self) -> String {
        one_line(&self.text)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Whether the last line is empty, so that another break separates paragraphs.
    pub fn ends_line(&self) -> bool {
        self.text.ends_with('\n')
    }

    /// Whether all of the text is bold.
    pub fn is_all_bold(&self) -> bool {
        self.all > 0 && self.bold == self.all
    }

    /// Whether all of the text except separators is links.
    pub fn is_all_links(&self) -> bool {
        self.linked > 0
            && self.linked + self.text.chars().filter(|c| SEPARATORS.contains(*c)).count() >= self.all
    }

    /// Whether most of the text is links.
    pub fn is_mostly_links(&self) -> bool {
        self.links > 1 && self.linked * 2 > self.all
    }

    /// Whether all of the text is links within the page.
    pub fn is_all_in_page_links(&self) -> bool {
        self.linked_here > 0
            && self.linked_here + self.text.chars().filter(|c| SEPARATORS.contains(*c)).count() >= self.all
    }
}

/// Characters that separate links.
const SEPARATORS: &str = "|›»>·•/,←↑→^()[]–:";
