//! What a file is, by its name and the folders that it lies in.

use std::ffi::OsStr;

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A Prisma schema.
    Prisma,
    /// SQL.
    Sql,
    /// What says which packages an app asks for.
    Manifest,
    /// What says which versions it got.
    Lock,
    /// Source.
    Source,
    /// What shows this ORM.
    Mark(&'static str),
}

/// Folders that hold what others wrote or what is made from something else, also where they are committed.
const SKIPPED: [&str; 19] = [
    "node_modules",
    "bower_components",
    "Pods",
    "Carthage",
    "DerivedData",
    "SourcePackages",
    "dist",
    "build",
    "out",
    "target",
    "vendor",
    "third_party",
    "venv",
    "coverage",
    "generated",
    "__generated__",
    "__pycache__",
    ".git",
    ".venv",
];

/// Folders of tests: what they construct is no app.
const TESTS: [&str; 12] = [
    "__tests__",
    "__test__",
    "__mocks__",
    "__fixtures__",
    "test",
    "tests",
    "fixtures",
    "e2e",
    "androidtest",
    "cypress",
    "testfixtures",
    "mocks",
];

/// Endings of names of files of tests, stubs and generated code.
const NO_SOURCE: [&str; 13] = [
    ".d.ts",
    ".d.mts",
    ".d.cts",
    ".min.js",
    ".bundle.js",
    ".generated.ts",
    ".gen.ts",
    ".g.kt",
    ".generated.swift",
    ".g.dart",
    ".stories.tsx",
    ".stories.ts",
    ".stories.jsx",
];

const SOURCES: [&str; 13] = [
    "ts", "tsx", "js", "jsx", "mts", "cts", "mjs", "cjs", "swift", "kt", "kts", "java", "dart",
];

const MANIFESTS: [&str; 8] = [
    "package.json",
    "pnpm-workspace.yaml",
    "Podfile",
    "Package.swift",
    "project.pbxproj",
    "gradle.properties",
    "pubspec.yaml",
    "project.yml",
];

const LOCKS: [&str; 10] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "Podfile.lock",
    "Package.resolved",
    "gradle.lockfile",
    "pubspec.lock",
];

/// What is wanted beside a manifest although `.gitignore` may name it.
pub(super) const BESIDE: [&str; 14] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "Podfile.lock",
    "ios/Podfile.lock",
    "Package.resolved",
    "gradle.lockfile",
    "android/gradle.lockfile",
    "android/app/gradle.lockfile",
    "schema.prisma",
    "prisma/schema.prisma",
];

/// What of the folders above may serve the target.
pub(super) const ABOVE: [&str; 13] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock",
    "bun.lockb",
    "gradle.properties",
    "build.gradle",
    "build.gradle.kts",
    "gradle/libs.versions.toml",
    "gradle.lockfile",
];

/// Names that only one ORM gives.
const MARKS: [(&str, &str); 16] = [
    ("drizzle.config.ts", "Drizzle"),
    ("drizzle.config.js", "Drizzle"),
    ("drizzle.config.mjs", "Drizzle"),
    ("ormconfig.json", "TypeORM"),
    ("ormconfig.js", "TypeORM"),
    ("ormconfig.ts", "TypeORM"),
    ("mikro-orm.config.ts", "MikroORM"),
    ("mikro-orm.config.js", "MikroORM"),
    ("knexfile.js", "Knex"),
    ("knexfile.ts", "Knex"),
    ("alembic.ini", "Alembic (SQLAlchemy)"),
    ("manage.py", "Django"),
    ("artisan", "Laravel (Eloquent)"),
    ("schema.rb", "Rails (Active Record)"),
    ("sequelize.config.js", "Sequelize"),
    ("db.changelog-master.xml", "Liquibase"),
];

/// Whether a folder or file of this name is passed over with all that it holds.
pub(super) fn is_skipped(name: &OsStr) -> bool {
    SKIPPED.iter().any(|it| name == *it)
}

/// What the file of this name in this folder below the root is; null for what no audit reads.
pub(super) fn of(folder: &str, name: &str) -> Option<Kind> {
    if LOCKS.contains(&name) {
        return Some(Kind::Lock);
    }
    if let Some((_, orm)) = MARKS.iter().find(|(mark, _)| *mark == name) {
        let rails = name != "schema.rb" || folder.rsplit('/').next() == Some("db");
        return rails.then_some(Kind::Mark(orm));
    }
    let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
    match extension {
        "prisma" => return Some(Kind::Prisma),
        "sql" => return Some(Kind::Sql),
        _ => {}
    }
    let gradle = extension == "gradle" || name.ends_with(".gradle.kts");
    let manifest = MANIFESTS.contains(&name)
        || gradle
        || name.ends_with(".versions.toml")
        || extension == "podspec";
    let test = is_test(folder, name);
    if manifest {
        return (!test).then_some(Kind::Manifest);
    }
    let source = SOURCES.contains(&extension) && !test;
    (source && !NO_SOURCE.iter().any(|it| name.ends_with(it))).then_some(Kind::Source)
}

fn is_test(folder: &str, name: &str) -> bool {
    let in_tests = folder.split('/').any(|part| {
        let lower = part.to_ascii_lowercase();
        // `MyAppTests` and `MyAppUITests` of Xcode, `src/testDebug` and `src/commonTest` of Gradle.
        TESTS.contains(&lower.as_str())
            || part.ends_with("Tests")
            || (folder.contains("src/test") && lower.starts_with("test"))
    });
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let mobile = matches!(extension, "swift" | "kt" | "java");
    in_tests
        || [".test", ".spec", ".e2e", ".mock", ".cy"]
            .iter()
            .any(|it| stem.ends_with(it))
        || stem.ends_with("_test")
        || (mobile
            && ["Tests", "Test", "Spec"]
                .iter()
                .any(|it| stem.ends_with(it) && stem.len() > it.len()))
}

/// How many bytes of a file of this name are read at most.
pub(super) fn limit(name: &str) -> u64 {
    let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
    let lock = LOCKS.contains(&name) || extension == "sql";
    let large = name == "project.pbxproj" || extension == "prisma";
    match (lock, large) {
        (true, _) => 64 << 20,
        (false, true) => 16 << 20,
        (false, false) => 2 << 20,
    }
}
