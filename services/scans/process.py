"""Having uploaded files cleaned by a process of their own, a few at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

from services.errors import DomainError
from services.scans.cleaned import LONGEST_SIDE, MOST_PAGES, MOST_PIXELS, SHORTEST_SIDE, Cleaned

#: Bytes of one uploaded file: a colour scan of A4 at 300 dots per inch has two to five million.
LARGEST_FILE: Final = 10 * 1024 * 1024
#: Seconds after which a file is given up, whatever its process waits for.
_PATIENCE: Final = 40
#: Files that one process of the server has cleaned at the same time; each takes memory.
_AT_ONCE: Final = 2
_ROOT: Final = Path(__file__).resolve().parents[2]
_turns = BoundedSemaphore(_AT_ONCE)

SENTENCES: Final = {
    "empty": "这是一个空文件，请重新选择。",
    "too_large": f"文件超过{LARGEST_FILE // 1024 // 1024}MB。扫描件请用300dpi重新扫描；"
    "手机照片请在相机设置中调低像素后重拍。",
    "unknown_type": "只能上传JPEG、PNG图片或PDF文件；该文件的内容不是这三种格式"
    "（仅修改扩展名无效），请另存为JPEG后重新上传。",
    "heic": "这是苹果手机的HEIC照片，电脑上多不能显示。请在手机“设置—相机—格式”中选择“兼容性最佳”"
    "后重拍，或对着照片截屏，再上传。",
    "broken_image": "图片已损坏或不完整，请重新扫描或拍照后上传。",
    "too_many_pixels": f"图片尺寸过大（超过{MOST_PIXELS // 10000}万像素），"
    f"请将长边缩小到{LONGEST_SIDE}像素左右后重新上传。",
    "too_small": f"图片太小（短边不足{SHORTEST_SIDE}像素），看不清内容；"
    "请用300dpi重新扫描，或上传手机拍摄的原图。",
    "blank": "图片或页面几乎是空白的，看不到内容；请检查扫描方向后重新扫描。",
    "broken_pdf": "PDF文件已损坏或不完整，请重新扫描，或将每页另存为图片后上传。",
    "encrypted": "PDF文件有密码或权限保护，无法读取；请去除保护，或将每页另存为图片后上传。",
    "too_many_pages": f"PDF文件超过{MOST_PAGES}页，请只保留需要的各页，或分成几个文件上传。",
    "too_heavy": "该文件过于复杂，无法处理；请重新扫描，或将每页另存为图片后上传。",
}


def cleaned(data: bytes) -> Cleaned:
    """Return the clean form of an uploaded file; takes up to some seconds.

    Hold no lock of the database meanwhile. Raises ``DomainError`` with what to do about the file.
    """
    if len(data) > LARGEST_FILE:
        raise unfit("too_large")
    with _turns:
        answer = _run(data)
    line, _, bodies = answer.partition(b"\n")
    try:
        head: dict[str, Any] = json.loads(line)
        if "reason" in head:
            raise unfit(str(head["reason"]))
        return _read(head, bodies)
    except (ValueError, KeyError, TypeError, AttributeError):
        # It died of its limits while it answered, or before.
        raise unfit("too_heavy") from None


def unfit(reason: str) -> DomainError:
    """Return the error that tells the user why a file is not taken."""
    return DomainError(SENTENCES.get(reason, SENTENCES["too_heavy"]), field="files")


def _run(data: bytes) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "services.scans.worker"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
            cwd=_ROOT,
            # No keys, no addresses; one thread, since threads count as memory.
            env={"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 else b""


def _read(head: dict[str, Any], bodies: bytes) -> Cleaned:
    sizes = {"": int(head["size"]), **{str(k): int(v) for k, v in head["parts"].items()}}
    if sum(sizes.values()) != len(bodies):
        raise ValueError("the answer is cut off")
    found: dict[str, bytes] = {}
    at = 0
    for name, size in sizes.items():
        found[name] = bodies[at : at + size]
        at += size
    data = found.pop("")
    return Cleaned(str(head["scan_type"]), data, int(head["page_count"]), found)
