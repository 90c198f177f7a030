//! Conditions as each engine writes them.

use super::*;
use rstest::rstest;

fn list(values: &[&str]) -> Vec<Confines> {
    vec![Confines::List(
        values.iter().map(|it| (*it).to_owned()).collect(),
    )]
}

#[rstest]
#[case::any("(method = ANY (ARRAY['A'::text, 'B'::text]))", &["A", "B"])]
#[case::varchar("((method)::text = ANY ((ARRAY['A'::character varying, 'B'::character varying])::text[]))", &["A", "B"])]
#[case::braces("(method = ANY ('{A,B}'::text[]))", &["A", "B"])]
#[case::one("(method = 'A'::text)", &["A"])]
#[case::or("((method = 'A'::text) OR (method = 'B'::text))", &["A", "B"])]
#[case::or_null("((method IS NULL) OR (method = ANY (ARRAY['A'::text])))", &["A"])]
#[case::not_empty_too("((method <> ''::text) AND (method = 'A'::text))", &["A"])]
#[case::citext("((method)::public.citext OPERATOR(public.=) ANY (ARRAY['A'::public.citext]))", &["A"])]
fn a_list_of_postgres_is_closed(#[case] condition: &str, #[case] values: &[&str]) {
    assert_eq!(
        confines(condition, "method", Language::Postgres),
        list(values)
    );
}

#[rstest]
#[case("(`method` in (_utf8mb4'A',_utf8mb4'B'))", &["A", "B"])]
#[case("`method` in ('A','B')", &["A", "B"])]
#[case("`method` = 'A' or `method` = 'B'", &["A", "B"])]
fn a_list_of_mysql_is_closed(#[case] condition: &str, #[case] values: &[&str]) {
    assert_eq!(confines(condition, "method", Language::MySql), list(values));
}

#[rstest]
#[case("\"method\" IN ('A', 'B')", &["A", "B"])]
#[case("method in ('A')", &["A"])]
fn a_list_of_sqlite_is_closed(#[case] condition: &str, #[case] values: &[&str]) {
    assert_eq!(
        confines(condition, "method", Language::Sqlite),
        list(values)
    );
}

#[rstest]
#[case("(length(method) > 0)")]
#[case("(char_length((method)::text) >= 1)")]
#[case("(method <> ''::text)")]
#[case("(btrim(method) <> ''::text)")]
#[case("(length(btrim(method)) > 0)")]
#[case("(method IS NOT NULL)")]
#[case("(kind = ANY (ARRAY['A'::text]))")]
#[case("(method <> ALL (ARRAY[''::text]))")]
#[case("(kind <> 'method'::text)")]
#[case("(kind ~ 'it''s a method'::text)")]
fn what_forbids_emptiness_confines_nothing(#[case] condition: &str) {
    let all = confines(condition, "method", Language::Postgres);
    assert!(all.is_empty(), "{all:?}");
}

#[rstest]
#[case("(length(method) <= 20)", Confines::Longest(20))]
#[case("(char_length(method) < 20)", Confines::Longest(19))]
#[case("(32 >= length(method))", Confines::Longest(32))]
#[case("(octet_length(method) <= 20)", Confines::LongestBytes(20))]
#[case(
    "((length(method) >= 1) AND (length(method) <= 20))",
    Confines::Longest(20)
)]
#[case("(method ~ '^[A-Z]+$'::text)", Confines::Something)]
#[case("(method = upper(method))", Confines::Something)]
#[case("((kind = 'x'::text) OR (method = 'A'::text))", Confines::Something)]
#[case("(method <> 'UNKNOWN'::text)", Confines::Something)]
#[case("json_valid(method)", Confines::Json)]
fn others_are_told_apart(#[case] condition: &str, #[case] is: Confines) {
    assert_eq!(confines(condition, "method", Language::Postgres), [is]);
}
