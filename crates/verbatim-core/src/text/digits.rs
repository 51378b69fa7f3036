//! Superscript and subscript digits, and the fractions they form.

/// Converts digits and signs to superscript (`1` to `¹`); `None` if the text has other characters, for which not every
/// font has a superscript form.
pub fn raised(text: &str) -> Option<String> {
    shifted(text, '⁰', |c| match c {
        '1' => Some('¹'),
        '2' => Some('²'),
        '3' => Some('³'),
        '+' => Some('⁺'),
        '-' | '−' | '–' => Some('⁻'),
        '(' => Some('⁽'),
        ')' => Some('⁾'),
        _ => None,
    })
}

/// Converts digits and signs to subscript (`2` to `₂`); `None` if the text has other characters, except for a letter
/// after a digit, which stays as it is (`1c` in HbA₁c).
pub fn lowered(text: &str) -> Option<String> {
    if let Some((digit, letter)) = text.split_at_checked(1)
        && digit.chars().all(|c| c.is_ascii_digit())
        && letter.len() == 1
        && letter.chars().all(|c| c.is_ascii_lowercase())
    {
        return lowered(digit).map(|digit| digit + letter);
    }
    shifted(text, '₀', |c| match c {
        '+' => Some('₊'),
        '-' | '−' => Some('₋'),
        '(' => Some('₍'),
        ')' => Some('₎'),
        _ => None,
    })
}

/// Returns whether a text has a superscript form.
pub fn can_shift(text: &str) -> bool {
    !text.is_empty() && raised(text).is_some()
}

/// Returns whether a character is a superscript digit.
pub fn is_raised(c: char) -> bool {
    matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹')
}

/// A sign counts at the start or end (`⁻³`, `²⁺`); between digits it is a dash (`¹⁻³` would be a power).
fn shifted(text: &str, zero: char, form: fn(char) -> Option<char>) -> Option<String> {
    let dash = |at: usize, c: char| {
        let inside = at > 0 && at + c.len_utf8() < text.len();
        inside && matches!(c, '-' | '−' | '–')
    };
    let shift = |(at, c): (usize, char)| match c {
        ',' | ' ' => Some(c),
        _ if dash(at, c) => Some(c),
        _ => form(c).or_else(|| char::from_u32((zero as u32).checked_add(c.to_digit(10)?)?)),
    };
    text.char_indices().map(shift).collect()
}

/// Replaces each superscript number over a subscript one (`¹/₂`) with a single character, if there is one.
pub fn with_fractions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['/', '⁄']) {
        let (before, after) = rest.split_at(at);
        let after = after.trim_start_matches(['/', '⁄']);
        let found = FRACTIONS.iter().find(|(over, under, _)| stands_between(before, over, under, after));
        match found {
            Some((over, under, fraction)) => {
                out.push_str(before.strip_suffix(over).unwrap_or(before));
                out.push(*fraction);
                rest = after.strip_prefix(under).unwrap_or(after);
            }
            None => {
                let slashes = rest.len().saturating_sub(after.len());
                out.push_str(rest.get(..slashes).unwrap_or_default());
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn stands_between(before: &str, over: &str, under: &str, after: &str) -> bool {
    let whole = before.strip_suffix(over).is_some_and(|before| !before.ends_with(is_raised));
    whole && after.strip_prefix(under).is_some_and(|after| !after.starts_with(|c| ('₀'..='₉').contains(&c)))
}

const FRACTIONS: &[(&str, &str, char)] = &[
    ("¹", "₂", '½'),
    ("¹", "₃", '⅓'),
    ("²", "₃", '⅔'),
    ("¹", "₄", '¼'),
    ("³", "₄", '¾'),
    ("¹", "₅", '⅕'),
    ("²", "₅", '⅖'),
    ("³", "₅", '⅗'),
    ("⁴", "₅", '⅘'),
    ("¹", "₆", '⅙'),
    ("⁵", "₆", '⅚'),
    ("¹", "₈", '⅛'),
    ("³", "₈", '⅜'),
    ("⁵", "₈", '⅝'),
    ("⁷", "₈", '⅞'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_move_and_words_stay() {
        for (text, form) in
            [("12", "¹²"), ("-3", "⁻³"), ("2+", "²⁺"), ("1,4-6", "¹,⁴-⁶"), ("1–3", "¹–³"), ("(2)", "⁽²⁾")]
        {
            assert_eq!(raised(text).as_deref(), Some(form));
        }
        assert_eq!((raised("[1]"), raised("st"), lowered("max")), (None, None, None));
        assert_eq!(lowered("2").as_deref(), Some("₂"));
    }

    #[test]
    fn fractions_are_one_character() {
        assert_eq!(with_fractions("1¹/₂ or ³⁄₄ of 10¹/₂₀, 5/6"), "1½ or ¾ of 10¹/₂₀, 5/6");
    }
}
