"""LiteLLM's router over Ollama servers: ``python -m bench.cases.pool_litellm SEED SECONDS RATE URL …``."""

import asyncio
import logging
import sys

from bench.cases.pool_load import Turn, play, turns


def main() -> None:
    import litellm

    logging.getLogger("LiteLLM Router").setLevel(logging.ERROR)
    litellm.suppress_debug_info = True
    seed, seconds, rate, *urls = sys.argv[1:]
    router = litellm.Router(
        model_list=[
            {"model_name": "chat", "litellm_params": {"model": "ollama_chat/tiny", "api_base": url}} for url in urls
        ],
        routing_strategy="least-busy",
        num_retries=1,
        timeout=60,
        allowed_fails=1,
        cooldown_time=5,
    )

    async def ask(turn: Turn) -> bool:
        messages = [{"role": role, "content": text} for role, text in turn.messages]
        try:
            stream = await router.acompletion(model="chat", messages=messages, stream=True)
            async for _ in stream:
                pass
        except Exception:
            return False
        return True

    asyncio.run(play(turns(int(seed), float(seconds), float(rate)), ask))


if __name__ == "__main__":
    main()
