//! Which crate may depend on which. A crate buys a dependency boundary; this table is the boundary.

use super::finding::Finding;
use super::manifest::{DependencyKind, Manifest};
use super::tree::Tree;

/// What one crate may depend on.
struct Edges {
    name: &'static str,
    ours: &'static [&'static str],
    others: Others,
}

/// Which packages of other people a crate may depend on at run time; tests and benches are free.
enum Others {
    Any,
    /// These packages and no other; those of the second list only where a feature brings them in.
    Only(&'static [&'static str], &'static [&'static str]),
}

/// The whole table. `sim` lies below `server`: it holds generated traffic and the language of scenarios, which the commands `demo` and
/// `test` of the binary need. `store`, `intake`, `adapters` and `web` do not know each other; `server` connects them.
const EDGES: [Edges; 9] = [
    Edges {
        name: "rhythm",
        ours: &[],
        others: Others::Only(&[], &["serde"]),
    },
    Edges {
        name: "core",
        ours: &["rhythm"],
        others: Others::Only(&["serde", "thiserror"], &[]),
    },
    Edges {
        name: "sim",
        ours: &["rhythm", "core"],
        others: Others::Any,
    },
    Edges {
        name: "store",
        ours: &["core"],
        others: Others::Any,
    },
    Edges {
        name: "intake",
        ours: &["core"],
        others: Others::Any,
    },
    Edges {
        name: "adapters",
        ours: &["core"],
        others: Others::Any,
    },
    Edges {
        name: "web",
        ours: &["core"],
        others: Others::Any,
    },
    Edges {
        name: "server",
        ours: &["rhythm", "core", "sim", "store", "intake", "adapters", "web"],
        others: Others::Any,
    },
    Edges {
        name: "xtask",
        ours: &[],
        others: Others::Any,
    },
];

/// Checks the manifest of every crate against the table.
pub(crate) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let crates = tree.crates().map(|name| (name, format!("crates/{name}/Cargo.toml")));
    for (name, path) in crates.chain([("xtask", "xtask/Cargo.toml".to_owned())]) {
        let Some(text) = tree.text(&path) else { continue };
        let manifest = Manifest::parse(&path, text)?;
        if !manifest.inherits_lints {
            findings.push(Finding::new(
                &path,
                1,
                "the lints of the workspace do not hold here",
                "add the two lines `[lints]` and `workspace = true`",
            ));
        }
        match EDGES.iter().find(|edges| edges.name == name) {
            Some(edges) => findings.extend(check_crate(edges, &path, &manifest)),
            None => findings.push(Finding::new(
                &path,
                1,
                format!("crate {name} has no place in the picture"),
                "say in the table of xtask/src/tidy/edges.rs and in ARCHITECTURE.md what it may depend on, or make it a module",
            )),
        }
    }
    Ok(findings)
}

fn check_crate(edges: &Edges, path: &str, manifest: &Manifest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = edges.name;
    for dependency in &manifest.dependencies {
        let package = dependency.package.as_str();
        if let Some(ours) = package.strip_prefix("pulsecheck-") {
            if !edges.ours.contains(&ours) {
                let allowed = if edges.ours.is_empty() {
                    "none of ours".to_owned()
                } else {
                    edges.ours.join(", ")
                };
                findings.push(Finding::new(
                    path,
                    dependency.line,
                    format!("{name} may not depend on {ours} (allowed: {allowed})"),
                    "let the caller hand in what is needed, or move the code to the crate that may know both",
                ));
            }
        } else if let Others::Only(allowed, by_feature) = &edges.others
            && dependency.kind != DependencyKind::Dev
            && !allowed.contains(&package)
            && !(dependency.optional && by_feature.contains(&package))
        {
            let allowed = if allowed.is_empty() {
                "none".to_owned()
            } else {
                allowed.join(", ")
            };
            findings.push(Finding::new(
                path,
                dependency.line,
                format!("{name} is kept free of third-party packages; {package} is not allowed (allowed: {allowed})"),
                "do the work in server and hand the result in as plain values",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::places;

    fn check_one(name: &str, body: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"pulsecheck-{name}\"\n[lints]\nworkspace = true\n{body}");
        places(&check(&Tree::of(&[(&format!("crates/{name}/Cargo.toml"), &text)])).unwrap())
    }

    #[test]
    fn an_edge_against_the_direction_is_found() {
        assert_eq!(
            check_one("rhythm", "[dependencies]\npulsecheck-core.workspace = true\n"),
            ["crates/rhythm/Cargo.toml:6"]
        );
        assert_eq!(
            check_one("sim", "[dependencies]\npulsecheck-server = { path = \"../server\" }\n"),
            ["crates/sim/Cargo.toml:6"]
        );
        assert_eq!(
            check_one("store", "[dependencies]\npulsecheck-web.workspace = true\n"),
            ["crates/store/Cargo.toml:6"]
        );
    }

    #[test]
    fn tests_may_not_turn_an_edge_around_either() {
        assert_eq!(
            check_one("core", "[dev-dependencies]\npulsecheck-sim.workspace = true\n"),
            ["crates/core/Cargo.toml:6"]
        );
    }

    #[test]
    fn the_pure_crates_take_no_third_party_package() {
        assert_eq!(
            check_one("rhythm", "[dependencies]\nserde = \"1\"\n"),
            ["crates/rhythm/Cargo.toml:6"]
        );
        assert_eq!(
            check_one("core", "[dependencies]\nthiserror = \"2\"\njiff = \"0.2\"\n"),
            ["crates/core/Cargo.toml:7"]
        );
        assert_eq!(
            check_one("core", "[build-dependencies]\ncc = \"1\"\n"),
            ["crates/core/Cargo.toml:6"]
        );
    }

    #[test]
    fn rhythm_can_be_written_down_by_those_who_ask_for_it() {
        assert!(check_one("rhythm", "[dependencies]\nserde = { version = \"1\", optional = true }\n").is_empty());
        assert_eq!(
            check_one(
                "rhythm",
                "[dependencies]\nserde_json = { version = \"1\", optional = true }\n"
            ),
            ["crates/rhythm/Cargo.toml:6"]
        );
    }

    #[test]
    fn the_allowed_edges_pass() {
        assert!(
            check_one(
                "core",
                "[dependencies]\npulsecheck-rhythm.workspace = true\n[dev-dependencies]\nproptest = \"1\"\n"
            )
            .is_empty()
        );
        assert!(check_one("server", "[dependencies]\npulsecheck-sim.workspace = true\nanyhow = \"1\"\n").is_empty());
    }

    #[test]
    fn a_crate_outside_the_table_and_one_without_lints_are_found() {
        assert_eq!(check_one("glue", ""), ["crates/glue/Cargo.toml:1"]);
        let bare = Tree::of(&[("crates/core/Cargo.toml", "[package]\n")]);
        assert_eq!(places(&check(&bare).unwrap()), ["crates/core/Cargo.toml:1"]);
    }
}
