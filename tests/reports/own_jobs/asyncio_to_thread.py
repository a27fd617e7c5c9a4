"""Work that a coroutine gives to a thread."""

import asyncio
import json


async def main():
    text = "[" + ", ".join(['[1, 2, "three"]'] * 500_000) + "]"
    rows = await asyncio.to_thread(json.loads, text)  # held
    return len(rows)


assert asyncio.run(main()) == 500_000
