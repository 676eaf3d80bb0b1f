"""Trains and evaluates a tagger."""
import torch

from .confusions import Confusions
from .corpus import Corpus
from .lookup import Lookup
from .network import Tagger
from .objectives import TaggingLoss, per_sentence
from .scores import Scores, majority
from .updates import Updater


class Session:
    def __init__(self, settings):
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.corpus = Corpus(settings)
        self.network = Tagger(settings)
        self.loss = TaggingLoss(settings.smoothing)
        self.updater = Updater(self.network, settings)

    def epoch(self):
        self.network.train()
        scores = Scores()
        for words, tags in self.corpus.train_loader():
            output = self.network(words)
            loss = self.loss(output, tags)
            self.updater.apply(loss)
            scores.add(output.detach().argmax(-1), tags, loss.item())
        return scores

    @torch.no_grad()
    def evaluate(self, part):
        self.network.eval()
        scores = Scores()
        for words, tags in self.corpus.loader(part):
            output = self.network(words)
            scores.add(output.argmax(-1), tags, self.loss(output, tags).item())
        return scores

    @torch.no_grad()
    def confusions(self, part):
        self.network.eval()
        found = Confusions()
        for words, tags in self.corpus.loader(part):
            found.add(self.network.best(words), tags)
        return found

    @torch.no_grad()
    def hardest(self, part, count=3):
        """The sentences with the highest loss."""
        self.network.eval()
        words, tags = next(iter(self.corpus.loader(part)))
        losses = per_sentence(self.network(words), tags)
        value, index = losses.topk(count)
        return list(zip(index.tolist(), value.tolist()))

    def run(self):
        print(f"{len(self.corpus.train)} sentences, {len(self.corpus.known_words())} known words, "
              f"majority tag {majority(self.corpus.train, self.corpus.test):.3f}")
        lookup = Lookup(self.settings.words, self.settings.tags).learn(self.corpus.train)
        print(f"word lookup {lookup.accuracy(self.corpus.loader('test')):.3f}")
        for epoch in range(1, self.settings.epochs + 1):
            train = self.epoch()
            norm = self.updater.end_epoch()
            print(f"epoch {epoch}  train {train.line()}  |  develop {self.evaluate('develop').line()}  |  gradient {norm:.3f}")
        print("test    " + self.evaluate("test").line())
        for index, value in self.hardest("test"):
            print(f"  sentence {index}: loss {value:.2f}")
        print("\n".join(self.confusions("test").lines(3)))
