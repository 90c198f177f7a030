use super::*;
use crate::place::Place;
use crate::schema::{Default, Key, Kind, Part, Table, Unit, Width};
use rstest::rstest;

fn after(engine: Engine, steps: &[&str]) -> Schema {
    let files: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("m/{at}.sql"), (*text).to_owned()))
        .collect();
    replay(&files, Some(engine))
}

fn read(engine: Engine, text: &str) -> Schema {
    let schema = after(engine, &[text]);
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    schema
}

fn shown(key: &Key) -> String {
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

fn keys(table: &Table) -> Vec<String> {
    table.keys.iter().map(shown).collect()
}

fn says(schema: &Schema) -> Vec<String> {
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

const PG: Engine = Engine::PostgreSql;
const MY: Engine = Engine::MySql;
const LITE: Engine = Engine::Sqlite;

#[rstest]
#[case(PG, "a text unique", &["a"])]
#[case(PG, "a text, b text, unique (a, b)", &["a,b"])]
#[case(PG, "a text, constraint x unique nulls not distinct (a)", &["a nulls"])]
#[case(PG, "a text, constraint x unique (a) deferrable initially deferred", &["a later"])]
#[case(PG, "a text primary key, b int", &["a!"])]
#[case(PG, "a text, b text, constraint \"p\" primary key (a, b)", &["a,b!"])]
#[case(PG, "key text, \"index\" text, primary key (key)", &["key!"])]
#[case(PG, "a text, exclude using gist (a with =)", &[])]
#[case(PG, "a text, unique (a) include (b), b text", &["a"])]
#[case(MY, "a varchar(9), b int, unique key one (a(5), b)", &["a:5,b"])]
#[case(MY, "a varchar(9), b int, unique key one (a, b) using btree", &["a,b"])]
#[case(MY, "a varchar(9), unique index `x` ((lower(a)))", &["=(lower(a))"])]
#[case(MY, "a varchar(9) primary key, key k (a), fulltext key f (a)", &["a!"])]
#[case(MY, "`key` varchar(9), unique key (`key`)", &["key"])]
#[case(LITE, "a text, b text, unique (a, b) on conflict replace", &["a,b replaces"])]
#[case(LITE, "a text unique on conflict replace", &["a replaces"])]
#[case(LITE, "id integer primary key autoincrement, a text", &["id!"])]
#[case(LITE, "a text primary key", &["a"])]
#[case(LITE, "a text not null primary key", &["a!"])]
#[case(LITE, "a text, b text not null, primary key (a, b)", &["a,b"])]
#[case(LITE, "a text collate nocase, unique (a collate nocase)", &["a~"])]
fn keys_in_a_table(#[case] engine: Engine, #[case] body: &str, #[case] wanted: &[&str]) {
    let schema = read(engine, &format!("create table t ({body});"));
    assert_eq!(keys(&schema.tables[0]), wanted);
}

#[rstest]
#[case(
    PG,
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"x\" ON public.t USING btree (a, b) WHERE (b IS NOT NULL)",
    "a,b where (b IS NOT NULL)"
)]
#[case(
    PG,
    "CREATE UNIQUE INDEX x ON ONLY t (a text_pattern_ops DESC NULLS LAST)",
    "a"
)]
#[case(PG, "CREATE UNIQUE INDEX x ON t (lower(a), b)", "=lower(a),b")]
#[case(
    PG,
    "CREATE UNIQUE INDEX ON t (a) INCLUDE (b) NULLS NOT DISTINCT WITH (fillfactor=70)",
    "a nulls"
)]
#[case(
    PG,
    "ALTER TABLE ONLY public.t ADD CONSTRAINT t_x UNIQUE (a, b)",
    "a,b"
)]
#[case(
    PG,
    "CREATE UNIQUE INDEX x ON t(a); ALTER TABLE t ADD CONSTRAINT y UNIQUE USING INDEX x",
    "a"
)]
#[case(
    MY,
    "CREATE UNIQUE INDEX x USING BTREE ON t (a(10), b) COMMENT 'x'",
    "a:10,b"
)]
#[case(MY, "ALTER TABLE t ADD UNIQUE INDEX IF NOT EXISTS x (a, b)", "a,b")]
#[case(
    MY,
    "ALTER TABLE t ADD UNIQUE KEY `x`(`a`), ALGORITHM=INPLACE, LOCK=NONE",
    "a"
)]
#[case(
    MY,
    "CREATE UNIQUE INDEX x ON t (a); ALTER TABLE t RENAME INDEX x TO y; ALTER TABLE t DROP INDEX y; ALTER TABLE t ADD UNIQUE (b)",
    "b"
)]
#[case(
    LITE,
    "CREATE UNIQUE INDEX IF NOT EXISTS x ON t (a COLLATE NOCASE ASC, b)",
    "a~,b"
)]
fn keys_made_later(#[case] engine: Engine, #[case] statement: &str, #[case] wanted: &str) {
    let schema = read(
        engine,
        &format!("create table t (a varchar(99), b varchar(9));\n{statement};"),
    );
    assert_eq!(keys(&schema.tables[0]), [wanted]);
}

#[rstest]
#[case(PG, "text", Kind::Text(None))]
#[case(PG, "character varying(128)", chars(128))]
#[case(PG, "varchar", Kind::Text(None))]
#[case(PG, "char(3)", chars(3))]
#[case(PG, "citext", Kind::Text(None))]
#[case(PG, "jsonb", Kind::Json)]
#[case(PG, "text[]", Kind::List(Box::new(Kind::Text(None))))]
#[case(PG, "timestamp with time zone default now() not null", Kind::Time)]
#[case(PG, "bigint generated always as identity", Kind::Integer)]
#[case(PG, "public.geometry(Point,4326)", Kind::Other)]
#[case(PG, "uuid default gen_random_uuid()", Kind::Uuid)]
#[case(MY, "text", wide(65_535))]
#[case(
    MY,
    "longtext character set utf8mb4 collate utf8mb4_bin",
    wide(4_294_967_295)
)]
#[case(MY, "varchar(191) not null default '' comment 'x'", chars(191))]
#[case(MY, "enum('a','b')", Kind::Enum(vec!["a".to_owned(), "b".to_owned()]))]
#[case(MY, "json", Kind::Json)]
#[case(MY, "int unsigned auto_increment primary key", Kind::Integer)]
#[case(
    MY,
    "datetime(3) default current_timestamp(3) on update current_timestamp(3)",
    Kind::Time
)]
#[case(MY, "varbinary(255)", Kind::Bytes(None))]
#[case(LITE, "varchar(10)", Kind::Text(None))]
#[case(LITE, "datetime default current_timestamp", Kind::Time)]
#[case(LITE, "integer", Kind::Integer)]
#[case(LITE, "", Kind::Other)]
fn what_a_type_holds(#[case] engine: Engine, #[case] spelled: &str, #[case] wanted: Kind) {
    let schema = read(engine, &format!("create table t (a {spelled});"));
    assert_eq!(schema.tables[0].columns[0].kind, wanted);
}

fn chars(most: u64) -> Kind {
    Kind::Text(Some(Width {
        most,
        unit: Unit::Characters,
    }))
}

fn wide(most: u64) -> Kind {
    Kind::Text(Some(Width {
        most,
        unit: Unit::Bytes,
    }))
}

#[rstest]
#[case(PG, "check (m in ('A', 'B'))", Some("A B"))]
#[case(
    PG,
    "constraint c check ((m = any (array['A'::text, 'B'::text])))",
    Some("A B")
)]
#[case(
    PG,
    "check (((m)::text = any ((array['A'::character varying, 'B'::character varying])::text[])))",
    Some("A B")
)]
#[case(PG, "check (m = 'A' or m = 'B' or m is null)", Some("A B"))]
#[case(PG, "check (m like 'A%')", Some(""))]
#[case(PG, "check (m ~ '^[A-Z]+$')", Some(""))]
#[case(PG, "check (m <> '')", None)]
#[case(PG, "check (length(m) > 0)", None)]
#[case(PG, "check (m is not null or a is not null)", None)]
#[case(PG, "check (m not in (''))", None)]
#[case(MY, "check (`m` in ('A','B'))", Some("A B"))]
#[case(MY, "check (`m` in (_utf8mb4'A',_utf8mb4'B')) not enforced", None)]
#[case(LITE, "check (m in ('A','B'))", Some("A B"))]
#[case(LITE, "check (m glob 'A*')", Some(""))]
fn checks_that_close_a_column(
    #[case] engine: Engine,
    #[case] check: &str,
    #[case] wanted: Option<&str>,
) {
    let schema = read(
        engine,
        &format!("create table t (a text, m varchar(99), {check});"),
    );
    let closed = schema.tables[0].column("m").unwrap().closed.clone();
    assert_eq!(closed.map(|it| it.values.join(" ")).as_deref(), wanted);
}

#[test]
fn a_length_is_a_width() {
    let schema = read(LITE, "create table t (m text check (length(m) <= 64));");
    assert_eq!(schema.tables[0].columns[0].kind, chars(64));
}

#[rstest]
#[case("ALTER TYPE m ADD VALUE 'C';", Some("A B C"))]
#[case("ALTER TYPE m RENAME VALUE 'A' TO 'X';", Some("X B"))]
#[case(
    "ALTER TYPE m RENAME TO n; ALTER TYPE n ADD VALUE IF NOT EXISTS 'B';",
    Some("A B")
)]
#[case(
    "ALTER TABLE t ALTER COLUMN a TYPE text USING a::text; DROP TYPE m;",
    None
)]
#[case(
    "BEGIN; CREATE TYPE \"m_new\" AS ENUM ('A'); ALTER TABLE t ALTER COLUMN a TYPE \"m_new\" USING (a::text::\"m_new\"); \
     ALTER TYPE m RENAME TO m_old; ALTER TYPE \"m_new\" RENAME TO m; DROP TYPE m_old; COMMIT;",
    Some("A")
)]
fn an_enum_is_what_it_became(#[case] statements: &str, #[case] wanted: Option<&str>) {
    let text =
        format!("create type public.m as enum ('A', 'B'); create table t (a m);{statements}");
    let schema = read(PG, &text);
    let kind = &schema.tables[0].columns[0].kind;
    let found = if let Kind::Enum(values) = kind {
        Some(values.join(" "))
    } else {
        None
    };
    assert_eq!(found.as_deref(), wanted);
}

#[test]
fn a_domain_brings_its_check() {
    let text = "CREATE DOMAIN method AS varchar(20) NOT NULL CHECK (VALUE IN ('A', 'B')); create table t (a method);";
    let schema = read(PG, text);
    let column = &schema.tables[0].columns[0];
    assert_eq!(column.kind, chars(20));
    assert_eq!(column.closed.as_ref().unwrap().values, ["A", "B"]);
}

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
#[case(
    "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
    "utf8mb4 utf8mb4_bin",
    Some(true)
)]
#[case(
    "ALTER TABLE t MODIFY a text COLLATE utf8mb4_0900_as_cs;",
    "utf8mb4 utf8mb4_0900_as_cs",
    Some(true)
)]
#[case(
    "ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;",
    "utf8 utf8_general_ci",
    Some(false)
)]
fn character_sets_come_down_to_columns(
    #[case] text: &str,
    #[case] wanted: &str,
    #[case] tells: Option<bool>,
) {
    let schema = read(
        MY,
        &format!(
            "create table t (a text) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci;\n{text}"
        ),
    );
    let column = &schema.tables[0].columns[0];
    let collation = column.collation.as_ref().unwrap();
    let found = format!(
        "{} {}",
        column.charset.as_ref().unwrap().name,
        collation.name
    );
    assert_eq!((found.as_str(), collation.tells_case), (wanted, tells));
    assert_eq!(
        column.charset.as_ref().unwrap().whole,
        wanted.starts_with("utf8mb4")
    );
}

#[rstest]
#[case(
    PG,
    "create type m as enum ('A'); create table t (a text, method m); insert into t values ('x'); \
    alter table t drop column method, add column method text not null;",
    "t.method m/0.sql:1:107: the column method is dropped here and added again at m/0.sql:1:138: what stood in it is gone"
)]
#[case(
    PG,
    "create table t (a text); delete from t where a = 'x';",
    "t m/0.sql:1:38: rows are deleted, and no statement before it copies them"
)]
#[case(
    PG,
    "create table t (a text); truncate t cascade;",
    "t m/0.sql:1:35: all rows are deleted, and no statement before it copies them"
)]
#[case(
    PG,
    "create table t (a text); drop table t; create table t (b text);",
    "t m/0.sql:1:37: the table is dropped here and made again at m/0.sql:1:40: its rows are gone"
)]
#[case(
    MY,
    "create table t (a text); alter table t modify a varchar(20);",
    "t.a m/0.sql:1:47: the column a becomes varchar(20) and was text: what does not fit is cut off or refused"
)]
fn a_step_that_loses_something_says_so(
    #[case] engine: Engine,
    #[case] text: &str,
    #[case] wanted: &str,
) {
    assert_eq!(says(&read(engine, text)), [wanted]);
}

#[test]
fn a_key_that_is_gone_for_a_deploy_is_told() {
    let schema = after(
        PG,
        &[
            "create table t (a text, b text); create unique index x on t (a, b);",
            "drop index x;",
            "create unique index y on t (b, a);",
        ],
    );
    assert_eq!(keys(&schema.tables[0]), ["b,a"]);
    assert_eq!(
        says(&schema),
        [
            "t m/1.sql:1:1: the unique key x over a, b is dropped here and made again at m/2.sql:1:1: \
        a deploy that stands between the two lets duplicates in"
        ]
    );
}

#[rstest]
#[case(
    PG,
    "create table t (a text, m text); alter table t add column n text; update t set n = m::text; \
    alter table t drop column m; alter table t rename column n to m;"
)]
#[case(
    PG,
    "create table t (a text); create table old as select * from t; delete from t;"
)]
#[case(
    PG,
    "create table t (a text); create table old (a text); with gone as (delete from t returning *) insert into old select * from gone;"
)]
#[case(
    LITE,
    "create table t (a text, b text); create unique index x on t (a);\nPRAGMA foreign_keys=OFF;\n\
    CREATE TABLE \"new_t\" (a text, b text not null default 'x');\nINSERT INTO \"new_t\" (\"a\", \"b\") SELECT \"a\", \"b\" FROM \"t\";\n\
    DROP TABLE \"t\";\nALTER TABLE \"new_t\" RENAME TO \"t\";\ncreate unique index x on t (a);\nPRAGMA foreign_keys=ON;"
)]
#[case(
    PG,
    "create table t (a text, m varchar(10)); alter table t alter m type text;"
)]
fn a_step_that_keeps_everything_is_silent(#[case] engine: Engine, #[case] text: &str) {
    let schema = read(engine, text);
    assert_eq!(says(&schema), Vec::<String>::new());
    assert!(schema.table("t").is_some());
}

#[test]
fn a_copy_that_leaves_a_column_behind_loses_it() {
    let schema = read(
        LITE,
        "create table t (a text, method text);\nCREATE TABLE new_t (a text, method text);\n\
        INSERT INTO new_t (a) SELECT a FROM t;\nDROP TABLE t;\nALTER TABLE new_t RENAME TO t;",
    );
    let says = says(&schema);
    assert_eq!(says.len(), 1, "{says:?}");
    assert!(says[0].starts_with("t.method m/0.sql:4:12: "), "{says:?}");
}

#[rstest]
#[case(PG, "DO $$ BEGIN EXECUTE 'ALTER TABLE shares ADD x int'; END $$", &["shares"])]
#[case(PG, "ALTER TABLE shares FROBNICATE method", &["shares", "method"])]
#[case(PG, "CREATE FUNCTION f() RETURNS void AS $$ BEGIN ALTER TABLE shares DROP x; END $$ LANGUAGE plpgsql; SELECT f()", &["shares"])]
#[case(MY, "SET @s = 'ALTER TABLE shares DROP COLUMN x'; PREPARE p FROM @s; EXECUTE p", &["shares"])]
#[case(PG, "CREATE TABLE shares (a text, b text check ((((b ))", &["shares"])]
#[case(PG, "SELECT 1; WHAT IS shares", &["shares"])]
#[case(PG, "ALTER TABLE shares ADD COLUMN a text", &["shares"])]
#[case(PG, "CREATE TABLE shares (method nowhere)", &["shares", "method"])]
#[case(PG, "CREATE TABLE shares (a text); ALTER TABLE shares ALTER COLUMN b TYPE text", &["shares", "b"])]
#[case(PG, "CREATE TABLE shares (a text); INSERT INTO shares VALUES ('it''s", &["shares"])]
#[case(PG, "CREATE TABLE y AS SELECT a.* FROM shares a JOIN b ON true", &["shares", "y"])]
#[case(PG, "CREATE TABLE shares (a text); DROP SCHEMA public CASCADE", &["public"])]
fn what_cannot_be_read_names_what_it_may_touch(
    #[case] engine: Engine,
    #[case] text: &str,
    #[case] names: &[&str],
) {
    let schema = after(engine, &[text]);
    for name in names {
        let named = schema
            .unread
            .iter()
            .any(|it| it.names.iter().any(|it| it == name));
        assert!(named, "{name} in {:?}", schema.unread);
    }
}

#[rstest]
#[case(
    PG,
    "\\restrict abc\nSET statement_timeout = 0;\nALTER TABLE public.t OWNER TO me;\nALTER TYPE public.m OWNER TO me;\n\
    CREATE SEQUENCE s;\nALTER SEQUENCE s OWNED BY t.a;\nCOPY public.t (a) FROM stdin;\n1;'\n\\.\n\nGRANT ALL ON t TO x;\n\
    ALTER TABLE ONLY t REPLICA IDENTITY FULL;\nCREATE POLICY p ON t FOR SELECT USING (true);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\n\
    CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();\nCREATE FUNCTION f() RETURNS trigger AS $x$ BEGIN NEW.a = 'x;'; RETURN NEW; END $x$ LANGUAGE plpgsql;\n\
    ALTER PUBLICATION p ADD TABLE t;\nCOMMENT ON TABLE t IS 'it''s; fine';\n\\unrestrict abc\n"
)]
#[case(
    MY,
    "DELIMITER $$\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END$$\nDELIMITER ;\n# it's\n\
    /*!40101 SET NAMES utf8 */;\nLOCK TABLES `t` WRITE;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\nINSERT INTO `t` VALUES ('a\\';b');\nUNLOCK TABLES;\n\
    CREATE TRIGGER y AFTER INSERT ON t FOR EACH ROW BEGIN IF NEW.a THEN SET @x = 1; END IF; SET @y = CASE 1 WHEN 1 THEN 2 END; END;\n\
    ALTER TABLE t ENGINE=InnoDB, ROW_FORMAT=DYNAMIC;"
)]
#[case(
    LITE,
    "PRAGMA foreign_keys=OFF;\nCREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; DELETE FROM t WHERE 0; END;\n\
    CREATE VIRTUAL TABLE f USING fts5(a);\nCREATE VIEW v AS SELECT * FROM t;"
)]
fn what_touches_no_structure_is_silent(#[case] engine: Engine, #[case] text: &str) {
    let first = "create table t (a varchar(99)); create unique index u on t (a);";
    let types = if engine == PG {
        "create type m as enum ('x');"
    } else {
        ""
    };
    let schema = read(engine, &format!("{first}{types}\n{text}"));
    assert_eq!(schema.tables.len(), 1);
    assert_eq!(keys(&schema.tables[0]), ["a"]);
    assert_eq!(says(&schema), Vec::<String>::new());
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

#[test]
fn five_thousand_tables_take_no_longer_than_they_must() {
    let tables = (0..5_000).map(|at| {
        format!(
            "CREATE TABLE t{at} (id bigint primary key, a text, b varchar(20), ref bigint references t0(id));\n\
             CREATE UNIQUE INDEX x{at} ON t{at} (a, b);\nALTER TABLE t{at} ADD COLUMN c text;\n"
        )
    });
    let text = tables.collect::<Vec<_>>().concat();
    let begin = std::time::Instant::now();
    let schema = read(PG, &text);
    assert_eq!(schema.tables.len(), 5_000);
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}

#[rstest]
#[case("create table t (a text default ".to_owned() + &"(".repeat(20_000))]
#[case("create table t (a int check (".to_owned() + &"a or ".repeat(50_000) + "a))")]
#[case("'".to_owned())]
#[case("$$".to_owned())]
#[case("/*".repeat(10_000))]
#[case(";".repeat(200_000))]
#[case("\0\0create table t (a text)\0;".to_owned())]
#[case("create table".to_owned())]
#[case("alter table t add".to_owned())]
#[case("create unique index on t (".to_owned())]
#[case("create table ä (ö text, \"ü\"\" \" text);\u{FEFF}".to_owned())]
#[case("COPY t FROM stdin;\n".to_owned() + &"a\tb\n".repeat(100_000))]
fn odd_texts_do_no_harm(#[case] text: String) {
    for engine in [PG, MY, LITE] {
        let schema = after(engine, &[&text]);
        assert!(schema.tables.len() <= 1);
    }
}
