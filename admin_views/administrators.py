"""机构管理员设置 and 登录设置: accounts of the own institution and of all below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from sqlalchemy import and_
from sqlalchemy.orm import joinedload

from admin_views.base import GridView
from admin_views.filters import (
    Filter,
    SelectFilter,
    enum_filter,
    tree_filter,
)
from admin_views.form_display import owner_problem
from admin_views.identity import require_actor
from admin_views.lookup_filters import chosen_institution, institution_filter
from admin_views.tools import Link, action
from extensions import db
from forms.administrator import AdministratorForm
from models import Administrator, AuthMethod, Institution, InstitutionCategory
from services import administrators, outbox, roles
from services.audit import AuditTag
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.masking import masked_email, masked_phone
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy import ColumnElement

    from admin_views.tools import Tool
    from services.actor import Actor


TO_BE_ISSUED: Final = (
    "用户“{username}”待发放一次性密码：请由其上级机构或本机构的操作员选中该用户，"
    "单击“重置密码”，将一次性密码交给本人。"
)


BEGINS_ANEW: Final = (
    "用户“{username}”已改为{role}，原密码和原有的登录验证方式均已作废，须用新的一次性密码登录。"
)
NEEDS_RESET: Final = (
    "用户“{username}”尚未登记“{method}”所需的验证方式，已不能用原密码登录："
    "请选中该用户，单击“重置密码”，由本人用一次性密码登录后登记。"
)


def _in_state(value: str) -> ColumnElement[bool]:
    """Return the condition of a choice of 启用状态."""
    if value == "waiting":
        return and_(Administrator.is_enabled, Administrator.waits_for_password)
    return Administrator.is_enabled.is_(value == "yes")


class AdministratorView(GridView):
    """The grid of accounts with the buttons of the notice."""

    title = "管理员设置"
    permissions: ClassVar[Mapping[str, Permission]] = {
        "index_view": Permission.ADMINISTRATOR_READ,
        "create_view": Permission.ADMINISTRATOR_WRITE,
        "edit_view": Permission.ADMINISTRATOR_WRITE,
        "action_view": Permission.ADMINISTRATOR_WRITE,
        "secret_view": Permission.ADMINISTRATOR_ISSUE,
    }
    create_template = "admin/administrator_form.html"
    edit_template = "admin/administrator_form.html"
    column_list = (
        "username",
        "full_name",
        "phone",
        "email",
        "institution",
        "phone_bound",
        "auth_method",
        "is_enabled",
        "last_signed_in_at",
    )
    labels: ClassVar[Mapping[str, str]] = {
        "institution": "机构名称",
        "phone_bound": "手机验证码",
    }
    column_sortable_list = ("username", "full_name", "last_signed_in_at")
    column_default_sort: ClassVar[list[tuple[str, bool]]] = [("id", False)]
    column_formatters: ClassVar[dict[str, Any]] = {
        "phone": lambda _v, _c, row, _n: masked_phone(row.phone),
        "email": lambda _v, _c, row, _n: (
            row.email if _shows_contacts() else masked_email(row.email)
        ),
        "institution": lambda _v, _c, row, _n: row.institution.name,
        "phone_bound": lambda _v, _c, row, _n: "已绑定" if row.has_phone else "未绑定",
        "is_enabled": lambda _v, _c, row, _n: _state_of(row),
    }
    keyword_hint = "机构名称、姓名、用户名"
    empty_hint = "没有符合条件的用户。可清除搜索条件，或单击“新增用户”。"
    filters: ClassVar[Sequence[Filter]] = (
        tree_filter(
            "category",
            "机构类别",
            "所有卫生机构类别",
            InstitutionCategory,
            lambda codes: Administrator.institution.has(Institution.category_code.in_(codes)),
        ),
        institution_filter(Administrator.institution_id),
        SelectFilter(
            "enabled",
            "启用状态",
            "全部",
            lambda: [
                ("yes", "启用", None),
                ("no", "停用", None),
                ("waiting", "待发放密码", None),
            ],
            _in_state,
            is_advanced=True,
        ),
        enum_filter(
            "auth", "认证类型", "全部", AuthMethod, Administrator.auth_method, is_advanced=True
        ),
    )

    @action(
        "reset",
        "重置密码",
        Permission.ADMINISTRATOR_WRITE,
        confirm="重置后，下列用户须用一次性密码登录并立即修改：\n{rows}",
    )
    def _reset(self, actor: Actor, rows: list[Administrator], _reason: str) -> ResponseReturnValue:
        administrators.reset_password(actor, rows[0])
        db.session.commit()
        return self._to_secret(rows[0])

    @action(
        "unbind",
        "解除绑定",
        Permission.ADMINISTRATOR_WRITE,
        confirm="解除后，下列用户的手机号、动态口令和USBKEY不再有效，须用新的一次性密码登录并重新绑定：\n{rows}",
    )
    def _unbind(self, actor: Actor, rows: list[Administrator], _reason: str) -> ResponseReturnValue:
        administrators.unbind(actor, rows[0])
        db.session.commit()
        return self._to_secret(rows[0])

    @action(
        "delete",
        "删除用户",
        Permission.ADMINISTRATOR_WRITE,
        confirm="删除后，下列用户不能再登录，用户名不再使用：\n{rows}",
        is_dangerous=True,
    )
    def _delete(self, actor: Actor, rows: list[Administrator], _reason: str) -> str:
        administrators.delete(actor, rows[0])
        return "用户已删除。"

    tools: ClassVar[Sequence[Tool | None]] = (
        Link("新增用户", ".create_view", Permission.ADMINISTRATOR_WRITE, keeps=("institution",)),
        Link("修改用户", ".edit_view", Permission.ADMINISTRATOR_WRITE, needs="one"),
        None,
        _reset,
        _unbind,
        _delete,
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(
            Administrator, name=self.title, endpoint="administrators", url="administrators"
        )

    def base_conditions(self) -> Sequence[ColumnElement[bool]]:
        """Leave deleted accounts out; they are kept for the record only."""
        return (Administrator.deleted_at.is_(None),)

    def keyword_condition(self, keyword: str) -> ColumnElement[bool]:
        """Search institution, person and user name."""
        return administrators.search_condition(keyword)

    def list_options(self) -> Sequence[Any]:
        """Load the institutions of all rows at once."""
        return (joinedload(Administrator.institution),)

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own name
        """Return the account unless it was deleted."""
        row = super().get_one(id)
        if row.deleted_at is not None:
            raise NotFoundError
        return row

    def make_form(self, row: Administrator | None) -> AdministratorForm:
        """Return the form; a new account belongs to the chosen institution, else to the own one."""
        actor = require_actor()
        if row is not None:
            roles.require_managing(actor, row.owner_path)
        form = self._form(row, self.formdata())
        if row is None and request.method == "GET":
            chosen = chosen_institution()
            if chosen is not None:
                form.institution_id.data = str(chosen.id)
                form.institution_name.data = chosen.name
            elif roles.may_manage(actor, actor.path):
                form.institution_id.data = str(actor.institution_id)
                form.institution_name.data = actor.institution_name
            form.propose_username()
        return form

    def saved_form(self, form: Any, row: Administrator) -> AdministratorForm:
        """Return the form filled from the account, as far as the reader may know it."""
        return self._form(row, None)

    @staticmethod
    def _form(row: Administrator | None, formdata: Any) -> AdministratorForm:
        actor = require_actor()
        # The institution of a new account is chosen in the form: its roles are judged when saved.
        path, kind = actor.path, actor.kind
        if row is not None:
            path, kind = row.owner_path, row.institution.kind
        form = AdministratorForm(
            formdata,
            obj=row,
            roles=roles.roles_given_by(actor, path, kind),
            shows_contacts=_shows_contacts(),
            masked_phone=masked_phone(row.phone) if row is not None else "",
            is_own=row is not None and row.id == actor.administrator_id,
        )
        if row is None:
            form.judge_owner = lambda: owner_problem(form.institution_id.data, "institution_name")
        return form

    def create(self, actor: Actor, form: AdministratorForm) -> Administrator:
        """Make an account; its one-time password is shown once, on the page that follows."""
        return administrators.create(actor, form.to_input())

    def after_create(self, row: Administrator) -> ResponseReturnValue:
        """Go to the page that shows the one-time password."""
        return self._to_secret(row)

    def update(self, actor: Actor, row: Administrator, form: AdministratorForm) -> None:
        """Change an account."""
        g.begins_anew = administrators.update(actor, row, form.to_input(), form.expected_version())

    def after_update(self, row: Administrator) -> ResponseReturnValue:
        """Warn when the account lacks what it is to show from now on.

        Of one that begins anew the one-time password is handed out next.
        """
        if g.begins_anew:
            words = BEGINS_ANEW.format(username=row.username, role=row.role.label)
            flash(words, "warning")
            return self._to_secret(row)
        if administrators.needs_reset(row):
            flash(
                NEEDS_RESET.format(username=row.username, method=row.auth_method.label), "warning"
            )
        return super().after_update(row)

    def row_name(self, row: Administrator) -> str:
        """Name user, person and institution: user names look alike."""
        return f"{row.username} {row.full_name}（{row.institution.name}）"

    def name_in_denials(self, row: Administrator) -> str:
        """Name the account, which is no secret to whoever reads the trail."""
        return row.username

    def form_context(self, row: Administrator | None) -> dict[str, Any]:
        """Tell the template whose account it is, and where the picker looks names up."""
        return {
            "lookup_url": url_for("institutions.ajax_lookup"),
            "account": row,
            "phone": masked_phone(row.phone) if row is not None else "",
            "has_sms": outbox.has_gateway(),
            "may_issue": require_actor().may(Permission.ADMINISTRATOR_ISSUE),
        }

    @expose("/secret/", methods=("GET", "POST"))
    def secret_view(self) -> ResponseReturnValue:
        """Offer the one-time password that this account has just made: shown or sent, once.

        Looking at the page uses nothing up; it says so when there is nothing to collect any more.
        """
        row = self.get_one(self.single_argument("id"))
        self.attempting(AuditTag.ADMINISTRATOR_SECRET.label, row)
        roles.require_managing(require_actor(), row.owner_path)
        shown = None
        is_posted = request.method == "POST"
        if is_posted and request.form.get("act") == "send":
            try:
                administrators.send_password(require_actor(), row)
            except NotAllowedError:
                raise
            except DomainError as error:
                return self._refused(error.message)
            db.session.commit()
            flash(f"一次性密码已发送至{masked_phone(row.phone)}。", "success")
            return redirect(self.return_url())
        if is_posted:
            shown = administrators.collect_password(require_actor(), row)
            db.session.commit()
        waits = not is_posted and administrators.password_waits(require_actor(), row)
        return self.render(
            "admin/secret.html",
            account=row,
            secret=shown,
            waits=waits,
            collected=administrators.collected(require_actor(), row),
            phone=masked_phone(row.phone) if outbox.has_gateway() else "",
            return_url=self.return_url(),
        )

    def _to_secret(self, row: Administrator) -> ResponseReturnValue:
        if not require_actor().may(Permission.ADMINISTRATOR_ISSUE):
            flash(TO_BE_ISSUED.format(username=row.username), "warning")
            return redirect(self.return_url())
        # Loading that page again, or sending the form again, shows or makes nothing twice.
        return redirect(url_for(".secret_view", id=row.id, url=self.return_url()))


def _state_of(row: Administrator) -> str:
    if not row.is_enabled:
        return "停用"
    return "启用（待发放密码）" if row.waits_for_password else "启用"


def _shows_contacts() -> bool:
    """Whether the reader may read phones and e-mail addresses of others in clear."""
    return require_actor().may(Permission.PERSONAL_READ)
