"""Practising licences of institutions (医疗机构执业许可证)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, IntegerKey, Owned, Timestamped, Versioned
from models.institution import Institution
from models.reference import MedicalDepartment


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

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(Licence.institution_id) == Institution.id"
    )
    departments: Mapped[list[LicenceDepartment]] = relationship(
        back_populates="licence", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def department_names(self) -> str:
        """Return 诊疗科目 as one text."""
        return "、".join(row.department.name for row in self.departments)


class LicenceDepartment(Base):
    """One 诊疗科目 that a licence allows; reached through its licence only."""

    __tablename__ = "licence_departments"

    licence_id: Mapped[int] = mapped_column(
        ForeignKey("licences.id", ondelete="CASCADE"), primary_key=True
    )
    department_code: Mapped[str] = mapped_column(
        ForeignKey("medical_departments.code"), primary_key=True, info={"label": "诊疗科目"}
    )

    licence: Mapped[Licence] = relationship(back_populates="departments")
    department: Mapped[MedicalDepartment] = relationship(lazy="joined")
