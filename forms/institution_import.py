"""Form of the upload of an import table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wtforms import FileField

from forms.base import BaseForm

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

UNCHOSEN_FILE = "请选择要上传的文件。"


class InstitutionImportForm(BaseForm):
    """One file; what is in it is looked at by the use case."""

    file = FileField("导入表")

    def uploaded(self) -> FileStorage | None:
        """Return the file, or note that none was chosen and return ``None``."""
        chosen: FileStorage | None = self.file.data or None
        if chosen is None or not chosen.filename:
            self.file.errors = [*self.file.errors, UNCHOSEN_FILE]
            return None
        return chosen
