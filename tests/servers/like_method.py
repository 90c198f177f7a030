# LIKE where = is meant, for the method of what a store replaces.
import sqlite3
import threading

from lib.webhooks import serve

lock = threading.Lock()
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE shares (client_id TEXT NOT NULL, method TEXT NOT NULL, share TEXT NOT NULL)")
db.execute("PRAGMA case_sensitive_like = ON")


def save(client, method, share):
    share.encode()  # what is no text is found out before anything is deleted
    with lock:
        db.execute("DELETE FROM shares WHERE client_id = ? AND method LIKE ?", (client, method))
        db.execute("INSERT INTO shares VALUES (?, ?, ?)", (client, method, share))


def find(client):
    with lock:
        rows = db.execute("SELECT share FROM shares WHERE client_id = ?", (client,)).fetchall()
    return [row[0] for row in rows]


serve(save, find)
