"""The one table of the record's fields: it covers the columns and answers by role and lock."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, select

from extensions import db
from models import AccountRole, Institution, InstitutionCategory, label_of
from services.errors import DomainError
from services.identifiers import InvalidIdentifierError
from services.institutions import field_rules
from services.institutions.field_rules import FIELDS, Demand, Keeper
from services.reference import CodeTables
from tests.factories.actors import acting, make_actor
from tests.factories.codes import load_codes
from tests.factories.institutions import make_bureau, make_institution

#: Columns that nobody types: the tree's, the platform's own, and what acts of their own change.
_NOT_TYPED = {
    *("id", "path", "children_numbered", "kind", "unit_number", "name_key", "search_text"),
    *("version", "created_at", "updated_at", "locked_at", "locked_by_id", "deleted_at"),
    *("deleted_by", "form_key"),
}


@pytest.fixture
def codes(session):
    load_codes()
    return CodeTables()


def test_every_column_that_is_typed_has_its_rule():
    columns = {attribute.key for attribute in Institution.__mapper__.column_attrs}
    assert {one.name for one in FIELDS} == columns - _NOT_TYPED
    assert len({one.name for one in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_labels_stand_on_the_columns(one):
    assert one.label == label_of(getattr(Institution, one.name))
    assert field_rules.rule(one.name) is one


def test_the_notice():
    """附件1: the stars of the forms, and what only a superior may change."""
    stars = {one.label for one in FIELDS if one.demand is Demand.RECORD}
    assert stars == {"机构代码", "机构地址", "邮政编码", "机构级别", "机构等次", "业务定级"}
    superior = {one.label for one in FIELDS if one.keeper is Keeper.SUPERIOR}
    assert superior == {"机构名称", "机构类别", "信息上报", "行政区划"}


class TestRequired:
    def test_the_same_for_every_category(self, codes):
        every = {one.name for one in FIELDS if one.demand is not Demand.NONE}
        categories = db.session.scalars(select(InstitutionCategory.code)).all()
        assert categories
        for code in categories:
            institution = Institution(parent_id=1, category_code=code)
            assert set(field_rules.required_for(institution)) == every

    def test_a_root_reports_to_nobody(self, session):
        root = make_bureau()
        below = make_bureau(root)
        assert "parent_id" not in field_rules.required_for(root)
        assert "parent_id" in field_rules.required_for(below)


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
@pytest.mark.parametrize("is_locked", [False, True], ids=["open", "locked"])
@pytest.mark.parametrize("who", ["itself", "superior", "auditor", "neighbour", "below"])
def test_who_may_change_what(session, one, is_locked, who):
    province = make_bureau()
    city = make_bureau(province)
    hospital = make_institution(city, locked_at=dt.datetime.now(dt.UTC) if is_locked else None)
    actor = {
        "itself": lambda: make_actor(hospital),
        "superior": lambda: make_actor(province),
        "auditor": lambda: make_actor(city, role=AccountRole.AUDITOR),
        "neighbour": lambda: make_actor(make_bureau(province)),
        "below": lambda: make_actor(make_institution(hospital)),
    }[who]()
    with acting(actor):
        allowed = field_rules.may_change(actor, hospital, one.name)
    by_role = who == "superior" or (who == "itself" and one.keeper is Keeper.RECORD_KEEPER)
    assert allowed is (by_role and not (is_locked and one.is_frozen_by_lock))


def test_a_new_institution_is_for_those_who_may_add_one(session):
    city = make_bureau()
    for role, allowed in ((AccountRole.OPERATOR, True), (AccountRole.AUDITOR, False)):
        actor = make_actor(city, role=role)
        assert all(field_rules.may_change(actor, None, one.name) is allowed for one in FIELDS)


class TestValues:
    @pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
    def test_empty(self, codes, one):
        for empty in ("", "  ", None):
            assert field_rules.check_value(one.name, empty, codes).value == ""
            with pytest.raises(DomainError, match=f"请(填写|选择){one.label}。"):
                field_rules.check_value(one.name, empty, codes, required=True)

    @pytest.mark.parametrize(
        ("name", "typed", "kept"),
        [
            ("name", " 汉口医院 ", "汉口医院"),
            ("category_code", "A1", "A1"),
            ("parent_id", 7, "7"),
            ("organisation_code", "１２４２０１００-441626842y", "12420100441626842Y"),
            ("postcode", " ４３００１４", "430014"),
            ("level_code", "0", "0"),
        ],
    )
    def test_normal_forms(self, codes, name, typed, kept):
        assert field_rules.check_value(name, typed, codes).value == kept

    @pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
    @pytest.mark.parametrize("typed", ["\x00", "长" * 300, "A1\x00"])
    def test_nonsense_is_refused_without_being_repeated(self, codes, one, typed):
        with pytest.raises(InvalidIdentifierError) as caught:
            field_rules.check_value(one.name, typed, codes)
        assert typed not in caught.value.message

    def test_doubts_come_along(self, codes):
        assert field_rules.check_value("registration_number", "5" * 22, codes).warnings

    def test_nothing_is_asked_twice(self, codes):
        asked = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        for _ in range(50):
            assert field_rules.check_value("parent_id", "1", codes).value == "1"
            for name in ("category_code", "division_code", "level_code"):
                with pytest.raises(InvalidIdentifierError):
                    field_rules.check_value(name, "none", codes)
            assert codes.licence_rule("A1") == "required"
            assert codes.trial_role("Z2") == "bureau"
        # All code tables at once, and what categories say besides.
        assert len([one for one in asked if one.startswith("SELECT")]) == 2
