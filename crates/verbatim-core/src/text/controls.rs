//! Invisible characters: control characters, bidirectional controls, zero-width and tag characters. This module alone
//! decides which of them a source may contain and how they are shown.
//!
//! | characters | in a source | in quoted text | in labels and messages |
//! | --- | --- | --- | --- |
//! | control characters (C0, DEL, C1) except tab, LF, CR, FF | rejected; in text from a PDF, replaced by U+FFFD | cannot occur; shown as `\u{1b}` | shown as `\u{1b}` |
//! | bidirectional controls | allowed | unchanged, and the text is isolated | shown as `\u{202e}` |
//! | zero-width and tag characters | allowed | unchanged | shown as `\u{200b}` |
//! | right-to-left letters | allowed | unchanged, and the text is isolated | unchanged, and a label is isolated |
//!
//! *Quoted text* is any sentence of a source or an author: it stays letter for letter, as promised. *Isolated* means
//! that the text is enclosed in FSI and PDI, and that unbalanced controls in it are balanced outside it, so that it
//! cannot change the direction of the surrounding text (Unicode Standard Annex 9, "X5c", "X6a"). *Labels* are titles,
//! publishers, headings and names. JSON is data, so it keeps every letter; control characters in it are escaped.
//!
//! Joiners (U+200C, U+200D), variation selectors and the soft hyphen are left alone everywhere, because scripts and
//! emoji need them.

use std::borrow::Cow;
use std::fmt::Write;

use super::truncate::truncated;

/// First strong isolate: the text that follows takes the direction of its first letter.
const FSI: char = '\u{2068}';
/// Pop directional isolate.
const PDI: char = '\u{2069}';

/// Returns whether a source must not contain this character.
pub fn is_refused(letter: char) -> bool {
    // A form feed is a page break in text saved from a PDF.
    letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}')
}

/// Finds the first character of `text` that a source must not contain, and its byte offset.
pub fn first_refused(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, letter)| is_refused(*letter))
}

/// The name of a character as Unicode writes it, such as `U+001B`.
pub fn code_point(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

/// Returns whether a character changes the writing direction: marks, embeddings, overrides and isolates.
fn is_bidirectional(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a character of a label is invisible but may change how the label reads.
fn is_hidden(letter: char) -> bool {
    is_bidirectional(letter)
        || matches!(letter, '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}')
        || matches!(letter, '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns whether a letter is written from right to left: Hebrew, Arabic and related scripts.
fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
        || matches!(letter, '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Makes invisible characters, and those that a terminal acts on, visible. Line feeds and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, |letter| is_hidden(letter) || is_acted_on(letter))
}

/// The same on one line, for names of files and folders: also makes line feeds and tabs visible.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    shown(text, |letter| is_hidden(letter) || letter.is_control())
}

/// Returns quoted text letter for letter, making visible only the characters that a terminal acts on.
pub fn printable(text: &str) -> Cow<'_, str> {
    shown(text, is_acted_on)
}

fn is_acted_on(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
}

fn shown(text: &str, is_shown: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_shown) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match is_shown(letter) {
            true => out.extend(letter.escape_default()),
            false => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Escapes the control characters in JSON that `serde_json` does not escape (DEL, C1).
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_acted_on) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        match is_acted_on(letter) {
            true => write!(out, "\\u{:04x}", u32::from(letter)).expect("writing to a string cannot fail"),
            false => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Returns the characters to put before and after the single line `line` to isolate it. Both are empty if the line has
/// neither right-to-left letters nor bidirectional controls.
pub fn isolation(line: &str) -> (String, String) {
    let (mut open, mut unmatched) = (0, 0);
    for letter in line.chars() {
        match letter {
            '\u{2066}'..=FSI => open += 1,
            PDI if open > 0 => open -= 1,
            PDI => unmatched += 1,
            _ => {}
        }
    }
    match line.contains(|letter| is_bidirectional(letter) || is_right_to_left(letter)) {
        true => (FSI.to_string().repeat(1 + unmatched), PDI.to_string().repeat(1 + open)),
        false => (String::new(), String::new()),
    }
}

/// Isolates each line of `text`, because an isolate always ends at the end of its line.
pub fn isolated(text: &str) -> Cow<'_, str> {
    if !text.contains(|letter| is_bidirectional(letter) || is_right_to_left(letter)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive(['\n', '\r', '\u{2029}']) {
        let words = line.trim_end_matches(['\n', '\r', '\u{2029}']);
        let (before, after) = isolation(words);
        out.extend([before.as_str(), words, after.as_str(), &line[words.len()..]]);
    }
    Cow::Owned(out)
}

/// Formats a label on one line, with invisible characters made visible, and isolates it.
pub fn label(text: &str) -> String {
    isolated(&visible(&one_line(text))).into_owned()
}

/// The same with at most `most` characters. A longer label is cut after a word and ends with "…".
pub fn short_label(text: &str, most: usize) -> String {
    let text = visible(&one_line(text)).into_owned();
    let label = isolated(&truncated(&text, most)).into_owned();
    if label.chars().count() <= most {
        return label;
    }
    // All invisible characters are now visible, so a single isolate around the label is enough.
    isolated(&truncated(&text, most.saturating_sub(2))).into_owned()
}

/// Puts `text` on one line: collapses white space to single spaces.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn everything_that_is_not_seen_is_shown() {
        let nasty = "a\u{1b}]52;c;ZQ==\u{7}\u{9b}31m\u{7f} \u{202e}b\u{2066}c\u{2069}\u{200b}\u{2060}\u{e0041}\u{feff}\td\ne\r";
        insta::assert_snapshot!(visible(nasty).replace('\n', "|"), @r"a\u{1b}]52;c;ZQ==\u{7}\u{9b}31m\u{7f} \u{202e}b\u{2066}c\u{2069}\u{200b}\u{2060}\u{e0041}\u{feff}	d|e\r");
        assert_eq!(visible_line("a\nb\tc"), "a\\nb\\tc");
        assert!(matches!(visible("plain é 👩\u{200d}👧 \u{ad}text\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn quoted_letters_stay() {
        let arabic = "الجرعة \u{200f}4.5 mg\u{200f}";
        assert_eq!(isolated(arabic), format!("\u{2068}{arabic}\u{2069}"));
        assert_eq!(isolated("plain"), "plain");
        assert_eq!(
            isolated("\u{202e}a\nb\n\u{5d0}"),
            "\u{2068}\u{202e}a\u{2069}\nb\n\u{2068}\u{5d0}\u{2069}"
        );
    }

    #[test]
    fn what_is_unbalanced_is_balanced_outside() {
        assert_eq!(isolated("a\u{2069}b"), "\u{2068}\u{2068}a\u{2069}b\u{2069}");
        assert_eq!(isolated("a\u{2066}b"), "\u{2068}a\u{2066}b\u{2069}\u{2069}");
        assert_eq!(isolated("\u{2069}\u{2066}"), "\u{2068}\u{2068}\u{2069}\u{2066}\u{2069}\u{2069}");
    }

    #[test]
    fn a_label_is_one_line_that_hides_nothing() {
        assert_eq!(label("Dose\n\u{202e}gm 5"), r"Dose \u{202e}gm 5");
        assert_eq!(label("מינון"), "\u{2068}מינון\u{2069}");
        assert_eq!(short_label("מינון נמוך", 7), "\u{2068}מינו…\u{2069}");
    }

    #[test]
    fn json_stays_json() {
        let json = serde_json::to_string("a\u{1b}\u{9b}\u{7f}\u{202e}").expect("a string");
        let escaped = escaped_json(&json);
        assert!(!escaped.contains(char::is_control) && escaped.contains('\u{202e}'), "{escaped}");
        let read: String = serde_json::from_str(&escaped).expect("it is still JSON");
        assert_eq!(read, "a\u{1b}\u{9b}\u{7f}\u{202e}");
    }

    fn nasty() -> impl Strategy<Value = String> {
        "[a-c \u{5d0}\u{200e}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{1b}\u{9b}\u{200b}]{0,24}"
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Whatever a text contains, its direction does not affect its surroundings, and its letters are unchanged.
        #[test]
        fn an_isolated_text_is_balanced(text in nasty()) {
            let isolated = isolated(&text);
            let mut depth = 0_i32;
            for (at, letter) in isolated.char_indices() {
                depth += match letter { '\u{2066}'..='\u{2068}' => 1, '\u{2069}' => -1, _ => 0 };
                let ends = at + letter.len_utf8() == isolated.len();
                let is_bare = depth == 0 && !ends && isolated.len() > text.len();
                prop_assert!(depth >= 0 && !is_bare, "{}", isolated.escape_debug());
            }
            prop_assert_eq!(depth, 0);
            prop_assert!(isolated.contains(text.as_str()));
        }

        #[test]
        fn a_short_label_is_short_and_hides_nothing(text in nasty(), most in 3_usize..30) {
            let short = short_label(&text, most);
            prop_assert!(short.chars().count() <= most);
            let inside = short.trim_start_matches(FSI).trim_end_matches(PDI);
            prop_assert!(!inside.contains(|c: char| is_hidden(c) || c.is_control()), "{}", short.escape_debug());
            prop_assert_eq!(visible(inside), inside);
        }
    }
}
