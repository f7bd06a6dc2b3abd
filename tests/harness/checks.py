"""What must hold for the answer to every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.institution import BIN
from services.trail.reading import OBJECTS
from tests.harness.canaries import NAME
from tests.harness.oracle import Answer, Node, Thing, Who

if TYPE_CHECKING:
    from tests.harness.canaries import Canary
    from tests.harness.runner import Change, Harness, Result
    from tests.harness.use import Use
    from tests.harness.world import World

#: What any request may write down, refused or not.
NOTES: Final = frozenset({"audit_entries", "captchas", "sign_in_throttles"})
#: Tables that belong to nobody.
_COMMON: Final = frozenset({*NOTES, "counters", "outbox_messages", "password_handovers"})
#: POSTs and files that leave no entry when all goes well, each for a reason.
UNRECORDED: Final = {
    "preferences": "what an account has chosen for its grids concerns nobody else",
    "certificates.save_draft": "what somebody is typing is no act yet",
    "institutions.check": "a field is looked at as one leaves it; nothing is changed",
    "administrators.secret_view": "a password that waits for nobody is shown to nobody",
    "certificate_import.marked": "somebody's own file comes back, with remarks",
    "certificate_import.template": "an empty table holds nothing of anybody",
    "institution_import.marked": "somebody's own file comes back, with remarks",
    "institution_import.template": "an empty table holds nothing of anybody",
    "own_account.end_sessions": "who is signed in once only has nothing to end",
    "own_account.session": "that somebody is still there is no act",
    "second_step.page": "who has shown no password is sent back to it",
    "sign_in.question": "a sum stands for the picture of the sign-in page",
}
#: Doubts about a certificate that arise from certificates of others.
_BETWEEN: Final = frozenset({"two_places", "mentor_busy"})
_NUMBERS: Final = frozenset({"id_number", "phone"})
_SEEN: Final = frozenset({"last_seen_at", "last_address"})
_MOVED: Final = frozenset({301, 302, 303})
#: Names of institutions, and who the users of the platform are.
_TOLD_TO_WATCHERS: Final = frozenset(
    {NAME, "former_name", "username", "full_name", "import.file_name", "job.title"}
)
#: What is on the paper before a reviewer, what the platform knows of it, and what was found.
_TOLD_TO_REVIEWERS: Final = (
    *(NAME, "person", "id_number", "school", "major", "place", "department", "mentor", "content"),
    *("registration_number", "licence.number", "address", "submission_code", "roster.code"),
    *("review.note", "username", "full_name"),
)
_TABLES: Final = {
    "institution": "institutions",
    "binned": "institutions",
    "account": "administrators",
    "certificate": "trial_certificates",
    "binned_certificate": "trial_certificates",
    "draft": "certificate_drafts",
    "roster": "rosters",
    "licence": "licences",
    "roster_scan": "roster_scans",
    "scan": "licence_scans",
    "former_name": "former_names",
    "import_batch": "import_batches",
    "people_batch": "import_batches",
    "account_batch": "account_batches",
    "session": "sign_in_sessions",
    "extension": "entry_extensions",
    "job": "jobs",
    "review": "certificate_reviews",
    "code": "submission_codes",
}


def judge(
    harness: Harness, use: Use, who: Who, thing: Thing | None, expected: Answer, result: Result
) -> None:
    """Note all that is wrong with ``result``, when ``expected`` is what the oracle says."""
    for why in (
        *_status(use, who, thing, expected, result),
        *_effects(harness.world, use, who, thing, expected, result),
        *_record(harness.world, who, expected, result, use),
    ):
        harness.fail(result, f"{use.act}, expected “{expected}”: {why}")
    no_leak(harness, who, result, use.shows)


def no_leak(harness: Harness, who: Who, result: Result, shows: frozenset[str]) -> None:
    """Note every text of somebody else's that shows without right."""
    if result.status >= 500:
        harness.fail(result, "a server error")
    for canary in harness.world.canaries.found_in(result.text):
        if not _may_see(harness.world, who, canary, shows):
            harness.leaks += 1
            harness.fail(result, f"LEAK of {canary}")


def _may_see(world: World, who: Who, canary: Canary, shows: frozenset[str]) -> bool:
    node = world.nodes[canary.node]
    if node.is_deleted and not shows & {"bin", "trail"}:
        return False
    if who.node is not None and who.is_in and node.is_within(who.node):
        if who.role == "operator" or _is_told_to_watchers(canary.field):
            return True
        if who.role == "reviewer" and canary.field.startswith(_TOLD_TO_REVIEWERS):
            return True
        shows = shows & {"codes"}
    if "codes" in shows and canary.field in {"submission_code", "roster.code"}:
        return True
    if canary.field == NAME:
        return _names_of(world, who.node, node, shows)
    return False


def _is_told_to_watchers(name: str) -> bool:
    """Whether auditors and the province's three may read a field: nothing of people but users."""
    return name in _TOLD_TO_WATCHERS or name.startswith("audit.")


def _names_of(world: World, own: Node | None, node: Node, shows: frozenset[str]) -> bool:
    """Whether the name of ``node`` may show, which lies outside of the own part of the tree."""
    if "every name" in shows:
        return True
    if own is None:
        return False
    # Whose lock it is, is told wherever the record shows, and in the refusal to change it.
    if any(other.locked_by == node and other.is_within(own) for other in world.nodes.values()):
        return True
    if "above" in shows and node in {own.above, own.bureau()}:
        return True
    # Of those above who acted here the office is told, never the person; and whose link it was.
    if shows & {"trail", "line above"} and own.is_within(node):
        return True
    below = (name for name in world.nodes if world.nodes[name].is_within(own))
    served = (world.places.get(name, ()) for name in below)
    return "places" in shows and any(node.name in places for places in served)


def _status(use: Use, who: Who, thing: Thing | None, expected: Answer, result: Result) -> list[str]:
    refused = [text for kind, text in result.flashes if kind == "error"]
    status, moved = result.status, result.status in _MOVED
    posted = {422} if use.is_reference else set()
    match expected:
        case Answer.DONE | Answer.IDLE:
            fits = status in use.statuses and not refused
        case Answer.RULE:
            fits = status in {400, 409, 422} or (moved and bool(refused))
        case Answer.FORBIDDEN:
            # Whether it looks for the object first does not matter, as long as that does not show.
            hidden = {404} if thing is None or not is_visible(who, thing) else set()
            # The permission is there, but not for these rows: a sentence on the list says so.
            told = moved and bool(refused) and use.is_action
            fits = status in {403} | posted | hidden or told
        case Answer.ABSENT:
            fits = status in {404} | posted
        case Answer.SIGN_IN:
            fits = status == 401 if use.method == "POST" else _leads(result, "/login")
        case Answer.PASSWORD:
            fits = _leads(result, "/account/password")
    return [] if fits else [f"the answer does not fit {refused or ''} {result.location}"]


def is_visible(who: Who, thing: Thing) -> bool:
    """Whether ``who`` may know that ``thing`` exists."""
    return who.node is not None and thing.node.is_within(who.node) and thing.state != "deleted"


def _leads(result: Result, path: str) -> bool:
    return result.status in _MOVED and result.location.partition("?")[0] == path


def _effects(  # the whole context of one request
    world: World, use: Use, who: Who, thing: Thing | None, expected: Answer, result: Result
) -> list[str]:
    changes = [change for change in result.changes if not _is_note(change)]
    if expected is not Answer.DONE or use.method == "GET":
        return [f"it changed {change}" for change in changes if change.table not in use.leaves]
    wrong = [
        f"it changed {change}, which is not its business"
        for change in changes
        if change.table not in use.changes | use.leaves | {"counters"}
    ]
    path = world.paths[who.node.name] if who.node is not None else ""
    wrong += [
        f"it changed {change} of somebody else"
        for change in changes
        if change.table not in _COMMON
        and not all(p.startswith(path) for p in _places(change))
        and not _is_doubt_between(change)
    ]
    if use.changes and not changes:
        wrong.append("it changed nothing")
    if thing is not None and not use.is_reference and not use.spreads:
        table = _TABLES[thing.kind]
        wrong += [
            f"it changed {change}, not the row that was named"
            for change in changes
            if change.table == table and change.before and change.before["id"] != thing.key
        ]
    return wrong


def _is_note(change: Change) -> bool:
    return change.table in NOTES or (change.table == "sign_in_sessions" and change.columns <= _SEEN)


def _is_doubt_between(change: Change) -> bool:
    """Whether a doubt came or went that hangs on what others enter, wherever it stands."""
    if change.table != "certificate_doubts":
        return False
    return all(row["kind"] in _BETWEEN for row in (change.before, change.after) if row)


def _places(change: Change) -> list[str]:
    """Return the old and the new place of a row in the tree."""
    column = "path" if change.table == "institutions" else "owner_path"
    rows = (row for row in (change.before, change.after) if row and column in row)
    # What lies in the recycle bin belongs to those above its old place.
    return [row[column].removeprefix(BIN) for row in rows]


def _record(world: World, who: Who, expected: Answer, result: Result, use: Use) -> list[str]:
    """No act, no refusal and no number in clear without its entry, no number in any entry."""
    entries = [c.after for c in result.changes if c.table == "audit_entries" and c.after]
    wrong = [
        f"the trail holds {secret}"
        for entry in entries
        for secret in world.canaries.secrets_in(repr(entry))
        if secret.field in _NUMBERS
    ]
    kinds = {entry["object_type"] for entry in entries} - {"", *OBJECTS}
    wrong += [f"the trail has no word for {kind}" for kind in sorted(kinds)]
    mine = {entry["result"] for entry in entries if entry["actor_id"] == who.key}
    is_act = use.is_recorded or (_is_act(use, result) and _name(use) not in UNRECORDED)
    if expected is Answer.DONE and is_act and "done" not in mine:
        wrong.append("no entry in the trail")
    shown = sorted(
        secret.field
        for secret in world.canaries.secrets_in(result.text)
        if secret.field in _NUMBERS and secret.text not in result.sent
    )
    if shown and "done" not in mine:
        wrong.append(f"{shown[0]} is shown in clear, and no entry in the trail says so")
    is_told = use.is_action and expected is Answer.FORBIDDEN and result.status in _MOVED
    is_hidden = result.status in {404, 422} and expected is Answer.ABSENT
    if (result.status == 403 or is_told or is_hidden) and who.is_in and "denied" not in mine:
        wrong.append("the refusal is not in the trail")
    return wrong


def _is_act(use: Use, result: Result) -> bool:
    """Whether something was done, or a file or a paper handed out, that the trail ought to hold."""
    if result.status >= 400:
        return False
    kind = result.headers.get("Content-Type", "")
    is_file = "attachment" in result.headers.get("Content-Disposition", "")
    is_post = use.method == "POST" and not use.leads_on
    return is_post or is_file or kind.startswith("application/pdf")


def _name(use: Use) -> str:
    return "preferences" if use.endpoint.endswith(".preferences") else use.endpoint
