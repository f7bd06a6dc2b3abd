"""What all forms share."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import FormField, PasswordField

from forms.base import BaseForm, RecordForm, Rows, date, hidden, select, text
from models import Institution, TrialCertificate, TrialPeriod
from services.errors import DomainError, FieldErrors
from services.typed_dates import parse_date


class RowForm(BaseForm):
    department = text(TrialPeriod.department, required=True)
    started_on = date(TrialPeriod.started_on)


class SampleForm(BaseForm):
    school = text(TrialCertificate.school, required=True)
    content = text(TrialPeriod.content, multiline=True)
    password = PasswordField("密码")
    gender_code = select(
        TrialCertificate.gender_code, choices=[("", "请选择"), ("1", "男性")], required=True
    )
    key = hidden()
    periods = Rows(FormField(RowForm), min_entries=1)


def posted(**values):
    return MultiDict(
        {"school": "武汉大学", "gender_code": "1", "periods-0-department": "内科", **values}
    )


class TestTexts:
    def test_label_and_length_are_the_columns(self):
        form = SampleForm()

        assert form.school.label.text == "毕业学校"
        assert str(form.school) == (
            '<input id="school" maxlength="60" name="school" required type="text" value="">'
        )

    def test_blanks_at_the_ends_go(self):
        assert SampleForm(posted(school=" 武汉 大学\u3000")).school.data == "武汉 大学"

    def test_passwords_are_taken_as_they_are(self):
        assert SampleForm(posted(password=" x ")).password.data == " x "

    def test_only_blanks_are_nothing(self):
        form = SampleForm(posted(school="  "))

        assert not form.validate()
        assert form.errors == {"school": ["请填写毕业学校。"]}

    def test_too_long(self):
        form = SampleForm(posted(school="校" * 61))

        assert not form.validate()
        assert form.errors == {"school": ["不能超过60个字。"]}

    @pytest.mark.parametrize("bad", ["a\0b", "a\x1bb", "a\nb", "a\u202eb"])
    def test_control_characters_are_refused(self, bad):
        form = SampleForm(posted(school=bad))

        assert not form.validate()
        assert "控制字符" in form.errors["school"][0]

    def test_long_texts_may_have_lines(self):
        assert SampleForm(posted(content="一\r\n二")).validate()

    def test_nothing_chosen_and_nonsense_chosen(self):
        empty, nonsense = (SampleForm(posted(gender_code=code)) for code in ("", "7"))

        assert not empty.validate()
        assert empty.errors == {"gender_code": ["请选择性别。"]}
        assert not nonsense.validate()
        assert nonsense.errors == {"gender_code": ["所选内容不存在，请重新选择。"]}


class TestDates:
    @pytest.mark.parametrize(
        "typed",
        [
            "2017-12-31",
            "20171231",
            "2017.12.31",
            "2017/12/31",
            "2017年12月31日",
            "2017年12月31",
            "２０１７－１２－３１",
            "２０１７年１２月３１日",
            " 2017 - 12 - 31 ",
            "2017．12．31",
        ],
    )
    def test_ways_of_writing(self, typed):
        assert parse_date(typed) == dt.date(2017, 12, 31)

    @pytest.mark.parametrize("typed", ["2017-1-2", "2017年1月2日", "2017/01/2"])
    def test_short_months_and_days(self, typed):
        assert parse_date(typed) == dt.date(2017, 1, 2)

    @pytest.mark.parametrize(
        "typed",
        [
            "x",
            "2017",
            "2017-12",
            "17-12-31",
            "2017-12/31",
            "2017122",
            "31.12.2017",
            "2017-12-31 10:00",
            "٢٠١٧-١٢-٣١",
        ],
    )
    def test_what_is_no_date(self, typed):
        with pytest.raises(ValueError, match="这不是日期，请按2017-12-31"):
            parse_date(typed)

    @pytest.mark.parametrize("typed", ["2017-02-29", "20171301", "2017-00-10", "0000-01-01"])
    def test_what_is_not_in_the_calendar(self, typed):
        with pytest.raises(ValueError, match="没有这一天"):
            parse_date(typed)

    @pytest.mark.parametrize("typed", ["1899-12-31", "2100-01-01"])
    def test_years_that_are_slips(self, typed):
        with pytest.raises(ValueError, match="1900至2099"):
            parse_date(typed)

    @given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)))
    def test_what_is_shown_can_be_read(self, day):
        form = RowForm(started_on=day, department="内科")
        again = RowForm(MultiDict({"department": "内科", "started_on": form.started_on._value()}))

        assert again.validate()
        assert again.started_on.data == day

    @given(st.text(max_size=20))
    def test_any_text_is_a_date_or_gets_a_sentence(self, typed):
        form = RowForm(MultiDict({"department": "内科", "started_on": typed}))

        if form.validate():
            assert form.started_on.data is None or form.started_on.data.year >= 1900
        else:
            assert form.errors["started_on"][0].endswith("。")

    def test_wrong_date_stays_to_be_mended(self):
        form = RowForm(MultiDict({"department": "内科", "started_on": "31.12.2017"}))

        assert not form.validate()
        assert form.errors["started_on"][0].startswith("这不是日期")
        assert 'value="31.12.2017"' in str(form.started_on)
        assert form.started_on.data is None


class TestRows:
    def test_at_least_one(self):
        assert len(SampleForm().periods) == 1

    def test_numbers_have_no_gaps_whatever_was_taken_out(self):
        form = SampleForm(
            MultiDict(
                {
                    "periods-7-department": "外科",
                    "periods-2-department": "内科",
                    "periods-x-department": "无",
                    "periods-99999999999-department": "无",
                }
            )
        )

        assert [entry.form.department.name for entry in form.periods] == [
            "periods-0-department",
            "periods-1-department",
        ]
        assert [entry.form.department.data for entry in form.periods] == ["内科", "外科"]

    def test_rows_of_a_record(self):
        class Record:
            periods = (TrialPeriod(department="内科"), TrialPeriod(department="外科"))

        assert [e.form.department.data for e in SampleForm(obj=Record()).periods] == [
            "内科",
            "外科",
        ]


class TestPlace:
    def test_errors_stand_beside_their_fields(self):
        form = SampleForm(posted(**{"periods-5-department": "外科"}))
        form.validate()

        homeless = form.place(
            FieldErrors(
                {
                    "school": "甲",
                    "periods-1-department": "乙",
                    "periods": "丙",
                    "periods-9-department": "丁",
                }
            )
        )

        assert form.school.errors == ["甲"]
        assert form.periods[1].form.department.errors == ["乙"]
        assert form.periods.errors == ["丙"]
        assert homeless == ["丁"]

    def test_single_error(self):
        form = SampleForm()

        assert form.place(DomainError("甲", field="school")) == []
        assert form.place(DomainError("乙")) == ["乙"]
        assert form.school.errors == ["甲"]

    def test_same_sentence_once(self):
        form = SampleForm()
        for _ in range(2):
            form.place(FieldErrors({"school": "甲"}))

        assert form.school.errors == ["甲"]


class TestFlaskAdmin:
    def test_object_is_kept_for_checks_of_uniqueness(self):
        record = Institution(name="x")

        assert SampleForm(None, obj=record)._obj is record
        assert SampleForm(posted(), record)._obj is record

    @pytest.mark.parametrize(("typed", "version"), [("3", 3), ("", 0), ("x", 0), ("-1", 0)])
    def test_version(self, typed, version):
        assert RecordForm(MultiDict({"version": typed})).expected_version() == version

    def test_an_empty_date_says_how_it_is_typed(self):
        assert 'placeholder="如 2017-12-31"' in RowForm().started_on()

    def test_a_version_that_was_not_posted_is_not_the_records_own(self):
        record = SimpleNamespace(version=3)
        assert RecordForm(MultiDict({"x": "1"}), obj=record).expected_version() == 0
