"""Presidio without a model, as its users call it or its recognisers directly: JSON texts in, spans, CPU seconds out."""

import json
import logging
import sys
import time
from functools import partial

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, PatternRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import SpacyNlpEngine

MODELS = ("SpacyRecognizer", "StanzaRecognizer", "TransformersRecognizer")
TYPES = {"PHONE_NUMBER": "phone", "CREDIT_CARD": "bank_card", "EMAIL_ADDRESS": "email", "IP_ADDRESS": "ip_address"}


class Blank(SpacyNlpEngine):  # type: ignore[misc]
    """A tokenizer without a model: the engine has to have one."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}

    def load(self) -> None:
        """Nothing to load."""


def main() -> None:
    """The default English recognisers: ``all``, or for ``shared`` those of the types that both know.

    Otherwise without the one for telephones, which is a library's matcher; ``engine`` is the AnalyzerEngine of its
    documentation with a blank tokenizer.
    """
    logging.disable(logging.CRITICAL)
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognisers = [one for one in registry.recognizers if type(one).__name__ not in MODELS]
    if sys.argv[1] == "shared":
        recognisers = [one for one in recognisers if TYPES.keys() & set(one.supported_entities)]
    elif sys.argv[1] != "all":
        recognisers = [one for one in recognisers if isinstance(one, PatternRecognizer)]
    find = partial(found, recognisers)
    if sys.argv[1] == "engine":
        registry.recognizers = recognisers
        find = partial(analysed, AnalyzerEngine(registry, Blank(), supported_languages=["en"]))
    texts = json.load(sys.stdin)
    for text in texts[:50]:
        find(text)
    begun = time.process_time()
    spans = [find(text) for text in texts]
    print(json.dumps({"cpu_seconds": time.process_time() - begun, "spans": spans}))


def found(recognisers: list[EntityRecognizer], text: str) -> list[tuple[str, int, int]]:
    results = [
        one for recogniser in recognisers for one in recogniser.analyze(text, recogniser.supported_entities, None)
    ]
    return _named(results)


def analysed(engine: AnalyzerEngine, text: str) -> list[tuple[str, int, int]]:
    return _named(engine.analyze(text, "en"))


def _named(results: list[RecognizerResult]) -> list[tuple[str, int, int]]:
    return [(TYPES[one.entity_type], one.start, one.end) for one in results if one.entity_type in TYPES]


main()
