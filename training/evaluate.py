"""
Asks a served model what it was not trained on word for word, and prints how often it is right, as one JSON document.

    rerig up                                  # prints the API's address and a key
    python3 training/evaluate.py --facts facts.json --url http://127.0.0.1:8080/v1 --key rk-…

VRAM: every card of one known amount, in phrasings that training never draws; right is the card's own figure. Fresh
questions: drawn from a seed of their own; right is the answer to the letter. It needs Python's standard library alone.
"""

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from card_names import an  # noqa: E402
from card_questions import HELD_OUT_VRAM_PHRASINGS  # noqa: E402
from generate import Generator, read_facts  # noqa: E402

EVALUATION_SEED = 987_654_321
ANSWER_TOKENS_MAX = 200
ASK_SECONDS_MAX = 60


def ask(options, question):
    body = {
        "model": options.model,
        "messages": [{"role": "user", "content": question}],
        "temperature": 0,
        "max_tokens": ANSWER_TOKENS_MAX,
    }
    headers = {"content-type": "application/json", "authorization": f"Bearer {options.key}"}
    request = urllib.request.Request(f"{options.url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=ASK_SECONDS_MAX) as response:
        return json.load(response)["choices"][0]["message"]["content"].strip()


def vram_accuracy(options, facts):
    asked = right = 0
    for card in facts["cards"]:
        if "vramGibibytes" not in card:
            continue
        phrasing = HELD_OUT_VRAM_PHRASINGS[asked % len(HELD_OUT_VRAM_PHRASINGS)]
        answer = ask(options, phrasing.format(n=card["name"], a=an(card["name"])))
        figures = re.findall(r"has ([\d.]+) GB", answer)
        right += figures == [f"{card['vramGibibytes']:g}"]
        asked += 1
    return {"asked": asked, "right": right}


def fresh_accuracy(options, facts):
    """Exact answers. Topics have several right answers each, so that this is a lower bound."""
    generator = Generator(facts, EVALUATION_SEED)
    right = 0
    for _ in range(options.count):
        question, expected = generator.pair()
        right += ask(options, question) == expected
    return {"asked": options.count, "right": right}


def main():
    parser = argparse.ArgumentParser(description="Prints how often a served model is right.")
    parser.add_argument("--facts", required=True, help="output of export-facts.ts, or - for stdin")
    parser.add_argument("--url", required=True, help="the API's base URL, which ends in /v1")
    parser.add_argument("--key", default="none", help="the API key; the model server itself needs none")
    parser.add_argument("--model", default="rigger-5m")
    parser.add_argument("--count", type=int, default=300, help="fresh questions to ask")
    options = parser.parse_args()
    facts = read_facts(options.facts)
    try:
        report = {"heldOutVram": vram_accuracy(options, facts), "freshQuestions": fresh_accuracy(options, facts)}
    except urllib.error.URLError as error:
        sys.exit(f"No answer from {options.url}: {error}. Start a server there, or give another --url and --key.")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
