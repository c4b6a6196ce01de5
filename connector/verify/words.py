"""What the verifier says besides its findings: Vietnamese first, then English, for people who are no engineers."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.verify.finding import Fact, Verdict


@dataclass(frozen=True)
class Said:
    """One text in both languages, with the same places."""

    vi: str
    en: str


FACTS: Mapping[Fact, Said] = {
    Fact.SIGNED: Said(
        "Điểm niêm phong {size:,} mục, lúc {time}, ký bởi khóa {key} mà ông/bà đưa vào.",
        "Checkpoint over {size:,} entries, {time}, signed by the key {key} that you brought.",
    ),
    Fact.SEALED: Said(
        "Điểm niêm phong {size:,} mục, lúc {time}, ký bởi khóa {key} ghi trong chính tệp (chưa phải căn cứ tin cậy).",
        "Checkpoint over {size:,} entries, {time}, signed by the key {key} out of the file itself (no ground for trust).",
    ),
    Fact.EARLIER: Said(
        "Nối tiếp đúng {count:,} điểm niêm phong trước đó trong tệp.",
        "It continues {count:,} earlier checkpoints of the file.",
    ),
    Fact.COMPARED: Said(
        "Khớp {count:,} điểm niêm phong ông/bà đưa vào.",
        "It fits {count:,} checkpoints that you brought.",
    ),
    Fact.COMPLETE: Said(
        "Đầy đủ mọi mục từ sau điểm niêm phong {start:,} đến {size:,}.",
        "Every entry after the checkpoint {start:,} up to {size:,} is there.",
    ),
    Fact.LEFT_OUT: Said(
        "{count:,} mục không nằm trong tệp, chỉ có dấu băm giữ chỗ.",
        "{count:,} entries are not in the file; their hashes hold their places.",
    ),
    Fact.OPENED: Said(
        "{count:,} giá trị kèm theo đúng là giá trị đã cam kết khi ghi nhật ký.",
        "{count:,} values shown with entries are the ones that were committed to.",
    ),
    Fact.SUMMARY: Said(
        "Phần tóm tắt hồ sơ chỉ để đọc, không được chứng minh.",
        "The summary of the case is for reading; nothing proves it.",
    ),
    Fact.FILTERED: Said(
        "Tệp đã lọc: mục có trong tệp là thật; tệp không chứng minh rằng không còn mục nào khác thuộc phạm vi lọc.",
        "The file is filtered: its entries are genuine; it does not prove that no other entry fits the filter.",
    ),
    Fact.OUTCOME: Said(
        "Điều kiện lọc theo kết quả gửi không kiểm tra được từ tệp.",
        "The filter by outcome cannot be checked from the file.",
    ),
    Fact.NOT_PASSED: Said(
        "{count:,} điểm niêm phong ông/bà đưa vào nằm trong đoạn bỏ qua, không so được.",
        "{count:,} checkpoints that you brought lie within gaps and could not be compared.",
    ),
    Fact.OLD: Said(
        "Tệp cũ (--old): dừng ở mục {size:,}, điểm niêm phong mới nhất của ông/bà là {newest:,}.",
        "An old file (--old): it ends at entry {size:,}, your newest checkpoint is at {newest:,}.",
    ),
    Fact.STAMPED: Said(
        "Dấu thời gian đúng: cơ quan cấp dấu thấy điểm niêm phong lúc {time}.",
        "The time stamp is right: the authority saw the checkpoint at {time}.",
    ),
    Fact.STAMP_IGNORED: Said(
        "Tệp có dấu thời gian; không kiểm tra vì không có --tsa-ca.",
        "The file has a time stamp; not checked without --tsa-ca.",
    ),
    Fact.WITNESSED: Said(
        "Bên chứng kiến {name} đã thấy điểm niêm phong lúc {time}.",
        "The witness {name} saw the checkpoint at {time}.",
    ),
    Fact.RESTORED: Said(
        "CHÚ Ý: nhật ký nêu một lần KHÔI PHỤC sau mục {at:,} (nhánh {branch}): những gì từng được ký sau đó, đến mục {to:,}, không còn. Mục ghi người chấp nhận và lý do; yêu cầu giải trình.",
        "NOTE: the log declares a RESTORE after entry {at:,} (branch {branch}): what was once signed beyond it, up to entry {to:,}, is lost. The entry names who accepted it and why; ask for an explanation.",
    ),
    Fact.LOST_BRANCH: Said(
        "{count} điểm niêm phong của ông/bà thuộc nhánh đã mất mà nhật ký nêu: không mâu thuẫn, nhưng không chứng thực cho tệp này.",
        "{count} of your checkpoints belong to the lost branch that the log declares: no contradiction, but they do not vouch for this file.",
    ),
    Fact.FILE_RIGHT: Said(
        "{name}: khớp bản kê (bản kê không được ký; chỉ tệp .jsonl tự chứng minh).",
        "{name}: as the manifest has it (the manifest is not signed; only a .jsonl proves itself).",
    ),
}

VERDICTS: Mapping[Verdict, Said] = {
    Verdict.RIGHT: Said("ĐÚNG", "RIGHT"),
    Verdict.WRONG: Said("SAI", "WRONG"),
    Verdict.UNCHECKED: Said("KHÔNG KIỂM TRA ĐƯỢC", "CANNOT BE CHECKED"),
    Verdict.UNANCHORED: Said("TỰ NHẤT QUÁN, CHƯA CÓ CĂN CỨ TIN CẬY", "RIGHT IN ITSELF, NOT ANCHORED"),
}

SINCE = Said(
    " Các mục từ {since} đến đó cũng có thể đã bị thay.",
    " Entries from {since} up to it may have been replaced, too.",
)
RANGE = Said("{seq} đến {to}", "{seq} to {to}")
ENTRIES = Said("Số mục đã kiểm tra đúng: {count:,}", "Entries found right: {count:,}")
THEN = Said("Việc cần làm: ", "What to do: ")
