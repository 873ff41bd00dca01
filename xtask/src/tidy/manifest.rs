//! What a `Cargo.toml` says of dependencies and lints, with the line of each entry.

use anyhow::Context;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Which table a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DependencyKind {
    /// Needed to run.
    Normal,
    /// Needed by a build script.
    Build,
    /// Needed by tests and benches.
    Dev,
}

/// One dependency of a package, under the name it has on the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) package: String,
    pub(crate) kind: DependencyKind,
    /// Whether only a feature brings it in.
    pub(crate) optional: bool,
    pub(crate) line: usize,
}

/// The part of a manifest that has rules.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) dependencies: Vec<Dependency>,
    /// Whether the lints of the workspace hold in the package.
    pub(crate) inherits_lints: bool,
}

impl Manifest {
    /// Reads the text of a manifest; `path` is for the error.
    pub(crate) fn parse(path: &str, text: &str) -> anyhow::Result<Self> {
        let table = DeTable::parse(text).with_context(|| format!("{path} is no valid TOML"))?;
        let table = table.get_ref();
        let mut dependencies = Vec::new();
        collect(table, text, &mut dependencies);
        // Dependencies of one platform: [target.'cfg(..)'.dependencies].
        for (_, platform) in table_at(table, "target").into_iter().flatten() {
            if let DeValue::Table(platform) = platform.get_ref() {
                collect(platform, text, &mut dependencies);
            }
        }
        let lints = table_at(table, "lints").and_then(|lints| lints.get("workspace"));
        let inherits_lints = matches!(lints.map(Spanned::get_ref), Some(DeValue::Boolean(true)));
        Ok(Self {
            dependencies,
            inherits_lints,
        })
    }
}

/// Adds the dependencies of the three tables under `parent`.
fn collect(parent: &DeTable<'_>, text: &str, dependencies: &mut Vec<Dependency>) {
    let tables = [
        ("dependencies", DependencyKind::Normal),
        ("build-dependencies", DependencyKind::Build),
        ("dev-dependencies", DependencyKind::Dev),
    ];
    for (name, kind) in tables {
        for (key, value) in table_at(parent, name).into_iter().flatten() {
            let setting = |name: &str| match value.get_ref() {
                DeValue::Table(table) => table.get(name).map(Spanned::get_ref),
                _ => None,
            };
            let renamed = setting("package").and_then(DeValue::as_str);
            let package = renamed.unwrap_or(key.get_ref()).to_owned();
            dependencies.push(Dependency {
                package,
                kind,
                optional: matches!(setting("optional"), Some(DeValue::Boolean(true))),
                line: line_of(text, key.span()),
            });
        }
    }
}

fn table_at<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeTable<'a>> {
    match table.get(key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn line_of(text: &str, span: Range<usize>) -> usize {
    text[..span.start].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_all_tables_are_read_with_their_lines() {
        let text = "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = { version = \"1\", package = \"c\" }\n\
                    [target.'cfg(unix)'.dependencies]\nd = \"1\"\n[dev-dependencies]\ne = \"1\"\n[build-dependencies.f]\nversion = \"1\"\n\
                    [lints]\nworkspace = true\n";
        let manifest = Manifest::parse("Cargo.toml", text).unwrap();
        let mut found: Vec<_> = manifest
            .dependencies
            .iter()
            .map(|d| (d.package.as_str(), d.kind, d.line))
            .collect();
        found.sort_by_key(|&(_, _, line)| line);
        use DependencyKind::{Build, Dev, Normal};
        assert_eq!(
            found,
            [
                ("a", Normal, 4),
                ("c", Normal, 5),
                ("d", Normal, 7),
                ("e", Dev, 9),
                ("f", Build, 10)
            ]
        );
        assert!(manifest.inherits_lints);
    }

    #[test]
    fn a_dependency_that_a_feature_brings_in_is_told_from_the_others() {
        let text =
            "[dependencies]\na = { version = \"1\", optional = true }\nb = { version = \"1\", optional = false }\nc = \"1\"\n";
        let manifest = Manifest::parse("Cargo.toml", text).unwrap();
        let optional: Vec<bool> = manifest.dependencies.iter().map(|d| d.optional).collect();
        assert_eq!(optional, [true, false, false]);
    }

    #[test]
    fn a_manifest_without_lints_says_so() {
        assert!(!Manifest::parse("Cargo.toml", "[package]\n").unwrap().inherits_lints);
        assert!(
            Manifest::parse("Cargo.toml", "[package")
                .unwrap_err()
                .to_string()
                .contains("no valid TOML")
        );
    }
}
