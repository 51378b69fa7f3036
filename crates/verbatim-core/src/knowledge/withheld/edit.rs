//! Adds entries to the text of the list and removes them, without changing anything else: comments, order, notation and
//! line endings stay. Each edit returns candidate texts, the best first; the caller reads them back.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, RawString, Table, TableLike, Value, value};

use super::LIST;
use crate::knowledge::base::Withheld;

/// The byte order mark.
const MARK: char = '\u{feff}';

/// The text with an entry added at its end. Empty values of the entry are not written.
pub fn with(text: &str, entry: &Withheld) -> Vec<String> {
    edited(text, |document| match document.get_mut(LIST) {
        Some(Item::Value(Value::Array(array))) if !array.is_empty() => {
            let mut new = InlineTable::new();
            fill(&mut new, entry);
            let mut new = Value::from(new);
            // The new line is formatted like the last one, but without its comments.
            let before = array.iter().last().and_then(|last| last.decor().prefix()).cloned();
            if let Some(before) = before.filter(is_blank) {
                new.decor_mut().set_prefix(before);
            }
            array.push_formatted(new);
        }
        _ => append(document, entry),
    })
}

/// The text without the entries for a passage. Comments between entries stay.
pub fn without(text: &str, passage: &str) -> Vec<String> {
    let is_other = |table: &dyn TableLike| {
        table.get("passage").and_then(Item::as_str).is_none_or(|listed| listed.trim() != passage)
    };
    edited(text, |document| match document.get_mut(LIST) {
        Some(Item::Value(Value::Array(array))) => {
            array.retain(|value| value.as_inline_table().is_none_or(|table| is_other(table)));
            if array.is_empty() {
                headed(document);
            }
        }
        Some(_) => {
            let tables = headed(document);
            keep(document, tables, is_other);
        }
        None => {}
    })
}

fn edited(text: &str, edit: impl Fn(&mut DocumentMut)) -> Vec<String> {
    let (mark, text) = match text.strip_prefix(MARK) {
        Some(rest) => (MARK.to_string(), rest),
        None => (String::new(), text),
    };
    let edit = |text: &str| {
        let mut document: DocumentMut = text.parse().ok()?;
        edit(&mut document);
        Some(document.to_string())
    };
    // The edit uses LF line endings; a list with CRLF gets them back afterwards.
    let as_before = |text: String| match text.contains('\r') {
        true => text,
        false => text.replace('\n', "\r\n"),
    };
    let edited = match text.contains("\r\n") {
        true => vec![edit(&text.replace("\r\n", "\n")).map(as_before), edit(text)],
        false => vec![edit(text)],
    };
    edited
        .into_iter()
        .flatten()
        .map(|text| format!("{mark}{}", text.trim_start_matches(['\r', '\n'])))
        .collect()
}

/// Removes the entries from the document and returns them as tables with headers. A comment above an inline list stays.
fn headed(document: &mut DocumentMut) -> Vec<Table> {
    let over = document.key(LIST).and_then(|key| key.leaf_decor().prefix()?.as_str()).map(str::to_owned);
    let removed = document.remove(LIST);
    if let (Some(Item::Value(_)), Some(over)) = (&removed, over) {
        let rest = over + document.trailing().as_str().unwrap_or_default();
        document.set_trailing(rest);
    }
    match removed {
        Some(Item::ArrayOfTables(tables)) => tables.into_iter().collect(),
        Some(Item::Table(mut table)) => {
            table.set_dotted(false);
            vec![table]
        }
        Some(Item::Value(Value::InlineTable(table))) => vec![table.into_table()],
        _ => Vec::new(),
    }
}

fn append(document: &mut DocumentMut, entry: &Withheld) {
    let mut tables: ArrayOfTables = headed(document).into_iter().collect();
    let mut new = Table::new();
    fill(&mut new, entry);
    let mut before = document.trailing().as_str().unwrap_or_default().to_owned();
    if !before.is_empty() && !before.ends_with('\n') {
        before.push('\n');
    }
    let is_first = tables.is_empty() && before.trim().is_empty();
    if !is_first && before != "\n" && !before.ends_with("\n\n") {
        before.push('\n');
    }
    new.decor_mut().set_prefix(before);
    tables.push(new);
    document.set_trailing("");
    document.insert(LIST, Item::ArrayOfTables(tables));
}

/// Puts back the entries that stay, along with the comments above the removed ones.
fn keep(document: &mut DocumentMut, tables: Vec<Table>, stays: impl Fn(&dyn TableLike) -> bool) {
    let mut kept = ArrayOfTables::new();
    let mut comments = String::new();
    for mut table in tables {
        let over = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default().to_owned();
        if !stays(&table) {
            comments.push_str(if over.trim().is_empty() { "" } else { &over });
            continue;
        }
        table.decor_mut().set_prefix(std::mem::take(&mut comments) + &over);
        kept.push(table);
    }
    let rest = comments + document.trailing().as_str().unwrap_or_default();
    document.set_trailing(rest);
    if !kept.is_empty() {
        document.insert(LIST, Item::ArrayOfTables(kept));
    }
}

fn fill(table: &mut dyn TableLike, entry: &Withheld) {
    let Withheld { passage, by, at, reason } = entry;
    for (key, text) in [("passage", passage), ("by", by), ("at", at), ("reason", reason)] {
        if !text.is_empty() {
            table.insert(key, value(text));
        }
    }
}

fn is_blank(text: &RawString) -> bool {
    text.as_str().is_some_and(|text| text.trim().is_empty())
}
