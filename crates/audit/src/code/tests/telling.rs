//! How Portal is told of a stored share, and how a wallet is recovered.

use super::source::{kotlin, script, swift};
use super::{answers, audited};
use rstest::rstest;

#[rstest]
#[case::whole(
    "fetch('https://api.portalhq.io/api/v1/clients/me/wallet/stored-client-backup-share', { method: 'PUT' })",
    "v1-endpoint"
)]
#[case::template(
    "const id = 1\nfetch(`https://api.portalhq.io/api/v1/clients/${id}/wallet/stored-client-backup-share`)",
    "v1-endpoint"
)]
#[case::base(
    "const BASE = 'https://api.portalhq.io/api/v1'\nfetch(`${BASE}/clients/me/wallet/stored-client-backup-share`)",
    "v1-endpoint"
)]
#[case::joined(
    "const BASE = 'https://api.portalhq.io/api/v1'\nconst PATH = '/clients/me/wallet/stored-client-backup-share'\naxios.put(BASE + PATH, { success: true })",
    "v1-endpoint"
)]
#[case::client(
    "const api = axios.create({ baseURL: 'https://api.portalhq.io/api/v1' })\napi.put('/clients/me/wallet/stored-client-backup-share', { success: true })",
    "v1-endpoint"
)]
#[case::known_host(
    "axios.put(`${PORTAL_URL}/v1/clients/me/wallet/stored-client-backup-share`)",
    "v1-endpoint"
)]
#[case::relative(
    "axios.put('api/v1/clients/me/wallet/stored-client-backup-share')",
    "v1-endpoint"
)]
#[case::base_elsewhere(
    "import { BASE } from './x'\naxios.put(`${BASE}/clients/me/wallet/stored-client-backup-share`, { success: true, backupMethod })",
    "void"
)]
#[case::own_api(
    "const OWN = 'https://api.acme.com/api/v1'\nportalClient.put('/clients/me/wallet/stored-client-backup-share', { success: true, backupMethod })",
    "void"
)]
#[case::second(
    "axios.put('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share', { success: true, backupMethod: m })",
    "kept"
)]
#[case::second_stringified(
    "fetch('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share', { method: 'PUT', body: JSON.stringify({ success: true, backupMethod }) })",
    "kept"
)]
#[case::second_variable(
    "const url = `${HOST}/api/v2/clients/me/wallet/stored-client-backup-share`\nconst body = { backupMethod, success: true }\nawait fetch(url, { method: 'PUT', body: JSON.stringify(body) })",
    "kept"
)]
#[case::without(
    "axios.put('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share', { success: true }, { headers })",
    "no-method"
)]
#[case::without_stringified(
    "fetch('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share', { method: 'PUT', body: JSON.stringify({ success: true }) })",
    "no-method"
)]
#[case::without_variable(
    "const url = `${HOST}/api/v2/clients/me/wallet/stored-client-backup-share`\nasync function tell(success) { const body = { success }\n await fetch(url, { body: JSON.stringify(body) }) }",
    "no-method"
)]
#[case::body_elsewhere(
    "axios.put('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share', body(true))",
    "void"
)]
#[case::body_spread(
    "axios.put('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share', { success: true, ...more })",
    "void"
)]
#[case::wrapped(
    "const put = (path: string, body: any) => client.put(path, body)\nexport const tell = () => put('/api/v2/clients/me/wallet/stored-client-backup-share', { success: true, backupMethod: 'GDRIVE' })",
    "kept"
)]
#[case::constant_only(
    "export const STORED = '/api/v2/clients/me/wallet/stored-client-backup-share'",
    "void"
)]
#[case::chained(
    "request.put('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share').send({ success: true, backupMethod })",
    "kept"
)]
#[case::chained_without(
    "request.put('https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share').send({ success: true })",
    "no-method"
)]
#[case::third(
    "axios.patch('https://api.portalhq.io/api/v3/clients/me/backup-share-pairs', { status: 'STORED_CLIENT_BACKUP_SHARE' })",
    ""
)]
#[case::mpc_api(
    "axios.post('https://mpc-client.portalhq.io/v1/backup', {})\naxios.post('https://mpc-client.portalhq.io/v1/sign', {})",
    ""
)]
#[case::key_endpoint(
    "axios.put('https://api.portalhq.io/api/v1/clients/me/wallet/stored-client-backup-share-key')",
    ""
)]
#[case::own_route(
    "axios.put('https://backend.acme.com/api/v1/wallet/stored-client-backup-share', { success: true })",
    "void"
)]
#[case::many_parts(
    "const S = '/'\nfetch('https:' + S + S + 'api.portalhq.io' + S + 'api' + S + 'v1' + S + 'clients' + S + 'me' + S + 'wallet' + S + 'stored-client-backup-share')",
    "v1-endpoint"
)]
#[case::reported(
    "analytics.track('told', { path: '/api/v1/clients/me/wallet/stored-client-backup-share', success: true })",
    ""
)]
#[case::comment(
    "// PUT /api/v1/clients/me/wallet/stored-client-backup-share\nexport {}",
    ""
)]
#[case::log(
    "console.log('calling PUT /api/v1/clients/me/wallet/stored-client-backup-share now')",
    ""
)]
fn the_endpoint_of_a_backend(#[case] text: &str, #[case] answer: &str) {
    let audit = audited(&[
        ("package.json", "{\"name\": \"backend\"}"),
        ("src/portal.ts", text),
    ]);
    let wanted: Vec<&str> = Some(answer)
        .filter(|it| !it.is_empty())
        .into_iter()
        .collect();
    assert_eq!(answers(&audit, "code.v1-endpoint"), wanted, "{audit:#?}");
    assert!(audit.findings.iter().all(|it| it.subject == "backend"));
    assert!(audit.apps.is_empty());
}

#[rstest]
#[case::swift_first(
    "Api.swift",
    "func f() { requests.put(path: \"\\(base)/api/v1/clients/me/wallet/stored-client-backup-share\", body: [\"success\": true]) }",
    "v1-endpoint"
)]
#[case::swift_without(
    "Api.swift",
    "func f() { requests.put(path: \"/api/v2/clients/me/wallet/stored-client-backup-share\", body: [\"success\": true]) }",
    "no-method"
)]
#[case::swift_second(
    "Api.swift",
    "func f() { let body: [String: Any] = [\"success\": true, \"backupMethod\": method]\n requests.put(path: \"/api/v2/clients/me/wallet/stored-client-backup-share\", body: body) }",
    "kept"
)]
#[case::kotlin_first(
    "Api.kt",
    "interface Api { @PUT(\"api/v1/clients/me/wallet/stored-client-backup-share\") suspend fun tell() }",
    "v1-endpoint"
)]
#[case::kotlin_joined(
    "Api.kt",
    "private const val BASE = \"https://api.portalhq.io/api/v1\"\nfun tell() = put(\"$BASE/clients/me/wallet/stored-client-backup-share\", mapOf(\"success\" to true))",
    "v1-endpoint"
)]
#[case::kotlin_without(
    "Api.kt",
    "fun tell() = put(\"https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share\", mapOf(\"success\" to true))",
    "no-method"
)]
#[case::kotlin_second(
    "Api.kt",
    "fun tell() = put(\"https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share\", mapOf(\"success\" to true, \"backupMethod\" to m))",
    "kept"
)]
#[case::java_joined(
    "Api.java",
    "class Api { static final String BASE = \"https://api.portalhq.io/api/v1\"; void f() { put(BASE + \"/clients/me/wallet/stored-client-backup-share\"); } }",
    "v1-endpoint"
)]
#[case::java_without(
    "Api.java",
    "class Api { void f() { put(\"https://api.portalhq.io/api/v2/clients/me/wallet/stored-client-backup-share\", Map.of(\"success\", true)); } }",
    "no-method"
)]
fn the_endpoint_in_other_languages(#[case] name: &str, #[case] text: &str, #[case] answer: &str) {
    let audit = audited(&[(name, text)]);
    assert_eq!(answers(&audit, "code.v1-endpoint"), [answer], "{audit:#?}");
}

#[rstest]
#[case::alone(
    "import { usePortal } from '@portal-hq/core'\nconst portal = usePortal()\nportal?.api.storedClientBackupShare(true)",
    "no-method"
)]
#[case::with_method(
    "import { usePortal, BackupMethods } from '@portal-hq/core'\nusePortal().storedClientBackupShare(true, BackupMethods.passkey)",
    "kept"
)]
#[case::another("db.storedClientBackupShare(true)", "kept")]
#[case::spread(
    "import { usePortal } from '@portal-hq/core'\nusePortal().storedClientBackupShare(...args)",
    "void"
)]
fn the_sdks_own_call_in_typescript(#[case] text: &str, #[case] answer: &str) {
    assert_eq!(answers(&script(text), "code.v1-endpoint"), [answer]);
}

#[rstest]
#[case::alone(
    "import PortalSwift\nfunc f() { try portal?.api.storedClientBackupShare(success: true) { r in print(r) } }",
    "no-method"
)]
#[case::completion(
    "import PortalSwift\nfunc f() { try portal.api.storedClientBackupShare(success: true, completion: { r in }) }",
    "no-method"
)]
#[case::with_method(
    "import PortalSwift\nfunc f() { try portal.api.storedClientBackupShare(success: true, backupMethod: m.rawValue) { r in } }",
    "kept"
)]
#[case::definition(
    "import PortalSwift\nclass M { func storedClientBackupShare(success: Bool) {} }",
    "kept"
)]
fn the_sdks_own_call_in_swift(#[case] text: &str, #[case] answer: &str) {
    assert_eq!(answers(&swift(text), "code.v1-endpoint"), [answer]);
}

#[rstest]
#[case::alone(
    "import io.portalhq.android.Portal\nfun f() { portal.api.storedClientBackupShare(true) }",
    "no-method"
)]
#[case::with_method(
    "import io.portalhq.android.Portal\nfun f() { portal.api.storedClientBackupShare(true, BackupMethods.Gdrive) }",
    "kept"
)]
#[case::named(
    "import io.portalhq.android.Portal\nfun f() { portal.api.storedClientBackupShare(success = true, backupMethod = m) }",
    "kept"
)]
fn the_sdks_own_call_in_kotlin(#[case] text: &str, #[case] answer: &str) {
    assert_eq!(answers(&kotlin(text), "code.v1-endpoint"), [answer]);
}

#[rstest]
#[case::by_query(
    "const method = BackupMethods.gdrive\nconst res = await api.get(`/share?backupMethod=${method}`)\nconst share = res.data.cipherText\nawait portal.recoverWallet(share, method)",
    "kept"
)]
#[case::by_argument(
    "await portal.recoverWallet(await getShare(user, backupMethod), backupMethod)",
    "kept"
)]
#[case::by_nothing(
    "const response = await fetch('/api/users/get-portal-share', { method: 'GET' })\nconst data = await response.json()\nawait portal.recoverWallet(data.portalShare, BackupMethods.passkey)",
    "void"
)]
#[case::by_portal(
    "await portal.recoverWallet('', BackupMethods.Password, () => {}, { passwordStorage: { password } })",
    "void"
)]
fn what_recovers_is_asked_for_by_its_method(#[case] text: &str, #[case] answer: &str) {
    let text = format!(
        "import {{ BackupMethods, usePortal }} from '@portal-hq/core'\nasync function f(portal) {{\n{text}\n}}\n"
    );
    assert_eq!(answers(&script(&text), "sdk.recovers-by-method"), [answer]);
}
