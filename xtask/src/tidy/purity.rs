//! The middle is pure: `rhythm` and `core` read no clock, do no I/O, draw no random numbers, wait for nothing and iterate in one order.
//!
//! Clippy bans the methods and types it can resolve (`clippy.toml` beside each crate); this check also covers macros, modules and
//! keywords, which clippy cannot ban.

use super::finding::Finding;
use super::rust_source::{Kind, RustSource, Token};
use super::tree::Tree;

/// The crates whose code has to be pure outside tests.
const PURE: [&str; 2] = ["crates/rhythm/src/", "crates/core/src/"];

/// What is banned for one reason, and what to do instead.
struct Ban {
    what: &'static str,
    remedy: &'static str,
    /// Modules of the standard library.
    modules: &'static [&'static str],
    /// Identifiers and keywords, wherever they stand.
    words: &'static [&'static str],
    /// Macros.
    macros: &'static [&'static str],
}

const BANS: [Ban; 5] = [
    Ban {
        what: "a clock",
        remedy: "take the time as an argument in Unix seconds; lengths of time are integers with their unit in the name",
        modules: &["time"],
        words: &["SystemTime", "Instant"],
        macros: &[],
    },
    Ban {
        what: "I/O",
        remedy: "return the value and let server read or write it",
        modules: &["fs", "io", "net", "env", "process", "os"],
        words: &[],
        macros: &["print", "println", "eprint", "eprintln", "dbg"],
    },
    Ban {
        what: "randomness",
        remedy: "take the drawn values, or the seed, as an argument",
        modules: &[],
        words: &["rand", "fastrand", "getrandom", "RandomState"],
        macros: &[],
    },
    Ban {
        what: "waiting",
        remedy: "decide on the values at hand; threads and tasks belong to server",
        modules: &["thread"],
        words: &["async", "await"],
        macros: &[],
    },
    Ban {
        what: "a map with a random order",
        remedy: "use BTreeMap, BTreeSet or a sorted Vec, so that the same calls give the same answers",
        modules: &[],
        words: &["HashMap", "HashSet", "hash_map", "hash_set"],
        macros: &[],
    },
];

/// Finds impure code in the crates of the middle.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        if PURE.iter().any(|pure| file.path.starts_with(pure)) && !file.is_test() {
            findings.extend(check_source(&file.path, &source));
        }
    }
    findings
}

fn check_source(path: &str, source: &RustSource<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |token: &Token<'_>, ban: &Ban, name: String| {
        if !token.test {
            findings.push(Finding::new(
                path,
                token.line,
                format!("{name} is {} in a pure crate", ban.what),
                ban.remedy,
            ));
        }
    };
    for token in std_modules(source) {
        if let Some(ban) = BANS.iter().find(|ban| ban.modules.contains(&token.text)) {
            report(token, ban, format!("std::{}", token.text));
        }
    }
    for (at, token) in source.tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
        let called = source.tokens.get(at + 1).is_some_and(|next| next.is("!"));
        for ban in &BANS {
            if ban.words.contains(&token.text) {
                report(token, ban, token.text.to_owned());
            } else if called && ban.macros.contains(&token.text) {
                report(token, ban, format!("{}!", token.text));
            }
        }
    }
    findings
}

/// The modules named right after `std::`, also those of a group: `use std::{fs, io::Read}` names two.
fn std_modules<'s, 'a>(source: &'s RustSource<'a>) -> Vec<&'s Token<'a>> {
    let mut modules = Vec::new();
    for at in source.positions(&["std", ":", ":"]) {
        let after = &source.tokens[at + 3..];
        match after.first() {
            Some(token) if token.is("{") => modules.extend(group_heads(after)),
            Some(token) => modules.push(token),
            None => {}
        }
    }
    modules
}

/// The first words of the entries of the group that `tokens` begins with.
fn group_heads<'s, 'a>(tokens: &'s [Token<'a>]) -> Vec<&'s Token<'a>> {
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut entry_begins = false;
    for token in tokens {
        if token.is("{") {
            depth += 1;
            entry_begins = depth == 1;
        } else if token.is("}") {
            depth -= 1;
            if depth == 0 {
                break;
            }
        } else if token.is(",") {
            entry_begins = depth == 1;
        } else if entry_begins {
            heads.push(token);
            entry_begins = false;
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::places;

    const FILE: &str = "crates/rhythm/src/level.rs";

    fn lines(text: &str) -> Vec<String> {
        places(&check(&Tree::of(&[(FILE, text)])))
    }

    #[test]
    fn every_kind_of_impurity_is_found() {
        let planted = [
            "let t = std::time::Duration::ZERO;",
            "fn f(now: Instant) {}",
            "let t = SystemTime::now();",
            "let s = std::fs::read(p);",
            "use std::io::Read;",
            "use std::net;",
            "let v = std::env::var(n);",
            "std::process::abort();",
            "print!(\"x\");",
            "eprintln!(\"x\");",
            "let x = rand::random();",
            "async fn f() {}",
            "x.await;",
            "std::thread::spawn(f);",
            "let m: HashMap<u8, u8> = x;",
            "use std::collections::{BTreeMap, HashSet};",
        ];
        for line in planted {
            let found = lines(&format!("// first line\n{line}\n"));
            assert!(
                !found.is_empty() && found.iter().all(|place| place == &format!("{FILE}:2")),
                "{line}: {found:?}"
            );
        }
    }

    #[test]
    fn groups_are_looked_into() {
        assert_eq!(
            lines("use std::{\n    fmt::{self, Display},\n    fs,\n    collections::{time, BTreeMap},\n    io::{self, Read},\n};"),
            [format!("{FILE}:3"), format!("{FILE}:5")]
        );
    }

    #[test]
    fn comments_strings_and_tests_are_let_through() {
        let text = "//! No SystemTime here, and no std::fs.\n/* HashMap */\nconst S: &str = \"Instant println!\";\n\
                    #[cfg(test)]\nmod tests { use std::fs; fn f() { println!(\"x\"); } }\n";
        assert!(lines(text).is_empty());
    }

    #[test]
    fn other_crates_and_pure_code_are_let_through() {
        let clock = "use std::time::Instant;";
        assert!(
            check(&Tree::of(&[
                ("crates/server/src/clock.rs", clock),
                ("crates/core/tests/scenarios.rs", clock)
            ]))
            .is_empty()
        );
        assert!(lines("use std::collections::BTreeMap; use std::fmt; fn print(time: i64) -> i64 { time }").is_empty());
    }
}
