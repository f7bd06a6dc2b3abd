"""Settings: read from the environment once, checked, handed on as one frozen object."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.hosts import LOOPBACK, host_of, known_hosts, listed
from config.mistakes import mistakes_of
from config.reading import Environment, lettered, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROJECT_ROOT", "REFERENCE_DIR", "ConfigurationError", "Environment", "Settings", "load"]

PROJECT_ROOT = Path(__file__).resolve().parent.parent
REFERENCE_DIR = PROJECT_ROOT / "config" / "reference"

#: Requests of one session, or of one address without a session. Generous: a whole bureau stands
#: behind one address, and an officer in a hurry opens ten pages in ten seconds.
RATE_LIMIT = "1200 per minute"
#: Attempts to sign in from one address. The counters in the database are the truth about accounts;
#: this only spares the hashing.
RATE_LIMIT_SIGN_IN = "60 per minute"
#: Checks of printed codes from one address; a site of the exam scans one after the other.
RATE_LIMIT_VERIFY = "120 per minute"
#: Tests ask by the thousand from one address.
_NO_LIMIT = "1000000000 per minute"


class ConfigurationError(RuntimeError):
    """The environment holds settings with which the platform must not start; it names them all."""

    def __init__(self, *mistakes: str) -> None:
        """Keep one sentence for each mistake."""
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Settings:
    """All settings of one running application."""

    environment: Environment
    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    data_key: str
    code_key: str
    #: The letter of the present key, which stands in each code that it makes.
    code_key_id: str
    #: Keys of codes that were printed before, each with its letter.
    former_code_keys: tuple[tuple[str, str], ...]
    sms_backend: str
    captcha_answer: str
    public_url: str
    trusted_proxies: int
    #: Names under which the platform may be asked, without ports.
    hosts: frozenset[str]
    audit_retention_days: int

    @property
    def is_production(self) -> bool:
        """Whether real people rely on this installation."""
        return self.environment is Environment.PRODUCTION

    @property
    def is_test(self) -> bool:
        """Whether tests run."""
        return self.environment is Environment.TEST

    @property
    def least_auth_method(self) -> str:
        """What 安全策略 asks for until somebody sets it: real people need a second factor.

        Without a gateway no SMS arrives: an app on the phone takes its place.
        """
        if not self.is_production:
            return "password"
        return "password_sms" if self.sms_backend else "password_totp"

    def flask_config(self) -> dict[str, object]:
        """Return the settings under the names that Flask and its extensions read."""
        return {
            "SECRET_KEY": self.secret_key,
            "TESTING": self.is_test,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            # Values of statements hold what people typed: neither a log nor an error repeats them.
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "hide_parameters": True},
            "SESSION_COOKIE_NAME": "__Host-session" if self.is_production else "session",
            "SESSION_COOKIE_SECURE": self.is_production,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            # Forms stay open for hours; the token lives as long as the signed-in session does.
            "WTF_CSRF_TIME_LIMIT": None,
            "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
            "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
            # Pages that take files take more (``lifecycle.LARGEST_UPLOADS``). Only this bounds a
            # form that is not multipart; the next one is for each field of one that is.
            "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
            "MAX_FORM_PARTS": 5000,
            "CAPTCHA_ANSWER": "" if self.is_production else self.captcha_answer,
            # OWASP's least for Argon2id; tests hash by the hundred and guard nothing.
            "ARGON2_MEMORY_KIB": 8 if self.is_test else 19 * 1024,
            "ARGON2_ROUNDS": 1 if self.is_test else 2,
            "SMS_BACKEND": self.sms_backend,
            # A demonstration has no telephones: what they would receive stands on the page.
            "SHOWS_SMS": self.environment is Environment.DEMO and self.sms_backend == "outbox",
            "LEAST_AUTH_METHOD": self.least_auth_method,
            "DATA_DIR": self.data_dir,
            "DATA_KEY": self.data_key,
            "CODE_KEY": self.code_key,
            "APP_ENV": self.environment,
            "PUBLIC_URL": self.public_url,
            "TRUSTED_PROXIES": self.trusted_proxies,
            "HOSTS": self.hosts,
            "REDIS_URL": self.redis_url,
            "RATE_LIMIT": _NO_LIMIT if self.is_test else RATE_LIMIT,
            "RATE_LIMIT_SIGN_IN": _NO_LIMIT if self.is_test else RATE_LIMIT_SIGN_IN,
            "RATE_LIMIT_VERIFY": _NO_LIMIT if self.is_test else RATE_LIMIT_VERIFY,
            "AUDIT_RETENTION_DAYS": self.audit_retention_days,
        }


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environ`` (the process environment by default).

    Raises ``ConfigurationError`` naming every mistake found, not only the first.
    """
    env = os.environ if environ is None else environ
    try:
        environment = Environment(env.get("APP_ENV") or Environment.DEMO)
    except ValueError:
        raise ConfigurationError(
            "APP_ENV must be one of: " + ", ".join(member.value for member in Environment)
        ) from None
    data_dir = Path(env.get("DATA_DIR") or PROJECT_ROOT / "instance").resolve()
    production = environment is Environment.PRODUCTION

    def secret(name: str) -> str:
        value = env.get(name, "")
        return value if value or production else _generated_secret(data_dir, name)

    settings = Settings(
        environment=environment,
        data_dir=data_dir,
        database_url=_database_url(env.get("DATABASE_URL", ""), data_dir),
        redis_url=env.get("REDIS_URL", ""),
        secret_key=secret("SECRET_KEY"),
        data_key=secret("DATA_KEY"),
        code_key=secret("CODE_KEY"),
        code_key_id=env.get("CODE_KEY_ID") or "A",
        former_code_keys=lettered(env.get("CODE_KEYS_FORMER", "")),
        sms_backend=env.get("SMS_BACKEND") or ("" if production else "outbox"),
        captcha_answer=env.get("CAPTCHA_ANSWER", ""),
        public_url=env.get("PUBLIC_URL", ""),
        trusted_proxies=whole_number(env.get("TRUSTED_PROXIES", "")) or 0,
        hosts=_hosts(env, production=production),
        # What is no number is told along with what is too small.
        audit_retention_days=whole_number(env.get("AUDIT_RETENTION_DAYS") or "1095") or 0,
    )
    mistakes = mistakes_of(settings, env)
    if mistakes:
        raise ConfigurationError(*mistakes)
    return settings


def _hosts(env: Mapping[str, str], *, production: bool) -> frozenset[str]:
    names = [host_of(env.get("PUBLIC_URL", "")), *listed(env.get("ALLOWED_HOSTS", ""))]
    if not production:
        names += [*LOOPBACK, env.get("HOST", ""), socket.gethostname()]
    return known_hosts(name for name in names if name)


def _database_url(url: str, data_dir: Path) -> str:
    """Return an SQLAlchemy URL; SQLite below ``data_dir`` by default, psycopg for PostgreSQL."""
    if not url:
        return f"sqlite:///{data_dir / 'platform.sqlite3'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _generated_secret(data_dir: Path, name: str) -> str:
    """Return the secret kept in ``data_dir``, made at the first start (file mode 0400)."""
    path = data_dir / f"{name.lower()}.secret"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = data_dir / f".{name.lower()}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    try:
        # Two processes may start at once: the link is made by one of them, the other reads it.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii")
