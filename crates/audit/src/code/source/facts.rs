//! What one file says, by its syntax: imports, variables, calls and texts, each with where it counts.

use super::expr::{Expr, What};
use super::language::Language;
use std::collections::HashMap;
use std::ops::Range;
use tree_sitter::{Node, Tree};

/// The facts of a file.
#[derive(Debug)]
pub(super) struct Facts<'t> {
    /// Its language.
    pub(super) language: Language,
    /// Its text.
    pub(super) text: &'t str,
    /// What it imports.
    pub(super) imports: Vec<Import>,
    /// Its variables and parameters.
    pub(super) bindings: Vec<Binding<'t>>,
    /// What is assigned to, or changed, after it was made.
    pub(super) changed: Vec<Vec<String>>,
    by_name: HashMap<String, Vec<usize>>,
    changes: HashMap<String, Vec<usize>>,
    /// Its calls.
    pub(super) calls: Vec<Node<'t>>,
    /// Its texts, the outermost where several are put together.
    pub(super) texts: Vec<Node<'t>>,
    /// Where its functions are.
    pub(super) functions: Vec<Range<usize>>,
    /// Its classes, with what they extend.
    pub(super) classes: Vec<Class>,
    /// The package that it is part of.
    pub(super) package: Option<String>,
    /// Where an object of TypeScript says that the multi-backup flag is false.
    pub(super) off: Vec<usize>,
}

/// An imported name.
#[derive(Clone, Debug)]
pub(super) struct Import {
    /// The module, or the whole name in Kotlin and Java.
    pub(super) module: String,
    /// What of it; null for all.
    pub(super) name: Option<String>,
    /// What the file calls it.
    pub(super) local: String,
}

/// A variable, a constant or a parameter.
#[derive(Clone, Debug)]
pub(super) struct Binding<'t> {
    /// Its name.
    pub(super) name: String,
    /// The class or object that it is a member of.
    pub(super) owner: Option<String>,
    /// Where it can be seen.
    pub(super) scope: Range<usize>,
    /// What it is made with; null for a parameter.
    pub(super) value: Option<Node<'t>>,
    /// Whether that value is taken apart: the variable is a part of it.
    pub(super) part: Option<String>,
    /// Whether it can only be changed in this file, where that would be seen.
    pub(super) fixed: bool,
}

/// A class.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Its name.
    pub(super) name: String,
    /// The text of what it extends.
    pub(super) extends: String,
    /// Where it stands.
    pub(super) range: Range<usize>,
}

/// Where a node stands, as it is visited.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    /// The innermost scope.
    pub(super) scope: Range<usize>,
    /// The innermost class.
    pub(super) owner: Option<String>,
    /// Whether that scope is the class's own, or the file's.
    pub(super) outside: bool,
}

/// Visits every node once.
pub(super) fn collect<'t>(language: Language, tree: &'t Tree, text: &'t str) -> Facts<'t> {
    let mut facts = Facts {
        language,
        text,
        imports: Vec::new(),
        bindings: Vec::new(),
        changed: Vec::new(),
        by_name: HashMap::new(),
        changes: HashMap::new(),
        calls: Vec::new(),
        texts: Vec::new(),
        functions: Vec::new(),
        classes: Vec::new(),
        package: None,
        off: Vec::new(),
    };
    let grammar = language.grammar();
    let whole = 0..text.len();
    let mut stands = vec![Stand {
        scope: whole,
        owner: None,
        outside: true,
    }];
    let mut text_until = 0;
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        while stands.len() > 1
            && stands
                .last()
                .is_some_and(|it| it.scope.end <= node.start_byte())
        {
            stands.pop();
        }
        let kind = node.kind();
        let enter = node.is_named() && !grammar.ignored.contains(&kind);
        if enter {
            if let Some(stand) = stands.last() {
                language.visit(&mut facts, node, stand);
            }
            if grammar.calls.contains(&kind) {
                facts.calls.push(node);
            }
            if grammar.texts.contains(&kind) && node.start_byte() >= text_until {
                facts.texts.push(node);
                text_until = node.end_byte();
            }
            if grammar.functions.contains(&kind) {
                facts.functions.push(node.byte_range());
            }
            open(&mut stands, &grammar, node, text);
        }
        if enter && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                facts.index();
                return facts;
            }
        }
    }
}

fn open(stands: &mut Vec<Stand>, grammar: &super::language::Grammar, node: Node<'_>, text: &str) {
    let Some(stand) = stands.last() else { return };
    let class = grammar.classes.contains(&node.kind());
    if !class && !grammar.scopes.contains(&node.kind()) {
        return;
    }
    let name = node
        .child_by_field_name("name")
        .and_then(|it| text.get(it.byte_range()));
    let owner = if class {
        name.map(str::to_owned).or_else(|| stand.owner.clone())
    } else {
        stand.owner.clone()
    };
    // A class's body is no scope of its own: its members belong to the class.
    let outside = class || (stand.outside && grammar.bodies.contains(&node.kind()));
    stands.push(Stand {
        scope: node.byte_range(),
        owner,
        outside,
    });
}

impl<'t> Facts<'t> {
    /// The text of a node.
    pub(super) fn slice(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// A node as an expression.
    pub(super) fn lower(&self, node: Node<'t>) -> Expr {
        self.language.lower(self.text, node, 0)
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Binding<'t>> + Clone {
        let indices = self
            .by_name
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        indices.iter().filter_map(|it| self.bindings.get(*it))
    }

    /// Orders what was collected by names, for whoever looks for one.
    fn index(&mut self) {
        for (index, binding) in self.bindings.iter().enumerate() {
            self.by_name
                .entry(binding.name.clone())
                .or_default()
                .push(index);
        }
        for (index, path) in self.changed.iter().enumerate() {
            if let Some(first) = path.iter().find(|it| !is_self(it)) {
                self.changes.entry(first.clone()).or_default().push(index);
            }
        }
    }

    /// The variable that a name means at a byte: the one of the innermost scope, if it is the only one there.
    pub(super) fn binding(&self, name: &str, at: usize) -> Option<&Binding<'t>> {
        let seen = self.named(name).filter(|it| it.scope.contains(&at));
        let width = |it: &&Binding<'t>| it.scope.len();
        let smallest = seen.clone().map(|it| it.scope.len()).min()?;
        let mut innermost = seen.filter(|it| width(it) == smallest);
        let first = innermost.next()?;
        innermost.next().is_none().then_some(first)
    }

    /// The member of a class or object of this file.
    fn member(&self, owner: &str, name: &str) -> Option<&Binding<'t>> {
        let mut members = self
            .named(name)
            .filter(|it| it.owner.as_deref() == Some(owner));
        let first = members.next()?;
        members.next().is_none().then_some(first)
    }

    /// Whether a variable, or something in it, is changed after it was made.
    pub(super) fn is_changed(&self, path: &[String]) -> bool {
        // A change of a part is one of the whole, and the other way round.
        let bare: Vec<&String> = path.iter().filter(|it| !is_self(it)).collect();
        let Some(changes) = bare.first().and_then(|it| self.changes.get(*it)) else {
            return false;
        };
        changes
            .iter()
            .filter_map(|it| self.changed.get(*it))
            .any(|it| {
                it.iter()
                    .filter(|it| !is_self(it))
                    .zip(&bare)
                    .all(|(a, b)| a == *b)
            })
    }

    /// What an expression comes to, with the variables of this file followed; itself where they lead nowhere.
    pub(super) fn settle(&self, expr: &Expr) -> Expr {
        self.settled(expr, 0)
    }

    fn settled(&self, expr: &Expr, depth: usize) -> Expr {
        let What::Name(path) = &expr.what else {
            return expr.clone();
        };
        if depth > 8 {
            return expr.clone();
        }
        self.followed(path, expr.at, depth)
            .unwrap_or_else(|| expr.clone())
    }

    fn followed(&self, path: &[String], at: usize, depth: usize) -> Option<Expr> {
        if self.is_changed(path) {
            return None;
        }
        let path: Vec<&String> = path.iter().filter(|it| !is_self(it)).collect();
        let (first, rest) = path.split_first()?;
        if let [name] = rest
            && let Some(member) = self.member(first, name)
        {
            return self.value(member, depth);
        }
        // What a companion or an outer class holds can be seen in the whole class.
        let outer = || {
            let classes = self
                .classes
                .iter()
                .rev()
                .filter(|it| it.range.contains(&at));
            classes
                .into_iter()
                .find_map(|it| self.member(&it.name, first))
        };
        let binding = self.binding(first, at).or_else(outer)?;
        let mut value = self.value(binding, depth)?;
        for key in rest {
            let What::Object(_) = &value.what else {
                return None;
            };
            let found = self.entry(&value, key, depth + 1);
            let Found::Here(it) = found else { return None };
            value = self.settled(&it, depth + 1);
        }
        Some(value)
    }

    fn value(&self, binding: &Binding<'t>, depth: usize) -> Option<Expr> {
        if !binding.fixed || binding.part.is_some() {
            return None;
        }
        let value = self.lower(binding.value?);
        Some(self.settled(&value, depth + 1))
    }

    /// An entry of an object: the last one of this name counts, and what is spread behind it may hide it.
    pub(super) fn entry(&self, object: &Expr, key: &str, depth: usize) -> Found {
        let What::Object(entries) = &object.what else {
            return Found::Hidden;
        };
        if depth > 8 {
            return Found::Hidden;
        }
        for entry in entries.iter().rev() {
            match entry {
                super::expr::Entry::Pair(name, value) if name == key => {
                    return Found::Here(value.clone());
                }
                super::expr::Entry::Pair(..) => {}
                super::expr::Entry::Odd => return Found::Hidden,
                super::expr::Entry::Spread(it) => {
                    let inner = self.settled(it, depth);
                    let found = self.entry(&inner, key, depth + 1);
                    let empty = matches!(inner.what, What::Null) || matches!(found, Found::Nowhere);
                    if !empty {
                        return found;
                    }
                }
            }
        }
        Found::Nowhere
    }
}

/// Whether a name means the object itself.
fn is_self(name: &str) -> bool {
    matches!(name, "this" | "self" | "Self" | "Companion")
}

/// What became of a look for a key.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// It is there.
    Here(Expr),
    /// It is not there.
    Nowhere,
    /// Something that cannot be followed may hold it.
    Hidden,
}
