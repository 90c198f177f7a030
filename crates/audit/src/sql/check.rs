//! What a check confines: a list of values, a pattern, a length.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows hundreds of forms, of which few say something here"
)]

use super::cursor::Name;
use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget, UnaryOperator,
    Value,
};

/// What a check says of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Only these values; none are named where it is a pattern, or another condition on the value.
    Closed(Vec<String>),
    /// At most so many characters.
    Width(u64),
}

/// What a condition says of the columns in it. Whatever excludes no new method is left out: not null, not empty, another
/// column's value.
pub(super) fn limits(expr: &Expr) -> Vec<(Name, Limit)> {
    let mut found = Vec::new();
    gather(expr, &mut found);
    found
}

fn gather(expr: &Expr, into: &mut Vec<(Name, Limit)>) {
    match expr {
        Expr::Nested(inner) => gather(inner, into),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            gather(left, into);
            gather(right, into);
        }
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Or,
            right,
        } => either(left, right, into),
        Expr::In {
            expr,
            target: InTarget::List(list),
            negated: false,
            ..
        } => {
            let values: Option<Vec<String>> = list.iter().map(literal).collect();
            into.extend(
                subject(expr).map(|name| (name, Limit::Closed(values.unwrap_or_default()))),
            );
        }
        Expr::AnyOp {
            left,
            compare_op: BinaryOperator::Eq,
            right,
            ..
        } => {
            let values = elements(right).unwrap_or_default();
            into.extend(subject(left).map(|name| (name, Limit::Closed(values))));
        }
        Expr::Like {
            negated: false,
            expr,
            ..
        }
        | Expr::ILike {
            negated: false,
            expr,
            ..
        }
        | Expr::SimilarTo {
            negated: false,
            expr,
            ..
        }
        | Expr::RLike {
            negated: false,
            expr,
            ..
        } => into.extend(subject(expr).map(|name| (name, Limit::Closed(Vec::new())))),
        Expr::Between {
            expr,
            negated: false,
            high,
            ..
        } => match length_of(expr) {
            Some(name) => into.extend(number(high).map(|most| (name, Limit::Width(most)))),
            None => into.extend(subject(expr).map(|name| (name, Limit::Closed(Vec::new())))),
        },
        Expr::BinaryOp { left, op, right } => compared(left, op, right, into),
        _ => {}
    }
}

/// Both sides of an `OR`: values of one column add up, and a null beside them changes nothing.
fn either(left: &Expr, right: &Expr, into: &mut Vec<(Name, Limit)>) {
    if is_null_test(left) {
        return gather(right, into);
    }
    if is_null_test(right) {
        return gather(left, into);
    }
    let (one, other) = (limits(left), limits(right));
    match (one.as_slice(), other.as_slice()) {
        ([(name, Limit::Closed(a))], [(second, Limit::Closed(b))]) if name.text == second.text => {
            let listed = !a.is_empty() && !b.is_empty();
            let values = a.iter().chain(b).filter(|_| listed).cloned();
            into.push((name.clone(), Limit::Closed(values.collect())));
        }
        // One side lets everything in.
        ([], _) | (_, []) => {}
        (one, _) => into.extend(
            one.iter()
                .map(|(name, _)| (name.clone(), Limit::Closed(Vec::new()))),
        ),
    }
}

fn is_null_test(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_null_test(inner),
        Expr::IsNull(_) | Expr::IsNotNull(_) => true,
        _ => false,
    }
}

fn compared(left: &Expr, op: &BinaryOperator, right: &Expr, into: &mut Vec<(Name, Limit)>) {
    if let Some(name) = length_of(left) {
        let Some(most) = number(right) else {
            return;
        };
        match op {
            BinaryOperator::LtEq => into.push((name, Limit::Width(most))),
            BinaryOperator::Lt => into.push((name, Limit::Width(most.saturating_sub(1)))),
            BinaryOperator::Eq => into.push((name, Limit::Closed(Vec::new()))),
            _ => {}
        }
        return;
    }
    let (name, other) = match (subject(left), subject(right)) {
        (Some(name), None) => (name, right),
        (None, Some(name)) => (name, left),
        (Some(_), Some(_)) | (None, None) => return,
    };
    match op {
        BinaryOperator::Eq => {
            let values = literal(other).into_iter().collect();
            into.push((name, Limit::Closed(values)));
        }
        BinaryOperator::PGRegexMatch
        | BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch
        | BinaryOperator::Regexp
        | BinaryOperator::Glob
        | BinaryOperator::Custom(_) => into.push((name, Limit::Closed(Vec::new()))),
        _ => {}
    }
}

/// The column that a value comes from, through casts and functions that change its form only.
fn subject(expr: &Expr) -> Option<Name> {
    match expr {
        Expr::Identifier(ident) => Some(Name {
            text: ident.value.clone(),
            quoted: ident.quote_style.is_some(),
        }),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| Name {
            text: ident.value.clone(),
            quoted: ident.quote_style.is_some(),
        }),
        Expr::Nested(inner)
        | Expr::Cast { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Trim { expr: inner, .. } => subject(inner),
        Expr::Function(_) => {
            let (name, arg) = call(expr)?;
            let same = ["lower", "upper", "trim", "btrim"].contains(&name.as_str());
            subject(arg).filter(|_| same)
        }
        _ => None,
    }
}

fn length_of(expr: &Expr) -> Option<Name> {
    let expr = match expr {
        Expr::Nested(inner) => inner,
        _ => expr,
    };
    let (name, arg) = call(expr)?;
    let lengths = [
        "length",
        "char_length",
        "character_length",
        "octet_length",
        "len",
    ];
    subject(arg).filter(|_| lengths.contains(&name.as_str()))
}

/// A function's name and its first argument.
fn call(expr: &Expr) -> Option<(String, &Expr)> {
    let Expr::Function(function) = expr else {
        return None;
    };
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.first()? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => {
            Some((function.name.to_string().to_ascii_lowercase(), arg))
        }
        _ => None,
    }
}

/// The text or number that an expression is, if it is one.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => literal(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => literal(expr).map(|it| format!("-{it}")),
        Expr::Prefixed { value, .. } => literal(value),
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.clone()),
            Value::Boolean(value) => Some(value.to_string()),
            other => other.clone().into_string(),
        },
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<u64> {
    literal(expr)?.parse().ok()
}

/// The values of an array of literals.
fn elements(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => elements(inner),
        Expr::Array(array) => array.elem.iter().map(literal).collect(),
        _ => {
            let list = literal(expr)?;
            let inside = list.strip_prefix('{')?.strip_suffix('}')?;
            Some(
                inside
                    .split(',')
                    .map(|it| it.trim_matches('"').to_owned())
                    .collect(),
            )
        }
    }
}
