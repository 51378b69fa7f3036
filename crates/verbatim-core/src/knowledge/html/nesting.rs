//! Limits how deeply the elements of a page nest. Parsing time grows with depth, so the depth is measured first, from
//! the tags alone.

use std::borrow::Cow;

/// The deepest nesting that is accepted. Browsers stop near this depth, too.
const DEEPEST: usize = 400;
/// The most unclosed formatting elements (`b`, `font`) that continue into the next paragraph. Others are removed.
const MOST_FORMATTING: usize = 12;

/// The page without excess formatting elements, or `None` if it is nested too deeply.
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

/// The end of a tag, of a comment, or of a script with its code.
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

/// The element name in `<name …>` or `</name>`.
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
    /// Processes a tag and returns whether to keep it.
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

    /// The open element that a new element of the same name closes, as a list item closes the previous one.
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
