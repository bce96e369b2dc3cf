"""How people write a card's name: in lower case, glued together, without the brand, with or without its VRAM."""

import re

POPULAR = (
    "GTX 1080|GTX 1080 Ti|GTX 1660 SUPER|RTX 2060|RTX 2070|RTX 2080 Ti|RTX 3060|RTX 3060 Ti|RTX 3070|"
    "RTX 3080|RTX 3090|RTX 4090|RX 470|RX 480|RX 570|RX 580|RX Vega 56|RX 5700 XT|RX 6600 XT|RX 6700 XT|RX 6800|"
    "P104-100|P106-100|CMP 40HX|GTX 1060|GTX 1070|GTX 1070 Ti"
).split("|")
BRANDS = {"nvidia": ("NVIDIA ", "GeForce ", "NVIDIA GeForce ", "Nvidia "), "amd": ("AMD ", "Radeon ", "AMD Radeon ")}
UNKNOWN_SERIES = ("RTX {}", "GTX {}", "RX {}", "RTX {} Ti", "RX {} XT", "Arc A{}", "Radeon HD {}", "Arc B{}", "Quadro K{}")
UNKNOWN_KNOWN_ABOUT = (
    "RTX 5090|RTX 5080|RTX 5070|RTX 5070 Ti|RTX 5060|RTX 5060 Ti|RX 9070 XT|RX 9070|RX 9060 XT|Arc A770|Arc A750|"
    "Arc B580|GTX 760|GTX 780|GTX 680|GTX 580|GTX 950|GTX 1630|GTX 1030|Titan X|Titan RTX|Tesla K80|H200|B200|"
    "MI300X|MI250|MI100|Radeon HD 7970|R9 280X|R7 370|RX 550|RX 6300|RX 7500|RTX 6000 Ada|A10|A30|A40|Xeon Phi|"
    "GTX 2080|RTX 1080|RTX 3040|RTX 4050|RX 9090|Voodoo 2|GeForce 256|M1 Max|TPU v4"
).split("|")


class Subject:
    """What a question is about: one card model, or a family that was sold with several amounts of VRAM."""

    def __init__(self, name, models):
        self.name = name
        self.models = models


def an(name):
    """`an RTX 3060`, `a GTX 1080`: by how the first letter or digit is said."""
    is_vowel = re.match(r"(rtx|rx|r\d|l\d|h\d|mi\d|m\d|nv|hd|[aeio8])", name.lower()) is not None
    return f"{'an' if is_vowel else 'a'} {name}"


class NameWriter:
    """Draws cards, and writes their names as people do."""

    def __init__(self, cards):
        self.families = {}
        for card in cards:
            self.families.setdefault(card["family"], []).append(card)
        self.family_names = sorted(self.families)
        self.popular = [name for name in POPULAR if name in self.families]
        self.known_keys = {key_of(card["name"]) for card in cards} | {key_of(card["family"]) for card in cards}

    def draw(self, rng):
        """A family's only model, or for a family with several: the family as a whole, or one model of it."""
        family = rng.choice(self.popular) if rng.random() < 0.25 else rng.choice(self.family_names)
        models = self.families[family]
        if len(models) == 1:
            return Subject(models[0]["name"], models)
        if rng.random() < 0.4:
            return Subject(family, models)
        model = rng.choice(models)
        return Subject(model["name"], [model])

    def draw_single(self, rng):
        subject = self.draw(rng)
        while len(subject.models) > 1:
            subject = self.draw(rng)
        return subject

    def write(self, rng, subject):
        """The subject's name as someone might write it."""
        card, name = subject.models[0], subject.name
        kind = rng.random()
        if kind < 0.45:
            return name
        if len(subject.models) == 1 and name == card["family"] and "vramGibibytes" in card and rng.random() < 0.15:
            name = f"{name} {card['vramGibibytes']:g}GB"
        if rng.random() < 0.3:
            name = re.sub(r"(\d)GB$", r"\1 GB", name)
        name = self.shorten(rng, name, card)
        if rng.random() < 0.5:
            name = name.lower()
        return name

    def shorten(self, rng, name, card):
        kind = rng.random()
        if kind < 0.3:
            return re.sub(r"^(RTX|GTX|RX|CMP|Tesla|Instinct|Quadro|Pro) (?=\w*\d)", r"\1", name)
        if kind < 0.5 and re.match(r"^(RTX|GTX|RX|CMP|Tesla|Instinct) \w*\d", name) and len(card["family"]) > 5:
            return name.split(" ", 1)[1]
        if kind < 0.65:
            return re.sub(r" (Ti|SUPER|XT|XTX)\b", r"\1", name)
        if kind < 0.8:
            return rng.choice(BRANDS[card["vendor"]]) + name
        return re.sub(r" (PCIe|SXM2)", "", name) if kind < 0.9 and "V100" not in name else name

    def write_unknown(self, rng):
        """A name of no card in the catalogue: real but newer or older, or made up."""
        name = rng.choice(UNKNOWN_KNOWN_ABOUT)
        if rng.random() < 0.5:
            digits = rng.choice(("{}{}0", "{}0{}0", "{}{}00", "{}{}50")).format(rng.randint(1, 9), rng.randint(0, 9))
            name = rng.choice(UNKNOWN_SERIES).format(digits)
        if key_of(name) in self.known_keys or not self.is_clear(name):
            return "RTX 5090"
        return name.lower() if rng.random() < 0.3 else name

    def is_clear(self, name):
        """Whether no known card has the same number: `RTX 580` could be a slip for `RX 580`."""
        numbers = re.findall(r"\d{3,4}", name)
        known = {found for key in self.known_keys for found in re.findall(r"\d{3,4}", key)}
        return name in UNKNOWN_KNOWN_ABOUT or not any(found in known for found in numbers)


def key_of(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())
