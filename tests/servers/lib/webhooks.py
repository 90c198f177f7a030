"""Both webhooks, as the servers beside this folder share them; what they keep shares in is their own."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_POST(self):
        raw = self.body()
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
            return self.answer(200, {"backupShares": self.server.find(client)})
        if self.path != "/backup":
            return self.answer(404, {"error": "not found"})
        share, method = body.get("share"), body.get("backupMethod")
        if method is None:
            method = "UNKNOWN"
        if not isinstance(share, str) or not share or not isinstance(method, str) or not method:
            return self.answer(400, {"error": "invalid input"})
        self.server.save(client, method, share)
        return self.answer(200, {"success": True})


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def serve(save, find, webhooks=Webhooks):
    """Keeps shares with save(client, method, share), and answers those that find(client) gives."""
    server = Server(("127.0.0.1", int(os.environ["PORT"])), webhooks)
    server.save, server.find = save, find
    server.serve_forever()
