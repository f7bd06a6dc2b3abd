"""The bin of certificates: who deleted whom and why, and the way back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from extensions import db
from models import CertificateState, CodeState, SubmissionCode, TrialCertificate
from services.certificates import input_of
from services.clock import today
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    city,
    clerk,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

BIN = "/admin/certificate-bin/"
GRID = "/admin/certificates/"


@pytest.fixture(autouse=True)
def cycle(tree):
    complete(tree.hospital)
    return make_exam_cycle()


@pytest.fixture
def deleted(clerk):
    """Somebody whom the clerk has deleted with a reason."""
    row = make_certificate(clerk.actor, name="周晓燕")
    clerk.told(clerk.act("certificates", "delete", row, reason="重复录入"))
    return row


def codes(row):
    with unscoped(Reason.MAINTENANCE):
        found = db.session.scalars(
            select(SubmissionCode)
            .where(SubmissionCode.certificate_id == row.id)
            .order_by(SubmissionCode.id)
            .execution_options(populate_existing=True)
        )
        return [(one.content_version, one.state) for one in found]


def test_deleting_needs_a_reason_which_the_trail_keeps(clerk):
    row = make_certificate(clerk.actor)
    assert "请填写删除原因。" in clerk.told(clerk.act("certificates", "delete", row))
    assert fresh(TrialCertificate, row.id).deleted_at is None
    assert "信息已删除" in clerk.told(clerk.act("certificates", "delete", row, reason=" 误录 "))
    (entry,) = entries("certificate:delete")
    assert entry.changes == [{"label": "删除原因", "old": "", "new": "误录"}]


def test_the_bin_says_who_when_and_why(clerk, deleted):
    page = clerk.get(BIN).text
    assert clerk.rows(BIN) == ["周晓燕"]
    assert "重复录入" in page
    assert f"{clerk.actor.username} 院某" in page
    assert ">30 天<" in page
    assert deleted.id_number not in page
    assert BIN in clerk.get(GRID).text


@pytest.mark.parametrize("keyword", ["zxy", "zhouxiaoyan", "晓燕"])
def test_the_bin_is_searched(clerk, deleted, keyword):
    assert clerk.rows(BIN, search=keyword) == ["周晓燕"]
    assert clerk.rows(BIN, search="zzz") == []


def test_nobody_else_sees_the_bin(city, province, other_clerk, deleted):
    assert city.get(BIN).status_code == province.get(BIN).status_code == 403
    assert other_clerk.rows(BIN) == []
    assert other_clerk.act("certificate-bin", "restore", deleted).status_code == 404
    assert city.act("certificate-bin", "restore", deleted).status_code == 403
    assert fresh(TrialCertificate, deleted.id).deleted_at is not None


def test_the_person_comes_back_with_a_new_code(clerk, deleted):
    old = deleted.submission_code
    assert codes(deleted) == [(1, CodeState.VOIDED)]
    assert "已恢复 1 人" in restore(clerk, deleted)
    row = fresh(TrialCertificate, deleted.id)
    assert row.deleted_at is row.deleted_by is row.delete_reason is None
    assert row.state is CertificateState.COMPLETED
    assert row.submission_code != old
    assert row.content_version == 2
    assert codes(row) == [(1, CodeState.VOIDED), (2, CodeState.CURRENT)]
    assert clerk.rows(GRID) == ["周晓燕"]
    assert clerk.rows(BIN) == []
    (entry,) = entries("certificate:restore")
    assert [change["new"] for change in entry.changes] == [old, row.submission_code]


def restore(clerk, row):
    return clerk.told(clerk.act("certificate-bin", "restore", row))


def test_whoever_was_entered_again_is_not_doubled(clerk, deleted):
    data = input_of(deleted)
    make_certificate(clerk.actor, **{name: getattr(data, name) for name in ("id_number", "name")})
    assert "“周晓燕”删除后又录入了" in restore(clerk, deleted)
    assert fresh(TrialCertificate, deleted.id).deleted_at is not None
    assert codes(deleted) == [(1, CodeState.VOIDED)]


def test_several_come_back_together_or_none(clerk, deleted):
    other = make_certificate(clerk.actor, name="钱多多")
    clerk.told(clerk.act("certificates", "delete", other, reason="误录"))
    make_certificate(clerk.actor, id_number=deleted.id_number, name="周晓燕")
    page = clerk.told(clerk.act("certificate-bin", "restore", other, deleted))
    assert "不能恢复" in page
    assert clerk.rows(BIN) == ["钱多多", "周晓燕"]


def test_after_thirty_days_nobody_comes_back(clerk, deleted):
    with unscoped(Reason.MAINTENANCE):
        row = fresh(TrialCertificate, deleted.id)
        row.deleted_at -= dt.timedelta(days=30)
        db.session.commit()
    assert clerk.rows(BIN) == []
    assert "超过30天" in restore(clerk, deleted)


def test_nobody_comes_back_once_entry_is_closed(clerk, deleted):
    make_exam_cycle(entry_closes_on=today() - dt.timedelta(days=1))
    db.session.commit()
    assert "已恢复" not in restore(clerk, deleted)
    assert fresh(TrialCertificate, deleted.id).deleted_at is not None


def test_what_was_never_deleted_is_not_in_the_bin(clerk):
    row = make_certificate(clerk.actor)
    assert clerk.act("certificate-bin", "restore", row).status_code == 404
