"""The codes of findings in stored rows, with their words and what a rule may do about each."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.declarations.feature import Text
from features.quality.other_words import NOTED, QUARANTINED
from features.sources.notes import Action

EXCLUDE = frozenset({Action.EXCLUDED})
UNVALUE = frozenset({Action.EXCLUDED, Action.REPAIRED})
NOTHING: frozenset[Action] = frozenset()


@dataclass(frozen=True)
class Code:
    """One kind of finding.

    Attributes:
        label: what was found.
        advice: what the operator can do.
        rules: what a rule of `import.toml` may do: `excluded` hides the rows from every profile, `repaired` makes their
            value unknown. The row keeps its original values in both cases.
        action: what the import does without a rule.
    """

    label: Text
    advice: Text
    rules: frozenset[Action] = EXCLUDE
    action: Action = Action.KEPT


_ASK = Text("请向发布方核实。", "Ask the publisher.")
_OWN_ID = Text(
    "请向发布方索取真实编号;在此之前,这些记录不应视为同一主体。",
    "Ask the publisher for the real ids; until then these rows are not one firm's.",
)
_SHEET = Text(
    "请勿用电子表格打开该文件,或先将该列设为文本格式再导出。",
    "Export again without a spreadsheet, or with the column formatted as text.",
)
_MERGE = Text("请核实是否为同一主体;系统不会自动合并。", "Check whether they are one firm; nothing is merged.")

CODES: Mapping[str, Code] = {
    "STAND_IN_ID": Code(Text("编号疑似占位编号", "The id looks like a stand-in"), _OWN_ID),
    "SPREADSHEET_ID": Code(Text("编号疑似被电子表格截断或改写", "A spreadsheet seems to have changed the id"), _SHEET),
    "SEVERAL_IDS": Code(
        Text("一个字段中含多个编号", "Several ids in one field"),
        Text("请按主体拆分为多行。", "Give one row for each firm."),
    ),
    "TWIN_IDS": Code(Text("编号仅大小写、符号或前导零不同", "Ids that differ in case, signs or zeros only"), _MERGE),
    "NAME_CHANGED": Code(Text("同一编号下名称有变更", "Another name under one id"), _MERGE, NOTHING),
    "KIND_CHANGED": Code(Text("同一编号下主体类型有变更", "Another kind under one id"), _MERGE, NOTHING),
    "NAME_SHARED": Code(Text("同名主体有多个编号", "One name under several ids"), _MERGE, NOTHING),
    "BUYER_IS_SUPPLIER": Code(Text("采购人与供应商为同一编号", "Buyer and supplier are one"), _ASK),
    "NEGATIVE_CONTRACT": Code(
        Text("合同金额为负", "A contract with a negative amount"),
        Text(
            "金额按未知处理;减少额请写入 amendments,退款请写入 payments。",
            "Its value counts as unknown; give a reduction in amendments, a refund in payments.",
        ),
        EXCLUDE,
        Action.REPAIRED,
    ),
    "STAND_IN_AMOUNT": Code(Text("合同金额为 0、0.01 或 1", "A contract's amount is 0, 0.01 or 1"), _ASK, UNVALUE),
    "AMOUNT_IS_ID": Code(Text("金额与编号相同", "The amount equals an id"), _ASK, UNVALUE),
    "AMOUNT_BEYOND_OTHERS": Code(
        Text("金额远超该供应商及全表其他合同", "The amount is far beyond the supplier's and the table's others"),
        _ASK,
        UNVALUE,
    ),
    "EQUAL_TWINS": Code(
        Text(
            "同日、同采购人、同供应商、同金额的多份合同(疑似总额按标段重复)",
            "Contracts of one day, buyer, supplier and amount (a total repeated per lot?)",
        ),
        _ASK,
        UNVALUE,
    ),
    "CHANGE_IS_TOTAL": Code(
        Text("变更金额等于合同总额", "A change equal to the contract's total"),
        Text("变更应填写增减额,而非新的总额。", "Give the difference, not the new total."),
        UNVALUE,
    ),
    "FRAMEWORK": Code(
        Text(
            "框架协议:同一项目以同一金额授予多家供应商",
            "A framework: one tender gives several suppliers the same amount",
        ),
        Text(
            "该金额是上限,按未知处理;订单金额计入合同额。",
            "The amount is a ceiling and counts as unknown; the orders under it count.",
        ),
        EXCLUDE,
        Action.REPAIRED,
    ),
    "END_BEFORE_START": Code(Text("结束早于开始", "It ends before it starts"), _ASK),
    "SIGNED_AFTER_PUBLISHED": Code(Text("签订日晚于公布日", "Signed after it was published"), _ASK),
    "SIGNED_LONG_BEFORE": Code(
        Text("签订日比该来源的其他合同早 30 年以上", "Signed more than 30 years before the source's first"), _ASK
    ),
    "MET_BEFORE_SIGNED": Code(
        Text("交付比合同签订早一年以上", "Met more than a year before the contract was signed"), _ASK
    ),
    "NEVER_FILLED": Code(
        Text("该来源从未填写此日期列", "The source never fills this dated column"),
        Text("依赖该列的指标对该来源为未知。", "Figures that rest on it are unknown for this source."),
        NOTHING,
    ),
    "UNREGISTERED_SOURCE": Code(
        Text("来源未登记", "A source that the register does not list"),
        Text("请在 import.toml 中登记 [[source]]。", "List it as a [[source]] in import.toml."),
        NOTHING,
    ),
}
"""Every code that is found in stored rows. Codes of quarantined rows and of a reader's notes come from them."""


def code_words(code: str, note: str | None = None) -> Text:
    """Return the label of a code; `note` is the English sentence of a reader's note."""
    if note is not None:
        return Text(NOTED.get(code, note), note)
    if code in CODES:
        return CODES[code].label
    return QUARANTINED.get(code) or Text(code, code.replace("_", " ").capitalize())
