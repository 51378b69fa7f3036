//! The nearest right name, for a message about a wrong one. Every part of the program that takes names from
//! people words its own message; which name is meant is found here.

/// The candidate that `name` was most likely meant to be; `None` where nothing is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase());
    let limit = 1 + name.chars().count() / 3;
    let best = candidates.into_iter().map(|candidate| (near(&candidate), candidate)).min()?;
    (best.0 <= limit).then_some(best.1)
}

/// The key that serde's message for an unknown field names, and the keys that exist there.
pub fn unknown_key(message: &str) -> Option<(String, Vec<String>)> {
    unknown("field", message)
}

/// The value that serde's message for an unknown variant names, and the values that exist there.
pub fn unknown_variant(message: &str) -> Option<(String, Vec<String>)> {
    unknown("variant", message)
}

fn unknown(what: &str, message: &str) -> Option<(String, Vec<String>)> {
    let names = message.strip_prefix("unknown ")?.strip_prefix(what)?;
    let mut quoted = names.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((quoted.next()?, quoted.collect()))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name() {
        let topics = ["dosage", "sideeffects", "opioids"];
        assert_eq!(nearest("side-effects", topics), Some("sideeffects"));
        assert_eq!(nearest("Dosage", topics), Some("dosage"));
        assert_eq!(nearest("weather", topics), None);
        assert_eq!(nearest("x", []), None);
    }
}
