"""Trial certificates: entering, changing and deleting them, and what stands in their codes."""

from __future__ import annotations

from services.certificates import doubts, drafts
from services.certificates.bin import delete, deleted_by_institution, restore
from services.certificates.content import (
    canonical_content,
    code_of,
    content_sealed_by,
    is_code_of,
    sealed_content,
)
from services.certificates.inputs import CertificateInput, PeriodInput, input_of
from services.certificates.printing import (
    MOST_AT_ONCE,
    find_to_print,
    head_of,
    mark_printed,
    printed_on,
    versions_of,
)
from services.certificates.qualifying import qualify
from services.certificates.search import person_condition, search_condition
from services.certificates.spans import (
    covered_days,
    covered_months,
    is_full_year,
    period_text,
)
from services.certificates.use_cases import (
    create,
    find,
    problems,
    require_own,
    reveal,
    update,
    visible,
)

__all__ = [
    "MOST_AT_ONCE",
    "CertificateInput",
    "PeriodInput",
    "canonical_content",
    "code_of",
    "content_sealed_by",
    "covered_days",
    "covered_months",
    "create",
    "delete",
    "deleted_by_institution",
    "doubts",
    "drafts",
    "find",
    "find_to_print",
    "head_of",
    "input_of",
    "is_code_of",
    "is_full_year",
    "mark_printed",
    "period_text",
    "person_condition",
    "printed_on",
    "problems",
    "qualify",
    "require_own",
    "restore",
    "reveal",
    "sealed_content",
    "search_condition",
    "update",
    "versions_of",
    "visible",
]
