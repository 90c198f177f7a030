//! A report in each form that people and machines read, a file each. Pure: a renderer gives text.

use crate::model::report::Report;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// t
    Terminal,
    /// j
    Json,
}
impl std::str::FromStr for Format {
    type Err = std::io::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "terminal" => Ok(Self::Terminal),
            "json" => Ok(Self::Json),
            _ => Err(std::io::Error::other("no such format")),
        }
    }
}
/// s
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// c
    pub colour: bool,
    /// w
    pub width: usize,
    /// v
    pub verbose: u8,
    /// q
    pub quiet: bool,
}
/// r
pub fn render(format: Format, report: &Report, _style: &Style) -> String {
    match format {
        Format::Json => serde_json::to_string_pretty(report).unwrap_or_default(),
        Format::Terminal => {
            let mut out = String::new();
            for r in &report.requirements {
                if !matches!(r.status, crate::model::finding::Status::Passed) {
                    out += &format!("{:?} {:?} {}\n", r.status, r.level, r.id);
                    for c in report.cases.iter() {
                        for k in c
                            .checks
                            .iter()
                            .filter(|k| k.requirement == r.id && k.status == r.status)
                            .take(1)
                        {
                            out += &format!(
                                "     {} {} exp={:?} obs={:?}\n",
                                c.id, k.message, k.expected, k.observed
                            );
                        }
                    }
                }
            }
            out + &format!(
                "{:?}\n{:?}\n{} ms {} requests",
                report.outcome, report.counts, report.run.duration_ms, report.run.requests
            )
        }
    }
}
