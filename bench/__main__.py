"""``python -m bench [p1 p3 p5 …] [--quick]``: runs the benchmarks and prints their tables."""

import argparse

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Runs benchmarks and prints their tables.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"all unless named: {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="less of each: to see that it works, not to cite")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - set(BENCHES)):
        parser.error(f"there is no {unknown[0]}; there are {', '.join(BENCHES)}")
    for name in asked.names or BENCHES:
        print(BENCHES[name](quick=asked.quick), flush=True)


if __name__ == "__main__":
    main()
