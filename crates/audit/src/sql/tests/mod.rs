mod losses;
mod shape;

use super::*;
use crate::place::Place;
use crate::schema::{Default, Key, Kind, Part, Table, Unit, Width};
use rstest::rstest;

pub(super) fn after(engine: Engine, steps: &[&str]) -> Schema {
    let files: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("m/{at}.sql"), (*text).to_owned()))
        .collect();
    replay(&files, Some(engine))
}

pub(super) fn read(engine: Engine, text: &str) -> Schema {
    let schema = after(engine, &[text]);
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    schema
}

pub(super) fn shown(key: &Key) -> String {
    let parts = key.parts.iter().map(|it| match it {
        Part::Column {
            name,
            prefix: Some(prefix),
            ..
        } => format!("{name}:{prefix}"),
        Part::Column {
            name,
            folds_case: true,
            ..
        } => format!("{name}~"),
        Part::Column { name, .. } => name.clone(),
        Part::Expression(text) => format!("={text}"),
    });
    let mut text = parts.collect::<Vec<_>>().join(",");
    for (holds, sign) in [
        (key.primary, "!"),
        (!key.nulls_distinct, " nulls"),
        (key.deferrable, " later"),
        (key.replaces, " replaces"),
    ] {
        if holds {
            text.push_str(sign);
        }
    }
    if let Some(condition) = &key.only_where {
        text = format!("{text} where {condition}");
    }
    text
}

pub(super) fn keys(table: &Table) -> Vec<String> {
    table.keys.iter().map(shown).collect()
}

pub(super) fn says(schema: &Schema) -> Vec<String> {
    schema
        .losses
        .iter()
        .map(|it| {
            let column = it
                .column
                .as_deref()
                .map(|it| format!(".{it}"))
                .unwrap_or_default();
            format!("{}{column} {}: {}", it.table, it.place, it.says)
        })
        .collect()
}

pub(super) const PG: Engine = Engine::PostgreSql;
pub(super) const MY: Engine = Engine::MySql;
pub(super) const LITE: Engine = Engine::Sqlite;

#[rstest]
#[case(PG, "create table T (\"User\" text, NAME text)", "t", &["User", "name"])]
#[case(PG, "create table \"public\".\"T\" (a text)", "T", &["a"])]
#[case(MY, "create table T (`User` text)", "T", &["User"])]
#[case(PG, "create table app.t (a text)", "app.t", &["a"])]
#[case(PG, "set search_path to app, public; create table t (a text)", "app.t", &["a"])]
#[case(PG, "select pg_catalog.set_config('search_path', '', false); create table public.t (a text)", "t", &["a"])]
fn names_are_those_of_the_database(
    #[case] engine: Engine,
    #[case] text: &str,
    #[case] table: &str,
    #[case] columns: &[&str],
) {
    let schema = read(engine, text);
    assert_eq!(schema.tables[0].full_name(), table);
    let found: Vec<_> = schema.tables[0]
        .columns
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(found, columns);
}

#[rstest]
#[case(PG, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a TEXT;", "a varchar(128)")]
#[case(PG, "ALTER TABLE t ALTER COLUMN a TYPE text;", "a text")]
#[case(
    PG,
    "ALTER TABLE t ALTER a SET DATA TYPE varchar(200) COLLATE \"C\", ALTER a SET NOT NULL;",
    "a varchar(200) not null"
)]
#[case(
    PG,
    "ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t RENAME TO u;",
    "b varchar(128)"
)]
#[case(
    MY,
    "ALTER TABLE t MODIFY COLUMN a LONGTEXT NOT NULL AFTER b;",
    "a longtext not null"
)]
#[case(MY, "ALTER TABLE t CHANGE a c TEXT NULL FIRST;", "c text")]
#[case(MY, "ALTER TABLE t MODIFY `a` TEXT CHARACTER SET utf8mb4;", "a text")]
#[case(
    PG,
    "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name='t') THEN ALTER TABLE t ADD COLUMN a text; END IF; END $$;",
    "a varchar(128)"
)]
fn a_column_is_what_it_became(#[case] engine: Engine, #[case] text: &str, #[case] wanted: &str) {
    let schema = read(engine, &format!("create table t (a varchar(128));\n{text}"));
    let column = &schema.tables[0].columns[0];
    let null = if column.nullable { "" } else { " not null" };
    assert_eq!(
        format!("{} {}{null}", column.name, column.spelled.to_lowercase()),
        wanted
    );
}

#[rstest]
#[case("-- +goose Up\ncreate table t (a text);\n-- +goose Down\ndrop table t;\n")]
#[case("-- migrate:up\ncreate table t (a text);\n\n-- migrate:down\ndrop table t;\n")]
#[case("-- +migrate Up\ncreate table t (a text);\n-- +migrate Down\ndrop table t;\n")]
#[case(
    "--liquibase formatted sql\n--changeset x:1\ncreate table t (a text);\n--rollback drop table t;\n"
)]
#[case("create table t (a text);--> statement-breakpoint\ncreate table u (b text);")]
fn a_file_that_goes_both_ways_is_run_forward(#[case] text: &str) {
    assert!(read(PG, text).table("t").is_some());
}

#[rstest]
#[case("CREATE TABLE `a` (`id` INT AUTO_INCREMENT) ENGINE=InnoDB;", Some(MY))]
#[case("CREATE TABLE a (id SERIAL, t TIMESTAMPTZ);", Some(PG))]
#[case("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);", Some(LITE))]
#[case(
    "CREATE TABLE `a` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL);",
    Some(LITE)
)]
#[case("CREATE TABLE a (id integer primary key, b text);", None)]
#[case("CREATE TYPE \"public\".\"m\" AS ENUM('a');", Some(PG))]
fn the_engine_shows_in_the_words(#[case] text: &str, #[case] wanted: Option<Engine>) {
    let schema = replay(&[("a.sql".to_owned(), text.to_owned())], None);
    assert_eq!(schema.engine, wanted);
}

#[test]
fn places_are_those_of_the_file() {
    let schema = read(
        PG,
        "-- ä\ncreate table t (\n  a text, -- ö\n  /* ü */ method text default 'UNKNOWN'::text\n);\n",
    );
    let column = schema.tables[0].column("method").unwrap();
    let path = "m/0.sql".to_owned();
    assert_eq!(
        column.place,
        Place::File {
            path,
            line: 4,
            column: 11
        }
    );
    assert_eq!(column.default, Some(Default::Text("UNKNOWN".to_owned())));
}

#[test]
fn references_follow_their_tables() {
    let schema = read(
        PG,
        "create table u (id int primary key); create table t (uid int references u(id), foreign key (uid) references u); \
        alter table u rename column id to key; alter table u rename to users;",
    );
    let references = &schema.table("t").unwrap().references;
    assert_eq!(references.len(), 2);
    assert_eq!(
        (references[0].table.as_str(), references[0].to[0].as_str()),
        ("users", "key")
    );
}
