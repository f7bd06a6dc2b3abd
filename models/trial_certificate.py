"""Trial certificates (试用期考核证明), their periods, and the codes printed on them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import (
    Base,
    IntegerKey,
    LabelledEnum,
    Owned,
    Path,
    Timestamped,
    UtcDateTime,
    Versioned,
    enum_type,
    utc_now,
)
from models.encryption import Encrypted, blind_index
from models.exam_cycle import ExamCycle
from models.institution import Institution, InstitutionName
from models.reference import (
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
)
from models.search_text import LONGEST_SEARCH_TEXT, person_search_text_of
from models.states import HasState


class CertificateType(LabelledEnum):
    """报考类型: exactly the two of the notice."""

    TRIAL = "trial", "医师资格考试试用期考核证明"
    PRACTICE = "practice", "执业助理医师报考执业医师执业期考核证明"


class Conclusion(LabelledEnum):
    """考核结论."""

    PENDING = "pending", "考核中"
    QUALIFIED = "qualified", "合格"
    UNQUALIFIED = "unqualified", "不合格"


class CertificateState(LabelledEnum):
    """Where a certificate stands on its way to the bureau; before, it is a draft (草稿)."""

    COMPLETED = "completed", "已完成"
    SUBMITTED = "submitted", "已上报"
    FILED = "filed", "已备案"


class TrialCertificate(HasState[CertificateState], Owned, Timestamped, Versioned, Base):
    """One person's certificate for one exam year at the institution that enters it."""

    __tablename__ = "trial_certificates"
    __more_table_args__ = (
        Index(
            "uq_trial_certificates_person_once",
            "institution_id",
            "exam_year",
            "certificate_type",
            "id_number_index",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # Lists leave out what was deleted: they are narrowed, counted and sorted in this index
        # alone, in any part of the tree.
        Index(
            "ix_trial_certificates_living",
            *("owner_path", "exam_year", "certificate_type", "state", "conclusion"),
            *("exam_category_code", "name", "id", "deleted_at"),
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # A keyword is looked for in this index alone, in any part of the tree.
        Index(
            "ix_trial_certificates_search",
            "owner_path",
            "search_text",
            "institution_id",
            "id",
            # SQLite reads the row for it otherwise, although the condition says what it is.
            "deleted_at",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint(
            "certificate_type = 'trial' OR (qualification_certificate_number IS NOT NULL"
            " AND practice_certificate_number IS NOT NULL)",
            name="practice_needs_numbers",
        ),
    )
    MOVES: ClassVar = {
        CertificateState.COMPLETED: frozenset({CertificateState.SUBMITTED}),
        CertificateState.SUBMITTED: frozenset({CertificateState.FILED, CertificateState.COMPLETED}),
        CertificateState.FILED: frozenset({CertificateState.COMPLETED}),
    }

    id: Mapped[IntegerKey]
    exam_year: Mapped[int] = mapped_column(
        ForeignKey("exam_cycles.year"), index=True, info={"label": "考试年度"}
    )
    certificate_type: Mapped[CertificateType] = mapped_column(
        enum_type(CertificateType), info={"label": "报考类型"}
    )
    state: Mapped[CertificateState] = mapped_column(
        enum_type(CertificateState), default=CertificateState.COMPLETED, info={"label": "状态"}
    )
    name: Mapped[str] = mapped_column(String(28), index=True, info={"label": "姓名"})
    search_text: Mapped[str] = mapped_column(
        String(LONGEST_SEARCH_TEXT),
        default="",
        server_default="",
        info={"label": "检索文本", "internal": True},
    )
    id_document_code: Mapped[str] = mapped_column(
        ForeignKey("id_document_types.code"), info={"label": "证件类型"}
    )
    id_number: Mapped[str] = mapped_column(
        Encrypted("trial_certificates.id_number"), info={"label": "证件号码", "sensitive": True}
    )
    id_number_index: Mapped[str] = mapped_column(
        String(64), index=True, info={"label": "证件号码索引", "secret": True}
    )
    gender_code: Mapped[str] = mapped_column(ForeignKey("genders.code"), info={"label": "性别"})
    born_on: Mapped[dt.date] = mapped_column(Date, info={"label": "出生日期"})
    ethnic_group_code: Mapped[str] = mapped_column(
        ForeignKey("ethnic_groups.code"), info={"label": "民族"}
    )
    education_code: Mapped[str] = mapped_column(
        ForeignKey("education_levels.code"), info={"label": "学历"}
    )
    school: Mapped[str] = mapped_column(String(60), info={"label": "毕业学校"})
    major: Mapped[str] = mapped_column(String(60), info={"label": "所学专业"})
    graduated_on: Mapped[dt.date] = mapped_column(Date, info={"label": "毕业时间"})
    phone: Mapped[str] = mapped_column(
        Encrypted("trial_certificates.phone"), info={"label": "手机号", "sensitive": True}
    )
    exam_category_code: Mapped[str] = mapped_column(
        ForeignKey("exam_categories.code"), info={"label": "报考类别"}
    )
    qualification_certificate_number: Mapped[str | None] = mapped_column(
        Encrypted("trial_certificates.qualification_certificate_number"),
        info={"label": "助理资格证号", "sensitive": True},
    )
    practice_certificate_number: Mapped[str | None] = mapped_column(
        String(15), info={"label": "助理执业证号"}
    )
    conclusion: Mapped[Conclusion] = mapped_column(
        enum_type(Conclusion), info={"label": "考核结论"}
    )
    #: Counts changes of content; it is the version that the eye reads at the end of the code.
    content_version: Mapped[int] = mapped_column(Integer, default=1, info={"label": "内容版本"})
    submission_code: Mapped[str] = mapped_column(
        String(32), unique=True, info={"label": "提交编码"}
    )
    #: Proof against a second submit of the same form.
    form_key: Mapped[str | None] = mapped_column(
        String(36), unique=True, info={"label": "表单编号", "internal": True}
    )
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, info={"label": "删除时间"})
    deleted_by: Mapped[str | None] = mapped_column(String(160), info={"label": "删除人"})
    delete_reason: Mapped[str | None] = mapped_column(String(500), info={"label": "删除原因"})

    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(TrialCertificate.institution_id) == Institution.id"
    )
    periods: Mapped[list[TrialPeriod]] = relationship(
        back_populates="certificate",
        cascade="all, delete-orphan",
        order_by="TrialPeriod.position",
        lazy="selectin",
    )
    exam_cycle: Mapped[ExamCycle] = relationship(viewonly=True)
    exam_category: Mapped[ExamCategory] = relationship(lazy="joined", viewonly=True)
    education: Mapped[EducationLevel] = relationship(lazy="joined", viewonly=True)
    gender: Mapped[Gender] = relationship(lazy="joined", viewonly=True)
    ethnic_group: Mapped[EthnicGroup] = relationship(viewonly=True)
    id_document: Mapped[IdDocumentType] = relationship(lazy="joined", viewonly=True)

    @validates("id_number")
    def _keep_index(self, _key: str, id_number: str) -> str:
        self.id_number_index = blind_index(id_number, "trial_certificates.id_number")
        return id_number

    @validates("name")
    def _keep_search_text(self, _key: str, name: str) -> str:
        self.search_text = person_search_text_of(name)
        return name

    @property
    def is_editable(self) -> bool:
        """Whether the clerk may still change it: not handed in, not filed, not deleted."""
        return self.state is CertificateState.COMPLETED and self.deleted_at is None

    def __repr__(self) -> str:
        """Show the key only."""
        return f"<TrialCertificate {self.id}>"


class TrialPeriod(Owned, Base):
    """One stretch of a trial: where, in which department, from when to when, under whom."""

    __tablename__ = "trial_periods"
    __owner_from__ = "certificate"
    __more_table_args__ = (CheckConstraint("ended_on > started_on", name="end_after_start"),)

    id: Mapped[IntegerKey]
    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("trial_certificates.id", ondelete="CASCADE"), index=True, info={"label": "证明"}
    )
    position: Mapped[int] = mapped_column(Integer, info={"label": "序号"})
    #: The institution of the library where it was served; empty when its name was typed by hand.
    place_id: Mapped[int | None] = mapped_column(
        ForeignKey("institutions.id", ondelete="RESTRICT"), index=True, info={"label": "试用机构"}
    )
    place_name: Mapped[str] = mapped_column(String(100), info={"label": "机构名称"})
    department: Mapped[str] = mapped_column(String(60), info={"label": "试用科室"})
    started_on: Mapped[dt.date] = mapped_column(Date, info={"label": "开始时间"})
    ended_on: Mapped[dt.date] = mapped_column(Date, info={"label": "截止时间"})
    mentor_name: Mapped[str] = mapped_column(String(28), info={"label": "带教老师"})
    mentor_practice_certificate_number: Mapped[str] = mapped_column(
        String(15), index=True, info={"label": "带教老师执业证书编码"}
    )
    content: Mapped[str] = mapped_column(String(500), info={"label": "试用内容"})

    certificate: Mapped[TrialCertificate] = relationship(back_populates="periods")
    place: Mapped[InstitutionName | None] = relationship(
        primaryjoin="foreign(TrialPeriod.place_id) == InstitutionName.id", viewonly=True
    )


class CodeState(LabelledEnum):
    """What a printed code is worth today."""

    CURRENT = "current", "有效"
    SUPERSEDED = "superseded", "已被新版本替代"
    VOIDED = "voided", "已作废"


class SubmissionCode(Owned, Base):
    """Every 提交编码 that a certificate ever had; none is ever used again."""

    __tablename__ = "submission_codes"
    __owner_from__ = "certificate"

    id: Mapped[IntegerKey]
    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("trial_certificates.id", ondelete="RESTRICT"),
        index=True,
        info={"label": "证明"},
    )
    code: Mapped[str] = mapped_column(String(32), unique=True, info={"label": "提交编码"})
    content_version: Mapped[int] = mapped_column(Integer, info={"label": "内容版本"})
    #: The canonical content for which the code vouches; unknown of codes from before it was kept.
    content: Mapped[str | None] = mapped_column(
        Encrypted("submission_codes.content"), info={"label": "内容", "sensitive": True}
    )
    state: Mapped[CodeState] = mapped_column(
        enum_type(CodeState), default=CodeState.CURRENT, info={"label": "状态"}
    )
    created_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "生成时间"}
    )

    certificate: Mapped[TrialCertificate] = relationship()
    prints: Mapped[list[CodePrint]] = relationship(
        back_populates="code", order_by="CodePrint.id", cascade="all"
    )


class CodePrint(Owned, Base):
    """Each time that a version was printed: when, by whom, and what the paper said of the place.

    Like the trail it keeps names and the place in the tree as they were, and points at nobody.
    """

    __tablename__ = "code_prints"
    __owner_from__ = "code"

    id: Mapped[IntegerKey]
    code_id: Mapped[int] = mapped_column(
        ForeignKey("submission_codes.id", ondelete="RESTRICT"),
        index=True,
        info={"label": "提交编码"},
    )
    printed_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "打印时间"}
    )
    #: What the paper said of the institution: it is no content, and no code changes with it.
    head: Mapped[dict[str, str]] = mapped_column(JSON, info={"label": "表头"})
    actor_id: Mapped[int] = mapped_column(Integer, info={"label": "操作人编号"})
    actor_name: Mapped[str] = mapped_column(String(64), info={"label": "操作人"})
    actor_path: Mapped[str] = mapped_column(Path, info={"label": "操作机构层级"})
    office: Mapped[str] = mapped_column(String(100), info={"label": "操作机构"})

    code: Mapped[SubmissionCode] = relationship(back_populates="prints")
