# LIKE where = is meant, also in an update of all rows that fit.
import sqlite3
import threading

from lib.webhooks import serve

lock = threading.Lock()
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE shares (client_id TEXT NOT NULL, method TEXT NOT NULL, share TEXT NOT NULL, UNIQUE (client_id, method))")


def query(sql, *values):
    with lock:
        return db.execute(sql, values).fetchall()


def save(client, method, share):
    if query("SELECT 1 FROM shares WHERE client_id LIKE ? AND method = ?", client, method):
        query("UPDATE shares SET share = ? WHERE client_id LIKE ? AND method = ?", share, client, method)
    else:
        query("INSERT INTO shares VALUES (?, ?, ?)", client, method, share)


def find(client):
    return [row[0] for row in query("SELECT share FROM shares WHERE client_id LIKE ?", client)]


serve(save, find)
