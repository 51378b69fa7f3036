//! Web addresses.

/// The longest web address, in characters.
pub const LONGEST_URL: usize = 2_000;

/// Whether a text is the full address of a page on the web: http or https, with a host that has a dot and no user, and
/// without characters that would end a link early.
pub fn is_web_address(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '\\');
    host.contains('.')
        && !host.starts_with('.')
        && !host.contains('@')
        && !url.contains(odd)
        && url.chars().count() <= LONGEST_URL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_addresses_of_web_pages_count() {
        for right in
            ["https://a.org", "http://a.org/b_(c)?d=ä&e=%20#f", "https://a.org:8080/", "https://a.b?c"]
        {
            assert!(is_web_address(right), "{right}");
        }
        for wrong in [
            "",
            "a.org",
            "https://",
            "https:///x",
            "https://localhost",
            "https://.org",
            "https://user@a.org",
            "https://a.org/ b",
            "https://a.org/<b>",
            "ftp://a.org",
            "discord://x",
            "javascript:alert(1)",
        ] {
            assert!(!is_web_address(wrong), "{wrong}");
        }
        assert!(!is_web_address(&format!("https://a.org/{}", "x".repeat(LONGEST_URL))));
    }
}
