"""Stored files: encrypted, checked when they are read, whole or not there at all."""

from __future__ import annotations

import io
import os
import stat
import time
from pathlib import Path

import pytest

from services import files
from services.files import FileDamagedError
from tests.factories.administrators import make_administrator
from tests.factories.imports import make_import_batch
from tests.factories.institutions import make_institution
from tests.factories.licences import make_licence, make_scan

DATA = b"%PDF-1.7 the licence of somebody " * 20


@pytest.fixture
def folder(app):
    return Path(app.config["DATA_DIR"]) / "files"


def all_files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


class TestStoring:
    def test_what_is_stored_comes_back(self, folder):
        stored = files.store(DATA)
        assert stored.size == len(DATA)
        assert files.load(stored.name, stored.digest) == DATA
        assert files.store(DATA).name != stored.name

    def test_it_lies_encrypted_under_a_name_of_chance_for_us_alone(self, folder):
        stored = files.store(DATA)
        (path,) = all_files(folder)
        assert path.name == stored.name
        assert stored.digest not in path.name
        assert b"licence" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_parts_stand_beside_and_go_along(self, folder):
        stored = files.store(DATA)
        files.store_part(stored.name, "thumb", b"small")
        assert files.load_part(stored.name, "thumb") == b"small"
        with pytest.raises(FileDamagedError):
            files.load_part(stored.name, "page-1")
        files.discard(stored.name)
        assert all_files(folder) == []
        files.discard(stored.name)

    @pytest.mark.parametrize(
        "name", ["", "..", "../../x", "a" * 63, "A" * 64, "a" * 64 + "/..", "\0"]
    )
    def test_no_other_name_is_looked_for(self, folder, name):
        for act in (lambda: files.load(name, ""), lambda: files.discard(name)):
            with pytest.raises(FileDamagedError):
                act()
        with pytest.raises(FileDamagedError):
            files.load_part("a" * 64, "../" + name)


class TestDamage:
    @pytest.mark.parametrize("at", [0, 5, 20, 40, -1])
    def test_a_changed_byte(self, folder, at):
        stored = files.store(DATA)
        (path,) = all_files(folder)
        raw = bytearray(path.read_bytes())
        raw[at] ^= 1
        path.write_bytes(raw)
        with pytest.raises(FileDamagedError):
            files.load(stored.name, stored.digest)

    def test_a_shortened_an_empty_and_a_missing_one(self, folder):
        stored = files.store(DATA)
        (path,) = all_files(folder)
        for kept in (path.read_bytes()[:-1], b""):
            path.write_bytes(kept)
            with pytest.raises(FileDamagedError):
                files.load(stored.name, stored.digest)
        path.unlink()
        with pytest.raises(FileDamagedError):
            files.load(stored.name, stored.digest)

    def test_a_file_in_the_place_of_another(self, folder):
        first, second = files.store(DATA), files.store(DATA)
        there, here = (folder / one.name[:2] / one.name for one in (first, second))
        here.write_bytes(there.read_bytes())
        with pytest.raises(FileDamagedError):
            files.load(second.name, second.digest)

    def test_another_digest(self, folder):
        stored = files.store(DATA)
        with pytest.raises(FileDamagedError):
            files.load(stored.name, "0" * 64)


class TestCrash:
    def test_before_the_file_has_its_name_nothing_is_left(self, folder, monkeypatch):
        def fail(_self, _target):
            raise OSError(28, "no space")

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="no space"):
            files.store(DATA)
        assert all_files(folder) == []

    def test_a_draft_of_a_process_that_was_killed_is_never_read_and_swept(self, folder):
        name = "a" * 64
        draft = folder / "aa" / f"{name}.12345678.draft"
        draft.parent.mkdir(parents=True)
        draft.write_bytes(b"half")
        with pytest.raises(FileDamagedError):
            files.load(name, files.digest_of(b"half"))
        assert files.sweep(youngest=-60).removed == 1
        assert not draft.exists()


class TestSweep:
    def test_files_without_a_row_go_when_they_are_old(self, folder):
        hospital = make_institution()
        licence = make_licence(hospital)
        kept, imported, lost = files.store(DATA), files.store(DATA), files.store(DATA)
        for one in (kept, imported, lost):
            files.store_part(one.name, "thumb", b"small")
        make_scan(licence, storage_name=kept.name)
        make_import_batch(make_administrator(hospital), storage_name=imported.name)
        assert files.sweep() == files.Sweep(0, [])
        long_ago = time.time() - files.YOUNGEST_SWEPT - 60
        for path in all_files(folder):
            os.utime(path, (long_ago, long_ago))
        assert files.sweep() == files.Sweep(2, [])
        assert {path.name[:64] for path in all_files(folder)} == {kept.name, imported.name}

    def test_rows_without_a_file_are_named(self, folder):
        scan = make_scan(make_licence(make_institution()))
        assert files.sweep().missing == [f"licence_scans.{scan.id}"]

    def test_the_command(self, app, folder):
        files.store(DATA)
        run = app.test_cli_runner().invoke
        result = run(args=["sweep-files"])
        assert (result.exit_code, result.output) == (0, "已清理 0 个无主文件。\n")
        scan = make_scan(make_licence(make_institution()))
        result = run(args=["sweep-files"])
        assert result.exit_code == 1
        assert f"licence_scans.{scan.id}" in result.output


class TestParts:
    """Long files are stored in parts, none of which can be exchanged."""

    LENGTH = 64

    @pytest.fixture(autouse=True)
    def short_parts(self, monkeypatch):
        monkeypatch.setattr(files, "_PART_LENGTH", self.LENGTH)

    @pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 128, 1000])
    def test_what_was_stored_comes_back(self, app, length):
        data = bytes(number % 251 for number in range(length))
        stored = files.store_parts(io.BytesIO(data))
        assert b"".join(files.load_parts(stored.name, stored.digest)) == data
        assert (stored.size, stored.digest) == (length, files.digest_of(data))

    def test_nothing_of_it_is_in_clear(self, app):
        stored = files.store_parts(io.BytesIO(b"420102199001011234" * 20))
        path = app.config["DATA_DIR"] / "files" / stored.name[:2] / stored.name
        assert b"4201021990" not in path.read_bytes()

    @pytest.mark.parametrize("fault", ["cut", "swapped", "left out", "changed", "of another"])
    def test_any_change_is_found(self, app, fault):
        stored = files.store_parts(io.BytesIO(b"a" * 64 + b"b" * 64 + b"c" * 64))
        other = files.store_parts(io.BytesIO(b"a" * 64 + b"b" * 64 + b"c" * 64))
        path = app.config["DATA_DIR"] / "files" / stored.name[:2] / stored.name
        parts = self.parts_of(path)
        foreign = self.parts_of(path.parent.parent / other.name[:2] / other.name)
        changed = {
            "cut": parts[:2],
            "swapped": [parts[1], parts[0], parts[2]],
            "left out": [parts[0], parts[2]],
            "changed": [parts[0], parts[1][:-1] + bytes([parts[1][-1] ^ 1]), parts[2]],
            "of another": [foreign[0], *parts[1:]],
        }[fault]
        path.write_bytes(b"".join(changed))
        with pytest.raises(files.FileDamagedError):
            b"".join(files.load_parts(stored.name, stored.digest))

    @staticmethod
    def parts_of(path):
        data, found = path.read_bytes(), []
        while data:
            length = 4 + int.from_bytes(data[:4], "big")
            found.append(data[:length])
            data = data[length:]
        return found
