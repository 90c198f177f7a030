//! Places that construct Portal, tell it of a backup, or recover a wallet, in each language.

use super::{answers, audited, only};
use crate::code::CodeAudit;
use crate::finding::Answer;
use rstest::rstest;

const RN: &str = r#"{"name": "app", "dependencies": {"@portal-hq/core": "^4.0.0"}}"#;
const GRADLE: &str = "dependencies { implementation 'io.portalhq.android:portal-android:8.0.0' }\n";
const PODFILE: &str = "pod 'PortalSwift', '~> 7.0'\n";

pub(super) fn script(text: &str) -> CodeAudit {
    let manifest = if text.contains("@portal-hq/web") {
        RN.replace("core", "web")
    } else {
        RN.to_owned()
    };
    audited(&[
        ("package.json", &manifest),
        ("src/app/(tabs)/index.tsx", text),
    ])
}

pub(super) fn swift(text: &str) -> CodeAudit {
    audited(&[("Podfile", PODFILE), ("App/Wallet.swift", text)])
}

pub(super) fn kotlin(text: &str) -> CodeAudit {
    audited(&[
        ("app/build.gradle", GRADLE),
        ("app/src/main/java/a/Wallet.kt", text),
    ])
}

pub(super) fn java(text: &str) -> CodeAudit {
    audited(&[
        ("app/build.gradle", GRADLE),
        ("app/src/main/java/a/Wallet.java", text),
    ])
}

/// What is said of the flag: on, off, left out, or by hand.
pub(super) fn flag(audit: &CodeAudit) -> &'static str {
    let at_all = answers(audit, "sdk.flag");
    let off = answers(audit, "sdk.flag-off");
    let says = &audit
        .findings
        .iter()
        .find(|it| it.requirement == "sdk.flag")
        .unwrap()
        .message;
    match (at_all.as_slice(), off.as_slice()) {
        (["kept"], ["kept"]) => "on",
        (["void"], ["flag-off"]) => "off",
        (["void"], ["kept"]) if says.contains("left out") => "left",
        (["void"], ["void"]) if says.contains("by hand") => "hand",
        (["void"], ["void"]) if says.contains("no source here constructs") => "none",
        _ => panic!("{audit:#?}"),
    }
}

#[rstest]
#[case::literal(
    "import Portal from '@portal-hq/core'\nnew Portal({ apiKey, featureFlags: { isMultiBackupEnabled: true } })",
    "on"
)]
#[case::quoted(
    "import { Portal } from '@portal-hq/web'\nnew Portal({ 'featureFlags': { 'isMultiBackupEnabled': true } })",
    "on"
)]
#[case::aliased(
    "import { Portal as Wallet } from '@portal-hq/core'\nnew Wallet({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::default_alias(
    "import { default as P } from '@portal-hq/core'\nnew P({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::star(
    "import * as SDK from '@portal-hq/core'\nnew SDK.Portal({ featureFlags: { isMultiBackupEnabled: true } })",
    "on"
)]
#[case::star_default(
    "import * as SDK from '@portal-hq/web'\nnew SDK.default({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::required(
    "const { Portal } = require('@portal-hq/core')\nnew Portal({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::required_renamed(
    "const { Portal: P } = require('@portal-hq/core')\nnew P({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::required_member(
    "const P = require('@portal-hq/core').default\nnew P({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::required_whole(
    "const sdk = require('@portal-hq/core')\nnew sdk.Portal({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::import_require(
    "import sdk = require('@portal-hq/core')\nnew sdk.Portal({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::awaited(
    "async function f() { const m = await import('@portal-hq/web'); const Portal = m.default || m; return new Portal({ apiKey }) }",
    "left"
)]
#[case::awaited_destructured(
    "async function f() { const { default: P } = await import('@portal-hq/web'); return new P({ featureFlags: { isMultiBackupEnabled: false } }) }",
    "off"
)]
#[case::awaited_member(
    "async function f() { const P = (await import('@portal-hq/web')).default; return new P({ featureFlags: { isMultiBackupEnabled: false } }) }",
    "off"
)]
#[case::assigned_late(
    "let P\nasync function f() { P = (await import('@portal-hq/web')).default; return new P({ featureFlags: { isMultiBackupEnabled: false } }) }",
    "off"
)]
#[case::factory(
    "import { Portal } from '@portal-hq/core'\nexport const make = (apiKey: string) => new Portal({ apiKey, featureFlags: { isMultiBackupEnabled: true } })",
    "on"
)]
#[case::factory_parameter(
    "import { Portal } from '@portal-hq/core'\nexport function make(options: any) { return new Portal(options) }",
    "hand"
)]
#[case::factory_flag(
    "import { Portal } from '@portal-hq/core'\nexport function make(isMultiBackupEnabled: boolean) { return new Portal({ featureFlags: { isMultiBackupEnabled } }) }",
    "hand"
)]
#[case::extended(
    "import { Portal } from '@portal-hq/core'\nclass Mine extends Portal { constructor(k) { super({ apiKey: k, featureFlags: { isMultiBackupEnabled: false } }) } }",
    "off"
)]
#[case::extended_plain(
    "import { Portal } from '@portal-hq/core'\nclass Mine extends Portal {}\nnew Mine({ featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::left_out(
    "import Portal from '@portal-hq/core'\nnew Portal({ apiKey, gatewayConfig: { [chain]: url } })",
    "left"
)]
#[case::undefined(
    "import Portal from '@portal-hq/core'\nnew Portal({ apiKey, featureFlags: undefined })",
    "left"
)]
#[case::other_flags(
    "import Portal from '@portal-hq/core'\nnew Portal({ featureFlags: { useEnclaveMPCApi: true } })",
    "left"
)]
#[case::constant(
    "import Portal from '@portal-hq/core'\nconst ON = true\nnew Portal({ featureFlags: { isMultiBackupEnabled: ON } })",
    "on"
)]
#[case::constants(
    "import Portal from '@portal-hq/core'\nconst CONFIG = { flags: { multi: false } } as const\nconst featureFlags = { isMultiBackupEnabled: CONFIG.flags.multi }\nconst options = { apiKey, featureFlags }\nnew Portal(options)",
    "off"
)]
#[case::spread(
    "import Portal from '@portal-hq/core'\nconst base = { featureFlags: { isMultiBackupEnabled: true } }\nnew Portal({ ...base, apiKey })",
    "on"
)]
#[case::spread_over(
    "import Portal from '@portal-hq/core'\nconst base = { isMultiBackupEnabled: true }\nnew Portal({ featureFlags: { ...base, isMultiBackupEnabled: false } })",
    "off"
)]
#[case::spread_unknown_behind(
    "import Portal from '@portal-hq/core'\nimport { over } from './x'\nnew Portal({ featureFlags: { isMultiBackupEnabled: false, ...over } })",
    "hand"
)]
#[case::spread_unknown_before(
    "import Portal from '@portal-hq/core'\nimport { base } from './x'\nnew Portal({ ...base, featureFlags: { ...base.flags, isMultiBackupEnabled: true } })",
    "on"
)]
#[case::imported(
    "import Portal from '@portal-hq/core'\nimport { flags } from './flags'\nnew Portal({ featureFlags: flags })",
    "hand"
)]
#[case::environment(
    "import Portal from '@portal-hq/core'\nnew Portal({ featureFlags: { isMultiBackupEnabled: process.env.MULTI === 'true' } })",
    "hand"
)]
#[case::condition(
    "import Portal from '@portal-hq/core'\nnew Portal({ featureFlags: { isMultiBackupEnabled: ios ? true : false } })",
    "hand"
)]
#[case::reassigned(
    "import Portal from '@portal-hq/core'\nlet on = false\non = true\nnew Portal({ featureFlags: { isMultiBackupEnabled: on } })",
    "hand"
)]
#[case::never_reassigned(
    "import Portal from '@portal-hq/core'\nlet on = !0\nnew Portal({ featureFlags: { isMultiBackupEnabled: on } })",
    "on"
)]
#[case::member_changed(
    "import Portal from '@portal-hq/core'\nconst flags = { isMultiBackupEnabled: false }\nflags.isMultiBackupEnabled = true\nnew Portal({ featureFlags: flags })",
    "hand"
)]
#[case::shadowed(
    "import Portal from '@portal-hq/core'\nconst on = false\nfunction f(on) { return new Portal({ featureFlags: { isMultiBackupEnabled: on } }) }",
    "hand"
)]
#[case::inner_scope(
    "import Portal from '@portal-hq/core'\nconst on = false\nfunction f() { const on = true; return new Portal({ featureFlags: { isMultiBackupEnabled: on } }) }",
    "on"
)]
#[case::member_of_class(
    "import Portal from '@portal-hq/core'\nclass C { static readonly FLAGS = { isMultiBackupEnabled: true }\n f() { return new Portal({ featureFlags: C.FLAGS }) } }",
    "on"
)]
#[case::cast(
    "import Portal from '@portal-hq/core'\nnew Portal({ featureFlags: { isMultiBackupEnabled: true } as Flags } satisfies Options)",
    "on"
)]
#[case::jsx(
    "import Portal from '@portal-hq/core'\nexport default function App() { const p = useMemo(() => new Portal({ featureFlags: { isMultiBackupEnabled: true } }), []); return <View style={{ flex: 1 }}><Text>{p}</Text></View> }",
    "on"
)]
#[case::reexported(
    "import { Portal } from '@/lib/sdk'\nnew Portal({ apiKey, gatewayConfig: {}, featureFlags: { isMultiBackupEnabled: false } })",
    "off"
)]
#[case::frozen(
    "import Portal from '@portal-hq/core'\nconst o = Object.freeze({ featureFlags: { isMultiBackupEnabled: true } })\nnew Portal(o)",
    "on"
)]
#[case::syntax_error(
    "import Portal from '@portal-hq/core'\nconst x = = ;\nnew Portal({ featureFlags: { isMultiBackupEnabled: true } })",
    "on"
)]
fn the_flag_in_typescript(#[case] text: &str, #[case] said: &str) {
    assert_eq!(flag(&script(text)), said);
}

#[rstest]
#[case::another_vendor(
    "import Portal from '@arcgis/core/portal/Portal'\nnew Portal({ url: 'x', authMode: 'anonymous' })"
)]
#[case::component(
    "import { Portal } from 'react-native-paper'\nexport default () => <Portal><X/></Portal>"
)]
#[case::own_class("class Portal {}\nnew Portal({ x: 1 })")]
#[case::comment(
    "// new Portal({ featureFlags: { isMultiBackupEnabled: false } }) from '@portal-hq/core'\nexport {}"
)]
#[case::text(
    "export const docs = \"import Portal from '@portal-hq/core'; new Portal({ featureFlags: { isMultiBackupEnabled: false } })\""
)]
#[case::type_only("import type Portal from '@portal-hq/core'\ntype X = { portal: Portal }")]
#[case::stub("declare module '@portal-hq/core' { const x: any\n export default x }")]
fn what_only_looks_like_portal_is_none(#[case] text: &str) {
    assert_eq!(flag(&script(text)), "none");
}

#[rstest]
#[case("src/portal.test.ts")]
#[case("src/__tests__/portal.ts")]
#[case("e2e/portal.ts")]
#[case("src/portal.d.ts")]
#[case("docs/portal.md")]
#[case("node_modules/x/portal.ts")]
#[case("ios/Pods/x/portal.ts")]
#[case("dist/portal.js")]
fn tests_stubs_and_foreign_code_are_no_evidence(#[case] path: &str) {
    let text = "import Portal from '@portal-hq/core'\nnew Portal({ version: 'v5', featureFlags: { isMultiBackupEnabled: false } })\n";
    let audit = audited(&[("package.json", RN), (path, text)]);
    assert_eq!(answers(&audit, "sdk.flag-off"), ["void"]);
    assert_eq!(answers(&audit, "sdk.mpc-version"), ["void"]);
}

#[test]
fn generated_code_is_no_evidence() {
    let text =
        "/* @generated */\nimport Portal from '@portal-hq/core'\nnew Portal({ version: 'v5' })\n";
    assert_eq!(answers(&script(text), "sdk.mpc-version"), ["void"]);
}

#[test]
fn flags_that_are_off_away_from_the_construction_are_seen() {
    let text = "import io.portalhq.android.mpc.data.FeatureFlags\nfun start() = manager.initialize(featureFlags = FeatureFlags(isMultiBackupEnabled = false))\n";
    assert_eq!(answers(&kotlin(text), "sdk.flag-off"), ["flag-off"]);
    let text = "export const flags = { isMultiBackupEnabled: false }\n";
    let found = script(text);
    assert_eq!(only(&found, "sdk.flag-off").answer, Answer::Void);
    assert!(
        only(&found, "sdk.flag-off").message.contains("by hand"),
        "{found:#?}"
    );
}

#[rstest]
#[case::default("import Portal from '@portal-hq/core'\nnew Portal({ apiKey })", "kept")]
#[case::six(
    "import Portal from '@portal-hq/core'\nnew Portal({ version: 'v6' })",
    "kept"
)]
#[case::five(
    "import Portal from '@portal-hq/core'\nnew Portal({ version: 'v5' })",
    "old-mpc"
)]
#[case::other_name(
    "import Portal from '@portal-hq/core'\nconst V = `v${4}`\nnew Portal({ mpcVersion: \"v4\" })",
    "old-mpc"
)]
#[case::constant(
    "import Portal from '@portal-hq/core'\nconst V = 'v5'\nnew Portal({ version: V })",
    "old-mpc"
)]
#[case::environment(
    "import Portal from '@portal-hq/core'\nnew Portal({ version: process.env.MPC })",
    "void"
)]
fn the_mpc_version_in_typescript(#[case] text: &str, #[case] answer: &str) {
    assert_eq!(answers(&script(text), "sdk.mpc-version"), [answer]);
}

#[test]
fn the_mpc_version_in_the_others() {
    let found = swift("import PortalSwift\nlet p = try Portal(\"k\", version: \"v5\")\n");
    assert_eq!(answers(&found, "sdk.mpc-version"), ["old-mpc"]);
    let found = kotlin(
        "import io.portalhq.android.Portal\nprivate const val V = \"v5\"\nval p = Portal(apiKey = \"k\", version = V)\n",
    );
    assert_eq!(answers(&found, "sdk.mpc-version"), ["old-mpc"]);
    let found = java(
        "import io.portalhq.android.Portal;\nclass W { Portal p = new Portal(\"k\", null, \"v5\"); }\n",
    );
    assert_eq!(answers(&found, "sdk.mpc-version"), ["old-mpc"]);
    let place = only(&found, "sdk.mpc-version")
        .place
        .as_ref()
        .unwrap()
        .to_string();
    assert!(place.ends_with("Wallet.java:2:44"), "{place}");
}

#[test]
fn casts_of_old_typescript_are_read() {
    let text = "import Portal from '@portal-hq/core'\nconst o = <Options>{ version: 'v5' }\nnew Portal(o)\n";
    let audit = audited(&[("package.json", RN), ("src/a.ts", text)]);
    assert_eq!(answers(&audit, "sdk.mpc-version"), ["old-mpc"]);
}

#[test]
fn each_place_belongs_to_the_app_that_it_lies_in() {
    let audit = audited(&[
        (
            "package.json",
            r#"{"name": "root", "workspaces": ["apps/*", "packages/*"]}"#,
        ),
        (
            "apps/mobile/package.json",
            r#"{"name": "mobile", "dependencies": {"@portal-hq/core": "^4.0.0"}}"#,
        ),
        (
            "apps/mobile/app/(tabs)/index.tsx",
            "import Portal from '@portal-hq/core'\nnew Portal({ featureFlags: { isMultiBackupEnabled: true } })\n",
        ),
        (
            "apps/web/package.json",
            r#"{"name": "web", "dependencies": {"@portal-hq/web": "^3.0.0"}}"#,
        ),
        (
            "apps/web/src/portal.ts",
            "import Portal from '@portal-hq/web'\nnew Portal({ featureFlags: { isMultiBackupEnabled: false } })\n",
        ),
        ("apps/backend/package.json", r#"{"name": "backend"}"#),
        (
            "apps/backend/src/tell.ts",
            "fetch('https://api.portalhq.io/api/v1/clients/me/wallet/stored-client-backup-share')\n",
        ),
    ]);
    let said: Vec<(&str, &str)> = audit
        .findings
        .iter()
        .filter(|it| matches!(it.answer, Answer::Broken(_)))
        .map(|it| (it.requirement, it.subject.rsplit('/').next().unwrap()))
        .collect();
    assert_eq!(
        said,
        [("code.v1-endpoint", "backend"), ("sdk.flag-off", "web")],
        "{audit:#?}"
    );
}

#[test]
fn each_app_has_an_answer_to_each_requirement() {
    let audit = audited(&[
        ("package.json", RN),
        ("Podfile", PODFILE),
        ("app/build.gradle", GRADLE),
    ]);
    let requirements = [
        "code.v1-endpoint",
        "sdk.flag",
        "sdk.flag-off",
        "sdk.mpc-version",
        "sdk.one-version",
        "sdk.recovers-by-method",
        "sdk.version",
    ];
    for requirement in requirements {
        assert_eq!(answers(&audit, requirement).len(), 3, "{requirement}");
    }
}
