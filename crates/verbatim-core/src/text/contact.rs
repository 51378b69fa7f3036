//! Detects telephone numbers and e-mail addresses: a sentence may say how to contact someone without any word for it.

use std::sync::LazyLock;

use regex::Regex;

/// Matches a national or international number in groups of digits, separated by spaces, brackets or dashes, or an
/// address with an at sign.
static CONTACT: LazyLock<Regex> = LazyLock::new(|| {
    let telephone =
        r"(?:\+\d{1,3}[ \-]?)?(?:\(0?\d{1,4}\)|\b0\d{2,4}|\b\d{3})[ \-.]\d{3,4}[ \-.]?\d{3,4}\b|\+\d{8,13}\b";
    let email = r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+";
    Regex::new(&format!("{telephone}|{email}")).expect("the pattern is a constant and a test uses it")
});

/// Returns whether `text` contains a telephone number or an e-mail address.
pub fn is_in(text: &str) -> bool {
    CONTACT.is_match(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_to_ring_and_addresses_to_write_to() {
        for text in
            ["0117 2872383", "Ring (020) 7946 0018.", "+44 117 496 0123", "555-010-0199", "ask@example.org"]
        {
            assert!(super::is_in(text), "{text}");
        }
        for text in
            ["4.5 mg in 1984", "2010–2014", "15–26 per 100000 persons", "10.1007/s10067-014-2517-2", "@LDN"]
        {
            assert!(!super::is_in(text), "{text}");
        }
    }
}
