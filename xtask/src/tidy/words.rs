//! Words that have no place here: module names that say nothing, code left unfinished, tests switched off.

use super::finding::Finding;
use super::rust_source::{Kind, RustSource};
use super::tree::Tree;

/// Names under which everything can be filed, and therefore is.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "misc", "types"];

/// Macros that stand for code that is not there yet, or that was left from a search for a bug.
const UNFINISHED: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Words that promise work; each needs an owner.
const PROMISES: [&str; 2] = ["TODO", "FIXME"];

const NAME_REMEDY: &str = "name the module after the noun of the domain that it holds";

/// Finds banned words in all Rust files.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        let path = file.path.as_str();
        if let Some(name) = path
            .trim_end_matches(".rs")
            .split('/')
            .find(|segment| EMPTY_NAMES.contains(segment))
        {
            findings.push(Finding::new(
                path,
                1,
                format!("the name \"{name}\" says nothing about what is in it"),
                NAME_REMEDY,
            ));
        }
        findings.extend(check_tokens(path, &source));
        findings.extend(check_comments(path, &source));
    }
    findings
}

fn check_tokens(path: &str, source: &RustSource<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pair in source.tokens.windows(2).filter(|pair| pair[0].kind == Kind::Word) {
        let (word, next) = (pair[0], pair[1]);
        if word.is("mod") && EMPTY_NAMES.contains(&next.text) {
            let problem = format!("the name \"{}\" says nothing about what is in it", next.text);
            findings.push(Finding::new(path, next.line, problem, NAME_REMEDY));
        }
        if next.is("!") && UNFINISHED.contains(&word.text) {
            let problem = format!("{}! is not for commits", word.text);
            findings.push(Finding::new(
                path,
                word.line,
                problem,
                "write the code, or leave the item out until it has content",
            ));
        }
    }
    for at in source.positions(&["#", "[", "ignore"]) {
        findings.push(Finding::new(
            path,
            source.tokens[at].line,
            "a test that never runs proves nothing",
            "repair the test or delete it; what is slow belongs in a bench",
        ));
    }
    findings
}

fn check_comments(path: &str, source: &RustSource<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for comment in &source.comments {
        for (index, line) in comment.text.lines().enumerate() {
            for promise in PROMISES.iter().filter(|promise| has_no_owner(line, promise)) {
                findings.push(Finding::new(
                    path,
                    comment.line + index,
                    format!("a {promise} without an owner is nobody's"),
                    format!("do it now, or write {promise}(name) with the name of who will"),
                ));
            }
        }
    }
    findings
}

/// Whether `promise` stands in `line` as a word of its own without `(name)` behind it; a mention in backticks is none.
fn has_no_owner(line: &str, promise: &str) -> bool {
    line.match_indices(promise).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + promise.len()..];
        let inside_word = before.is_some_and(|c| c == '`' || c == '_' || c.is_alphanumeric())
            || after.starts_with(|c: char| c == '_' || c.is_alphanumeric());
        let owner = after
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'))
            .map(|(owner, _)| owner.trim());
        !inside_word && owner.is_none_or(str::is_empty)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::places;

    fn found(path: &str, text: &str) -> Vec<String> {
        places(&check(&Tree::of(&[(path, text)])))
    }

    #[test]
    fn empty_names_are_found_in_paths_and_in_modules() {
        for name in EMPTY_NAMES {
            let path = format!("crates/core/src/{name}.rs");
            assert_eq!(found(&path, ""), [format!("{path}:1")]);
            let path = format!("crates/core/tests/{name}/mod.rs");
            assert_eq!(found(&path, ""), [format!("{path}:1")]);
            assert_eq!(
                found("crates/core/src/lib.rs", &format!("\nmod {name} {{}}")),
                ["crates/core/src/lib.rs:2"]
            );
        }
        assert!(found("crates/core/src/common_cause.rs", "mod common_cause;").is_empty());
    }

    #[test]
    fn unfinished_code_is_found_in_tests_too() {
        for name in UNFINISHED {
            assert_eq!(found("a.rs", &format!("\nfn f() {{ {name}!(); }}")), ["a.rs:2"]);
            assert_eq!(
                found(
                    "a.rs",
                    &format!("#[cfg(test)] mod tests {{\n fn f() {{ std::{name}!(); }} }}")
                ),
                ["a.rs:2"]
            );
        }
        assert!(found("a.rs", "// todo!()\nconst S: &str = \"dbg!(1)\"; fn todo() -> bool { !todo }").is_empty());
    }

    #[test]
    fn tests_switched_off_are_found() {
        assert_eq!(found("a.rs", "#[test]\n#[ignore]\nfn f() {}"), ["a.rs:2"]);
        assert_eq!(found("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}"), ["a.rs:2"]);
    }

    #[test]
    fn promises_need_an_owner() {
        for promise in PROMISES {
            assert_eq!(found("a.rs", &format!("/* one\n {promise}: two */")), ["a.rs:2"]);
            assert_eq!(found("a.rs", &format!("// {promise}() two")), ["a.rs:1"]);
            assert!(
                found(
                    "a.rs",
                    &format!("// {promise}(ada): two\n// the `{promise}` mark\nconst X: &str = \"{promise}\";")
                )
                .is_empty()
            );
        }
    }
}
