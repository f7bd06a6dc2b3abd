"""What one run of all benchmarks does, on a small province or on one of the size of Hubei."""

from __future__ import annotations

from typing import Final

#: Module and arguments by size (``BENCH_SIZE``), in the order in which they run. What is left out
#: here only the module's own ``python -m benchmarks.<module>`` measures, for as long as it takes.
PLAN: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "S": (
        ("list_pages", "--size", "5", "--size", "S"),
        ("roster_beside", "--people", "200"),
        ("workbook_writers", "--rows", "10000"),
        ("roster_pdf",),
        ("certificates_xlsx",),
        ("certificates_export", "--rows", "20000", "--only", "sqlite"),
        ("institution_import",),
        ("load", "--users", "40", "--seconds", "40", "--size", "demo"),
    ),
    "M": (
        ("list_pages", "--size", "5", "--size", "S", "--size", "M"),
        ("roster_beside",),
        ("workbook_writers",),
        ("roster_pdf",),
        ("certificates_xlsx",),
        ("certificate_papers",),
        ("certificates_export", "--only", "sqlite"),
        ("institution_import",),
        ("people_import",),
        ("review_desk",),
        ("demo_seeding",),
        ("audit_trail",),
        ("institutions", "--only", "sqlite"),
        ("certificates", "--only", "sqlite"),
        ("load", "--users", "100", "--seconds", "90", "--size", "demo"),
    ),
}
