//! A page for a browser, whole in one file: the answer first, then what is broken and how to mend it, the
//! requirements, every case with its exchanges, the latency, how to repeat it. Without its script
//! the answer and what proves each failure stand; with it cases open, filters work, and a share can be followed.
//! The texts are in `view`, the layout in the templates, what moves in `page.js`.

mod case;
mod diff;
mod exchange;
mod lanes;
mod methods;
mod packed;
mod plot;
mod requirements;
mod sign;
mod story;
mod suspect;
mod timeline;
mod view;

pub(super) use diff::difference;
pub use packed::unpacked;

use crate::model::report::Report;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest as _, Sha256};
use view::View;

/// The page, behind the macros that it is made of.
const PAGE: &str = concat!(
    include_str!("signs.html"),
    include_str!("lanes.html"),
    include_str!("story.html"),
    include_str!("broken.html"),
    include_str!("methods.html"),
    include_str!("suspect.html"),
    include_str!("case.html"),
    include_str!("plot.html"),
    include_str!("timeline.html"),
    include_str!("page.html"),
);
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn render(report: &Report) -> String {
    // The templates are fixed, and a test renders all of them: what they ask for is there.
    page(report).unwrap_or_else(|error| format!("sharecheck cannot write this page: {error}\n"))
}

fn page(report: &Report) -> Result<String, minijinja::Error> {
    templates(PAGE)?
        .get_template("page.html")?
        .render(context! {
            policy => policy(STYLE, Some(SCRIPT)),
            style => Value::from_safe_string(STYLE.to_owned()),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            view => Value::from(Serde(View::of(report))),
        })
}

/// The engine, with this page in it.
fn templates(page: &'static str) -> Result<Environment<'static>, minijinja::Error> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    templates.set_syntax(syntax);
    let packed = |markup: &str| Value::from_safe_string(packed::packed(markup));
    templates.add_filter("packed", packed);
    // What is put into a template of such a name is escaped.
    templates.add_template("page.html", page)?;
    Ok(templates)
}

/// What a page may do: nothing but its own style and script, each known by its digest.
fn policy(style: &str, script: Option<&str>) -> String {
    let digest = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let script = script.map_or_else(|| "'none'".to_owned(), digest);
    format!(
        "default-src 'none'; style-src {}; script-src {script}; base-uri 'none'; form-action 'none'",
        digest(style)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn every_part_of_the_page_can_be_written() {
        for report in sample::all() {
            page(&report).unwrap();
        }
    }

    #[test]
    fn nothing_is_styled_or_run_but_by_the_one_style_and_the_one_script() {
        let page = page(&sample::report()).unwrap();
        // What is put into the page is escaped, so each of these is a tag of ours.
        let markup = page.replace(STYLE, "").replace(SCRIPT, "");
        let tags: Vec<&str> = markup
            .split('<')
            .skip(1)
            .filter_map(|it| it.split('>').next())
            .collect();
        let with = |what: &str| tags.iter().filter(|tag| tag.contains(what)).count();
        assert_eq!(
            (with("style"), with("script")),
            (3, 5),
            "the policy, a pair of tags, and what is said without a script"
        );
        for attribute in [" style=", " onclick", " src=", "http:", "https:"] {
            assert_eq!(with(attribute), 0, "{attribute}");
        }
    }
}
