//! What is asked of single columns: the method's, the share's, the time's.

use super::Asked;
use crate::finding::Finding;
use crate::role::{Kind, Method, Path};
use crate::schema::{Column, Default, Engine, Kind as Holds, Unit, Width};

/// A method's column takes this many characters at least.
const METHOD: u64 = 64;
/// A share's column takes this many bytes at least.
const SHARE: u64 = 64 * 1024;
/// What an old row's method is.
const UNKNOWN: &str = "UNKNOWN";

pub(super) fn findings(asked: &Asked<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    if let Some(path) = method_path(asked) {
        all.push(open(asked, path));
        all.push(by_default(asked, path));
    } else {
        let says = format!("{} has no column for the method", asked.name());
        for id in ["db.method-open", "db.method-default"] {
            all.push(Finding::void(id, asked.name(), says.clone()));
        }
    }
    all.push(exact(asked));
    all.extend(width(asked));
    all.push(time(asked));
    all
}

/// The name of the method: without its curve where the two stand apart.
fn method_path<'a>(asked: &'a Asked<'_>) -> Option<&'a Path> {
    match &asked.keeping.method {
        Method::Nowhere => None,
        Method::Whole(path) | Method::Parted { name: path, .. } => Some(path),
    }
}

/// The column itself, where a path is one.
fn whole<'a>(asked: &'a Asked<'_>, path: &Path) -> Option<&'a Column> {
    asked
        .table
        .column(&path.column)
        .filter(|_| path.inside.is_empty())
}

/// `db.method-open`.
fn open(asked: &Asked<'_>, path: &Path) -> Finding {
    const ID: &str = "db.method-open";
    let name = format!("{}.{path}", asked.name());
    let Some(column) = whole(asked, path) else {
        let confined = asked
            .table
            .column(&path.column)
            .and_then(|it| it.closed.as_ref());
        return match confined {
            Some(closed) => Finding::unknown(
                ID,
                &name,
                format!("see whether this lets new methods in: {}", closed.condition),
            )
            .at(&closed.place),
            None => Finding::kept(ID, &name, format!("{name} takes any text")),
        };
    };
    let wanted = "free text of 64 characters at least";
    let closed_by = |code, says: String, seen: String| {
        Finding::broken(ID, &name, code, says)
            .compared(wanted, seen)
            .at(&column.place)
    };
    let refuses = "a method that Portal adds is refused, and the backup with it";
    match &column.kind {
        Holds::Enum(values) => {
            return closed_by(
                "closed-list",
                format!("{name} is an enum of {}: {refuses}", listed(values)),
                column.spelled.clone(),
            );
        }
        Holds::Uuid
        | Holds::Integer
        | Holds::Boolean
        | Holds::Time
        | Holds::Bytes(_)
        | Holds::List(_) => {
            return closed_by(
                "not-text",
                format!("{name} holds no text: {refuses}"),
                column.spelled.clone(),
            );
        }
        Holds::Text(_) | Holds::Json | Holds::Other => {}
    }
    let listed_in = asked
        .table
        .references
        .iter()
        .find(|it| it.columns == [column.name.clone()]);
    if let Some(to) = listed_in {
        let says = format!(
            "{name} refers to {}: a method that has no row there is refused, and the backup with it",
            to.table
        );
        return Finding::broken(ID, &name, "closed-list", says)
            .compared(wanted, format!("references {}", to.table))
            .at(&to.place);
    }
    if let Some(closed) = &column.closed {
        if !closed.values.is_empty() {
            let says = format!("{name} takes {} only: {refuses}", listed(&closed.values));
            return Finding::broken(ID, &name, "closed-list", says)
                .compared(wanted, &closed.condition)
                .at(&closed.place);
        }
        if !is_harmless(&closed.condition) {
            let says = format!(
                "see whether this lets every new method in: {}",
                closed.condition
            );
            return Finding::unknown(ID, &name, says).at(&closed.place);
        }
    }
    match (&column.kind, asked.schema.engine) {
        (Holds::Text(Some(width)), _) if width.most < METHOD => {
            let says = format!(
                "{name} takes {} {} only: a longer method is refused or cut",
                width.most,
                unit(*width)
            );
            closed_by("method-too-narrow", says, column.spelled.clone())
        }
        _ => Finding::kept(ID, &name, format!("{name} takes any text")).at(&column.place),
    }
}

/// Whether a check only asks that there is some text.
fn is_harmless(condition: &str) -> bool {
    let lower = condition.to_lowercase();
    let pattern = ["~", "like", "similar", "regexp", "glob", " in ", "any", "="];
    let plain = lower.replace("<=", "").replace(">=", "").replace("!=", "");
    let length = lower.contains("length(") || lower.contains("<> ''") || lower.contains("!= ''");
    length && !pattern.iter().any(|it| plain.contains(it))
}

fn listed(values: &[String]) -> String {
    let shown: Vec<&str> = values.iter().take(6).map(String::as_str).collect();
    let more = if values.len() > 6 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn unit(width: Width) -> &'static str {
    match width.unit {
        Unit::Bytes => "bytes",
        Unit::Characters => "characters",
    }
}

/// `db.method-default`.
fn by_default(asked: &Asked<'_>, path: &Path) -> Finding {
    const ID: &str = "db.method-default";
    let name = format!("{}.{path}", asked.name());
    let wanted = "not null, default 'UNKNOWN'";
    let Some(column) = whole(asked, path) else {
        return Finding::void(ID, name, "a value inside a document has no default");
    };
    if asked.table.open {
        return Finding::void(ID, name, "a field of a collection has no default");
    }
    let in_primary = asked
        .table
        .keys
        .iter()
        .any(|key| key.primary && key.parts.iter().any(|it| it.name() == Some(&column.name)));
    let (code, says, seen) = match &column.default {
        _ if column.nullable && !in_primary => (
            "method-nullable",
            format!("{name} may be null: a v5 share would have no method at all"),
            "may be null".to_owned(),
        ),
        None => (
            "no-default",
            format!(
                "{name} has no default: a store that names no method, as from v5, is refused unless the code fills it in"
            ),
            "no default".to_owned(),
        ),
        Some(Default::Text(text)) if text == UNKNOWN => {
            return Finding::kept(ID, &name, format!("{name} is {UNKNOWN} where nobody says"))
                .at(&column.place);
        }
        Some(Default::Text(text)) => (
            "other-default",
            format!(
                "{name} is {text} where nobody says: a v5 share would stand in that method's place"
            ),
            format!("default '{text}'"),
        ),
        Some(Default::Expression(text)) => {
            return Finding::unknown(
                ID,
                &name,
                format!("{name} is what {text} gives where nobody says"),
            )
            .at(&column.place);
        }
    };
    Finding::broken(ID, &name, code, says)
        .compared(wanted, seen)
        .at(&column.place)
}

/// `db.method-exact`: of the method and of the user, where that is a client id.
fn exact(asked: &Asked<'_>) -> Finding {
    const ID: &str = "db.method-exact";
    let keeping = asked.keeping;
    let paths = keeping
        .method
        .paths()
        .into_iter()
        .chain(keeping.user.as_ref());
    let columns: Vec<&Column> = paths.filter_map(|it| whole(asked, it)).collect();
    let name = asked.name();
    for column in &columns {
        let of_key = asked.table.keys.iter().flat_map(|it| &it.parts).any(|part| matches!(part, crate::schema::Part::Column { name, folds_case: true, .. } if *name == column.name));
        let Some(collation) = column
            .collation
            .as_ref()
            .filter(|it| it.tells_case == Some(false) || it.pads == Some(true))
        else {
            if of_key {
                let says = format!(
                    "a key compares {name}.{} without its case: methods that differ in case alone are one",
                    column.name
                );
                return Finding::broken(ID, &name, "folds-case", says).at(&column.place);
            }
            continue;
        };
        let what = if collation.tells_case == Some(false) {
            "case"
        } else {
            "trailing spaces"
        };
        let says = format!(
            "{name}.{} is compared without {what} ({}): values that differ in that alone are one, which real methods and ids never do",
            column.name, collation.name
        );
        return Finding::broken(ID, &name, "folds-case", says)
            .compared("told apart", &collation.name)
            .at(&column.place);
    }
    let known = columns.iter().any(|it| it.collation.is_some());
    let exact = matches!(
        asked.schema.engine,
        Some(Engine::PostgreSql | Engine::Sqlite | Engine::MongoDb | Engine::CockroachDb)
    );
    if known || exact {
        Finding::kept(
            ID,
            &name,
            format!("{name} tells apart what differs in case"),
        )
        .at(&asked.table.place)
    } else {
        Finding::void(ID, name, "its collation is not told here")
    }
}

/// `db.share-width`, and `db.sealed` where the share is bytes.
fn width(asked: &Asked<'_>) -> Vec<Finding> {
    const ID: &str = "db.share-width";
    let Some(path) = &asked.keeping.share else {
        return vec![Finding::void(
            ID,
            asked.name(),
            "no column for the share was recognised",
        )];
    };
    let name = format!("{}.{path}", asked.name());
    let Some(column) = asked.table.column(&path.column) else {
        return vec![Finding::void(ID, name, "the database knows no type for it")];
    };
    if !path.inside.is_empty() {
        return vec![
            Finding::kept(ID, &name, format!("{name} takes a text of any length"))
                .at(&column.place),
        ];
    }
    let wanted = "64 KiB at least, of any Unicode text";
    let broken = |code, says: String| {
        Finding::broken(ID, &name, code, says)
            .compared(wanted, &column.spelled)
            .at(&column.place)
    };
    let lost = "a longer share is cut or refused";
    let mut all = Vec::new();
    all.push(match &column.kind {
        Holds::Text(None) if asked.schema.engine.is_none() && is_bare(&column.spelled) => {
            let says = format!("how much {name} takes hangs on the provider, which nothing here tells: on MySQL it would be 191 characters");
            Finding::unknown(ID, &name, says).at(&column.place)
        }
        Holds::Text(Some(width)) | Holds::Bytes(Some(width)) if width.most < SHARE => {
            broken("share-too-narrow", format!("{name} takes {} {} only: {lost}", width.most, unit(*width)))
        }
        Holds::Text(_) if column.charset.as_ref().is_some_and(|it| !it.whole) => {
            let charset = column.charset.as_ref().map_or("", |it| &it.name);
            broken("charset-too-narrow", format!("{name} holds {charset}, which has no room for all of Unicode: characters beyond it are lost or refused"))
        }
        Holds::Text(_) | Holds::Json | Holds::Bytes(_) | Holds::Other | Holds::List(_) => {
            Finding::kept(ID, &name, format!("{name} takes 64 KiB and more")).at(&column.place)
        }
        Holds::Enum(_) | Holds::Uuid | Holds::Integer | Holds::Time | Holds::Boolean => {
            broken("not-text", format!("{name} holds no text"))
        }
    });
    if is_sealed(asked, column) {
        let says = format!(
            "{} in {name} are sealed before they are stored: what is in them is not judged here",
            asked.keeping.kind.words()
        );
        all.push(Finding::kept("db.sealed", &name, says).at(&column.place));
    }
    all
}

/// Whether a type was written without anything that fixes its width, as a Prisma `String`.
fn is_bare(spelled: &str) -> bool {
    spelled.trim_end_matches('?').trim() == "String"
}

/// Whether a custodian's share is sealed at rest; a user's share is always sealed, by the app.
fn is_sealed(asked: &Asked<'_>, column: &Column) -> bool {
    let words = crate::role::words(&column.name);
    let says = ["encrypted", "sealed", "cipher"]
        .iter()
        .any(|it| words.iter().any(|word| word == it));
    asked.keeping.kind == Kind::Custodian && (matches!(column.kind, Holds::Bytes(_)) || says)
}

/// `db.time`.
fn time(asked: &Asked<'_>) -> Finding {
    const ID: &str = "db.time";
    let name = asked.name();
    if let Some(path) = &asked.keeping.created {
        return Finding::kept(ID, &name, format!("{name}.{path} has the time"))
            .at(&asked.table.place);
    }
    if asked.schema.engine == Some(Engine::MongoDb) {
        return Finding::kept(
            ID,
            &name,
            format!("the _id of {name} has the time at which a row was made"),
        )
        .at(&asked.table.place);
    }
    let says = format!(
        "no column of {name} has the time at which a row was written: of two rows nobody can tell the newest"
    );
    Finding::broken(ID, name, "no-time", says).at(&asked.table.place)
}
