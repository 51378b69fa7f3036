//! Finds what a page's style sheets and `style` attributes hide or strike out, and how its text looks.

use std::collections::HashMap;

use cssparser::{
    AtRuleParser, BasicParseErrorKind, CowRcStr, ParseError, Parser, ParserState, QualifiedRuleParser,
    StyleSheetParser,
};
use scraper::node::Element;
use scraper::{ElementRef, Html, Selector};

use super::opened;

/// The CSS properties of an element. `None` means that no declaration sets the property.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CssProperties {
    /// Whether the element is positioned by coordinates. All lengths are in pixels.
    pub placed: Option<bool>,
    /// The distance from the left.
    pub left: Option<i32>,
    /// The distance from the top.
    pub top: Option<i32>,
    /// The distance from the bottom.
    pub bottom: Option<i32>,
    /// The font size.
    pub size: Option<i32>,
    /// Whether its text is bold.
    pub bold: Option<bool>,
    /// The left margin.
    pub margin: Option<i32>,
    /// Whether its first line has a hanging indent.
    pub hangs: Option<bool>,
    /// Whether it has a border.
    pub framed: Option<bool>,
    /// Whether its text is superscript (`true`) or subscript (`false`).
    pub raised: Option<bool>,
    /// The part of a table that it is displayed as.
    pub part: Option<TablePart>,
    no_display: Option<bool>,
    invisible: Option<bool>,
    out_of_sight: Option<bool>,
    struck: Option<bool>,
}

/// A part of a table. CSS can display any element as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TablePart {
    /// The whole table.
    Table,
    /// Its header or body.
    Rows,
    /// A row.
    Row,
    /// A cell.
    Cell,
}

/// The most times that elements are matched against rules. This bounds the time spent on style sheets.
const MOST_MATCHES: usize = 5_000_000;

/// The styles of a page's elements, including which ones are hidden or struck out.
#[derive(Debug, Default)]
pub struct ElementStyles {
    looks: HashMap<ego_tree::NodeId, CssProperties>,
    /// The parts that are hidden only until something opens them.
    opened: HashMap<ego_tree::NodeId, Option<ego_tree::NodeId>>,
    /// How many elements of each name and class open a part.
    openers: HashMap<String, usize>,
}

impl ElementStyles {
    /// Applies the style sheets in the page itself, in order. Later rules win; selector specificity is ignored.
    pub fn of(html: &Html) -> Self {
        let mut styles = Self { opened: opened::parts(html), ..Self::default() };
        for opener in html.root_element().descendent_elements().filter(|element| opened::opens(*element)) {
            *styles.openers.entry(kind_of(opener)).or_default() += 1;
        }
        let Ok(sheets) = Selector::parse("style") else { return styles };
        let elements = html.tree.values().count().max(1);
        let mut most_rules = MOST_MATCHES / elements;
        for sheet in html.select(&sheets) {
            if sheet.attr("media").is_some_and(|media| !is_shown_on_screens(media)) {
                continue;
            }
            // Word wraps its rules in a comment.
            let text: String = sheet.text().collect::<String>().replace("<!--", " ").replace("-->", " ");
            for (selector, look) in rules(&text).into_iter().take(most_rules) {
                most_rules -= 1;
                let Ok(selector) = Selector::parse(&selector) else { continue };
                for element in html.select(&selector) {
                    let known = styles.looks.entry(element.id()).or_default();
                    *known = known.then(look);
                }
            }
        }
        styles
    }

    /// The style of an element.
    pub fn look(&self, element: ElementRef<'_>) -> CssProperties {
        let own = element.attr("style").map(look).unwrap_or_default();
        self.looks.get(&element.id()).copied().unwrap_or_default().then(own)
    }

    /// Whether an element is hidden or struck out.
    pub fn is_unseen(&self, element: ElementRef<'_>) -> bool {
        let look = self.look(element);
        let attributes = element.value();
        let is_unseen =
            [look.no_display, look.invisible, look.out_of_sight, look.struck].contains(&Some(true));
        (is_unseen || attributes.attr("hidden").is_some() && look.no_display != Some(false))
            && !self.opened.contains_key(&element.id())
    }

    /// Whether the page has another opener of the same class.
    pub fn has_twin(&self, opener: ElementRef<'_>) -> bool {
        let kind = kind_of(opener);
        self.openers.get(&kind).is_some_and(|count| *count > 1)
    }

    /// The tab that opens a part of the page.
    pub fn tab<'a>(&self, part: ElementRef<'a>) -> Option<ElementRef<'a>> {
        let opener = self.opened.get(&part.id()).copied().flatten()?;
        ElementRef::wrap(part.tree().get(opener)?).filter(|opener| opener.attr("role") == Some("tab"))
    }
}

/// Whether any element of a fragment hides its content by its own attributes.
pub fn hides(piece: &Html) -> bool {
    let styles = ElementStyles::default();
    piece.root_element().descendent_elements().any(|element| styles.is_unseen(element))
}

impl CssProperties {
    /// Applies a declaration of position, size, weight or display.
    fn place(&mut self, name: &str, value: &str) {
        let value = value.trim();
        match name {
            "position" => self.placed = Some(value == "absolute"),
            "left" => self.left = pixels(value),
            "top" => self.top = pixels(value),
            "bottom" => self.bottom = pixels(value),
            "font-size" => self.size = pixels(value),
            // "italic bold 15pt/1.2 sans-serif"
            "font" => {
                let words = || value.split([' ', '/']);
                self.size = words().find_map(|word| pixels(word).filter(|_| word.parse::<f32>().is_err()));
                self.bold = Some(words().any(is_bold));
            }
            "font-weight" => {
                self.bold = Some(is_bold(value));
            }
            "margin-left" => self.margin = pixels(value),
            "text-indent" => self.hangs = Some(value.starts_with('-') && !is_far_off(value)),
            "border" => self.framed = Some(!value.starts_with("none") && !value.starts_with('0')),
            "vertical-align" => {
                self.raised = matches!(value, "super" | "sub").then_some(value == "super").or(self.raised);
            }
            "display" => self.part = part(value),
            _ => {}
        }
    }

    fn then(self, later: Self) -> Self {
        Self {
            placed: later.placed.or(self.placed),
            left: later.left.or(self.left),
            top: later.top.or(self.top),
            bottom: later.bottom.or(self.bottom),
            size: later.size.or(self.size),
            bold: later.bold.or(self.bold),
            margin: later.margin.or(self.margin),
            hangs: later.hangs.or(self.hangs),
            framed: later.framed.or(self.framed),
            raised: later.raised.or(self.raised),
            part: later.part.or(self.part),
            no_display: later.no_display.or(self.no_display),
            invisible: later.invisible.or(self.invisible),
            out_of_sight: later.out_of_sight.or(self.out_of_sight),
            struck: later.struck.or(self.struck),
        }
    }
}

/// The name and class of an element.
fn kind_of(element: ElementRef<'_>) -> String {
    format!("{} {}", element.value().name(), element.attr("class").unwrap_or_default())
}

fn is_bold(weight: &str) -> bool {
    matches!(weight, "bold" | "bolder" | "600" | "700" | "800" | "900")
}

fn part(display: &str) -> Option<TablePart> {
    Some(match display {
        "table" => TablePart::Table,
        "table-row-group" | "table-header-group" => TablePart::Rows,
        "table-row" => TablePart::Row,
        "table-cell" => TablePart::Cell,
        _ => return None,
    })
}

fn is_shown_on_screens(media: &str) -> bool {
    let media = media.to_ascii_lowercase();
    let other = ["print", "speech", "max-width", "max-height", "prefers", "orientation"];
    media.contains("not print") || !other.iter().any(|word| media.contains(word))
}

/// Parses the declarations of a rule or of a `style` attribute.
fn look(declarations: &str) -> CssProperties {
    let mut look = CssProperties::default();
    let (mut position, mut far, mut truncated) = (None, false, None);
    for declaration in declarations.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        look.place(name.trim(), value);
        let value = value.trim().trim_end_matches("!important").trim().to_ascii_lowercase();
        match name.trim().to_ascii_lowercase().as_str() {
            "display" => look.no_display = Some(value == "none"),
            "mso-hide" if value == "all" => look.no_display = Some(true),
            "mso-element" if value == "comment-list" => look.no_display = Some(true),
            "visibility" => look.invisible = Some(value == "hidden" || value == "collapse"),
            "opacity" => look.invisible = Some(value.parse() == Ok(0.0)),
            "font-size" if is_zero(&value) => look.invisible = Some(true),
            "max-height" | "height" | "width" if value == "1px" || is_zero(&value) => {
                truncated = truncated.or(Some(false))
            }
            "overflow" if value == "hidden" => truncated = truncated.map(|_| true),
            "position" => position = Some(value == "absolute" || value == "fixed"),
            "clip" | "clip-path" => look.out_of_sight = Some(is_clipped_away(&value)),
            "left" | "top" | "right" | "text-indent" => far |= is_far_off(&value),
            "text-decoration" | "text-decoration-line" => look.struck = Some(value.contains("line-through")),
            _ => {}
        }
    }
    if far && position != Some(false) {
        look.out_of_sight = Some(true);
    }
    look
}

/// A length in pixels. Returns `None` for units that depend on the context.
fn pixels(length: &str) -> Option<i32> {
    let number = length.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match length.get(number.len()..)? {
        "px" | "" => 1.0,
        "pt" => 4.0 / 3.0,
        _ => return None,
    };
    let pixels = number.parse::<f32>().ok()? * scale;
    (pixels.abs() < 1e6).then_some(pixels.round() as i32)
}

fn is_zero(length: &str) -> bool {
    length.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').parse() == Ok(0.0)
}

fn is_far_off(length: &str) -> bool {
    let number = length.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    number
        .parse::<f32>()
        .is_ok_and(|number| number <= -90.0 * if length.ends_with("px") { 10.0 } else { 1.0 })
}

fn is_clipped_away(shape: &str) -> bool {
    let numbers: Vec<f32> = shape
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|number| number.parse().ok())
        .collect();
    match shape {
        _ if shape.starts_with("rect") => !numbers.is_empty() && numbers.iter().all(|&number| number <= 1.0),
        _ if shape.starts_with("inset") => numbers.first().is_some_and(|&number| number >= 50.0),
        _ => false,
    }
}

/// The rules of a style sheet that apply to screens, each as a selector and its properties.
fn rules(sheet: &str) -> Vec<(String, CssProperties)> {
    let mut parser = Parser::new(sheet);
    let mut found = CssRules::default();
    for _ in StyleSheetParser::new(&mut parser, &mut found) {}
    found.0
}

#[derive(Default)]
struct CssRules(Vec<(String, CssProperties)>);

impl<'i> QualifiedRuleParser<'i> for CssRules {
    type Prelude = String;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<String, ParseError<()>> {
        Ok(rest(input))
    }

    fn parse_block(
        &mut self,
        selector: String,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let look = look(&rest(input));
        if look != CssProperties::default() {
            self.0.push((selector.trim().to_owned(), look));
        }
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for CssRules {
    type Prelude = bool;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i>) -> Result<bool, ParseError<()>> {
        match name.eq_ignore_ascii_case("media") {
            true => Ok(is_shown_on_screens(&rest(input))),
            false => Err(ParseError::from_basic_kind(BasicParseErrorKind::AtRuleInvalid)),
        }
    }

    fn parse_block(
        &mut self,
        counts: bool,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        if counts {
            for _ in StyleSheetParser::new(input, self) {}
        }
        while input.next().is_ok() {}
        Ok(())
    }
}

/// The rest of the input, verbatim.
fn rest(input: &mut Parser<'_>) -> String {
    let start = input.position();
    while input.next().is_ok() {}
    input.slice_from(start).to_owned()
}

/// Whether an element's class or id contains one of these words.
pub fn is_named(element: &Element, words: &[&str]) -> bool {
    let names = element.classes().chain(element.attr("id"));
    names
        .flat_map(|name| name.split(['-', '_']))
        .any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(page: &str) -> Vec<String> {
        let html = Html::parse_document(page);
        let styles = ElementStyles::of(&html);
        let all = Selector::parse("p").expect("a selector");
        html.select(&all).filter(|p| styles.is_unseen(*p)).map(|p| p.text().collect()).collect()
    }

    #[test]
    fn rules_and_attributes_hide() {
        let page = "<style><!-- .a{display:none} .b{visibility:hidden} .c{position:absolute;left:-9999px}
            .d{clip:rect(1px,1px,1px,1px)} .e{text-decoration:line-through} @media print{.f{display:none}}
            .g{display:none} .g.on{display:block} @media screen{.h{display:none}} --></style>
            <p class=a>a<p class=b>b<p class=c>c<p class=d>d<p class=e>e<p class=f>f<p class='g on'>g<p class=h>h
            <p hidden>i<p style='display: none'>j<p style='color:red'>k";
        assert_eq!(hidden(page).concat().split_whitespace().collect::<String>(), "abcdehij");
    }
}
