"""批量开户: persons for many institutions in one form, and their passwords on one sheet, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_admin import BaseView, expose
from werkzeug.datastructures import CombinedMultiDict

from admin_views.base import GridView
from admin_views.denials import record_absent_numbers
from admin_views.form_display import attempt, record_refused_fields
from admin_views.identity import require_actor
from admin_views.lifecycle import begin_writing
from exports.http import PDF, attachment
from exports.papers import password_sheet
from exports.password_strips import render_password_sheet
from extensions import db
from forms.account_batch import AccountBatchForm
from forms.workbook import WorkbookForm
from models import Institution
from services import account_batches, outbox, scope
from services.audit import CHINA
from services.audit import shown as display
from services.errors import DomainError, FieldErrors, NotAllowedError, NotFoundError
from services.masking import masked_phone
from services.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from models import AccountBatch
    from services.actor import Actor

OPENED: Final = "已为{count}家机构开户。请立即下载密码条打印，{minutes}分钟内有效，只能下载一次。"
RENEWED: Final = (
    "已为{count}个未登录过的用户重新生成一次性密码，原密码已作废。请立即下载密码条打印。"
)
ALL_OPEN: Final = "所选机构都已有用户，不需要开户。如需再增加用户，请在“登录设置”中新增。"
LAST_MINUTES: Final = int(account_batches.LIFETIME.total_seconds()) // 60


class AccountBatchView(BaseView):
    """The pages of 批量开户; a batch is seen by nobody but the one who made it."""

    title = "批量开户"
    permissions: ClassVar[Mapping[str, Permission]] = dict.fromkeys(
        ("index_view", "new", "batch", "sheet"), Permission.ADMINISTRATOR_ISSUE
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__(name=self.title, endpoint="account_batches", url="account-batches")

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> ResponseReturnValue:
        """Show what to do, or take a table and show its persons in the form."""
        actor = require_actor()
        upload = WorkbookForm(CombinedMultiDict((request.files, request.form)))
        if request.method == "POST":
            chosen = upload.uploaded()
            if chosen is not None:
                with chosen.stream:
                    data = chosen.read()
                try:
                    entries, notes = account_batches.read_entries(actor, data)
                except (NotAllowedError, NotFoundError):
                    raise
                except DomainError as error:
                    upload.file.errors = [*upload.file.errors, error.message]
                else:
                    absent = [read.absent_number for read in entries if read.absent_number]
                    if absent:
                        record_absent_numbers(absent)
                    form = AccountBatchForm.of_table(entries)
                    is_right = _is_right(actor, form)
                    numbers = [read.number for read in entries]
                    page = self._form_page(form, notes=notes, numbers=numbers)
                    return page, 200 if is_right else 422
        page = render_template(
            "admin/account_batches.html",
            form=upload,
            batches=account_batches.recent(actor),
            most=account_batches.MOST_ACCOUNTS,
            display=display,
        )
        return page, 422 if upload.file.errors else 200

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Show the form for the chosen institutions, or make the accounts."""
        actor = require_actor()
        if request.method == "POST":
            return self._open(actor, AccountBatchForm(request.form))
        keys = request.args.getlist("institution")
        chosen = scope.find_all(Institution, keys) if keys else []
        waiting = account_batches.without_account(chosen)
        if keys and not waiting:
            flash(ALL_OPEN, "error")
            return redirect(url_for("institutions.index_view"))
        left_out = [row.name for row in chosen if row not in waiting]
        notes = [f"下列机构已有用户，不再开户：{'、'.join(left_out)}。"] if left_out else []
        return self._form_page(AccountBatchForm.of_institutions(waiting), notes=notes)

    @expose("/batch/", methods=("GET", "POST"))
    def batch(self) -> ResponseReturnValue:
        """Show the accounts of a batch, or give those still unused new passwords."""
        actor = require_actor()
        batch = account_batches.find_own(actor, GridView.single_argument("id"))
        if request.method == "POST":
            return self._renew(actor, batch)
        return render_template(
            "admin/account_batch.html",
            batch=batch,
            accounts=account_batches.accounts_of(batch),
            waits=account_batches.waits_for_sheet(actor, batch),
            renewable=len(account_batches.renewable(batch)),
            minutes=LAST_MINUTES,
            display=display,
            masked_phone=masked_phone,
        )

    @expose("/sheet.pdf", methods=("POST",))
    def sheet(self) -> ResponseReturnValue:
        """Give the sheet of one-time passwords, the first time only."""
        actor = require_actor()
        key = account_batches.find_own(actor, GridView.single_argument("id")).id
        try:
            strips = account_batches.strips_of(actor, account_batches.find_own(actor, key))
            # Nobody waits for the database while the paper is drawn.
            begin_writing()
            paper = render_password_sheet(
                password_sheet(strips, actor.institution_name, _sign_in_address())
            )
            batch = account_batches.find_own(actor, key)
            account_batches.take_strips(actor, batch, strips)
            db.session.commit()
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "error")
            return redirect(url_for(".batch", id=key))
        made_on = f"{batch.created_at.astimezone(CHINA):%Y%m%d}"
        return Response(paper, headers=attachment(f"密码条-{made_on}-{key}.pdf", PDF))

    def _open(self, actor: Actor, form: AccountBatchForm) -> ResponseReturnValue:
        entries, form_key = form.to_input(), form.key_of_form()
        done = attempt(form, lambda: account_batches.made_before(actor, form_key, entries))
        if done is None:
            return self._form_page(form), 422
        if done.result is not None:
            return redirect(url_for(".batch", id=done.result.id))
        form.validate()
        if not _is_right(actor, form):
            return self._form_page(form), 422
        # Nobody waits for the database during the slow hashes.
        begin_writing()
        secrets = account_batches.draw_secrets(len(entries))
        made = attempt(
            form, lambda: account_batches.open_accounts(actor, entries, secrets, form_key)
        )
        if made is None:
            return self._form_page(form), 422
        flash(OPENED.format(count=len(entries), minutes=LAST_MINUTES), "success")
        return redirect(url_for(".batch", id=made.result.id))

    @staticmethod
    def _renew(actor: Actor, batch: AccountBatch) -> ResponseReturnValue:
        key, count = batch.id, len(account_batches.renewable(batch))
        begin_writing()
        secrets = account_batches.draw_secrets(count)
        try:
            account_batches.renew(actor, key, secrets)
            db.session.commit()
        except (NotAllowedError, NotFoundError):
            raise
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "error")
        else:
            flash(RENEWED.format(count=count), "success")
        return redirect(url_for(".batch", id=key))

    @staticmethod
    def _form_page(
        form: AccountBatchForm, *, notes: Sequence[str] = (), numbers: Sequence[int] = ()
    ) -> str:
        """Return the form; ``numbers`` are those of the rows in the uploaded table."""
        return render_template(
            "admin/account_batch_form.html",
            form=form,
            notes=notes,
            numbers=numbers,
            most=account_batches.MOST_ACCOUNTS,
            has_sms=outbox.has_gateway(),
            lookup_url=url_for("institutions.ajax_lookup"),
        )


def _is_right(actor: Actor, form: AccountBatchForm) -> bool:
    """Check the rules of all rows; say what is wrong at each row, or on top."""
    try:
        account_batches.check(actor, form.to_input())
    except FieldErrors as error:
        record_refused_fields(error)
        form.complete(error.errors)
    except DomainError as error:
        flash(error.message, "error")
        return False
    return not form.has_errors


def _sign_in_address() -> str:
    public: str = current_app.config["PUBLIC_URL"]
    if public:
        return public.rstrip("/") + url_for("sign_in.login")
    return url_for("sign_in.login", _external=True)
