//! The content lines of a calendar: folded lines joined, name, parameters and value taken apart (RFC 5545 section 3.1).

pub(super) struct Property {
    /// Line on which it begins, from 1.
    pub(super) line: usize,
    /// Upper case.
    pub(super) name: String,
    parameters: String,
    pub(super) value: String,
}

impl Property {
    /// Whether the value is a day rather than an instant: said by `VALUE=DATE`, or plain from its eight digits.
    pub(super) fn is_date(&self) -> bool {
        let value = self.value.trim();
        self.parameters
            .to_ascii_uppercase()
            .split(';')
            .any(|parameter| parameter == "VALUE=DATE")
            || (value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

pub(super) fn properties(text: &str) -> Vec<Property> {
    let mut unfolded: Vec<(usize, String)> = Vec::new();
    for (place, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => unfolded.push((place + 1, line.into())),
        }
    }
    unfolded
        .into_iter()
        .filter_map(|(line, text)| property(line, &text))
        .collect()
}

fn property(line: usize, text: &str) -> Option<Property> {
    // A colon inside a quoted parameter does not end the parameters.
    let mut is_quoted = false;
    let colon = text.find(|letter| {
        is_quoted ^= letter == '"';
        letter == ':' && !is_quoted
    })?;
    let (head, value) = (&text[..colon], &text[colon + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some(Property {
        line,
        name: name.trim().to_ascii_uppercase(),
        parameters: parameters.into(),
        value: value.into(),
    })
}
