//! Rust source as tokens: enough to tell code from comments and strings, test code from the rest, and where functions begin and end.
//!
//! A tokenizer of our own keeps tidy quick to build: it is the first thing a fresh clone compiles for it. It reads what rustc accepted
//! before, so it never has to report an error; on anything else it only has to stop.

mod functions;
mod lexer;
mod test_code;

pub(crate) use functions::Function;

/// One token that is not a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    /// The text of an identifier or a mark; of a literal only that it is there.
    pub(crate) text: &'a str,
    /// The line it begins on, from 1.
    pub(crate) line: usize,
    /// Whether it belongs to an item that is compiled for tests only.
    pub(crate) test: bool,
}

impl Token<'_> {
    /// Whether it is this mark of punctuation or this identifier.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Literal && self.text == text
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or a keyword.
    Word,
    /// A single mark of punctuation.
    Mark,
    /// A string, character or number; its content is never looked at.
    Literal,
    /// A lifetime or a loop label.
    Lifetime,
}

/// A comment of any kind, with the text between its delimiters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comment<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

/// The tokens and comments of one file.
#[derive(Debug)]
pub(crate) struct RustSource<'a> {
    pub(crate) tokens: Vec<Token<'a>>,
    pub(crate) comments: Vec<Comment<'a>>,
}

impl<'a> RustSource<'a> {
    /// Cuts `text` into tokens and comments and marks the test code.
    pub(crate) fn lex(text: &'a str) -> Self {
        let mut source = lexer::lex(text);
        test_code::mark(&mut source.tokens);
        source
    }

    /// The functions that have a body, in the order in which they begin.
    pub(crate) fn functions(&self) -> Vec<Function<'a>> {
        functions::find(&self.tokens)
    }

    /// The positions at which the tokens are exactly `texts`, one after the other.
    pub(crate) fn positions<'s>(&'s self, texts: &'s [&str]) -> impl Iterator<Item = usize> + 's {
        self.tokens
            .windows(texts.len())
            .enumerate()
            .filter(move |(_, window)| window.iter().zip(texts).all(|(token, text)| token.is(text)))
            .map(|(at, _)| at)
    }
}

/// The position of the token that closes the bracket at `open`, or the end of the file.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") || token.is("[") || token.is("{") {
            depth += 1;
        } else if token.is(")") || token.is("]") || token.is("}") {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len()
}
