"""Uploading, confirming and giving up: all or nothing, once, and by the uploader alone."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from extensions import db
from models import (
    AuditEntry,
    FormerName,
    ImportBatch,
    ImportState,
    Institution,
    InstitutionKind,
    utc_now,
)
from models.engine import writing
from services import audit, clock, institutions, numbering, scope
from services.errors import DomainError, NotAllowedError, NotFoundError, StaleVersionError
from services.importing import desk
from services.institutions import importing, names
from services.institutions.importing import batches
from services.institutions.importing import writing as written
from services.reference import CodeTables
from services.scope import Reason, unscoped
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_former_name, make_institution
from tests.factories.workbooks import import_table
from tests.services.importing.batch_cases import (
    actor,
    applied,
    city,
    clinics,
    codes_of_categories,
    count,
    entries,
    failing_at,
    named,
    uploaded,
)

__all__ = ["actor", "city"]

CODE = "12420100441626842Y"


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def test_new_ones_are_written_with_numbers_places_and_entries(city, actor):
    rows = [
        {"name": "新区第一卫生室", "category_code": "D600", "parent_id": "新区卫生局"},
        {"name": "新区卫生局", "category_code": "Z3", "address": "新区1号", "postcode": "430000"},
        {"name": "新区第二卫生室", "category_code": "D600", "parent_id": "新区卫生局"},
        {"name": "直属医院", "category_code": "A100", "organisation_code": CODE},
    ]
    assert applied(actor, uploaded(actor, import_table(rows))).state is ImportState.APPLIED
    bureau, first, second = (named(n) for n in ("新区卫生局", "新区第一卫生室", "新区第二卫生室"))
    assert (bureau.parent_id, bureau.address, bureau.is_bureau) == (city.id, "新区1号", True)
    assert bureau.path.startswith(city.path)
    assert first.parent_id == second.parent_id == bureau.id
    assert {first.path, second.path} == {bureau.path + "0001", bureau.path + "0002"}
    assert bureau.unit_number // 10_000 == 2
    assert len({first.unit_number, second.unit_number, named("直属医院").unit_number}) == 3
    assert "xqdywss" in first.search_text
    made = entries(audit.AuditTag.INSTITUTION_CREATE)
    assert {entry.object_label for entry in made} == {row["name"] for row in rows}
    by_name = {entry.object_label: entry for entry in made}
    assert by_name["直属医院"].institution_id == named("直属医院").id
    assert {"label": "机构代码", "old": "", "new": CODE} in by_name["直属医院"].changes
    told = {change["label"]: change["new"] for change in by_name["新区第一卫生室"].changes}
    assert told["机构类别"] == codes_of_categories()["D600"]
    assert told["信息上报"] == "新区卫生局"
    (whole,) = entries(audit.AuditTag.INSTITUTION_IMPORT)
    assert (whole.object_label, whole.changes) == (
        "机构.xlsx",
        [{"label": "新增行数", "old": "", "new": "4"}],
    )


def test_the_next_one_made_by_hand_goes_on_where_the_import_ended(city, actor):
    applied(actor, uploaded(actor, clinics(3)))
    last = max(named(f"第{n}卫生室").unit_number for n in range(3))
    with unscoped(Reason.MAINTENANCE):
        assert numbering.next_path(named("武汉市卫生局")) == city.path + "0004"
    assert numbering.next_unit_number(InstitutionKind.HEALTHCARE) == last + 1


def test_numbers_given_by_hand_are_passed_over(city, actor):
    drawn = numbering.next_unit_number(InstitutionKind.HEALTHCARE)
    make_institution(city, unit_number=drawn + 3)
    applied(actor, uploaded(actor, clinics(4)))
    numbers = sorted(named(f"第{n}卫生室").unit_number - drawn for n in range(4))
    assert numbers == [1, 2, 4, 5]


@pytest.mark.parametrize("typed", [str, lambda number: str(number).translate(FULL_WIDTH)])
def test_changes_are_written_as_shown(city, actor, typed):
    hospital = make_institution(city, name="汉口医院", address="旧址", postcode="430014")
    table = import_table(
        [{"unit_number": typed(hospital.unit_number), "name": "汉口医院", "address": "新址"}]
    )
    applied(actor, uploaded(actor, table))
    after = named("汉口医院")
    assert (after.address, after.postcode, after.version) == ("新址", "430014", hospital.version)
    (entry,) = entries(audit.AuditTag.INSTITUTION_UPDATE)
    assert entry.changes == [{"label": "机构地址", "old": "旧址", "new": "新址"}]


@pytest.mark.parametrize("keep", [True, False])
def test_old_names_become_former_ones_where_wanted(city, actor, keep):
    one = make_institution(city, name="旧名一")
    two = make_institution(city, name="旧名二")
    make_former_name(two, name="旧名二的旧名")
    table = import_table(
        [
            {"unit_number": one.unit_number, "name": "新名一"},
            {"unit_number": two.unit_number, "name": "旧名二的旧名"},
        ]
    )
    key = uploaded(actor, table)
    with acting(actor):
        assert importing.preview_of(actor, key).outcome.has_renames
    applied(actor, key, keep_former_names=keep)
    assert named("新名一").id == one.id
    assert named("旧名二的旧名").id == two.id
    with unscoped(Reason.MAINTENANCE):
        kept = db.session.execute(
            select(FormerName.name, FormerName.used_until).where(
                FormerName.name.in_(["旧名一", "旧名二"])
            )
        ).all()
    assert sorted(kept) == ([("旧名一", clock.today()), ("旧名二", clock.today())] if keep else [])


def test_what_was_unlocked_meanwhile_is_judged_anew_without_another_upload(city, actor):
    hospital = make_institution(city, name="汉口医院", address="旧址", locked_at=utc_now())
    key = uploaded(actor, import_table([{"name": "汉口医院", "address": "新址"}]))
    with acting(actor):
        assert importing.preview_of(actor, key).outcome.count(importing.RowStatus.WRONG) == 1
        assert not importing.judge_anew(actor, key)
        institutions.unlock(actor, [hospital], reason="核对有误")
        assert importing.judge_anew(actor, key)
        db.session.commit()
        preview = importing.preview_of(actor, key)
        assert [row.status.value for row in preview.outcome.rows] == ["changed"]
        assert (preview.batch.wrong_count, preview.batch.changed_count) == (0, 1)
    applied(actor, key)
    assert named("汉口医院").address == "新址"


def test_only_the_uploader_has_a_waiting_batch_judged_anew(city, actor):
    key = uploaded(actor, clinics(1))
    with acting(make_actor(city)) as colleague, pytest.raises(NotFoundError):
        importing.judge_anew(colleague, key)
    applied(actor, key)
    with acting(actor), pytest.raises(DomainError, match="已经处理过"):
        importing.judge_anew(actor, key)


def test_the_same_file_again_changes_nothing(actor):
    data = clinics(5, address="某村")
    applied(actor, uploaded(actor, data))
    before = count(Institution), count(AuditEntry)
    key = uploaded(actor, data)
    with acting(actor):
        batch = importing.find_own(actor, key)
        assert (batch.new_count, batch.changed_count, batch.unchanged_count) == (0, 0, 5)
    with pytest.raises(DomainError, match="没有需要新增或修改的内容"):
        applied(actor, key)
    db.session.rollback()
    # Only the upload itself left an entry.
    assert (count(Institution), count(AuditEntry)) == (before[0], before[1] + 1)


def test_the_export_of_the_library_changes_nothing_either(city, actor):
    county = make_bureau(city, name="黄陂区卫生局", category_code="Z3", division_code="420116")
    make_institution(county, name="黄陂区医院", level_code="2", grade_code="2", rank_code="4")
    keys = [column.key for column in importing.COLUMNS]
    with acting(actor):
        rows = [
            dict(zip(keys, row, strict=True)) for row in importing.library_rows(actor, CodeTables())
        ]
    assert [(row["name"], row["parent_id"]) for row in rows] == [
        ("黄陂区卫生局", "武汉市卫生局"),
        ("黄陂区医院", "黄陂区卫生局"),
    ]
    assert (rows[0]["division_code"], rows[1]["level_code"]) == ("420116 黄陂区", "二级")
    key = uploaded(actor, import_table(rows))
    with acting(actor):
        assert importing.find_own(actor, key).unchanged_count == 2


def test_a_second_confirmation_does_nothing(actor):
    key = uploaded(actor, clinics(2))
    applied(actor, key, version=1)
    before = count(Institution), count(AuditEntry)
    with pytest.raises(DomainError, match="已经处理过"):
        applied(actor, key, version=1)
    db.session.rollback()
    assert (count(Institution), count(AuditEntry)) == before


def test_wrong_rows_hold_everything_back(actor):
    key = uploaded(
        actor, import_table([{"name": "好的", "category_code": "D600"}, {"name": "坏的"}])
    )
    with pytest.raises(DomainError, match="还有错误的行"):
        applied(actor, key)
    db.session.rollback()
    assert named("好的") is None


@pytest.mark.parametrize("nth", [1, 7, 12])
def test_a_fault_at_any_row_leaves_nothing(actor, monkeypatch, nth):
    """Twelve rows, some new and some changed; the trail of the n-th cannot be written."""
    applied(actor, uploaded(actor, clinics(4)))
    key = uploaded(actor, clinics(12, address="新址"))
    before = count(Institution), count(AuditEntry)
    with monkeypatch.context() as patch:
        patch.setattr(written.audit, "record", failing_at(nth, audit.record))
        with pytest.raises(RuntimeError):
            applied(actor, key)
    db.session.rollback()
    assert (count(Institution), count(AuditEntry)) == before
    assert count(Institution, Institution.address == "新址") == 0
    # Nothing is lost: the same batch can be confirmed now.
    assert applied(actor, key).state is ImportState.APPLIED
    assert count(Institution, Institution.address == "新址") == 12


def test_what_changed_meanwhile_is_shown_instead_of_written(city, actor):
    key = uploaded(actor, clinics(2))
    make_institution(city, name="第1卫生室", category_code="D600")
    assert applied(actor, key) is None
    with acting(actor):
        batch = importing.find_own(actor, key)
        preview = importing.preview_of(actor, key).outcome
    assert (batch.state, batch.new_count, batch.unchanged_count) == (ImportState.PREVIEWED, 1, 1)
    assert [row.status.value for row in preview.rows] == ["new", "unchanged"]
    assert named("第0卫生室") is None
    # The page that was open before cannot confirm what it did not show.
    with pytest.raises(StaleVersionError):
        applied(actor, key, version=1)
    db.session.rollback()
    assert applied(actor, key).state is ImportState.APPLIED


def test_a_lock_between_preview_and_confirmation_is_found(city, actor):
    hospital = make_institution(city, name="汉口医院", address="旧址")
    key = uploaded(actor, import_table([{"name": "汉口医院", "address": "新址"}]))
    with unscoped(Reason.MAINTENANCE):
        hospital.locked_at = utc_now()
        db.session.flush()
    assert applied(actor, key) is None
    with acting(actor):
        (row,) = importing.preview_of(actor, key).outcome.rows
    assert "已锁定" in row.errors["address"]
    assert named("汉口医院").address == "旧址"


def test_a_lock_while_it_is_written_is_found_too(city, actor, monkeypatch):
    """The lock falls after the last look: the version in the UPDATE tells."""
    hospital = make_institution(city, name="汉口医院", address="旧址")
    key = uploaded(actor, import_table([{"name": "汉口医院", "address": "新址"}]))
    original = batches.write

    def lock_and_write(*arguments, **values):
        statement = Institution.__table__.update().where(Institution.__table__.c.id == hospital.id)
        db.session.connection().execute(statement.values(version=9, locked_at=utc_now()))
        return original(*arguments, **values)

    monkeypatch.setattr(batches, "write", lock_and_write)
    with pytest.raises(StaleVersionError):
        applied(actor, key)


def test_a_batch_is_its_uploaders_alone(city, actor):
    key = uploaded(actor, clinics(1))
    colleague = make_actor(city)
    with unscoped(Reason.MAINTENANCE):
        province = db.session.scalars(
            select(Institution).where(Institution.parent_id.is_(None))
        ).one()
    neighbour = make_actor(make_bureau(province))
    for other in (colleague, make_actor(province), neighbour):
        with acting(other):
            for act in (importing.find_own, importing.preview_of, importing.workbook_of):
                with pytest.raises(NotFoundError):
                    act(other, key)
            with pytest.raises(NotFoundError):
                importing.apply(other, key, 1, keep_former_names=True)
            assert importing.recent(other) == []
        db.session.rollback()
    with acting(colleague), pytest.raises(NotFoundError):
        importing.discard(colleague, db.session.scalars(select(ImportBatch)).one())
    with acting(actor):
        assert [batch.id for batch in importing.recent(actor)] == [key]


def test_who_may_not_write_may_not_import(city):
    auditor = make_actor(city, role="auditor")
    with acting(auditor):
        for act in (
            lambda: importing.upload(auditor, "x", clinics(1)),
            lambda: importing.apply(auditor, 1, 1, keep_former_names=False),
            lambda: importing.choices_for(auditor, CodeTables()),
            lambda: list(importing.library_rows(auditor, CodeTables())),
        ):
            with pytest.raises(NotAllowedError):
                act()


def test_nobody_gives_the_name_while_it_is_written(actor, monkeypatch):
    key = uploaded(actor, clinics(1))
    monkeypatch.setattr(names, "bearers", lambda _wanted: {})
    original = batches.write

    def name_and_write(*arguments, **values):
        with unscoped(Reason.MAINTENANCE):
            make_institution(named("武汉市卫生局"), name="第0卫生室")
        return original(*arguments, **values)

    monkeypatch.setattr(batches, "write", name_and_write)
    with pytest.raises(DomainError, match="该机构名称已被使用"):
        applied(actor, key)


def test_two_confirmations_at_once_import_once(committed_app):
    """Two browsers press the button together; real transactions, on both databases."""
    with committed_app.app_context(), writing():
        city = make_bureau(make_bureau(), name="武汉市卫生局")
        actor = make_actor(city)
        db.session.commit()
        key = uploaded(actor, clinics(30))
    told, gate = [], threading.Barrier(2)

    def confirm():
        with committed_app.app_context(), writing():
            scope.bind(actor)
            gate.wait()
            try:
                importing.apply(actor, key, 1, keep_former_names=True)
                db.session.commit()
                told.append("done")
            except DomainError as error:
                db.session.rollback()
                told.append(error.message)
            finally:
                scope.unbind()

    threads = [threading.Thread(target=confirm) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", desk.HANDLED]
    with committed_app.app_context():
        assert count(Institution) == 32
        assert count(AuditEntry, AuditEntry.tag == "institution:import") == 1


def test_an_outcome_survives_being_kept(actor):
    with acting(actor):
        batch = importing.upload(actor, "x.xlsx", clinics(3))
        outcome = importing.preview_of(actor, batch.id).outcome
    assert importing.InstitutionOutcome.unpacked(outcome.packed()) == outcome
    assert outcome.digest() == batch.outcome_digest
    assert outcome.new_below() == [("武汉市卫生局", 3)]
