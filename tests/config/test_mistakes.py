"""Mistakes with which production refuses to start: each is named, and nothing else."""

from __future__ import annotations

import os

import pytest

from config import ConfigurationError, load
from config.mistakes import NAMES
from tests.config.right import PRODUCTION

REMOTE = "postgresql://platform:geheim@db.hubei.cn/platform?sslmode=verify-full"

FORMER = "7e21c09f5ab3d864e1f70b92c8d5a346"

#: Settings that are as right as those of ``PRODUCTION``.
RIGHT = [
    {},
    {"DATABASE_URL": "postgresql://platform@localhost/platform"},
    {"DATABASE_URL": "sqlite:////var/lib/platform/platform.sqlite3"},
    {"DATABASE_URL": REMOTE},
    {"DATABASE_URL": "postgresql://p:x@10.0.0.2/p?sslmode=require"},
    {"DATABASE_URL": "postgresql://p@10.0.0.2/p", "PGPASSWORD": "x", "PGSSLMODE": "require"},
    {"DATABASE_URL": "postgresql:///platform?host=/run/postgresql"},
    {"DATABASE_URL": "postgresql://p@[::1]/p"},
    {"PUBLIC_URL": "https://shiyong.hubei.cn/"},
    {"PUBLIC_URL": "https://shiyong.hubei.cn:8443"},
    {"ALLOWED_HOSTS": "10.0.0.8,www.shiyong.hubei.cn"},
    {"REDIS_URL": "redis://localhost:6379/0"},
    {"REDIS_URL": "rediss://:geheim@redis.hubei.cn/0"},
    {"REDIS_URL": "unix:///run/redis.sock"},
    {"TRUSTED_PROXIES": "2"},
    {"WEB_CONCURRENCY": "8", "PORT": "8000", "HOST": "0.0.0.0"},  # noqa: S104
    {"DEBUG": "0", "FLASK_DEBUG": "false"},
    {"CODE_KEY_ID": "B", "CODE_KEYS_FORMER": f"A:{FORMER}"},
    {"CODE_KEY_ID": "Z", "CODE_KEYS_FORMER": f" A:{FORMER} , Y:{FORMER[::-1]}, "},
    {"CODE_KEY_ID": "", "CODE_KEYS_FORMER": f"B:{FORMER}"},
    # Settings of others.
    {"HOSTNAME": "a", "PGDATA": "b", "XDG_DATA_DIRS": "c", "SECRET_KEY_BASE": "d", "PORTS": "e"},
]

#: What is planted → how the one sentence begins.
MISTAKES = [
    ({"AUDIT_RETENTION_DAYS": "364"}, "AUDIT_RETENTION_DAYS must be at least 365"),
    ({"AUDIT_RETENTION_DAYS": "a year"}, "AUDIT_RETENTION_DAYS must be at least 365"),
    ({"SECRET_KEY": ""}, "SECRET_KEY needs at least"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY needs at least"),
    ({"DATA_KEY": "0123456789abcde"}, "DATA_KEY needs at least"),
    ({"CODE_KEY": ""}, "CODE_KEY needs at least"),
    ({"CODE_KEY": "abab" * 10}, "CODE_KEY can be guessed"),
    ({"SECRET_KEY": "change-me-before-you-go-live-1234567"}, "SECRET_KEY can be guessed"),
    ({"DATA_KEY": "my-secret-data-key-0123456789abcdef"}, "DATA_KEY can be guessed"),
    ({"CODE_KEY": PRODUCTION["SECRET_KEY"]}, "SECRET_KEY, DATA_KEY and CODE_KEY must differ"),
    ({"CODE_KEY_ID": "O"}, "CODE_KEY_ID must be one letter"),
    ({"CODE_KEY_ID": "a"}, "CODE_KEY_ID must be one letter"),
    ({"CODE_KEY_ID": "7"}, "CODE_KEY_ID must be one letter"),
    ({"CODE_KEY_ID": "BC"}, "CODE_KEY_ID must be one letter"),
    ({"CODE_KEYS_FORMER": f"L:{FORMER}"}, "CODE_KEYS_FORMER must read LETTER:key"),
    ({"CODE_KEYS_FORMER": f"BC:{FORMER}"}, "CODE_KEYS_FORMER must read LETTER:key"),
    ({"CODE_KEYS_FORMER": f":{FORMER}"}, "CODE_KEYS_FORMER must read LETTER:key"),
    (
        {"CODE_KEYS_FORMER": f"B:{FORMER},B:{FORMER[::-1]}"},
        "CODE_KEYS_FORMER gives a letter twice",
    ),
    ({"CODE_KEYS_FORMER": f"A:{FORMER}"}, "CODE_KEYS_FORMER gives the letter of the present key"),
    (
        {"CODE_KEY_ID": "B", "CODE_KEYS_FORMER": f"B:{FORMER}"},
        "CODE_KEYS_FORMER gives the letter of the present key",
    ),
    ({"CODE_KEYS_FORMER": "B:short"}, "CODE_KEYS_FORMER needs at least"),
    ({"CODE_KEYS_FORMER": "B"}, "CODE_KEYS_FORMER needs at least"),
    ({"CODE_KEYS_FORMER": "B:" + "abab" * 10}, "CODE_KEYS_FORMER can be guessed"),
    ({"CODE_KEYS_FORMER": f"B:{FORMER},C:{FORMER}"}, "CODE_KEYS_FORMER holds a key twice"),
    ({"CODE_KEYS_FORMER": f"B:{PRODUCTION['CODE_KEY']}"}, "CODE_KEYS_FORMER holds a key twice"),
    ({"CODE_KEYS_FORMER": f"B:{PRODUCTION['DATA_KEY']}"}, "CODE_KEYS_FORMER holds a key twice"),
    ({"CODE_KEY_FORMER": "x"}, "CODE_KEY_FORMER is not a setting of the platform; is CODE_KEYS_F"),
    ({"CAPTCHA_ANSWER": "TEST"}, "CAPTCHA_ANSWER"),
    ({"SMS_BACKEND": "outbox"}, "SMS_BACKEND=outbox"),
    ({"SMS_BACKEND": "pigeon"}, "SMS_BACKEND must be"),
    ({"PUBLIC_URL": ""}, "PUBLIC_URL must be the https://"),
    ({"PUBLIC_URL": "http://shiyong.hubei.cn"}, "PUBLIC_URL must be the https://"),
    ({"PUBLIC_URL": "https://"}, "PUBLIC_URL must be the https://"),
    ({"PUBLIC_URL": "https://user:pass@shiyong.hubei.cn"}, "PUBLIC_URL must be the https://"),
    ({"PUBLIC_URL": "https://shiyong.hubei.cn:port"}, "PUBLIC_URL must be the https://"),
    ({"PUBLIC_URL": "https://[shiyong.hubei.cn"}, "PUBLIC_URL must be the https://"),
    ({"PUBLIC_URL": "https://shiyong.hubei.cn/exam"}, "PUBLIC_URL must be a name only"),
    ({"PUBLIC_URL": "https://shiyong.hubei.cn/?a=b"}, "PUBLIC_URL must be a name only"),
    ({"PUBLIC_URL": "https://192.0.2.7"}, "PUBLIC_URL must be a name for which"),
    ({"PUBLIC_URL": "https://[2001:db8::7]"}, "PUBLIC_URL must be a name for which"),
    ({"PUBLIC_URL": "https://localhost"}, "PUBLIC_URL must be a name for which"),
    ({"TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES must say"),
    ({"TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES must say"),
    ({"TRUSTED_PROXIES": "9"}, "TRUSTED_PROXIES must be a whole number from 0 to 5"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name each host"),
    ({"ALLOWED_HOSTS": "*.hubei.cn"}, "ALLOWED_HOSTS must name each host"),
    ({"ALLOWED_HOSTS": ".hubei.cn"}, "ALLOWED_HOSTS must name each host"),
    ({"ALLOWED_HOSTS": "https://a.hubei.cn"}, "ALLOWED_HOSTS must hold names"),
    ({"DEBUG": "1"}, "DEBUG shows"),
    ({"FLASK_DEBUG": "True"}, "FLASK_DEBUG shows"),
    ({"DATABASE_URL": "mysql://root@localhost/p"}, "DATABASE_URL must be an address of"),
    ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL names a database in memory"),
    ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL names a database in memory"),
    ({"DATABASE_URL": "sqlite:///platform.sqlite3"}, "DATABASE_URL must name the SQLite file"),
    ({"DATABASE_URL": "sqlite:///../p.sqlite3"}, "DATABASE_URL must name the SQLite file"),
    (
        {"DATABASE_URL": "postgresql://p@db.hubei.cn/p?sslmode=require"},
        "DATABASE_URL names another machine and has no password",
    ),
    (
        {"DATABASE_URL": "postgresql:///p?host=db.hubei.cn&sslmode=require"},
        "DATABASE_URL names another machine and has no password",
    ),
    (
        {"DATABASE_URL": "postgresql://p:x@db.hubei.cn/p"},
        "DATABASE_URL names another machine and needs sslmode",
    ),
    (
        {"DATABASE_URL": REMOTE.replace("verify-full", "prefer")},
        "DATABASE_URL names another machine and needs sslmode",
    ),
    ({"DATABASE_URL": "postgresql://p:x@[db/p"}, "DATABASE_URL cannot be read"),
    ({"REDIS_URL": "redis://redis.hubei.cn/0"}, "REDIS_URL names another machine"),
    ({"REDIS_URL": "http://localhost/0"}, "REDIS_URL must begin with"),
    ({"REDIS_URL": "redis://[redis/0"}, "REDIS_URL cannot be read"),
    ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY must be a whole number"),
    ({"WEB_CONCURRENCY": "many"}, "WEB_CONCURRENCY must be a whole number"),
    ({"WEB_CONCURRENCY": "-2"}, "WEB_CONCURRENCY must be a whole number"),
    ({"WEB_CONCURRENCY": "999"}, "WEB_CONCURRENCY must be a whole number"),
    ({"PORT": "70000"}, "PORT must be a whole number"),
    ({"TRUSTED_PROXY": "1"}, "TRUSTED_PROXY is not a setting of the platform; is TRUSTED_PROXIES"),
    ({"DATABASE_URI": REMOTE}, "DATABASE_URI is not a setting of the platform; is DATABASE_URL"),
    ({"SECRETKEY": "x"}, "SECRETKEY is not a setting of the platform; is SECRET_KEY"),
    ({"ALLOWED_HOST": "x"}, "ALLOWED_HOST is not a setting of the platform; is ALLOWED_HOSTS"),
    ({"public_url": "x"}, "public_url is not a setting of the platform; is PUBLIC_URL"),
]


def environment(data_dir, changes):
    return {**PRODUCTION, "DATA_DIR": str(data_dir), **changes}


@pytest.fixture
def data_dir(tmp_path):
    path = tmp_path / "data"
    path.mkdir(mode=0o700)
    return path


@pytest.mark.parametrize("changes", RIGHT, ids=lambda changes: ",".join(changes) or "as it is")
def test_production_starts_with_a_right_environment(data_dir, changes):
    assert load(environment(data_dir, changes)).is_production


@pytest.mark.parametrize(
    ("changes", "named"),
    MISTAKES,
    ids=[f"{next(iter(m))}-{n}" for n, (m, _) in enumerate(MISTAKES)],
)
def test_production_refuses_a_mistake_and_names_it_alone(data_dir, changes, named):
    with pytest.raises(ConfigurationError) as caught:
        load(environment(data_dir, changes))
    (only,) = caught.value.mistakes
    assert only.startswith(named)


@pytest.mark.parametrize("mode", [0o701, 0o702, 0o704, 0o755, 0o777])
def test_a_folder_that_is_open_to_everybody_is_refused(data_dir, mode):
    data_dir.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        load(environment(data_dir, {}))
    (only,) = caught.value.mistakes
    assert only.startswith("DATA_DIR may be read or written by everybody")


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o602, 0o644])
def test_a_secret_that_others_may_read_is_refused(data_dir, mode):
    secret = data_dir / "data_key.secret"
    secret.write_text("x", encoding="ascii")
    secret.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        load(environment(data_dir, {}))
    (only,) = caught.value.mistakes
    assert only.startswith("DATA_DIR holds a secret")


def test_all_mistakes_are_named_at_once(data_dir):
    planted = {
        "SECRET_KEY": "short",
        "PUBLIC_URL": "http://shiyong.hubei.cn",
        "CAPTCHA_ANSWER": "TEST",
        "SMS_BACKEND": "outbox",
        "ALLOWED_HOSTS": "*",
        "DEBUG": "1",
        "REDIS_URL": "redis://redis.hubei.cn",
        "WEB_CONCURRENCY": "none",
        "SECRETKEY": "x",
        "DATABASE_URL": "sqlite://",
    }
    with pytest.raises(ConfigurationError) as caught:
        load(environment(data_dir, planted))
    assert {name.split("=")[0].split(" ")[0] for name in caught.value.mistakes} == set(planted)


def test_no_mistake_tells_a_secret(data_dir):
    planted = {
        "SECRET_KEY": "short-and-telling",
        "DATABASE_URL": "postgresql://p:geheim@db.hubei.cn/p",
        "REDIS_URL": "http://:geheim@redis.hubei.cn",
    }
    with pytest.raises(ConfigurationError) as caught:
        load(environment(data_dir, planted))
    assert len(caught.value.mistakes) == 3
    assert "telling" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY", "TRUSTED_PROXIES"])
def test_a_number_that_is_none_is_refused_everywhere(data_dir, name):
    with pytest.raises(ConfigurationError, match=name):
        load({"DATA_DIR": str(data_dir), name: "two"})


def test_an_unknown_way_to_run_is_refused(data_dir):
    with pytest.raises(ConfigurationError, match="APP_ENV"):
        load(environment(data_dir, {"APP_ENV": "staging"}))


def test_a_demonstration_may_what_production_may_not(data_dir):
    data_dir.chmod(0o755)
    environ = {"CAPTCHA_ANSWER": "TEST", "DEBUG": "1", "PUBLIC_URL": "http://192.0.2.7/exam"}
    assert not load({**environ, "DATA_DIR": str(data_dir)}).is_production


def test_the_names_are_all_that_are_read():
    """A setting that is added without its name here could be misspelt unseen."""
    read = set()

    class Watched(dict):
        def get(self, key, default=None):
            read.add(key)
            return super().get(key, default)

    with pytest.raises(ConfigurationError):
        load(Watched(APP_ENV="production", DATA_DIR=os.devnull))
    others = {"DEBUG", "FLASK_DEBUG", "PGPASSWORD", "PGPASSFILE", "PGSSLMODE"}
    assert read - others <= set(NAMES)
