//! What a step loses, what cannot be read, and what does no harm.

use super::*;

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
#[case(PG, "CREATE TABLE y AS SELECT a.* FROM shares a JOIN b ON true", &["y"])]
#[case(PG, "CREATE TABLE y AS SELECT a.* FROM shares a JOIN b ON true; DROP TABLE shares; ALTER TABLE y RENAME TO shares", &["shares"])]
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
