from __future__ import annotations

from models import AccountRole
from tests.admin_views.screen_cases import (
    Worker,
    auditor,
    city,
    clerk,
    entries,
    other_clerk,
    province,
    tree,
)
from tests.factories.sessions import session_key

__all__ = ["auditor", "city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/online-users/"


def key_of(worker):
    with worker.client.session_transaction() as cookie:
        return session_key(cookie["_user_id"])


def end(worker, *others):
    return worker.post(
        f"{GRID}action/", action="end", rowid=[str(key_of(other)) for other in others]
    )


def names(worker, **arguments):
    return {name.partition("（")[0] for name in worker.rows(GRID, **arguments)}


def test_who_is_signed_in_below(city, clerk, other_clerk, province):
    everybody = {w.account.username for w in (city, clerk, other_clerk, province)}
    assert names(province) == everybody
    assert names(city) == {city.account.username, clerk.account.username}
    assert names(province, search=clerk.account.username) == {clerk.account.username}
    assert names(province, search="宜昌市卫生局") == set()


def test_forced_out_with_the_next_request(city, clerk):
    assert clerk.get("/admin/").status_code == 200
    assert "已强制1个登录下线" in city.told(end(city, clerk))
    assert clerk.get("/admin/").status_code == 302
    assert names(city) == {city.account.username}
    (entry,) = entries("session:end")
    assert entry.object_id == clerk.account.id


def test_out_of_reach_is_out_of_reach(city, other_clerk, clerk):
    assert end(city, other_clerk).status_code in {302, 404}
    assert end(city, clerk, other_clerk).status_code in {302, 404}
    assert other_clerk.get("/admin/").status_code == 200
    assert clerk.get("/admin/").status_code == 200


def test_the_own_session_stays(city, clerk):
    told = city.told(end(city, city, clerk))
    assert "您本人的登录" in told
    assert city.get("/admin/").status_code == 200
    assert clerk.get("/admin/").status_code == 302


def test_institutions_and_auditors_do_not_see_it(clerk, auditor):
    assert [worker.get(GRID).status_code for worker in (clerk, auditor)] == [403, 403]


def test_the_security_officer_of_the_province(app, tree, clerk):
    officer = Worker(app, tree.province, role=AccountRole.SECURITY_ADMIN)
    assert "已强制1个登录下线" in officer.told(end(officer, clerk))
    assert clerk.get("/admin/").status_code == 302
