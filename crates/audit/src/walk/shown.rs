//! Paths as the user would type them.

use std::path::{Component, Path};

/// What stands before each path: the target as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    prefix: String,
}

impl Shown {
    /// That of a target; nothing for `.`.
    pub(super) fn of(root: &Path) -> Self {
        let typed = root.to_string_lossy().replace('\\', "/");
        let mut prefix = typed.as_str();
        while let Some(rest) = prefix.strip_prefix("./") {
            prefix = rest.trim_start_matches('/');
        }
        let prefix = match prefix.trim_end_matches('/') {
            "." => "",
            "" if typed.starts_with('/') => "/",
            it => it,
        };
        Self {
            prefix: prefix.to_owned(),
        }
    }

    /// The target itself.
    pub(super) fn root(&self) -> String {
        if self.prefix.is_empty() {
            ".".to_owned()
        } else {
            self.prefix.clone()
        }
    }

    /// A file's path; its folder is below the root, or some `..` above it.
    pub(super) fn join(&self, folder: &str, name: &str) -> String {
        let mut parts: Vec<&str> = self.prefix.split('/').collect();
        if self.prefix.is_empty() {
            parts.clear();
        }
        if self.prefix == "/" {
            parts.pop();
        }
        for part in folder.split('/').filter(|it| !it.is_empty()) {
            let up = part == "..";
            let named = parts.last().is_some_and(|it| !it.is_empty() && *it != "..");
            if up && named {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        parts.push(name);
        parts.join("/")
    }
}

/// The folder and the name of a path, with `/` between the parts.
pub(super) fn split(below: &Path) -> (String, String) {
    let mut parts: Vec<String> = Vec::new();
    for component in below.components() {
        match component {
            Component::Normal(it) => parts.push(it.to_string_lossy().into_owned()),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    let name = parts.pop().unwrap_or_default();
    (parts.join("/"), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(".", "", "a.ts", "a.ts")]
    #[case("./", "src", "a.ts", "src/a.ts")]
    #[case("apps/x", "", "a.ts", "apps/x/a.ts")]
    #[case("./apps/x/", "src", "a.ts", "apps/x/src/a.ts")]
    #[case("/srv/app", "src", "a.ts", "/srv/app/src/a.ts")]
    #[case("/", "src", "a.ts", "/src/a.ts")]
    #[case("apps/x", "..", "yarn.lock", "apps/yarn.lock")]
    #[case("apps/x", "../..", "yarn.lock", "yarn.lock")]
    #[case(".", "..", "yarn.lock", "../yarn.lock")]
    #[case("../x", "../..", "yarn.lock", "../../yarn.lock")]
    fn paths_are_those_that_the_user_would_type(
        #[case] typed: &str,
        #[case] folder: &str,
        #[case] name: &str,
        #[case] path: &str,
    ) {
        assert_eq!(Shown::of(Path::new(typed)).join(folder, name), path);
    }
}
