//! Finds the nearest valid name, for messages about an unknown name. Each part of the program that accepts names writes
//! its own message; this module finds the name that was probably meant.

/// Returns the candidate that `name` was most likely meant to be; `None` if none is similar.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase());
    let limit = 1 + name.chars().count() / 3;
    let best = candidates.into_iter().map(|candidate| (near(&candidate), candidate)).min()?;
    (best.0 <= limit).then_some(best.1)
}

/// What to do about an unknown key: the known key that was probably meant, or else all known keys.
pub fn key_remedy<'a>(key: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("Known keys: {}.", known.join(", ")),
    }
}

/// Parses serde's message for an unknown field: returns the unknown key and the valid keys. The TOML parser passes them
/// on only as part of that message.
pub fn unknown_key(message: &str) -> Option<(String, Vec<String>)> {
    let names = message.strip_prefix("unknown field")?;
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
