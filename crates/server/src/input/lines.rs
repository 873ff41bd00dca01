//! Lines of a stream, one at a time, out of one buffer that never grows.

use std::io::{self, Read};

/// The longest line accepted, in bytes; the remedy for a longer one is a file with line ends.
pub(super) const LINE_BYTES_MAX: usize = 1 << 16;
/// Four times the longest line: few system calls, and the unread rest is moved rarely.
const BUFFER_BYTES: usize = 4 * LINE_BYTES_MAX;

pub(super) struct Lines {
    reader: Box<dyn Read>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    number: u64,
}

/// Why there is no next line.
#[derive(Debug)]
pub(super) enum Broken {
    /// The line is longer than [`LINE_BYTES_MAX`].
    TooLong,
    /// The stream itself failed: a disk, a pipe, or a damaged archive.
    Read(io::Error),
}

impl Lines {
    pub(super) fn new(reader: Box<dyn Read>) -> Self {
        Self {
            reader,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            ended: false,
            number: 0,
        }
    }

    /// Number of the line given last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its end (LF or CRLF); the last one may lack it.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Broken> {
        let mut searched = 0;
        let length = loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(found) = memchr::memchr(b'\n', &unread[searched..]) {
                break searched + found;
            }
            searched = unread.len();
            if searched > LINE_BYTES_MAX {
                self.number += 1;
                return Err(Broken::TooLong);
            }
            if self.ended {
                if searched == 0 {
                    return Ok(None);
                }
                break searched;
            }
            self.fill().map_err(Broken::Read)?;
        };
        self.number += 1;
        if length > LINE_BYTES_MAX {
            return Err(Broken::TooLong);
        }
        let from = self.start;
        self.start = (from + length + 1).min(self.end);
        let line = &self.buffer[from..from + length];
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &'static [u8]) -> Vec<String> {
        let mut lines = Lines::new(Box::new(text));
        let mut found = Vec::new();
        while let Ok(Some(line)) = lines.next() {
            found.push(String::from_utf8_lossy(line).into_owned());
        }
        found
    }

    #[test]
    fn line_ends_of_all_kinds_give_the_same_lines() {
        for text in [&b"a\nb\n"[..], b"a\r\nb\r\n", b"a\nb", b"a\r\nb"] {
            assert_eq!(all(text), ["a", "b"]);
        }
    }

    #[test]
    fn a_line_without_end_is_refused_within_bounded_memory() {
        let mut lines = Lines::new(Box::new(io::repeat(b'x').take(10_000_000)));
        assert!(matches!(lines.next(), Err(Broken::TooLong)));
        assert_eq!(lines.buffer.len(), BUFFER_BYTES);
    }
}
