# SPDX-License-Identifier: Apache-2.0
"""json.loads of 200,000 records, twice."""

import json

text = json.dumps(
    [{"id": number, "name": f"n{number}", "v": [number, number + 0.5]} for number in range(200_000)]
)
for _ in range(2):
    json.loads(text)
