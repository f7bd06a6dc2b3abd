"""Who may do what, written from the notice and the issue; it knows nothing of the program.

It judges by the tree, the kind of node, the role of the account and the state of the object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


class Answer(StrEnum):
    """What a request comes to."""

    #: It is done, or the page is shown.
    DONE = "done"
    #: It is allowed, but there is nothing to do.
    IDLE = "idle"
    #: A rule of the domain refuses it, in words for the user.
    RULE = "rule"
    #: Visible, but not for this account to do.
    FORBIDDEN = "forbidden"
    #: The same as if it did not exist.
    ABSENT = "absent"
    #: Whoever asks must sign in first.
    SIGN_IN = "sign in"
    #: Whoever asks must replace the initial password first.
    PASSWORD = "password"


@dataclass(frozen=True)
class Node:
    """An institution of the tree."""

    name: str
    kind: str  # bureau or healthcare
    above: Node | None
    #: The node that has locked it; only that one and those above it unlock.
    locked_by: Node | None = None
    #: Nothing hangs on it.
    is_bare: bool = False
    #: It lies in the recycle bin of those above it.
    is_deleted: bool = False

    @property
    def is_locked(self) -> bool:
        """Whether the record is read-only."""
        return self.locked_by is not None

    @property
    def category(self) -> str:
        """Its 机构类别: bureaux stand in three ranks."""
        if self.kind != "bureau":
            return "A1"
        above, rank = self.above, 1
        while above is not None:
            above, rank = above.above, rank + 1
        return f"Z{min(rank, 3)}"

    def is_within(self, top: Node) -> bool:
        """Whether the node is ``top`` or lies below it."""
        node: Node | None = self
        while node is not None:
            if node == top:
                return True
            node = node.above
        return False

    def bureau(self) -> Node | None:
        """Return the nearest bureau above: it receives the rosters."""
        node = self.above
        while node is not None and node.kind != "bureau":
            node = node.above
        return node


@dataclass(frozen=True)
class Who:
    """Somebody at a browser; ``node`` is ``None`` for a stranger."""

    name: str
    node: Node | None
    role: str = "operator"
    #: active, initial (password), disabled, deleted, stranger.
    status: str = "active"
    key: int = 0

    @property
    def is_in(self) -> bool:
        """Whether the platform knows them."""
        return self.status in {"active", "initial"}


@dataclass(frozen=True)
class Thing:
    """An object of the world."""

    kind: str
    key: int | str
    node: Node
    state: str = ""
    marks: frozenset[str] = field(default=frozenset())
    version: int = 1


#: Acts that need no account.
PUBLIC: Final = frozenset({"public"})
#: Acts of whoever is signed in.
_OWN_ACCOUNT: Final = frozenset({"account:begin", "account:grid", "account:home", "account:own"})
#: With a one-time password: to replace it, or to leave.
_WITH_INITIAL_PASSWORD: Final = frozenset({"account:begin"})
#: What any account may do besides: find institutions by name, see who may do what.
_EVERYBODY: Final = _OWN_ACCOUNT | {"institution:find", "permissions:read"}
_ACCOUNTS: Final = frozenset(
    {"account:read", "account:write", "account:reset", "account:unbind", "account:delete"}
    | {"account:secret"}
)
_TRAIL: Final = frozenset({"audit:list", "audit:narrow", "audit:story"})
#: Work that takes longer than a page, for whoever exports anything.
_JOBS: Final = frozenset({"job:list", "job:result", "job:cancel", "job:remove"})
#: 现场审核 is held by bureaux.
_REVIEWS: Final = frozenset(
    {"review:desk", "review:look", "review:record", "reviews:list", "reviews:narrow"}
    | {"reviews:export"}
)
#: 三员分立: each does what the other two do not; none of them opens a record of people.
_BY_ROLE: Final = {
    "auditor": _EVERYBODY | _TRAIL,
    "reviewer": _EVERYBODY | _REVIEWS | _JOBS | {"job:ask reviews"},
    "audit_admin": _EVERYBODY | _TRAIL | {"audit:export", "job:ask audit"} | _JOBS,
    "security_admin": _EVERYBODY | {"policy:read", "policy:write", "session:list", "session:end"},
    "system_admin": _EVERYBODY
    # He is told no password: it would open what he may not see.
    | (_ACCOUNTS - {"account:secret"})
    | {"administrators:list", "account:list", "account:list at", "account:narrow"}
    | {"account:new", "account:new at"},
}
#: 谁试用、谁采集、谁负责: only the institution itself enters people and makes rosters.
_OF_HEALTHCARE: Final = frozenset(
    {"certificate:new", "certificate:write", "certificate:delete", "names", "roster:new"}
    | {"certificate:after", "certificate:bin", "certificate:qualify", "certificate:restore"}
    | {"draft:discard", "draft:open", "draft:save", "draft:save change"}
    | {"roster:make", "roster:print", "roster:submit", "roster:remake", "roster:void"}
    | {"roster:scan", "roster_scan:remove"}
    | {"people:list", "people:upload", "people:template", "people:read", "people:decide"}
)
#: What the 安全管理员 does and no operator.
_OF_SECURITY: Final = frozenset({"policy:read", "policy:write"})
#: Accounts of the province itself, the three among them, are its operators' affair.
_OF_PROVINCE: Final = _ACCOUNTS | {"account:new at"}
#: What was deleted is there for these only.
_OF_BIN: Final = frozenset({"institution:restore"})
#: Only bureaux take rosters in.
_OF_BUREAU: Final = frozenset(
    {"roster:file", "roster:return", "roster:return page", "roster:revoke"}
    | {"session:list", "session:end"}
    | {"job:consolidate", "job:ask reviews"}
    | {"extension:new", "extension:grant", "extension:write", "extension:withdraw"}
    | _REVIEWS
)
#: Of what lies elsewhere these tell what anybody may know.
_ANYWHERE: Final = frozenset({"review:look"})
#: The exam years hold for everybody, so the province keeps them.
_OF_FIRST_BUREAU: Final = frozenset({"year:new", "year:write"})


def may(  # noqa: PLR0911 - one rule of the notice after the other
    who: Who, act: str, thing: Thing | None = None
) -> Answer:
    """Return what becomes of ``act`` of ``who`` on ``thing``."""
    if act in PUBLIC:
        return Answer.DONE
    if not who.is_in or who.node is None:
        return Answer.SIGN_IN
    if who.status == "initial" and act not in _WITH_INITIAL_PASSWORD:
        return Answer.PASSWORD
    if not _is_of_role(who, act, thing):
        return Answer.FORBIDDEN
    if who.node.kind == "bureau" and act in _OF_HEALTHCARE:
        return Answer.FORBIDDEN
    if who.node.kind == "healthcare" and act in _OF_BUREAU:
        return Answer.FORBIDDEN
    if act in _OF_FIRST_BUREAU and who.node.above is not None:
        return Answer.FORBIDDEN
    if thing is None:
        return Answer.DONE
    if not _is_there(who.node, act, thing.node):
        return Answer.ABSENT
    return _RULES.get(act, _read)(who, thing)


def _is_of_role(who: Who, act: str, thing: Thing | None) -> bool:
    if who.role == "system_admin" and thing is not None and thing.node == who.node:
        return act in _BY_ROLE[who.role] - _OF_PROVINCE
    if who.role not in _BY_ROLE:
        return act not in _OF_SECURITY | {"nobody"}
    return act in _BY_ROLE[who.role]


def _is_there(own: Node, act: str, node: Node) -> bool:
    """Whether ``node`` exists for somebody at ``own``."""
    if act in _ANYWHERE:
        return True
    if act.endswith(":narrow") and own.is_within(node):
        # A list that a superior has narrowed shows the reader's own part of it.
        return True
    return node.is_within(own) and (not node.is_deleted or act in _OF_BIN)


def _read(_who: Who, thing: Thing) -> Answer:
    return Answer.ABSENT if thing.state == "deleted" else Answer.DONE


def _lower_and_open(who: Who, thing: Thing) -> Answer:
    """不可锁定、删除自身; name, category and reporting line are the superior's; locks hold."""
    if thing.node == who.node or thing.node.is_locked:
        return Answer.FORBIDDEN
    return Answer.DONE


def _delete_institution(who: Who, thing: Thing) -> Answer:
    answer = _lower_and_open(who, thing)
    return Answer.RULE if answer is Answer.DONE and not thing.node.is_bare else answer


def _lock(who: Who, thing: Thing) -> Answer:
    """Never the own one, never twice."""
    if thing.node == who.node:
        return Answer.FORBIDDEN
    return Answer.RULE if thing.node.is_locked else Answer.DONE


def _unlock(who: Who, thing: Thing) -> Answer:
    """Never the own one, nor what a higher office has locked."""
    office = thing.node.locked_by
    if thing.node == who.node or who.node is None:
        return Answer.FORBIDDEN
    if office is None:
        return Answer.RULE
    return Answer.DONE if office.is_within(who.node) else Answer.FORBIDDEN


def _record(_who: Who, thing: Thing) -> Answer:
    return Answer.FORBIDDEN if thing.node.is_locked else Answer.DONE


def _record_of_own(who: Who, thing: Thing) -> Answer:
    """A part of a record, reached through the record of the own institution."""
    return Answer.ABSENT if thing.node != who.node else _record(who, thing)


def _write_account(_who: Who, thing: Thing) -> Answer:
    return Answer.ABSENT if thing.state == "deleted" else Answer.DONE


def _not_own_account(who: Who, thing: Thing) -> Answer:
    if thing.state == "deleted":
        return Answer.ABSENT
    return Answer.FORBIDDEN if thing.key == who.key else Answer.DONE


def _unbind(who: Who, thing: Thing) -> Answer:
    answer = _not_own_account(who, thing)
    return Answer.RULE if answer is Answer.DONE and "phone" not in thing.marks else answer


def _end_session(who: Who, thing: Thing) -> Answer:
    """One's own session ends by 退出."""
    return Answer.IDLE if thing.state == who.name else Answer.DONE


def _write_certificate(who: Who, thing: Thing) -> Answer:
    if thing.state == "deleted":
        return Answer.ABSENT
    if thing.node != who.node:
        return Answer.FORBIDDEN
    return Answer.DONE if thing.state == "completed" else Answer.RULE


def _delete_certificate(who: Who, thing: Thing) -> Answer:
    if thing.node != who.node:
        return Answer.FORBIDDEN
    free = thing.state == "completed" and "on paper" not in thing.marks
    return Answer.DONE if free else Answer.RULE


def _qualify_certificate(who: Who, thing: Thing) -> Answer:
    """批量合格 is for people who are 考核中."""
    if thing.node != who.node:
        return Answer.FORBIDDEN
    is_pending = thing.state == "completed" and "qualified" not in thing.marks
    return Answer.DONE if is_pending else Answer.RULE


def _of_own_institution(who: Who, thing: Thing) -> Answer:
    """Drafts, and what was deleted, are there for the institution's own people only."""
    return Answer.DONE if thing.node == who.node else Answer.ABSENT


def _make_roster(who: Who, thing: Thing) -> Answer:
    if thing.node != who.node:
        return Answer.FORBIDDEN
    fits = thing.state == "completed" and {"qualified", "free"} <= thing.marks
    return Answer.DONE if fits else Answer.RULE


def _own_roster(*states: str, idle: bool = False) -> Callable[[Who, Thing], Answer]:
    def judge(who: Who, thing: Thing) -> Answer:
        if thing.node != who.node:
            return Answer.FORBIDDEN
        if thing.state in states:
            return Answer.DONE
        return Answer.IDLE if idle else Answer.RULE

    return judge


def _received_roster(state: str) -> Callable[[Who, Thing], Answer]:
    def judge(who: Who, thing: Thing) -> Answer:
        if thing.node.bureau() != who.node:
            return Answer.FORBIDDEN
        return Answer.DONE if thing.state == state else Answer.RULE

    return judge


def _record_review(_who: Who, thing: Thing) -> Answer:
    """Papers of people are reviewed, no rosters."""
    return Answer.ABSENT if str(thing.key).startswith("HMC") else Answer.DONE


def _paper_of_roster(_who: Who, thing: Thing) -> Answer:
    """There is no paper before the institution has printed; the world's voided one never was."""
    return Answer.RULE if thing.state in {"draft", "voided"} else Answer.DONE


def _receipt_of_roster(_who: Who, thing: Thing) -> Answer:
    """A receipt vouches for what is on file, and for nothing else."""
    return Answer.DONE if thing.state == "filed" else Answer.RULE


def _new_licence(_who: Who, thing: Thing) -> Answer:
    if thing.node.is_locked:
        return Answer.FORBIDDEN
    return Answer.DONE if thing.node.kind == "healthcare" else Answer.RULE


def _licence(*, when_used: bool) -> Callable[[Who, Thing], Answer]:
    """Return the rule of an act for licences that are in use, or for those that are not."""

    def judge(_who: Who, thing: Thing) -> Answer:
        if thing.node.is_locked:
            return Answer.FORBIDDEN
        return Answer.DONE if ("used" in thing.marks) is when_used else Answer.RULE

    return judge


def _grant_extension(who: Who, thing: Thing) -> Answer:
    """Nobody gives days to itself; only those who enter people need any."""
    if thing.node == who.node:
        return Answer.FORBIDDEN
    return Answer.DONE if thing.node.kind == "healthcare" else Answer.RULE


def _own_upload(who: Who, thing: Thing) -> Answer:
    """What somebody has uploaded is nobody else's, not even a colleague's or a superior's."""
    return Answer.DONE if f"of {who.name}" in thing.marks else Answer.ABSENT


def _own_job(*states: str) -> Callable[[Who, Thing], Answer]:
    """What somebody has asked for is nobody else's; some acts suit some states."""

    def judge(who: Who, thing: Thing) -> Answer:
        answer = _own_upload(who, thing)
        return Answer.RULE if answer is Answer.DONE and thing.state not in states else answer

    return judge


def _has_account(_who: Who, thing: Thing) -> Answer:
    """批量开户 is for institutions that have no account yet."""
    return Answer.DONE if thing.node.is_bare else Answer.RULE


def _renew_batch(who: Who, thing: Thing) -> Answer:
    """New one-time passwords are for accounts with which nobody has signed in."""
    answer = _own_upload(who, thing)
    return Answer.RULE if answer is Answer.DONE and "fresh" not in thing.marks else answer


def _check_licence(who: Who, thing: Thing) -> Answer:
    """Superiors look at what was uploaded after 设为使用."""
    if thing.node.is_locked or thing.node == who.node:
        return Answer.FORBIDDEN
    return Answer.DONE if "used" in thing.marks else Answer.RULE


def _change_scan(_who: Who, thing: Thing) -> Answer:
    if thing.node.is_locked:
        return Answer.FORBIDDEN
    return Answer.RULE if "old" in thing.marks else Answer.DONE


_RULES: Final[dict[str, Callable[[Who, Thing], Answer]]] = {
    "institution:write": _lower_and_open,
    "institution:delete": _delete_institution,
    "institution:lock": _lock,
    "institution:unlock": _unlock,
    "record:write": _record,
    "record:write own": _record_of_own,
    "import:read": _own_upload,
    "import:decide": _own_upload,
    "job:result": _own_job("done"),
    "job:cancel": _own_job("queued"),
    "job:remove": _own_job("done"),
    "people:read": _own_upload,
    "people:decide": _own_upload,
    "account:write": _write_account,
    "account:secret": _write_account,
    "account:first": _has_account,
    "batch:read": _own_upload,
    "batch:sheet": _own_upload,
    "batch:renew": _renew_batch,
    "account:reset": _not_own_account,
    "account:unbind": _unbind,
    "account:delete": _not_own_account,
    "session:end": _end_session,
    "licence:new": _new_licence,
    "licence:write": _record,
    "licence:check": _check_licence,
    "licence:use": _licence(when_used=False),
    "licence:unuse": _licence(when_used=True),
    "licence:delete": _licence(when_used=False),
    "scan:change": _change_scan,
    "certificate:write": _write_certificate,
    "certificate:delete": _delete_certificate,
    "certificate:qualify": _qualify_certificate,
    "certificate:restore": _of_own_institution,
    "draft:discard": _of_own_institution,
    "draft:open": _of_own_institution,
    "draft:save change": _write_certificate,
    "roster:make": _make_roster,
    "roster:print": _own_roster("draft", idle=True),
    "roster:submit": _own_roster("printed"),
    "roster:remake": _own_roster("draft", "printed", "returned"),
    "roster:void": _own_roster("draft", "printed", "returned"),
    "roster:file": _received_roster("submitted"),
    "roster:return": _received_roster("submitted"),
    "roster:return page": _received_roster("submitted"),
    "roster:revoke": _received_roster("filed"),
    "roster:receipt": _receipt_of_roster,
    "roster:scan": _own_roster("printed", "submitted"),
    "roster_scan:remove": _own_roster("printed"),
    "review:record": _record_review,
    "roster:paper": _paper_of_roster,
    "extension:grant": _grant_extension,
}
