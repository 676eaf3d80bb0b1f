"""Universes: the user's program, continued from the same moment with one thing changed each.

`spec` says what a universe is (plain data), `engine` runs many of them from outside (`fork` or `fresh`), `host` is the
program's own process, paused where training begins: `import_hook` tells it that torch is there, `rewind` takes it back to
where the optimizer was built, `children` are the universes that it has forked. `becoming` makes a process a universe,
`runtime` is what goes on inside one.
"""
