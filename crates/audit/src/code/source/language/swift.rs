//! Swift.

use super::super::expr::{Arg, Call, Entry, Expr, Piece, What};
use super::super::facts::{Binding, Facts, Import, Stand};
use super::{Grammar, Language, Lowered, class, first, named, slice, sum};
use tree_sitter::Node;

const ME: Language = Language::Swift;

pub(super) const GRAMMAR: Grammar = Grammar {
    scopes: &[
        "function_declaration",
        "init_declaration",
        "function_body",
        "lambda_literal",
        "statements",
        "class_body",
        "enum_class_body",
        "computed_property",
    ],
    classes: &["class_declaration", "protocol_declaration"],
    bodies: &["class_body", "enum_class_body"],
    functions: &["function_declaration", "lambda_literal"],
    calls: &["call_expression"],
    texts: &[
        "line_string_literal",
        "multi_line_string_literal",
        "raw_string_literal",
        "additive_expression",
    ],
    ignored: &["comment", "multiline_comment", "type_annotation"],
};

pub(super) fn visit<'t>(facts: &mut Facts<'t>, node: Node<'t>, stand: &Stand) {
    let text = facts.text;
    match node.kind() {
        "import_declaration" => {
            // `import PortalSwift`, `import class PortalSwift.Portal`.
            let whole = named(node).into_iter().find(|it| it.kind() == "identifier");
            let whole = whole.map(|it| slice(text, it)).unwrap_or_default();
            let module = whole.split('.').next().unwrap_or_default().to_owned();
            facts.imports.push(Import {
                module: module.clone(),
                name: None,
                local: module,
            });
        }
        "property_declaration" => {
            let fixed = named(node).into_iter().any(|it| {
                it.kind() == "value_binding_pattern" && slice(text, it).starts_with("let")
            });
            let value = node.child_by_field_name("value");
            if let Some(name) = node.child_by_field_name("name") {
                let owner = stand.owner.clone().filter(|_| stand.outside);
                let name = slice(text, name).to_owned();
                let scope = stand.scope.clone();
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
        "parameter" => {
            if let Some(name) = node.child_by_field_name("name") {
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
            let target = node.child_by_field_name("target").and_then(first);
            let changed = target.map(|it| path(text, it, 0)).unwrap_or_default();
            if !changed.is_empty() {
                facts.changed.push(changed);
            }
        }
        "class_declaration" => {
            let extension = slice(text, node).trim_start().starts_with("extension");
            let kind = node
                .child_by_field_name("declaration_kind")
                .map(|it| slice(text, it));
            if !extension && kind != Some("extension") {
                facts.classes.push(class(text, node));
            }
        }
        _ => {}
    }
}

pub(super) fn path(text: &str, node: Node<'_>, depth: usize) -> Vec<String> {
    if depth > 24 {
        return Vec::new();
    }
    match node.kind() {
        "simple_identifier" | "self_expression" | "type_identifier" | "super_expression" => {
            vec![slice(text, node).to_owned()]
        }
        "navigation_expression" => {
            let mut names = node
                .child_by_field_name("target")
                .map(|it| path(text, it, depth + 1))
                .unwrap_or_default();
            let suffix = node
                .child_by_field_name("suffix")
                .and_then(|it| it.child_by_field_name("suffix"));
            names.extend(suffix.map(|it| slice(text, it).to_owned()));
            names
        }
        // `.init(…)`, `.flags`: what they belong to is not written.
        "prefix_expression" => {
            let target = node
                .child_by_field_name("target")
                .map(|it| slice(text, it).to_owned());
            std::iter::once(String::new()).chain(target).collect()
        }
        "call_expression" | "postfix_expression" | "try_expression" | "await_expression"
        | "optional_chain" | "tuple_expression" => {
            let inner = node.child_by_field_name("expr").or_else(|| first(node));
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
        "boolean_literal" => Ok(What::Bool(slice(text, node) == "true")),
        "simple_identifier" => Ok(What::Name(vec![slice(text, node).to_owned()])),
        "navigation_expression" => {
            let called = slice(text, node).contains('(');
            let names = path(text, node, 0);
            if called || names.is_empty() {
                Ok(What::Other)
            } else {
                Ok(What::Name(names))
            }
        }
        "line_string_literal" | "multi_line_string_literal" | "raw_string_literal" => {
            Ok(What::Text(pieces(text, node, depth)))
        }
        "additive_expression" => Ok(sum(ME, text, node, depth, sides)),
        "ternary_expression" => match (field("if_true"), field("if_false")) {
            (Some(a), Some(b)) => Ok(What::Either(Box::new(down(a)), Box::new(down(b)))),
            _ => Ok(What::Other),
        },
        "nil_coalescing_expression" => match (field("value"), field("if_nil")) {
            (Some(a), Some(b)) => Ok(What::Either(Box::new(down(a)), Box::new(down(b)))),
            _ => Ok(What::Other),
        },
        "prefix_expression" => {
            let not =
                field("operation").is_some_and(|it| slice(text, it) == "!" || it.kind() == "bang");
            let value = field("target")
                .map(down)
                .and_then(|it| it.bool())
                .filter(|_| not);
            Ok(value.map_or(What::Other, |it| What::Bool(!it)))
        }
        "dictionary_literal" => Ok(What::Object(dictionary(text, node, depth))),
        "try_expression" | "await_expression" => Err(field("expr")
            .or_else(|| named(node).last().copied())
            .map_or(other, down)),
        "postfix_expression" => Err(field("target").map_or(other, down)),
        "as_expression" => Err(field("expr").or_else(|| first(node)).map_or(other, down)),
        "tuple_expression" if node.named_child_count() == 1 => Err(first(node).map_or(other, down)),
        "call_expression" => Ok(call(text, node, depth)),
        // The grammar gives `nil` no node that has a name.
        _ if slice(text, node) == "nil" => Ok(What::Null),
        _ => Ok(What::Other),
    }
}

fn pieces(text: &str, node: Node<'_>, depth: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for it in named(node) {
        match it.kind() {
            "interpolated_expression" | "raw_str_interpolation" => {
                let inner = it.child_by_field_name("value").or_else(|| first(it));
                let inner = inner.map_or_else(
                    || Expr::other(it.start_byte()),
                    |it| ME.lower(text, it, depth + 1),
                );
                pieces.push(Piece::Hole(inner));
            }
            _ => pieces.push(Piece::Text(slice(text, it).to_owned(), it.start_byte())),
        }
    }
    pieces
}

fn dictionary(text: &str, node: Node<'_>, depth: usize) -> Vec<Entry> {
    let mut cursor = node.walk();
    let keys: Vec<Node<'_>> = node.children_by_field_name("key", &mut cursor).collect();
    let values: Vec<Node<'_>> = node.children_by_field_name("value", &mut cursor).collect();
    let pairs = keys.into_iter().zip(values).map(|(key, value)| {
        if key.kind().ends_with("string_literal") {
            let name = slice(text, key).trim_matches('"').to_owned();
            Entry::Pair(name, ME.lower(text, value, depth + 1))
        } else {
            Entry::Odd
        }
    });
    pairs.collect()
}

fn call(text: &str, node: Node<'_>, depth: usize) -> What {
    let callee = first(node).map(|it| path(text, it, 0)).unwrap_or_default();
    let suffix = named(node)
        .into_iter()
        .find(|it| it.kind() == "call_suffix");
    let list = suffix.and_then(|it| {
        named(it)
            .into_iter()
            .find(|it| it.kind() == "value_arguments")
    });
    let arguments = list.map(named).unwrap_or_default();
    let args = arguments
        .into_iter()
        .filter(|it| it.kind() == "value_argument")
        .filter_map(|it| {
            let label = it
                .child_by_field_name("name")
                .map(|it| slice(text, it).to_owned());
            let value = it
                .child_by_field_name("value")
                .or_else(|| it.child(it.child_count().checked_sub(1)?))?;
            if value.kind() == "lambda_literal" {
                return None;
            }
            Some(Arg {
                label,
                value: ME.lower(text, value, depth + 1),
                spread: false,
            })
        });
    What::Call(Call {
        callee,
        args: args.collect(),
    })
}

/// Both sides of a sum.
fn sides(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let sum = node.kind() == "additive_expression";
    sum.then(|| {
        Some((
            node.child_by_field_name("lhs")?,
            node.child_by_field_name("rhs")?,
        ))
    })
    .flatten()
}
