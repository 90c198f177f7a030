//! Which SQL files belong together, and in which order the tools run them.

use crate::schema::Engine;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

/// Files that build one database up, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The folder that they lie in, or the one above where each has a folder of its own.
    pub root: String,
    /// The engine that their names, or the folder's, tell.
    pub engine: Option<Engine>,
    /// Their paths, first to last.
    pub paths: Vec<String>,
}

/// The sequences that these paths make, by their folder. What takes a step back, seeds, and tests are left out.
///
/// Prisma, Diesel and Hasura keep a folder a step; Flyway, golang-migrate, goose, dbmate, Supabase, Drizzle and most others a
/// file; the number or the time at the beginning of the name decides.
pub fn order<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<Sequence> {
    let mut roots: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths.into_iter().filter(|it| is_step(it)) {
        roots.entry(root(path)).or_default().push(path);
    }
    let sequences = roots.into_iter().flat_map(|(root, mut paths)| {
        paths.sort_by(|a, b| {
            let (a, b) = (step(a, root), step(b, root));
            compare(a, b)
        });
        by_engine(root, &paths)
    });
    sequences.collect()
}

/// One sequence, or one for each engine where names tell: `1_x.mysql.up.sql` beside `1_x.postgres.up.sql`. A file that names
/// none is for all of them.
fn by_engine(root: &str, paths: &[&str]) -> Vec<Sequence> {
    let of_folder = root.rsplit('/').next().and_then(named);
    let of_file = |path: &str| {
        let name = parts(path).1;
        name.split('.')
            .skip(1)
            .find_map(named)
            .or_else(|| ends(name).into_iter().find_map(named))
    };
    let mut engines: Vec<Engine> = Vec::new();
    for engine in paths.iter().filter_map(|it| of_file(it)) {
        if !engines.contains(&engine) {
            engines.push(engine);
        }
    }
    // The file of an engine stands in for the one of the same name that is for all.
    let bare = |path: &str| {
        let all = path.split('.').filter(|it| named(it).is_none());
        all.collect::<Vec<_>>().join(".")
    };
    let sequence = |engine: Option<Engine>| {
        let own = paths.iter().filter(|it| of_file(it) == engine);
        let own: HashSet<String> = own
            .filter(|it| of_file(it).is_some())
            .map(|it| bare(it))
            .collect();
        let taken = |it: &&&str| match of_file(it) {
            Some(named) => Some(named) == engine,
            None => !own.contains(&bare(it)),
        };
        Sequence {
            root: root.to_owned(),
            engine: engine.or(of_folder),
            paths: paths
                .iter()
                .filter(taken)
                .map(|it| (*it).to_owned())
                .collect(),
        }
    };
    if engines.is_empty() {
        return vec![sequence(None)];
    }
    engines.into_iter().map(|it| sequence(Some(it))).collect()
}

/// The first and the last word of a name without a number, such as `mysql-schema.sql`.
fn ends(name: &str) -> Vec<&str> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = stem.split(['-', '_', '.']);
    let all: Vec<&str> = words.filter(|_| !starts_with_number(stem)).collect();
    all.first().into_iter().chain(all.last()).copied().collect()
}

/// The engine that a part of a name means.
fn named(part: &str) -> Option<Engine> {
    match part.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" | "pg" | "psql" => Some(Engine::PostgreSql),
        "mysql" => Some(Engine::MySql),
        "mariadb" => Some(Engine::MariaDb),
        "sqlite" | "sqlite3" => Some(Engine::Sqlite),
        "cockroach" | "cockroachdb" | "crdb" => Some(Engine::CockroachDb),
        "mssql" | "sqlserver" => Some(Engine::SqlServer),
        _ => None,
    }
}

fn parts(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a file is run when a database is built up.
fn is_step(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = parts(&lower);
    let Some(stem) = name.strip_suffix(".sql") else {
        return false;
    };
    let backward = [".down", "_down", "-down", ".undo", ".rollback", "_rollback"];
    let back = backward.iter().any(|it| stem.ends_with(it)) || stem == "down" || is_undo(stem);
    let words = |text: &str, wanted: &[&str]| {
        text.split(['/', '_', '-', '.'])
            .any(|it| wanted.contains(&it))
    };
    let data = words(
        stem,
        &[
            "seed", "seeds", "fixture", "fixtures", "test", "tests", "spec",
        ],
    ) && !starts_with_number(stem);
    let aside = words(
        folder,
        &[
            "seed", "seeds", "seeders", "fixtures", "test", "tests", "testdata", "snippets", "down",
        ],
    );
    let foreign = [
        "derby",
        "h2",
        "hsqldb",
        "oracle",
        "db2",
        "dm",
        "clickhouse",
        "snowflake",
        "bigquery",
    ];
    let foreign = ends(name).iter().any(|it| foreign.contains(it));
    !back && !data && !aside && !foreign
}

/// Flyway's `U2__x.sql`.
fn is_undo(stem: &str) -> bool {
    let number = stem.strip_prefix('u').and_then(|it| it.split("__").next());
    stem.contains("__") && number.is_some_and(starts_with_number)
}

fn starts_with_number(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_digit())
}

/// The folder of the sequence: a step that is a folder of its own lies one deeper.
fn root(path: &str) -> &str {
    let (folder, name) = parts(path);
    if matches!(name, "migration.sql" | "up.sql") {
        parts(folder).0
    } else {
        folder
    }
}

/// What orders a file in its folder.
fn step<'a>(path: &'a str, root: &str) -> &'a str {
    path.get(root.len()..)
        .unwrap_or(path)
        .trim_start_matches('/')
}

/// By the version at the beginning, number by number; then by name. Flyway's repeatable files come last, a baseline first.
fn compare(a: &str, b: &str) -> Ordering {
    // Tools with a folder a step go by its name alone: a day comes before a time of the same day, but not before the last month.
    if a.contains('/') && b.contains('/') {
        return a.cmp(b);
    }
    rank(a)
        .cmp(&rank(b))
        .then_with(|| version(a).cmp(&version(b)))
        .then_with(|| natural(a, b))
        .then_with(|| a.cmp(b))
}

fn rank(name: &str) -> u8 {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("r__") {
        return 2;
    }
    u8::from(version(name).is_some())
}

/// The numbers that a name begins with: `V1_2__x` is 1, 2; `0001_x` is 1; `20240101_x` is what it says.
fn version(name: &str) -> Option<Vec<(usize, &str)>> {
    let flyway = name.strip_prefix(['V', 'v', 'B', 'b']);
    let flyway = flyway.filter(|it| starts_with_number(it) && it.contains("__"));
    let text = flyway.unwrap_or(name);
    if !starts_with_number(text) {
        return None;
    }
    let end = text
        .find(|it: char| !(it.is_ascii_digit() || (flyway.is_some() && (it == '_' || it == '.'))))
        .unwrap_or(text.len());
    let numbers = text[..end].split(['_', '.']);
    let numbers: Vec<(usize, &str)> = numbers
        .filter(|it| !it.is_empty())
        .map(|it| it.trim_start_matches('0'))
        .map(|it| (it.len(), it))
        .collect();
    (!numbers.is_empty()).then_some(numbers)
}

/// Digits compare as numbers, the rest as it is.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(first), Some(second)) = (a.chars().next(), b.chars().next()) else {
            return a.len().cmp(&b.len());
        };
        if first.is_ascii_digit() && second.is_ascii_digit() {
            let (left, after) = number(a);
            let (right, behind) = number(b);
            match by_size(left, right) {
                Ordering::Equal => (a, b) = (after, behind),
                other @ (Ordering::Less | Ordering::Greater) => return other,
            }
        } else if first == second {
            a = &a[first.len_utf8()..];
            b = &b[second.len_utf8()..];
        } else {
            return first.cmp(&second);
        }
    }
}

fn number(text: &str) -> (&str, &str) {
    let end = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

/// Numbers of any length, without zeros before them.
fn by_size(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        &["p/migrations/20240202_b/migration.sql", "p/migrations/20240101_a/migration.sql"],
        "p/migrations",
        &["p/migrations/20240101_a/migration.sql", "p/migrations/20240202_b/migration.sql"]
    )]
    #[case(
        &["db/V10__c.sql", "db/V2__b.sql", "db/V1_2__a.sql", "db/V1__z.sql", "db/U2__b.sql", "db/R__x.sql"],
        "db",
        &["db/V1__z.sql", "db/V1_2__a.sql", "db/V2__b.sql", "db/V10__c.sql", "db/R__x.sql"]
    )]
    #[case(
        &["m/000010_b.up.sql", "m/000010_b.down.sql", "m/000002_a.up.sql"],
        "m",
        &["m/000002_a.up.sql", "m/000010_b.up.sql"]
    )]
    #[case(
        &["m/2024-01-02_b/up.sql", "m/2024-01-02_b/down.sql", "m/2024-01-01_a/up.sql"],
        "m",
        &["m/2024-01-01_a/up.sql", "m/2024-01-02_b/up.sql"]
    )]
    #[case(
        &["s/seed.sql", "s/10_b.sql", "s/9_a.sql", "s/share_test.sql", "s/schema.sql"],
        "s",
        &["s/schema.sql", "s/9_a.sql", "s/10_b.sql"]
    )]
    #[case(
        &["m/20250625_b/migration.sql", "m/20250521123737_a/migration.sql"],
        "m",
        &["m/20250521123737_a/migration.sql", "m/20250625_b/migration.sql"]
    )]
    #[case(&["a10.sql", "a9.sql"], "", &["a9.sql", "a10.sql"])]
    fn steps_come_in_the_order_of_their_tool(
        #[case] paths: &[&str],
        #[case] root: &str,
        #[case] wanted: &[&str],
    ) {
        let found = order(paths.iter().copied());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].root, root);
        assert_eq!(found[0].paths, wanted);
    }

    #[test]
    fn a_name_may_tell_the_engine() {
        let found = order([
            "m/1_x.mysql.up.sql",
            "m/1_x.sqlite3.up.sql",
            "m/1_x.up.sql",
            "m/2_y.up.sql",
        ]);
        let found: Vec<_> = found.iter().map(|it| (it.engine, it.paths.len())).collect();
        let wanted = [(Some(Engine::MySql), 2), (Some(Engine::Sqlite), 2)];
        assert_eq!(found, wanted);
    }

    #[test]
    fn two_folders_are_two_databases() {
        let found = order(["a/db/1_x.sql", "b/db/1_x.sql", "b/db/2_y.sql"]);
        let roots: Vec<_> = found.iter().map(|it| it.root.as_str()).collect();
        assert_eq!(roots, ["a/db", "b/db"]);
    }
}
