//! Handles the start of elements: lists, terms, tables, and parts that a button opens.

use scraper::ElementRef;
use scraper::node::Element;

use super::super::marks::{in_style, without_mark};
use super::super::table;
use super::{Ending, PageReader};

impl PageReader<'_> {
    pub(super) fn open_list(&mut self, list: ElementRef<'_>) {
        self.endings.push((list.id(), Ending::List(self.assembler.depth())));
        let style = list.attr("type").and_then(|style| style.chars().next()).unwrap_or('1');
        let start = list.attr("start").and_then(|start| start.trim().parse().ok()).unwrap_or(1);
        self.lists.push((list.value().name() == "ol").then_some((start, style)));
        if self.furniture == 0 {
            self.release_marker();
            self.assembler.open_list();
        }
    }

    pub(super) fn open_item(&mut self, item: &Element) {
        let number = self.lists.last_mut().and_then(Option::as_mut).map(|(next, style)| {
            let number = item.attr("value").and_then(|value| value.trim().parse().ok()).unwrap_or(*next);
            *next = number.saturating_add(1);
            format!("{}.", in_style(number, *style))
        });
        if self.furniture == 0 {
            self.assembler.open_item(number);
        }
    }

    pub(super) fn open_terms(&mut self, id: ego_tree::NodeId) {
        self.endings.push((id, Ending::Terms));
        if self.furniture == 0 {
            self.release_marker();
            self.assembler.open_terms();
        }
    }

    /// Opens a part of the page that a button reveals. The questions above it end here.
    pub(super) fn open_details(&mut self, id: ego_tree::NodeId) {
        self.close_bold_question();
        let around = self.endings.iter().rev().find_map(|(_, ending)| match ending {
            Ending::Close(depth) => Some(*depth),
            _ => None,
        });
        while self.assembler.in_answer() && around.is_none_or(|around| self.assembler.depth() > around + 1) {
            self.assembler.close_question();
        }
        self.endings.push((id, Ending::Section(self.level)));
        self.endings.push((id, Ending::Close(self.assembler.depth())));
    }

    /// Uses the text of a tab as the heading of its panel if the panel has no headings.
    pub(super) fn open_tab(&mut self, part: ElementRef<'_>) {
        let Some(tab) = self.styles.tab(part) else { return };
        // Only the first part that a tab opens is its panel.
        if self.furniture == 0 && !self.around_headings.contains(&part.id()) && self.tabs.insert(tab.id()) {
            self.endings.push((part.id(), Ending::Section(self.level)));
            self.level = (self.level + 1).min(6);
            self.assembler.heading(self.level, &table::text(tab, self.styles).one_line());
        }
    }

    pub(super) fn open_term(&mut self) {
        if std::mem::take(&mut self.described) {
            self.terms.clear();
        }
        self.in_term = true;
    }

    pub(super) fn open_description(&mut self, id: ego_tree::NodeId) {
        self.in_term = false;
        let further = std::mem::replace(&mut self.described, true);
        if self.furniture > 0 || self.terms.is_empty() {
            return;
        }
        self.endings.push((id, Ending::Description));
        match further {
            true => self.assembler.open_further_description(),
            false => self.assembler.open_description(&self.terms.join(", ")),
        }
    }

    pub(super) fn open_table(&mut self, element: ElementRef<'_>) -> bool {
        if self.furniture > 0 {
            return true;
        }
        self.release_marker();
        if let Some(items) = table::items(element, self.styles) {
            self.close_marked_lists(0);
            self.add_typed_list("", &items);
            return false;
        }
        let Some(mut table) = table::data(element, self.styles) else { return true };
        self.close_marked_lists(0);
        if table.caption.is_none() {
            table.caption = self.figure_caption(element);
        }
        self.assembler.table(&table);
        for note in table::notes(element, self.styles) {
            self.assembler.note(without_mark(&note));
        }
        false
    }

    /// The caption of the figure around a table. Only the first table in the figure gets it.
    fn figure_caption(&mut self, table: ElementRef<'_>) -> Option<String> {
        let figure = table
            .ancestors()
            .find(|above| above.value().as_element().is_some_and(|element| element.name() == "figure"))?;
        let is_first = self.figure.replace(figure.id()) != Some(figure.id());
        is_first.then(|| table::figure_caption(table, self.styles)).flatten()
    }

    pub(super) fn open_aside(&mut self, aside: ElementRef<'_>) {
        if self.around_headings.contains(&aside.id()) {
            self.endings.push((aside.id(), Ending::Section(self.level)));
        } else {
            self.endings.push((aside.id(), Ending::Box));
            self.box_title = true;
        }
    }
}
