"""Anchors: a line for every commit that wrote entries, private, and never in the way."""

from __future__ import annotations

import stat

import pytest
import time_machine

from extensions import db
from services.trail import anchors
from tests.factories.trail import hold_entry, make_entry
from tests.services.trail.trail_cases import store, stored


def lines(app):
    files = sorted((app.config["DATA_DIR"] / anchors.FOLDER).glob("*"))
    return {path.name: path.read_text().splitlines() for path in files}


@pytest.fixture
def kept(committed_app):
    with committed_app.app_context():
        yield committed_app
        db.session.remove()


def test_one_line_for_each_commit_in_the_file_of_the_day(kept):
    with time_machine.travel("2018-01-10T23:59:00Z", tick=False):
        hold_entry()
        hold_entry()
        db.session.commit()
    with time_machine.travel("2018-01-11T00:01:00Z", tick=False):
        store("甲")
    second, third = stored()[1:]
    assert lines(kept) == {
        "2018-01-10.log": [f"2 {second.mac} 2018-01-10T23:59:00+00:00"],
        "2018-01-11.log": [f"3 {third.mac} 2018-01-11T00:01:00+00:00"],
    }


def test_nobody_else_may_read_them(kept):
    store("甲")
    folder = kept.config["DATA_DIR"] / anchors.FOLDER
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


def test_what_is_rolled_back_or_says_nothing_leaves_none(kept):
    make_entry()
    db.session.rollback()
    db.session.commit()
    assert lines(kept) == {}


def test_a_savepoint_leaves_none_of_its_own(kept):
    with db.session.begin_nested():
        make_entry()
    assert lines(kept) == {}
    db.session.commit()
    assert [len(found) for found in lines(kept).values()] == [1]


def test_a_full_disk_is_logged_and_hinders_nobody(kept, caplog):
    (kept.config["DATA_DIR"] / anchors.FOLDER).write_text("in the way")
    store("甲")
    assert len(stored()) == 1
    assert "no anchor for entry 1" in caplog.text


def test_only_what_was_there_is_read(kept):
    store("甲")
    before = anchors.extent()
    store("乙")
    assert [anchor.sequence for anchor in anchors.read(before)] == [1]
    assert [anchor.sequence for anchor in anchors.read(anchors.extent())] == [1, 2]
