//! A case that is a family to a case for each of its members.

use super::LoadError;
use super::slip::slip;
use crate::model::case::{Case, Each, substitute};

/// Makes a case of each member of its family.
pub(super) fn expand(path: &str, source: &str, case: Case) -> Result<Vec<Case>, LoadError> {
    let members: Vec<(String, String)> = match &case.each {
        None => return Ok(vec![case]),
        Some(Each::List(texts)) => texts
            .iter()
            .map(|text| (text.to_lowercase(), text.clone()))
            .collect(),
        Some(Each::Named(map)) => map
            .iter()
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect(),
    };
    let listed = matches!(case.each, Some(Each::List(_)));
    let stranger = case
        .catches_by
        .values()
        .flatten()
        .find(|name| !members.iter().any(|(member, _)| member == *name));
    if let Some(stranger) = stranger {
        let message = format!("the family {} has no member {stranger}", case.id);
        return Err(slip(path, source, stranger, message, None));
    }
    if !case.id.contains("{each}") {
        let message = format!(
            "the id of a case with `each` must hold {{each}}: {}",
            case.id
        );
        return Err(slip(path, source, &case.id, message, None));
    }
    let template = Case {
        each: None,
        ..case.clone()
    };
    members
        .into_iter()
        .map(|(name, text)| {
            let id = template.id.replace("{each}", &name);
            let title = template
                .title
                .replace("{each}", if listed { &text } else { &name });
            let filled = substitute(&template.steps, &[("{each}", &text)]);
            let steps = filled.map_err(|error| {
                slip(
                    path,
                    source,
                    &template.id,
                    format!("with {name} for {{each}}: {error}"),
                    None,
                )
            })?;
            let own = template
                .catches_by
                .iter()
                .filter(|(_, members)| members.contains(&name));
            let catches = template
                .catches
                .iter()
                .chain(own.map(|(fault, _)| fault))
                .cloned()
                .collect();
            Ok(Case {
                id,
                title,
                catches,
                steps,
                ..template.clone()
            })
        })
        .collect()
}
