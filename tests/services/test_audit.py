"""Each act leaves its entry in the same transaction, with labels, and without personal data."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from sqlalchemy import select

from models import (
    AccountRole,
    AuditEntry,
    AuditResult,
    AuthMethod,
    Base,
    FormerName,
    Institution,
    label_of,
)
from models.institution import ROOT
from services import audit, institutions, scope
from services.audit import AuditTag
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.owned import make_plain_certificate


@pytest.fixture
def city(session):
    return make_bureau(make_bureau())


@pytest.fixture
def hospital(city):
    return make_institution(city, name="甲市医院")


@pytest.fixture
def actor(city):
    with acting(make_actor(city, username="hb2000201", full_name="张三")) as acts:
        yield acts


class TestRecording:
    def test_who_what_where(self, session, city, hospital, actor):
        audit.record(
            actor,
            AuditTag.INSTITUTION_LOCK,
            hospital,
            changes=[{"label": "审核状态", "old": "未锁定", "new": "已锁定"}],
        )
        session.flush()
        session.expire_all()
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.tag == "institution:lock"
        assert entry.result is AuditResult.DONE
        assert entry.actor_id == actor.administrator_id
        assert entry.actor_name == "hb2000201 张三"
        assert entry.institution_name == city.name
        assert entry.owner_path == hospital.path
        assert (entry.object_type, entry.object_id) == ("Institution", hospital.id)
        assert entry.object_label == "甲市医院"
        assert entry.changes == [{"label": "审核状态", "old": "未锁定", "new": "已锁定"}]
        assert entry.address == "192.0.2.1"
        assert abs(entry.at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)

    def test_a_new_row_is_flushed_so_that_its_key_is_known(self, session, hospital, actor):
        row = FormerName(institution=hospital, name="旧名")
        session.add(row)
        entry = audit.record(actor, AuditTag.FORMER_NAME_CREATE, row)
        assert entry.object_id == row.id is not None
        assert entry.owner_path == hospital.path

    def test_an_act_without_an_object_belongs_to_the_actors_node(self, session, city, actor):
        entry = audit.record(actor, AuditTag.SESSION_SIGN_OUT)
        assert entry.owner_path == city.path
        assert (entry.object_type, entry.object_id, entry.object_label) == ("", None, "")

    def test_no_audit_no_act(self, session, hospital, actor):
        """Act and entry stand or fall together."""
        with session.begin_nested() as savepoint:
            hospital.name = "改名"
            audit.record(actor, AuditTag.INSTITUTION_UPDATE, hospital)
            session.flush()
            savepoint.rollback()
        session.expire_all()
        assert hospital.name == "甲市医院"
        assert session.scalars(select(AuditEntry)).all() == []

    def test_the_place_of_the_time_is_kept_when_the_institution_moves(
        self, session, city, hospital, actor
    ):
        before = hospital.path
        entry = audit.record(actor, AuditTag.INSTITUTION_LOCK, hospital)
        institutions.move(actor, hospital, make_bureau(city))
        assert hospital.path != before
        assert entry.owner_path == before

    def test_a_stranger_is_seen_by_whoever_reads_the_whole_trail(self, session, city):
        with scope.unscoped(scope.Reason.MAINTENANCE):
            province = session.scalars(select(Institution).where(Institution.path == ROOT)).one()
        entry = audit.record_stranger(
            AuditTag.SESSION_SIGN_IN,
            result=AuditResult.FAILED,
            address="192.0.2.7",
            request_id="r",
        )
        session.flush()
        with acting(make_actor(city)):
            assert session.scalars(select(AuditEntry)).all() == []
        with acting(make_actor(province)):
            assert session.scalars(select(AuditEntry.address)).all() == ["192.0.2.7"]
        assert audit.is_nobody(entry)

    def test_a_refusal_is_recorded_before_there_is_an_actor(self, session, city):
        actor = make_actor(city)
        scope.unbind()
        audit.record(actor, AuditTag.REQUEST_DENIED, result=AuditResult.DENIED)
        session.flush()
        with acting(actor):
            assert session.scalars(select(AuditEntry.result)).all() == [AuditResult.DENIED]


class TestChanges:
    def test_a_phone_that_comes_or_goes_is_told_apart(self, session, hospital, actor):
        account = make_administrator(hospital, phone=None)
        told = []
        for phone in ("13800138000", "13900139000", None):
            account.phone = phone
            told += [one["new"] for one in audit.changes_of(account) if one["label"] == "手机号"]
            session.flush()
        assert told == ["已绑定", "已更改", "已解除"]

    def test_labelled_old_and_new(self, hospital, actor):
        hospital.name = "乙院"
        hospital.postcode = "430014"
        assert sorted(audit.changes_of(hospital), key=lambda change: change["label"]) == [
            {"label": "机构名称", "old": "甲市医院", "new": "乙院"},
            {"label": "邮政编码", "old": "", "new": "430014"},
        ]

    def test_enums_flags_and_moments_read_as_on_the_screen(self, city):
        account = make_administrator(city)
        with acting(make_actor(city)):
            account.auth_method = AuthMethod.PASSWORD_SMS
            account.role = AccountRole.AUDITOR
            account.is_enabled = False
            account.deleted_at = dt.datetime(2018, 1, 1, 16, 30, tzinfo=dt.UTC)
            found = {c["label"]: (c["old"], c["new"]) for c in audit.changes_of(account)}
        assert found == {
            "认证类型": ("用户名密码", "用户名密码+手机验证码"),
            "角色": ("操作员", "审计员"),
            "启用状态": ("是", "否"),
            "删除时间": ("", "2018-01-02 00:30"),
        }

    def test_setting_what_is_there_is_no_change(self, hospital, actor):
        hospital.name = "甲市医院"
        assert audit.changes_of(hospital) == []

    def test_personal_data_and_secrets_are_only_said_to_have_changed(self, session, hospital):
        certificate = make_plain_certificate(hospital)
        account = make_administrator(hospital, phone="13800138000", email="old@example.com")
        secrets = [
            "422222198501015555",
            "13911112222",
            "new@example.com",
            "argon2-new",
            "13800138000",
        ]
        with acting(make_actor(hospital)):
            certificate.id_number = secrets[0]
            certificate.phone = secrets[1]
            account.phone = secrets[1]
            account.email = secrets[2]
            account.password_hash = secrets[3]
            changes = audit.changes_of(certificate) + audit.changes_of(account)
            session.rollback()
        words = json.dumps(changes, ensure_ascii=False)
        assert not [secret for secret in (*secrets, "old@example.com") if secret in words]
        assert {change["label"] for change in changes} == {
            "证件号码",
            "手机号",
            "邮箱",
            "密码",
        }
        assert {(change["old"], change["new"]) for change in changes} == {("", "已更改")}

    def test_a_long_text_is_cut(self, hospital, actor):
        hospital.address = "长" * 2000
        assert len(audit.changes_of(hospital)[0]["new"]) == 500

    def test_every_encrypted_column_is_marked_as_personal(self):
        unmarked = [
            f"{mapper.class_.__name__}.{attribute.key}"
            for mapper in Base.registry.mappers
            for attribute in mapper.column_attrs
            if type(attribute.columns[0].type).__name__ == "Encrypted"
            and not {"sensitive", "secret"} & set(attribute.columns[0].info)
        ]
        assert unmarked == []

    def test_every_column_that_may_change_has_a_label(self):
        for mapper in Base.registry.mappers:
            for attribute in mapper.column_attrs:
                if attribute.key in {"id", "licence_id"} or mapper.class_.__name__ == (
                    "InstitutionName"
                ):
                    continue
                assert attribute.columns[0].info.get("label"), f"{mapper.class_}.{attribute.key}"


class TestNames:
    def test_a_record_is_described_without_personal_data(self, hospital):
        certificate = make_plain_certificate(hospital, name="周𬭎")
        assert audit.describe(certificate) == "周𬭎"
        assert audit.describe(make_administrator(hospital, username="hb3017401")) == "hb3017401"
        assert audit.describe(None) == ""
        assert len(audit.describe(Institution(name="长" * 500))) == 120

    def test_tags_and_their_labels(self):
        assert len({tag.label for tag in AuditTag}) == len(AuditTag)
        for tag in AuditTag:
            assert re.fullmatch(r"[a-z_]+:[a-z_]+", tag.value)
            assert len(tag.value) <= AuditEntry.tag.property.columns[0].type.length
            assert audit.label_of_tag(tag.value) == tag.label
        assert audit.label_of_tag("long:gone") == "long:gone"

    def test_changes_as_one_line(self):
        assert (
            audit.story_of(
                [
                    {"label": "机构名称", "old": "甲", "new": "乙"},
                    {"label": "手机号", "old": "", "new": "已更改"},
                ]
            )
            == "机构名称：甲 → 乙；手机号：已更改"
        )

    def test_labels_stand_on_the_columns(self):
        assert label_of(Institution.name) == "机构名称"
