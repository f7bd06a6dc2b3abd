"""The tree of the demo: all 117 bureaux of Hubei, and about 300 places of practice below them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import TYPE_CHECKING, Final

from config import REFERENCE_DIR
from extensions import db
from models import Institution, InstitutionKind
from services import numbering
from services.demo import catalogue, details
from services.founding import ROOT_UNIT_NUMBER

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from random import Random

    from services.demo.catalogue import Sort

ROOT_DIVISION: Final = "420000"
HUANGPI: Final = "420116"
#: The province's own institutions stand in this district.
_CAPITAL_DISTRICT: Final = "420106"
_CAPITAL_AREA: Final = "武汉市武昌区"
#: Bureaux and places of practice whose accounts are named in the README keep these unit numbers.
UNIT_NUMBERS: Final = {
    "湖北省卫生和计划生育委员会": ROOT_UNIT_NUMBER,
    "武汉市卫生和计划生育委员会": 20002,
    "襄阳市卫生和计划生育委员会": 20003,
    "黄陂区卫生和计划生育委员会": 20116,
    "武汉市汉口医院": 30174,
    "襄阳市中心医院": 30300,
    "黄陂区前川街环城社区卫生服务中心": 31160,
}
#: 业务定级 of a bureau by its category: 省级, 市级, 县(区)级.
_RANKS: Final = {"Z1": "2", "Z2": "3", "Z3": "4"}
#: Every how many hospitals of towns have village clinics that report to them.
_VILLAGES_EVERY: Final = 2


@dataclass
class Node:
    """One institution to be: its name, where it is, its sort (none for a bureau), what is below."""

    name: str
    division_code: str
    area: str
    sort: Sort | None = None
    category_code: str = ""
    rank: str = ""
    children: list[Node] = field(default_factory=list)


@dataclass
class Place:
    """A place of practice with its sort and the bureau to which it reports."""

    institution: Institution
    sort: Sort
    bureau: Institution


@dataclass
class Tree:
    """All institutions that were planted."""

    root: Institution
    bureaux: list[Institution] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def place(self, name: str) -> Place:
        """Return the place of practice called ``name``."""
        return next(place for place in self.places if place.institution.name == name)


def plant(rng: Random, created_at: dt.datetime) -> Tree:
    """Add the whole tree to the session and set the counters behind it."""
    plan = _plan(rng)
    numbers = {
        InstitutionKind.BUREAU: _free_numbers(InstitutionKind.BUREAU),
        InstitutionKind.HEALTHCARE: _free_numbers(InstitutionKind.HEALTHCARE),
    }
    root = _make(rng, plan, None, ROOT_UNIT_NUMBER, created_at)
    root.path = numbering.segment_of(1)
    db.session.add(root)
    db.session.flush()
    tree = Tree(root=root, bureaux=[root])
    generation = [(plan, root, root)]
    while generation:
        # Level by level, since a child needs its parent's key; one statement each.
        following = []
        for node, institution, bureau in generation:
            for number, child in enumerate(node.children, start=1):
                kind = InstitutionKind.HEALTHCARE if child.sort else InstitutionKind.BUREAU
                unit_number = UNIT_NUMBERS.get(child.name) or next(numbers[kind])
                made = _make(rng, child, institution, unit_number, created_at)
                made.path = institution.path + numbering.segment_of(number)
                if child.sort is None:
                    tree.bureaux.append(made)
                else:
                    tree.places.append(Place(made, child.sort, bureau))
                following.append((child, made, bureau if child.sort else made))
        db.session.add_all([made for _, made, _ in following])
        db.session.flush()
        generation = following
    _set_counters(tree)
    return tree


def _make(
    rng: Random, node: Node, parent: Institution | None, unit_number: int, created_at: dt.datetime
) -> Institution:
    return Institution(
        parent_id=None if parent is None else parent.id,
        kind=InstitutionKind.HEALTHCARE if node.sort else InstitutionKind.BUREAU,
        unit_number=unit_number,
        name=node.name,
        category_code=node.sort.category if node.sort else node.category_code,
        division_code=node.division_code,
        children_numbered=len(node.children),
        created_at=created_at,
        updated_at=created_at,
        **details.make_details(
            rng, node.sort, node.division_code, node.area, node.rank, unit_number
        ),
    )


def _free_numbers(kind: InstitutionKind) -> Iterator[int]:
    taken = set(UNIT_NUMBERS.values())
    numbers = (numbering.unit_number(kind, ordinal) for ordinal in count(1))
    return (number for number in numbers if number not in taken)


def _set_counters(tree: Tree) -> None:
    """Let numbers drawn from now on begin behind those of the demo."""
    numbering.advance("institution:roots", 1)
    for kind, units in (
        (InstitutionKind.BUREAU, [b.unit_number for b in tree.bureaux if b is not tree.root]),
        (InstitutionKind.HEALTHCARE, [p.institution.unit_number for p in tree.places]),
    ):
        numbering.advance(f"unit:{kind.value}", max(units) - numbering.unit_number(kind, 1) + 1)


def _plan(rng: Random) -> Node:
    """Return the bureaux in their true hierarchy with the places of practice below each."""
    nodes = bureaux()
    root = nodes[ROOT_DIVISION]
    has_counties = {code for code, node in nodes.items() if node.children}
    turns = {True: cycle(catalogue.COUNTY_TURNS), False: cycle(catalogue.DISTRICT_TURNS)}
    streets, towns = _shuffled(rng, catalogue.STREETS), _shuffled(rng, catalogue.TOWNS)
    town_hospitals = count()
    for code, node in nodes.items():
        rank, division = "", code
        if node is root:
            named, rank, division = list(catalogue.PROVINCIAL), node.rank, _CAPITAL_DISTRICT
        elif code in has_counties:
            rank = node.rank
            named = list(catalogue.OF_CITIES.get(code, ())) or [
                (short_name(node.name) + sort.suffix, sort) for sort in catalogue.OF_ANY_CITY
            ]
        elif code == HUANGPI:
            named = list(catalogue.OF_HUANGPI)
        else:
            named = _of_county(node, turns, streets, towns)
        for name, sort in named:
            place = Node(name, division, node.area, sort, rank=rank or sort.rank)
            node.children.append(place)
            is_town = sort in {catalogue.TOWN, catalogue.CENTRAL_TOWN}
            if is_town and next(town_hospitals) % _VILLAGES_EVERY == 0:
                place.children = _villages(rng, place, name.removesuffix(sort.suffix))
    return root


def _of_county(
    node: Node, turns: Mapping[bool, Iterator[Sort]], streets: Iterator[str], towns: Iterator[str]
) -> list[tuple[str, Sort]]:
    """Return the chief institution of a county or district, and two others in turn."""
    short = short_name(node.name)
    # 神农架林区 is a county, whatever its name.
    is_county = not short.endswith("区") or short.endswith("林区")
    chief = (
        (short + catalogue.PEOPLE.suffix, catalogue.PEOPLE)
        if is_county
        else (short + next(streets) + catalogue.COMMUNITY.suffix, catalogue.COMMUNITY)
    )
    return [chief, _in_turn(short, next(turns[is_county]), streets, towns)]


def _in_turn(
    short: str, sort: Sort, streets: Iterator[str], towns: Iterator[str]
) -> tuple[str, Sort]:
    if sort in {catalogue.CENTRAL_TOWN, catalogue.TOWN}:
        return short + next(towns) + sort.suffix, sort
    if sort in {catalogue.COMMUNITY, catalogue.STREET}:
        return short + next(streets).removesuffix("街") + sort.suffix, sort
    if sort.is_private:
        index = sum(map(ord, short)) % len(catalogue.CLINIC_NAMES)
        return short + catalogue.CLINIC_NAMES[index] + sort.suffix.removeprefix("仁济"), sort
    return short + sort.suffix, sort


def _villages(rng: Random, hospital: Node, town: str) -> list[Node]:
    """Return two village clinics, which report to the hospital of their town."""
    sort = catalogue.VILLAGE
    return [
        Node(
            town + village + sort.suffix,
            hospital.division_code,
            hospital.area,
            sort,
            rank=sort.rank,
        )
        for village in rng.sample(catalogue.VILLAGES, 2)
    ]


def short_name(bureau: str) -> str:
    """Return the name of a bureau's place: 武汉市 for 武汉市卫生和计划生育委员会."""
    return bureau.split("卫生和计划生育", 1)[0]


def _shuffled(rng: Random, names: tuple[str, ...]) -> Iterator[str]:
    return cycle(rng.sample(names, len(names)))


def bureaux() -> dict[str, Node]:
    """Return the bureaux by division, each with those below it."""
    nodes: dict[str, Node] = {}
    with (REFERENCE_DIR / "health_bureaus_hubei.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            code, parent = row["division_code"], row["parent_division_code"]
            above = nodes[parent].area if parent not in {"", ROOT_DIVISION} else ""
            nodes[code] = Node(
                row["name"],
                code,
                area=above + short_name(row["name"]) if parent else _CAPITAL_AREA,
                category_code=row["category_code"],
                rank=_RANKS[row["category_code"]],
            )
            if parent:
                nodes[parent].children.append(nodes[code])
    return nodes
