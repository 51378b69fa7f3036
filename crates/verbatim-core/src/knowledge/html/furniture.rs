//! Detects the parts of a page that belong to the site and not to the document.

use scraper::ElementRef;
use scraper::node::Element;

use super::style::{ElementStyles, is_named};
use super::table;
use crate::knowledge::blocks::{Block, BlockKind, is_unfinished};

/// Words in the classes and ids of furniture.
const NAMES: &[&str] = &[
    "cookie",
    "cookies",
    "consent",
    "breadcrumb",
    "breadcrumbs",
    "crumbs",
    "share",
    "sharing",
    "social",
    "toc",
    "jump",
    "skip",
    "pagination",
    "pager",
    "navbox",
    "catlinks",
    "newsletter",
    "signup",
    "byline",
    "feedback",
    "related",
    "masthead",
    "navbar",
    "meta",
    "posted",
    "siteSub",
    "contentSub",
    "siteNotice",
    "sitenotice",
    "actions",
    "crosssell",
    "preheader",
    "comments",
    "respond",
    "advertisement",
    "promo",
];
const ROLES: &[&str] = &[
    "navigation",
    "search",
    "contentinfo",
    "tablist",
    "menu",
    "menubar",
    "toolbar",
    "dialog",
    "alertdialog",
    "doc-toc",
];
/// A part of the page is a list of links if more than this share of its letters is in links.
const MOSTLY_LINKS: f32 = 0.6;

/// Whether an element and everything in it is furniture. `in_content`: whether the element is inside the document's own
/// part of the page.
pub fn is_furniture(element: ElementRef<'_>, in_content: bool, styles: &ElementStyles) -> bool {
    let value = element.value();
    if element.attr("role").is_some_and(|role| ROLES.contains(&role)) || element.attr("aria-modal").is_some()
    {
        return true;
    }
    match value.name() {
        "nav" | "footer" | "label" | "legend" | "dialog" | "search" => true,
        "header" => !in_content && !holds(element, &["h1"]),
        "aside" => !in_content && !holds_prose(element, styles) || is_mostly_links(element, styles),
        "form" => !holds(element, &["h1", "h2", "h3", "p", "li"]),
        "ul" | "ol" => is_contents(element, styles) || is_named(value, NAMES),
        "main" | "article" | "body" | "html" => false,
        _ if value.classes().any(|class| class.starts_with("MsoToc")) => true,
        _ if is_footer(value) && !in_content => !holds(element, &["h1", "article", "main"]),
        "div" | "p" | "fieldset" if asks(element) => true,
        // Keep `dl` elements: dates and similar metadata are set as terms.
        "dl" | "dt" | "dd" => false,
        _ => is_named(value, NAMES) && !holds(element, &["h1", "article", "main"]),
    }
}

/// Whether an element is named as the footer of a page, not of a box in the page.
fn is_footer(element: &Element) -> bool {
    const FEET: [&str; 7] =
        ["footer", "foot", "colophon", "site-footer", "page-footer", "main-footer", "footer-wrapper"];
    element.classes().chain(element.attr("id")).any(|name| FEET.contains(&name.to_ascii_lowercase().as_str()))
}

/// Whether a short line asks the visitor to fill something in.
fn asks(element: ElementRef<'_>) -> bool {
    let is_field = |field: ElementRef<'_>| match field.value().name() {
        "input" => !matches!(field.attr("type"), Some("hidden" | "checkbox")),
        name => matches!(name, "textarea" | "select"),
    };
    // Only elements with few nodes are checked, so that nested ones do not cost too much time.
    element.child_elements().any(is_field)
        && element.descendants().nth(FIELDS).is_none()
        && element.text().flat_map(str::split_whitespace).take(SCRAP * 3).count() < SCRAP * 3
        && !holds(element, &["h1", "h2", "h3", "p", "li", "table"])
}

/// Whether every item of a list is only a link to a place on the same page.
fn is_contents(list: ElementRef<'_>, styles: &ElementStyles) -> bool {
    let mut items = 0;
    for item in list.child_elements().filter(|item| item.value().name() == "li") {
        if !table::text(item, styles).is_all_in_page_links() {
            return false;
        }
        items += 1;
    }
    items > 0
}

fn is_mostly_links(element: ElementRef<'_>, styles: &ElementStyles) -> bool {
    let all = table::text(element, styles).one_line().len();
    let linked: usize = element
        .descendent_elements()
        .filter(|inside| inside.value().name() == "a" && !styles.is_unseen(*inside))
        .map(|link| table::text(link, styles).one_line().len())
        .sum();
    all > 0 && linked as f32 / all as f32 > MOSTLY_LINKS
}

fn holds(element: ElementRef<'_>, names: &[&str]) -> bool {
    element.descendent_elements().skip(1).any(|inside| names.contains(&inside.value().name()))
}

fn holds_prose(element: ElementRef<'_>, styles: &ElementStyles) -> bool {
    holds(element, &["p"]) && !is_mostly_links(element, styles)
}

/// The most words before the title that count as furniture.
const MOST_BEFORE_TITLE: usize = 80;
/// The most nodes in a line of a form.
const FIELDS: usize = 200;
/// A paragraph at the end of a page is furniture if it has at most this many words and does not end like a sentence.
const SCRAP: usize = 8;

/// Marks the scraps after the text as furniture. A page that consists only of scraps keeps them.
fn scraps_behind(blocks: &mut [Block]) {
    let is_scrap = |block: &Block| {
        let words = block.text.split_whitespace().count();
        let parted = block.text.matches(['·', '|']).count() > 1 && words <= SCRAP * 2;
        block.kind == BlockKind::Paragraph
            && block.lead_in.is_none()
            && is_unfinished(&block.text)
            && (words <= SCRAP || parted)
    };
    let last = blocks.iter().rposition(|block| block.kind != BlockKind::Furniture && !is_scrap(block));
    let (text, behind) = blocks.split_at_mut(last.map_or(0, |last| last + 1));
    if text.iter().any(is_text) {
        behind.iter_mut().for_each(|block| block.kind = BlockKind::Furniture);
    }
}

fn is_text(block: &Block) -> bool {
    !matches!(block.kind, BlockKind::Furniture | BlockKind::Heading { .. } | BlockKind::Title)
}

/// Turns headings into text if every line of the page looks like a heading.
pub fn headings_without_text(blocks: &mut [Block]) {
    if blocks.iter().any(is_text) {
        return;
    }
    for block in blocks.iter_mut().filter(|block| matches!(block.kind, BlockKind::Heading { .. })) {
        block.kind = BlockKind::Paragraph;
    }
}

/// Marks furniture that has no markup of its own: text before the title, and scraps after the text.
pub fn furniture_around(blocks: &mut [Block]) {
    let title = blocks
        .iter()
        .position(|block| matches!(block.kind, BlockKind::Title | BlockKind::Heading { level: 1 }));
    if let Some(title) = title {
        let before = &mut blocks[..title];
        let words: usize = before.iter().map(|block| block.text.split_whitespace().count()).sum();
        if words <= MOST_BEFORE_TITLE
            && !before.iter().any(|block| matches!(block.kind, BlockKind::Heading { .. }))
        {
            before.iter_mut().for_each(|block| block.kind = BlockKind::Furniture);
        }
    }
    scraps_behind(blocks);
    for at in 0..blocks.len() {
        let asks = blocks[at].kind == BlockKind::Paragraph
            && blocks[at].text.ends_with('?')
            && !blocks[at].text.contains(". ");
        let has_buttons =
            blocks.get(at + 1).is_some_and(|next| next.kind == BlockKind::Furniture && next.text.len() <= 12);
        if asks && has_buttons || blocks[at].kind == BlockKind::Paragraph && blocks[at].text.contains('©') {
            blocks[at].kind = BlockKind::Furniture;
        }
    }
}
