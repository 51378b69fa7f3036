//! Notes below the text of a page, and the links that lead from them back to their marks.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Html};

use super::is_block;
use super::style::is_named;

/// Words in the classes of footnotes.
const NOTES: &[&str] = &["footnotes", "footnote", "endnotes", "endnote", "fn", "ftn"];
/// How far above a link the element of its note is searched.
const MOST_ABOVE: usize = 8;

/// Whether an element holds notes.
pub fn is_notes(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let of_id = |id: &str| {
        ["fn", "ftn", "footnote", "edn"]
            .iter()
            .any(|start| id.strip_prefix(start).is_some_and(starts_as_number))
    };
    is_named(value, NOTES) && value.name() != "a"
        || element.attr("role") == Some("doc-endnotes")
        || matches!(value.name(), "li" | "p" | "div") && value.attr("id").is_some_and(of_id)
}

fn starts_as_number(rest: &str) -> bool {
    rest.trim_start_matches(['-', '_', ':']).starts_with(|c: char| c.is_ascii_digit())
}

/// The place in the page that a link leads to.
pub fn target(link: ElementRef<'_>) -> Option<&str> {
    if link.value().name() != "a" {
        return None;
    }
    link.attr("href")?.strip_prefix('#')
}

/// The links of a page that lead to a link which leads to where they stand, as from a note to its mark.
pub fn back_links(html: &Html) -> HashSet<NodeId> {
    let links = html.root_element().descendent_elements();
    let links: Vec<(ElementRef<'_>, &str)> =
        links.filter_map(|link| Some((link, target(link).filter(|place| !place.is_empty())?))).collect();
    let mut marks: HashSet<(&str, &str)> = HashSet::new();
    for (link, note) in &links {
        marks.extend(names_of_mark(*link).into_iter().map(|mark| (mark, *note)));
    }
    let leads_back = |(link, mark): &(ElementRef<'_>, &str)| {
        names_around(*link).iter().any(|note| marks.contains(&(*mark, *note)))
    };
    links.iter().filter(|link| leads_back(link)).map(|(link, _)| link.id()).collect()
}

/// The names by which another link can lead to a mark: its own, and those of what is directly around it.
fn names_of_mark(link: ElementRef<'_>) -> Vec<&str> {
    let mut names: Vec<&str> =
        named(link).chain(link.child_elements().next().into_iter().flat_map(named)).collect();
    for around in link.ancestors().filter_map(ElementRef::wrap).take(MOST_ABOVE) {
        let name = around.value().name();
        if is_block(name) && !matches!(name, "p" | "li" | "dd" | "td") {
            break;
        }
        names.extend(named(around));
        if is_block(name) {
            break;
        }
    }
    names.extend(link.prev_siblings().find_map(ElementRef::wrap).into_iter().flat_map(named));
    names
}

/// The names by which a mark can lead to the note around a link: those of the elements above, and of the first element in
/// each.
fn names_around(link: ElementRef<'_>) -> Vec<&str> {
    let above = link.ancestors().filter_map(ElementRef::wrap).take(MOST_ABOVE);
    above
        .flat_map(|around| named(around).chain(around.child_elements().next().into_iter().flat_map(named)))
        .chain(named(link))
        .collect()
}

/// The names under which links can lead to an element.
fn named(element: ElementRef<'_>) -> impl Iterator<Item = &str> {
    element.attr("id").into_iter().chain(element.attr("name"))
}
