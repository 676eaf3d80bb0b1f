"""What the user reads. One file a format, each a function of a `Report` and of nothing else.

    terminal.render(report, root=..., color=...)   read by a person in ten seconds: 60 lines, 80 columns, always
    terminal.show(report, root=..., stream=...)    the same, fitted to the stream it is written to
    json.render(report), json.parse(text)          the stable interface; `schema.json` beside it says what it may hold

Nothing is computed here that a verdict depends on: whatever is not in the report is not said. This room may import
`facts` and no other room. To add a format: one file with `render(report) -> str`, one test in `tests/report`.

What the terminal is built from, small to large: `characters` (what may be printed at all), `numbers`, `layout` (lines,
wrapping, the left words), `sparkline` and `excerpt`, then the sections `finding`, `crash`, `tried` and `footer`.
"""
