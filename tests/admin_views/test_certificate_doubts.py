"""Doubts on the screens: who is told what of them, and what nobody is told."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from extensions import db
from models import AuditEntry, CertificateDoubt, Doubt, RosterState
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    cells_of,
    city,
    clerk,
    entries,
    other_clerk,
    province,
    text_of,
    tree,
)
from tests.factories.certificates import make_certificate, make_id_number, period_input
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/certificates/"
ELSEWHERE = "另有其他机构录入了同一人员"
TWO_PLACES = {"doubt": "two_places"}


@pytest.fixture(autouse=True)
def year(tree):
    return make_exam_cycle(most_trainees=99)


def edit(row):
    return f"{GRID}edit/?id={row.id}"


def enter(worker, mentor=1, **values):
    """Return a certificate that raises no doubt by itself, entered at the worker's institution."""
    complete(worker.institution)
    values.setdefault("start", dt.date(2016, 9, 1))
    period = period_input(
        place_name=worker.institution.name,
        started_on=values.pop("start"),
        mentor_practice_certificate_number=f"110420102{mentor:06d}",
    )
    made = make_certificate(worker.actor, periods=(period,), **values)
    db.session.commit()
    return made


@pytest.fixture
def pair(clerk, other_clerk):
    """The same person at two hospitals; what is said of each stands on its own side only."""
    number = make_id_number()
    mine = enter(clerk, id_number=number, name="周晓燕", school="甲方学校")
    theirs = enter(
        other_clerk,
        mentor=777,
        id_number=number,
        name="乙方姓名",
        school="乙方学校",
        phone="13977778888",
        start=dt.date(2016, 8, 23),
    )
    return mine, theirs


def secrets_of(worker, row):
    """Return what of a record nobody on the other side may read."""
    with unscoped(Reason.MAINTENANCE):
        db.session.refresh(row, ["periods"])
    return {
        *(worker.institution.name, row.name, row.school, row.phone, row.submission_code),
        *(row.periods[0].mentor_practice_certificate_number, str(row.periods[0].started_on)),
    }


class TestTwoPlaces:
    def test_both_clerks_are_told_and_whom_to_ask(self, clerk, other_clerk, pair, city):
        for worker, row in zip((clerk, other_clerk), pair, strict=True):
            page = worker.get(edit(row)).text
            assert f"两地同时试用：{ELSEWHERE}" in page
            assert "同时录入的机构" not in page
        assert f"可向{city.institution.name}核实。" in clerk.get(edit(pair[0])).text

    def test_no_page_of_the_clerk_tells_of_the_other(self, clerk, other_clerk, pair):
        mine, theirs = pair
        secrets = secrets_of(other_clerk, theirs)
        assert not secrets & secrets_of(clerk, mine)
        answers = [
            clerk.told(clerk.submit(edit(mine), major="全科医学")),
            *(clerk.get(one).text for one in (edit(mine), "/admin/", "/admin/rosters/new/")),
            clerk.get(GRID, **TWO_PLACES).text,
            "\n".join(str(line) for line in cells_of(clerk.get(f"{GRID}export/xlsx/"))),
        ]
        for answer in answers:
            assert not [one for one in secrets if one in answer]
        assert clerk.get(edit(theirs)).status_code == 404

    def test_the_trail_of_one_side_tells_nothing_of_the_other(self, clerk, other_clerk, pair):
        mine, theirs = pair
        with unscoped(Reason.MAINTENANCE):
            written = db.session.execute(
                select(AuditEntry.changes, AuditEntry.object_label).where(
                    AuditEntry.owner_path == mine.owner_path
                )
            ).all()
            said = set(db.session.scalars(select(CertificateDoubt.sentence)))
        assert written
        for text in (*map(str, written), *said):
            assert not [one for one in secrets_of(other_clerk, theirs) if one in text]

    def test_offices_above_one_are_told_of_that_one(self, city, pair, other_clerk):
        page = city.get(edit(pair[0])).text
        assert ELSEWHERE in page
        assert other_clerk.institution.name not in page
        assert city.rows(GRID, **TWO_PLACES) == ["周晓燕"]

    def test_offices_above_both_read_both_names(self, province, clerk, other_clerk, pair):
        assert (
            f"同时录入的机构：{other_clerk.institution.name}。" in province.get(edit(pair[0])).text
        )
        assert f"同时录入的机构：{clerk.institution.name}。" in province.get(edit(pair[1])).text
        assert len(province.rows(GRID, **TWO_PLACES)) == 2

    def test_home_of_the_offices_counts_them(self, clerk, city, province, pair):
        for worker, count in ((city, 1), (province, 2)):
            page = worker.get("/admin/").text
            assert "有两地同时试用的人员" in page
            (found,) = re.findall(r"<a[^>]*doubt=two_places[^>]*>.*?</a>", page, re.DOTALL)
            assert re.search(rf">\s*{count}\s*<", found)
        assert "有两地同时试用的人员" not in clerk.get("/admin/").text

    def test_nobody_is_counted_once_it_is_settled(self, city, other_clerk, pair):
        other_clerk.act("certificates", "delete", pair[1], reason="误录")
        assert "有两地同时试用的人员" not in city.get("/admin/").text
        assert city.rows(GRID, **TWO_PLACES) == []


class TestGrid:
    @pytest.fixture
    def rows(self, clerk):
        enter(clerk, name="周无")
        return enter(clerk, name="周有", education_code="31", graduated_on=dt.date(2016, 12, 1))

    @pytest.mark.parametrize(
        ("value", "names"),
        [
            ("", ["周有", "周无"]),
            ("any", ["周有"]),
            ("none", ["周无"]),
            ("education", ["周有"]),
            ("two_places", []),
            ("nonsense", []),
        ],
    )
    def test_filter(self, city, rows, value, names):
        assert city.rows(GRID, doubt=value) == names

    def test_number_and_kinds(self, clerk, rows):
        cells = re.findall(
            r'<td class="col-doubts([^"]*)" title="([^"]*)">([^<]*)</td>', clerk.get(GRID).text
        )
        assert cells == [(" is-waiting", "学历存疑、毕业晚于开始", "2"), ("", "", "")]

    def test_workbook(self, city, rows):
        lines = cells_of(city.get(f"{GRID}export/xlsx/", doubt="any"))
        head = next(line for line in lines if "风险提示" in line)
        values = lines[lines.index(head) + 1]
        assert values[head.index("风险提示")] == "学历存疑、毕业晚于开始"
        assert len(entries("certificate:export")) == 1


def test_rosters_tell_clerk_and_office(clerk, city):
    row = enter(clerk, name="周有", education_code="31")
    told = "1项：学历存疑"
    assert told in clerk.get("/admin/rosters/new/").text
    roster = make_roster(clerk.actor, [row], state=RosterState.SUBMITTED)
    db.session.commit()
    for worker in (clerk, city):
        assert told in worker.get(f"/admin/rosters/details/?id={roster.id}").text
    pdf = text_of(clerk.get(f"/admin/rosters/{roster.id}/print.pdf"))
    assert "学历存疑" not in pdf


def test_every_kind_can_be_filtered_for(city):
    page = city.get(GRID).text
    assert all(f'<option value="{kind.value}">{kind.label}</option>' in page for kind in Doubt)
