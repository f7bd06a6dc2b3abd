"""The function tree: modules on top, functions on the left, each only where the account may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from flask import request, url_for
from werkzeug.exceptions import HTTPException

from admin_views.identity import current_actor
from models import InstitutionKind

if TYPE_CHECKING:
    from flask import Flask

    from services.actor import Actor


@dataclass(frozen=True)
class Function:
    """One entry of the function tree."""

    label: str
    endpoint: str
    #: Whose entry it is; everybody's when it is not said.
    kind: InstitutionKind | None = None
    #: What it is for, told on the home page to those who neither enter people nor file rosters.
    hint: str = ""

    @property
    def url(self) -> str:
        """Where the entry leads."""
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        """Whether the page shown belongs to this entry."""
        return _screen_shown() == self.endpoint.split(".")[0]


@dataclass(frozen=True)
class Module:
    """One tab of the head, with its functions."""

    label: str
    functions: tuple[Function, ...]

    @property
    def is_current(self) -> bool:
        """Whether the page shown belongs to this module."""
        return any(function.is_current for function in self.functions)


def _screen_shown() -> str:
    """Return the screen to which the page belongs.

    登录设置 is opened from 机构信息管理 for one institution, and stays a part of it.
    """
    screen = (request.endpoint or "").split(".")[0]
    if screen == "administrators" and _is_about_one_institution():
        return "institutions"
    return screen


def _is_about_one_institution() -> bool:
    """Whether the list of accounts, or the list to which a form leads back, is of one."""
    try:
        url = request.values.get("url", "")
    except HTTPException:
        # The body was refused, and the page that says so has a head, too.
        url = ""
    back = parse_qs(urlsplit(url).query)
    return bool(request.args.get("institution") or back.get("institution"))


#: The licences: those of the institutions below for a bureau, else the own ones.
_LICENCES: Final = "医疗机构执业许可证", "licences.index_view"
#: The whole tree, as the notice names it.
MODULES: Final = (
    Module(
        "首页",
        (
            Function("工作台", "admin.index"),
            Function("后台任务", "jobs.index_view", hint="下载较大的导出结果。"),
        ),
    ),
    Module(
        "下级机构管理",
        (
            Function("机构信息管理", "institutions.index_view"),
            Function("机构批量导入", "institution_import.index_view"),
            Function("批量开户", "account_batches.index_view"),
            Function(*_LICENCES, InstitutionKind.BUREAU),
            Function("回收站", "institution_bin.index_view"),
        ),
    ),
    Module(
        "本机构管理",
        (
            Function("本机构信息设置", "my_institution.index"),
            Function(
                "机构管理员设置",
                "administrators.index_view",
                hint="为下级机构新增、修改、停用用户，重置密码。手机号和邮箱只显示一部分。",
            ),
            Function(*_LICENCES, InstitutionKind.HEALTHCARE),
        ),
    ),
    Module(
        "医学考试",
        (
            Function("试用期考核证明", "certificates.index_view"),
            Function("考核证明回收站", "certificate_bin.index_view", InstitutionKind.HEALTHCARE),
            Function("试用人员批量导入", "certificate_import.index_view"),
            Function("花名册", "rosters.index_view"),
            Function(
                "现场审核",
                "review.index",
                hint="扫描或输入纸质材料上的提交编码，与平台数据核对，登记“相符”或“不符”。",
            ),
            Function("现场审核记录", "reviews.index_view", hint="按日期、结论查看、导出审核记录。"),
            Function("考试年度", "exam_years.index_view"),
            Function("填报延期", "entry_extensions.index_view", InstitutionKind.BUREAU),
        ),
    ),
    Module(
        "系统管理",
        (
            Function("操作日志", "audit.index_view", hint="查看谁在何时做了什么。"),
            Function(
                "在线用户", "online_users.index_view", hint="查看谁正在使用平台，必要时强制下线。"
            ),
            Function(
                "安全策略", "security_policy.index", hint="设置登录验证的最低要求和密码规则。"
            ),
            Function("权限一览", "permission_table.index", hint="查看各角色可以做什么。"),
        ),
    ),
)


def register(app: Flask) -> None:
    """Offer the tree of the signed-in account to all templates."""
    app.context_processor(_context)


def modules_for(actor: Actor, app: Flask) -> list[Module]:
    """Return the part of the tree in which ``actor`` may open every entry."""
    permissions = app.extensions["endpoint_permissions"]
    shown = []
    for module in MODULES:
        functions = tuple(
            function
            for function in module.functions
            if function.kind in {None, actor.kind}
            and (needed := permissions.of(function.endpoint)) is not None
            and actor.may(needed)
        )
        if functions:
            shown.append(Module(module.label, functions))
    return shown


def _context() -> dict[str, object]:
    from flask import current_app  # noqa: PLC0415 - the name is only needed here

    actor = current_actor()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    modules = modules_for(actor, app) if actor is not None else []
    current = next((module for module in modules if module.is_current), None)
    return {"actor": actor, "modules": modules, "current_module": current}
