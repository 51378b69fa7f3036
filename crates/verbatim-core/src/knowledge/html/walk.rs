//! Walks the tree and feeds the [`Assembler`].

mod button;
mod heading;
mod opening;
mod paragraph;

use std::collections::HashSet;

use ego_tree::NodeRef;
use scraper::node::Element;
use scraper::{ElementRef, Html, Node};

use self::button::is_button;
use self::heading::{around, heading_level, holds_section, is_heading};
use super::furniture::{furniture_around, headings_without_text, is_furniture};
use super::letters::Sizes;
use super::marks::{bare_marker, is_fake_bullet, word_marker};
use super::style::{ElementStyles, is_named};
use super::words::HtmlWords;
use super::{is_block, is_edit_link, is_never_shown, is_struck, notes, table};
use crate::knowledge::blocks::{Assembler, Block};
use crate::text::contents::Headings;

/// Words in the classes of boxes that hold a warning or a note.
const BOXES: &[&str] = &[
    "warning",
    "warn",
    "alert",
    "admonition",
    "callout",
    "caution",
    "important",
    "danger",
    "note",
    "notice",
    "infobox",
    "tip",
];
/// The most words in a link from a note back to its mark.
const BACK_WORDS: usize = 4;

/// The attribute of a placeholder element for a part that [`Embedded`] reads; its value is the part's number. No page
/// contains this character.
pub const PART: &str = "\u{fdd0}";

/// Parts of a page in another format, such as Markdown between raw HTML.
pub trait Embedded {
    /// Reads a part.
    fn read(&mut self, number: usize, blocks: &mut Assembler);
}

/// The blocks of a page.
pub fn blocks(html: &Html, styles: &ElementStyles) -> Vec<Block> {
    let reader = PageReader::new(html, styles);
    let told_by_looks = reader.title_levels == 0;
    let mut blocks = walk(html, reader);
    if told_by_looks {
        headings_without_text(&mut blocks);
    }
    furniture_around(&mut blocks);
    blocks
}

/// The blocks of a page with parts in another format. The whole page belongs to the document.
pub fn blocks_with(html: &Html, embedded: &mut dyn Embedded) -> Vec<Block> {
    let styles = ElementStyles::of(html);
    let mut reader = PageReader::new(html, &styles);
    reader.embedded = Some(embedded);
    reader.has_headings = true;
    reader.content = 1;
    walk(html, reader)
}

fn walk(html: &Html, mut reader: PageReader<'_>) -> Vec<Block> {
    let mut node = html.tree.root();
    loop {
        if reader.enter(node)
            && let Some(child) = node.first_child()
        {
            node = child;
            continue;
        }
        loop {
            reader.leave(node);
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else { return reader.finish() };
            node = parent;
        }
    }
}

/// The action to take when an element ends.
enum Ending {
    /// Closes everything in the assembler above this depth.
    Close(usize),
    List(usize),
    Box,
    Description,
    Terms,
    Heading,
    /// Restores the level of the heading above, so that the next subheading stands beside this one.
    Subheading(u8),
    Furniture,
    Content,
    Notes,
    Summary,
    /// Ends a part with its own headings and restores this heading level, so that the section around the part continues.
    Section(u8),
}

struct PageReader<'a> {
    styles: &'a ElementStyles,
    assembler: Assembler,
    words: HtmlWords,
    endings: Vec<(ego_tree::NodeId, Ending)>,
    heading: Option<u8>,
    /// The level of the last heading that was added.
    level: u8,
    /// Whether the page has headings. If not, bold lines are headings.
    has_headings: bool,
    headings: Headings,
    embedded: Option<&'a mut dyn Embedded>,
    /// The terms of the next description, and whether they already have one.
    terms: Vec<String>,
    described: bool,
    in_term: bool,
    /// The next number of each list and its style; `None` for bullets.
    lists: Vec<Option<(i64, char)>>,
    /// Lists whose items are paragraphs that start with a bullet or number, as Word writes them: how many are open, and
    /// the level and number of the next item.
    marked_lists: usize,
    marker: Option<(usize, Option<String>)>,
    /// The sizes of headings on pages where only styles mark headings, and the number of levels that heading elements
    /// take above them.
    sizes: Sizes,
    title_levels: u8,
    /// The left margin of a line with a hanging mark, and the margins of the open items.
    hanging: Option<i32>,
    margins: Vec<i32>,
    /// The figure whose caption was read with a table.
    figure: Option<ego_tree::NodeId>,
    content: usize,
    furniture: usize,
    notes: usize,
    back_links: HashSet<ego_tree::NodeId>,
    /// The elements that hold a heading, and the tabs whose panels were read.
    around_headings: HashSet<ego_tree::NodeId>,
    tabs: HashSet<ego_tree::NodeId>,
    /// Whether the next words can be the title of the open box.
    box_title: bool,
    /// Whether a bold question is open.
    bold_question: bool,
    summary: bool,
}

impl<'a> PageReader<'a> {
    fn new(html: &Html, styles: &'a ElementStyles) -> Self {
        let of_page =
            || html.root_element().descendent_elements().filter(|element| is_heading(element.value().name()));
        let has_headings = of_page().any(|element| matches!(element.value().name(), "h2" | "h3" | "h4"));
        let headings = Headings::of(of_page().map(|element| table::text(element, styles).one_line()));
        Self {
            styles,
            assembler: Assembler::default(),
            words: HtmlWords::default(),
            endings: Vec::new(),
            heading: None,
            level: 1,
            has_headings,
            headings,
            embedded: None,
            terms: Vec::new(),
            described: false,
            in_term: false,
            lists: Vec::new(),
            marked_lists: 0,
            marker: None,
            sizes: if has_headings { Sizes::default() } else { Sizes::of(html, styles) },
            title_levels: u8::from(of_page().next().is_some()),
            hanging: None,
            margins: Vec::new(),
            figure: None,
            content: 0,
            furniture: 0,
            notes: 0,
            back_links: notes::back_links(html),
            around_headings: around(of_page()),
            tabs: HashSet::new(),
            box_title: false,
            bold_question: false,
            summary: false,
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.flush();
        self.release_marker();
        self.assembler.finish()
    }

    /// Handles the start of a node and returns whether to read its content.
    fn enter(&mut self, node: NodeRef<'_, Node>) -> bool {
        let Some(element) = ElementRef::wrap(node) else {
            self.words.enter(node.value());
            return true;
        };
        let name = element.value().name();
        if is_never_shown(name) || is_struck(name) || self.styles.is_unseen(element) || is_edit_link(element)
        {
            return false;
        }
        if self.is_back_link(element) || is_fake_bullet(element.value()) {
            return false;
        }
        if name == "span" && self.is_mark(element) {
            return false;
        }
        if let Some(number) = element.attr(PART).and_then(|number| number.parse().ok()) {
            self.flush();
            return self.part(element, number);
        }
        match name {
            "br" => {
                let around = node.parent().map(|parent| parent.id());
                self.line_break(around);
            }
            "img" => self.words.picture(element.attr("alt").unwrap_or_default()),
            "button" => return self.button(element),
            _ if is_button(element) => return self.button(element),
            _ if is_block(name) => {
                self.flush();
                return self.open(element);
            }
            _ => self.words.style(node.id(), &self.styles.look(element)),
        }
        self.words.enter(node.value());
        true
    }

    fn leave(&mut self, node: NodeRef<'_, Node>) {
        let Node::Element(element) = node.value() else { return };
        if is_block(element.name()) {
            self.flush();
        }
        self.words.leave(node.value());
        self.words.unstyle(node.id());
        while self.endings.last().is_some_and(|(id, _)| *id == node.id()) {
            if let Some((_, ending)) = self.endings.pop() {
                self.end(ending);
            }
        }
    }

    fn open(&mut self, element: ElementRef<'_>) -> bool {
        let id = element.id();
        if self.furniture == 0
            && (is_furniture(element, self.content > 0, self.styles) || self.is_contents(element))
        {
            self.endings.push((id, Ending::Furniture));
            self.furniture += 1;
            return true;
        }
        if self.is_title(element.value()) {
            self.heading = Some(0);
            self.endings.push((id, Ending::Heading));
        } else if self.is_subheading(element) {
            self.endings.push((id, Ending::Subheading(self.level)));
            self.close_bold_question();
            self.heading = Some((self.level + 1).min(6));
        }
        self.open_tab(element);
        if let Some(marker) = word_marker(element, self.styles) {
            self.release_marker();
            self.marker = Some(marker);
        }
        if !self.open_kind(element) {
            return false;
        }
        if notes::is_notes(element) {
            self.endings.push((id, Ending::Notes));
            self.notes += 1;
        }
        let look = self.styles.look(element);
        self.hanging = (look.hangs == Some(true)).then(|| look.margin.unwrap_or(0)).or(self.hanging);
        self.words.style(id, &look);
        self.words.enter(&Node::Element(element.value().clone()));
        true
    }

    /// Starts the block that an element's name or class stands for, and returns whether to read its content.
    fn open_kind(&mut self, element: ElementRef<'_>) -> bool {
        let (id, name) = (element.id(), element.value().name());
        match name {
            "main" | "article" => {
                self.endings.push((id, Ending::Content));
                self.content += 1;
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.endings.push((id, Ending::Heading));
                self.close_bold_question();
                self.heading = heading_level(name);
            }
            "ul" | "ol" | "menu" => self.open_list(element),
            "li" => self.open_item(element.value()),
            "table" => return self.open_table(element),
            _ if table::is_shown_as_table(element, self.styles) => return self.open_table(element),
            "div" | "section" if self.around_headings.contains(&id) && holds_section(element) => {
                self.endings.push((id, Ending::Section(self.level)));
            }
            "details" => self.open_details(id),
            "summary" => {
                self.endings.push((id, Ending::Summary));
                self.summary = true;
            }
            "hr" => self.release_marker(),
            "dl" => self.open_terms(id),
            "dt" => self.open_term(),
            "dd" => self.open_description(id),
            "aside" => self.open_aside(element),
            "figcaption" if table::captions_table(element, self.styles) => return false,
            _ if self.is_box(element) => {
                self.endings.push((id, Ending::Box));
                self.box_title = true;
            }
            _ => {}
        }
        true
    }

    fn end(&mut self, ending: Ending) {
        match ending {
            Ending::Close(depth) => {
                self.bold_question = false;
                self.assembler.close_to(depth);
            }
            Ending::List(depth) => {
                self.lists.pop();
                self.assembler.close_to(depth);
            }
            Ending::Box => {
                if self.box_title {
                    self.box_title = false;
                } else {
                    self.assembler.close_admonition();
                }
            }
            Ending::Description => self.assembler.close_description(),
            Ending::Terms => {
                let terms = std::mem::take(&mut self.terms);
                if !std::mem::take(&mut self.described) {
                    terms.iter().for_each(|term| self.assembler.paragraph(term));
                }
                self.assembler.close_terms();
            }
            Ending::Heading => self.heading = None,
            Ending::Subheading(level) => {
                self.heading = None;
                self.level = level;
            }
            Ending::Furniture => self.furniture -= 1,
            Ending::Content => self.content -= 1,
            Ending::Notes => self.notes -= 1,
            Ending::Summary => self.summary = false,
            Ending::Section(level) => {
                if self.level > level {
                    self.assembler.end_section(level + 1);
                    self.level = level;
                }
            }
        }
    }

    /// Whether a list without an introduction repeats the headings of the page.
    fn is_contents(&self, list: ElementRef<'_>) -> bool {
        if !matches!(list.value().name(), "ul" | "ol")
            || !self.lists.is_empty()
            || self.assembler.is_announced()
        {
            return false;
        }
        let items = list.child_elements().filter(|item| item.value().name() == "li");
        let items: Vec<String> = items.map(|item| table::text(item, self.styles).one_line()).collect();
        Headings::are_contents(items.len(), items.iter().filter(|item| self.headings.has(item)).count())
    }

    fn is_title(&self, element: &Element) -> bool {
        element.classes().any(|class| class == "MsoTitle")
    }

    /// Takes a bullet or number that is an element of its own at the start of a paragraph, before the words of the item.
    fn is_mark(&mut self, element: ElementRef<'_>) -> bool {
        let stands_alone =
            self.words.is_empty() && self.heading.is_none() && self.furniture == 0 && !self.in_term;
        let in_paragraph =
            element.parent().and_then(ElementRef::wrap).is_some_and(|around| around.value().name() == "p");
        if !stands_alone || !in_paragraph || self.marker.is_some() {
            return false;
        }
        // "–20 °C" begins with a minus sign, not with a bullet.
        let next = element.next_siblings().next().and_then(|next| next.value().as_text());
        let is_minus = next.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
        let has_words = !is_minus
            && element.next_siblings().any(|next| match next.value() {
                Node::Text(text) => !text.trim().is_empty(),
                Node::Element(element) => element.name() != "br",
                _ => false,
            });
        let mark = bare_marker(&table::text(element, self.styles).one_line()).filter(|_| has_words);
        let is_mark = mark.is_some();
        self.marker = mark.map(|number| (1, number));
        is_mark
    }

    /// Handles a part in another format. Returns whether its words are read as HTML instead, because of the element
    /// around it.
    fn part(&mut self, element: ElementRef<'_>, number: usize) -> bool {
        if self.furniture > 0 || self.notes > 0 || self.in_term || self.summary || self.heading.is_some() {
            return true;
        }
        let words = table::text(element, self.styles);
        if !words.is_empty() {
            self.open_pending_box(&words);
            if self.box_title_taken(&words) {
                return false;
            }
            self.close_marked_lists(0);
        }
        if let Some(level) = heading_level(element.value().name()) {
            self.level = level;
        }
        self.release_marker();
        if let Some(embedded) = &mut self.embedded {
            embedded.read(number, &mut self.assembler);
        }
        false
    }

    fn is_box(&self, element: ElementRef<'_>) -> bool {
        let value = element.value();
        let is_framed = !self.sizes.is_empty() && self.styles.look(element).framed == Some(true);
        let is_box =
            is_framed || is_named(value, BOXES) || matches!(element.attr("role"), Some("note" | "alert"));
        let is_container = matches!(value.name(), "div" | "section" | "blockquote");
        is_container && is_box && self.furniture == 0 && !self.around_headings.contains(&element.id())
    }

    /// Whether an element is a link from a note back to its mark.
    fn is_back_link(&self, element: ElementRef<'_>) -> bool {
        if notes::target(element).is_none() {
            return false;
        }
        let words = table::text(element, self.styles).one_line();
        matches!(words.trim_matches(|c: char| !c.is_alphanumeric() && !"↩↑^".contains(c)), "↩" | "↑" | "^")
            || self.notes > 0
                && (!words.contains(char::is_alphanumeric)
                    || self.back_links.contains(&element.id()) && self.stands_apart(&words))
    }

    /// Whether the words of a link in a note are a mark, or a few words after the end of the note.
    fn stands_apart(&self, words: &str) -> bool {
        words.chars().count() <= 3
            || self.words.text().ends_with(['.', '!', '?']) && words.split_whitespace().count() <= BACK_WORDS
    }

    /// Adds a bullet or number without words after it as a paragraph.
    fn release_marker(&mut self) {
        if let Some((_, Some(number))) = self.marker.take() {
            self.assembler.paragraph(&number);
        }
    }

    fn line_break(&mut self, around: Option<ego_tree::NodeId>) {
        let is_bold_line = self.words.is_all_bold() && self.heading.is_none() && self.furniture == 0;
        if self.heading.is_some() || self.in_term {
            self.words.say(" ");
        } else if self.words.ends_line() {
            self.flush();
        } else if is_bold_line {
            self.add_run_in_title(around);
        } else {
            self.words.break_line();
        }
    }
}
