-- What each role may do. After the first `db upgrade` and after every later one, as trial_owner:
--
--     psql --file deploy/postgresql/grants.sql "$OWNER_URL"
--
-- A new table belongs to trial_owner alone until then, so that a forgotten run is noticed at once
-- rather than leaving the trail open.

BEGIN;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO trial_app;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM trial_app, trial_keeper, PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO trial_app;
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO trial_app;

-- The trail is only ever added to. Its triggers say so too, and only an owner can drop those.
REVOKE UPDATE, DELETE ON audit_entries FROM trial_app;
GRANT DELETE ON audit_entries TO trial_keeper;

-- Which migrations were run is the owner's to say.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM trial_app;

COMMIT;
