//! Parts of a page that stay closed until the visitor presses a button or tab. They are read even though they are
//! hidden.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::{ElementRef, Html};

use super::style::is_named;

/// Maps each collapsible part to the element that opens it.
pub fn parts(html: &Html) -> HashMap<NodeId, Option<NodeId>> {
    let mut parts = HashMap::new();
    // Openers, by the id of the part and by their own id.
    let (mut by_id, mut tabs) = (HashMap::new(), HashMap::new());
    for opener in html.root_element().descendent_elements().filter(|element| opens(*element)) {
        by_id.extend(targets(opener).map(|target| (target, opener.id())));
        tabs.extend(opener.attr("id").map(|id| (id, opener.id())));
        let next = opener.next_siblings().find_map(ElementRef::wrap);
        if is_old_button(opener)
            && let Some(next) = next
        {
            parts.insert(next.id(), Some(opener.id()));
        }
    }
    for element in html.root_element().descendent_elements() {
        let label = element.attr("aria-labelledby").filter(|_| element.attr("role") == Some("tabpanel"));
        let by_label = || label.and_then(|id| tabs.get(id));
        let opener = element.attr("id").and_then(|id| by_id.get(id)).or_else(by_label).copied();
        if opener.is_some() || element.attr("hidden") == Some("until-found") {
            parts.insert(element.id(), opener);
        }
    }
    parts
}

/// Whether pressing an element opens a part of the page.
pub fn opens(element: ElementRef<'_>) -> bool {
    let is_pressed = matches!(element.value().name(), "button" | "a" | "summary")
        || matches!(element.attr("role"), Some("button" | "tab"));
    let is_dialog = element.attr("aria-haspopup").is_some()
        || [element.attr("data-toggle"), element.attr("data-bs-toggle")].contains(&Some("modal"));
    let declared = ["aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle"];
    is_pressed
        && !is_dialog
        && (declared.iter().any(|name| element.attr(name).is_some())
            || element.attr("role") == Some("tab")
            || is_old_button(element))
}

/// Whether an element is a button that opens the next element, a pattern older than the ARIA attributes.
fn is_old_button(element: ElementRef<'_>) -> bool {
    element.value().name() == "button"
        && element.attr("aria-controls").is_none()
        && is_named(element.value(), &["accordion", "collapsible", "toggle"])
}

/// The ids of the parts that an element opens.
fn targets(opener: ElementRef<'_>) -> impl Iterator<Item = &str> + '_ {
    let addresses = ["href", "data-target", "data-bs-target"];
    let named = addresses.into_iter().filter_map(move |name| opener.attr(name)?.strip_prefix('#'));
    opener.attr("aria-controls").unwrap_or_default().split_whitespace().chain(named)
}

#[cfg(test)]
mod tests {
    use crate::knowledge::html::read;

    fn words(page: &str) -> String {
        let blocks = read(page).unwrap_or_default().blocks;
        blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_a_button_opens_is_read() {
        let page = "<h1>T</h1><button aria-controls=a>More words</button><div id=a hidden><p>Seen.</p></div>
            <div id=b hidden><p>Unseen.</p></div>";
        assert_eq!(words(page), "T; More words; Seen.");
    }

    #[test]
    fn a_tab_is_the_heading_of_a_panel_without_one() {
        let page = "<h1>T</h1><div role=tablist><button role=tab aria-controls=a>Adults</button></div>
            <div role=tabpanel id=a hidden><p>Seen.</p></div><div role=tabpanel hidden><p>Unseen.</p></div>";
        assert_eq!(words(page), "T; Adults; Adults; Seen.; ");
    }

    #[test]
    fn pictures_stand_for_words_that_a_sentence_lacks() {
        assert_eq!(words("<h1>T</h1><p>See <img alt='the arrow'>.</p>"), "T; See the arrow.");
        assert_eq!(words("<h1>T</h1><p><img alt=Warning> Stop. <img alt=x></p>"), "T; Stop.");
    }
}
