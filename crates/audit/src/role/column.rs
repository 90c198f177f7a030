//! What a column of a table is likely to be for, by its name and its type.

use super::word::{has, has_any, words};
use crate::schema::{Column, Default, Kind, Table};

/// The curves that a share may be for.
const CURVES: [&str; 2] = ["secp256k1", "ed25519"];
/// Backup methods that Portal documents, without their curve.
const METHODS: [&str; 4] = ["GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY"];
/// Those of them by which nobody signs in.
const CLOUDS: [&str; 2] = ["GDRIVE", "ICLOUD"];

/// Whether it may hold a share: a text, a document, or sealed bytes.
pub(super) fn may_hold_share(column: &Column) -> bool {
    match &column.kind {
        Kind::Text(_) | Kind::Json | Kind::Bytes(_) => true,
        Kind::Other => !is_number(column),
        // A list of a type of the team's own is one of objects, each with its share.
        Kind::List(inner) => {
            matches!(**inner, Kind::Text(_) | Kind::Json | Kind::Other) && !is_number(column)
        }
        Kind::Enum(_) | Kind::Uuid | Kind::Integer | Kind::Time | Kind::Boolean => false,
    }
}

/// Whether it holds a number with a fraction: so many shares of a company.
fn is_number(column: &Column) -> bool {
    let spelled = column.spelled.to_ascii_lowercase();
    let numbers = ["numeric", "decimal", "float", "double", "real", "money"];
    numbers.iter().any(|it| spelled.starts_with(it))
}

/// Whether its name says that a custodian's share stands in it.
pub(super) fn says_share(column: &Column) -> bool {
    let words = words(&column.name);
    // What counts or names shares is none; a half that is sealed for the user is called another way.
    let about = [
        "id",
        "count",
        "at",
        "date",
        "status",
        "type",
        "kind",
        "method",
        "url",
        "link",
        "key",
        "name",
        "hash",
        "by",
        "state",
        "pair",
        "version",
        "index",
        "holder",
        "token",
        "size",
        "iv",
        "tag",
        "nonce",
        "salt",
        "class",
        "quantity",
        "amount",
        "price",
        "percent",
        "percentage",
        "path",
        "folder",
        "drive",
        "permission",
        "role",
        "code",
        "length",
        "checksum",
        "revenue",
        "market",
        "profit",
        "screen",
        "file",
        "network",
        "ride",
    ];
    may_hold_share(column) && has(&words, &["share"]) && !has_any(&words, &about)
}

/// Whether its name says that a user's sealed share stands in it.
pub(super) fn says_cipher_text(column: &Column) -> bool {
    let words = words(&column.name);
    may_hold_share(column) && has(&words, &["cipher", "text"])
}

/// Whether its name says that a backup method stands in it.
pub(super) fn names_backup_method(column: &Column) -> bool {
    let said = words(&column.name);
    has(&said, &["backup", "method"])
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
    names_backup_method(column) || lists_methods(column) || text && named && !has_any(&said, &about)
}

/// Whether it looks like a method by another name, where shares are known to stand beside it: `provider`, `type`.
pub(crate) fn looks_like_method(column: &Column) -> bool {
    let said = words(&column.name);
    let about = [
        "provider",
        "type",
        "kind",
        "storage",
        "source",
        "cloud",
        "destination",
        "channel",
    ];
    let text = matches!(column.kind, Kind::Text(_) | Kind::Enum(_) | Kind::Other);
    text && (has_any(&said, &about) || column.default == Some(Default::Text("UNKNOWN".to_owned())))
}

/// Whether its list of values is one of backup methods. Passwords and passkeys alone are ways to sign in.
pub(super) fn lists_methods(column: &Column) -> bool {
    let values: &[String] = match (&column.kind, &column.closed) {
        (Kind::Enum(values), _) => values,
        (_, Some(closed)) => &closed.values,
        (_, None) => &[],
    };
    let begins = |it: &String, with: &[&str]| {
        let upper = it.to_uppercase();
        with.iter().any(|known| upper.starts_with(known))
    };
    let known = values.iter().filter(|it| begins(it, &METHODS)).count();
    known > 1 && values.iter().any(|it| begins(it, &CLOUDS))
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
    let said = words(&column.name);
    // Portal's ids are texts: a number is the id of somebody's own client.
    !matches!(column.kind, Kind::Integer | Kind::Boolean | Kind::Time)
        && (said == ["client", "id"]
            || has(&said, &["portal", "client", "id"])
            || said == ["wallet", "client", "id"]
            || said == ["mpc", "client", "id"]
            || said == ["portal", "id"])
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
        .any(|it| it.columns.contains(&column.name));
    says_client_id(column)
        || (id || refers) && has_any(&said, &who)
        || matches!(said.as_slice(), [one] if who.contains(&one.as_str()) || one == "uid")
            && !matches!(column.kind, Kind::Json | Kind::Boolean | Kind::Time)
}

/// Whether it holds the time at which its row was written.
pub(super) fn says_time(column: &Column) -> bool {
    let words = words(&column.name);
    let when = [
        "received",
        "uploaded",
        "backed",
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
    let other = [
        "by",
        "deleted",
        "expire",
        "expires",
        "expired",
        "revoked",
        "used",
        "accessed",
        "recovered",
        "fetched",
        "read",
        "user",
        "id",
    ];
    // A column of times that is called `at` alone, or `date`, is this one as well.
    let plain = matches!(column.kind, Kind::Time)
        && matches!(words.as_slice(), [one] if ["at", "date", "time", "ts"].contains(&one.as_str()));
    time && (plain || has_any(&words, &when)) && !has_any(&words, &other)
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
