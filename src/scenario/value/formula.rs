//! Formulas of properties, as they are written: `running(web) >= 2 and not down(db)`.
//!
//! What the words mean is decided in `into_plan`, where names are known.

use crate::property::Relation;
use crate::units::ParseError;

/// What is expected of a formula.
pub const EXPECTED_FORMULA: &str = "expected counts compared with numbers, joined by `and`, `or`, \
                                    `not`: \"running(web) >= 2 and calls(StopInstance, web, 1m) \
                                    < 10\"";

/// How deep parentheses and `not` may be nested.
pub const DEPTH_MAX: usize = 32;

/// A formula, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Two numbers compared.
    Compares(Amount, Relation, Amount),
    /// It does not hold.
    Not(Box<Phrase>),
    /// All of them hold.
    All(Vec<Phrase>),
    /// At least one of them holds.
    Any(Vec<Phrase>),
}

/// A number that is compared, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A number as it stands.
    Number(u64),
    /// A count, and what is in its parentheses.
    Count(String, Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Relation(Relation),
    Open,
    Close,
    Comma,
}

const RELATIONS: [(&str, Relation); 7] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("!=", Relation::Unequal),
    ("==", Relation::Equal),
    ("<", Relation::Less),
    (">", Relation::More),
    ("=", Relation::Equal),
];

fn wrong(problem: String) -> ParseError {
    ParseError::new(problem, EXPECTED_FORMULA)
}

fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let relation = RELATIONS.iter().find(|(sign, _)| rest.starts_with(sign));
        let (token, length) = match (first, relation) {
            (_, Some((sign, relation))) => (Token::Relation(*relation), sign.len()),
            ('(', None) => (Token::Open, 1),
            (')', None) => (Token::Close, 1),
            (',', None) => (Token::Comma, 1),
            (other, None) if in_word(other) => {
                let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
            (other, None) => {
                return Err(wrong(format!("`{other}` means nothing in `{text}`")));
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

impl Phrase {
    /// Reads one.
    ///
    /// # Errors
    /// With what is wrong and what was expected.
    pub fn read(text: &str) -> Result<Phrase, ParseError> {
        let mut reader = Reader { text, tokens: tokens(text)?, at: 0, depth: 0 };
        let phrase = reader.any()?;
        match reader.peek() {
            None => Ok(phrase),
            Some(token) => Err(reader.unexpected(&token.clone())),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_it = self.peek() == Some(token);
        self.at += usize::from(is_it);
        is_it
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Word(own)) if own == word);
        self.at += usize::from(is_it);
        is_it
    }

    fn unexpected(&self, token: &Token) -> ParseError {
        let what = match token {
            Token::Word(word) => word.as_str(),
            Token::Relation(relation) => {
                RELATIONS.iter().find(|(_, own)| own == relation).map_or("", |(sign, _)| sign)
            }
            Token::Open => "(",
            Token::Close => ")",
            Token::Comma => ",",
        };
        wrong(format!("`{what}` is not expected there in `{}`", self.text))
    }

    fn next(&mut self) -> Result<Token, ParseError> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token.ok_or_else(|| wrong(format!("`{}` is not whole", self.text)))
    }

    fn word(&mut self) -> Result<String, ParseError> {
        let token = self.next()?;
        let Token::Word(word) = token else { return Err(self.unexpected(&token)) };
        Ok(word)
    }

    fn close(&mut self) -> Result<(), ParseError> {
        let token = self.next()?;
        if token == Token::Close { Ok(()) } else { Err(self.unexpected(&token)) }
    }

    fn any(&mut self) -> Result<Phrase, ParseError> {
        let mut all = vec![self.all()?];
        while self.takes_word("or") {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Phrase::Any(all) })
    }

    fn all(&mut self) -> Result<Phrase, ParseError> {
        let mut all = vec![self.one()?];
        while self.takes_word("and") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Phrase::All(all) })
    }

    fn one(&mut self) -> Result<Phrase, ParseError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(wrong(format!("more than {DEPTH_MAX} formulas within each other")));
        }
        let phrase = if self.takes_word("not") {
            Phrase::Not(Box::new(self.one()?))
        } else if self.takes(&Token::Open) {
            let inner = self.any()?;
            self.close()?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(phrase)
    }

    fn comparison(&mut self) -> Result<Phrase, ParseError> {
        let left = self.amount()?;
        let Some(Token::Relation(relation)) = self.peek() else {
            return match left {
                // A count alone: that there are some.
                Amount::Count(..) => {
                    Ok(Phrase::Compares(left, Relation::AtLeast, Amount::Number(1)))
                }
                Amount::Number(number) => {
                    Err(wrong(format!("`{number}` is compared with nothing in `{}`", self.text)))
                }
            };
        };
        let relation = *relation;
        self.at += 1;
        Ok(Phrase::Compares(left, relation, self.amount()?))
    }

    fn amount(&mut self) -> Result<Amount, ParseError> {
        let word = self.word()?;
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = word.parse();
            return number
                .map(Amount::Number)
                .map_err(|_| wrong(format!("`{word}` is too large a number")));
        }
        let mut inside = Vec::new();
        if self.takes(&Token::Open) {
            inside.push(self.word()?);
            while self.takes(&Token::Comma) {
                inside.push(self.word()?);
            }
            self.close()?;
        }
        Ok(Amount::Count(word, inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(word: &str, inside: &[&str]) -> Amount {
        Amount::Count(word.to_owned(), inside.iter().map(|one| (*one).to_owned()).collect())
    }

    #[test]
    fn a_count_alone_means_that_there_are_some() {
        let some = Phrase::Compares(count("down", &[]), Relation::AtLeast, Amount::Number(1));
        assert_eq!(Phrase::read("down").unwrap(), some);
        assert_eq!(Phrase::read("not down").unwrap(), Phrase::Not(Box::new(some)));
    }

    #[test]
    fn and_binds_closer_than_or() {
        let one = |word| Phrase::Compares(count(word, &[]), Relation::AtLeast, Amount::Number(1));
        let expected = Phrase::Any(vec![one("a"), Phrase::All(vec![one("b"), one("c")])]);
        assert_eq!(Phrase::read("a or b and c").unwrap(), expected);
        let other = Phrase::All(vec![Phrase::Any(vec![one("a"), one("b")]), one("c")]);
        assert_eq!(Phrase::read("(a or b) and c").unwrap(), other);
    }

    #[test]
    fn names_with_points_and_dashes_are_one_word() {
        let inside = ["web-0001", "OperationDenied.NoStock", "10m"];
        let left = count("refusals", &inside);
        let expected = Phrase::Compares(left, Relation::AtMost, Amount::Number(3));
        let text = "refusals(web-0001, OperationDenied.NoStock, 10m)<=3";
        assert_eq!(Phrase::read(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_formula_is_refused_with_the_word_that_is_wrong() {
        for (text, problem) in [
            ("", "`` is not whole"),
            ("running(web", "`running(web` is not whole"),
            ("running >= ", "`running >= ` is not whole"),
            ("3", "`3` is compared with nothing in `3`"),
            ("running >= 2 2", "`2` is not expected there in `running >= 2 2`"),
            ("running() > 1", "`)` is not expected there in `running() > 1`"),
            ("running % 2", "`%` means nothing in `running % 2`"),
            ("a >= 99999999999999999999", "`99999999999999999999` is too large a number"),
        ] {
            assert_eq!(Phrase::read(text).unwrap_err().problem, problem, "{text}");
        }
        let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
        assert!(Phrase::read(&deep).is_err());
    }
}
