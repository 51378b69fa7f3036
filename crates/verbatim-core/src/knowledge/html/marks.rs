//! Lists and notes whose bullets, numbers and marks are plain text, as Word and email programs write them.

use scraper::ElementRef;
use scraper::node::Element;

use super::style::ElementStyles;
use super::table;
use crate::knowledge::plain::mark::mark;
use crate::text::bullet::is_bullet;

/// Whether an element is a bullet that Word writes as text.
pub fn is_fake_bullet(element: &Element) -> bool {
    element
        .attr("style")
        .is_some_and(|style| style.to_ascii_lowercase().replace(' ', "").contains("mso-list:ignore"))
}

/// The level and number of a paragraph that Word marks as a list item.
pub fn word_marker(element: ElementRef<'_>, styles: &ElementStyles) -> Option<(usize, Option<String>)> {
    let style = element.attr("style")?.to_ascii_lowercase();
    let list = style.split(';').find_map(|part| part.trim().strip_prefix("mso-list:"))?;
    let level = list.split_whitespace().find_map(|word| word.strip_prefix("level"))?.parse().ok()?;
    let bullet = element.descendent_elements().find(|inside| is_fake_bullet(inside.value()))?;
    let bullet = table::text(bullet, styles).one_line();
    let is_number = bullet.ends_with(['.', ')']) && bullet.starts_with(char::is_alphanumeric);
    Some((usize::clamp(level, 1, 9), is_number.then_some(bullet)))
}

/// The number or bullet, if the paragraph consists only of the marker of the next paragraph.
pub fn bare_marker(text: &str) -> Option<Option<String>> {
    let mut letters = text.chars();
    if let (Some(only), None) = (letters.next(), letters.next())
        && (is_bullet(only) || matches!(only, '–' | '-'))
    {
        return Some(None);
    }
    let number = text.strip_suffix(['.', ')'])?;
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some(text.to_owned()))
}

/// Removes the sign behind a heading that shows that a part opens: "Storage ▾", "How much?+".
pub fn without_toggle(heading: &str) -> &str {
    let is_sign = |c: char| c.is_whitespace() || "▾▸▼►▲▴⌄⌃›+−-".contains(c);
    let words = heading.trim_end_matches(is_sign);
    let apart =
        heading[words.len()..].starts_with(' ') || words.ends_with('?') || !heading.ends_with(['+', '-']);
    if apart { words } else { heading }
}

/// Splits a line into the number or bullet that it starts with and the text after the space.
pub fn typed_marker(text: &str) -> Option<(Option<String>, &str)> {
    if let Some(rest) = text.strip_prefix('§') {
        return rest.starts_with([' ', '\u{a0}', '\t']).then(|| (None, rest.trim_start()));
    }
    mark(text).map(|(mark, words)| (mark.number, words))
}

/// Formats a number in the style of an ordered list.
pub fn in_style(number: i64, style: char) -> String {
    let letter = |first: u8| {
        u8::try_from(number.checked_sub(1)?)
            .ok()
            .filter(|at| *at < 26)
            .map(|at| char::from(first + at).to_string())
    };
    let written = match style {
        'a' => letter(b'a'),
        'A' => letter(b'A'),
        _ => None,
    };
    written.unwrap_or_else(|| number.to_string())
}

pub fn is_mark(c: char) -> bool {
    "*†‡§¶⁰¹²³⁴⁵⁶⁷⁸⁹".contains(c)
}

pub fn is_marked(text: &str) -> bool {
    text.starts_with(is_mark)
}

pub fn without_mark(text: &str) -> &str {
    text.trim_start_matches(is_mark).trim_start()
}

/// Splits a paragraph whose first line ends in a colon into that line and the lines it introduces.
pub fn announced_lines(text: &str) -> Option<(&str, Vec<&str>)> {
    let (first, rest) = text.split_once('\n')?;
    let items: Vec<&str> = rest.lines().filter(|line| !line.trim().is_empty()).collect();
    (first.trim_end().ends_with(':') && items.len() > 1).then_some((first, items))
}

/// Splits a paragraph whose lines start with bullets into the text before them and the items.
pub fn bulleted(text: &str) -> Option<(&str, Vec<&str>)> {
    // A dash directly before a number is a minus sign.
    let is_mark = |c: char| is_bullet(c) || matches!(c, '–' | '*');
    let bullet = |line: &str| {
        let line = line.trim_start();
        let spaced =
            |mark: char| line.strip_prefix(mark).is_some_and(|rest| rest.starts_with([' ', '\u{a0}', '\t']));
        line.starts_with(is_bullet) && line.contains([' ', '\u{a0}']) || spaced('–') || spaced('*')
    };
    let mut items = text.lines().skip_while(|line| !bullet(line)).peekable();
    items.peek()?;
    let items: Vec<&str> = items.collect();
    if items.len() < 2 || !items.iter().all(|line| bullet(line)) {
        return None;
    }
    let mut start = 0;
    for line in text.split_inclusive('\n').take_while(|line| !bullet(line)) {
        start += line.len();
    }
    let before = text.get(..start).unwrap_or_default().trim_end();
    let items = items
        .into_iter()
        .map(|line| line.trim_start().trim_start_matches(is_mark).trim_start_matches([' ', '\u{a0}']));
    Some((before, items.collect()))
}
