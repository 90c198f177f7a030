//! The parser, for what is given to it: definitions of columns, types, and expressions.

use crate::schema::Engine;
use sqlparser::ast::{DataType, Expr};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

/// More pieces than this have only texts made to do harm; the parser's trees grow as deep as they are long.
const LONGEST: usize = 20_000;

/// The parser's dialect for an engine.
fn dialect(engine: Option<Engine>) -> Box<dyn Dialect> {
    match engine {
        Some(Engine::PostgreSql | Engine::CockroachDb) => Box::new(PostgreSqlDialect {}),
        Some(Engine::MySql | Engine::MariaDb) => Box::new(MySqlDialect {}),
        Some(Engine::Sqlite) => Box::new(SQLiteDialect {}),
        Some(Engine::MongoDb | Engine::SqlServer) | None => Box::new(GenericDialect {}),
    }
}

/// The whole text parsed; an error in plain words.
pub(super) fn parse<T>(
    text: &str,
    engine: Option<Engine>,
    read: impl FnOnce(&mut Parser) -> Result<T, sqlparser::parser::ParserError>,
) -> Result<T, String> {
    if text.len() > LONGEST {
        return Err("it is longer than anything that people write".to_owned());
    }
    let dialect = dialect(engine);
    let words = |error: sqlparser::parser::ParserError| {
        let text = error.to_string();
        text.trim_start_matches("sql parser error: ").to_owned()
    };
    let mut parser = Parser::new(&*dialect).try_with_sql(text).map_err(words)?;
    let found = read(&mut parser).map_err(words)?;
    let next = parser.peek_token().token;
    if next == Token::EOF {
        return Ok(found);
    }
    Err(format!("`{next}` is not expected"))
}

/// The type that a text is.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method by itself is for one lifetime only"
)]
pub(super) fn data_type(text: &str, engine: Option<Engine>) -> Result<DataType, String> {
    parse(text, engine, |it| it.parse_data_type())
}

/// The expression that a text is.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method by itself is for one lifetime only"
)]
pub(super) fn expression(text: &str, engine: Option<Engine>) -> Result<Expr, String> {
    parse(text, engine, |it| it.parse_expr())
}
