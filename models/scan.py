"""What uploaded files have in common, whatever they belong to."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import LabelledEnum, UtcDateTime, enum_type, utc_now


class ScanType(LabelledEnum):
    """What a stored scan is, by its content and never by its name."""

    JPEG = "jpeg", "JPEG 图片"
    PNG = "png", "PNG 图片"
    PDF = "pdf", "PDF 文件"


class Scan:
    """An uploaded file as it is stored; it lies outside of the database, encrypted."""

    position: Mapped[int] = mapped_column(Integer, info={"label": "页序"})
    file_name: Mapped[str] = mapped_column(String(120), info={"label": "文件名"})
    scan_type: Mapped[ScanType] = mapped_column(enum_type(ScanType), info={"label": "文件类型"})
    page_count: Mapped[int] = mapped_column(Integer, info={"label": "页数"})
    size: Mapped[int] = mapped_column(Integer, info={"label": "字节数"})
    digest: Mapped[str] = mapped_column(String(64), info={"label": "文件摘要"})
    storage_name: Mapped[str] = mapped_column(
        String(64), unique=True, info={"label": "存储名", "internal": True}
    )
    uploaded_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utc_now, info={"label": "上传时间"}
    )
    uploaded_by: Mapped[str] = mapped_column(String(64), info={"label": "上传人"})
