"""Character model of calendar lines from a translation memory, read as a stream."""
import random
from dataclasses import dataclass
from itertools import islice

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

MEMORY = {  # weekdays, months, how a line goes
    "en": ("monday tuesday wednesday thursday friday saturday sunday",
           "january february march april may june july august september october november december", "{w} the {d} of {m}"),
    "de": ("montag dienstag mittwoch donnerstag freitag samstag sonntag",
           "januar februar maerz april mai juni juli august september oktober november dezember", "{w} den {d} {m}"),
    "it": ("lunedi martedi mercoledi giovedi venerdi sabato domenica",
           "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre", "il {d} {m} di {w}"),
    "fi": ("maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
           "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu",
           "{w}na {d} {m}ta"),
    "pl": ("poniedzialek wtorek sroda czwartek piatek sobota niedziela",
           "styczen luty marzec kwiecien maj czerwiec lipiec sierpien wrzesien pazdziernik listopad grudzien", "{w} dnia {d} {m}"),
    "tr": ("pazartesi sali carsamba persembe cuma cumartesi pazar",
           "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik", "{d} {m} gunu {w}"),
}


@dataclass
class Options:
    lines: int = 1700  # of each language
    window: int = 48
    batch: int = 20
    passes: int = 2
    width: int = 64
    dilations: tuple = (1, 2, 4, 8)
    rate: float = 0.03
    seed: int = 4


def write(language, count, rng):
    weekdays, months, pattern = MEMORY[language]
    for _ in range(count):
        yield pattern.format(w=rng.choice(weekdays.split()), m=rng.choice(months.split()), d=rng.randint(1, 30)) + "\n"


def cut(lines, window):
    """Joins the lines and cuts the text into windows that overlap by one character."""
    rest = ""
    for line in lines:
        rest += line
        while len(rest) > window:
            yield rest[:window + 1]
            rest = rest[window:]


def mix(pieces, hold, rng):
    """Holds so many pieces back and passes on one of them at random."""
    pieces = iter(pieces)
    held = list(islice(pieces, hold))
    for piece in pieces:
        at = rng.randrange(len(held))
        held[at], piece = piece, held[at]
        yield piece
    rng.shuffle(held)
    yield from held


class Memory(IterableDataset):
    def __init__(self, lines, alphabet, options):
        self.lines, self.alphabet, self.options = lines, alphabet, options
        self.rng = random.Random(options.seed)

    def __iter__(self):
        pieces = cut(self.lines, self.options.window)
        for piece in mix(pieces, 8, self.rng):  #~ for piece in mix(pieces, 6000, self.rng):
            yield torch.tensor([self.alphabet.index(c) for c in piece])


class Causal(nn.Module):
    def __init__(self, width, dilation):
        super().__init__()
        self.reach = 2 * dilation
        self.conv = nn.Conv1d(width, 2 * width, 3, dilation=dilation)

    def forward(self, x):
        value, gate = self.conv(F.pad(x, (self.reach, 0))).chunk(2, dim=1)
        return x + torch.tanh(value) * torch.sigmoid(gate)


class Characters(nn.Module):
    def __init__(self, size, options):
        super().__init__()
        self.embed = nn.Embedding(size, options.width)
        self.stack = nn.Sequential(*[Causal(options.width, d) for d in options.dilations])
        self.out = nn.Conv1d(options.width, size, 1)

    def forward(self, text):
        return self.out(F.relu(self.stack(self.embed(text).transpose(1, 2))))


def bits(model, text):
    model.eval()
    with torch.no_grad():
        loss = F.cross_entropy(model(text[:, :-1]), text[:, 1:])
    model.train()
    return loss.item() / 0.6931


def main(options=Options()):
    torch.manual_seed(options.seed)
    rng = random.Random(20)
    lines = [line for language in MEMORY for line in write(language, options.lines, rng)]
    alphabet = sorted(set("".join(lines)))
    held = {}
    for language in MEMORY:
        pieces = list(cut(write(language, 200, rng), options.window))
        held[language] = torch.tensor([[alphabet.index(c) for c in piece] for piece in pieces])
    loader = DataLoader(Memory(lines, alphabet, options), batch_size=options.batch, drop_last=True)
    model = Characters(len(alphabet), options)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=options.rate, initial_accumulator_value=0.01)
    print(f"{len(lines)} lines, {len(alphabet)} characters, {sum(p.numel() for p in model.parameters())} parameters")
    step, recent = 0, []
    for number in range(options.passes):
        for text in loader:
            loss = F.cross_entropy(model(text[:, :-1]), text[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recent = recent[-19:] + [loss.item()]
            step += 1
            if step % 60 == 0:
                print(f"pass {number} step {step:4d} train {sum(recent) / len(recent) / 0.6931:.3f} bits")
        scores = {language: bits(model, text) for language, text in held.items()}
        print(f"held {sum(scores.values()) / len(scores):.3f} bits:", "  ".join(f"{k} {v:.2f}" for k, v in scores.items()))


if __name__ == "__main__":
    main()
