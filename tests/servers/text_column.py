# A text column of 65,535 bytes, and a database that cuts what is longer.
import sqlite3
import threading

from lib.webhooks import serve

lock = threading.Lock()
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE shares (client_id TEXT NOT NULL, method TEXT NOT NULL, share TEXT NOT NULL, UNIQUE (client_id, method))")
UPSERT = "INSERT INTO shares VALUES (?, ?, ?) ON CONFLICT (client_id, method) DO UPDATE SET share = excluded.share"


def query(sql, *values):
    with lock:
        return db.execute(sql, values).fetchall()


def save(client, method, share):
    query(UPSERT, client, method, share.encode()[:65535].decode(errors="ignore"))


def find(client):
    return [row[0] for row in query("SELECT share FROM shares WHERE client_id = ?", client)]


serve(save, find)
