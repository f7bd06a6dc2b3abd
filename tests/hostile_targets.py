"""Return targets that lead away from the platform, and where a browser goes with a location."""

from __future__ import annotations

from typing import Final

from ada_url import URL

OURS: Final = "https://shiyong.hubei.cn/login"

#: Each is refused wherever a return target is taken: it leads away, or would for some browser.
HOSTILE: Final = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "http://evil.example",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "\\\\evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "\\/\\/evil.example",
    "/admin\\@evil.example",
    "http://localhost\\@evil.example",
    "http://localhost@evil.example",
    "//localhost@evil.example",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    ".evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "/\r\nLocation: //evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x01//evil.example",
    "/ /evil.example",
    "/admin/ x",
    "/admin/\x7f",
    "/admin/\n",
    "／／evil.example",
    "\ufeff//evil.example",
    "http:\\\\evil.example",
    "//[::1]/",
    "//evil%2eexample",
    "/\x00/evil.example",
    # What browsers read as a name where Python sees a path, and the other way round.
    "https:\\\\evil.example",
    "https:/\\evil.example",
    "///\\evil.example",
    "/\\\\evil.example",
    "\\/\\evil.example",
    "/\t\\evil.example",
    "/\\\tevil.example",
    "\t/\t/\tevil.example",
    "ht\ntps://evil.example",
    "java\tscript:alert(1)",
    "\x00//evil.example",
    "\x1fhttps://evil.example",
    "\u3000//evil.example",
    "\u2028//evil.example",
    "https://evil.example\\.localhost",
    "https://localhost.evil.example",
    "https://localhost:80@evil.example",
    "https://evil.example#@localhost",
    "https://evil.example?localhost",
    "http:///////evil.example",
    "//evil.example:80/admin/",
    "//①②⑦.0.0.1",
    "//evil。example",
    "blob:https://evil.example/1",
    "vbscript:x",
    "file:///etc/passwd",
    "mailto:a@evil.example",
    "view-source:https://evil.example",
    "wss://evil.example",
    "admin/",
    "./admin/",
    "../evil.example",
    "#//evil.example",
]


def leads_away(location: str) -> bool:
    """Whether a browser leaves the platform with ``location``, read as the WHATWG says.

    What is no address at all leads nowhere.
    """
    try:
        found = URL(location, base=OURS)
    except ValueError:
        return False
    return found.origin != URL(OURS).origin
