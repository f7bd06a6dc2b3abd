"""What is kept of the name that a user gave a file."""

from __future__ import annotations

import pytest

from services.file_names import visible


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("机构导入表.xlsx", "机构导入表.xlsx"),
        ("C:\\fakepath\\机构.xlsx", "机构.xlsx"),
        ("机\u202e构\x07.xlsx", "机构.xlsx"),
        ("2017-12-31至2018-01-31.xlsx", "2017-12-31至2018-01-31.xlsx"),
        ("20171231_20180131.xlsx", "20171231_20180131.xlsx"),
        ("周某420106199001011234.jpg", "周某….jpg"),
        ("周某42010619900101123X.jpg", "周某….jpg"),
        ("周某420106 19900101 123x.jpg", "周某….jpg"),
        ("周某420106900101123.jpg", "周某….jpg"),
        ("42010619900101\u200b1234.jpg", "….jpg"),
        ("周某４２０１０６１９９００１０１１２３４.jpg", "周某….jpg"),
        ("13800138000周某.jpg", "…周某.jpg"),
        ("周某138-0013-8000.jpg", "周某….jpg"),
        ("周某+8613800138000.jpg", "周某+….jpg"),
        ("周某138 0013 8000_420106199001011234.jpg", "周某…_….jpg"),
    ],
)
def test_numbers_of_people_are_masked(sent, kept):
    assert visible(sent) == kept
