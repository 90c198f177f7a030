//! Each format of manifests and lock files, in the shapes that real apps have.

use super::{answers, audited, only};
use crate::code::Sdk;
use rstest::rstest;

const ASKS_3: &str = r#"{"name": "app", "dependencies": {"@portal-hq/core": "^3.0.0"}}"#;
const ASKS_2: &str = r#"{"name": "app", "dependencies": {"@portal-hq/core": "^2.0.0"}}"#;

#[rstest]
#[case::npm_1("package-lock.json", r#"{"lockfileVersion": 1, "dependencies": {"@portal-hq/core": {"version": "VERSION", "dependencies": {"@portal-hq/utils": {"version": "1.0.0"}}}}}"#)]
#[case::npm_3("package-lock.json", r#"{"lockfileVersion": 3, "packages": {"": {"name": "app"}, "node_modules/@portal-hq/core": {"version": "VERSION"}, "node_modules/x/node_modules/@portal-hq/core": {"version": "9.9.9"}}}"#)]
#[case::shrinkwrap(
    "npm-shrinkwrap.json",
    r#"{"packages": {"node_modules/@portal-hq/core": {"version": "VERSION"}}}"#
)]
#[case::yarn_1(
    "yarn.lock",
    "# yarn lockfile v1\n\n\n\"@portal-hq/core@^2.0.0\", \"@portal-hq/core@^3.0.0\":\n  version \"VERSION\"\n  resolved \"https://x\"\n  dependencies:\n    \"@portal-hq/utils\" \"^1.0.0\"\n"
)]
#[case::yarn_berry(
    "yarn.lock",
    "__metadata:\n  version: 8\n\n\"@portal-hq/core@npm:^2.0.0, @portal-hq/core@npm:^3.0.0\":\n  version: VERSION\n  resolution: \"@portal-hq/core@npm:VERSION\"\n"
)]
#[case::pnpm_5(
    "pnpm-lock.yaml",
    "lockfileVersion: 5.4\n\nspecifiers:\n  '@portal-hq/core': ^3.0.0\n\ndependencies:\n  '@portal-hq/core': VERSION_react@18.2.0\n"
)]
#[case::pnpm_6(
    "pnpm-lock.yaml",
    "lockfileVersion: '6.0'\n\ndependencies:\n  '@portal-hq/core':\n    specifier: ^3.0.0\n    version: VERSION(react@18.2.0)\n"
)]
#[case::pnpm_9(
    "pnpm-lock.yaml",
    "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '@portal-hq/core':\n        specifier: ^3.0.0\n        version: VERSION(react-native@0.73.0(react@18.2.0))\n\npackages:\n\n  '@portal-hq/core@9.9.9':\n    resolution: {integrity: sha512-x}\n"
)]
#[case::pnpm_11(
    "pnpm-lock.yaml",
    "---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    packageManagerDependencies:\n      pnpm:\n        specifier: 11.0.0\n        version: 11.0.0\n\n---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '@portal-hq/core':\n        specifier: ^3.0.0\n        version: VERSION\n"
)]
#[case::bun(
    "bun.lock",
    "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\n    \"\": {\n      \"name\": \"app\",\n      \"dependencies\": {\n        \"@portal-hq/core\": \"^3.0.0\",\n      },\n    },\n  },\n  \"packages\": {\n    \"@portal-hq/core\": [\"@portal-hq/core@VERSION\", \"\", { \"dependencies\": { \"x\": \"1\" } }, \"sha512-x==\"],\n  },\n}\n"
)]
fn what_a_lock_file_of_npm_resolved_counts(#[case] name: &str, #[case] lock: &str) {
    for (manifest, version, answer) in [(ASKS_3, "3.2.1", "kept"), (ASKS_2, "2.4.1", "sdk-too-old")]
    {
        let mut lock = lock.replace("VERSION", version);
        if version == "2.4.1" {
            lock = lock.replace("specifier: ^3.0.0", "specifier: ^2.0.0");
        }
        let audit = audited(&[("package.json", manifest), (name, &lock)]);
        assert_eq!(answers(&audit, "sdk.version"), [answer], "{audit:#?}");
        assert_eq!(audit.apps[0].version.as_deref(), Some(version));
        assert!(only(&audit, "sdk.version").message.contains(version));
        assert!(
            only(&audit, "sdk.version")
                .place
                .as_ref()
                .unwrap()
                .to_string()
                .contains(name)
        );
    }
}

#[test]
fn the_message_names_the_mend() {
    let lock = "\"@portal-hq/core@^2.0.0\":\n  version \"2.4.1\"\n";
    let audit = audited(&[("package.json", ASKS_2), ("yarn.lock", lock)]);
    let finding = only(&audit, "sdk.version");
    assert!(
        finding.message.starts_with("`@portal-hq/core` 2.4.1 in "),
        "{}",
        finding.message
    );
    assert!(
        finding
            .message
            .ends_with("yarn.lock: multi-backup begins at 3.0.0"),
        "{}",
        finding.message
    );
    assert_eq!(finding.observed.as_deref(), Some("2.4.1"));
}

#[rstest]
#[case::range("^3.1.0", "kept")]
#[case::old_range("^2.1.0", "sdk-too-old")]
#[case::wide(">=2.0.0", "sdk-too-old")]
#[case::either("^2.0.0 || ^3.0.0", "sdk-too-old")]
#[case::preview("3.0.0-beta.2", "unknown")]
#[case::any("*", "unknown")]
#[case::tag("latest", "unknown")]
#[case::workspace("workspace:*", "unknown")]
#[case::file("file:../portal-sdk-2.0.0", "unknown")]
#[case::link("link:../sdk", "unknown")]
#[case::git("git+https://github.com/acme/sdk.git#v2.0.0", "unknown")]
#[case::tarball("https://example.com/core-2.0.0.tgz", "unknown")]
#[case::catalog_of_nowhere("catalog:", "unknown")]
#[case::alias("npm:@portal-hq/core@^2.0.0", "sdk-too-old")]
fn without_a_lock_file_the_least_version_of_the_range_counts(
    #[case] range: &str,
    #[case] answer: &str,
) {
    let manifest = format!(r#"{{"dependencies": {{"@portal-hq/core": "{range}"}}}}"#);
    let audit = audited(&[("package.json", &manifest)]);
    assert_eq!(answers(&audit, "sdk.version"), [answer]);
}

#[rstest]
#[case::pnpm(
    "pnpm-workspace.yaml",
    "packages:\n  - apps/*\ncatalog:\n  '@portal-hq/core': ^2.3.0\n",
    "catalog:"
)]
#[case::pnpm_named(
    "pnpm-workspace.yaml",
    "catalogs:\n  mobile:\n    \"@portal-hq/core\": ^2.3.0 # old\n",
    "catalog:mobile"
)]
#[case::bun(
    "package.json",
    r#"{"workspaces": {"packages": ["apps/*"], "catalog": {"@portal-hq/core": "^2.3.0"}}}"#,
    "catalog:"
)]
fn catalogues_of_the_workspace_are_read(
    #[case] name: &str,
    #[case] text: &str,
    #[case] range: &str,
) {
    let manifest = format!(r#"{{"dependencies": {{"@portal-hq/core": "{range}"}}}}"#);
    let audit = audited(&[(name, text), ("apps/mobile/package.json", &manifest)]);
    assert_eq!(answers(&audit, "sdk.version"), ["sdk-too-old"]);
}

#[test]
fn an_alias_is_followed_through_the_lock_file() {
    let manifest = r#"{"dependencies": {"portal": "npm:@portal-hq/web@^0.1.0"}}"#;
    let lock =
        r#"{"packages": {"node_modules/portal": {"name": "@portal-hq/web", "version": "0.1.9"}}}"#;
    let audit = audited(&[("package.json", manifest), ("package-lock.json", lock)]);
    assert_eq!(answers(&audit, "sdk.version"), ["sdk-too-old"]);
    assert_eq!(audit.apps[0].sdk, Sdk::Web);
}

#[test]
fn an_alias_for_another_package_is_no_app() {
    let manifest = r#"{"dependencies": {"@portal-hq/core": "npm:@acme/core@^1.0.0"}}"#;
    let audit = audited(&[("package.json", manifest)]);
    assert!(audit.apps.is_empty(), "{audit:#?}");
}

#[test]
fn a_package_that_only_passes_the_sdk_on_is_not_judged() {
    let manifest = r#"{"peerDependencies": {"@portal-hq/core": ">=2"}}"#;
    let audit = audited(&[("package.json", manifest)]);
    assert_eq!(answers(&audit, "sdk.version"), ["void"]);
}

#[test]
fn of_two_versions_the_one_that_the_app_asks_for_counts() {
    let lock = "\"@portal-hq/core@^2.0.0\":\n  version \"2.9.0\"\n\n\"@portal-hq/core@^3.0.0\":\n  version \"3.4.0\"\n";
    let audit = audited(&[("package.json", ASKS_3), ("yarn.lock", lock)]);
    assert_eq!(answers(&audit, "sdk.version"), ["kept"]);
}

#[test]
fn a_stale_lock_file_is_undecided_not_too_old() {
    let lock = "\"@portal-hq/core@^2.0.0\":\n  version \"2.9.0\"\n";
    let audit = audited(&[("package.json", ASKS_3), ("yarn.lock", lock)]);
    assert_eq!(answers(&audit, "sdk.version"), ["unknown"]);
}

#[test]
fn two_lock_files_side_by_side_that_disagree_are_undecided() {
    let yarn = "\"@portal-hq/core@>=2\":\n  version \"2.9.0\"\n";
    let npm = r#"{"packages": {"node_modules/@portal-hq/core": {"version": "3.0.1"}}}"#;
    let manifest = r#"{"dependencies": {"@portal-hq/core": ">=2"}}"#;
    let audit = audited(&[
        ("package.json", manifest),
        ("yarn.lock", yarn),
        ("package-lock.json", npm),
    ]);
    assert_eq!(answers(&audit, "sdk.version"), ["unknown"]);
}

#[test]
fn a_binary_or_broken_lock_file_is_told() {
    let audit = audited(&[
        ("package.json", ASKS_3),
        (
            "bun.lockb",
            "#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0",
        ),
    ]);
    assert_eq!(answers(&audit, "sdk.version"), ["kept"]);
    assert!(
        audit
            .notes
            .iter()
            .any(|it| it.says.contains("--save-text-lockfile")),
        "{:#?}",
        audit.notes
    );
    let conflict = "<<<<<<< HEAD\n\"@portal-hq/core@^3.0.0\":\n  version \"3.0.0\"\n";
    let audit = audited(&[("package.json", ASKS_3), ("yarn.lock", conflict)]);
    assert!(
        audit.notes.iter().any(|it| it.says.contains("merge")),
        "{:#?}",
        audit.notes
    );
}

#[rstest]
#[case::npm("package-lock.json", r#"{"packages": {"apps/old/node_modules/@portal-hq/core": {"version": "2.9.0"}, "node_modules/@portal-hq/core": {"version": "3.3.0"}}}"#)]
#[case::pnpm(
    "pnpm-lock.yaml",
    "importers:\n  apps/new:\n    dependencies:\n      '@portal-hq/core':\n        specifier: '>=2'\n        version: 3.3.0\n  apps/old:\n    dependencies:\n      '@portal-hq/core':\n        specifier: '>=2'\n        version: 2.9.0\n"
)]
#[case::bun(
    "bun.lock",
    "{\"workspaces\": {}, \"packages\": {\"@portal-hq/core\": [\"@portal-hq/core@3.3.0\", \"\", {}, \"x\"], \"old/@portal-hq/core\": [\"@portal-hq/core@2.9.0\", \"\", {}, \"x\"],}}"
)]
fn apps_of_a_workspace_are_judged_one_by_one(#[case] name: &str, #[case] lock: &str) {
    let manifest = |name: &str| {
        format!(r#"{{"name": "{name}", "dependencies": {{"@portal-hq/core": ">=2"}}}}"#)
    };
    let audit = audited(&[
        (name, lock),
        (
            "package.json",
            r#"{"name": "root", "workspaces": ["apps/*"]}"#,
        ),
        ("apps/new/package.json", &manifest("new")),
        ("apps/old/package.json", &manifest("old")),
    ]);
    assert_eq!(
        answers(&audit, "sdk.version"),
        ["kept", "sdk-too-old"],
        "{audit:#?}"
    );
    assert!(
        audit.apps[1].name.ends_with("/apps/old"),
        "{:?}",
        audit.apps
    );
}

#[test]
fn a_lock_file_above_the_target_serves_it() {
    let folder = super::tree(&[
        (
            "pnpm-lock.yaml",
            "importers:\n  apps/old:\n    dependencies:\n      '@portal-hq/core':\n        specifier: '>=2'\n        version: 2.9.0\n",
        ),
        (
            "apps/old/package.json",
            r#"{"dependencies": {"@portal-hq/core": ">=2"}}"#,
        ),
        ("apps/new/package.json", "{}"),
    ]);
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let audit = crate::code::audit(&crate::walk::walk(&folder.path().join("apps/old")));
    assert_eq!(answers(&audit, "sdk.version"), ["sdk-too-old"]);
    assert!(
        only(&audit, "sdk.version").message.contains("2.9.0 in "),
        "{audit:#?}"
    );
}

#[rstest]
#[case::one(&[("@portal-hq/core", "4.1.0"), ("@portal-hq/keychain", "4.1.0")], "4.1.0", "kept")]
#[case::two(&[("@portal-hq/core", "4.1.0"), ("@portal-hq/keychain", "4.0.0")], "4.1.0", "several-versions")]
#[case::stale_pods(&[("@portal-hq/core", "4.1.0"), ("@portal-hq/keychain", "4.1.0")], "4.0.2", "several-versions")]
#[case::web_has_its_own(&[("@portal-hq/core", "4.1.0"), ("@portal-hq/web", "3.4.0")], "4.1.0", "kept")]
fn the_packages_of_an_app_are_of_one_version(
    #[case] packages: &[(&str, &str)],
    #[case] pod: &str,
    #[case] answer: &str,
) {
    let asked: Vec<String> = packages
        .iter()
        .map(|(name, _)| format!("\"{name}\": \"*\""))
        .collect();
    let got: Vec<String> = packages
        .iter()
        .map(|(name, version)| format!("\"node_modules/{name}\": {{\"version\": \"{version}\"}}"))
        .collect();
    let manifest = format!("{{\"dependencies\": {{{}}}}}", asked.join(", "));
    let lock = format!("{{\"packages\": {{{}}}}}", got.join(", "));
    let pods = format!(
        "PODS:\n  - PortalMpc ({pod}):\n    - React-Core\n\nDEPENDENCIES:\n  - PortalMpc (from `../node_modules/@portal-hq/core`)\n"
    );
    let audit = audited(&[
        ("package.json", &manifest),
        ("package-lock.json", &lock),
        ("ios/Podfile.lock", &pods),
    ]);
    let found = answers(&audit, "sdk.one-version");
    assert!(found.contains(&answer), "{audit:#?}");
}

#[test]
fn the_two_halves_of_flutter_are_two_apps() {
    let audit = audited(&[
        ("pubspec.yaml", "name: wallet\n"),
        ("lib/main.dart", "void main() {}\n"),
        ("ios/Podfile", "pod 'PortalSwift', '~> 3.0'\n"),
        ("ios/Podfile.lock", "PODS:\n  - PortalSwift (3.2.0)\n"),
        (
            "android/app/build.gradle",
            "dependencies { implementation 'io.portalhq.android:portal-android:2.9.0' }\n",
        ),
    ]);
    let found: Vec<(&str, Sdk)> = audit
        .apps
        .iter()
        .map(|it| (it.folder.as_str(), it.sdk))
        .collect();
    assert_eq!(found, [("android/app", Sdk::Android), ("ios", Sdk::Swift)]);
    assert_eq!(answers(&audit, "sdk.version"), ["sdk-too-old", "kept"]);
}

#[test]
fn the_sdks_own_packages_are_no_apps() {
    let audit = audited(&[
        (
            "package.json",
            r#"{"name": "@portal-hq/core", "dependencies": {"@portal-hq/utils": "^1.0.0", "@portal-hq/web": "0.1.0"}}"#,
        ),
        (
            "src/index.ts",
            "import { Portal } from '@portal-hq/core'\nexport const p = new Portal({ featureFlags: { isMultiBackupEnabled: false } })\n",
        ),
        (
            "swift/Package.swift",
            "let package = Package(name: \"PortalSwift\")\n",
        ),
        (
            "swift/Sources/Portal.swift",
            "import PortalSwift\nlet p = Portal(\"k\", version: \"v5\")\n",
        ),
    ]);
    assert!(audit.apps.is_empty(), "{audit:#?}");
    assert!(audit.findings.is_empty(), "{audit:#?}");
}

#[test]
fn where_nothing_uses_an_sdk_nothing_is_said_of_it() {
    let audit = audited(&[
        ("package.json", r#"{"dependencies": {"express": "4"}}"#),
        ("src/a.ts", "export {}\n"),
    ]);
    assert!(audit.findings.is_empty());
    assert!(
        audit.notes[0].says.contains("no app here uses an SDK"),
        "{:?}",
        audit.notes
    );
}
