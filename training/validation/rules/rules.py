"""Rules by which each part of the validation is judged. Every threshold is here, once, with its reason.

`watch` and `bad` are the limits of those verdicts; the other limits say how much data a verdict needs. The code that
reaches a verdict documents what it compares with them.
"""

from features.declarations.feature import Text
from models.scorecard.score import ADDITIVE_WITHIN
from training.validation.measures.evidence import EFFECTIVE_MIN
from training.validation.measures.resample import SUPPLIERS_MIN
from training.validation.rules.rule import Rule

D1 = Rule(
    "D1",
    "discrimination",
    "high",
    {"watch": 0.70, "bad": 0.60, "low_min": 0.5, "bads_min": EFFECTIVE_MIN, "goods_min": EFFECTIVE_MIN},
    Text("样本外AUC", "Out-of-time AUC"),
    Text(
        "0.7以上通常视为可接受（Hosmer、Lemeshow与Sturdivant，2013）；区间下限触及0.5时与随机排序无异；"
        "同一供应商的多个坏样本只算作有效坏样本数",
        "0.7 is commonly called acceptable (Hosmer, Lemeshow and Sturdivant 2013); an interval that reaches 0.5 is"
        " no better than chance; bads of one supplier count as effective bads, since they are one event",
    ),
    Text(
        "补充能区分好坏的特征，或积累更多已到期的表现", "Add features that tell good from bad, or more matured outcomes"
    ),
)
D2 = Rule(
    "D2",
    "discrimination",
    "medium",
    {"watch": 0.02, "bad": 0.05, "level": 0.05, "se_max": 0.05},
    Text("样本外AUC比开发样本下降的幅度", "Drop of the AUC from development to the test"),
    Text(
        "只计不能归于偶然的下降（双侧检验）；标准误超过0.05时，连0.1的下降也可能看不出来",
        "Only a drop that chance does not explain counts (two-sided test); with a standard error above 0.05 even a drop"
        " of 0.1 may go unseen",
    ),
    Text(
        "查明哪些客群或季度下降，并用较新的样本重新训练",
        "Find the segment or quarter that fell, and train on newer cases",
    ),
)
C1 = Rule(
    "C1",
    "calibration",
    "high",
    {"low": 0.8, "high": 1.25, "expected_min": 10, "exact_level": 0.01},
    Text("整体实际与预期坏样本之比", "Observed over expected bads in all"),
    Text(
        "少五分之一或多四分之一（互为倒数）足以改变定价；预期坏样本不足10个时区间比该范围还宽",
        "A fifth too few or a quarter too many (each the other's inverse) changes prices; with fewer than 10 expected"
        " bads the interval is wider than the band",
    ),
    Text("重新校准截距，并查明基准违约率为何变动", "Recalibrate the intercept, and find out why the base rate moved"),
)
C2 = Rule(
    "C2",
    "calibration",
    "medium",
    {"low": 0.7, "high": 1.3, "bads_min": 10, "goods_min": 10},
    Text("校准斜率", "Calibration slope"),
    Text(
        "斜率小于1表示概率过于极端；0.7至1.3之外，最好与最差的十分位偏差明显",
        "A slope below 1 says that the probabilities are too extreme; outside 0.7 to 1.3 the outer tenths are far off",
    ),
    Text("在更新的折外样本上重新校准斜率", "Recalibrate the slope on newer cases out of fold"),
)
C3 = Rule(
    "C3",
    "calibration",
    "low",
    {"watch": 0.025, "variance_min": 5},
    Text("Hosmer–Lemeshow与Spiegelhalter检验", "Hosmer-Lemeshow and Spiegelhalter tests"),
    Text(
        "两项检验合计5%的水平；样本很多时，无关紧要的偏差也会被拒绝，故最多只为关注",
        "Two tests at 5 % together; with many cases they reject differences without practical importance, so the"
        " verdict is never worse than watch",
    ),
    Text("查看分位表中偏离的十分位", "Look up the tenths that are off in the table of deciles"),
)
G1 = Rule(
    "G1",
    "grades",
    "high",
    {"watch": 0.10, "bad": 0.01, "expected_min": 1, "power_min": 0.2, "power_level": 0.05},
    Text("各等级实际违约率是否高于其违约概率", "Whether a grade's true rate exceeds its PD"),
    Text(
        "红绿灯法（Tasche，2003；巴塞尔委员会，2005），按等级个数作Holm修正：十个合格等级中，偶然出现一个黄灯的机会超过一半",
        "Traffic lights (Tasche 2003; Basel Committee 2005), raised for the number of grades (Holm 1979): of ten sound"
        " grades one is amber by chance more often than not",
    ),
    Text("提高该等级的违约概率，或重新校准", "Raise the PD of the grade, or recalibrate"),
)
G2 = Rule(
    "G2",
    "grades",
    "medium",
    {"expected_min": 1, "grades_min": 2},
    Text("各等级实际违约率的次序", "Order of the grades' observed rates"),
    Text(
        "相邻等级次序颠倒可能出于偶然；区间互不相交的颠倒则不是",
        "Neighbours may change places by chance; with intervals apart they do not",
    ),
    Text("合并颠倒的等级，或查明其中的客群", "Merge the grades that changed places, or find which cases did it"),
)
G3 = Rule(
    "G3",
    "grades",
    "medium",
    {"watch": 0.30, "bad": 0.50, "cases_min": 100},
    Text("单一等级的占比", "Share of the cases in one grade"),
    Text(
        "一个等级占三成以上时，主标尺对多数申请人不再区分风险（监管惯例）",
        "With more than 30 % in one grade the scale no longer separates most applicants (supervisory practice)",
    ),
    Text(
        "细分过于拥挤的等级，或补充能拉开差距的特征", "Split the crowded grade, or add features that spread its cases"
    ),
)
L1 = Rule(
    "L1",
    "low_default",
    "medium",
    {"watch": 20},
    Text("坏样本总数", "Number of bads in all"),
    Text(
        "不足20个坏样本时，违约率本身的误差约在三分之一以上；此时以Pluto–Tasche上界作为审慎余量",
        "With fewer than 20 bads the rate itself is known to no better than a third; the bounds of Pluto and Tasche are"
        " then the margin of conservatism",
    ),
    Text("定价与限额使用75%的上界，直到坏样本足够", "Price and limit by the 75 % bound until there are enough bads"),
)
S1 = Rule(
    "S1",
    "stability",
    "medium",
    {"watch": 0.10, "bad": 0.25, "chance_level": 0.05},
    Text("评分分布的稳定性指数", "Stability index of the scores"),
    Text(
        "0.10与0.25为业界惯例（Lewis，1994；Siddiqi，2006）；样本少时先扣除偶然的部分（Yurdakul与Naranjo，2020）",
        "0.10 and 0.25 are custom (Lewis 1994; Siddiqi 2006); what chance gives on few cases is allowed for (Yurdakul"
        " and Naranjo 2020)",
    ),
    Text("查明申请人群为何变化；若是持久的，重新训练", "Find out why the applicants changed; train again if it lasts"),
)
S2 = Rule(
    "S2",
    "stability",
    "medium",
    {"watch": 0.0, "bad": 0.10},
    Text("明显移动的特征占比", "Share of the columns that moved far"),
    Text(
        "一列移动多半是数据源变了；一成以上的列移动则是人群变了",
        "One column that moved is mostly a changed source; more than a tenth of them is a changed population",
    ),
    Text(
        "逐列核对数据源，再决定是否重新训练", "Check the sources of these columns, then decide whether to train again"
    ),
)
S3 = Rule(
    "S3",
    "stability",
    "medium",
    {"watch": 0.10, "bad": 0.30, "cases_min": 100},
    Text("缺失率的变化", "Change of the share of missing values"),
    Text(
        "一成的案例从有值变为缺失，其评分换了依据；样本不足100时一成的变化可出于偶然",
        "A tenth of the cases that fall silent are scored on other grounds; with fewer than 100 cases chance alone may"
        " do that",
    ),
    Text("恢复数据供给，或剔除该列", "Restore the supply of the data, or leave the column out"),
)
FILLED = Text(
    "查明数据源是否事后补录，并核对历史记录在当时是否已知",
    "Find out whether a source was filled in since, and check that its history was known at the time",
)
"""What to do instead where the rule S3 finds that less is missing."""
S4 = Rule(
    "S4",
    "stability",
    "medium",
    {"watch": 0.10, "bad": 0.20, "grades_far": 2, "moves_min": 50},
    Text("一个季度内变动超过两个等级的占比", "Moves by more than two grades within a quarter"),
    Text(
        "超过两个等级意味着违约概率变动四倍以上；若频繁发生，等级不宜用于定价",
        "More than two grades is a PD more than four times as high or low; grades that jump so often cannot carry"
        " a price",
    ),
    Text("查明哪些短窗口特征造成跳动", "Find the short-window features that make the grades jump"),
)
P1 = Rule(
    "P1",
    "segments",
    "medium",
    {**C1.limits, "chance": 0.10, "chance_level": 0.05},
    Text("各客群的校准", "Calibration of each segment"),
    Text(
        "每个客群与整体同一标准（规则C1）；客群一多，总有几个偶然处于关注，故只计超出偶然的个数",
        "Each segment by the measure of the whole (rule C1); of many some are watched by chance, so only more than"
        " chance explains count",
    ),
    Text("为偏离的客群补充特征，或在使用时限制该客群", "Add features for the segment that is off, or limit its use"),
)
P2 = Rule(
    "P2",
    "segments",
    "medium",
    {"watch": 0.8, "cases_min": 30},
    Text("各客群通过率与最大客群之比", "Approval rate of each segment over the largest one's"),
    Text(
        "五分之四规则（EEOC，1978）；实际违约率若也更高，则差异有据可依",
        "The four-fifths rule (EEOC 1978); where the outcomes are worse as well the difference has its grounds",
    ),
    Text(
        "说明差异的依据；若无依据，修正校准或特征",
        "State the reasons; without any, correct the calibration or the features",
    ),
)
E1 = Rule(
    "E1",
    "explanations",
    "high",
    {"bad": ADDITIVE_WITHIN},
    Text("贡献分之和与信用分的误差", "Distance of base plus contributions from the points"),
    Text(
        "贡献分必须正好加总为信用分，否则原因不可信", "Contributions that do not add up to the points explain nothing"
    ),
    Text("不用线性树重新训练", "Train without linear trees"),
)
E2 = Rule(
    "E2",
    "explanations",
    "medium",
    {"watch": 0.6, "bad": 0.4},
    Text(
        "重抽样重训后不利原因的一致程度（Jaccard）", "Agreement of the adverse reasons under bootstrap refits (Jaccard)"
    ),
    Text(
        "四个原因中三个相同，指数为0.6；两个半相同约为0.45",
        "With three of four reasons the same the index is 0.6, with two and a half about 0.45",
    ),
    Text(
        "合并彼此相关的原因码，或减少相近的窗口",
        "Merge reason codes that say the same, or use fewer windows of one feature",
    ),
)
E3 = Rule(
    "E3",
    "explanations",
    "low",
    {"watch": 0.8, "bad": 0.5, "points_min": 0.5},
    Text("原因能说明一半以上分数的案例占比", "Share of cases whose reasons carry half of the points"),
    Text(
        "每个方向至多四个原因；若多数分数在其余项中，原因便未说出主要理由",
        "At most four reasons of each direction are given; where most points are in the others, they explain the"
        " smaller part",
    ),
    Text("合并细碎的原因码", "Merge the small reason codes"),
)
B1 = Rule(
    "B1",
    "benefit",
    "medium",
    {"bad": 0.0, "suppliers_min": SUPPLIERS_MIN},
    Text("按盈亏平衡点审批相对固定做法的收益", "Gain of lending up to the break-even PD over approving all or none"),
    Text(
        "不如全部批准或全部拒绝的评分卡没有用处；利差与违约损失率是假设，故不作严重问题",
        "A scorecard that earns less than approving all, or none, is of no use; margin and LGD are assumed, so the"
        " finding is not high",
    ),
    Text(
        "核对利差与违约损失率的假设；若属实，不宜上线", "Check the assumed margin and LGD; if they hold, do not use it"
    ),
)
R1 = Rule(
    "R1",
    "record_groups",
    "high",
    {"low": 0.8, "high": 1.25, "expected_min": 50, "exact_level": 0.01},
    Text("无记录与记录清白的供应商的校准", "Calibration of suppliers without a history and with a clean record"),
    Text(
        "单调约束会把缺失推向安全一侧，这些人群最先失准；多组同时判断，预期坏样本50个时合格的一组偶然越界的机会约十分之一，"
        "20个时则超过四分之一",
        "A monotone constraint sends missing values to the safe side, so these groups go wrong first; several are"
        " judged at once, and a sound one lies outside by chance one time in ten at 50 expected bads, in four at 20",
    ),
    Text("核对该类特征的无记录标志是否参与评分", "Check that the family's no-history flag is among the columns"),
)

RULES: tuple[Rule, ...] = (D1, D2, C1, C2, C3, G1, G2, G3, L1, S1, S2, S3, S4, P1, P2, E1, E2, E3, B1, R1)
