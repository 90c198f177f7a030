-- The clients that POST /provision has made, so that a set-up that comes twice gives the same one.
CREATE TABLE IF NOT EXISTS "TestClient" (
    "idempotencyKey" TEXT NOT NULL PRIMARY KEY,
    "userId"         TEXT NOT NULL REFERENCES "User" ("id")
) STRICT;
