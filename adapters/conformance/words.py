"""The promises in words, for the officials who sign the report."""

from collections.abc import Mapping

from connector.texts import Text

WORDS: Mapping[str, Text] = {
    "changes_tell_all_and_repeat_it": Text(
        "Mọi hồ sơ đang chờ đều được báo, và báo lại cho bên chưa lưu.",
        "Everything that waits is told, and told again to who did not store it.",
    ),
    "changes_skip_nothing_that_is_born_while_paging": Text(
        "Hồ sơ mới hoặc đổi trong lúc đọc từng trang không bị bỏ sót.",
        "A case born or changed while pages are read is not skipped.",
    ),
    "changes_are_told_from_the_watermark_of_the_same_moment": Text(
        "Việc xảy ra đúng giây của mốc đọc được báo ở lần đọc sau.",
        "What happens in the very second of the watermark is told by the next reading.",
    ),
    "the_next_page_confirms_the_one_before": Text(
        "Mục chỉ rời hàng đợi khi trang sau được hỏi, không sớm hơn.",
        "An item leaves the queue when the next page is asked for, and no sooner.",
    ),
    "records_are_plain_and_complete": Text(
        "Mỗi bản ghi nêu hệ thống, hồ sơ, phiên bản và giữ nguyên dữ liệu gốc.",
        "Each record names system, case and version, and keeps the bytes.",
    ),
    "fetch_gives_the_same_version_until_something_happens": Text(
        "Phiên bản chỉ đổi khi hồ sơ đổi.", "The version changes when the case does, and only then."
    ),
    "an_unknown_case_is_permanent": Text(
        "Hỏi hồ sơ không có thì báo lỗi, không trả hồ sơ rỗng.",
        "An unknown case is an error, never an empty record.",
    ),
    "every_record_maps_without_a_gap": Text(
        "Ánh xạ đọc được mọi điều hệ thống báo.", "The mapping reads all that the system tells."
    ),
    "files_come_byte_for_byte": Text("Tệp nhận về đúng từng byte.", "Files come byte for byte."),
    "a_write_takes_effect_once_under_its_key": Text(
        "Một khóa chống trùng chỉ có một tác động.", "One key, one effect."
    ),
    "a_lost_reply_after_the_effect_is_in_doubt_and_found": Text(
        "Mất trả lời sau khi đã ghi: chưa rõ kết quả, tra cứu thấy.",
        "A reply lost after the effect: in doubt, and found by the look-up.",
    ),
    "a_lost_reply_before_the_effect_is_in_doubt_and_absent": Text(
        "Mất trả lời khi chưa ghi: chưa rõ kết quả, tra cứu không thấy, gửi lại được.",
        "A reply lost before the effect: in doubt, disproved by the look-up, and sent again.",
    ),
    "find_changes_nothing": Text("Tra cứu không làm thay đổi gì.", "A look-up changes nothing."),
    "a_state_that_forbids_is_a_conflict": Text(
        "Trạng thái không cho phép thì báo xung đột, không ghi.",
        "A state that forbids is a conflict, and nothing is written.",
    ),
    "an_operation_that_it_does_not_have_is_permanent": Text(
        "Thao tác không có thì từ chối trước khi gửi.",
        "An operation that it does not have is refused before anything is sent.",
    ),
    "files_go_byte_for_byte": Text("Tệp gửi đi đúng từng byte.", "Files go byte for byte."),
    "a_refused_account_stops_without_hammering": Text(
        "Tài khoản bị từ chối thì dừng, không thử dồn dập.",
        "A refused account stops, and the login is not hammered.",
    ),
    "a_remote_that_is_down_is_unreachable": Text(
        "Hệ thống không hoạt động thì báo không tới được, không việc nào chưa rõ.",
        "A system that is down is unreachable; nothing is in doubt.",
    ),
    "catalogues_name_our_agency": Text(
        "Danh mục có cơ quan của ta, mã không trùng.", "Catalogues name our agency; codes are unique."
    ),
    "ping_proves_life": Text(
        "Hệ thống trả lời, nhận ra ta, đồng hồ lệch dưới một phút.",
        "The system answers, knows us, and its clock is within a minute.",
    ),
    "capabilities_cover_what_the_mapping_writes": Text(
        "Bộ nối làm được mọi thao tác mà ánh xạ gửi đi.",
        "The adapter performs every operation that the mapping writes.",
    ),
    "errors_never_hold_what_a_sender_wrote": Text(
        "Không thông báo lỗi nào chứa nội dung của người gửi.", "No error holds what a sender wrote."
    ),
    "catalogues_have_codes_and_names": Text(
        "Mỗi dòng danh mục có mã riêng và tên.", "Every line of a catalogue has a code of its own and a name."
    ),
    "what_waits_is_told_again_alike": Text(
        "Hồ sơ đọc mà chưa xác nhận được báo lại y như trước.",
        "What was read and not confirmed is told again alike.",
    ),
    "what_waits_is_plain_and_whole": Text(
        "Mỗi hồ sơ đang chờ đọc được trọn vẹn.", "Every waiting case can be read whole."
    ),
    "what_waits_maps_without_a_gap": Text(
        "Ánh xạ đọc được mọi hồ sơ đang chờ, không thiếu mã nào.",
        "The mapping reads every waiting case; no code is missing.",
    ),
    "fetch_gives_the_same_version_twice": Text(
        "Hai lần đọc một hồ sơ không đổi cho cùng một phiên bản.",
        "Two readings of a case that rests give one version.",
    ),
    "files_are_read_alike_and_are_what_was_announced": Text(
        "Hai lần đọc một tệp giống nhau, đúng kích thước và mã băm đã báo.",
        "Two readings of a file are alike, of the announced size and hash.",
    ),
    "find_finds_no_case_that_was_never_filed": Text(
        "Tra cứu không thấy hồ sơ chưa từng nộp.", "The look-up finds no case that was never filed."
    ),
}
"""By the name of the promise's function."""
