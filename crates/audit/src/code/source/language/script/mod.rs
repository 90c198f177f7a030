//! TypeScript and JavaScript.

mod visit;

use super::super::expr::{Arg, Call, Entry, Expr, Piece, What};
use super::{Grammar, Language, Lowered, first, named, slice, sum};
use tree_sitter::Node;

pub(super) use visit::visit;

const ME: Language = Language::Tsx;

pub(super) const GRAMMAR: Grammar = Grammar {
    scopes: &[
        "statement_block",
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
        "for_statement",
        "for_in_statement",
        "catch_clause",
        "class_body",
        "switch_body",
    ],
    classes: &["class_declaration", "abstract_class_declaration", "class"],
    bodies: &["class_body"],
    functions: &[
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
    ],
    calls: &["call_expression", "new_expression"],
    texts: &["string", "template_string", "binary_expression"],
    ignored: &[
        "comment",
        "ambient_declaration",
        "type_annotation",
        "interface_declaration",
        "type_alias_declaration",
        "type_arguments",
        "type_parameters",
    ],
};

/// The names that lead to a node, through members and calls; empty where it has none.
pub(super) fn path(text: &str, node: Node<'_>, depth: usize) -> Vec<String> {
    if depth > 24 {
        return Vec::new();
    }
    let inner = |field: &str| node.child_by_field_name(field);
    match node.kind() {
        "identifier" | "this" | "super" | "type_identifier" | "property_identifier" | "import" => {
            vec![slice(text, node).to_owned()]
        }
        "member_expression" | "nested_identifier" => {
            let mut names = inner("object")
                .map(|it| path(text, it, depth + 1))
                .unwrap_or_default();
            names.extend(inner("property").map(|it| slice(text, it).to_owned()));
            names
        }
        "subscript_expression" => {
            let mut names = inner("object")
                .map(|it| path(text, it, depth + 1))
                .unwrap_or_default();
            names.extend(
                inner("index").map(|it| slice(text, it).trim_matches(['"', '\'']).to_owned()),
            );
            names
        }
        "call_expression" => inner("function")
            .map(|it| path(text, it, depth + 1))
            .unwrap_or_default(),
        "new_expression" => inner("constructor")
            .map(|it| path(text, it, depth + 1))
            .unwrap_or_default(),
        "parenthesized_expression"
        | "await_expression"
        | "non_null_expression"
        | "as_expression"
        | "satisfies_expression" => first(node)
            .map(|it| path(text, it, depth + 1))
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

pub(super) fn lower(text: &str, node: Node<'_>, depth: usize) -> Lowered {
    let down = |it: Node<'_>| ME.lower(text, it, depth + 1);
    let field = |name: &str| node.child_by_field_name(name);
    let other = Expr::other(node.start_byte());
    match node.kind() {
        "true" => Ok(What::Bool(true)),
        "false" => Ok(What::Bool(false)),
        "null" | "undefined" => Ok(What::Null),
        "string" | "template_string" => Ok(What::Text(pieces(text, node, depth))),
        "identifier" if slice(text, node) == "undefined" => Ok(What::Null),
        "identifier" | "shorthand_property_identifier" => {
            Ok(What::Name(vec![slice(text, node).to_owned()]))
        }
        "member_expression" | "subscript_expression" => {
            let called = slice(text, node).contains('(');
            let names = path(text, node, 0);
            if called || names.is_empty() {
                Ok(What::Other)
            } else {
                Ok(What::Name(names))
            }
        }
        "parenthesized_expression"
        | "as_expression"
        | "satisfies_expression"
        | "non_null_expression"
        | "await_expression" => Err(first(node).map_or(other, down)),
        "type_assertion" => Err(named(node).last().map_or(other, |it| down(*it))),
        "unary_expression" => Ok(negated(text, node, depth)),
        "ternary_expression" => match (field("consequence"), field("alternative")) {
            (Some(a), Some(b)) => Ok(What::Either(Box::new(down(a)), Box::new(down(b)))),
            _ => Ok(What::Other),
        },
        "binary_expression" => {
            let (Some(left), Some(right)) = (field("left"), field("right")) else {
                return Ok(What::Other);
            };
            match field("operator").map(|it| slice(text, it)) {
                Some("+") => Ok(sum(ME, text, node, depth, |it| sides(text, it))),
                Some("||" | "??") => Ok(What::Either(Box::new(down(left)), Box::new(down(right)))),
                _ => Ok(What::Other),
            }
        }
        "object" => Ok(What::Object(
            named(node)
                .into_iter()
                .filter_map(|it| entry(text, it, depth))
                .collect(),
        )),
        "call_expression" | "new_expression" => call(text, node, depth),
        _ => Ok(What::Other),
    }
}

fn negated(text: &str, node: Node<'_>, depth: usize) -> What {
    let argument = node.child_by_field_name("argument");
    let not = node
        .child_by_field_name("operator")
        .is_some_and(|it| slice(text, it) == "!");
    match argument {
        Some(it) if not && it.kind() == "number" => What::Bool(slice(text, it) == "0"),
        Some(it) if not => ME
            .lower(text, it, depth + 1)
            .bool()
            .map_or(What::Other, |it| What::Bool(!it)),
        _ => What::Other,
    }
}

fn pieces(text: &str, node: Node<'_>, depth: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for it in named(node) {
        if it.kind() == "template_substitution" {
            let inner = first(it).map_or_else(
                || Expr::other(it.start_byte()),
                |it| ME.lower(text, it, depth + 1),
            );
            pieces.extend(inner.into_pieces());
        } else {
            pieces.push(Piece::Text(slice(text, it).to_owned(), it.start_byte()));
        }
    }
    pieces
}

fn entry(text: &str, node: Node<'_>, depth: usize) -> Option<Entry> {
    let down = |it: Node<'_>| ME.lower(text, it, depth + 1);
    match node.kind() {
        "pair" => {
            let key = node.child_by_field_name("key")?;
            let value = node.child_by_field_name("value")?;
            if key.kind() == "computed_property_name" {
                let inner = first(key)?;
                let name = slice(text, inner).trim_matches(['"', '\'', '`']);
                let plain = inner.kind() == "string";
                // A computed key may be any, but the flags are never written that way: `[chainId]: url` hides nothing.
                return Some(if plain {
                    Entry::Pair(name.to_owned(), down(value))
                } else {
                    Entry::Pair(format!("[{name}]"), down(value))
                });
            }
            Some(Entry::Pair(
                slice(text, key).trim_matches(['"', '\'']).to_owned(),
                down(value),
            ))
        }
        "shorthand_property_identifier" => {
            Some(Entry::Pair(slice(text, node).to_owned(), down(node)))
        }
        "spread_element" => first(node).map(|it| Entry::Spread(down(it))),
        "method_definition" => {
            let name = node.child_by_field_name("name")?;
            Some(Entry::Pair(
                slice(text, name).to_owned(),
                Expr::other(node.start_byte()),
            ))
        }
        _ => None,
    }
}

fn call(text: &str, node: Node<'_>, depth: usize) -> Lowered {
    let callee = path(text, node, 0);
    let arguments = node
        .child_by_field_name("arguments")
        .map(named)
        .unwrap_or_default();
    if matches!(callee.as_slice(), [a, b] if a == "Object" && b == "freeze")
        && let Some(it) = arguments.first()
    {
        return Err(ME.lower(text, *it, depth + 1));
    }
    let args = arguments
        .into_iter()
        .filter(|it| it.kind() != "comment")
        .map(|it| {
            let spread = it.kind() == "spread_element";
            let inner = if spread { first(it).unwrap_or(it) } else { it };
            Arg {
                label: None,
                value: ME.lower(text, inner, depth + 1),
                spread,
            }
        });
    Ok(What::Call(Call {
        callee,
        args: args.collect(),
    }))
}

/// Both sides of a sum.
fn sides<'t>(text: &str, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let field = |name: &str| node.child_by_field_name(name);
    let sum = node.kind() == "binary_expression" && slice(text, field("operator")?) == "+";
    sum.then(|| Some((field("left")?, field("right")?)))
        .flatten()
}
