-- The clear columns go, and every row is written anew: a dropped column alone would stay readable in the files.
ALTER TABLE link DROP state, DROP baseline,
    ALTER sealed_state TYPE bytea USING sealed_state || ''::bytea;
ALTER TABLE observation DROP raw, DROP data,
    ALTER sealed_raw TYPE bytea USING sealed_raw || ''::bytea;
ALTER TABLE delivery DROP operation, DROP basis, DROP error_text, DROP receipt,
    ALTER sealed_operation TYPE bytea USING sealed_operation || ''::bytea;
ALTER TABLE quarantine DROP reason, DROP closed_note,
    ALTER sealed_reason TYPE bytea USING sealed_reason || ''::bytea;
ALTER TABLE file_ticket DROP attachment,
    ALTER sealed_attachment TYPE bytea USING sealed_attachment || ''::bytea;
