"""Practising licences."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from extensions import db
from models import Institution, Licence, LicenceDepartment, LicenceScan, ScanType
from services.scope import Reason, unscoped

_numbers = count(1)


def make_licence(
    institution: Institution, *, department_codes: tuple[str, ...] = ("02",), **values: Any
) -> Licence:
    """Return a stored licence of ``institution``, not in use and valid for a long time.

    Each begins on a day of its own, since the same licence is entered only once.
    """
    begins = dt.date(2009, 1, 1) + dt.timedelta(days=next(_numbers) % 360)
    with unscoped(Reason.MAINTENANCE):
        licence = Licence(
            institution=institution,
            departments=[LicenceDepartment(department_code=code) for code in department_codes],
            **{
                "institution_name": institution.name,
                "registration_number": "44162684242010211A1001",
                "legal_representative": "蒋某",
                "person_in_charge": "张某",
                "issued_by": "武汉市卫生和计划生育委员会",
                "issued_on": dt.date(2017, 12, 2),
                "valid_from": begins,
                "valid_until": dt.date(2099, 12, 1),
                "address": "武汉市硚口区中山大道215号",
                **values,
            },
        )
        db.session.add(licence)
        db.session.flush()
    return licence


def make_scan(licence: Licence, **values: Any) -> LicenceScan:
    """Return the stored row of a scan of ``licence``; there is no file behind it."""
    number = next(_numbers)
    with unscoped(Reason.MAINTENANCE):
        scan = LicenceScan(
            licence=licence,
            **{
                "position": number,
                "file_name": f"证照{number:05d}.jpg",
                "scan_type": ScanType.JPEG,
                "page_count": 1,
                "size": 1024,
                "digest": f"{number:064x}",
                "storage_name": f"{number:064x}",
                "uploaded_by": "clerk 张三",
                **values,
            },
        )
        db.session.add(scan)
        db.session.flush()
    return scan
