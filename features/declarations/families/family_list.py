"""The list of families, each with its sentences for missing data."""

from collections.abc import Mapping

from features.declarations.feature import Family, Text


def _family(letter: str, name: str, label: Text, tables: tuple[str, ...], adverse: Text, favourable: Text) -> Family:
    number = "TDABCPVIFLRQ".index(letter)
    flag = f"no_{name}_history" if letter not in "RQ" else None
    return Family(letter, name, label, tables, flag, f"Q2{number:02d}", adverse, favourable)


_ALL = (
    _family(
        "T",
        "trading",
        Text("交易", "Trading"),
        ("contracts",),
        Text(
            "没有合同记录,或合同太少,部分交易指标无法计算",
            "No contracts, or too few, are known for every trading figure",
        ),
        Text("有可查的合同记录", "A record of contracts is on file"),
    ),
    _family(
        "D",
        "delivery",
        Text("履约", "Delivery"),
        ("milestones", "contracts", "amendments", "stages"),
        Text(
            "没有履约记录,或记录不足,部分履约指标无法计算",
            "No deliveries, or too few, are known for every delivery figure",
        ),
        Text("有可查的履约记录", "A record of deliveries is on file"),
    ),
    _family(
        "A",
        "acceptance",
        Text("验收", "Acceptance"),
        ("milestones",),
        Text("没有验收结果,或记录不足,部分验收指标无法计算", "No acceptance results, or too few, are known"),
        Text("有可查的交付与验收记录", "A record of deliveries and acceptances is on file"),
    ),
    _family(
        "B",
        "bidding",
        Text("投标", "Bidding"),
        ("bids", "tenders"),
        Text("没有投标记录,或记录不足,部分投标指标无法计算", "No bids, or too few, are known for every bidding figure"),
        Text("有可查的投标记录", "A record of bids is on file"),
    ),
    _family(
        "C",
        "concentration",
        Text("集中度", "Concentration"),
        ("contracts", "buyers"),
        Text("合同记录不足,部分集中度指标无法计算", "Too little is known to say how the business spreads over buyers"),
        Text("合同记录足以看出业务分布", "The contracts on file show how the business spreads"),
    ),
    _family(
        "P",
        "payment",
        Text("收款", "Payment"),
        ("payments", "milestones"),
        Text(
            "没有开票收款记录,或记录不足,部分指标无法计算", "No payment records, or too few, are known for every figure"
        ),
        Text("有可查的开票收款记录", "A record of billing and payment is on file"),
    ),
    _family(
        "V",
        "invoices",
        Text("发票", "Invoices"),
        ("invoices",),
        Text(
            "没有发票数据,或数据不足,部分发票指标无法计算",
            "No tax invoices, or too few, are known for every invoice figure",
        ),
        Text("有可查的发票数据", "Tax invoices are on file"),
    ),
    _family(
        "I",
        "integrity",
        Text("诚信", "Integrity"),
        ("conduct", "disputes"),
        Text("失信或争议记录中没有该企业的信息", "A register of misconduct or disputes holds no entry to judge by"),
        Text("失信与争议情况有据可查", "The firm's conduct is on record"),
    ),
    _family(
        "F",
        "firm",
        Text("企业", "Firm"),
        ("suppliers", "firm_events"),
        Text("企业登记信息不全", "The register says nothing, or not everything, about the firm"),
        Text("有可查的企业登记信息", "The firm's registration is on file"),
    ),
    _family(
        "L",
        "loans",
        Text("贷款", "Loans"),
        ("financings", "repayments"),
        Text(
            "在本机构没有贷款记录,或还款记录不足", "No earlier loan from this lender, or too few repayments, are known"
        ),
        Text("在本机构有可查的贷款记录", "Earlier loans from this lender are on file"),
    ),
    _family(
        "R",
        "request",
        Text("申请", "Request"),
        (),
        Text(
            "申请条件或历史数据缺失,部分申请指标无法计算",
            "A term, or a figure of the history to compare it with, is missing",
        ),
        Text("申请条件齐全", "The terms of the request are complete"),
    ),
    _family(
        "Q",
        "quality",
        Text("数据质量", "Data quality"),
        ("contracts",),
        Text("历史数据缺失或很短", "The history is missing or very short"),
        Text("历史数据可用", "There is a history to judge by"),
    ),
)

FAMILIES: Mapping[str, Family] = {family.letter: family for family in _ALL}
