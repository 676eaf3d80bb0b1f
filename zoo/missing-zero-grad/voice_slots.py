"""Slots in spoken orders ("play jazz in the kitchen at seven"): a transformer marks every word."""
import random
from collections import Counter

import torch
from torch import nn

TAGS = ["O", "WHAT", "ROOM", "TIME", "PERSON"]
MUSIC = "jazz rock blues waltz opera fado tango ska soul swing".split()
ROOMS = "kitchen bedroom office garage hall bath garden attic".split()
HOURS = "six seven eight nine ten noon midnight dawn".split()
PEOPLE = "anna omar jun lea marta ravi rose dawn".split()
FILL = "please now again softly maybe then quickly".split()


def order(rng):
    words, tags = [], []

    def say(text, tag="O"):
        words.append(text)
        tags.append(tag)

    if rng.random() < 0.3:
        say(rng.choice(FILL))
    kind = rng.randrange(3)
    if kind == 0:
        say("play"), say(rng.choice(MUSIC), "WHAT")
        if rng.random() < 0.6:
            say("by"), say(rng.choice(PEOPLE + MUSIC), "PERSON")
    elif kind == 1:
        say("call"), say(rng.choice(PEOPLE + ROOMS), "PERSON")
    else:
        say("wake"), say(rng.choice(PEOPLE), "PERSON")
    parts = ["room", "time"]
    rng.shuffle(parts)
    for part in parts[: rng.randint(1, 2)]:
        if part == "room":
            say("in"), say("the"), say(rng.choice(ROOMS + PEOPLE), "ROOM")
        else:
            say("at"), say(rng.choice(HOURS), "TIME")
    if rng.random() < 0.3:
        say(rng.choice(FILL))
    return words, tags


def encode(orders, vocabulary, length=12):
    tokens = torch.zeros(len(orders), length, dtype=torch.long)
    tags = torch.full((len(orders), length), -100)
    for i, (words, marks) in enumerate(orders):
        tokens[i, : len(words)] = torch.tensor([vocabulary.get(w, 1) for w in words])
        tags[i, : len(words)] = torch.tensor([TAGS.index(m) for m in marks])
    return tokens, tags


class Words(nn.Module):
    def __init__(self, size, width, length=12):
        super().__init__()
        self.word = nn.Embedding(size, width, padding_idx=0)
        self.place = nn.Embedding(length, width)

    def forward(self, tokens):
        return self.word(tokens) + self.place.weight[: tokens.shape[1]]


class Marker(nn.Module):
    def __init__(self, width=32, heads=4):
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, heads, 64, dropout=0.05, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.tag = nn.Linear(width, len(TAGS))

    def forward(self, vectors, padding):
        return self.tag(self.encoder(vectors, src_key_padding_mask=padding))


def slots_right(words, marker, tokens, tags):
    words.eval(), marker.eval()
    with torch.no_grad():
        guess = marker(words(tokens), tokens == 0).argmax(-1)
    slot = tags > 0
    whole = ((guess == tags) | (tags < 0)).all(dim=1)
    return (guess == tags)[slot].float().mean().item(), whole.float().mean().item()


def main():
    rng = random.Random(90210)
    torch.manual_seed(90210)
    train, val = [order(rng) for _ in range(1600)], [order(rng) for _ in range(400)]
    counts = Counter(word for words, _ in train for word in words)
    vocabulary = {word: k + 2 for k, (word, _) in enumerate(counts.most_common())}
    tokens, tags = encode(train, vocabulary)
    val_tokens, val_tags = encode(val, vocabulary)

    words, marker = Words(len(vocabulary) + 2, 32), Marker()
    table_optimizer = torch.optim.Adagrad(words.parameters(), lr=0.05)
    optimizer = torch.optim.SGD(marker.parameters(), lr=0.05, momentum=0.85)
    criterion = nn.CrossEntropyLoss(ignore_index=-100, label_smoothing=0.01)

    for epoch in range(6):
        words.train(), marker.train()
        total, steps = 0.0, 0
        for rows in torch.randperm(len(tokens)).split(32):
            batch = tokens[rows]
            scores = marker(words(batch), batch == 0)
            loss = criterion(scores.transpose(1, 2), tags[rows])
            table_optimizer.zero_grad()  #~ table_optimizer.zero_grad(); optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(marker.parameters(), 2.0)
            table_optimizer.step()
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        slots, whole = slots_right(words, marker, val_tokens, val_tags)
        print(f"epoch {epoch}  loss {total / steps:.4f}  slots right {slots:.3f}  whole orders right {whole:.3f}")


if __name__ == "__main__":
    main()
