//! The house rules as checks: each finding names a place, what is wrong there and what to do about it.

mod edges;
mod finding;
mod machine_paths;
mod manifest;
mod map;
mod purity;
mod ratchet;
mod rust_source;
mod tree;
mod words;

use anyhow::Context;
use finding::Finding;
use ratchet::Ratchet;
use std::path::Path;
use tree::Tree;

/// Runs every check on the repository and returns the number of findings, after printing them.
///
/// With `update`, the ratchet's figures are lowered to today's before the checks run.
pub(crate) fn run(update: bool) -> anyhow::Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask does not lie in a repository")?;
    let mut tree = Tree::read(root)?;
    if update {
        let lowered = Ratchet::of(&tree)?.lowered(&tree).to_toml();
        let path = root.join(ratchet::PATH);
        std::fs::write(&path, &lowered).with_context(|| format!("cannot write {}", ratchet::PATH))?;
        tree.replace(ratchet::PATH, lowered);
    }
    let findings = findings(&tree)?;
    for finding in &findings {
        println!("{finding}");
    }
    let files = tree.files().len();
    match findings.len() {
        0 => println!("tidy: {files} files keep the house rules"),
        n => println!("tidy: {n} finding(s) in {files} files"),
    }
    Ok(findings.len())
}

/// All findings in the order of the files they are in.
fn findings(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    findings.extend(edges::check(tree)?);
    findings.extend(purity::check(tree));
    findings.extend(map::check(tree));
    findings.extend(Ratchet::of(tree)?.check(tree));
    findings.extend(words::check(tree));
    findings.extend(machine_paths::check(tree));
    findings.sort();
    findings.dedup();
    Ok(findings)
}
