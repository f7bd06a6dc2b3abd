"""The report of the benchmarks: figures in, tables and curves out."""

from __future__ import annotations

import pytest
from lxml import etree

from benchmarks import figures, machine, performance, plan
from benchmarks.beside import ROOT, in_turn
from benchmarks.figures import Figure
from benchmarks.performance import TOPICS, Run
from benchmarks.plot import curves

LISTS = TOPICS["lists"]


def figure(what="first page", place="sqlite, 5,000 rows", rows=0, topic="lists", **ways):
    return Figure(topic, what, "ms", ways, place, rows)


def grown():
    return [
        figure(place=f"sqlite, {rows:,} rows", rows=rows, ours=ours)
        for rows, ours in ((36_000, 20.0), (5_000, 14.0))
    ]


class TestFigures:
    def test_what_is_noted_is_read_again(self, tmp_path, monkeypatch):
        monkeypatch.setenv(figures.FILE, str(tmp_path / "figures"))
        first, second = figure(ours=1.5, other=3.0), figure("第5页", ours=2.0)
        figures.note(first)
        figures.note(second)
        assert figures.read(tmp_path / "figures") == [first, second]

    def test_without_a_file_nothing_is_kept(self, tmp_path, monkeypatch):
        monkeypatch.delenv(figures.FILE, raising=False)
        monkeypatch.chdir(tmp_path)
        figures.note(figure(ours=1.0))
        assert list(tmp_path.iterdir()) == []


class TestTable:
    def test_ours_comes_first_and_the_others_say_how_many_times_as_much(self):
        rows = performance.table([figure(other=30.0, ours=12.0, quick=3.0)], LISTS).splitlines()
        assert rows == [
            "|  | on | **ours** | other | quick |",
            "| --- | --- | ---: | ---: | ---: |",
            "| first page | sqlite, 5,000 rows | 12.0 ms | 30.0 ms (2.5×) | 3.00 ms (0.25×) |",
        ]

    def test_a_way_that_was_not_measured_stays_empty(self):
        table = performance.table([figure(ours=1.0), figure("page 5", ours=1.0, other=2.0)], LISTS)
        assert "| first page | sqlite, 5,000 rows | 1.00 ms |  |" in table

    def test_places_have_no_column_where_there_are_none(self):
        table = performance.table([figure(place="", ours=1234.5)], LISTS)
        assert table.splitlines()[0] == "|  | **ours** |"
        assert "1,234 ms" in table

    def test_where_nobody_races_there_are_no_ratios(self):
        told = [Figure("load", "page", "ms", {"p50": 10.0, "p95": 90.0})]
        assert "×" not in performance.table(told, TOPICS["load"])

    def test_memory_has_no_ratio(self):
        grown_by = Figure("xlsx", "growth of memory", "MB", {"ours": 2.0, "other": 4.0})
        assert "×" not in performance.table([grown_by], TOPICS["xlsx"])

    def test_a_small_ratio_still_tells_something(self):
        assert "0.40 ms (0.004×)" in performance.table([figure(ours=100.0, raw=0.4)], LISTS)

    def test_nothing_at_all_has_no_ratio(self):
        assert "3.00 ms |" in performance.table([figure(ours=0.0, other=3.0)], LISTS)


class TestDocument:
    def test_only_topics_that_were_measured(self):
        text = performance.document([figure(ours=1.0)], [], ["a machine"], "S")
        assert "- a machine\n" in text
        assert LISTS.title in text
        assert TOPICS["pdf"].title not in text
        assert performance.GROWTH not in text

    def test_limits_that_were_broken_are_told(self):
        text = performance.document(
            [], [Run("a", 12.3, kept=True), Run("b", 1, kept=False)], [], "S"
        )
        assert "| `a` | 12 s | kept |" in text
        assert "| `b` | 1 s | **broken** |" in text

    def test_growth_is_shown_where_there_is_any(self):
        assert performance.GROWTH in performance.document(grown(), [], [], "M")

    def test_each_benchmark_of_the_plan_is_there(self):
        for steps in plan.PLAN.values():
            for module, *_arguments in steps:
                assert (ROOT / "benchmarks" / f"{module}.py").is_file(), module


class TestGrowth:
    def test_a_curve_goes_from_few_rows_to_many(self):
        assert performance.growing(grown()) == {
            "first page, sqlite": [(5_000, 14.0), (36_000, 20.0)]
        }

    def test_one_size_is_no_curve(self):
        assert performance.growing([figure(rows=5_000, ours=14.0)]) == {}

    def test_the_picture_holds_each_curve(self):
        lines = {"a & b": [(10.0, 1.0), (1000.0, 100.0)], "c": [(10.0, 2.0)]}
        tree = etree.fromstring(curves("<Titel>", "rows", "ms", lines).encode())
        assert tree.findall(".//{*}polyline")[0].get("points") == "64.0,352.0 510.0,40.0"
        told = [text.text for text in tree.findall(".//{*}text")]
        assert {"<Titel>", "rows", "ms", "a & b", "c", "10", "100", "1,000"} <= set(told)

    def test_nothing_is_no_picture(self):
        with pytest.raises(ValueError, match="nothing to draw"):
            performance.growth_picture([])


class TestTurns:
    def test_the_first_turn_is_not_counted(self):
        told = iter([100.0, 1.0, 2.0, 3.0])
        assert in_turn({"a": lambda: next(told)}, 3) == {"a": 2.0}

    def test_a_single_turn_is(self):
        assert in_turn({"a": lambda: 7.0, "b": lambda: 8.0}, 1) == {"a": 7.0, "b": 8.0}


def test_the_machine_is_told_as_linux_tells_it():
    assert (
        machine.processor("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n") == "Some CPU @ 2 GHz"
    )
    assert machine.memory("MemFree: 1 kB\nMemTotal:       24675328 kB\n") == 24
    assert machine.memory("") == 0
