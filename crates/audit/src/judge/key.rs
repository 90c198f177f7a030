//! `db.unique`: whether the database itself keeps one row for each user and method.

use super::verdict::{Covers, Verdict, mentions, verdict};
use super::{Asked, is_tenant};
use crate::finding::Finding;
use crate::role::{Method, Path};
use crate::schema::{Key, Part};

const ID: &str = "db.unique";
/// Whether a key holds, or why none does; and any key that holds too much.
pub(super) fn unique(asked: &Asked<'_>) -> Vec<Finding> {
    let name = asked.name();
    let keeping = asked.keeping;
    if keeping.method == Method::Nowhere || keeping.user.is_none() {
        let says = format!(
            "{name} has no {} to be unique by",
            if keeping.user.is_none() {
                "column for the user"
            } else {
                "method"
            }
        );
        return vec![Finding::void(ID, name, says)];
    }
    let keys: Vec<Judged<'_>> = asked
        .table
        .keys
        .iter()
        .map(|key| Judged::of(asked, key))
        .collect();
    let wanted = wanted(asked);
    // A key that allows one row a user loses shares whatever others there are.
    let narrow = keys.iter().find(|it| it.verdict == Verdict::TooNarrow);
    if let Some(narrow) = narrow {
        return vec![too_narrow(asked, narrow, &wanted)];
    }
    if let Some(held) = keys.iter().find(|it| it.verdict == Verdict::Holds) {
        let mut says = format!(
            "{} allows one row of {name} for each user and method",
            held.named()
        );
        if held.key.deferrable {
            says.push_str(", but only looks when the transaction ends: no ON CONFLICT can use it");
        }
        return vec![Finding::kept(ID, name, says).at(&held.key.place)];
    }
    if let Some(unsure) = keys
        .iter()
        .find(|it| matches!(it.verdict, Verdict::Unsure(_)))
    {
        let Verdict::Unsure(why) = &unsure.verdict else {
            return Vec::new();
        };
        return vec![
            Finding::unknown(ID, name, format!("{} {why}", unsure.named())).at(&unsure.key.place),
        ];
    }
    if let Some(free) = keys.iter().find(|it| it.verdict == Verdict::Free) {
        let says = format!(
            "{} keeps one row for each pair of backup shares, which is free: several of one method stand side by side",
            free.named()
        );
        return vec![Finding::void(ID, name, says).at(&free.key.place)];
    }
    let near = keys.iter().find_map(|it| match &it.verdict {
        Verdict::Fails(code, why) => Some((it, *code, why)),
        Verdict::Holds
        | Verdict::TooNarrow
        | Verdict::Unsure(_)
        | Verdict::Free
        | Verdict::Other => None,
    });
    if let Some((it, code, why)) = near {
        let says = format!("{} {why}", it.named());
        let broken = Finding::broken(ID, &name, code, says).compared(&wanted, it.spelled());
        return vec![broken.at(&it.key.place)];
    }
    let says = format!(
        "no key of {name} covers user and method: two rows of one method can stand side by side"
    );
    let keys: Vec<String> = keys.iter().map(Judged::spelled).collect();
    let keys = if keys.is_empty() {
        "no unique key".to_owned()
    } else {
        keys.join("; ")
    };
    let broken = Finding::broken(ID, &name, "no-key", says).compared(&wanted, keys);
    vec![broken.at(&asked.table.place)]
}

/// A key over what is meant, as messages write it.
fn wanted(asked: &Asked<'_>) -> String {
    let user = asked.keeping.user.iter();
    let parts = user
        .chain(asked.keeping.method.paths())
        .map(Path::to_string);
    let only = asked.keeping.only.iter().map(|(column, _)| column.clone());
    format!(
        "unique ({})",
        parts.chain(only).collect::<Vec<_>>().join(", ")
    )
}

fn too_narrow(asked: &Asked<'_>, it: &Judged<'_>, wanted: &str) -> Finding {
    let name = asked.name();
    let part = if it.covers.method {
        "the backup method without the whole of the user"
    } else if it.covers.user {
        "the user without the whole of the method"
    } else {
        "neither user nor method"
    };
    let (code, what) = if it.key.replaces {
        (
            "key-replaces",
            "a second share silently replaces the first, of another method too",
        )
    } else if it.covers.method && !it.covers.user {
        (
            "key-too-narrow",
            "a second user's backup by the same method is refused, or replaces the first's",
        )
    } else {
        (
            "key-too-narrow",
            "a backup by a second method is refused, or replaces the first",
        )
    };
    Finding::broken(
        ID,
        name,
        code,
        format!("{} covers {part}: {what}", it.named()),
    )
    .compared(wanted, it.spelled())
    .at(&it.key.place)
}

struct Judged<'a> {
    key: &'a Key,
    covers: Covers,
    verdict: Verdict,
}

impl<'a> Judged<'a> {
    fn of(asked: &Asked<'_>, key: &'a Key) -> Self {
        let keeping = asked.keeping;
        let is_user = |part: &Part| match part {
            Part::Column { name, .. } => keeping.tells_user(name),
            Part::Expression(text) => keeping.user.as_ref().is_some_and(|it| mentions(text, it)),
        };
        let is = |part: &Part, path: &Path| match part {
            Part::Column { name, .. } => path.inside.is_empty() && *name == path.column,
            Part::Expression(text) => mentions(text, path),
        };
        let paths = keeping.method.paths();
        let covers = Covers {
            user: key.parts.iter().any(is_user),
            method: paths
                .iter()
                .all(|path| key.parts.iter().any(|part| is(part, path))),
        };
        let some_method = paths
            .iter()
            .any(|path| key.parts.iter().any(|part| is(part, path)));
        let only = keeping.only.as_ref().map(|(column, _)| column.as_str());
        let extra: Vec<&Part> = key
            .parts
            .iter()
            .filter(|part| {
                let method = paths.iter().any(|path| is(part, path));
                let tenant = part.name().is_some_and(is_tenant);
                let of_kind = part.name().is_some_and(|it| only == Some(it));
                !(is_user(part) || method || of_kind || tenant)
            })
            .collect();
        let verdict = verdict(asked, key, covers, some_method, &extra);
        Self {
            key,
            covers,
            verdict,
        }
    }

    /// As messages name it.
    fn named(&self) -> String {
        match &self.key.name {
            Some(name) => format!("the key {name}"),
            None if self.key.primary => "the primary key".to_owned(),
            None => format!("the key ({})", self.columns()),
        }
    }

    fn columns(&self) -> String {
        let parts = self.key.parts.iter().map(|part| match part {
            Part::Column {
                name,
                prefix: Some(most),
                ..
            } => format!("{name}({most})"),
            Part::Column { name, .. } => name.clone(),
            Part::Expression(text) => text.clone(),
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    fn spelled(&self) -> String {
        let condition = self
            .key
            .only_where
            .as_ref()
            .map(|it| format!(" where {it}"));
        format!(
            "unique ({}){}",
            self.columns(),
            condition.unwrap_or_default()
        )
    }
}
