# Content-Length says how many characters an answer has.
import json

from lib.webhooks import Webhooks, serve

shares = {}


class Characters(Webhooks):
    def answer(self, status, body):
        text = json.dumps(body, ensure_ascii=False)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def save(client, method, share):
    shares.setdefault(client, {})[method] = share


def find(client):
    return list(shares.get(client, {}).values())


serve(save, find, Characters)
