"""Laws of the models: every column has its label, every model its side of the wall."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import inspect

import models
from models import Base, LabelledEnum
from models.reference import CodeTable
from services.audit import AuditTag
from services.permissions import Permission
from services.scope import Reason, path_column
from tests.architecture.sources import name_of, python_files

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHINESE: Final = re.compile("[\u4e00-\u9fff]")

#: Models that the wall holds: by what a row is owned.
SCOPED: Final = {
    "Administrator": "the institution that employs them",
    "AuditEntry": "the place at which the act happened",
    "CertificateDoubt": "its certificate",
    "CertificateDraft": "the institution whose clerk wrote it",
    "CertificateReview": "the code that was reviewed",
    "CodePrint": "the code that was printed",
    "EntryExtension": "the institution to which it was granted",
    "FormerName": "the institution that bore it",
    "AccountBatch": "the institution whose officer made the accounts",
    "ImportBatch": "the institution whose officer uploaded it",
    "Institution": "its own place in the tree",
    "Job": "the institution of the account that asked for it",
    "Licence": "the institution that holds it",
    "LicenceDepartment": "its licence",
    "LicenceScan": "its licence",
    "Roster": "the institution that made it",
    "RosterEntry": "its roster",
    "RosterScan": "its roster",
    "SignInSession": "the institution of the account",
    "SubmissionCode": "its certificate",
    "TrialCertificate": "the institution that entered it",
    "TrialPeriod": "its certificate",
}
#: Models that everybody's statements see, each for a reason.
UNSCOPED: Final = {
    "Captcha": "belongs to a browser, before there is an account",
    "Counter": "numbers are drawn for the whole platform",
    "ExamCycle": "the exam years are the same for all",
    "FormerPassword": "read by the key of the one account that changes its password",
    "GridPreference": "concerns the one account by whose key it is read",
    "InstitutionName": "key and name of every institution are what all may know",
    "KeyChallenge": "belongs to a browser that registers a key or signs in with one",
    "OneTimeCode": "asked for while signing in, before there is an actor",
    "OutboxMessage": "sent by nobody in particular, shown to nobody",
    "PasswordHandover": "collected by key of account and recipient only, in one statement",
    "PendingSignIn": "stands between password and second factor, before there is an actor",
    "RecoveryCode": "used up by key of the account that signs in",
    "SecurityKey": "read by the key of its account only, also before there is an actor",
    "SecurityPolicy": "holds for the whole platform",
    "SignInThrottle": "counts strangers",
    "TotpSecret": "read by the key of its account only, also before there is an actor",
    **{table.__name__: "a code table is the same for all" for table in CodeTable.__subclasses__()},
}
#: Every place that looks beyond the wall: file, function, reason.
BEYOND: Final = {
    ("services/certificates/drafts.py", "_clear_expired", "MAINTENANCE"),
    ("benchmarks/audit_trail.py", "grow", "MAINTENANCE"),
    ("benchmarks/audit_trail.py", "measure_pages", "MAINTENANCE"),
    ("benchmarks/audit_trail.py", "warm_up", "MAINTENANCE"),
    ("benchmarks/certificate_rows.py", "load_certificates", "MAINTENANCE"),
    ("benchmarks/certificates.py", "measure", "MAINTENANCE"),
    ("benchmarks/certificates_export.py", "work", "MAINTENANCE"),
    ("benchmarks/institution_import.py", "actor_at", "MAINTENANCE"),
    ("benchmarks/institution_import.py", "grow", "MAINTENANCE"),
    ("benchmarks/load.py", "_accounts", "MAINTENANCE"),
    ("services/administrators/usernames.py", "require_username", "UNIQUENESS"),
    ("services/administrators/usernames.py", "propose_username", "UNIQUENESS"),
    ("services/administrators/usernames.py", "propose_usernames", "UNIQUENESS"),
    ("benchmarks/province.py", "stage", "MAINTENANCE"),
    ("benchmarks/review_desk.py", "_reviewer_and_papers", "MAINTENANCE"),
    ("services/attempt_limits.py", "_is_known", "SIGN_IN"),
    ("services/certificates/doubts/across.py", "_stretches", "DOUBTS"),
    ("services/certificates/doubts/keeping.py", "_store", "DOUBTS"),
    ("services/certificates/doubts/keeping.py", "recount", "MAINTENANCE"),
    ("services/demo/__init__.py", "account_table", "MAINTENANCE"),
    ("services/demo/__init__.py", "seed_demo", "MAINTENANCE"),
    ("services/files.py", "_named", "MAINTENANCE"),
    ("services/factors/__init__.py", "of", "SIGN_IN"),
    ("services/founding.py", "create_root", "MAINTENANCE"),
    ("services/founding.py", "recover_account", "MAINTENANCE"),
    ("services/scale/loading.py", "fill", "MAINTENANCE"),
    ("services/institutions/names.py", "bearers", "UNIQUENESS"),
    ("services/institutions/bin.py", "_hanging", "REFERENCES"),
    ("services/institutions/bin.py", "purge", "MAINTENANCE"),
    ("services/institutions/history.py", "history", "HISTORY"),
    ("services/institutions/names.py", "code_bearers", "UNIQUENESS"),
    ("services/institutions/record.py", "only_locks_since", "HISTORY"),
    ("services/institutions/tree.py", "bureau_above", "ANCESTORS"),
    ("services/institutions/tree.py", "name_above", "ANCESTORS"),
    ("services/jobs/acting.py", "owner_of", "JOBS"),
    ("services/jobs/keeping.py", "expire", "JOBS"),
    ("services/jobs/leasing.py", "_change", "JOBS"),
    ("services/jobs/leasing.py", "due", "JOBS"),
    ("services/numbering.py", "next_unit_numbers", "NUMBERING"),
    ("services/second_step.py", "look", "SIGN_IN"),
    ("services/second_step.py", "pass_recovery", "SIGN_IN"),
    ("services/security_policy.py", "_end_weaker", "SIGN_IN"),
    ("services/security_policy.py", "_require_own_method", "SIGN_IN"),
    ("services/sessions.py", "_update", "SIGN_IN"),
    ("services/sessions.py", "open_session", "SIGN_IN"),
    ("services/sessions.py", "resume", "SIGN_IN"),
    ("services/sign_in.py", "_hold", "SIGN_IN"),
    ("services/sign_in.py", "_rehash", "SIGN_IN"),
    ("services/sign_in.py", "admit", "SIGN_IN"),
    ("services/trail/checking.py", "check", "TRAIL"),
    ("services/trail/clearing.py", "clear", "TRAIL"),
    ("services/trail/pending.py", "write_waiting", "TRAIL"),
    ("services/trail/reading.py", "between", "TRAIL"),
    ("services/verification.py", "verify", "VERIFICATION"),
}


def _mapped() -> list[type]:
    return sorted((m.class_ for m in Base.registry.mappers), key=lambda model: model.__name__)


def _enums() -> list[type[LabelledEnum]]:
    found = {
        value
        for value in vars(models).values()
        if isinstance(value, type) and issubclass(value, LabelledEnum) and value is not LabelledEnum
    }
    return sorted({*found, AuditTag, Permission}, key=lambda enum: enum.__name__)


@pytest.mark.parametrize(
    "model",
    # Its two columns are Institution's, which have their labels.
    [model for model in _mapped() if model is not models.InstitutionName],
    ids=lambda model: model.__name__,
)
def test_every_column_has_a_chinese_label(model: type):
    unnamed = [
        attribute.key
        for attribute in inspect(model).column_attrs
        # Plain keys are shown to nobody.
        if not _is_plain_key(attribute.columns[0])
        and not _CHINESE.search(attribute.columns[0].info.get("label", ""))
    ]
    assert not unnamed, f"{model.__name__}: info={{'label': …}} is missing at {unnamed}"


def _is_plain_key(column) -> bool:
    return column.primary_key and "label" not in column.info


@pytest.mark.parametrize("enum", _enums(), ids=lambda enum: enum.__name__)
def test_every_member_has_a_chinese_label(enum: type[LabelledEnum]):
    odd = {"USBKEY"}
    assert all(_CHINESE.search(member.label) or member.label in odd for member in enum)
    assert len({member.label for member in enum}) == len(enum), "two members look the same"


def test_personal_data_is_said_to_be():
    """What is encrypted is never written out into the trail."""
    for model in _mapped():
        for attribute in inspect(model).column_attrs:
            column = attribute.columns[0]
            if type(column.type).__name__ == "Encrypted":
                assert column.info.get("sensitive") or column.info.get("secret"), column


def test_every_model_is_on_one_side_of_the_wall():
    names = {model.__name__ for model in _mapped()}
    listed = [*SCOPED, *UNSCOPED]
    assert len(listed) == len(set(listed))
    assert names == set(listed), (
        "a new model is either scoped (Owned) or common to all: enter it with its reason"
    )


@pytest.mark.parametrize("model", _mapped(), ids=lambda model: model.__name__)
def test_the_wall_holds_exactly_the_scoped_models(model: type):
    assert (path_column(model) is not None) == (model.__name__ in SCOPED)


def _openings(source: str) -> Iterator[tuple[str, str]]:
    """Yield the function and the reason of each ``unscoped(Reason.…)`` in ``source``."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("unscoped"):
                yield function.name, ast.unparse(node.args[0]).removeprefix("Reason.")


def test_places_beyond_the_wall_are_known():
    found = {
        (name_of(path), function, reason)
        for path in python_files()
        for function, reason in _openings(path.read_text(encoding="utf-8"))
    }
    assert found == BEYOND


def test_every_reason_is_used():
    assert {reason for *_, reason in BEYOND} == {reason.name for reason in Reason}


def test_openings_are_found():
    source = "def f():\n    with scope.unscoped(Reason.SIGN_IN), g():\n        pass"
    assert list(_openings(source)) == [("f", "SIGN_IN")]
