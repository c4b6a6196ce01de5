-- Which calendar the open due days of a case were last looked at under, and at which version of the case: a case that
-- changed since, or a newer calendar, is looked at again by the ticker. Nothing here is a due day; those lie in the acts.

ALTER TABLE register.case_record ADD COLUMN IF NOT EXISTS checked_calendar text COLLATE "C";
ALTER TABLE register.case_record ADD COLUMN IF NOT EXISTS checked_version bigint NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS case_record_lapsing ON register.case_record (supplement_due_at, id)
    WHERE state = 'CHO_BO_SUNG';
CREATE INDEX IF NOT EXISTS case_record_open ON register.case_record (id)
    WHERE state IN ('MOI', 'CHO_BO_SUNG', 'CHO_PHAN_CONG', 'DANG_XU_LY', 'CO_KET_QUA');
