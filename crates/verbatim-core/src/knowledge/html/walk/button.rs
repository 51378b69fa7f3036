//! Handles buttons. Those that open a part of the page are headings or questions; others are furniture.

use scraper::ElementRef;

use super::super::marks::without_toggle;
use super::super::{is_block, opened, table};
use super::PageReader;

/// The most elements of a button that are searched.
const MOST_PARTS: usize = 1_000;

impl PageReader<'_> {
    /// Reads a button, and returns whether to read its content instead.
    pub(super) fn button(&mut self, button: ElementRef<'_>) -> bool {
        if self.heading.is_some() || self.summary {
            return true;
        }
        if self.around_headings.contains(&button.id()) {
            self.flush();
            return true;
        }
        let opens = opened::opens(button);
        let words = table::text(button, self.styles).one_line();
        let words = without_toggle(&words).to_owned();
        // A button that is the only one of its kind ("Read more") belongs to the section; those of an accordion are
        // headings.
        let is_lone = opens && !words.ends_with('?') && !self.styles.has_twin(button);
        let is_tab = button.attr("role") == Some("tab") || is_lone;
        self.flush();
        match () {
            () if self.furniture > 0 || !opens && !words.ends_with('?') || is_tab => {
                self.assembler.furniture(&words)
            }
            () if words.ends_with('?') => self.question(&words),
            () => self.assembler.heading((self.level + 1).min(6), &words),
        }
        false
    }
}

/// Whether an element other than `button` is a button with a label. An element around several blocks with words is a
/// part of the page that can be pressed.
pub(super) fn is_button(element: ElementRef<'_>) -> bool {
    let is_leaf = |block: &ElementRef<'_>| {
        is_block(block.value().name())
            && !block.child_elements().any(|inside| is_block(inside.value().name()))
            && block.text().any(|text| !text.trim().is_empty())
    };
    let parts = element.descendent_elements().skip(1).take(MOST_PARTS);
    matches!(element.value().name(), "a" | "div" | "span")
        && element.attr("role") == Some("button")
        && opened::opens(element)
        && parts.filter(is_leaf).take(2).count() < 2
}
