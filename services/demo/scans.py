"""Scans of the demo's licences: drawn cards that no authority would take for its own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from extensions import db
from models import LicenceScan, RosterScan, RosterState, ScanType
from services import files
from services.scans.reading import digest_of_scans

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from models import Administrator, Licence, Roster
    from services.actor import Actor

_FONTS: Final = Path(__file__).resolve().parents[2] / "static" / "fonts"
_SIZE: Final = (900, 640)
#: Of the small pictures: 300 dots are as much as a list shows.
_REDUCED: Final = 3
_RED: Final = (178, 28, 22)
_INK: Final = (40, 40, 40)
_PAPER: Final = (253, 250, 240)
_LEFT, _TOP, _LINE, _LABEL = 90, 176, 46, 150
_LABELS: Final = (
    *("机构名称", "地址", "法定代表人", "主要负责人"),
    *("登记号", "诊疗科目", "有效期限", "发证机关"),
)
#: Every how many institutions one has uploaded nothing, or something new after 设为使用.
_NONE_EVERY: Final = 41
_CHANGED_EVERY: Final = 17
#: What a bureau has before it; older years had no scans.
_SHOWN_STAMPED: Final = frozenset({RosterState.SUBMITTED})


def add_scans(
    licences: Sequence[Licence],
    administrators: Sequence[Administrator],
    named: frozenset[str],
    moment: dt.datetime,
) -> int:
    """Give the licences in use scans, uploaded by their institutions; return how many were made.

    Institutions that the README names (``named``) have two pages and nothing to be desired.
    """
    people = {one.institution_id: f"{one.username} {one.full_name}" for one in administrators[::-1]}
    cards = _Cards()
    made = 0
    for number, licence in enumerate(licences, start=1):
        is_named = licence.institution.name in named
        if not licence.is_in_use or (number % _NONE_EVERY == 0 and not is_named):
            continue
        scans = []
        for position, title in enumerate(("正本", "副本") if is_named else ("正本",), start=1):
            data = cards.draw(licence, title)
            stored = files.store(data)
            files.store_part(stored.name, "thumb", cards.small())
            scans.append(
                LicenceScan(
                    licence=licence,
                    position=position,
                    file_name=f"许可证{title}.jpg",
                    scan_type=ScanType.JPEG,
                    page_count=1,
                    size=stored.size,
                    digest=stored.digest,
                    storage_name=stored.name,
                    uploaded_at=moment,
                    uploaded_by=people.get(licence.institution_id, "")[:64],
                )
            )
        db.session.add_all(scans)
        licence.scans_digest = licence.approved_scans = digest_of_scans(scans)
        if number % _CHANGED_EVERY == 0 and not is_named:
            licence.approved_scans = digest_of_scans([])
        made += len(scans)
    return made


def add_stamped(rosters: Sequence[Roster], people: Mapping[int, Actor]) -> int:
    """Give rosters that are or were at their bureau a scan of a stamped page; return how many."""
    page = Image.new("RGB", _SIZE, (255, 255, 255))
    draw = ImageDraw.Draw(page)
    bold = ImageFont.truetype(_FONTS / "NotoSerifSC-Bold.ttf", 26)
    for text, top in (("合格人员花名册（盖章件）", 90), ("演示样张，不具效力", 560)):
        draw.text((_SIZE[0] / 2, top), text, fill=_INK, font=bold, anchor="mm")
    draw.ellipse((600, 330, 780, 510), outline=_RED, width=6)
    draw.text((690, 420), "公章", fill=_RED, font=bold, anchor="mm")
    data, small, made = _jpeg(page), _jpeg(page.reduce(_REDUCED)), 0
    for roster in rosters:
        if roster.submitted_at is None or roster.state not in _SHOWN_STAMPED:
            continue
        stored = files.store(data)
        files.store_part(stored.name, "thumb", small)
        person = people[roster.institution_id]
        scan = RosterScan(
            roster=roster,
            position=1,
            file_name="盖章花名册.jpg",
            scan_type=ScanType.JPEG,
            page_count=1,
            size=stored.size,
            digest=stored.digest,
            storage_name=stored.name,
            uploaded_at=roster.submitted_at,
            uploaded_by=f"{person.username} {person.full_name}"[:64],
        )
        db.session.add(scan)
        made += 1
    return made


class _Pen:
    """Writes with one font; each character is drawn once, which takes longer than all the rest."""

    def __init__(self, font: ImageFont.FreeTypeFont, ink: tuple[int, int, int]) -> None:
        self._font, self._ink = font, ink
        self._drawn: dict[str, Image.Image] = {}

    def write(self, page: Image.Image, at: tuple[int, int], text: str) -> None:
        """Write ``text`` on ``page``; ``at`` is where its upper left corner lies."""
        left, top = at
        for character in text:
            drawn = self._drawn.get(character) or self._draw(character)
            page.paste(self._ink, (left, top), drawn)
            left += drawn.width

    def _draw(self, character: str) -> Image.Image:
        size = round(self._font.getlength(character)), round(self._font.size * 1.5)
        drawn = self._drawn[character] = Image.new("L", size)
        ImageDraw.Draw(drawn).text((0, 0), character, fill=255, font=self._font)
        return drawn


class _Cards:
    """Draws cards on one background, so that each costs its own words only."""

    def __init__(self) -> None:
        text = ImageFont.truetype(_FONTS / "NotoSerifSC-Regular.ttf", 21)
        self._pen, self._red_pen = _Pen(text, _INK), _Pen(text, _RED)
        bold = _FONTS / "NotoSerifSC-Bold.ttf"
        self._page = Image.new("RGB", _SIZE, _PAPER)
        draw = ImageDraw.Draw(self._page)
        width, height = _SIZE
        draw.rectangle((18, 18, width - 19, height - 19), outline=_RED, width=6)
        draw.rectangle((30, 30, width - 31, height - 31), outline=_RED, width=2)
        head = ImageFont.truetype(bold, 46)
        draw.text((width / 2, 92), "医疗机构执业许可证", fill=_RED, font=head, anchor="mm")
        note = ImageFont.truetype(bold, 18)
        draw.text((width / 2, height - 54), "演示样张，不具效力", fill=_RED, font=note, anchor="mm")
        for row, label in enumerate(_LABELS):
            self._red_pen.write(self._page, (_LEFT, _TOP + row * _LINE), label)
        self._last = self._page

    def draw(self, licence: Licence, title: str) -> bytes:
        """Return the card of a licence as a JPEG; ``title`` tells its two parts apart."""
        self._last = self._page.copy()
        self._red_pen.write(self._last, (_SIZE[0] - 138, 45), f"（{title}）")
        departments = licence.department_names
        values = (
            licence.institution_name,
            licence.address,
            licence.legal_representative,
            licence.person_in_charge,
            licence.registration_number,
            departments if len(departments) <= 28 else f"{departments[:27]}…",  # noqa: PLR2004 - a line
            f"自{licence.valid_from}至{licence.valid_until}",
            f"{licence.issued_by}　{licence.issued_on}",
        )
        for row, value in enumerate(values):
            self._pen.write(self._last, (_LEFT + _LABEL, _TOP + row * _LINE), value)
        return _jpeg(self._last)

    def small(self) -> bytes:
        """Return the card that was drawn last as a thumbnail."""
        return _jpeg(self._last.reduce(_REDUCED))


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75)
    return out.getvalue()
