//! What a file calls the SDK's classes.

use super::facts::Facts;
use super::language::Language;
use crate::code::sdk::Sdk;
use std::collections::BTreeMap;
use tree_sitter::Node;

/// The package of the Android SDK.
const ANDROID: &str = "io.portalhq.android";

/// The names of a file for what the SDK has.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The class of Portal.
    pub(super) classes: BTreeMap<String, Sdk>,
    /// A whole module, whose member that class is.
    pub(super) modules: BTreeMap<String, Sdk>,
    /// The class of the flags.
    pub(super) flags: Vec<String>,
    /// The SDK that the file uses at all.
    pub(super) sdk: Option<Sdk>,
    /// Whether it uses any package of the vendor's.
    pub(super) vendor: bool,
}

impl Names {
    /// The SDK whose Portal a callee makes.
    pub(super) fn portal(&self, callee: &[String]) -> Option<Sdk> {
        match callee {
            [name] => self
                .classes
                .get(name)
                .or_else(|| self.modules.get(name))
                .copied(),
            [module, member] if matches!(member.as_str(), "Portal" | "default") => {
                self.modules.get(module).copied()
            }
            [class, init] if init == "init" => self.classes.get(class).copied(),
            [module, class, init] if init == "init" && class == "Portal" => {
                self.modules.get(module).copied()
            }
            _ if callee.join(".") == format!("{ANDROID}.Portal") => Some(Sdk::Android),
            _ => None,
        }
    }

    /// Whether a callee makes the flags.
    pub(super) fn makes_flags(&self, callee: &[String]) -> bool {
        match callee {
            [name] => self.flags.contains(name) || (self.vendor && name == "FeatureFlags"),
            // `.init(…)`, where flags are wanted.
            [none, init] if init == "init" => none.is_empty() || self.flags.contains(none),
            [.., name] => name == "FeatureFlags",
            [] => false,
        }
    }
}

/// The SDK of a module that a file imports, and whether it is the vendor's at all.
fn of_module(module: &str) -> Option<Sdk> {
    let package = module.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    match package.as_str() {
        "@portal-hq/core" | "@portal-hq/react-native" => Some(Sdk::ReactNative),
        "@portal-hq/web" => Some(Sdk::Web),
        _ => None,
    }
}

/// Those of a file.
pub(super) fn of(facts: &Facts<'_>) -> Names {
    match facts.language {
        Language::TypeScript | Language::Tsx => script(facts),
        Language::Swift => swift(facts),
        Language::Kotlin | Language::Java => android(facts),
    }
}

fn swift(facts: &Facts<'_>) -> Names {
    let mut names = Names::default();
    if !facts.imports.iter().any(|it| it.module == "PortalSwift") {
        return names;
    }
    names.sdk = Some(Sdk::Swift);
    names.vendor = true;
    names.modules.insert("PortalSwift".to_owned(), Sdk::Swift);
    names.flags.push("FeatureFlags".to_owned());
    // A class of the team's own of that name hides the SDK's.
    if !facts.classes.iter().any(|it| it.name == "Portal") {
        names.classes.insert("Portal".to_owned(), Sdk::Swift);
    }
    names
}

fn android(facts: &Facts<'_>) -> Names {
    let mut names = Names::default();
    let own = facts
        .package
        .as_deref()
        .is_some_and(|it| it == ANDROID || it.starts_with("io.portalhq.android."));
    if own {
        return names;
    }
    for import in &facts.imports {
        if !import.module.starts_with(ANDROID) {
            continue;
        }
        names.sdk = Some(Sdk::Android);
        names.vendor = true;
        match &import.name {
            Some(_) if import.module == format!("{ANDROID}.Portal") => {
                names.classes.insert(import.local.clone(), Sdk::Android);
            }
            Some(name) if name == "FeatureFlags" => names.flags.push(import.local.clone()),
            None if import.module.trim_end_matches(".*") == ANDROID => {
                names.classes.insert("Portal".to_owned(), Sdk::Android);
            }
            None => names.flags.push("FeatureFlags".to_owned()),
            Some(_) => {}
        }
    }
    names
}

fn script(facts: &Facts<'_>) -> Names {
    let mut names = Names::default();
    for import in &facts.imports {
        names.vendor |= import.module.starts_with("@portal-hq/");
        let Some(sdk) = of_module(&import.module) else {
            continue;
        };
        names.sdk = Some(sdk);
        match import.name.as_deref() {
            Some("default" | "Portal") => {
                names.classes.insert(import.local.clone(), sdk);
            }
            None => {
                names.modules.insert(import.local.clone(), sdk);
            }
            Some(_) => {}
        }
    }
    // One name may lead to the next: `const m = await import(…); const Portal = m.default`.
    for _ in 0..3 {
        for binding in &facts.bindings {
            let Some(value) = binding.value else { continue };
            let Some((sdk, member)) = module(facts, &names, value, 0) else {
                continue;
            };
            names.sdk = names.sdk.or(Some(sdk));
            names.vendor = true;
            let member = match (member, binding.part.as_deref()) {
                (None, Some(part)) => Some(part.to_owned()),
                (member, None) => member,
                (Some(_), Some(_)) => continue,
            };
            let name = binding.name.trim_start_matches('=').to_owned();
            match member.as_deref() {
                Some("default" | "Portal") => {
                    names.classes.insert(name, sdk);
                }
                None => {
                    names.modules.insert(name, sdk);
                }
                Some(_) => {}
            }
        }
    }
    extended(facts, &mut names);
    names
}

/// Classes that extend Portal and leave its constructor alone.
fn extended(facts: &Facts<'_>, names: &mut Names) {
    for class in &facts.classes {
        let path: Vec<String> = class.extends.split('.').map(str::to_owned).collect();
        if let Some(sdk) = names.portal(&path) {
            let own = facts.calls.iter().any(|it| {
                class.range.contains(&it.start_byte()) && facts.slice(*it).starts_with("super(")
            });
            if !own {
                names.classes.insert(class.name.clone(), sdk);
            }
        }
    }
}

/// The SDK's module that a node stands for, or the member of it.
fn module(
    facts: &Facts<'_>,
    names: &Names,
    node: Node<'_>,
    depth: usize,
) -> Option<(Sdk, Option<String>)> {
    if depth > 8 {
        return None;
    }
    let down = |it: Node<'_>| module(facts, names, it, depth + 1);
    match node.kind() {
        "await_expression"
        | "parenthesized_expression"
        | "as_expression"
        | "non_null_expression" => down(node.named_child(0)?),
        "call_expression" => {
            let called = facts.slice(node.child_by_field_name("function")?);
            let given = node.child_by_field_name("arguments")?.named_child(0)?;
            let given = facts.slice(given).trim_matches(['"', '\'', '`']);
            matches!(called, "require" | "import")
                .then(|| of_module(given))
                .flatten()
                .map(|it| (it, None))
        }
        "member_expression" => {
            let (sdk, member) = down(node.child_by_field_name("object")?)?;
            let property = facts.slice(node.child_by_field_name("property")?);
            // `require(…).default.Portal` as some bundlers want it.
            (member.is_none() || member.as_deref() == Some("default"))
                .then(|| (sdk, Some(property.to_owned())))
        }
        "binary_expression" => down(node.child_by_field_name("left")?)
            .or_else(|| down(node.child_by_field_name("right")?)),
        "identifier" => names.modules.get(facts.slice(node)).map(|it| (*it, None)),
        _ => None,
    }
}
