"""Names of uploaded files, harmless whatever was sent (D01 of the security bar)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ScanType
from services.scans.names import harmless


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("正本.jpg", "正本.jpg"),
        ("正本.JPEG", "正本.jpg"),
        ("licence.php.jpg", "licence_php.jpg"),
        ("licence.jpg.exe", "licence_jpg.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\fakepath\\正本.png", "正本.jpg"),
        ("．．／正本.jpg", "正本.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("NUL.jpg", "证照NUL.jpg"),
        ("com1", "证照com1.jpg"),
        ("a\0b.jpg", "ab.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie x.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("", "证照.jpg"),
        ("...", "证照.jpg"),
        ("/", "证照.jpg"),
        ("张三422222199001011234.jpg", "张三….jpg"),
        ('张三4222221990"01011234.jpg', "张三….jpg"),
        ("甲" * 300 + ".jpg", "甲" * 100 + ".jpg"),
    ],
)
def test_examples(sent, kept):
    assert harmless(sent, ScanType.JPEG) == kept


@given(st.text(max_size=400))
def test_whatever_it_is(name):
    kept = harmless(name, ScanType.PDF)
    assert kept.endswith(".pdf")
    assert kept.count(".") == 1
    assert 5 <= len(kept) <= 120
    assert not set(kept) & set('/\\\0:*?"<>|\r\n')
