"""The screen 后台任务, and the pages that ask for a job."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from admin_views.certificates import CertificateView
from extensions import db
from jobs import HANDLERS, certificate_papers
from models import Job, JobState, RosterState
from services import jobs
from services.permissions import ROLE_PERMISSIONS, Permission
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
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle
from tests.factories.jobs import finish_job, make_job
from tests.factories.rosters import make_roster

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

PAGE = "/admin/jobs/"
ASK = "/admin/jobs/ask/"
EXPORT = {"job": "grid_export", "screen": "certificates"}
PAPERS = {"job": "certificate_papers"}
CONSOLIDATED = {"job": "consolidated_roster"}


@pytest.fixture(autouse=True)
def cycle(tree):
    complete(tree.hospital)
    complete(tree.other_hospital)
    return make_exam_cycle()


@pytest.fixture
def people(clerk, other_clerk):
    """Three people here, one elsewhere."""
    found = [make_certificate(clerk.actor, name=name) for name in ("甲一", "乙二", "丙三")]
    make_certificate(other_clerk.actor, name="丁四")
    db.session.commit()
    return found


def ask(worker, /, **arguments):
    answer = worker.client.post(ASK, query_string=arguments, data={"csrf_token": worker.token})
    return worker.told(answer) if answer.status_code == 302 else answer.text


def result_of(worker):
    """Do the only job there is and fetch its result."""
    key = max(entry.object_id for entry in entries("job:ask"))
    jobs.run(key, HANDLERS)
    assert fresh(Job, key).state is JobState.DONE, fresh(Job, key).problem
    return worker.get(f"{PAGE}result/", id=key)


class TestList:
    def test_each_account_sees_its_own(self, province, city, clerk):
        make_job(city.actor, title="市局的任务", number=1)
        make_job(clerk.actor, title="医院的任务", number=2)
        db.session.commit()
        assert city.rows(PAGE) == ["市局的任务"]
        assert clerk.rows(PAGE) == ["医院的任务"]
        assert province.rows(PAGE) == []

    def test_what_suits_the_state(self, city):
        make_job(city.actor, title="在等", number=1)
        finish_job(make_job(city.actor, title="完成", number=2))
        db.session.commit()
        page = city.get(PAGE).text
        assert 'data-acts="cancel"' in page
        assert 'data-acts="remove result"' in page
        assert city.rows(PAGE, state="done") == ["完成"]

    def test_cancelling(self, city):
        job = make_job(city.actor)
        db.session.commit()
        assert "任务已取消" in city.told(city.act("jobs", "cancel", job))
        assert "该任务已取消，不能取消" in city.told(city.act("jobs", "cancel", job))
        assert len(entries("job:cancel")) == 1

    def test_removing_takes_the_file_away(self, app, city):
        job = finish_job(make_job(city.actor))
        db.session.commit()
        assert "任务已删除" in city.told(city.act("jobs", "remove", job))
        assert count(Job) == 0
        assert [*(app.config["DATA_DIR"] / "files").glob("??/*")] == []

    def test_nobody_acts_on_the_job_of_another(self, province, city):
        job = finish_job(make_job(city.actor))
        db.session.commit()
        assert province.act("jobs", "remove", job).status_code == 404
        assert province.get(f"{PAGE}result/", id=job.id).status_code == 404
        assert fresh(Job, job.id) is not None

    def test_the_result_is_handed_over_on_record(self, city):
        job = finish_job(make_job(city.actor), b"%PDF-", "名单.pdf")
        db.session.commit()
        answer = city.get(f"{PAGE}result/", id=job.id)
        assert (answer.data, answer.mimetype) == (b"%PDF-", "application/pdf")
        assert "attachment" in answer.headers["Content-Disposition"]
        assert len(entries("job:result")) == 1

    def test_what_is_not_done_has_no_result(self, city):
        job = make_job(city.actor)
        db.session.commit()
        assert "没有可下载的文件" in city.told(city.get(f"{PAGE}result/", id=job.id))

    def test_the_page_hears_how_far_they_are(self, province, city):
        first, second = make_job(city.actor, number=1), make_job(city.actor, number=2)
        finish_job(second)
        db.session.commit()
        assert city.get(f"{PAGE}status/").json == {
            str(first.id): {"state": "排队中", "progress": "", "is_finished": False},
            str(second.id): {"state": "已完成", "progress": "", "is_finished": True},
        }
        assert province.get(f"{PAGE}status/").json == {}


class TestAskingForAList:
    def test_a_long_list_becomes_a_job(self, city, people, monkeypatch):
        monkeypatch.setattr(CertificateView, "largest_export", 2)
        answer = city.get("/admin/certificates/export/xlsx/", state="completed")
        page = city.told(answer)
        assert "3条" in page
        assert "状态：已完成" in page
        assert "提交后台任务" in page
        assert entries("certificate:export") == []
        assert "任务已提交" in ask(city, **EXPORT, state="completed")
        names = {row[3] for row in cells_of(result_of(city))[1:]}
        assert names == {"甲一", "乙二", "丙三"}
        (entry,) = entries("certificate:export")
        assert [(one["label"], one["new"]) for one in entry.changes] == [("状态", "已完成")]
        assert entry.actor_id == city.account.id

    def test_a_short_one_is_given_at_once(self, city, people, monkeypatch):
        monkeypatch.setattr(CertificateView, "largest_export", 3)
        answer = city.get("/admin/certificates/export/xlsx/")
        assert len(cells_of(answer)) == 4

    def test_the_worker_sees_the_order_and_the_filter_of_the_page(self, clerk, people):
        ask(clerk, **EXPORT, search="乙")
        assert [row[3] for row in cells_of(result_of(clerk))[1:]] == ["乙二"]

    def test_as_many_statements_for_many_people_as_for_one(self, clerk, people):
        def statements():
            asked = []
            ask(clerk, **EXPORT)

            def note(_connection, _cursor, statement, *_rest):
                asked.append(statement)

            event.listen(db.engine, "before_cursor_execute", note)
            try:
                rows = cells_of(result_of(clerk))
            finally:
                event.remove(db.engine, "before_cursor_execute", note)
            return len(rows) - 1, len(asked)

        few, cost_of_few = statements()
        for name in ("戊五", "己六", "庚七"):
            make_certificate(clerk.actor, name=name)
        db.session.commit()
        many, cost_of_many = statements()
        assert (few, many) == (3, 6)
        assert cost_of_many == cost_of_few

    def test_a_number_is_sealed_in_the_address_and_never_in_clear(self, city, people):
        number = people[1].id_number
        found = city.client.post(
            "/admin/certificates/", data={"search": number, "csrf_token": city.token}
        )
        sealed = found.location.split("number=")[1].split("&")[0]
        page = ask(city, **EXPORT, number=sealed)
        assert number not in page
        assert [row[3] for row in cells_of(result_of(city))[1:]] == ["乙二"]
        (entry,) = entries("certificate:export")
        assert number not in str(entry.changes)
        assert city.get(ASK, **EXPORT, search=number).status_code == 400
        assert "已过期" in city.get(ASK, **EXPORT, number="x" * 40).text

    def test_what_there_is_not(self, city, clerk):
        assert city.get(ASK, job="grid_export", screen="nothing").status_code == 404
        assert city.get(ASK, job="grid_export", screen="jobs").status_code == 404
        assert city.get(ASK, job="other").status_code == 404
        assert "没有符合条件的记录" in clerk.get(ASK, **EXPORT).text
        assert "没有符合条件的记录" in ask(clerk, **EXPORT)
        assert entries("job:ask") == []

    def test_whoever_exports_may_ask_for_jobs(self):
        exports = {one for one in Permission if one.value.endswith(":export")}
        for held in ROLE_PERMISSIONS.values():
            assert Permission.JOB_OWN in held or not exports & held


class TestAskingForPapers:
    def test_the_papers_of_the_list_in_its_order(self, city, people):
        page = city.get("/admin/certificates/", sort="0").text
        assert "打印所列全部" in page
        assert "3份" in city.get(ASK, **PAPERS).text
        ask(city, **PAPERS, state="completed")
        text = text_of(result_of(city))
        assert [text.index(row.submission_code) for row in reversed(people)] == sorted(
            text.index(row.submission_code) for row in people
        )
        assert len(entries("certificate:print")) == 3

    def test_a_change_meanwhile_makes_them_void(self, city, people, monkeypatch):
        ask(city, **PAPERS)
        key = entries("job:ask")[0].object_id
        joined = certificate_papers.joined

        def changing(documents):
            with_new_code = fresh(type(people[0]), people[0].id)
            with_new_code.submission_code = "27A-0000-0000-0000-0-02"
            with unscoped(Reason.MAINTENANCE):
                db.session.commit()
            return joined(documents)

        monkeypatch.setattr(certificate_papers, "joined", changing)
        jobs.run(key, HANDLERS)
        job = fresh(Job, key)
        assert (job.state, job.problem) == (JobState.FAILED, certificate_papers.CHANGED)
        assert entries("certificate:print") == []

    def test_so_many_at_the_most(self, city, people, monkeypatch):
        monkeypatch.setattr("admin_views.job_requests.MOST_PAPERS", 2)
        assert "一次最多2份，符合条件的有3份" in city.get(ASK, **PAPERS).text


class TestAskingForAConsolidatedRoster:
    @pytest.fixture
    def rosters(self, clerk, other_clerk, city, tree):
        other_city = tree.worker(tree.other_city)
        filed = make_roster(clerk.actor, state=RosterState.FILED, bureau=city.actor)
        handed_in = make_roster(clerk.actor, state=RosterState.SUBMITTED)
        make_roster(other_clerk.actor, state=RosterState.FILED, bureau=other_city.actor)
        make_roster(clerk.actor, state=RosterState.PRINTED)
        db.session.commit()
        return filed, handed_in

    def test_bureaux_are_offered_it(self, city, clerk):
        assert "汇总花名册" in city.get("/admin/rosters/").text
        assert "汇总花名册" not in clerk.get("/admin/rosters/").text
        assert clerk.get(ASK, **CONSOLIDATED).status_code == 403

    def test_a_sheet_of_what_was_filed_below(self, city, rosters):
        page = city.get(ASK, **CONSOLIDATED).text
        assert "1人" in page
        ask(city, **CONSOLIDATED, year="2018", which="filed", shape="xlsx")
        rows = cells_of(result_of(city))
        assert [row[1] for row in rows[5:]] == ["汉口医院"]
        assert "花名册：已备案" in rows[2][0]
        assert [one["new"] for one in entries("roster:consolidate")[0].changes] == ["已备案", "1"]

    def test_a_paper_of_what_was_handed_in_too(self, province, rosters):
        ask(province, **CONSOLIDATED, which="handed_in", shape="pdf")
        text = text_of(result_of(province))
        assert "共3人" in text
        assert text.count("汉口医院") == 2
        assert text.count("夷陵医院") == 1

    def test_what_is_chosen_on_the_page_is_what_is_asked_for(self, city, rosters):
        answer = city.post(ASK, **CONSOLIDATED, year="2018", which="handed_in", shape="xlsx")
        assert "2018年度汇总花名册（已报送、已备案，2人，xlsx）" in city.told(answer)

    def test_nothing_to_consolidate(self, city):
        assert "没有已备案的花名册" in city.get(ASK, **CONSOLIDATED).text
        assert "没有已备案的花名册" in ask(city, **CONSOLIDATED)
        assert entries("job:ask") == []

    def test_too_many_for_a_paper(self, province, rosters, monkeypatch):
        monkeypatch.setattr("services.rosters.consolidating.MOST_ON_PAPER", 1)
        page = province.get(ASK, **CONSOLIDATED, shape="pdf").text
        assert "请改为Excel表格" in page
