//! What is to be done, whatever the engine: worked out once, written down by each engine's own file.

use super::{Cannot, Stage, Step, text};
use crate::role::{Keeping, Kind as Role, Left, Method, Path, Roles};
use crate::schema::{Column, Default, Engine, Key, Kind, Part, Schema, Table, Unit};

/// What is to be done.
pub(super) struct Plan<'a> {
    pub(super) works: Vec<Work<'a>>,
}

/// What is to be done to one table.
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

/// The least characters that a method column has to hold.
const METHOD: u64 = 64;
/// The least bytes that a share column has to hold.
const SHARE: u64 = 64 * 1024;

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
        let refers = left.first().is_some() || roles.users.is_some();
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

fn no_time(table: &Table, parts: &[&str], engine: Engine) -> Cannot {
    let columns = parts.iter().filter(|it| table.column(it).is_some());
    let columns = text::list(columns.copied(), engine);
    let name = text::quoted(&table.name, engine);
    let query = if engine == Engine::MongoDb {
        format!(
            "db.getCollection(\"{}\").aggregate([{{$group: {{_id: [\"${}\"], n: {{$sum: 1}}}}}}, {{$match: {{n: {{$gt: 1}}}}}}])",
            table.name,
            parts.join("\", \"$")
        )
    } else {
        format!("SELECT {columns}, count(*) FROM {name} GROUP BY {columns} HAVING count(*) > 1")
    };
    Cannot::NoTime {
        table: table.full_name(),
        query,
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

/// Whether a key holds one row for each of these columns' values.
fn holds(key: &Key, table: &Table, parts: &[&str], engine: Engine) -> bool {
    let whole = key.parts.iter().all(|part| match part {
        Part::Column {
            name,
            prefix: None,
            folds_case: false,
        } => parts.iter().any(|it| it.eq_ignore_ascii_case(name)),
        Part::Column { .. } | Part::Expression(_) => false,
    });
    let covers = key.parts.len() == parts.len();
    whole && covers && shut(key, table, engine) && key.valid && key.only_where.is_none()
}

/// Whether no null lets a second row through.
fn shut(key: &Key, table: &Table, engine: Engine) -> bool {
    let nullable = |name: &str| table.column(name).is_some_and(|it| it.nullable);
    let nulls = key.parts.iter().filter_map(Part::name).any(nullable);
    key.primary || !key.nulls_distinct || !nulls || engine == Engine::MongoDb
}

/// Whether a key lets a user have one share only, one method of its first letters, or holds nothing.
fn stands_in_the_way(key: &Key, parts: &[&str]) -> bool {
    let ours = key.parts.iter().all(|part| {
        part.name()
            .is_some_and(|name| parts.iter().any(|it| it.eq_ignore_ascii_case(name)))
    });
    let cut = key.parts.iter().any(|it| match it {
        Part::Column {
            prefix, folds_case, ..
        } => prefix.is_some() || *folds_case,
        Part::Expression(_) => false,
    });
    !key.parts.is_empty() && ours && (key.parts.len() < parts.len() || cut || !key.valid)
}

fn method_is(column: Option<&Column>, engine: Engine) -> MethodIs {
    let Some(column) = column else {
        return MethodIs::default();
    };
    let narrow = |most: u64| most < METHOD && engine != Engine::Sqlite;
    let closed_type = match &column.kind {
        Kind::Text(width) => width.is_some_and(|it| narrow(it.most)),
        Kind::Enum(_) => true,
        Kind::Other => false,
        _ => true,
    };
    let unknown = Default::Text("UNKNOWN".to_owned());
    MethodIs {
        missing: false,
        closed_type,
        checked: column.closed.is_some(),
        nullable: column.nullable && engine != Engine::MongoDb,
        no_default: column.default.as_ref() != Some(&unknown) && engine != Engine::MongoDb,
    }
}

fn is_narrow(column: &Column, engine: Engine) -> bool {
    let short = match &column.kind {
        Kind::Text(Some(width)) => {
            let most = match width.unit {
                Unit::Bytes | Unit::Characters => width.most,
            };
            most < SHARE
        }
        _ => false,
    };
    let part = column.charset.as_ref().is_some_and(|it| !it.whole);
    (short && engine != Engine::Sqlite) || part
}

/// The columns that a copied row must fill, besides those that are known.
fn required(table: &Table, work: &Work, engine: Engine) -> Result<Vec<(String, Filled)>, Cannot> {
    let mut found = Vec::new();
    let known = [&work.user, &work.method, &work.share, &work.created];
    let only = work.only.as_ref().map(|it| &it.0);
    for column in &table.columns {
        let has = known.iter().any(|it| **it == column.name) || only == Some(&column.name);
        // A whole number that is a key counts itself.
        let counts = column.kind == Kind::Integer;
        if has || column.nullable || column.default_in_database() || column.generated || counts {
            continue;
        }
        let filled = match &column.kind {
            Kind::Text(_) if is_key(table, &column.name) => Filled::RandomText,
            Kind::Uuid => Filled::Uuid,
            Kind::Time => Filled::Now,
            _ if engine == Engine::MongoDb => continue,
            _ => {
                return Err(Cannot::Required {
                    table: table.full_name(),
                    column: column.name.clone(),
                });
            }
        };
        found.push((column.name.clone(), filled));
    }
    Ok(found)
}

fn is_key(table: &Table, column: &str) -> bool {
    let one = |it: &&Key| it.parts.len() == 1 && it.parts[0].name() == Some(column);
    table.keys.iter().any(|it| one(&it))
}

impl Column {
    /// Whether the database itself fills it: what Prisma's client makes up, such as `cuid()`, it does not.
    fn default_in_database(&self) -> bool {
        match &self.default {
            None => false,
            Some(Default::Text(_)) => true,
            Some(Default::Expression(text)) => {
                let client = ["cuid(", "uuid(", "nanoid(", "ulid(", "auto("];
                !client.iter().any(|it| text.starts_with(it))
            }
        }
    }
}

fn copies<'a>(
    schema: &'a Schema,
    roles: &Roles,
    work: &Work<'a>,
    left: &[&'a Left],
) -> Result<Vec<Copy<'a>>, Cannot> {
    let mut found = Vec::new();
    for it in left {
        let from = find(schema, &it.table)?;
        let column = plain(&it.share, &it.table)?;
        let user = match work.table {
            Some(table) => joined(table, from, &work.user, roles)?,
            None => primary(from)?,
        };
        // Two curves are two shares, and both are wanted back.
        let curve = it
            .curve
            .as_deref()
            .filter(|_| left.len() > 1 && !found.is_empty());
        let method = curve.map_or("UNKNOWN".to_owned(), |it| format!("UNKNOWN-{it}"));
        found.push(Copy {
            from,
            column,
            user,
            method,
        });
    }
    Ok(found)
}

fn primary(table: &Table) -> Result<String, Cannot> {
    let key = table
        .keys
        .iter()
        .find(|it| it.primary && it.parts.len() == 1);
    key.and_then(|it| it.parts.first())
        .and_then(Part::name)
        .map(str::to_owned)
        .ok_or_else(|| {
            Cannot::Shape(format!(
                "{} has no primary key of one column, by which a share could refer to it",
                table.full_name()
            ))
        })
}

/// What of a user's row stands in the share table's user column.
fn joined(table: &Table, from: &Table, user: &str, roles: &Roles) -> Result<String, Cannot> {
    let refers = table
        .references
        .iter()
        .find(|it| it.table == from.name && it.columns == [user]);
    if let Some(reference) = refers {
        return match reference.to.first() {
            Some(to) => Ok(to.clone()),
            None => primary(from),
        };
    }
    let users = roles
        .users
        .as_ref()
        .filter(|it| it.table == from.full_name());
    let client = users.and_then(|it| it.client_id.as_ref());
    match client {
        Some(client) if user.to_ascii_lowercase().contains("client") => plain(client, &from.name),
        _ => Err(Cannot::Shape(format!(
            "nothing tells which column of {} stands in {}.{user}: add a foreign key, or copy {} by hand",
            from.full_name(),
            table.full_name(),
            from.full_name()
        ))),
    }
}

/// The steps by stage, each stage once: what a session waits for comes first in it, and the deploy has its own words.
pub(super) fn framed(mut steps: Vec<Step>, wait: &str) -> Vec<Step> {
    steps.sort_by_key(|it| it.stage);
    if steps.is_empty() {
        return steps;
    }
    let mut framed = Vec::new();
    let mut last = None;
    let deploy = || {
        Step {
        stage: Stage::Deploy,
        why: "Now deploy the code that stores and fetches by method. No v5 code may run beside it once it has stored: an \
              UPDATE by user alone would write one share over every method's"
            .to_owned(),
        run: String::new(),
    }
    };
    let mut deployed = false;
    for mut step in steps {
        if step.stage > Stage::Deploy && !deployed {
            framed.push(deploy());
            deployed = true;
        }
        if last != Some(step.stage) {
            last = Some(step.stage);
            step.run = format!("{wait}{}", step.run);
        }
        framed.push(step);
    }
    if !deployed {
        framed.push(deploy());
    }
    framed
}

/// Why a key goes.
pub(super) fn narrow_why(work: &Work) -> String {
    let when = if work.has_pairs() {
        "This key holds less than the new one"
    } else {
        "This key lets a user have one share only, so it goes before the new code stores a second; run it right before the \
         deploy, since v5 code that says ON CONFLICT on the user alone is refused from here on"
    };
    format!("{when}. The new key is there already")
}

/// Why a column is copied.
pub(super) fn copy_why(work: &Work, copy: &Copy) -> String {
    format!(
        "The {} of v5 in {}.{} are copied, as {}; the column stays as it is, since v5 code reads it",
        work.words(),
        copy.from.full_name(),
        copy.column,
        copy.method
    )
}

/// Why it is copied again.
pub(super) fn again_why(copy: &Copy) -> String {
    format!(
        "v5 code went on writing {}.{}. What it wrote since is newer than the copy, which goes to the superseded rows; where \
         the new code stored as well nobody can tell, so that its share stays, and the other one goes there. This may be run \
         as often as you like",
        copy.from.full_name(),
        copy.column
    )
}
