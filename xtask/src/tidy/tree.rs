//! The text files of the repository, read once and handed to every check.

use super::rust_source::RustSource;
use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;

/// One text file. `path` is relative to the root, with forward slashes.
#[derive(Debug)]
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    /// Whether the file is Rust source.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is test or bench code, by the place where it lies.
    pub(crate) fn is_test(&self) -> bool {
        let mut segments = self.path.split('/');
        segments.any(|segment| matches!(segment, "tests" | "benches" | "tests.rs"))
    }
}

/// The files that git tracks or would track, in the order of their paths.
#[derive(Debug)]
pub(crate) struct Tree {
    files: Vec<TextFile>,
    /// Paths of all files, also of those that are not text.
    paths: Vec<String>,
}

impl Tree {
    /// Reads the work tree under `root`: tracked files, and new ones that `.gitignore` does not leave out, so that a finding shows
    /// before the commit and not after it.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        // A clone made by another user (containers do this) is no danger here: only names are listed.
        let listing = Command::new("git")
            .args([
                "-c",
                "safe.directory=*",
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()
            .context("cannot run git to list the files; tidy needs git on the PATH")?;
        ensure!(
            listing.status.success(),
            "git does not list the files; run tidy in a clone: {}",
            String::from_utf8_lossy(&listing.stderr).trim()
        );
        let mut paths: Vec<String> = String::from_utf8(listing.stdout)
            .context("a file name is not UTF-8")?
            .split_terminator('\0')
            // A file deleted from the work tree is listed until the deletion is staged.
            .filter(|path| root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        paths.sort();
        paths.dedup();
        let mut files = Vec::new();
        for path in &paths {
            let bytes = std::fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
            // What is not UTF-8 is a picture or a compressed file: no rule of ours speaks of those.
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(TextFile {
                    path: path.clone(),
                    text,
                });
            }
        }
        Ok(Self { files, paths })
    }

    /// A tree made of texts, for tests.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files: Vec<TextFile> = files
            .iter()
            .map(|&(path, text)| TextFile {
                path: path.to_owned(),
                text: text.to_owned(),
            })
            .collect();
        Self {
            paths: files.iter().map(|f| f.path.clone()).collect(),
            files,
        }
    }

    /// All text files.
    pub(crate) fn files(&self) -> &[TextFile] {
        &self.files
    }

    /// The Rust files with their tokens.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&TextFile, RustSource<'_>)> {
        self.files
            .iter()
            .filter(|file| file.is_rust())
            .map(|file| (file, RustSource::lex(&file.text)))
    }

    /// The text of one file, if it is there.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    }

    /// Whether a file or a folder lies at `path`.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.paths.iter().any(|p| {
            p.strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// The names of the folders under `crates` that hold a manifest.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        self.paths
            .iter()
            .filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"))
            .filter(|name| !name.contains('/'))
    }

    /// Puts another text in the place of a file's.
    pub(crate) fn replace(&mut self, path: &str, text: String) {
        if let Some(file) = self.files.iter_mut().find(|file| file.path == path) {
            file.text = text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_held_and_prefixes_of_names_are_not() {
        let tree = Tree::of(&[("crates/core/src/lib.rs", "")]);
        assert!(tree.holds("crates/core/src/lib.rs"));
        assert!(tree.holds("crates/core/"));
        assert!(!tree.holds("crates/cor"));
    }

    #[test]
    fn test_files_are_known_by_their_place() {
        let is_test = |path: &str| {
            TextFile {
                path: path.to_owned(),
                text: String::new(),
            }
            .is_test()
        };
        assert!(is_test("crates/core/tests/flapping.rs"));
        assert!(is_test("crates/core/src/watch/tests.rs"));
        assert!(!is_test("crates/core/src/watch.rs"));
    }

    #[test]
    fn the_repository_itself_is_readable() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let tree = Tree::read(root).unwrap();
        assert!(tree.text("xtask/src/tidy/tree.rs").is_some());
        assert!(tree.crates().any(|name| name == "rhythm"));
    }
}
