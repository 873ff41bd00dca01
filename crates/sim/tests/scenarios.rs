//! Runs every file in `scenarios/` as a test of its own.

use libtest_mimic::{Arguments, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = match folder.read_dir() {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) => panic!("cannot list {}: {error}", folder.display()),
    };
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pulse"));
    files.sort();
    assert!(!files.is_empty(), "no scenario in {}", folder.display());
    let trials = files.into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(file: PathBuf) -> Trial {
    let name = file
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Trial::test(name, move || {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let outcome = pulsecheck_sim::scenario::run(&text).map_err(|fault| format!("{}:{fault}", file.display()))?;
        if outcome.passed() {
            Ok(())
        } else {
            Err(format!("{}\n{outcome}", file.display()).into())
        }
    })
}
