//! The plain form of a message, against which phrases are matched: lower case, one space between words, no apostrophes,
//! `^` before and `.` or `?` after each sentence.
//!
//! It lets a phrase in the safety file read like speech, without punctuation in the patterns. It is not the
//! normalisation that search uses: it neither corrects nor stems words.

/// Converts a message to its plain form, for example `" ^ can it be taken ? ^ i am on 4.5 mg . "`.
pub(super) fn plain(raw: &str) -> String {
    let mut writer =
        PlainWriter { out: String::with_capacity(raw.len() + 16), run: 0, abbreviation: false, pause: false };
    writer.out.push_str(" ^ ");
    let mut characters = raw.chars().filter_map(fold).peekable();
    while let Some(character) = characters.next() {
        match character {
            '.' => writer.full_stop(characters.peek().copied()),
            ',' => writer.comma(characters.peek().copied()),
            '?' => writer.end_sentence("? "),
            '!' | ';' | '\n' => writer.end_sentence(". "),
            _ if character.is_alphanumeric() => writer.letter(character),
            _ => writer.space(),
        }
    }
    writer.close()
}

/// Splits a plain text into sentences, each with a space at both ends.
pub(super) fn sentences(plain: &str) -> impl Iterator<Item = &str> {
    let starts = plain.match_indices(" ^ ").map(|(start, _)| start);
    let ends = starts.clone().skip(1).map(|next| next + 1);
    starts.zip(ends.chain([plain.len()])).map(|(start, end)| &plain[start..end])
}

/// Folds a character to the form that phrases use; `None` if it is invisible or irrelevant.
fn fold(character: char) -> Option<char> {
    match character {
        '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '′' | '＇' => None,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => None,
        '…' => Some(' '),
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = char::from_u32(u32::from(character) - 0xfee0);
            ascii.map(|folded| folded.to_ascii_lowercase())
        }
        _ if character.is_ascii() => Some(character.to_ascii_lowercase()),
        _ => character.to_lowercase().next(),
    }
}

struct PlainWriter {
    out: String,
    /// How many times the last letter has been repeated.
    run: usize,
    /// Inside an abbreviation such as "e.g.", whose full stops do not end a sentence.
    abbreviation: bool,
    /// Inside a run of full stops, which is a pause.
    pause: bool,
}

impl PlainWriter {
    fn last(&self) -> char {
        self.out.chars().next_back().unwrap_or(' ')
    }

    /// "4.5mg" becomes "4.5 mg", and "heeelp" becomes "help".
    fn letter(&mut self, letter: char) {
        let last = self.last();
        if last.is_ascii_digit() && !letter.is_ascii_digit() {
            self.out.push(' ');
        }
        self.run = if last == letter { self.run + 1 } else { 0 };
        if self.run >= 2 && !letter.is_ascii_digit() {
            if self.run == 2 {
                self.out.pop();
            }
            self.run = 2;
            return;
        }
        self.out.push(letter);
    }

    fn space(&mut self) {
        self.abbreviation = false;
        if self.last() != ' ' {
            self.out.push(' ');
        }
    }

    /// Keeps the full stop in "4.5", drops it in "e.g.", and treats "..." as a pause. Otherwise ends the sentence.
    fn full_stop(&mut self, next: Option<char>) {
        let number = self.last().is_ascii_digit() && next.is_some_and(|next| next.is_ascii_digit());
        if number {
            self.out.push('.');
        } else if next == Some('.') || self.pause {
            self.space();
            self.pause = next == Some('.');
        } else if self.abbreviation || next.is_some_and(char::is_alphabetic) && self.after_single_letter() {
            self.abbreviation = true;
        } else {
            self.end_sentence(". ");
        }
    }

    fn after_single_letter(&self) -> bool {
        let mut back = self.out.chars().rev();
        back.next().is_some_and(char::is_alphabetic) && back.next() == Some(' ')
    }

    /// "2,003" is one number; any other comma is a space.
    fn comma(&mut self, next: Option<char>) {
        let number = self.last().is_ascii_digit() && next.is_some_and(|next| next.is_ascii_digit());
        if !number {
            self.space();
        }
    }

    fn end_sentence(&mut self, mark: &str) {
        self.space();
        if self.out.ends_with("^ ") {
            return;
        }
        self.out.push_str(mark);
        self.out.push_str("^ ");
    }

    fn close(mut self) -> String {
        self.space();
        if self.out.len() > 3 && self.out.ends_with("^ ") {
            self.out.truncate(self.out.len() - 2);
        } else {
            self.out.push_str(". ");
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_sentences_plainly() {
        let check = |raw: &str, expected: &str| assert_eq!(plain(raw), expected, "{raw:?}");
        check("", " ^ . ");
        check("I can’t BREATHE!!!", " ^ i cant breathe . ");
        check("Is it? Mine's 165.", " ^ is it ? ^ mines 165 . ");
        check("4.5mg, e.g. 2,003 x", " ^ 4.5 mg eg 2003 x . ");
        check("a... b. c", " ^ a b . ^ c . ");
        check("heeelp ３０ self-harm", " ^ help 30 self harm . ");
        check("now.my chest", " ^ now . ^ my chest . ");
        check("what if . I choke ... here", " ^ what if . ^ i choke here . ");
    }

    #[test]
    fn splits_into_sentences() {
        let text = plain("Is it? Mine is 165. Help");
        let found: Vec<&str> = sentences(&text).collect();
        assert_eq!(found, [" ^ is it ? ", " ^ mine is 165 . ", " ^ help . "]);
    }
}
