"""Liveness and readiness, for whoever watches the platform."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue  # noqa: TC002 - Flask reads annotations at run time
from sqlalchemy.exc import SQLAlchemyError

from services.home import database_answers

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether the database answers."""
    try:
        database_answers()
    except SQLAlchemyError:
        return {"status": "database unavailable"}, 503
    return {"status": "ok"}
