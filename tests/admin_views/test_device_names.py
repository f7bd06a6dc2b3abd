from __future__ import annotations

import pytest

from admin_views.device_names import UNKNOWN, device_name

EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (EDGE, "Windows 10 上的 Edge 126"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Linux 上的 Firefox 128",
        ),
        ("", UNKNOWN),
        ("<script>alert(1)</script>", UNKNOWN),
        ("x" * 200, UNKNOWN),
    ],
)
def test_what_browsers_call_themselves(agent, name):
    assert device_name(agent) == name
