//! Rows of a file of counts: a header, then time, count and the instant at which the row was seen.

use super::lines::{Broken, LINE_BYTES_MAX, Lines};
use super::{Columns, InputError, figure, instant};
use instant::Notation;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::io::Read;

/// One row as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) at_ms: i64,
    /// `None` where the field is empty.
    pub(super) count: Option<f64>,
    pub(super) seen_ms: Option<i64>,
}

/// Where the fields are, found in the header.
#[derive(Debug, Clone, Copy)]
struct Layout {
    delimiter: u8,
    time: usize,
    count: usize,
    seen_at: Option<usize>,
    last: usize,
}

pub(super) struct Rows {
    file: String,
    lines: Lines,
    layout: Layout,
    zone: TimeZone,
    previous_ms: Option<i64>,
    /// How the times of the file are written; the first row decides.
    pub(super) notation: Option<Notation>,
}

/// What is wrong at which byte of a line, from 1.
struct Fault {
    column: usize,
    what: String,
}

impl Rows {
    pub(super) fn open(file: &str, reader: Box<dyn Read>, columns: &Columns, zone: TimeZone) -> Result<Self, InputError> {
        let mut lines = Lines::new(reader);
        let layout = loop {
            match lines.next() {
                Ok(Some(line)) => {
                    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
                    if line.trim_ascii().is_empty() {
                        continue;
                    }
                    break header(line, columns).map_err(|fault| (fault, lines.number()));
                }
                Ok(None) => {
                    let what = "the file is empty; it needs a header such as \"time,count\" and rows below it";
                    return Err(InputError::whole(file, what));
                }
                Err(broken) => return Err(broken_line(file, &lines, &broken)),
            }
        };
        let layout = layout.map_err(|(fault, line)| InputError::at(file, line, fault.column, fault.what))?;
        Ok(Self {
            file: file.into(),
            lines,
            layout,
            zone,
            previous_ms: None,
            notation: None,
        })
    }

    pub(super) fn next(&mut self) -> Result<Option<Row>, InputError> {
        loop {
            let line = match self.lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(broken) => return Err(broken_line(&self.file, &self.lines, &broken)),
            };
            if line.trim_ascii_end().is_empty() {
                continue;
            }
            let parsed = match plain(line, &self.layout) {
                Some(row) => Ok(row),
                None => parse(line, &self.layout, &self.zone, self.previous_ms),
            };
            let number = self.lines.number();
            let (row, notation) = parsed.map_err(|fault| InputError::at(&self.file, number, fault.column, fault.what))?;
            self.previous_ms = Some(row.at_ms);
            self.notation.get_or_insert(notation);
            return Ok(Some(Row { line: number, ..row }));
        }
    }
}

fn broken_line(file: &str, lines: &Lines, broken: &Broken) -> InputError {
    match broken {
        Broken::TooLong => {
            let what = format!("the line is longer than {LINE_BYTES_MAX} bytes; write one row on each line");
            InputError::at(file, lines.number(), 1, what)
        }
        Broken::Read(error) => {
            let what = format!("cannot read on: {error}; check that the file is whole");
            InputError::at(file, lines.number() + 1, 1, what)
        }
    }
}

fn header(line: &[u8], columns: &Columns) -> Result<Layout, Fault> {
    let fault = |what: String| Fault { column: 1, what };
    if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
        return Err(fault("the file is UTF-16; save it as UTF-8".into()));
    }
    let delimiter = *b",;\t".iter().find(|byte| line.contains(byte)).unwrap_or(&b',');
    let names: Vec<String> = Fields {
        line,
        delimiter,
        from: Some(0),
    }
    .map(|field| field.map(|(_, text)| String::from_utf8_lossy(text.trim_ascii()).into_owned()))
    .collect::<Result<_, _>>()?;
    if names.iter().take(2).all(|name| figure::decimal(name.as_bytes()).is_some()) {
        let what = format!(
            "the first row looks like counts ({}), not like a header; put a line \"time,count\" above it",
            super::quoted(line)
        );
        return Err(fault(what));
    }
    let named = |wanted: &Option<String>, position: usize, option: &str| match wanted {
        Some(wanted) => names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted.trim()))
            .ok_or_else(|| {
                fault(format!(
                    "there is no column \"{wanted}\" ({option}); the header has {}",
                    names.join(", ")
                ))
            }),
        None if position < names.len() => Ok(position),
        None => Err(fault(format!(
            "the header has one column only ({}); it needs two, the time and the count",
            super::quoted(line)
        ))),
    };
    let time = named(&columns.time, 0, "--time-column")?;
    // With the time elsewhere, the count is still the second column, or the first one when the second holds the time.
    let count = named(&columns.count, if time == 1 { 0 } else { 1 }, "--count-column")?;
    if time == count {
        return Err(fault(format!(
            "column \"{}\" cannot be both the time and the count; name two columns",
            names[time]
        )));
    }
    let seen_at = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case("seen_at"))
        .filter(|&at| at != time && at != count);
    Ok(Layout {
        delimiter,
        time,
        count,
        seen_at,
        last: time.max(count).max(seen_at.unwrap_or(0)),
    })
}

fn parse(line: &[u8], layout: &Layout, zone: &TimeZone, previous_ms: Option<i64>) -> Result<(Row, Notation), Fault> {
    let (mut time, mut count, mut seen): (Option<Field<'_>>, Option<Field<'_>>, Option<Field<'_>>) = (None, None, None);
    for (place, field) in (Fields {
        line,
        delimiter: layout.delimiter,
        from: Some(0),
    })
    .enumerate()
    .take(layout.last + 1)
    {
        if place == layout.time {
            time = Some(field?);
        } else if place == layout.count {
            count = Some(field?);
        } else if Some(place) == layout.seen_at {
            seen = Some(field?);
        } else {
            field?;
        }
    }
    let short = |what: &str| Fault {
        column: line.len() + 1,
        what: format!("the row ends before its {what}; write all columns of the header"),
    };
    let (time_column, time) = time.ok_or_else(|| short("time"))?;
    let (count_column, count) = count.ok_or_else(|| short("count"))?;
    let (at_ms, notation) = instant::read(time.trim_ascii(), zone, previous_ms).map_err(|what| Fault {
        column: time_column,
        what,
    })?;
    let count = figure::count(count.trim_ascii()).map_err(|what| Fault {
        column: count_column,
        what,
    })?;
    let seen_ms = match seen {
        Some((column, text)) if !text.trim_ascii().is_empty() => {
            let read = instant::read(text.trim_ascii(), zone, None);
            Some(
                read.map_err(|what| Fault {
                    column,
                    what: format!("seen_at: {what}"),
                })?
                .0,
            )
        }
        _ => None,
    };
    Ok((
        Row {
            line: 0,
            at_ms,
            count,
            seen_ms,
        },
        notation,
    ))
}

/// The rows that nearly every file is made of, `1700000000,42` and at most a seen_at behind: read in one pass. `None` where a row is
/// anything else.
#[inline]
fn plain(line: &[u8], layout: &Layout) -> Option<(Row, Notation)> {
    let is_usual =
        layout.time == 0 && layout.count == 1 && layout.delimiter == b',' && layout.seen_at.is_none_or(|place| place == 2);
    if !is_usual {
        return None;
    }
    let (at, rest) = leading_digits(line);
    let (&b',', rest) = rest.split_first()? else { return None };
    let (count, rest) = leading_digits(rest);
    let (at_ms, notation) = instant::unix(at?)?;
    let count = Some(count? as f64).filter(|count| *count <= figure::COUNT_MAX)?;
    let seen_ms = match (rest, layout.seen_at) {
        ([], None) | ([b','], Some(_)) => None,
        ([b',', seen @ ..], Some(_)) => {
            let (seen, []) = leading_digits(seen) else { return None };
            Some(instant::unix(seen?)?.0)
        }
        _ => return None,
    };
    Some((
        Row {
            line: 0,
            at_ms,
            count: Some(count),
            seen_ms,
        },
        notation,
    ))
}

/// A number of at most 18 digits at the start, and what follows it.
#[inline]
fn leading_digits(text: &[u8]) -> (Option<u64>, &[u8]) {
    const DIGITS_MAX: usize = 18;
    let mut number = 0_u64;
    let mut length = 0;
    while let Some(digit) = text
        .get(length)
        .map(|byte| byte.wrapping_sub(b'0'))
        .filter(|digit| *digit <= 9)
    {
        if length == DIGITS_MAX {
            return (None, text);
        }
        number = number * 10 + u64::from(digit);
        length += 1;
    }
    ((length > 0).then_some(number), &text[length..])
}

/// The byte column of a field, from 1, and its text.
type Field<'a> = (usize, Cow<'a, [u8]>);

/// The fields of one line, as RFC 4180 has them, save that a quoted field ends on its line.
struct Fields<'a> {
    line: &'a [u8],
    delimiter: u8,
    /// Where the next field begins; `None` after the last one.
    from: Option<usize>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let from = self.from?;
        let rest = &self.line[from..];
        if rest.first() == Some(&b'"') {
            return Some(self.quoted(from));
        }
        // Fields of counts are about ten bytes long: a plain loop is faster than a search that has to be set up.
        let length = rest.iter().position(|&byte| byte == self.delimiter);
        self.from = length.map(|length| from + length + 1);
        Some(Ok((from + 1, Cow::Borrowed(&rest[..length.unwrap_or(rest.len())]))))
    }
}

impl<'a> Fields<'a> {
    fn quoted(&mut self, from: usize) -> Result<Field<'a>, Fault> {
        let mut text = Vec::new();
        let mut at = from + 1;
        loop {
            match (self.line.get(at), self.line.get(at + 1)) {
                (Some(b'"'), Some(b'"')) => {
                    text.push(b'"');
                    at += 2;
                }
                (Some(b'"'), after) => {
                    self.from = after.map(|_| at + 2);
                    if after.is_some_and(|&byte| byte != self.delimiter) {
                        self.from = None;
                        let what = "there is text after the closing quote; double a quote that belongs to the text".into();
                        return Err(Fault { column: at + 2, what });
                    }
                    return Ok((from + 1, Cow::Owned(text)));
                }
                (Some(&byte), _) => {
                    text.push(byte);
                    at += 1;
                }
                (None, _) => {
                    self.from = None;
                    return Err(Fault {
                        column: from + 1,
                        what: "the quote is not closed on this line; write each row on one line".into(),
                    });
                }
            }
        }
    }
}
