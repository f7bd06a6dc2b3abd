"""Papers and spreadsheets: columns and rows in, bytes out; nothing here queries the database."""
