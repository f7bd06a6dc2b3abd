"""The file of an import batch: how long it is kept, what it is called, and that it is missed."""

from __future__ import annotations

import datetime as dt

import pytest

from extensions import db
from models import ImportState, utc_now
from models.import_batch import LONGEST_WAIT
from services import files
from services.errors import DomainError
from services.institutions import importing
from tests.factories.actors import acting
from tests.services.importing.batch_cases import (
    actor,
    applied,
    city,
    clinics,
    uploaded,
)

__all__ = ["actor", "city"]


def test_the_next_upload_takes_the_place_of_the_last(actor):
    first = uploaded(actor, clinics(1))
    second = uploaded(actor, clinics(2))
    with acting(actor):
        states = {batch.id: batch.state for batch in importing.recent(actor)}
    assert states == {first: ImportState.DISCARDED, second: ImportState.PREVIEWED}


@pytest.mark.parametrize("act", ["apply", "discard"])
def test_the_file_goes_when_the_batch_is_done_with(actor, act):
    key = uploaded(actor, clinics(1))
    with acting(actor):
        batch = importing.find_own(actor, key)
        name, digest = batch.storage_name, batch.digest
        assert files.load(name, digest).startswith(b"PK")
        if act == "discard":
            importing.discard(actor, batch)
            db.session.commit()
            importing.release_files(actor)
    if act == "apply":
        applied(actor, key)
    with pytest.raises(files.FileDamagedError):
        files.load(name, digest)
    with acting(actor), pytest.raises(DomainError, match="已经处理过"):
        importing.preview_of(actor, key)
    # What is gone on purpose is not missed.
    assert files.sweep().missing == []


def test_a_file_that_waits_is_missed_when_it_is_lost(actor):
    key = uploaded(actor, clinics(1))
    with acting(actor):
        batch = importing.find_own(actor, key)
        files.discard(batch.storage_name)
        for act in (importing.preview_of, importing.workbook_of):
            with pytest.raises(DomainError, match="请重新上传"):
                act(actor, key)
        with pytest.raises(DomainError, match="请重新上传"):
            importing.apply(actor, key, batch.version, keep_former_names=True)
    assert files.sweep().missing == [f"import_batches.{key}"]


def test_a_file_does_not_wait_for_ever(actor):
    key = uploaded(actor, clinics(1))
    with acting(actor):
        batch = importing.find_own(actor, key)
        batch.created_at = utc_now() - LONGEST_WAIT + dt.timedelta(minutes=1)
        db.session.commit()
        assert files.sweep(youngest=-60).removed == 0
        batch.created_at = utc_now() - LONGEST_WAIT
        db.session.commit()
        # The workbook, and the preview beside it.
        assert files.sweep(youngest=-60).removed == 2
        with pytest.raises(DomainError, match="请重新上传"):
            importing.preview_of(actor, key)
    assert files.sweep().missing == []


def test_names_of_files_are_shown_without_folders(actor):
    long = "很长的名字" * 40 + ".xlsx"
    for given, shown in (
        ("C:\\Users\\局\\机构.xlsx", "机构.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egnp.xlsx", "agnp.xlsx"),
        ("", "未命名.xlsx"),
        (long, long[-120:]),
    ):
        key = uploaded(actor, clinics(1), given)
        with acting(actor):
            assert importing.find_own(actor, key).file_name == shown
