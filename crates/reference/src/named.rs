//! Faults and freedoms by their names.

/// A name that nothing of its kind has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} {name:?}{}", .near.map(|near| format!(", did you mean {near:?}?")).unwrap_or_default())]
pub struct UnknownName {
    /// What it should be the name of.
    pub kind: &'static str,
    /// What was asked for.
    pub name: String,
    /// The name that looks like it.
    pub near: Option<&'static str>,
}

/// How near a name must be to be meant, from 0 to 1.
const NEAR: f64 = 0.7;

/// The one with this name.
pub(crate) fn named<T: Copy>(
    kind: &'static str,
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
    name: &str,
) -> Result<T, UnknownName> {
    if let Some(found) = all.iter().find(|it| name_of(**it) == name) {
        return Ok(*found);
    }
    let names = all.iter().map(|it| name_of(*it));
    let near = names
        .map(|near| (strsim::jaro_winkler(near, name), near))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > NEAR);
    Err(UnknownName {
        kind,
        name: name.to_owned(),
        near: near.map(|(_, near)| near),
    })
}
