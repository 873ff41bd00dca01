//! The tokenizer, after the lexical structure in the Rust reference.

use super::{Comment, Kind, RustSource, Token};

/// Cuts `text` into tokens and comments.
pub(super) fn lex(text: &str) -> RustSource<'_> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        source: RustSource {
            tokens: Vec::new(),
            comments: Vec::new(),
        },
    };
    while let Some(next) = lexer.peek(0) {
        lexer.step(next);
    }
    lexer.source
}

struct Lexer<'a> {
    text: &'a str,
    /// Byte position of the next character.
    at: usize,
    line: usize,
    source: RustSource<'a>,
}

impl<'a> Lexer<'a> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text[self.at..].chars().nth(ahead)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Moves on by `bytes` and counts the lines passed.
    fn advance(&mut self, bytes: usize) -> &'a str {
        let end = (self.at + bytes).min(self.text.len());
        let passed = &self.text[self.at..end];
        self.line += passed.matches('\n').count();
        self.at = end;
        passed
    }

    /// Takes one token, comment or stretch of white space that begins with `next`.
    fn step(&mut self, next: char) {
        if next.is_whitespace() {
            self.advance(next.len_utf8());
        } else if self.rest().starts_with("//") {
            let length = self.rest().find('\n').unwrap_or(self.rest().len());
            self.comment(length, 2, 0);
        } else if self.rest().starts_with("/*") {
            let length = block_comment_length(self.rest());
            self.comment(length, 2, 2);
        } else if let Some(length) = string_length(self.rest()) {
            self.token(Kind::Literal, length);
        } else if next == '\'' {
            match character_length(self.rest()) {
                Some(length) => self.token(Kind::Literal, length),
                None => self.token(Kind::Lifetime, 1 + word_length(&self.rest()[1..])),
            }
        } else if next.is_ascii_digit() {
            self.token(Kind::Literal, word_length(self.rest()));
        } else if is_word(next) {
            let raw = if self.rest().starts_with("r#") { 2 } else { 0 };
            self.token(Kind::Word, raw + word_length(&self.rest()[raw..]));
        } else {
            self.token(Kind::Mark, next.len_utf8());
        }
    }

    fn token(&mut self, kind: Kind, length: usize) {
        let line = self.line;
        let text = self.advance(length);
        self.source.tokens.push(Token {
            kind,
            text,
            line,
            test: false,
        });
    }

    fn comment(&mut self, length: usize, opening: usize, closing: usize) {
        let line = self.line;
        let text = self.advance(length);
        let end = text.len().saturating_sub(closing).max(opening);
        self.source.comments.push(Comment {
            text: &text[opening..end],
            line,
        });
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// The length of the block comment that `text` begins with; block comments nest.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string literal that `text` begins with, if it begins with one: plain, byte, C or raw.
fn string_length(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        let rest = text.strip_prefix(prefix);
        let rest = if prefix.ends_with('r') {
            rest.map(|rest| rest.trim_start_matches('#'))
        } else {
            rest
        };
        rest.is_some_and(|rest| rest.starts_with('"'))
    })?;
    if prefix.ends_with('r') {
        let hashes = text[prefix.len()..].find('"')?;
        let opening = prefix.len() + hashes + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        let end = text[opening..]
            .find(&closing)
            .map_or(text.len(), |at| opening + at + closing.len());
        return Some(end);
    }
    let opening = prefix.len() + 1;
    Some(opening + escaped_length(&text[opening..], '"'))
}

/// The length of the character literal that `text`, which begins with a quote, is; `None` if the quote begins a lifetime.
fn character_length(text: &str) -> Option<usize> {
    let mut characters = text[1..].chars();
    let first = characters.next()?;
    if first == '\\' {
        return Some(1 + escaped_length(&text[1..], '\''));
    }
    (characters.next() == Some('\'')).then(|| 1 + first.len_utf8() + 1)
}

/// The length up to and with the first `quote` that no backslash stands before.
fn escaped_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        lex(text)
            .tokens
            .iter()
            .filter(|token| token.kind == Kind::Word)
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn strings_and_comments_hold_no_words() {
        let text = r####"
            a /* b /* c */ d */ e // f
            "g \" h" i b"j" br#"k " l"# m r"n" c"o" p 'q' '\'' s '\u{1F600}' t
            r##"u "# v"## w
        "####;
        assert_eq!(words(text), ["a", "e", "i", "m", "p", "s", "t", "w"]);
    }

    #[test]
    fn lifetimes_are_not_characters() {
        assert_eq!(words("fn f<'a>(x: &'a str) -> char { 'x' }"), ["fn", "f", "x", "str", "char"]);
        assert_eq!(words("'outer: loop { break 'outer; }"), ["loop", "break"]);
    }

    #[test]
    fn raw_words_and_byte_characters_are_one_token() {
        assert_eq!(words("r#fn b'x' 1e5 0xff_u8"), ["r#fn", "b"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let source = lex("/* 1\n2 */ a \"3\n4\" b\n\n// seven\nc");
        let lines: Vec<_> = source.tokens.iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(lines, [("a", 2), ("\"3\n4\"", 2), ("b", 3), ("c", 6)]);
        assert_eq!(source.comments[1], Comment { text: " seven", line: 5 });
    }

    #[test]
    fn an_unfinished_file_ends_the_lexing() {
        for text in ["\"", "'", "'\\", "/*", "r#\"", "r#", "b'", "//", "/*/"] {
            lex(text);
        }
    }
}
