"""Drafts on the screen of certificates, and the way from one person to the next."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from extensions import db
from models import CertificateDraft, TrialCertificate
from services.scope import Reason, unscoped
from tests.admin_views.screen_cases import (
    city,
    clerk,
    count,
    entries,
    fresh,
    other_clerk,
    province,
    tree,
)
from tests.admin_views.test_certificates import person
from tests.factories.certificates import make_certificate
from tests.factories.completeness import complete
from tests.factories.exam_cycles import make_exam_cycle

__all__ = ["city", "clerk", "other_clerk", "province", "tree"]

GRID = "/admin/certificates/"
NEW = f"{GRID}new/"
DRAFTS = f"{GRID}drafts/"
SCRIPT = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def cycle(tree):
    complete(tree.hospital)
    return make_exam_cycle()


@pytest.fixture
def colleague(tree, clerk):
    return tree.worker(tree.hospital, full_name="同事某")


def by_script(worker, **data):
    """Save what was typed as the script does."""
    return worker.client.post(
        data.pop("address", DRAFTS), data={**data, "csrf_token": worker.token}, headers=SCRIPT
    )


def stored():
    with unscoped(Reason.MAINTENANCE):
        return (
            db.session.scalars(select(CertificateDraft).execution_options(populate_existing=True))
            .unique()
            .all()
        )


def test_half_a_person_is_kept_and_opened_as_typed(clerk):
    typed = {
        **clerk.fields(NEW),
        "name": "周晓燕",
        "id_number": "4222221985",
        "born_on": "去年",
        "periods-0-department": "内科",
        "periods-1-department": "外科",
    }
    answer = by_script(clerk, **typed)
    assert answer.status_code == 200
    assert answer.json["version"] == 1
    assert "自动保存" in answer.json["said"]
    assert count(TrialCertificate) == 0
    (draft,) = stored()
    page = clerk.get(GRID).text
    assert "有 1 份草稿" in page
    link = f"{NEW}?draft={draft.id}"
    assert link in page
    fields = clerk.fields(link)
    for name, value in typed.items():
        if name not in {"csrf_token", "url", "draft_version", "draft_opened"}:
            assert fields[name] == value, name
    assert fields["draft_version"] == "1"
    assert "4222221985" not in link
    again = by_script(clerk, **{**fields, "name": "周晓"})
    assert again.json["version"] == 2


def test_saving_the_person_takes_the_draft_away(clerk):
    fields = {**clerk.fields(NEW), **person()}
    by_script(clerk, **{**fields, "id_number": "12"})
    (draft,) = stored()
    opened = clerk.fields(f"{NEW}?draft={draft.id}")
    assert "已保存。" in clerk.told(clerk.post(NEW, **{**opened, **person()}))
    assert stored() == []
    assert "份草稿" not in clerk.get(GRID).text
    late = by_script(clerk, **fields)
    assert late.json["version"] == 0
    assert stored() == []


def test_what_is_wrong_keeps_the_draft(clerk):
    fields = clerk.fields(NEW)
    by_script(clerk, **{**fields, "name": "周晓燕"})
    answer = clerk.post(NEW, **{**fields, "name": "周晓燕", "draft_version": "1"})
    assert answer.status_code == 422
    assert 'name="draft_version" value="1"' in answer.text
    assert len(stored()) == 1


def test_the_button_keeps_it_too(clerk):
    fields = clerk.fields(NEW)
    page = clerk.told(clerk.post(DRAFTS, **{**fields, "name": "周晓燕"}))
    assert "草稿已保存" in page
    stale = clerk.post(DRAFTS, **{**fields, "name": "另一"})
    assert stale.status_code == 422
    assert "另一份草稿" in stale.text
    # Nothing that was typed is lost, and the form is sent to its own address.
    assert 'value="另一"' in stale.text
    assert f'action="{NEW}"' in stale.text


def test_a_new_form_offers_the_own_one(clerk, colleague):
    by_script(clerk, **{**clerk.fields(NEW), "name": "周晓燕"})
    assert "您有一份未完成的草稿" in clerk.get(NEW).text
    assert "您有一份未完成的草稿" not in colleague.get(NEW).text
    page = colleague.get(GRID).text
    assert "周晓燕" in page
    assert "院某" in page


def test_who_opens_it_is_on_record(clerk, colleague):
    by_script(clerk, **{**clerk.fields(NEW), "name": "周晓燕"})
    (draft,) = stored()
    colleague.get(f"{NEW}?draft={draft.id}")
    (entry,) = entries("certificate:draft_open")
    assert (entry.object_id, entry.object_label) == (draft.id, "草稿")
    assert entries("certificate:draft_save") == []


def test_the_draft_of_a_change(clerk):
    row = make_certificate(clerk.actor, name="周晓燕")
    db.session.commit()
    address = f"{GRID}edit/?id={row.id}"
    fields = {**clerk.fields(address), "school": "华中科技大学", "phone": "1"}
    answer = by_script(clerk, address=f"{GRID}{row.id}/draft/", **fields)
    assert answer.json["version"] == 1
    assert "对该信息的修改有一份草稿" in clerk.get(address).text
    (draft,) = stored()
    opened = clerk.fields(f"{address}&draft={draft.id}")
    assert (opened["school"], opened["phone"]) == ("华中科技大学", "1")
    assert fresh(TrialCertificate, row.id).school == "武汉大学"
    clerk.told(clerk.post(address, **{**opened, "phone": "13800138000"}))
    assert fresh(TrialCertificate, row.id).school == "华中科技大学"
    assert stored() == []


def test_a_change_from_before_others_saved_shows_both(clerk, colleague):
    row = make_certificate(clerk.actor, name="周晓燕")
    db.session.commit()
    address = f"{GRID}edit/?id={row.id}"
    by_script(
        clerk,
        address=f"{GRID}{row.id}/draft/",
        **{**clerk.fields(address), "school": "华中科技大学"},
    )
    colleague.told(colleague.submit(address, major="口腔医学"))
    (draft,) = stored()
    answer = clerk.post(address, **clerk.fields(f"{address}&draft={draft.id}"))
    assert answer.status_code == 409
    assert "华中科技大学" in answer.text


def test_a_draft_is_for_its_own_form(clerk):
    row = make_certificate(clerk.actor)
    db.session.commit()
    by_script(clerk, **{**clerk.fields(NEW), "name": "周晓燕"})
    (draft,) = stored()
    assert clerk.get(f"{GRID}edit/?id={row.id}&draft={draft.id}").status_code == 404
    assert clerk.get(f"{NEW}?draft=0").status_code == 404
    assert clerk.get(f"{NEW}?draft=x").status_code == 404


def test_it_is_thrown_away(clerk):
    by_script(clerk, **{**clerk.fields(NEW), "name": "周晓燕"})
    key = stored()[0].id
    assert "草稿已删除" in clerk.told(clerk.post(f"{DRAFTS}{key}/discard/"))
    assert stored() == []
    assert len(entries("certificate:draft_discard")) == 1
    assert clerk.post(f"{DRAFTS}{key}/discard/").status_code == 404


def test_others_have_no_part_in_it(clerk, city, province, other_clerk):
    by_script(clerk, **{**clerk.fields(NEW), "name": "周晓燕"})
    (draft,) = stored()
    for bureau in (city, province):
        assert "份草稿" not in bureau.get(GRID).text
        assert bureau.get(f"{NEW}?draft={draft.id}").status_code == 403
        assert bureau.post(f"{DRAFTS}{draft.id}/discard/").status_code == 403
        assert by_script(bureau, form_key="k" * 32, name="x").status_code == 403
    complete(other_clerk.institution)
    db.session.commit()
    assert other_clerk.get(f"{NEW}?draft={draft.id}").status_code == 404
    assert other_clerk.post(f"{DRAFTS}{draft.id}/discard/").status_code == 404
    assert "份草稿" not in other_clerk.get(GRID).text
    assert len(stored()) == 1


def test_a_script_is_told_why_not(clerk):
    fields = clerk.fields(NEW)
    by_script(clerk, **fields)
    stale = by_script(clerk, **fields)
    assert stale.status_code == 409
    assert "另一份草稿" in stale.json["message"]
    clerk.client.delete_cookie("session")
    assert by_script(clerk, **fields).status_code in {400, 401}
    assert len(stored()) == 1


def test_only_fields_of_the_form_are_kept(clerk):
    by_script(
        clerk,
        **{**clerk.fields(NEW), "name": "周", "state": "filed", "periods-0-owner_path": "x"},
    )
    (draft,) = stored()
    assert "filed" not in draft.content
    assert "owner_path" not in draft.content
    assert "csrf_token" not in draft.content


class TestNext:
    def test_the_next_form_keeps_what_most_have_in_common(self, clerk):
        fields = {
            **clerk.fields(NEW),
            **person(
                ethnic_group_code="15",
                exam_category_code="120",
                conclusion="pending",
                name="钱多多",
            ),
        }
        answer = clerk.post(NEW, **fields, then="new")
        row_id = count(TrialCertificate) and int(re.search(r"after=(\d+)", answer.location)[1])
        assert row_id
        assert "钱" not in answer.location
        page = clerk.told(answer)
        assert "已保存：钱多多。请继续录入下一人。" in page
        assert page.count("已保存") == 1
        fields = clerk.fields(f"{NEW}?after={row_id}")
        kept = {
            "certificate_type": "trial",
            "exam_year": "2018",
            "exam_category_code": "120",
            "conclusion": "pending",
            "ethnic_group_code": "15",
            "id_document_code": "01",
            "periods-0-place_name": "汉口医院",
        }
        assert {name: fields[name] for name in kept} == kept
        own = ("name", "id_number", "phone", "school", "born_on", "periods-0-mentor_name")
        assert {fields[name] for name in own} == {""}

    def test_others_give_nothing(self, clerk, city, other_clerk):
        row = make_certificate(other_clerk.actor)
        db.session.commit()
        assert clerk.get(f"{NEW}?after={row.id}").status_code == 404
        assert clerk.get(f"{NEW}?after=x").status_code == 404

    def test_without_the_button_it_goes_back_to_the_list(self, clerk):
        answer = clerk.post(NEW, **{**clerk.fields(NEW), **person()})
        assert answer.location == GRID
