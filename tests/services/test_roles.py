"""Who may give which role: the three of the province stand apart, from one another above all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import AccountRole, AuthMethod, OutboxMessage, PasswordHandover
from models.administrator import PROVINCE_ROLES
from services import administrators, roles
from services.administrators import opening
from services.errors import FieldErrors, NotAllowedError
from tests.factories.actors import acting, make_actor
from tests.factories.administrators import make_administrator
from tests.factories.institutions import make_bureau, make_institution
from tests.services.administrator_cases import errors_of, form, last_entry, new_form, sign_in

PHONE, OTHER_PHONE = "13800138000", "13900139000"
THREE = sorted(PROVINCE_ROLES)


@pytest.fixture
def province(session):
    return make_bureau()


@pytest.fixture
def city(province):
    return make_bureau(province)


@pytest.fixture
def hospital(city):
    return make_institution(city)


@pytest.fixture
def head(province):
    with acting(make_actor(province)) as acts:
        yield acts


@pytest.fixture
def system(province):
    with acting(make_actor(province, role="system_admin", phone=OTHER_PHONE)) as acts:
        yield acts


class TestGiving:
    @pytest.mark.parametrize("role", THREE)
    def test_an_operator_of_the_first_bureau_gives_the_three_there(self, province, head, role):
        made = administrators.create(head, new_form(province, role=role, phone=PHONE))
        assert made.role is role

    @pytest.mark.parametrize("role", THREE)
    def test_nobody_gives_them_lower_down(self, city, head, role):
        wrong = errors_of(lambda: administrators.create(head, new_form(city, role=role, phone="")))
        assert wrong["role"] == roles.NOT_HERE

    @pytest.mark.parametrize("role", THREE)
    def test_nobody_else_gives_them(self, city, hospital, role):
        for node in (city, hospital):
            with acting(make_actor(node)) as actor:
                data = new_form(hospital, role=role, phone=PHONE)
                wrong = errors_of(lambda: administrators.create(actor, data))  # noqa: B023
                assert wrong == {"role": roles.NOT_HERE}

    @pytest.mark.parametrize("role", ["operator", "auditor"])
    def test_operators_and_auditors_are_given_everywhere(self, hospital, role):
        with acting(make_actor(hospital)) as actor:
            made = administrators.create(actor, new_form(hospital, role=AccountRole(role)))
            assert made.role == role

    def test_reviewers_are_given_at_bureaux(self, city, hospital):
        with acting(make_actor(city)) as actor:
            made = administrators.create(actor, new_form(city, role=AccountRole.REVIEWER))
            assert made.role is AccountRole.REVIEWER
            data = new_form(hospital, role=AccountRole.REVIEWER)
            wrong = errors_of(lambda: administrators.create(actor, data))
            assert wrong == {"role": roles.NOT_AT_INSTITUTION}

    def test_what_is_offered(self, province, city, hospital, head, system):
        usual = (AccountRole.OPERATOR, AccountRole.REVIEWER, AccountRole.AUDITOR)

        def offered(actor, node):
            return roles.roles_given_by(actor, node.path, node.kind)

        assert offered(head, province) == tuple(AccountRole)
        assert offered(head, city) == usual
        assert offered(head, hospital) == (AccountRole.OPERATOR, AccountRole.AUDITOR)
        assert offered(system, province) == usual

    def test_a_changed_role_ends_the_sessions_and_stands_in_the_trail(
        self, session, province, head
    ):
        # Another operator who can be reached stays.
        make_administrator(province, phone="13900139000")
        account = make_administrator(province, phone=PHONE)
        is_open = sign_in(session, account)
        data = form(account, role=AccountRole.AUDIT_ADMIN)
        administrators.update(head, account, data, account.version)
        assert not is_open()
        assert {"label": "角色", "old": "操作员", "new": "审计管理员"} in last_entry(
            session
        ).changes


class TestOpeningWhatOneMayNotSee:
    """A 系统管理员 hands out no password, and comes by none in another way."""

    def test_no_phone_of_his_receives_an_operators_password(self, city, system):
        data = new_form(city, phone=PHONE)
        wrong = errors_of(lambda: administrators.create(system, data))
        assert wrong == {"phone": opening.NOT_HIS_PHONE}
        account = make_administrator(city)
        data = form(account, phone=PHONE)
        wrong = errors_of(lambda: administrators.update(system, account, data, account.version))
        assert wrong == {"phone": opening.NOT_HIS_PHONE}

    def test_no_account_whose_password_is_known_becomes_an_operators(self, city, system, head):
        account = make_administrator(city, role="auditor")
        data = form(account, role=AccountRole.OPERATOR)
        wrong = errors_of(lambda: administrators.update(system, account, data, account.version))
        assert wrong == {"role": opening.NOT_HIS_OPERATOR}

    def test_nothing_is_opened_again_to_an_old_password(self, city, system):
        disabled = make_administrator(city, is_enabled=False)
        data = form(disabled, is_enabled=True)
        wrong = errors_of(lambda: administrators.update(system, disabled, data, disabled.version))
        assert wrong == {"is_enabled": opening.NOT_HIS_ENABLING}
        account = make_administrator(city, phone=PHONE, auth_method=AuthMethod.PASSWORD_SMS)
        data = form(account, auth_method=AuthMethod.PASSWORD)
        wrong = errors_of(lambda: administrators.update(system, account, data, account.version))
        assert wrong == {"auth_method": opening.NOT_HIS_LOWERING}
        # What closes an account is his.
        administrators.update(
            system, account, form(account, auth_method=AuthMethod.PASSWORD_TOTP), account.version
        )
        administrators.update(system, account, form(account, is_enabled=False), account.version)
        assert not account.is_enabled

    @pytest.mark.parametrize("typed", ["", OTHER_PHONE])
    def test_who_becomes_an_operator_begins_anew(self, session, city, system, typed):
        account = make_administrator(city, role="auditor")
        administrators.update(
            system, account, form(account, role=AccountRole.AUDITOR, phone=PHONE), account.version
        )
        known, is_open = account.password_hash, sign_in(session, account)
        with acting(make_actor(city)) as officer:
            data = form(account, role=AccountRole.OPERATOR, phone=typed)
            administrators.update(officer, account, data, account.version)
            assert account.role is AccountRole.OPERATOR
            assert account.password_hash != known
            assert account.must_change_password
            assert account.phone == (typed or None)
            assert not is_open()
            assert administrators.password_waits(officer, account)
            # Whoever has the former phone is told, whether another one was typed or none.
            told = session.scalars(select(OutboxMessage)).all()
            assert [one.phone for one in told if "更换或解除" in one.text] == [PHONE]

    def test_a_reviewer_sees_people_too(self, session, city, system, head):
        """What holds for an operator's account holds for a reviewer's."""
        data = new_form(city, role=AccountRole.REVIEWER, phone=PHONE)
        wrong = errors_of(lambda: administrators.create(system, data))
        assert wrong == {"phone": opening.NOT_HIS_PHONE}
        auditor = make_administrator(city, role="auditor")
        data = form(auditor, role=AccountRole.REVIEWER)
        wrong = errors_of(lambda: administrators.update(system, auditor, data, auditor.version))
        assert wrong == {"role": opening.NOT_HIS_OPERATOR}
        disabled = make_administrator(city, role="reviewer", is_enabled=False)
        data = form(disabled, role=AccountRole.REVIEWER, is_enabled=True)
        wrong = errors_of(lambda: administrators.update(system, disabled, data, disabled.version))
        assert wrong == {"is_enabled": opening.NOT_HIS_ENABLING}

    @pytest.mark.parametrize(
        ("before", "after", "is_anew"),
        [
            ("auditor", "reviewer", True),
            ("reviewer", "operator", True),
            ("operator", "reviewer", False),
            ("reviewer", "auditor", False),
        ],
    )
    def test_who_comes_to_see_more_begins_anew(self, city, head, before, after, is_anew):
        # Another operator stays.
        make_administrator(city, phone=OTHER_PHONE)
        account = make_administrator(city, role=before, phone=PHONE)
        data = form(account, role=AccountRole(after))
        assert administrators.update(head, account, data, account.version) is is_anew

    def test_everything_else_is_his(self, city, system):
        account = make_administrator(city, phone=PHONE)
        administrators.update(system, account, form(account, full_name="王五"), account.version)
        auditor = administrators.create(
            system, new_form(city, role=AccountRole.AUDITOR, phone=OTHER_PHONE)
        )
        assert (account.full_name, account.has_phone, auditor.has_phone) == ("王五", True, True)


class TestOneOfTheThree:
    def test_a_person_holds_one_only(self, province, head):
        make_administrator(province, role="audit_admin", phone=PHONE)
        data = new_form(province, role=AccountRole.SECURITY_ADMIN, phone=PHONE)
        wrong = errors_of(lambda: administrators.create(head, data))
        assert wrong == {"phone": roles.HOLDS_TWO_SENTENCE}

    def test_a_disabled_account_counts_and_a_deleted_one_does_not(self, province, head):
        account = make_administrator(province, role="audit_admin", phone=PHONE, is_enabled=False)
        data = new_form(province, role=AccountRole.SECURITY_ADMIN, phone=PHONE)
        assert errors_of(lambda: administrators.create(head, data))
        administrators.delete(head, account)
        assert administrators.create(head, data).role is AccountRole.SECURITY_ADMIN

    def test_a_person_is_told_by_the_phone(self, province, head):
        data = new_form(province, role=AccountRole.SECURITY_ADMIN)
        wrong = errors_of(lambda: administrators.create(head, data))
        assert wrong == {"phone": roles.PHONE_NEEDED}

    def test_by_a_change_of_the_phone_too(self, province, head):
        make_administrator(province, role="audit_admin", phone=PHONE)
        account = make_administrator(province, role="system_admin", phone=OTHER_PHONE)
        data = form(account, phone=PHONE)
        wrong = errors_of(lambda: administrators.update(head, account, data, account.version))
        assert wrong == {"phone": roles.HOLDS_TWO_SENTENCE}

    def test_saving_the_same_again_is_no_second_role(self, province, head):
        account = make_administrator(province, role="system_admin", phone=PHONE)
        data = form(account, full_name="李四", phone=PHONE)
        administrators.update(head, account, data, account.version)
        assert account.full_name == "李四"

    def test_two_at_the_same_moment_are_told_by_the_database(self, province, head, monkeypatch):
        make_administrator(province, role="audit_admin", phone=PHONE)
        monkeypatch.setattr(roles, "holds_another", lambda *_: False)
        data = new_form(province, username="zhangsan", role=AccountRole.SECURITY_ADMIN, phone=PHONE)
        with pytest.raises(FieldErrors) as caught:
            administrators.create(head, data)
        assert caught.value.errors == {"phone": roles.HOLDS_TWO_SENTENCE}


class TestSystemAdministrator:
    def test_manages_accounts_below(self, hospital, system):
        made = administrators.create(system, new_form(hospital))
        administrators.reset_password(system, made)
        administrators.delete(system, made)
        assert made.deleted_at is not None

    def test_is_told_no_password(self, session, hospital, system):
        made = administrators.create(system, new_form(hospital))
        assert made.waits_for_password
        assert session.scalars(select(PasswordHandover)).all() == []
        for act in (administrators.collect_password, administrators.send_password):
            with pytest.raises(NotAllowedError):
                act(system, made)

    def test_makes_no_account_of_the_first_bureau(self, province, system):
        wrong = errors_of(lambda: administrators.create(system, new_form(province)))
        assert wrong == {"institution_id": roles.OF_FIRST_BUREAU}

    @pytest.mark.parametrize("role", list(AccountRole))
    def test_does_not_touch_those_of_the_first_bureau(self, province, system, role):
        """Whoever could reset the others' passwords would be all three in one."""
        account = make_administrator(province, role=role, phone=PHONE)
        for act in (
            lambda: administrators.reset_password(system, account),
            lambda: administrators.unbind(system, account),
            lambda: administrators.delete(system, account),
            lambda: administrators.update(system, account, form(account), account.version),
            lambda: administrators.collect_password(system, account),
        ):
            with pytest.raises(NotAllowedError):
                act()

    @pytest.mark.parametrize("role", ["security_admin", "audit_admin", "auditor"])
    def test_the_others_manage_no_accounts(self, province, hospital, role):
        account = make_administrator(hospital)
        with (
            acting(make_actor(province, role=AccountRole(role), phone=PHONE)) as actor,
            pytest.raises(NotAllowedError),
        ):
            administrators.reset_password(actor, account)
