"""Tables that several parts of the report use."""
