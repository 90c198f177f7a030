#!/bin/sh
# Makes a test client in PostgreSQL and takes it away again. For sharecheck:
#   sharecheck run --provision 'examples/provision/psql/test-client.sh' …
# psql finds the database by PGHOST, PGDATABASE, PGUSER, PGPASSWORD or PGSERVICE. Change the tables to yours;
# these are those of Portal's multi-backup guide. The whole request goes to psql as one quoted variable, so
# that nothing in it is ever read as SQL.
set -eu

request=$(cat)
psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set request="$request" \
  --file "$(dirname "$0")/test-client.sql"
