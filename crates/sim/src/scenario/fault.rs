//! What is wrong with a scenario's text, where, and what to do about it.

use std::fmt;

/// An error in a scenario's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line itself.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            text,
            message,
            remedy,
        } = self;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{line}:{column}: {message}")?;
        writeln!(f, " {number} | {text}")?;
        writeln!(f, " {margin} | {:>column$}", "^")?;
        write!(f, " {margin} = {remedy}")
    }
}

impl std::error::Error for Fault {}

/// A remedy that lists the words one may write, and the nearest to what was written.
pub(super) fn choose(written: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|word| (distance(written, word), *word))
        .min_by_key(|near| near.0);
    let list = known.join(", ");
    match near {
        Some((away, word)) if away <= 1 + written.chars().count() / 4 => {
            format!("did you mean \"{word}\"? (there are: {list})")
        }
        _ => format!("write one of: {list}"),
    }
}

/// Edit distance (Levenshtein, 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{choose, distance};

    #[test]
    fn distances_are_edits() {
        assert_eq!(distance("outage", "outage"), 0);
        assert_eq!(distance("outrage", "outage"), 1);
        assert_eq!(distance("", "gap"), 3);
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        assert!(choose("outrage", &["drop", "outage"]).starts_with("did you mean \"outage\"?"));
        assert!(choose("banana", &["drop", "outage"]).starts_with("write one of"));
    }
}
