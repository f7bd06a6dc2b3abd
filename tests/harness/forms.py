"""Forms filled in as a person would, every field of the page included.

``{key}`` stands for the key of the object in question; see ``use.Use``.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from models.exam_cycle import CERTIFICATE_NOTES, ROSTER_NOTES
from tests.factories import uploads
from tests.factories.certificates import certificate_input, make_id_number, practice_input

if TYPE_CHECKING:
    from services.certificates import CertificateInput
    from tests.harness.oracle import Thing, Who
    from tests.harness.runner import Form
    from tests.harness.world import World

_ORGANISATION_CODE = "12420100441626842Y"
_REGISTRATION_NUMBER = "44162684242010211A1001"


def new_institution(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {
        "name": "新设的医院",
        "category_code": "A1",
        "parent_id": "{key}",
        "parent_name": "上级单位",
        "division_code": "420100",
        "organisation_code": _ORGANISATION_CODE,
        "registration_number": _REGISTRATION_NUMBER,
        "address": "新址1号",
        "postcode": "430015",
        "form_key": "",
        "version": "",
    }


def institution(world: World, _who: Who, thing: Thing) -> Form:
    """Return the superior's form of an institution, with another address."""
    node = thing.node
    return {
        **new_institution(world, _who, thing),
        "name": world.names[node.name],
        "category_code": node.category,
        "parent_id": str(world.keys[node.above.name]) if node.above else "",
        "version": str(thing.version),
        "keep_former_name": "y",
        "former_name_until": "2017-06-30",
        "confirmed_parent_id": "",
    }


def moved_institution(world: World, who: Who, _thing: Thing) -> Form:
    """Return the form of a lower institution that is to report to the object in question."""
    child = child_of(world, who)
    form = institution(world, who, child)
    return {**form, "parent_id": "{key}", "confirmed_parent_id": "{key}"}


def child_of(world: World, who: Who) -> Thing | None:
    """Return an institution below ``who`` that can be moved, if there is one."""
    for thing in world.of_kind("institution"):
        if who.node is not None and thing.node.is_bare and thing.node.is_within(who.node):
            return thing
    return None


def details(_world: World, _who: Who, thing: Thing | None) -> Form:
    is_bureau = thing is not None and thing.node.kind == "bureau"
    return {
        "act": "details",
        "organisation_code": _ORGANISATION_CODE,
        "registration_number": "" if is_bureau else _REGISTRATION_NUMBER,
        "service_target": "社会人群",
        "address": "新址2号",
        "postcode": "430016",
        "level_code": "0",
        "grade_code": "0",
        "rank_code": "3",
        "version": str(thing.version) if thing else "1",
    }


def new_former_name(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {
        "act": "add-former-name",
        "name": "从前的医院",
        "used_until": "2010-01-31",
        "form_key": "",
    }


def former_name(_world: World, _who: Who, thing: Thing) -> Form:
    return {
        "act": "update-former-name",
        "former_name": "{key}",
        "name": "更正的旧名",
        "used_until": "2011-12-31",
        "version": str(thing.version),
    }


def checked_field(_world: World, _who: Who, _thing: Thing) -> Form:
    return {"id": "{key}", "field": "postcode", "value": "430017"}


def checked_parent(_world: World, _who: Who, _thing: Thing) -> Form:
    return {"id": "{child}", "field": "parent_id", "value": "{key}"}


def former_name_to_delete(_world: World, _who: Who, thing: Thing) -> Form:
    return {
        "act": "delete-former-name",
        "former_name": "{key}",
        "version": str(thing.version),
    }


def new_account(_world: World, who: Who, _thing: Thing | None) -> Form:
    return {
        "institution_id": "{key}",
        "institution_name": "所属的单位",
        "username": "",
        "full_name": "李四",
        "phone": _phone_typed_by(who, "operator"),
        "email": "lisi@example.com",
        "auth_method": "password",
        "role": "operator",
        "is_enabled": "y",
        "form_key": "",
        "version": "",
    }


def new_batch(_world: World, _who: Who, _thing: Thing | None) -> Form:
    """Return the form of 批量开户 with one row."""
    row = {
        "institution_id": "{key}",
        "institution_name": "所属的单位",
        "full_name": "李四",
        "phone": "13711110001",
        "email": "lisi@example.com",
        "auth_method": "password_sms",
        "version": "",
        "form_key": "",
    }
    names = ("version", "form_key")
    return {name if name in names else f"rows-0-{name}": text for name, text in row.items()}


def _phone_typed_by(who: Who, role: str) -> str:
    """Return a phone; a system administrator types none for an operator."""
    return "" if who.role == "system_admin" and role == "operator" else "13711110001"


def account(world: World, who: Who, thing: Thing) -> Form:
    person = next(p for p in world.people.values() if p.key == thing.key)
    form = {
        "full_name": "李四",
        "phone": _phone_typed_by(who, person.role),
        "email": "lisi@example.com",
        "auth_method": "password",
        "role": person.role,
        "is_enabled": "y",
        "version": str(thing.version),
    }
    if person.status == "disabled":
        del form["is_enabled"]
    return form


def new_licence(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {
        "institution_id": "{key}",
        "institution_name": "证书上的名称",
        "registration_number": _REGISTRATION_NUMBER,
        "legal_representative": "王五",
        "person_in_charge": "赵六",
        "issued_by": "某卫生局",
        "issued_on": "2016-01-02",
        "valid_from": "2016-01-02",
        "valid_until": "2099-01-01",
        "address": "新址3号",
        "department_codes": ["02", "03"],
        "form_key": "",
        "version": "",
    }


def licence(world: World, who: Who, thing: Thing) -> Form:
    form = {**new_licence(world, who, thing), "version": str(thing.version)}
    del form["institution_id"]
    return form


class _Picture(io.BytesIO):
    """A picture that can be sent again."""

    def close(self) -> None:
        self.seek(0)


def new_scan(_world: World, _who: Who, _thing: Thing) -> Form:
    return {"act": "upload", "files": (_Picture(uploads.jpeg()), "正本.jpg")}


def fresh_scan(_world: World, _who: Who, _thing: Thing) -> Form:
    return {"act": "replace", "file": (_Picture(uploads.png()), "新的正本.png")}


def order_of_scans(world: World, _who: Who, thing: Thing) -> Form:
    """Return the form that turns the order of a licence's scans round."""
    keys = world.scans.get(thing.key, [1, 2])
    return {"act": "order", "order": ",".join(str(key) for key in reversed(keys))}


def scans_seen(world: World, _who: Who, thing: Thing) -> Form:
    return {"act": "check", "seen": world.licences_seen.get(thing.key, "")}


def licence_as_seen(name: str, answer: str = "") -> Any:
    """Return the form of a toolbar's act on a licence as it was seen, with the answer to it."""

    def fill(world: World, who: Who, thing: Thing | None) -> Form:
        seen = world.licences_seen.get(thing.key, "") if thing is not None else ""
        form: Form = action(name, answer=answer, seen=seen)(world, who, thing)
        return form

    return fill


def new_certificate(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {**entered(certificate_input(id_number=_ID_NUMBER)), "form_key": "", "version": ""}


def certificate(_world: World, _who: Who, thing: Thing) -> Form:
    return {
        **entered(practice_input(id_number=_ID_NUMBER)),
        "form_key": "",
        "version": str(thing.version),
    }


def qualify(_world: World, _who: Who, thing: Thing | None) -> Form:
    """Return the toolbar's form of 批量合格 for one person as the list showed them."""
    seen = f"{thing.key}:{thing.version}" if thing is not None else ""
    return {"action": "qualify", "rowid": "{key}", "reason": "", "url": "", "seen": seen}


def draft(**more: str) -> Any:
    """Return the form of a certificate as 存草稿 sends it, half filled in."""

    def fill(_world: World, who: Who, _thing: Thing | None) -> Form:
        # Everybody types into a form of their own.
        return {"name": "周晓", "form_key": f"typed-{who.key:06d}", "draft_version": "0", **more}

    return fill


def entered(data: CertificateInput) -> Form:
    """Return a certificate as the fields of its page."""
    form = {
        name: _typed(getattr(data, name))
        for name in data.__dataclass_fields__
        if name not in {"periods", "form_key"}
    }
    for number, period in enumerate(data.periods):
        for name in period.__dataclass_fields__:
            form[f"periods-{number}-{name}"] = _typed(getattr(period, name))
    return form


def new_roster(_world: World, _who: Who, _thing: Thing) -> Form:
    return {"certificate": "{key}", "year": "2018", "form_key": "f" * 32}


def new_year(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {
        "year": "2019",
        "law": "practice_1998",
        "entry_opens_on": "2018-09-01",
        "entry_closes_on": "2019-01-20",
        "roster_due_on": "2019-01-31",
        "trial_cutoff_on": "2019-08-31",
        "most_trainees": "4",
        "needs_scan": "y",
        "certificate_notes": "加盖公章有效。",
        "practice_notes": "加盖公章有效。",
        "roster_notes": "加盖公章后报送。",
        "form_key": "",
        "version": "",
    }


def exam_year(_world: World, _who: Who, _thing: Thing | None) -> Form:
    """Return the form of the world's year with another limit, which touches no record."""
    days = {
        "entry_opens_on": "2017-11-11",
        "entry_closes_on": "2018-03-11",
        "roster_due_on": "2018-03-21",
        "trial_cutoff_on": "2018-08-31",
    }
    texts = {"certificate_notes": CERTIFICATE_NOTES, "practice_notes": CERTIFICATE_NOTES}
    form = {**new_year(_world, _who, _thing), **days, **texts, "roster_notes": ROSTER_NOTES}
    return {**form, "needs_scan": "", "version": "1", "confirmed": ""}


def new_extension(_world: World, _who: Who, _thing: Thing | None) -> Form:
    return {
        "institution_id": "{key}",
        "institution_name": "所属的单位",
        "exam_year": "2018",
        "until": "2018-04-01",
        "reason": "试用人员较多",
        "form_key": "",
        "version": "",
    }


def extension(_world: World, _who: Who, thing: Thing) -> Form:
    return {"until": "2018-01-19", "reason": "试用人员较多", "version": str(thing.version)}


def action(name: str, **more: str) -> Any:
    """Return a toolbar's form for an action on one row."""

    def fill(_world: World, _who: Who, _thing: Thing | None) -> Form:
        return {"action": name, "rowid": "{key}", "reason": "", "url": "", **more}

    return fill


def fixed(**values: str) -> Any:
    """Return a form that is always the same."""
    return lambda _world, _who, _thing: dict(values)


def _typed(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


_ID_NUMBER = make_id_number(born_on=dt.date(1985, 2, 3))
