//! Which engine a text of SQL is for, where nobody says.

use super::lex::{Kind, Lexer};
use crate::schema::Engine;

/// So much of each file is looked at.
const HEAD: usize = 256 * 1024;

/// The engine whose own words stand in these texts; null where none do, or those of two.
pub(super) fn engine<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Engine> {
    let mut marks = [0_u32; 3];
    for text in texts {
        let end = (0..=HEAD.min(text.len()))
            .rev()
            .find(|it| text.is_char_boundary(*it));
        look(&text[..end.unwrap_or(0)], &mut marks);
    }
    let [postgres, mysql, sqlite] = marks;
    let found = [
        (postgres, Engine::PostgreSql),
        (mysql, Engine::MySql),
        (sqlite, Engine::Sqlite),
    ];
    let most = found.iter().map(|it| it.0).max().filter(|it| *it > 0)?;
    let mut winners = found.iter().filter(|it| it.0 == most);
    let (_, winner) = winners.next()?;
    winners.next().is_none().then_some(*winner)
}

const POSTGRES: &[&str] = &[
    "serial",
    "bigserial",
    "smallserial",
    "timestamptz",
    "jsonb",
    "bytea",
    "plpgsql",
    "search_path",
    "citext",
    "ilike",
    "concurrently",
    "pg_catalog",
    "uuid_generate_v4",
    "gen_random_uuid",
    "timezone",
    "tstzrange",
    "regclass",
    "restrict",
];

const MYSQL: &[&str] = &[
    "engine",
    "auto_increment",
    "utf8mb4",
    "longtext",
    "mediumtext",
    "tinytext",
    "delimiter",
    "modify",
    "datetime",
    "unsigned",
    "innodb",
    "tinyint",
    "charset",
];

const SQLITE: &[&str] = &[
    "autoincrement",
    "pragma",
    "rowid",
    "strict",
    "datetime",
    "sqlite_master",
];

fn look(text: &str, marks: &mut [u32; 3]) {
    let mut before = String::new();
    for token in Lexer::of(text, None) {
        let word = token.of(text);
        match token.kind {
            Kind::Word if word.len() < 24 => {
                let lower = word.to_ascii_lowercase();
                marks[0] += u32::from(POSTGRES.contains(&lower.as_str()));
                marks[1] += u32::from(MYSQL.contains(&lower.as_str()));
                marks[2] += u32::from(SQLITE.contains(&lower.as_str()));
                marks[2] += 3 * u32::from(lower == "autoincrement" || lower == "pragma");
                marks[1] += 3 * u32::from(lower == "auto_increment");
                // `AS ENUM` is PostgreSQL's, a column's `ENUM(` MySQL's.
                marks[0] += 2 * u32::from(lower == "enum" && before == "as");
                marks[1] += 2 * u32::from(lower == "enum" && before != "as");
                before = lower;
            }
            Kind::Body => marks[0] += 3,
            Kind::Sign(':') if text[token.end..].starts_with(':') => marks[0] += 1,
            Kind::Name if word.starts_with('`') => marks[1] += 1,
            Kind::Name if word == "\"public\"" => marks[0] += 2,
            Kind::Word | Kind::Name | Kind::Text | Kind::Sign(_) => {}
        }
    }
}
