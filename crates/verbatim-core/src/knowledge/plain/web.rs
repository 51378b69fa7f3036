//! Removes the remains of a web page copied as text: menus, breadcrumbs, buttons.

use super::lines::{Group, TextLine};
use crate::text::contents::is_skip_link;

/// Line beginnings found only on web pages.
const BEGINNINGS: [&str; 12] = [
    "back to top",
    "return to top",
    "top of page",
    "share this",
    "print this",
    "email this",
    "share on ",
    "follow us on",
    "© ",
    "copyright ©",
    "accept all cookies",
    "we use cookies",
];

/// Words of menus and buttons, which count only next to other remains.
const WORDS: [&str; 24] = [
    "home",
    "menu",
    "main menu",
    "search",
    "facebook",
    "twitter",
    "x",
    "linkedin",
    "whatsapp",
    "instagram",
    "youtube",
    "email",
    "e-mail",
    "print",
    "share",
    "close",
    "next",
    "previous",
    "log in",
    "sign in",
    "contact us",
    "about us",
    "copy link",
    "sitemap",
];

/// Maximum length of a menu line, in characters.
const LONGEST: usize = 120;

/// Marks for the end of a text.
const ENDS: [&str; 5] = ["ends", "- ends -", "-ends-", "end", "- end -"];

/// Turns such lines into furniture, and also everything above a menu at the top.
pub fn without(mut groups: Vec<Group>) -> Vec<Group> {
    let prose = |group: &Group| lines(group).iter().any(|line| line.text.ends_with(['.', ':', '!']));
    let head = groups.iter().position(prose).unwrap_or_default();
    let Some(menu) = groups.iter().take(head).rposition(|group| lines(group).iter().any(is_top)) else {
        return remove(groups);
    };
    let mut over: Vec<TextLine> = groups.drain(..menu).flat_map(|group| lines(&group).to_vec()).collect();
    if let Some(Group::Lines { lines, .. }) = groups.first_mut() {
        let until = lines.iter().rposition(is_top).unwrap_or_default();
        over.extend(lines.drain(..until));
    }
    groups.splice(0..0, over.into_iter().map(Group::Furniture));
    remove(groups)
}

fn lines(group: &Group) -> &[TextLine] {
    match group {
        Group::Lines { lines, .. } => lines,
        Group::Furniture(line) => std::slice::from_ref(line),
        Group::Break => &[],
    }
}

fn remove(groups: Vec<Group>) -> Vec<Group> {
    let mut found: Vec<Group> = Vec::new();
    let mut beside = false;
    for group in groups {
        match group {
            Group::Lines { lines, quoted: false } => {
                beside |= lines.iter().any(is_remains);
                beside = take(lines, beside, &mut found);
            }
            other => found.push(other),
        }
    }
    found
}

/// Adds a group without its remains. Returns whether it consisted of nothing else.
fn take(lines: Vec<TextLine>, beside: bool, found: &mut Vec<Group>) -> bool {
    let (remains, rest): (Vec<TextLine>, Vec<TextLine>) =
        lines.into_iter().partition(|line| is_remains(line) || beside && is_word(line));
    let only = rest.is_empty();
    found.extend(remains.into_iter().map(Group::Furniture));
    if !only {
        found.push(Group::Lines { lines: rest, quoted: false });
    }
    only
}

fn is_remains(line: &TextLine) -> bool {
    let lower = line.text.to_lowercase();
    let short = lower.chars().count() <= LONGEST;
    let sentence = lower.ends_with(['.', ':']) && !lower.ends_with("all rights reserved.");
    short
        && (ENDS.contains(&lower.as_str())
            || is_skip_link(&lower)
            || !sentence && BEGINNINGS.iter().any(|begin| lower.starts_with(begin))
            || !sentence && is_copyright(&lower)
            || is_menu(&lower))
}

/// Whether a line is a copyright notice with a year. An item can begin with `(c)`, too.
fn is_copyright(lower: &str) -> bool {
    let year = lower.strip_prefix("(c) ").map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    year == Some(4)
}

/// Whether a line is at the top of a web page, so that the lines above it are not part of the text.
fn is_top(line: &TextLine) -> bool {
    let lower = line.text.to_lowercase();
    is_menu(&lower) || is_skip_link(&lower)
}

fn is_word(line: &TextLine) -> bool {
    let lower = line.text.to_lowercase();
    WORDS.contains(&lower.trim_matches(['|', ' ', '[', ']', '*', '-', '•']))
}

/// Whether a line is a breadcrumb (`Home > A > B`) or a bar of links, some of them known.
fn is_menu(lower: &str) -> bool {
    [" > ", " › ", " » ", " / ", " | ", " · "].iter().any(|sign| {
        let parts: Vec<&str> = lower.split(sign).map(str::trim).collect();
        let short = parts.iter().all(|part| part.split_whitespace().count() <= 6);
        let known = parts.iter().any(|part| WORDS.contains(part));
        parts.len() > 2 && short && known
    })
}

#[cfg(test)]
mod tests {
    use super::super::lines::groups;
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |group: &Group| match group {
            Group::Lines { lines, .. } => {
                lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("/")
            }
            Group::Furniture(line) => format!("x {}", line.text),
            Group::Break => "---".to_owned(),
        };
        without(groups(text, 1).0).iter().map(show).collect()
    }

    #[test]
    fn menus_and_buttons_are_furniture() {
        assert_eq!(
            shown(
                "Skip to content\nMenu\nHome > Heart > Pills\n\nPILLS\n\n(c) Text.\n\nShare this page\nEmail\n\n© 2020"
            ),
            [
                "x Skip to content",
                "x Menu",
                "x Home > Heart > Pills",
                "PILLS",
                "(c) Text.",
                "x Share this page",
                "x Email",
                "x © 2020"
            ]
        );
        assert_eq!(shown("Home\n\nIf A > B > C, stop.\n\nEmail"), ["Home", "If A > B > C, stop.", "Email"]);
    }
}
