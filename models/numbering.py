"""Counters from which numbers are drawn by one conditional UPDATE, never by reading the highest."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Counter(Base):
    """A named counter; ``value`` is the number drawn last."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True, info={"label": "名称"})
    value: Mapped[int] = mapped_column(Integer, info={"label": "当前值"})
