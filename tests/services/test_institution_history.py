"""变更记录: what happened to a record, in the reader's words, as far as the reader may know."""

from __future__ import annotations

import pytest

from extensions import db
from services import audit, former_names, institutions
from services.audit import AuditTag
from services.errors import NotAllowedError, NotFoundError
from services.former_names import FormerNameInput
from services.institutions.history import PAGE_SIZE
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau
from tests.factories.licences import make_licence, make_scan
from tests.services.institution_cases import (
    city,
    details,
    form,
    hospital,
    neighbour,
    province,
    update_details,
)

__all__ = ["city", "hospital", "neighbour", "province"]


def read(actor, institution, page=0):
    with acting(actor):
        return institutions.history(actor, institution, page=page)


def test_labelled_old_and_new_newest_first(city, hospital):
    clerk = make_actor(hospital, username="hb3000101", full_name="院某")
    with acting(clerk):
        update_details(clerk, hospital, details(), 1)
        update_details(clerk, hospital, details(address="新址1号", level_code="1"), 2)
        former_names.create(clerk, hospital, FormerNameInput("工人医院"))
    history = read(clerk, hospital)
    assert [entry.act for entry in history.entries] == [
        "新增曾用名",
        "修改机构信息",
        "修改机构信息",
    ]
    assert history.entries[0].subject == "工人医院"
    told = {change["label"]: change for change in history.entries[1].changes}
    assert told["机构地址"]["old"] == details().address
    assert told["机构地址"]["new"] == "新址1号"
    assert told["机构级别"]["new"] != "1", "names instead of codes"
    assert {entry.who for entry in history.entries} == {"hb3000101 院某"}


def test_superiors_are_known_by_their_office_only(city, hospital):
    boss = make_actor(city, username="hb2000901", full_name="市某")
    with acting(boss):
        institutions.update(boss, hospital, form(hospital, name="甲市中心医院"), 1)
    (seen_below,) = read(make_actor(hospital), hospital).entries
    assert seen_below.who == "甲市卫生局"
    (seen_above,) = read(boss, hospital).entries
    assert seen_above.who == "hb2000901 市某"


def test_it_follows_the_record_through_moves(province, city, hospital, neighbour):
    boss = make_actor(city, username="hb2000901", full_name="市某")
    clerk = make_actor(hospital, username="hb3000101", full_name="院某")
    with acting(boss):
        institutions.update(boss, hospital, form(hospital, name="甲市中心医院"), 1)
    with acting(clerk):
        update_details(clerk, hospital, details(), 2)
    mover = make_actor(province)
    with acting(mover):
        institutions.move(mover, hospital, neighbour)
    new_boss = make_actor(neighbour)
    history = read(new_boss, hospital)
    assert [entry.who for entry in history.entries] == [
        "省卫生厅",
        # The account went along with its institution.
        "hb3000101 院某",
        "甲市卫生局",
    ]
    assert history.entries[0].changes == [
        {"label": "信息上报", "old": "甲市卫生局", "new": "乙市卫生局"}
    ]
    with pytest.raises(NotFoundError):
        read(boss, hospital)


def test_accounts_and_people_have_trails_of_their_own(city, hospital):
    from services import administrators  # noqa: PLC0415 - one test only

    clerk = make_actor(hospital)
    with acting(clerk):
        assert administrators is not None
    assert read(clerk, hospital).entries == []


def test_pages(city, hospital):
    clerk = make_actor(hospital)
    with acting(clerk):
        for number in range(PAGE_SIZE + 3):
            former_names.create(clerk, hospital, FormerNameInput(f"旧名{number:02d}"))
    first, last = read(clerk, hospital), read(clerk, hospital, page=1)
    assert (first.count, first.pages) == (PAGE_SIZE + 3, 2)
    assert len(first.entries) == PAGE_SIZE
    assert [entry.subject for entry in last.entries] == ["旧名02", "旧名01", "旧名00"]
    # Beyond the end is the end.
    assert read(clerk, hospital, page=99).page == 1
    assert read(clerk, hospital, page=-1).page == 0


def test_a_record_outside_is_not_read(city, hospital, neighbour):
    with pytest.raises(NotFoundError):
        read(make_actor(neighbour), hospital)
    with pytest.raises(NotFoundError):
        read(make_actor(hospital), city)


def test_an_auditor_reads_the_trail_and_no_record(city, hospital):
    for place in (city, hospital):
        with pytest.raises(NotAllowedError):
            read(make_actor(place, role="auditor"), hospital if place is city else place)


def test_siblings_are_not_mixed(city, hospital):
    other = make_bureau(city)
    boss = make_actor(city)
    with acting(boss):
        institutions.update(boss, other, form(other, name="丙县卫生局"), 1)
    assert read(boss, hospital).entries == []
    assert read(boss, other).count == 1


def test_it_tells_changes_to_people(city, hospital):
    """No downloads, and no digests of files."""
    with acting(make_actor(city)) as actor:
        licence = make_licence(hospital)
        scan, title = make_scan(licence), licence.title
        digest = {"label": "文件摘要", "old": "", "new": "f" * 64}
        pages = {"label": "页数", "old": "", "new": "1"}
        audit.record(actor, AuditTag.LICENCE_SCAN_UPLOAD, scan, changes=[pages, digest])
        audit.record(actor, AuditTag.LICENCE_SCAN_DOWNLOAD, scan)
        db.session.commit()
        told = institutions.history(actor, hospital)
    assert told.count == 1
    assert told.entries[0].changes == [pages]
    assert told.entries[0].subject == title
