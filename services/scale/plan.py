"""What a synthetic province consists of: all bureaux of Hubei, and below each what a county has."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle, islice, product
from typing import TYPE_CHECKING, Final

from models import LabelledEnum
from services.demo import catalogue
from services.demo.tree import ROOT_DIVISION, bureaux, short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from random import Random

    from services.demo.catalogue import Sort
    from services.demo.tree import Node


class Size(LabelledEnum):
    """How large a province is made."""

    S = "S", "5,000 institutions, 35,000 certificates"
    M = "M", "36,000 institutions, 350,000 certificates: Hubei"
    L = "L", "1,000,000 institutions, 10,000,000 certificates: the country"


#: Places of practice of each county or district.
PER_COUNTY: Final = {Size.S: 48, Size.M: 347, Size.L: 9720}
#: Certificates of ten exam years.
PEOPLE: Final = {Size.S: 35_000, Size.M: 350_000, Size.L: 10_000_000}

#: Whose founder's name and what feature of the land make the name of a village.
_FOUNDERS: Final = (
    "李王张刘陈杨黄吴周徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋"
)
_LANDS: Final = ("家湾", "家冲", "家畈", "家岗", "家咀", "家塆", "家墩", "家铺", "家河", "家大屋")
_MORE_TOWNS: Final = ("东", "西", "南", "北", "上", "下")
#: Out of a hundred places of a county, besides its chief institutions: the rest are villages.
_SHARES: Final[tuple[tuple[int, Sequence[Sort]], ...]] = (
    (4, (catalogue.CENTRAL_TOWN, catalogue.TOWN, catalogue.TOWN)),
    (3, (catalogue.COMMUNITY, catalogue.STREET)),
    (14, (catalogue.DENTAL_CLINIC, catalogue.TCM_CLINIC, catalogue.OUTPATIENTS)),
    (1, (catalogue.PRIVATE_HOSPITAL,)),
)
_CHIEF: Final = (
    catalogue.PEOPLE,
    catalogue.TCM,
    catalogue.CHILDREN,
    catalogue.DISEASE_CONTROL,
)


@dataclass
class Planned:
    """An institution to be: what it is called, where it is, and what lies below it."""

    name: str
    division_code: str
    area: str
    rank: str
    #: The category of a bureau; a place of practice has a sort.
    category_code: str = ""
    sort: Sort | None = None
    children: list[Planned] = field(default_factory=list)


def plan_province(rng: Random, per_county: int) -> Planned:
    """Return the root of a province with about ``per_county`` places in each county."""
    nodes = bureaux()
    root = nodes[ROOT_DIVISION]
    # What the demo has stands here too, so that searches have something known to find.
    known = {**catalogue.OF_CITIES, "420116": catalogue.OF_HUANGPI, ROOT_DIVISION: ()}
    return _planned(rng, root, known, per_county)


def _planned(
    rng: Random,
    node: Node,
    known: dict[str, tuple[tuple[str, Sort], ...]],
    per_county: int,
) -> Planned:
    made = Planned(node.name, node.division_code, node.area, node.rank, node.category_code)
    short = short_name(node.name)
    named = list(catalogue.PROVINCIAL if node.rank == "2" else known.get(node.division_code, ()))
    if node.children:
        named += [(short + sort.suffix, sort) for sort in catalogue.OF_ANY_CITY]
        made.children = [_planned(rng, below, known, per_county) for below in node.children]
    taken: set[str] = set()
    for name, sort in named:
        _add(made, name, sort, taken)
    if not node.children:
        _add_county(rng, made, short, per_county, taken)
    return made


def _add_county(rng: Random, county: Planned, short: str, per_county: int, taken: set[str]) -> None:
    """Add the chief institutions, then each sort by its share, then villages below the towns."""
    for sort in _CHIEF:
        _add(county, short + sort.suffix, sort, taken)
    towns = []
    for share, sorts in _SHARES:
        amount = max(1, per_county * share // 100)
        turns = cycle(sorts)
        for name in islice(_place_names(rng, sorts[0]), amount):
            sort = next(turns)
            added = _add(county, short + name + sort.suffix, sort, taken)
            if added is not None and sort in {catalogue.CENTRAL_TOWN, catalogue.TOWN}:
                towns.append((added, name))
    left = max(0, per_county - len(county.children))
    for number, (town, name) in enumerate(towns):
        amount = left // len(towns) + (number < left % len(towns))
        villages = rng.sample(_village_names(), amount)
        for village in villages:
            suffix = catalogue.VILLAGE.suffix
            _add(town, short + name + village + suffix, catalogue.VILLAGE, taken)


def _add(above: Planned, name: str, sort: Sort, taken: set[str]) -> Planned | None:
    """Add a place of practice unless its name is taken in the county."""
    if name in taken:
        return None
    taken.add(name)
    made = Planned(name, above.division_code, above.area, sort.rank, sort=sort)
    above.children.append(made)
    return made


def _place_names(rng: Random, sort: Sort) -> Iterator[str]:
    """Yield different names for places of a sort: of towns, of streets, or of clinics."""
    if sort is catalogue.CENTRAL_TOWN:
        return _names(rng, catalogue.TOWNS, _MORE_TOWNS)
    if sort is catalogue.COMMUNITY:
        return _names(rng, catalogue.STREETS, _MORE_TOWNS)
    return _names(rng, catalogue.CLINIC_NAMES, catalogue.ROADS)


def _names(rng: Random, words: Sequence[str], more: Iterable[str]) -> Iterator[str]:
    yield from rng.sample(words, len(words))
    pairs = [one + other for one, other in product(more, words)]
    rng.shuffle(pairs)
    yield from pairs


def _village_names() -> list[str]:
    return [founder + land for founder, land in product(_FOUNDERS, _LANDS)]
