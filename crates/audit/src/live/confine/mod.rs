//! What a condition, such as a check's, leaves of a column's values: a closed list, a length, or all but the empty text.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an expression has some sixty kinds, of which a handful say anything here"
)]

#[cfg(test)]
mod tests;

use super::sql::Language;
use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget,
    Value,
};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// What is left of a column's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Confines {
    /// All, or all but some that nobody stores on purpose, such as the empty text.
    Nothing,
    /// These values, and null.
    List(Vec<String>),
    /// Texts up to so many characters.
    Longest(u64),
    /// Texts up to so many bytes.
    LongestBytes(u64),
    /// Text that is JSON.
    Json,
    /// Some, and which cannot be told from the condition.
    Something,
}

/// What a condition leaves of the values of one column; the condition as the engine of that dialect writes it.
pub(crate) fn confines(condition: &str, column: &str, dialect: Language) -> Vec<Confines> {
    let condition = &plain_operators(condition);
    let postgres = PostgreSqlDialect {};
    let mysql = MySqlDialect {};
    let sqlite = SQLiteDialect {};
    let parsed: &dyn Dialect = match dialect {
        Language::Postgres => &postgres,
        Language::MySql => &mysql,
        Language::Sqlite => &sqlite,
    };
    let expression = Parser::new(parsed)
        .with_recursion_limit(50)
        .try_with_sql(condition)
        .and_then(|mut parser| parser.parse_expr());
    let Ok(expression) = expression else {
        return if names(condition, column) {
            vec![Confines::Something]
        } else {
            Vec::new()
        };
    };
    let mut all = Vec::new();
    walk(&expression, column, &mut all);
    all
}

/// `OPERATOR(public.=)`, as PostgreSQL writes the operators of extensions, as `=`.
fn plain_operators(condition: &str) -> String {
    let mut plain = String::with_capacity(condition.len());
    let mut rest = condition;
    while let Some((before, behind)) = rest.split_once("OPERATOR(") {
        let Some((operator, behind)) = behind.split_once(')') else {
            break;
        };
        plain.push_str(before);
        plain.push_str(operator.rsplit('.').next().unwrap_or_default());
        rest = behind;
    }
    plain + rest
}

/// Whether a name stands in a condition, outside of its texts.
fn names(condition: &str, name: &str) -> bool {
    let mut word = String::new();
    let mut text = false;
    for sign in condition.chars().chain([' ']) {
        if sign == '\'' {
            text = !text;
        } else if !text && (sign.is_alphanumeric() || sign == '_' || sign == '$') {
            word.push(sign);
            continue;
        }
        if word.eq_ignore_ascii_case(name) {
            return true;
        }
        word.clear();
    }
    false
}

/// Each part of a conjunction by itself.
fn walk(expression: &Expr, column: &str, all: &mut Vec<Confines>) {
    match bare(expression) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            walk(left, column, all);
            walk(right, column, all);
        }
        other => match one(other, column) {
            Confines::Nothing => {}
            some => all.push(some),
        },
    }
}

/// Without parentheses and casts.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner)
        | Expr::Cast { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Prefixed { value: inner, .. } => bare(inner),
        other => other,
    }
}

fn is_column(expression: &Expr, column: &str) -> bool {
    match bare(expression) {
        Expr::Identifier(name) => name.value.eq_ignore_ascii_case(column),
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .is_some_and(|it| it.value.eq_ignore_ascii_case(column)),
        _ => false,
    }
}

fn mentions(expression: &Expr, column: &str) -> bool {
    is_column(expression, column) || names(&expression.to_string(), column)
}

fn text(expression: &Expr) -> Option<String> {
    match bare(expression) {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text)
            | Value::DoubleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::NationalStringLiteral(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn number(expression: &Expr) -> Option<u64> {
    match bare(expression) {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn texts<'a>(list: impl IntoIterator<Item = &'a Expr>) -> Option<Vec<String>> {
    list.into_iter().map(text).collect()
}

/// One part of a conjunction.
fn one(expression: &Expr, column: &str) -> Confines {
    let expression = bare(expression);
    if !mentions(expression, column) {
        return Confines::Nothing;
    }
    match expression {
        Expr::In {
            expr,
            target: InTarget::List(list),
            negated,
            ..
        } if is_column(expr, column) => match (texts(list), negated) {
            (Some(values), false) => Confines::List(values),
            (Some(values), true) if values.iter().all(|it| no_method(it)) => Confines::Nothing,
            _ => Confines::Something,
        },
        Expr::AnyOp {
            left,
            compare_op,
            right,
            ..
        } if is_column(left, column) && is_equal(compare_op) => elements(right),
        Expr::AllOp {
            left,
            compare_op,
            right,
        } if is_column(left, column) && is_unequal(compare_op) => match elements(right) {
            Confines::List(values) if values.iter().all(|it| no_method(it)) => Confines::Nothing,
            _ => Confines::Something,
        },
        Expr::IsNotNull(inner) | Expr::IsNull(inner) if is_column(inner, column) => {
            Confines::Nothing
        }
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => either(expression, column),
        Expr::BinaryOp { left, op, right } => compared(left, op, right, column),
        Expr::Between {
            expr,
            negated: false,
            high,
            ..
        } => match (length(expr, column), number(high)) {
            (Some(unit), Some(most)) => unit(most),
            _ => Confines::Something,
        },
        Expr::Function(function) if is_json(function) => match only_argument(function) {
            Some(inner) if is_column(inner, column) => Confines::Json,
            _ => Confines::Something,
        },
        _ => Confines::Something,
    }
}

/// The values of `ANY (ARRAY['A', 'B'])` and `ANY ('{A,B}')`.
fn elements(array: &Expr) -> Confines {
    let found = match bare(array) {
        Expr::Array(array) => texts(&array.elem),
        other => text(other).and_then(|text| {
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            let plain = inner.split(',').map(|it| it.trim_matches('"').to_owned());
            Some(plain.collect())
        }),
    };
    found.map_or(Confines::Something, Confines::List)
}

fn is_equal(op: &BinaryOperator) -> bool {
    *op == BinaryOperator::Eq
}

fn is_unequal(op: &BinaryOperator) -> bool {
    *op == BinaryOperator::NotEq
}

/// A text that no backup is stored under on purpose.
fn no_method(text: &str) -> bool {
    matches!(
        text.trim(),
        "" | "undefined" | "null" | "NULL" | "[object Object]"
    )
}

/// The branches of a disjunction together: a list if each is one, all but the branch for null.
fn either(expression: &Expr, column: &str) -> Confines {
    let mut branches = Vec::new();
    flatten(expression, &mut branches);
    let mut values = Vec::new();
    for branch in branches {
        if matches!(bare(branch), Expr::IsNull(inner) if is_column(inner, column)) {
            continue;
        }
        match one(branch, column) {
            Confines::List(more) => values.extend(more),
            _ => return Confines::Something,
        }
    }
    Confines::List(values)
}

fn flatten<'a>(expression: &'a Expr, branches: &mut Vec<&'a Expr>) {
    match bare(expression) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Or,
            right,
        } => {
            flatten(left, branches);
            flatten(right, branches);
        }
        other => branches.push(other),
    }
}

/// `column = 'A'`, `column <> ''`, `length(column) <= 20` and the like, either way round.
fn compared(left: &Expr, op: &BinaryOperator, right: &Expr, column: &str) -> Confines {
    if let Some(unit) = length(left, column) {
        return match (op, number(right)) {
            (BinaryOperator::LtEq | BinaryOperator::Eq, Some(most)) => unit(most),
            (BinaryOperator::Lt, Some(most)) => unit(most.saturating_sub(1)),
            (BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::NotEq, Some(_)) => {
                Confines::Nothing
            }
            _ => Confines::Something,
        };
    }
    if let Some(unit) = length(right, column) {
        return match (op, number(left)) {
            (BinaryOperator::GtEq | BinaryOperator::Eq, Some(most)) => unit(most),
            (BinaryOperator::Gt, Some(most)) => unit(most.saturating_sub(1)),
            (BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::NotEq, Some(_)) => {
                Confines::Nothing
            }
            _ => Confines::Something,
        };
    }
    let value = if is_column(trimmed(left), column) {
        text(right)
    } else if is_column(trimmed(right), column) {
        text(left)
    } else {
        None
    };
    match value {
        Some(value) if is_equal(op) => Confines::List(vec![value]),
        Some(value) if is_unequal(op) && no_method(&value) => Confines::Nothing,
        // `method > ''` is another way to say that it is not empty.
        Some(value) if *op == BinaryOperator::Gt && value.is_empty() => Confines::Nothing,
        _ => Confines::Something,
    }
}

/// What a length limit counts, where the expression is the length of the column.
fn length(expression: &Expr, column: &str) -> Option<fn(u64) -> Confines> {
    let Expr::Function(function) = bare(expression) else {
        return None;
    };
    let name = function.name.to_string().to_ascii_lowercase();
    let unit: fn(u64) -> Confines = match name.rsplit('.').next()? {
        "length" | "char_length" | "character_length" | "len" => Confines::Longest,
        "octet_length" => Confines::LongestBytes,
        _ => return None,
    };
    is_column(trimmed(only_argument(function)?), column).then_some(unit)
}

/// What stands in `trim(…)`, `btrim(…)`.
fn trimmed(expression: &Expr) -> &Expr {
    match bare(expression) {
        Expr::Trim { expr, .. } => bare(expr),
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            match (name.rsplit('.').next(), only_argument(function)) {
                (Some("btrim" | "trim" | "ltrim" | "rtrim"), Some(inner)) => bare(inner),
                _ => bare(expression),
            }
        }
        other => other,
    }
}

fn is_json(function: &Function) -> bool {
    let name = function.name.to_string().to_ascii_lowercase();
    matches!(name.trim_matches('`'), "json_valid")
}

fn only_argument(function: &Function) -> Option<&Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))] => Some(inner),
        _ => None,
    }
}
