"""Who may do what: permissions, and the one table that gives them to roles.

A role follows from the kind of node and from what the account was granted there. Code asks for a
permission, never for a role. An account without a role has no permission at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models import AccountRole, InstitutionKind
from models.base import LabelledEnum

if TYPE_CHECKING:
    from collections.abc import Mapping


class Permission(LabelledEnum):
    """What may be done, named ``resource:action``; alphabetical within a resource."""

    ACCOUNT_OWN = "account:own", "管理本人账号"

    ADMINISTRATOR_APPOINT = "administrator:appoint", "管理省级账号，任用三员"
    ADMINISTRATOR_ISSUE = "administrator:issue", "发放一次性密码，批量开户"
    ADMINISTRATOR_READ = "administrator:read", "查看管理员"
    ADMINISTRATOR_WRITE = "administrator:write", "新增、修改、停用、删除管理员"

    AUDIT_EXPORT = "audit:export", "导出操作日志"
    AUDIT_READ = "audit:read", "查看操作日志"

    CERTIFICATE_EXPORT = "certificate:export", "导出考核证明"
    CERTIFICATE_READ = "certificate:read", "查看考核证明"
    CERTIFICATE_WRITE = "certificate:write", "填报考核证明"

    EXAM_EXTEND = "exam:extend", "批准、取消下级机构填报延期"
    EXAM_YEAR_READ = "exam:year_read", "查看考试年度、填报延期"
    EXAM_YEAR_WRITE = "exam:year_write", "新增、修改考试年度"

    INSTITUTION_EXPORT = "institution:export", "导出机构"
    INSTITUTION_FIND = "institution:find", "按名称查找机构"
    INSTITUTION_LOCK = "institution:lock", "锁定、解锁下级机构"
    INSTITUTION_OWN = "institution:own", "维护本机构信息"
    INSTITUTION_READ = "institution:read", "查看机构"
    INSTITUTION_WRITE = "institution:write", "新增、修改、删除下级机构"

    JOB_OWN = "job:own", "提交后台任务，下载本人任务的结果"

    LICENCE_READ = "licence:read", "查看执业许可证"
    LICENCE_WRITE = "licence:write", "维护执业许可证"

    PERSONAL_READ = "personal:read", "查看个人信息明文"

    REVIEW_EXPORT = "review:export", "导出现场审核记录"
    REVIEW_READ = "review:read", "查看现场审核记录"
    REVIEW_WRITE = "review:write", "现场审核：核对提交编码，登记结论"

    ROSTER_FILE = "roster:file", "备案、退回花名册，撤销备案"
    ROSTER_READ = "roster:read", "查看花名册"
    ROSTER_WRITE = "roster:write", "生成、打印、报送花名册"

    SECURITY_SETTINGS = "security:settings", "设置安全策略"

    SESSION_END = "session:end", "强制在线用户下线"
    SESSION_READ = "session:read", "查看在线用户"


#: What every account needs: its own affairs, and the names among which pickers choose.
_EVERYBODY = frozenset({Permission.ACCOUNT_OWN, Permission.INSTITUTION_FIND})
_OPERATOR = _EVERYBODY | {
    Permission.ADMINISTRATOR_ISSUE,
    Permission.ADMINISTRATOR_READ,
    Permission.ADMINISTRATOR_WRITE,
    Permission.AUDIT_EXPORT,
    Permission.AUDIT_READ,
    Permission.CERTIFICATE_EXPORT,
    Permission.CERTIFICATE_READ,
    Permission.EXAM_YEAR_READ,
    Permission.INSTITUTION_EXPORT,
    Permission.INSTITUTION_LOCK,
    Permission.INSTITUTION_OWN,
    Permission.INSTITUTION_READ,
    Permission.INSTITUTION_WRITE,
    Permission.JOB_OWN,
    Permission.LICENCE_READ,
    Permission.LICENCE_WRITE,
    Permission.PERSONAL_READ,
    Permission.ROSTER_READ,
}
#: 现场审核: at bureaux only. The ID number is compared with the card, so it shows in full.
_REVIEWER = _EVERYBODY | {
    Permission.JOB_OWN,
    Permission.PERSONAL_READ,
    Permission.REVIEW_EXPORT,
    Permission.REVIEW_READ,
    Permission.REVIEW_WRITE,
}
_AUDITOR = _EVERYBODY | {Permission.AUDIT_READ}

#: The whole table. 谁试用、谁采集、谁负责: only institutions enter certificates, only bureaux file.
#: 三员分立: of the province's three no one does what another watches, and none sees personal data:
#: a 系统管理员 who were told the password of an operator could sign in as one.
ROLE_PERMISSIONS: Mapping[tuple[InstitutionKind, AccountRole], frozenset[Permission]] = {
    (InstitutionKind.BUREAU, AccountRole.OPERATOR): _OPERATOR
    | {
        Permission.ADMINISTRATOR_APPOINT,
        Permission.EXAM_EXTEND,
        Permission.EXAM_YEAR_WRITE,
        Permission.REVIEW_EXPORT,
        Permission.REVIEW_READ,
        Permission.REVIEW_WRITE,
        Permission.ROSTER_FILE,
        Permission.SESSION_END,
        Permission.SESSION_READ,
    },
    (InstitutionKind.BUREAU, AccountRole.REVIEWER): _REVIEWER,
    (InstitutionKind.BUREAU, AccountRole.AUDITOR): _AUDITOR,
    (InstitutionKind.BUREAU, AccountRole.SYSTEM_ADMIN): _EVERYBODY
    | {Permission.ADMINISTRATOR_READ, Permission.ADMINISTRATOR_WRITE},
    (InstitutionKind.BUREAU, AccountRole.SECURITY_ADMIN): _EVERYBODY
    | {Permission.SECURITY_SETTINGS, Permission.SESSION_END, Permission.SESSION_READ},
    (InstitutionKind.BUREAU, AccountRole.AUDIT_ADMIN): _AUDITOR
    | {Permission.AUDIT_EXPORT, Permission.JOB_OWN},
    (InstitutionKind.HEALTHCARE, AccountRole.OPERATOR): _OPERATOR
    | {Permission.CERTIFICATE_WRITE, Permission.ROSTER_WRITE},
    (InstitutionKind.HEALTHCARE, AccountRole.AUDITOR): _AUDITOR,
    # Institutions do not review their own papers.
    (InstitutionKind.HEALTHCARE, AccountRole.REVIEWER): frozenset(),
    # The database keeps these three to the first bureau; here they are nobody.
    (InstitutionKind.HEALTHCARE, AccountRole.SYSTEM_ADMIN): frozenset(),
    (InstitutionKind.HEALTHCARE, AccountRole.SECURITY_ADMIN): frozenset(),
    (InstitutionKind.HEALTHCARE, AccountRole.AUDIT_ADMIN): frozenset(),
}


def permissions_of(kind: InstitutionKind, role: AccountRole) -> frozenset[Permission]:
    """Return what an account of ``role`` at a node of ``kind`` may do; nothing when unknown."""
    return ROLE_PERMISSIONS.get((kind, role), frozenset())


#: The first part of a permission → how people call what it is about, in the order of the menus.
RESOURCES: Final[Mapping[str, str]] = {
    "account": "本人账号",
    "institution": "机构",
    "licence": "执业许可证",
    "administrator": "管理员",
    "exam": "考试年度",
    "certificate": "考核证明",
    "roster": "花名册",
    "review": "现场审核",
    "personal": "个人信息",
    "audit": "操作日志",
    "job": "后台任务",
    "session": "在线用户",
    "security": "安全策略",
}


YES: Final = "✓"
PROVINCE_ONLY: Final = "省级"
#: What those who hold it can do at the first bureau only: its accounts are meant, or all are.
_OF_FIRST_BUREAU: Final = frozenset({Permission.ADMINISTRATOR_APPOINT, Permission.EXAM_YEAR_WRITE})


@dataclass(frozen=True)
class Overview:
    """Who may do what, as a table: roles as columns, permissions as rows under their resource."""

    #: The roles that may do anything at all.
    columns: tuple[tuple[InstitutionKind, AccountRole], ...]
    #: Resource → its permissions, each with one answer for every column: empty, yes, or where.
    groups: tuple[tuple[str, tuple[tuple[Permission, tuple[str, ...]], ...]], ...]


def _answer(permission: Permission, column: tuple[InstitutionKind, AccountRole]) -> str:
    if permission not in ROLE_PERMISSIONS[column]:
        return ""
    return PROVINCE_ONLY if permission in _OF_FIRST_BUREAU else YES


def overview() -> Overview:
    """Return the whole table for people; it shows what ``ROLE_PERMISSIONS`` says and no more."""
    columns = tuple(column for column, held in ROLE_PERMISSIONS.items() if held)
    groups = tuple(
        (
            label,
            tuple(
                (one, tuple(_answer(one, column) for column in columns))
                for one in Permission
                if one.value.partition(":")[0] == resource
            ),
        )
        for resource, label in RESOURCES.items()
    )
    return Overview(columns, groups)
