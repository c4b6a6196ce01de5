"""The phrase bank: what fictitious citizens write and officials answer, composed from parts.

A :class:`Topic` is one everyday matter; :func:`letter` makes a title and a text of it. The other functions give
the sentences of one kind of act. All pure: the random source comes in as an argument.
"""

from dataclasses import dataclass
from random import Random

from adapters.life.people import commune
from connector.case import Nature


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One matter that people write about. ``field`` is the register's field code."""

    title: str
    facts: str
    wish: str
    field: str
    answer: str


PROCEDURE, ROADS, NATURE_, FOOD = "thu_tuc_hanh_chinh", "ha_tang_ky_thuat", "moi_truong", "an_toan_thuc_pham"

CONDUCT = (
    Topic(
        title="Chậm trả kết quả hồ sơ hộ tịch",
        facts="Tôi nộp hồ sơ trích lục khai sinh, quá hẹn {days} ngày làm việc vẫn chưa nhận được kết quả",
        wish="Đề nghị kiểm tra, trả kết quả và cho biết lý do chậm trễ.",
        field=PROCEDURE,
        answer="đã trả kết quả hồ sơ hộ tịch, xin lỗi công dân và nhắc nhở cán bộ được giao",
    ),
    Topic(
        title="Cán bộ một cửa hướng dẫn không đầy đủ",
        facts="Tôi phải đi lại {times} lần để bổ sung giấy tờ vì lần đầu không được hướng dẫn hết",
        wish="Đề nghị chấn chỉnh việc hướng dẫn tại bộ phận một cửa.",
        field=PROCEDURE,
        answer="đã rà soát, niêm yết lại thành phần hồ sơ và tập huấn cho bộ phận một cửa",
    ),
    Topic(
        title="Bộ phận tiếp nhận đóng cửa trong giờ làm việc",
        facts="Tôi đến lúc {hour} giờ nhưng không có người tiếp nhận, chờ đến hết buổi",
        wish="Đề nghị bảo đảm có người trực trong giờ hành chính.",
        field=PROCEDURE,
        answer="đã phân công lại lịch trực, công khai số điện thoại của người phụ trách",
    ),
    Topic(
        title="Yêu cầu nộp thêm giấy tờ ngoài quy định",
        facts="Khi làm thủ tục, tôi bị yêu cầu thêm {times} loại giấy tờ không có trong danh mục niêm yết",
        wish="Đề nghị làm rõ căn cứ của yêu cầu này.",
        field=PROCEDURE,
        answer="đã kiểm tra, bãi bỏ yêu cầu ngoài danh mục và xin lỗi người dân",
    ),
)
REGULATION = (
    Topic(
        title="Đề nghị bỏ một giấy tờ trùng trong thủ tục",
        facts="Hồ sơ yêu cầu {times} bản có cùng nội dung, gây tốn kém cho người nộp",
        wish="Kiến nghị bãi bỏ bản trùng để giảm chi phí tuân thủ.",
        field=PROCEDURE,
        answer="ghi nhận kiến nghị, đã đưa vào phương án đơn giản hóa thủ tục của quý này",
    ),
    Topic(
        title="Quy định về mẫu đơn chưa thống nhất",
        facts="Hai cơ quan áp dụng hai mẫu đơn khác nhau cho cùng một việc, tôi phải làm lại {times} lần",
        wish="Kiến nghị thống nhất một mẫu trên toàn tỉnh.",
        field=PROCEDURE,
        answer="đã thống nhất một mẫu đơn và công bố trên trang thông tin của tỉnh",
    ),
    Topic(
        title="Thời hạn giải quyết thủ tục cấp phép quá dài",
        facts="Thủ tục kéo dài {days} ngày làm việc trong khi các bước kiểm tra đã trực tuyến",
        wish="Kiến nghị rút ngắn thời hạn giải quyết.",
        field=PROCEDURE,
        answer="đã trình phương án rút ngắn thời hạn và sẽ công bố sau khi được duyệt",
    ),
)
PROPOSAL = (
    Topic(
        title="Sáng kiến đặt lịch hẹn nộp hồ sơ qua ứng dụng",
        facts="Mỗi buổi sáng có khoảng {days} người xếp hàng trước giờ mở cửa",
        wish="Đề xuất cho đặt lịch hẹn theo khung giờ trên ứng dụng.",
        field=PROCEDURE,
        answer="cảm ơn sáng kiến, sẽ thí điểm đặt lịch hẹn tại hai đơn vị từ quý tới",
    ),
    Topic(
        title="Đề xuất bản đồ số các điểm tiếp nhận hồ sơ",
        facts="Người già ở thôn khó tìm đúng nơi nộp, có người phải hỏi {times} nơi",
        wish="Đề xuất công bố bản đồ số kèm giờ làm việc.",
        field=PROCEDURE,
        answer="đã giao đơn vị chuyên môn xây dựng bản đồ số các điểm tiếp nhận",
    ),
)
SITE = (
    Topic(
        title="Đèn đường hỏng nhiều ngày",
        facts="Đoạn đường qua thôn có {times} cột đèn không sáng đã {days} ngày, đi lại ban đêm nguy hiểm",
        wish="Đề nghị sửa chữa sớm.",
        field=ROADS,
        answer="đã thay bóng và kiểm tra toàn tuyến, hệ thống chiếu sáng đã hoạt động lại",
    ),
    Topic(
        title="Ổ gà trên đường liên thôn",
        facts="Mặt đường có {times} ổ gà sâu, đã có người ngã xe trong {days} ngày qua",
        wish="Đề nghị vá đường và đặt biển cảnh báo.",
        field=ROADS,
        answer="đã vá xong các vị trí hư hỏng và đặt biển cảnh báo trong lúc thi công",
    ),
    Topic(
        title="Rác thải tồn đọng bên mương",
        facts="Rác sinh hoạt đổ dọc bờ mương đã {days} ngày, bốc mùi khó chịu",
        wish="Đề nghị thu gom và lắp biển cấm đổ rác.",
        field=NATURE_,
        answer="đã thu gom rác, lắp biển cấm và phân công tổ tự quản theo dõi",
    ),
    Topic(
        title="Quán ăn chế biến không bảo đảm vệ sinh",
        facts="Quán gần cổng trường dùng nước rửa không sạch, {times} lần tôi thấy để thực phẩm dưới nền đất",
        wish="Đề nghị kiểm tra an toàn thực phẩm.",
        field=FOOD,
        answer="đã kiểm tra cơ sở, yêu cầu khắc phục và ký cam kết bảo đảm an toàn thực phẩm",
    ),
)
BUSINESS = (
    Topic(
        title="Vướng mắc khi điều chỉnh giấy phép xây dựng nhà xưởng",
        facts="Doanh nghiệp đã nộp hồ sơ {days} ngày, được yêu cầu sửa {times} lần với nội dung khác nhau",
        wish="Kiến nghị hướng dẫn một lần bằng văn bản.",
        field=PROCEDURE,
        answer="đã tổ chức làm việc trực tiếp và hướng dẫn bằng văn bản cho doanh nghiệp",
    ),
    Topic(
        title="Kiến nghị về phí đăng kiểm phương tiện",
        facts="Doanh nghiệp phải chờ {days} ngày mới đến lượt đăng kiểm, phát sinh chi phí lưu bãi",
        wish="Kiến nghị tăng ca tiếp nhận và cho đặt lịch trước.",
        field=PROCEDURE,
        answer="đã bổ sung một dây chuyền và mở đặt lịch trước cho doanh nghiệp",
    ),
    Topic(
        title="Cán bộ chậm xác nhận hồ sơ ưu đãi đầu tư",
        facts="Hồ sơ ưu đãi của doanh nghiệp đã đủ giấy tờ nhưng {days} ngày chưa được xác nhận",
        wish="Đề nghị xác nhận đúng hạn và nêu rõ lý do nếu chậm.",
        field=PROCEDURE,
        answer="đã xác nhận hồ sơ và rút kinh nghiệm với bộ phận được giao",
    ),
)
COMPLAINT = (
    Topic(
        title="Đơn khiếu nại quyết định xử phạt hành chính",
        facts="Tôi không đồng ý với quyết định xử phạt nhận được cách đây {days} ngày",
        wish="Tôi khiếu nại và đề nghị xem xét lại quyết định.",
        field=PROCEDURE,
        answer="",
    ),
)
DENUNCIATION = (
    Topic(
        title="Đơn tố cáo việc làm trái công vụ",
        facts="Tôi tố cáo một cán bộ (tên hư cấu) có {times} lần nhận tiền ngoài quy định",
        wish="Đề nghị cơ quan có thẩm quyền xác minh và bảo vệ người tố cáo.",
        field=PROCEDURE,
        answer="",
    ),
)
LEGAL_ADVICE = (
    Topic(
        title="Hỏi về thủ tục chia thừa kế đất ở",
        facts="Gia đình tôi có {times} người thừa kế và chưa rõ phải làm những giấy tờ gì",
        wish="Xin được tư vấn pháp luật.",
        field=PROCEDURE,
        answer="",
    ),
)
TOPICS: dict[Nature, tuple[Topic, ...]] = {
    Nature.CONDUCT: CONDUCT,
    Nature.REGULATION: REGULATION,
    Nature.PROPOSAL: PROPOSAL,
    Nature.SITE: SITE,
    Nature.COMPLAINT: COMPLAINT,
    Nature.DENUNCIATION: DENUNCIATION,
    Nature.LEGAL_ADVICE: LEGAL_ADVICE,
}

GREETINGS = ("Kính gửi cơ quan có thẩm quyền.", "Kính thưa quý cơ quan.", "Tôi xin phản ánh việc như sau.")
TROUBLES = (
    "Việc này ảnh hưởng đến sinh hoạt của nhiều gia đình.",
    "Tôi đã hỏi trực tiếp nhưng chưa được trả lời rõ.",
    "Bà con trong thôn rất bức xúc.",
    "Tôi mong được giải quyết sớm để yên tâm làm ăn.",
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the sender wrote."""

    title: str
    content: str
    topic: Topic


def letter(rng: Random, topic: Topic) -> Letter:
    """A title and a text on that topic, with a place and some figures."""
    place = commune(rng)
    facts = topic.facts.format(days=rng.randint(3, 40), times=rng.randint(2, 6), hour=rng.randint(8, 16))
    parts = [rng.choice(GREETINGS), f"{facts}, tại {place}.", rng.choice(TROUBLES), topic.wish]
    return Letter(title=f"{topic.title} tại {place}", content="\n".join(parts), topic=topic)


UNITS = ("Phòng Kiểm soát thủ tục hành chính", "Phòng Hạ tầng (mẫu)", "Phòng Nội vụ (mẫu)", "Văn phòng")


def unit(rng: Random) -> str:
    """A specialised unit."""
    return rng.choice(UNITS)


_PROGRESS = (
    "Đã giao đơn vị chuyên môn kiểm tra, xác minh nội dung phản ánh.",
    "Đoàn kiểm tra đã làm việc tại cơ sở, đang tổng hợp kết quả.",
    "Đã yêu cầu bộ phận liên quan giải trình trước khi trả lời.",
    "Đang hoàn thiện dự thảo văn bản trả lời, trình lãnh đạo duyệt.",
)


def progress(rng: Random, count: int) -> tuple[str, ...]:
    """That many reports of progress, all different."""
    return tuple(rng.sample(_PROGRESS, count))


def late_reason(rng: Random) -> str:
    """Why the handling takes longer than it may."""
    why = rng.choice(
        ("cần giám định thêm", "phải chờ ý kiến đơn vị phối hợp", "hồ sơ gốc đang được phục dựng")
    )
    return f"Quá thời hạn giải quyết do {why}; dự kiến trả lời trong {rng.randint(3, 7)} ngày làm việc tới."


def missing(rng: Random) -> str:
    """What the sender is asked to add."""
    what = rng.choice(
        ("mã hồ sơ và ngày hẹn trả kết quả", "ảnh chụp giấy tiếp nhận", "địa chỉ cụ thể nơi xảy ra việc")
    )
    return f"Đề nghị bổ sung {what} để có cơ sở xem xét."


def supplement(rng: Random) -> str:
    """What the sender adds."""
    return (
        f"Tôi xin bổ sung: giấy tiếp nhận số {rng.randint(10, 99)}/GTN-MAU, "
        f"hẹn trả ngày {rng.randint(1, 28):02d}/10/2026; gửi kèm bản chụp."
    )


REFUSALS = {
    "NGOAI_LINH_VUC": "Nội dung không thuộc lĩnh vực tiếp nhận của hệ thống. Đề nghị gửi đến cơ quan có thẩm quyền.",
    "KHIEU_NAI_TO_CAO": "Nội dung có tính chất khiếu nại, tố cáo; đề nghị gửi đơn đến nơi tiếp công dân theo quy định.",
    "TU_VAN_PHAP_LUAT": "Nội dung đề nghị hướng dẫn pháp luật, không thuộc phạm vi tiếp nhận. Đề nghị liên hệ Sở Tư pháp.",
    "TRUNG_LAP": "Nội dung trùng với một phản ánh đang được xử lý.",
    "THIEU_THONG_TIN": "Nội dung không đủ thông tin để xem xét.",
}


def transfer_reason(rng: Random) -> str:
    """Why another body is competent."""
    return rng.choice(
        (
            "Nội dung thuộc thẩm quyền giải quyết của cơ quan nhận.",
            "Sau khi xác minh, việc thuộc phạm vi quản lý của cơ quan nhận.",
        )
    )


def return_reason(rng: Random) -> str:
    """Why a case goes back to the Government Office."""
    return rng.choice(
        (
            "Nội dung thuộc thẩm quyền của cơ quan trung ương.",
            "Không xác định được cơ quan có thẩm quyền trong tỉnh, đề nghị phân công lại.",
        )
    )


def answer(rng: Random, topic: Topic, place: str) -> str:
    """The answer to the sender."""
    opening = rng.choice(
        ("Về nội dung phản ánh", "Trả lời phản ánh, kiến nghị của ông/bà", "Qua kiểm tra, xác minh")
    )
    closing = rng.choice(
        ("Trân trọng thông báo để ông/bà được biết.", "Trân trọng cảm ơn ý kiến của ông/bà.")
    )
    return f"{opening}: UBND {place} {topic.answer}.\n{closing}"


def corrected(rng: Random, text: str) -> str:
    """An answer once more, with what was found wanting."""
    added = rng.choice(
        ("thời hạn hoàn thành là ngày 15/12/2026", "người phụ trách và cách liên hệ", "căn cứ pháp lý")
    )
    return f"{text}\nBổ sung theo yêu cầu: {added}."


def rework_reason(rng: Random) -> str:
    """Why the portal sends an answer back."""
    what = rng.choice(("chưa nêu thời hạn khắc phục", "chưa trả lời đủ các nội dung", "chưa nêu căn cứ"))
    return f"Đề nghị xử lý lại: văn bản trả lời {what}."


def recall_reason(rng: Random) -> str:
    """Why the portal takes a case back."""
    return rng.choice(("Thu hồi để chuyển đúng thẩm quyền.", "Thu hồi theo đề nghị của người gửi."))


def reminder(rng: Random) -> str:
    """A reminder of the portal."""
    return f"Đề nghị đẩy nhanh tiến độ xử lý, còn {rng.randint(1, 5)} ngày là đến hạn."


def comment(rng: Random, *, like: bool) -> str:
    """What the sender says of the answer."""
    good = ("Tôi hài lòng, xin cảm ơn.", "Việc đã được giải quyết, cảm ơn cơ quan.")
    poor = ("Câu trả lời còn chung chung.", "Tôi chưa hài lòng về thời gian giải quyết.")
    return rng.choice(good if like else poor)


SIGNERS = (
    ("Trần Thị Ví Dụ", "Phó Chánh Văn phòng"),
    ("Lê Văn Mẫu", "Chánh Văn phòng"),
    ("Phạm Thị Mẫu", "Phó Giám đốc Sở Mẫu"),
)
