//! Imports, variables, changes and classes of TypeScript and JavaScript.

use super::super::{first, named, slice};
use super::path;
use crate::code::source::facts::{Binding, Class, Facts, Import, Stand};
use tree_sitter::Node;

pub(in crate::code::source::language) fn visit<'t>(
    facts: &mut Facts<'t>,
    node: Node<'t>,
    stand: &Stand,
) {
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
