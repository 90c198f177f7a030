-- One custodian share for each user and method. Apart from the tables, so that it can also be laid on one that has rows.
-- No column of it may be nullable: two nulls are never equal.

CREATE UNIQUE INDEX IF NOT EXISTS "CustodianBackupShare_userId_backupMethod_key"
    ON "CustodianBackupShare" ("userId", "backupMethod");
