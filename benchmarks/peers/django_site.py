"""Django admin over the platform's own tables (``benchmarks/peers/library``)."""

from __future__ import annotations

import gc
import sys
from time import perf_counter
from typing import Any, Final

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from benchmarks.peers.serving import serve

_APPS: Final = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "benchmarks.peers.library.apps.LibraryConfig",
)
#: What `startproject` puts there.
_MIDDLEWARE: Final = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
_CONTEXT: Final = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)
_client: list[Any] = []


def open_site(database: dict[str, Any], users: str) -> bool:
    """Make the site over a database; ``users`` is the path of one for users and sessions."""
    settings.configure(
        DEBUG=False,
        SECRET_KEY="k" * 50,
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="benchmarks.peers.library.urls",
        LANGUAGE_CODE="zh-hans",
        USE_TZ=True,
        STATIC_URL="/static/",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": users},
            "platform": {**database, "CONN_MAX_AGE": None},
        },
        DATABASE_ROUTERS=["benchmarks.peers.library.routing.Router"],
        INSTALLED_APPS=list(_APPS),
        MIDDLEWARE=list(_MIDDLEWARE),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": list(_CONTEXT)},
            }
        ],
    )
    django.setup()
    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("benchmark"))
    _client.append(client)
    return True


def get(path: str) -> dict[str, float]:
    """Ask for a page; return status, seconds and the number of rows."""
    gc.collect()
    start = perf_counter()
    answer = _client[0].get(path)
    body = answer.content
    seconds = perf_counter() - start
    rows = body.count(b'name="_selected_action"')
    return {"status": answer.status_code, "seconds": seconds, "rows": rows}


if __name__ == "__main__":
    serve({"open": open_site, "get": get})
    sys.exit()
