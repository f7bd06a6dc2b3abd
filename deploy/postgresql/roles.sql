-- Roles of the platform. Once, as the superuser of the server:
--
--     psql --file deploy/postgresql/roles.sql postgres
--     createdb --owner trial_owner --encoding UTF8 --template template0 trial
--     psql postgres     and in it  \password trial_owner, \password trial_app, \password trial_keeper
--
-- trial_owner owns the tables and runs migrations; its password stands on no web machine.
-- trial_app   is the platform itself: it adds to the trail and reads it, nothing else.
-- trial_keeper runs `purge-audit`, and may delete what the trail's trigger lets go (a year old).

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['trial_owner', 'trial_app', 'trial_keeper'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format(
                'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role_name
            );
        END IF;
    END LOOP;
END
$$;

GRANT trial_app TO trial_keeper;
