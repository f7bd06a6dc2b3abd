"""Papers to print, and how to read them back with pypdf alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from exports.certificates import CertificatePaper, CertificatePeriod
from exports.rosters import RosterPaper, RosterPerson

RARE_NAMES = ("周𬭎", "㛃", "䶮", "阿卜杜拉·买买提")
LONGEST_NAME = "古丽巴哈尔·阿不都热合曼·吐尔逊买买提·依明江·艾力江"
LONG_DEPARTMENT = "重症医学科、急诊医学科、呼吸与危重症医学科、心血管内科、消化内科（含内镜中心）"
CODE = "HMC18A-7K3F-9QXW-B2MD-C"


def person(position: int = 1, **values: Any) -> RosterPerson:
    """Return a person of a roster; each position has a name, a number and a code of its own."""
    return RosterPerson(
        **{
            "position": position,
            "name": f"王{chr(0x4E00 + position)}",
            "gender": "女",
            "id_number": f"42222219900101{position:04}",
            "education": "大学本科",
            "major": "中西医临床医学",
            "exam_category": "临床执业医师",
            "department": "内科",
            "period_text": "2017.01-2017.06\n2017.08-2018.08",
            "months": "12个月",
            "mentor": "张三（110420105001234）",
            "conclusion": "合格",
            "submission_code": f"18A-7K3F-9QXW-{position:04}-C-03",
            "remark": "",
            **values,
        }
    )


def roster(people: int | tuple[RosterPerson, ...] = 5, **values: Any) -> RosterPaper:
    """Return a roster of so many people, or of these."""
    if isinstance(people, int):
        people = tuple(person(position) for position in range(1, people + 1))
    return RosterPaper(
        **{
            "institution_name": "武汉市黄陂区人民医院",
            "registration_number": "42011643000142011611A1001",
            "bureau_name": "武汉市黄陂区卫生和计划生育局",
            "exam_year": 2018,
            "batch": "第一批",
            "code": CODE,
            "version": 3,
            "certificate_kind": "试用期考核",
            "printed_on": dt.date(2018, 1, 4),
            "people": people,
            "notes": ("加盖单位公章后报送备案。", "涂改无效。"),
            **values,
        }
    )


def period(**values: Any) -> CertificatePeriod:
    """Return one period of a certificate."""
    return CertificatePeriod(
        **{
            "started_on": dt.date(2017, 1, 1),
            "ended_on": dt.date(2017, 6, 30),
            "department": "内科",
            "content": "病历书写、查房、诊疗操作。",
            "mentor_name": "张三",
            "mentor_licence_number": "110420105001234",
            **values,
        }
    )


def certificate(**values: Any) -> CertificatePaper:
    """Return a certificate of a trial period."""
    return CertificatePaper(
        **{
            "form": "trial",
            "exam_year": 2018,
            "name": "周𬭎",
            "gender": "男",
            "born_on": dt.date(1990, 1, 1),
            "ethnic_group": "维吾尔族",
            "id_document_type": "居民身份证",
            "id_number": "422222199001011234",
            "education": "大学本科",
            "major": "中西医临床医学",
            "school": "湖北中医药大学",
            "graduated_on": dt.date(2016, 6, 30),
            "exam_category": "中西医结合执业医师",
            "institution_name": "武汉市黄陂区人民医院",
            "registration_number": "42011643000142011611A1001",
            "address": "武汉市黄陂区前川街百秀街259号",
            "postcode": "430300",
            "phone": "027-61001234",
            "periods": (period(),),
            "total": "6个月",
            "assessment": "",
            "conclusion": "合格",
            "submission_code": "18A-7K3F-9QXW-B2MD-C-03",
            "version": 3,
            "printed_on": dt.date(2018, 1, 4),
            **values,
        }
    )


def pages_of(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    """Return a text without blanks and line breaks: where a line breaks is the paper's affair."""
    return "".join(text.split())


def text_of(pdf: bytes) -> str:
    """Return the whole text of a paper, squeezed."""
    return squeezed("".join(pages_of(pdf)))


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Return the fonts that the pages name, with whether each is embedded."""
    return {
        font["/BaseFont"]: "/FontFile2" in font.get("/FontDescriptor", {})
        for page in PdfReader(BytesIO(pdf)).pages
        for font in (entry.get_object() for entry in page["/Resources"]["/Font"].values())
    }


@dataclass(frozen=True)
class Run:
    """A line of text as drawn: where it begins, how broad it is, how large its letters are."""

    left: float
    baseline: float
    width: float
    size: float

    def overlaps(self, other: Run) -> bool:
        """Whether the two overprint; ascent and descent of the font are 0.88 and 0.12."""
        slack = 0.05
        return (
            self.left + slack < other.left + other.width
            and other.left + slack < self.left + self.width
            and self.baseline - 0.12 * self.size + slack < other.baseline + 0.88 * other.size
            and other.baseline - 0.12 * other.size + slack < self.baseline + 0.88 * self.size
        )


@dataclass(frozen=True)
class Drawing:
    """What a page draws upright: lines of text, and rules as (x, y, x, y)."""

    runs: tuple[Run, ...]
    rules: tuple[tuple[float, float, float, float], ...]


def drawing_of(pdf: bytes, page_number: int) -> Drawing:
    """Follow the operators of a page; turned text (the watermark) is left out."""
    page = PdfReader(BytesIO(pdf)).pages[page_number]
    fonts = page["/Resources"]["/Font"].items()
    pen = _Pen({name: entry.get_object()["/Widths"] for name, entry in fonts})
    for operands, operator in page.get_contents().operations:
        pen.follow(operator.decode(), operands)
    return Drawing(tuple(run for run in pen.runs if run.width), tuple(pen.rules))


class _Pen:
    """As much of a PDF reader's state as upright text and straight lines need."""

    def __init__(self, widths: dict[str, Any]) -> None:
        self.runs: list[Run] = []
        self.rules: list[tuple[float, float, float, float]] = []
        self._widths = widths
        self._origin, self._turned = (0.0, 0.0), False
        self._stack: list[tuple[tuple[float, float], bool]] = []
        self._font, self._size, self._leading = "", 0.0, 0.0
        self._line, self._start = (0.0, 0.0), (0.0, 0.0)
        self._goes_on = False

    def follow(self, operator: str, operands: Any) -> None:
        """Do what an operator says; those that do not matter here are passed over."""
        action = getattr(self, f"_do_{operator.replace('*', '_star')}", None)
        if action:
            action(*operands)

    def _do_q(self) -> None:
        self._stack.append((self._origin, self._turned))

    def _do_Q(self) -> None:  # noqa: N802
        self._origin, self._turned = self._stack.pop()

    def _do_cm(self, a: Any, b: Any, _c: Any, _d: Any, x: Any, y: Any) -> None:
        self._origin = (self._origin[0] + float(x), self._origin[1] + float(y))
        self._turned = self._turned or float(b) != 0 or float(a) != 1

    def _do_Tf(self, font: Any, size: Any) -> None:  # noqa: N802
        self._font, self._size = font, float(size)

    def _do_TL(self, leading: Any) -> None:  # noqa: N802
        self._leading = float(leading)

    def _do_BT(self) -> None:  # noqa: N802
        self._move(0.0, 0.0)

    def _do_Tm(self, *matrix: Any) -> None:  # noqa: N802
        self._move(float(matrix[4]), float(matrix[5]))

    def _do_Td(self, x: Any, y: Any) -> None:  # noqa: N802
        self._move(self._line[0] + float(x), self._line[1] + float(y))

    def _do_T_star(self) -> None:  # noqa: N802
        self._move(self._line[0], self._line[1] - self._leading)

    def _move(self, x: float, y: float) -> None:
        self._line, self._goes_on = (x, y), False

    def _do_Tj(self, shown: Any) -> None:  # noqa: N802
        if self._turned:
            return
        codes = shown if isinstance(shown, bytes) else shown.original_bytes
        widths = self._widths[self._font]
        width = sum(float(widths[code]) for code in codes) * self._size / 1000
        if self._goes_on:
            width += self.runs.pop().width
        left, baseline = self._origin[0] + self._line[0], self._origin[1] + self._line[1]
        self.runs.append(Run(left, baseline, width, self._size))
        self._goes_on = True

    def _do_m(self, x: Any, y: Any) -> None:
        self._start = (float(x), float(y))

    def _do_l(self, x: Any, y: Any) -> None:
        across, up = self._origin
        (left, bottom), end = self._start, (across + float(x), up + float(y))
        self.rules.append((across + left, up + bottom, *end))
