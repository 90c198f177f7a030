//! What keys, types and checks are read as.

use super::*;

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
