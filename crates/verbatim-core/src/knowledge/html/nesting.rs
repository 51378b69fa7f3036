//! How deep a page's elements nest. Parsing takes time by depth, so that this is found out before, from the tags alone.

use std::borrow::Cow;

/// The most elements in each other that are read; browsers stop near here, too.
const DEEPEST: usize = 400;
/// The most unclosed elements for looks (`b`, `font`) that go on into the next paragraph. Further ones are left out.
const MOST_FORMATTING: usize = 12;

/// The page without elements for looks beyond what is read; `None` where it nests too deep.
pub fn limited(page: &str) -> Option<Cow<'_, str>> {
    let mut nesting = Nesting::default();
    let mut out = String::new();
    let (mut rest, mut kept) = (page, page);
    while let Some(at) = rest.find('<') {
        let here = rest.get(at..).unwrap_or_default();
        let end = tag_end(here);
        if !nesting.take(here.get(..end).unwrap_or_default()) {
            let before = kept.len().saturating_sub(here.len());
            out.push_str(kept.get(..before).unwrap_or_default());
            kept = here.get(end..).unwrap_or_default();
        }
        if nesting.open.len() > DEEPEST {
            return None;
        }
        rest = here.get(end..).unwrap_or_default();
    }
    if kept.len() == page.len() {
        return Some(Cow::Borrowed(page));
    }
    out.push_str(kept);
    Some(Cow::Owned(out))
}

/// Where a tag, a comment, or a script with its code ends.
fn tag_end(here: &str) -> usize {
    let after = |end: &str| here.find(end).map_or(here.len(), |at| at + end.len());
    let tag = name(here);
    let is_code = tag.eq_ignore_ascii_case("script") || tag.eq_ignore_ascii_case("style");
    match () {
        () if here.starts_with("<!--") => after("-->"),
        () if is_code && !here.starts_with("</") => {
            let ends = |at: &usize| here.get(*at..).is_some_and(|rest| name(rest).eq_ignore_ascii_case(tag));
            here.match_indices("</").map(|(at, _)| at).find(ends).unwrap_or(here.len())
        }
        () => after(">"),
    }
}

/// The name in `<name …>` or `</name>`.
fn name(tag: &str) -> &str {
    let inside = tag.trim_start_matches(['<', '/']);
    let length = inside.bytes().take(16).take_while(u8::is_ascii_alphanumeric).count();
    inside.get(..length).unwrap_or_default()
}

#[derive(Default)]
struct Nesting {
    open: Vec<String>,
    formatting: usize,
}

impl Nesting {
    /// Takes a tag; whether it is to stay.
    fn take(&mut self, tag: &str) -> bool {
        let name = name(tag).to_ascii_lowercase();
        let ends = tag.starts_with("</");
        match name.as_str() {
            "" | "a" | "script" | "style" => return true,
            "br" | "hr" | "img" | "input" | "meta" | "link" | "wbr" | "col" | "area" | "base" | "embed" => {
                return true;
            }
            "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "small" | "strong" | "tt" | "u" => {
                return self.take_formatting(ends);
            }
            "td" | "th" | "tr" | "table" | "caption" => self.formatting = 0,
            _ => {}
        }
        let partner =
            if ends { self.open.iter().rposition(|open| *open == name) } else { self.ended_by(&name) };
        if let Some(at) = partner {
            self.open.truncate(at);
        }
        if !ends {
            self.open.push(name);
        }
        true
    }

    fn take_formatting(&mut self, ends: bool) -> bool {
        if ends {
            self.formatting = self.formatting.saturating_sub(1);
        } else if self.formatting < MOST_FORMATTING {
            self.formatting += 1;
        } else {
            return false;
        }
        true
    }

    /// The open element that another one of the same name ends, as the next item does the one before.
    fn ended_by(&self, name: &str) -> Option<usize> {
        if !ends_by_itself(name) {
            return None;
        }
        for (at, open) in self.open.iter().enumerate().rev() {
            match open.as_str() {
                open if open == name => return Some(at),
                "span" | "sup" | "sub" | "label" => {}
                open if ends_by_itself(open) => {}
                _ => return None,
            }
        }
        None
    }
}

fn ends_by_itself(name: &str) -> bool {
    matches!(
        name,
        "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" | "option" | "optgroup"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_pages_are_refused() {
        assert!(limited(&"<div>".repeat(500)).is_none());
        assert!(limited(&"<div></div><p><span>a".repeat(500)).is_some());
        assert!(
            limited(&"<tr><td><font>a".repeat(500)).is_some_and(|page| page.matches("<font>").count() == 500)
        );
        assert!(limited("<!-- <script> a < b").is_some());
    }

    #[test]
    fn unclosed_formatting_is_left_out() {
        let page = "<p><b>a".repeat(100);
        let limited = limited(&page).unwrap_or_default();
        assert_eq!((limited.matches("<b>").count(), limited.matches("<p>").count()), (12, 100));
    }
}
