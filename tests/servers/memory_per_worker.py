# Four workers, each with a memory of its own; a request goes to any of them.
import json
import os
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

workers = [{} for _ in range(4)]


def save(client, method, share):
    random.choice(workers).setdefault(client, {})[method] = share


def find(client):
    return list(random.choice(workers).get(client, {}).values())


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
