//! Writing the list of passages that are out of circulation. It is edited as text, so that an author's
//! comments and order stay; what the edit gives is read back and compared before it is written. Only where
//! the notation leaves no room for an edit is the whole list written anew.

pub mod anonymise;

use std::path::Path;

use toml::Value;

use super::base::{WITHHELD, Withheld, WithheldFile};
use super::problem::Problem;
use super::toml_file;
use super::write::{self, WriteError};

const HEADER: &str = "[[withheld]]";

/// Why the list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It cannot be read, so that an entry could be lost.
    #[error("{0}")]
    Unreadable(Problem),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Puts an entry on the list in the folder of a base. If the passage is on it already, that entry comes back
/// and nothing is written.
///
/// # Errors
/// The list is then as it was.
pub fn add(folder: &Path, entry: &Withheld) -> Result<Option<Withheld>, ListError> {
    let _lock = write::lock_folder(folder)?;
    let path = folder.join(WITHHELD);
    let (text, entries) = read(&path)?;
    if let Some(first) = entries.iter().find(|listed| listed.passage == entry.passage) {
        return Ok(Some(first.clone()));
    }
    write::replace(&path, with(&text, &entries, entry).as_bytes())?;
    Ok(None)
}

/// Takes a passage off the list in the folder of a base and gives back its entry; `None` where it was not on
/// it. A list that is empty then goes.
///
/// # Errors
/// The list is then as it was.
pub fn remove(folder: &Path, passage: &str) -> Result<Option<Withheld>, ListError> {
    let _lock = write::lock_folder(folder)?;
    let path = folder.join(WITHHELD);
    let (text, entries) = read(&path)?;
    let Some(entry) = entries.iter().find(|listed| listed.passage == passage) else { return Ok(None) };
    match without(&text, &entries, passage) {
        rest if rest.trim().is_empty() => write::remove(&path)?,
        rest => write::replace(&path, rest.as_bytes())?,
    }
    Ok(Some(entry.clone()))
}

/// The list in the folder of a base as text, and what it will be without a passage.
///
/// # Errors
/// A problem where it cannot be read.
pub fn before_and_after(folder: &Path, passage: &str) -> Result<(String, String), Problem> {
    let (text, entries) = read(&folder.join(WITHHELD))?;
    let after = without(&text, &entries, passage);
    Ok((text, after))
}

/// Puts a passage back on the list that was `before`. Where nothing else was changed meanwhile, the list gets
/// its very text back; otherwise the passage's entry is added.
///
/// # Errors
/// The list is then as it was.
pub fn put_back(folder: &Path, before: &str, passage: &str) -> Result<(), ListError> {
    let path = folder.join(WITHHELD);
    let entries = toml_file::parse::<WithheldFile>(&path, before)?.withheld;
    let Some(entry) = entries.iter().find(|entry| entry.passage == passage) else { return Ok(()) };
    let lock = write::lock_folder(folder)?;
    if read(&path)?.0.trim() == without(before, &entries, passage).trim() {
        return Ok(write::replace(&path, before.as_bytes())?);
    }
    drop(lock);
    add(folder, entry).map(drop)
}

impl From<Problem> for ListError {
    fn from(problem: Problem) -> Self {
        Self::Unreadable(problem)
    }
}

fn read(path: &Path) -> Result<(String, Vec<Withheld>), Problem> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let what = format!("The list of withheld passages cannot be read: {error}.");
            return Err(Problem::new(path, what, "Mend its permissions, or put it back."));
        }
    };
    let entries = toml_file::parse::<WithheldFile>(path, &text)?.withheld;
    Ok((text, entries))
}

/// The text with one entry more, at its end.
fn with(text: &str, entries: &[Withheld], entry: &Withheld) -> String {
    let gap = match text {
        "" => "",
        text if text.ends_with("\n\n") => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let longer = format!("{text}{gap}{}", written(entry));
    let expected = [entries, std::slice::from_ref(entry)].concat();
    if holds(&longer, &expected) { longer } else { anew(&expected) }
}

/// The text without the entries of a passage. The comments between entries stay.
fn without(text: &str, entries: &[Withheld], passage: &str) -> String {
    let mut text = text.to_owned();
    let mut left = entries.to_vec();
    while let Some(at) = left.iter().position(|entry| entry.passage == passage) {
        left.remove(at);
        // A text in an entry may look like a header, so each is tried, and what is left is read back.
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let heads = (0..lines.len()).filter(|&at| is_header(lines[at]));
        let shorter = heads.map(|head| without_entry(&lines, head)).find(|text| holds(text, &left));
        text = shorter.unwrap_or_else(|| anew(&left));
    }
    text
}

/// The lines without the entry that begins at `head`.
fn without_entry(lines: &[&str], head: usize) -> String {
    let mut end = (head + 1..lines.len()).find(|&at| is_header(lines[at])).unwrap_or(lines.len());
    while end > head + 1 && is_blank_or_comment(lines[end - 1]) {
        end -= 1;
    }
    // One of the two gaps around the entry goes with it.
    while end < lines.len() && lines[end].trim().is_empty() {
        end += 1;
    }
    [&lines[..head], &lines[end..]].concat().concat()
}

fn is_header(line: &str) -> bool {
    let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    line.starts_with(HEADER)
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn holds(text: &str, expected: &[Withheld]) -> bool {
    toml::from_str::<WithheldFile>(text).is_ok_and(|file| file.withheld == expected)
}

fn anew(entries: &[Withheld]) -> String {
    entries.iter().map(written).collect::<Vec<_>>().join("\n")
}

fn written(entry: &Withheld) -> String {
    let keys = [("passage", &entry.passage), ("by", &entry.by), ("at", &entry.at), ("reason", &entry.reason)];
    let lines = keys.map(|(key, value)| format!("{key} = {}\n", Value::String(value.clone())));
    format!("{HEADER}\n{}", lines.concat())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn entry(passage: &str, reason: &str) -> Withheld {
        let [passage, by, at, reason] =
            [passage, "A. Moderator", "2026-01-02T03:04:05Z", reason].map(str::to_owned);
        Withheld { passage, by, at, reason }
    }

    fn entries(text: &str) -> Vec<Withheld> {
        toml::from_str::<WithheldFile>(text).expect("a list").withheld
    }

    fn add_to(text: &str, passage: &str) -> String {
        with(text, &entries(text), &entry(passage, "outdated"))
    }

    fn take_from(text: &str, passage: &str) -> String {
        without(text, &entries(text), passage)
    }

    const COMMENTED: &str = "\
# What the board decided.

# In May.
[[withheld]]
passage = \"a:1\"
by = \"B\" # the chair
at = \"2025-05-01\"
reason = '''
A [[withheld]] text
[[withheld]]
'''

# In June.
[[ withheld ]]
passage = \"a:2\"
# said at the meeting
by = \"C\"
at = \"2025-06-01\"
reason = \"r\"
# The end.
";

    #[test]
    fn an_entry_is_appended_and_comments_stay() {
        assert_snapshot!(add_to("", "a:3"), @r#"
        [[withheld]]
        passage = "a:3"
        by = "A. Moderator"
        at = "2026-01-02T03:04:05Z"
        reason = "outdated"
        "#);
        let longer = add_to(COMMENTED, "a:3");
        assert!(longer.starts_with(COMMENTED), "{longer}");
        assert_eq!(entries(&longer).len(), 3);
        let longer = add_to(COMMENTED.trim_end(), "a:3");
        assert!(longer.contains("# The end.\n\n[[withheld]]\npassage = \"a:3\""), "{longer}");
    }

    #[test]
    fn an_entry_is_taken_out_and_comments_stay() {
        assert_snapshot!(take_from(COMMENTED, "a:2"), @r#"
        # What the board decided.

        # In May.
        [[withheld]]
        passage = "a:1"
        by = "B" # the chair
        at = "2025-05-01"
        reason = '''
        A [[withheld]] text
        [[withheld]]
        '''

        # In June.
        # The end.
        "#);
        assert_eq!(take_from(&add_to("", "a:3"), "a:3"), "");
        let two = add_to(&add_to("", "a:3"), "a:4");
        assert_eq!(take_from(&two, "a:3"), add_to("", "a:4"));
        assert_eq!(take_from(&two, "a:4").trim_end(), add_to("", "a:3").trim_end());
    }

    /// Here a text in the entry looks like the beginning of the next one.
    #[test]
    fn what_cannot_be_edited_is_written_anew() {
        assert_eq!(take_from(COMMENTED, "a:1"), anew(&entries(COMMENTED)[1..]));
        let inline = "withheld = [{ passage = \"a:1\", by = \"b\", at = \"c\", reason = \"d\" }]\n";
        assert_eq!(entries(&add_to(inline, "a:2")).len(), 2);
        assert_eq!(take_from(inline, "a:1"), "");
    }

    #[test]
    fn on_disk_the_first_entry_of_a_passage_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = entry("a:1", "outdated");
        assert_eq!(add(folder.path(), &first).expect("it can be written"), None);
        let again = add(folder.path(), &entry("a:1", "because")).expect("it can be read");
        assert_eq!(again, Some(first.clone()));
        assert_eq!(remove(folder.path(), "a:2").expect("it can be read"), None);
        assert_eq!(remove(folder.path(), "a:1").expect("it can be written"), Some(first));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(WITHHELD);
        let now = || std::fs::read_to_string(&path).expect("the list");
        for passage in ["a:1", "a:2"] {
            std::fs::write(&path, COMMENTED).expect("a file");
            remove(folder.path(), passage).expect("it can be written");
            put_back(folder.path(), COMMENTED, passage).expect("it can be written");
            assert_eq!(now(), COMMENTED);
        }
        put_back(folder.path(), COMMENTED, "a:2").expect("it is there already");
        assert_eq!(now(), COMMENTED);
        remove(folder.path(), "a:2").expect("it can be written");
        add(folder.path(), &entry("a:3", "meanwhile")).expect("it can be written");
        put_back(folder.path(), COMMENTED, "a:2").expect("it can be written");
        let passages: Vec<String> = entries(&now()).into_iter().map(|entry| entry.passage).collect();
        assert_eq!(passages, ["a:1", "a:3", "a:2"]);
    }

    #[test]
    fn a_broken_list_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(WITHHELD);
        std::fs::write(&path, "[[withheld]]\npasage = \"a:1\"\n").expect("a file");
        let error = add(folder.path(), &entry("a:1", "r")).expect_err("it is broken").to_string();
        assert!(error.contains("Write `passage`, if that is meant."), "{error}");
        assert!(remove(folder.path(), "a:1").is_err());
        assert!(std::fs::read_to_string(&path).expect("it is there").contains("pasage"));
    }

    proptest! {
        #[test]
        fn any_list_is_edited_to_what_was_meant(
            words in proptest::collection::vec("\\PC{0,12}|[\\[\\]\"'#\n\\\\]{0,12}", 1..5), at in 0_usize..5
        ) {
            let all: Vec<Withheld> =
                words.iter().enumerate().map(|(at, words)| entry(&format!("a:{at}"), words)).collect();
            let text = all.iter().fold(String::new(), |text, entry| with(&text, &entries(&text), entry));
            prop_assert_eq!(entries(&text), all.clone());
            let gone = format!("a:{at}");
            let rest: Vec<Withheld> = all.into_iter().filter(|entry| entry.passage != gone).collect();
            prop_assert_eq!(entries(&take_from(&text, &gone)), rest);
        }
    }
}
