//! What is made to crash a reader, or to make it grow.

use super::{answers, audited, tree, write};
use crate::code::audit;
use crate::walk::walk;
use rstest::rstest;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Far more than any of these needs on a busy machine, far less than what grows without bounds would take.
const PATIENCE: Duration = Duration::from_mins(1);

const RN: &str = r#"{"dependencies": {"@portal-hq/core": "^3.0.0"}}"#;

#[rstest]
#[case::npm(
    50,
    "package-lock.json",
    "{\"packages\": {",
    "\"node_modules/p{}\": {\"version\": \"1.0.0\", \"dependencies\": {\"a\": \"1\"}},\n",
    "\"node_modules/@portal-hq/core\": {\"version\": \"2.4.0\"}}}"
)]
#[case::yarn(
    10,
    "yarn.lock",
    "# yarn lockfile v1\n",
    "p{}@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/p\"\n\n",
    "\"@portal-hq/core@>=2\":\n  version \"2.4.0\"\n"
)]
#[case::pnpm(
    10,
    "pnpm-lock.yaml",
    "importers:\n  .:\n    dependencies:\n",
    "      p{}:\n        specifier: ^1.0.0\n        version: 1.0.0\n",
    "      '@portal-hq/core':\n        specifier: '>=2'\n        version: 2.4.0\n"
)]
#[case::bun(
    10,
    "bun.lock",
    "{\"packages\": {\n",
    "\"p{}\": [\"p@1.0.0\", \"\", {\"dependencies\": {\"a\": \"1\",},}, \"sha512-x\"],\n",
    "\"@portal-hq/core\": [\"@portal-hq/core@2.4.0\", \"\", {}, \"x\"],}}"
)]
fn lock_files_of_many_megabytes_are_read(
    #[case] megabytes: usize,
    #[case] name: &str,
    #[case] head: &str,
    #[case] entry: &str,
    #[case] tail: &str,
) {
    let folder = tree(&[(
        "package.json",
        r#"{"dependencies": {"@portal-hq/core": ">=2"}}"#,
    )]);
    let file = std::fs::File::create(folder.path().join(name)).unwrap();
    let mut file = std::io::BufWriter::new(file);
    file.write_all(head.as_bytes()).unwrap();
    let mut written = 0;
    for number in 0.. {
        let text = entry.replace("{}", &number.to_string());
        written += text.len();
        file.write_all(text.as_bytes()).unwrap();
        if written > megabytes << 20 {
            break;
        }
    }
    file.write_all(tail.as_bytes()).unwrap();
    file.flush().unwrap();
    let begin = Instant::now();
    let found = audit(&walk(folder.path()));
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    assert_eq!(
        answers(&found, "sdk.version"),
        ["sdk-too-old"],
        "{found:#?}"
    );
}

#[rstest]
#[case::parentheses("a.ts", "(", "")]
#[case::brackets("a.tsx", "[", "")]
#[case::objects("a.ts", "{a:", "")]
#[case::calls("a.ts", "new Portal({featureFlags:", "")]
#[case::templates("a.ts", "`${", "")]
#[case::sums("a.ts", "'a' + ", "'/stored-client-backup-share'")]
#[case::closed("a.ts", "f(", "CLOSE")]
#[case::jsx("a.tsx", "<a b={", "")]
#[case::arrows("a.ts", "x=>", "")]
#[case::conditions("a.ts", "a?b:", "")]
#[case::negations("a.ts", "!", "")]
#[case::news("a.ts", "new ", "")]
#[case::swift("a.swift", "Portal(featureFlags: ", "")]
#[case::swift_arrays("a.swift", "[", "")]
#[case::kotlin("a.kt", "Portal(featureFlags = ", "")]
#[case::kotlin_blocks("a.kt", "{", "")]
#[case::java("A.java", "new Portal(", "")]
#[case::java_blocks("A.java", "{", "")]
fn nesting_as_deep_as_a_file_can_hold_neither_crashes_nor_hangs(
    #[case] name: &str,
    #[case] opening: &str,
    #[case] closing: &str,
) {
    let closing = if closing == "CLOSE" {
        format!("{}\n", ")".repeat(10)).repeat(10_000)
    } else {
        closing.to_owned()
    };
    // As deep as a file can be that is parsed at all.
    let steps = 400_000 / opening.len();
    let head = "import Portal from '@portal-hq/core'\nimport PortalSwift\nimport io.portalhq.android.Portal\n";
    let text = format!(
        "{head}{}{closing}",
        format!("{}\n", opening.repeat(10)).repeat(steps / 10)
    );
    let begin = Instant::now();
    let found = audited(&[("package.json", RN), (name, &text)]);
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    assert_eq!(answers(&found, "sdk.version").first(), Some(&"kept"));
}

#[rstest]
#[case::json("package.json", "{\"dependencies\": ", "{\"a\": ")]
#[case::lock("package-lock.json", "{\"packages\": ", "{\"a\": ")]
#[case::lists("package-lock.json", "{\"other\": ", "[")]
#[case::resolved("Package.resolved", "{\"pins\": ", "[")]
#[case::yaml("pnpm-lock.yaml", "importers:\n", " a:\n")]
#[case::toml("gradle/libs.versions.toml", "x = \"io.portalhq.android\"\na = ", "[")]
#[case::gradle("app/build.gradle", "io.portalhq.android", "(")]
#[case::package("Package.swift", "PortalSwift .package(", "(")]
fn nested_data_neither_crashes_nor_hangs(
    #[case] name: &str,
    #[case] head: &str,
    #[case] opening: &str,
) {
    let text = format!("{head}{}", opening.repeat(100_000));
    let folder = tree(&[("app/package.json", RN), (name, &text)]);
    let begin = Instant::now();
    let found = audit(&walk(folder.path()));
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    assert!(
        answers(&found, "sdk.version").contains(&"kept"),
        "{found:#?}"
    );
}

#[test]
fn many_variables_of_one_name_do_not_multiply() {
    let mut text = String::from("import Portal from '@portal-hq/core'\n");
    for number in 0..20_000 {
        let next = number + 1;
        writeln!(text, "const a{number} = a{next}; const b = {{ ...b, a{number} }}; new Portal({{ ...b, featureFlags: a{number} }})").unwrap();
    }
    let begin = Instant::now();
    let found = audited(&[("package.json", RN), ("a.ts", &text)]);
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    assert!(!answers(&found, "sdk.flag").is_empty());
}

#[test]
fn a_binary_that_is_named_as_source_is_passed_over() {
    let folder = tree(&[("package.json", RN)]);
    let mut bytes = vec![0x47, 0x40, 0x00, 0x10, 0x00];
    bytes.extend(b"new Portal( '@portal-hq/core' isMultiBackupEnabled".repeat(1000));
    bytes.extend((0..=255).cycle().take(100_000));
    std::fs::write(folder.path().join("video.ts"), bytes).unwrap();
    let found = audit(&walk(folder.path()));
    assert_eq!(answers(&found, "sdk.flag"), ["void"]);
}

#[test]
fn text_that_is_no_utf_8_and_a_byte_order_mark_are_read() {
    let folder = tree(&[("package.json", &format!("\u{feff}{RN}"))]);
    let mut bytes = b"\xef\xbb\xbfimport Portal from '@portal-hq/core'\n// \xff\xfe\nnew Portal({ version: 'v5' })\n".to_vec();
    bytes.push(b'\r');
    std::fs::write(folder.path().join("a.ts"), bytes).unwrap();
    let found = audit(&walk(folder.path()));
    assert_eq!(answers(&found, "sdk.mpc-version"), ["old-mpc"]);
}

#[test]
fn what_is_packed_for_browsers_is_told() {
    let text = format!(
        "import Portal from '@portal-hq/core';new Portal({{ version: 'v5' }});{}",
        "f();".repeat(40_000)
    );
    let found = audited(&[("package.json", RN), ("public/app.js", &text)]);
    assert_eq!(answers(&found, "sdk.mpc-version"), ["void"]);
    assert!(
        found.notes.iter().any(|it| it.says.contains("packed")),
        "{:?}",
        found.notes
    );
}

#[test]
fn source_that_is_too_large_is_told() {
    let folder = tree(&[("package.json", RN)]);
    write(folder.path(), "src/a.ts", &"x\n".repeat(2 << 20));
    write(folder.path(), "src/b.ts", &"x\n".repeat(2 << 20));
    let found = walk(folder.path());
    assert!(found.sources.is_empty());
    assert!(
        found
            .notes
            .iter()
            .any(|it| it.says.contains("2 source files are larger than 2 MB")),
        "{:?}",
        found.notes
    );
}
