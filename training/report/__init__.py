"""The validation report of a scorecard for a model committee, in English and Chinese, as HTML pages, PDFs and plots.

`report_input` collects the input, `parts` turn it into blocks, and `page` turns the blocks into HTML. The tables in
`words/` hold every sentence in both languages; `training.numbers` formats every figure.
"""
