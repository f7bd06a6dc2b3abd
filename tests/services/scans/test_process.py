"""Cleaning in a process of its own: the same result, within limits of time and memory."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import subprocess
import sys

import pytest
from PIL import Image

from services.errors import DomainError
from services.scans import process
from services.scans.cleaning import clean
from services.scans.worker import MOST_MEMORY, MOST_SECONDS
from tests.factories import uploads


def sentence_of(data):
    with pytest.raises(DomainError) as caught:
        process.cleaned(data)
    return caught.value.message


@pytest.mark.parametrize("make", [uploads.jpeg, uploads.png, lambda: uploads.pdf(2)])
def test_the_process_gives_what_the_function_gives(make):
    data = make()
    found, expected = process.cleaned(data), clean(data)
    assert (found.scan_type, found.page_count) == (expected.scan_type, expected.page_count)
    assert found.parts == expected.parts
    assert len(found.data) == len(expected.data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空文件"),
        (b"<svg/>", "不是这三种格式"),
        (uploads.png_flood(), "尺寸过大"),
        (uploads.jpeg(uploads.picture((20, 10))), "短边不足400像素"),
        (uploads.encrypted_pdf(user="x"), "密码"),
        (uploads.pdf(31), "超过30页"),
        (uploads.jpeg()[:300], "已损坏"),
        (b"\xff\xd8\xff" + bytes(process.LARGEST_FILE), "超过10MB"),
    ],
)
def test_a_refusal_says_what_to_do(data, words):
    assert words in sentence_of(data)


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("bytearray(2 * 1024**3)", "MemoryError"),
        ("open(path, 'wb').write(b'x') and None; open(path, 'wb', 0).write(b'x')", "OSError"),
        ("[open('/dev/null') for _ in range(99)]", "OSError"),
    ],
)
def test_the_process_has_limits(tmp_path, attempt, error):
    done = run_python(
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"path = {str(tmp_path / 'x')!r};"
        f"from services.scans import worker; worker.limit_oneself(); {attempt}"
    )
    assert done.returncode == 1
    assert error in done.stderr


def test_a_bomb_stays_within_them():
    """D02 and D04: what unpacks to gigabytes costs its process little time and memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with contextlib.suppress(DomainError):
        process.cleaned(uploads.pdf_bomb())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < MOST_SECONDS
    assert after.ru_maxrss * 1024 < MOST_MEMORY


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(1)",
        "print('{}')",
        "print('nonsense')",
        'print(\'{"scan_type": "jpeg", "page_count": 1, "size": 99, "parts": {}}\')',
        "import os; os.abort()",
    ],
)
def test_whatever_the_process_dies_of_or_says(monkeypatch, tmp_path, program):
    _replace_worker(monkeypatch, tmp_path, program)
    assert sentence_of(b"x") == process.SENTENCES["too_heavy"]


def test_it_is_given_up_when_it_takes_too_long(monkeypatch, tmp_path):
    _replace_worker(monkeypatch, tmp_path, "import signal; signal.pause()")
    monkeypatch.setattr(process, "_PATIENCE", 0.3)
    assert sentence_of(b"x") == process.SENTENCES["too_heavy"]


def test_it_is_told_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_KEY", "k" * 40)
    program = "import os, json; print(json.dumps({'reason': ' '.join(os.environ)}))"
    _replace_worker(monkeypatch, tmp_path, program)
    monkeypatch.setattr(process, "unfit", DomainError)
    told = sentence_of(b"x").split()
    assert "DATA_KEY" in os.environ
    assert not {name for name in told if "KEY" in name or "SECRET" in name or "URL" in name}


def test_what_it_loads_is_not_the_platform():
    code = (
        "import sys, services.scans.worker as w;"
        "print([m for m in ('flask','sqlalchemy','models','extensions') if m in sys.modules])"
    )
    done = run_python(code)
    assert done.stdout.strip() == "[]"


def test_a_large_scan_fits_into_the_limits():
    out = io.BytesIO()
    Image.linear_gradient("L").resize((5000, 7000)).convert("RGBA").save(out, "PNG")
    assert max(Image.open(io.BytesIO(process.cleaned(out.getvalue()).data)).size) == 3600


def _replace_worker(monkeypatch, tmp_path, program):
    folder = tmp_path / "services" / "scans"
    folder.mkdir(parents=True)
    (tmp_path / "services" / "__init__.py").touch()
    (folder / "__init__.py").touch()
    (folder / "worker.py").write_text(f"import sys; sys.stdin.buffer.read()\n{program}\n")
    monkeypatch.setattr(process, "_ROOT", tmp_path)


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=process._ROOT
    )
