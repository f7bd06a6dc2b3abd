"""The import table of people of one exam year: empty, with an example of two periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exports import upload_table
from services.certificates.importing import (
    COLUMNS,
    EXAMPLE_MARK,
    LAYOUT,
    MOST_DATA_ROWS,
    SHORT_TYPES,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

#: The list of the second 报考类型 is the head of the other.
_PRACTICE: Final = list(SHORT_TYPES.values())[1]


def _example(year: int, own_name: str) -> list[dict[str, str]]:
    person = {
        "exam_year": EXAMPLE_MARK,
        "certificate_type": "试用期",
        "name": "李某某",
        "id_document_code": "居民身份证",
        # Its check character is wrong: it is nobody's.
        "id_number": "420102199005061234",
        "ethnic_group_code": "汉族",
        "education_code": "大学本科毕业",
        "school": "某某医科大学",
        "major": "临床医学",
        "graduated_on": f"{year - 2}-06-30",
        "phone": "13800138000",
        "exam_category_code": "临床执业医师",
        "conclusion": "合格",
    }
    stretch = {
        "place_name": own_name,
        "department": "内科",
        "started_on": f"{year - 1}-09-01",
        "ended_on": f"{year}-02-28",
        "mentor_name": "王某某",
        "mentor_practice_certificate_number": "110420102000001",
        "content": "内科常见病、多发病的诊治",
    }
    further = {
        **stretch,
        "department": "外科",
        "started_on": f"{year}-03-01",
        "ended_on": f"{year}-08-31",
        "content": "外科常见病、多发病的诊治",
    }
    key = {name: person[name] for name in ("exam_year", "id_number")}
    return [{**person, **stretch}, {**key, **further}]


def _instructions(year: int, closes_on: dt.date) -> tuple[str, ...]:
    return (
        f"{year}年度试用人员导入表填写说明",
        (
            f"一、在“{LAYOUT.sheet_name}”工作表中填写，最多{MOST_DATA_ROWS}行。考试年度填{year}；"
            f"本年度填报截止日期为{closes_on}。示例行（考试年度为“示例”）不会导入，不必删除。"
        ),
        (
            "二、一行填写一段试用（执业）经历。同一人有几段的就填几行，每行都写同一个证件号码；"
            "第二行起，姓名、学历等个人信息可以不填，填写的必须与第一行相同。各行不必相邻。"
        ),
        (
            "三、列名带“*”的，新增人员必须填写。性别、出生日期由18位证件号码得出，其他证件须填写；"
            "助理资格证号、助理执业证号只有报考类型为“执业期”的填写；机构名称留空表示本机构。"
        ),
        (
            "四、报考类型、证件类型、性别、民族、学历、报考类别、考核结论请从下拉列表中选择；"
            "先选报考类型，再选报考类别。"
        ),
        "五、日期按2017-08-31这样填写到日；2017.8.31、2017年8月31日、20170831也可以。",
        (
            "六、已录入的人员（同一年度、报考类型、证件号码）按表中内容修改，空单元格表示不修改；"
            "各行都没有填写试用信息的，原有的试用信息不变，填写了的，全部换成表中的各段。"
        ),
        (
            "七、已上报、已备案的人员不能通过导入修改。考试年度、报考类型、证件号码填错的，"
            "请在页面上修改该人员，导入会当作另一个人新增。"
        ),
        (
            "八、证件号码、手机号、证书编码请保持“文本”格式；不要使用公式，不要合并单元格。"
            "本表含个人信息，请妥善保管，用后删除。"
        ),
        (
            "九、上传后先显示预览，确认后才会写入；只要有一人错误，全部不导入。"
            "可下载标注了错误的工作簿，改正后重新上传。同一文件重复上传不会重复新增。"
        ),
    )


def people_template_bytes(
    year: int,
    closes_on: dt.date,
    own_name: str,
    choices: Mapping[str, Sequence[str]],
    physicians: int,
) -> bytes:
    """Return the empty table of an exam year, in which entry closes on ``closes_on``.

    ``choices`` are the lists of its drop-downs; of the categories the first ``physicians`` are
    offered where the second 报考类型 is chosen.
    """
    examples = [[row.get(column.key, "") for column in COLUMNS] for row in _example(year, own_name)]

    def dress(sheet: Any) -> None:
        upload_table.add_lists(
            sheet,
            COLUMNS,
            {"exam_year": [str(year)], **choices},
            MOST_DATA_ROWS + 1,
            narrowed={
                "exam_category_code": upload_table.Narrowed(
                    "certificate_type", _PRACTICE, physicians
                )
            },
        )
        upload_table.add_instructions(sheet.parent, _instructions(year, closes_on))

    return upload_table.table_bytes(
        LAYOUT.sheet_name, COLUMNS, examples, dress, example_mark=EXAMPLE_MARK
    )
