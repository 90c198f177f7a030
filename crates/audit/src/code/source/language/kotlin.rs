//! Kotlin.

use super::super::expr::{Arg, Call, Entry, Expr, Piece, What};
use super::super::facts::{Binding, Facts, Import, Stand};
use super::{Grammar, Language, Lowered, changed, class, first, named, slice, sum};
use tree_sitter::Node;

const ME: Language = Language::Kotlin;

pub(super) const GRAMMAR: Grammar = Grammar {
    scopes: &[
        "function_declaration",
        "function_body",
        "block",
        "lambda_literal",
        "anonymous_function",
        "class_body",
        "enum_class_body",
        "secondary_constructor",
        "getter",
        "setter",
    ],
    classes: &[
        "class_declaration",
        "object_declaration",
        "companion_object",
    ],
    bodies: &["class_body", "enum_class_body"],
    functions: &[
        "function_declaration",
        "lambda_literal",
        "anonymous_function",
    ],
    calls: &["call_expression"],
    texts: &[
        "string_literal",
        "multiline_string_literal",
        "binary_expression",
    ],
    ignored: &["line_comment", "block_comment", "comment"],
};

pub(super) fn visit<'t>(facts: &mut Facts<'t>, node: Node<'t>, stand: &Stand) {
    let text = facts.text;
    match node.kind() {
        "package_header" => {
            facts.package = first(node).map(|it| slice(text, it).to_owned());
        }
        "import" => {
            let names = named(node);
            let Some(whole) = names.first().map(|it| slice(text, *it)) else {
                return;
            };
            let all = slice(text, node).trim_end().ends_with('*');
            let last = whole.rsplit('.').next().unwrap_or_default();
            let local = names.get(1).map_or(last, |it| slice(text, *it)).to_owned();
            let name = (!all).then(|| last.to_owned());
            facts.imports.push(Import {
                module: whole.to_owned(),
                name,
                local,
            });
        }
        "property_declaration" => {
            let children = named(node);
            let name = children
                .iter()
                .find(|it| it.kind() == "variable_declaration")
                .and_then(|it| first(*it));
            let mut cursor = node.walk();
            let fixed = node.children(&mut cursor).any(|it| it.kind() == "val");
            // The value is what follows the sign of equality; a delegate or a getter is none.
            let mut cursor = node.walk();
            let mut behind = node
                .children(&mut cursor)
                .skip_while(|it| it.kind() != "=")
                .skip(1);
            let value = behind.find(Node::is_named);
            if let Some(name) = name {
                let owner = stand.owner.clone().filter(|_| stand.outside);
                let (name, scope) = (slice(text, name).to_owned(), stand.scope.clone());
                facts.bindings.push(Binding {
                    name,
                    owner,
                    scope,
                    value,
                    part: None,
                    fixed,
                });
            }
        }
        "parameter" | "class_parameter" => {
            let name = named(node).into_iter().find(|it| it.kind() == "identifier");
            if let Some(name) = name {
                let (name, scope) = (slice(text, name).to_owned(), stand.scope.clone());
                facts.bindings.push(Binding {
                    name,
                    owner: None,
                    scope,
                    value: None,
                    part: None,
                    fixed: false,
                });
            }
        }
        "assignment" => {
            changed(facts, text, node, path);
        }
        "class_declaration" | "object_declaration" => {
            facts.classes.push(class(text, node));
        }
        _ => {}
    }
}

pub(super) fn path(text: &str, node: Node<'_>, depth: usize) -> Vec<String> {
    if depth > 24 {
        return Vec::new();
    }
    match node.kind() {
        "identifier" | "this_expression" | "super_expression" => vec![slice(text, node).to_owned()],
        "navigation_expression" => named(node)
            .into_iter()
            .flat_map(|it| path(text, it, depth + 1))
            .collect(),
        "call_expression" | "unary_expression" | "parenthesized_expression" => {
            let inner = node.child_by_field_name("argument").or_else(|| first(node));
            inner
                .map(|it| path(text, it, depth + 1))
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

pub(super) fn lower(text: &str, node: Node<'_>, depth: usize) -> Lowered {
    let down = |it: Node<'_>| ME.lower(text, it, depth + 1);
    let field = |name: &str| node.child_by_field_name(name);
    let other = Expr::other(node.start_byte());
    match node.kind() {
        "boolean_literal" | "identifier" | "null" | "null_literal" => match slice(text, node) {
            "true" => Ok(What::Bool(true)),
            "false" => Ok(What::Bool(false)),
            "null" => Ok(What::Null),
            name => Ok(What::Name(vec![name.to_owned()])),
        },
        "navigation_expression" => {
            let called = slice(text, node).contains('(');
            let names = path(text, node, 0);
            if called || names.is_empty() {
                Ok(What::Other)
            } else {
                Ok(What::Name(names))
            }
        }
        "string_literal" | "multiline_string_literal" => Ok(What::Text(pieces(text, node, depth))),
        "binary_expression" => {
            let (Some(left), Some(right)) = (field("left"), field("right")) else {
                return Ok(What::Other);
            };
            match field("operator").map(|it| slice(text, it)) {
                Some("+") => Ok(sum(ME, text, node, depth, |it| sides(text, it))),
                Some("?:") => Ok(What::Either(Box::new(down(left)), Box::new(down(right)))),
                _ => Ok(What::Other),
            }
        }
        "elvis_expression" => match named(node).as_slice() {
            [a, b] => Ok(What::Either(Box::new(down(*a)), Box::new(down(*b)))),
            _ => Ok(What::Other),
        },
        "if_expression" => {
            let parts = named(node);
            match parts.as_slice() {
                [_, a, b] => Ok(What::Either(Box::new(down(*a)), Box::new(down(*b)))),
                _ => Ok(What::Other),
            }
        }
        "unary_expression" => {
            let operator = field("operator").map(|it| slice(text, it));
            let inner = field("argument").or_else(|| first(node)).map(down);
            match (operator, inner) {
                (Some("!"), Some(inner)) => {
                    Ok(inner.bool().map_or(What::Other, |it| What::Bool(!it)))
                }
                (Some("!!"), Some(inner)) => Err(inner),
                _ => Ok(What::Other),
            }
        }
        "parenthesized_expression" | "as_expression" | "labeled_expression" => {
            Err(first(node).map_or(other, down))
        }
        "call_expression" => Ok(call(text, node, depth)),
        _ => Ok(What::Other),
    }
}

fn pieces(text: &str, node: Node<'_>, depth: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for it in named(node) {
        if it.kind() == "interpolation" {
            let inner = first(it).map_or_else(
                || Expr::other(it.start_byte()),
                |it| ME.lower(text, it, depth + 1),
            );
            pieces.push(Piece::Hole(inner));
            continue;
        }
        let content = slice(text, it);
        // `$name` comes as a piece `$` and one that begins with the name.
        if let Some(Piece::Text(before, _)) = pieces.last_mut()
            && before == "$"
        {
            let end = content
                .find(|it: char| !it.is_alphanumeric() && it != '_')
                .unwrap_or(content.len());
            let (name, rest) = content.split_at(end);
            let at = it.start_byte();
            pieces.pop();
            pieces.push(Piece::Hole(Expr {
                at,
                what: What::Name(vec![name.to_owned()]),
            }));
            if !rest.is_empty() {
                pieces.push(Piece::Text(rest.to_owned(), at + end));
            }
            continue;
        }
        pieces.push(Piece::Text(content.to_owned(), it.start_byte()));
    }
    pieces
}

fn call(text: &str, node: Node<'_>, depth: usize) -> What {
    let callee = first(node).map(|it| path(text, it, 0)).unwrap_or_default();
    let list = named(node)
        .into_iter()
        .find(|it| it.kind() == "value_arguments");
    let arguments: Vec<Node<'_>> = list
        .map(named)
        .unwrap_or_default()
        .into_iter()
        .filter(|it| it.kind() == "value_argument")
        .collect();
    let maps = ["mapOf", "mutableMapOf", "hashMapOf", "jsonObjectOf"];
    if callee.last().is_some_and(|it| maps.contains(&it.as_str())) {
        return What::Object(
            arguments
                .iter()
                .filter_map(|it| Some(entry(text, first(*it)?, depth)))
                .collect(),
        );
    }
    let args = arguments.into_iter().filter_map(|it| {
        let parts = named(it);
        let labelled = parts.len() > 1 && parts.first().is_some_and(|it| it.kind() == "identifier");
        let label = labelled
            .then(|| slice(text, *parts.first()?).to_owned().into())
            .flatten();
        let value = *parts.last()?;
        let closure = matches!(
            value.kind(),
            "lambda_literal" | "annotated_lambda" | "anonymous_function"
        );
        (!closure).then(|| Arg {
            label,
            value: ME.lower(text, value, depth + 1),
            spread: value.kind() == "spread_expression",
        })
    });
    What::Call(Call {
        callee,
        args: args.collect(),
    })
}

/// `"key" to value`.
fn entry(text: &str, node: Node<'_>, depth: usize) -> Entry {
    let parts = named(node);
    let [key, to, value] = parts.as_slice() else {
        return Entry::Odd;
    };
    if node.kind() != "infix_expression"
        || slice(text, *to) != "to"
        || key.kind() != "string_literal"
    {
        return Entry::Odd;
    }
    let name = slice(text, *key).trim_matches('"').to_owned();
    Entry::Pair(name, ME.lower(text, *value, depth + 1))
}

/// Both sides of a sum.
fn sides<'t>(text: &str, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let field = |name: &str| node.child_by_field_name(name);
    let sum = node.kind() == "binary_expression" && slice(text, field("operator")?) == "+";
    sum.then(|| Some((field("left")?, field("right")?)))
        .flatten()
}
