//! One broken rule at one place.

use std::fmt;

/// A broken rule: where, what is wrong and what to do. Findings sort by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    problem: String,
    remedy: String,
}

impl Finding {
    /// A finding at a line (from 1) of a file; `path` is relative to the root of the repository.
    pub(crate) fn new(path: &str, line: usize, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}\n    remedy: {}",
            self.path, self.line, self.problem, self.remedy
        )
    }
}

/// Where the findings are, as `path:line`: what tests compare.
#[cfg(test)]
pub(crate) fn places(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}:{}", f.path, f.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_place_problem_and_remedy() {
        let finding = Finding::new("Makefile", 3, "the sky is green", "paint it blue");
        assert_eq!(finding.to_string(), "Makefile:3: the sky is green\n    remedy: paint it blue");
    }
}
