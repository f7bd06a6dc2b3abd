"""Scans of a licence: every version kept, one digest for all, nothing past a lock."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from extensions import db
from models import AccountRole, AuditEntry, Licence, LicenceScan, ScanType, utc_now
from services import files, institutions, licences
from services.errors import DomainError, LockedError, NotAllowedError, NotFoundError
from services.files import FileDamagedError
from services.licence_checks import Waiting, is_waiting, seen_of, waiting_of
from services.scans import reading, receiving, use_cases
from services.scans.process import SENTENCES
from services.scans.reading import NO_SCANS, current_scans, digest_of_scans, old_versions
from services.scans.receiving import Received
from services.scope import find
from tests.factories import uploads
from tests.factories.actors import acting, make_actor
from tests.factories.institutions import make_bureau, make_institution
from tests.factories.licences import make_licence, make_scan
from tests.services.test_licences import FORM


@pytest.fixture
def city(session):
    return make_bureau(make_bureau())


@pytest.fixture
def hospital(city):
    return make_institution(city)


@pytest.fixture
def licence(hospital):
    return make_licence(hospital)


@pytest.fixture
def actor(hospital):
    with acting(make_actor(hospital)) as acts:
        yield acts


def received(content=b"scan", name="正本.jpg"):
    """A file that lies on the disk; what it shows does not matter here."""
    stored = files.store(content)
    files.store_part(stored.name, "thumb", b"small " + content)
    return Received(name, ScanType.JPEG, 1, stored)


def add(actor, licence, *contents):
    return [use_cases.add(actor, licence, received(content)) for content in contents]


def last_entry(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


class TestReceiving:
    def test_a_picture_is_cleaned_and_stored(self, app):
        got = receiving.receive(uploads.jpeg_of_a_phone(), "C:\\scans\\..\\正本.PNG.exe")
        assert (got.file_name, got.scan_type, got.page_count) == ("正本_PNG.jpg", "jpeg", 1)
        data = files.load(got.stored.name, got.stored.digest)
        assert b"Zhang" not in data
        assert files.load_part(got.stored.name, "thumb").startswith(b"\xff\xd8")
        receiving.give_up(got)
        with pytest.raises(FileDamagedError):
            files.load(got.stored.name, got.stored.digest)

    def test_what_is_no_scan_leaves_nothing(self, app):
        with pytest.raises(DomainError) as caught:
            receiving.receive(uploads.zipped(), "正本.jpg")
        assert caught.value.message == SENTENCES["unknown_type"]
        assert not list(Path(app.config["DATA_DIR"]).rglob("files/*/*"))

    def test_a_full_disk_leaves_nothing(self, app, monkeypatch):
        def fail(*_):
            raise OSError(28, "no space")

        monkeypatch.setattr(files, "store_part", fail)
        with pytest.raises(OSError, match="no space"):
            receiving.receive(uploads.jpeg(), "正本.jpg")
        assert not [p for p in Path(app.config["DATA_DIR"]).rglob("files/*/*") if p.is_file()]


class TestChanging:
    def test_adding(self, session, licence, actor):
        first, second = add(actor, licence, b"one", b"two")
        assert [scan.id for scan in current_scans(licence)] == [first.id, second.id]
        assert (first.position, second.position) == (1, 2)
        assert first.owner_path == licence.owner_path
        assert first.uploaded_by.startswith(actor.username)
        assert licence.scans_digest == digest_of_scans([first, second])
        entry = last_entry(session)
        assert (entry.tag, entry.object_id) == ("licence_scan:upload", second.id)
        assert entry.object_label == licence.title
        assert second.digest in str(entry.changes)
        assert "正本" not in str(entry.changes)

    def test_an_open_form_of_the_licence_stays_good(self, licence, actor):
        before = licence.version
        add(actor, licence, b"one")
        assert find(Licence, licence.id).version == before

    def test_replacing_keeps_the_old_version(self, session, licence, actor):
        first, second = add(actor, licence, b"one", b"two")
        fresh = use_cases.replace(actor, first, received(b"new"))
        assert current_scans(licence) == [fresh, second]
        assert old_versions(licence) == [first]
        assert first.replaced_by_id == fresh.id
        assert use_cases.download(actor, first) == b"one"
        assert reading.thumbnail(first) == b"small one"
        assert licence.scans_digest == digest_of_scans([fresh, second])
        change = session.scalars(
            select(AuditEntry.changes).where(AuditEntry.tag == "licence_scan:replace")
        ).one()
        assert {"label": "文件摘要", "old": first.digest, "new": fresh.digest} in change

    def test_what_is_gone_is_not_changed_again(self, licence, actor):
        (scan,) = add(actor, licence, b"one")
        use_cases.remove(actor, scan)
        for act in (
            lambda: use_cases.remove(actor, scan),
            lambda: use_cases.replace(actor, scan, received(b"new")),
            lambda: use_cases.move(actor, scan, 1),
        ):
            with pytest.raises(DomainError, match="刚刚有变化"):
                act()
        assert current_scans(licence) == []
        assert licence.scans_digest == NO_SCANS

    def test_order(self, session, licence, actor):
        first, second, third = add(actor, licence, b"one", b"two", b"three")
        use_cases.move(actor, third, -1)
        assert current_scans(licence) == [first, third, second]
        use_cases.move(actor, first, 1)
        assert current_scans(licence) == [third, first, second]
        use_cases.reorder(actor, licence, [str(second.id), str(first.id), str(third.id)])
        assert current_scans(licence) == [second, first, third]
        assert licence.scans_digest == digest_of_scans([second, first, third])
        entry = last_entry(session)
        # Where each stood on the page before: the keys of rows are no words for people.
        assert entry.changes == [
            {"label": "页序", "old": "1、2、3", "new": "3、2、1（数字为调整前的序号）"}
        ]
        use_cases.move(actor, second, -1)
        assert last_entry(session).id == entry.id

    @pytest.mark.parametrize("keys", [[], ["1"], ["x", ""], ["1", "1"], ["2147483647"] * 2])
    def test_an_order_of_something_else(self, licence, actor, keys):
        scans = add(actor, licence, b"one", b"two")
        with pytest.raises(DomainError, match="刚刚有变化"):
            use_cases.reorder(actor, licence, keys)
        assert current_scans(licence) == scans

    def test_there_is_an_end_to_it(self, licence, actor, monkeypatch):
        """D05: many files fill no disk."""
        monkeypatch.setattr(use_cases, "MOST_SCANS", 2)
        first, _second = add(actor, licence, b"one", b"two")
        with pytest.raises(DomainError, match="最多上传2个"):
            add(actor, licence, b"three")
        monkeypatch.setattr(receiving, "LARGEST_TOTAL", first.size * 2 + 3)
        use_cases.remove(actor, first)
        # What was taken away is kept, so it counts.
        with pytest.raises(DomainError, match="历史版本"):
            add(actor, licence, b"three")


class TestWhoMay:
    def test_nobody_past_a_lock(self, session, city, hospital, licence):
        with acting(make_actor(hospital)) as clerk:
            (scan,) = add(clerk, licence, b"one")
        superior = make_actor(city)
        with acting(superior):
            institutions.lock(superior, [hospital])
        for who in (superior, make_actor(hospital)):
            with acting(who):
                for act in (
                    lambda who=who: add(who, licence, b"two"),
                    lambda who=who: use_cases.replace(who, scan, received()),
                    lambda who=who: use_cases.remove(who, scan),
                    lambda who=who: use_cases.move(who, scan, 1),
                    lambda who=who: use_cases.reorder(who, licence, [scan.id]),
                ):
                    with pytest.raises(LockedError):
                        act()
                assert use_cases.download(who, scan) == b"one"
        session.expire_all()
        with acting(superior):
            assert current_scans(licence) == [scan]

    def test_a_lock_that_falls_while_the_file_travels(self, session, hospital, licence, actor):
        use_cases.require_may_change(actor, licence)
        # Somebody else's lock, which this session has not seen.
        table = type(hospital).__table__
        session.connection().execute(
            table.update().where(table.c.id == hospital.id).values(locked_at=utc_now())
        )
        assert not hospital.is_locked
        with pytest.raises(LockedError):
            add(actor, licence, b"one")
        assert current_scans(licence) == []

    def test_an_auditor_may_not(self, hospital, licence):
        scan = make_scan(licence)
        auditor = make_actor(hospital, role=AccountRole.AUDITOR)
        with acting(auditor):
            for act in (
                lambda: add(auditor, licence, b"one"),
                lambda: use_cases.remove(auditor, scan),
                lambda: use_cases.download(auditor, scan),
            ):
                with pytest.raises(NotAllowedError):
                    act()

    def test_the_wall(self, city, licence):
        scan = make_scan(licence)
        with acting(make_actor(make_institution(city))):
            with pytest.raises(NotFoundError):
                find(LicenceScan, scan.id)
            assert current_scans(licence) == []


class TestApproval:
    @pytest.mark.parametrize(
        "changes", [{"valid_until": dt.date(2098, 12, 1)}, {"department_codes": ("02",)}]
    )
    def test_a_corrected_licence_is_looked_at_again(self, city, hospital, changes):
        licence = make_licence(hospital)
        clerk, superior = make_actor(hospital), make_actor(city)
        with acting(superior):
            licences.set_in_use(superior, licence, seen_of(licence))
        with acting(clerk):
            licences.update(clerk, licence, replace(FORM, **changes), licence.version)
            assert waiting_of(licence)
            # The institution cannot make it unseen by taking it out of use and back.
            licences.cancel_use(clerk, licence, seen_of(licence))
            licences.set_in_use(clerk, licence, seen_of(licence))
            assert waiting_of(licence)
        with acting(superior):
            found = select(Licence.id).where(is_waiting())
            assert db.session.scalars(found).all() == [licence.id]
            licences.check_scans(superior, licence, seen_of(licence))
            assert not waiting_of(licence)
            # What the superior corrects has been seen.
            licences.update(superior, licence, FORM, licence.version)
            assert not waiting_of(licence)

    def test_later_changes_show_until_the_superior_has_looked(self, session, city, hospital):
        licence = make_licence(hospital)
        clerk, superior = make_actor(hospital), make_actor(city)
        with acting(clerk):
            (scan,) = add(clerk, licence, b"one")
            assert not waiting_of(licence)
        with acting(superior):
            licences.set_in_use(superior, licence, seen_of(licence))
            assert licence.approved_scans == licence.scans_digest
            assert not waiting_of(licence)
        with acting(clerk):
            fresh = use_cases.replace(clerk, scan, received(b"forged"))
            assert waiting_of(licence)
            # The institution cannot make it unseen by taking it out of use and back.
            licences.cancel_use(clerk, licence, seen_of(licence))
            licences.set_in_use(clerk, licence, seen_of(licence))
            assert waiting_of(licence)
            with pytest.raises(NotAllowedError):
                licences.check_scans(clerk, licence, seen_of(licence))
        with acting(superior):
            changed = session.scalars(select(Licence.id).where(is_waiting()))
            assert changed.all() == [licence.id]
            seen = seen_of(licence)
        with acting(clerk):
            use_cases.replace(clerk, fresh, received(b"once more"))
        with acting(superior):
            with pytest.raises(DomainError, match="又有更新"):
                licences.check_scans(superior, licence, seen)
            licences.check_scans(superior, licence, seen_of(licence))
            assert not waiting_of(licence)
            assert last_entry(session).tag == "licence:check"
            assert not session.scalars(select(Licence.id).where(is_waiting())).all()

    def test_scans_that_changed_since_are_not_put_to_use(self, city, hospital):
        licence = make_licence(hospital)
        clerk, superior = make_actor(hospital), make_actor(city)
        with acting(clerk):
            (scan, _other) = add(clerk, licence, b"one", b"two")
        with acting(superior):
            seen = seen_of(licence)
        with acting(clerk):
            use_cases.remove(clerk, scan)
        with acting(superior):
            with pytest.raises(DomainError, match="又有更新，请查看最新内容后再设为使用"):
                licences.set_in_use(superior, licence, seen)
            assert not licence.is_in_use
            licences.set_in_use(superior, licence, seen_of(licence))
            assert waiting_of(licence) is None

    def test_what_the_institution_puts_to_use_by_itself_waits(self, city, hospital):
        licence = make_licence(hospital)
        clerk, superior = make_actor(hospital), make_actor(city)
        with acting(clerk):
            licences.set_in_use(clerk, licence, seen_of(licence))
            # There is nothing to look at yet.
            assert waiting_of(licence) is None
            add(clerk, licence, b"one")
            assert waiting_of(licence) is Waiting.UNCHECKED
            licences.cancel_use(clerk, licence, seen_of(licence))
            licences.set_in_use(clerk, licence, seen_of(licence))
            assert waiting_of(licence) is Waiting.UNCHECKED
        with acting(superior):
            for why, found in ((None, 1), (Waiting.UNCHECKED, 1), (Waiting.CHANGED, 0)):
                rows = db.session.scalars(select(Licence.id).where(is_waiting(why))).all()
                assert len(rows) == found
            licences.check_scans(superior, licence, seen_of(licence))
            assert waiting_of(licence) is None
            assert not db.session.scalars(select(Licence.id).where(is_waiting())).all()
        with acting(clerk):
            add(clerk, licence, b"two")
            assert waiting_of(licence) is Waiting.CHANGED
        with acting(superior):
            changed = select(Licence.id).where(is_waiting(Waiting.CHANGED))
            assert db.session.scalars(changed).all() == [licence.id]

    def test_the_same_scan_again_is_no_change(self, city, hospital):
        licence = make_licence(hospital)
        with acting(make_actor(city)) as superior:
            (scan,) = add(superior, licence, b"one")
            licences.set_in_use(superior, licence, seen_of(licence))
            use_cases.replace(superior, scan, received(b"one"))
            assert not waiting_of(licence)

    def test_scans_go_with_their_licence(self, session, licence, actor):
        scan, _other = add(actor, licence, b"one", b"two")
        use_cases.replace(actor, scan, received(b"new"))
        licences.delete(actor, licence, seen_of(licence))
        assert session.scalars(select(LicenceScan.id)).all() == []
        assert files.sweep(youngest=-60).removed == 6


class TestReading:
    def test_damage_is_an_error_and_no_content(self, app, licence, actor):
        (scan,) = add(actor, licence, b"one")
        path = Path(app.config["DATA_DIR"]) / "files" / scan.storage_name[:2] / scan.storage_name
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        for act in (lambda: use_cases.download(actor, scan), lambda: reading.picture(scan, 1)):
            with pytest.raises(FileDamagedError):
                act()

    def test_another_digest_in_the_row(self, licence, actor):
        (scan,) = add(actor, licence, b"one")
        other = make_scan(licence, storage_name=files.store(b"two").name, digest=scan.digest)
        with pytest.raises(FileDamagedError):
            use_cases.download(actor, other)

    @pytest.mark.parametrize("page", [0, -1, 2, 10**9])
    def test_pages_that_are_not_there(self, licence, actor, page):
        (scan,) = add(actor, licence, b"one")
        assert reading.picture(scan, 1) == (b"one", "image/jpeg")
        with pytest.raises(NotFoundError):
            reading.picture(scan, page)
