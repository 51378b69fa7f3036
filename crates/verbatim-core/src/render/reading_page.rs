//! An HTML page that shows a document's canonical text beside the units that are searched and quoted, for people who
//! check how a file was read. It needs no scripts and loads nothing from other places.

use crate::knowledge::document::{Document, Passage, PassageKind, Section};
use crate::text::controls::visible;

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"viewport\" content=\"width=device-width\">
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
td, th { border-top: 1px solid #8886; padding: .4rem .6rem; text-align: left; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
.out { opacity: .55; }
.lead { opacity: .75; }
.kind { font-size: .75rem; opacity: .75; }
</style>
";

/// Builds the page. `report` holds notes on how the file was read, one per line.
pub fn reading_page(document: &Document, report: &[String]) -> String {
    let title = escaped(&document.metadata.title);
    let mut page =
        format!("{HEAD}<title>{title}</title>\n<h1>{title}</h1>\n<p>{}</p>\n<ul>\n", escaped(&document.file));
    page.extend(report.iter().map(|line| format!("<li>{}</li>\n", escaped(line))));
    page +=
        "</ul>\n<table>\n<tr><th scope=\"col\">Text of the document</th><th scope=\"col\">Units</th></tr>\n";
    let mut sections = document.sections().iter().peekable();
    for passage in document.passages() {
        while let Some(section) = sections.next_if(|section| section.heading.start < passage.span.start) {
            page += &heading(document, section);
        }
        page += &row(document, passage);
    }
    page.extend(sections.map(|section| heading(document, section)));
    page + "</table>\n</html>\n"
}

fn heading(document: &Document, section: &Section) -> String {
    let level = (section.level + 1).min(6);
    let words = escaped(section.heading.of(document.text()));
    format!("<tr><td colspan=\"2\"><h{level}>{words}</h{level}></td></tr>\n")
}

fn row(document: &Document, passage: &Passage) -> String {
    let words = escaped(passage.span.of(document.text()));
    let class = if passage.kind == PassageKind::Furniture { " class=\"out\"" } else { "" };
    let page =
        passage.page().map(|page| format!("<span class=\"kind\">p. {page}</span> ")).unwrap_or_default();
    format!("<tr><td{class}>{page}{words}</td><td>{}</td></tr>\n", units(document, passage))
}

fn units(document: &Document, passage: &Passage) -> String {
    if !passage.kind.is_quotable() {
        let kind = if passage.kind == PassageKind::Furniture { "left out" } else { passage.kind.as_str() };
        return format!("<span class=\"kind\">{kind}</span>");
    }
    let mut units = Vec::new();
    for sentence in document.sentences_of(passage) {
        let kind = if sentence.introduces { "lead-in" } else { passage.kind.as_str() };
        let lead_ins =
            document.lead_ins_of(sentence).into_iter().map(|span| escaped(span.of(document.text())));
        let lead_ins: String =
            lead_ins.map(|words| format!("<span class=\"lead\">{words}</span> › ")).collect();
        units.push(format!(
            "<span class=\"kind\">{kind}</span> {lead_ins}{}",
            escaped(sentence.span.of(document.text()))
        ));
    }
    units.join("\n")
}

fn escaped(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::read::read_bytes;

    #[test]
    fn text_and_units_stand_side_by_side_and_nothing_is_markup() {
        let text = "+++\ntitle = \"A & <b>\"\n+++\n# Use\n\nTake care:\n\n- of `<i>`\n";
        let document = read_bytes("sources/a.md", text.as_bytes(), None).document.expect("it reads");
        let page = reading_page(&document, &["One <line>.".to_owned()]);
        assert!(page.contains("<h1>A &amp; &lt;b&gt;</h1>"), "{page}");
        assert!(page.contains("<li>One &lt;line&gt;.</li>"), "{page}");
        assert!(page.contains("<span class=\"lead\">Take care:</span> › of &lt;i&gt;"), "{page}");
    }
}
