//! Custodians that others might have written, with a fault that real ones had, or odd in a way that the contract leaves
//! free: small servers in `tests/servers/`. The right requirement is named first, and no other is accused.

use crate::bench::{SECRET, code, has, sharecheck, told};
use rstest::rstest;
use serde_json::Value;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server in a process of its own, which ends with this.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start(program: &str, file: &str, folder: &Path) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self::start_at(port, program, file, folder)
    }

    /// The same on this port, which another one of its kind has just left.
    pub(crate) fn start_at(port: u16, program: &str, file: &str, folder: &Path) -> Self {
        let servers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers");
        let process = Command::new(program)
            .arg(servers.join(file))
            .env("PORT", port.to_string())
            .env("SHARECHECK_SECRET", SECRET)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, port }
    }

    /// Whether it is still there; it is not if another process took its port before it did.
    fn is_up(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The ids of a part of a report that a condition holds for.
fn ids<'a>(report: &'a Value, part: &str, id: &str, is: impl Fn(&Value) -> bool) -> Vec<&'a str> {
    let all = report[part].as_array().into_iter().flatten();
    all.filter(|it| is(it))
        .filter_map(|it| it[id].as_str())
        .collect()
}

/// The exit code, the output and the report of a run against a server; nothing where its language is not there.
fn judged(file: &str, contract: &str, jobs: &str) -> Option<(i32, String, Value)> {
    let program = if Path::new(file).extension().is_some_and(|it| it == "js") {
        "node"
    } else {
        "python3"
    };
    if !has(program) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = (0..5).find_map(|_| {
        let mut server = Server::start(program, file, folder.path());
        let run = sharecheck(folder.path())
            .env("SHARECHECK_SECRET", SECRET)
            .args(["run", "--url", &format!("http://127.0.0.1:{}", server.port)])
            .args(["--contract", contract, "--jobs", jobs, "--wait", "20s"])
            .args(["--no-progress", "--report", "json=report.json"])
            .output()
            .unwrap();
        server.is_up().then_some(run)
    });
    let run = run.unwrap_or_else(|| panic!("{file} does not stay up"));
    let said = told(&run, &[]);
    let report = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    Some((code(&run), said, report))
}

/// The server, the contract, the exit code, of which requirements one is named first, and which required ones may be
/// broken beside those: what is not kept in fact. Each is judged with many cases at once and with one at a time.
#[rstest]
#[case::byte_order_mark("byte_order_mark.js", "v6", 1, &["fetch.array"], &[])]
#[case::compressed("compressed.js", "v6", 1, &["fetch.array"], &[])]
#[case::fine_204_404("fine_204_404.js", "v6", 0, &[], &[])]
#[case::fine_http10("fine_http10.py", "v6", 0, &[], &[])]
#[case::fine_keys("fine_keys.py", "v6", 0, &[], &[])]
#[case::fine_strict("fine_strict.py", "v6", 0, &[], &[])]
#[case::fine_v5("v5_only.js", "v5", 0, &[], &[])]
#[case::ack_first("ack_first.js", "v6", 1, &["share.read-after-write"], &[])]
#[case::characters_answer(
    "characters_answer.py", "v6", 1, &["fetch.array", "share.verbatim"], &[]
)]
#[case::characters_buffer("characters_buffer.js", "v6", 1, &["share.verbatim"], &[])]
#[case::chunks("chunks.js", "v6", 1, &["share.verbatim"], &[])]
#[case::cache_per_worker("cache_per_worker.js", "v6", 1, &["share.read-after-write"], &[])]
#[case::column_fetch("column_fetch.js", "v6", 1, &["input.query-operator"], &["input.fetch-no-client"])]
#[case::column_store("column_store.js", "v6", 1, &["input.no-client"], &[])]
#[case::delete_then_insert(
    "delete_then_insert.js", "v6", 1, &["replace.atomic", "replace.concurrent-same"], &[]
)]
#[case::distinct("distinct.js", "v6", 1, &["share.all"], &[])]
#[case::drops_unknown("drops_unknown.js", "v6", 1, &["method.open"], &[])]
#[case::legacy_key("legacy_key.js", "v6", 1, &["v5.returned"], &[])]
#[case::same_second("same_second.js", "v6", 1, &["replace.same-method"], &["v5.replaced"])]
#[case::seen_before("seen_before.js", "v6", 1, &["share.all", "replace.same-method"], &["share.all", "replace.same-method"])]
#[case::dies_on_bad_json("dies_on_bad_json.js", "v6", 1, &["input.malformed"], &[])]
#[case::counted("counted.js", "v6", 3, &[], &[])]
#[case::documented_only("documented_only.js", "v6", 1, &["method.open"], &[])]
#[case::joined_hyphen("joined_hyphen.js", "v6", 1, &["client.literal"], &[])]
#[case::joined_keys("joined_keys.py", "v6", 1, &["client.literal"], &[])]
#[case::keys_glob("keys_glob.py", "v6", 1, &["client.literal"], &[])]
#[case::like_method("like_method.py", "v6", 1, &["replace.keeps-others"], &[])]
#[case::like_update("like_update.py", "v6", 1, &["client.literal"], &[])]
#[case::latest_only("latest_only.py", "v6", 1, &["share.all"], &["replace.keeps-others"])]
#[case::json_file("json_file.js", "v6", 1, &["replace.concurrent-other"], &[])]
#[case::limit_per_client("limit_per_client.py", "v6", 1, &["share.all"], &[])]
#[case::lossy("lossy.js", "v6", 1, &["share.read-after-write"], &[])]
#[case::lru_cache("lru_cache.py", "v6", 1, &["share.kept"], &[])]
#[case::memory_per_worker("memory_per_worker.py", "v6", 1, &["share.read-after-write"], &[])]
#[case::method_file("method_file.js", "v6", 1, &["replace.keeps-others"], &[])]
#[case::newest_five("newest_five.js", "v6", 1, &["share.all"], &[])]
#[case::object_keys("object_keys.js", "v6", 1, &["method.open"], &[])]
#[case::orm_delete("orm_delete.js", "v6", 1, &["replace.keeps-others"], &[])]
#[case::orm_where("orm_where.js", "v6", 1, &["input.query-operator"], &["input.fetch-no-client"])]
#[case::path_id("path_id.js", "v6", 1, &["client.literal"], &[])]
#[case::pieces("pieces.py", "v6", 1, &["share.verbatim"], &[])]
#[case::plain_names("plain_names.py", "v6", 1, &["client.literal"], &[])]
#[case::regex_id("regex_id.js", "v6", 1, &["client.literal"], &[])]
#[case::text_column("text_column.py", "v6", 1, &["share.size"], &[])]
#[case::still_v5("v5_only.js", "v6", 1, &["fetch.array"], &["share.all", "replace.keeps-others"])]
#[case::time_to_live("time_to_live.py", "v6", 1, &["share.kept"], &[])]
#[case::trims("trims.js", "v6", 1, &["share.verbatim"], &[])]
#[case::url_id("url_id.js", "v6", 1, &["client.literal"], &[])]
fn the_cause_is_named_first_and_nobody_else_is_accused(
    #[case] file: &str,
    #[case] contract: &str,
    #[case] exit: i32,
    #[case] first: &[&str],
    #[case] beside: &[&str],
    #[values("64", "1")] jobs: &str,
) {
    let Some((found, said, report)) = judged(file, contract, jobs) else {
        println!("skipped: what {file} is written in is not installed");
        return;
    };
    assert_eq!(found, exit, "{said}");
    let broken = ids(&report, "requirements", "id", |it| {
        it["level"] == "required" && it["status"] == "failed"
    });
    let accused: Vec<&&str> = broken
        .iter()
        .filter(|id| !first.contains(id) && !beside.contains(id))
        .collect();
    assert!(
        accused.is_empty(),
        "{accused:?} are accused without cause\n{said}"
    );
    if exit == 1 {
        let causes = ids(&report, "causes", "requirement", |_| true);
        let named = causes.first().copied().unwrap_or_default();
        assert!(first.contains(&named), "{named} is named first\n{said}");
    }
}

#[test]
fn what_comes_and_goes_is_told_with_how_often() {
    let Some((_, said, report)) = judged("lossy.js", "v6", "64") else {
        println!("skipped: node is not installed");
        return;
    };
    let frequency = &report["causes"][0]["frequency"];
    let [wrong, of] = ["wrong", "of"].map(|name| frequency[name].as_u64().unwrap());
    assert!(0 < wrong && wrong * 10 < of, "{frequency}");
    assert!(said.contains(" looks."), "{said}");
}
