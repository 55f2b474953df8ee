"""Presidio's recognisers that need no model, called directly: JSON list of texts in, spans and CPU seconds out."""

import json
import logging
import sys
import time

from presidio_analyzer import PatternRecognizer, RecognizerRegistry

MODELS = ("SpacyRecognizer", "StanzaRecognizer", "TransformersRecognizer")
TYPES = {"PHONE_NUMBER": "phone", "CREDIT_CARD": "bank_card", "EMAIL_ADDRESS": "email", "IP_ADDRESS": "ip_address"}


def main() -> None:
    """The default English recognisers; ``patterns`` leaves out the one for telephones, which is a library's matcher."""
    logging.disable(logging.CRITICAL)
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognisers = [one for one in registry.recognizers if type(one).__name__ not in MODELS]
    if sys.argv[1] == "patterns":
        recognisers = [one for one in recognisers if isinstance(one, PatternRecognizer)]
    texts = json.load(sys.stdin)
    for text in texts[:50]:
        found(recognisers, text)
    begun = time.process_time()
    spans = [found(recognisers, text) for text in texts]
    print(json.dumps({"cpu_seconds": time.process_time() - begun, "spans": spans}))


def found(recognisers: list[object], text: str) -> list[tuple[str, int, int]]:
    results = [
        one for recogniser in recognisers for one in recogniser.analyze(text, recogniser.supported_entities, None)
    ]
    return [(TYPES[one.entity_type], one.start, one.end) for one in results if one.entity_type in TYPES]


main()
