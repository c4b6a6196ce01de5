-- name: lapsing
-- Cases whose sender's time is over (T5). A case that was entered on a portal waits a grace longer: what its sender
-- added there in time may still be on its way.
SELECT id FROM register.case_record
WHERE state = 'CHO_BO_SUNG' AND id > %(after)s AND NOT recalled
  AND supplement_due_at < %(now)s - CASE WHEN origin_system IS NULL THEN interval '0' ELSE %(grace)s END
ORDER BY id LIMIT %(limit)s;

-- name: unchecked
-- Open cases that were not looked at under this calendar since their last change. A server that still knows an older
-- calendar leaves alone what a newer one has looked at.
SELECT id FROM register.case_record
WHERE state IN ('MOI', 'CHO_BO_SUNG', 'CHO_PHAN_CONG', 'DANG_XU_LY', 'CO_KET_QUA') AND id > %(after)s
  AND (checked_calendar IS NULL OR checked_calendar < %(calendar)s
       OR (checked_calendar = %(calendar)s AND checked_version < version))
ORDER BY id LIMIT %(limit)s;

-- name: checked
UPDATE register.case_record SET checked_calendar = %(calendar)s, checked_version = version WHERE id = %(case_id)s;
