-- Run by psql as the initdb user; :login and :password are set before it. Idempotent.
SELECT format('CREATE ROLE %I LOGIN CREATEROLE', :'login')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'login') \gexec
ALTER ROLE :"login" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'login', :'login')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'login') \gexec
\connect :login
-- The wheel's vector.control is not "trusted": only a superuser can create the extension.
CREATE EXTENSION IF NOT EXISTS vector;
ALTER EXTENSION vector UPDATE;
