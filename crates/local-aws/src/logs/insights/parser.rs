//! Reads a query.

use std::str::FromStr;

use super::condition::{Comparison, Condition, Operand};
use super::lexer::{Token, tokens};
use super::stats::{Aggregate, Function, Group, Stats};
use super::{Command, Query};
use crate::logs::error::LogsError;

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

type Result<T> = std::result::Result<T, LogsError>;

impl FromStr for Query {
    type Err = LogsError;

    fn from_str(query: &str) -> Result<Self> {
        let mut parser = Parser { tokens: tokens(query)?.into_iter().peekable() };
        let mut commands = vec![parser.command()?];
        while parser.tokens.peek().is_some() {
            parser.expect("|")?;
            commands.push(parser.command()?);
        }
        Ok(Self(commands))
    }
}

impl Parser {
    fn command(&mut self) -> Result<Command> {
        let name = self.word()?;
        Ok(match name.to_lowercase().as_str() {
            "fields" | "display" => Command::Fields(self.list(Self::word)?),
            "filter" => Command::Filter(self.any_of()?),
            "parse" => self.parse_command()?,
            "stats" => self.stats()?,
            "sort" => {
                let field = self.word()?;
                let is_descending = self.takes("desc");
                let _ascending_is_default = !is_descending && self.takes("asc");
                Command::Sort { field, is_descending }
            }
            "limit" => Command::Limit(self.number()?),
            _ => return Err(unexpected(&Token::Word(name))),
        })
    }

    fn parse_command(&mut self) -> Result<Command> {
        let (field, pattern) = match self.next()? {
            Token::Word(field) => (field, self.text()?),
            Token::Text(pattern) => ("@message".to_owned(), pattern),
            other @ Token::Sign(_) => return Err(unexpected(&other)),
        };
        self.expect_word("as")?;
        let names = self.list(Self::word)?;
        if names.len() != pattern.matches('*').count() {
            return Err(LogsError::malformed_query("parse needs a name for each * of its pattern"));
        }
        Ok(Command::Parse { field, pattern, names })
    }

    fn stats(&mut self) -> Result<Command> {
        let aggregates = self.list(Self::aggregate)?;
        let groups = if self.takes("by") { self.list(Self::group)? } else { Vec::new() };
        Ok(Command::Stats(Stats { aggregates, groups }))
    }

    fn aggregate(&mut self) -> Result<Aggregate> {
        let name = self.word()?;
        let function = match name.to_lowercase().as_str() {
            "count" => Function::Count,
            "count_distinct" => Function::CountDistinct,
            "sum" => Function::Sum,
            "min" => Function::Min,
            "max" => Function::Max,
            _ => return Err(unexpected(&Token::Word(name))),
        };
        self.expect("(")?;
        let field = match self.next()? {
            Token::Sign("*") if function == Function::Count => None,
            Token::Sign(")") if function == Function::Count => {
                return Ok(Aggregate { function, field: None, name: self.alias("count()")? });
            }
            Token::Word(field) => Some(field),
            other => return Err(unexpected(&other)),
        };
        self.expect(")")?;
        let text = format!("{name}({})", field.as_deref().unwrap_or("*"));
        Ok(Aggregate { function, field, name: self.alias(&text)? })
    }

    fn group(&mut self) -> Result<Group> {
        let field = self.word()?;
        if field != "bin" {
            return Ok(Group { period: None, name: self.alias(&field)?, field });
        }
        self.expect("(")?;
        let period = self.word()?;
        self.expect(")")?;
        let seconds = parse_period(&period)
            .ok_or_else(|| LogsError::malformed_query(format!("{period} is no period of bin")))?;
        let name = self.alias(&format!("bin({period})"))?;
        Ok(Group { period: Some(seconds), field: "@timestamp".to_owned(), name })
    }

    fn any_of(&mut self) -> Result<Condition> {
        let mut conditions = vec![self.all_of()?];
        while self.takes("or") {
            conditions.push(self.all_of()?);
        }
        Ok(Condition::Any(conditions))
    }

    fn all_of(&mut self) -> Result<Condition> {
        let mut conditions = vec![self.condition()?];
        while self.takes("and") {
            conditions.push(self.condition()?);
        }
        Ok(Condition::All(conditions))
    }

    fn condition(&mut self) -> Result<Condition> {
        if self.takes("not") {
            return Ok(Condition::Not(Box::new(self.condition()?)));
        }
        let field = match self.next()? {
            Token::Sign("(") => {
                let inner = self.any_of()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Word(word) => word,
            other => return Err(unexpected(&other)),
        };
        if field.eq_ignore_ascii_case("ispresent") {
            self.expect("(")?;
            let field = self.word()?;
            self.expect(")")?;
            return Ok(Condition::IsPresent(field));
        }
        if field.eq_ignore_ascii_case("tomillis") {
            self.expect("(")?;
            let operand = Operand::Millis(self.word()?);
            self.expect(")")?;
            let comparison = self.comparison()?;
            return Ok(Condition::Compare(operand, comparison, self.value()?));
        }
        let is_negated = self.takes("not");
        let condition = match self.next()? {
            Token::Word(word) if word.eq_ignore_ascii_case("like") => {
                Condition::Contains(field, self.text()?)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("in") => {
                self.expect("[")?;
                let values = self.list(Self::value)?;
                self.expect("]")?;
                Condition::In(field, values)
            }
            Token::Sign(sign) if !is_negated => {
                let comparison = Comparison::from_sign(sign).ok_or_else(|| unexpected(&Token::Sign(sign)))?;
                Condition::Compare(Operand::Field(field), comparison, self.value()?)
            }
            other => return Err(unexpected(&other)),
        };
        Ok(if is_negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn comparison(&mut self) -> Result<Comparison> {
        match self.next()? {
            Token::Sign(sign) => Comparison::from_sign(sign).ok_or_else(|| unexpected(&Token::Sign(sign))),
            other => Err(unexpected(&other)),
        }
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.tokens.next_if_eq(&Token::Sign(",")).is_some() {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn alias(&mut self, default: &str) -> Result<String> {
        if self.takes("as") { self.word() } else { Ok(default.to_owned()) }
    }

    /// A quoted text or a number.
    fn value(&mut self) -> Result<String> {
        match self.next()? {
            Token::Text(text) => Ok(text),
            Token::Word(word) if word.parse::<f64>().is_ok() => Ok(word),
            other => Err(unexpected(&other)),
        }
    }

    fn number(&mut self) -> Result<usize> {
        let word = self.word()?;
        word.parse().map_err(|_| unexpected(&Token::Word(word)))
    }

    fn word(&mut self) -> Result<String> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            other => Err(unexpected(&other)),
        }
    }

    fn text(&mut self) -> Result<String> {
        match self.next()? {
            Token::Text(text) => Ok(text),
            other => Err(unexpected(&other)),
        }
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is_keyword =
            |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.tokens.next_if(is_keyword).is_some()
    }

    fn expect(&mut self, sign: &'static str) -> Result<()> {
        match self.next()? {
            Token::Sign(found) if found == sign => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    fn expect_word(&mut self, keyword: &str) -> Result<()> {
        if self.takes(keyword) { Ok(()) } else { Err(unexpected(&self.next()?)) }
    }

    fn next(&mut self) -> Result<Token> {
        self.tokens.next().ok_or_else(|| LogsError::malformed_query("the query ends too early"))
    }
}

fn unexpected(token: &Token) -> LogsError {
    let text = match token {
        Token::Word(text) | Token::Text(text) => text,
        Token::Sign(sign) => *sign,
    };
    LogsError::malformed_query(format!("unexpected symbol found {text}, or this local AWS does not serve it"))
}

/// The seconds of a period such as `5m`.
fn parse_period(period: &str) -> Option<i64> {
    let unit = period.find(|c: char| !c.is_ascii_digit())?;
    let count: i64 = period[..unit].parse().ok()?;
    let seconds = match &period[unit..] {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hr" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).filter(|seconds| *seconds > 0)
}
