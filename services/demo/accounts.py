"""The accounts of the demo: one for every institution, some more where there is more to show."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from extensions import db
from models import AccountRole, Administrator, AuthMethod, utc_now
from services import passwords
from services.demo.details import all_institutions
from services.demo.people import FEMALE, MALE, make_mobile, make_name

if TYPE_CHECKING:
    import datetime as dt

    from models import Institution
    from services.demo.tree import Tree

#: Of every account of the demo; it is printed wherever the accounts are.
PASSWORD: Final = "Demo-2017-Hubei"  # noqa: S105 - it is meant to be known
#: The accounts that the README names, in its order: user name → institution.
NAMED: Final = {
    "hb1000001": "湖北省卫生和计划生育委员会",
    "hb2000201": "武汉市卫生和计划生育委员会",
    "hb2000301": "襄阳市卫生和计划生育委员会",
    "hb2011601": "黄陂区卫生和计划生育委员会",
    "hb3017401": "武汉市汉口医院",
    "hb3116001": "黄陂区前川街环城社区卫生服务中心",
    "hb3030001": "襄阳市中心医院",
}
#: This account signs in by SMS as well; the number stands in the README.
BY_SMS: Final = {"hb2000201": "13800138000"}
#: Named institutions have a second operator; the bureaux among them an auditor, the third account.
_SECOND: Final = "02"
_AUDITOR: Final = "03"
#: 审核员: at the bureau where people of the story are reviewed on site.
REVIEWER: Final = "hb2011604"
_ITS_OPERATOR: Final = "hb2011601"
#: 三员, at the first bureau.
_PROVINCE_ROLES: Final = {
    "04": AccountRole.SYSTEM_ADMIN,
    "05": AccountRole.SECURITY_ADMIN,
    "06": AccountRole.AUDIT_ADMIN,
}
_ROLES: Final = {_AUDITOR: AccountRole.AUDITOR, **_PROVINCE_ROLES}


def add_accounts(rng: Random, tree: Tree, created_at: dt.datetime) -> list[Administrator]:
    """Store the accounts and return them; the one password is hashed once."""
    password_hash = passwords.hash_password(PASSWORD)
    named = set(NAMED.values())
    accounts = []
    for institution in all_institutions(tree):
        serials = ["01"]
        if institution.name in named:
            serials += [_SECOND, _AUDITOR] if institution.is_bureau else [_SECOND]
        accounts += [
            _account(rng, institution, serial, password_hash, created_at) for serial in serials
        ]
    accounts += [
        # Drawn apart, so that the rest of the story stays as it is told.
        _account(Random(serial), tree.root, serial, password_hash, created_at)  # noqa: S311
        for serial in _PROVINCE_ROLES
    ]
    bureau = next(one.institution for one in accounts if one.username == _ITS_OPERATOR)
    reviewer = _account(Random(REVIEWER), bureau, REVIEWER[-2:], password_hash, created_at)  # noqa: S311
    reviewer.role = AccountRole.REVIEWER
    accounts.append(reviewer)
    db.session.add_all(accounts)
    db.session.flush()
    return accounts


def _account(
    rng: Random, institution: Institution, serial: str, password_hash: str, created_at: dt.datetime
) -> Administrator:
    username = f"hb{institution.unit_number}{serial}"
    phone = BY_SMS.get(username)
    return Administrator(
        institution=institution,
        username=username,
        full_name=make_name(rng, rng.choice((MALE, FEMALE))),
        phone=phone or make_mobile(rng),
        email=f"{username}@example.invalid",
        password_hash=password_hash,
        must_change_password=False,
        # A demonstration lasts longer than a password does.
        password_changed_at=utc_now(),
        auth_method=AuthMethod.PASSWORD_SMS if phone else AuthMethod.PASSWORD,
        role=_ROLES.get(serial, AccountRole.OPERATOR),
        created_at=created_at,
        updated_at=created_at,
    )
