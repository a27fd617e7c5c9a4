# SPDX-License-Identifier: Apache-2.0
"""asyncio: 10,000 tasks at once, several times."""

import asyncio


async def task(number):
    await asyncio.sleep(0)
    return [number]


async def main():
    for _ in range(5):
        await asyncio.gather(*(asyncio.create_task(task(number)) for number in range(10_000)))


for _ in range(2):
    asyncio.run(main())
