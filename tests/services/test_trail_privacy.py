"""The trail tells watchers that something was done, and nothing about the people concerned."""

from __future__ import annotations

import pytest

from models import AuditEntry
from services.audit import AuditTag
from services.trail_privacy import (
    HIDDEN,
    PERSONAL_RESOURCES,
    holds_personal_data,
    shown_object,
    shown_story,
)
from tests.factories.actors import make_actor
from tests.factories.institutions import make_bureau

CHANGES = [
    {"label": "姓名", "old": "", "new": "赵小兰"},
    {"label": "毕业学校", "old": "", "new": "湖北医学院"},
]


def entry(tag):
    return AuditEntry(tag=tag, object_label="赵小兰", changes=CHANGES)


@pytest.mark.parametrize("role", ["auditor", "audit_admin"])
def test_watchers_learn_the_fields_and_no_value(session, role):
    actor = make_actor(make_bureau(), role=role, phone="13800138000")
    for tag in AuditTag:
        shown = shown_object(actor, entry(tag)) + shown_story(actor, entry(tag))
        is_personal = holds_personal_data(tag.value)
        assert ("赵小兰" not in shown) is is_personal
        if is_personal:
            assert shown == HIDDEN + "姓名、毕业学校"


def test_operators_read_all(session):
    actor = make_actor(make_bureau())
    for tag in AuditTag:
        assert shown_object(actor, entry(tag)) == "赵小兰"
        assert shown_story(actor, entry(tag)) == "姓名：赵小兰；毕业学校：湖北医学院"


def test_what_names_people_is_hidden():
    assert {"certificate", "roster", "review", "licence", "licence_scan"} == PERSONAL_RESOURCES
    assert {tag.value.partition(":")[0] for tag in AuditTag} >= PERSONAL_RESOURCES


def test_whom_an_export_of_the_trail_sought_is_hidden_and_its_clearing_is_not():
    assert holds_personal_data(AuditTag.AUDIT_EXPORT.value)
    assert not holds_personal_data(AuditTag.AUDIT_PURGE.value)
