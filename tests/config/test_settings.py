"""Settings: defaults of a demonstration, and what production refuses to start with."""

from __future__ import annotations

import stat

import pytest

from config import ConfigurationError, Environment, load

KEYS = {"SECRET_KEY": "s" * 40, "DATA_KEY": "d" * 40, "CODE_KEY": "c" * 40}
PRODUCTION = {
    **KEYS,
    "APP_ENV": "production",
    "PUBLIC_URL": "https://exam.example.invalid",
    "DATABASE_URL": "postgresql://platform@localhost/platform",
}


def test_demonstration_needs_no_setting(tmp_path):
    settings = load({"DATA_DIR": str(tmp_path)})

    assert settings.environment is Environment.DEMO
    assert settings.database_url == f"sqlite:///{tmp_path}/platform.sqlite3"
    assert settings.sms_backend == "outbox"


def test_generated_secrets_are_kept_and_readable_by_the_owner_only(tmp_path):
    first = load({"DATA_DIR": str(tmp_path)})
    second = load({"DATA_DIR": str(tmp_path)})

    assert first.data_key == second.data_key
    assert len({first.secret_key, first.data_key, first.code_key}) == 3
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.secret")}
    assert modes == {0o400}


def test_production_starts_with_all_it_needs(tmp_path):
    settings = load({**PRODUCTION, "DATA_DIR": str(tmp_path)})

    config = settings.flask_config()
    assert config["SESSION_COOKIE_SECURE"] is True
    assert config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert settings.database_url.startswith("postgresql+psycopg://")


@pytest.mark.parametrize(
    ("mistake", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"DATA_KEY": "short"}, "DATA_KEY"),
        ({"CODE_KEY": "s" * 40}, "differ"),
        ({"CAPTCHA_ANSWER": "TEST"}, "CAPTCHA_ANSWER"),
        ({"SMS_BACKEND": "outbox"}, "SMS_BACKEND"),
        ({"SMS_BACKEND": "pigeon"}, "SMS_BACKEND"),
        ({"PUBLIC_URL": "http://exam.example.invalid"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"TRUSTED_PROXIES": "two"}, "TRUSTED_PROXIES"),
        ({"AUDIT_RETENTION_DAYS": "364"}, "AUDIT_RETENTION_DAYS must be at least 365"),
        ({"AUDIT_RETENTION_DAYS": "a year"}, "AUDIT_RETENTION_DAYS"),
        ({"APP_ENV": "staging"}, "APP_ENV"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_production_refuses_a_mistake_and_names_it(tmp_path, mistake, named):
    with pytest.raises(ConfigurationError, match=named):
        load({**PRODUCTION, "DATA_DIR": str(tmp_path), **mistake})


def test_every_mistake_is_named_at_once(tmp_path):
    environ = {"APP_ENV": "production", "DATA_DIR": str(tmp_path), "CAPTCHA_ANSWER": "TEST"}

    with pytest.raises(ConfigurationError) as error:
        load(environ)

    for name in ("SECRET_KEY", "DATA_KEY", "CODE_KEY", "CAPTCHA_ANSWER", "PUBLIC_URL"):
        assert name in str(error.value)


def test_a_fixed_picture_code_never_reaches_production(tmp_path):
    demo = load({"DATA_DIR": str(tmp_path), "CAPTCHA_ANSWER": "TEST"})

    assert demo.flask_config()["CAPTCHA_ANSWER"] == "TEST"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_every_spelling_of_a_postgresql_address_is_understood(tmp_path, scheme):
    settings = load({"DATA_DIR": str(tmp_path), "DATABASE_URL": f"{scheme}://u@localhost/d"})

    assert settings.database_url == "postgresql+psycopg://u@localhost/d"


def test_the_data_folder_is_its_owners_alone(tmp_path):
    load({"APP_ENV": "test", "DATA_DIR": str(tmp_path / "data")})
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("environ", "shows"),
    [
        ({"APP_ENV": "demo"}, True),
        ({"APP_ENV": "test"}, False),
        ({"APP_ENV": "production", "PUBLIC_URL": "https://example.org"}, False),
    ],
)
def test_codes_are_shown_by_a_demonstration_only(tmp_path, environ, shows):
    keys = {name: name.lower().ljust(40, "k") for name in ("SECRET_KEY", "DATA_KEY", "CODE_KEY")}
    settings = load({**keys, "DATA_DIR": str(tmp_path), **environ})
    assert settings.flask_config()["SHOWS_SMS"] is shows
