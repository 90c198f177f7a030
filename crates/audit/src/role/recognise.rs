//! Works out which table is which, and says why.
//!
//! A name or a column alone is no evidence: other vendors keep `encrypted_shares`, other apps have `user_backups`, and a
//! social app has `Share`. Where evidence is weak nobody is accused; the team is asked instead.

use super::column::{
    curve_of, may_be_method, may_hold_share, says_api_key, says_backup_method, says_cipher_text,
    says_client_id, says_curve, says_share, says_time, tells_kinds, tells_user,
};
use super::told::{NotThere, Told, ToldKeeping};
use super::word::{has, has_any, words};
use super::{Evidence, Keeping, Kind, Left, Method, Path, Roles, Strength, Users};
use crate::schema::{Column, Kind as Holds, Part, Schema, Table};

/// How many names a message lists.
const MOST_NAMES: usize = 12;
/// Words of tables that keep what is no longer in use.
const ASIDE: [&str; 10] = [
    "archive",
    "archived",
    "history",
    "audit",
    "log",
    "old",
    "tmp",
    "temp",
    "deleted",
    "superseded",
];
/// Words of tables that have a row a user.
const WHO: [&str; 9] = [
    "user", "client", "customer", "account", "profile", "member", "wallet", "portal", "person",
];

/// What was worked out, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// Which table is which.
    pub roles: Roles,
    /// What nobody can tell from here: each a sentence with the lines for the configuration.
    pub doubts: Vec<Doubt>,
}

/// What nobody can tell from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Of which kind of share.
    pub kind: Kind,
    /// Why, as a clause.
    pub why: String,
    /// The full names of the tables that may be meant.
    pub tables: Vec<String>,
}

/// Works out which table is which; what is told goes before what is guessed.
pub fn recognise(schema: &Schema, told: &Told) -> Result<Recognised, NotThere> {
    let mut found = Recognised::default();
    let mut all: Vec<(usize, Keeping)> = Vec::new();
    for table in &schema.tables {
        if !has_any(&words(&table.name), &ASIDE) {
            all.extend(candidates(table));
        }
    }
    for kind in [Kind::Custodian, Kind::User] {
        let role = match told.keeping(kind) {
            Some(it) if it.elsewhere => None,
            Some(it) if it.table.is_some() => Some(told_keeping(schema, kind, it)?),
            Some(_) | None => the_best(kind, &all, &mut found.doubts),
        };
        match kind {
            Kind::Custodian => found.roles.custodian = role,
            Kind::User => found.roles.user = role,
        }
    }
    if found.roles.user.is_none() && told.user_share.is_none() {
        found.roles.user = beside(schema, found.roles.custodian.as_ref());
        found
            .doubts
            .retain(|it| it.kind != Kind::User || found.roles.user.is_none());
    }
    found.roles.users = users(schema, told, &found.roles)?;
    found.roles.left = left(schema, &found.roles);
    let known = |kind: Kind| found.roles.left.iter().any(|it| it.kind == kind);
    // Where the columns of v5 are found, a table that only looks a little like one of v6 is no riddle.
    found
        .doubts
        .retain(|it| !known(it.kind) && !told.keeping(it.kind).is_some_and(|it| it.elsewhere));
    Ok(found)
}

/// The one that is taken for a kind, if one stands out.
fn the_best(kind: Kind, all: &[(usize, Keeping)], doubts: &mut Vec<Doubt>) -> Option<Keeping> {
    let mut of_kind: Vec<&(usize, Keeping)> =
        all.iter().filter(|(_, it)| it.kind == kind).collect();
    of_kind.sort_by_key(|(points, it)| std::cmp::Reverse((it.evidence.strength, *points)));
    let (points, best) = of_kind.first()?;
    let equal: Vec<String> = of_kind
        .iter()
        .filter(|(other, it)| it.evidence.strength == best.evidence.strength && other == points)
        .map(|(_, it)| it.table.clone())
        .collect();
    if best.evidence.strength == Strength::Weak {
        let why = best.evidence.why.join(", ");
        let tables: Vec<String> = of_kind.iter().map(|(_, it)| it.table.clone()).collect();
        let why = format!("{} may keep {}: {why}", tables.join(" or "), kind.words());
        doubts.push(Doubt { kind, why, tables });
        return None;
    }
    if equal.len() > 1 {
        let why = format!(
            "{} look alike, and any may keep {}",
            equal.join(" and "),
            kind.words()
        );
        doubts.push(Doubt {
            kind,
            why,
            tables: equal,
        });
        return None;
    }
    Some(best.clone())
}

/// User shares beside custodian shares: where these are known, less in a name is enough.
fn beside(schema: &Schema, custodian: Option<&Keeping>) -> Option<Keeping> {
    let custodian = custodian?;
    let like = |table: &&Table| {
        let name = words(&table.name);
        let named = has_any(&name, &["user", "client", "encrypted"]) && has(&name, &["share"]);
        named && table.full_name() != custodian.table && !has_any(&name, &ASIDE)
    };
    let mut all = schema.tables.iter().filter(like);
    let table = all.next().filter(|_| all.next().is_none())?;
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    let share = find(says_cipher_text)
        .or_else(|| find(says_share))
        .or_else(|| payload(table))?;
    let why = vec![format!(
        "its name says user share, beside {}",
        custodian.table
    )];
    Some(keeping(table, Kind::User, share, Strength::Strong, why))
}

/// What a table may keep, each with points: how much of what is needed it has.
fn candidates(table: &Table) -> Vec<(usize, Keeping)> {
    let name = words(&table.name);
    let named_share = has(&name, &["share"]);
    let custodian = has(&name, &["custodian"]) && has_any(&name, &["share", "backup"]);
    let user = has_any(&name, &["user", "client"]) && has(&name, &["backup"]) && named_share;
    let neutral = has(&name, &["backup"]) && named_share;
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    let by_method = find(says_backup_method);
    let (share, cipher) = (find(says_share), find(says_cipher_text));
    let owner = whose(table);
    if !(custodian || user || neutral || by_method.is_some()) || is_of_users(table, by_method) {
        return Vec::new();
    }
    // Pieces of a key that belongs to nobody in particular are another scheme's.
    if !custodian && !user && by_method.is_none() && owner.is_empty() {
        return Vec::new();
    }
    let kinds = table
        .columns
        .iter()
        .find_map(|it| Some((it, tells_kinds(it)?)));
    if let Some((column, (of_custodian, of_user))) = kinds
        && (neutral || by_method.is_some())
        && let Some(share) = share.or(cipher).or_else(|| payload(table))
    {
        let why = format!(
            "{} tells custodian and user shares apart in it",
            column.name
        );
        return [(Kind::Custodian, of_custodian), (Kind::User, of_user)]
            .map(|(kind, value)| {
                let mut it = keeping(table, kind, share, Strength::Strong, vec![why.clone()]);
                it.only = Some((column.name.clone(), value));
                (points(&it, true), it)
            })
            .to_vec();
    }
    let mut found = Vec::new();
    let mut take = |kind: Kind, share: &Column, strength: Strength, named: bool| {
        let it = keeping(
            table,
            kind,
            share,
            strength,
            reasons(table, named, by_method, share),
        );
        found.push((points(&it, named), it));
    };
    if custodian {
        if let Some(share) = share.or(cipher).or_else(|| payload(table)) {
            take(Kind::Custodian, share, Strength::Strong, true);
        }
    } else if user {
        if let Some(share) = cipher.or(share).or_else(|| payload(table)) {
            take(Kind::User, share, Strength::Strong, true);
        }
    } else {
        let enough = by_method.is_some() || owner.iter().any(|it| says_client_id(it));
        let strength = if enough {
            Strength::Strong
        } else {
            Strength::Weak
        };
        // Sealed for whom? For the user, or at rest: the name does not say.
        let sealed = share.is_some_and(|it| has_any(&words(&it.name), &["encrypted", "sealed"]));
        match (share, cipher) {
            (Some(share), Some(cipher)) => {
                take(Kind::Custodian, share, strength, false);
                take(Kind::User, cipher, strength, false);
            }
            (Some(share), None) if of_user(share) => take(Kind::User, share, strength, false),
            (Some(share), None) if sealed => take(Kind::Custodian, share, Strength::Weak, false),
            (Some(share), None) => take(Kind::Custodian, share, strength, false),
            (None, Some(cipher)) => take(Kind::User, cipher, strength, false),
            (None, None) => {}
        }
    }
    found
}

/// Whether a column's name gives a share to the user.
fn of_user(column: &Column) -> bool {
    let words = words(&column.name);
    has_any(&words, &["user", "client"]) && !has(&words, &["custodian"])
}

/// Whether the table has a row a user, whatever else stands in that: a method in no key is that of the last backup.
fn is_of_users(table: &Table, by_method: Option<&Column>) -> bool {
    let name = words(&table.name);
    let key = table.columns.iter().any(says_api_key);
    let own = name.last().is_some_and(|it| WHO.contains(&it.as_str()));
    let in_key = |column: &Column| {
        let mut parts = table.keys.iter().flat_map(|it| &it.parts);
        parts.any(|it| it.name() == Some(&column.name))
    };
    (key || own) && !by_method.is_some_and(in_key)
}

/// The column that holds a share by no better name.
fn payload(table: &Table) -> Option<&Column> {
    let names = [
        "payload",
        "data",
        "value",
        "content",
        "body",
        "blob",
        "encrypted",
        "secret",
        "text",
    ];
    let named = |it: &&Column| may_hold_share(it) && has_any(&words(&it.name), &names);
    let mut all = table.columns.iter().filter(named);
    all.next().filter(|_| all.next().is_none())
}

/// The columns that tell whose row it is, the surest first.
fn whose(table: &Table) -> Vec<&Column> {
    let mut all: Vec<&Column> = table
        .columns
        .iter()
        .filter(|it| tells_user(table, it))
        .collect();
    let refers = |it: &Column| {
        table
            .references
            .iter()
            .any(|to| to.columns == [it.name.clone()])
    };
    all.sort_by_key(|it| (!says_client_id(it), !refers(it)));
    all
}

fn keeping(
    table: &Table,
    kind: Kind,
    share: &Column,
    strength: Strength,
    why: Vec<String>,
) -> Keeping {
    let whose = whose(table);
    let others = table.columns.iter().filter(|it| it.name != share.name);
    let best = |says: fn(&Column) -> bool| others.clone().find(|it| says(it));
    let method = best(says_backup_method).or_else(|| best(may_be_method));
    let method = method.or_else(|| beside_user(table, &whose, share));
    let path = |it: &Column| Path::column(&it.name);
    let method = match (method, best(says_curve)) {
        (Some(method), Some(curve)) if method.name != curve.name => Method::Parted {
            name: path(method),
            curve: path(curve),
        },
        (Some(method), _) => Method::Whole(path(method)),
        (None, _) => Method::Nowhere,
    };
    let mut times: Vec<&Column> = others.filter(|it| says_time(it)).collect();
    times.sort_by_key(|it| !has_any(&words(&it.name), &["updated", "modified"]));
    Keeping {
        kind,
        table: table.full_name(),
        user: whose.first().map(|it| path(it)),
        also: whose.iter().skip(1).map(|it| it.name.clone()).collect(),
        method,
        share: Some(path(share)),
        created: times.first().map(|it| path(it)),
        only: None,
        evidence: Evidence { why, strength },
    }
}

/// The one text that is unique together with the user: by whatever name, rows are told apart by it.
fn beside_user<'a>(table: &'a Table, whose: &[&Column], share: &Column) -> Option<&'a Column> {
    let is_user = |name: &str| whose.iter().any(|it| it.name == name);
    table.keys.iter().find_map(|key| {
        let names: Option<Vec<&str>> = key.parts.iter().map(Part::name).collect();
        let (users, others): (Vec<&str>, Vec<&str>) =
            names?.into_iter().partition(|name| is_user(name));
        let [other] = others.as_slice() else {
            return None;
        };
        let column = table.column(other)?;
        let text = matches!(column.kind, Holds::Text(_) | Holds::Enum(_));
        (!users.is_empty() && text && column.name != share.name).then_some(column)
    })
}

/// How much of what is needed a table has.
fn points(it: &Keeping, named: bool) -> usize {
    let has = [
        named,
        it.method != Method::Nowhere,
        it.user.is_some(),
        it.only.is_some(),
    ];
    has.iter().filter(|it| **it).count()
}

fn reasons(table: &Table, named: bool, method: Option<&Column>, share: &Column) -> Vec<String> {
    let mut why = Vec::new();
    if named || has(&words(&table.name), &["backup", "share"]) {
        why.push("its name says so".to_owned());
    }
    why.push(match method {
        Some(method) => format!("{} stands beside {}", share.name, method.name),
        None => format!("it has a column {}", share.name),
    });
    why
}

/// What is told of a kind of share, looked up in the database.
fn told_keeping(schema: &Schema, kind: Kind, told: &ToldKeeping) -> Result<Keeping, NotThere> {
    let section = kind.section();
    let name = told.table.as_deref().unwrap_or_default();
    let table = find_table(schema, section, name)?;
    let path = |it: &Option<String>| {
        it.as_ref()
            .map(|it| find_path(table, section, it))
            .transpose()
    };
    let (user, share, created) = (path(&told.user)?, path(&told.share)?, path(&told.created)?);
    let (method, curve) = (path(&told.method)?, path(&told.curve)?);
    let only = told.only.as_deref().and_then(|it| it.split_once('='));
    let column = share.as_ref().map_or("", |it| &it.column);
    let guess = table.columns.iter().find(|it| it.name == column);
    let guess = guess
        .or_else(|| {
            table
                .columns
                .iter()
                .find(|it| says_share(it) || says_cipher_text(it))
        })
        .or_else(|| payload(table));
    let why = vec!["the configuration says so".to_owned()];
    let evidence = Evidence {
        why: why.clone(),
        strength: Strength::Told,
    };
    let mut it = match guess {
        Some(guess) => keeping(table, kind, guess, Strength::Told, why),
        None => Keeping {
            kind,
            table: table.full_name(),
            user: None,
            also: Vec::new(),
            method: Method::Nowhere,
            share: None,
            created: None,
            only: None,
            evidence,
        },
    };
    it.method = match (method, curve) {
        (Some(name), Some(curve)) => Method::Parted { name, curve },
        (Some(method), None) => Method::Whole(method),
        (None, _) => it.method,
    };
    it.user = user.or(it.user);
    it.share = share.or(it.share);
    it.created = created.or(it.created);
    if let Some((column, value)) = only {
        let column = find_path(table, section, column)?.column;
        it.only = Some((column, value.to_owned()));
    }
    Ok(it)
}

fn find_table<'a>(
    schema: &'a Schema,
    section: &'static str,
    name: &str,
) -> Result<&'a Table, NotThere> {
    schema.table(name).ok_or_else(|| {
        let names: Vec<String> = schema.tables.iter().map(Table::full_name).collect();
        NotThere::Table {
            section,
            table: name.to_owned(),
            there: listed(&names),
        }
    })
}

fn find_path(table: &Table, section: &'static str, told: &str) -> Result<Path, NotThere> {
    if let Some(column) = table.column(told) {
        return Ok(Path::column(&column.name));
    }
    let mut parts = told.split('.').map(str::to_owned);
    let first = parts.next().unwrap_or_default();
    match table.column(&first) {
        Some(column) => Ok(Path {
            column: column.name.clone(),
            inside: parts.collect(),
        }),
        None if table.open => Ok(Path {
            column: first,
            inside: parts.collect(),
        }),
        None => {
            let names: Vec<String> = table.columns.iter().map(|it| it.name.clone()).collect();
            Err(NotThere::Column {
                section,
                column: told.to_owned(),
                table: table.full_name(),
                there: listed(&names),
            })
        }
    }
}

fn listed(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(MOST_NAMES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 if names.is_empty() => "none".to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Where users are kept: as told, else where the shares refer to, else where a client id stands by itself.
fn users(schema: &Schema, told: &Told, roles: &Roles) -> Result<Option<Users>, NotThere> {
    if let Some(told) = &told.users {
        let section = "audit.users";
        let table = find_table(schema, section, &told.table)?;
        let path = |it: &Option<String>| {
            it.as_ref()
                .map(|it| find_path(table, section, it))
                .transpose()
        };
        let mut it = of_users(table, "the configuration says so", Strength::Told);
        it.client_id = path(&told.client_id)?.or(it.client_id);
        it.client_api_key = path(&told.client_api_key)?.or(it.client_api_key);
        return Ok(Some(it));
    }
    let kept: Vec<&Keeping> = roles.custodian.iter().chain(&roles.user).collect();
    let referred = kept.iter().find_map(|it| {
        let table = schema.table(&it.table)?;
        let column = it.user.as_ref()?;
        let mut to = table.references.iter();
        let to = to.find(|to| to.columns == [column.column.clone()])?;
        let target = schema.table(&to.table)?;
        Some(of_users(
            target,
            &format!("{} refers to it", it.table),
            Strength::Strong,
        ))
    });
    let plain = || {
        let own = |it: &&Table| {
            let keeps = kept.iter().any(|keeping| keeping.table == it.full_name());
            let key = it.columns.iter().any(says_api_key);
            let id = it.columns.iter().any(says_client_id);
            let named = has_any(&words(&it.name), &WHO);
            !keeps && id && (key || named)
        };
        let mut all: Vec<&Table> = schema.tables.iter().filter(own).collect();
        all.sort_by_key(|it| !it.columns.iter().any(says_api_key));
        // Without a table of shares, a `clientId` may be anybody's: of an OAuth client, of a customer.
        let sure = |it: &&&Table| !kept.is_empty() || it.columns.iter().any(says_api_key);
        let table = all.iter().find(sure)?;
        Some(of_users(
            table,
            "it has a client id for each user",
            Strength::Strong,
        ))
    };
    Ok(referred.or_else(plain))
}

fn of_users(table: &Table, why: &str, strength: Strength) -> Users {
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    Users {
        table: table.full_name(),
        client_id: find(says_client_id).map(|it| Path::column(&it.name)),
        client_api_key: find(says_api_key).map(|it| Path::column(&it.name)),
        evidence: Evidence {
            why: vec![why.to_owned()],
            strength,
        },
    }
}

/// The columns of v5: a share on the user's own row.
fn left(schema: &Schema, roles: &Roles) -> Vec<Left> {
    let kept: Vec<&Keeping> = roles.custodian.iter().chain(&roles.user).collect();
    let others = schema.tables.iter().filter(|table| {
        let name = table.full_name();
        !kept.iter().any(|it| it.table == name) && !has_any(&words(&table.name), &ASIDE)
    });
    others.flat_map(|table| left_in(table, roles)).collect()
}

fn left_in(table: &Table, roles: &Roles) -> Vec<Left> {
    let is_users = roles
        .users
        .as_ref()
        .is_some_and(|it| it.table == table.full_name());
    let of_portal = table
        .columns
        .iter()
        .any(|it| says_client_id(it) || says_api_key(it));
    let by_name = has_any(&words(&table.name), &WHO);
    if !(is_users || of_portal || by_name) {
        return Vec::new();
    }
    // Messages have a cipher text too, and somebody's id.
    let of_user = table.columns.iter().any(says_api_key) || of_portal && by_name;
    let of = |column: &Column| {
        let words = words(&column.name);
        let named = has_any(&words, &["backup", "custodian"]);
        let sealed = has_any(&words, &["user", "client", "encrypted", "cipher"]);
        if says_cipher_text(column) && (is_users || of_user || named) {
            Some(Kind::User)
        } else if !says_share(column) || !named {
            None
        } else if sealed && !has(&words, &["custodian"]) {
            Some(Kind::User)
        } else {
            Some(Kind::Custodian)
        }
    };
    let columns = table.columns.iter();
    let mut all: Vec<Left> = columns
        .filter_map(|column| {
            Some(Left {
                kind: of(column)?,
                table: table.full_name(),
                share: Path::column(&column.name),
                curve: curve_of(&column.name),
            })
        })
        .collect();
    // Beside `custodian_backup_share`, a plain `backup_share` is the user's.
    let custodian = |it: &Left| has(&words(&it.share.column), &["custodian"]);
    if all.iter().any(custodian) {
        for it in all.iter_mut().filter(|it| !custodian(it)) {
            it.kind = Kind::User;
        }
    }
    all
}
