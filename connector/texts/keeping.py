"""Texts of the log, its keys and witnesses, of backup and restore. Vietnamese first, English second."""

from collections.abc import Mapping

KEEPING: Mapping[str, tuple[str, str]] = {
    "log.verifying": ("Đang kiểm tra nhật ký", "Verifying the log"),
    "log.ok": (
        "Nhật ký nguyên vẹn: {count} mục, mã cuối {head}.",
        "The log is whole: {count} entries, last hash {head}.",
    ),
    "log.sealed": (
        "{notes} điểm niêm phong và {copies} bản giữ ngoài cơ sở dữ liệu đều đúng; đã ký đến mục {signed}, gốc cây {root}.",
        "{notes} checkpoints and {copies} copies outside the database are right; signed up to entry {signed}, root of the tree {root}.",
    ),
    "log.lost": (
        "Nhật ký nêu một lần khôi phục sau mục {at}: {lost} mục đã ký từ đó không còn; {count} điểm niêm phong thuộc nhánh đã mất.",
        "The log declares a restore after entry {at}: {lost} entries signed from there on are lost; {count} checkpoints are of the lost branch.",
    ),
    "log.unsealed": ("Nhật ký chưa được niêm phong.", "The log is not sealed."),
    "log.none": ("Không có mục mới để niêm phong.", "There is nothing new to seal."),
    "log.no_key": (
        "Chưa có khóa ký (`ledger.signing_keys_file`): nhật ký không được niêm phong.",
        "There is no signing key (`ledger.signing_keys_file`): the log is not sealed.",
    ),
    "log.held": ("Niêm phong đang bị dừng: {reason}", "Sealing is held: {reason}"),
    "log.checkpoint": (
        "Đã niêm phong {size} mục lúc {at}, gốc cây {root}.",
        "Sealed {size} entries at {at}, root of the tree {root}.",
    ),
    "backup.keys": (
        "Đã tạo tệp khóa bí mật {path}: cất ngoài máy chủ, mất khóa là mất mọi bản sao lưu. Trong cấu hình, dưới [backup]:",
        "Made the secret key file {path}: keep it off the server; without it no backup opens. In the settings, under [backup]:",
    ),
    "backup.made": (
        "Đã sao lưu vào {path} ({size} byte), nhật ký đến mục {entries}.",
        "Backed up to {path} ({size} bytes), the log up to entry {entries}.",
    ),
    "backup.masters": (
        "Nội dung hồ sơ trong bản sao lưu chỉ đọc được với khóa chủ: {names}. Cất các khóa này riêng.",
        "What the cases say can be read only with the master keys: {names}. Keep those apart.",
    ),
    "backup.right": (
        "Bản sao lưu lúc {made} khôi phục được: {rows} dòng trong {tables} bảng, phiên bản {version}.",
        "The backup of {made} can be restored: {rows} rows in {tables} tables, version {version}.",
    ),
    "backup.log": (
        "Nhật ký trong đó nguyên vẹn: {entries} mục, đã ký đến mục {signed}.",
        "The log in it is whole: {entries} entries, signed up to entry {signed}.",
    ),
    "backup.opens": (
        "Khóa chủ đang có mở được nội dung ({names}).",
        "The master keys at hand open its content ({names}).",
    ),
    "backup.unopened": (
        "Chưa thử khóa chủ (cấu hình không nêu); cần các khóa: {names}.",
        "No master key was tried (the settings name none); needed: {names}.",
    ),
    "restore.loaded": (
        "Đã khôi phục bản sao lưu lúc {made}, nhật ký đến mục {entries}.",
        "Restored the backup of {made}, the log up to entry {entries}.",
    ),
    "restore.next": (
        "Chưa đọc hay gửi gì cho đến khi có người chấp nhận: phanhoi restore accept --reason …",
        "Nothing is read or sent until somebody accepts: phanhoi restore accept --reason …",
    ),
    "restore.log": (
        "Nhật ký có {entries} mục, đã ký đến mục {sealed}.",
        "The log has {entries} entries, signed up to {sealed}.",
    ),
    "restore.ahead": (
        "Thư mục niêm phong đã có điểm ký {size} mục: cơ sở dữ liệu này cũ hơn.",
        "The checkpoint folder holds one of {size} entries: this database is older.",
    ),
    "restore.held": ("Đang giữ từ {since}: {reason}", "Held since {since}: {reason}"),
    "restore.catching_up": (
        "Đã chấp nhận lúc {at}; đang đọc lại mọi bên, mỗi lần gửi được tra cứu trước.",
        "Accepted at {at}; every side is being read again, and each write is looked up before it is sent.",
    ),
    "restore.caught_up": (
        "Đã bắt kịp lúc {at} sau lần khôi phục gần nhất.",
        "Caught up at {at} after the last restore.",
    ),
    "restore.none": (
        "Cơ sở dữ liệu không cũ hơn phần đã ký.",
        "The database is not older than what was signed.",
    ),
    "restore.accepted": (
        "Đã chấp nhận: chạy tiếp từ mục {entries}, mất {lost} mục đã ký; nhật ký sang nhánh {branch}.",
        "Accepted: going on from entry {entries}, {lost} signed entries are lost; the log goes on in branch {branch}.",
    ),
    "restore.recovered": (
        "Hệ thống Phản hồi cũng mất {codes} hồ sơ; các mã này không cấp lại. Sẽ hỏi lại các cổng: {count} hồ sơ.",
        "The register has lost {codes} cases as well and gives their codes to nobody else. Asked for at the portals: {count}.",
    ),
    "restore.erased": (
        "Hồ sơ đã xóa sau bản sao lưu, nay hủy khóa lại: {count}.",
        "Cases erased after the backup, their keys destroyed again: {count}.",
    ),
    "anchor.receipt": ("ngày tiếp nhận", "receipt"),
    "anchor.custody": ("ngày cơ quan nhận, hoặc ngày bổ sung", "custody, or the supplement"),
    "anchor.role": ("ngày chuyển đầu mối tỉnh", "passing to the province role"),
    "anchor.request": ("ngày yêu cầu bổ sung", "the request"),
    "anchor.hand_over": ("ngày giao đơn vị", "hand-over to the unit"),
    "anchor.coordination": ("ngày nhận đề nghị phối hợp", "the coordinator's receipt"),
    "anchor.result": ("ngày có kết quả", "the result"),
    "anchor.answer": ("ngày trả lời, chờ công khai", "the answer, waiting to be published"),
    "anchor.last_transfer": ("lần chuyển cuối, hoặc ngày gửi", "the last transfer, or submission"),
    "log_key.created": (
        "Đã tạo khóa ký {name} trong {path}. Chỉ tài khoản dịch vụ được đọc; công bố bằng `phanhoi log keys export`.",
        "Made signing key {name} in {path}. Only the service's account may read it; publish with `phanhoi log keys export`.",
    ),
    "log_key.rotated": (
        "Khóa ký {name} (mã {id}) có hiệu lực từ nay. Chép tệp khóa sang mọi máy, công bố lại danh sách khóa.",
        "Signing key {name} (id {id}) counts from now on. Copy the key file to every machine, publish the list anew.",
    ),
    "keys.created": (
        "Đã tạo khóa chủ {name} trong {path}. Sao lưu tệp này tách khỏi cơ sở dữ liệu: mất khóa là mất dữ liệu.",
        "Made master key {name} in {path}. Back the file up apart from the database: without the key the data is lost.",
    ),
    "keys.rotated": (
        "Đã bọc lại {count} khóa hồ sơ bằng khóa chủ {name}.",
        "{count} case keys are wrapped anew by master key {name}.",
    ),
    "keys.drop": (
        (
            "Khởi động lại dịch vụ trên mọi máy với tệp mới, xem `phanhoi keys info`; khi khóa cũ không còn bọc khóa nào thì "
            "xóa dòng của nó: {old}."
        ),
        (
            "Restart the daemon everywhere with the new file and look at `phanhoi keys info`; once an old key wraps none, "
            "remove its line: {old}."
        ),
    ),
    "keys.current": ("đang dùng", "in use"),
    "keys.old": ("cũ", "old"),
    "keys.missing": ("THIẾU", "MISSING"),
    "keys.destroyed": ("Khóa hồ sơ đã hủy: {count}", "Case keys destroyed: {count}"),
}
