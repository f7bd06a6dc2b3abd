"""Form of the upload of one filled table: 机构批量导入, 批量开户."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wtforms import FileField

from forms.base import BaseForm
from services.workbooks.archive import LARGEST_FILE

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

UNCHOSEN_FILE: Final = "请选择要上传的文件。"


class WorkbookForm(BaseForm):
    """One file; what is in it is looked at by the use case."""

    #: Bytes; the page says so of a larger file before it is sent.
    largest: Final = LARGEST_FILE

    file = FileField("导入表")

    def uploaded(self) -> FileStorage | None:
        """Return the file, or note that none was chosen and return ``None``."""
        chosen: FileStorage | None = self.file.data or None
        if chosen is None or not chosen.filename:
            self.file.errors = [*self.file.errors, UNCHOSEN_FILE]
            return None
        return chosen
