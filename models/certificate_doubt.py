"""Doubts about certificates (风险提示): what a person should look into; none stops the work."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, IntegerKey, LabelledEnum, Owned, UtcDateTime, enum_type, utc_now
from models.trial_certificate import TrialCertificate


class Doubt(LabelledEnum):
    """What a doubt is about; the order is that in which they are told."""

    TWO_PLACES = "two_places", "两地同时试用"
    ID_NUMBER = "id_number", "证件号码存疑"
    NAME = "name", "姓名存疑"
    ASSISTANT_NUMBER = "assistant_number", "助理证号存疑"
    EDUCATION = "education", "学历存疑"
    GRADUATION_DATE = "graduation_date", "毕业时间存疑"
    GRADUATED_LATER = "graduated_later", "毕业晚于开始"
    OVERLAP = "overlap", "各段时间重叠"
    SHORT = "short", "试用不满一年"
    MENTOR_NUMBER = "mentor_number", "带教老师编码存疑"
    MENTOR_LEVEL = "mentor_level", "带教老师非执业医师"
    MENTOR_CATEGORY = "mentor_category", "带教老师类别不符"
    MENTOR_BUSY = "mentor_busy", "带教人数过多"
    DEPARTMENT = "department", "类别无对应诊疗科目"
    LICENCE = "licence", "许可证不在有效期"
    PLACE = "place", "机构不在机构库"


class CertificateDoubt(Owned, Base):
    """One doubt about one certificate, kept with it: what kind, in which words, since when."""

    __tablename__ = "certificate_doubts"
    __owner_from__ = "certificate"
    __more_table_args__ = (
        UniqueConstraint("certificate_id", "kind", "sentence"),
        # By them the grid filters and the home page counts, in any part of the tree.
        Index(None, "kind", "owner_path", "certificate_id"),
        Index(None, "owner_path", "certificate_id"),
    )

    id: Mapped[IntegerKey]
    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("trial_certificates.id", ondelete="CASCADE"), info={"label": "证明"}
    )
    kind: Mapped[Doubt] = mapped_column(enum_type(Doubt), info={"label": "风险提示"})
    #: The period that it is about, counted as in ``TrialPeriod``; most are about the whole.
    position: Mapped[int | None] = mapped_column(Integer, info={"label": "序号"})
    sentence: Mapped[str] = mapped_column(String(300), info={"label": "说明"})
    #: When this kind was first seen at the certificate; other words for it do not change that.
    first_seen_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "首次提示时间"}
    )

    certificate: Mapped[TrialCertificate] = relationship()
