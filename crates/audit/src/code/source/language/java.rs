//! Java.

use super::super::expr::{Arg, Call, Entry, Expr, Piece, What};
use super::super::facts::{Binding, Facts, Import, Stand};
use super::{Grammar, Language, Lowered, changed, class, first, named, slice, sum};
use tree_sitter::Node;

const ME: Language = Language::Java;

pub(super) const GRAMMAR: Grammar = Grammar {
    scopes: &[
        "method_declaration",
        "constructor_declaration",
        "block",
        "lambda_expression",
        "class_body",
        "enum_body",
        "interface_body",
        "for_statement",
        "enhanced_for_statement",
        "catch_clause",
    ],
    classes: &[
        "class_declaration",
        "interface_declaration",
        "enum_declaration",
        "record_declaration",
    ],
    bodies: &["class_body", "enum_body", "interface_body"],
    functions: &["method_declaration", "lambda_expression"],
    calls: &["method_invocation", "object_creation_expression"],
    texts: &["string_literal", "binary_expression"],
    ignored: &["line_comment", "block_comment"],
};

pub(super) fn visit<'t>(facts: &mut Facts<'t>, node: Node<'t>, stand: &Stand) {
    let text = facts.text;
    match node.kind() {
        "package_declaration" => facts.package = first(node).map(|it| slice(text, it).to_owned()),
        "import_declaration" => {
            let Some(whole) = first(node).map(|it| slice(text, it).to_owned()) else {
                return;
            };
            let all = slice(text, node).contains(".*");
            let local = whole.rsplit('.').next().unwrap_or_default().to_owned();
            let name = (!all).then(|| local.clone());
            facts.imports.push(Import {
                module: whole,
                name,
                local,
            });
        }
        "field_declaration" | "local_variable_declaration" | "constant_declaration" => {
            let modifiers = named(node).into_iter().find(|it| it.kind() == "modifiers");
            let last = modifiers.is_some_and(|it| slice(text, it).contains("final"));
            // A local variable can only be changed where that is seen.
            let fixed = last || node.kind() != "field_declaration";
            for it in named(node)
                .into_iter()
                .filter(|it| it.kind() == "variable_declarator")
            {
                if let Some(name) = it.child_by_field_name("name") {
                    let owner = stand.owner.clone().filter(|_| stand.outside);
                    let (name, scope) = (slice(text, name).to_owned(), stand.scope.clone());
                    let value = it.child_by_field_name("value");
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
        }
        "formal_parameter" | "catch_formal_parameter" => {
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
        "assignment_expression" | "update_expression" => {
            changed(facts, text, node, path);
        }
        "class_declaration" => {
            facts.classes.push(class(text, node));
        }
        _ => {}
    }
}

pub(super) fn path(text: &str, node: Node<'_>, depth: usize) -> Vec<String> {
    if depth > 24 {
        return Vec::new();
    }
    let inner = |field: &str| {
        node.child_by_field_name(field)
            .map(|it| path(text, it, depth + 1))
            .unwrap_or_default()
    };
    match node.kind() {
        "identifier" | "this" | "super" | "type_identifier" => vec![slice(text, node).to_owned()],
        "scoped_identifier" | "scoped_type_identifier" => slice(text, node)
            .split('.')
            .map(|it| it.trim().to_owned())
            .collect(),
        "field_access" => {
            let mut names = inner("object");
            names.extend(inner("field"));
            names
        }
        "method_invocation" => {
            let mut names = inner("object");
            names.extend(inner("name"));
            names
        }
        "object_creation_expression" => inner("type"),
        "generic_type" | "parenthesized_expression" => first(node)
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
        "null_literal" => Ok(What::Null),
        "identifier" | "field_access" => {
            let names = path(text, node, 0);
            let boolean = matches!(names.as_slice(), [a, b] if a == "Boolean" && matches!(b.as_str(), "TRUE" | "FALSE"));
            if boolean {
                return Ok(What::Bool(names.last().is_some_and(|it| it == "TRUE")));
            }
            if names.is_empty() {
                Ok(What::Other)
            } else {
                Ok(What::Name(names))
            }
        }
        "string_literal" => Ok(What::Text(pieces(text, node))),
        "binary_expression" => match (field("left"), field("right"), field("operator")) {
            (Some(_), Some(_), Some(operator)) if slice(text, operator) == "+" => {
                Ok(sum(ME, text, node, depth, |it| sides(text, it)))
            }
            _ => Ok(What::Other),
        },
        "ternary_expression" => match (field("consequence"), field("alternative")) {
            (Some(a), Some(b)) => Ok(What::Either(Box::new(down(a)), Box::new(down(b)))),
            _ => Ok(What::Other),
        },
        "unary_expression" => {
            let not = slice(text, node).starts_with('!');
            let value = field("operand")
                .map(down)
                .and_then(|it| it.bool())
                .filter(|_| not);
            Ok(value.map_or(What::Other, |it| What::Bool(!it)))
        }
        "parenthesized_expression" => Err(first(node).map_or(other, down)),
        "cast_expression" => Err(field("value").map_or(other, down)),
        "method_invocation" | "object_creation_expression" => Ok(call(text, node, depth)),
        _ => Ok(What::Other),
    }
}

fn pieces(text: &str, node: Node<'_>) -> Vec<Piece> {
    let parts = named(node).into_iter();
    parts
        .map(|it| Piece::Text(slice(text, it).to_owned(), it.start_byte()))
        .collect()
}

fn call(text: &str, node: Node<'_>, depth: usize) -> What {
    let callee = path(text, node, 0);
    let arguments = node
        .child_by_field_name("arguments")
        .map(named)
        .unwrap_or_default();
    let values = arguments.into_iter().filter(|it| {
        !matches!(
            it.kind(),
            "lambda_expression" | "line_comment" | "block_comment"
        )
    });
    let values: Vec<Expr> = values.map(|it| ME.lower(text, it, depth + 1)).collect();
    if matches!(callee.as_slice(), [.., a, b] if a == "Map" && b == "of") {
        let pairs = values.chunks(2).map(|pair| match pair {
            [
                Expr {
                    what: What::Text(key),
                    ..
                },
                value,
            ] => match key.as_slice() {
                [Piece::Text(key, _)] => Entry::Pair(key.clone(), value.clone()),
                _ => Entry::Odd,
            },
            _ => Entry::Odd,
        });
        return What::Object(pairs.collect());
    }
    let args = values.into_iter().map(|value| Arg {
        label: None,
        value,
        spread: false,
    });
    What::Call(Call {
        callee,
        args: args.collect(),
    })
}

/// Both sides of a sum.
fn sides<'t>(text: &str, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let field = |name: &str| node.child_by_field_name(name);
    let sum = node.kind() == "binary_expression" && slice(text, field("operator")?) == "+";
    sum.then(|| Some((field("left")?, field("right")?)))
        .flatten()
}
