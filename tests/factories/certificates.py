"""Trial certificates, as entered and as stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from models import CertificateType, Conclusion, Institution
from services import certificates, scope
from services.certificates import CertificateInput, PeriodInput
from services.identifiers import resident_id_with_check_character
from services.scope import Reason, unscoped
from tests.factories.actors import acting
from tests.factories.completeness import complete
from tests.factories.exam_cycles import YEAR, make_exam_cycle

if TYPE_CHECKING:
    from models import TrialCertificate
    from services.actor import Actor

_numbers = count(1)

#: Numbers of practice certificates: a physician's and an assistant's, clinical medicine, 江岸区.
PHYSICIAN = "110420102000001"
ASSISTANT = "210420102000001"


def make_id_number(*, born_on: dt.date = dt.date(1990, 5, 6), gender: str = "2") -> str:
    """Return a number that passes every check and belongs to nobody, another one at each call.

    Its address code (黄陂县) was abolished before ID numbers were issued to people born so late.
    """
    serial = next(_numbers) * 2 % 1000 + (int(gender) % 2)
    return resident_id_with_check_character(f"422222{born_on:%Y%m%d}{serial % 1000:03d}")


def period_input(**values: Any) -> PeriodInput:
    """Return one period as entered: a full year of internal medicine up to August 2017."""
    usual = PeriodInput(
        place_name="武汉市第一医院",
        department="内科",
        started_on=dt.date(2016, 9, 1),
        ended_on=dt.date(2017, 8, 31),
        mentor_name="蒋建国",
        mentor_practice_certificate_number=PHYSICIAN,
        content="内科常见病、多发病的诊治",
    )
    return replace(usual, **values)


def certificate_input(**values: Any) -> CertificateInput:
    """Return a certificate as entered that keeps every rule and raises no doubts.

    Gender and date of birth are left to the ID number.
    """
    usual = CertificateInput(
        exam_year=YEAR,
        certificate_type=CertificateType.TRIAL,
        name="周晓燕",
        id_document_code="01",
        id_number=values.get("id_number") or make_id_number(),
        ethnic_group_code="01",
        education_code="21",
        school="武汉大学",
        major="临床医学",
        graduated_on=dt.date(2013, 6, 30),
        phone="13800138000",
        exam_category_code="110",
        conclusion=Conclusion.QUALIFIED,
        periods=(period_input(),),
    )
    return replace(usual, **values)


def practice_input(**values: Any) -> CertificateInput:
    """Return the same for an assistant who sits for the physician's exam."""
    number = values.get("id_number") or make_id_number()
    return certificate_input(
        **{
            "certificate_type": CertificateType.PRACTICE,
            "id_number": number,
            "education_code": "31",
            "qualification_certificate_number": f"201442210{number}",
            "practice_certificate_number": ASSISTANT,
            **values,
        }
    )


def make_certificate(actor: Actor, **values: Any) -> TrialCertificate:
    """Return a certificate entered by ``actor``; ``values`` are those of the input.

    What the record of the actor's institution lacks is filled in.
    """
    data = certificate_input(**values)
    if data.exam_year is not None:
        make_exam_cycle(data.exam_year)
    with unscoped(Reason.MAINTENANCE):
        complete(scope.find(Institution, actor.institution_id))
    with acting(actor):
        return certificates.create(actor, data)
