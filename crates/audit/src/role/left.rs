//! The columns of v5: a share on the user's own row.
//!
//! Wallets of other vendors have a `backup_share` too, and messages a `cipher_text`: nobody is accused on one without a sign
//! of Portal beside it.

use super::column::{curve_of, says_api_key, says_cipher_text, says_client_id, says_share};
use super::recognise::{Doubt, WHO, is_aside};
use super::word::{has, has_any, words};
use super::{Kind, Left, Path, Roles};
use crate::schema::{Column, Schema, Table};

/// What else may stand in the name of a user's share, besides a curve: `password_cipher_text` is another thing.
const OF_SHARES: [&str; 13] = [
    "backup",
    "cipher",
    "client",
    "custodian",
    "encrypted",
    "mpc",
    "my",
    "portal",
    "share",
    "text",
    "user",
    "v5",
    "wallet",
];
/// Other shares on the row of a user: there the pieces are another scheme's.
const OTHER_SCHEMES: [&str; 6] = ["auth", "device", "hot", "recovery", "server", "social"];

/// The columns of v5 in all tables that keep no rows of shares, and what looks a little like one.
pub(super) fn left(schema: &Schema, roles: &Roles) -> (Vec<Left>, Vec<Doubt>) {
    let kept = |table: &Table| {
        let name = table.full_name();
        let mut kept = roles.custodian.iter().chain(&roles.user);
        kept.any(|it| it.table == name)
    };
    let (mut found, mut doubts) = (Vec::new(), Vec::new());
    for table in &schema.tables {
        if !kept(table) && !is_aside(table) {
            let (sure, unsure) = of_table(table, roles);
            found.extend(sure);
            doubts.extend(unsure);
        }
    }
    (found, doubts)
}

fn of_table(table: &Table, roles: &Roles) -> (Vec<Left>, Option<Doubt>) {
    let is_users = roles
        .users
        .as_ref()
        .is_some_and(|it| it.table == table.full_name());
    let of_portal = table
        .columns
        .iter()
        .any(|it| says_client_id(it) || says_api_key(it));
    let name = words(&table.name);
    // What ends in another word keeps things of users, such as their messages.
    let a_user_a_row = name.last().is_some_and(|it| WHO.contains(&it.as_str()))
        || table.columns.iter().any(says_api_key);
    if !(is_users || a_user_a_row || of_portal && has_any(&name, &WHO)) {
        return (Vec::new(), None);
    }
    let sure_table = is_users || of_portal && a_user_a_row;
    let (mut sure, mut unsure) = (Vec::new(), Vec::new());
    for column in &table.columns {
        let Some(kind) = kind_of(column, sure_table) else {
            continue;
        };
        let said = words(&column.name);
        let portal_alone = !has_any(&said, &["backup", "custodian", "cipher"]);
        if (sure_table || of_portal || has(&said, &["custodian"])) && !portal_alone {
            sure.push(Left {
                kind,
                table: table.full_name(),
                share: Path::column(&column.name),
                curve: curve_of(&column.name),
            });
        } else {
            unsure.push((kind, column));
        }
    }
    // Beside `custodian_backup_share`, a plain `backup_share` is the user's.
    let custodian = |it: &Left| has(&words(&it.share.column), &["custodian"]);
    if sure.iter().any(custodian) {
        for it in sure.iter_mut().filter(|it| !custodian(it)) {
            it.kind = Kind::User;
        }
    }
    let doubt = unsure
        .first()
        .filter(|_| sure.is_empty() && !is_of_another_scheme(table))
        .map(|(kind, column)| Doubt {
            kind: *kind,
            why: format!(
                "{}.{} may keep {}, one a user",
                table.full_name(),
                column.name,
                kind.words()
            ),
            tables: vec![table.full_name()],
        });
    (sure, doubt)
}

/// Whose share a column of a user's row holds, by its name; null where it names none.
fn kind_of(column: &Column, sure_table: bool) -> Option<Kind> {
    let said = words(&column.name);
    let named = has_any(&said, &["backup", "custodian", "portal"]);
    let sealed = has_any(&said, &["user", "client", "encrypted", "cipher"]);
    if says_cipher_text(column) {
        let plain = said
            .iter()
            .all(|it| OF_SHARES.contains(&it.as_str()) || is_of_curve(it));
        return (plain && (sure_table || named)).then_some(Kind::User);
    }
    if !says_share(column) || !named {
        return None;
    }
    let of_user = sealed || has(&said, &["portal"]) && !has(&said, &["backup"]);
    let custodian = has(&said, &["custodian"]);
    Some(if of_user && !custodian {
        Kind::User
    } else {
        Kind::Custodian
    })
}

/// Whether a word is a curve's name, or a part of it.
fn is_of_curve(word: &str) -> bool {
    word.starts_with("secp") || word.starts_with("ed") || word.chars().all(char::is_numeric)
}

/// Whether other columns hold shares of a server or a device: Portal's backups have no such.
fn is_of_another_scheme(table: &Table) -> bool {
    table.columns.iter().any(|it| {
        let said = words(&it.name);
        has(&said, &["share"]) && has_any(&said, &OTHER_SCHEMES)
    })
}
