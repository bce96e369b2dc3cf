"""Does it fit? Questions of models against cards, with the sum shown before the verdict, so that it can be checked."""

from card_names import NameWriter, an
from card_questions import number

SIZES_BILLION = (1, 3, 4, 7, 8, 12, 14, 20, 32, 70)
SIZE_WEIGHTS = (2, 3, 1, 5, 8, 2, 5, 2, 4, 2)
BITS = (4, 8, 16)
# Bits that a weight really takes in GGUF's Q4_K_M, Q8_0 and F16.
EFFECTIVE_BITS = {4: 4.9, 8: 8.5, 16: 16}
DRIVER_RESERVED_GIBIBYTES = 0.25
NAMED_MODELS = {
    "Llama 3.1 8B": 8, "Llama 3 8B": 8, "Llama 3.2 1B": 1, "Llama 3.2 3B": 3, "Mistral 7B": 7, "Qwen2.5 7B": 7,
    "Qwen2.5 14B": 14, "Qwen2.5 32B": 32, "Qwen3 8B": 8, "Qwen3 32B": 32, "Llama 3.1 70B": 70, "Gemma 3 4B": 4,
    "Gemma 3 12B": 12, "Llama 2 7B": 7, "Llama 70B": 70, "Qwen3 14B": 14, "gpt-oss 20B": 20,
}
FIT_PHRASINGS = (
    "Can {a} run {model}?",
    "Can {a} serve {model}?",
    "Does {model} fit on {a}?",
    "Will {model} fit in the VRAM of the {n}?",
    "Is {a} enough for {model}?",
    "Can I run {model} on {a}?",
    "Can my {n} run {model}?",
    "I have {a}. Can I run {model}?",
    "{n} enough for {model}?",
    "does {model} run on {n}",
    "Can the {n} hold {model}?",
)
NEED_PHRASINGS = (
    "How much VRAM does {model} need?",
    "How much memory does {model} take?",
    "What does {model} need?",
    "How many GB for {model}?",
    "VRAM for {model}?",
    "How big is {model}?",
)
LARGEST_PHRASINGS = (
    "What is the largest model that {a} can run?",
    "What can {a} run?",
    "Which models fit on {a}?",
    "Which models can the {n} serve?",
    "How big a model fits on {a}?",
    "What models run on {n}",
    "What can I run on my {n}?",
    "biggest model for {n}",
)
WHICH_CARDS_PHRASINGS = (
    "Which cards can run {model}?",
    "Which card do I need for {model}?",
    "What card can serve {model}?",
    "What GPU do I need to run {model}?",
    "Which GPUs fit {model}?",
)
WHICH_OF_MINE_PHRASINGS = (
    "Which of my cards can run {model}?",
    "Which of my cards can serve {model}?",
    "Can my cards run {model}?",
    "Which of my rigs can run {model}?",
    "Can my farm run {model}?",
    "How many of my cards can run {model}?",
)
LISTED_PHRASINGS = (
    "I have {list}. Which can run {model}?",
    "My rig has {list}. Can it run {model}?",
    "I have {list}. Which of my cards can run {model}?",
    "With {list}, can I serve {model}?",
    "Which of these can run {model}: {list}?",
)
EXAMPLES = (
    (2, ("GTX 1050 2GB", "RX 460 2GB")),
    (4, ("GTX 1650", "RX 570 4GB", "GTX 1050 Ti")),
    (6, ("GTX 1660 SUPER", "RTX 2060", "P106-100")),
    (8, ("GTX 1080", "RX 580 8GB", "RTX 3070")),
    (11, ("GTX 1080 Ti", "RTX 2080 Ti")),
    (12, ("RTX 3060 12GB", "RX 6700 XT", "RTX 3080 Ti")),
    (16, ("RX 6800", "Tesla T4", "Radeon VII")),
    (24, ("RTX 3090", "RTX 4090", "Tesla P40")),
    (48, ("RTX A6000", "L40S")),
    (80, ("A100 PCIe 80GB", "H100 PCIe 80GB")),
)


class FitQuestions:
    """Draws (question, answer) pairs about what fits. VRAM in gibibytes, as makers and people say "GB"."""

    def __init__(self, facts):
        self.names = NameWriter(facts["cards"])
        self.workloads = {int(workload["name"].split("B")[0]): workload for workload in facts["workloads"]}

    def weights(self, size, bits):
        known = self.workloads.get(size)
        return known["weightsGibibytes"] if known and bits == 4 else size * 1e9 * EFFECTIVE_BITS[bits] / 8 / 2**30

    def need(self, size, bits):
        """Weights, a context of 4,096 tokens and overhead; between the known sizes by straight lines."""
        extras = sorted((s, w["totalGibibytes"] - w["weightsGibibytes"]) for s, w in self.workloads.items())
        extras.append((70, 2.4))
        for (low, low_extra), (high, high_extra) in zip(extras, extras[1:]):
            if low <= size <= high:
                return self.weights(size, bits) + low_extra + (high_extra - low_extra) * (size - low) / (high - low)
        return self.weights(size, bits) + extras[-1][1]

    def is_fitting(self, card, size, bits):
        if bits == 4 and size in self.workloads:
            return self.workloads[size]["name"] in card["fittingWorkloads"]
        return card["vramGibibytes"] - DRIVER_RESERVED_GIBIBYTES >= self.need(size, bits)

    def draw_model(self, rng):
        """(as asked, size, bits, as answered)."""
        bits = rng.choices(BITS, (8, 2, 2))[0]
        if rng.random() < 0.2:
            asked = rng.choice(sorted(NAMED_MODELS))
            size, name = NAMED_MODELS[asked], asked
        else:
            size = rng.choices(SIZES_BILLION, SIZE_WEIGHTS)[0]
            asked, name = an_size(size), an_size(size)
        if bits == 4 and rng.random() < 0.35:
            return asked, size, 4, f"{name} at 4 bits"
        words = {4: ("at 4 bits", "in Q4", "in 4 bits", "at Q4_K_M", "with 4-bit weights", "quantized to 4 bits"),
                 8: ("at 8 bits", "in Q8", "with 8-bit weights"), 16: ("at 16 bits", "in FP16", "unquantized")}
        return f"{asked} {rng.choice(words[bits])}", size, bits, f"{name} at {bits} bits"

    def need_sentence(self, size, bits, name):
        return f"{name[0].upper()}{name[1:]} needs about {self.need(size, bits):.1f} GB with 4,096 tokens of context."

    def judge(self, card, name, size, bits):
        vram, need = card["vramGibibytes"], self.need(size, bits)
        has = f"The {name} has {number(vram)} GB"
        if self.is_fitting(card, size, bits):
            left = vram - need
            return f"{has}, so yes: it fits" + (", but only just." if left < 0.6 else f" with {left:.1f} GB to spare.")
        if need <= vram + 0.1:
            return f"{has}, so no: the driver keeps a part of it, and that is just too tight."
        return f"{has}, so no: it does not fit."

    def fit(self, rng):
        subject = self.names.draw(rng)
        models = [model for model in subject.models if "vramGibibytes" in model and model["vramBasis"] == "sold"]
        if not models:
            return None
        asked, size, bits, answered = self.draw_model(rng)
        written = self.names.write(rng, subject)
        question = rng.choice(FIT_PHRASINGS).format(n=written, a=an(written), model=asked)
        verdicts = [self.judge(model, model["name"], size, bits) for model in sorted(models, key=lambda m: m["vramGibibytes"])]
        answer = f"{self.need_sentence(size, bits, answered)} {' '.join(verdicts)}"
        if len(models) == 1 and not self.is_fitting(models[0], size, bits) and models[0]["fittingWorkloads"]:
            largest = models[0]["fittingWorkloads"][-1].split()[0]
            answer += f" At 4 bits it holds {an_size(int(largest[:-1]))}."
        return question, answer

    def need_question(self, rng):
        asked, size, bits, answered = self.draw_model(rng)
        weights = f"Its weights alone are {self.weights(size, bits):.1f} GB."
        return rng.choice(NEED_PHRASINGS).format(model=asked), f"{self.need_sentence(size, bits, answered)} {weights}"

    def largest(self, rng):
        subject = self.names.draw_single(rng)
        card = subject.models[0]
        if not card["fittingWorkloads"]:
            return None
        written = self.names.write(rng, subject)
        size = int(card["fittingWorkloads"][-1].split("B")[0])
        return rng.choice(LARGEST_PHRASINGS).format(n=written, a=an(written)), (
            f"The {subject.name} has {number(card['vramGibibytes'])} GB of VRAM. The largest common model that it holds at 4 bits "
            f"with 4,096 tokens of context is {an_size(size)}."
        )

    def which_cards(self, rng):
        asked, size, bits, answered = self.draw_model(rng)
        return rng.choice(WHICH_CARDS_PHRASINGS).format(model=asked), f"{self.need_sentence(size, bits, answered)} {self.rule(size, bits)}"

    def which_of_mine(self, rng):
        asked, size, bits, answered = self.draw_model(rng)
        ask = "I cannot see your cards from here; `rerig assess` lists them."
        answer = f"{self.need_sentence(size, bits, answered)} {self.rule(size, bits)} {ask}"
        return rng.choice(WHICH_OF_MINE_PHRASINGS).format(model=asked), answer

    def rule(self, size, bits):
        need = self.need(size, bits) + DRIVER_RESERVED_GIBIBYTES
        fitting = [(vram, names) for vram, names in EXAMPLES if vram >= need]
        if not fitting:
            return "No single card here has that much; split its layers over several."
        vram, names = fitting[0]
        return f"A card with {vram} GB or more will do, such as the {join_or(names)}."

    def listed(self, rng):
        """Several cards named in the question: each is judged, then the fitting ones are counted."""
        subjects = [self.names.draw_single(rng) for _ in range(rng.choice((2, 2, 3)))]
        if len({subject.name for subject in subjects}) < len(subjects) or any("vramGibibytes" not in s.models[0] for s in subjects):
            return None
        counts = [rng.choice((1, 1, 2, 3, 4, 6)) for _ in subjects]
        asked, size, bits, answered = self.draw_model(rng)
        items = [counted(count, self.names.write(rng, subject)) for count, subject in zip(counts, subjects)]
        question = rng.choice(LISTED_PHRASINGS).format(list=", ".join(items[:-1]) + " and " + items[-1], model=asked)
        judged = [self.short_judge(subject, size, bits) for subject in subjects]
        fitting = [subject.name for subject in subjects if self.is_fitting(subject.models[0], size, bits)]
        total = f"So the {' and the '.join(fitting)} can." if fitting else "So none of them can on its own."
        return question, f"{self.need_sentence(size, bits, answered)} {' '.join(judged)} {total}"

    def short_judge(self, subject, size, bits):
        card = subject.models[0]
        verdict = "yes" if self.is_fitting(card, size, bits) else "no"
        return f"The {subject.name} has {number(card['vramGibibytes'])} GB: {verdict}."

    def drawers(self):
        """(weight, drawer) of every kind of question about what fits."""
        return [
            (20, self.fit),
            (5, self.need_question),
            (6, self.largest),
            (3, self.which_cards),
            (3, self.which_of_mine),
            (6, self.listed),
        ]


def an_size(size):
    return f"{'an' if size == 8 else 'a'} {size}B model"


def counted(count, name):
    return an(name) if count == 1 else f"{count} {name}"


def join_or(names):
    """`A, the B or the C`."""
    return f"{', the '.join(names[:-1])} or the {names[-1]}"
