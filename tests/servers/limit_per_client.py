# A page of ten rows of the client is all that the fetch returns.
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
    query(UPSERT, client, method, share)


def find(client):
    return [row[0] for row in query("SELECT share FROM shares WHERE client_id = ? LIMIT 10", client)]


serve(save, find)
