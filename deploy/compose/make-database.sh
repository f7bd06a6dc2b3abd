#!/bin/sh
# Run once by the image of PostgreSQL, after roles.sql; PGPASSWORD is the owner's (owner.env).
set -eu
psql --username postgres --no-psqlrc --set=ON_ERROR_STOP=1 --set=secret="$PGPASSWORD" <<'SQL'
ALTER ROLE trial_owner PASSWORD :'secret';
CREATE DATABASE trial OWNER trial_owner ENCODING 'UTF8' TEMPLATE template0;
SQL
