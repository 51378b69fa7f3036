//! Gives elements with an ARIA role the name of the HTML element that means the same, so that everything after this
//! knows only one way to write a heading, list or table.

use scraper::node::Element;
use scraper::{Html, Node};

use super::{is_never_shown, is_struck};

/// Renames the elements of a page by their roles.
pub fn name_by_role(html: &mut Html) {
    let elements = html.tree.nodes().filter(|node| node.value().is_element()).map(|node| node.id());
    for id in elements.collect::<Vec<_>>() {
        let Some(mut node) = html.tree.get_mut(id) else { continue };
        if let Node::Element(element) = node.value()
            && let Some(name) = name_of(element)
        {
            element.name.local = name.into();
        }
    }
}

/// The name of the element that has the role by nature; `None` if the element keeps its own name.
fn name_of(element: &Element) -> Option<&'static str> {
    if is_never_shown(element.name()) || is_struck(element.name()) {
        return None;
    }
    Some(match element.attr("role")? {
        "heading" => heading(element.attr("aria-level").and_then(|level| level.trim().parse().ok())),
        "list" if element.name() != "ol" => "ul",
        "listitem" => "li",
        "table" | "grid" => "table",
        "rowgroup" if !matches!(element.name(), "thead" | "tfoot") => "tbody",
        "row" => "tr",
        "columnheader" | "rowheader" => "th",
        "cell" | "gridcell" => "td",
        "caption" => "caption",
        "paragraph" => "p",
        "main" => "main",
        "article" => "article",
        _ => return None,
    })
}

/// The heading element of a level. A heading without a level has level 2, as the ARIA specification says.
fn heading(level: Option<u8>) -> &'static str {
    match level {
        Some(1) => "h1",
        Some(2) | None => "h2",
        Some(3) => "h3",
        Some(4) => "h4",
        Some(5) => "h5",
        Some(_) => "h6",
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::blocks::BlockKind;
    use crate::knowledge::html::read;

    #[test]
    fn roles_are_read_like_elements() {
        let page = "<h1>T</h1><div role=heading aria-level=3>Storage</div><p>Keep it dry.</p>
            <div role=list><div role=listitem>one</div></div>
            <div role=table><div role=row><span role=columnheader>Where</span><span role=columnheader>Good?</span></div>
            <div role=row><span role=cell>Fridge</span><span role=cell>No</span></div></div>";
        let blocks = read(page).unwrap_or_default().blocks;
        let elements = "<h1>T</h1><h3>Storage</h3><p>Keep it dry.</p><ul><li>one</ul>
            <table><tr><th>Where<th>Good?<tr><td>Fridge<td>No</table>";
        assert_eq!(blocks, read(elements).unwrap_or_default().blocks);
        assert!(blocks.iter().any(|block| block.kind == BlockKind::Heading { level: 3 }));
    }
}
