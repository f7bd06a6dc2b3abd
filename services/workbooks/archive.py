"""The first look at an uploaded workbook, before anything parses it.

An ``.xlsx`` is a zip of XML parts. Here it is unpacked under caps, part by part; names are unique
and no part declares entities. What reads it afterwards gets a workbook of ours (``plain``). Every
refusal is a sentence that says how to mend the file.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Final

from services.errors import DomainError

#: The largest file that is taken, in bytes.
LARGEST_FILE: Final = 8 * 1024 * 1024
MOST_PARTS: Final = 200
LARGEST_TOTAL: Final = 50 * 1024 * 1024
#: Zips of honest sheets shrink to a tenth; only what is made to burst shrinks to a hundredth.
GREATEST_RATIO: Final = 100
#: Parts below this size may shrink as they like.
_SMALL: Final = 256 * 1024
#: Cells and rows with formats only count too: openpyxl makes an object of each.
MOST_CELLS: Final = 300_000
MOST_ROWS: Final = 100_000

_CHUNK: Final = 1024 * 1024
_ENCRYPTED_FLAG: Final = 0x1
#: The two that Excel and WPS write; others fail in ways of their own.
_COMPRESSIONS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DECLARATIONS: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING: Final = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_PLAIN_ENCODINGS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_CELL: Final = re.compile(rb"<(?:\w+:)?c[ />]")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[ />]")

AGAIN: Final = "请在 Excel 或 WPS 中打开，另存为“Excel 工作簿（*.xlsx）”后重新上传。"
NOT_A_WORKBOOK: Final = f"所选文件不是 Excel 工作簿（.xlsx）。{AGAIN}"
EMPTY_FILE: Final = "所选文件是空的，请重新选择。"
TOO_LARGE: Final = "文件超过8 MB。请删除不需要的内容，或分成几个文件上传。"
OLD_FORMAT: Final = f"不支持旧版 Excel 文件（.xls）。{AGAIN}"
ENCRYPTED: Final = "文件设有打开密码，无法读取。请取消密码（文件－信息－保护工作簿）后重新上传。"
OTHER_FORMAT: Final = f"不支持这种工作簿格式（如 .xlsb、.ods）。{AGAIN}"
MACROS: Final = f"文件含有宏，为安全起见不予接收。{AGAIN}"
DAMAGED: Final = f"文件已损坏，无法读取。{AGAIN}"
BURSTING: Final = (
    "文件解压后过大，不予接收。请只保留需要导入的工作表，将内容复制到新下载的模板中再上传。"
)
EMBEDDED: Final = "文件中嵌有其他文件或压缩包，不予接收。请删除嵌入的对象后重新上传。"
UNSAFE_XML: Final = (
    "文件中含有不安全的内容（XML 实体声明），不予接收。请将内容复制到新下载的模板中。"
)
TOO_MANY_CELLS: Final = (
    "工作表中的单元格过多（含只设了格式的空单元格）。请将内容复制到新下载的模板中再上传。"
)


@dataclass(frozen=True)
class Package:
    """An unpacked workbook: its parts by name."""

    parts: dict[str, bytes]


def unpack(data: bytes) -> Package:
    """Check an uploaded file and unpack it; raises ``DomainError`` with a sentence of its own."""
    _refuse(not data, EMPTY_FILE)
    _refuse(len(data) > LARGEST_FILE, TOO_LARGE)
    if data.startswith(_COMPOUND):
        raise DomainError(_compound_sentence(data))
    _refuse(not data.startswith(_ZIP), NOT_A_WORKBOOK)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = _read_parts(packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise DomainError(DAMAGED) from None
    _check_kind(parts)
    _check_parts(parts)
    return Package(parts)


def _refuse(condition: bool, sentence: str) -> None:  # noqa: FBT001 - a private shorthand
    if condition:
        raise DomainError(sentence)


def _compound_sentence(data: bytes) -> str:
    """Tell the two kinds of workbooks apart that are compound files, by their streams."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return ENCRYPTED
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return OLD_FORMAT
    return NOT_A_WORKBOOK


def _read_parts(packed: zipfile.ZipFile) -> dict[str, bytes]:
    infos = [info for info in packed.infolist() if not info.is_dir()]
    _refuse(len(infos) > MOST_PARTS, BURSTING)
    _refuse(any(info.flag_bits & _ENCRYPTED_FLAG for info in infos), ENCRYPTED)
    _refuse(any(info.compress_type not in _COMPRESSIONS for info in infos), DAMAGED)
    _refuse(len({info.filename.lower() for info in infos}) < len(infos), DAMAGED)
    _refuse(sum(info.file_size for info in infos) > LARGEST_TOTAL, BURSTING)
    for info in infos:
        is_bursting = info.file_size > GREATEST_RATIO * max(info.compress_size, 1)
        _refuse(info.file_size > _SMALL and is_bursting, BURSTING)
    left = LARGEST_TOTAL
    parts = {}
    for info in infos:
        parts[info.filename] = _read(packed, info, left)
        left -= len(parts[info.filename])
    return parts


def _read(packed: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    """Read one part; sizes in the zip's directory may lie, so that what comes out is counted."""
    chunks = []
    with packed.open(info) as part:
        while chunk := part.read(_CHUNK):
            left -= len(chunk)
            _refuse(left < 0, BURSTING)
            chunks.append(chunk)
    return b"".join(chunks)


def _check_kind(parts: dict[str, bytes]) -> None:
    names = {name.lower() for name in parts}
    _refuse("mimetype" in names or "xl/workbook.bin" in names, OTHER_FORMAT)
    _refuse(any(name.endswith("vbaproject.bin") for name in names), MACROS)
    _refuse("[content_types].xml" not in names or "_rels/.rels" not in names, NOT_A_WORKBOOK)


def _check_parts(parts: dict[str, bytes]) -> None:
    cells = rows = 0
    for name, data in parts.items():
        embedded = name.lower().endswith((".zip", ".xlsx", ".xls", ".doc", ".docx", ".exe"))
        _refuse(embedded or data.startswith((*_ZIP[:1], _COMPOUND)), EMBEDDED)
        _refuse(data.startswith(_UTF_16) or _is_oddly_encoded(data), UNSAFE_XML)
        _refuse(_DECLARATIONS.search(data) is not None, UNSAFE_XML)
        if b"<" in data[:4096]:
            cells += sum(1 for _ in _CELL.finditer(data))
            rows += sum(1 for _ in _ROW.finditer(data))
        _refuse(cells > MOST_CELLS or rows > MOST_ROWS, TOO_MANY_CELLS)


def _is_oddly_encoded(data: bytes) -> bool:
    found = _ENCODING.search(data[:200])
    return found is not None and found[1].decode("latin-1").lower() not in _PLAIN_ENCODINGS
