//! What lies above the target and serves it: a workspace keeps its lock file in the folder of the repository.

use super::shown::{self, Shown};
use super::{File, kind};
use std::path::Path;

/// How far up a repository's own folder is looked for.
const FAR: usize = 12;

/// Manifests and lock files of the folders above, up to the one that holds `.git`; none where no folder does.
pub(super) fn of(root: &Path, shown: &Shown) -> Vec<File> {
    let Ok(real) = root.canonicalize() else {
        return Vec::new();
    };
    let repository = |it: &&Path| it.join(".git").exists();
    let Some(top) = real.ancestors().take(FAR).find(repository) else {
        return Vec::new();
    };
    let folders = real
        .ancestors()
        .skip(1)
        .take_while(|it| it.starts_with(top));
    let mut files = Vec::new();
    for (steps, folder) in folders.enumerate() {
        let up = vec![".."; steps + 1].join("/");
        for wanted in kind::ABOVE {
            let absolute = folder.join(wanted);
            let Ok(metadata) = std::fs::symlink_metadata(&absolute) else {
                continue;
            };
            if !metadata.is_file() || metadata.len() > kind::limit(wanted) {
                continue;
            }
            let (folder, name) = shown::split(&Path::new(&up).join(wanted));
            let path = shown.join(&folder, &name);
            let bytes = metadata.len();
            files.push(File {
                path,
                folder,
                name,
                absolute,
                bytes,
            });
        }
    }
    files
}
