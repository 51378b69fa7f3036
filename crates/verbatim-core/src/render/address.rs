//! Web addresses that are safe in a card: http or https, in ASCII, without characters that would end a link early. Also
//! builds addresses that point to one sentence of a page, and to registers of the literature.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_segmentation::UnicodeSegmentation;

use super::escape::units;
use crate::text::controls::one_line;
use crate::text::url::is_web_address;

/// The maximum length of an address in a citation, in characters. A longer one would leave no space for quotes.
pub const LONGEST_LINK: usize = 600;
/// A quote of at most this many characters is matched whole; a longer one by its beginning and end.
const WHOLE: usize = 100;
/// The number of words of the beginning and of the end to match.
const WORDS: usize = 6;
/// The maximum length of the encoded beginning or end, in characters.
const LONGEST_PART: usize = 150;

/// Characters that end a link in Discord's markup or are not allowed in an address.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'\\')
    .add(b'^')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'(')
    .add(b')')
    .add(b'[')
    .add(b']')
    .add(b'*')
    .add(b'\'');
/// In a text fragment `-`, `,` and `&` have a special meaning, so every special character is encoded.
const FRAGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_');
/// Identifiers in a register's path: these characters are not encoded.
const IDENTIFIER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-').remove(b'/');

/// A web address that is safe in a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Creates an address from a source's URL; `None` if it is not a web address.
    pub fn new(url: &str) -> Option<Self> {
        is_web_address(url).then(|| Self(utf8_percent_encode(&percent_signs(url), UNSAFE).to_string()))
    }

    /// The address of a work by its digital object identifier.
    pub fn doi(doi: &str) -> Option<Self> {
        let is_doi = doi.starts_with("10.") && !doi.contains(char::is_whitespace);
        let path = utf8_percent_encode(doi, IDENTIFIER);
        is_doi.then(|| Self(format!("https://doi.org/{path}"))).filter(Self::is_short)
    }

    /// The address of a work in PubMed.
    pub fn pubmed(pmid: &str) -> Option<Self> {
        is_number(pmid).then(|| Self(format!("https://pubmed.ncbi.nlm.nih.gov/{pmid}/")))
    }

    /// The address of a work's full text in PubMed Central.
    pub fn pubmed_central(pmcid: &str) -> Option<Self> {
        let number = pmcid.strip_prefix("PMC").unwrap_or(pmcid);
        is_number(number).then(|| Self(format!("https://pmc.ncbi.nlm.nih.gov/articles/PMC{number}/")))
    }

    /// Adds a fragment that takes a browser to `quote` on the page. Returns the address unchanged if the result would
    /// be too long.
    pub fn with_text(&self, quote: &str) -> Self {
        let separator = if self.0.contains('#') { ":~:text=" } else { "#:~:text=" };
        let led = fragment(quote)
            .filter(|_| !self.0.contains(":~:"))
            .map(|text| Self(format!("{}{separator}{text}", self.0)));
        led.filter(Self::is_short).unwrap_or_else(|| self.clone())
    }

    /// Returns whether it is short enough for a citation.
    pub fn is_short(&self) -> bool {
        units(&self.0) <= LONGEST_LINK
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Encodes each `%` in `url` that does not start an encoded character.
fn percent_signs(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for (at, letter) in url.char_indices() {
        out.push(letter);
        let code = url.as_bytes().get(at + 1..at + 3);
        if letter == '%' && !code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)) {
            out.push_str("25");
        }
    }
    out
}

/// The text directive for a quote: `whole`, or `beginning,end`.
fn fragment(quote: &str) -> Option<String> {
    // On a page, the citation markers (`[1][2]`) are separate from the sentence.
    let text = one_line(without_markers(quote));
    if text.is_empty() {
        return None;
    }
    let words: Vec<&str> = text.split_word_bounds().collect();
    let count = words.iter().filter(|word| word.contains(char::is_alphanumeric)).count();
    let whole = encoded(&text);
    if count <= 2 * WORDS || text.chars().count() <= WHOLE {
        return Some(whole).filter(|whole| whole.len() <= 2 * LONGEST_PART);
    }
    let beginning: Vec<&str> = part(words.iter().copied());
    let mut end: Vec<&str> = part(words.iter().rev().copied());
    end.reverse();
    let [beginning, end] = [beginning, end].map(|part| encoded(part.concat().trim()));
    (!beginning.is_empty() && !end.is_empty()).then(|| format!("{beginning},{end}"))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FRAGMENT).to_string()
}

fn part<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let (mut count, mut length) = (0, 0);
    let fits = |word: &&str| {
        count += usize::from(word.contains(char::is_alphanumeric));
        length += encoded(word).len();
        count <= WORDS && length <= LONGEST_PART
    };
    words.take_while(fits).collect()
}

fn without_markers(quote: &str) -> &str {
    let mut rest = quote.trim_end();
    while let Some(open) = rest.strip_suffix(']').and_then(|inside| {
        let (before, marker) = inside.rsplit_once('[')?;
        (marker.len() <= 20 && !before.trim().is_empty()).then_some(before)
    }) {
        rest = open.trim_end();
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn led(url: &str, quote: &str) -> String {
        Address::new(url).expect("an address").with_text(quote).as_str().to_owned()
    }

    #[test]
    fn a_short_quote_is_looked_for_as_a_whole() {
        insta::assert_snapshot!(
            led("https://a.org/x", "It's low-dose, & safe?[1][2]"),
            @"https://a.org/x#:~:text=It%27s%20low%2Ddose%2C%20%26%20safe%3F"
        );
    }

    #[test]
    fn a_long_quote_is_looked_for_by_both_ends() {
        let quote = "Low-dose naltrexone (LDN) describes the off-label, experimental use of the medication \
            naltrexone at low doses for diseases such as Crohn's disease, but evidence is lacking.[1][2]";
        insta::assert_snapshot!(
            led("https://mdwiki.org/wiki/Low-dose_naltrexone#Use", quote),
            @"https://mdwiki.org/wiki/Low-dose_naltrexone#Use:~:text=Low%2Ddose%20naltrexone%20%28LDN%29%20describes%20the,Crohn%27s%20disease%2C%20but%20evidence%20is%20lacking."
        );
    }

    #[test]
    fn an_address_is_made_safe_for_a_link() {
        let safe = |url: &str| Address::new(url).map(|address| address.as_str().to_owned());
        assert_eq!(
            safe("https://a.org/b_(c)?d=ä&e=%20%zz"),
            Some("https://a.org/b_%28c%29?d=%C3%A4&e=%20%25zz".into())
        );
        for bad in [
            "javascript:alert(1)",
            "https://",
            "ftp://a.org",
            "https:///x",
            "https://a.org/ b",
            "discord://x",
        ] {
            assert_eq!(safe(bad), None, "{bad}");
        }
        let long = format!("https://a.org/{}", "x".repeat(590));
        assert_eq!(led(&long, "A quote."), long);
    }

    #[test]
    fn literature_is_linked_by_its_identifiers() {
        let text = |address: Option<Address>| address.map(|address| address.as_str().to_owned());
        assert_eq!(
            text(Address::doi("10.1016/S0140-6736(05)67890-1;<2::A>")),
            Some("https://doi.org/10.1016/S0140-6736%2805%2967890-1%3B%3C2%3A%3AA%3E".into())
        );
        assert_eq!(text(Address::doi("x")), None);
        assert_eq!(
            text(Address::pubmed("29607497")),
            Some("https://pubmed.ncbi.nlm.nih.gov/29607497/".into())
        );
        assert_eq!(text(Address::pubmed("1)")), None);
        assert_eq!(
            text(Address::pubmed_central("PMC6494424")),
            Some("https://pmc.ncbi.nlm.nih.gov/articles/PMC6494424/".into())
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn nothing_ends_a_link_early(url in r"https?://\PC{1,40}", quote in r"\PC{0,300}") {
            if let Some(address) = Address::new(&url) {
                let led = address.with_text(&quote);
                prop_assert!(led.as_str().is_ascii());
                prop_assert!(!led.as_str().contains(|c: char| " ()<>[]\\`*|\"".contains(c)), "{}", led.as_str());
                prop_assert!(led == address || led.is_short());
                let kept = led.as_str().rsplit_once(":~:text=").map_or("", |(_, text)| text);
                prop_assert!(!kept.contains(['-', '&']) && kept.matches(',').count() <= 1);
            }
        }
    }
}
