//! Manifests and lock files of Swift and Android apps.

use super::{answers, audited};
use rstest::rstest;

#[rstest]
#[case::resolved_1(&[("Package.resolved", r#"{"object": {"pins": [{"package": "PortalSwift", "repositoryURL": "https://github.com/portal-hq/PortalSwift.git", "state": {"branch": null, "revision": "x", "version": "2.1.0"}}]}, "version": 1}"#)], "sdk-too-old")]
#[case::resolved_2(&[("App.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved", r#"{"pins": [{"identity": "portalswift", "kind": "remoteSourceControl", "location": "https://github.com/portal-hq/PortalSwift", "state": {"revision": "x", "version": "3.0.1"}}], "version": 2}"#)], "kept")]
#[case::resolved_3(&[("App.xcworkspace/xcshareddata/swiftpm/Package.resolved", r#"{"originHash": "x", "pins": [{"identity": "portalswift", "location": "git@github.com:portal-hq/PortalSwift.git", "state": {"revision": "x", "version": "7.3.0"}}], "version": 3}"#)], "kept")]
#[case::branch(&[("Package.resolved", r#"{"pins": [{"identity": "portalswift", "location": "https://github.com/portal-hq/PortalSwift", "state": {"branch": "main", "revision": "x"}}], "version": 2}"#)], "unknown")]
#[case::project(&[("App.xcodeproj/project.pbxproj", "\t\tX /* XCRemoteSwiftPackageReference \"PortalSwift\" */ = {\n\t\t\tisa = XCRemoteSwiftPackageReference;\n\t\t\trepositoryURL = \"https://github.com/portal-hq/PortalSwift\";\n\t\t\trequirement = {\n\t\t\t\tkind = upToNextMajorVersion;\n\t\t\t\tminimumVersion = 2.4.0;\n\t\t\t};\n\t\t};\n")], "sdk-too-old")]
#[case::package(&[("Package.swift", "// swift-tools-version:5.7\nlet package = Package(\n  name: \"App\",\n  dependencies: [\n    // .package(url: \"https://github.com/portal-hq/PortalSwift\", from: \"2.0.0\"),\n    .package(url: \"https://github.com/portal-hq/PortalSwift.git\", from: \"3.1.0\"),\n  ]\n)\n")], "kept")]
#[case::package_exact(&[("Package.swift", "let package = Package(name: \"App\", dependencies: [.package(name: \"PortalSwift\", url: \"https://github.com/portal-hq/PortalSwift.git\", .exact(\"2.0.8\"))])")], "sdk-too-old")]
#[case::package_branch(&[("Package.swift", "let package = Package(name: \"App\", dependencies: [.package(url: \"https://github.com/portal-hq/PortalSwift.git\", branch: \"main\")])")], "unknown")]
#[case::podfile(&[("Podfile", "target 'App' do\n  pod 'PortalSwift', '~> 2.0'\nend\n")], "sdk-too-old")]
#[case::podfile_newest(&[("Podfile", "target 'App' do\n  # pod 'PortalSwift', '~> 2.0'\n  pod \"PortalSwift\"\nend\n")], "unknown")]
#[case::podfile_tag(&[("Podfile", "pod 'PortalSwift', :git => 'https://github.com/portal-hq/PortalSwift.git', :tag => '3.0.2'\n")], "kept")]
#[case::pods(&[("Podfile", "pod 'PortalSwift', '~> 2.0'\n"), ("Podfile.lock", "PODS:\n  - GoogleSignIn (7.1.0)\n  - PortalSwift (2.3.0):\n    - GoogleSignIn\n\nDEPENDENCIES:\n  - PortalSwift (~> 2.0)\n")], "sdk-too-old")]
#[case::pods_from_git(&[("Podfile", "pod 'PortalSwift', :git => 'https://github.com/portal-hq/PortalSwift.git'\n"), ("Podfile.lock", "PODS:\n  - PortalSwift (4.2.1)\n\nEXTERNAL SOURCES:\n  PortalSwift:\n    :git: https://github.com/portal-hq/PortalSwift.git\n")], "kept")]
#[case::path_pod(&[("Podfile", "pod 'PortalSwift', :path => '../PortalSwift'\n"), ("Podfile.lock", "PODS:\n  - PortalSwift (2.2.1)\n\nEXTERNAL SOURCES:\n  PortalSwift:\n    :path: \"../PortalSwift\"\n")], "unknown")]
#[case::subspec(&[("Podfile.lock", "PODS:\n  - PortalSwift/Core (3.2.1)\n")], "kept")]
#[case::two_that_disagree(&[("App.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved", r#"{"pins": [{"identity": "portalswift", "location": "x", "state": {"version": "2.0.1"}}]}"#), ("App.xcworkspace/xcshareddata/swiftpm/Package.resolved", r#"{"pins": [{"identity": "portalswift", "location": "x", "state": {"version": "3.0.1"}}]}"#)], "unknown")]
#[case::generator(&[("project.yml", "packages:\n  PortalSwift:\n    url: https://github.com/portal-hq/PortalSwift\n    from: 2.2.0\n")], "sdk-too-old")]
fn swift_apps(#[case] files: &[(&str, &str)], #[case] answer: &str) {
    let audit = audited(files);
    assert_eq!(answers(&audit, "sdk.version"), [answer], "{audit:#?}");
    assert_eq!(audit.apps[0].folder, "");
}

const CATALOG: &str = "[versions]\nportal = \"2.4.0\"\n[libraries]\n";

#[rstest]
#[case::groovy(&[("app/build.gradle", "dependencies {\n    implementation 'io.portalhq.android:portal-android:3.0.1'\n}\n")], "kept")]
#[case::kotlin(&[("app/build.gradle.kts", "dependencies {\n    implementation(\"io.portalhq.android:portal-android:2.0.1\")\n}\n")], "sdk-too-old")]
#[case::comment(&[("app/build.gradle", "dependencies {\n    // implementation 'io.portalhq.android:portal-android:2.0.1'\n    implementation 'io.portalhq.android:portal-android:3.0.1'\n}\n")], "kept")]
#[case::own_variable(&[("app/build.gradle", "def portal = '2.1.0'\ndependencies {\n    implementation \"io.portalhq.android:portal-android:$portal\"\n}\n")], "sdk-too-old")]
#[case::ext_above(&[("build.gradle", "ext {\n    portalVersion = '2.1.0'\n}\n"), ("app/build.gradle", "dependencies { implementation \"io.portalhq.android:portal-android:${rootProject.ext.portalVersion}\" }\n")], "sdk-too-old")]
#[case::properties(&[("gradle.properties", "portalVersion=3.4.0\n"), ("app/build.gradle.kts", "val portalVersion: String by project\ndependencies { implementation(\"io.portalhq.android:portal-android:$portalVersion\") }\n")], "kept")]
#[case::unset(&[("app/build.gradle", "dependencies { implementation \"io.portalhq.android:portal-android:$portalVersion\" }\n")], "unknown")]
#[case::build_src(&[("buildSrc/src/main/kotlin/Versions.kt", "object Versions {\n    const val PORTAL = \"2.0.0\"\n}\n"), ("app/build.gradle.kts", "dependencies { implementation(\"io.portalhq.android:portal-android:${Versions.PORTAL}\") }\n")], "sdk-too-old")]
#[case::catalogue_ref(&[("gradle/libs.versions.toml", "CATALOGportal-android = { module = \"io.portalhq.android:portal-android\", version.ref = \"portal\" }\n"), ("app/build.gradle.kts", "dependencies { implementation(libs.portal.android) }\n")], "sdk-too-old")]
#[case::catalogue_parts(&[("gradle/libs.versions.toml", "CATALOGportalSdk = { group = \"io.portalhq.android\", name = \"portal-android\", version = \"3.0.0\" }\n"), ("app/build.gradle", "dependencies { implementation libs.portalSdk }\n")], "kept")]
#[case::catalogue_text(&[("gradle/libs.versions.toml", "CATALOGportal = \"io.portalhq.android:portal-android:3.0.0\"\n"), ("app/build.gradle", "dependencies { api libs.portal }\n")], "kept")]
#[case::catalogue_rich(&[("gradle/libs.versions.toml", "[versions]\nportal = { strictly = \"[2.0, 3.0[\", prefer = \"2.9\" }\n[libraries]\nportal = { module = \"io.portalhq.android:portal-android\", version.ref = \"portal\" }\n"), ("app/build.gradle", "dependencies { api(libs.portal) }\n")], "sdk-too-old")]
#[case::catalogue_bundle(&[("gradle/libs.versions.toml", "CATALOGportal-android = { module = \"io.portalhq.android:portal-android\", version.ref = \"portal\" }\n[bundles]\nwallet = [\"portal-android\"]\n"), ("app/build.gradle.kts", "dependencies { implementation(libs.bundles.wallet) }\n")], "sdk-too-old")]
#[case::catalogue_by_plugin(&[("gradle/libs.versions.toml", "CATALOGportal-android = { module = \"io.portalhq.android:portal-android\", version.ref = \"portal\" }\n")], "sdk-too-old")]
#[case::dynamic(&[("app/build.gradle", "dependencies { implementation 'io.portalhq.android:portal-android:+' }\n")], "unknown")]
#[case::platform(&[("app/build.gradle", "dependencies { implementation 'io.portalhq.android:portal-android' }\n")], "unknown")]
#[case::locked(&[("app/build.gradle", "dependencies { implementation 'io.portalhq.android:portal-android:[2.0,)' }\n"), ("app/gradle.lockfile", "# This is a Gradle generated file\nio.portalhq.android:portal-android:3.1.0=debugRuntimeClasspath\nempty=\n")], "kept")]
fn android_apps(#[case] files: &[(&str, &str)], #[case] answer: &str) {
    let files: Vec<(&str, String)> = files
        .iter()
        .map(|(path, text)| (*path, text.replace("CATALOG", CATALOG)))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let audit = audited(&files);
    assert_eq!(answers(&audit, "sdk.version"), [answer], "{audit:#?}");
}
