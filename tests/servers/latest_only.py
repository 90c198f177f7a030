# Keeps a row for each method, and gives back the newest only.
import json
import os
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE shares (client_id TEXT NOT NULL, method TEXT NOT NULL, share TEXT NOT NULL, UNIQUE (client_id, method))")
UPSERT = "INSERT INTO shares VALUES (?, ?, ?) ON CONFLICT (client_id, method) DO UPDATE SET share = excluded.share"


def query(sql, *values):
    with lock:
        return db.execute(sql, values).fetchall()


def save(client, method, share):
    query("INSERT OR REPLACE INTO shares VALUES (?, ?, ?)", client, method, share)


def find(client):
    return [row[0] for row in query("SELECT share FROM shares WHERE client_id = ? ORDER BY rowid DESC LIMIT 1", client)]


class Webhooks(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: without this the second one waits for an acknowledgement.
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("X-Webhook-Secret") != os.environ["SHARECHECK_SECRET"]:
            return self.answer(401, {"error": "unauthorized"})
        try:
            body = json.loads(raw)
        except ValueError:
            return self.answer(400, {"error": "invalid JSON"})
        if not isinstance(body, dict):
            return self.answer(400, {"error": "invalid body"})
        client = body.get("clientId")
        if not isinstance(client, str) or not client:
            return self.answer(400, {"error": "clientId is required"})
        if self.path == "/backup/fetch":
            return self.answer(200, {"backupShares": find(client)})
        if self.path != "/backup":
            return self.answer(404, {"error": "not found"})
        share, method = body.get("share"), body.get("backupMethod")
        if method is None:
            method = "UNKNOWN"
        if not isinstance(share, str) or not share or not isinstance(method, str) or not method:
            return self.answer(400, {"error": "invalid input"})
        save(client, method, share)
        return self.answer(200, {"success": True})


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


Server(("127.0.0.1", int(os.environ["PORT"])), Webhooks).serve_forever()
