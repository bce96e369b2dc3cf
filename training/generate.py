"""
Writes the text that the model learns: chats of questions and answers, drawn from the catalogue's facts and the topics.

    node training/export-facts.ts > facts.json
    python3 training/generate.py --facts facts.json --seed 1 --count 200

The same facts, seed and count give the same samples, to the byte. It needs Python's standard library alone.
"""

import argparse
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from card_questions import CardQuestions  # noqa: E402
from fit_questions import FitQuestions  # noqa: E402

TOPICS_FOLDER = Path(__file__).parent / "topics"
TOPIC_WEIGHTS = {"rerig.txt": 22, "rigs.txt": 18, "models.txt": 8, "talk.txt": 9}
DEFINING = ("What is {}?", "What is {}?", "what's {}", "Explain {}.", "What does {} mean?", "Tell me about {}.", "Define {}.", "{}?")
OPENINGS = ("Hi, ", "Hello! ", "Hey, ", "Please tell me: ", "Quick question: ", "I wonder: ", "Please, ", "So, ")
SYSTEM_PROMPTS = (
    "You are a helpful assistant.",
    "You are Rigger, the small model that ships with Rerig.",
    "You answer questions about graphics cards and mining rigs.",
    "Answer briefly.",
    "You are a helpful, harmless and honest AI assistant. Answer the user's questions.",
)


def read_topics(path):
    """Blocks of `Q` and `D` lines with their `A` lines → list of (questions, answers)."""
    topics, questions, answers = [], [], []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        mark, text = line[:1], line[2:]
        if mark == "Q":
            questions.append(text)
        elif mark == "D":
            questions.extend(frame.format(text) for frame in DEFINING)
        elif mark == "A":
            answers.append(text)
        elif not line and questions:
            topics.append((questions, answers))
            questions, answers = [], []
    return topics


def upper_first(text):
    return text[:1].upper() + text[1:]


class Generator:
    """Draws samples from the facts. A sample is a list of {role, content} messages."""

    def __init__(self, facts, seed):
        self.rng = random.Random(seed)
        self.drawers = CardQuestions(facts).drawers() + FitQuestions(facts).drawers()
        for name, weight in TOPIC_WEIGHTS.items():
            self.drawers.append((weight, self.topic_drawer(read_topics(TOPICS_FOLDER / name))))
        self.weights = [weight for weight, _ in self.drawers]

    def topic_drawer(self, topics):
        def draw(rng):
            questions, answers = rng.choice(topics)
            return upper_first(rng.choice(questions)), rng.choice(answers)

        return draw

    def pair(self):
        """One question, as someone types it, and its answer."""
        drawn = None
        while drawn is None:
            drawn = self.rng.choices(self.drawers, self.weights)[0][1](self.rng)
        question, answer = drawn
        return self.roughen(question), answer

    def roughen(self, question):
        """Openings, lower case, missing marks and slips of the finger."""
        rng = self.rng
        if rng.random() < 0.07:
            question = rng.choice(OPENINGS) + question[0].lower() + question[1:]
        if rng.random() < 0.25:
            question = question.lower()
        if rng.random() < 0.2:
            question = question.rstrip("?.! ")
        return slip(rng, question) if rng.random() < 0.08 else question

    def sample(self):
        """One chat: mostly a single question, now and then several in a row."""
        rng = self.rng
        messages = []
        if rng.random() < 0.12:
            messages.append({"role": "system", "content": rng.choice(SYSTEM_PROMPTS)})
        kind = rng.random()
        turn_count = 1 if kind < 0.78 else rng.randint(2, 3) if kind < 0.95 else rng.randint(4, 8)
        for _ in range(turn_count):
            question, answer = self.pair()
            messages.append({"role": "user", "content": question})
            messages.append({"role": "assistant", "content": answer})
        return messages


def slip(rng, text):
    """One slip of the finger in a word without digits: a letter left out, doubled, or swapped with the next."""
    words = [match for match in re.finditer(r"[A-Za-z]{4,}", text)]
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def read_facts(path):
    """The facts of export-facts.ts, from a file or (`-`) from stdin."""
    return json.loads(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(description="Prints samples as JSON, one a line.")
    parser.add_argument("--facts", required=True, help="output of export-facts.ts, or - for stdin")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    generator = Generator(read_facts(options.facts), options.seed)
    for _ in range(options.count):
        print(json.dumps(generator.sample(), ensure_ascii=False))


if __name__ == "__main__":
    main()
