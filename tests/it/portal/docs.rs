//! What docs/wallets.md and docs/portal.md say can be typed comes to what they say.

use crate::bench::{has, sharecheck};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;

/// A port that was free a moment ago.
pub(super) fn free_port() -> String {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    free.local_addr().unwrap().port().to_string()
}

/// What the first block of this kind holds, below a heading of a page.
fn block(page: &str, heading: &str, kind: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let (_, below) = text.split_once(heading).unwrap();
    let (_, block) = below.split_once(&format!("```{kind}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// Has bash do what a block says, on ports that are free; whether it came to what it should, and what was said.
fn come_to(block: &str, files: &[(&str, &str)], expected: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let program = sharecheck(folder.path()).get_program().to_owned();
    let program = Path::new(&program).parent().unwrap().display().to_string();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap());
    let mut said = String::new();
    // Another process may take a port meanwhile.
    let came = (0..3).any(|_| {
        let block = block.replace(":4000", &format!(":{}", free_port()));
        let port = free_port();
        let block = block.replace(":3000", &format!(":{port}"));
        let block = block.replace("--port 3000", &format!("--port {port}"));
        let mut bash = Command::new("bash");
        bash.args(["-c", &block]).current_dir(folder.path());
        let output = bash.env("PATH", &path).output().unwrap();
        let both = [output.stdout, output.stderr].concat();
        said = String::from_utf8_lossy(&both).into_owned();
        said.contains(expected)
    });
    (came, said)
}

#[test]
fn the_walk_in_the_docs_comes_to_a_recovered_wallet() {
    if !has("bash") || !has("curl") {
        return;
    }
    let walk = block("wallets.md", "\n## A walk", "sh");
    let last = walk.lines().rfind(|line| line.starts_with("# {")).unwrap();
    let (recovered, said) = come_to(&walk, &[], last.trim_start_matches("# "));
    assert!(recovered, "{said}");
}

#[test]
fn the_run_in_the_docs_looks_at_both_halves() {
    if !has("bash") {
        return;
    }
    let told = block("wallets.md", "\n### Tell your own", "toml");
    let run = block("wallets.md", "\n### Try it", "sh");
    let files = [("sharecheck.toml", told.as_str())];
    let (conforms, said) = come_to(&run, &files, "conforms: 15 requirements passed");
    assert!(conforms, "{said}");
}

/// The control endpoints, on a client that the custodian has made at the local Portal.
#[test]
fn the_control_lines_in_the_docs_do_what_an_app_does() {
    if !has("bash") || !has("curl") {
        return;
    }
    let lines = block("portal.md", "\n## Control endpoints", "sh");
    let before = r#"
        export SHARECHECK_SECRET=walk-secret SHARECHECK_PORTAL_KEY=walk-key SHARECHECK_CONTROL_TOKEN=walk-token
        sharecheck serve portal --quiet --listen 127.0.0.1:4000 --custodian http://127.0.0.1:3000 &
        sharecheck serve custodian --quiet --port 3000 --portal http://127.0.0.1:4000 &
        made=$(curl -sS --retry 5 --retry-connrefused -X POST http://127.0.0.1:4000/api/v3/custodians/me/clients \
            -H 'Authorization: Bearer walk-key')
        id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' <<<"$made")
        curl -sS http://127.0.0.1:4000/_sharecheck/wallets -H 'Authorization: Bearer walk-token' \
            -H 'Content-Type: application/json' -d '{"clientId": "'$id'"}'
        curl -sS --retry 5 --retry-connrefused -o /dev/null http://127.0.0.1:3000
    "#;
    let script = format!("{before}\n{}\nkill $(jobs -p)", lines.replace('…', "'$id'"));
    let expected = r#""curves":{"SECP256K1":"stored","ED25519":"stored"}"#;
    let (came, said) = come_to(&script, &[], expected);
    assert!(came && said.contains("\"calls\":["), "{said}");
}

/// The recipe for a backend that has the real Portal's name in its code: a certificate of its own, for that name.
#[test]
fn the_certificate_in_the_docs_is_trusted_under_the_real_name() {
    if !has("bash") || !has("curl") || !has("openssl") {
        return;
    }
    let recipe = block("wallets.md", "2. **By name**", "sh");
    // A port that needs no rights, and in the place of a line in /etc/hosts one of curl's.
    let recipe = recipe
        .replace(":443", ":4000")
        .replace("--custodian", "--quiet --custodian");
    let script = format!(
        "export SHARECHECK_SECRET=walk-secret\n{} &\n\
         curl -sS --retry 5 --retry-connrefused --cacert portal.pem --resolve api.portalhq.io:4000:127.0.0.1 \
         https://api.portalhq.io:4000/api/v3/clients/me -w ' %{{http_code}}'\nkill $(jobs -p)",
        recipe.trim_end()
    );
    let (came, said) = come_to(&script, &[], " 401");
    assert!(came && said.contains("{\"error\":"), "{said}");
}
