-- The tables that the vendor's multi-backup guide recommends. `backupMethod` is free text: methods get added.

CREATE TABLE IF NOT EXISTS "User" (
    "id"           TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    "clientId"     TEXT NOT NULL UNIQUE,
    -- A user first met through a webhook has no key yet.
    "clientApiKey" TEXT NOT NULL UNIQUE DEFAULT ('unset-' || lower(hex(randomblob(16))))
) STRICT;

-- What POST /backup brings.
CREATE TABLE IF NOT EXISTS "CustodianBackupShare" (
    "id"           TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    "userId"       TEXT NOT NULL REFERENCES "User" ("id"),
    "backupMethod" TEXT NOT NULL DEFAULT 'UNKNOWN',
    "share"        TEXT NOT NULL,
    "createdAt"    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

-- What portal.backup() hands to the app.
CREATE TABLE IF NOT EXISTS "UserBackupShare" (
    "id"           TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    "userId"       TEXT NOT NULL REFERENCES "User" ("id"),
    "backupMethod" TEXT NOT NULL DEFAULT 'UNKNOWN',
    "cipherText"   TEXT NOT NULL,
    "createdAt"    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

-- One user share for each user and method. No column of it may be nullable: two nulls are never equal.
CREATE UNIQUE INDEX IF NOT EXISTS "UserBackupShare_userId_backupMethod_key"
    ON "UserBackupShare" ("userId", "backupMethod");
