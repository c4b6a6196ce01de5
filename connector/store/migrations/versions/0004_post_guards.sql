ALTER TABLE watermark DROP released;
