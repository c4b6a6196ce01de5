"""What the rules propose before a person classifies (R02-R04, R10, R11, R16). They propose; they never decide."""

import inspect
from dataclasses import replace

import pytest

from connector.case import Nature, Sender
from connector.rules import classify
from connector.rules.classify import BASIS, Facts, Group, Reason, propose, sounds_like_denunciation
from connector.rules.language import foreign_language
from connector.texts import CATALOGUE

SENDER = Sender(name="Nguyễn Văn Mẫu", phone="0900000000")
FACTS = Facts(
    title="Rác thải",
    content="Rác thải đổ ra đường liên xã, đề nghị thu gom",
    nature=Nature.SITE,
    sender=SENDER,
    custodian="UBND xã Mẫu (hư cấu)",
    agencies={"UBND xã Ví Dụ (hư cấu)": "000.02.50.H56", "Sở Y tế (hư cấu)": "000.00.15.H56"},
)


def test_R16_there_are_exactly_four_groups_and_every_reason_has_an_article_and_both_languages():
    assert sorted(Group) == [1, 2, 3, 4]
    assert set(BASIS) == set(Reason)
    for reason in Reason:
        text = CATALOGUE[f"classify.{reason}"]
        assert text.vi != text.en


def test_R16_a_case_without_a_finding_is_proposed_for_handling():
    assert propose(FACTS) == classify.Proposal(group=Group.HANDLE)


def test_R02_a_field_that_is_not_taken_is_never_proposed_for_handling():
    found = propose(replace(FACTS, field_taken=False))
    assert (found.group, found.reasons) == (Group.REFUSE, (Reason.FIELD_NOT_TAKEN,))


@pytest.mark.parametrize("nature", [Nature.COMPLAINT, Nature.DENUNCIATION, Nature.LEGAL_ADVICE])
def test_R04_complaints_denunciations_and_legal_advice_are_proposed_for_refusal(nature):
    assert propose(replace(FACTS, nature=nature)).group is Group.REFUSE


@pytest.mark.parametrize(
    "text",
    [
        "tôi tố cáo ông A nhận tiền ngoài quy định",
        "Tôi xin được tố cáo việc làm sai trái",
        "ĐƠN TỐ CÁO",
        "Gia đình tôi nay viết đơn tố cáo cán bộ địa chính",
        "Toi to cao ong A nhan tien",
        "Don to cao can bo xa",
        "to\u0302i to\u0302\u0301 ca\u0301o ông A",  # decomposed letters
    ],
)
def test_R04_words_of_a_denunciation_raise_a_flag_and_propose_nothing(text):
    found = propose(replace(FACTS, content=text))
    assert (found.group, found.reasons[0]) == (None, Reason.DENUNCIATION_WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "Cây to cao trước nhà sắp đổ",
        "Cay to cao ba met truoc nha sap do",
        "Nguoi dan trong cay to cao che den duong",
        "Đề nghị tuyên truyền Luật Tố cáo",
        "Nội dung này không phải tố cáo",
    ],
)
def test_R04_a_tall_tree_and_the_name_of_a_law_are_no_denunciation(text):
    assert not sounds_like_denunciation(text)


def test_R04_words_of_a_complaint_are_shown_and_change_no_group():
    found = propose(replace(FACTS, content="Tôi đã khiếu nại nhiều lần nhưng chưa ai trả lời"))
    assert (found.group, found.reasons) == (Group.HANDLE, (Reason.COMPLAINT_WORDS,))


@pytest.mark.parametrize(
    "text",
    [
        "Rac thai do ra duong",
        "Nha toi an com xong in giay to o uy ban, nop cho can bo",
        "Hơ Bia, Lò Văn Pó bị chặn đường vào bản Poọng",
        "Kuv lub tsev nyob ntawm ntug dej, ua tsaug",
        "K'Tieng ban Na Meo de nghi sua cau",
        "Quán The Garden in Thanh Hóa mở nhạc to quá đêm",
        "OK",
        "",
    ],
)
def test_R10_unmarked_vietnamese_ethnic_minority_words_and_names_pass(text):
    assert foreign_language(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The road in front of my house is broken, please repair it", "en"),
        ("Garbage is thrown on our street every day and nobody collects it", "en"),
        ("道路坏了，请修理", "other"),
    ],
)
def test_R10_a_foreign_text_is_proposed_for_refusal_and_a_person_decides(text, language):
    assert foreign_language(text) == language
    found = propose(replace(FACTS, content=text))
    assert (found.group, found.reasons[0]) == (Group.REFUSE, Reason.NOT_VIETNAMESE)


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (replace(SENDER, phone=None), Reason.PHONE_MISSING),
        (replace(SENDER, phone="  "), Reason.PHONE_MISSING),
        (replace(SENDER, name=None), Reason.NAME_MISSING),
    ],
)
def test_R11_a_missing_name_or_phone_is_curable_and_asks_for_a_supplement(sender, reason):
    assert propose(replace(FACTS, sender=sender)) == classify.Proposal(
        group=Group.SUPPLEMENT, reasons=(reason,)
    )
    assert propose(replace(FACTS, sender=sender, contact_required=False)).group is Group.HANDLE


def test_R11_an_organisation_is_a_name():
    sender = Sender(organisation="Công ty Mẫu", phone="0900000000")
    assert propose(replace(FACTS, sender=sender)).group is Group.HANDLE


def test_R11_only_a_case_about_a_regulation_needs_an_address_and_that_is_curable():
    found = propose(replace(FACTS, nature=Nature.REGULATION))
    assert (found.group, found.reasons) == (Group.SUPPLEMENT, (Reason.ADDRESS_MISSING,))
    known = replace(SENDER, address="Số 1 phố Mẫu")
    assert propose(replace(FACTS, nature=Nature.REGULATION, sender=known)).group is Group.HANDLE
    assert propose(replace(FACTS, nature=Nature.CONDUCT)).group is Group.HANDLE


def test_R12_a_content_that_says_nothing_asks_for_a_supplement():
    assert propose(replace(FACTS, content="Hỏng!!! 123")).group is Group.SUPPLEMENT


@pytest.mark.parametrize("text", ["Đề nghị UBND xã Ví Dụ dọn rác", "De nghi ubnd xa vi du don rac o cho"])
def test_R19_the_one_other_agency_that_the_text_names_is_proposed_as_receiver(text):
    found = propose(replace(FACTS, content=text))
    assert (found.group, found.to_agency) == (Group.TRANSFER, "000.02.50.H56")


def test_R19_no_receiver_is_proposed_when_two_are_named_or_the_present_one_is():
    both = replace(FACTS, content="UBND xã Ví Dụ và Sở Y tế chưa xử lý")
    own = replace(FACTS, content="UBND xã Mẫu và UBND xã Ví Dụ chưa xử lý")
    assert propose(both).to_agency is None
    assert propose(own).to_agency is None


def test_R16_the_module_can_decide_nothing():
    """It knows no acts and no commands: a proposal cannot turn into a decision by accident."""
    assert "ActKind" not in inspect.getsource(classify)
