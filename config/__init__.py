"""Settings: read from the environment once, checked, handed on as one frozen object."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT_ROOT = Path(__file__).resolve().parent.parent
REFERENCE_DIR = PROJECT_ROOT / "config" / "reference"

#: Shorter secrets can be guessed; 32 characters of hex are 128 bits.
LEAST_SECRET_LENGTH = 32


class Environment(StrEnum):
    """The three ways in which the platform runs."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class ConfigurationError(RuntimeError):
    """The environment holds settings with which the platform must not start."""


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
    sms_backend: str
    captcha_answer: str
    public_url: str
    trusted_proxies: int

    @property
    def is_production(self) -> bool:
        """Whether real people rely on this installation."""
        return self.environment is Environment.PRODUCTION

    def flask_config(self) -> dict[str, object]:
        """Return the settings under the names that Flask and its extensions read."""
        return {
            "SECRET_KEY": self.secret_key,
            "TESTING": self.environment is Environment.TEST,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
            "SESSION_COOKIE_NAME": "__Host-session" if self.is_production else "session",
            "SESSION_COOKIE_SECURE": self.is_production,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            # Forms stay open for hours; the token lives as long as the signed-in session does.
            "WTF_CSRF_TIME_LIMIT": None,
            "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
            "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
            "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
            "MAX_FORM_PARTS": 5000,
            "CAPTCHA_ANSWER": "" if self.is_production else self.captcha_answer,
            # OWASP's least for Argon2id; tests hash by the hundred and guard nothing.
            "ARGON2_MEMORY_KIB": 8 if self.environment is Environment.TEST else 19 * 1024,
            "ARGON2_ROUNDS": 1 if self.environment is Environment.TEST else 2,
            "SMS_BACKEND": self.sms_backend,
            # A demonstration has no telephones: what they would receive stands on the page.
            "SHOWS_SMS": self.environment is Environment.DEMO and self.sms_backend == "outbox",
            "DATA_DIR": self.data_dir,
            "DATA_KEY": self.data_key,
            "CODE_KEY": self.code_key,
            "APP_ENV": self.environment,
            "TRUSTED_PROXIES": self.trusted_proxies,
            # What papers give as the address of the platform; else that of the request.
            "PUBLIC_URL": self.public_url,
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
        sms_backend=env.get("SMS_BACKEND") or ("" if production else "outbox"),
        captcha_answer=env.get("CAPTCHA_ANSWER", ""),
        public_url=env.get("PUBLIC_URL", ""),
        trusted_proxies=_whole_number(env.get("TRUSTED_PROXIES", "0"), "TRUSTED_PROXIES"),
    )
    mistakes = list(_mistakes(settings))
    if mistakes:
        raise ConfigurationError("; ".join(mistakes))
    return settings


def _mistakes(settings: Settings) -> list[str]:
    found = []
    keys = {
        "SECRET_KEY": settings.secret_key,
        "DATA_KEY": settings.data_key,
        "CODE_KEY": settings.code_key,
    }
    found += [
        f"{name} needs at least {LEAST_SECRET_LENGTH} characters"
        for name, value in keys.items()
        if len(value) < LEAST_SECRET_LENGTH
    ]
    if len(set(keys.values())) < len(keys):
        found.append("SECRET_KEY, DATA_KEY and CODE_KEY must differ from one another")
    if settings.sms_backend not in {"outbox", ""}:
        found.append("SMS_BACKEND must be: outbox")
    if settings.is_production:
        if settings.captcha_answer:
            found.append("CAPTCHA_ANSWER is for demonstrations only")
        if settings.sms_backend == "outbox":
            found.append("SMS_BACKEND=outbox writes codes to a file and is for demonstrations only")
        if not settings.public_url.startswith("https://"):
            found.append("PUBLIC_URL must be the https:// address of the platform")
    return found


def _database_url(url: str, data_dir: Path) -> str:
    """Return an SQLAlchemy URL; SQLite below ``data_dir`` by default, psycopg for PostgreSQL."""
    if not url:
        return f"sqlite:///{data_dir / 'platform.sqlite3'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _whole_number(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number") from None


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
