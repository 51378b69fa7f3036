//! An XML part as a tree of elements. Wrappers that do not change the visible text (accepted insertions, links, content
//! controls, alternate content) are removed while the tree is built, so that later steps can ignore them.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::DocxError;

/// The deepest nesting; it bounds every recursion over the tree. A table in a text box in a table is about thirty
/// levels deep.
const DEEPEST: usize = 120;
/// The most elements and attributes in a document; a page has about a thousand.
pub const MOST_NODES: usize = 2_000_000;
/// The requirements of alternative content that this reader supports. Content that requires anything newer has a
/// fallback.
const KNOWN_DEMANDS: &[&str] = &["wps", "wpg", "wpc", "wpi", "wp14", "w14", "w15", "a14", "v", "wp"];

/// The name of a content control with a table of contents.
pub const CONTENTS_CONTROL: &str = "contents control";
/// The name of a content control with a bibliography.
pub const BIBLIOGRAPHY_CONTROL: &str = "bibliography control";

/// An element. Names have no prefix: no two relevant namespaces share a name, and strict documents use different
/// namespaces from transitional ones.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name.
    pub name: Box<str>,
    /// Its own text, if elements of its kind contain text.
    pub text: String,
    /// Its child elements.
    pub children: Vec<Element>,
    attributes: Vec<(Box<str>, Box<str>)>,
}

impl Element {
    /// Parses a part and returns its outermost element. `left` is how many more nodes are allowed.
    pub fn parse(xml: &str, left: &mut usize) -> Result<Self, DocxError> {
        let damaged = |what: String| DocxError::Damaged(format!("its XML is broken ({what})"));
        let mut reader = Reader::from_str(xml);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().map_err(|error| damaged(error.to_string()))? {
                Event::Start(_) if open.len() > DEEPEST => return Err(DocxError::TooDeep),
                Event::Start(start) => open.push(Self::new(&start, left)?),
                Event::Empty(start) => close(&mut open, Self::new(&start, left)?),
                Event::End(_) => {
                    if let Some(element) = open.pop() {
                        close(&mut open, element);
                    }
                }
                Event::Text(text) => keep(&mut open, &text.xml10_content()),
                Event::CData(text) => keep(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(c)) => keep(&mut open, c.encode_utf8(&mut [0; 4])),
                    _ => keep(
                        &mut open,
                        resolve_predefined_entity(&reference)
                            .ok_or_else(|| damaged("unknown entity".to_owned()))?,
                    ),
                },
                // Word never writes a document type declaration, and declared entities can expand without bounds.
                Event::DocType(_) => return Err(damaged("it declares a document type".to_owned())),
                Event::Eof => break,
                _ => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut top), true) => Ok(top.children.pop().unwrap_or_default()),
            _ => Err(damaged("it ends too early".to_owned())),
        }
    }

    fn new(start: &BytesStart<'_>, left: &mut usize) -> Result<Self, DocxError> {
        let mut element = Self { name: start.local_name().as_ref().into(), ..Self::default() };
        for attribute in start.attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref();
            *left = left.checked_sub(1).ok_or(DocxError::TooLarge)?;
            if !key.starts_with("xmlns") && !key.starts_with("w:rsid") {
                let value = attribute.normalized_value(Default::default()).unwrap_or_default();
                element.attributes.push((attribute.key.local_name().as_ref().into(), value.as_ref().into()));
            }
        }
        *left = left.checked_sub(1).ok_or(DocxError::TooLarge)?;
        // The text of an embedded document is in a separate part, in any format.
        if &*element.name == "altChunk" { Err(DocxError::Unmerged) } else { Ok(element) }
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| &**known == name).map(|(_, value)| &**value)
    }

    /// Its `val` attribute, which holds the value of most properties.
    pub fn value(&self) -> Option<&str> {
        self.attribute("val")
    }

    /// Its `val` attribute as a number.
    pub fn number(&self) -> Option<i64> {
        self.value()?.trim().parse().ok()
    }

    /// Whether it switches a property on, which is the default.
    pub fn is_on(&self) -> bool {
        !matches!(self.value(), Some("0" | "false" | "off" | "none"))
    }

    /// All child elements with a name.
    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| &*child.name == name)
    }

    /// The first child element with a name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// The first element at a path of names.
    pub fn down(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The value of the property at a path.
    pub fn value_at(&self, path: &[&str]) -> Option<&str> {
        self.down(path)?.value()
    }

    /// The number of the property at a path.
    pub fn number_at(&self, path: &[&str]) -> Option<i64> {
        self.down(path)?.number()
    }

    /// Whether the property at a path exists and is on.
    pub fn is_on_at(&self, path: &[&str]) -> bool {
        self.down(path).is_some_and(Element::is_on)
    }
}

/// Stores the text of elements that contain text. Other text is white space between elements.
fn keep(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut().filter(|element| matches!(&*element.name, "t" | "instrText")) {
        element.text.push_str(text);
    }
}

/// Adds a finished element to its parent. If the element is only a wrapper, adds its content instead.
fn close(open: &mut [Element], element: Element) {
    let Some(parent) = open.last_mut() else { return };
    match &*element.name {
        "ins" | "moveTo" | "customXml" | "smartTag" | "hyperlink" | "dir" | "bdo" => {
            parent.children.extend(element.children);
        }
        "AlternateContent" => parent.children.extend(alternative(element)),
        "sdt" => content_control(element, &mut parent.children),
        _ => parent.children.push(element),
    }
}

/// The alternative to read: the first whose requirements are supported, or else the fallback.
fn alternative(element: Element) -> Vec<Element> {
    let known = |one: &Element| {
        let demands = one.attribute("Requires").unwrap_or_default();
        &*one.name == "Choice" && demands.split_whitespace().all(|demand| KNOWN_DEMANDS.contains(&demand))
    };
    let fallback = |one: &Element| &*one.name == "Fallback";
    let chosen =
        element.children.iter().position(known).or_else(|| element.children.iter().position(fallback));
    let chosen = chosen.and_then(|at| element.children.into_iter().nth(at));
    chosen.map(|one| one.children).unwrap_or_default()
}

/// Replaces a content control by its content, or by nothing if it only shows a placeholder.
fn content_control(control: Element, into: &mut Vec<Element>) {
    if control.is_on_at(&["sdtPr", "showingPlcHdr"]) {
        return;
    }
    let gallery = control.value_at(&["sdtPr", "docPartObj", "docPartGallery"]).unwrap_or_default();
    let kept = match () {
        () if gallery.starts_with("Table of ") => Some(CONTENTS_CONTROL),
        () if control.down(&["sdtPr", "bibliography"]).is_some() => Some(BIBLIOGRAPHY_CONTROL),
        () => None,
    };
    let content = control.children.into_iter().find(|one| &*one.name == "sdtContent");
    let children = content.map(|content| content.children).unwrap_or_default();
    match kept {
        Some(name) => into.push(Element { name: name.into(), children, ..Element::default() }),
        None => into.extend(children),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(xml: &str) -> Result<Element, DocxError> {
        Element::parse(xml, &mut MOST_NODES.clone())
    }

    #[test]
    fn names_do_not_depend_on_prefixes() {
        let root = parse("<x:p xmlns:x='y'><x:t x:val='1'>a &amp; &#98;</x:t></x:p>").unwrap();
        let text = root.child("t").unwrap();
        assert_eq!((&*root.name, text.text.as_str(), text.number()), ("p", "a & b", Some(1)));
    }

    #[test]
    fn wrappers_are_taken_away() {
        let root =
            parse("<p><ins><hyperlink><r/></hyperlink></ins><sdt><sdtContent><r/></sdtContent></sdt></p>");
        assert_eq!(root.unwrap().all("r").count(), 2);
    }

    #[test]
    fn hostile_xml_is_refused() {
        assert_eq!(parse(&"<a>".repeat(100_000)).err(), Some(DocxError::TooDeep));
        assert_eq!(parse(&"<a b=''/>".repeat(MOST_NODES)).err(), Some(DocxError::TooLarge));
        for broken in ["<a>", "<a></b>", "<a>&b;</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"] {
            assert!(matches!(parse(broken), Err(DocxError::Damaged(_))), "{broken}");
        }
    }
}
