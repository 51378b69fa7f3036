//! Counts with a noun in the singular or plural, and lists that end with a count.

/// Formats a count with its noun: "1 source", "2 sources".
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The first `most` items of a list, and how many more there are: "a", "b", "and 3 more".
pub fn first(items: impl IntoIterator<Item = String>, most: usize) -> Vec<String> {
    let mut items = items.into_iter();
    let mut shown: Vec<String> = items.by_ref().take(most).collect();
    let more = items.count();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{counted, first};

    #[test]
    fn a_long_list_ends_with_a_count() {
        let shown = |count: usize| first((0..count).map(|number| number.to_string()), 2);
        assert_eq!([shown(0), shown(2)], [vec![], vec!["0".to_owned(), "1".to_owned()]]);
        assert_eq!(shown(5), ["0", "1", "and 3 more"]);
    }

    #[test]
    fn one_is_told_apart_from_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "source")), ["0 sources", "1 source", "2 sources"]);
    }
}
