//! Which tokens are compiled for tests only.

use super::{Token, closing};

/// Marks the items that stand under `#[test]` or under a `#[cfg]` that asks for `test`.
pub(super) fn mark(tokens: &mut [Token<'_>]) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        if tokens[at].is("#") && tokens[at + 1].is("[") {
            let end = closing(tokens, at + 1);
            if asks_for_test(&tokens[at + 2..end]) {
                let item_end = item_end(tokens, end + 1);
                tokens[at..item_end].iter_mut().for_each(|token| token.test = true);
                at = item_end;
                continue;
            }
            at = end;
        }
        at += 1;
    }
}

/// Whether the inside of an attribute is `test`, or a `cfg` with `test` that is not under `not(..)`.
fn asks_for_test(attribute: &[Token<'_>]) -> bool {
    match attribute {
        [only] => only.is("test"),
        [first, ..] if first.is("cfg") => attribute
            .iter()
            .enumerate()
            .any(|(at, token)| token.is("test") && !attribute[..at].iter().any(|before| before.is("not"))),
        _ => false,
    }
}

/// One past the last token of the item at `start`: its semicolon, its closing brace, or the end of what encloses it.
fn item_end(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.is("{") {
            return (closing(tokens, at) + 1).min(tokens.len());
        } else if token.is("(") || token.is("[") {
            at = closing(tokens, at);
        } else if token.is(";") {
            return at + 1;
        } else if token.is("}") || token.is(")") || token.is("]") {
            return at;
        }
        at += 1;
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, RustSource};

    /// The words outside test code.
    fn kept(text: &str) -> Vec<&str> {
        let source = RustSource::lex(text);
        source
            .tokens
            .iter()
            .filter(|token| !token.test && token.kind == Kind::Word)
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn test_modules_and_test_functions_are_marked() {
        assert_eq!(
            kept("use a;\n#[cfg(test)]\nmod tests { use b; fn f() { { } } }\nuse c;"),
            ["use", "a", "use", "c"]
        );
        assert_eq!(
            kept("#[test]\n#[should_panic]\nfn f(x: [u8; 2]) -> u8 { 1 } use c;"),
            ["use", "c"]
        );
        assert_eq!(kept("#[cfg(any(test, feature = \"x\"))] use b; use c;"), ["use", "c"]);
    }

    #[test]
    fn code_that_tests_leave_out_is_kept() {
        assert_eq!(kept("#[cfg(not(test))] use b;"), ["cfg", "not", "test", "use", "b"]);
        assert_eq!(kept("#[derive(Debug)] struct S;"), ["derive", "Debug", "struct", "S"]);
    }
}
