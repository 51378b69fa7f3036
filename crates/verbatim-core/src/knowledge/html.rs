//! Converts HTML to blocks: the visible text of a page, without the site's own furniture.
//!
//! The walk over the tree is a loop, not recursion, so that deeply nested pages cannot overflow the stack.

mod furniture;
mod letters;
mod marks;
mod nesting;
mod notes;
mod opened;
mod positioned;
mod roles;
mod style;
mod table;
mod walk;
mod words;

#[cfg(test)]
mod pages;

pub use walk::{Embedded, PART, blocks_with};

use scraper::node::Element;
use scraper::{ElementRef, Html, Selector};

use super::blocks::Block;
use crate::text::controls::one_line;

/// The title and text of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlPage {
    /// The text of its `<title>`.
    pub title: Option<String>,
    /// Its content.
    pub blocks: Vec<Block>,
}

/// Reads a whole page. Returns `None` if its elements are nested too deeply.
pub fn read(page: &str) -> Option<HtmlPage> {
    let source = nesting::limited(page)?;
    let mut html = Html::parse_document(&source);
    roles::name_by_role(&mut html);
    let selector = Selector::parse("head > title").expect("the selector is a constant");
    let title = html.select(&selector).next().map(|title| one_line(&title.text().collect::<String>()));
    let styles = style::ElementStyles::of(&html);
    let blocks = match positioned::text(&html, &styles) {
        Some(text) => super::plain::blocks(&text, 1),
        None => walk::blocks(&html, &styles),
    };
    Some(HtmlPage { title: title.filter(|title| !title.is_empty()), blocks })
}

/// Parses a fragment of a page. Returns `None` if its elements are nested too deeply.
pub fn parse_fragment(source: &str) -> Option<Html> {
    nesting::limited(source).map(|source| Html::parse_fragment(&source))
}

/// Whether the content of an element is hidden, judged by its start tag alone.
pub fn is_unseen_tag(name: &str, tag: &str) -> bool {
    if is_never_shown(name) || is_struck(name) {
        return true;
    }
    let styled = ["style", "hidden", "STYLE", "HIDDEN"].iter().any(|attribute| tag.contains(attribute));
    styled && style::hides(&Html::parse_fragment(tag))
}

/// Elements whose content browsers never show.
fn is_never_shown(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "head"
            | "svg"
            | "iframe"
            | "object"
            | "select"
            | "textarea"
            | "input"
            | "audio"
            | "video"
            | "canvas"
            | "math"
            | "datalist"
            | "option"
    )
}

/// Elements for text that was deleted or no longer applies.
fn is_struck(name: &str) -> bool {
    matches!(name, "del" | "s" | "strike")
}

/// Elements that start on a new line.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "article"
            | "section"
            | "main"
            | "body"
            | "blockquote"
            | "address"
            | "figure"
            | "figcaption"
            | "details"
            | "summary"
            | "table"
            | "caption"
            | "tr"
            | "td"
            | "th"
            | "thead"
            | "tbody"
            | "tfoot"
            | "dl"
            | "dt"
            | "dd"
            | "hr"
            | "center"
            | "fieldset"
            | "hgroup"
            | "li"
            | "ul"
            | "ol"
            | "menu"
            | "pre"
            | "header"
            | "footer"
            | "aside"
            | "nav"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "legend"
            | "dialog"
            | "label"
            | "search"
    )
}

/// Edit links that a wiki shows next to headings and entries.
fn is_edit_link(element: ElementRef<'_>) -> bool {
    is_edit_name(element.value())
}

fn is_edit_name(element: &Element) -> bool {
    let names = ["editsection", "backlink", "backref"];
    element.classes().any(|class| {
        let class = class.to_ascii_lowercase();
        names.iter().any(|name| class.contains(name)) || class == "edit-link" || class == "headerlink"
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::read;

    /// Pages that once took quadratic time.
    fn pages(count: usize) -> [String; 10] {
        [
            format!("<dl><dt>a{}</dl>", "<dd>b".repeat(count * 20)),
            format!("<div role=tabpanel aria-labelledby=t>{}", "<p>x</p>".repeat(count)).repeat(2),
            format!(
                "<button role=tab id=t>{}</button>{}",
                "word ".repeat(count),
                "<div role=tabpanel aria-labelledby=t>x</div>".repeat(count)
            ),
            "<label>Name</label><input type=text>".repeat(count),
            "<p><b><i><u>w".repeat(count),
            format!("<table>{}</table>", "<tr><td>a<td>b".repeat(count)),
            format!(
                "<figure><table><tr><th>a<th>b{}</table>{}</figure>",
                "<tr><td>c<td>d".repeat(count),
                "<figcaption>x</figcaption>".repeat(count)
            ),
            "<dl><dt>word<dd>Text.</dl>".repeat(count),
            "<button aria-controls=a class=b>More</button><p id=a hidden>Text.".repeat(count),
            format!(
                "<h2>a</h2>{}",
                "<div><p><b>Words</b></p><p>Text.</p><h3>b</h3><p>Text.</p></div>".repeat(count)
            ),
        ]
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
    fn four_times_the_page_takes_no_more_than_a_few_times_the_time() {
        for (small, large) in pages(250).iter().zip(&pages(1_000)) {
            let time = |page: &str| {
                let start = Instant::now();
                assert!(read(&format!("<h1>T</h1>{page}")).is_some());
                start.elapsed().as_millis()
            };
            assert!(time(large) <= time(small) * 12 + 300, "{}", small.get(..20).unwrap_or_default());
        }
    }

    fn words(page: &str) -> Vec<String> {
        let blocks = read(page).unwrap_or_default().blocks;
        blocks.into_iter().filter(|block| !block.text.is_empty()).map(|block| block.text).collect()
    }

    #[test]
    fn notes_lose_only_links_to_their_marks() {
        let page = "<h1>T</h1><p>A.<sup id=r1><a href=#fn1>1</a></sup> B.<a name=r2 href=#fn2>2</a> C.<a id=r3 href=#c>3</a></p>
            <h2 id=s>S</h2><table id=t><tr><th>a<th>b<tr><td>c<td>d</table><div class=footnotes><ol>
            <li id=fn1>Not for children. <a href=#s>See Table 2</a> for <a href=#t>B12</a>. <a href=#r1>Back to text</a></li>
            <li id=fn2>Stop. <a href=#s>Section 4</a> <a href=#r2>2</a></li>
            <li><a id=c href=#r3>[3]</a> See <a href=#s>1.2</a>. <a href=#s>⇑</a></li></ol></div>";
        assert_eq!(
            words(page).split_off(5),
            ["Not for children. See Table 2 for B12.", "Stop. Section 4", "See 1.2."]
        );
    }

    #[test]
    fn a_number_is_a_marker_only_of_the_next_paragraph() {
        let shown = |page: &str| crate::knowledge::plain::show(&read(page).unwrap_or_default().blocks);
        assert_eq!(shown("<h1>T</h1><p>7.</p><p>Seven.</p>"), ["h1 T", "7. Seven."]);
        let page = "<h1>T</h1><p>12.</p><h2>H</h2><p>A.</p><p>3.</p><ul><li>B</li></ul><p>C.</p><p>4.</p>";
        assert_eq!(shown(page), ["h1 T", "p 12.", "h2 H", "p A.", "p 3.", "- B", "p C.", "p 4."]);
    }

    #[test]
    fn a_part_that_can_be_pressed_is_read() {
        let page = "<h1>T</h1><div role=button aria-expanded=false><p>One.</p><p>Two.</p></div>
            <div role=button aria-controls=x><div>Storage</div></div><div role=button aria-controls=y>Use</div>";
        assert_eq!(words(page), ["T", "One.", "Two.", "Storage", "Use"]);
    }

    #[test]
    fn numbers_beyond_all_bounds_break_nothing() {
        let least = i64::MIN;
        let page = format!(
            "<h1>T</h1><ol type=a start={least}><li>a<li value={}>b<li>c</ol><ol type=A start=27><li>d</ol>
            <table><tr><td colspan=99999999999999999999 rowspan=4294967296>e<td colspan=-1>f<tr><td>g<td>h</table>",
            i64::MAX
        );
        let shown = crate::knowledge::plain::show(&read(&page).unwrap_or_default().blocks);
        assert_eq!(shown.get(1), Some(&format!("{least}. a")));
        assert_eq!(shown.get(4).map(String::as_str), Some("27. d"));
    }

    #[test]
    fn a_page_of_scraps_is_read() {
        let page = read(&format!("<p>{}", "<p>x".repeat(50))).unwrap_or_default();
        assert!(page.blocks.iter().all(|block| block.kind == crate::knowledge::blocks::BlockKind::Paragraph));
    }

    #[test]
    fn a_question_loses_its_sign_and_notes_lines_part() {
        let page = "<h1>T</h1><p><b>Q: May I?</b><p>Yes.<p><sup>1</sup> One.<br><sup>2</sup> Two.";
        let words: Vec<String> =
            read(page).unwrap_or_default().blocks.into_iter().map(|block| block.text).collect();
        assert_eq!(words, ["T", "May I?", "Yes.", "One.", "Two."]);
    }
}
