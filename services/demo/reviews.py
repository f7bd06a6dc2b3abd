"""The reviews of the demo: a morning on site, with papers that match, some not, and a forgery."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from extensions import db
from models import CertificateReview, CodeState, ReviewResult, VerificationStatus
from services import audit, signing
from services.actor import actor_of
from services.audit import CHINA
from services.demo.accounts import REVIEWER

if TYPE_CHECKING:
    from models import Administrator, CodePrint
    from services.actor import Actor

#: People who were reviewed on that morning.
_PEOPLE: Final = 36
_EACH: Final = dt.timedelta(minutes=3)
#: Position → what did not match.
_DIFFERING: Final = {
    7: "带教老师签字与填报的带教老师不是同一人，请机构说明。",
    19: "纸质材料的截止时间有涂改。",
    28: "未加盖单位公章。",
}
_FORGERY: Final = "平台没有该编码；纸质材料署名的机构称未出具过，公章字体与该机构的不同。"


def add_reviews(
    administrators: list[Administrator], prints: list[CodePrint], today: dt.date
) -> tuple[Actor, list[CertificateReview]]:
    """Store the reviews of people below the reviewer, made on the last workday; return both."""
    account = next(one for one in administrators if one.username == REVIEWER)
    actor = actor_of(account, account.institution, address="192.0.2.18")
    start = dt.datetime.combine(_workday_before(today), dt.time(9), tzinfo=CHINA)
    codes = [
        one.code
        for one in prints
        if one.code.owner_path.startswith(actor.path)
        and one.code.state is CodeState.CURRENT
        and one.printed_at < start
    ]
    found = []
    for position, code in enumerate(codes[-_PEOPLE:]):
        note = _DIFFERING.get(position, "")
        found.append(
            CertificateReview(
                code=code,
                status=VerificationStatus.VALID,
                result=ReviewResult.DIFFERS if note else ReviewResult.MATCHES,
                note=note,
                reviewed_at=start + position * _EACH,
                actor_id=actor.administrator_id,
                actor_name=audit.name_of(actor),
                actor_path=actor.path,
                office=actor.institution_name,
            )
        )
    found.append(
        CertificateReview(
            institution=account.institution,
            # Right by its check character, and of nobody.
            forged_code=signing.submission_code({}, exam_year=today.year + 1, version=1),
            status=VerificationStatus.UNKNOWN,
            result=ReviewResult.FORGED,
            note=_FORGERY,
            reviewed_at=start + len(found) * _EACH,
            actor_id=actor.administrator_id,
            actor_name=audit.name_of(actor),
            actor_path=actor.path,
            office=actor.institution_name,
        )
    )
    db.session.add_all(found)
    return actor, found


def _workday_before(day: dt.date) -> dt.date:
    """Return the last day before ``day`` that is no Saturday or Sunday."""
    return day - dt.timedelta(days={0: 3, 6: 2}.get(day.weekday(), 1))
