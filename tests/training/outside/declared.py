"""Columns from outside, as tests declare them."""

SCORE = """
[bureau_score]
code = "X001"
label = { zh = "征信分", en = "Bureau score" }
unit = "number"
risk = "falls"
adverse = { zh = "征信分偏低", en = "A low bureau score" }
favourable = { zh = "征信分较高", en = "A good bureau score" }
known = "pulled_on"
"""

ASKED = """
[asked_before]
code = "X002"
label = { zh = "此前申请次数", en = "Earlier applications" }
unit = "count"
risk = "unsigned"
known = "as_of"
"""
