"""Mistakes in the environment with which the platform must not start, all of them at once.

Each is one English sentence that begins with the name of the setting, for whoever installs the
platform. What a demonstration may do and production may not stands in ``_of_production``.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import stat
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote, urlsplit

from config.hosts import bare_host, listed
from config.reading import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from config import Settings

#: Shorter secrets can be guessed; 32 characters of hex are 128 bits.
LEAST_SECRET_LENGTH: Final = 32
#: A random secret of 32 hexadecimal digits has fewer different ones once in many millions.
LEAST_DIFFERENT_CHARACTERS: Final = 8
#: The database itself refuses to delete younger entries of the audit trail.
LEAST_AUDIT_RETENTION_DAYS: Final = 365
#: Letters of keys of printed codes: those that are not taken for digits, or for one another.
KEY_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ"
#: What stands in examples and is copied out of them.
_SAMPLE: Final = re.compile(r"change.?me|example|secret|password|default|sample", re.IGNORECASE)
#: Every name of ours, to tell one that is misspelt.
NAMES: Final = (
    "ALLOWED_HOSTS",
    "APP_ENV",
    "AUDIT_RETENTION_DAYS",
    "CAPTCHA_ANSWER",
    "CODE_KEY",
    "CODE_KEYS_FORMER",
    "CODE_KEY_ID",
    "DATABASE_URL",
    "DATA_DIR",
    "DATA_KEY",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SMS_BACKEND",
    "TRUSTED_PROXIES",
    "WEB_CONCURRENCY",
)
#: Names that are short are like many others; of longer ones a letter or two may be wrong.
_LEAST_TOLD_APART: Final = 6
_LIKENESS: Final = 0.84
MOST_PROXIES: Final = 5
MOST_WORKERS: Final = 64
_LAST_PORT: Final = 65535
_OFF: Final = frozenset({"", "0", "false", "no", "off"})
_LOCAL: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
_TLS: Final = frozenset({"require", "verify-ca", "verify-full"})


def mistakes_of(settings: Settings, env: Mapping[str, str]) -> list[str]:
    """Return what is wrong with ``settings``, which were read from ``env``; empty when nothing."""
    found = [
        *_secrets(settings),
        *_letters_of_keys(settings),
        *_server(env),
        *_database(settings, env),
    ]
    if settings.sms_backend not in {"outbox", ""}:
        found.append("SMS_BACKEND must be: outbox")
    if settings.audit_retention_days < LEAST_AUDIT_RETENTION_DAYS:
        found.append(f"AUDIT_RETENTION_DAYS must be at least {LEAST_AUDIT_RETENTION_DAYS}")
    if settings.is_production:
        found += _of_production(settings, env)
    return found


def _secrets(settings: Settings) -> Iterator[str]:
    keys = {
        "SECRET_KEY": settings.secret_key,
        "DATA_KEY": settings.data_key,
        "CODE_KEY": settings.code_key,
    }
    for name, value in keys.items():
        yield from _weak(name, value, settings)
    if len(set(keys.values())) < len(keys):
        yield "SECRET_KEY, DATA_KEY and CODE_KEY must differ from one another"
    former = [value for _, value in settings.former_code_keys]
    # Several may be weak in the same way; one sentence is enough.
    yield from dict.fromkeys(
        mistake for value in former for mistake in _weak("CODE_KEYS_FORMER", value, settings)
    )
    if len({*keys.values(), *former}) < len(set(keys.values())) + len(former):
        yield "CODE_KEYS_FORMER holds a key twice, or one that is in use elsewhere"


def _weak(name: str, value: str, settings: Settings) -> Iterator[str]:
    if len(value) < LEAST_SECRET_LENGTH:
        yield f"{name} needs at least {LEAST_SECRET_LENGTH} characters"
    elif settings.is_production and (
        len(set(value)) < LEAST_DIFFERENT_CHARACTERS or _SAMPLE.search(value)
    ):
        yield f"{name} can be guessed; make one by: openssl rand -hex 32"


def _letters_of_keys(settings: Settings) -> Iterator[str]:
    """Say which letters cannot stand in a code, or would leave open which key made it."""
    former = [letter for letter, _ in settings.former_code_keys]
    if not _is_key_letter(settings.code_key_id):
        yield f"CODE_KEY_ID must be one letter of {KEY_LETTERS}"
    if not all(map(_is_key_letter, former)):
        yield f"CODE_KEYS_FORMER must read LETTER:key,LETTER:key with letters of {KEY_LETTERS}"
    elif len(set(former)) < len(former):
        yield "CODE_KEYS_FORMER gives a letter twice; each key needs its own"
    if settings.code_key_id in former:
        yield "CODE_KEYS_FORMER gives the letter of the present key (CODE_KEY_ID, A by default)"


def _is_key_letter(text: str) -> bool:
    return len(text) == 1 and text in KEY_LETTERS


def _server(env: Mapping[str, str]) -> Iterator[str]:
    limits = {
        "PORT": (1, _LAST_PORT),
        "TRUSTED_PROXIES": (0, MOST_PROXIES),
        "WEB_CONCURRENCY": (1, MOST_WORKERS),
    }
    for name, (least, most) in limits.items():
        text = env.get(name, "")
        number = whole_number(text)
        if text and (number is None or not least <= number <= most):
            yield f"{name} must be a whole number from {least} to {most}"


def _database(settings: Settings, env: Mapping[str, str]) -> Iterator[str]:
    scheme, _, rest = settings.database_url.partition("://")
    if scheme not in {"sqlite", "postgresql+psycopg"}:
        yield "DATABASE_URL must be an address of PostgreSQL or SQLite"
    elif scheme == "sqlite" and settings.is_production:
        # One node with SQLite is a small production; what it holds must outlive the process, and
        # be found again from wherever the next one is started.
        path = unquote(rest.partition("?")[0].removeprefix("/"))
        if not path or path == ":memory:":
            yield "DATABASE_URL names a database in memory, which is lost at the next start"
        elif not path.startswith("/"):
            yield "DATABASE_URL must name the SQLite file from the root: sqlite:////var/…"
    elif settings.is_production:
        yield from _remote_database(settings.database_url, env)


def _remote_database(url: str, env: Mapping[str, str]) -> Iterator[str]:
    """Say what a connection to another machine lacks; the driver also reads its own settings."""
    try:
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        host = (query.get("host") or parts.hostname or "").strip("[]")
    except ValueError:
        yield "DATABASE_URL cannot be read as an address"
        return
    if host in _LOCAL or host.startswith("/"):
        return
    own_ways = ("password", "passfile", "sslcert")
    if not (
        parts.password
        or any(query.get(name) for name in own_ways)
        or env.get("PGPASSWORD")
        or env.get("PGPASSFILE")
    ):
        yield "DATABASE_URL names another machine and has no password"
    if (query.get("sslmode") or env.get("PGSSLMODE")) not in _TLS:
        yield "DATABASE_URL names another machine and needs sslmode=verify-full (or require)"


def _of_production(settings: Settings, env: Mapping[str, str]) -> Iterator[str]:
    for name in ("DEBUG", "FLASK_DEBUG"):
        if env.get(name, "").strip().lower() not in _OFF:
            yield f"{name} shows the inside of the platform to everybody; take it away"
    if settings.captcha_answer:
        yield "CAPTCHA_ANSWER is for demonstrations only"
    if settings.sms_backend == "outbox":
        yield "SMS_BACKEND=outbox writes codes to a file and is for demonstrations only"
    yield from _public_url(settings.public_url)
    yield from _allowed_hosts(env.get("ALLOWED_HOSTS", ""))
    if settings.public_url.startswith("https://") and not settings.trusted_proxies:
        yield (
            "TRUSTED_PROXIES must say how many proxies stand before the platform: it does not "
            "speak TLS itself"
        )
    yield from _redis(settings.redis_url)
    yield from _open_to_others(settings.data_dir)
    yield from _misspelt(env)


def _public_url(url: str) -> Iterator[str]:
    wrong = "PUBLIC_URL must be the https:// address of the platform"
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        yield wrong
        return
    host = parts.hostname or ""
    if parts.scheme != "https" or not bare_host(parts.netloc):
        yield wrong
    elif parts.path not in {"", "/"} or "?" in url or "#" in url:
        yield "PUBLIC_URL must be a name only, without a path: cookies hold for the whole name"
    elif _is_address(host) or "." not in host:
        yield "PUBLIC_URL must be a name for which there is a certificate, not an address"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _allowed_hosts(text: str) -> Iterator[str]:
    for name in listed(text):
        if "*" in name or name.startswith("."):
            yield "ALLOWED_HOSTS must name each host; a pattern lets foreign names in"
        elif not bare_host(name):
            yield "ALLOWED_HOSTS must hold names of hosts, without scheme and path"


def _redis(url: str) -> Iterator[str]:
    if not url:
        return
    try:
        parts = urlsplit(url)
        host, password = parts.hostname or "", parts.password
    except ValueError:
        yield "REDIS_URL cannot be read as an address"
        return
    if parts.scheme not in {"redis", "rediss", "unix"}:
        yield "REDIS_URL must begin with redis://, rediss:// or unix://"
    elif parts.scheme != "unix" and host not in _LOCAL and not password:
        yield "REDIS_URL names another machine and has no password"


def _open_to_others(data_dir: Path) -> Iterator[str]:
    """Say what others on the machine may read: the folder, and secrets in it."""
    if data_dir.is_dir() and data_dir.stat().st_mode & stat.S_IRWXO:
        yield "DATA_DIR may be read or written by everybody on the machine; chmod 700"
    secrets = data_dir.glob("*.secret") if data_dir.is_dir() else ()
    if any(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) for path in secrets):
        yield "DATA_DIR holds a secret that others may read; chmod 400"


def _misspelt(env: Mapping[str, str]) -> Iterator[str]:
    """Say which names are nearly ours: a setting that is not read is silently missing."""
    for name in sorted(set(env) - set(NAMES)):
        meant = [
            ours
            for ours in difflib.get_close_matches(name.upper(), NAMES, n=1, cutoff=_LIKENESS)
            if min(len(ours), len(name)) >= _LEAST_TOLD_APART
        ]
        if meant:
            yield f"{name} is not a setting of the platform; is {meant[0]} meant?"
