"""The validation report: what a model committee reads of a scorecard, in English and Chinese, as pages, PDFs and plots.

`told` is everything that a report is written from; `parts` turn it into blocks, `page` blocks into a page. Every
sentence stands in `words`, in both languages; every figure is spelled by `numbers`.
"""
