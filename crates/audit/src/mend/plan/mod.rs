//! What is to be done, whatever the engine: worked out once, written down by each engine's own file.

mod copies;
mod look;
mod steps;

pub(super) use steps::{again_why, copy_why, framed, narrow_why};

use super::text::{literal, quoted};
use super::{Cannot, text};
use crate::role::{Keeping, Kind as Role, Left, Method, Path, Roles};
use crate::schema::{Column, Engine, Key, Part, Schema, Table};
use copies::copies;
use look::{by_hand, holds, is_narrow, method_is, no_time, required, shut, stands_in_the_way};

/// What is to be done.
pub(super) struct Plan<'a> {
    pub(super) works: Vec<Work<'a>>,
}

/// What is to be done to one table.
#[expect(clippy::struct_excessive_bools, reason = "each is looked at by itself")]
pub(super) struct Work<'a> {
    pub(super) role: Role,
    /// The table, where there is one; else one of the guide's columns is made.
    pub(super) table: Option<&'a Table>,
    /// Its name, with its schema in front where that is not the usual one.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) method: String,
    pub(super) share: String,
    pub(super) created: String,
    /// What else parts the rows: the column that tells the kinds of share apart, and its value here.
    pub(super) only: Option<(String, String)>,
    /// What is wrong with the method column.
    pub(super) method_is: MethodIs,
    /// Whether the share column is too narrow, or cannot hold every text.
    pub(super) share_narrow: bool,
    /// Whether there is a time.
    pub(super) timed: bool,
    /// Whether a key over user and method holds already.
    pub(super) keyed: bool,
    /// Whether one row per user is what the database allows now, so that there are no two to tell apart.
    pub(super) one_each: bool,
    /// Unique keys that stand in the way of a second method, or hold nothing.
    pub(super) narrow: Vec<&'a Key>,
    /// What else is copied here.
    pub(super) copies: Vec<Copy<'a>>,
    /// The columns that a copied row must have, besides, with what to fill them.
    pub(super) required: Vec<(String, Filled)>,
    /// Whether other tables refer to this one by a key that would go.
    pub(super) users: Option<&'a Table>,
}

/// The method column as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a defect of its own, mended by a statement of its own"
)]
pub(super) struct MethodIs {
    pub(super) missing: bool,
    /// An enum, another type than text, or too narrow a text.
    pub(super) closed_type: bool,
    /// A check confines it.
    pub(super) checked: bool,
    pub(super) nullable: bool,
    pub(super) no_default: bool,
}

/// What fills a column that a copied row must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// A text like no other.
    RandomText,
    /// A UUID.
    Uuid,
    /// The time.
    Now,
}

/// A column of v5 whose shares are copied.
pub(super) struct Copy<'a> {
    pub(super) from: &'a Table,
    pub(super) column: String,
    /// What of that row goes into the user column.
    pub(super) user: String,
    /// Under which method.
    pub(super) method: String,
}

impl Work<'_> {
    /// The columns of a copied row, and what fills them: `s` is the row that it is copied from.
    pub(super) fn filled(
        &self,
        engine: Engine,
        copy: &Copy,
        share: String,
        now: &str,
        fill: impl Fn(&Filled) -> String,
    ) -> (Vec<String>, Vec<String>) {
        let required = self.required.iter();
        let required = required.map(|(column, filled)| (column, fill(filled)));
        let own = [
            (&self.user, format!("s.{}", quoted(&copy.user, engine))),
            (&self.method, literal(&copy.method, engine)),
            (&self.share, share),
            (&self.created, now.to_owned()),
        ];
        let only = self.only.iter();
        let only = only.map(|(column, value)| (column, literal(value, engine)));
        let all = required.chain(own).chain(only);
        all.map(|(column, value)| (quoted(column, engine), value))
            .unzip()
    }

    /// The condition that a row is of this kind of share, where one table keeps both; empty elsewhere.
    pub(super) fn only(&self, engine: Engine, alias: &str) -> String {
        self.only
            .as_ref()
            .map_or_else(String::new, |(column, value)| {
                let (column, value) = (quoted(column, engine), literal(value, engine));
                format!(" AND {alias}.{column} = {value}")
            })
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(schema: &'a Schema, roles: &'a Roles, engine: Engine) -> Result<Self, Cannot> {
        if roles.custodian.is_none() && roles.user.is_none() && roles.left.is_empty() {
            return Err(Cannot::Tables);
        }
        let mut works = Vec::new();
        for (role, keeping) in [
            (Role::Custodian, &roles.custodian),
            (Role::User, &roles.user),
        ] {
            let left = roles.left.iter().filter(|it| it.kind == role);
            let left: Vec<&Left> = left.collect();
            let work = match keeping {
                Some(keeping) => Work::existing(schema, roles, keeping, &left, engine)?,
                None => Work::fresh(schema, roles, role, &left)?,
            };
            works.push(work);
        }
        if let [one, other] = works.as_mut_slice() {
            let same = one
                .table
                .is_some_and(|it| other.table.is_some_and(|other| std::ptr::eq(it, other)));
            if same {
                other.is_done();
            }
        }
        Ok(Self { works })
    }
}

fn find<'a>(schema: &'a Schema, name: &str) -> Result<&'a Table, Cannot> {
    schema
        .tables
        .iter()
        .find(|it| it.full_name() == name)
        .or_else(|| schema.table(name))
        .ok_or_else(|| Cannot::Table(name.to_owned()))
}

/// A whole column; a value inside of one is mended by hand.
fn plain(path: &Path, table: &str) -> Result<String, Cannot> {
    if path.inside.is_empty() {
        return Ok(path.column.clone());
    }
    Err(Cannot::Shape(format!(
        "{table}.{path} lies inside of a column, where no key of the database reaches it: give it a column of its own"
    )))
}

impl<'a> Work<'a> {
    fn existing(
        schema: &'a Schema,
        roles: &'a Roles,
        keeping: &'a Keeping,
        left: &[&'a Left],
        engine: Engine,
    ) -> Result<Self, Cannot> {
        let table = find(schema, &keeping.table)?;
        let lacks = |what| Cannot::Column {
            table: keeping.table.clone(),
            what,
        };
        let document = engine == Engine::MongoDb;
        let column = |path: &Path| {
            if document {
                Ok(path.to_string())
            } else {
                plain(path, &keeping.table)
            }
        };
        let user = column(keeping.user.as_ref().ok_or_else(|| lacks("user"))?)?;
        let share = column(keeping.share.as_ref().ok_or_else(|| lacks("share"))?)?;
        let style = Style::of(table);
        let method = match &keeping.method {
            Method::Nowhere => None,
            Method::Whole(path) => Some(column(path)?),
            Method::Parted { name, curve } => {
                return Err(Cannot::Shape(format!(
                    "{} keeps the method in two columns, {name} and {curve}: write its key by hand, over the user and both, \
                     with neither of them null",
                    keeping.table
                )));
            }
        };
        let created = keeping.created.as_ref().map(&column).transpose()?;
        let name = method
            .clone()
            .unwrap_or_else(|| style.name("backup", "Method"));
        let method_is = method_is(method.as_deref().and_then(|it| table.column(it)), engine);
        let mut parts = vec![user.as_str(), name.as_str()];
        if let Some((only, _)) = &keeping.only {
            parts.push(only);
        }
        let keyed =
            method.is_some() && table.keys.iter().any(|it| holds(it, table, &parts, engine));
        let narrow: Vec<&Key> = table
            .keys
            .iter()
            .filter(|it| stands_in_the_way(it, &parts))
            .collect();
        let one_each = narrow
            .iter()
            .any(|it| it.valid && it.only_where.is_none() && shut(it, table, engine));
        let referred = schema
            .tables
            .iter()
            .flat_map(|it| &it.references)
            .any(|it| it.table == table.name);
        if referred && narrow.iter().any(|it| it.primary) {
            return Err(Cannot::Shape(format!(
                "other tables refer to {} by its primary key, which holds one row per user: give it an id of its own by hand",
                keeping.table
            )));
        }
        let timed = created.is_some();
        by_hand(table, method.as_deref(), &user, keyed, engine)?;
        if !keyed && !one_each && !timed {
            return Err(no_time(table, &parts, engine));
        }
        if !keyed && !one_each && engine.is_mysql() && !table.keys.iter().any(|it| it.primary) {
            return Err(Cannot::Shape(format!(
                "{} has no primary key, so that nothing tells one row from another: give it one first",
                keeping.table
            )));
        }
        let mut work = Self {
            role: keeping.kind,
            table: Some(table),
            namespace: table.namespace.clone(),
            name: table.name.clone(),
            share_narrow: table.column(&share).is_some_and(|it| is_narrow(it, engine)),
            created: created.unwrap_or_else(|| style.name("created", "At")),
            user,
            method: name,
            share,
            only: keeping.only.clone(),
            method_is: if method.is_some() {
                method_is
            } else {
                MethodIs {
                    missing: true,
                    ..MethodIs::default()
                }
            },
            timed,
            keyed,
            one_each,
            narrow,
            copies: Vec::new(),
            required: Vec::new(),
            users: None,
        };
        if !left.is_empty() {
            work.required = required(table, &work, engine)?;
        }
        work.copies = copies(schema, roles, &work, left)?;
        Ok(work)
    }

    /// A table of the guide's columns, where there is none.
    fn fresh(
        schema: &'a Schema,
        roles: &'a Roles,
        role: Role,
        left: &[&'a Left],
    ) -> Result<Self, Cannot> {
        let beside = roles.custodian.as_ref().or(roles.user.as_ref());
        let base = match (left.first(), &roles.users, beside) {
            (Some(left), _, _) => find(schema, &left.table)?,
            (None, Some(users), _) => find(schema, &users.table)?,
            (None, None, Some(beside)) => find(schema, &beside.table)?,
            (None, None, None) => return Err(Cannot::Tables),
        };
        let style = Style::of(base);
        let name = match (role, style) {
            (Role::Custodian, Style::Camel) => "CustodianBackupShare",
            (Role::User, Style::Camel) => "UserBackupShare",
            (Role::Custodian, Style::Snake) => "custodian_backup_shares",
            (Role::User, Style::Snake) => "user_backup_shares",
        };
        let share = match role {
            Role::Custodian => "share".to_owned(),
            Role::User => style.name("cipher", "Text"),
        };
        let refers = !left.is_empty() || roles.users.is_some();
        let mut work = Self {
            role,
            table: None,
            namespace: base.namespace.clone(),
            name: name.to_owned(),
            user: style.name(if refers { "user" } else { "client" }, "Id"),
            method: style.name("backup", "Method"),
            share,
            created: style.name("created", "At"),
            only: None,
            method_is: MethodIs::default(),
            share_narrow: false,
            timed: true,
            keyed: true,
            one_each: false,
            narrow: Vec::new(),
            copies: Vec::new(),
            required: vec![("id".to_owned(), Filled::RandomText)],
            users: refers.then_some(base),
        };
        work.copies = copies(schema, roles, &work, left)?;
        Ok(work)
    }

    /// The table is changed for the other kind of share already: only copies are left to do.
    fn is_done(&mut self) {
        self.method_is = MethodIs::default();
        self.share_narrow = false;
        self.timed = true;
        self.keyed = true;
        self.narrow.clear();
    }

    /// What makes a row the only one: user, method, and what tells the kinds apart.
    pub(super) fn key(&self) -> Vec<&str> {
        let mut key = vec![self.user.as_str(), self.method.as_str()];
        key.extend(self.only.as_ref().map(|(column, _)| column.as_str()));
        key
    }

    /// The name of its unique key.
    pub(super) fn key_name(&self) -> String {
        text::name(&[&self.name, &self.key().join("_"), "key"])
    }

    /// The name of the table that superseded rows go to.
    pub(super) fn archive(&self) -> String {
        text::name(&[&self.name, "superseded"])
    }

    /// The name of the table that remembers what was copied first.
    pub(super) fn copied(&self) -> String {
        text::name(&[&self.name, "copied"])
    }

    /// Whether superseded rows have to be moved before the key can be made.
    pub(super) fn has_pairs(&self) -> bool {
        !self.keyed && !self.one_each
    }

    /// The columns by which one row is told from another: the primary key's.
    pub(super) fn row(&self) -> Vec<&'a str> {
        let key = self
            .table
            .and_then(|it| it.keys.iter().find(|it| it.primary));
        key.map(|it| it.parts.iter().filter_map(Part::name).collect())
            .unwrap_or_default()
    }

    /// The primary key, if it is one that stands in the way.
    pub(super) fn narrow_primary(&self) -> Option<&'a Key> {
        self.narrow.iter().copied().find(|it| it.primary)
    }

    /// The primary key of the users' table, by which a new table refers to it.
    pub(super) fn refers_to(&self) -> Option<(&'a Table, &'a Column)> {
        let users = self.users?;
        let key = users
            .keys
            .iter()
            .find(|it| it.primary && it.parts.len() == 1);
        let name = key.and_then(|it| it.parts.first()).and_then(Part::name)?;
        Some((users, users.column(name)?))
    }

    /// The kinds of column, as a sentence names them.
    pub(super) fn words(&self) -> &'static str {
        self.role.words()
    }
}

/// How names are written here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `createdAt`, `UserBackupShare`.
    Camel,
    /// `created_at`, `user_backup_shares`.
    Snake,
}

impl Style {
    fn of(table: &Table) -> Self {
        let columns = table.columns.iter().map(|it| it.name.as_str());
        let all: Vec<&str> = columns.chain([table.name.as_str()]).collect();
        let camel = all.iter().any(|it| {
            let rest = it.get(1..).unwrap_or_default();
            rest.chars().any(char::is_uppercase) && rest.chars().any(char::is_lowercase)
        });
        let first = table.name.starts_with(char::is_uppercase);
        if camel || first {
            Self::Camel
        } else {
            Self::Snake
        }
    }

    fn name(self, first: &str, second: &str) -> String {
        match self {
            Self::Camel => format!("{first}{second}"),
            Self::Snake => format!("{first}_{}", second.to_lowercase()),
        }
    }
}
