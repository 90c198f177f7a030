<?php
// A backend of a third team: a file for each user, forms in and a list out, one request at a time, no tokens of its own (a
// gateway in front of it lets users in), Portal told by the ids of its pairs.
// FAULT names what is wrong, if anything; several names have a comma between them.
$faults = array_filter(explode(',', getenv('FAULT') ?: ''));
$folder = getenv('TMPDIR') ?: sys_get_temp_dir();
function faulty($name) { global $faults; return in_array($name, $faults, true); }

function answer($status, $body = null) {
    http_response_code($status);
    header('Content-Type: application/json');
    if ($body !== null) echo json_encode($body);
    exit;
}

function place($kind, $client) { global $folder; return "$folder/$kind-" . hash('sha256', $client) . '.json'; }
function load($kind, $client) {
    $path = place($kind, $client);
    return is_file($path) ? json_decode(file_get_contents($path), true) : [];
}
function save($kind, $client, $all) { file_put_contents(place($kind, $client), json_encode($all)); }

function portal($verb, $path, $client, $body = null) {
    $headers = ['Authorization: Bearer key-' . (faulty('one-key') ? 'of-all' : $client), 'Content-Type: application/json'];
    $options = ['method' => $verb, 'header' => $headers, 'ignore_errors' => true, 'timeout' => 1];
    if ($body !== null) $options['content'] = json_encode($body);
    $said = @file_get_contents(getenv('PORTAL_URL') . $path, false, stream_context_create(['http' => $options]));
    if ($said === false || !preg_match('/ 2\d\d /', $http_response_header[0] . ' ')) throw new Exception('Portal');
    return json_decode($said, true);
}

function tell($client, $method) {
    if (faulty('untold')) return;
    if (faulty('v1')) return portal('PUT', '/api/v1/clients/me/wallet/stored-client-backup-share', $client, ['success' => true]);
    $ids = [];
    foreach (portal('GET', '/api/v3/clients/me', $client)['wallets'] as $wallet)
        foreach ($wallet['backupSharePairs'] as $pair)
            if ($pair['backupMethod'] === (faulty('first-method') ? 'GDRIVE' : $method)) $ids[] = $pair['id'];
    $status = faulty('key-only') ? 'STORED_CLIENT_BACKUP_SHARE_KEY' : 'STORED_CLIENT_BACKUP_SHARE';
    if (faulty('no-ids')) $ids = [];
    portal('PATCH', '/api/v3/clients/me/backup-share-pairs', $client, ['status' => $status, 'backupSharePairIds' => $ids]);
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$parts = array_map('rawurldecode', explode('/', trim($path, '/')));
if ($parts[0] === 'users' && count($parts) === 4 && $_SERVER['REQUEST_METHOD'] === 'GET') {
    [, $client, , $method] = $parts;
    $all = load('user', faulty('shared') ? 'all' : $client);
    $found = array_filter($all, fn($it) => $it['method'] === $method);
    if (!$found && !faulty('strict')) $found = array_filter($all, fn($it) => $it['method'] === 'UNKNOWN');
    if (faulty('newest')) $found = array_slice($all, -1);
    answer(200, ['backups' => array_values($found)]);
}
if ($parts[0] === 'users' && count($parts) === 3 && $_SERVER['REQUEST_METHOD'] === 'POST') {
    $client = $parts[1];
    $text = $_POST['cipher_text'] ?? null;
    $method = $_POST['method'] ?? (faulty('default-gdrive') ? 'GDRIVE' : 'UNKNOWN');
    if (!is_string($text) || $text === '' && !faulty('blank') || !is_string($method) || $method === '') {
        if (faulty('wipes')) save('user', $client, []);
        answer(400, ['error' => 'cipher_text']);
    }
    if (strlen($text) > (faulty('small') ? 40000 : 100000)) answer(413, ['error' => 'too large']);
    if (faulty('decodes')) $text = urldecode($text);
    if (faulty('text-column')) $text = substr($text, 0, 65535 - 400);
    $owner = faulty('shared') ? 'all' : $client;
    $all = load('user', $owner);
    if (!faulty('appends')) $all = array_values(array_filter($all, fn($it) => $it['method'] !== $method));
    $all[] = ['method' => $method, 'cipherText' => $text];
    if (faulty('three')) $all = array_slice($all, -3);
    if (faulty('tells-first')) try { tell($client, $method); } catch (Exception $e) { answer(503); }
    save('user', $owner, $all);
    if (!faulty('tells-first')) try { tell($client, $method); } catch (Exception $e) {
        if (faulty('undo')) save('user', $owner, array_values(array_filter($all, fn($it) => $it['method'] !== $method)));
        if (!faulty('hides')) answer(503, ['error' => 'Portal']);
    }
    answer(200, ['stored' => true]);
}
if (($_SERVER['HTTP_X_WEBHOOK_SECRET'] ?? '') !== getenv('SHARECHECK_SECRET')) answer(401, ['error' => 'secret']);
$body = json_decode(file_get_contents('php://input'), true);
if (!is_array($body)) answer(400, ['error' => 'body']);
$client = $body['clientId'] ?? null;
if (!is_string($client) || $client === '') answer(400, ['error' => 'clientId']);
if ($path === '/backup/fetch') answer(200, ['backupShares' => array_column(load('custodian', $client), 'share')]);
if ($path !== '/backup') answer(404, ['error' => 'path']);
$share = $body['share'] ?? null;
$method = $body['backupMethod'] ?? 'UNKNOWN';
if (!is_string($share) || $share === '' || !is_string($method) || $method === '') answer(400, ['error' => 'share']);
$all = array_filter(load('custodian', $client), fn($it) => $it['method'] !== $method);
if (faulty('one-custodian-share')) $all = [];
$all[] = ['method' => $method, 'share' => $share];
save('custodian', $client, array_values($all));
answer(200, ['stored' => true]);
