//! What a column of a table is likely to be for, by its name and its type.

use super::word::{has, has_any, words};
use crate::schema::{Column, Kind, Table};

/// The curves that a share may be for.
const CURVES: [&str; 2] = ["secp256k1", "ed25519"];
/// Backup methods that Portal documents, without their curve.
const METHODS: [&str; 4] = ["GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY"];

/// Whether it may hold a share: a text, a document, or sealed bytes.
pub(super) fn may_hold_share(column: &Column) -> bool {
    match &column.kind {
        Kind::Text(_) | Kind::Json | Kind::Bytes(_) | Kind::Other => true,
        Kind::List(inner) => matches!(**inner, Kind::Text(_) | Kind::Json),
        Kind::Enum(_) | Kind::Uuid | Kind::Integer | Kind::Time | Kind::Boolean => false,
    }
}

/// Whether its name says that a custodian's share stands in it.
pub(super) fn says_share(column: &Column) -> bool {
    let words = words(&column.name);
    // What counts or names shares is none; a half that is sealed for the user is called another way.
    let about = [
        "id", "count", "at", "date", "status", "type", "kind", "method", "url", "link", "key",
        "name", "hash", "by", "state", "pair", "version", "index", "holder", "token", "size",
    ];
    may_hold_share(column) && has(&words, &["share"]) && !has_any(&words, &about)
}

/// Whether its name says that a user's sealed share stands in it.
pub(super) fn says_cipher_text(column: &Column) -> bool {
    let words = words(&column.name);
    may_hold_share(column) && has(&words, &["cipher", "text"])
}

/// Whether its name, its default or its list of values says that a backup method stands in it.
pub(super) fn says_backup_method(column: &Column) -> bool {
    let said = words(&column.name);
    has(&said, &["backup", "method"]) || lists_methods(column)
}

/// Whether it may hold a backup method, in a table that is known to hold shares.
pub(super) fn may_be_method(column: &Column) -> bool {
    let said = words(&column.name);
    let text = matches!(
        column.kind,
        Kind::Text(_) | Kind::Enum(_) | Kind::Other | Kind::Integer
    );
    let about = ["at", "date", "status", "share", "count"];
    let named = has_any(&said, &["method"])
        || has(&said, &["backup", "type"])
        || has(&said, &["backup", "kind"])
        || has(&said, &["backup", "provider"])
        || has(&said, &["storage", "type"]);
    says_backup_method(column) || text && named && !has_any(&said, &about)
}

fn lists_methods(column: &Column) -> bool {
    let values: &[String] = match (&column.kind, &column.closed) {
        (Kind::Enum(values), _) => values,
        (_, Some(closed)) => &closed.values,
        (_, None) => &[],
    };
    let known = |it: &&String| {
        METHODS
            .iter()
            .any(|known| it.to_uppercase().starts_with(known))
    };
    values.iter().filter(known).count() > 1
}

/// Whether it holds the curve of a share.
pub(super) fn says_curve(column: &Column) -> bool {
    let words = words(&column.name);
    has(&words, &["curve"]) && matches!(column.kind, Kind::Text(_) | Kind::Enum(_) | Kind::Other)
}

/// The curve in a column's name, where there is a column a curve.
pub(super) fn curve_of(name: &str) -> Option<String> {
    let said = words(name);
    let begins = |curve: &&&str| said.iter().any(|it| it.starts_with(**curve));
    let short = ["secp", "ed"]
        .into_iter()
        .find(|short| said.iter().any(|it| it == short));
    let curve = CURVES.iter().find(begins).copied();
    let curve = curve.or_else(|| {
        CURVES
            .iter()
            .copied()
            .find(|it| short.is_some_and(|short| it.starts_with(short)))
    })?;
    Some(curve.to_uppercase())
}

/// Whether it is the id that Portal knows a client by.
pub(super) fn says_client_id(column: &Column) -> bool {
    let words = words(&column.name);
    words == ["client", "id"]
        || has(&words, &["portal", "client", "id"])
        || words == ["portal", "id"]
}

/// Whether it is a client's key for Portal's API.
pub(super) fn says_api_key(column: &Column) -> bool {
    let words = words(&column.name);
    has(&words, &["client", "api", "key"]) || has(&words, &["portal", "api", "key"])
}

/// Whether it tells whose row it is.
pub(super) fn tells_user(table: &Table, column: &Column) -> bool {
    let said = words(&column.name);
    let who = [
        "user", "client", "customer", "account", "profile", "member", "owner", "wallet", "end",
    ];
    let id = said
        .last()
        .is_some_and(|it| it == "id" || it == "uid" || it == "uuid");
    let refers = table
        .references
        .iter()
        .any(|it| it.columns == [column.name.clone()]);
    says_client_id(column)
        || (id || refers) && has_any(&said, &who)
        || matches!(said.as_slice(), [one] if who.contains(&one.as_str()))
            && !matches!(column.kind, Kind::Json | Kind::Boolean | Kind::Time)
}

/// Whether it holds the time at which its row was written.
pub(super) fn says_time(column: &Column) -> bool {
    let words = words(&column.name);
    let when = [
        "created",
        "inserted",
        "updated",
        "modified",
        "stored",
        "written",
        "saved",
        "timestamp",
        "added",
        "create",
        "update",
    ];
    let time = matches!(
        column.kind,
        Kind::Time | Kind::Other | Kind::Integer | Kind::Text(_)
    );
    let other = ["by", "deleted", "expire", "expires", "user", "id"];
    time && has_any(&words, &when) && !has_any(&words, &other)
}

/// The values for custodian and user where a column tells the kinds of share apart.
pub(super) fn tells_kinds(column: &Column) -> Option<(String, String)> {
    let said = words(&column.name);
    let named = has_any(
        &said,
        &["kind", "type", "holder", "owner", "party", "role", "source"],
    );
    let values: &[String] = match (&column.kind, &column.closed) {
        (Kind::Enum(values), _) => values,
        (_, Some(closed)) => &closed.values,
        (_, None) => &[],
    };
    let custodian = values
        .iter()
        .find(|it| has_any(&words(it), &["custodian", "server"]));
    let user = values
        .iter()
        .find(|it| has_any(&words(it), &["user", "client", "device", "enduser"]));
    custodian
        .zip(user)
        .filter(|_| named)
        .map(|(custodian, user)| (custodian.clone(), user.clone()))
}
