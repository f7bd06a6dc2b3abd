"""Reading reviews: of one certificate, of a day, of one reviewer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, lazyload, load_only

from extensions import db
from models import (
    CertificateReview,
    Institution,
    ReviewResult,
    SubmissionCode,
    TrialCertificate,
    VerificationStatus,
)
from services import audit, clock, signing
from services.audit import CHINA
from services.institutions.search import clean_keyword

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm.strategy_options import _AbstractLoad

    from services.actor import Actor


class Told(NamedTuple):
    """A review as it is shown beside its certificate."""

    at: dt.datetime
    result: ReviewResult
    status: VerificationStatus
    version: int
    note: str
    #: The reviewer, or only the office when it is one above the reader.
    who: str
    office: str
    is_today: bool


def shown_reviewer(actor: Actor, review: CertificateReview) -> str:
    """Return who reviewed, as far as the reader may know: of superiors only the office shows."""
    return review.actor_name if audit.is_known_operator(actor, review.actor_path) else ""


def of_certificate(actor: Actor, certificate: TrialCertificate) -> list[Told]:
    """Return the reviews of all papers of a certificate, the latest first; one query."""
    rows = db.session.execute(
        select(CertificateReview, SubmissionCode.content_version)
        .join(SubmissionCode, SubmissionCode.id == CertificateReview.code_id)
        .where(SubmissionCode.certificate_id == certificate.id)
        .order_by(CertificateReview.id.desc())
    )
    day = clock.today()
    return [
        Told(
            review.reviewed_at,
            review.result,
            review.status,
            version,
            review.note,
            shown_reviewer(actor, review),
            review.office,
            review.reviewed_at.astimezone(CHINA).date() == day,
        )
        for review, version in rows
    ]


def with_certificate() -> _AbstractLoad:
    """Return the option that loads code, person and institution with reviews, and nothing more."""
    return (
        joinedload(CertificateReview.code)
        .joinedload(SubmissionCode.certificate)
        .options(
            # Of the person only the name shows.
            load_only(TrialCertificate.name, TrialCertificate.institution_id),
            lazyload("*"),
            joinedload(TrialCertificate.institution).load_only(Institution.name),
        )
    )


def latest_of(actor: Actor, most: int) -> Sequence[CertificateReview]:
    """Return the actor's own latest reviews of today, with code and certificate."""
    return (
        db.session.scalars(
            select(CertificateReview)
            .where(CertificateReview.actor_id == actor.administrator_id, today())
            .options(with_certificate())
            .order_by(CertificateReview.id.desc())
            .limit(most)
        )
        .unique()
        .all()
    )


def counts(conditions: Sequence[ColumnElement[bool]]) -> Mapping[ReviewResult, int]:
    """Return how many reviews there are of each result under ``conditions``."""
    found = db.session.execute(
        select(CertificateReview.result, func.count(CertificateReview.id))
        .where(*conditions)
        .group_by(CertificateReview.result)
    )
    return {**dict.fromkeys(ReviewResult, 0), **{result: count for result, count in found}}  # noqa: C416 - rows are no pairs


def counts_of(actor: Actor) -> Mapping[ReviewResult, int]:
    """Return how many papers the actor has reviewed today, by result."""
    return counts([CertificateReview.actor_id == actor.administrator_id, today()])


def today() -> ColumnElement[bool]:
    """Return the condition that a review was made today, by the day of China."""
    midnight = dt.datetime.combine(clock.today(), dt.time.min, CHINA)
    return CertificateReview.reviewed_at >= midnight


def by_reviewer(key: str) -> ColumnElement[bool]:
    """Return the condition that a review is of the account with a key out of ``reviewers``."""
    return CertificateReview.actor_id == int(key)


def reviewers(actor: Actor) -> list[tuple[int, str]]:
    """Return who has reviewed in the actor's part of the tree and may be known, by key and name."""
    rows = db.session.execute(
        select(CertificateReview.actor_id, func.max(CertificateReview.actor_name))
        .where(CertificateReview.actor_path.startswith(actor.path, autoescape=True))
        .group_by(CertificateReview.actor_id)
        .order_by(func.max(CertificateReview.actor_name))
    )
    return [(key, name) for key, name in rows]


def search_condition(keyword: str) -> ColumnElement[bool]:
    """Return the condition that ``keyword`` is in the person's or the institution's name.

    Or that it is the code, however it was typed. Raises ``DomainError`` for what cannot be one.
    """
    text = clean_keyword(keyword)
    code = signing.read_code(text)
    codes = select(SubmissionCode.id)
    if code is not None:
        return or_(
            CertificateReview.forged_code == code,
            CertificateReview.code_id.in_(codes.where(SubmissionCode.code == code)),
        )
    people = codes.join(TrialCertificate, TrialCertificate.id == SubmissionCode.certificate_id)
    named = select(Institution.id).where(Institution.name.contains(text, autoescape=True))
    return or_(
        CertificateReview.institution_id.in_(named),
        CertificateReview.code_id.in_(
            people.where(TrialCertificate.name.contains(text, autoescape=True))
        ),
    )
