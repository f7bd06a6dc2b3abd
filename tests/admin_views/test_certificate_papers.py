"""打印证明: one or several in one paper, each on record, and the same again to the byte."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
from sqlalchemy import update

from admin_views import certificate_papers
from extensions import db
from models import CodePrint, utc_now
from services.audit import CHINA
from services.certificates import printing
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    city,
    clerk,
    count,
    entries,
    other_clerk,
    province,
    tree,
)
from tests.factories.certificates import make_certificate
from tests.factories.exam_cycles import make_exam_cycle

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/certificates/"


def pages_of(answer):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages]


def one_of(row):
    return f"{GRID}{row.id}/print.pdf"


def test_a_selection_is_one_paper_in_the_order_of_the_list(clerk):
    make_exam_cycle()
    rows = [make_certificate(clerk.actor, name=name) for name in ("甲某", "乙某")]
    db.session.commit()
    answer = clerk.act("certificates", "print", *reversed(rows))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "inline" in answer.headers["Content-Disposition"]
    assert "2%E4%BA%BA.pdf" in answer.headers["Content-Disposition"]
    second, first = pages_of(answer)
    assert "乙某" in second
    assert "甲某" in first
    # Each has pages of its own.
    assert all("第1页共1页" in "".join(text.split()) for text in (second, first))
    assert count(CodePrint) == 2
    assert {entry.object_id for entry in entries("certificate:print")} == {row.id for row in rows}


def test_printed_again_it_is_the_same_to_the_byte(clerk, city):
    make_exam_cycle()
    row = make_certificate(clerk.actor)
    db.session.commit()
    clerk.get(one_of(row))
    long_ago = utc_now() - dt.timedelta(days=30)
    with unscoped(Reason.MAINTENANCE):
        db.session.execute(update(CodePrint).values(printed_at=long_ago))
        db.session.commit()
    again = clerk.get(one_of(row)).data
    assert city.get(one_of(row)).data == again
    assert city.act("certificates", "print", row).data == again
    day = long_ago.astimezone(CHINA)
    (page,) = pages_of(city.get(one_of(row)))
    assert f"打印日期：{day.year}年{day.month}月{day.day}日" in page


def test_the_page_tells_who_printed_which_version(clerk, city):
    make_exam_cycle()
    row = make_certificate(clerk.actor)
    db.session.commit()
    assert "未打印" in clerk.get(f"{GRID}edit/?id={row.id}").text
    clerk.get(one_of(row))
    city.get(one_of(row))
    page = clerk.get(f"{GRID}edit/?id={row.id}").text.partition("提交编码记录")[2]
    assert row.submission_code in page
    assert clerk.actor.full_name in page
    # Whoever acts from above is an office to those below.
    assert city.institution.name in page
    assert city.actor.username not in page


def test_one_of_others_among_them_prints_nothing(clerk, other_clerk):
    make_exam_cycle()
    own, foreign = make_certificate(clerk.actor), make_certificate(other_clerk.actor)
    db.session.commit()
    assert clerk.act("certificates", "print", own, foreign).status_code == 404
    assert count(CodePrint) == 0
    assert entries("certificate:print") == []


def test_too_many_are_refused_in_words(clerk, monkeypatch):
    monkeypatch.setattr(printing, "MOST_AT_ONCE", 1)
    make_exam_cycle()
    rows = [make_certificate(clerk.actor) for _ in range(2)]
    db.session.commit()
    assert "一次最多打印1份" in clerk.told(clerk.act("certificates", "print", *rows))
    assert count(CodePrint) == 0


def test_what_no_font_can_draw_is_not_printed(clerk):
    make_exam_cycle()
    row = make_certificate(clerk.actor, school="\U0002ffff大学")
    db.session.commit()
    assert "U+2FFFF" in clerk.told(clerk.act("certificates", "print", row))
    assert count(CodePrint) == 0


def test_papers_are_drawn_when_others_may_write_again(clerk, monkeypatch):
    make_exam_cycle()
    row = make_certificate(clerk.actor)
    db.session.commit()
    kept = []

    def draw(papers):
        kept.append((len(papers), db.session().in_transaction()))
        return b"%PDF-"

    monkeypatch.setattr(certificate_papers, "render_certificates_pdf", draw)
    assert clerk.act("certificates", "print", row).data == b"%PDF-"
    assert clerk.get(one_of(row)).data == b"%PDF-"
    assert kept == [(1, False), (1, False)]
