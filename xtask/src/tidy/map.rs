//! ARCHITECTURE.md against the tree: maps drift, so what it names must exist and what exists must be named.

use super::finding::Finding;
use super::tree::Tree;
use std::collections::BTreeSet;

const PATH: &str = "ARCHITECTURE.md";

/// Finds crates and modules that the map lacks, and names on the map that lead nowhere.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.text(PATH) else {
        return vec![Finding::new(
            PATH,
            1,
            "there is no map",
            "write one: the data's way, the crates, the invariants",
        )];
    };
    let spans = code_spans(map);
    let named: BTreeSet<&str> = spans.iter().map(|&(_, span)| span).collect();
    let modules = modules(tree);
    let mut findings = Vec::new();
    for name in tree.crates() {
        let path = format!("crates/{name}");
        if !named.contains(path.as_str()) {
            let manifest = format!("{path}/Cargo.toml");
            findings.push(Finding::new(
                &manifest,
                1,
                format!("crate {name} is not on the map"),
                add(&path),
            ));
        }
    }
    for (path, module) in &modules {
        if !named.contains(path) && !named.contains(module.as_str()) {
            findings.push(Finding::new(
                path,
                1,
                format!("module {module} is not on the map"),
                add(module),
            ));
        }
    }
    for (line, span) in spans {
        if looks_like_path(span) && !tree.holds(span) {
            findings.push(Finding::new(
                PATH,
                line,
                format!("`{span}` does not exist"),
                "name what is there now, or take the line out",
            ));
        }
        if looks_like_module(tree, span) && !modules.iter().any(|(_, module)| leads_to(span, module)) {
            findings.push(Finding::new(
                PATH,
                line,
                format!("module `{span}` does not exist"),
                "name the module that took its place",
            ));
        }
    }
    findings
}

fn add(name: &str) -> String {
    format!("add a line to ARCHITECTURE.md that begins with `{name}` in backticks and says in one sentence what it is")
}

/// The code spans of a text in Markdown with their lines; fenced blocks are pictures and name nothing.
fn code_spans(text: &str) -> Vec<(usize, &str)> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Between two backticks lies every second piece; the piece after the last backtick is no span.
            let mut pieces: Vec<&str> = line.split('`').collect();
            pieces.pop();
            spans.extend(pieces.into_iter().skip(1).step_by(2).map(|span| (index + 1, span)));
        }
    }
    spans
}

/// The module files of our crates, each with its name: `crates/rhythm/src/civil.rs` is `rhythm::civil`.
fn modules(tree: &Tree) -> Vec<(&str, String)> {
    let files = tree.files().iter().filter(|file| file.is_rust() && !file.is_test());
    files
        .filter_map(|file| Some((file.path.as_str(), module_name(&file.path)?)))
        .collect()
}

/// The name of the module in the file at `path`; `None` where the file is the root of a crate or lies outside of one.
fn module_name(path: &str) -> Option<String> {
    let in_crate = path.strip_prefix("crates/").unwrap_or(path);
    let (name, inside) = in_crate.split_once("/src/")?;
    let inside = inside.strip_suffix(".rs")?;
    let module = inside.strip_suffix("/mod").unwrap_or(inside);
    let is_root = matches!(module, "lib" | "main" | "mod");
    (!is_root && !name.contains('/')).then(|| format!("{name}::{}", module.replace('/', "::")))
}

/// Whether a code span is meant as a path in the repository. What is built is not in it, and what begins with a slash is a URL's path.
fn looks_like_path(span: &str) -> bool {
    let path_like = span
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'));
    let has_extension = [".rs", ".toml", ".md", ".lock"]
        .iter()
        .any(|extension| span.ends_with(extension));
    let begins_well = span.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.') && !span.starts_with("..");
    path_like && begins_well && (span.contains('/') || has_extension) && !span.starts_with("target/")
}

/// Whether a code span is meant as a module or a function of one of our crates.
fn looks_like_module(tree: &Tree, span: &str) -> bool {
    let Some((head, _)) = span.split_once("::") else {
        return false;
    };
    let is_snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | ':');
    (head == "xtask" || tree.crates().any(|name| name == head)) && span.chars().all(is_snake)
}

/// Whether `span` is `module`, something in it or something that leads to it.
fn leads_to(span: &str, module: &str) -> bool {
    let within = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    within(span, module) || within(module, span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::places;

    fn found(map: &str) -> Vec<String> {
        places(&check(&Tree::of(&[
            ("ARCHITECTURE.md", map),
            ("crates/rhythm/Cargo.toml", ""),
            ("crates/rhythm/src/lib.rs", ""),
            ("crates/rhythm/src/civil.rs", ""),
            ("crates/rhythm/src/scan/window.rs", ""),
            ("crates/rhythm/src/scan/tests.rs", ""),
            ("xtask/src/main.rs", ""),
        ])))
    }

    const WHOLE: &str = "`crates/rhythm`: numbers\n`rhythm::civil` days\n`crates/rhythm/src/scan/window.rs` windows\n";

    #[test]
    fn a_whole_map_passes() {
        let more =
            "`rhythm::civil::offset_s`, `rhythm::scan`, `Cargo.lock`s are not: `1/year`, `/status`, `std::fs`, `target/x.csv`\n";
        assert_eq!(found(&format!("{WHOLE}{more}")), ["ARCHITECTURE.md:4"]);
        assert!(found(&format!("{WHOLE}{}", more.replace("`Cargo.lock`", "lock"))).is_empty());
    }

    #[test]
    fn crates_and_modules_missing_on_the_map_are_found() {
        assert_eq!(
            found("`crates/rhythm`\n"),
            ["crates/rhythm/src/civil.rs:1", "crates/rhythm/src/scan/window.rs:1"]
        );
        assert_eq!(
            found(&WHOLE.replace("`crates/rhythm`", "rhythm")),
            ["crates/rhythm/Cargo.toml:1"]
        );
    }

    #[test]
    fn names_that_lead_nowhere_are_found() {
        assert_eq!(found(&format!("{WHOLE}`crates/gone/src/lib.rs`\n")), ["ARCHITECTURE.md:4"]);
        assert_eq!(found(&format!("{WHOLE}see `rhythm::gone`\n")), ["ARCHITECTURE.md:4"]);
    }

    #[test]
    fn pictures_name_nothing() {
        assert_eq!(found(&format!("{WHOLE}```\n`crates/gone`\n```\n")).len(), 0);
        assert_eq!(found(&format!("```\n{WHOLE}```\n")).len(), 3);
    }

    #[test]
    fn a_missing_map_is_found() {
        assert_eq!(places(&check(&Tree::of(&[]))), ["ARCHITECTURE.md:1"]);
    }
}
