//! The vendor's SDKs, and from which version each knows multi-backup.

/// An SDK of Portal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sdk {
    /// React Native, from npm.
    ReactNative,
    /// Web, from npm.
    Web,
    /// Swift, from the package manager of Swift or from `CocoaPods`.
    Swift,
    /// Android, from Maven Central.
    Android,
}

impl Sdk {
    /// The package that apps ask for.
    pub fn package(self) -> &'static str {
        match self {
            Self::ReactNative => "@portal-hq/core",
            Self::Web => "@portal-hq/web",
            Self::Swift => "PortalSwift",
            Self::Android => "io.portalhq.android:portal-android",
        }
    }

    /// The major version at which multi-backup begins.
    pub fn begins(self) -> u64 {
        match self {
            Self::Web => 1,
            Self::ReactNative | Self::Swift | Self::Android => 3,
        }
    }
}
