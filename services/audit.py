"""Recording acts: every use case leaves an entry in the same transaction as its effect."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect

from extensions import db
from models import Administrator, AuditEntry, AuditResult, Institution, LabelledEnum, utc_now
from models.institution import ROOT
from services import trail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.actor import Actor

Change = dict[str, Any]

#: Of a longer value the trail keeps the beginning.
LONGEST_VALUE: Final = 500
LONGEST_LABEL: Final = 120


class AuditTag(LabelledEnum):
    """What was done, named ``resource:act``."""

    ADMINISTRATOR_BATCH = "administrator:batch", "批量开户"
    ADMINISTRATOR_CREATE = "administrator:create", "新增用户"
    ADMINISTRATOR_DELETE = "administrator:delete", "删除用户"
    ADMINISTRATOR_RECOVER = "administrator:recover", "平台运维恢复账号"
    ADMINISTRATOR_RESET = "administrator:reset_password", "重置密码"
    ADMINISTRATOR_SHEET = "administrator:sheet", "下载密码条"
    ADMINISTRATOR_SECRET = "administrator:secret", "领取一次性密码"
    ADMINISTRATOR_UNBIND = "administrator:unbind_phone", "解除绑定"
    ADMINISTRATOR_UPDATE = "administrator:update", "修改用户"

    AUDIT_EXPORT = "audit:export", "导出操作日志"
    AUDIT_PURGE = "audit:purge", "清理操作日志"

    CERTIFICATE_CREATE = "certificate:create", "新增考核证明"
    CERTIFICATE_DELETE = "certificate:delete", "删除考核证明"
    CERTIFICATE_DRAFT_DISCARD = "certificate:draft_discard", "删除考核证明草稿"
    CERTIFICATE_DRAFT_OPEN = "certificate:draft_open", "打开考核证明草稿"
    CERTIFICATE_EXPORT = "certificate:export", "导出考核证明"
    CERTIFICATE_IMPORT = "certificate:import", "批量导入试用人员"
    CERTIFICATE_IMPORT_DISCARD = "certificate:import_discard", "放弃导入试用人员"
    CERTIFICATE_IMPORT_JUDGE = "certificate:import_judge", "重新核对试用人员导入表"
    CERTIFICATE_IMPORT_UPLOAD = "certificate:import_upload", "上传试用人员导入表"
    CERTIFICATE_PRINT = "certificate:print", "打印考核证明"
    CERTIFICATE_RESTORE = "certificate:restore", "恢复考核证明"
    CERTIFICATE_REVEAL = "certificate:reveal", "查看个人信息"
    CERTIFICATE_UPDATE = "certificate:update", "修改考核证明"

    ENTRY_EXTENSION_CHANGE = "entry_extension:change", "修改填报延期"
    ENTRY_EXTENSION_GRANT = "entry_extension:grant", "批准填报延期"
    ENTRY_EXTENSION_WITHDRAW = "entry_extension:withdraw", "取消填报延期"

    EXAM_YEAR_CREATE = "exam_year:create", "新增考试年度"
    EXAM_YEAR_UPDATE = "exam_year:update", "修改考试年度"

    FORMER_NAME_CREATE = "former_name:create", "新增曾用名"
    FORMER_NAME_DELETE = "former_name:delete", "删除曾用名"
    FORMER_NAME_UPDATE = "former_name:update", "修改曾用名"

    INSTITUTION_CREATE = "institution:create", "新增机构"
    INSTITUTION_DELETE = "institution:delete", "删除机构"
    INSTITUTION_EXPORT = "institution:export", "导出机构"
    INSTITUTION_IMPORT = "institution:import", "批量导入机构"
    INSTITUTION_IMPORT_DISCARD = "institution:import_discard", "放弃导入机构"
    INSTITUTION_IMPORT_JUDGE = "institution:import_judge", "重新核对机构导入表"
    INSTITUTION_IMPORT_UPLOAD = "institution:import_upload", "上传机构导入表"
    INSTITUTION_LOCK = "institution:lock", "锁定机构"
    INSTITUTION_MOVE = "institution:move", "变更信息上报"
    INSTITUTION_PURGE = "institution:purge", "彻底删除机构"
    INSTITUTION_RESTORE = "institution:restore", "恢复机构"
    INSTITUTION_UNLOCK = "institution:unlock", "解锁机构"
    INSTITUTION_UPDATE = "institution:update", "修改机构信息"

    LICENCE_CHECK = "licence:check", "核对证照"
    LICENCE_CREATE = "licence:create", "新增执业许可证"
    LICENCE_DELETE = "licence:delete", "删除执业许可证"
    JOB_ASK = "job:ask", "提交后台任务"
    JOB_CANCEL = "job:cancel", "取消后台任务"
    JOB_REMOVE = "job:remove", "删除后台任务"
    JOB_RESULT = "job:result", "下载后台任务的结果"

    LICENCE_EXPORT = "licence:export", "导出执业许可证"
    LICENCE_SCAN_DOWNLOAD = "licence_scan:download", "下载证照"
    LICENCE_SCAN_ORDER = "licence_scan:order", "调整证照页序"
    LICENCE_SCAN_REMOVE = "licence_scan:remove", "删除证照"
    LICENCE_SCAN_REPLACE = "licence_scan:replace", "替换证照"
    LICENCE_SCAN_UPLOAD = "licence_scan:upload", "上传证照"
    LICENCE_UNUSE = "licence:unuse", "执业许可证取消使用"
    LICENCE_UPDATE = "licence:update", "修改执业许可证"
    LICENCE_USE = "licence:use", "执业许可证设为使用"

    REVIEW_EXPORT = "review:export", "导出现场审核记录"
    REVIEW_LOOK_UP = "review:look_up", "现场审核查询"
    REVIEW_RECORD = "review:record", "登记现场审核结论"

    ROSTER_CONSOLIDATE = "roster:consolidate", "汇总花名册"
    ROSTER_CREATE = "roster:create", "生成花名册"
    ROSTER_EXPORT = "roster:export", "导出花名册"
    ROSTER_FILE = "roster:file", "花名册备案"
    ROSTER_PRINT = "roster:print", "打印花名册"
    ROSTER_RECEIPT = "roster:receipt", "打印备案回执"
    ROSTER_RETURN = "roster:return", "退回花名册"
    ROSTER_REVOKE = "roster:revoke", "撤销花名册备案"
    ROSTER_SCAN_DOWNLOAD = "roster_scan:download", "下载盖章扫描件"
    ROSTER_SCAN_REMOVE = "roster_scan:remove", "删除盖章扫描件"
    ROSTER_SCAN_UPLOAD = "roster_scan:upload", "上传盖章扫描件"
    ROSTER_SUBMIT = "roster:submit", "报送花名册"
    ROSTER_VOID = "roster:void", "作废花名册"

    SECURITY_POLICY = "security:policy", "修改安全策略"

    SESSION_BIND_PHONE = "session:bind_phone", "绑定本人手机号"
    SESSION_CODE = "session:code", "发送登录验证码"
    SESSION_END = "session:end", "强制下线"
    SESSION_END_OWN = "session:end_own", "退出本人其他登录"
    SESSION_KEY_ADD = "session:key_add", "登记USBKEY"
    SESSION_KEY_REMOVE = "session:key_remove", "删除USBKEY"
    SESSION_PASSWORD = "session:password", "修改本人密码"
    SESSION_RECOVERY = "session:recovery", "生成恢复码"
    SESSION_SIGN_IN = "session:sign_in", "登录"
    SESSION_SIGN_OUT = "session:sign_out", "退出"
    SESSION_TOTP_ADD = "session:totp_add", "登记动态口令"
    SESSION_TOTP_REMOVE = "session:totp_remove", "停用动态口令"

    REQUEST_DENIED = "request:denied", "越权访问"


def record(
    actor: Actor,
    tag: AuditTag,
    target: Any = None,
    *,
    changes: Sequence[Change] = (),
    result: AuditResult = AuditResult.DONE,
    label: str | None = None,
) -> AuditEntry:
    """Record one act of ``actor`` on ``target``; the entry is written with the commit.

    A target that was just added is flushed first, so that the entry can name its key. ``label``
    stands in the place of the target's own name.
    """
    if target is not None and inspect(target).pending:
        db.session.flush()
    return _held(
        tag,
        result=result,
        actor_id=actor.administrator_id,
        actor_name=name_of(actor),
        actor_path=actor.path,
        institution_id=_institution_of(target) if target is not None else actor.institution_id,
        institution_name=actor.institution_name,
        owner_path=_path_of(target) or actor.path,
        object_type=type(target).__name__ if target is not None else "",
        object_id=target.id if target is not None else None,
        object_label=label[:LONGEST_LABEL] if label is not None else describe(target),
        changes=changes,
        address=actor.address,
        request_id=actor.request_id,
    )


def record_stranger(
    tag: AuditTag,
    *,
    result: AuditResult,
    changes: Sequence[Change] = (),
    address: str,
    request_id: str,
) -> AuditEntry:
    """Record an act of nobody we know: a sign-in with a user name that does not exist.

    It lies at the first bureau: guessing at many names concerns no node below, and who reads the
    trail of the whole province has to see it. What was typed is not kept.
    """
    return _held(
        tag,
        result=result,
        owner_path=ROOT,
        changes=changes,
        address=address,
        request_id=request_id,
    )


def record_platform(
    tag: AuditTag,
    *,
    owner_path: str,
    institution_id: int | None = None,
    account: Administrator | None = None,
    label: str = "",
    changes: Sequence[Change] = (),
) -> AuditEntry:
    """Record what a command of the platform did, without an account of its own.

    It concerns ``account`` where one is given, else the institution, else the platform.
    """
    target: tuple[str, int | None] = (Institution.__name__, institution_id)
    if account is not None:
        target, label = (Administrator.__name__, account.id), account.username
    elif institution_id is None:
        target = ("", None)
    return _held(
        tag,
        actor_name="系统",
        institution_id=institution_id,
        owner_path=owner_path,
        object_type=target[0],
        object_id=target[1],
        object_label=label[:LONGEST_LABEL],
        changes=changes,
    )


def _held(
    tag: AuditTag,
    *,
    result: AuditResult = AuditResult.DONE,
    changes: Sequence[Change] = (),
    **values: Any,
) -> AuditEntry:
    """Return a complete entry that the transaction holds until its commit."""
    entry = AuditEntry(
        **{
            **_NOBODY,
            **values,
            "at": utc_now(),
            "tag": tag.value,
            "result": result,
            "changes": list(changes),
        }
    )
    trail.pending.hold(db.session(), entry)
    return entry


def name_of(actor: Actor) -> str:
    """Return how the records of acts call an operator: by user name and name."""
    return f"{actor.username} {actor.full_name}"


def is_known_operator(actor: Actor, actor_path: str) -> bool:
    """Whether ``actor`` may know the person behind an entry by name and address.

    Whoever acted at or below the own node is known; of others, such as superiors, only the office.
    """
    return bool(actor_path) and actor_path.startswith(actor.path)


def is_nobody(entry: AuditEntry) -> bool:
    """Whether no account stands behind an entry: a stranger's, or a command of the platform."""
    return entry.actor_id is None and not entry.actor_path


def changes_of(row: Any) -> list[Change]:
    """Return the unsaved changes of a row as labelled old → new; call it before anything flushes.

    Personal data and secrets are only said to have changed. Internal columns are left out.
    """
    state = inspect(row)
    found: list[Change] = []
    for attribute in state.mapper.column_attrs:
        info = attribute.columns[0].info
        if info.get("internal") or attribute.key in {"version", "updated_at", "owner_path"}:
            continue
        history = state.attrs[attribute.key].history
        if not history.has_changes():
            continue
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
        if old == new or (attribute.key.endswith("_index") and info.get("secret")):
            continue
        hidden = info.get("sensitive") or info.get("secret")
        label = info["label"]
        found.append(
            said(label, _unsaid(info, old, new))
            if hidden
            else {"label": label, "old": _kept(old), "new": _kept(new)}
        )
    return found


def said(label: str, text: str) -> Change:
    """Return a line of an entry that says something by itself, where nothing has changed."""
    return {"label": label, "old": "", "new": text}


def because(reason: str) -> list[Change]:
    """Return why something was refused or has failed, as an entry says it; none for no reason."""
    return [said("原因", reason)] if reason else []


def describe(target: Any) -> str:
    """Return a short name of a record for people; never personal data beyond a name."""
    for name in ("name", "username", "title", "code"):
        value = getattr(target, name, None)
        if isinstance(value, str):
            return value[:LONGEST_LABEL]
    return ""


def label_of_tag(tag: str) -> str:
    """Return the label of a stored tag; the tag itself when the platform no longer knows it."""
    return _LABELS.get(tag, tag)


def story_of(changes: Sequence[Change]) -> str:
    """Return changes as one line for people."""
    return "；".join(
        f"{change['label']}：{change['old']} → {change['new']}"
        if change.get("old")
        else f"{change['label']}：{change['new']}"
        for change in changes
    )


def _path_of(target: Any) -> str | None:
    if isinstance(target, Institution):
        return target.path
    path: str | None = getattr(target, "owner_path", None)
    return path


def _institution_of(target: Any) -> int | None:
    if isinstance(target, Institution):
        return target.id
    key: int | None = getattr(target, "institution_id", None)
    return key


def _unsaid(info: Any, old: object, new: object) -> str:
    """Return what is said of a value that is not shown; ``info`` may have words of its own."""
    given, taken = info.get("acts", ("已填写", "已清除"))
    if not old or not new:
        word: str = given if new else taken
        return word
    return "已更改"


def _kept(value: object) -> str:
    return shown(value)[:LONGEST_VALUE]


def shown(value: object) -> str:
    """Return a value as a person reads it, moments in China's time; nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, LabelledEnum):
        return value.label
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return str(value)


def moment(value: dt.datetime) -> str:
    """Return a moment of the trail in China's time, to the second: its order matters."""
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


#: An entry about nothing in particular, by nobody.
_NOBODY: Final[Change] = {
    "actor_id": None,
    "actor_name": "",
    "actor_path": "",
    "institution_id": None,
    "institution_name": "",
    "owner_path": "",
    "object_type": "",
    "object_id": None,
    "object_label": "",
    "address": "",
    "request_id": "",
}
_LABELS = {tag.value: tag.label for tag in AuditTag}
#: China has one time zone and no summer time.
CHINA = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
