"""Pages read without a browser: what is linked, what can be sent, and what has become of a text."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

import lxml.html

from tests.e2e.poison import COMPUTED

#: Stands for a row's key in the addresses of a page; see static/js/grid.js.
PLACEHOLDER: Final = "2147483647"
#: Pieces of the hostile text that only stand in a page when it was not escaped.
RAW: Final = re.compile(
    r"<(?:hit-me|img src=hit|svg onload=__|script>__)|'\"></title>", re.IGNORECASE
)
ADDRESSES: Final = frozenset({"href", "src", "action", "formaction"})
TYPED: Final = frozenset({"text", "search", "tel", "email", "password", "url"})
UNSENT: Final = frozenset({"submit", "button", "image", "reset", "file"})


class Answer:
    """A page as the server made it; without scripts, so that it takes no browser to read it."""

    def __init__(self, address, text):
        self.address, self.text = address, text
        self.page = lxml.html.document_fromstring(text or "<html></html>")

    def breaches(self):
        """Return where a text of the page is more than text."""
        found = ["a template was filled in"] if COMPUTED in self.text else []
        if raw := RAW.search(self.text):
            found.append(f"a text was not escaped: {raw[0]}")
        for element in self.page.iter(lxml.etree.Element):
            if element.tag == "hit-me":
                found.append("an element was made")
            for name, value in element.attrib.items():
                if re.match(r"on|.*hit-me", name):
                    found.append(f"{element.tag} got the attribute {name}")
                if name in ADDRESSES and re.match(r"\s*javascript:", value, re.IGNORECASE):
                    found.append(f"{element.tag} got a script as its {name}")
        return found

    def hooks(self, part=None):
        """Return what the scripts of the page, or of a part of it, take hold of.

        Scripts find their elements by data attributes; two pages with the same ones, the same
        addresses to ask for more and the same acts run the same lines of script.
        """
        found = set()
        for element in (self.page if part is None else part).iter(lxml.etree.Element):
            if element.tag == "script" and element.get("src"):
                found.add(urlsplit(element.get("src")).path)
            for name, value in element.attrib.items():
                if name.startswith("data-"):
                    is_address = value.startswith("/") and PLACEHOLDER not in value
                    path = re.sub(r"\d+", "N", urlsplit(value).path) if is_address else ""
                    found.add(f"{name}={path}")
        if part is None:
            found |= {f"{one['path']} {one['value']}" for one in self._acts()}
        return frozenset(found)

    def hooks_of(self, sender):
        """Return what the scripts take hold of in what is sent; all acts are sent by one script."""
        return {"act"} if sender["at"] < 0 else self.hooks(self.page.forms[sender["at"]])

    def links(self):
        """Return the addresses to which links, rows and tools lead, of a grid's rows two."""
        keys = self.page.xpath("//tr[@data-key]/@data-key")
        opened = [
            link.replace(PLACEHOLDER, key)
            for link in self.page.xpath("//@data-link | //@data-open")
            if link
            for key in {*keys[:1], *keys[-1:]}
        ]
        found = self.page.xpath("//a/@href") + sorted(opened)
        return [urljoin(self.address, link).partition("#")[0] for link in found]

    def senders(self):
        """Return what can be sent: forms by their buttons, and the toolbar's acts on a row."""
        for number, form in enumerate(self.page.forms):
            if form.get("id") == "action-form":
                continue
            path = urlsplit(urljoin(self.address, form.get("action") or "")).path
            buttons = [one for one in self._elements(form) if _type(one) == "submit"]
            for button in buttons or [lxml.html.Element("button")]:
                name, value = button.get("name", ""), button.get("value", "")
                yield {"path": path, "at": number, "name": name, "value": value}
        yield from self._acts()

    def filled(self, sender, hostile):
        """Return method, address and fields of a form whose every text is ``hostile``."""
        if sender["at"] < 0:
            (form,) = self.page.xpath("//form[@id='action-form']")
            fields = [(n, v) for n, v in self._fields(form) if n not in {"action", "reason"}]
            row = self._row().get("data-key")
            fields += [("action", sender["value"]), ("reason", hostile), ("rowid", row)]
        else:
            form = self.page.forms[sender["at"]]
            fields = [
                (name, hostile if value is None else value) for name, value in self._fields(form)
            ]
            if sender["name"]:
                fields.append((sender["name"], sender["value"]))
        address = urljoin(self.address, form.get("action") or "")
        return (form.get("method") or "get").upper(), address, fields

    def _row(self):
        """Return the first row of a grid, or the one of a record's page."""
        rows = self.page.xpath("//tbody/tr[@data-key]")
        return rows[0] if rows else None

    def _acts(self):
        """Give the acts of the toolbar that fit the first row and stay in this window."""
        row = self._row()
        for tool in self.page.xpath("//*[@data-action and not(@data-window)]"):
            act = tool.get("data-action")
            if row is not None and act in row.get("data-acts", act).split():
                path = urlsplit(self.address).path
                yield {"path": path, "at": -1, "name": "", "value": act}

    def _elements(self, form):
        """Return the elements of a form, those that only name it included."""
        inside = form.xpath(".//input | .//button | .//select | .//textarea")
        named = form.get("id") and self.page.xpath("//*[@form=$name]", name=form.get("id"))
        return [one for one in inside if not one.get("form")] + (named or [])

    def _fields(self, form):
        """Give what a browser would send; ``None`` stands for what somebody types."""
        for field in self._elements(form):
            name, kind = field.get("name"), _type(field)
            if not name or kind in UNSENT:
                continue
            if kind in TYPED:
                yield name, None
            elif "disabled" in field.attrib or field.xpath("ancestor::fieldset[@disabled]"):
                continue
            elif kind in {"checkbox", "radio"}:
                if "checked" in field.attrib:
                    yield name, field.get("value", "on")
            elif kind == "select":
                options = field.xpath(".//option")
                chosen = [one for one in options if "selected" in one.attrib]
                if not chosen and "multiple" not in field.attrib:
                    chosen = options[:1]
                yield from ((name, one.get("value", one.text or "")) for one in chosen)
            else:
                yield name, field.get("value", "")


def _type(field):
    if field.tag in {"select", "textarea"}:
        return {"select": "select", "textarea": "text"}[field.tag]
    return field.get("type", "submit" if field.tag == "button" else "text")
