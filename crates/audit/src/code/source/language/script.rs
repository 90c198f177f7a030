//! TypeScript and JavaScript.

use super::super::expr::{Arg, Call, Entry, Expr, Piece, What};
use super::super::facts::{Binding, Class, Facts, Import, Stand};
use super::{Grammar, Language, Lowered, first, named, slice, sum};
use tree_sitter::Node;

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

pub(super) fn visit<'t>(facts: &mut Facts<'t>, node: Node<'t>, stand: &Stand) {
    match node.kind() {
        "import_statement" => import(facts, node),
        "variable_declarator" => {
            let value = node.child_by_field_name("value");
            if let Some(name) = node.child_by_field_name("name") {
                bind(facts, name, value, None, stand, true);
            }
        }
        "public_field_definition" => {
            if let Some(name) = node.child_by_field_name("name") {
                let value = node.child_by_field_name("value");
                let held = slice(facts.text, node);
                let fixed = held.contains("static")
                    || held.contains("readonly")
                    || held.starts_with("private");
                let name = slice(facts.text, name).to_owned();
                push(facts, name, value, None, stand, fixed);
            }
        }
        "required_parameter" | "optional_parameter" => {
            if let Some(pattern) = node.child_by_field_name("pattern") {
                bind(facts, pattern, None, None, stand, false);
            }
        }
        "arrow_function" | "catch_clause" => {
            if let Some(parameter) = node.child_by_field_name("parameter") {
                // The scope of the node itself is not open yet.
                let stand = Stand {
                    scope: node.byte_range(),
                    ..stand.clone()
                };
                bind(facts, parameter, None, None, &stand, false);
            }
        }
        "for_in_statement" => {
            if let Some(left) = node.child_by_field_name("left") {
                let stand = Stand {
                    scope: node.byte_range(),
                    ..stand.clone()
                };
                bind(facts, left, None, None, &stand, false);
            }
        }
        "assignment_expression" | "augmented_assignment_expression" | "update_expression" => {
            let target = node
                .child_by_field_name("left")
                .or_else(|| node.child_by_field_name("argument"));
            if let Some(target) = target {
                assigned(facts, target, node);
            }
        }
        "call_expression" => {
            // `Object.assign(options, …)` changes what it is given first.
            let called = node
                .child_by_field_name("function")
                .map(|it| slice(facts.text, it));
            let given = node.child_by_field_name("arguments").and_then(first);
            if let (Some("Object.assign"), Some(given)) = (called, given) {
                assigned(facts, given, node);
            }
        }
        "pair" => {
            let part = |name: &str| {
                node.child_by_field_name(name)
                    .map(|it| slice(facts.text, it))
            };
            let key = part("key").map(|it| it.trim_matches(['"', '\'']));
            if key == Some("isMultiBackupEnabled") && part("value") == Some("false") {
                facts
                    .off
                    .extend(node.child_by_field_name("value").map(|it| it.start_byte()));
            }
        }
        "class_declaration" | "abstract_class_declaration" | "class" => {
            let name = node
                .child_by_field_name("name")
                .map(|it| slice(facts.text, it));
            let heritage = named(node)
                .into_iter()
                .find(|it| it.kind() == "class_heritage");
            if let Some(heritage) = heritage {
                let extends = slice(facts.text, heritage)
                    .trim_start_matches("extends")
                    .trim();
                let extends = extends
                    .split([' ', '<', '{'])
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let name = name.unwrap_or_default().to_owned();
                facts.classes.push(Class {
                    name,
                    extends,
                    range: node.byte_range(),
                });
            }
        }
        _ => {}
    }
}

fn import(facts: &mut Facts<'_>, node: Node<'_>) {
    let text = facts.text;
    let statement = slice(text, node);
    if statement.starts_with("import type") {
        return;
    }
    let source = node.child_by_field_name("source");
    let clause = named(node)
        .into_iter()
        .find(|it| matches!(it.kind(), "import_clause" | "import_require_clause"));
    let (Some(source), Some(clause)) = (
        source.or_else(|| clause.and_then(|it| it.child_by_field_name("source"))),
        clause,
    ) else {
        return;
    };
    let module = slice(text, source).trim_matches(['"', '\'']).to_owned();
    for it in named(clause) {
        match it.kind() {
            "identifier" => {
                let whole = clause.kind() == "import_require_clause";
                let name = (!whole).then(|| "default".to_owned());
                facts.imports.push(Import {
                    module: module.clone(),
                    name,
                    local: slice(text, it).to_owned(),
                });
            }
            "namespace_import" => {
                let local = first(it)
                    .map(|it| slice(text, it))
                    .unwrap_or_default()
                    .to_owned();
                facts.imports.push(Import {
                    module: module.clone(),
                    name: None,
                    local,
                });
            }
            "named_imports" => {
                for specifier in named(it) {
                    let Some(name) = specifier.child_by_field_name("name") else {
                        continue;
                    };
                    if slice(text, specifier).starts_with("type ") {
                        continue;
                    }
                    let alias = specifier.child_by_field_name("alias").unwrap_or(name);
                    let name = Some(slice(text, name).to_owned());
                    facts.imports.push(Import {
                        module: module.clone(),
                        name,
                        local: slice(text, alias).to_owned(),
                    });
                }
            }
            _ => {}
        }
    }
}

/// Takes note of the names of a pattern.
fn bind<'t>(
    facts: &mut Facts<'t>,
    pattern: Node<'t>,
    value: Option<Node<'t>>,
    part: Option<String>,
    stand: &Stand,
    fixed: bool,
) {
    match pattern.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => {
            let name = slice(facts.text, pattern).to_owned();
            let shorthand = pattern.kind() == "shorthand_property_identifier_pattern";
            let part = part.or_else(|| shorthand.then(|| name.clone()));
            push(facts, name, value, part, stand, fixed);
        }
        "object_pattern" | "array_pattern" => {
            for it in named(pattern) {
                bind(
                    facts,
                    it,
                    value,
                    part.clone().or_else(|| Some(String::new())),
                    stand,
                    fixed,
                );
            }
            // The keys of the first floor are known by their names.
            if part.is_none() {
                keys(facts, pattern);
            }
        }
        "pair_pattern" => {
            let key = pattern
                .child_by_field_name("key")
                .map(|it| slice(facts.text, it).to_owned());
            if let Some(inner) = pattern.child_by_field_name("value") {
                bind(facts, inner, value, key, stand, fixed);
            }
        }
        "object_assignment_pattern" | "assignment_pattern" => {
            if let Some(inner) = pattern.child_by_field_name("left") {
                bind(facts, inner, value, Some(String::new()), stand, fixed);
            }
        }
        "rest_pattern" => {
            if let Some(inner) = first(pattern) {
                bind(facts, inner, value, Some(String::new()), stand, fixed);
            }
        }
        _ => {}
    }
}

/// Gives the variables that a pattern took by shorthand the names of their keys.
fn keys(facts: &mut Facts<'_>, pattern: Node<'_>) {
    let shorthand = named(pattern)
        .into_iter()
        .filter(|it| it.kind() == "shorthand_property_identifier_pattern");
    let names: Vec<&str> = shorthand.map(|it| slice(facts.text, it)).collect();
    for binding in facts.bindings.iter_mut().rev().take(names.len() * 4) {
        if binding.part.as_deref() == Some("") && names.contains(&binding.name.as_str()) {
            binding.part = Some(binding.name.clone());
        }
    }
}

fn push<'t>(
    facts: &mut Facts<'t>,
    name: String,
    value: Option<Node<'t>>,
    part: Option<String>,
    stand: &Stand,
    fixed: bool,
) {
    let owner = stand.owner.clone().filter(|_| stand.outside);
    facts.bindings.push(Binding {
        name,
        owner,
        scope: stand.scope.clone(),
        value,
        part,
        fixed,
    });
}

fn assigned<'t>(facts: &mut Facts<'t>, target: Node<'t>, node: Node<'t>) {
    let changed = match target.kind() {
        "object_pattern" | "array_pattern" => named(target)
            .iter()
            .map(|it| vec![slice(facts.text, *it).to_owned()])
            .collect(),
        _ => vec![path(facts.text, target, 0)],
    };
    // What is assigned to a variable that was only declared is its value, once.
    let right = node.child_by_field_name("right");
    if let (Some([name]), Some(right)) = (changed.first().map(Vec::as_slice), right)
        && node.kind() == "assignment_expression"
    {
        let scope = 0..facts.text.len();
        let late = Binding {
            name: format!("={name}"),
            owner: None,
            scope,
            value: Some(right),
            part: None,
            fixed: true,
        };
        facts.bindings.push(late);
    }
    facts
        .changed
        .extend(changed.into_iter().filter(|it| !it.is_empty()));
}

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
