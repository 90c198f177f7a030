//! What a walk finds, and what it passes over.

use super::walk;
use rstest::rstest;
use std::path::Path;
use tempfile::TempDir;

fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in files {
        let (path, text) = path.split_once('=').unwrap_or((path, ""));
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The paths of what was found, below the root.
fn found(folder: &Path) -> Vec<String> {
    let tree = walk(folder);
    let lists = [
        &tree.prisma,
        &tree.sql,
        &tree.manifests,
        &tree.locks,
        &tree.sources,
    ];
    let files = lists.into_iter().flatten().map(|it| &it.path);
    let prefix = format!("{}/", folder.to_string_lossy());
    let mut found: Vec<String> = files
        .map(|it| it.strip_prefix(&prefix).unwrap().to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn files_are_sorted_by_kind() {
    let folder = tree(&[
        "prisma/schema.prisma",
        "db/001.sql",
        "package.json",
        "yarn.lock",
        "src/a.tsx",
        "ios/Podfile",
        "ios/Podfile.lock",
        "App.xcodeproj/project.pbxproj",
        "App.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved",
        "app/build.gradle.kts",
        "gradle/libs.versions.toml",
        "App/Main.swift",
        "a/B.java",
        "a/B.kt",
        "drizzle.config.ts",
        "README.md",
        "logo.png",
    ]);
    let tree = walk(folder.path());
    let counts = [
        tree.prisma.len(),
        tree.sql.len(),
        tree.manifests.len(),
        tree.locks.len(),
        tree.sources.len(),
    ];
    assert_eq!(counts, [1, 1, 5, 3, 4]);
    assert_eq!(
        tree.marks.iter().map(|it| it.orm).collect::<Vec<_>>(),
        ["Drizzle"]
    );
    assert!(tree.notes.is_empty(), "{:?}", tree.notes);
}

#[rstest]
#[case("node_modules/a/index.js")]
#[case("ios/Pods/a/A.swift")]
#[case("dist/a.js")]
#[case("android/app/build/a/B.java")]
#[case("vendor/a.ts")]
#[case("src/generated/a.ts")]
#[case("node_modules/.prisma/client/schema.prisma")]
#[case("src/__tests__/a.ts")]
#[case("src/a.test.ts")]
#[case("src/a.spec.tsx")]
#[case("app/src/test/java/A.java")]
#[case("app/src/androidTest/java/A.kt")]
#[case("AppTests/A.swift")]
#[case("Tests/AppTests/A.swift")]
#[case("src/WalletTest.kt")]
#[case("src/a.d.ts")]
#[case("src/a.min.js")]
#[case(".next/a.js")]
#[case("tests/fixtures/app/package.json")]
fn what_is_no_evidence_is_passed_over(#[case] path: &str) {
    assert_eq!(found(tree(&[path]).path()), Vec::<String>::new());
}

#[rstest]
#[case("app/(tabs)/index.tsx")]
#[case("src/latest/a.ts")]
#[case("src/contest/a.ts")]
#[case("src/Test.tsx")]
#[case("test/schema.prisma")]
#[case("tests/001.sql")]
#[case("src/äö ü/a.ts")]
fn what_only_looks_like_that_is_found(#[case] path: &str) {
    assert_eq!(found(tree(&[path]).path()), [path]);
}

#[test]
fn what_git_ignores_is_passed_over_unless_a_manifest_wants_it() {
    let folder = tree(&[
        ".gitignore=*.lock\npackage-lock.json\nsecret/\nprisma/\nios/\n",
        "package.json",
        "yarn.lock",
        "package-lock.json",
        "secret/a.ts",
        "prisma/schema.prisma",
        "prisma/other.prisma",
        "ios/Podfile.lock",
        "other/yarn.lock",
    ]);
    let wanted = [
        "ios/Podfile.lock",
        "package-lock.json",
        "package.json",
        "prisma/schema.prisma",
        "yarn.lock",
    ];
    assert_eq!(found(folder.path()), wanted);
}

#[test]
fn a_file_may_be_the_target() {
    let folder = tree(&["prisma/schema.prisma"]);
    let path = folder.path().join("prisma/schema.prisma");
    let tree = walk(&path);
    assert_eq!(tree.prisma.len(), 1);
    assert_eq!(tree.prisma[0].path, path.to_string_lossy());
    assert_eq!(tree.prisma[0].name, "schema.prisma");
}

#[test]
fn a_target_that_is_not_there_is_a_note() {
    let folder = tree(&[]);
    let tree = walk(&folder.path().join("nowhere"));
    assert_eq!(tree.notes.len(), 1);
    assert!(tree.notes[0].says.contains("nowhere"), "{:?}", tree.notes);
}

#[test]
fn nothing_is_written() {
    let folder = tree(&[
        "package.json={\"dependencies\": {\"@portal-hq/core\": \"1\"}}",
        "src/a.ts=x",
    ]);
    let before = listing(folder.path());
    crate::code::audit(&walk(folder.path()));
    assert_eq!(listing(folder.path()), before);
}

fn listing(folder: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        found.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
        if entry.file_type().unwrap().is_dir() {
            found.extend(listing(&entry.path()));
        }
    }
    found.sort();
    found
}

#[cfg(unix)]
mod unix {
    use super::{found, tree, walk};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_not_followed_and_loops_end() {
        let folder = tree(&["src/a.ts"]);
        symlink(folder.path(), folder.path().join("src/loop")).unwrap();
        symlink("b", folder.path().join("src/b")).unwrap();
        symlink("/nowhere/at/all", folder.path().join("src/c.ts")).unwrap();
        assert_eq!(found(folder.path()), ["src/a.ts"]);
        assert!(walk(folder.path()).notes.is_empty());
    }

    #[test]
    fn a_target_may_be_a_link() {
        let folder = tree(&["real/src/a.ts"]);
        symlink("real", folder.path().join("link")).unwrap();
        assert_eq!(walk(&folder.path().join("link")).sources.len(), 1);
    }

    #[test]
    fn names_that_are_no_utf_8_are_found() {
        let folder = tree(&["src/a.ts"]);
        let name = OsStr::from_bytes(b"b\xff.ts");
        std::fs::write(folder.path().join("src").join(name), "x").unwrap();
        let tree = walk(folder.path());
        assert_eq!(tree.sources.len(), 2);
        assert_eq!(tree.sources[1].text().unwrap(), "x");
    }

    #[test]
    fn a_lock_file_that_is_a_link_is_not_followed() {
        let folder = tree(&["package.json={}"]);
        symlink("/dev/zero", folder.path().join("yarn.lock")).unwrap();
        assert!(walk(folder.path()).locks.is_empty());
    }

    #[test]
    fn folders_three_hundred_deep_are_looked_through() {
        let deep = format!("{}a.ts", "d/".repeat(300));
        assert_eq!(found(tree(&[&deep]).path()), [deep.as_str()]);
    }
}
