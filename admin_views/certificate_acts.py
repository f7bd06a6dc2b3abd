"""What the toolbar over the certificates does to the selected people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from admin_views.certificate_rights import may_save
from admin_views.tools import action
from models import Conclusion, TrialCertificate, label_of
from services import certificates
from services.permissions import Permission
from services.scope import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_views.base import GridView
    from services.actor import Actor


@action(
    "delete",
    "删除信息",
    Permission.CERTIFICATE_WRITE,
    confirm=(
        "删除后，下列人员的提交编码作废，已打印的证明无效：\n{rows}\n"
        "30天内可以在“回收站”中恢复，恢复后须用新的提交编码重新打印。"
    ),
    reason=label_of(TrialCertificate.delete_reason),
    is_dangerous=True,
)
def delete_certificate(
    _screen: GridView, actor: Actor, rows: list[TrialCertificate], reason: str
) -> str:
    """Put the selected person into the bin of the institution."""
    certificates.delete(actor, rows[0], reason)
    return f"“{rows[0].name}”的信息已删除，原提交编码作废。"


@action(
    "qualify",
    "批量合格",
    Permission.CERTIFICATE_WRITE,
    confirm="将下列人员的考核结论由“考核中”改为“合格”，并生成新的提交编码：\n{rows}",
    needs="some",
)
def qualify_certificates(
    _screen: GridView, actor: Actor, rows: list[TrialCertificate], _reason: str
) -> str:
    """Let all selected people pass, as they were shown."""
    certificates.qualify(actor, rows, _versions_seen())
    return f"已将 {len(rows)} 人的考核结论设为合格，提交编码已更新。"


def acts_on(row: TrialCertificate) -> frozenset[str]:
    """Return the acts that suit a row: what cannot be changed is printed all the same."""
    if not may_save(row):
        return frozenset({"print"})
    more = {"qualify"} if row.conclusion is Conclusion.PENDING else set()
    return frozenset({"print", "delete", *more})


def questions_of(row: TrialCertificate) -> Mapping[str, Mapping[str, str]]:
    """Return what is posted of a row that may be let pass: its key, and the version shown."""
    return {"qualify": {"seen": f"{row.id}:{row.version}"}} if "qualify" in acts_on(row) else {}


def _versions_seen() -> dict[int, int]:
    """Return the versions that the list showed, by key; what is none is left out."""
    pairs = (one.partition(":") for one in request.form.get("seen", "").split())
    found = ((parse_key(key), parse_key(version)) for key, _, version in pairs)
    return {key: version for key, version in found if key and version}
