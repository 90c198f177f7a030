# A backend of one team: one SQLite file, PUT and GET with a bearer token, clients made at Portal by a hook, Portal told
# before the answer. FAULT names what is wrong, if anything; several names have a comma between them.
import hashlib
import hmac
import json
import os
import sqlite3
import threading
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULTS = set(filter(None, os.environ.get("FAULT", "").split(",")))
SECRET = os.environ["SHARECHECK_SECRET"]
PORTAL = os.environ["PORTAL_URL"]
PORTAL_KEY = os.environ.get("SHARECHECK_PORTAL_KEY", "sharecheck-portal-key")

lock = threading.Lock()
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.executescript("""
CREATE TABLE users (client_id TEXT PRIMARY KEY, api_key TEXT NOT NULL);
CREATE TABLE custodian_shares (client_id TEXT, method TEXT, share TEXT NOT NULL, PRIMARY KEY (client_id, method));
CREATE TABLE user_shares (client_id TEXT, method TEXT, text TEXT NOT NULL, at INTEGER, PRIMARY KEY (client_id, method));
""")


def rows(sql, *values):
    with lock:
        return db.execute(sql, values).fetchall()


def token_of(client):
    return hmac.new(SECRET.encode(), client.encode(), hashlib.sha256).hexdigest()


def portal(method, path, key, body):
    request = urllib.request.Request(PORTAL + path, json.dumps(body).encode(), method=method)
    request.add_header("Authorization", "Bearer " + key)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=2) as answer:
        return json.loads(answer.read() or b"null")


def tell(client, method, success):
    if "untold" in FAULTS or ("told-once" in FAULTS and method != "GDRIVE"):
        return
    key = rows("SELECT api_key FROM users WHERE client_id = ?", client)[0][0]
    if "custodian-key" in FAULTS:
        key = PORTAL_KEY
    version = "v1" if "v1" in FAULTS else "v2"
    body = {"success": success, "backupMethod": method}
    if "no-method" in FAULTS:
        del body["backupMethod"]
    if "lower" in FAULTS:
        body["backupMethod"] = method.lower()
    portal("PUT", f"/api/{version}/clients/me/wallet/stored-client-backup-share", key, body)


def keep(client, method, text):
    if "single" in FAULTS:
        rows("DELETE FROM user_shares WHERE client_id = ?", client)
    if "varchar" in FAULTS:
        text = text[:255]
    if "trims" in FAULTS:
        text = text[:65000]
    verb = "INSERT OR IGNORE" if "keep-first" in FAULTS else "INSERT OR REPLACE"
    rows(verb + " INTO user_shares VALUES (?, ?, ?, (SELECT count(*) + ifnull(max(at), 0) FROM user_shares))", client, method, text)


def find(client, method):
    if "latest" in FAULTS:
        found = rows("SELECT text FROM user_shares WHERE client_id = ? ORDER BY at DESC LIMIT 1", client)
    elif "by-method-only" in FAULTS:
        found = rows("SELECT text FROM user_shares WHERE method = ? ORDER BY at DESC LIMIT 1", method)
    else:
        found = rows("SELECT text FROM user_shares WHERE client_id = ? AND method = ?", client, method)
    if not found and "no-fallback" not in FAULTS:
        found = rows("SELECT text FROM user_shares WHERE client_id = ? AND method = 'UNKNOWN'", client)
    if "burns" in FAULTS:
        rows("DELETE FROM user_shares WHERE client_id = ? AND method = ?", client, method)
    return found[0][0] if found else None


class Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    def bearer(self):
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def user(self):
        """The client whose backup share is meant, if it is the one who asks."""
        client = (urlsplit(self.path).path.split("/") + ["", ""])[2]
        if not rows("SELECT 1 FROM users WHERE client_id = ?", client):
            return None
        if "anybody" in FAULTS and self.command == "GET":
            return client
        if "any-token" in FAULTS:
            return client if self.bearer() else None
        return client if hmac.compare_digest(self.bearer(), token_of(client)) else None

    def do_POST(self):
        body = self.body()
        if self.path == "/provision":
            return self.provision(body)
        if self.headers.get("X-Webhook-Secret") != SECRET:
            return self.answer(401, {"error": "unauthorized"})
        client = (body or {}).get("clientId")
        if not isinstance(client, str) or not client:
            return self.answer(400, {"error": "clientId is required"})
        if self.path == "/backup/fetch":
            found = rows("SELECT share FROM custodian_shares WHERE client_id = ?", client)
            return self.answer(200, {"backupShares": [share for share, in found]})
        share, method = body.get("share"), body.get("backupMethod", "UNKNOWN")
        if not isinstance(share, str) or not share or not isinstance(method, str) or not method:
            return self.answer(400, {"error": "invalid input"})
        if "one-row" in FAULTS:
            rows("DELETE FROM custodian_shares WHERE client_id = ?", client)
        verb = "INSERT OR IGNORE" if "custodian-first" in FAULTS else "INSERT OR REPLACE"
        rows(verb + " INTO custodian_shares VALUES (?, ?, ?)", client, method, share)
        return self.answer(200, {"success": True})

    def provision(self, body):
        if self.bearer() != SECRET:
            return self.answer(401, {"error": "unauthorized"})
        if body["action"] != "setup":
            return self.answer(200, {})
        made = portal("POST", "/api/v3/custodians/me/clients", PORTAL_KEY, {"isAccountAbstracted": False})
        rows("INSERT INTO users VALUES (?, ?)", made["id"], made["clientApiKey"])
        if body["kind"] == "with-v5-share":
            rows("INSERT INTO custodian_shares VALUES (?, 'UNKNOWN', ?)", made["id"], body["share"])
        self.answer(200, {"clientId": made["id"], "token": token_of(made["id"])})

    def do_PUT(self):
        body, client = self.body(), self.user()
        if client is None:
            return self.answer(401, {"error": "unauthorized"})
        text, method = (body or {}).get("cipherText"), (body or {}).get("backupMethod", "UNKNOWN")
        if "required-method" in FAULTS and "backupMethod" not in (body or {}):
            return self.answer(400, {"error": "backupMethod is required"})
        if "as-text" in FAULTS:
            text = str(text)
        if "empty" not in FAULTS and not text or not isinstance(text, str) or not isinstance(method, str) or not method:
            if "drops-first" in FAULTS:
                rows("DELETE FROM user_shares WHERE client_id = ? AND method = ?", client, method)
            if "tells-anyway" in FAULTS:
                tell(client, method, True)
            return self.answer(400, {"error": "cipherText is required"})
        if "limit" in FAULTS and len(text) > 20_000 or len(text) > 1_000_000:
            tell(client, method, False)
            return self.answer(413, {"error": "too large"})
        try:
            if "early" in FAULTS:
                tell(client, method, True)
            keep(client, method, text)
            if "early" not in FAULTS:
                tell(client, method, True)
        except OSError:
            if "rolls-back" in FAULTS:
                rows("DELETE FROM user_shares WHERE client_id = ? AND method = ?", client, method)
            if "hides" not in FAULTS:
                return self.answer(502, {"error": "Portal does not answer"})
        self.answer(200, {"id": str(uuid.uuid4())})

    def do_GET(self):
        client = self.user()
        if client is None:
            return self.answer(401, {"error": "unauthorized"})
        method = parse_qs(urlsplit(self.path).query).get("method", ["UNKNOWN"])[0]
        text = find(client, method)
        if text is None:
            return self.answer(404, {"error": "no backup by this method"})
        self.answer(200, {"cipherText": text, "backupMethod": method})


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


Server(("127.0.0.1", int(os.environ["PORT"])), Backend).serve_forever()
