"""How a value in the reporting currency is derived: exchange rates, and the parts of those who share a contract."""
