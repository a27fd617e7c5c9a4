# SPDX-License-Identifier: Apache-2.0
"""A code object comes to the address of one that went, and runs from the same line, after as many
others as the walker's counter of them can tell apart where it remembers calls: 65,536."""


def run(name):
    code = compile("kept = [1]", name, "exec")
    exec(code, {})
    return id(code)


longer = compile("kept = [1]" + "; kept = [2]" * 40, "longer", "exec")
addresses = set()
for name in ("first", "second", "third"):
    addresses.add(run(name))
    for _ in range(65_535):
        exec(longer.replace(), {})
assert len(addresses) < 3, addresses
print("done")
