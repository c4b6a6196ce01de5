"""What is committed of a write: every field, whatever its name and value; never an address that was a ticket."""

from uuid import uuid4

from connector.case import Attachment
from connector.ledger.commitment import commitments, salted
from connector.ledger.entry import Draft, EntryKind
from connector.sync.committed import of_operation
from connector.system import Key, Operation, OutgoingFile


def operation(**fields: object) -> Operation:
    file = Attachment(id="register:7", role="answer", file_name="cong-van-mau.pdf")
    return Operation(
        key=Key(id=uuid4(), operation="create"),
        fields=fields,
        files=(OutgoingFile(attachment=file, content=b"%PDF", uri="https://tep.mau.example/ve-bi-mat"),),
    )


def test_every_field_is_committed_under_its_name() -> None:
    told = of_operation(operation(TIEUDE="Đường ngập", SO=3))
    assert (told["field.TIEUDE"], told["field.SO"]) == ("Đường ngập", 3)
    assert told["files"][0]["content"]["size"] == 4
    assert "ve-bi-mat" not in str(told)


def test_no_name_and_no_number_keeps_a_write_from_being_recorded() -> None:
    told = of_operation(operation(**{"Họ và tên": "Nguyễn Văn Mẫu", "SO": 2**70}))
    assert told["fields"] == {"field.Họ và tên": "Nguyễn Văn Mẫu"}
    draft = Draft(kind=EntryKind.SENT, case_id=1, openings=salted(told))
    assert set(draft.commitments) == {"fields", "field.SO", "files"}
    assert commitments(draft.openings) == draft.commitments
