"""Facts as stored: tables, the store, what was known on a date, ids."""
