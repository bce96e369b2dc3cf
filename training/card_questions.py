"""Questions about single cards and pairs of cards, answered from the catalogue's facts (see export-facts.ts)."""

from card_names import NameWriter, an

# Never drawn for training: `evaluate.py` asks them, so that accuracy is of phrasings that the model has not read.
HELD_OUT_VRAM_PHRASINGS = (
    "Tell me the VRAM of the {n}.",
    "What's the VRAM size on {a}?",
    "{n}: how many gigs of video memory?",
    "How large is the memory of {a}?",
    "I bought {a}. How much VRAM did I get?",
)
VRAM_PHRASINGS = (
    "How much VRAM does {a} have?",
    "How much VRAM does the {n} have?",
    "How much memory does {a} have?",
    "How many GB does the {n} have?",
    "What is the VRAM of the {n}?",
    "How big is the VRAM of {a}?",
    "How many gigabytes of VRAM are on {a}?",
    "VRAM of {n}?",
    "{n} vram",
    "{n} memory size",
    "how much vram {n}",
    "How much video memory is on the {n}?",
    "Does the {n} have much VRAM?",
    "what vram has the {n}",
    "I have {a}. How much VRAM is that?",
    "vram on {n}",
    "What amount of memory does {a} come with?",
    "Give me the VRAM of {a}.",
)
BANDWIDTH_PHRASINGS = (
    "What is the memory bandwidth of {a}?",
    "How fast is the memory of the {n}?",
    "What bandwidth does the {n} have?",
    "{n} bandwidth",
    "How much bandwidth does {a} have?",
    "memory bandwidth of {n}?",
)
POWER_PHRASINGS = (
    "How much power does {a} draw?",
    "What is the TDP of the {n}?",
    "How many watts does the {n} need?",
    "What is the board power of {a}?",
    "{n} tdp",
    "{n} power consumption",
    "power draw of {n}?",
)
ARCHITECTURE_PHRASINGS = (
    "What architecture is the {n}?",
    "Which chip does {a} have?",
    "Which generation is the {n}?",
    "Who makes the {n}?",
    "What chip is in {a}?",
    "{n} architecture",
    "When did the {n} come out?",
    "How old is the {n}?",
)
LINK_PHRASINGS = (
    "Which PCIe link does the {n} have?",
    "How many PCIe lanes does {a} have?",
    "What PCIe version is {a}?",
    "{n} pcie",
)
TARGET_PHRASINGS = (
    "What compute capability does the {n} have?",
    "What is the compute capability of {a}?",
    "Which gfx target is the {n}?",
    "{n} compute capability",
    "sm version of {n}",
)
ROUTE_PHRASINGS = (
    "Which driver does {a} need?",
    "Which software drives {a}?",
    "Does CUDA 13 support the {n}?",
    "Does ROCm support the {n}?",
    "Can {a} run CUDA?",
    "How do I run models on {a}?",
    "Is the {n} still supported?",
    "Which route does the {n} take?",
)
TENSOR_PHRASINGS = (
    "Does the {n} have tensor cores?",
    "Are there tensor cores in {a}?",
    "{n} tensor cores?",
)
ABOUT_PHRASINGS = (
    "Tell me about the {n}.",
    "What is {a}?",
    "What do you know about the {n}?",
    "Describe the {n}.",
    "Give me the specs of the {n}.",
    "{n}",
    "{n} specs",
    "I have {a}.",
)
GRADE_PHRASINGS = (
    "What grade does {a} get?",
    "Which grade is the {n}?",
    "How is {a} graded?",
    "Is the {n} good for AI?",
    "Is {a} any good for AI?",
    "Is the {n} worth using for AI?",
    "What is {a} good for?",
    "Can I use {a} for AI?",
    "{n} for ai?",
)
SPEED_PHRASINGS = (
    "How fast is {a}?",
    "How many tokens per second does {a} write?",
    "How fast does the {n} run an 8B model?",
    "What speed can I expect from {a}?",
    "{n} tokens per second",
)
COMPARE_PHRASINGS = (
    "Which is better, {a} or {b}?",
    "{n} or {m}?",
    "{n} vs {m}",
    "Compare the {n} with the {m}.",
    "Should I take {a} or {b}?",
    "Is {a} better than {b}?",
    "Which has more VRAM, the {n} or the {m}?",
    "Which has more memory bandwidth, {a} or {b}?",
)
UNKNOWN_PHRASINGS = VRAM_PHRASINGS + BANDWIDTH_PHRASINGS[:3] + POWER_PHRASINGS[:3] + ABOUT_PHRASINGS[:5] + GRADE_PHRASINGS[:4]
VENDORS = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel"}
GRADE_MEANINGS = {
    "A": "it fine-tunes 8B models",
    "B": "it serves 14B models at 4 bits",
    "C": "it serves 8B models at 4 bits",
    "D": "it serves 1B to 3B models at 4 bits",
    "E": "it does no AI work that we grade usefully",
}
EIGHT_BILLION_Q4_GIGABYTES = 4.92


def number(value):
    """`448` for 448.0, `256.3` for 256.3."""
    return f"{value:g}"


def vram_clause(card):
    vram = card.get("vramGibibytes")
    return None if vram is None else f"{number(vram)} GB of VRAM"


def version_list(models):
    """`3 GB and 6 GB`, of those sold."""
    sizes = sorted({model["vramGibibytes"] for model in models if model["vramBasis"] == "sold"})
    words = [f"{number(size)} GB" for size in sizes]
    return " and ".join(words)


class CardQuestions:
    """Draws (question, answer) pairs about cards. Every draw takes its randomness from the given `rng` alone."""

    def __init__(self, facts):
        self.names = NameWriter(facts["cards"])

    def fill(self, rng, phrasings, subject):
        name = self.names.write(rng, subject)
        return rng.choice(phrasings).format(n=name, a=an(name))

    def vram(self, rng):
        subject = self.names.draw(rng)
        return self.fill(rng, VRAM_PHRASINGS, subject), self.vram_answer(rng, subject)

    def vram_answer(self, rng, subject):
        name, models = subject.name, subject.models
        if "vramGibibytes" not in models[0]:
            return f"I know of no source for the VRAM of the {name}. Let `rerig assess` read what its driver reports."
        if len(models) == 1:
            return self.single_vram_answer(rng, models[0], name)
        changed = [model for model in models if model["vramBasis"] != "sold"]
        sold = version_list(models)
        answer = f"The {name} was sold with {sold} of VRAM."
        for model in changed:
            how = "a VBIOS flash" if model["vramBasis"] == "vbios-flash" else "a firmware unlock"
            answer += f" With {how} it shows {number(model['vramGibibytes'])} GB."
        return answer if changed else answer + " Its name with the size tells which one you have."

    def single_vram_answer(self, rng, card, name):
        vram = number(card["vramGibibytes"])
        bandwidth = card.get("memoryBandwidthGigabytesPerSecond")
        largest = card["fittingWorkloads"][-1].split()[0] if card["fittingWorkloads"] else None
        tails = [""]
        if bandwidth:
            tails.append(f" Its memory moves {number(bandwidth)} GB/s.")
        if largest:
            tails.append(f" The largest model that fits at 4 bits is {an(largest)} one.")
        return f"The {name} has {vram} GB of VRAM.{rng.choice(tails)}"

    def simple(self, phrasings, answer_of):
        """A drawer of one fact of one card model."""

        def draw(rng):
            subject = self.names.draw_single(rng)
            answer = answer_of(subject.models[0], subject.name)
            return None if answer is None else (self.fill(rng, phrasings, subject), answer)

        return draw

    def bandwidth_answer(self, card, name):
        value = card.get("memoryBandwidthGigabytesPerSecond")
        return value and f"The {name} has a memory bandwidth of {number(value)} GB/s."

    def power_answer(self, card, name):
        value = card.get("boardPowerWatts")
        return value and f"The {name} has a board power of {number(value)} W. A lower power limit costs little speed at generation."

    def architecture_answer(self, card, name):
        year = f", released in {card['releaseYear']}" if "releaseYear" in card else ""
        return f"The {name} is {VENDORS[card['vendor']]}'s {card['architecture']} generation with the {card['chip']} chip{year}."

    def link_answer(self, card, name):
        link = card.get("pcieLink")
        if link is None:
            return None
        return f"The {name} has PCIe {link['generation']}.0 with {link['laneCount']} lanes as shipped. A riser may make it x1."

    def target_answer(self, card, name):
        if card.get("cudaComputeCapability"):
            return f"The {name} has CUDA compute capability {card['cudaComputeCapability']:.1f}."
        return card.get("amdGfxTarget") and f"The {name} is AMD's target {card['amdGfxTarget']}. It has no CUDA."

    def route_answer(self, card, name):
        routes = {route["name"]: route["status"] for route in card["routes"]}
        if card["vendor"] == "nvidia":
            if "cuda-13" in routes:
                return f"The {name} runs CUDA 13 and CUDA 12 with a current NVIDIA driver, and Vulkan too."
            return f"The {name} runs CUDA 12 and Vulkan; CUDA 13 has dropped it. Driver R580 is its last, supported until about 2028."
        status = routes.get("rocm")
        if status == "supported":
            return f"ROCm supports the {name}, and Vulkan drives it too."
        if status == "unofficial":
            return f"ROCm does not list the {name}, but it runs with an override. Vulkan drives it without one."
        dropped = "ROCm has dropped" if status == "ended" else "ROCm does not support"
        return f"{dropped} the {name}. Vulkan with Mesa's driver runs models on it; CUDA is NVIDIA's only."

    def tensor_answer(self, card, name):
        units = card["matrixUnits"]
        if units == "tensor-cores":
            return f"Yes, the {name} has tensor cores."
        if units == "wmma":
            return f"The {name} has AMD's matrix instructions, WMMA, which do the same work as tensor cores."
        return f"No, the {name} has no tensor cores. It can still serve models: writing tokens is bound by memory bandwidth."

    def about_answer(self, card, name):
        vram = vram_clause(card)
        if vram is None:
            return None
        bandwidth = card.get("memoryBandwidthGigabytesPerSecond")
        speed = f" at {number(bandwidth)} GB/s" if bandwidth else ""
        mining = " mining" if card["isMiningOnly"] else ""
        power = f" It draws {number(card['boardPowerWatts'])} W." if "boardPowerWatts" in card else ""
        return f"The {name} is {an(VENDORS[card['vendor']])}{mining} card of the {card['architecture']} generation with {vram}{speed}.{power}"

    def grade_answer(self, card, name):
        if card["grade"] is None:
            return None
        note = " Measure it first: CMP firmware may slow it down." if "throttleNote" in card else ""
        return (
            f"The {name} has {vram_clause(card)}. Its predicted grade is {card['grade']}: "
            f"{GRADE_MEANINGS[card['grade']]}.{note}"
        )

    def speed_answer(self, card, name):
        bandwidth = card.get("memoryBandwidthGigabytesPerSecond")
        if bandwidth is None or "8B Q4_K_M" not in card["fittingWorkloads"]:
            return None
        ceiling = round(bandwidth / EIGHT_BILLION_Q4_GIGABYTES, -1 if bandwidth > 300 else 0)
        return (
            f"The {name} reads {number(bandwidth)} GB/s, so an 8B model at 4 bits (4.9 GB) writes at most about "
            f"{number(ceiling)} tokens/s; expect half to three quarters of that."
        )

    def compare(self, rng):
        one, two = self.names.draw_single(rng), self.names.draw_single(rng)
        first, second = one.models[0], two.models[0]
        if first is second or "vramGibibytes" not in first or "vramGibibytes" not in second:
            return None
        left, right = self.names.write(rng, one), self.names.write(rng, two)
        question = rng.choice(COMPARE_PHRASINGS).format(n=left, a=an(left), m=right, b=an(right))
        return question, compare_answer(first, one.name, second, two.name)

    def unknown(self, rng):
        name = self.names.write_unknown(rng)
        question = rng.choice(UNKNOWN_PHRASINGS).format(n=name, a=an(name))
        return question, "I do not know that card: it is not in my catalogue. `rerig assess` grades by what the driver reports."

    def drawers(self):
        """(weight, drawer) of every kind of question about cards."""
        return [
            (20, self.vram),
            (6, self.simple(BANDWIDTH_PHRASINGS, self.bandwidth_answer)),
            (5, self.simple(POWER_PHRASINGS, self.power_answer)),
            (5, self.simple(ARCHITECTURE_PHRASINGS, self.architecture_answer)),
            (2, self.simple(LINK_PHRASINGS, self.link_answer)),
            (3, self.simple(TARGET_PHRASINGS, self.target_answer)),
            (4, self.simple(ROUTE_PHRASINGS, self.route_answer)),
            (3, self.simple(TENSOR_PHRASINGS, self.tensor_answer)),
            (6, self.simple(ABOUT_PHRASINGS, self.about_answer)),
            (5, self.simple(GRADE_PHRASINGS, self.grade_answer)),
            (4, self.simple(SPEED_PHRASINGS, self.speed_answer)),
            (6, self.compare),
            (3, self.unknown),
        ]


def compare_answer(first, first_name, second, second_name):
    """VRAM decides what fits, bandwidth how fast it writes: both are said, then who leads in each."""
    parts = [
        f"the {name} has {number(card['vramGibibytes'])} GB"
        + (f" at {number(card['memoryBandwidthGigabytesPerSecond'])} GB/s" if "memoryBandwidthGigabytesPerSecond" in card else "")
        for card, name in ((first, first_name), (second, second_name))
    ]
    facts = f"T{parts[0][1:]}, {parts[1]}."
    return f"{facts} {lead(first, first_name, second, second_name)}"


def lead(first, first_name, second, second_name):
    vrams = first["vramGibibytes"] - second["vramGibibytes"]
    bandwidths = first.get("memoryBandwidthGigabytesPerSecond", 0) - second.get("memoryBandwidthGigabytesPerSecond", 0)
    if vrams == 0:
        if bandwidths == 0:
            return "They hold the same models at the same speed."
        return f"They hold the same models; the {first_name if bandwidths > 0 else second_name} writes faster."
    larger = first_name if vrams > 0 else second_name
    if bandwidths == 0 or (bandwidths > 0) == (vrams > 0):
        return f"The {larger} is the better of the two for models."
    return f"The {larger} holds larger models; the {second_name if vrams > 0 else first_name} writes faster what fits on both."
