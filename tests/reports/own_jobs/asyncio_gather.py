"""Coroutines that wait and hold."""

import asyncio


async def fetched(number):
    await asyncio.sleep(0.01)
    return bytearray(number * 10_000_000)  # held


async def main():
    async with asyncio.timeout(60):
        pages = await asyncio.gather(*(fetched(number) for number in range(5)))
    return sum(map(len, pages))


assert asyncio.run(main()) == 100_000_000
