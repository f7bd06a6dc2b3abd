"""What the people of the demo studied, and where in the house they learn what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ExamClass:
    """A class of the exam: its code inside numbers, the subject, departments and their work."""

    certificate_code: str
    major: str
    departments: tuple[tuple[str, str], ...]

    def exam_category(self, *, is_physician: bool) -> str:
        """Return the 报考类别: first digit the level, then the code inside certificate numbers."""
        return ("1" if is_physician else "2") + self.certificate_code


CLASSES: Final = {
    "clinical": ExamClass(
        "10",
        "临床医学",
        (
            (
                "内科",
                "在带教老师指导下参与内科病房日常诊疗，书写病历，学习常见病、多发病的诊断与治疗。",
            ),
            ("外科", "参加外科查房、换药和手术助手工作，学习无菌操作、清创缝合和围手术期处理。"),
            ("急诊科", "参加急诊值班，学习急危重症的识别、心肺复苏和常用急救技术。"),
            ("妇产科", "参加产房和妇科病房工作，学习产前检查、正常分娩处理和妇科常见病诊治。"),
            ("儿科", "参加儿科病房和门诊工作，学习儿童常见病的诊断、用药和补液。"),
            ("全科医疗科", "参加全科门诊和家庭医生签约服务，学习慢性病管理和健康教育。"),
        ),
    ),
    "dental": ExamClass(
        "20",
        "口腔医学",
        (
            ("口腔科", "在带教老师指导下参与口腔门诊工作，学习龋病、牙髓病和牙周病的治疗。"),
            ("口腔修复科", "学习牙体预备、取模和固定、活动义齿修复，参与病历书写。"),
        ),
    ),
    "public_health": ExamClass(
        "30",
        "预防医学",
        (
            ("传染病防制科", "参与传染病疫情监测、流行病学调查和疫源地处理，学习疫情报告与分析。"),
            ("免疫规划科", "参与预防接种门诊管理、疫苗冷链监测和接种率调查。"),
            ("慢性病防制科", "参与慢性病监测、健康教育和社区综合防治。"),
        ),
    ),
    "tcm": ExamClass(
        "41",
        "中医学",
        (
            ("中医内科", "跟师门诊和查房，学习四诊合参、辨证论治和中药处方书写。"),
            ("针灸推拿科", "学习常用腧穴定位、针刺、艾灸和推拿手法，参与病房治疗。"),
            ("中医骨伤科", "学习骨折整复、小夹板固定和中药外敷，参与病历书写。"),
        ),
    ),
    "integrated": ExamClass(
        "42",
        "中西医临床医学",
        (
            ("中西医结合科", "参与中西医结合病房诊疗，学习中西医两法诊治常见病。"),
            ("内科", "参与内科病房日常诊疗，学习中西医结合治疗慢性病。"),
        ),
    ),
}

MASTER: Final = "14"
BACHELOR: Final = "21"
COLLEGE: Final = "31"
SECONDARY: Final = "41"

#: Schools of the province and its neighbours, by the education they give.
SCHOOLS: Final = {
    MASTER: ("武汉大学", "华中科技大学", "湖北中医药大学", "武汉科技大学"),
    BACHELOR: (
        "武汉大学",
        "华中科技大学",
        "湖北中医药大学",
        "三峡大学",
        "长江大学",
        "湖北医药学院",
        "湖北科技学院",
        "武汉科技大学",
        "江汉大学",
        "湖北文理学院",
        "南昌大学",
        "河南中医药大学",
    ),
    COLLEGE: (
        "湖北中医药高等专科学校",
        "湖北三峡职业技术学院",
        "襄阳职业技术学院",
        "黄冈职业技术学院",
        "仙桃职业学院",
        "鄂州职业大学",
        "湖北职业技术学院",
    ),
    SECONDARY: ("武汉市卫生学校", "恩施州卫生学校", "随州职业技术学校", "荆门市卫生学校"),
}
#: Ages at graduation: youngest and oldest.
AGES: Final = {MASTER: (25, 29), BACHELOR: (22, 26), COLLEGE: (21, 24), SECONDARY: (18, 21)}
#: Places outside of the library, where some served a part of their trial, with their divisions.
ELSEWHERE: Final = (
    ("河南省信阳市中心医院", "411500"),
    ("湖南省岳阳市人民医院", "430600"),
    ("深圳市南山区人民医院", "440305"),
    ("重庆市万州区人民医院", "500101"),
)
