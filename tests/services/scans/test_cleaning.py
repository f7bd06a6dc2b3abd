"""Hostile and honest uploads: what is taken shows what it showed and holds nothing else.

D01 to D04 are the attacks of the security bar under these numbers.
"""

from __future__ import annotations

import io

import pikepdf
import pypdf
import pytest
from PIL import Image, ImageDraw

from services.scans.cleaned import LONGEST_SIDE, MOST_PAGES, UnfitFileError
from services.scans.cleaning import clean
from tests.factories import uploads

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>'
#: What is black in the modes in which it is not 0.
BLACK = {"RGBA": (0, 0, 0, 255), "LA": (0, 255)}
#: Texts of the armed document that must be gone.
WEAPONS = (
    *(b"JavaScript", b"app.alert", b"OpenAction", b"/AA", b"Launch", b"cmd.exe", b"evil"),
    *(b"URI", b"GoToR", b"EmbeddedFile", b"Filespec", b"XFA", b"AcroForm", b"Annot"),
    *(b"Author", b"Zhang", b"PieceInfo", b"hidden note", b"attached program"),
)


def reason_of(data):
    with pytest.raises(UnfitFileError) as caught:
        clean(data)
    return caught.value.reason


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def unpacked(data):
    """Return all that a PDF holds, streams unpacked."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(
            out,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,
        )
    return out.getvalue()


class TestTypes:
    """D01: other types under the name of a picture, and files that are several types at once."""

    @pytest.mark.parametrize(
        "data",
        [
            SVG,
            b"<!doctype html>" + uploads.SCRIPT,
            b"GIF89a=1;/*" + b"\0" * 40 + b"*/alert(1)",
            uploads.zipped(),
            b"BM" + bytes(100),
            b"II*\0" + bytes(100),
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"MZ" + bytes(100),
            b"#!/bin/sh\n",
            b"AddType application/x-httpd-php .jpg\n",
            b"\x07%PDF-1.4",
            b"alert(1)//%PDF-1.4",
            b"\xff\xd8",
            b"\x89PNG",
        ],
    )
    def test_other_types_whatever_they_are_called(self, data):
        assert reason_of(data) == "unknown_type"

    def test_nothing(self):
        assert reason_of(b"") == "empty"

    @pytest.mark.parametrize("kind", [b"heic", b"heix", b"mif1"])
    def test_photos_that_only_telephones_show(self, kind):
        assert reason_of(b"\0\0\0\x18ftyp" + kind + bytes(100)) == "heic"

    @pytest.mark.parametrize("head", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"])
    @pytest.mark.parametrize("rest", [b"", uploads.SCRIPT * 20, SVG, bytes(5000)])
    def test_a_right_beginning_is_not_enough(self, head, rest):
        assert reason_of(head + rest) == "broken_image"

    @pytest.mark.parametrize("rest", [b"", b"1.4\n" + uploads.SCRIPT, b"1.7\n%%EOF", bytes(500)])
    def test_nor_is_it_for_a_pdf(self, rest):
        assert reason_of(b"%PDF-" + rest) == "broken_pdf"


class TestImages:
    @pytest.mark.parametrize(
        "tail",
        [
            uploads.SCRIPT,
            uploads.zipped(),
            b"<?php evil(); ?>",
            b"<?php __HALT_COMPILER(); ?>\r\nphar",
            b"%PDF-1.7\n/OpenAction",
        ],
        ids=["html", "zip", "php", "phar", "pdf"],
    )
    @pytest.mark.parametrize("make", [uploads.jpeg, uploads.png])
    def test_what_was_appended_is_gone(self, make, tail):
        """D01: a right picture that is an archive, a program or a document as well."""
        cleaned = clean(make() + tail)
        assert tail not in cleaned.data
        assert b"PK\x03\x04" not in cleaned.data
        assert opened(cleaned.data).size == (420, 630)

    def test_a_script_in_a_comment_is_gone(self):
        """D01: a picture that is a script as well."""
        cleaned = clean(uploads.jpeg(comment=uploads.SCRIPT))
        assert b"script" not in cleaned.data

    def test_metadata_are_gone_and_the_picture_stands_upright(self):
        """D03."""
        given = uploads.jpeg_of_a_phone()
        assert b"PhoneMaker" in given
        cleaned = clean(given)
        image = opened(cleaned.data)
        for secret in (b"Exif", b"PhoneMaker", b"Zhang", b"secret", b"ICC_PROFILE", b"GPS"):
            assert secret not in cleaned.data
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        # The black corner was at the top left of a picture that lay on its side.
        assert image.size == (420, 630)
        assert image.getpixel((400, 20))[0] < 80
        assert image.getpixel((20, 20))[0] > 180

    def test_texts_of_a_png_are_gone(self):
        given = uploads.png_with_text()
        assert b"Zhang" in given
        cleaned = clean(given)
        assert b"Zhang" not in cleaned.data
        assert b"tEXt" not in cleaned.data

    def test_a_text_of_a_png_that_unpacks_to_a_flood(self):
        assert reason_of(uploads.png_with_text(50_000_000)) == "broken_image"

    @pytest.mark.parametrize(
        ("mode", "color"),
        [
            ("1", 1),
            ("L", 255),
            ("LA", (255, 255)),
            ("P", 255),
            ("RGBA", (255, 255, 255, 0)),
            ("I;16", 65535),
        ],
    )
    def test_every_kind_of_dots(self, mode, color):
        if mode == "P":
            image = uploads.picture((400, 400)).convert(mode)
        else:
            image = Image.new(mode, (400, 400), color)
            image.paste(Image.new(mode, (99, 99), BLACK.get(mode, 0)))
        cleaned = clean(uploads.png(image))
        kept = opened(cleaned.data)
        assert kept.mode in {"L", "RGB"}
        dot = kept.getpixel((200, 200))
        assert dot in {255, (255, 255, 255)} or mode == "P"
        assert opened(cleaned.parts["thumb"]).format == "JPEG"

    def test_inks_of_a_printer(self):
        given = uploads.jpeg(uploads.picture((400, 400)).convert("CMYK"))
        assert opened(clean(given).data).mode == "RGB"

    def test_large_ones_are_made_smaller(self):
        cleaned = clean(uploads.jpeg(uploads.picture((5000, 2500), "L", 255)))
        assert opened(cleaned.data).size == (LONGEST_SIDE, LONGEST_SIDE // 2)
        assert max(opened(cleaned.parts["thumb"]).size) == 320

    @pytest.mark.parametrize("size", [(20, 10), (399, 4000), (4000, 399)])
    def test_what_is_too_small_to_be_read(self, size):
        assert reason_of(uploads.jpeg(uploads.picture(size))) == "too_small"
        assert clean(uploads.jpeg(uploads.picture((400, 400)))).page_count == 1

    @pytest.mark.parametrize("color", ["white", "#f4f0e6", "black"])
    def test_a_sheet_that_shows_nothing(self, color):
        sheet = Image.new("RGB", (1000, 1400), color)
        sheet.paste("grey", (500, 700, 506, 706))
        assert reason_of(uploads.jpeg(sheet)) == "blank"
        # A number of a page is little, and something.
        ImageDraw.Draw(sheet).text((100, 100), "44162684242010211A1001", "#888", font_size=40)
        assert clean(uploads.jpeg(sheet)).scan_type == "jpeg"

    @pytest.mark.parametrize("side", [30_000, 11_000, 6_400, 2**31 - 1])
    def test_a_flood_of_dots_is_refused_before_it_is_unpacked(self, side):
        """D02: a small file that unpacks to hundreds of millions of dots."""
        assert reason_of(uploads.png_flood(side=min(side, 60_000))) == "too_many_pixels"

    @pytest.mark.parametrize("make", [uploads.jpeg, uploads.png])
    def test_cut_off_files(self, make):
        whole = make(uploads.picture((400, 400)))
        for part in (2, 3, 10):
            assert reason_of(whole[: len(whole) // part]) in {"broken_image", "unknown_type"}

    def test_the_same_picture_gives_the_same_file(self):
        assert clean(uploads.jpeg()).data == clean(uploads.jpeg()).data


class TestDocuments:
    """D04: documents that act, hide something, are protected, endless or in a circle."""

    def test_pages_are_kept_and_drawn(self):
        cleaned = clean(uploads.pdf(3))
        assert (cleaned.scan_type, cleaned.page_count) == ("pdf", 3)
        assert list(cleaned.parts) == ["thumb", "page-1", "page-2", "page-3"]
        page = opened(cleaned.parts["page-2"])
        assert page.format == "JPEG"
        assert max(page.size) == 2000
        assert page.getpixel((200, 1800)) != page.getpixel((1200, 100))
        assert len(pypdf.PdfReader(io.BytesIO(cleaned.data)).pages) == 3

    def test_nothing_acts_points_out_or_hides(self):
        given = uploads.armed_pdf()
        before = unpacked(given)
        assert all(weapon in before or weapon in given for weapon in WEAPONS)
        cleaned = clean(given)
        after = unpacked(cleaned.data)
        for weapon in WEAPONS:
            assert weapon not in after, weapon
            assert weapon not in cleaned.data, weapon
        assert cleaned.page_count == 2

    @pytest.mark.parametrize("head", [b"\xef\xbb\xbf", b"\r\n", b"\0" * 20])
    def test_blanks_of_a_scanner_in_front_are_dropped(self, head):
        cleaned = clean(head + uploads.pdf(2))
        assert (cleaned.page_count, cleaned.data[:5]) == (2, b"%PDF-")

    def test_a_script_in_front_or_behind_is_gone(self):
        assert b"script" not in clean(uploads.pdf() + uploads.SCRIPT).data
        assert b"PK\x03\x04" not in clean(uploads.pdf() + uploads.zipped()).data

    @pytest.mark.parametrize("user", ["", "open sesame"])
    def test_protected_ones(self, user):
        assert reason_of(uploads.encrypted_pdf(user=user)) == "encrypted"

    def test_too_many_pages(self):
        assert clean(uploads.pdf(MOST_PAGES)).page_count == MOST_PAGES
        assert reason_of(uploads.pdf(MOST_PAGES + 1)) == "too_many_pages"
        assert reason_of(uploads.pdf_of_many_pages()) in {"too_many_pages", "broken_pdf"}

    def test_loops(self):
        assert reason_of(uploads.pdf_with_looping_pages()) == "broken_pdf"
        assert reason_of(uploads.pdf_with_looping_xref()) == "broken_pdf"

    def test_blank_backs_are_taken_and_nothing_but_blank_ones_not(self):
        blank = pikepdf.open(io.BytesIO(uploads.pdf(2)))
        blank.pages[1].Contents = pikepdf.Stream(blank, b"")
        out = io.BytesIO()
        blank.save(out)
        assert clean(out.getvalue()).page_count == 2
        del blank.pages[0]
        out = io.BytesIO()
        blank.save(out)
        assert reason_of(out.getvalue()) == "blank"

    def test_no_page(self):
        assert reason_of(uploads.pdf(0)) == "broken_pdf"

    def test_cut_off_files(self):
        whole = uploads.pdf(2)
        for part in range(1, 9):
            assert reason_of(whole[: len(whole) * part // 10]) == "broken_pdf"

    def test_what_is_cleaned_is_clean_and_stays_so(self):
        once = clean(uploads.armed_pdf())
        twice = clean(once.data)
        assert twice.page_count == once.page_count
        assert twice.parts == once.parts
