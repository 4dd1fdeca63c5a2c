"""The printed table: what was measured, the figure to reach, and a floor of the same run with the ratio."""


class Table:
    def __init__(self):
        self._rows = []

    def row(self, what, value, unit, reach, floor_name="", floor=None):
        ratio = f"{value / floor:.2f}" if floor else ""
        self._rows.append((what, _number(value), unit, reach, floor_name, _number(floor), ratio))
        print(f"  {what}: {_number(value)} {unit}", flush=True)

    def note(self, what, text):
        self._rows.append((what, text, "", "", "", "", ""))

    def text(self):
        head = ("quantity", "measured", "unit", "to reach", "floor of this run", "", "ratio")
        rows = [head, *self._rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        lines = []
        for row in rows:
            cells = [c.rjust(w) if i in (1, 5, 6) else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _number(value):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}"
