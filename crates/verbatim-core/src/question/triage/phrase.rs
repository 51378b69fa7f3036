//! The phrase language of the safety file. Translates phrases into regular expressions over the plain form of a
//! message. The top of `knowledge/safety.toml` documents the language.
//!
//! Every piece matches a word and the space after it, so that a word cannot match inside another word.

use std::collections::BTreeMap;

/// The lists under `[words]`, as the file has them.
pub(super) type WordLists = BTreeMap<String, Vec<String>>;

/// Up to four words that do not end the sentence.
const GAP: &str = "(?:[^ ^?.][^ ]* ){0,4}";

/// Compiles a list of phrases into one regular expression. An error holds the index of the faulty phrase and the
/// problem.
pub(super) fn list_pattern(phrases: &[String], words: &WordLists) -> Result<String, (usize, String)> {
    let mut alternatives = Vec::with_capacity(phrases.len());
    for (index, phrase) in phrases.iter().enumerate() {
        let pattern = phrase_pattern(phrase, words).map_err(|problem| (index, problem))?;
        alternatives.push(pattern);
    }
    Ok(format!(" (?:{})", alternatives.join("|")))
}

fn phrase_pattern(phrase: &str, words: &WordLists) -> Result<String, String> {
    let pieces: Vec<&str> = phrase.split_whitespace().collect();
    if pieces.iter().all(|piece| is_optional(piece)) {
        return Err("no word of this phrase is required".to_owned());
    }
    pieces.iter().map(|piece| piece_pattern(piece, words)).collect()
}

fn is_optional(piece: &str) -> bool {
    piece == "..." || piece.starts_with('(')
}

fn piece_pattern(piece: &str, words: &WordLists) -> Result<String, String> {
    if piece == "..." {
        return Ok(GAP.to_owned());
    }
    match piece.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(optional) => Ok(format!("(?:{} )?", alternatives(optional, words)?)),
        None => Ok(format!("{} ", alternatives(piece, words)?)),
    }
}

fn alternatives(piece: &str, words: &WordLists) -> Result<String, String> {
    let each: Result<Vec<String>, String> = piece.split('/').map(|word| word_pattern(word, words)).collect();
    Ok(format!("(?:{})", each?.join("|")))
}

fn word_pattern(word: &str, words: &WordLists) -> Result<String, String> {
    if let Some(name) = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        let list = words.get(name).ok_or(format!("no list of words is called {name:?}"))?;
        let entries: Result<Vec<String>, String> = list.iter().map(|entry| entry_pattern(entry)).collect();
        return Ok(entries?.join("|"));
    }
    match word.as_bytes() {
        b"^" | b"?" | b"." => Ok(regex::escape(word)),
        [b'#', range @ ..] => number_pattern(range),
        [b'~', ..] => misspelt(&spelt(&word[1..])?),
        [.., b'*'] => Ok(format!("{}[^ ]*", spelt(&word[..word.len() - 1])?)),
        _ => spelt(word),
    }
}

/// An entry under `[words]`: plain words, which cannot refer to other lists.
fn entry_pattern(entry: &str) -> Result<String, String> {
    let pieces: Result<Vec<String>, String> =
        entry.split_whitespace().map(|word| word_pattern(word, &WordLists::new())).collect();
    Ok(pieces?.join(" "))
}

/// Letters and digits without apostrophes, as in the plain form.
fn spelt(word: &str) -> Result<String, String> {
    let letters: String = word.chars().filter(|&letter| letter != '\'').collect();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '.';
    if letters.is_empty() || !letters.chars().all(plain) {
        return Err(format!("{word:?} is not a plain word in lower case"));
    }
    Ok(regex::escape(&letters))
}

/// Matches the word with at most one letter missing, wrong, added, or swapped with the next.
fn misspelt(word: &str) -> Result<String, String> {
    if word.len() < 6 {
        return Err(format!("{word:?} is too short to allow a typo"));
    }
    let mut forms = vec![word.to_owned()];
    for at in 1..word.len() {
        let (before, after) = word.split_at(at);
        forms.push(format!("{before}[a-z]{after}"));
        forms.push(format!("{before}[a-z]?{}", &after[1..]));
        if let [first, second, rest @ ..] = after.as_bytes() {
            let rest = String::from_utf8_lossy(rest);
            forms.push(format!("{before}{}{}{rest}", *second as char, *first as char));
        }
    }
    forms.push(format!("{word}[a-z]"));
    Ok(forms.join("|"))
}

/// `#` is any number, `#140-260` a whole number in that range, `#15+` a whole number of 15 or more.
fn number_pattern(range: &[u8]) -> Result<String, String> {
    let range = String::from_utf8_lossy(range);
    if range.is_empty() {
        return Ok(r"[0-9]+(?:\.[0-9]+)?".to_owned());
    }
    let open = range.strip_suffix('+').map(|low| (low, "999"));
    let bounds = open
        .or(range.split_once('-'))
        .and_then(|(low, high)| Some((low.parse::<u32>().ok()?, high.parse::<u32>().ok()?)));
    match bounds {
        Some((low, high)) if low <= high && high - low < 1000 => {
            let numbers: Vec<String> = (low..=high).map(|number| number.to_string()).collect();
            let longer = if open.is_some() { "|[1-9][0-9]{3,}" } else { "" };
            Ok(format!("{}{longer}", numbers.join("|")))
        }
        _ => Err(format!("#{range} is not a range such as #140-260 or #15+, at most 1000 wide")),
    }
}

#[cfg(test)]
mod tests {
    use regex::bytes::Regex;

    use super::super::plain::plain;
    use super::*;

    fn matches(phrase: &str, raw: &str) -> bool {
        let words = WordLists::from([("mine".to_owned(), vec!["my mum's".to_owned(), "my".to_owned()])]);
        let pattern = list_pattern(&[phrase.to_owned()], &words).expect(phrase);
        let regex = Regex::new(&format!("(?-u){pattern}")).expect(&pattern);
        regex.is_match(plain(raw).as_bytes())
    }

    #[test]
    fn each_sign_means_what_the_file_says() {
        assert!(matches("can't breathe", "I can’t breathe"));
        assert!(!matches("cant breathe", "I cant breathed"));
        assert!(matches("cant/cannot (even) breathe", "cannot even breathe"));
        assert!(matches("lips ... blue", "his lips have gone all blue"));
        assert!(!matches("lips ... blue", "dry lips. The sky is blue"));
        assert!(matches("suicid*", "suicidle"));
        assert!(matches("~collapsed", "collasped") && matches("~collapsed", "colapsed"));
        assert!(!matches("~collapsed", "clasped"));
        assert!(matches("#140-260 bpm", "165bpm") && !matches("#140-260 bpm", "72 bpm"));
        assert!(matches("#15+ mg", "50mg") && matches("#15+ mg", "2,000 mg"));
        assert!(!matches("#15+ mg", "4.5 mg"));
        assert!(matches("<mine> chest", "my mum's chest"));
        assert!(matches("^ is", "so. Is it?") && !matches("^ is", "it is"));
        assert!(matches("stop ?", "should I stop?") && !matches("stop ?", "stop it?"));
    }

    #[test]
    fn faults_are_explained() {
        let fault = |phrase: &str| list_pattern(&[phrase.to_owned()], &WordLists::new()).unwrap_err().1;
        assert!(fault("<nobody> fell").contains("nobody"));
        assert!(fault("... (so)").contains("no word"));
        assert!(fault("Chest pain").contains("lower case"));
        assert!(fault("~sad").contains("too short"));
        assert!(fault("#9-1").contains("range"));
    }
}
