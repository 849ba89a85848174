"""Validation of a scorecard: arrays in, the parts of `validation.json` out, by written rules (`rules.RULES`).

`parts.validation_parts` returns a dict with the keys below. Floats have ten significant digits; what cannot be
evaluated is None and its verdict "not evaluable". Verdicts are "good", "watch", "bad" or "not evaluable". `interval`
stands for {value, low, high, se, level}; `calibrated` for {n, bad, expected, observed, low, high, mean_pd,
clustering, ratio: interval}, where low and high are Jeffreys' interval of the observed rate, of counts divided by
`clustering`, which is 1 where no supplier has several cases.

    discrimination: n, bad, effective: {bads, goods}, auc: interval (DeLong), gini: interval, ks, verdict (D1)
        by_supplier: {suppliers, suppliers_min, draws, seed, auc: interval, gini: interval, ks: interval}
        vintages: [{vintage: "2024Q1", n, bad, auc, gini, ks}]
        against_development: {development: interval, difference, low, high, se, se_independent, z, p_value,
            verdict (D2)}
        curves: {roc: {goods: [], bads: []}, ks: {points: [], bads: [], goods: [], widest_at},
            histogram: {edges: [k + 1], goods: [k], bads: [k]}}
    calibration:
        portfolio: {calibrated, verdict (C1), jeffreys_p, binomial_p, binomial_two_sided_p, design_effect,
            ratio_by_supplier: interval}
        recalibration: {in_the_large: interval, slope: interval, intercept: interval, slope_by_supplier: interval,
            likelihood_ratio, p_value, verdict (C2)}
        hosmer_lemeshow: {statistic, df, p_value, least_expected}
        spiegelhalter: {z, p_value}
        fit_verdict (C3)
        brier: {value, reliability, resolution, uncertainty, within, skill}
        expected_calibration_error: {value, by_chance}
        deciles: [{pd_low, pd_high, calibrated, verdict}], safest first
        vintages: [{vintage, calibrated, verdict}]
    grades: master_scale, verdict (G1)
        grades: [{code, pd_low, pd_high, share, calibrated, jeffreys_p, binomial_p, power: {"1.5", "2"}, test, p_value,
            p_value_holm, verdict}], all of them, safest first
        order: {grades, inversions: [{better, worse}], contradictions: [{better, worse}], verdict (G2)}
        concentration: {herfindahl, adjusted, largest: {code, share}, above: [code], verdict (G3)}
    low_default: bads, levels, rho, verdict (L1)
        grades: [{code, n, bad, pooled_n, pooled_bad, mean_pd, bounds: {"0.5", "0.75", "0.9"}, correlated: the same,
            margin: the same}]
    stability:
        score: {edges, development: [], test: [], psi, by_chance, verdict (S1)}
        quarters: [{quarter, n, psi, by_chance, verdict}]
        columns: {name: {csi, by_chance, verdict, null_before, null_after, null_change}}
        moved: {judged, watch: [name], bad: [name], verdict (S2)}
        missing: {changed: {name: change}, verdict (S3)}
        migration: {codes, months, moves, counts: [[]], shares: [[] or None], stays, improves, worsens, far,
            verdict (S4)}
        suppliers: {suppliers, largest_share, herfindahl}
    segments: cutoff_pd, calibration (P1), parity (P2)
        dimensions: {name: {unknown, others: {labels, n}, reference, values: {label: {calibrated, calibration: verdict,
            auc: interval, ks, approvals: {n, approved, rate, good_rate, bad_rate},
            parity: {rate, good_rate, bad_rate, verdict}}}}}
    explanations: n
        additivity: {error, verdict (E1)}
        frequency: {code: {among_four, first}}
        coverage: {share, median, verdict (E3)}
        stability: {refits, jaccard, jaccard_low, rank_agreement, first_same, verdict (E2)}
    benefit: verdict (B1)
        assumptions: {margin, lgd, break_even_pd, exposure, amounts_unknown}
        cutoffs: [{pd, grade, break_even, approved, share, bad_rate, bads_avoided, goods_refused, profit,
            profit_per_case}], rising; pd 0 approves nobody, the last (pd None) everybody
        constant: {approve_all, approve_none, better: "all" or "none"}
        best: {interval of the PD, profit_per_case} or None; gain: interval
    record_groups: verdict (R1)
        groups: {name: {calibrated, sure, verdict: "holds", "fails" or "not evaluable"}}
    findings: [{rule, part, severity: "high", "medium" or "low", verdict, text: {zh, en}, mend: {zh, en}}], gravest
        first
    verdict: {overall, rule: "V1", text: {zh, en}, parts: {part: verdict},
        rules: [{rule, part, verdict, text: {zh, en}, about: {zh, en}, limits: {name: number}, reason: {zh, en}}]}
"""
