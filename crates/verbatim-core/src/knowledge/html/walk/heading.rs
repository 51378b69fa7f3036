//! Finds headings and the elements around them.

use std::collections::HashSet;

use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Node};

use super::super::table;
use super::PageReader;
use super::paragraph::is_title_like;

/// The most nodes of an element that are searched for text below a heading.
const MOST_SEARCHED: usize = 10_000;

impl PageReader<'_> {
    /// Whether an emphasised paragraph is the heading of what follows, on a page that has headings, too.
    pub(super) fn is_subheading(&self, element: ElementRef<'_>) -> bool {
        if element.value().name() != "p" || !self.has_headings || self.furniture > 0 || self.notes > 0 {
            return false;
        }
        let stands_alone =
            self.lists.is_empty() && !self.box_title && self.heading.is_none() && !self.summary;
        let words = table::text(element, self.styles);
        let line = words.one_line();
        if !stands_alone || !words.is_all_bold() || !is_title_like(&line) || line.ends_with('?') {
            return false;
        }
        let next =
            element.next_siblings().filter_map(ElementRef::wrap).find(|next| !self.styles.is_unseen(*next));
        next.is_some_and(|next| {
            matches!(next.value().name(), "p" | "ul" | "ol" | "table" | "dl" | "div")
                && !table::text(next, self.styles).is_all_bold()
        })
    }
}

/// The elements above some others.
pub(super) fn around<'a>(inside: impl Iterator<Item = ElementRef<'a>>) -> HashSet<NodeId> {
    let mut found = HashSet::new();
    for element in inside {
        // What is above a known element is known, too.
        element.ancestors().map(|above| above.id()).take_while(|above| found.insert(*above)).for_each(drop);
    }
    found
}

/// Whether an element holds a heading and, below it, some of the text that belongs to it. Otherwise the text follows
/// outside: page builders put headings into boxes of their own.
pub(super) fn holds_section(element: ElementRef<'_>) -> bool {
    let mut headings = element
        .descendent_elements()
        .skip(1)
        .take(MOST_SEARCHED)
        .filter(|inside| is_heading(inside.value().name()));
    let Some(first) = headings.next() else { return false };
    let in_heading = |node: NodeRef<'_, Node>| {
        let above = node.ancestors().take_while(|above| above.id() != element.id());
        above.filter_map(|above| above.value().as_element()).any(|above| is_heading(above.name()))
    };
    let is_words =
        |node: &NodeRef<'_, Node>| node.value().as_text().is_some_and(|text| !text.trim().is_empty());
    let below = element.descendants().take(MOST_SEARCHED).skip_while(|node| node.id() != first.id());
    below.filter(is_words).any(|words| !in_heading(words))
}

pub(super) fn is_heading(name: &str) -> bool {
    heading_level(name).is_some()
}

pub(super) fn heading_level(name: &str) -> Option<u8> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}
