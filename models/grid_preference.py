"""How an account wants to see a grid: its columns, its last filter, its page size."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class GridPreference(Base):
    """What one account has chosen for one screen; it concerns nobody else."""

    __tablename__ = "grid_preferences"

    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"),
        primary_key=True,
        info={"label": "用户"},
    )
    screen: Mapped[str] = mapped_column(String(40), primary_key=True, info={"label": "页面"})
    #: Names of the columns in their order; empty for those of the screen.
    columns: Mapped[list[str]] = mapped_column(JSON, default=list, info={"label": "显示列"})
    #: The query string of the list as it was seen last, without the page.
    query: Mapped[str] = mapped_column(String(1000), default="", info={"label": "筛选条件"})
    page_size: Mapped[int | None] = mapped_column(Integer, info={"label": "每页条数"})
