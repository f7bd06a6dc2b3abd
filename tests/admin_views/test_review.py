"""The desk and its records in the browser: one field, two keys, nothing in an address."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import event

from extensions import db
from models import AccountRole, CertificateReview, Conclusion
from services import certificates, signing
from tests.admin_views.screen_cases import cells_of, city, clerk, count, province, rows_of, tree
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "province", "tree"]
DESK, VERDICT, RECORDS = "/admin/review/", "/admin/review/verdict/", "/admin/reviews/"


@pytest.fixture
def reviewer(tree):
    return tree.worker(tree.city, full_name="何审核", role=AccountRole.REVIEWER)


@pytest.fixture
def row(clerk):
    made = make_certificate(clerk.actor, name="周晓燕")
    with acting(clerk.actor):
        certificates.mark_printed(clerk.actor, [made])
        db.session.commit()
    return made


def status_of(answer):
    return re.search(r'role="status"><strong>(.*?)</strong>', answer.text)[1]


def decide(user, row, result, note="", **more):
    values = {"code": row.submission_code, "result": result, "note": note, **more}
    return user.post(VERDICT, **values)


class TestDesk:
    def test_the_empty_desk_has_one_field(self, reviewer):
        page = reviewer.client.get(DESK).text
        assert page.count("autofocus") == 1
        assert "扫描或输入后按回车" in page
        assert reviewer.post(DESK, code=" ").status_code == 200

    def test_a_code_shows_paper_and_record(self, reviewer, row):
        answer = reviewer.post(DESK, code=row.submission_code.lower())
        assert answer.status_code == 200
        assert status_of(answer) == "有效"
        assert row.id_number in answer.text
        assert row.phone not in answer.text
        assert "没有列入花名册，未备案" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"

    def test_a_true_paper_of_somebody_who_failed_is_not_green(self, reviewer, clerk, row):
        assert "is-valid" in reviewer.post(DESK, code=row.submission_code).text
        failed = make_certificate(clerk.actor, conclusion=Conclusion.UNQUALIFIED)
        with acting(clerk.actor):
            certificates.mark_printed(clerk.actor, [failed])
            db.session.commit()
        answer = reviewer.post(DESK, code=failed.submission_code)
        assert status_of(answer) == "有效"
        assert "is-cautious" in answer.text
        assert "考核结论不是合格：不合格。" in answer.text
        public = reviewer.get(f"/verify/{failed.submission_code}").text
        assert '<p class="notice">考核结论不是合格：不合格。</p>' in public

    def test_a_code_in_the_address_is_not_looked_up(self, reviewer, row):
        answer = reviewer.get(DESK, code=row.submission_code)
        assert row.id_number not in answer.text

    def test_a_number_of_a_person_is_not_looked_up(self, reviewer, row):
        answer = reviewer.post(DESK, code=row.id_number)
        assert "像是证件号码" in answer.text
        assert row.id_number not in answer.text

    def test_wrong_characters_are_pointed_at(self, reviewer, row):
        typed = row.submission_code[:4] + "*" + row.submission_code[5:]
        answer = reviewer.post(DESK, code=typed)
        assert status_of(answer) == "编码有误"
        assert "<mark>*</mark>" in answer.text

    def test_a_code_from_elsewhere(self, tree, row):
        other = tree.worker(tree.other_city, role=AccountRole.REVIEWER)
        answer = other.post(DESK, code=row.submission_code)
        assert "不是本单位管理范围内的材料" in answer.text
        assert row.id_number not in answer.text
        assert "周晓燕" not in answer.text
        assert decide(other, row, "matches").status_code == 404

    def test_a_roster(self, reviewer, clerk, row):
        roster = make_roster(clerk.actor, [row])
        db.session.commit()
        answer = reviewer.post(DESK, code=roster.code)
        assert "这是花名册的编码" in answer.text

    def test_who_may_not(self, clerk, row):
        assert clerk.client.get(DESK).status_code == 403
        assert clerk.post(DESK, code=row.submission_code).status_code == 403
        assert clerk.client.get(RECORDS).status_code == 403

    def test_a_reviewer_sees_nothing_else(self, reviewer, row):
        for address in ("certificates", "institutions", "administrators", "rosters", "audit"):
            assert reviewer.client.get(f"/admin/{address}/").status_code == 403
        home = reviewer.client.get("/admin/").text
        assert "扫描或输入纸质材料上的提交编码" in home

    def test_a_look_up_costs_few_queries(self, app, reviewer, row):
        code = row.submission_code
        reviewer.post(DESK, code=code)
        asked = []

        def note(_c, _cursor, statement, *_more):
            asked.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            reviewer.post(DESK, code=code)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        reading = [one for one in asked if one.startswith("SELECT")]
        # With the session and the end of the trail.
        reading = [one for one in reading if "pg_advisory" not in one]
        assert len(reading) <= 8, "\n".join(reading)


class TestVerdict:
    def test_the_field_waits_for_the_next_one(self, reviewer, row):
        answer = decide(reviewer, row, "matches")
        assert (answer.status_code, answer.location) == (303, DESK)
        page = reviewer.client.get(DESK).text
        assert "已登记：周晓燕 相符" in page
        assert "今日由您审核 <strong>1</strong> 份" in page
        assert row.id_number not in page

    def test_what_is_missing_is_said_beside_the_paper(self, reviewer, row):
        answer = decide(reviewer, row, "differs")
        assert answer.status_code == 422
        assert "请填写不符的说明" in answer.text
        assert row.id_number in answer.text
        # The cursor stands where the note belongs.
        assert re.search(r'id="note"[^>]*autofocus', answer.text)
        assert count(CertificateReview) == 0

    def test_sent_twice(self, reviewer, row):
        page = reviewer.post(DESK, code=row.submission_code).text
        key = re.search(r'name="form_key" value="(\w+)"', page)[1]
        for _ in range(2):
            assert decide(reviewer, row, "matches", form_key=key).status_code == 303
        assert count(CertificateReview) == 1

    def test_a_forgery(self, reviewer, city, row):
        content = {**certificates.canonical_content(row), "id": 999}
        forged = signing.submission_code(content, exam_year=row.exam_year, version=1)
        page = reviewer.post(DESK, code=forged)
        assert status_of(page) == "不存在"
        assert 'name="result" value="forged"' in page.text
        assert 'value="matches"' not in page.text
        assert '<p class="notice"></p>' not in page.text
        values = {"code": forged, "result": "forged"}
        missing = reviewer.post(VERDICT, **values)
        assert missing.status_code == 422
        assert "请填写疑似伪造的说明" in missing.text
        assert reviewer.post(VERDICT, **values, note="机构称未出具").status_code == 303
        assert f"已登记：{forged} 疑似伪造" in reviewer.client.get(DESK).text
        listed = city.client.get(f"{RECORDS}?result=forged")
        assert rows_of(listed) == [f"{forged} 疑似伪造"]
        assert "机构称未出具" in str(cells_of(city.client.get(f"{RECORDS}export/xlsx/")))

    def test_what_is_no_verdict(self, reviewer, row):
        assert decide(reviewer, row, "perhaps").status_code == 400
        assert reviewer.post(VERDICT, result="matches").status_code == 404

    def test_the_institution_reads_it_on_its_certificate(self, reviewer, clerk, row):
        decide(reviewer, row, "differs", "公章不清")
        page = clerk.client.get(f"/admin/certificates/edit/?id={row.id}").text
        assert "公章不清" in page
        assert "现场审核" in page
        assert reviewer.actor.full_name not in page


class TestRecords:
    @pytest.fixture
    def reviewed(self, reviewer, clerk, row):
        other = make_certificate(clerk.actor, name="李二")
        decide(reviewer, row, "matches")
        decide(reviewer, other, "differs", "尚未打印")
        return reviewer

    def test_counts_and_filters(self, reviewed, city):
        page = city.client.get(RECORDS)
        assert rows_of(page) == ["李二 不符", "周晓燕 相符"]
        for words in (
            "共 <strong>2</strong> 份",
            "相符 <strong>1</strong> 份",
            "不符 <strong>1</strong> 份",
        ):
            assert words in page.text
        today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
        tomorrow = today + dt.timedelta(days=1)
        key = reviewed.actor.administrator_id
        for query, found in (
            ("result=matches", ["周晓燕 相符"]),
            (f"at_from={today}&at_to={today}", ["李二 不符", "周晓燕 相符"]),
            (f"at_from={tomorrow}", []),
            (f"reviewer={key}&result=differs", ["李二 不符"]),
            ("reviewer=999999", []),
            ("search=李二", ["李二 不符"]),
        ):
            assert rows_of(city.client.get(f"{RECORDS}?{query}")) == found, query

    def test_the_sheet_holds_what_is_listed(self, reviewed):
        answer = reviewed.client.get(f"{RECORDS}export/xlsx/?result=differs")
        rows = cells_of(answer)
        assert {"李二", "不符", "尚未打印"} <= set(map(str, rows[-1]))
        assert "周晓燕" not in str(rows)

    def test_of_superiors_only_the_office_shows(self, tree, province, city, row):
        decide(province, row, "matches")
        page = city.client.get(RECORDS).text
        assert province.actor.full_name not in page
        assert tree.province.name in page
