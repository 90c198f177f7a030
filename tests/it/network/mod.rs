//! What stands between us and a custodian: TLS, proxies, gateways, broken peers; and what is said about each.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs is there, or the test fails"
)]

mod certificates;
mod connection;
mod environment;
mod peers;
mod queue;
mod servers;

use assert_cmd::Command;
use servers::SECRET;

/// What the command line said.
struct Said {
    text: String,
    code: i32,
}

/// Runs `sharecheck` with these arguments and variables, and nothing else of the environment.
async fn sharecheck(args: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = Command::cargo_bin("sharecheck").unwrap();
    command
        .env_clear()
        .env("COLUMNS", "100")
        .env("SHARECHECK_SECRET", SECRET)
        .envs(variables.iter().copied())
        .args(args);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    Said {
        text,
        code: output.status.code().unwrap(),
    }
}

async fn doctor(url: &str, more: &[&str]) -> Said {
    sharecheck(&[&["doctor", "-u", url], more].concat(), &[]).await
}

/// Keeps what was said, without what differs from run to run.
fn keep(name: &str, said: &Said) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(
        r"(127\.0\.0\.1|localhost|a\.example|\[::1\]):\d+",
        "$1:PORT",
    );
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "UUID");
    settings.add_filter(r"trace id [0-9a-f]{32}", "trace id HEX");
    settings.bind(|| {
        insta::assert_snapshot!(
            format!("network.{name}"),
            format!("{}exit {}\n", said.text, said.code)
        );
    });
}
