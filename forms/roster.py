"""Form of a returned roster."""

from __future__ import annotations

from forms.base import BaseForm, text
from models import Roster


class ReturnForm(BaseForm):
    """退回: the reason, which the institution reads."""

    reason = text(
        Roster.return_reason,
        required=True,
        multiline=True,
        description="说明须修改的内容，500字以内",
    )
