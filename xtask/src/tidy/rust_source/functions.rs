//! Where functions begin and end.

use super::{Kind, Token, closing};

/// A function that has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    /// The line of the word `fn`, from 1.
    pub(crate) line: usize,
    /// The lines from the word `fn` to the closing brace, both included.
    pub(crate) lines: usize,
}

/// The functions of a file, nested ones too.
pub(super) fn find<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let named = tokens
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0].is("fn") && pair[1].kind == Kind::Word);
    named
        .filter_map(|(at, pair)| {
            let end = closing(tokens, body(tokens, at)?);
            let last = tokens.get(end).or(tokens.last())?;
            Some(Function {
                name: pair[1].text,
                line: pair[0].line,
                lines: last.line - pair[0].line + 1,
            })
        })
        .collect()
}

/// The position of the brace that opens the body of the function at `at`; `None` where a semicolon ends it.
fn body(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut here = at;
    loop {
        let token = tokens.get(here)?;
        if token.is("(") || token.is("[") {
            here = closing(tokens, here);
        } else if token.is("{") {
            return Some(here);
        } else if token.is(";") {
            return None;
        }
        here += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::RustSource;

    fn lengths(text: &str) -> Vec<(&str, usize, usize)> {
        RustSource::lex(text)
            .functions()
            .iter()
            .map(|f| (f.name, f.line, f.lines))
            .collect()
    }

    #[test]
    fn a_function_reaches_from_its_signature_to_its_brace() {
        let text = "#[inline]\nfn a(\n    x: [u8; 2],\n) -> u8 {\n    // }\n    let s = \"}\";\n    x[0]\n}\nfn b() {}\n";
        assert_eq!(lengths(text), [("a", 2, 7), ("b", 9, 1)]);
    }

    #[test]
    fn declarations_and_pointers_have_no_length() {
        assert_eq!(
            lengths("trait T { fn a(&self); fn b(&self) {} }\ntype F = fn(u8) -> u8;"),
            [("b", 1, 1)]
        );
    }

    #[test]
    fn nested_functions_are_counted_too() {
        assert_eq!(lengths("fn a() {\n    fn b() {\n    }\n}"), [("a", 1, 4), ("b", 2, 2)]);
    }
}
