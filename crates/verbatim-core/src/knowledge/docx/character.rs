//! Characters as displayed: superscripts, subscripts, and symbol fonts whose glyphs differ from the character codes.

/// The vertical position of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Position {
    /// On the baseline.
    #[default]
    Line,
    /// Superscript.
    Raised,
    /// Subscript.
    Lowered,
}

/// A font that displays symbols instead of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolFont {
    /// Greek letters and mathematical symbols.
    Symbol,
    /// Pictures.
    Pictures,
}

/// The longest text to convert to superscript or subscript, in bytes. Longer text is not an index, power or mark.
const LONGEST_INDEX: usize = 300;
const PLAIN: &str = "0123456789+-−=()abcdefghijklmnoprstuvwxyz";
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ";
const PLAIN_LOWERED: &str = "0123456789+-−=()aehijklmnoprstuvx";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ";
/// The glyphs of the Symbol font from 0x20 on. A space stands for codes without a glyph.
const SYMBOL_LOW: &str =
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼";
/// The glyphs of the Symbol font from 0xA0 on.
const SYMBOL_HIGH: &str =
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ ⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭";
/// The few Wingdings glyphs that carry meaning, each after its code.
const WINGDINGS: &str = "l●n■o□q❑r❒s⬧u◆v❖w⬥\u{9f}•\u{a7}▪\u{a8}◻\u{d8}➢\u{df}←\u{e0}→\u{e1}↑\u{e2}↓\u{e8}➔\u{f0}⇨\u{fb}✗\u{fc}✓\u{fd}☒\u{fe}☑";

/// Converts a run's text to superscript or subscript characters. Text with several letters and no digit stays as it is:
/// the ending of `1st` and the index of `Cmax` read the same on the baseline, and users search for them as they are
/// typed.
pub fn positioned(text: &str, position: Position) -> String {
    let (plain, other) = match position {
        Position::Line => return text.to_owned(),
        _ if text.len() > LONGEST_INDEX => return text.to_owned(),
        Position::Raised => (PLAIN, RAISED),
        Position::Lowered => (PLAIN_LOWERED, LOWERED),
    };
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let with_letters = letters == 1 || text.contains(|c: char| c.is_ascii_digit());
    let moves = |c: char| with_letters || !c.is_alphabetic();
    text.chars().map(|c| if moves(c) { counterpart(c, plain, other) } else { c }).collect()
}

/// The number of a note in superscript.
pub fn raised_mark(mark: &str) -> String {
    mark.chars().map(|c| counterpart(c, PLAIN, RAISED)).collect()
}

fn counterpart(c: char, plain: &str, other: &str) -> char {
    plain.chars().position(|known| known == c).and_then(|at| other.chars().nth(at)).unwrap_or(c)
}

/// The symbol font of this name, if it is one.
pub fn symbol_font(name: &str) -> Option<SymbolFont> {
    let name = name.trim().to_lowercase();
    let pictures = ["wingdings", "webdings", "zapfdingbats", "zapf dingbats"];
    match name.as_str() {
        "symbol" => Some(SymbolFont::Symbol),
        name if pictures.iter().any(|font| name.starts_with(font)) => Some(SymbolFont::Pictures),
        _ => None,
    }
}

/// The character that a code displays in a font, or `None` for a mere picture. An unknown symbol becomes the
/// replacement character, because dropping it could reverse the meaning.
pub fn shown(code: u32, font: Option<SymbolFont>) -> Option<char> {
    // Word moves the codes of symbol fonts into a private use area of Unicode.
    let moved = (0xF000..=0xF0FF).contains(&code);
    let low = if moved { code.saturating_sub(0xF000) } else { code };
    match font {
        Some(SymbolFont::Symbol) if low < 0x100 => {
            let (from, table) = if low >= 0xA0 { (0xA0, SYMBOL_HIGH) } else { (0x20, SYMBOL_LOW) };
            let at = low.checked_sub(from).and_then(|at| usize::try_from(at).ok());
            Some(at.and_then(|at| table.chars().nth(at)).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Some(SymbolFont::Pictures) if low < 0x100 => {
            let codes = WINGDINGS.chars().step_by(2).position(|known| u32::from(known) == low)?;
            WINGDINGS.chars().skip(1).step_by(2).nth(codes)
        }
        None if code == 0xF0B7 => Some('•'),
        _ if moved => Some(char::REPLACEMENT_CHARACTER),
        _ => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// Converts a run's text from a symbol font to Unicode.
pub fn translated(text: &str, font: Option<SymbolFont>) -> String {
    let is_moved = |c: char| (0xF000..=0xF0FF).contains(&u32::from(c));
    // White space and characters outside the font's codes are displayed in another font.
    let show = |c: char| match (font, is_moved(c)) {
        (Some(SymbolFont::Symbol), false) if c.is_ascii_graphic() => shown(u32::from(c), font),
        (_, true) => shown(u32::from(c), font),
        _ => Some(c),
    };
    text.chars().filter_map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_signs_are_raised_and_lowered() {
        let cases = [("−3", "⁻³"), ("1,2", "¹,²"), ("a", "ᵃ"), ("st", "st")];
        for (typed, seen) in cases {
            assert_eq!(positioned(typed, Position::Raised), seen);
        }
        assert_eq!(positioned("12", Position::Lowered), "₁₂");
        assert_eq!(positioned("max", Position::Lowered), "max");
        assert_eq!(raised_mark("iv"), "ⁱᵛ");
    }

    #[test]
    fn signs_are_shown() {
        let signs = [(0xF0A3, '≤'), (0xF0B1, '±'), (0xF0B3, '≥'), (0xF0B0, '°'), (0xF06D, 'μ'), (0xB4, '×')];
        for (code, sign) in signs {
            assert_eq!(shown(code, Some(SymbolFont::Symbol)), Some(sign));
        }
        assert_eq!(shown(0xF0FC, symbol_font("Wingdings")), Some('✓'));
        assert_eq!(shown(0xF028, symbol_font("Wingdings")), None);
        assert_eq!(translated("5 m", Some(SymbolFont::Symbol)), "5 μ");
        assert_eq!(translated("\u{f0b7}\ta", None), "•\ta");
    }

    #[test]
    fn the_tables_are_whole() {
        assert_eq!(PLAIN.chars().count(), RAISED.chars().count());
        assert_eq!(PLAIN_LOWERED.chars().count(), LOWERED.chars().count());
        assert_eq!(SYMBOL_LOW.chars().count(), 0x7F - 0x20);
        assert_eq!(SYMBOL_HIGH.chars().count(), 0xFF - 0xA0);
        assert_eq!(WINGDINGS.chars().count(), 46);
    }
}
