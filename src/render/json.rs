//! The report itself as JSON, and the JSON Schema of it, generated from the types.

use super::visible;
use crate::model::report::Report;
use schemars::generate::SchemaSettings;
use serde_json::Value;

pub(super) fn render(report: &Report) -> String {
    visible::json(report)
}

/// The JSON Schema of a report, draft 2020-12.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>()
        .to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/report.json");
        let text = visible::json(&schema());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            held == text,
            "schemas/report.json is out of date: run the tests with UPDATE_SCHEMAS=1"
        );
    }

    #[test]
    fn reports_keep_the_schema() {
        let schema = jsonschema::validator_for(&schema()).unwrap();
        for report in sample::all() {
            let value: Value = serde_json::from_str(&render(&report)).unwrap();
            let errors: Vec<String> = schema
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, Vec::<String>::new());
        }
    }

    #[test]
    fn a_report_reads_back_as_it_was() {
        let report = sample::report();
        assert_eq!(
            serde_json::from_str::<Report>(&render(&report)).unwrap(),
            report
        );
    }

    #[test]
    fn the_names_that_others_rely_on_stand() {
        let value: Value = serde_json::from_str(&render(&sample::report())).unwrap();
        assert_eq!(value["format"], json!(1));
        for pointer in [
            "/tool/version",
            "/tool/suite",
            "/run/id",
            "/run/seed",
            "/run/started_at",
            "/run/duration_ms",
            "/run/target",
            "/run/contract",
            "/run/jobs",
            "/run/requests",
            "/outcome/verdict",
            "/outcome/exit_code",
            "/outcome/stage",
            "/outcome/multi_backup_safe",
            "/outcome/reasons",
            "/counts",
            "/latency/store/p50_ms",
            "/latency/store/p95_ms",
            "/latency/fetch/p99_ms",
            "/latency/fetch/max_ms",
        ] {
            assert!(value.pointer(pointer).is_some(), "{pointer}");
        }
        let all = |list: &Value, keys: &[&str]| {
            for item in list.as_array().unwrap() {
                for key in keys {
                    assert!(item.get(key).is_some(), "{key} in {item}");
                }
            }
        };
        all(&value["requirements"], &["id", "level", "status", "cases"]);
        all(
            &value["cases"],
            &["id", "title", "status", "checks", "exchanges"],
        );
        for case in value["cases"].as_array().unwrap() {
            all(
                &case["checks"],
                &[
                    "requirement",
                    "level",
                    "status",
                    "code",
                    "message",
                    "expected",
                    "observed",
                ],
            );
        }
    }
}
