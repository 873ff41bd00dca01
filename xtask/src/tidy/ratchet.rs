//! Files fit in a head and functions fit on a screen; what is longer today is listed with its figure, which may only fall.

use super::finding::Finding;
use super::tree::Tree;
use anyhow::{Context, bail};
use std::collections::BTreeMap;

/// Where the exceptions are listed.
pub(crate) const PATH: &str = "xtask/ratchet.toml";

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 60;

const HEADER: &str = "\
# What is longer than the house rule allows (files: 500 lines, functions: 60), with its exact figure. A figure may only fall:
# `cargo run -p xtask -- tidy --update` lowers them and takes out what has come below the rule. It never adds or raises one.
";

/// A measured length and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Length {
    lines: usize,
    begins: usize,
}

/// The lengths of things by their key.
type Lengths = BTreeMap<String, Length>;

/// One kind of thing whose length is held.
struct Rule {
    table: &'static str,
    noun: &'static str,
    max: usize,
    remedy: &'static str,
    measure: fn(&Tree) -> Lengths,
}

const RULES: [Rule; 2] = [
    Rule {
        table: "file_lines",
        noun: "file",
        max: FILE_LINES_MAX,
        remedy: "move a noun of its own into a module of its own",
        measure: file_lengths,
    },
    Rule {
        table: "function_lines",
        noun: "function",
        max: FUNCTION_LINES_MAX,
        remedy: "give the steps names and make them functions",
        measure: function_lengths,
    },
];

/// The listed exceptions: table, then key, then figure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ratchet {
    exceptions: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Ratchet {
    /// The exceptions that the tree lists.
    pub(crate) fn of(tree: &Tree) -> anyhow::Result<Self> {
        let text = tree
            .text(PATH)
            .with_context(|| format!("{PATH} is missing; an empty file is a good beginning"))?;
        Self::parse(text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let document: toml::Table = text.parse().with_context(|| format!("{PATH} is no valid TOML"))?;
        let mut exceptions = BTreeMap::new();
        for (table, entries) in document {
            let Some(entries) = entries.as_table().filter(|_| RULES.iter().any(|rule| rule.table == table)) else {
                bail!("{PATH} has an unknown entry \"{table}\" (known tables: file_lines, function_lines)");
            };
            let mut figures = BTreeMap::new();
            for (key, figure) in entries {
                let figure = figure.as_integer().and_then(|figure| usize::try_from(figure).ok());
                let figure = figure.with_context(|| format!("{PATH}: the figure of \"{key}\" is not a number of lines"))?;
                figures.insert(key.clone(), figure);
            }
            exceptions.insert(table, figures);
        }
        Ok(Self { exceptions })
    }

    /// The same exceptions with each figure at what the tree has now, where that is less; those that are none any more are gone.
    pub(crate) fn lowered(&self, tree: &Tree) -> Self {
        let mut exceptions = BTreeMap::new();
        for rule in &RULES {
            let lengths = (rule.measure)(tree);
            let lowered = self.figures(rule).filter_map(|(key, figure)| {
                let now = lengths.get(key)?.lines;
                (now > rule.max).then(|| (key.to_owned(), figure.min(now)))
            });
            exceptions.insert(rule.table.to_owned(), lowered.collect());
        }
        Self { exceptions }
    }

    /// Finds what is longer than the rule or its figure, and figures that can fall.
    pub(crate) fn check(&self, tree: &Tree) -> Vec<Finding> {
        let mut findings = Vec::new();
        for rule in &RULES {
            let lengths = (rule.measure)(tree);
            let figures: BTreeMap<&str, usize> = self.figures(rule).collect();
            for (key, length) in &lengths {
                let allowed = figures.get(key.as_str()).copied().unwrap_or(rule.max);
                if length.lines > allowed {
                    let (path, name) = key.split_once("::").unwrap_or((key, ""));
                    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
                    let problem = format!("the {}{name} has {} lines, more than {allowed}", rule.noun, length.lines);
                    findings.push(Finding::new(path, length.begins, problem, rule.remedy));
                }
            }
            for (key, figure) in figures {
                let now = lengths.get(key).map_or(0, |length| length.lines);
                if now < figure || figure <= rule.max {
                    findings.push(Finding::new(
                        PATH,
                        self.line(tree, key),
                        format!("\"{key}\" has {now} lines now; its figure of {figure} is too high"),
                        "run `cargo run -p xtask -- tidy --update` and commit the lower figure",
                    ));
                }
            }
        }
        findings
    }

    /// The file of exceptions.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = HEADER.to_owned();
        for rule in &RULES {
            text.push_str(&format!("\n[{}]\n", rule.table));
            for (key, figure) in self.figures(rule) {
                text.push_str(&format!("\"{key}\" = {figure}\n"));
            }
        }
        text
    }

    fn figures(&self, rule: &Rule) -> impl Iterator<Item = (&str, usize)> {
        self.exceptions
            .get(rule.table)
            .into_iter()
            .flatten()
            .map(|(key, &figure)| (key.as_str(), figure))
    }

    fn line(&self, tree: &Tree, key: &str) -> usize {
        let quoted = format!("\"{key}\"");
        let lines = tree.text(PATH).unwrap_or_default().lines();
        lines
            .enumerate()
            .find(|(_, line)| line.contains(&quoted))
            .map_or(1, |(index, _)| index + 1)
    }
}

fn file_lengths(tree: &Tree) -> Lengths {
    let rust = tree.files().iter().filter(|file| file.is_rust());
    rust.map(|file| {
        (
            file.path.clone(),
            Length {
                lines: file.text.lines().count(),
                begins: 1,
            },
        )
    })
    .collect()
}

/// The functions by `path::name`; of several with one name in a file, the longest stands for all.
fn function_lengths(tree: &Tree) -> Lengths {
    let mut lengths = Lengths::new();
    for (file, source) in tree.rust() {
        for function in source.functions() {
            let length = Length {
                lines: function.lines,
                begins: function.line,
            };
            let longest = lengths.entry(format!("{}::{}", file.path, function.name)).or_insert(length);
            if longest.lines < length.lines {
                *longest = length;
            }
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::places;

    /// A file of one function that is `lines` long.
    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    fn check(ratchet: &str, code: &str) -> Vec<String> {
        let tree = Tree::of(&[("a.rs", code), (PATH, ratchet)]);
        places(&Ratchet::of(&tree).unwrap().check(&tree))
    }

    #[test]
    fn a_long_file_and_a_long_function_are_found() {
        assert!(check("", &"\n".repeat(FILE_LINES_MAX)).is_empty());
        assert_eq!(check("", &"\n".repeat(FILE_LINES_MAX + 1)), ["a.rs:1"]);
        assert!(check("", &function(FUNCTION_LINES_MAX)).is_empty());
        assert_eq!(check("", &format!("\n{}", function(FUNCTION_LINES_MAX + 1))), ["a.rs:2"]);
    }

    #[test]
    fn a_listed_exception_may_stay_but_not_grow() {
        let listed = "[function_lines]\n\"a.rs::f\" = 70\n";
        assert!(check(listed, &function(70)).is_empty());
        assert_eq!(check(listed, &function(71)), ["a.rs:1"]);
    }

    #[test]
    fn a_figure_that_can_fall_is_found_and_lowered() {
        let listed = "[file_lines]\n\"gone.rs\" = 600\n[function_lines]\n\"a.rs::f\" = 70\n";
        let mut tree = Tree::of(&[("a.rs", &function(65)), (PATH, listed)]);
        assert_eq!(
            places(&Ratchet::of(&tree).unwrap().check(&tree)),
            ["xtask/ratchet.toml:2", "xtask/ratchet.toml:4"]
        );

        tree.replace(PATH, Ratchet::of(&tree).unwrap().lowered(&tree).to_toml());
        assert!(Ratchet::of(&tree).unwrap().check(&tree).is_empty());
        assert!(tree.text(PATH).unwrap().contains("\"a.rs::f\" = 65"));
        assert!(!tree.text(PATH).unwrap().contains("gone.rs"));
    }

    #[test]
    fn an_update_never_raises_and_never_adds() {
        let listed = "[function_lines]\n\"a.rs::f\" = 70\n";
        let tree = Tree::of(&[("a.rs", &function(80)), ("b.rs", &function(90)), (PATH, listed)]);
        let lowered = Ratchet::of(&tree).unwrap().lowered(&tree);
        assert!(lowered.to_toml().contains("\"a.rs::f\" = 70"));
        assert!(!lowered.to_toml().contains("b.rs"));
        assert_eq!(places(&lowered.check(&tree)), ["a.rs:1", "b.rs:1"]);
    }

    #[test]
    fn a_broken_list_is_an_error() {
        assert!(
            Ratchet::parse("[file_line]\n")
                .unwrap_err()
                .to_string()
                .contains("unknown entry")
        );
        assert!(
            Ratchet::parse("[file_lines]\n\"a.rs\" = -1\n")
                .unwrap_err()
                .to_string()
                .contains("not a number of lines")
        );
    }
}
