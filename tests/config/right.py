"""An environment with which production starts."""

from __future__ import annotations

from typing import Final

PRODUCTION: Final = {
    "APP_ENV": "production",
    "SECRET_KEY": "5f1c0a9be3d7428641b7c95e02fd8a63",
    "DATA_KEY": "c84e7d12ab9056f3e1d80b7246a95fc3",
    "CODE_KEY": "09d6b3fe71a8245cb0f4e97d3c6182ab",
    "PUBLIC_URL": "https://shiyong.hubei.cn",
    "TRUSTED_PROXIES": "1",
}
