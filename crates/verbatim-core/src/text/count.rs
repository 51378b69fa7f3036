//! Counts with a noun in the singular or plural.

/// Formats a count with its noun: "1 source", "2 sources".
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_told_apart_from_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "source")), ["0 sources", "1 source", "2 sources"]);
    }
}
