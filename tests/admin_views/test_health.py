from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from admin_views import health


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_all_is_well(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_database_is_gone(client, monkeypatch):
    def fail():
        raise OperationalError("SELECT secret", {}, Exception("host db.internal"))

    monkeypatch.setattr(health, "database_answers", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "database unavailable"})
    assert client.get("/healthz").status_code == 200
