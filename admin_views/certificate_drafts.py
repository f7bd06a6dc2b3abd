"""Drafts (草稿) on the screen of certificates: saved as one types, listed, opened, thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import flash, g, jsonify, redirect, request, url_for
from flask_admin import expose
from werkzeug.datastructures import MultiDict

from admin_views.base import GridView
from admin_views.certificate_rights import is_ours, may_save
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from extensions import db
from forms.certificate import typed_into
from services import certificates
from services.audit import shown
from services.certificates import drafts
from services.errors import DomainError, NotAllowedError, NotFoundError
from services.scope import parse_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from models import TrialCertificate

#: The argument that names the draft from which a form is filled.
DRAFT: Final = "draft"
SAVED: Final = "草稿已保存，可在列表上方打开后继续填写。"
#: Said where the form was saved as a certificate in the meantime.
DONE: Final = "这份信息已经保存，不再需要草稿。"


class CertificateDrafts(GridView):
    """What the screen of certificates does with drafts."""

    def formdata(self) -> Any:  # type: ignore[override]
        """Return what was posted, else what the opened draft holds."""
        return super().formdata() or g.get("draft_typed")

    def open_draft(self, row: TrialCertificate | None) -> None:
        """Fill the form that is about to be shown from the draft that the address names.

        Raises ``NotFoundError`` unless it is a draft of this form's purpose.
        """
        if request.method != "GET" or DRAFT not in request.args:
            return
        if row is not None and not is_ours(row):
            return
        key = self.single_argument(DRAFT)
        row_id = row.id if row is not None else None
        # A GET that leaves an entry: the transaction starts anew as one that may write.
        begin_writing()
        opened = drafts.open_draft(require_actor(), key)
        if opened.certificate_id != row_id:
            raise NotFoundError
        db.session.commit()
        g.draft_typed = MultiDict(opened.typed)
        g.draft_opened = opened

    @expose("/drafts/", methods=("POST",))
    @expose("/<int:key>/draft/", methods=("POST",))
    def save_draft(self, key: int | None = None) -> ResponseReturnValue:
        """Keep what was typed: for the script as it goes on, or for the button 存草稿."""
        row = certificates.find(key) if key is not None else None
        asks_script = request.accept_mimetypes.best == "application/json"
        try:
            draft = drafts.save(
                require_actor(),
                typed_into(request.form),
                form_key=request.form.get("form_key"),
                certificate=row,
                expected_version=parse_key(request.form.get("draft_version")) or 0,
            )
            db.session.commit()
        except DomainError as error:
            if asks_script or isinstance(error, NotAllowedError | NotFoundError):
                raise
            db.session.rollback()
            flash(error.message, "error")
            return self._form_page(self.make_form(row), row, 422)
        if asks_script:
            if draft is None:
                return jsonify(version=0, said=DONE)
            time = shown(draft.updated_at)
            return jsonify(version=draft.version, said=f"草稿已于 {time} 自动保存")
        flash(SAVED if draft is not None else DONE, "success")
        return redirect(self.return_url())

    @expose("/drafts/<int:key>/discard/", methods=("POST",))
    def discard_draft(self, key: int) -> ResponseReturnValue:
        """Throw a draft away."""
        drafts.discard(require_actor(), key)
        db.session.commit()
        flash("草稿已删除。", "success")
        return redirect(self.return_url())

    def forget_draft(
        self, *, form_key: str | None = None, row: TrialCertificate | None = None
    ) -> None:
        """Remove the draft of what is being saved, in the same transaction."""
        drafts.forget(
            require_actor(),
            form_key=form_key,
            certificate_id=row.id if row is not None else None,
            opened=parse_key(request.form.get("draft_opened")),
        )

    def draft_context(self, row: TrialCertificate | None) -> dict[str, Any]:
        """Return what the form's template needs to know of drafts."""
        opened = g.get("draft_opened")
        if not may_save(row):
            # Entry is closed, or the person handed in: a draft is read, and stays as it is.
            return {"draft_read": opened is not None}
        posted = request.form if request.method == "POST" else {}
        key = row.id if row is not None else None
        others = drafts.told(require_actor()) if opened is None and not posted else []
        return {
            "draft_url": url_for(".save_draft", key=key),
            "draft_version": opened.version if opened else posted.get("draft_version", "0"),
            "draft_opened": opened.id if opened else posted.get("draft_opened", ""),
            "own_drafts": [one for one in others if one.is_own and one.certificate_id == key],
        }

    @staticmethod
    def draft_link(draft: drafts.Told) -> str:
        """Return where a draft is opened."""
        if draft.certificate_id is None:
            return url_for(".create_view", draft=draft.id)
        return url_for(".edit_view", id=draft.certificate_id, draft=draft.id)
