//! Shortens labels. Never used on quoted text.

use super::controls::one_line;

/// Puts `text` on one line of at most `most` characters. A longer text is cut after a word and ends with "…".
pub fn truncated(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    let end = kept.rfind(' ').filter(|&end| end * 2 > kept.len()).unwrap_or(kept.len());
    format!("{}…", kept.get(..end).unwrap_or(&kept).trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::truncated;

    #[test]
    fn a_label_ends_at_a_word() {
        assert_eq!(truncated("What the two  documents say", 40), "What the two documents say");
        assert_eq!(truncated("What the two documents say", 20), "What the two…");
        assert_eq!(truncated("Wörterbuchverzeichnis", 5), "Wört…");
        assert_eq!(truncated("", 5), "");
    }
}
