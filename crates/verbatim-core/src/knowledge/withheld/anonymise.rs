//! Removes a person's name and id from the list of withheld passages. The same passages stay withheld, and the rest of
//! the file stays as it was written.

use std::path::Path;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::{ListError, WITHHELD, WithheldFile};
use crate::fs;
use crate::knowledge::problem::Problem;

/// Replaces the name of a person whose data was deleted.
pub const ANONYMOUS: &str = "a moderator";

/// The person to remove.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Their id, as digits.
    pub id: &'a str,
    /// Their names.
    pub names: &'a [String],
    /// The passages that they withheld.
    pub passages: &'a [String],
}

/// Removes a person from the list in the folder of a base, and returns how many entries named them.
///
/// # Errors
/// If the list cannot be read or written. It is then unchanged, unless the error [`fs::FsError::is_done`].
pub fn anonymise(folder: &Path, person: Person<'_>) -> Result<usize, ListError> {
    let path = folder.join(WITHHELD);
    let draft = fs::draft_of(&path);
    if !path.exists() && !draft.exists() {
        return Ok(0);
    }
    let _lock = fs::lock_folder(folder)?;
    fs::remove(&draft)?;
    let text = match fs::read_to_string(&path) {
        Err(error) if error.is_not_found() => return Ok(0),
        read => read.map_err(|error| unreadable(&path, error.source))?,
    };
    let (after, count) = match without(&text, person) {
        Ok(without) => without,
        // Even if the file is not a valid list, a text search can show that it does not name the person.
        Err(_) if !may_name(&text, person) => return Ok(0),
        Err(error) => return Err(unreadable(&path, error.message()).into()),
    };
    if after != text {
        // The same passages must stay withheld, whatever is removed.
        let passages = |text: &str| WithheldFile::parse(&path, text.to_owned()).map(|file| file.passages());
        if passages(&after)? != passages(&text)? {
            return Err(unreadable(&path, "a passage's id contains the digits of the person's id").into());
        }
        fs::replace(&path, after.as_bytes())?;
    }
    Ok(count)
}

fn unreadable(path: &Path, why: impl std::fmt::Display) -> Problem {
    let what = format!("The list of withheld passages cannot be read: {why}.");
    Problem::new(path, what, "Fix it by hand so that a name can be removed from it, then try again.")
}

/// Whether the list in the folder of a base may name a person, or a half-written copy of it exists.
pub fn is_needed(folder: &Path, person: Person<'_>) -> bool {
    let path = folder.join(WITHHELD);
    fs::draft_of(&path).exists() || fs::read_to_string(&path).is_ok_and(|text| may_name(&text, person))
}

fn may_name(text: &str, person: Person<'_>) -> bool {
    let words = person.names.iter().chain(person.passages).map(String::as_str);
    words.chain([person.id]).any(|word| !word.is_empty() && text.contains(word))
}

/// The text without the person, and how many entries named them.
fn without(text: &str, person: Person<'_>) -> Result<(String, usize), toml_edit::TomlError> {
    let mut document: DocumentMut = text.parse()?;
    // The name on an entry for one of their passages is theirs, and so is the same name elsewhere in the list.
    let mut names = person.names.to_vec();
    each(&mut document, |entry| {
        let passage = entry.get("passage").and_then(Item::as_str).unwrap_or_default().trim();
        if person.passages.iter().any(|theirs| theirs == passage) {
            names.extend(entry.get("by").and_then(Item::as_str).map(str::to_owned));
        }
    });
    names.retain(|name| name != ANONYMOUS);
    let mut named = 0;
    each(&mut document, |entry| {
        let Some(by) = entry.get_mut("by").and_then(Item::as_value_mut) else { return };
        // Without quotes, the value is a number or another type.
        let now = by.as_str().map_or_else(|| by.to_string().trim().to_owned(), str::to_owned);
        let without_id = without_id(&now, person.id);
        let is_named = names.iter().any(|name| name.trim().to_lowercase() == now.trim().to_lowercase());
        let anonymous = if is_named { ANONYMOUS } else { without_id.as_str() };
        if anonymous != now {
            let decor = by.decor().clone();
            *by = anonymous.into();
            *by.decor_mut() = decor;
            named += 1;
        }
    });
    let text = if named > 0 { document.to_string() } else { text.to_owned() };
    Ok((without_id(&text, person.id), named))
}

/// Calls `look` with each entry.
fn each(document: &mut DocumentMut, mut look: impl FnMut(&mut dyn TableLike)) {
    match document.get_mut("withheld") {
        Some(Item::ArrayOfTables(tables)) => tables.iter_mut().for_each(|table| look(table)),
        Some(Item::Table(table)) => look(table),
        Some(Item::Value(Value::InlineTable(table))) => look(table),
        Some(Item::Value(Value::Array(array))) => {
            array.iter_mut().filter_map(Value::as_inline_table_mut).for_each(|table| look(table));
        }
        _ => {}
    }
}

/// The text with [`ANONYMOUS`] in place of the id, wherever the id is a whole word: in an entry, a reason or a comment.
fn without_id(text: &str, id: &str) -> String {
    if id.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(id) {
        let (before, after) = (&rest[..at], &rest[at + id.len()..]);
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let is_whole = !out.chars().chain(before.chars()).next_back().is_some_and(is_part)
            && !after.starts_with(is_part);
        out.push_str(before);
        out.push_str(if is_whole { ANONYMOUS } else { id });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Kept by hand.\n\n\
        [[withheld]]\npassage = \"a:1\"\nby = \"mia\"  # the chair\nat = \"2026-05-01\"\nreason = \"old\"\n\n\
        [[withheld]]\nby = 'jo' \nreason = \"\"\"\nby = \"mia\"\n\"\"\"\npassage=\"a:2\"\nat = \"\"\n\n\
        [[withheld]]\npassage = \"a:3\"\nby = \"1234567890123456789\"\nat = \"\"\nreason = \"said <@1234567890123456789>\"\n\
        # 12345678901234567890 is another number.\n";

    fn list(text: &str) -> (tempfile::TempDir, impl Fn() -> String) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(WITHHELD), text).expect("a file");
        let path = folder.path().join(WITHHELD);
        (folder, move || std::fs::read_to_string(&path).expect("the list"))
    }

    fn named<'a>(names: &'a [String], passages: &'a [String]) -> Person<'a> {
        Person { id: "1234567890123456789", names, passages }
    }

    #[test]
    fn a_person_goes_and_the_rest_of_a_hand_edited_list_stays() {
        let (folder, now) = list(LIST);
        let passages = ["a:1".to_owned()];
        assert_eq!(anonymise(folder.path(), named(&[], &passages)).expect("it can be edited"), 2);
        let expected = LIST
            .replace("by = \"mia\"  #", "by = \"a moderator\"  #")
            .replace("\"1234567890123456789\"", "\"a moderator\"")
            .replace("@1234567890123456789", "@a moderator");
        assert_eq!(now(), expected);
        assert_eq!(anonymise(folder.path(), named(&["jo".to_owned()], &[])).expect("it can be edited"), 1);
        assert!(!now().contains("'jo'"), "{}", now());
        assert_eq!(anonymise(folder.path(), named(&["jo".to_owned()], &[])).expect("nothing is left"), 0);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_name_goes_from_every_entry_that_has_it() {
        let text = "withheld = [{ passage = \"a:1\", by = \"mia\", at = \"\", reason = \"r\" }, \
                    { passage = \"a:2\", by = \"mia\", at = \"\", reason = \"r\" }]\n";
        let (folder, now) = list(text);
        let passages = ["a:2".to_owned()];
        assert_eq!(anonymise(folder.path(), named(&[], &passages)).expect("it can be edited"), 2);
        assert_eq!(now(), text.replace("mia", ANONYMOUS));
    }

    #[test]
    fn a_name_goes_in_any_notation_and_no_passage_with_it() {
        for text in [
            "[withheld]\npassage = \"a:1\"\nby = \"Mia \"\n",
            "withheld = { passage = \"a:1\", by = \"mia\" }\n",
            "[[withheld]]\npassage = \"a:1\"\nby = 1234567890123456789\n",
        ] {
            let (folder, now) = list(text);
            assert_eq!(
                anonymise(folder.path(), named(&["mia".to_owned()], &[])).expect("it can be edited"),
                1
            );
            assert!(now().contains("by = \"a moderator\"") && now().contains("\"a:1\""), "{}", now());
            let read = super::super::read(folder.path()).expect("it is still a list");
            assert!(read.is_some_and(|file| file.passages().contains("a:1")));
        }
        let (folder, now) = list("[[withheld]]\npassage = \"1234567890123456789:1\"\n");
        assert!(anonymise(folder.path(), named(&[], &[])).is_err());
        assert!(now().contains("1234567890123456789:1"), "what is withheld stays so");
    }

    #[test]
    fn a_broken_list_is_an_error_only_where_it_may_name_the_person() {
        let (folder, now) = list("[[withheld]\nby = \"mia\"\n");
        assert_eq!(anonymise(folder.path(), named(&["jo".to_owned()], &[])).expect("nothing to do"), 0);
        assert!(anonymise(folder.path(), named(&["mia".to_owned()], &[])).is_err());
        assert!(now().contains("mia"));
        let nothing = tempfile::tempdir().expect("a folder");
        assert_eq!(anonymise(nothing.path(), named(&[], &[])).expect("nothing to do"), 0);
    }
}
