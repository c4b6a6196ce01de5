"""Texts of ``phanhoi incident``, Vietnamese first; joined to the catalogue by :mod:`connector.texts`."""

from collections.abc import Mapping

INCIDENT: Mapping[str, tuple[str, str]] = {
    "head.matter": ("Nội dung", "Matter"),
    "head.ways": ("Cách tiếp cận", "Ways"),
    "head.data": ("Loại dữ liệu", "Data"),
    "head.first": ("Sớm nhất", "First"),
    "head.last": ("Muộn nhất", "Last"),
    "head.applies": ("Áp dụng", "Applies"),
    "incident.window": (
        "Từ {since} đến trước {until}; nhật ký đến mục {upto}",
        "From {since} until before {until}; the log up to entry {upto}",
    ),
    "incident.beginning": ("đầu nhật ký", "the beginning of the log"),
    "incident.cases": ("Hồ sơ bị ảnh hưởng: {count}", "Cases concerned: {count}"),
    "incident.subjects": (
        "Người và tổ chức bị ảnh hưởng: ít nhất {least}, nhiều nhất {most}",
        "People and bodies concerned: at least {least}, at most {most}",
    ),
    "incident.nameless": ("Hồ sơ không nêu người gửi: {count}", "Cases that name no sender: {count}"),
    "incident.unopened": (
        "Hồ sơ không mở được (đã xóa, hoặc đếm không dùng khóa chủ): {count}",
        "Cases that could not be opened (erased, or counted without the master keys): {count}",
    ),
    "incident.located": (
        "Người có dữ liệu vị trí bị ảnh hưởng: {count}",
        "People of whom position data was touched: {count}",
    ),
    "incident.nothing": (
        "Nhật ký không ghi dữ liệu của hồ sơ nào di chuyển trong phạm vi này.",
        "The log tells of no case whose data moved within this scope.",
    ),
    "incident.more": (
        "… và {count} hồ sơ nữa; xem đủ bằng --list TỆP.csv",
        "… and {count} more; all of them with --list FILE.csv",
    ),
    "incident.perhaps": ("cần xem xét", "to be judged"),
    "incident.kept": (
        "Lưu hồ sơ sự cố ít nhất đến {until}",
        "Keep the file of the incident at least until {until}",
    ),
    "incident.written": ("Đã ghi {path}", "Written: {path}"),
    "incident.counting": ("Đang đếm hồ sơ", "Counting cases"),
    # ---- ways
    "incident.way_told": ("hệ thống khác gửi đến", "told by a system"),
    "incident.way_sent": ("gửi sang hệ thống khác", "sent to a system"),
    "incident.way_read": ("cán bộ mở xem người gửi và nội dung", "sender and content opened by an official"),
    "incident.way_printed": ("in phiếu chuyển xử lý", "hand-over sheet printed"),
    "incident.way_exported": (
        "lập hồ sơ chứng cứ hoặc trích xuất có mở giá trị",
        "evidence or opened values exported",
    ),
    # ---- classes of data
    "incident.class_name": ("họ tên, tên tổ chức", "name of a person or body"),
    "incident.class_phone": ("số điện thoại", "phone number"),
    "incident.class_address": ("địa chỉ", "address"),
    "incident.class_email": ("thư điện tử", "e-mail address"),
    "incident.class_account": ("tài khoản số", "digital account"),
    "incident.class_content": ("tiêu đề và nội dung phản ánh", "title and content"),
    "incident.class_place": ("nơi xảy ra (bằng chữ)", "place, in words"),
    "incident.class_point": ("tọa độ vị trí (dữ liệu nhạy cảm)", "coordinates (sensitive)"),
    "incident.class_files": ("tệp đính kèm", "files"),
    "incident.class_wording": ("lời văn của các bước xử lý, trả lời", "texts of acts and answers"),
    # ---- duties
    "incident.duty_first_notice": (
        "Thông báo ban đầu cho Bộ Công an (nếu là sự cố nghiêm trọng)",
        "First notice to the Ministry of Public Security (if the incident is serious)",
    ),
    "incident.duty_authority": (
        "Thông báo vi phạm dữ liệu cá nhân cho cơ quan chuyên trách (Mẫu số 08)",
        "Notice of the breach to the authority for personal data (form 08)",
    ),
    "incident.duty_persons": (
        "Thông báo cho người có dữ liệu vị trí bị ảnh hưởng",
        "Notice to the persons whose position data was touched",
    ),
    "incident.duty_report": (
        "Báo cáo sự cố cho Bộ Công an (nếu là sự cố nghiêm trọng)",
        "Report to the Ministry of Public Security (if the incident is serious)",
    ),
    "incident.basis_personal_data": (
        "Luật 91/2025/QH15; NĐ 356/2025/NĐ-CP, Mẫu số 08",
        "Law 91/2025/QH15; Decree 356/2025/NĐ-CP, form 08",
    ),
    "incident.basis_cyber": (
        "Luật 116/2025/QH15; NĐ 331/2026/NĐ-CP",
        "Law 116/2025/QH15; Decree 331/2026/NĐ-CP",
    ),
    # ---- the letter
    "incident.letter_title": (
        "THÔNG BÁO VI PHẠM QUY ĐỊNH VỀ BẢO VỆ DỮ LIỆU CÁ NHÂN (DỰ THẢO)",
        "NOTICE OF A BREACH OF THE PROTECTION OF PERSONAL DATA (DRAFT)",
    ),
    "incident.letter_to": (
        "Kính gửi: [cơ quan chuyên trách bảo vệ dữ liệu cá nhân]",
        "To: [authority for the protection of personal data]",
    ),
    "incident.letter_basis": (
        "Căn cứ Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15 và Nghị định 356/2025/NĐ-CP (nội dung để điền Mẫu số 08).",
        "On the basis of Law 91/2025/QH15 and Decree 356/2025 (what form 08 asks for).",
    ),
    "incident.letter_noticed": ("Thời điểm phát hiện: {at}", "Noticed: {at}"),
    "incident.letter_what": ("1. Mô tả vụ việc", "1. What happened"),
    "incident.letter_window": (
        "- Khoảng thời gian xem xét: từ {since} đến trước {until}",
        "- Time looked at: from {since} until before {until}",
    ),
    "incident.letter_events": (
        "- Việc đầu tiên và việc cuối cùng ghi nhận: {first}; {last}",
        "- First and last event on record: {first}; {last}",
    ),
    "incident.letter_cause": ("- Nguyên nhân, diễn biến: [điền]", "- Cause and course: [to be filled in]"),
    "incident.letter_whom": ("2. Phạm vi ảnh hưởng", "2. Who and what is concerned"),
    "incident.letter_cases": ("- Số hồ sơ phản ánh, kiến nghị: {count}", "- Cases: {count}"),
    "incident.letter_subjects": (
        "- Số chủ thể dữ liệu: ít nhất {least}, nhiều nhất {most}",
        "- Data subjects: at least {least}, at most {most}",
    ),
    "incident.letter_located": (
        "- Trong đó có dữ liệu vị trí (nhạy cảm): {count}",
        "- Of these with position data (sensitive): {count}",
    ),
    "incident.letter_unopened": (
        "- Hồ sơ không mở được để xác định loại dữ liệu: {count}",
        "- Cases that could not be opened to tell the classes: {count}",
    ),
    "incident.letter_classes": (
        "- Loại dữ liệu và số hồ sơ có loại đó:",
        "- Classes of data, and cases that hold them:",
    ),
    "incident.letter_line": ("  + {name}: {count} hồ sơ", "  + {name}: {count} cases"),
    "incident.letter_ways": ("3. Dữ liệu đã được tiếp cận bằng cách nào", "3. How the data was reached"),
    "incident.letter_none": (
        "  + Nhật ký không ghi dữ liệu hồ sơ nào di chuyển trong phạm vi này",
        "  + The log tells of no data that moved within this scope",
    ),
    "incident.letter_measures": (
        "4. Hậu quả có thể xảy ra và biện pháp đã thực hiện: [điền]",
        "4. Possible consequences and measures taken: [to be filled in]",
    ),
    "incident.letter_due": ("5. Thời hạn thông báo", "5. Deadlines of the notices"),
    "incident.letter_duty": ("- {name}: trước {due} ({basis})", "- {name}: before {due} ({basis})"),
    "incident.letter_kept": (
        "Hồ sơ vụ việc được lưu ít nhất đến {until}.",
        "The file is kept at least until {until}.",
    ),
    "incident.letter_source": (
        "Số liệu do phần mềm kết nối đếm lúc {at} theo yêu cầu của tài khoản {by}, từ nhật ký đến mục {upto}; không chứa dữ liệu cá nhân.",
        "Counted by the connector at {at} for account {by}, from the log up to entry {upto}; holds no personal data.",
    ),
    "incident.letter_signed": (
        "Người liên hệ: [họ tên, chức vụ, điện thoại]          Đại diện cơ quan: [ký, ghi rõ họ tên]",
        "Contact: [name, position, phone]          For the agency: [signature, name]",
    ),
}
