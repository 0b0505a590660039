"""Says what was measured: a table for people, and RESULTS.md."""

import shlex


def verdict(row):
    if "missing" in row:
        return "FAILED" if row["failed"] else "not measured"
    low, high = row["interval"]
    if "least" in row:
        return "BROKEN" if row["value"] < row["least"] else "kept" if low >= row["least"] else "kept, but not surely"
    return "BROKEN" if row["value"] > row["most"] else "kept" if high <= row["most"] else "kept, but not surely"


def _number(value, unit):
    return f"{value:.3f}×" if unit == "×" else f"{value:.2f} {unit}"


def _cells(row):
    sign, bound = ("≥", row["least"]) if "least" in row else ("≤", row["most"])
    bound = f"{sign} {bound:g}×" if row["unit"] == "×" else f"{sign} {bound:g} {row['unit']}"
    if "missing" in row:
        return [row["what"], "–", "–", bound, "–", verdict(row)]
    low, high = (_number(end, row["unit"]) for end in row["interval"])
    return [row["what"], _number(row["value"], row["unit"]), f"{low} – {high}", bound, str(row["rounds"]), verdict(row)]


HEADER = ["figure", "measured", "95 % interval", "threshold", "rounds", "verdict"]


def table(rows):
    """Aligned columns, with what is known of each figure below it."""
    lines = [HEADER] + [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    text = ["  ".join(name.ljust(width) for name, width in zip(HEADER, widths)).rstrip()]
    for line, row in zip(lines[1:], rows):
        text.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        text += ["    " + " | ".join(cells) for cells in row.get("table", [])]
        text += ["    " + detail for detail in (row["details"] if "details" in row else [row["missing"]])]
    return "\n".join(text)


def markdown(rows, setting):
    lines = ["# Results of Harness/benchmark", "",
             "Written by `Harness/benchmark`; not edited. Every figure was measured side by side with what it is"
             " compared to, in turn, in one run. A ratio is that of medians; its interval is a bootstrap over rounds"
             " or, where a figure is made of several lists of samples, over each of them, or, of memory, the least and the"
             " most. A threshold is broken when the measured figure is on the wrong side"
             " of it, and *not surely* kept when the interval reaches there.", ""]
    if setting.quick:
        lines += ["This was a `--quick` run: too few rounds to rely on.", ""]
    lines += ["| " + " | ".join(line) + " |" for line in (HEADER, ["---"] * len(HEADER))]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    lines += ["", "## Where it was measured", ""]
    lines += [f"- {name}: {value}" for name, value in setting.host().items()]
    lines += ["- Environment: that PATH, an empty HOME, `LANG=C.UTF-8` and nothing else; working directory"
              f" `{setting.shown(setting.project)}`"]
    for row in rows:
        lines += ["", f"## {row['what']}", ""]
        if "missing" in row:
            lines += [f"Not measured: {setting.shown(row['missing'])}"]
            continue
        lines += ["```sh", *(setting.shown(shlex.join(command)) for command in row["commands"]), "```", ""]
        if "table" in row:
            head, *body = row["table"]
            lines += ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *body)] + [""]
        lines += [f"- {setting.shown(detail)}" for detail in row["details"]]
    return "\n".join(lines) + "\n"
