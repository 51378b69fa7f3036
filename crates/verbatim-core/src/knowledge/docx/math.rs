//! Formulas in one line: `(a + b)/c`, `x²`, `√(y)`.

use super::character::{Position, positioned};
use super::xml::Element;

/// Converts a formula to text. The depth of the tree bounds the recursion.
pub fn linear(formula: &Element) -> String {
    let part = |name: &str| formula.child(name).map(all).unwrap_or_default();
    match &*formula.name {
        "t" => formula.text.clone(),
        "f" => format!("{}/{}", bracketed(part("num")), bracketed(part("den"))),
        "sSup" => format!("{}{}", part("e"), beside(&part("sup"), Position::Raised)),
        "sSub" => format!("{}{}", part("e"), beside(&part("sub"), Position::Lowered)),
        "sSubSup" => {
            let (low, high) = (part("sub"), part("sup"));
            format!("{}{}{}", part("e"), beside(&low, Position::Lowered), beside(&high, Position::Raised))
        }
        "sPre" => {
            let (low, high) = (part("sub"), part("sup"));
            format!("{}{}{}", beside(&high, Position::Raised), beside(&low, Position::Lowered), part("e"))
        }
        "rad" => format!("{}√{}", beside(&part("deg"), Position::Raised), bracketed(part("e"))),
        "d" => {
            let sign = |name: &str, usual: &'static str| {
                formula.value_at(&["dPr", name]).unwrap_or(usual).to_owned()
            };
            let inner: Vec<String> = formula.all("e").map(all).collect();
            format!("{}{}{}", sign("begChr", "("), inner.join(&sign("sepChr", "|")), sign("endChr", ")"))
        }
        "nary" => {
            let sign = formula.value_at(&["naryPr", "chr"]);
            let (low, high) = (part("sub"), part("sup"));
            let limits = [beside(&low, Position::Lowered), beside(&high, Position::Raised)].concat();
            format!("{}{limits}{}", sign.unwrap_or("∫"), part("e"))
        }
        name if name.ends_with("Pr") || matches!(name, "del" | "moveFrom") => String::new(),
        _ => all(formula),
    }
}

fn all(parent: &Element) -> String {
    parent.children.iter().map(linear).collect()
}

/// A part of a fraction or root, in brackets if it is more than one number or word.
fn bracketed(part: String) -> String {
    let is_word = part.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | ','));
    if is_word { part } else { format!("({part})") }
}

/// The longest index or power to write in superscript or subscript characters, in bytes.
const LONGEST_INDEX: usize = 100;

/// An index or power, in superscript or subscript characters, or after `^` or `_` if Unicode has none.
fn beside(part: &str, position: Position) -> String {
    let moved = if part.len() <= LONGEST_INDEX { positioned(part, position) } else { part.to_owned() };
    if moved.chars().zip(part.chars()).all(|(new, old)| new != old) {
        return moved;
    }
    let sign = if position == Position::Raised { '^' } else { '_' };
    format!("{sign}{}", bracketed(part.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::docx::xml::MOST_NODES;

    fn read(inner: &str) -> String {
        linear(&Element::parse(&format!("<m:oMath>{inner}</m:oMath>"), &mut MOST_NODES.clone()).unwrap())
    }

    #[test]
    fn fractions_and_powers_keep_their_meaning() {
        let run = |text: &str| format!("<m:r><m:t>{text}</m:t></m:r>");
        let fraction = format!("<m:f><m:num>{}</m:num><m:den>{}</m:den></m:f>", run("a + b"), run("2"));
        assert_eq!(read(&fraction), "(a + b)/2");
        let power = format!("<m:sSup><m:e>{}</m:e><m:sup>{}</m:sup></m:sSup>", run("10"), run("2x"));
        assert_eq!(read(&power), "10²ˣ");
    }
}
