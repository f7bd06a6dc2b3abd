from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from extensions import db
from models import Conclusion, RosterState, TrialCertificate
from services import certificates
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    cells_of,
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    text_of,
    tree,
)
from tests.factories.actors import acting
from tests.factories.certificates import make_certificate, make_id_number, period_input
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/certificates/"
NEW = "/admin/certificates/new/"


def edit(row):
    return f"{GRID}edit/?id={row.id}"


def test_a_roster_that_names_the_person_is_told_before_and_after(clerk, tree):
    row = make_certificate(clerk.actor)
    make_roster(clerk.actor, [row], state=RosterState.PRINTED)
    db.session.commit()
    name = f"{row.exam_year}年第1批花名册（已打印）"
    assert f"该人员已列入{name}" in clerk.get(edit(row)).text
    unchanged = clerk.told(clerk.submit(edit(row), phone="13900139000"))
    assert "已过期" not in unchanged
    changed = clerk.told(clerk.submit(edit(row), school="华中科技大学"))
    assert f"{name}中该人员的信息已过期" in changed
    assert "该人员已列入" not in clerk.get(edit(row)).text


def test_what_was_handed_in_cannot_be_deleted_at_the_button(clerk, tree):
    open_one, closed = make_certificate(clerk.actor), make_certificate(clerk.actor)
    make_roster(clerk.actor, [closed], state=RosterState.SUBMITTED)
    db.session.commit()
    page = clerk.get(GRID).text
    acts = {
        key: 'data-acts="print"' in line
        for key in (open_one.id, closed.id)
        for line in page.splitlines()
        if f'data-key="{key}"' in line
    }
    assert acts == {open_one.id: False, closed.id: True}


def test_a_bureau_prints_from_the_list(city, clerk):
    row = make_certificate(clerk.actor)
    db.session.commit()
    (line,) = [one for one in city.get(GRID).text.splitlines() if f'data-key="{row.id}"' in one]
    # The script lets a button act on the rows that name its act, and no others.
    assert 'data-acts="print"' in line
    assert city.act("certificates", "print", row).mimetype == "application/pdf"


def test_a_conflict_tells_names_and_no_keys(clerk):
    place = clerk.institution.name
    row = make_certificate(clerk.actor, periods=(period_input(place_name=place),))
    fields = clerk.fields(edit(row))
    assert fields["periods-0-place_id"] == str(clerk.institution.id)
    clerk.submit(edit(row), school="华中科技大学")
    answer = clerk.post(edit(row), **{**fields, "periods-0-department": "后填的科室"})
    assert answer.status_code == 409
    assert re.search(f"<td>{place}，后填的科室，", answer.text)
    assert not re.search(r"[>；]\d+，", answer.text)


def test_a_year_that_is_none_is_answered_in_our_words(clerk):
    complete(clerk.institution)
    db.session.commit()
    answer = clerk.post(NEW, **person(exam_year="9" * 20))
    assert answer.status_code == 422
    assert "无法转化" not in answer.text


def paper(row):
    return f"{GRID}{row.id}/print.pdf"


def person(**values):
    """Return what a clerk types for a person who keeps every rule."""
    return {
        "certificate_type": "trial",
        "name": "周晓燕",
        "id_number": make_id_number(),
        "gender_code": "",
        "born_on": "",
        "ethnic_group_code": "01",
        "education_code": "21",
        "school": "武汉大学",
        "major": "临床医学",
        "graduated_on": "2013-06-30",
        "phone": "13800138000",
        "exam_category_code": "110",
        "conclusion": "qualified",
        "periods-0-department": "内科",
        "periods-0-started_on": "2016-09-01",
        "periods-0-ended_on": "2017-08-31",
        "periods-0-mentor_name": "蒋建国",
        "periods-0-mentor_practice_certificate_number": "110420102000001",
        "periods-0-content": "内科常见病的诊治",
        **values,
    }


@pytest.fixture(autouse=True)
def cycle(tree):
    complete(tree.hospital)
    return make_exam_cycle()


def stored():
    with unscoped(Reason.MAINTENANCE):
        return db.session.scalars(
            select(TrialCertificate).execution_options(populate_existing=True)
        ).all()


class TestGrid:
    def test_only_the_own_subtree(self, province, city, clerk, other_clerk):
        make_certificate(clerk.actor, name="本院甲")
        make_certificate(other_clerk.actor, name="邻院乙")
        assert province.rows(GRID) == ["邻院乙", "本院甲"]
        assert city.rows(GRID) == clerk.rows(GRID) == ["本院甲"]
        assert other_clerk.rows(GRID) == ["邻院乙"]

    def test_id_numbers_are_masked(self, clerk):
        number = make_certificate(clerk.actor).id_number
        text = clerk.get(GRID).text
        assert number not in text
        assert f"{number[:6]}{'*' * 10}{number[-2:]}" in text

    def test_deleted_ones_are_left_out(self, clerk):
        row = make_certificate(clerk.actor)
        with acting(clerk.actor):
            certificates.delete(clerk.actor, row, "误录")
        assert clerk.rows(GRID) == []
        assert clerk.get(edit(row)).status_code == 404

    def test_keyword(self, city, clerk):
        row = make_certificate(clerk.actor, name="唐宁")
        make_certificate(clerk.actor, name="宋词")
        assert city.rows(GRID, search="唐") == ["唐宁"]
        assert len(city.rows(GRID, search="汉口")) == 2
        assert city.rows(GRID, search=row.submission_code.lower().replace("-", " ")) == ["唐宁"]
        assert city.rows(GRID, search="_") == []

    @pytest.mark.parametrize(
        ("keyword", "found"),
        [
            ("zxy", ["周晓燕"]),
            ("ZhouXiao yan", ["周晓燕"]),
            ("xiaoy", ["周晓燕"]),
            ("zq", ["曾强"]),
            ("cengq", ["曾强"]),
            ("晓　燕", ["周晓燕"]),
            ("hkyy", []),
        ],
    )
    def test_keyword_in_pinyin(self, city, clerk, keyword, found):
        make_certificate(clerk.actor, name="周晓燕")
        make_certificate(clerk.actor, name="曾强")
        assert city.rows(GRID, search=keyword) == found

    def test_a_new_name_is_found_by_its_own_pinyin(self, clerk):
        row = make_certificate(clerk.actor, name="周晓燕")
        db.session.commit()
        clerk.submit(edit(row), name="吴晓燕")
        assert clerk.rows(GRID, search="wxy") == ["吴晓燕"]
        assert clerk.rows(GRID, search="zxy") == []

    def test_several_pass_at_once(self, clerk):
        rows = [
            make_certificate(clerk.actor, name=name, conclusion=Conclusion.PENDING)
            for name in ("周晓燕", "钱多多")
        ]
        passed = make_certificate(clerk.actor, name="孙及格")
        db.session.commit()
        page = clerk.get(GRID).text
        acts = [re.search(f'data-key="{row.id}".*data-acts="([^"]*)"', page) for row in rows]
        assert {found[1] for found in acts if found} == {"delete print qualify"}
        assert f'data-key="{passed.id}" data-name="孙及格" data-acts="delete print"' in page
        seen = " ".join(f"{row.id}:{row.version}" for row in rows)
        for row in rows:
            assert f'"seen": "{row.id}:{row.version}"' in page
        assert "刚刚被他人修改" in clerk.told(
            clerk.act("certificates", "qualify", *rows, seen="x:y")
        )
        told = clerk.told(clerk.act("certificates", "qualify", *rows, seen=seen))
        assert "已将 2 人的考核结论设为合格" in told
        assert clerk.rows(GRID, conclusion="qualified") == ["孙及格", "钱多多", "周晓燕"]

    def test_filters(self, clerk):
        make_certificate(clerk.actor, name="合某")
        make_certificate(clerk.actor, name="未某", conclusion=Conclusion.UNQUALIFIED)
        assert clerk.rows(GRID, conclusion="qualified") == ["合某"]
        assert len(clerk.rows(GRID, year="2018", state="completed", type="trial")) == 2
        assert clerk.rows(GRID, state="filed") == clerk.rows(GRID, type="practice") == []
        for unknown in ({"year": "1' OR 1=1"}, {"state": "x"}):
            assert clerk.rows(GRID, **unknown) == []

    @pytest.mark.parametrize("sort", ["0", "4", "99", "-1", "x"])
    def test_sorting(self, clerk, sort):
        make_certificate(clerk.actor)
        assert len(clerk.rows(GRID, sort=sort, desc="1")) == 1

    def test_tools_by_permission(self, city, clerk):
        assert "修改试用信息" in clerk.get(GRID).text
        page = city.get(GRID).text
        assert "修改试用信息" not in page
        assert "删除信息" not in page
        assert "打印证明" in page
        assert ">查看</button>" in page
        assert ">查看</button>" not in clerk.get(GRID).text


class TestEntering:
    def test_form_proposes(self, clerk):
        fields = clerk.fields(NEW)
        assert fields["exam_year"] == "2018"
        assert fields["periods-0-place_name"] == "汉口医院"
        assert len(fields["form_key"]) == 32

    def test_person_is_entered(self, clerk):
        page = clerk.told(clerk.submit(NEW, **person()))
        assert "已保存" in page
        (row,) = stored()
        assert (row.name, row.institution_id) == ("周晓燕", clerk.institution.id)
        assert row.submission_code in page
        assert row.periods[0].department == "内科"
        (entry,) = entries("certificate:create")
        assert row.id_number not in str(entry.changes)

    def test_doubts_are_told_when_it_is_saved(self, clerk):
        answer = clerk.submit(NEW, **person(graduated_on="2017-06-30"))
        assert "周晓燕：第1段试用期间才毕业，试用开始时间早于毕业时间" in clerk.told(answer)
        (row,) = stored()
        told = clerk.told(clerk.submit(edit(row), school="同济医科大学"))
        assert "试用开始时间早于毕业时间" in told

    def test_same_form_sent_twice_makes_one(self, clerk):
        data = {**clerk.fields(NEW), **person()}
        assert clerk.post(NEW, **data).status_code == 302
        assert clerk.post(NEW, **data).status_code == 302
        assert count(TrialCertificate) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": ""},
            {"id_number": "422222199005060021x"},
            {"certificate_type": ""},
            {"education_code": "absurd"},
            {"graduated_on": "2013-02-30"},
            {"phone": "123"},
            {"periods-0-ended_on": "2016-01-01"},
            {"periods-0-mentor_practice_certificate_number": "7"},
            {"exam_year": "1999"},
            {"name": "甲\x07"},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_what_is_wrong_is_said_and_nothing_saved(self, clerk, changes):
        answer = clerk.submit(NEW, **person(**changes))
        assert answer.status_code == 422
        assert 'class="errors"' in answer.text
        assert count(TrialCertificate) == 0

    def test_typed_values_survive_a_refusal(self, clerk):
        answer = clerk.submit(NEW, **person(phone="1", school="同济医科大学"))
        assert "同济医科大学" in answer.text
        assert "2016-09-01" in answer.text

    def test_same_person_twice_is_refused(self, clerk):
        number = make_id_number()
        clerk.submit(NEW, **person(id_number=number))
        answer = clerk.submit(NEW, **person(id_number=number))
        assert answer.status_code == 422
        assert "请勿重复录入" in answer.text
        assert count(TrialCertificate) == 1

    def test_bureaux_do_not_enter(self, city):
        assert city.get(NEW).status_code == 403
        assert city.post(NEW, **person()).status_code == 403
        assert count(TrialCertificate) == 0

    def test_nul_is_refused(self, clerk):
        assert clerk.submit(NEW, **person(name="周\0")).status_code == 400


class TestChanging:
    def test_new_content_has_a_new_code(self, clerk):
        row = make_certificate(clerk.actor)
        code = row.submission_code
        assert clerk.submit(edit(row), school="同济医科大学").status_code == 302
        changed = fresh(TrialCertificate, row.id)
        assert changed.school == "同济医科大学"
        assert changed.submission_code != code

    def test_stale_form_shows_both(self, clerk):
        row = make_certificate(clerk.actor)
        fields = clerk.fields(edit(row))
        assert clerk.submit(edit(row), school="先存大学").status_code == 302
        answer = clerk.post(
            edit(row), **{**fields, "school": "后填大学", "conclusion": "unqualified"}
        )
        assert answer.status_code == 409
        assert "不合格" in answer.text
        assert "先存大学" in answer.text
        assert "后填大学" in answer.text
        assert fresh(TrialCertificate, row.id).school == "先存大学"

    def test_others_only_look(self, city, other_clerk, clerk):
        row = make_certificate(clerk.actor, graduated_on=dt.date(2017, 6, 30))
        page = city.get(edit(row))
        assert page.status_code == 200
        assert "只能查看" in page.text
        for word in ("保存修改", "不影响保存", "由18位证件号码得出", 'class="star"', "增加一段"):
            assert word in clerk.get(edit(row)).text
            assert word not in page.text
        assert "查看：" in page.text
        fields = {**city.fields(edit(row)), "school": "别处大学"}
        assert city.post(edit(row), **fields).status_code == 403
        assert other_clerk.get(edit(row)).status_code == 404
        assert other_clerk.post(edit(row), **fields).status_code == 404
        assert fresh(TrialCertificate, row.id).school == "武汉大学"

    def test_handed_in_ones_stay(self, clerk):
        row = make_certificate(clerk.actor)
        make_roster(clerk.actor, [row], state=RosterState.SUBMITTED)
        page = clerk.get(edit(row)).text
        assert "不能修改" in page
        assert "保存修改" not in page
        answer = clerk.submit(edit(row), school="别处大学")
        assert answer.status_code == 422
        assert fresh(TrialCertificate, row.id).school == "武汉大学"

    def test_deleting(self, clerk):
        row = make_certificate(clerk.actor)
        assert "信息已删除" in clerk.told(clerk.act("certificates", "delete", row, reason="误录"))
        assert fresh(TrialCertificate, row.id).deleted_at is not None
        assert clerk.rows(GRID) == []

    def test_deleting_again_is_not_an_error_of_the_server(self, clerk):
        row = make_certificate(clerk.actor)
        clerk.act("certificates", "delete", row, reason="误录")
        assert "已被删除" in clerk.told(clerk.act("certificates", "delete", row, reason="误录"))

    def test_foreign_ones_are_not_deleted(self, city, clerk, other_clerk):
        row = make_certificate(clerk.actor)
        assert other_clerk.act("certificates", "delete", row, reason="误录").status_code == 404
        assert city.act("certificates", "delete", row).status_code == 403
        assert "只能查看" in city.get(edit(row)).text
        assert fresh(TrialCertificate, row.id).deleted_at is None


class TestPapers:
    def test_paper(self, clerk):
        row = make_certificate(clerk.actor, name="周晓燕")
        answer = clerk.get(paper(row))
        text = text_of(answer)
        assert "周晓燕" in text
        assert row.submission_code in text
        assert answer.headers["Content-Disposition"].startswith("inline")
        (entry,) = entries("certificate:print")
        assert entry.object_id == row.id

    def test_deleted_ones_are_not_printed(self, clerk):
        row = make_certificate(clerk.actor)
        with acting(clerk.actor):
            certificates.delete(clerk.actor, row, "误录")
        assert clerk.get(paper(row)).status_code == 404
        assert entries("certificate:print") == []

    def test_foreign_ones_are_not_printed(self, clerk, other_clerk):
        assert other_clerk.get(paper(make_certificate(clerk.actor))).status_code == 404

    @pytest.mark.parametrize("key", ["0", "-1", "x", "99999999999999999999"])
    def test_absurd_keys(self, clerk, key):
        assert clerk.get(f"{GRID}{key}/print.pdf").status_code == 404

    def test_sheet_holds_the_numbers_as_texts(self, city, clerk, other_clerk):
        row = make_certificate(clerk.actor, name="合某")
        make_certificate(clerk.actor, name="未某", conclusion=Conclusion.UNQUALIFIED)
        make_certificate(other_clerk.actor, name="邻某")
        answer = city.get(f"{GRID}export/xlsx/", conclusion="qualified")
        values = [value for line in cells_of(answer) for value in line]
        assert row.id_number in values
        assert "合某" in values
        assert not {"未某", "邻某"} & set(values)
        assert len(entries("certificate:export")) == 1
