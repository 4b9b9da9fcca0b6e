//! Parser for pool files: a list of objects in relaxed JavaScript.
//!
//! Commas between list items and between fields are optional (the sample's own example lacks one), and
//! trailing commas are allowed. Code before and after the list is ignored.

use std::collections::HashMap;

use super::scan::{Scanner, Token};
use super::{FileFormat, PoolEntry};
use crate::file_error::{FileError, quote_or_mask};
use crate::pool::InvalidChoice;
use crate::{PlanId, Secret};

/// Parses a pool file.
pub fn read(text: &str, format: FileFormat) -> Result<Vec<PoolEntry>, FileError> {
    let mut scanner = Scanner::new(text);
    find_list(&mut scanner, format)?;
    let ahead = scanner.next_token()?;
    let mut reader = Reader { scanner, ahead, plans: HashMap::new(), api_keys: HashMap::new() };
    let pools = reader.items(']', Reader::pool)?;
    if format == FileFormat::Json && reader.ahead.1 != Token::End {
        return Err(reader.expected_error("the end of the file after the list"));
    }
    Ok(pools)
}

/// Advances past the `[` of the list.
fn find_list(scanner: &mut Scanner<'_>, format: FileFormat) -> Result<(), FileError> {
    let (at, first) = scanner.next_token()?;
    if first == Token::Open('[') {
        return Ok(());
    }
    if format == FileFormat::Json {
        return Err(scanner.error_at(at, format!("expected a list, `[`, found {}", first.describe())));
    }
    let mut previous = [Token::End, first];
    loop {
        let (at, token) = scanner.next_token()?;
        let is_named =
            matches!(&previous[0], Token::Word(word) if word == "apiKeyPools" || word == "exports");
        match token {
            Token::Open('[') if is_named && previous[1] == Token::Mark('=') => return Ok(()),
            Token::End => {
                let what = "expected the list of pools, `const apiKeyPools = [`, found the end of the file";
                return Err(scanner.error_at(at, what));
            }
            token => previous = [std::mem::replace(&mut previous[1], Token::End), token],
        }
    }
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    /// The next token, not consumed yet, and its offset.
    ahead: (usize, Token),
    /// The line of each plan's pool.
    plans: HashMap<PlanId, usize>,
    /// The line of each API key.
    api_keys: HashMap<String, usize>,
}

#[derive(Default)]
struct Fields {
    plan: Option<String>,
    plan_name: Option<String>,
    api_keys: Option<Vec<Secret>>,
    strategy: Option<crate::Strategy>,
    capacity: Option<u32>,
    /// The names of the fields that have been parsed.
    seen: Vec<String>,
}

impl Reader<'_> {
    /// Parses items up to the closing bracket.
    fn items<T>(
        &mut self,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<T, FileError>,
    ) -> Result<Vec<T>, FileError> {
        let mut items = Vec::new();
        while !self.consume(&Token::Close(close))? {
            items.push(item(self)?);
            self.consume(&Token::Mark(','))?;
        }
        Ok(items)
    }

    fn pool(&mut self) -> Result<PoolEntry, FileError> {
        let (at, line) = (self.ahead.0, self.scanner.line());
        if !self.consume(&Token::Open('{'))? {
            return Err(self.expected_error("a pool, `{`, or the end of the list, `]`"));
        }
        let mut fields = Fields::default();
        self.items('}', |reader| reader.field(&mut fields))?;
        let missing =
            |name: &str| self.scanner.error_at(at, format!("this pool has no `{name}`: expected one"));
        let plan = PlanId::new(fields.plan.ok_or_else(|| missing("planId"))?);
        let api_keys = fields.api_keys.ok_or_else(|| missing("apiKeys"))?;
        if let Some(first) = self.plans.insert(plan.clone(), line) {
            let what =
                format!("usage plan {} already has a pool, in line {first}", quote_or_mask(plan.as_str()));
            return Err(self.scanner.error_at(at, what));
        }
        let Fields { plan_name, strategy, capacity, .. } = fields;
        Ok(PoolEntry { plan, plan_name, api_keys, strategy, capacity, line })
    }

    fn field(&mut self, fields: &mut Fields) -> Result<(), FileError> {
        let at = self.ahead.0;
        let (Token::Word(name) | Token::Text(name)) = self.ahead.1.clone() else {
            return Err(self.expected_error("a field such as `planId`, or the end of the pool, `}`"));
        };
        self.advance()?;
        if !self.consume(&Token::Mark(':'))? {
            return Err(self.expected_error("`:` after the field's name"));
        }
        if fields.seen.contains(&name) {
            return Err(self
                .scanner
                .error_at(at, format!("the field {} appears twice in this pool", quote_or_mask(&name))));
        }
        match name.as_str() {
            "planId" => fields.plan = Some(self.non_empty_text("the id of a usage plan")?),
            "planName" => fields.plan_name = Some(self.text("the name of a usage plan")?),
            "apiKeys" => fields.api_keys = Some(self.api_keys()?),
            "strategy" => fields.strategy = Some(self.strategy()?),
            "capacity" => fields.capacity = Some(self.capacity()?),
            // Only the five known fields are checked for duplicates.
            _ => return self.skip_value(),
        }
        fields.seen.push(name);
        Ok(())
    }

    fn api_keys(&mut self) -> Result<Vec<Secret>, FileError> {
        if !self.consume(&Token::Open('['))? {
            return Err(self.expected_error("a list of API keys, `[`"));
        }
        self.items(']', |reader| {
            let (at, line) = (reader.ahead.0, reader.scanner.line());
            let key =
                reader.non_empty_text("the id of an API key in quotes, or the end of their list, `]`")?;
            match reader.api_keys.insert(key.clone(), line) {
                None => Ok(Secret::new(key)),
                Some(first) => {
                    let what =
                        format!("API key {} is already in a pool, in line {first}", quote_or_mask(&key));
                    Err(reader.scanner.error_at(at, what))
                }
            }
        })
    }

    fn strategy(&mut self) -> Result<crate::Strategy, FileError> {
        let at = self.ahead.0;
        let word = self.text("an assignment strategy")?;
        let message = |why: InvalidChoice| format!("{} {}", quote_or_mask(&word), why.reason());
        word.parse().map_err(|why| self.scanner.error_at(at, message(why)))
    }

    fn capacity(&mut self) -> Result<u32, FileError> {
        let number = match &self.ahead.1 {
            Token::Word(word) => word.parse().ok().filter(|&number| number > 0),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected_error("a number of tenant keys from 1"))?;
        self.advance()?;
        Ok(number)
    }

    /// Skips the value of an unknown field: one token, or a pair of brackets with everything in it.
    fn skip_value(&mut self) -> Result<(), FileError> {
        let mut expected_closings = Vec::new();
        self.consume(&Token::Mark('-'))?;
        loop {
            match (&self.ahead.1, expected_closings.last()) {
                (Token::Open(c), _) => expected_closings.push(closing_bracket(*c)),
                (Token::Close(c), Some(expected)) if c == expected => drop(expected_closings.pop()),
                (Token::Text(_) | Token::Word(_), _) => {}
                (Token::Mark(_), Some(_)) => {}
                (_, Some(expected)) => return Err(self.expected_error(&format!("`{expected}`"))),
                (_, None) => return Err(self.expected_error("a value")),
            }
            self.advance()?;
            if expected_closings.is_empty() {
                return Ok(());
            }
        }
    }

    fn non_empty_text(&mut self, what: &str) -> Result<String, FileError> {
        match &self.ahead.1 {
            Token::Text(text) if text.trim().is_empty() => {
                Err(self.scanner.error_at(self.ahead.0, format!("expected {what}, found an empty string")))
            }
            _ => self.text(what),
        }
    }

    fn text(&mut self, what: &str) -> Result<String, FileError> {
        let Token::Text(text) = &mut self.ahead.1 else { return Err(self.expected_error(what)) };
        let text = std::mem::take(text);
        self.advance()?;
        Ok(text)
    }

    /// Consumes the next token if it is `token`; returns whether it was.
    fn consume(&mut self, token: &Token) -> Result<bool, FileError> {
        let is_next = self.ahead.1 == *token;
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn advance(&mut self) -> Result<(), FileError> {
        self.ahead = self.scanner.next_token()?;
        Ok(())
    }

    fn expected_error(&self, what: &str) -> FileError {
        self.scanner.error_at(self.ahead.0, format!("expected {what}, found {}", self.ahead.1.describe()))
    }
}

const fn closing_bracket(open: char) -> char {
    match open {
        '[' => ']',
        '{' => '}',
        _ => ')',
    }
}
