"""The first bureau and its account, from which everything else on the platform is handed out."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import func, select

from extensions import db
from models import (
    AccountRole,
    Administrator,
    AuthMethod,
    Institution,
    InstitutionKind,
    utc_now,
)
from models.administrator import fold_username
from models.institution import SEGMENT_LENGTH
from services import administrators, audit, identifiers, numbering, passwords, reference
from services.actor import actor_of
from services.audit import AuditTag
from services.errors import DomainError
from services.scope import Reason, unscoped

#: 考区: the first digit says that it is neither a bureau below nor a place of practice.
ROOT_UNIT_NUMBER: Final = 10000
ROOT_CATEGORY: Final = "Z1"
#: Whoever lays the first stone takes a turn at it, so that there is only one.
FOUNDING: Final = "founding"
#: How long the password that the command prints may be used.
FIRST_PASSWORD_LASTS: Final = dt.timedelta(days=7)


def create_root(*, name: str, username: str, phone: str, address: str = "") -> str:
    """Create the first bureau (考区) and its administrator; return the one-time password.

    Run by whoever installs the platform, without an account; ``address`` is for the audit trail.
    The password is stored as a hash only and must be changed at the first sign-in. Raises
    ``DomainError`` when there is a bureau already or a value cannot be right.
    """
    name = _required(name, "机构名称", 100)
    username = _required(username, "用户名", 32)
    mobile = identifiers.check_mobile(phone).value
    password = passwords.one_time_password()
    with unscoped(Reason.MAINTENANCE):
        numbering.take_turn(FOUNDING)
        if db.session.scalar(select(Institution.id).limit(1)) is not None:
            raise DomainError("平台上已有机构，不能再次创建考区。")
        reference.load_reference_tables()
        root = Institution(
            name=name,
            kind=InstitutionKind.BUREAU,
            path=numbering.next_path(None),
            unit_number=ROOT_UNIT_NUMBER,
            category_code=ROOT_CATEGORY,
        )
        account = Administrator(
            institution=root,
            username=username,
            full_name="系统管理员",
            phone=mobile,
            password_hash=passwords.hash_password(password),
            must_change_password=True,
            initial_password_until=utc_now() + FIRST_PASSWORD_LASTS,
            auth_method=AuthMethod.PASSWORD,
            role=AccountRole.OPERATOR,
        )
        db.session.add_all([root, account])
        db.session.flush()
        founder = actor_of(account, root, address=address)
        audit.record(founder, AuditTag.INSTITUTION_CREATE, root)
        audit.record(founder, AuditTag.ADMINISTRATOR_CREATE, account)
        db.session.flush()
    return password


def recover_account(username: str, *, address: str = "") -> str:
    """Return a one-time password for an account of the first bureau whose people are locked out.

    Run by whoever runs the platform; phone, app and keys of the account are forgotten, and the
    former phone is told. All others have a superior for that. Raises ``DomainError`` when there
    is no such account there.
    """
    with unscoped(Reason.MAINTENANCE):
        account = db.session.scalar(
            select(Administrator).where(
                Administrator.username_folded == fold_username(username),
                Administrator.deleted_at.is_(None),
                func.length(Administrator.owner_path) == SEGMENT_LENGTH,
            )
        )
        if account is None:
            raise DomainError("考区没有这个用户；其他机构的用户请由上级管理机构重置密码。")
        password, changes = administrators.recover(account)
        audit.record_platform(
            AuditTag.ADMINISTRATOR_RECOVER,
            owner_path=account.owner_path,
            institution_id=account.institution_id,
            account=account,
            changes=[*changes, audit.said("来源", address)],
        )
        db.session.flush()
    return password


def _required(value: str, label: str, max_length: int) -> str:
    text = identifiers.check_text(value, label=label, max_length=max_length).value
    if not text:
        raise DomainError(f"请填写{label}。")
    return text
