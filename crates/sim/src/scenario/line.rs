//! One line of a scenario as words with columns, read from left to right.

use super::fault::{Fault, choose};
use crate::span;

/// A word and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Column in characters, from 1.
    pub(super) column: usize,
}

/// A line being read.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    number: usize,
    text: &'a str,
    words: Vec<Word>,
    next: usize,
}

pub(super) type Read<T> = Result<T, Fault>;

impl<'a> Line<'a> {
    /// Splits a line: blanks part words, a comma and a percent sign begin a word of their own, `#` begins a comment, and what stands
    /// between double quotes is one word that begins with a quote.
    pub(super) fn new(number: usize, text: &'a str) -> Read<Self> {
        let mut line = Self {
            number,
            text,
            words: Vec::new(),
            next: 0,
        };
        let mut quoted = false;
        let mut fresh = true;
        for (k, c) in text.chars().enumerate() {
            let column = k + 1;
            if quoted {
                quoted = c != '"';
                if quoted && let Some(word) = line.words.last_mut() {
                    word.text.push(c);
                }
                fresh = true;
                continue;
            }
            match c {
                '#' => break,
                '"' => {
                    quoted = true;
                    line.words.push(Word {
                        text: "\"".to_owned(),
                        column,
                    });
                }
                ',' => {
                    line.words.push(Word {
                        text: ",".to_owned(),
                        column,
                    });
                    fresh = true;
                }
                c if c.is_whitespace() => fresh = true,
                c => {
                    if fresh || c == '%' {
                        line.words.push(Word {
                            text: String::new(),
                            column,
                        });
                    }
                    fresh = false;
                    if let Some(word) = line.words.last_mut() {
                        word.text.push(c);
                    }
                }
            }
        }
        if quoted {
            let column = text.chars().count();
            return Err(line.fault_at(column, "a quote that does not end", "write a second \" where the text ends"));
        }
        Ok(line)
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn text(&self) -> &str {
        self.text.split('#').next().unwrap_or_default().trim()
    }

    pub(super) fn is_done(&self) -> bool {
        self.next >= self.words.len()
    }

    pub(super) fn peek(&self) -> Option<&str> {
        self.words.get(self.next).map(|word| word.text.as_str())
    }

    /// The word `ahead` places after the next one.
    pub(super) fn peek_at(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.next + ahead).map(|word| word.text.as_str())
    }

    /// Takes the next word if it is this one.
    pub(super) fn take_if(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(word);
        self.next += usize::from(is);
        is
    }

    /// Takes the next words if they are these, all of them.
    pub(super) fn take_all(&mut self, words: &[&str]) -> bool {
        let are = words.iter().enumerate().all(|(k, word)| self.peek_at(k) == Some(word));
        self.next += if are { words.len() } else { 0 };
        are
    }

    /// Takes the next word, whatever it is; `wanted` says what ought to stand there.
    pub(super) fn take(&mut self, wanted: &str) -> Read<String> {
        match self.peek() {
            Some(word) if word != "," => {
                let word = word.to_owned();
                self.next += 1;
                Ok(word)
            }
            _ => Err(self.fault(&format!("the line goes on with {wanted}"), &format!("write {wanted} here"))),
        }
    }

    pub(super) fn need(&mut self, word: &str) -> Read<()> {
        if self.take_if(word) {
            return Ok(());
        }
        let found = self
            .peek()
            .map_or_else(|| "the end of the line".to_owned(), |found| format!("\"{found}\""));
        Err(self.fault(
            &format!("expected \"{word}\", found {found}"),
            &format!("write \"{word}\" here"),
        ))
    }

    /// Ends a clause: a comma, or nothing more.
    pub(super) fn end_clause(&mut self) -> Read<()> {
        if self.is_done() || self.take_if(",") {
            return Ok(());
        }
        let found = self.peek().unwrap_or_default().to_owned();
        Err(self.fault(
            &format!("\"{found}\" is too much here"),
            "end the clause with a comma or a new line",
        ))
    }

    /// An error at the next word.
    pub(super) fn fault(&self, message: &str, remedy: &str) -> Fault {
        let end = self.text.trim_end().chars().count() + 1;
        let column = self.words.get(self.next).map_or(end, |word| word.column);
        self.fault_at(column, message, remedy)
    }

    /// An error at the word taken last.
    pub(super) fn fault_back(&self, message: &str, remedy: &str) -> Fault {
        let column = self
            .next
            .checked_sub(1)
            .and_then(|last| self.words.get(last))
            .map_or(1, |word| word.column);
        self.fault_at(column, message, remedy)
    }

    /// An error about the word taken last, which is none of `known`.
    pub(super) fn unknown(&self, what: &str, written: &str, known: &[&str]) -> Fault {
        self.fault_back(&format!("unknown {what} \"{written}\""), &choose(written, known))
    }

    fn fault_at(&self, column: usize, message: &str, remedy: &str) -> Fault {
        let text = self.text.to_owned();
        Fault {
            line: self.number,
            column,
            text,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// A number, with or without a plus sign.
    pub(super) fn decimal(&mut self, wanted: &str) -> Read<f64> {
        let word = self.take(wanted)?;
        match word.trim_start_matches('+').parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(self.fault_back(&format!("\"{word}\" is no number"), &format!("write {wanted} here"))),
        }
    }

    pub(super) fn whole(&mut self, wanted: &str) -> Read<u64> {
        let word = self.take(wanted)?;
        let wrong = |_| self.fault_back(&format!("\"{word}\" is no whole number"), &format!("write {wanted} here"));
        word.parse().map_err(wrong)
    }

    /// A share written as a percentage, between `low` and `high` (as shares).
    pub(super) fn percent(&mut self, low: f64, high: f64) -> Read<f64> {
        let share = self.decimal("a percentage, such as 50 %")? / 100.0;
        let number = self.clone();
        self.need("%")?;
        if (low..=high).contains(&share) {
            return Ok(share);
        }
        let limits = format!("write a percentage from {} to {} %", low * 100.0, high * 100.0);
        Err(number.fault_back(&format!("{} % is out of range", share * 100.0), &limits))
    }

    /// A range of percentages such as `40..60 %`, as shares.
    pub(super) fn percents(&mut self) -> Read<(f64, f64)> {
        let word = self.take("a range, such as 40..60 %")?;
        let both = word
            .split_once("..")
            .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
        let Some((low, high)): Option<(f64, f64)> = both.filter(|(low, high)| low <= high) else {
            let message = format!("\"{word}\" is no range of percentages");
            return Err(self.fault_back(&message, "write the lowest and the highest, such as 40..60 %"));
        };
        self.need("%")?;
        Ok((low / 100.0, high / 100.0))
    }

    /// A span of time: `90s`, `1h30m`, or a number and a word, `3 weeks`.
    pub(super) fn span(&mut self, wanted: &str) -> Read<i64> {
        let word = self.take(wanted)?;
        if let (Ok(number), Some(unit)) = (word.parse::<i64>(), self.peek().and_then(span::unit_s)) {
            self.next += 1;
            return Ok(number.saturating_mul(unit));
        }
        match span::parse(&word) {
            Ok(seconds) if word.parse::<i64>().is_err() || seconds == 0 => Ok(seconds),
            Ok(_) => Err(self.fault_back(
                &format!("\"{word}\" has no unit"),
                &format!("write {word}s, {word}m or {word}h"),
            )),
            Err(error) => Err(self.fault_back(&error.to_string(), &format!("write {wanted} here"))),
        }
    }

    /// Takes back the word taken last.
    pub(super) fn back(&mut self) {
        self.next = self.next.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn words_know_their_columns() {
        let line = Line::new(1, "at Wed, drop 50% \"two words\" # more").expect("it is well formed");
        let words: Vec<(&str, usize)> = line.words.iter().map(|word| (word.text.as_str(), word.column)).collect();
        let expected = [
            ("at", 1),
            ("Wed", 4),
            (",", 7),
            ("drop", 9),
            ("50", 14),
            ("%", 16),
            ("\"two words", 18),
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn spans_may_be_one_word_or_two() {
        let mut line = Line::new(1, "1h30m 3 weeks 45s").expect("it is well formed");
        let mut span = || line.span("a span").expect("it is a span");
        assert_eq!([span(), span(), span()], [5400, 3 * 604_800, 45]);
        let fault = Line::new(1, "for 90").and_then(|mut line| {
            line.need("for")?;
            line.span("a span")
        });
        let fault = fault.expect_err("90 what?");
        assert_eq!((fault.column, fault.remedy.as_str()), (5, "write 90s, 90m or 90h"));
    }
}
