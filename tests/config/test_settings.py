"""Settings: defaults of a demonstration, and what production refuses to start with."""

from __future__ import annotations

import stat

import pytest

from config import ConfigurationError, Environment, load
from tests.config.right import PRODUCTION


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
    url = "postgresql://platform@localhost/platform"
    settings = load({**PRODUCTION, "DATABASE_URL": url, "DATA_DIR": str(tmp_path)})

    config = settings.flask_config()
    assert config["SESSION_COOKIE_SECURE"] is True
    assert config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert settings.database_url.startswith("postgresql+psycopg://")


def test_keys_of_printed_codes_come_with_their_letters(tmp_path):
    demo = load({"DATA_DIR": str(tmp_path)})
    assert (demo.code_key_id, demo.former_code_keys) == ("A", ())

    older, old = "0123456789abcdef" * 2, "f:edcba9876543210" * 2
    rotated = {**PRODUCTION, "CODE_KEY_ID": "C", "CODE_KEYS_FORMER": f"A:{older}, B:{old}"}
    settings = load({**rotated, "DATA_DIR": str(tmp_path)})
    assert settings.code_key_id == "C"
    assert settings.former_code_keys == (("A", older), ("B", old))


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
        (PRODUCTION, False),
    ],
)
def test_codes_are_shown_by_a_demonstration_only(tmp_path, environ, shows):
    settings = load({**environ, "DATA_DIR": str(tmp_path)})
    assert settings.flask_config()["SHOWS_SMS"] is shows


@pytest.mark.parametrize(
    ("environ", "hosts"),
    [
        ({}, {"localhost", "127.0.0.1", "[::1]"}),
        ({"HOST": "192.0.2.7"}, {"localhost", "127.0.0.1", "[::1]", "192.0.2.7"}),
        ({"HOST": "2001:db8::7"}, {"localhost", "127.0.0.1", "[::1]", "[2001:db8::7]"}),
        # All addresses of a machine are the name of none of them.
        ({"HOST": "0.0.0.0"}, {"localhost", "127.0.0.1", "[::1]"}),  # noqa: S104
        (
            {"PUBLIC_URL": "https://Demo.Example:8443/", "ALLOWED_HOSTS": "a.example, b.example"},
            {"localhost", "127.0.0.1", "[::1]", "demo.example", "a.example", "b.example"},
        ),
        (PRODUCTION, {"shiyong.hubei.cn"}),
        ({**PRODUCTION, "ALLOWED_HOSTS": "10.0.0.8"}, {"shiyong.hubei.cn", "10.0.0.8"}),
        ({**PRODUCTION, "HOST": "192.0.2.7"}, {"shiyong.hubei.cn"}),
    ],
)
def test_names_under_which_the_platform_may_be_asked(tmp_path, monkeypatch, environ, hosts):
    monkeypatch.setattr("socket.gethostname", lambda: "localhost")
    assert load({**environ, "DATA_DIR": str(tmp_path)}).hosts == hosts
