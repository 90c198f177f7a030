//! Places that construct Portal in Swift, Kotlin and Java.

use super::source::{flag, java, kotlin, swift};
use rstest::rstest;

#[rstest]
#[case::positional(
    "import PortalSwift\nlet p = try Portal(\"k\", autoApprove: true, featureFlags: FeatureFlags(isMultiBackupEnabled: true))",
    "on"
)]
#[case::legacy(
    "import PortalSwift\nlet p = try Portal(apiKey: \"k\", backup: b, chainId: 1, keychain: c, gatewayConfig: [1: \"u\"], featureFlags: FeatureFlags(optimized: true, isMultiBackupEnabled: false))",
    "off"
)]
#[case::initializer(
    "import PortalSwift\nlet p = try Portal.init(\"k\", featureFlags: .init(isMultiBackupEnabled: true))",
    "on"
)]
#[case::qualified(
    "import PortalSwift\nlet p = try PortalSwift.Portal(\"k\", featureFlags: PortalSwift.FeatureFlags(isMultiBackupEnabled: false))",
    "off"
)]
#[case::left_out(
    "import PortalSwift\nfinal class V { func f() { Task { self.portal = try Portal(key, withRpcConfig: [\"a\": \"b\"], autoApprove: true) } } }",
    "left"
)]
#[case::nothing(
    "import PortalSwift\nlet p = try Portal(\"k\", featureFlags: nil)",
    "left"
)]
#[case::other(
    "import PortalSwift\nlet p = try Portal(\"k\", featureFlags: FeatureFlags(useEnclaveMPCApi: true))",
    "left"
)]
#[case::constant(
    "import PortalSwift\nenum Config { static let multi = true }\nlet p = try Portal(\"k\", featureFlags: FeatureFlags(isMultiBackupEnabled: Config.multi))",
    "on"
)]
#[case::flags_constant(
    "import PortalSwift\nclass W {\n  private let flags = FeatureFlags(isMultiBackupEnabled: false)\n  func f() { p = try? Portal(\"k\", featureFlags: self.flags) }\n}",
    "off"
)]
#[case::parameter(
    "import PortalSwift\nfunc f(on: Bool) { p = try! Portal(\"k\", featureFlags: FeatureFlags(isMultiBackupEnabled: on)) }",
    "hand"
)]
#[case::mutable(
    "import PortalSwift\nvar flags = FeatureFlags(isMultiBackupEnabled: false)\nflags.isMultiBackupEnabled = true\nlet p = try Portal(\"k\", featureFlags: flags)",
    "hand"
)]
#[case::own_class("import PortalSwift\nclass Portal {}\nlet p = Portal(\"k\")", "none")]
#[case::no_import(
    "let p = Portal(\"k\", featureFlags: FeatureFlags(isMultiBackupEnabled: false))",
    "none"
)]
#[case::comment(
    "import PortalSwift\n// Portal(\"k\", featureFlags: FeatureFlags(isMultiBackupEnabled: false))\nlet s = \"Portal(k)\"",
    "none"
)]
fn the_flag_in_swift(#[case] text: &str, #[case] said: &str) {
    assert_eq!(flag(&swift(text)), said);
}

#[rstest]
#[case::named(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nval p = Portal(apiKey = \"k\", featureFlags = FeatureFlags(isMultiBackupEnabled = true))",
    "on"
)]
#[case::all(
    "import io.portalhq.android.*\nimport io.portalhq.android.mpc.data.*\nval p = Portal(\"k\", featureFlags = FeatureFlags(isMultiBackupEnabled = false))",
    "off"
)]
#[case::aliased(
    "import io.portalhq.android.Portal as Sdk\nimport io.portalhq.android.mpc.data.FeatureFlags as Flags\nval p = Sdk(apiKey = \"k\", featureFlags = Flags(isMultiBackupEnabled = false))",
    "off"
)]
#[case::qualified(
    "val p = io.portalhq.android.Portal(apiKey = \"k\", featureFlags = io.portalhq.android.mpc.data.FeatureFlags(isMultiBackupEnabled = true))",
    "on"
)]
#[case::by_place(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nval p = Portal(\"k\", FeatureFlags(true))",
    "on"
)]
#[case::by_places_that_differ(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nval p = Portal(\"k\", FeatureFlags(true, false))",
    "hand"
)]
#[case::left_out(
    "package io.portalhq.portalhackathon.di\nimport io.portalhq.android.Portal\nobject M { fun provide(): Portal { return Portal(apiKey = K, rpcConfig = mapOf(A to \"u\"), autoApprove = true) } }",
    "left"
)]
#[case::companion(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nclass W {\n  companion object { private const val MULTI = false }\n  val p by lazy { Portal(\"k\", featureFlags = FeatureFlags(isMultiBackupEnabled = MULTI)) }\n}",
    "off"
)]
#[case::closure(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nval p = Portal(apiKey = \"k\", featureFlags = FeatureFlags(isMultiBackupEnabled = true)) { status -> }",
    "on"
)]
#[case::parameter(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nfun make(flags: FeatureFlags) = Portal(apiKey = \"k\", featureFlags = flags)",
    "hand"
)]
#[case::mutable(
    "import io.portalhq.android.Portal\nimport io.portalhq.android.mpc.data.FeatureFlags\nvar on = false\nval p = Portal(\"k\", featureFlags = FeatureFlags(isMultiBackupEnabled = on))",
    "hand"
)]
#[case::another(
    "import com.ionicframework.portals.Portal\nval p = Portal(\"k\")",
    "none"
)]
#[case::the_sdk_itself(
    "package io.portalhq.android\nimport io.portalhq.android.mpc.data.FeatureFlags\nval p = Portal(\"k\", featureFlags = FeatureFlags(isMultiBackupEnabled = false))",
    "none"
)]
fn the_flag_in_kotlin(#[case] text: &str, #[case] said: &str) {
    assert_eq!(flag(&kotlin(text)), said);
}

#[rstest]
#[case::by_place(
    "import io.portalhq.android.Portal;\nimport io.portalhq.android.mpc.data.FeatureFlags;\nclass W { static final boolean ON = true; Portal p = new Portal(\"k\", null, new FeatureFlags(ON)); }",
    "on"
)]
#[case::off(
    "import io.portalhq.android.Portal;\nimport io.portalhq.android.mpc.data.FeatureFlags;\nclass W { Portal f() { FeatureFlags flags = new FeatureFlags(false); return new Portal(\"k\", flags); } }",
    "off"
)]
#[case::field(
    "import io.portalhq.android.Portal;\nimport io.portalhq.android.mpc.data.FeatureFlags;\nclass W { FeatureFlags flags = new FeatureFlags(false); Portal f() { return new Portal(\"k\", flags); } }",
    "hand"
)]
#[case::left_out(
    "import io.portalhq.android.Portal;\nclass W { Portal p = new Portal(\"k\"); }",
    "left"
)]
fn the_flag_in_java(#[case] text: &str, #[case] said: &str) {
    assert_eq!(flag(&java(text)), said);
}
