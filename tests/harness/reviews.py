"""The reviews of the small province: of one paper at each of some institutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from extensions import db
from models import (
    Administrator,
    CertificateReview,
    Institution,
    ReviewResult,
    SubmissionCode,
    VerificationStatus,
)
from services import audit, scope
from services.actor import actor_of
from services.scope import Reason, unscoped
from services.signing import ROSTER_PREFIX
from tests.harness.oracle import Thing

if TYPE_CHECKING:
    from tests.harness.world import World

_REVIEWED: Final = ("HA1", "HA", "HB1")


def add_reviews(world: World) -> None:
    """Record a verdict of the bureau above on the first paper of some institutions."""
    for name in _REVIEWED:
        node = world.nodes[name]
        bureau = node.bureau()
        assert bureau is not None
        text = next(
            thing.key
            for thing in world.of_kind("code")
            if thing.node.name == name and not str(thing.key).startswith(ROSTER_PREFIX)
        )
        with unscoped(Reason.MAINTENANCE):
            code = db.session.scalars(
                select(SubmissionCode).where(SubmissionCode.code == text)
            ).one()
            institution = scope.find(Institution, world.keys[bureau.name])
            key = world.people[f"operator at {bureau.name}"].key
            reviewer = actor_of(scope.find(Administrator, key), institution)
            review = CertificateReview(
                code=code,
                status=VerificationStatus.UNPRINTED,
                result=ReviewResult.DIFFERS,
                note=world.canaries.of(name)("review.note", "注"),
                actor_id=reviewer.administrator_id,
                actor_name=audit.name_of(reviewer),
                actor_path=reviewer.path,
                office=reviewer.institution_name,
            )
            db.session.add(review)
            db.session.flush()
        world.things.append(Thing("review", review.id, node))
    db.session.commit()
    db.session.remove()
