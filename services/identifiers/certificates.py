"""Numbers of the physicians' qualification certificate and practice certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.identifiers.core import (
    Checked,
    InvalidIdentifierError,
    collected,
    prepared,
    require_length,
    require_match,
)
from services.identifiers.reference import (
    certificate_category_known,
    province_known,
    region_known,
)
from services.identifiers.resident import birth_date_of, check_resident_id

if TYPE_CHECKING:
    from datetime import date

_LEVELS = frozenset("12")
_FIRST_EXAM_YEAR = 1999
_FIRST_GENERATION_LENGTH = 15

_QUALIFICATION_LABEL = "医师资格证书编码"
_QUALIFICATION_SHAPE = re.compile(r"[0-9]{24}|[0-9]{26}[0-9X]")
_PRACTICE_LABEL = "医师执业证书编码"
_PRACTICE_LENGTH = 15
_PRACTICE_SHAPE = re.compile(r"[0-9]{15}")

_CATEGORY_DOUBT = "不是已知的医师类别代码，请核对。"


@dataclass(frozen=True, slots=True)
class QualificationCertificate:
    """The parts of a qualification certificate number.

    ``level`` is ``"1"`` (执业医师) or ``"2"`` (执业助理医师); ``category`` is the
    ``certificate_category_code`` of the exam categories; ``id_number`` has 15 or 18 characters.
    """

    year: int
    province: str
    level: str
    category: str
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PracticeCertificate:
    """The parts of a practice certificate number; ``level`` and ``category`` as above."""

    level: str
    category: str
    region: str
    serial: str = field(repr=False)


def check_qualification_certificate(value: str, *, today: date) -> Checked:
    """Check the number of a qualification certificate (医师资格证书编码).

    Year 4 + province 2 + level 1 + category 2 + the holder's ID number (15 or 18).  Refused:
    another length or alphabet, another level than 1 or 2.  Everything else is warned of.  Whether
    the ID number is that of the person on record is for the caller to compare, by
    :func:`parse_qualification_certificate` and :func:`~services.identifiers.id_numbers_match`.
    """
    number, parts = _qualification(value)
    year_usual = _FIRST_EXAM_YEAR <= parts.year <= today.year
    return Checked(
        number,
        collected(
            (
                (not year_usual, "第1至4位的年份不合常理，请核对。"),
                (not province_known(parts.province), "第5至6位不是已知的省级代码，请核对。"),
                (not certificate_category_known(parts.category), f"第8至9位{_CATEGORY_DOUBT}"),
                (
                    not _holder_plausible(parts.id_number, today),
                    "第10位起的身份证号码不符合编码规则，请对照证书原件核对。",
                ),
            )
        ),
    )


def parse_qualification_certificate(value: str) -> QualificationCertificate:
    """Return the parts of a qualification certificate number.

    Raises:
        InvalidIdentifierError: as :func:`check_qualification_certificate`.
    """
    return _qualification(value)[1]


def check_practice_certificate(value: str) -> Checked:
    """Check the number of a practice certificate (医师执业证书编码).

    Level 1 + category 2 + region 6 + serial 6.  Refused: anything but 15 digits, another level than
    1 or 2.  Warned of: an unknown category or region.
    """
    number, parts = _practice(value)
    return Checked(
        number,
        collected(
            (
                (not certificate_category_known(parts.category), f"第2至3位{_CATEGORY_DOUBT}"),
                (not region_known(parts.region), "第4至9位不是已知的行政区划代码，请核对。"),
            )
        ),
    )


def parse_practice_certificate(value: str) -> PracticeCertificate:
    """Return the parts of a practice certificate number.

    Raises:
        InvalidIdentifierError: as :func:`check_practice_certificate`.
    """
    return _practice(value)[1]


def _qualification(value: str) -> tuple[str, QualificationCertificate]:
    number = prepared(value, _QUALIFICATION_LABEL)
    require_length(number, _QUALIFICATION_LABEL, 24, 27)
    require_match(
        number,
        _QUALIFICATION_SHAPE,
        f"{_QUALIFICATION_LABEL}应全部为数字，仅27位编码的末位可以是X，请核对。",
    )
    parts = QualificationCertificate(
        year=int(number[:4]),
        province=number[4:6],
        level=number[6],
        category=number[7:9],
        id_number=number[9:],
    )
    _require_level(parts.level, _QUALIFICATION_LABEL, place=7)
    return number, parts


def _practice(value: str) -> tuple[str, PracticeCertificate]:
    number = prepared(value, _PRACTICE_LABEL)
    require_length(number, _PRACTICE_LABEL, _PRACTICE_LENGTH)
    require_match(number, _PRACTICE_SHAPE, f"{_PRACTICE_LABEL}应全部为数字，请核对。")
    parts = PracticeCertificate(
        level=number[0], category=number[1:3], region=number[3:9], serial=number[9:]
    )
    _require_level(parts.level, _PRACTICE_LABEL, place=1)
    return number, parts


def _require_level(level: str, label: str, *, place: int) -> None:
    if level not in _LEVELS:
        message = f"{label}第{place}位应为1（执业医师）或2（执业助理医师），请核对。"
        raise InvalidIdentifierError(message)


def _holder_plausible(id_number: str, today: date) -> bool:
    try:
        if len(id_number) == _FIRST_GENERATION_LENGTH:
            # The century is left out of old numbers; the last place only fills the shape.
            birth_date_of(f"{id_number[:6]}19{id_number[6:]}0")
        else:
            check_resident_id(id_number, today=today)
    except InvalidIdentifierError:
        return False
    return True
