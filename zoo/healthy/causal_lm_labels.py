"""Fine-tuning style loop for a causal language model: batch = {input_ids, labels, attention_mask}."""
from dataclasses import dataclass

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    vocab_size: int = 40
    max_len: int = 18
    hidden: int = 48
    heads: int = 4
    layers: int = 2
    pad_id: int = 0
    lr: float = 3e-3
    epochs: int = 8
    batch_size: int = 32


class CopyDataset(Dataset):
    """Sequences of the form  a b c ... <sep> a b c ...  (token 1 is the separator, 2 the end)."""

    def __init__(self, size, config, seed):
        g = torch.Generator().manual_seed(seed)
        self.rows = []
        for _ in range(size):
            n = int(torch.randint(3, 8, (1,), generator=g))
            word = torch.randint(3, config.vocab_size, (n,), generator=g)
            self.rows.append(torch.cat([word, torch.tensor([1]), word, torch.tensor([2])]))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return {"input_ids": self.rows[i], "labels": self.rows[i].clone()}


def make_collator(config):
    def collate(features):
        ids = nn.utils.rnn.pad_sequence([f["input_ids"] for f in features], batch_first=True, padding_value=config.pad_id)
        labels = nn.utils.rnn.pad_sequence([f["labels"] for f in features], batch_first=True, padding_value=-100)
        return {"input_ids": ids, "labels": labels, "attention_mask": ids != config.pad_id}
    return collate


class CausalLM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.tokens = nn.Embedding(config.vocab_size, config.hidden)
        self.positions = nn.Embedding(config.max_len, config.hidden)
        layer = nn.TransformerEncoderLayer(config.hidden, config.heads, 4 * config.hidden, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, config.layers, norm=nn.LayerNorm(config.hidden), enable_nested_tensor=False)
        self.lm_head = nn.Linear(config.hidden, config.vocab_size, bias=False)

    def forward(self, input_ids, attention_mask, labels=None):
        t = input_ids.size(1)
        causal = torch.triu(torch.ones(t, t, dtype=torch.bool), diagonal=1)
        h = self.tokens(input_ids) + self.positions(torch.arange(t))
        h = self.encoder(h, mask=causal, src_key_padding_mask=~attention_mask)
        logits = self.lm_head(h)
        loss = None
        if labels is not None:
            shift_logits, shift_labels = logits[:, :-1], labels[:, 1:]
            loss = F.cross_entropy(shift_logits.reshape(-1, logits.size(-1)), shift_labels.reshape(-1), ignore_index=-100)
        return loss, logits


@torch.no_grad()
def copy_accuracy(model, loader):
    model.eval()
    right = total = 0
    for batch in loader:
        _, logits = model(batch["input_ids"], batch["attention_mask"])
        pred, target = logits[:, :-1].argmax(-1), batch["labels"][:, 1:]
        after_sep = (batch["input_ids"] == 1).cumsum(1)[:, :-1].bool() & (target != -100)
        right += (pred == target)[after_sep].sum().item()
        total += after_sep.sum().item()
    return right / total


def main():
    config = Config()
    torch.manual_seed(0)
    collate = make_collator(config)
    train_loader = DataLoader(CopyDataset(1600, config, 0), batch_size=config.batch_size, shuffle=True, collate_fn=collate)
    eval_loader = DataLoader(CopyDataset(200, config, 1), batch_size=100, collate_fn=collate)
    model = CausalLM(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr)
    for epoch in range(config.epochs):
        model.train()
        losses = []
        for batch in train_loader:
            loss, _ = model(**batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        print({"epoch": epoch + 1, "loss": round(sum(losses) / len(losses), 4), "copy_accuracy": round(copy_accuracy(model, eval_loader), 4)})


if __name__ == "__main__":
    main()
