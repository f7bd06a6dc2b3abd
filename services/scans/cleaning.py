"""Making of an uploaded file one that holds nothing but what it shows.

What a file is, its content says and never its name. Images are decoded and encoded anew, so that
neither metadata nor anything appended survives; of a PDF only pages go into a new document, without
scripts, actions, attachments, forms or annotations. Every page is drawn as a picture, so that a
browser is never given the PDF itself to show.

Runs in the process of ``worker`` and knows nothing of the platform.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING, Any, Final

import pikepdf
import pypdfium2
from pikepdf.sanitize import Sanitizer
from PIL import Image, ImageOps

from services.scans.cleaned import (
    LONGEST_SIDE,
    LONGEST_THUMBNAIL,
    MOST_PAGES,
    MOST_PIXELS,
    SHORTEST_SIDE,
    Cleaned,
    UnfitFileError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The longer side of the picture of a PDF's page: A4 at 170 dots per inch.
LONGEST_PAGE: Final = 2000
_JPEG: Final = {"format": "JPEG", "quality": 88}
_PAGE_JPEG: Final = {"format": "JPEG", "quality": 82}
_SMALL_JPEG: Final = {"format": "JPEG", "quality": 78}
#: Levels of grey, of 256, that still count as paper, and the least share of dots beyond them.
_NEAR_PAPER: Final = 32
_LEAST_WRITING: Final = 0.0005
#: The first bytes of the types that are taken; nothing may stand before those of an image.
_IMAGES: Final = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png"}
_PDF: Final = b"%PDF-"
#: What some scanners write before a PDF; it is not carried over.
_BEFORE_A_PDF: Final = b"\xef\xbb\xbf \t\r\n\0"
#: Where the kind of an ISO media file stands, and the kinds that are photos of telephones.
_KIND_PLACE: Final = slice(4, 12)
_HEIC: Final = frozenset({b"ftyphei" + c for c in (b"c", b"x", b"m", b"s")} | {b"ftypmif1"})
#: What Pillow raises for images that are not what they claim.
_IMAGE_ERRORS: Final = (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error)
#: All that a page needs to be drawn.
_OF_A_PAGE: Final = frozenset(
    {
        *("/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit"),
        *("/Resources", "/Contents", "/Group"),
    }
)
#: What points out of a stream, or stands beside what it shows.
_NOT_OF_A_STREAM: Final = frozenset(
    {
        *("/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI", "/Alternates", "/PS"),
        *("/Metadata", "/PieceInfo", "/AF", "/LastModified", "/StructParent", "/StructParents"),
    }
)
_ACTIVE_TYPES: Final = frozenset({"/Action", "/Filespec", "/F", "/EmbeddedFile", "/Annot"})
_ACTIVE_KEYS: Final = frozenset({"/JS", "/EF", "/URI"})
_OF_A_STREAM: Final = frozenset({"/Length", "/Filter", "/DecodeParms"})
_DEEPEST: Final = 40


def clean(data: bytes) -> Cleaned:
    """Return the clean form of an uploaded file. Raises ``UnfitFileError``."""
    if not data:
        raise UnfitFileError("empty")
    if data[_KIND_PLACE] in _HEIC:
        raise UnfitFileError("heic")
    kind = next((kind for head, kind in _IMAGES.items() if data.startswith(head)), None)
    if kind is not None:
        return _clean_image(data, kind)
    document = data.lstrip(_BEFORE_A_PDF)
    if not document.startswith(_PDF):
        raise UnfitFileError("unknown_type")
    return _clean_pdf(document)


def _clean_image(data: bytes, kind: str) -> Cleaned:
    try:
        with warnings.catch_warnings():
            # Pillow warns of too many pixels, and of damage that it can live with.
            warnings.simplefilter("ignore")
            picture = _decoded(data, kind)
    except Image.DecompressionBombError:
        raise UnfitFileError("too_many_pixels") from None
    except _IMAGE_ERRORS:
        raise UnfitFileError("broken_image") from None
    if min(picture.size) < SHORTEST_SIDE:
        raise UnfitFileError("too_small")
    if _is_blank(picture):
        raise UnfitFileError("blank")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    options = _JPEG if kind == "jpeg" else {"format": "PNG"}
    return Cleaned(kind, _encoded(picture, options), 1, {"thumb": _thumbnail(picture)})


def _decoded(data: bytes, kind: str) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=[kind.upper()]) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise UnfitFileError("too_many_pixels")
        image.load()
        picture: Image.Image = image
        try:
            picture = ImageOps.exif_transpose(image)
        except _IMAGE_ERRORS:
            # An unreadable note of the camera about how it was held.
            picture = image.copy()
        return _flat(picture)


def _flat(image: Image.Image) -> Image.Image:
    """Return an image of grey or coloured dots without transparency, metadata or palette."""
    if image.mode.startswith(("I", "F")):
        # Grey of 16 bits.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    # Pillow writes some of what stands here into the new file.
    image.info = {}
    return image


def _is_blank(picture: Image.Image) -> bool:
    """Whether hardly any dot differs from the paper: a speck of dust is no writing."""
    small = picture.convert("L")
    small.thumbnail((LONGEST_THUMBNAIL, LONGEST_THUMBNAIL))
    levels = small.histogram()
    paper = levels.index(max(levels))
    alike = sum(levels[max(0, paper - _NEAR_PAPER) : paper + _NEAR_PAPER + 1])
    return sum(levels) - alike < _LEAST_WRITING * sum(levels)


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((LONGEST_THUMBNAIL, LONGEST_THUMBNAIL))
    return _encoded(small, _SMALL_JPEG)


def _encoded(picture: Image.Image, options: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    picture.save(out, **options)
    return out.getvalue()


def _clean_pdf(data: bytes) -> Cleaned:
    try:
        # What is damaged is refused: a mended document may have lost a page without a word.
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise UnfitFileError("encrypted")
            count = len(pdf.pages)
            if count > MOST_PAGES:
                raise UnfitFileError("too_many_pages")
            if count == 0:
                raise UnfitFileError("broken_pdf")
            cleaned = _rewritten(pdf)
        parts: dict[str, bytes] = {}
        is_blank = True
        for number, picture in enumerate(_drawn(cleaned), start=1):
            is_blank = is_blank and _is_blank(picture)
            if number == 1:
                parts["thumb"] = _thumbnail(picture)
            parts[f"page-{number}"] = _encoded(picture, _PAGE_JPEG)
    except pikepdf.PasswordError:
        raise UnfitFileError("encrypted") from None
    except (pikepdf.PdfError, pypdfium2.PdfiumError, *_IMAGE_ERRORS, RuntimeError):
        raise UnfitFileError("broken_pdf") from None
    if len(parts) != count + 1:
        raise UnfitFileError("broken_pdf")
    if is_blank:
        # The back of a page may be; all of them are a sheet that was put in upside down.
        raise UnfitFileError("blank")
    return Cleaned("pdf", cleaned, count, parts)


def _rewritten(pdf: pikepdf.Pdf) -> bytes:
    """Return a new document of the pages alone: whatever else there was is not carried over."""
    # The library's own removal first: it knows chains of actions better than we do.
    Sanitizer().remove_javascript().remove_external_access().remove_attachments().apply(pdf)
    fresh = pikepdf.new()
    for page in pdf.pages:
        fresh.pages.append(page)
    for page in fresh.pages:
        for key in set(page.obj.keys()) - _OF_A_PAGE:
            del page.obj[key]
    for thing in fresh.objects:
        _disarm(thing, 0)
    out = io.BytesIO()
    fresh.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _disarm(thing: Any, depth: int) -> None:
    """Empty actions, file references and annotations wherever they hang; cut what points out."""
    if depth > _DEEPEST:
        raise UnfitFileError("broken_pdf")
    if isinstance(thing, pikepdf.Stream):
        _cut(thing)
    children: list[Any] = []
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        keys = set(thing.keys())
        if str(thing.get("/Type")) in _ACTIVE_TYPES or keys & _ACTIVE_KEYS:
            for key in keys - _OF_A_STREAM:
                del thing[key]
        children = [thing[key] for key in set(thing.keys())]
    elif isinstance(thing, pikepdf.Array):
        children = list(thing)
    for child in children:
        # What has a number of its own is visited by that.
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            _disarm(child, depth + 1)


def _cut(stream: Any) -> None:
    for key in _NOT_OF_A_STREAM & set(stream.keys()):
        del stream[key]
    if "/PS" in {str(stream.get("/Subtype")), str(stream.get("/Subtype2"))}:
        # A program for printers.
        stream.write(b"")


def _drawn(pdf: bytes) -> Iterator[Image.Image]:
    """Yield each page as a picture, annotations left out."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number in range(len(document)):
            page = document[number]
            width, height = page.get_size()
            longest = max(width, height)
            # A page thinner than a thread has no picture.
            if longest <= 0 or min(width, height) * LONGEST_PAGE < longest:
                raise UnfitFileError("broken_pdf")
            bitmap = page.render(
                scale=LONGEST_PAGE / longest, may_draw_forms=False, draw_annots=False
            )
            yield _flat(bitmap.to_pil())
            bitmap.close()
            page.close()
    finally:
        document.close()
