"""Code tables (字典), loaded from ``config/reference/*.csv``."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CodeTable:
    """A row of a code table: a code and its name, in an order of its own."""

    code: Mapped[str] = mapped_column(String(8), primary_key=True, info={"label": "代码"})
    name: Mapped[str] = mapped_column(String(60), info={"label": "名称"})
    position: Mapped[int] = mapped_column(Integer, default=0, info={"label": "序号"})

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class InstitutionCategory(CodeTable, Base):
    """机构类别: WS 218-2002 and the bureaux.

    ``trial_role`` says who may train people; ``licence_rule`` is ``required`` where the category
    is one of 医疗机构管理条例实施细则 第三条, which practise under a 医疗机构执业许可证.
    """

    __tablename__ = "institution_categories"
    parent_code: Mapped[str | None] = mapped_column(
        ForeignKey("institution_categories.code"), info={"label": "上级代码"}
    )
    trial_role: Mapped[str] = mapped_column(String(10), info={"label": "试用角色"})
    licence_rule: Mapped[str | None] = mapped_column(String(10), info={"label": "执业许可证"})


class InstitutionLevel(CodeTable, Base):
    """机构级别."""

    __tablename__ = "institution_levels"


class InstitutionGrade(CodeTable, Base):
    """机构等次."""

    __tablename__ = "institution_grades"


class BusinessRank(CodeTable, Base):
    """业务定级."""

    __tablename__ = "business_ranks"


class Division(CodeTable, Base):
    """行政区划, GB/T 2260 as of December 2017."""

    __tablename__ = "divisions"
    parent_code: Mapped[str | None] = mapped_column(
        ForeignKey("divisions.code"), info={"label": "上级代码"}
    )


class MedicalDepartment(CodeTable, Base):
    """诊疗科目, 卫医发〔1994〕27号 as amended."""

    __tablename__ = "medical_departments"
    parent_code: Mapped[str | None] = mapped_column(
        ForeignKey("medical_departments.code"), info={"label": "上级代码"}
    )


class ExamCategory(CodeTable, Base):
    """报考类别; ``certificate_category_code`` is the category inside certificate numbers."""

    __tablename__ = "exam_categories"
    level: Mapped[str] = mapped_column(String(10), info={"label": "报考级别"})
    category_key: Mapped[str] = mapped_column(String(20), info={"label": "类别"})
    certificate_category_code: Mapped[str] = mapped_column(String(2), info={"label": "证书类别码"})


class IdDocumentType(CodeTable, Base):
    """证件类型."""

    __tablename__ = "id_document_types"


class Gender(CodeTable, Base):
    """性别, GB/T 2261.1."""

    __tablename__ = "genders"


class EthnicGroup(CodeTable, Base):
    """民族, GB/T 3304."""

    __tablename__ = "ethnic_groups"


class EducationLevel(CodeTable, Base):
    """学历, GB/T 4658-2006; ``exam_band`` is empty where the rules do not admit it."""

    __tablename__ = "education_levels"
    parent_code: Mapped[str | None] = mapped_column(
        ForeignKey("education_levels.code"), info={"label": "上级代码"}
    )
    exam_band: Mapped[str | None] = mapped_column(String(20), info={"label": "报考学历"})
