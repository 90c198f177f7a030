# Nothing is wrong: shares in a table whose names say nothing, which only its rows show.
import os
import sqlite3
import threading

from lib.webhooks import serve

lock = threading.Lock()
db = sqlite3.connect(os.path.join(os.environ["TMPDIR"], "vault.db"), check_same_thread=False, isolation_level=None)
db.execute(
    "CREATE TABLE vault (owner TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'UNKNOWN', blob TEXT NOT NULL,"
    " written TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (owner, kind))"
)


def save(client, method, share):
    share.encode()  # what is no text is found out before anything is replaced
    with lock:
        db.execute(
            "INSERT INTO vault (owner, kind, blob) VALUES (?, ?, ?) ON CONFLICT (owner, kind) DO UPDATE SET blob = excluded.blob",
            (client, method, share),
        )


def find(client):
    with lock:
        rows = db.execute("SELECT blob FROM vault WHERE owner = ?", (client,)).fetchall()
    return [row[0] for row in rows]


serve(save, find)
