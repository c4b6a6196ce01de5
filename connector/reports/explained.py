"""Every number of a report for people: its name, how it is counted, and the article it rests on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.reports.measures import DUTIES, Measure, Outcome, duty_key
from connector.rules.duty import Duty
from connector.texts import Text


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A number for people. ``part_of``: the number that this one is already contained in."""

    label: Text
    how: Text
    basis: str
    part_of: str | None = None


_FLOW: Mapping[str, Explained] = {
    Measure.CARRIED_OVER: Explained(
        label=Text("Tồn đầu kỳ", "Carried over"),
        how=Text(
            "Hồ sơ cơ quan đang giữ, chưa kết thúc, lúc 0 giờ ngày đầu kỳ.",
            "Open cases in the agency's custody at 00:00 of the first day.",
        ),
        basis="Đ14.2",
    ),
    Measure.RECEIVED: Explained(
        label=Text("Tiếp nhận trong kỳ", "Received"),
        how=Text(
            "Hồ sơ được tiếp nhận vào hệ thống trong kỳ, tính cho cơ quan tiếp nhận đầu tiên.",
            "Cases entered in the register within the period, for the agency that received them first.",
        ),
        basis="Đ10, Đ14.2",
    ),
    Measure.TRANSFERRED_IN: Explained(
        label=Text("Nhận từ cơ quan khác trong tỉnh", "Taken over"),
        how=Text(
            "Lượt hồ sơ do cơ quan khác trong tỉnh chuyển đến; toàn tỉnh luôn bằng số đã chuyển trong tỉnh.",
            "Cases passed on by another agency of the province; over all agencies equal to those passed on.",
        ),
        basis="Đ12.3",
    ),
    Measure.GROUP_1: Explained(
        label=Text("Nhóm 1: không tiếp nhận", "Group 1: not accepted"),
        how=Text("Quyết định xếp nhóm 1 trong kỳ.", "Decisions for group 1 within the period."),
        basis="Đ11, Đ12.1",
    ),
    Measure.GROUP_2: Explained(
        label=Text("Nhóm 2: yêu cầu bổ sung", "Group 2: supplement asked for"),
        how=Text(
            "Quyết định xếp nhóm 2 trong kỳ; bổ sung rồi xếp lại thì mỗi lần là một quyết định.",
            "Decisions for group 2; a case supplemented and classified again has one for each time.",
        ),
        basis="Đ11, Đ12.2",
    ),
    Measure.GROUP_3: Explained(
        label=Text("Nhóm 3: chuyển cơ quan có thẩm quyền", "Group 3: passed to the competent agency"),
        how=Text(
            "Quyết định xếp nhóm 3 trong kỳ, cả chuyển trong tỉnh lẫn ra ngoài tỉnh.",
            "Decisions for group 3, inside and out of the province.",
        ),
        basis="Đ11, Đ12.3",
    ),
    Measure.GROUP_4: Explained(
        label=Text("Nhóm 4: giao đơn vị xử lý", "Group 4: handed to a unit"),
        how=Text("Quyết định xếp nhóm 4 trong kỳ.", "Decisions for group 4 within the period."),
        basis="Đ11, Đ12.4",
    ),
    Measure.ANSWERED: Explained(
        label=Text("Đã trả lời", "Answered"),
        how=Text(
            "Lần trả lời đầu tiên nằm trong kỳ; bản đính chính không tính lại.",
            "The first answer lies in the period; corrections are not counted again.",
        ),
        basis="Đ13.1",
    ),
    Measure.ANSWERED_IN_TIME: Explained(
        label=Text("Trả lời đúng hạn", "Answered in time"),
        how=Text(
            "Mọi nghĩa vụ của cơ quan trả lời (phân loại, xử lý, công khai) đều xong trong ngày hết hạn.",
            "Each duty of the answering agency (classify, handle, publish) was done by its last day.",
        ),
        basis="Đ12, Đ13.1",
        part_of=Measure.ANSWERED,
    ),
    Measure.ANSWERED_LATE: Explained(
        label=Text("Trả lời quá hạn", "Answered late"),
        how=Text(
            "Ít nhất một nghĩa vụ của cơ quan trả lời xong sau ngày hết hạn; báo chậm không phải là gia hạn.",
            "A duty of the answering agency was done after its last day; a notice of delay is no extension.",
        ),
        basis="Đ12.4",
        part_of=Measure.ANSWERED,
    ),
    Measure.ANSWERED_LATE_INFORMED: Explained(
        label=Text("Trong đó đã báo lý do cho người gửi", "Of these, sender told the reason"),
        how=Text(
            "Trả lời quá hạn nhưng đã nêu lý do và thông báo cho người gửi; vẫn là quá hạn.",
            "Answered late, with the reason told to the sender; still late.",
        ),
        basis="Đ12.4",
        part_of=Measure.ANSWERED_LATE,
    ),
    Measure.ANSWERED_NO_BASIS: Explained(
        label=Text("Trả lời, chưa có căn cứ tính hạn", "Answered, deadline basis missing"),
        how=Text(
            "Hồ sơ đến từ kênh chưa có bộ quy tắc áp dụng; không tự đặt ra hạn.",
            "No rule pack was adopted for the case's channel; no deadline is invented.",
        ),
        basis="QĐ Đ2",
        part_of=Measure.ANSWERED,
    ),
    Measure.ANSWERED_PRIVATE: Explained(
        label=Text("Trong đó trả lời riêng (giữ kín nội dung)", "Of these, answered privately"),
        how=Text(
            "Trả lời riêng cho người gửi; chỉ đếm số, không nêu nội dung.",
            "Answered to the sender alone; counted, without content.",
        ),
        basis="Đ7.3, Đ13.1",
        part_of=Measure.ANSWERED,
    ),
    Measure.REFUSED: Explained(
        label=Text("Không tiếp nhận", "Not accepted"),
        how=Text("Kết thúc bằng không tiếp nhận, có lý do.", "Ended as not accepted, with reasons."),
        basis="Đ12.1",
    ),
    Measure.LAPSED: Explained(
        label=Text("Hết hạn bổ sung", "Not supplemented"),
        how=Text(
            "Người gửi không bổ sung trong 5 ngày làm việc; kết thúc theo thời gian.",
            "The sender did not supplement in five working days; ended by the clock.",
        ),
        basis="Đ12.2",
    ),
    Measure.TRANSFERRED_OUT: Explained(
        label=Text("Chuyển ra ngoài tỉnh", "Transferred out"),
        how=Text(
            "Chuyển cơ quan ngoài tỉnh hoặc trả lại Văn phòng Chính phủ.",
            "Transferred to a body outside the province, or returned to the Office of the Government.",
        ),
        basis="Đ12.3",
    ),
    Measure.RECALLED: Explained(
        label=Text("Thu hồi", "Recalled"),
        how=Text(
            "Cổng thu hồi và cán bộ đã đồng ý.",
            "Recalled by the portal, and an official agreed.",
        ),
        basis="Đ14.4",
    ),
    Measure.CLOSED: Explained(
        label=Text("Đã kết thúc", "Closed"),
        how=Text(
            "Tổng các cách kết thúc: trả lời, không tiếp nhận, hết hạn bổ sung, chuyển ra ngoài, thu hồi.",
            "All endings: answered, not accepted, not supplemented, transferred out, recalled.",
        ),
        basis="Đ14.2",
    ),
    Measure.PASSED_ON: Explained(
        label=Text("Chuyển cơ quan khác trong tỉnh", "Passed on in the province"),
        how=Text(
            "Lượt hồ sơ cơ quan đã chuyển cho cơ quan khác trong tỉnh; hồ sơ chưa kết thúc.",
            "Cases passed on to another agency of the province; the case itself goes on.",
        ),
        basis="Đ12.3",
    ),
    Measure.OUTSTANDING: Explained(
        label=Text("Tồn cuối kỳ", "Outstanding"),
        how=Text(
            "Hồ sơ chưa kết thúc vào cuối kỳ = tồn đầu kỳ + tiếp nhận + nhận từ cơ quan khác − đã kết thúc − chuyển trong tỉnh.",
            "Open at the end = carried over + received + taken over − closed − passed on.",
        ),
        basis="Đ14.2",
    ),
    Measure.OUTSTANDING_IN_TIME: Explained(
        label=Text("Tồn trong hạn", "Outstanding, in time"),
        how=Text(
            "Chưa kết thúc và không có nghĩa vụ nào đang chạy đã quá ngày hết hạn, kể cả khi chờ người gửi bổ sung.",
            "Open, and no running duty is past its last day; also while the sender is to supplement.",
        ),
        basis="Đ12",
        part_of=Measure.OUTSTANDING,
    ),
    Measure.OUTSTANDING_OVERDUE: Explained(
        label=Text("Tồn quá hạn", "Outstanding, overdue"),
        how=Text(
            "Chưa kết thúc và có nghĩa vụ đang chạy đã quá ngày hết hạn.",
            "Open, and a running duty is past its last day.",
        ),
        basis="Đ12",
        part_of=Measure.OUTSTANDING,
    ),
    Measure.OUTSTANDING_OVERDUE_INFORMED: Explained(
        label=Text("Trong đó đã báo chậm cho người gửi", "Of these, sender informed"),
        how=Text(
            "Tồn quá hạn, đã nêu lý do và thông báo cho người gửi; vẫn là quá hạn.",
            "Overdue, with the reason told to the sender; still overdue.",
        ),
        basis="Đ12.4",
        part_of=Measure.OUTSTANDING_OVERDUE,
    ),
    Measure.OUTSTANDING_NO_BASIS: Explained(
        label=Text("Tồn, chưa có căn cứ tính hạn", "Outstanding, deadline basis missing"),
        how=Text(
            "Chưa kết thúc; chưa có bộ quy tắc nào được áp dụng nên không tính hạn.",
            "Open; no rule pack was adopted, so there is no deadline.",
        ),
        basis="QĐ Đ2",
        part_of=Measure.OUTSTANDING,
    ),
    Measure.OFF_SYSTEM: Explained(
        label=Text("Đưa ra khỏi hệ thống trong kỳ (bảo mật)", "Taken off the system (secrecy)"),
        how=Text(
            "Đếm riêng theo ngày có quyết định; hồ sơ không còn trong số liệu nào khác của mọi kỳ, không nêu cơ quan, lĩnh vực.",
            "Counted apart, by the day of the decision; the case is in no other number of any period, and under no agency or field.",
        ),
        basis="Đ13.2",
    ),
    Measure.ERASED: Explained(
        label=Text("Đã xóa dữ liệu trong kỳ", "Erased"),
        how=Text(
            "Đếm riêng theo ngày xóa; dữ liệu không còn nên hồ sơ không có trong số liệu nào khác.",
            "Counted apart, by the day of the erasure; nothing is left to count the case by in any other number.",
        ),
        basis="Luật 91/2025/QH15",
    ),
}

DUTY_LABELS: Mapping[Duty, tuple[Text, str]] = {
    Duty.CLASSIFY: (Text("Phân loại", "Classification"), "Đ12.1–12.4"),
    Duty.HANDLE: (Text("Xử lý", "Handling"), "Đ12.4"),
    Duty.COORDINATE: (Text("Phối hợp", "Coordination"), "Đ12.4"),
    Duty.PUBLISH: (Text("Công khai, trả lời", "Publication"), "Đ13.1"),
    Duty.ASK_SUPPLEMENT: (
        Text("Yêu cầu bổ sung (theo cổng)", "Asking for a supplement (portal)"),
        "Bộ chỉ số 766",
    ),
    Duty.ANSWER: (Text("Trả lời (theo cổng)", "Answer (portal)"), "Bộ chỉ số 766"),
}
"""A duty's name and basis."""

OUTCOME_LABELS: Mapping[Outcome, Text] = {
    Outcome.IN_TIME: Text("đúng hạn", "in time"),
    Outcome.LATE: Text("quá hạn", "late"),
    Outcome.OVERDUE: Text("chưa xong, quá hạn", "not done, overdue"),
    Outcome.NO_BASIS: Text("chưa có căn cứ", "no basis"),
}

_OUTCOME_HOW: Mapping[Outcome, Text] = {
    Outcome.IN_TIME: Text(
        "Nghĩa vụ xong trong kỳ, chậm nhất 24 giờ ngày hết hạn.",
        "Done within the period, by 24:00 of its last day.",
    ),
    Outcome.LATE: Text(
        "Nghĩa vụ xong trong kỳ, sau ngày hết hạn.", "Done within the period, after its last day."
    ),
    Outcome.OVERDUE: Text(
        "Cuối kỳ chưa xong và đã quá ngày hết hạn.", "Not done at the end of the period, past its last day."
    ),
    Outcome.NO_BASIS: Text(
        "Nghĩa vụ xong trong kỳ, chưa có căn cứ tính hạn.", "Done within the period; deadline basis missing."
    ),
}


def _of_duty(duty: Duty, outcome: Outcome) -> Explained:
    name, basis = DUTY_LABELS[duty]
    told = OUTCOME_LABELS[outcome]
    return Explained(
        label=Text(f"{name.vi}: {told.vi}", f"{name.en}: {told.en}"), how=_OUTCOME_HOW[outcome], basis=basis
    )


MEASURES: Mapping[str, Explained] = {
    **_FLOW,
    **{duty_key(duty, outcome): _of_duty(duty, outcome) for duty in DUTIES for outcome in Outcome},
}
"""All numbers in the order in which reports show them."""

AVERAGE_DAYS = Explained(
    label=Text("Số ngày làm việc bình quân đến khi trả lời", "Average working days to the answer"),
    how=Text(
        "Từ ngày tiếp nhận (không tính ngày tiếp nhận) đến ngày trả lời, của các hồ sơ trả lời trong kỳ.",
        "From the day of receipt, which is not counted, to the day of the answer, of cases answered in the period.",
    ),
    basis="Đ14.2, Đ16",
)
"""The one number that is no count of cases."""
