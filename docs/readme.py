"""The parts of the READMEs that are measured: filled from the last `make demo` and `make bench`, never by hand."""

import json
import re
from pathlib import Path
from typing import Any

READMES = ("README.md", "README.zh-CN.md")
WIDTH = 150
WORDS = {
    "README.md": {
        "stored profile": "stored profile",
        "from facts": "from facts (`as_of` given)",
        "bare uvicorn": "bare uvicorn, score and contributions only",
        "speed": "| `POST /v1/scores` | requests/s | p50 ms | p95 ms | p99 ms | errors |",
        "machine": "{cores} cores shared with the load generator, {clients} closed-loop clients, {suppliers:,} "
        "suppliers drawn uniformly, {columns} columns, {trees} trees, Python {python}; `make bench`.",
        "truth": "| world | cases | expected AUC | of the true PD | mean PD | true mean PD | Brier above the truth's | says it drifted |",
        "yes": "yes",
        "no": "no",
    },
    "README.zh-CN.md": {
        "stored profile": "预存画像",
        "from facts": "由事实即时计算（给出 `as_of`）",
        "bare uvicorn": "裸 uvicorn，仅算分与贡献",
        "speed": "| `POST /v1/scores` | 每秒请求 | p50 毫秒 | p95 毫秒 | p99 毫秒 | 错误 |",
        "machine": "{cores} 核，与压测程序共用；{clients} 个闭环客户端；从 {suppliers:,} 家供应商均匀抽取；"
        "{columns} 列，{trees} 棵树；Python {python}；`make bench`。",
        "truth": "| 世界 | 案例 | 期望 AUC | 真实 PD 的 AUC | 平均 PD | 真实平均 PD | Brier 超出真实值 | 报告漂移 |",
        "yes": "是",
        "no": "否",
    },
}


def fill(root: Path) -> list[Path]:
    """Fill every measured part of both READMEs for which there are figures; return what was written."""
    for name in READMES:
        page = root / name
        text = page.read_text(encoding="utf-8")
        for part, told in parts(root, WORDS[name]).items():
            text = re.sub(
                rf"(<!-- {part} -->\n).*?(<!-- /{part} -->)",
                lambda found, told=told: f"{found[1]}{told}\n{found[2]}",
                text,
                flags=re.DOTALL,
            )
        page.write_text(text, encoding="utf-8")
    return [root / name for name in READMES]


def parts(root: Path, words: dict[str, str]) -> dict[str, str]:
    """The parts there are figures for."""
    sources = {
        "demo": (root / "var" / "demo" / "answers.json", demo),
        "speed": (root / "var" / "figures" / "load.json", speed),
        "truth": (root / "var" / "figures" / "truth.json", truth),
    }
    found = {name: (file, told) for name, (file, told) in sources.items() if file.is_file()}
    return {name: told(json.loads(file.read_text(encoding="utf-8")), words) for name, (file, told) in found.items()}


def demo(answers: list[dict[str, Any]], _: dict[str, str]) -> str:
    """A question and its answer, whole."""
    asked, answer = answers[1]["request"], answers[1]["answer"]
    return f"```http\nPOST /v1/scores\n```\n```json\n{compact(asked)}\n```\n```json\n{compact(answer)}\n```"


def compact(value: Any, indent: int = 0) -> str:
    """JSON that breaks a line only where it would grow too long."""
    line = json.dumps(value, ensure_ascii=False)
    if indent + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        inner = [compact(item, indent + 2) for item in value]
        return "[\n" + ",\n".join(pad + item for item in inner) + "\n" + " " * indent + "]"
    items = [f"{json.dumps(key)}: {compact(item, indent + 2)}" for key, item in value.items()]
    return "{\n" + ",\n".join(pad + item for item in items) + "\n" + " " * indent + "}"


def speed(told: dict[str, Any], words: dict[str, str]) -> str:
    """The speed table."""
    lines = [words["speed"], "|---|---:|---:|---:|---:|---:|"]
    for name, f in told["figures"].items():
        cells = (
            f"{f['requests_a_second']:,.0f}",
            *(f"{f[q]:.1f}" for q in ("p50_ms", "p95_ms", "p99_ms")),
            f["errors"],
        )
        lines.append(f"| {words[name]} | " + " | ".join(str(cell) for cell in cells) + " |")
    about = words["machine"].format(clients=told["clients"], **told["shape"], **told["machine"])
    return "\n".join([*lines, "", about])


def truth(told: dict[str, Any], words: dict[str, str]) -> str:
    """The distance from the sandbox's truth."""
    lines = [words["truth"], "|---|---:|---:|---:|---:|---:|---:|---|"]
    for world, f in told.items():
        pds = f"{f['mean_pd']:.2%} | {f['mean_best']:.2%} | {f['brier_excess']:.1%}"
        drifted = words["yes"] if f["drifted"] else words["no"]
        lines.append(f"| {world} | {f['n']:,} | {f['auc']:.3f} | {f['auc_best']:.3f} | {pds} | {drifted} |")
    return "\n".join(lines)
