"""The application factory: the order of steps, nothing else."""

from __future__ import annotations

from flask import Flask

import admin_views
import cli
import models  # noqa: F401 - registers all mapped classes
from admin_views import assets, delivery, errors, headers, hosts, lifecycle, rate_limits
from config import PROJECT_ROOT, Settings, load
from extensions import babel, csrf, db, login_manager, migrate
from models.encryption import Keyring
from models.engine import prepare_engine
from services.jobs import JobQueue
from services.signing import CodeKey, CodeKeys


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for ``settings`` (read from the environment when not given).

    Has no side effects beyond the data directory: no query, no migration, no network.
    """
    settings = settings or load()
    app = Flask(
        "platform",
        root_path=str(PROJECT_ROOT),
        static_folder=None,
        template_folder="templates",
    )
    app.config.from_mapping(settings.flask_config())
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _add_keys(app, settings)
    _add_queue(app, settings)
    # Before the check of forms, which refuses requests and reads their bodies.
    lifecycle.register_first(app)
    hosts.register(app)
    rate_limits.register_first(app)
    _bind_extensions(app)
    lifecycle.register(app)
    delivery.register(app)
    headers.register(app)
    assets.register(app)
    errors.register(app)
    admin_views.register(app)
    rate_limits.register(app)
    cli.register(app)
    return app


def _add_keys(app: Flask, settings: Settings) -> None:
    app.extensions["keyring"] = Keyring(settings.data_key)
    app.extensions["code_keys"] = CodeKeys(
        CodeKey(settings.code_key, settings.code_key_id),
        [CodeKey(secret, letter) for letter, secret in settings.former_code_keys],
    )


def _add_queue(app: Flask, settings: Settings) -> None:
    app.extensions["job_queue"] = JobQueue(
        redis_url=settings.redis_url, data_dir=settings.data_dir, secret_key=settings.secret_key
    )


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(PROJECT_ROOT / "migrations"), render_as_batch=True)
    login_manager.init_app(app)
    csrf.init_app(app)
    babel.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
