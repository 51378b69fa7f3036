//! Lists as people write them, and the same lists after the program has changed an entry.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

fn entry(passage: &str, reason: &str) -> Withheld {
    let [passage, by, at, reason] =
        [passage, "A. Moderator", "2026-01-02T03:04:05Z", reason].map(str::to_owned);
    Withheld { passage, by, at, reason }
}

fn list(text: &str) -> WithheldFile {
    WithheldFile::parse(Path::new(WITHHELD), text.to_owned())
        .unwrap_or_else(|problem| panic!("{problem}\n{text}"))
}

fn passages(text: &str) -> Vec<String> {
    list(text).entries.into_iter().map(|entry| entry.passage).collect()
}

fn add_to(text: &str, passage: &str) -> String {
    with(Path::new(""), &list(text), &entry(passage, "outdated")).expect("it can be added")
}

fn take_from(text: &str, passage: &str) -> String {
    without(Path::new(""), &list(text), passage).expect("it can be taken out")
}

fn unreadable(text: &str) -> String {
    let problem = WithheldFile::parse(Path::new(WITHHELD), text.to_owned()).expect_err("it cannot be read");
    problem.to_string()
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
[[withheld]]
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
    assert_eq!(passages(&longer), ["a:1", "a:2", "a:3"]);
    let longer = add_to(COMMENTED.trim_end(), "a:3");
    assert!(longer.contains("# The end.\n\n[[withheld]]\npassage = \"a:3\""), "{longer}");
    assert!(add_to("# Nothing yet.\n", "a:3").starts_with("# Nothing yet.\n\n[[withheld]]\n"));
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
    assert_snapshot!(take_from(COMMENTED, "a:1"), @r#"
    # What the board decided.

    # In May.

    # In June.
    [[withheld]]
    passage = "a:2"
    # said at the meeting
    by = "C"
    at = "2025-06-01"
    reason = "r"
    # The end.
    "#);
    assert_eq!(take_from(&add_to("", "a:3"), "a:3"), "");
    let two = add_to(&add_to("", "a:3"), "a:4");
    assert_eq!(take_from(&two, "a:3"), add_to("", "a:4"));
    assert_eq!(take_from(&two, "a:4"), add_to("", "a:3"));
    assert_eq!(take_from(&two, "a:5"), two);
}

/// All notations that people use mean the same, and an entry is added and removed without touching the rest.
#[test]
fn however_a_list_is_written_it_is_read_and_edited() {
    let plain = add_to(&add_to("", "a:1"), "a:2");
    let lists = [
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        format!("\u{feff}# Ä\r\n\r\n{}", plain.replace('\n', "\r\n")),
        plain.trim_end().to_owned(),
        plain.replace("[[withheld]]", "  [[ \"withheld\" ]]  # an entry"),
        "withheld = [{ passage = \"a:1\", reason = \"r\" }, { passage = \"a:2\" }]".to_owned(),
        "withheld = [\n  { passage = \"a:1\", by = \"b\" }, # one\n  # two\n  { passage = 'a:2' },\n]\n".to_owned(),
        "[[withheld]]\nreason = \"r\"\nat = 2026-01-02\npassage = \"a:1\"\n[[withheld]]\npassage = \" a:2 \"\n"
            .to_owned(),
        "[[withheld]]\npassage = \"a:1\"\n\n\n\n# The end\n[[withheld]]\nreasn = 1\npassage = \"a:2\"\nby = 3\n\n\n"
            .to_owned(),
    ];
    for text in lists {
        assert_eq!(passages(&text), ["a:1", "a:2"], "{text}");
        let longer = add_to(&text, "a:3");
        assert_eq!(passages(&longer), ["a:1", "a:2", "a:3"], "{longer}");
        assert_eq!(list(&longer).entries[2], entry("a:3", "outdated"));
        for comment in text.lines().filter(|line| line.trim_start().starts_with('#')) {
            assert!(longer.contains(comment.trim()), "{comment} is gone:\n{longer}");
        }
        assert_eq!(longer.contains('\r'), text.contains('\r'));
        assert!(
            !longer.contains('\r') || longer.lines().count() == longer.matches("\r\n").count(),
            "{longer:?}"
        );
        assert_eq!(longer.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        for gone in ["a:1", "a:2"] {
            let left: Vec<&str> =
                ["a:1", "a:2", "a:3"].into_iter().filter(|passage| *passage != gone).collect();
            assert_eq!(passages(&take_from(&longer, gone)), left, "{longer}");
        }
        let empty = take_from(&take_from(&text, "a:1"), "a:2");
        assert_eq!(passages(&empty), Vec::<String>::new());
        assert_eq!(passages(&add_to(&empty, "a:4")), ["a:4"], "{empty}");
    }
}

#[test]
fn an_entry_that_stands_twice_is_taken_out_twice() {
    let twice = format!("{}\n{}", add_to("", "a:1"), add_to("", "a:1"));
    assert_eq!(passages(&twice), ["a:1", "a:1"]);
    assert_eq!(take_from(&twice, "a:1"), "");
    assert_eq!(take_from("withheld = [{ passage = \"a:1\" }, { passage = \"a:1\" }]\n", "a:1"), "");
    let stated = add_to("# None.\nwithheld = []\n", "a:1");
    assert!(stated.starts_with("# None.\n\n[[withheld]]\n"), "{stated}");
}

/// One header with single brackets, or none at all: the meaning is clear.
#[test]
fn a_single_entry_counts_in_any_notation() {
    for text in [
        "[withheld]\npassage = \"a:1\"\n",
        "withheld = { passage = \"a:1\" }\n",
        "withheld.passage = \"a:1\"\n",
    ] {
        assert_eq!(passages(text), ["a:1"], "{text}");
        assert_eq!(passages(&add_to(text, "a:2")), ["a:1", "a:2"], "{text}");
        assert_eq!(take_from(text, "a:1").trim(), "", "{text}");
    }
}

/// A mistake in an entry is reported, and the passage is withheld nonetheless.
#[test]
fn a_slip_loses_no_entry() {
    let text = "\
[[withheld]]
passage = \"a:1\"
by = \"B\"
at = 2025-05-01T10:00:00Z
raeson = \"r\"

[[withheld]]
passage = \"a:2\"
by = 7
at = \"2025-06-01\"
reason = \"\"
colour = \"red\"
";
    let list = list(text);
    assert_eq!(list.passages(), ["a:1", "a:2"].map(str::to_owned).into());
    assert_eq!(list.entries[0].at, "2025-05-01T10:00:00Z");
    let told: Vec<String> = list.warnings.iter().map(Problem::to_string).collect();
    assert_snapshot!(told.join("\n"), @r"
    withheld.toml:5: There is no key `raeson` here. Did you mean `reason`?
    withheld.toml:2: The entry for `a:1` has no `reason`. The passage is withheld nonetheless. Add why it was withheld, for people who read the list later.
    withheld.toml:12: There is no key `colour` here. Known keys: passage, by, at, reason.
    withheld.toml:8: The entry for `a:2` has no `by`. The passage is withheld nonetheless. Add who withheld it.
    ");
}

/// If it is unclear which passages are meant, the list must not be used.
#[test]
fn what_names_no_passage_makes_the_list_unreadable() {
    for (text, told) in [
        (
            "[[withheld]]\npasage = \"a:1\"\n",
            "withheld.toml:2: There is no key `pasage` here. Did you mean `passage`?",
        ),
        ("[[withheld]]\n[[withheld]]\nby = \"b\"\n", "withheld.toml: This entry has no `passage`."),
        ("[[withheld]]\npassage = 1\n", "withheld.toml:2: This entry has no `passage`."),
        ("[[withheld]]\npassage = \" \"\n", "withheld.toml:2: This entry has no `passage`."),
        ("\n[[witheld]]\npassage = \"a:1\"\n", "withheld.toml:2: There is no key `witheld` here."),
        ("passage = \"a:1\"\n", "withheld.toml:1: There is no key `passage` here."),
        ("withheld = [\"a:1\"]\n", "withheld.toml:1: `withheld` is not a list of entries."),
        ("withheld = \"a:1\"\n", "withheld.toml:1: `withheld` is not a list of entries."),
        ("[[withheld]]\npassage = \"a:1\n", "withheld.toml:2: "),
        ("[[withheld]\n", "withheld.toml:1: "),
    ] {
        let problem = unreadable(text);
        assert!(problem.starts_with(told), "{text}\n{problem}");
    }
}

#[test]
fn what_is_no_text_is_unreadable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(WITHHELD);
    assert_eq!(read(folder.path()), Ok(None));
    assert_eq!(read(&folder.path().join("elsewhere")), Ok(None));
    std::fs::write(&path, b"\xff\xfe[").expect("a file");
    let told = |told: &str| {
        let problem = read(folder.path()).expect_err(told).to_string();
        assert!(problem.contains(told), "{problem}");
    };
    told("it is not UTF-8");
    std::fs::write(&path, vec![b'#'; MOST_BYTES as usize + 1]).expect("a file");
    told("it is longer than 4 MiB");
    std::fs::write(&path, vec![b'#'; MOST_BYTES as usize]).expect("a file");
    assert!(read(folder.path()).is_ok_and(|list| list.is_some_and(|list| list.entries.is_empty())));
    std::fs::remove_file(&path).expect("a file");
    std::fs::create_dir(&path).expect("a folder");
    told("it is not a file");
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
    for before in [COMMENTED.to_owned(), COMMENTED.replace('\n', "\r\n")] {
        for passage in ["a:1", "a:2"] {
            std::fs::write(&path, &before).expect("a file");
            remove(folder.path(), passage).expect("it can be written");
            put_back(folder.path(), &before, passage).expect("it can be written");
            assert_eq!(now(), before);
        }
        put_back(folder.path(), &before, "a:2").expect("it is there already");
        assert_eq!(now(), before);
        remove(folder.path(), "a:2").expect("it can be written");
        add(folder.path(), &entry("a:3", "meanwhile")).expect("it can be written");
        put_back(folder.path(), &before, "a:2").expect("it can be written");
        assert_eq!(passages(&now()), ["a:1", "a:3", "a:2"]);
    }
}

#[test]
fn a_broken_list_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(WITHHELD);
    std::fs::write(&path, "[[withheld]]\npasage = \"a:1\"\n").expect("a file");
    let error = add(folder.path(), &entry("a:1", "r")).expect_err("it is broken").to_string();
    assert!(error.contains("Did you mean `passage`?"), "{error}");
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
        let add = |text: String, entry: &Withheld| with(Path::new(""), &list(&text), entry).expect("it can be added");
        let text = all.iter().fold(String::new(), add);
        prop_assert_eq!(list(&text).entries, all.clone());
        let gone = format!("a:{at}");
        let rest: Vec<Withheld> = all.into_iter().filter(|entry| entry.passage != gone).collect();
        prop_assert_eq!(list(&take_from(&text, &gone)).entries, rest);
    }
}
