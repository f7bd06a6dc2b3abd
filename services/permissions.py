"""Who may do what: permissions, and the one table that gives them to roles.

A role follows from the kind of node and from what the account was granted there. Code asks for a
permission, never for a role. An account without a role has no permission at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import AccountRole, InstitutionKind
from models.base import LabelledEnum

if TYPE_CHECKING:
    from collections.abc import Mapping


class Permission(LabelledEnum):
    """What may be done, named ``resource:action``; alphabetical within a resource."""

    ACCOUNT_OWN = "account:own", "管理本人账号"

    ADMINISTRATOR_READ = "administrator:read", "查看管理员"
    ADMINISTRATOR_WRITE = "administrator:write", "新增、修改、停用、删除管理员"

    AUDIT_READ = "audit:read", "查看操作日志"

    CERTIFICATE_EXPORT = "certificate:export", "导出考核证明"
    CERTIFICATE_READ = "certificate:read", "查看考核证明"
    CERTIFICATE_WRITE = "certificate:write", "填报考核证明"

    INSTITUTION_EXPORT = "institution:export", "导出机构"
    INSTITUTION_LOCK = "institution:lock", "锁定、解锁下级机构"
    INSTITUTION_OWN = "institution:own", "维护本机构信息"
    INSTITUTION_READ = "institution:read", "查看机构"
    INSTITUTION_WRITE = "institution:write", "新增、修改、删除下级机构"

    LICENCE_READ = "licence:read", "查看执业许可证"
    LICENCE_WRITE = "licence:write", "维护执业许可证"

    ROSTER_FILE = "roster:file", "备案、退回花名册，撤销备案"
    ROSTER_READ = "roster:read", "查看花名册"
    ROSTER_WRITE = "roster:write", "生成、打印、报送花名册"


_OPERATOR = frozenset(
    {
        Permission.ACCOUNT_OWN,
        Permission.ADMINISTRATOR_READ,
        Permission.ADMINISTRATOR_WRITE,
        Permission.AUDIT_READ,
        Permission.CERTIFICATE_EXPORT,
        Permission.CERTIFICATE_READ,
        Permission.INSTITUTION_EXPORT,
        Permission.INSTITUTION_LOCK,
        Permission.INSTITUTION_OWN,
        Permission.INSTITUTION_READ,
        Permission.INSTITUTION_WRITE,
        Permission.LICENCE_READ,
        Permission.LICENCE_WRITE,
        Permission.ROSTER_READ,
    }
)

#: The whole table. 谁试用、谁采集、谁负责: only institutions enter certificates, only bureaux file.
ROLE_PERMISSIONS: Mapping[tuple[InstitutionKind, AccountRole], frozenset[Permission]] = {
    (InstitutionKind.BUREAU, AccountRole.OPERATOR): _OPERATOR | {Permission.ROSTER_FILE},
    (InstitutionKind.HEALTHCARE, AccountRole.OPERATOR): _OPERATOR
    | {Permission.CERTIFICATE_WRITE, Permission.ROSTER_WRITE},
    (InstitutionKind.BUREAU, AccountRole.AUDITOR): frozenset(
        {Permission.ACCOUNT_OWN, Permission.AUDIT_READ}
    ),
    (InstitutionKind.HEALTHCARE, AccountRole.AUDITOR): frozenset(
        {Permission.ACCOUNT_OWN, Permission.AUDIT_READ}
    ),
}


def permissions_of(kind: InstitutionKind, role: AccountRole) -> frozenset[Permission]:
    """Return what an account of ``role`` at a node of ``kind`` may do; nothing when unknown."""
    return ROLE_PERMISSIONS.get((kind, role), frozenset())
