# A cache with a time to live is the store: a share is gone half a second after it was stored.
import threading
import time

from lib.webhooks import serve

LIFE = 0.5

lock = threading.Lock()
clients = {}


def save(client, method, share):
    with lock:
        clients.setdefault(client, {})[method] = (share, time.monotonic() + LIFE)


def find(client):
    with lock:
        now = time.monotonic()
        return [share for share, until in clients.get(client, {}).values() if now < until]


serve(save, find)
