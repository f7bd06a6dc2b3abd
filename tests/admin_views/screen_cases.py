"""What the tests of the screens share: a small tree, and people at work in it."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import openpyxl
import pypdf
import pytest
from sqlalchemy import func, inspect, select

from extensions import db
from models import AuditEntry
from services.actor import actor_of
from services.scope import Reason, unscoped
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.sessions import sign_in


class _Page(HTMLParser):
    """Reads of a page what a browser would send, the rows of its grid, and its sentences."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.rows = {}, []
        self._in = []
        self._select = self._area = self._many = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self._in.append(found.get("class", ""))
        elif tag == "tr" and "data-key" in found:
            self.rows.append(found["data-name"])
        elif self._in[-1:] == ["record"]:
            self._take(tag, found)

    def _take(self, tag, found):
        name = found.get("name")
        if tag == "input" and name:
            if found.get("type") != "checkbox" or "checked" in found:
                self.fields[name] = found.get("value", "y")
        elif tag == "select":
            self._select, self._many = name, "multiple" in found
            self.fields[name] = [] if self._many else None
        elif tag == "option" and self._many:
            self.fields[self._select] += [found["value"]] if "selected" in found else []
        elif tag == "option":
            if "selected" in found or self.fields[self._select] is None:
                self.fields[self._select] = found["value"]
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._in.pop()
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area:
            # A browser leaves out the line break that follows the opening tag.
            self.fields[self._area] += data.strip("\r\n")


def rows_of(response):
    """Return the names of the rows that a grid shows, in their order."""
    assert response.status_code == 200
    return _Page(response.text).rows


def fields_of(response):
    """Return the fields of the form in an answer as they are filled in."""
    return _Page(response.text).fields


class Worker:
    """A person who is signed in, at a browser without JavaScript."""

    def __init__(self, app, institution, **values):
        self.client = app.test_client()
        self.institution = institution
        self.account = make_administrator(institution, **values)
        self.actor = actor_of(self.account, institution, address="192.0.2.1")
        sign_in(self.client, self.account)
        db.session.commit()
        page = self.client.get("/account/password", follow_redirects=True).text
        self.token = page.split('name="csrf_token" value="')[1].split('"')[0]

    def get(self, address, /, **arguments):
        return self.client.get(address, query_string=arguments or None)

    def rows(self, address, /, **arguments):
        return rows_of(self.get(address, **arguments))

    def fields(self, address):
        """Return the fields of the form at ``address`` as they are filled in."""
        response = self.client.get(address)
        assert response.status_code == 200
        return fields_of(response)

    def post(self, address, /, **data):
        return self.client.post(address, data={**data, "csrf_token": self.token})

    def submit(self, address, /, **changes):
        """Open the form, change what ``changes`` say, and send it."""
        return self.post(address, **{**self.fields(address), **changes})

    def act(self, screen, name, *rows, reason="", url="", **more):
        """Press a button of the toolbar with ``rows`` selected; ``more`` is posted as well."""
        return self.post(
            f"/admin/{screen}/action/",
            action=name,
            rowid=[str(inspect(row).identity[0]) for row in rows],
            reason=reason,
            url=url,
            **more,
        )

    def told(self, response):
        """Return the page to which an answer leads, where its message stands."""
        assert response.status_code == 302, response.text
        return self.client.get(response.location).text

    def told_after(self, response):
        """Return the page to which a POST leads, where its message stands."""
        assert response.status_code == 303, response.text
        return self.client.get(response.location).text


class Tree:
    """A province over two cities; one has a hospital, the other one another."""

    def __init__(self, app):
        self._app = app
        self.province = make_bureau(name="湖北省卫生局")
        self.city = make_bureau(self.province, name="武汉市卫生局")
        self.hospital = make_institution(self.city, name="汉口医院")
        self.other_city = make_bureau(self.province, name="宜昌市卫生局")
        self.other_hospital = make_institution(self.other_city, name="夷陵医院")

    def worker(self, institution, **values):
        return Worker(self._app, institution, **values)


@pytest.fixture
def tree(app):
    return Tree(app)


@pytest.fixture
def province(tree):
    return tree.worker(tree.province, full_name="省某")


@pytest.fixture
def city(tree):
    return tree.worker(tree.city, full_name="市某")


@pytest.fixture
def clerk(tree):
    return tree.worker(tree.hospital, full_name="院某")


@pytest.fixture
def other_clerk(tree):
    return tree.worker(tree.other_hospital, full_name="邻某")


@pytest.fixture
def auditor(tree):
    return tree.worker(tree.city, full_name="审某", role="auditor")


def fresh(model, key):
    """Return a row as it is stored now, or ``None``."""
    with unscoped(Reason.MAINTENANCE):
        statement = select(model).where(model.id == key).execution_options(populate_existing=True)
        return db.session.scalars(statement).unique().one_or_none()


def count(model, *conditions):
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


def entries(tag):
    """Return the audit entries of one kind, oldest first."""
    with unscoped(Reason.MAINTENANCE):
        statement = select(AuditEntry).where(AuditEntry.tag == tag).order_by(AuditEntry.id)
        return db.session.scalars(statement).all()


def cells_of(response):
    """Return the rows of a workbook as texts and values, title and headers included."""
    assert response.mimetype.endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(response.data))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def text_of(response):
    """Return the text of a PDF without its blanks."""
    assert response.mimetype == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(response.data)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)
