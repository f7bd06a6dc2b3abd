"""The clerk's form, from the page and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from werkzeug.datastructures import MultiDict

from forms.certificate import CertificateForm
from models import CertificateType, Conclusion
from services import certificates, scope
from services.certificates import CertificateInput, input_of
from services.errors import FieldErrors
from tests.factories.certificates import certificate_input, make_certificate, practice_input
from tests.factories.exam_cycles import YEAR, make_exam_cycle
from tests.factories.places import make_places

NOW = dt.datetime(2018, 1, 15, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def january():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def clerk(app):
    clerk = make_places().clerk
    make_exam_cycle()
    scope.bind(clerk)
    return clerk


def fields_of(form):
    """Return what a browser would post for a form as shown."""
    values = MultiDict()
    for field in form:
        if field.name == "periods":
            for entry in field:
                values.update(fields_of(entry.form))
        elif hasattr(field, "iter_choices"):
            chosen = [str(value) for value, _, is_chosen, *_ in field.iter_choices() if is_chosen]
            values[field.name] = chosen[0] if chosen else ""
        else:
            values[field.name] = field._value()
    return values


def posted(data, **changes):
    """Return what a browser posts when ``data`` was typed in."""
    record = replace(data, form_key="0f4c9a2e-form")
    record_form = CertificateForm(
        obj=None,
        years=[YEAR],
        **{
            name: getattr(record, name) for name in record.__dataclass_fields__ if name != "periods"
        },
        periods=[vars(period) for period in data.periods],
    )
    values = fields_of(record_form)
    values["gender_code"] = "2"
    values["born_on"] = "1990年5月6日"
    for name, value in changes.items():
        values[name.replace("__", "-")] = value
    return values


class TestNew:
    def test_shows_what_is_usual(self, clerk):
        form = CertificateForm(institution_name="武汉市汉口医院", years=[YEAR])

        assert form.exam_year.data == YEAR
        assert form.id_document_code.data == "01"
        assert form.periods[0].form.place_name.data == "武汉市汉口医院"
        assert len(form.form_key.data) == 32
        assert form.conclusion.data in (None, "")

    def test_each_has_a_key_of_its_own(self, clerk):
        assert CertificateForm().form_key.data != CertificateForm().form_key.data

    def test_type_comes_first(self, clerk):
        names = [field.name for field in CertificateForm() if field.type != "HiddenField"]

        assert names[0] == "certificate_type"
        assert names[-1] == "periods"

    def test_the_years_that_are_open_are_offered(self, clerk):
        form = CertificateForm(years=[2019, YEAR])

        assert form.exam_year.data == 2019
        assert [value for value, _ in form.exam_year.choices] == ["", 2019, YEAR]

    def test_says_that_no_year_is_open(self, clerk):
        form = CertificateForm()

        assert form.exam_year.data is None
        assert "没有开放" in form.exam_year.description

    def test_headings_of_tables_and_unknown_genders_are_not_offered(self, clerk):
        form = CertificateForm()

        assert [code for code, _ in form.gender_code.choices] == ["", "1", "2"]
        codes = {code for code, _ in form.education_code.choices}
        assert {"21", "31", "61"} <= codes
        assert not {"20", "30", "60"} & codes


class TestPosted:
    def test_becomes_input(self, clerk):
        data = certificate_input()
        form = CertificateForm(posted(data), years=[YEAR])

        assert form.validate(), form.errors
        assert form.to_input() == replace(
            data, form_key="0f4c9a2e-form", gender_code="2", born_on=dt.date(1990, 5, 6)
        )
        made = certificates.create(clerk, form.to_input())
        assert made.name == data.name

    def test_practice_becomes_input(self, clerk):
        data = practice_input()
        form = CertificateForm(posted(data), years=[YEAR])

        assert form.validate(), form.errors
        assert form.to_input().certificate_type is CertificateType.PRACTICE
        certificates.create(clerk, form.to_input())

    def test_nothing_posted(self, clerk):
        form = CertificateForm(MultiDict({"x": "1"}))

        form.validate()

        empty = form.to_input()
        assert replace(empty, periods=()) == CertificateInput()
        assert len(empty.periods) == 1
        with pytest.raises(FieldErrors):
            certificates.create(clerk, empty)

    def test_error_of_shape_and_errors_of_rules_show_together(self, clerk):
        form = CertificateForm(
            posted(certificate_input(), born_on="六月", major="", periods__0__ended_on="2016-09-01")
        )

        assert not form.validate()
        assert form.errors["born_on"][0].startswith("这不是日期")
        assert len(form.errors["born_on"]) == 1
        assert form.errors["major"] == ["请填写所学专业。"]
        assert form.periods[0].form.ended_on.errors == ["截止时间应晚于开始时间。"]

    def test_errors_of_the_service_find_their_rows(self, clerk):
        values = posted(certificate_input())
        values["periods-8-department"] = "外科"
        form = CertificateForm(values, years=[YEAR])
        assert form.validate()

        with pytest.raises(FieldErrors) as caught:
            certificates.create(clerk, form.to_input())

        assert form.place(caught.value) == []
        assert form.periods[1].form.started_on.errors == ["请填写开始时间。"]
        assert not form.periods[0].form.errors

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("certificate_type", "x"),
            ("exam_year", "2099"),
            ("exam_year", "x"),
            ("exam_year", "9" * 30),
            ("conclusion", "x"),
            ("education_code", "20"),
            ("school", "校" * 61),
            ("name", "周\0燕"),
            ("id_number", "1" * 41),
        ],
    )
    def test_what_the_page_does_not_offer_is_refused(self, clerk, field, value):
        form = CertificateForm(posted(certificate_input(), **{field: value}), years=[YEAR])

        assert not form.validate()
        assert field in form.errors
        assert all(not sentence.isascii() for sentence in form.errors[field])

    def test_place_by_key(self, clerk):
        form = CertificateForm(
            posted(
                certificate_input(),
                periods__0__place_id=str(clerk.institution_id),
                periods__0__place_name=clerk.institution_name,
            ),
            years=[YEAR],
        )
        assert form.validate(), form.errors
        made = certificates.create(clerk, form.to_input())

        assert made.periods[0].place_id == clerk.institution_id

    @pytest.mark.parametrize("key", ["x", "-1", "9" * 40, "1 OR 1"])
    def test_place_by_nonsense(self, clerk, key):
        form = CertificateForm(posted(certificate_input(), periods__0__place_id=key), years=[YEAR])

        assert form.to_input().periods[0].place_id is None

    def test_many_rows_are_all_seen(self, clerk):
        values = posted(certificate_input())
        for number in range(60):
            values[f"periods-{number}-department"] = "内科"
        form = CertificateForm(values)

        assert len(form.to_input().periods) == 60
        with pytest.raises(FieldErrors) as caught:
            certificates.create(clerk, form.to_input())
        form.place(caught.value)
        assert "最多填写40段" in form.periods.errors[-1]


class TestStored:
    def test_shown_and_sent_back_changes_nothing(self, clerk):
        made = make_certificate(clerk)
        before = (made.submission_code, made.version)
        values = fields_of(CertificateForm(obj=made))

        form = CertificateForm(values, obj=made)

        assert form.validate(), form.errors
        assert form.to_input() == input_of(made)
        assert form.expected_version() == made.version
        certificates.update(clerk, made, form.to_input(), form.expected_version())
        assert (made.submission_code, made.version) == before

    def test_year_that_has_closed_is_still_offered(self, clerk):
        made = make_certificate(clerk)
        form = CertificateForm(obj=made)

        assert form.exam_year.data == YEAR
        assert [value for value, _ in form.exam_year.choices] == ["", YEAR]

    def test_conclusion_is_chosen(self, clerk):
        form = CertificateForm(obj=make_certificate(clerk, conclusion=Conclusion.PENDING))

        assert '<option selected value="pending">考核中</option>' in str(form.conclusion)
