//! A page for a browser: the report for people, as it would stand in a terminal.

use super::{Style, terminal};
use crate::model::report::Report;

pub(super) fn render(report: &Report) -> String {
    let text = terminal::render(report, &Style::default());
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>sharecheck</title></head>\
         <body><pre>{text}</pre></body></html>\n"
    )
}
