"""The list as Flask-Admin makes it by itself: a plain ``ModelView`` over the same table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView

from extensions import babel, db
from models import Institution
from services.scope import EVERYWHERE

if TYPE_CHECKING:
    from flask.testing import FlaskClient

#: What both lists show of the table's own columns.
COLUMNS: Final = (
    "name",
    "category",
    "reports_to",
    "organisation_code",
    "licence_in_use",
    "locked_at",
)


class StockView(ModelView):  # type: ignore[misc]
    """No scope, no completeness, no search beyond one column: what is there without any work."""

    column_list = COLUMNS
    column_searchable_list = ("name",)
    column_filters = ("category_code",)
    named_filter_urls = True
    page_size = 20


def stock_app(url: str) -> Flask:
    """Return an application that holds nothing but the stock list, on the database at ``url``."""
    app = Flask("stock")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SECRET_KEY="stock")  # noqa: S106 - nothing is kept
    db.init_app(app)
    babel.init_app(app)
    admin = Admin(app, name="stock")
    admin.add_view(StockView(Institution, db, endpoint="stock", url="/stock"))

    @app.before_request
    def _look_everywhere() -> None:
        db.session.info["scope"] = EVERYWHERE

    return app


def stock_client(app: Flask) -> FlaskClient:
    """Return a browser of the stock application."""
    return app.test_client()
