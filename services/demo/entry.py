"""What the clerks of the demo have left: why people were deleted, and forms half filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from extensions import db
from models import CertificateDraft
from services import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import TrialCertificate
    from services.actor import Actor

_REASONS: Final = ("重复录入", "人员离职，不再试用", "录错考试年度，重新录入")
#: Whose clerk was called away while typing.
_CALLED_AWAY: Final = "黄陂区前川街环城社区卫生服务中心"
_TYPED: Final = {
    "certificate_type": "trial",
    "name": "贺小满",
    "id_document_code": "01",
    "ethnic_group_code": "01",
    "school": "湖北中医药大学",
    "periods-0-place_name": _CALLED_AWAY,
    "periods-0-department": "全科",
}


def add_entry(actors: Mapping[int, Actor], certificates: list[TrialCertificate]) -> None:
    """Say who deleted people and why, and leave a draft at one institution."""
    for number, one in enumerate(one for one in certificates if one.deleted_at is not None):
        one.deleted_by = audit.name_of(actors[one.institution_id])
        one.delete_reason = _REASONS[number % len(_REASONS)]
    place = next(one.institution for one in certificates if one.institution.name == _CALLED_AWAY)
    typed = {**_TYPED, "exam_year": str(max(one.exam_year for one in certificates))}
    db.session.add(
        CertificateDraft(
            institution=place,
            administrator_id=actors[place.id].administrator_id,
            form_key="demo-draft-1",
            content=json.dumps(typed, ensure_ascii=False),
        )
    )
