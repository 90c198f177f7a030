//! The name that a mistyped one was meant to be.

/// The likeliest of the known names, if any is like enough.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let known = ["replace.atomic", "replace.same-method", "v5.accepted"];
        assert_eq!(
            nearest("replace.samemethod", known),
            Some("replace.same-method")
        );
        assert_eq!(nearest("v5.acepted", known), Some("v5.accepted"));
        assert_eq!(nearest("qqq", known), None);
    }
}
