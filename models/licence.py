"""Practising licences of institutions (医疗机构执业许可证)."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import (
    Base,
    IntegerKey,
    Owned,
    Timestamped,
    UtcDateTime,
    Versioned,
)
from models.institution import Institution
from models.reference import MedicalDepartment
from models.scan import Scan

#: Characters of the institution's name in the title of a licence.
_LONGEST_IN_TITLE: Final = 60


class Licence(Owned, Timestamped, Versioned, Base):
    """One licence; at most one of an institution is in use, which the database decides."""

    __tablename__ = "licences"
    __more_table_args__ = (
        CheckConstraint("valid_until > valid_from", name="validity_is_a_period"),
        Index(
            "uq_licences_one_in_use",
            "institution_id",
            unique=True,
            sqlite_where=text("is_in_use"),
            postgresql_where=text("is_in_use"),
        ),
        # The same paper is entered once, however often its form is sent.
        Index(
            "uq_licences_same",
            "institution_id",
            "registration_number",
            "valid_from",
            "valid_until",
            unique=True,
        ),
    )

    id: Mapped[IntegerKey]
    institution_name: Mapped[str] = mapped_column(String(100), info={"label": "证书机构名称"})
    registration_number: Mapped[str] = mapped_column(String(22), info={"label": "证书登记号"})
    legal_representative: Mapped[str] = mapped_column(String(28), info={"label": "法定代表人"})
    person_in_charge: Mapped[str] = mapped_column(String(28), info={"label": "主要负责人"})
    issued_by: Mapped[str] = mapped_column(String(100), info={"label": "发证机关"})
    issued_on: Mapped[dt.date] = mapped_column(Date, info={"label": "发证日期"})
    valid_from: Mapped[dt.date] = mapped_column(Date, info={"label": "有效期开始"})
    valid_until: Mapped[dt.date] = mapped_column(Date, info={"label": "有效期截止"})
    address: Mapped[str] = mapped_column(String(200), info={"label": "地址"})
    is_in_use: Mapped[bool] = mapped_column(Boolean, default=False, info={"label": "是否使用"})
    #: Of all scans as they are; every change of them keeps it. Empty until there was one.
    scans_digest: Mapped[str | None] = mapped_column(
        String(64), info={"label": "现有证照摘要", "internal": True}
    )
    #: Of all scans as they were when a superior put it to use (设为使用) or looked at it (核对);
    #: empty until then, and no digest when the institution has corrected it itself meanwhile.
    approved_scans: Mapped[str | None] = mapped_column(
        String(64), info={"label": "核验时的证照摘要", "internal": True}
    )
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), index=True, unique=True, info={"label": "表单编号", "internal": True}
    )

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(Licence.institution_id) == Institution.id"
    )
    departments: Mapped[list[LicenceDepartment]] = relationship(
        back_populates="licence", cascade="all, delete-orphan", lazy="selectin"
    )

    scans: Mapped[list[LicenceScan]] = relationship(
        primaryjoin="and_(Licence.id == foreign(LicenceScan.licence_id),"
        " LicenceScan.replaced_at.is_(None))",
        order_by="LicenceScan.position, LicenceScan.id",
        viewonly=True,
    )

    @property
    def title(self) -> str:
        """Return what tells it from the others of its institution: a renewed one keeps its number.

        A very long name is cut, so that the rest fits into the label of an audit entry.
        """
        name = self.institution_name
        short = name if len(name) <= _LONGEST_IN_TITLE else f"{name[: _LONGEST_IN_TITLE - 1]}…"
        term = f"有效期{self.valid_from}至{self.valid_until}"
        return f"{short} {self.registration_number}（{term}）"

    @property
    def department_names(self) -> str:
        """Return 诊疗科目 as one text."""
        return "、".join(row.department.name for row in self.departments)


class LicenceDepartment(Owned, Base):
    """One 诊疗科目 that a licence allows."""

    __tablename__ = "licence_departments"
    __owner_from__ = "licence"

    licence_id: Mapped[int] = mapped_column(
        ForeignKey("licences.id", ondelete="CASCADE"), primary_key=True
    )
    department_code: Mapped[str] = mapped_column(
        ForeignKey("medical_departments.code"), primary_key=True, info={"label": "诊疗科目"}
    )

    licence: Mapped[Licence] = relationship(back_populates="departments")
    department: Mapped[MedicalDepartment] = relationship(lazy="joined")


class LicenceScan(Scan, Owned, Base):
    """One uploaded file of a licence (证照); a replaced one is kept as an old version."""

    __tablename__ = "licence_scans"
    __owner_from__ = "licence"
    __more_table_args__ = (
        CheckConstraint("page_count > 0", name="has_pages"),
        CheckConstraint("size > 0", name="has_content"),
    )

    id: Mapped[IntegerKey]
    licence_id: Mapped[int] = mapped_column(
        ForeignKey("licences.id", ondelete="RESTRICT"), index=True, info={"label": "执业许可证"}
    )
    #: When it was replaced or taken away; ``None`` while it is shown.
    replaced_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "替换时间"})
    replaced_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("licence_scans.id"), info={"label": "新版本"}
    )

    licence: Mapped[Licence] = relationship()

    @property
    def title(self) -> str:
        """Return the name on the licence, by which people know the scan."""
        return self.licence.title
