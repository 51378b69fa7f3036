//! Determines which list an item belongs to and its depth, from list levels, indents, or typed marks.

use std::cmp::Ordering;

use super::lines::FlowLines;
use super::model::{ListName, Paragraph};
use super::role::StyleRole;
use crate::knowledge::blocks::Assembler;

/// The largest difference between two indents that count as equal, in twentieths of a point.
const SAME_INDENT: i64 = 60;
/// The indent that a tab before an item adds, in twentieths of a point.
const TAB: i64 = 720;
/// The deepest nesting of lists; Word has nine levels. This bounds the number of lead-ins of an item.
const DEEPEST: usize = 20;

/// An open list.
struct OpenList {
    name: ListName,
    level: u8,
    left: i64,
}

/// The open lists, innermost last.
#[derive(Default)]
pub struct OpenLists(Vec<OpenList>);

impl OpenLists {
    /// Opens and closes lists so that the item at an index can follow.
    pub fn enter(&mut self, lines: &FlowLines, at: usize, assembler: &mut Assembler) {
        let Some(list) = list_of(lines, at) else { return };
        loop {
            match self.depth_of(&list) {
                Some(Ordering::Less) => self.close(self.0.len().saturating_sub(1), assembler),
                Some(Ordering::Equal) => {
                    self.0.pop();
                    break self.0.push(list);
                }
                Some(Ordering::Greater) | None => {
                    assembler.open_list();
                    break self.0.push(list);
                }
            }
        }
    }

    /// Compares the depth of an item with the innermost list. Returns `None` if no list is open.
    fn depth_of(&self, new: &OpenList) -> Option<Ordering> {
        let top = self.0.last()?;
        let depth = self.depth_under(top, new);
        // Items deeper than the deepest list join the innermost one.
        Some(if self.0.len() >= DEEPEST && depth == Ordering::Greater { Ordering::Equal } else { depth })
    }

    fn depth_under(&self, top: &OpenList, new: &OpenList) -> Ordering {
        let is_typed = |list: &OpenList| matches!(list.name, ListName::TypedMark(_));
        if top.name == new.name && !is_typed(new) {
            return new.level.cmp(&top.level);
        }
        let apart = new.left.saturating_sub(top.left);
        if apart.abs() > SAME_INDENT {
            return apart.cmp(&0);
        }
        if top.name == new.name || !is_typed(new) || !is_typed(top) {
            return Ordering::Equal;
        }
        // A different mark at the same indent either returns to an outer list or starts a nested one.
        let known = self.0.iter().any(|list| list.name == new.name);
        if known { Ordering::Less } else { Ordering::Greater }
    }

    /// Closes the lists that a paragraph does not belong to. A continuation paragraph of an item is aligned with the
    /// text of the item.
    pub fn keep_around(&mut self, paragraph: &Paragraph, assembler: &mut Assembler) {
        let further = paragraph.role == StyleRole::Further;
        let reaches = |list: &OpenList| {
            further || paragraph.left > 0 && paragraph.left.saturating_add(SAME_INDENT) >= list.left
        };
        self.close(self.0.iter().rposition(reaches).map_or(0, |at| at.saturating_add(1)), assembler);
    }

    /// Closes all lists except the outermost `keep`.
    pub fn close(&mut self, keep: usize, assembler: &mut Assembler) {
        for _ in self.0.drain(keep.min(self.0.len())..) {
            assembler.close_list();
        }
    }
}

fn list_of(lines: &FlowLines, at: usize) -> Option<OpenList> {
    let paragraph = lines.paragraph(at)?;
    let (name, level) = match (&paragraph.label, lines.mark(at)) {
        (Some(label), _) => (label.list.clone(), label.level),
        (None, mark) => (ListName::TypedMark(mark?.class.clone()), 0),
    };
    let tabs = paragraph.text().chars().take_while(|c| *c == '\t').count();
    let left = i64::try_from(tabs).unwrap_or(0).saturating_mul(TAB).saturating_add(paragraph.left);
    Some(OpenList { name, level, left })
}
