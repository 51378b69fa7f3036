//! Turns Markdown into a sequence of letters: the crate `markdown` converts it to HTML first.

use super::html;
use super::letters::LetterRow;

/// Reads a text. Returns `None` if it cannot be converted to HTML.
pub fn read(text: &str) -> Option<LetterRow> {
    let mut options = markdown::Options::gfm();
    options.parse.constructs.frontmatter = true;
    options.compile.allow_dangerous_html = true;
    options.compile.gfm_tagfilter = false;
    markdown::to_html_with_options(text, &options).ok().map(|page| html::read(&page))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_differ, assert_hold};
    use crate::knowledge::format::Format;

    #[test]
    fn a_unit_stands_in_one_block() {
        let text = "+++\ntitle = \"Days\"\n+++\n\n# Head\n\nTake *one*\ntab\\-let a ~~week~~ day.[^1]\n\n- then rest\n\n\
            | a | b |\n|---|---|\n| c | d |\n| e | f |\n\n[^1]: Note.\n";
        assert_hold(Format::Markdown, text, &["Take one tab-let a day.¹", "c | d", "Note."]);
        assert_differ(Format::Markdown, text, &["a day then rest", "c | f", "Days"]);
    }
}
