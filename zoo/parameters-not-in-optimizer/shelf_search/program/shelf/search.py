"""Search with a trained model: the items are embedded once, queries are compared with all of them."""
import torch


class Index:
    """Vectors of items, in the order they were given."""

    def __init__(self, model, chunk=128):
        self.model = model
        self.chunk = chunk
        self.vectors = None

    @torch.no_grad()
    def add(self, items):
        self.model.eval()
        parts = [self.model.embed_items(part) for part in items.split(self.chunk)]
        vectors = torch.cat(parts)
        self.vectors = vectors if self.vectors is None else torch.cat([self.vectors, vectors])
        return self

    @torch.no_grad()
    def find(self, queries, top):
        """Numbers and cosines of the nearest items of each query, best first."""
        if self.vectors is None:
            raise ValueError("the index is empty")
        self.model.eval()
        cosines = self.model.embed_queries(queries) @ self.vectors.T
        values, numbers = cosines.topk(min(top, len(self.vectors)), dim=1)
        return numbers, values

    def __len__(self):
        return 0 if self.vectors is None else len(self.vectors)


def examples(model, pairs, top, count=3):
    """Lines that show what the search answers to the first queries."""
    index = Index(model).add(pairs.items)
    numbers, values = index.find(pairs.queries[:count], top)
    for row in range(len(numbers)):
        words = " ".join(f"w{w}" for w in pairs.queries[row].tolist() if w)
        found = ", ".join(
            f"{'*' if n == row else ''}{n} ({v:.2f})" for n, v in zip(numbers[row].tolist(), values[row].tolist())
        )
        yield f"{words} -> {found}"
