"""What each finding means and what to do about it, for people who are no engineers."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.verify.finding import Kind
from connector.verify.words import Said


@dataclass(frozen=True)
class Told:
    """A finding: what it is, and the next step."""

    what: Said
    then: Said


_ASK = Said(
    "Giữ nguyên tệp này, ghi mã SHA-256 của nó vào biên bản. Xin cơ quan vận hành một bản xuất mới và kiểm tra lại; nếu vẫn sai, yêu cầu giải trình bằng văn bản.",
    "Keep this file as it is and put its SHA-256 on record. Ask the operating agency for a new export and check that; if it is wrong as well, ask for a written explanation.",
)
_AGAIN = Said(
    "Lấy lại tệp từ nguồn (có thể hỏng khi sao chép) rồi kiểm tra lại. Nếu vẫn sai: giữ cả hai bản, ghi mã SHA-256 vào biên bản.",
    "Fetch the file again from its source (it may have been damaged in copying) and check again. If it is still wrong: keep both and put their SHA-256 on record.",
)
_ACCUSE = Said(
    "Đây là dấu hiệu can thiệp vào nhật ký. Giữ nguyên tệp này và điểm niêm phong đã lưu, lập biên bản, báo cho người phụ trách thanh tra và an toàn thông tin; không chấp nhận bản xuất thay thế khi chưa được giải trình.",
    "This is a sign that the log was tampered with. Keep this file and the checkpoint you had, put it on record, tell those in charge of inspection and information security; accept no replacement before it is explained.",
)
_KEYS = Said(
    "So mã khóa với danh sách khóa đã công bố (log-keys.json) nhận qua kênh khác với tệp này. Nếu danh sách của ông/bà đã cũ, xin bản mới kèm xác nhận; nếu không, coi tệp là không đáng tin.",
    "Compare the key with the published list (log-keys.json), received by another way than this file. If your list is old, ask for the new one with a confirmation; else do not trust the file.",
)
_OURS = Said(
    "Kiểm tra lại tên tệp và tùy chọn đã gõ (phanhoi-verify --help).",
    "Check the file names and options that you typed (phanhoi-verify --help).",
)
_WHOLE = Said(
    "Xin bản xuất đầy đủ từ sau điểm niêm phong đó, không lọc và không bỏ mục nào.",
    "Ask for an export that has everything after that checkpoint, without filter and without gaps.",
)

KINDS: Mapping[Kind, Told] = {
    Kind.CHANGED: Told(
        Said(
            "Mục {seq} ĐÃ BỊ SỬA: nội dung không còn khớp mã băm ghi trong chính mục đó.",
            "Entry {seq} WAS CHANGED: its content does not give the hash that it carries.",
        ),
        _ASK,
    ),
    Kind.REPLACED: Told(
        Said(
            "Mục {range} ĐÃ BỊ THAY bằng mục khác (đã tính lại mã băm): mục liền kề ghi một mã băm khác.{since}",
            "Entry {range} WAS REPLACED by another (its hash was computed anew): its neighbour recorded another hash.{since}",
        ),
        _ASK,
    ),
    Kind.MISSING: Told(
        Said(
            "THIẾU mục {range}: đã bị xóa khỏi tệp, không có dấu vết hợp lệ thay vào chỗ đó.",
            "Entry {range} is MISSING: it was taken out of the file, and nothing valid stands in its place.",
        ),
        _ASK,
    ),
    Kind.REORDERED: Told(
        Said(
            "Từ mục {seq} các mục ĐÃ BỊ ĐẢO THỨ TỰ.",
            "From entry {seq} on entries WERE REORDERED.",
        ),
        _ASK,
    ),
    Kind.INSERTED: Told(
        Said(
            "Tại số {seq} có mục BỊ CHÈN THÊM: hai mục cùng tranh một vị trí.",
            "At number {seq} an entry WAS INSERTED: two entries claim one place.",
        ),
        _ASK,
    ),
    Kind.DUPLICATED: Told(
        Said("Mục {seq} BỊ LẶP hai lần.", "Entry {seq} stands there TWICE."),
        _AGAIN,
    ),
    Kind.OPENING: Told(
        Said(
            "Giá trị «{name}» kèm theo mục {seq} KHÔNG PHẢI giá trị đã được cam kết khi ghi nhật ký. Bản thân mục nhật ký không sai.",
            "The value «{name}» shown with entry {seq} is NOT the one that was committed to when the log was written. The entry itself is not wrong.",
        ),
        Said(
            "Không dùng giá trị này làm chứng cứ. Xin lại tệp chứng cứ của hồ sơ và kiểm tra lại.",
            "Do not use that value as evidence. Ask for the evidence file anew and check it.",
        ),
    ),
    Kind.TREE: Told(
        Said(
            "Trong khoảng mục {range} nội dung tệp KHÔNG PHẢI nội dung đã được niêm phong: ít nhất một mục, hoặc một đoạn bỏ qua, đã bị đổi và được tính lại mã băm.",
            "Within entries {range} the file is NOT what was sealed: at least one entry, or one gap, was changed and its hashes computed anew.",
        ),
        _ASK,
    ),
    Kind.GAP: Told(
        Said(
            "Đoạn bỏ qua tại mục {range} KHÔNG HỢP LỆ (chồng lên nhau, hở, sai bậc, hoặc che mất một điểm niêm phong).",
            "The gap at entry {range} is INVALID (it overlaps, leaves a hole, has a wrong level, or hides a checkpoint).",
        ),
        _ASK,
    ),
    Kind.CUT_OFF: Told(
        Said(
            "Tệp BỊ CẮT ĐUÔI: thiếu mục {range} mà điểm niêm phong của chính tệp nói là có.",
            "The file was CUT OFF: entry {range} is missing, which the file's own checkpoint counts.",
        ),
        _ASK,
    ),
    Kind.BEYOND: Told(
        Said(
            "Từ mục {seq} các mục nằm NGOÀI điểm niêm phong của tệp: không gì bảo đảm cho chúng, hoặc điểm niêm phong đã bị đổi lấy một điểm cũ hơn.",
            "From entry {seq} on the file goes BEYOND its checkpoint: nothing vouches for these entries, or the checkpoint was exchanged for an older one.",
        ),
        _ASK,
    ),
    Kind.CHECKPOINT: Told(
        Said(
            "Điểm niêm phong {name} HỎNG: không đúng dạng.",
            "The checkpoint {name} is DAMAGED: it has not the form of one.",
        ),
        _AGAIN,
    ),
    Kind.BAD_SIGNATURE: Told(
        Said(
            "CHỮ KÝ SAI trên điểm niêm phong tại mục {seq} (khóa {name}): nội dung điểm niêm phong hoặc chữ ký đã bị sửa.",
            "WRONG SIGNATURE on the checkpoint at entry {seq} (key {name}): the checkpoint or the signature was altered.",
        ),
        _ASK,
    ),
    Kind.RE_SIGNED: Told(
        Said(
            "Điểm niêm phong tại mục {seq} ĐÃ BỊ KÝ LẠI BẰNG KHÓA LẠ ({name}): không có trong danh sách khóa dùng để kiểm tra.",
            "The checkpoint at entry {seq} WAS SIGNED BY A FOREIGN KEY ({name}): not in the list of keys it is checked with.",
        ),
        _KEYS,
    ),
    Kind.KEY_NOT_VALID: Told(
        Said(
            "Điểm niêm phong tại mục {seq} ký bằng khóa {name} NGOÀI THỜI HẠN hiệu lực của khóa.",
            "The checkpoint at entry {seq} is signed with key {name} OUTSIDE THE TIME in which that key counts.",
        ),
        _KEYS,
    ),
    Kind.OTHER_LOG: Told(
        Said(
            "Điểm niêm phong thuộc NHẬT KÝ KHÁC ({name}).",
            "The checkpoint is of ANOTHER LOG ({name}).",
        ),
        _KEYS,
    ),
    Kind.ROLLED_BACK: Told(
        Said(
            "Nhật ký BỊ LÙI VỀ TRẠNG THÁI CŨ: ông/bà giữ điểm niêm phong ({name}) chứng minh đã có mục {range}, nhưng tệp dừng trước đó.",
            "The log was ROLLED BACK: you hold a checkpoint ({name}) that proves entry {range}, and the file ends before.",
        ),
        Said(
            "Nếu tệp vốn được xuất trước điểm niêm phong đó, chạy lại với --old. Nếu vừa xin: yêu cầu bản mới đến ít nhất điểm niêm phong này; không có thì các mục đó đã bị mất hoặc xóa, lập biên bản.",
            "If the file was made before that checkpoint, run again with --old. If you have just asked for it: demand one that reaches the checkpoint; if there is none, those entries were lost or removed, put it on record.",
        ),
    ),
    Kind.REWRITTEN: Told(
        Said(
            "Nhật ký ĐÃ BỊ VIẾT LẠI trong khoảng mục {range}: tự nó khớp, nhưng khác với điểm niêm phong trước đây {name}.",
            "The log WAS REWRITTEN within entries {range}: it fits itself, but not the earlier checkpoint {name}.",
        ),
        _ACCUSE,
    ),
    Kind.TWO_HISTORIES: Told(
        Said(
            "HAI LỊCH SỬ: các điểm niêm phong mâu thuẫn nhau tại mục {seq} ({name}).",
            "TWO HISTORIES: the checkpoints contradict each other at entry {seq} ({name}).",
        ),
        _ACCUSE,
    ),
    Kind.CHECKPOINT_GONE: Told(
        Said(
            "Thư mục THIẾU điểm niêm phong tại mục {seq} mà {name} nói là đứng trước nó.",
            "The folder LACKS the checkpoint at entry {seq} that {name} names as the one before it.",
        ),
        Said(
            "Tìm bản sao của điểm niêm phong đó (thư mục chỉ ghi một lần, bên chứng kiến). Mất nó là điều cần giải trình.",
            "Look for a copy of it (write-once folder, witness). That it is gone needs an explanation.",
        ),
    ),
    Kind.TIMESTAMP: Told(
        Said(
            "DẤU THỜI GIAN SAI: không phải của cơ quan cấp dấu đã chọn, hoặc không phải cho điểm niêm phong này.",
            "WRONG TIME STAMP: not by the chosen authority, or not of this checkpoint.",
        ),
        Said(
            "Không dựa vào thời điểm ghi trong tệp. Kiểm tra chứng thư của cơ quan cấp dấu, rồi xin bản xuất mới.",
            "Do not rely on the time in the file. Check the authority's certificate, then ask for a new export.",
        ),
    ),
    Kind.DAMAGED: Told(
        Said(
            "Dòng {line} (chỗ của mục {seq}) HỎNG, không đọc được theo một nghĩa duy nhất ({name}).",
            "Line {line} (where entry {seq} is due) is DAMAGED and cannot be read in one way ({name}).",
        ),
        _AGAIN,
    ),
    Kind.TRUNCATED: Told(
        Said(
            "Tệp BỊ CẮT NGANG trước mục {seq}: không có dòng kết thúc.",
            "The file BREAKS OFF before entry {seq}: its last line is not there.",
        ),
        _AGAIN,
    ),
    Kind.AFTER_END: Told(
        Said(
            "Có nội dung BỊ THÊM SAU dòng kết thúc (dòng {line}).",
            "Something was ADDED AFTER the last line (line {line}).",
        ),
        _AGAIN,
    ),
    Kind.DIGEST: Told(
        Said(
            "Tệp ĐÃ BỊ SỬA SAU KHI XUẤT: mã SHA-256 ở dòng kết thúc không khớp. Nếu đây là lỗi duy nhất, chỗ bị sửa nằm ở phần không niêm phong (dòng đầu, tóm tắt, dòng kết thúc, giá trị bị bỏ bớt); các mục nhật ký vẫn đúng.",
            "The file WAS ALTERED AFTER THE EXPORT: the SHA-256 in its last line does not fit. If this is all that is wrong, the altered place is in what is not sealed (first line, summary, last line, values left out); the entries are right.",
        ),
        _AGAIN,
    ),
    Kind.COUNTS: Told(
        Said(
            "Dòng kết thúc BỊ SỬA: số mục ghi ở đó không phải số mục trong tệp.",
            "The last line WAS ALTERED: it does not count what is in the file.",
        ),
        _AGAIN,
    ),
    Kind.FILTER: Told(
        Said(
            "Mục {seq} không thuộc phạm vi lọc ghi ở dòng đầu: bộ lọc ĐÃ BỊ SỬA, hoặc tệp bị ghép.",
            "Entry {seq} does not belong to the filter in the first line: the filter WAS ALTERED, or the file was put together.",
        ),
        _ASK,
    ),
    Kind.INCOMPLETE: Told(
        Said(
            "Tệp KHÔNG ĐẦY ĐỦ: phải có mọi mục, nhưng mục {range} chỉ còn dấu băm.",
            "The file is NOT COMPLETE: it should have every entry, but of entry {range} only the hash is there.",
        ),
        _WHOLE,
    ),
    Kind.FILE_GONE: Told(
        Said("THIẾU tệp {name} mà bản kê nêu.", "The file {name}, which the manifest names, is NOT THERE."),
        _AGAIN,
    ),
    Kind.FILE_DIFFERS: Told(
        Said(
            "Tệp {name} KHÁC với lúc xuất: mã SHA-256 hoặc kích thước không khớp bản kê.",
            "The file {name} DIFFERS from what was exported: SHA-256 or size does not fit the manifest.",
        ),
        _AGAIN,
    ),
    Kind.MANIFEST: Told(
        Said(
            "Bản kê SAI ở «{name}»: không khớp với tệp, hoặc chỉ ra ngoài thư mục.",
            "The manifest is WRONG about «{name}»: it does not fit the file, or points out of its folder.",
        ),
        _AGAIN,
    ),
    Kind.UNREADABLE: Told(
        Said("Không đọc được: {name}", "Cannot be read: {name}"),
        _OURS,
    ),
    Kind.NO_EXPORT: Told(
        Said(
            "Đây không phải tệp xuất nhật ký của phanhoi (hoặc dòng đầu đã hỏng: {name}).",
            "This is no log export of phanhoi (or its first line is damaged: {name}).",
        ),
        Said(
            "Chọn tệp .jsonl hoặc .manifest.json do «phanhoi log export» hay «phanhoi case evidence» tạo ra; không mở rồi lưu lại bằng phần mềm khác.",
            "Choose the .jsonl or .manifest.json that “phanhoi log export” or “phanhoi case evidence” made; do not open and save it with another program.",
        ),
    ),
    Kind.NO_LIBRARY: Told(
        Said(
            "Không kiểm tra được dấu thời gian: máy này chưa có thư viện {name}.",
            "The time stamp cannot be checked: the library {name} is not installed here.",
        ),
        Said(
            "Cài thư viện đó (docs/verify.md), hoặc bỏ --tsa-ca để kiểm tra phần còn lại.",
            "Install it (docs/verify.md), or leave out --tsa-ca to check the rest.",
        ),
    ),
    Kind.ONLY_ITSELF: Told(
        Said(
            "CHỈ TỰ NHẤT QUÁN: tệp khớp với chính nó, nhưng ai làm giả cả tệp lẫn khóa cũng làm được như vậy.",
            "ONLY CONSISTENT WITH ITSELF: the file fits itself, but so would a file that was forged together with its keys.",
        ),
        Said(
            "Chạy lại với --keys (danh sách khóa đã công bố, nhận qua kênh khác) hoặc --checkpoint (điểm niêm phong ông/bà đã lưu).",
            "Run again with --keys (the published list of keys, received by another way) or --checkpoint (one that you kept).",
        ),
    ),
    Kind.ANCHORED_PARTLY: Told(
        Said(
            "Chỉ được bảo đảm MỘT PHẦN: từ mục {range} chưa có khóa hay điểm niêm phong nào của ông/bà xác nhận.",
            "Vouched for only IN PART: for entry {range} there is no key or checkpoint of yours.",
        ),
        Said(
            "Chạy lại với --keys, hoặc với một điểm niêm phong mới hơn.",
            "Run again with --keys, or with a newer checkpoint.",
        ),
    ),
    Kind.NO_WITNESS: Told(
        Said(
            "Bên chứng kiến {name} KHÔNG ký điểm niêm phong này.",
            "The witness {name} did NOT sign this checkpoint.",
        ),
        Said(
            "Hỏi bên chứng kiến xem họ có điểm niêm phong nào, dùng nó với --checkpoint.",
            "Ask the witness which checkpoint they hold, and use that one with --checkpoint.",
        ),
    ),
    Kind.NO_TIMESTAMP: Told(
        Said("Tệp không có dấu thời gian.", "The file has no time stamp."),
        Said(
            "Bỏ --tsa-ca nếu không cần, hoặc xin bản xuất có dấu thời gian.",
            "Leave out --tsa-ca if you do not need it, or ask for an export with a time stamp.",
        ),
    ),
}
