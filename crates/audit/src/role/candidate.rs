//! What a single table may keep, by its name and its columns, and how sure that is.

use super::column::{
    lists_methods, looks_like_method, may_be_method, may_hold_share, names_backup_method,
    says_api_key, says_cipher_text, says_client_id, says_curve, says_share, says_time, tells_kinds,
    tells_user,
};
use super::recognise::WHO;
use super::word::{has, has_any, words};
use super::{Evidence, Keeping, Kind, Method, Path, Strength};
use crate::schema::{Column, Default, Kind as Holds, Part, Table};

/// Words of columns that part a user's shares by something else than the method, or may.
const OTHERS: [&str; 14] = [
    "algorithm",
    "address",
    "chain",
    "curve",
    "device",
    "hash",
    "id",
    "index",
    "key",
    "kind",
    "network",
    "status",
    "type",
    "version",
];

/// What a table may keep, each with points: how much of what is needed it has.
pub(super) fn candidates(table: &Table) -> Vec<(usize, Keeping)> {
    let name = words(&table.name);
    let named_share = has(&name, &["share"]);
    let backup = has(&name, &["backup"]);
    let custodian = has(&name, &["custodian"]) && (named_share || backup);
    let user = has_any(&name, &["user", "client"]) && backup && named_share;
    let neutral = backup && named_share;
    let last = |any: &[&str]| name.last().is_some_and(|it| any.contains(&it.as_str()));
    let of_wallets = has_any(&name, &["backup", "wallet", "portal", "mpc"])
        && last(&[
            "backup", "share", "wallet", "portal", "recovery", "key", "data", "vault",
        ]);
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    let by_method = method_of(table, &name);
    let (share, cipher) = (find(says_share), find(says_cipher_text));
    let owner = whose(table);
    let of_client = owner.iter().any(|it| says_client_id(it));
    let named = custodian || user || neutral || by_method.is_some();
    if !(named || of_wallets && of_client) || is_of_users(table, by_method) {
        return Vec::new();
    }
    // Pieces of a key that belongs to nobody in particular are another scheme's; so are those of a custodian of something
    // else, and a list of who may see a backup is none of shares.
    let by_name = user || custodian && backup;
    if by_method.is_none() && (owner.is_empty() && !by_name || is_access_list(table)) {
        return Vec::new();
    }
    let sure = by_method.is_some() || of_client;
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
        // Others too keep one piece of a key with a server, and one with a client.
        let own = sure || has(&words(&of_custodian), &["custodian"]);
        return [(Kind::Custodian, of_custodian), (Kind::User, of_user)]
            .map(|(kind, value)| {
                let mut it = keeping(table, kind, share, strong(own), vec![why.clone()]);
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
            take(Kind::Custodian, share, strong(sure || backup), true);
        }
    } else if user {
        if let Some(share) = cipher.or(share) {
            take(Kind::User, share, Strength::Strong, true);
        } else if let Some(payload) = payload(table) {
            take(Kind::User, payload, strong(sure), true);
        }
    } else {
        let strength = strong(sure && named);
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
            (None, Some(_)) if !named && !backup => {}
            (None, Some(cipher)) => take(Kind::User, cipher, strength, false),
            (None, None) => {
                // A backup method beside a client's id, and something that nobody has named a share.
                let payload = payload(table).filter(|_| by_method.is_some() && of_client);
                if let Some(payload) = payload {
                    take(Kind::Custodian, payload, Strength::Weak, false);
                }
            }
        }
    }
    found
}

fn strong(sure: bool) -> Strength {
    if sure {
        Strength::Strong
    } else {
        Strength::Weak
    }
}

/// The column that makes a table one of backups: by its name, or by the methods that it lists. In a table of backups that
/// know their client, a plain `method` is one too.
fn method_of<'a>(table: &'a Table, name: &[String]) -> Option<&'a Column> {
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    let about = ["share", "backup", "custodian", "wallet", "portal", "mpc"];
    let of_client = || find(says_client_id).is_some();
    find(names_backup_method)
        .or_else(|| find(lists_methods).filter(|_| has_any(name, &about)))
        .or_else(|| find(may_be_method).filter(|_| has(name, &["backup"]) && of_client()))
}

/// Whether it says who may see something: what is shared in it is no piece of a key.
fn is_access_list(table: &Table) -> bool {
    let says = |it: &Column| {
        let said = words(&it.name);
        let about = ["shared", "permission", "recipient", "grantee", "viewer"];
        has_any(&said, &about) || has(&said, &["access", "role"])
    };
    table.columns.iter().any(says)
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
pub(super) fn payload(table: &Table) -> Option<&Column> {
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
    let usual = |it: &&Column| may_hold_share(it) && has_any(&words(&it.name), &names);
    let mut all = table.columns.iter().filter(usual);
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
            .any(|to| to.columns.contains(&it.name))
    };
    all.sort_by_key(|it| (!says_client_id(it), !refers(it)));
    all
}

pub(super) fn keeping(
    table: &Table,
    kind: Kind,
    share: &Column,
    strength: Strength,
    why: Vec<String>,
) -> Keeping {
    let whose = whose(table);
    let others = table.columns.iter().filter(|it| it.name != share.name);
    let best = |says: fn(&Column) -> bool| others.clone().find(|it| says(it));
    let method = best(names_backup_method)
        .or_else(|| best(lists_methods))
        .or_else(|| best(may_be_method))
        .or_else(|| by_another_name(table, share, &whose))
        .or_else(|| beside_user(table, &whose, share));
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
        let named_otherwise =
            has_any(&words(&column.name), &OTHERS) || tells_kinds(column).is_some();
        let is = text && !named_otherwise && column.name != share.name;
        (!users.is_empty() && is).then_some(column)
    })
}

/// The column that parts a user's shares in a key, by whatever name, or that is UNKNOWN where nobody says.
fn by_another_name<'a>(table: &'a Table, share: &Column, whose: &[&Column]) -> Option<&'a Column> {
    let is_user = |name: &str| whose.iter().any(|it| it.name == name);
    let parts = |column: &Column| {
        table.keys.iter().any(|key| {
            let has = |name: &str| key.parts.iter().any(|it| it.name() == Some(name));
            has(&column.name) && key.parts.iter().filter_map(Part::name).any(is_user)
        })
    };
    let unknown = |it: &Column| it.default == Some(Default::Text("UNKNOWN".to_owned()));
    let mut all = table.columns.iter().filter(|it| {
        let other = it.name == share.name || is_user(&it.name) || tells_kinds(it).is_some();
        let otherwise = has_any(&words(&it.name), &OTHERS);
        !other && looks_like_method(it) && (unknown(it) || parts(it) && !otherwise)
    });
    all.next().filter(|_| all.next().is_none())
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
