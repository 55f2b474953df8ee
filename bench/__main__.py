"""``python -m bench [p1|p3|p5 …] [--quick]``: runs the benchmarks and prints their tables."""

import sys

from bench import cache, entities, intents, knowledge, masking, p1, p2, p3, p4, p5, p7, sentiment, understand

BENCHES = {
    "p1": p1.run,
    "p2": p2.run,
    "p3": p3.run,
    "p4": p4.run,
    "p5": p5.run,
    "p7": p7.run,
    "masking": masking.run,
    "entities": entities.run,
    "intents": intents.run,
    "sentiment": sentiment.run,
    "cache": cache.run,
    "knowledge": knowledge.run,
    "understand": understand.run,
}


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    chosen = [name for name in arguments if not name.startswith("-")] or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        print(f"kefu bench: there is no {unknown[0]}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in chosen:
        print(BENCHES[name](quick=quick), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
