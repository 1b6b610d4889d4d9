#!/bin/sh
# Runs once, when the database is empty: the application's login, which owns nothing, and the vector extension.
set -eu

psql -v ON_ERROR_STOP=1 -v password="$HUB_APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role hub_web login noinherit password :'password';
create extension if not exists vector;
SQL
