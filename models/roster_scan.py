"""Scans of stamped rosters (盖章扫描件)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, IntegerKey, Owned
from models.roster import Roster
from models.scan import Scan


class RosterScan(Scan, Owned, Base):
    """One uploaded file of the stamped paper of a roster; one made anew has a paper of its own."""

    __tablename__ = "roster_scans"
    __owner_from__ = "roster"
    __more_table_args__ = (
        CheckConstraint("page_count > 0", name="has_pages"),
        CheckConstraint("size > 0", name="has_content"),
    )

    id: Mapped[IntegerKey]
    roster_id: Mapped[int] = mapped_column(
        ForeignKey("rosters.id", ondelete="RESTRICT"), index=True, info={"label": "花名册"}
    )

    roster: Mapped[Roster] = relationship()

    @property
    def title(self) -> str:
        """Return by which roster people know the scan."""
        return f"{self.roster.head['institution_name']}{self.roster.year_and_batch}花名册"
