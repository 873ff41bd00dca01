//! No file names a folder of the machine it was written on: such a path works for one person and tells strangers about them.

use super::finding::Finding;
use super::tree::Tree;

/// First folders of paths that exist on one person's machine only.
const ROOTS: [&str; 4] = ["home", "root", "work", "Users"];

/// Finds absolute paths of one machine in any text file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(root) = ROOTS.iter().find(|root| names_root(line, root)) {
                findings.push(Finding::new(
                    &file.path,
                    index + 1,
                    format!("an absolute path of one machine (under \"{root}\") stands here"),
                    "name the path relative to the repository, or take it from an argument or the environment",
                ));
            }
        }
    }
    findings
}

/// Whether `line` has `/ROOT/` where a path begins. After a letter, a digit or a dot it is the inside of a URL or of a relative path.
fn names_root(line: &str, root: &str) -> bool {
    let needle = format!("/{root}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '}' | ')'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::places;

    #[test]
    fn a_planted_machine_path_is_found() {
        for root in ROOTS {
            let text = format!("BIN = target/release\nDATA = /{root}/me/data\n");
            assert_eq!(places(&check(&Tree::of(&[("Makefile", &text)]))), ["Makefile:2"], "{root}");
        }
    }

    #[test]
    fn urls_and_relative_paths_are_let_through() {
        let text = format!("https://example.org/{0}/page ./{0}/x a/{0}/b $(CURDIR)/{0}/c", "home");
        assert!(check(&Tree::of(&[("README.md", &text)])).is_empty());
    }
}
